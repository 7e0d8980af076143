/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unpacking an archive that nobody vouches for. Part of capture/snapshot.c; see capture/snapshot.h for the rules. */
#ifndef VFIOKIT_SNAPSHOT_UNPACK_H
#define VFIOKIT_SNAPSHOT_UNPACK_H

#include "preflight/error.h"

/*
 * Unpacks the archive path into the empty directory folder. *ret_entries is the number of members.
 * On failure some of it may be there. -EINVAL with words where the archive is refused.
 */
int snapshot_unpack(const char *path, int folder, size_t *ret_entries, struct error *error);

/* Removes everything in a directory that this process made, without following links. 0 or -errno of
 * what could not be removed. */
int snapshot_remove(int folder);

#endif
