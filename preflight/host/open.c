/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/host/open.h"
#include "preflight/host/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

enum { ATTEMPTS = 64 };

int open_beneath(int directory, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {
		/* openat2 refuses O_NOCTTY beside O_PATH, which opens no terminal anyway. */
		.flags = flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY),
		.resolve = resolve | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	/* EAGAIN: something on the machine was renamed or mounted while a ".." was resolved. That
	 * says nothing about the path. */
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	if (fd < 0 && errno == ENOSYS)
		return walk_beneath(directory, path, (int)flags | (flags & O_PATH ? 0 : O_NOCTTY),
				    resolve & RESOLVE_IN_ROOT);
	return fd < 0 ? -errno : (int)fd;
}

int descriptor_path(int fd, char path[static PATH_MAX])
{
	char link[64];
	ssize_t length;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, PATH_MAX);
	if (length < 0)
		return -errno;
	if (length >= PATH_MAX)
		return -ENAMETOOLONG;
	path[length] = '\0';
	return 0;
}

int descriptor_path_inside(int root, int fd, char path[static PATH_MAX])
{
	char outside[PATH_MAX];
	size_t length;
	int r = descriptor_path(root, outside);

	if (r == 0)
		r = descriptor_path(fd, path);
	if (r < 0)
		return r;
	length = streq(outside, "/") ? 0 : strlen(outside);
	if (strncmp(path, outside, length) != 0 || (path[length] != '/' && path[length] != '\0'))
		return -EXDEV;
	while (path[length] == '/')
		length++;
	memmove(path, path + length, strlen(path + length) + 1);
	return 0;
}
