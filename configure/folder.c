/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/folder.h"
#include "configure/change.h"
#include "preflight/host/open.h"
#include "preflight/host/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>

bool path_is_plain(const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");

		if (!length || (length <= 2 && strspn(path, ".") == length))
			return false;
		path += length;
		if (*path && !*++path)
			return false;
	}
	return true;
}

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int folder_open(int root, const char *path)
{
	const char *folder = *path ? path : ".";
	int fd = open_beneath(root, folder, O_RDONLY | O_DIRECTORY, RESOLVE_IN_ROOT);

	/* Sandboxes that forbid openat2(). */
	return fd == -EPERM ? walk_beneath(root, folder, O_RDONLY | O_DIRECTORY, true) : fd;
}

int folder_open_parent(int root, const char *path)
{
	_cleanup_free_ char *parent = strndup(path, (size_t)(path_name(path) - path));

	return parent ? folder_open(root, parent) : -ENOMEM;
}

/* Calls visit for path's folder prefixes ("var", "var/lib"), path itself included. */
static int for_prefixes(const char *path,
			int (*visit)(const char *prefix, bool last, void *context), void *context)
{
	for (const char *end = path; *end; end += strspn(end, "/")) {
		_cleanup_free_ char *prefix = NULL;
		int r;

		end += strcspn(end, "/");
		prefix = strndup(path, (size_t)(end - path));
		r = prefix ? visit(prefix, !*end, context) : -ENOMEM;
		if (r < 0)
			return r;
	}
	return 0;
}

struct missing {
	int root;
	struct arena *arena;
	struct strings *list;
};

static int list_if_missing(const char *prefix, bool last, void *context)
{
	struct missing *missing = context;
	_cleanup_close_ int fd = last ? -1 : folder_open(missing->root, prefix);

	if (last || fd >= 0)
		return 0;
	if (fd != -ENOENT)
		return fd;
	strings_add(missing->arena, missing->list, prefix);
	return 0;
}

int folder_list_missing(int root, struct arena *arena, const char *path,
			struct strings *ret_missing)
{
	struct missing missing = {.root = root, .arena = arena, .list = ret_missing};

	return for_prefixes(path, list_if_missing, &missing);
}

struct making {
	int root;
	mode_t mode;
};

static int make_if_missing(const char *prefix, bool last, void *context)
{
	const struct making *making = context;
	mode_t mode = last ? making->mode : 0755;
	_cleanup_close_ int there = folder_open(making->root, prefix), parent = -1, made = -1;
	int r;

	if (there != -ENOENT)
		return there < 0 ? there : 0;
	parent = folder_open_parent(making->root, prefix);
	if (parent < 0)
		return parent;
	r = change_make_folder(parent, path_name(prefix), mode);
	if (r < 0)
		return r;
	made = folder_open(making->root, prefix);
	if (made < 0)
		return made;
	/* Whatever the umask is. */
	r = change_mode(made, mode);
	if (r == 0)
		r = change_sync(made);
	return r < 0 ? r : change_sync(parent);
}

int folder_make(int root, const char *path, mode_t mode)
{
	struct making making = {.root = root, .mode = mode};

	return for_prefixes(path, make_if_missing, &making);
}

int folder_remove_empty(int root, const char *path)
{
	_cleanup_close_ int parent = folder_open_parent(root, path);
	int r;

	if (parent < 0)
		return parent == -ENOENT ? 0 : parent;
	r = change_remove_folder(parent, path_name(path));
	if (r == -ENOENT || r == -ENOTEMPTY || r == -EEXIST)
		return 0;
	return r < 0 ? r : change_sync(parent);
}

static void cleanup_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int folder_list(int folder, struct arena *arena, struct strings *ret_names)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(cleanup_closedir) DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	struct strings names = {0};

	if (!directory) {
		cleanup_close(&copy);
		return -errno;
	}
	errno = 0;
	for (struct dirent *entry; (entry = readdir(directory));)
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
			strings_add(arena, &names, entry->d_name);
	if (errno)
		return -errno;
	if (names.count)
		qsort(names.items, names.count, sizeof(*names.items), compare_names);
	*ret_names = names;
	return 0;
}

static int remove_files(int folder, struct arena *arena, bool deeper)
{
	struct strings names = {0};
	int r = folder_list(folder, arena, &names);

	for (size_t i = 0; i < names.count && r == 0; i++) {
		_cleanup_close_ int inner = openat(folder, names.items[i],
						   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (inner < 0) {
			r = change_unlink(folder, names.items[i]);
			continue;
		}
		r = deeper ? remove_files(inner, arena, false) : -ENOTEMPTY;
		if (r == 0)
			r = change_remove_folder(folder, names.items[i]);
	}
	return r;
}

int folder_remove_all(int parent, const char *name)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_close_ int folder =
		openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (folder < 0)
		return errno == ENOENT ? 0 : -errno;
	r = remove_files(folder, arena, true);
	return r < 0 ? r : change_remove_folder(parent, name);
}
