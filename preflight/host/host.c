/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/host/host.h"
#include "preflight/capture/note.h"
#include "preflight/host/open.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>

struct host {
	int root; /* -1: nothing is there */
	bool live;
	const struct capture_note *note; /* NULL: not a capture */
};

static int host_openat(const struct host *host, const char *path, uint64_t flags)
{
	int fd;

	if (host->root < 0)
		return -ENOENT;
	fd = open_beneath(host->root, *path ? path : ".", flags, RESOLVE_IN_ROOT);
	/* Sandboxes that forbid openat2: on this machine nothing can lead out of the root, so the old
	 * call is as good. */
	if (fd == -EPERM && host->live) {
		fd = openat(host->root, *path ? path : ".", (int)flags | O_CLOEXEC | O_NOCTTY);
		if (fd < 0)
			fd = -errno;
	}
	if (host->note)
		fd = capture_note_apply(host->note, host->root, host->root, path, flags,
					RESOLVE_IN_ROOT, fd);
	return fd;
}

static int directory_openat(const struct directory *directory, const char *name, uint64_t flags)
{
	int fd;

	/* On this machine sysfs and procfs are the kernel's own: the plain call is cheaper. */
	if (directory->host->live) {
		fd = openat(directory->fd, name, (int)flags | O_CLOEXEC | O_NOCTTY);
		return fd < 0 ? -errno : fd;
	}
	fd = open_beneath(directory->fd, name, flags, RESOLVE_BENEATH);
	if (directory->host->note)
		fd = capture_note_apply(directory->host->note, directory->host->root, directory->fd,
					name, flags, RESOLVE_BENEATH, fd);
	return fd;
}

