/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths in sysfs as text. The links in sys/class and sys/dev hold the whole way to a device
 * ("../../devices/pci0000:00/0000:00:1f.2/ata1/…/block/sda"), so one readlink() tells what a walk
 * of the real path would tell. Nothing here reads a file.
 */
#ifndef VFIOKIT_SYSFS_PATH_H
#define VFIOKIT_SYSFS_PATH_H

#include "preflight/facts/facts.h"

/*
 * The path that a link with this target text leads to when it stands in directory
 * ("sys/class/block"), without a leading slash: "." and ".." are taken away by text, ".." stops at
 * the root. Right where no directory on the way is a link itself, which holds below sys/devices.
 */
const char *sysfs_path_resolve(struct arena *arena, const char *directory, const char *target);

/* What stands behind the last slash; a pointer into path. */
const char *sysfs_path_last(const char *path);

/*
 * Adds the functions that what lies at path would go away with: the deepest PCI function named in
 * it, and those above it that can be handed over themselves (Intel VMD: drives below the VMD
 * endpoint belong to both). Bridges above are left out. None is added twice.
 */
void sysfs_path_functions(const struct facts *facts, const char *path,
			  struct device_refs *functions);

/* text with control characters replaced by '?': names from a host may hold anything, what is said
 * about them is one line. */
const char *text_printable(struct arena *arena, const char *text);

#endif
