/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One stage of the boot: the initramfs, or the root file system. What can be loaded in it, when vfio-pci
 * is, and what it makes of a device. Part of next_boot.c.
 */
#ifndef VFIOKIT_NEXT_BOOT_STAGE_H
#define VFIOKIT_NEXT_BOOT_STAGE_H

#include "preflight/facts/facts.h"

/* The initramfs, or the root file system. */
struct stage {
	const struct facts *facts;
	const struct parameters *cmdline;
	const struct modprobe_lines *lines;
	const struct initramfs_image *image; /* NULL: the root file system */
	bool vfio_available;
	bool vfio_early;  /* loaded before any module by alias */
	bool vfio_loaded; /* loaded at some time in this stage */
};

/* What a stage makes of a device. */
enum outcome { OUTCOME_VFIO, OUTCOME_RIVAL, OUTCOME_OPEN };

/* Whether the words of a comma list parameter ("rd.driver.pre") name this module. */
bool cmdline_names(const struct parameters *cmdline, const char *name, const char *module);

/* Fills in when vfio-pci is loaded: in the image, or on the root file system. */
void stage_of_image(struct stage *stage);
void stage_of_root(struct stage *stage);

/* Whether the module can be loaded in this stage, and whether something keeps it from being loaded by
 * alias. */
bool stage_has(const struct stage *stage, const char *module);
bool stage_blocks(const struct stage *stage, const char *module);

/* Who gets the device by ids= and by the order of modules. OUTCOME_OPEN: the next stage decides.
 * *ret_reason and *ret_rival are set with the other two. */
enum outcome stage_outcome(const struct stage *stage, const struct device *device, bool ids_match,
			   enum next_reason *ret_reason, const char **ret_rival);

#endif
