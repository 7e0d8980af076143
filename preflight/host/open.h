/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one system call that opens paths inside a root, and its way back. Part of preflight/host/. */
#ifndef VFIOKIT_HOST_OPEN_H
#define VFIOKIT_HOST_OPEN_H

#include "preflight/base.h"

#include <limits.h>

/*
 * openat2() with O_CLOEXEC and O_NOCTTY; resolve is RESOLVE_IN_ROOT or RESOLVE_BENEATH, magic links
 * are never followed. A descriptor or -errno. Where the kernel has no openat2 (before
 * 5.6) the path is walked component by component (host/walk.h).
 */
int open_beneath(int directory, const char *path, uint64_t flags, uint64_t resolve);

/* The path of a descriptor as this process's root sees it (/proc/self/fd). 0 or -errno. */
int descriptor_path(int fd, char path[static PATH_MAX]);

/* The path of fd inside the directory root, without a leading slash and NUL-terminated in path.
 * -EXDEV where it is not inside. */
int descriptor_path_inside(int root, int fd, char path[static PATH_MAX]);

#endif
