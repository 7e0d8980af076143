/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What openat2() does, component by component, for systems without it (Linux before 5.6, valgrind). */
#ifndef VFIOKIT_HOST_WALK_H
#define VFIOKIT_HOST_WALK_H

#include "preflight/base.h"

/*
 * Opens path below directory as openat2() with RESOLVE_IN_ROOT (in_root) or RESOLVE_BENEATH would:
 * links are followed by their text, ".." and absolute links never lead out (-EXDEV for the latter
 * kind). flags as for openat(); O_CLOEXEC is added. A descriptor or -errno; -ELOOP after 40 links.
 */
int walk_beneath(int directory, const char *path, int flags, bool in_root);

#endif
