/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order in which initramfs-tools runs the boot scripts of one folder (init-top, init-premount):
 * that of `get_prereq_pairs | tsort` (initramfs-tools hook-functions, coreutils tsort.c). Pure.
 *
 * What it comes to: scripts without prerequisites run first, in the order of their names byte by
 * byte; a script with prerequisites runs behind all of those, whatever its name is. So "00-vfio" runs
 * before "udev", "vfio" and everything that names a prerequisite runs after it.
 */
#ifndef VFIOKIT_SCRIPT_ORDER_H
#define VFIOKIT_SCRIPT_ORDER_H

#include "preflight/arena.h"

struct boot_script {
	const char *name;
	struct strings prerequisites; /* what the script prints when it is called with "prereqs" */
};

struct boot_scripts {
	struct boot_script *items;
	size_t count, capacity;
};

/* The names in run order. Prerequisites that no script bears are left out; scripts in a circle come
 * last, in the order given (tsort breaks circles in a way that is not followed here). */
void script_order(struct arena *arena, const struct boot_scripts *scripts,
		  struct strings *ret_order);

/*
 * The prerequisites that a script states, read from its text without running it: the words of
 * PREREQ= or PREREQS=, or of the echo inside prereqs().
 */
void script_prerequisites(struct arena *arena, const char *text, size_t length,
			  struct strings *ret_prerequisites);

/* Whether initramfs-tools takes notice of a file of this name: letters, digits, '.', '_', '-' only,
 * and no dot in front. */
bool script_name_valid(const char *name);

#endif
