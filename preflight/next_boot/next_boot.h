/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who gets a device at the next boot: a pure function of what was read. It walks the boot as the
 * kernel, the initramfs and modprobe do: built-in drivers first, then the modules of the initramfs
 * with the configuration that is inside it, then the root file system's.
 *
 * Sources: kernel drivers/base/dd.c (first driver that matches and probes wins, driver_override),
 * drivers/vfio/pci/vfio_pci.c (ids=), kmod libkmod-module.c (softdep, blacklist, install; options of
 * the command line come last), dracut parse-kernel.sh (rd.driver.*), initramfs-tools init,
 * mkinitcpio init.
 */
#ifndef VFIOKIT_NEXT_BOOT_H
#define VFIOKIT_NEXT_BOOT_H

#include "preflight/facts/facts.h"

/*
 * Fills handover_asked, next_driver, next_known, next_reason and next_rival of every device that the
 * configuration asks vfio-pci to take, and of those that are on a VFIO driver now; other devices
 * keep their present driver. Runs after facts_collect_boot, _initramfs, _modules and _handover.
 */
void next_boot_predict(struct facts *facts);

/* The words of the next boot's command line: of the entry in question, or, where that is not known,
 * NULL. */
const struct parameters *next_boot_cmdline(const struct facts *facts);

/* The image of the entry that boots next, or NULL. */
const struct initramfs_image *next_boot_image(const struct facts *facts);

/* The lines of the modprobe.d files inside the image; empty where it was not read. */
struct modprobe_lines next_boot_image_lines(const struct facts *facts);

/* Whether some target is not on a VFIO driver yet, so that what the next boot does decides. */
bool next_boot_matters(const struct facts *facts);

/* Whether the host would suffer from losing the device: its disks, network, input or console. */
bool next_boot_host_needs(const struct device *device);

/* Whether vfio-pci is part of the kernel itself. */
bool next_boot_vfio_built_in(const struct facts *facts);

/*
 * The ids= value that vfio-pci will see when these modprobe lines (NULL: none, it is built in) and
 * this command line are in force, and where it stands. NULL where there is none. As in the kernel,
 * the last one wins, and the command line's comes after modprobe.d's.
 */
const char *next_boot_ids(const struct facts *facts, const struct modprobe_lines *lines,
			  const struct parameters *cmdline, const struct origin **ret_origin);

/* Whether a list of ids matches the device. */
enum truth next_boot_ids_match(const struct facts *facts, const char *ids,
			       const struct device *device);

#endif
