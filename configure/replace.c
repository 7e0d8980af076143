/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/replace.h"
#include "configure/change.h"
#include "configure/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

struct names {
	char fresh[NAME_MAX + 1], kept[NAME_MAX + 1];
};

static void set_names(struct names *names, const char *tag)
{
	(void)snprintf(names->fresh, sizeof(names->fresh), ".vfiokit-new.%s", tag);
	(void)snprintf(names->kept, sizeof(names->kept), ".vfiokit-old.%s", tag);
}

static int open_regular(int folder, const char *name)
{
	_cleanup_close_ int fd =
		openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	return S_ISREG(status.st_mode) ? TAKE_FD(fd) : -EINVAL;
}

int replace_open(int root, const char *path)
{
	_cleanup_close_ int folder = folder_open_parent(root, path);

	return folder < 0 ? folder : open_regular(folder, path_name(path));
}

static int unlink_if_there(int folder, const char *name)
{
	int r = change_unlink(folder, name);

	return r == -ENOENT ? 0 : r;
}

/* The same on the disk: a power cut must not bring it back behind a journal that is closed. */
static int unlink_for_good(int folder, const char *name)
{
	int r = change_unlink(folder, name);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return change_sync(folder);
}

static int give_status(int fd, const struct replace_status *given)
{
	if (status_is_kept(fd))
		return given->status ? status_give(fd, given->status, given->exact)
				     : change_mode(fd, given->mode);
	if (given->status && given->exact) {
		const struct timespec times[2] = {given->status->accessed, given->status->modified};

		/* Rounded, and no failure where even that is not possible. */
		(void)change_times(fd, times);
	}
	return 0;
}

/* The copy under its temporary name, complete and on the disk. */
static int write_fresh(int folder, const char *name, int source, const struct digest *expected,
		       const struct replace_status *given)
{
	_cleanup_close_ int fd = change_create(folder, name, 0600);
	struct digest digest;
	int r = fd < 0 ? fd : content_copy(fd, source, &digest);

	if (r == 0 && expected && !digest_same(&digest, expected))
		r = -EBADMSG;
	if (r == 0 && given)
		r = give_status(fd, given);
	if (r == 0)
		r = change_sync(fd);
	return r;
}

/* Keeps the file that is there under its second name until the switch is on the disk. */
static int keep_old(int folder, const struct replace_target *target, const char *name)
{
	_cleanup_close_ int old = open_regular(folder, path_name(target->path));

	if (old < 0)
		return old == -ENOENT ? 0 : old;
	return write_fresh(folder, name, old, NULL, NULL);
}

static int switch_names(int folder, const struct replace_target *target, const struct names *names)
{
	int r = 0;

	if (target->on_esp)
		r = keep_old(folder, target, names->kept);
	if (r == 0 && target->on_esp)
		r = change_sync_all(folder);
	if (r == 0)
		r = change_rename(folder, names->fresh, path_name(target->path));
	if (r == 0)
		r = change_sync(folder);
	if (r == 0 && target->on_esp)
		r = change_sync_all(folder);
	return r;
}

int replace_write(const struct replace_target *target, int source, const struct digest *expected,
		  const struct replace_status *given)
{
	_cleanup_close_ int folder = folder_open_parent(target->root, target->path);
	struct names names;
	int r;

	if (folder < 0)
		return folder;
	set_names(&names, target->tag);
	r = unlink_if_there(folder, names.fresh);
	if (r == 0)
		r = unlink_if_there(folder, names.kept);
	if (r == 0)
		r = write_fresh(folder, names.fresh, source, expected, given);
	if (r == 0)
		r = switch_names(folder, target, &names);
	if (r < 0) {
		/* A switch that may not have reached the disk keeps its copy for replace_clean(). */
		(void)unlink_for_good(folder, names.fresh);
		return r;
	}
	if (!target->on_esp)
		return 0;
	r = unlink_if_there(folder, names.kept);
	return r < 0 ? r : change_sync_all(folder);
}

int replace_remove(const struct replace_target *target)
{
	_cleanup_close_ int folder = folder_open_parent(target->root, target->path);
	int r;

	if (folder < 0)
		return folder == -ENOENT ? 0 : folder;
	r = change_unlink(folder, path_name(target->path));
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = change_sync(folder);
	return r == 0 && target->on_esp ? change_sync_all(folder) : r;
}

int replace_clean(const struct replace_target *target)
{
	_cleanup_close_ int folder = folder_open_parent(target->root, target->path);
	struct names names;
	int r;

	if (folder < 0)
		return folder == -ENOENT ? 0 : folder;
	set_names(&names, target->tag);
	r = unlink_for_good(folder, names.fresh);
	return r < 0 ? r : unlink_for_good(folder, names.kept);
}
