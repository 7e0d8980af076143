/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "expect_file.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

enum { MANIFEST_LIMIT = 1024 * 1024 };

static int say(struct error *error, const char *path, int code)
{
	return error_set(error, code, "%s: %s", path, error_words(code));
}

static day_number today(void)
{
	time_t now = time(NULL);
	struct tm day;

	if (now == (time_t)-1 || !localtime_r(&now, &day))
		return 0; /* no waiver holds on an unknown day */
	return (day_number)((day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday);
}

/* To the end, whatever kind of file it is ("<(make-manifest)"). */
static int read_all(int fd, char *data, size_t size, size_t *ret_length)
{
	size_t length = 0;

	for (;;) {
		ssize_t got = read(fd, data + length, size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		length += (size_t)got;
		if (got == 0)
			break;
		if (length == size)
			return -EFBIG;
	}
	*ret_length = length;
	return 0;
}

int expect_file_read(const char *path, struct arena *arena, struct expect *ret_expect,
		     struct error *error)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *data = malloc(MANIFEST_LIMIT);
	size_t length = 0;
	int r;

	if (fd < 0)
		return say(error, path, -errno);
	if (!data)
		return say(error, path, -ENOMEM);
	r = read_all(fd, data, MANIFEST_LIMIT, &length);
	if (r < 0)
		return say(error, path, r);
	r = expect_parse(arena, slash && slash[1] ? slash + 1 : path, data, length, ret_expect,
			 error);
	if (r < 0)
		return r;
	ret_expect->today = today();
	return 0;
}

static int write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t written = write(fd, text, left);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text += written;
		left -= (size_t)written;
	}
	return fsync(fd) < 0 && errno != EINVAL && errno != EROFS ? -errno : 0;
}

int expect_file_write(const char *path, const char *text, struct error *error)
{
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0644);
	int r;

	if (fd < 0 && errno == EEXIST)
		return error_set(error, -EEXIST,
				 "%s: is there already; vfiokit does not overwrite it", path);
	if (fd < 0)
		return say(error, path, -errno);
	r = write_all(fd, text);
	if (r < 0) {
		(void)unlink(path);
		return say(error, path, r);
	}
	return 0;
}