int host_open(const char *root, struct host **ret_host, struct error *error)
{
	struct host host = {.live = !root || streq(root, "/")};
	struct host *opened;
	int probe;

	host.root = open(root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (host.root < 0)
		return error_set(error, -errno, "%s: %s", root ? root : "/", error_words(errno));
	probe = open_beneath(host.root, ".", O_RDONLY | O_DIRECTORY, RESOLVE_IN_ROOT);
	if (probe < 0 && !host.live) {
		close(host.root);
		return error_set(error, probe, "%s: %s", root, error_words(probe));
	}
	if (probe >= 0)
		close(probe);
	opened = calloc(1, sizeof(*opened));
	if (!opened) {
		close(host.root);
		return error_set(error, -ENOMEM, "%s", error_words(-ENOMEM));
	}
	*opened = host;
	*ret_host = opened;
	return 0;
}

struct host *host_open_nothing(void)
{
	struct host *opened = calloc(1, sizeof(*opened));

	if (!opened)
		abort();
	opened->root = -1;
	return opened;
}

void host_close(struct host *host)
{
	if (!host)
		return;
	if (host->root >= 0)
		close(host->root);
	free(host);
}

bool host_is_live(const struct host *host)
{
	return host->live;
}

void host_set_note(struct host *host, const struct capture_note *note)
{
	host->note = note;
}

const struct capture_note *host_note(const struct host *host)
{
	return host->note;
}

bool host_was_live(const struct host *host)
{
	return host->live || (host->note && host->note->live);
}

bool host_tells_absence(const struct host *host, const char *path)
{
	return host->live || (host->note && capture_note_covers(host->note, path));
}

int host_directory_open(const struct host *host, const char *path, struct directory *ret_directory)
{
	int fd = host_openat(host, path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return fd;
	*ret_directory = (struct directory){.host = host, .fd = fd};
	return 0;
}

void host_directory_close(struct directory *directory)
{
	if (directory->fd >= 0 && directory->host)
		close(directory->fd);
	directory->fd = -1;
}

/* -- reading --------------------------------------------------------------------------------- */

/* Reads up to size bytes; sysfs and procfs files tell no size, so the end is where read() says 0.
 */
static ssize_t read_some(int fd, char *buffer, size_t size)
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
	got = read_some(fd, buffer, size);
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
		got = read_some(fd, buffer + length, size);
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
static int read_all(int fd, struct arena *arena, size_t limit, struct bytes *ret_bytes)
{
	char small[4097]; /* a whole configuration space, and the end of the file */
	ssize_t got = read_some(fd, small, sizeof(small));

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

/* What is at a place is looked at in one call where the name is plain and no link: nearly always. */
static bool is_plain_file(const struct directory *directory, const char *name)
{
	struct stat status;

	return !directory->host->note && !strchr(name, '/') &&
	       fstatat(directory->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(status.st_mode);
}

/* A regular file in an open directory, and what fstat() says of it. On this machine the directories are
 * of sysfs and procfs, which hold regular files only: nothing is asked there, and *ret_status is left. */
static int directory_open_regular(const struct directory *directory, const char *name,
				  struct stat *ret_status)
{
	_cleanup_close_ int place = -1;
	int fd;

	if (directory->host->live)
		return directory_openat(directory, name, O_RDONLY | O_NONBLOCK);
	if (is_plain_file(directory, name)) {
		fd = openat(directory->fd, name,
			    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
		return regular_or_close(fd < 0 ? -errno : fd, ret_status);
	}
	place = check_regular(directory_openat(directory, name, O_PATH));
	if (place < 0)
		return place;
	return regular_or_close(directory_openat(directory, name, O_RDONLY | O_NONBLOCK),
				ret_status);
}

int host_read(const struct host *host, struct arena *arena, const char *path, size_t limit,
	      struct bytes *ret_bytes)
{
	_cleanup_close_ int fd = host_open_regular(host, path);

	if (fd < 0)
		return fd;
	return read_all(fd, arena, limit ? limit : HOST_FILE_LIMIT, ret_bytes);
}

int directory_read(const struct directory *directory, struct arena *arena, const char *name,
		   size_t limit, struct bytes *ret_bytes)
{
	struct stat status;
	_cleanup_close_ int fd = directory_open_regular(directory, name, &status);

	if (fd < 0)
		return fd;
	return read_all(fd, arena, limit ? limit : HOST_FILE_LIMIT, ret_bytes);
}

int directory_read_into(const struct directory *directory, const char *name, void *buffer,
			size_t size, size_t *ret_length)
{
	struct stat status;
	_cleanup_close_ int fd = directory_open_regular(directory, name, &status);
	ssize_t got;

	if (fd < 0)
		return fd;
	/* One read() gives all of a sysfs attribute or a regular file of known size; only where it
	 * gives less than there is does the loop of read_some() have to find the end. */
	got = read(fd, buffer, size);
	if (got < 0)
		return -errno;
	if (!directory->host->live && (size_t)got < size && got < status.st_size) {
		ssize_t more = read_some(fd, (char *)buffer + got, size - (size_t)got);

		if (more < 0)
			return (int)more;
		got += more;
	}
	*ret_length = (size_t)got;
	return 0;
}

/* Reads a first line from fd into line, without newline and trailing blanks. */
static int read_line(int fd, char *line, size_t size)
{
	ssize_t got = read_some(fd, line, size - 1);
	char *end;

	if (got < 0)
		return (int)got;
	line[got] = '\0';
	end = memchr(line, '\n', (size_t)got);
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

/* -- links, lists ---------------------------------------------------------------------------- */

static int read_link_at(int directory, const char *name, struct arena *arena,
			const char **ret_target)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(directory, name, target, sizeof(target));

	/* With an empty name the kernel's word for "not a link" is another one. */
	if (length < 0)
		return !*name && errno == ENOENT ? -EINVAL : -errno;
	if ((size_t)length == sizeof(target))
		return -ENAMETOOLONG;
	*ret_target = arena_copy(arena, target, (size_t)length);
	return 0;
}

int host_read_link(const struct host *host, struct arena *arena, const char *path,
		   const char **ret_target)
{
	/* The link itself is opened (O_NOFOLLOW), links before it are resolved inside the root. */
	_cleanup_close_ int fd = host_openat(host, path, O_PATH | O_NOFOLLOW);

	if (fd < 0)
		return fd;
	return read_link_at(fd, "", arena, ret_target);
}

int directory_read_link(const struct directory *directory, struct arena *arena, const char *name,
			const char **ret_target)
{
	/* A plain name is read where it stands; names with directories in them could pass through
	 * links, so on a tree those go the guarded way. */
	if (directory->host->live || !strchr(name, '/'))
		return read_link_at(directory->fd, name, arena, ret_target);

	_cleanup_close_ int fd =
		open_beneath(directory->fd, name, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH);

	if (fd < 0)
		return fd;
	return read_link_at(fd, "", arena, ret_target);
}

int host_real_path(const struct host *host, struct arena *arena, const char *path,
		   const char **ret_path)
{
	_cleanup_close_ int fd = host_openat(host, path, O_PATH);
	char found[PATH_MAX];
	int r;

	if (fd < 0)
		return fd;
	r = descriptor_path_inside(host->root, fd, found);
	if (r < 0)
		return r;
	*ret_path = arena_strdup(arena, found);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Lists and closes fd. */
static int list_names(int fd, struct arena *arena, struct strings *ret_names)
{
	struct strings names = {0};
	DIR *directory = fdopendir(fd);
	struct dirent *entry;
	int r;

	if (!directory) {
		int code = -errno;

		close(fd);
		return code;
	}
	for (errno = 0; (entry = readdir(directory)); errno = 0)
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
			strings_add(arena, &names, entry->d_name);
	r = -errno; /* half a list is none */
	closedir(directory);
	if (r < 0)
		return r;
	if (names.count)
		qsort(names.items, names.count, sizeof(*names.items), compare_names);
	*ret_names = names;
	return 0;
}

int host_list(const struct host *host, struct arena *arena, const char *path,
	      struct strings *ret_names)
{
	int fd = host_openat(host, path, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? fd : list_names(fd, arena, ret_names);
}

int directory_list(const struct directory *directory, struct arena *arena, const char *name,
		   struct strings *ret_names)
{
	int fd = directory_openat(directory, name, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? fd : list_names(fd, arena, ret_names);
}

int host_exists(const struct host *host, const char *path)
{
	_cleanup_close_ int fd = host_openat(host, path, O_PATH);

	return fd < 0 ? fd : 0;
}

int directory_exists(const struct directory *directory, const char *name)
{
	_cleanup_close_ int fd = directory_openat(directory, name, O_PATH);

	return fd < 0 ? fd : 0;
}

int host_stat(const struct host *host, const char *path, struct stat *ret_stat)
{
	_cleanup_close_ int fd = host_openat(host, path, O_PATH);

	if (fd < 0)
		return fd;
	return fstat(fd, ret_stat) < 0 ? -errno : 0;
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
