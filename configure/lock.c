/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/lock.h"
#include "configure/change.h"
#include "configure/folder.h"
#include "configure/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

static int open_there(int folder, int flags)
{
	int fd = openat(folder, "lock", flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

static int open_or_make(int root)
{
	_cleanup_close_ int folder = -1, fd = -1;
	int r = folder_make(root, JOURNAL_STATE, 0700);

	if (r < 0)
		return r;
	folder = folder_open(root, JOURNAL_STATE);
	if (folder < 0)
		return folder;
	fd = open_there(folder, O_RDWR);
	if (fd != -ENOENT)
		return TAKE_FD(fd);
	fd = change_create(folder, "lock", 0600);
	/* Another one was quicker. */
	if (fd == -EEXIST)
		return open_there(folder, O_RDWR);
	r = fd < 0 ? fd : change_sync(fd);
	if (r == 0)
		r = change_sync(folder);
	return r < 0 ? r : TAKE_FD(fd);
}

static int take(int fd, int how, struct error *error)
{
	if (TEMP_FAILURE_RETRY(flock(fd, how | LOCK_NB)) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return error_set(error, -EBUSY,
				 "another vfiokit is changing this host (it holds /" JOURNAL_STATE
				 "/lock)");
	return error_set(error, -errno, "/" JOURNAL_STATE "/lock: %s", error_words(errno));
}

int lock_take(int root, struct error *error)
{
	_cleanup_close_ int fd = open_or_make(root);
	int r;

	if (fd < 0)
		return error_set(error, fd, "/" JOURNAL_STATE "/lock: %s", error_words(fd));
	r = take(fd, LOCK_EX, error);
	return r < 0 ? r : TAKE_FD(fd);
}

int lock_look(int root, struct error *error)
{
	_cleanup_close_ int folder = folder_open(root, JOURNAL_STATE), fd = -1;

	fd = folder < 0 ? folder : open_there(folder, O_RDONLY);
	if (fd < 0)
		return fd == -ENOENT ? 0
				     : error_set(error, fd, "/" JOURNAL_STATE "/lock: %s",
						 error_words(fd));
	return take(fd, LOCK_SH, error);
}
