/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The platforms that devices are handed to (handover --for), and what of them is fixed. */
#ifndef VFIOKIT_PLATFORM_H
#define VFIOKIT_PLATFORM_H

#include "preflight/base.h"

/* In the order of platform_names. */
enum platform {
	PLATFORM_LIBVIRT,
	PLATFORM_QEMU,
	PLATFORM_PROXMOX,
	PLATFORM_CLOUDPODS,
	PLATFORM_ABLESTACK,
	PLATFORM_MORPHEUS,
	PLATFORM_KUBEVIRT,
	PLATFORM_GPU_OPERATOR,
	PLATFORM_NOVA,
	PLATFORM_INCUS,
	PLATFORM_COUNT,
};

/* As --for takes them; ends with NULL. */
extern const char *const platform_names[];

/* "Proxmox VE": as its makers write it. */
const char *platform_title(enum platform platform);

/* The platform of that name, or PLATFORM_COUNT. */
enum platform platform_find(const char *name);

/*
 * The last PCI domain that the platform can name: Cloudpods (pkg/hostman/isolated_device) and the dialog of ABLESTACK
 * Mold write 0000, nova ignores domains of more than 16 bits. UINT32_MAX: no such limit is known.
 */
uint32_t platform_last_domain(enum platform platform);

/* The one vendor whose devices the platform handles, or -1: the GPU Operator's vfio-manager takes NVIDIA's only. */
int platform_only_vendor(enum platform platform);

/* Whether ABLESTACK Mold's dialog writes this slot wrong: it puts "0x" before the decimal digits
 * (HostDevicesTransfer.vue), so 0x0a and above become another slot. */
static inline bool platform_ablestack_miswrites(unsigned slot)
{
	return slot > 9;
}

#endif
