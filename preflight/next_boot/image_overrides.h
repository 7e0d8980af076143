/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an initramfs itself does to hand a function over by address: its scripts and udev rules that set
 * driver_override. Part of the prediction of the next boot (next_boot.h).
 *
 * A script that runs before udev is as good as certain: no driver has been loaded by then. A rule is only
 * as good as the order of events: where another function is claimed by the same driver, that one's event
 * can load the driver before this one's rule has run.
 */
#ifndef VFIOKIT_IMAGE_OVERRIDES_H
#define VFIOKIT_IMAGE_OVERRIDES_H

#include "preflight/facts/facts.h"

enum image_override {
	IMAGE_OVERRIDE_NONE,
	IMAGE_OVERRIDE_RULE,    /* a udev rule */
	IMAGE_OVERRIDE_EARLY,   /* a script that runs before udev loads drivers */
	IMAGE_OVERRIDE_REBINDS, /* the same, and it takes the function from a built-in driver */
};

/*
 * What the image does for this function, the strongest. Scripts: initramfs-tools scripts/init-top in front
 * of "udev" (initramfs-tools(7)), dracut hooks cmdline, pre-udev, pre-trigger (dracut.bootup(7)), mkinitcpio
 * early hooks (mkinitcpio(8)). A script counts when a line of code names the address and it writes
 * "vfio-pci" to driver_override; ids on that line must be the function's.
 */
enum image_override image_override_of(const struct facts *facts,
				      const struct initramfs_image *image,
				      const struct device *device);

#endif
