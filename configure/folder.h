/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folders below the root: opened without ever leaving it, made and taken away again. Paths are host paths
 * without a leading slash; root is a descriptor of the root's own folder (O_PATH will do).
 */
#ifndef VFIOKIT_FOLDER_H
#define VFIOKIT_FOLDER_H

#include "preflight/arena.h"

#include <sys/types.h>

/* Whether path is one that a plan may name: components that are neither empty nor "." nor "..". */
bool path_is_plain(const char *path);

/* The last component. */
const char *path_name(const char *path);

/* Opens a folder (O_RDONLY). A descriptor or -errno: -EXDEV, -ELOOP as host.h has it. "" is the root. */
int folder_open(int root, const char *path);

/* The folder that path's last component lies in. */
int folder_open_parent(int root, const char *path);

/* Adds the folders that are not there and that path needs, outermost first, to ret_missing. */
int folder_list_missing(int root, struct arena *arena, const char *path,
			struct strings *ret_missing);

/* Makes the missing folders of path, each fsynced into the one above it: mode as given for the last, 0755
 * for those above. Those that are there stay as they are. */
int folder_make(int root, const char *path, mode_t mode);

/* Removes an empty folder; 0 too where it is not there or something is in it. */
int folder_remove_empty(int root, const char *path);

/* Removes a folder, the files in it and those in its folders; no deeper. 0 where it is not there. */
int folder_remove_all(int parent, const char *name);

/* The names in an open folder, without "." and "..", sorted. */
int folder_list(int folder, struct arena *arena, struct strings *ret_names);

#endif
