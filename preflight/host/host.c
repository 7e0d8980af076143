/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/host/host.h"
#include "preflight/capture/note.h"
#include "preflight/host/aside.h"
#include "preflight/host/open.h"
#include "preflight/host/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdalign.h>

int host_openat(const struct host *host, const char *path, uint64_t flags)
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

int directory_openat(const struct directory *directory, const char *name, uint64_t flags)
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
	if (host.live)
		opened->aside = aside_new();
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
	aside_free(host->aside);
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

int directory_open(const struct directory *parent, const char *name,
		   struct directory *ret_directory)
{
	int fd;

	if (parent->host->note || strchr(name, '/') || streq(name, ".."))
		return -ELOOP;
	fd = openat(parent->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	*ret_directory = (struct directory){.host = parent->host, .fd = fd};
	return 0;
}

void host_directory_close(struct directory *directory)
{
	if (directory->fd >= 0 && directory->host)
		close(directory->fd);
	directory->fd = -1;
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

static void add_names(struct arena *arena, const char *entries, size_t length,
		      struct strings *names)
{
	const struct dirent64 *entry;

	for (size_t at = 0; at < length; at += entry->d_reclen) {
		entry = (const struct dirent64 *)(const void *)(entries + at);
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
			strings_add(arena, names, entry->d_name);
	}
}

/* Lists and closes fd. opendir() would ask for more than the names. */
static int list_names(int fd, struct arena *arena, struct strings *ret_names)
{
	_cleanup_close_ int directory = fd;
	alignas(struct dirent64) char entries[32768];
	struct strings names = {0};
	ssize_t length;

	while ((length = getdents64(directory, entries, sizeof(entries))) > 0)
		add_names(arena, entries, (size_t)length, &names);
	if (length < 0)
		return -errno; /* half a list is none */
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
	struct directory listed = {.fd = -1};
	int fd;

	if (directory_open(directory, name, &listed) == 0)
		return list_names(listed.fd, arena, ret_names);
	fd = directory_openat(directory, name, O_RDONLY | O_DIRECTORY);
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
