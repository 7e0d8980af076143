/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/boot.h"

const char *loader_name(enum loader loader)
{
	static const char *const names[LOADER_COUNT] = {
		[LOADER_UNKNOWN] = NULL,
		[LOADER_GRUB] = "grub",
		[LOADER_BLS] = "bls",
		[LOADER_SYSTEMD_BOOT] = "systemd-boot",
		[LOADER_UKI] = "uki",
		[LOADER_PROXMOX_BOOT_TOOL] = "proxmox-boot-tool",
		[LOADER_KERNELSTUB] = "kernelstub",
		[LOADER_OSTREE] = "rpm-ostree",
		[LOADER_EXTLINUX] = "extlinux",
		[LOADER_NIXOS] = "nixos",
		[LOADER_LIMINE] = "limine",
	};

	return loader < LOADER_COUNT ? names[loader] : NULL;
}

const char *generator_name(enum generator generator)
{
	static const char *const names[GENERATOR_COUNT] = {
		[GENERATOR_UNKNOWN] = NULL,      [GENERATOR_INITRAMFS_TOOLS] = "initramfs-tools",
		[GENERATOR_DRACUT] = "dracut",   [GENERATOR_MKINITCPIO] = "mkinitcpio",
		[GENERATOR_BOOSTER] = "booster", [GENERATOR_OTHER] = NULL,
	};

	return generator < GENERATOR_COUNT ? names[generator] : NULL;
}
