/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files, lines and numbers. */
#include "preflight/host/aside.h"
#include "preflight/host/host.h"
#include "preflight/host/root.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

/* Reads up to size bytes; sysfs and procfs files tell no size (-1), so the end is where read() says 0. */
static ssize_t read_some(int fd, char *buffer, size_t size, off_t file_size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t got = read(fd, buffer + length, size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		length += (size_t)got;
		if ((off_t)length == file_size)
			break;
	}
	return (ssize_t)length;
}

/* Reads a file whose size is not known from its start, doubling the buffer. */
static int read_growing(int fd, struct arena *arena, size_t limit, struct bytes *ret_bytes)
{
	size_t size = 65536, length;
	_cleanup_free_ char *buffer = malloc(size);
	ssize_t got;

	if (!buffer)
		return -ENOMEM;
	got = read_some(fd, buffer, size, -1);
	if (got < 0)
		return (int)got;
	length = (size_t)got;
	while (length == size) {
		char *larger;

		if (length > limit)
			return -EFBIG;
		larger = realloc(buffer, size * 2);
		if (!larger)
			return -ENOMEM;
		buffer = larger;
		got = read_some(fd, buffer + length, size, -1);
		if (got < 0)
			return (int)got;
		size *= 2;
		length += (size_t)got;
	}
	if (length > limit)
		return -EFBIG;
	*ret_bytes = (struct bytes){.data = arena_copy(arena, buffer, length), .length = length};
	return 0;
}

/* The usual small file: one read into the stack tells that it fits. */
static int read_all(int fd, off_t file_size, struct arena *arena, size_t limit,
		    struct bytes *ret_bytes)
{
	char small[4097]; /* a whole configuration space, and the end of the file */
	ssize_t got = read_some(fd, small, sizeof(small), file_size);

	if (got < 0)
		return (int)got;
	if ((size_t)got < sizeof(small) || (size_t)got > limit) {
		if ((size_t)got > limit)
			return -EFBIG;
		*ret_bytes = (struct bytes){.data = arena_copy(arena, small, (size_t)got),
					    .length = (size_t)got};
		return 0;
	}
	if (lseek(fd, 0, SEEK_SET) != 0)
		return -errno;
	return read_growing(fd, arena, limit, ret_bytes);
}

/* Opens for reading; refuses what is no regular file, so that nothing can block or stream for ever.
 */
static int regular_or_close(int fd, struct stat *ret_status)
{
	if (fd < 0)
		return fd;
	if (fstat(fd, ret_status) < 0) {
		int code = -errno;

		close(fd);
		return code;
	}
	if (!S_ISREG(ret_status->st_mode)) {
		close(fd);
		return S_ISDIR(ret_status->st_mode) ? -EISDIR : -EINVAL;
	}
	return fd;
}

static int check_regular(int fd)
{
	struct stat status;

	return regular_or_close(fd, &status);
}

/* In a tree what stands at the path is looked at before it is opened: to open a device node can do
 * something by itself (a watchdog starts, a tape rewinds). O_PATH opens nothing. */
static int host_open_regular(const struct host *host, const char *path)
{
	if (!host->live) {
		_cleanup_close_ int place = check_regular(host_openat(host, path, O_PATH));

		if (place < 0)
			return place;
	}
	return check_regular(host_openat(host, path, O_RDONLY | O_NONBLOCK));
}

/* The same for a plain name, which is looked at in one call and nearly always is no link. -ELOOP: it is one.
 * What takes the file's place before it is opened is opened without following or waiting. */
static int directory_open_plain(const struct directory *directory, const char *name,
				struct stat *ret_status)
{
	int fd;

