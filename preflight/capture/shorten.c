/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/collect.h"
#include "preflight/parse/transaction_log.h"

/* Keys of Cloudpods' host.conf that checks look at (checks/platform_rules.c). */
static const char *const cloudpods_keys[] = {"disable_gpu", "disable_custom_device", "use_boot_vga",
					     "boot_vga_pci_addr", NULL};

struct bytes capture_shorten(const struct capture *capture, unsigned flags, struct bytes bytes)
{
	struct arena *arena = capture->arena;
	const char *text;

	if (flags & CAPTURE_PVE_MAPPING)
		text = pve_mappings_shorten(arena, bytes.data, bytes.length,
					    capture->facts->machine.hostname);
	else if (flags & CAPTURE_PVE_MACHINE)
		text = pve_machine_shorten(arena, bytes.data, bytes.length);
	else if (flags & CAPTURE_CLOUDPODS)
		text = plain_settings_shorten(arena, bytes.data, bytes.length, cloudpods_keys);
	else if (flags & CAPTURE_TRANSACTION)
		text = transaction_log_shorten(arena, bytes.data, bytes.length);
	else
		return bytes;
	return (struct bytes){text, strlen(text)};
}
