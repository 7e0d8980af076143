/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Globs over host paths, compared component by component: no wildcard matches a slash. */
#ifndef VFIOKIT_PATH_GLOB_H
#define VFIOKIT_PATH_GLOB_H

#include "preflight/base.h"

/* Whether a component of a path has a wildcard (*, ?, [). */
bool path_glob_is_pattern(const char *component);

/* Whether a name matches one component of a glob. A leading dot needs no dot in the glob, but "." and
 * ".." never match. */
bool path_glob_matches_name(const char *component, const char *name);

/* Whether whoever looks for everything that matches glob has seen this path, if it is there: the path
 * matches, or a directory above the matches does. */
bool path_glob_covers(const char *glob, const char *path);

#endif