	if (fstatat(directory->fd, name, ret_status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISLNK(ret_status->st_mode))
		return -ELOOP;
	if (!S_ISREG(ret_status->st_mode))
		return S_ISDIR(ret_status->st_mode) ? -EISDIR : -EINVAL;
	fd = openat(directory->fd, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

/* A regular file in an open directory, and what stat() says of it. On this machine the directories are
 * of sysfs and procfs, which hold regular files only: nothing is asked there, and *ret_status is left. */
static int directory_open_regular(const struct directory *directory, const char *name,
				  struct stat *ret_status)
{
	_cleanup_close_ int place = -1;
	int fd;

	if (directory->host->live)
		return directory_openat(directory, name, O_RDONLY | O_NONBLOCK);
	if (!directory->host->note && !strchr(name, '/')) {
		fd = directory_open_plain(directory, name, ret_status);
		if (fd != -ELOOP)
			return fd;
	}
	place = check_regular(directory_openat(directory, name, O_PATH));
	if (place < 0)
		return place;
	return regular_or_close(directory_openat(directory, name, O_RDONLY | O_NONBLOCK),
				ret_status);
}

static bool is_read_aside(const struct host *host, const char *path)
{
	return host->aside && aside_is_for(path);
}

/* A small file that may never answer. */
static int read_aside(const struct host *host, int fd, struct arena *arena, struct bytes *ret_bytes)
{
	char text[ASIDE_LIMIT];
	ssize_t got = aside_read(host->aside, fd, text, sizeof(text));

	if (got < 0)
		return (int)got;
	*ret_bytes =
		(struct bytes){.data = arena_copy(arena, text, (size_t)got), .length = (size_t)got};
	return 0;
}

int host_read(const struct host *host, struct arena *arena, const char *path, size_t limit,
	      struct bytes *ret_bytes)
{
	_cleanup_close_ int fd = host_open_regular(host, path);

	if (fd < 0)
		return fd;
	if (is_read_aside(host, path))
		return read_aside(host, fd, arena, ret_bytes);
	return read_all(fd, -1, arena, limit ? limit : HOST_FILE_LIMIT, ret_bytes);
}

int directory_read(const struct directory *directory, struct arena *arena, const char *name,
		   size_t limit, struct bytes *ret_bytes)
{
	struct stat status = {.st_size = -1};
	_cleanup_close_ int fd = directory_open_regular(directory, name, &status);

	if (fd < 0)
		return fd;
	return read_all(fd, status.st_size, arena, limit ? limit : HOST_FILE_LIMIT, ret_bytes);
}

int directory_read_into(const struct directory *directory, const char *name, void *buffer,
			size_t size, size_t *ret_length)
{
	struct stat status;
	_cleanup_close_ int fd = directory_open_regular(directory, name, &status);
	ssize_t got;

	if (fd < 0)
		return fd;
	if (is_read_aside(directory->host, name)) {
		got = aside_read(directory->host->aside, fd, buffer, size);
		if (got < 0)
			return (int)got;
		*ret_length = (size_t)got;
		return 0;
	}
	/* One read() gives all of a sysfs attribute or a regular file of known size; only where it
	 * gives less than there is does the loop of read_some() have to find the end. */
	got = read(fd, buffer, size);
	if (got < 0)
		return -errno;
	if (!directory->host->live && (size_t)got < size && got < status.st_size) {
		ssize_t more = read_some(fd, (char *)buffer + got, size - (size_t)got, -1);

		if (more < 0)
			return (int)more;
		got += more;
	}
	*ret_length = (size_t)got;
	return 0;
}

/* Reads a first line from fd into line, without newline and trailing blanks. What follows the line is not
 * waited for. */
static int read_line(int fd, char *line, size_t size)
{
	size_t length = 0;
	char *end = NULL;

	while (!end && length < size - 1) {
		ssize_t got = read(fd, line + length, size - 1 - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		end = memchr(line + length, '\n', (size_t)got);
		length += (size_t)got;
	}
	line[length] = '\0';
	if (!end)
		end = line + strlen(line);
	while (end > line && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	*end = '\0';
	return 0;
}

int host_read_line(const struct host *host, struct arena *arena, const char *path,
		   const char **ret_line)
{
	_cleanup_close_ int fd = host_open_regular(host, path);
	char line[4096];
	int r;

	if (fd < 0)
		return fd;
	r = read_line(fd, line, sizeof(line));
	if (r < 0)
		return r;
	*ret_line = arena_strdup(arena, line);
	return 0;
}

static int directory_line(const struct directory *directory, const char *name, char *line,
			  size_t size)
{
	struct stat status;
	_cleanup_close_ int fd = directory_open_regular(directory, name, &status);

	if (fd < 0)
		return fd;
	return read_line(fd, line, size);
}

int directory_read_line(const struct directory *directory, struct arena *arena, const char *name,
			const char **ret_line)
{
	char line[4096];
	int r = directory_line(directory, name, line, sizeof(line));

	if (r < 0)
		return r;
	*ret_line = arena_strdup(arena, line);
	return 0;
}

int directory_read_number(const struct directory *directory, const char *name, int64_t *ret_number)
{
	char line[64], *end;
	int64_t number;
	int r = directory_line(directory, name, line, sizeof(line));

	if (r < 0)
		return r;
	errno = 0;
	number = strtoimax(line, &end, 0);
	if (errno || end == line || *end)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

int host_read_into(const struct host *host, const char *path, void *buffer, size_t size,
		   size_t *ret_length)
{
	_cleanup_close_ int fd = -1;
	int r = host_open_file(host, path, &fd);
	ssize_t length;

	if (r < 0)
		return r;
	length = read_some(fd, buffer, size, -1);
	if (length < 0)
		return (int)length;
	*ret_length = (size_t)length;
	return 0;
}

int host_open_file(const struct host *host, const char *path, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	struct stat status;

	fd = host->live ? host_openat(host, path, O_RDONLY | O_NONBLOCK)
			: host_open_regular(host, path);
	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
		return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
	*ret_fd = TAKE_FD(fd);
	return 0;
}
