/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which members of an initramfs matter, and what is kept of them. Part of initramfs/read.c. */
#ifndef VFIOKIT_INITRAMFS_MEMBERS_H
#define VFIOKIT_INITRAMFS_MEMBERS_H

#include "preflight/boot/boot.h"
#include "preflight/parse/newc.h"

struct members;

/* Begins an image. The lists of *image are emptied and filled from arena; scratch holds what is
 * needed while reading. */
struct members *members_begin(struct arena *arena, struct arena *scratch,
			      struct initramfs_image *image);

/* Takes notice of a member; true where its data is wanted by members_data(). */
bool members_add(struct members *members, const struct newc_member *member);

/* The next piece of the data of the member that was added last. */
void members_data(struct members *members, const char *data, size_t length);

/* Sorts what was found and tells who made the image. */
void members_end(struct members *members);

/* Words for what keeps the image from being known (too many members, packed into a file system), or
 * NULL. To be asked after members_end() too. */
const char *members_problem(const struct members *members);

#endif
