/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/tree_state.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/xattr.h>

static void must(bool good, const char *path)
{
	if (!good) {
		perror(path);
		abort();
	}
}

static const char *attributes(struct arena *arena, const char *path)
{
	char *names = arena_alloc(arena, 65536), *value = arena_alloc(arena, 65536);
	ssize_t length = llistxattr(path, names, 65536);
	const char *text = "";

	for (const char *name = names; length > 0 && name < names + length;
	     name += strlen(name) + 1) {
		ssize_t size = lgetxattr(path, name, value, 65536);

		must(size >= 0, path);
		text = arena_printf(arena, "%s %s=", text, name);
		for (ssize_t i = 0; i < size; i++)
			text = arena_printf(arena, "%s%02x", text, (unsigned char)value[i]);
	}
	return text;
}

static const char *content(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "re");
	uint64_t hash = 5381;
	int byte;

	must(file, path);
	while ((byte = fgetc(file)) != EOF)
		hash = hash * 33 + (uint64_t)byte;
	(void)fclose(file);
	return arena_printf(arena, "%016llx", (unsigned long long)hash);
}

static const char *describe(struct arena *arena, const char *path, const char *shown,
			    const struct stat *status)
{
	const char *head = arena_printf(arena, "%s %o %u:%u", shown, status->st_mode,
					status->st_uid, status->st_gid);
	char target[4096] = "";

	if (S_ISLNK(status->st_mode)) {
		must(readlink(path, target, sizeof(target) - 1) >= 0, path);
		return arena_printf(arena, "%s -> %s\n", head, target);
	}
	if (!S_ISREG(status->st_mode))
		return arena_printf(arena, "%s%s\n", head, attributes(arena, path));
	return arena_printf(arena, "%s %lld %lld.%09ld %lu %s%s\n", head,
			    (long long)status->st_size, (long long)status->st_mtim.tv_sec,
			    status->st_mtim.tv_nsec, (unsigned long)status->st_nlink,
			    content(arena, path), attributes(arena, path));
}

static void walk(struct arena *arena, const char *folder, const char *shown, struct strings *lines)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, NULL, alphasort);

	must(count >= 0, folder);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		const char *path = arena_printf(arena, "%s/%s", folder, name);
		const char *inner = arena_printf(arena, "%s/%s", shown, name);
		struct stat status;

		if (streq(name, ".") || streq(name, "..") || streq(inner, "/var/lib"))
			continue;
		must(lstat(path, &status) == 0, path);
		*ARRAY_ADD(arena, lines) = describe(arena, path, inner, &status);
		if (S_ISDIR(status.st_mode))
			walk(arena, path, inner, lines);
	}
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
}

const char *tree_state(struct arena *arena, const char *folder)
{
	struct strings lines = {0};

	walk(arena, folder, "", &lines);
	return strings_join(arena, &lines, "");
}
