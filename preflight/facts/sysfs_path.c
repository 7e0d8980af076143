/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/sysfs_path.h"

/* Appends one component to path, or takes the last one away for "..". */
static size_t path_append(char *path, size_t length, const char *component, size_t size)
{
	if (size == 0 || (size == 1 && component[0] == '.'))
		return length;
	if (size == 2 && component[0] == '.' && component[1] == '.') {
		while (length > 0 && path[length - 1] != '/')
			length--;
		return length > 0 ? length - 1 : 0;
	}
	if (length > 0)
		path[length++] = '/';
	memcpy(path + length, component, size);
	return length + size;
}

static size_t path_append_all(char *path, size_t length, const char *text)
{
	while (*text) {
		size_t size = strcspn(text, "/");

		length = path_append(path, length, text, size);
		text += size;
		text += *text == '/';
	}
	return length;
}

const char *sysfs_path_resolve(struct arena *arena, const char *directory, const char *target)
{
	char *path = arena_alloc(arena, strlen(directory) + strlen(target) + 2);
	size_t length = 0;

	if (*target != '/')
		length = path_append_all(path, 0, directory);
	length = path_append_all(path, length, target);
	path[length] = '\0';
	return path;
}

const char *sysfs_path_last(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void functions_add(const struct facts *facts, struct device *device,
			  struct device_refs *functions)
{
	for_each (known, functions)
		if (*known == device)
			return;
	*ARRAY_ADD(facts->arena, functions) = device;
}

void sysfs_path_functions(const struct facts *facts, const char *path,
			  struct device_refs *functions)
{
	struct device *deepest = facts_device_of_path(facts, path);

	if (!deepest)
		return;
	functions_add(facts, deepest, functions);
	while (*path) {
		size_t length = strcspn(path, "/");
		struct address place;

		if (address_parse(path, length, &place) == 0 && place.full) {
			struct device *device = facts_find_function(facts, place.domain, place.bus,
								    place.slot, place.function);
			if (device && !device->is_bridge)
				functions_add(facts, device, functions);
		}
		path += length;
		path += *path == '/';
	}
}

const char *text_printable(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	for (char *at = copy; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 127)
			*at = '?';
	return copy;
}
