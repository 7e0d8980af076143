/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host shows on which graphics function: framebuffers (sys/class/graphics), outputs
 * (sys/class/drm), the firmware's framebuffer (/proc/iomem) and the VGA text console
 * (sys/class/vtconsole). Half of facts_collect_display(), which decides what a use of it is.
 */
#ifndef VFIOKIT_FACTS_SCREENS_H
#define VFIOKIT_FACTS_SCREENS_H

#include "preflight/facts/facts.h"

/* One function that the host draws on, or could draw on. */
struct screen {
	struct device *device;
	const struct boot_framebuffer
		*boot;               /* the firmware's framebuffer lies in its BAR; NULL none */
	struct strings framebuffers; /* "fb0" */
	struct origin framebuffer_origin; /* of the first one */
	const char *output;               /* an output with a monitor, "HDMI-A-1"; NULL none */
	struct origin output_origin;
	bool boot_display; /* the kernel calls its DRM card the boot display (Linux 7.x) */
	struct origin boot_display_origin;
	bool text_console; /* the kernel's VGA text console is on it */
	struct origin text_console_origin;
};

struct screens {
	struct screen *items;
	size_t count, capacity;
	enum truth graphics_listed, drm_listed; /* the class could be listed */
};

/*
 * Collects into *ret_screens: one item for each function of a class that has a console, and for
 * each other function that something was found on. Fills facts->usage.framebuffers,
 * boot_framebuffers and iomem_readable, and boot_framebuffer of every device.
 */
void screens_collect(struct facts *facts, const struct host *host, struct screens *ret_screens);

/*
 * Whether the function is of a class that shows a console: VGA, XGA, another display controller, or
 * the VGA class from before PCI 2.0. 3D controllers (0302) are not, and virtual functions are not.
 */
bool device_shows_console(const struct device *device);

#endif
