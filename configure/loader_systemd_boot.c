/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemd-boot: the entries on the ESP, and /etc/kernel/cmdline, of which kernel-install makes the entries
 * of later kernels. */
#include "configure/bootloader.h"

#define KERNEL_CMDLINE "etc/kernel/cmdline"

static void plan(struct planner *planner)
{
	bootloader_edit_entries(planner, true);
	if (host_exists(planner->host, KERNEL_CMDLINE) == 0)
		bootloader_edit_cmdline(planner, KERNEL_CMDLINE, false, NULL);
}

const struct bootloader bootloader_systemd_boot = {LOADER_SYSTEMD_BOOT, plan};
