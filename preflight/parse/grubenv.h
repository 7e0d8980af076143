/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GRUB's environment block (grubenv): a text of usually 1024 bytes that GRUB and grub-editenv write
 * in place. Source: GRUB 2.12 grub-core/lib/envblk.c.
 *
 * "# GRUB Environment Block\n", then lines "NAME=VALUE\n" in which a backslash takes the next byte
 * as it is, then '#' up to the end. Lines that begin with '#' say nothing.
 */
#ifndef VFIOKIT_PARSE_GRUBENV_H
#define VFIOKIT_PARSE_GRUBENV_H

#include "preflight/arena.h"

struct grub_variable {
	const char *name, *value;
	unsigned line;
};

struct grub_variables {
	struct grub_variable *items;
	size_t count, capacity;
};

/* Appends the block's variables. -EINVAL where the bytes do not begin as a block does: GRUB takes
 * nothing from such a file. A line without '=' or cut off at the end is left out. */
int grubenv_parse(struct arena *arena, const char *data, size_t length,
		  struct grub_variables *ret_variables);

/* The value of the variable, of its last line where there are several; NULL none. */
const char *grubenv_value(const struct grub_variables *variables, const char *name);

#endif
