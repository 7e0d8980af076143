/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/host/open.h"
#include "tree_builder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <sys/stat.h>

static int open_in_root(const struct builder *builder, const char *path, int flags)
{
	return open_beneath(builder->root, *path ? path : ".", (uint64_t)flags, RESOLVE_IN_ROOT);
}

/* Opens a directory of the tree, making it and its parents where missing. */
static int open_directory(const struct builder *builder, const char *path)
{
	int fd = open_in_root(builder, path, O_RDONLY | O_DIRECTORY);
	_cleanup_free_ char *parent = NULL;
	const char *slash;
	_cleanup_close_ int parent_fd = -1;

	if (fd != -ENOENT || !*path)
		return fd;
	slash = strrchr(path, '/');
	parent = strndup(path, slash ? (size_t)(slash - path) : 0);
	if (!parent)
		return -ENOMEM;
	parent_fd = open_directory(builder, parent);
	if (parent_fd < 0)
		return parent_fd;
	if (mkdirat(parent_fd, slash ? slash + 1 : path, 0755) < 0)
		return -errno;
	return open_in_root(builder, path, O_RDONLY | O_DIRECTORY);
}

/* Opens the directory that path lies in; *ret_name is the last component. */
static int open_parent(const struct builder *builder, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *parent = strndup(path, slash ? (size_t)(slash - path) : 0);

	*ret_name = slash ? slash + 1 : path;
	return parent ? open_directory(builder, parent) : -ENOMEM;
}

static int fail_at(const struct builder *builder, int code, const char *path)
{
	return builder_fail(builder, code, "%s: %s", path, error_words(code));
}

int builder_directory(const struct builder *builder, const char *path)
{
	_cleanup_close_ int fd = open_directory(builder, path);

	return fd < 0 ? fail_at(builder, fd, path) : 0;
}

static int write_all(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0)
			return -errno;
		bytes += written;
		length -= (size_t)written;
	}
	return 0;
}

int builder_write(const struct builder *builder, const char *path, const void *bytes, size_t length)
{
	const char *name;
	_cleanup_close_ int parent = open_parent(builder, path, &name);
	_cleanup_close_ int fd = -1;
	int result;

	if (parent < 0)
		return fail_at(builder, parent, path);
	if (unlinkat(parent, name, 0) < 0 && errno != ENOENT)
		return fail_at(builder, -errno, path);
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail_at(builder, -errno, path);
	result = write_all(fd, bytes, length);
	return result < 0 ? fail_at(builder, result, path) : 0;
}

int builder_printf(const struct builder *builder, const char *path, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = arena_vprintf(builder->arena, format, arguments);
	va_end(arguments);
	return builder_write(builder, path, text, strlen(text));
}

int builder_append(const struct builder *builder, const char *path, const char *text, size_t length)
{
	const char *name;
	_cleanup_close_ int parent = open_parent(builder, path, &name);
	_cleanup_close_ int fd = -1;
	int result;

	if (parent < 0)
		return fail_at(builder, parent, path);
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail_at(builder, -errno, path);
	result = write_all(fd, text, length);
	return result < 0 ? fail_at(builder, result, path) : 0;
}

int builder_read(const struct builder *builder, const char *path, char **ret_text,
		 size_t *ret_length)
{
	_cleanup_close_ int fd = open_in_root(builder, path, O_RDONLY | O_NONBLOCK);
	struct stat status;
	char *text;
	ssize_t got;

	if (fd < 0)
		return fail_at(builder, fd, path);
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return fail_at(builder, -EINVAL, path);
	text = arena_alloc(builder->arena, (size_t)status.st_size + 1);
	got = read(fd, text, (size_t)status.st_size);
	if (got != status.st_size)
		return fail_at(builder, -EIO, path);
	*ret_text = text;
	*ret_length = (size_t)got;
	return 0;
}

int builder_link(const struct builder *builder, const char *path, const char *target)
{
	const char *name;
	_cleanup_close_ int parent = open_parent(builder, path, &name);

	if (parent < 0)
		return fail_at(builder, parent, path);
	if (unlinkat(parent, name, 0) < 0 && errno != ENOENT)
		return fail_at(builder, -errno, path);
	if (symlinkat(target, parent, name) < 0)
		return fail_at(builder, -errno, path);
	return 0;
}

/* How many bytes of whole components, slash included, both paths begin with. */
static size_t common_directory(const char *a, const char *b)
{
	size_t common = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '/')
			common = i + 1;
	return common;
}

int builder_link_to(const struct builder *builder, const char *path, const char *destination)
{
	size_t common = common_directory(path, destination);
	const char *target = destination + common;

	for (const char *rest = strchr(path + common, '/'); rest; rest = strchr(rest + 1, '/'))
		target = arena_printf(builder->arena, "../%s", target);
	return builder_link(builder, path, target);
}

int builder_mode(const struct builder *builder, const char *path, mode_t mode)
{
	const char *name;
	_cleanup_close_ int parent = open_parent(builder, path, &name);

	if (parent < 0)
		return fail_at(builder, parent, path);
	if (fchmodat(parent, name, mode, 0) < 0)
		return fail_at(builder, -errno, path);
	return 0;
}

int builder_fifo(const struct builder *builder, const char *path)
{
	const char *name;
	_cleanup_close_ int parent = open_parent(builder, path, &name);

	if (parent < 0)
		return fail_at(builder, parent, path);
	if (mkfifoat(parent, name, 0644) < 0)
		return fail_at(builder, -errno, path);
	return 0;
}

/* Removes name below parent with all it holds, also where modes forbid to look. */
static int remove_at(int parent, const char *name)
{
	struct dirent *entry;
	DIR *directory;
	int fd;

	if (unlinkat(parent, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0)
		fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)fchmod(fd, 0700);
	directory = fdopendir(fd);
	if (!directory) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(directory)))
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
			(void)remove_at(fd, entry->d_name);
	closedir(directory);
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int builder_remove(const struct builder *builder, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *parent = slash ? arena_copy(builder->arena, path, (size_t)(slash - path)) : "";
	_cleanup_close_ int fd = open_in_root(builder, parent, O_RDONLY | O_DIRECTORY);
	int result = fd < 0 ? fd : remove_at(fd, slash ? slash + 1 : path);

	return result < 0 && result != -ENOENT ? fail_at(builder, result, path) : result;
}

bool builder_exists(const struct builder *builder, const char *path)
{
	_cleanup_close_ int fd = open_in_root(builder, path, O_PATH);

	return fd >= 0;
}

void builder_list(const struct builder *builder, const char *path, struct strings *ret_names)
{
	int fd = open_in_root(builder, path, O_RDONLY | O_DIRECTORY);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
			strings_add(builder->arena, ret_names, entry->d_name);
	closedir(directory);
}

void remove_everything(const char *directory)
{
	(void)remove_at(AT_FDCWD, directory);
}
