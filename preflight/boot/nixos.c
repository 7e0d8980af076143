/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NixOS: everything below /boot is generated from configuration.nix by nixos-rebuild, an entry for each
 * generation. Source: nixpkgs nixos/modules/system/boot/loader.
 */
#include "preflight/boot/work.h"

static bool is_nixos(struct boot_work *work)
{
	return host_exists(work->host, "etc/NIXOS") == 0;
}

static void collect(struct boot_work *work)
{
	static const struct {
		enum boot_program program;
		void (*collect)(struct boot_work *work);
	} programs[] = {
		{PROGRAM_GRUB, boot_collect_grub},
		{PROGRAM_SYSTEMD_BOOT, boot_collect_systemd},
		{PROGRAM_STUB, boot_collect_systemd},
	};

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (programs[i].program == work->program) {
			programs[i].collect(work);
			return;
		}
	if (work->program == PROGRAM_LIMINE)
		boot_row_limine.collect(work);
	else
		boot_row_syslinux.collect(work);
}

const struct loader_row boot_row_nixos = {
	.loader = LOADER_NIXOS,
	.programs = 1u << PROGRAM_GRUB | 1u << PROGRAM_SYSTEMD_BOOT | 1u << PROGRAM_STUB |
		    1u << PROGRAM_SYSLINUX | 1u << PROGRAM_LIMINE,
	.detect = is_nixos,
	.collect = collect,
};
