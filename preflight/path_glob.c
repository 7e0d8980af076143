/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/path_glob.h"

#include <fnmatch.h>

enum { COMPONENT_LIMIT = 256 };

bool path_glob_is_pattern(const char *component)
{
	return strpbrk(component, "*?[") != NULL;
}

bool path_glob_matches_name(const char *component, const char *name)
{
	return !streq(name, ".") && !streq(name, "..") && fnmatch(component, name, 0) == 0;
}

/* Takes the next component off *path; false at the end, or where it is too long to be a name. */
static bool next_component(const char **path, char component[static COMPONENT_LIMIT])
{
	size_t length;

	*path += strspn(*path, "/");
	length = strcspn(*path, "/");
	if (!length || length >= COMPONENT_LIMIT)
		return false;
	memcpy(component, *path, length);
	component[length] = '\0';
	*path += length;
	return true;
}

bool path_glob_covers(const char *glob, const char *path)
{
	char pattern[COMPONENT_LIMIT], name[COMPONENT_LIMIT];

	while (next_component(&path, name))
		if (!next_component(&glob, pattern) || !path_glob_matches_name(pattern, name))
			return false;
	return !path[strspn(path, "/")];
}
