/* SPDX-License-Identifier: GPL-2.0-or-later */
/* proxmox-boot-tool: its ESPs carry GRUB or systemd-boot, and it copies to all of them what it makes of
 * /etc/default/grub or of the first line of /etc/kernel/cmdline. */
#include "configure/bootloader.h"

static void plan(struct planner *planner)
{
	const char *program =
		planner_program(planner, (const char *const[]){"usr/sbin/proxmox-boot-tool",
							       "sbin/proxmox-boot-tool", NULL});
	const char *argv[] = {program, "refresh", NULL};
	bool changed;

	switch (planner->facts->boot.esp_loader) {
	case LOADER_GRUB:
		changed = bootloader_edit_grub(planner);
		break;
	case LOADER_SYSTEMD_BOOT:
		changed = bootloader_edit_cmdline(planner, "etc/kernel/cmdline", true, NULL);
		break;
	default:
		plan_refuse(
			planner->plan, NULL, NULL,
			_("proxmox-boot-tool looks after the ESPs, but whether they carry GRUB or "
			  "systemd-boot is not known"));
		return;
	}
	if (!changed && !planner_words_missing(planner))
		return;
	if (!program) {
		plan_refuse(planner->plan, NULL, NULL, _("proxmox-boot-tool was not found"));
		return;
	}
	bootloader_run(planner, argv, N_("brings the command line to every ESP"))
		->run_again_to_undo = true;
}

const struct bootloader bootloader_proxmox = {LOADER_PROXMOX_BOOT_TOOL, plan};
