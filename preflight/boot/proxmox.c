/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proxmox-boot-tool copies kernels, images and configuration to every ESP that it looks after. These
 * ESPs are mounted only while it works, so that what the next boot will do usually cannot be seen;
 * /boot/grub/grub.cfg is not it. Source: proxmox-kernel-helper (zz-proxmox-boot, functions).
 */
#include "preflight/boot/work.h"
#include "preflight/lines.h"

#include <errno.h>
#include <strings.h>

#define UUIDS "etc/kernel/proxmox-boot-uuids"

bool boot_is_proxmox(struct boot_work *work, struct strings *ret_uuids)
{
	struct line_reader lines;
	struct line line, word;
	struct bytes bytes;

	if (boot_read(work, UUIDS, &bytes) < 0)
		return false;
	lines = lines_of(bytes.data, bytes.length);
	while (lines_next(&lines, &line))
		if (line_word(&line, &word) && *word.text != '#')
			*ARRAY_ADD(work->arena, ret_uuids) =
				printable_copy(work->arena, word.text, word.length);
	return ret_uuids->count > 0;
}

static bool is_proxmox(struct boot_work *work)
{
	struct strings uuids = {0};

	return boot_is_proxmox(work, &uuids);
}

/* Under a BIOS and with Secure Boot it installs GRUB; else files alone do not tell. */
static enum loader find_esp_loader(const struct boot_work *work)
{
	if (work->program_strength > 1)
		return work->program == PROGRAM_GRUB ? LOADER_GRUB : LOADER_SYSTEMD_BOOT;
	if (streq(work->facts->machine.firmware, "bios") || work->facts->machine.secure_boot == YES)
		return LOADER_GRUB;
	return LOADER_UNKNOWN;
}

/* An ESP of its making that happens to be mounted: it has kernels in a folder for each version, or GRUB's
 * files beside kernels. NULL where none is. */
static const char *find_mounted(struct boot_work *work, enum loader loader, const char **ret_grub)
{
	for (size_t i = 0; i < work->esps.count; i++) {
		const char *esp = work->esps.items[i];
		const char *grub = streq(esp, "boot")
					   ? NULL
					   : boot_find_file(work, esp, "grub/grub.cfg", NULL);

		*ret_grub = grub;
		if (loader == LOADER_GRUB
			    ? grub != NULL
			    : boot_find_file(work, esp, "EFI/proxmox", NULL) &&
				      boot_find_file(work, esp, "loader/entries", NULL))
			return esp;
	}
	return NULL;
}

static void collect_mounted(struct boot_work *work, enum loader loader, const char *esp,
			    const char *grub)
{
	struct bytes bytes;

	if (loader == LOADER_SYSTEMD_BOOT) {
		boot_collect_systemd(work);
	} else if (boot_read(work, grub, &bytes) == 0) {
		work->facts->boot.config = arena_printf(work->arena, "/%s", grub);
		/* The kernels and images beside it, not those in /boot that they are copies of. */
		work->grub_partition = esp;
		boot_add_grub_entries(work, grub, &bytes);
		work->grub_partition = NULL;
		work->facts->boot.known = YES;
	} else {
		boot_set_unread(work, grub);
	}
}

/* The first ESP that is not the one mounted on esp (NULL: none is). */
static const char *find_unmounted(struct boot_work *work, const struct strings *uuids,
				  const char *esp)
{
	const char *mounted =
		esp ? boot_uuid_of_path(work, arena_printf(work->arena, "%s/EFI", esp)) : NULL;

	for (size_t i = 0; mounted && i < uuids->count; i++)
		if (strcasecmp(uuids->items[i], mounted) != 0)
			return uuids->items[i];
	return uuids->items[uuids->count - 1];
}

static void collect(struct boot_work *work)
{
	struct boot_facts *boot = &work->facts->boot;
	struct strings uuids = {0};
	const char *grub = NULL, *esp = NULL, *path;

	/* It was there a moment ago. */
	if (!boot_is_proxmox(work, &uuids)) {
		boot_set_unread(work, UUIDS);
		return;
	}
	boot->esp_loader = find_esp_loader(work);
	if (boot->esp_loader != LOADER_UNKNOWN)
		esp = find_mounted(work, boot->esp_loader, &grub);
	if (esp)
		collect_mounted(work, boot->esp_loader, esp, grub);
	/* Firmware may start any of them. */
	if (boot->known == YES && uuids.count > 1)
		boot->known = UNKNOWN;
	if (boot->known == YES)
		return;
	path = arena_printf(work->arena, "dev/disk/by-uuid/%s", find_unmounted(work, &uuids, esp));
	facts_add_unread(work->facts, path, uuids.count > 1 ? -ENOTUNIQ : -ENOMEDIUM);
	boot_set_unread(work, path);
}

const struct loader_row boot_row_proxmox = {
	.loader = LOADER_PROXMOX_BOOT_TOOL,
	.programs = 1u << PROGRAM_GRUB | 1u << PROGRAM_SYSTEMD_BOOT,
	.detect = is_proxmox,
	.collect = collect,
};
