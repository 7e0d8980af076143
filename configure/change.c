/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/change.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

static int result(long value)
{
	return value < 0 ? -errno : (int)value;
}

int change_create(int folder, const char *name, mode_t mode)
{
	return result(openat(folder, name,
			     O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode));
}

ssize_t change_write(int fd, const void *data, size_t length, off_t offset)
{
	ssize_t written = TEMP_FAILURE_RETRY(pwrite(fd, data, length, offset));

	return written < 0 ? -errno : written;
}

int change_clone(int target, int source)
{
	return result(ioctl(target, FICLONE, source));
}

int change_truncate(int fd, off_t length)
{
	return result(TEMP_FAILURE_RETRY(ftruncate(fd, length)));
}

int change_sync(int fd)
{
	return result(TEMP_FAILURE_RETRY(fsync(fd)));
}

int change_sync_all(int fd)
{
	return result(TEMP_FAILURE_RETRY(syncfs(fd)));
}

int change_rename(int folder, const char *from, const char *to)
{
	return result(renameat(folder, from, folder, to));
}

int change_unlink(int folder, const char *name)
{
	return result(unlinkat(folder, name, 0));
}

int change_make_folder(int folder, const char *name, mode_t mode)
{
	return result(mkdirat(folder, name, mode));
}

int change_remove_folder(int folder, const char *name)
{
	return result(unlinkat(folder, name, AT_REMOVEDIR));
}

int change_owner(int fd, uid_t user, gid_t group)
{
	return result(fchown(fd, user, group));
}

int change_mode(int fd, mode_t mode)
{
	return result(fchmod(fd, mode));
}

int change_times(int fd, const struct timespec times[static 2])
{
	return result(futimens(fd, times));
}

int change_set_attribute(int fd, const char *name, const void *value, size_t length)
{
	return result(fsetxattr(fd, name, value, length, 0));
}

int change_remove_attribute(int fd, const char *name)
{
	return result(fremovexattr(fd, name));
}

pid_t change_start_process(void)
{
	return result(fork());
}
