/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/lock.h"
#include "configure/change.h"
#include "configure/folder.h"
#include "configure/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

static int open_there(int folder, const char *name, int flags)
{
	int fd = openat(folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

static int open_or_make(int root, const char *name, int flags)
{
	_cleanup_close_ int folder = -1, fd = -1;
	int r = folder_make(root, JOURNAL_STATE, 0700);

	if (r < 0)
		return r;
	folder = folder_open(root, JOURNAL_STATE);
	if (folder < 0)
		return folder;
	fd = open_there(folder, name, flags);
	if (fd != -ENOENT)
		return TAKE_FD(fd);
	fd = change_create(folder, name, 0600);
	/* Another one was quicker. */
	if (fd == -EEXIST)
		return open_there(folder, name, flags);
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
				 "another vfiokit is changing this host (it holds /%s/lock)",
				 JOURNAL_STATE);
	return error_set(error, -errno, "/" JOURNAL_STATE "/lock: %s", error_words(errno));
}

int lock_take(int root, struct error *error)
{
	_cleanup_close_ int fd = open_or_make(root, "lock", O_RDWR);
	int r;

	if (fd < 0)
		return error_set(error, fd, "/" JOURNAL_STATE "/lock: %s", error_words(fd));
	r = take(fd, LOCK_EX, error);
	return r < 0 ? r : TAKE_FD(fd);
}

int lock_look(int root, struct error *error)
{
	_cleanup_close_ int folder = folder_open(root, JOURNAL_STATE), fd = -1;

	fd = folder < 0 ? folder : open_there(folder, "lock", O_RDONLY);
	if (fd < 0)
		return fd == -ENOENT ? 0
				     : error_set(error, fd, "/" JOURNAL_STATE "/lock: %s",
						 error_words(fd));
	return take(fd, LOCK_SH, error);
}

int lock_for_programs(int root)
{
	_cleanup_close_ int made = open_or_make(root, path_name(LOCK_PROGRAMS), O_RDONLY), fd = -1;
	_cleanup_close_ int folder = made < 0 ? made : folder_open(root, JOURNAL_STATE);

	if (folder < 0)
		return folder;
	/* A file that was just made is open for writing, too. */
	fd = open_there(folder, path_name(LOCK_PROGRAMS), O_RDONLY);
	if (fd >= 0 && TEMP_FAILURE_RETRY(flock(fd, LOCK_SH | LOCK_NB)) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return TAKE_FD(fd);
}

int lock_wait_for_programs(int root, unsigned seconds, struct error *error)
{
	enum { LOOKS_PER_SECOND = 20 };
	const struct timespec pause = {.tv_nsec = 1000000000 / LOOKS_PER_SECOND};
	_cleanup_close_ int folder = folder_open(root, JOURNAL_STATE), fd = -1;

	fd = folder < 0 ? folder : open_there(folder, path_name(LOCK_PROGRAMS), O_RDONLY);
	if (fd < 0)
		return fd == -ENOENT
			       ? 0
			       : error_set(error, fd, "/" LOCK_PROGRAMS ": %s", error_words(fd));
	for (unsigned i = 0; i <= seconds * LOOKS_PER_SECOND; i++) {
		if (TEMP_FAILURE_RETRY(flock(fd, LOCK_EX | LOCK_NB)) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return error_set(error, -errno, "/" LOCK_PROGRAMS ": %s",
					 error_words(errno));
		(void)nanosleep(&pause, NULL);
	}
	return error_set(
		error, -EBUSY,
		"a program of the transaction that was cut off is still running (it has /%s open)",
		LOCK_PROGRAMS);
}
