/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user_file.h"
#include "preflight/capture/signals_held.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static int say(struct error *error, const char *path, int code)
{
	return error_set(error, code, "%s: %s", path, error_words(code));
}

/* -- reading ------------------------------------------------------------------------------------------- */

enum { FIRST_SIZE = 64 * 1024 };

static int read_all(int fd, size_t limit, char **data, size_t *ret_length)
{
	size_t length = 0, size = 0;

	for (;;) {
		ssize_t got;

		if (length == size) {
			char *larger;

			size = size ? size * 2 : FIRST_SIZE;
			larger = realloc(*data, size);
			if (!larger)
				return -ENOMEM;
			*data = larger;
		}
		got = read(fd, *data + length, size - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		length += (size_t)got;
		if (length > limit)
			return -EFBIG;
	}
	*ret_length = length;
	return 0;
}

int user_file_read(const char *path, struct arena *arena, size_t limit, struct bytes *ret_bytes,
		   struct error *error)
{
	_cleanup_close_ int opened = -1;
	_cleanup_free_ char *data = NULL;
	bool standard_input = streq(path, "-");
	size_t length = 0;
	int r;

	if (!standard_input)
		opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (!standard_input && opened < 0)
		return say(error, path, -errno);
	r = read_all(standard_input ? STDIN_FILENO : opened, limit, &data, &length);
	if (r == -EFBIG)
		return error_set(error, r, "%s: larger than %zu MiB", path, limit / 1024 / 1024);
	if (r < 0)
		return say(error, standard_input ? N_("standard input") : path, r);
	ret_bytes->data = arena_copy(arena, data, length);
	ret_bytes->length = length;
	return 0;
}

/* -- writing ------------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		length -= (size_t)written;
	}
	return 0;
}

/* A pipe or a device has no old content to keep. */
static int write_through(const char *path, const char *data, size_t length)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : write_all(fd, data, length);
}

static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return 0666 & ~mask;
}

/* old: the file that is there; NULL: none. */
static int fill(int fd, const struct stat *old, const char *data, size_t length)
{
	int r = write_all(fd, data, length);

	if (r < 0)
		return r;
	/* Only root may give a file away; for others it becomes their own, as with any editor. */
	if (old && fchown(fd, old->st_uid, old->st_gid) < 0 && errno != EPERM)
		return -errno;
	if (fchmod(fd, old ? old->st_mode & 0777 : default_mode()) < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *folder =
		slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	_cleanup_close_ int fd = -1;

	if (!folder)
		return -ENOMEM;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Some file systems cannot sync a directory. */
	return fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
}

static int replace(const char *path, const struct stat *old, const char *data, size_t length)
{
	_cleanup_free_ char *temporary = NULL;
	_cleanup_close_ int fd = -1;
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash + 1 - path) : 0, r;

	if (asprintf(&temporary, "%.*s.%s.XXXXXX", folder, path, path + folder) < 0)
		return -ENOMEM;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fill(fd, old, data, length);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(temporary);
		return r;
	}
	return sync_folder(path);
}

int user_file_replace(const char *path, const char *data, size_t length, struct error *error)
{
	_cleanup_free_ char *real = NULL;
	struct stat status;
	sigset_t before;
	bool there = stat(path, &status) == 0;
	int r;

	if (there && S_ISDIR(status.st_mode))
		return say(error, path, -EISDIR);
	if (there && !S_ISREG(status.st_mode)) {
		r = write_through(path, data, length);
		return r < 0 ? say(error, path, r) : 0;
	}
	/* A link stays, and what it points to is replaced. */
	real = there ? realpath(path, NULL) : strdup(path);
	if (!real)
		return say(error, path, -errno);
	signals_hold(&before);
	r = replace(real, there ? &status : NULL, data, length);
	signals_release(&before);
	return r < 0 ? say(error, path, r) : 0;
}
