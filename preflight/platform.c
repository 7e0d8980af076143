/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/platform.h"

const char *const platform_names[] = {
	[PLATFORM_LIBVIRT] = "libvirt",
	[PLATFORM_QEMU] = "qemu",
	[PLATFORM_PROXMOX] = "proxmox",
	[PLATFORM_CLOUDPODS] = "cloudpods",
	[PLATFORM_ABLESTACK] = "ablestack",
	[PLATFORM_MORPHEUS] = "morpheus",
	[PLATFORM_KUBEVIRT] = "kubevirt",
	[PLATFORM_GPU_OPERATOR] = "gpu-operator",
	[PLATFORM_NOVA] = "nova",
	[PLATFORM_INCUS] = "incus",
	[PLATFORM_COUNT] = NULL,
};

static const struct {
	const char *title;
	uint32_t last_domain;
} rows[PLATFORM_COUNT] = {
	[PLATFORM_LIBVIRT] = {"libvirt", UINT32_MAX},
	[PLATFORM_QEMU] = {"QEMU", UINT32_MAX},
	[PLATFORM_PROXMOX] = {"Proxmox VE", UINT32_MAX},
	[PLATFORM_CLOUDPODS] = {"Cloudpods", 0},
	[PLATFORM_ABLESTACK] = {"ABLESTACK Mold", 0},
	[PLATFORM_MORPHEUS] = {"Morpheus HVM", UINT32_MAX},
	[PLATFORM_KUBEVIRT] = {"KubeVirt", UINT32_MAX},
	[PLATFORM_GPU_OPERATOR] = {"NVIDIA GPU Operator", UINT32_MAX},
	[PLATFORM_NOVA] = {"OpenStack Nova", 0xffff},
	[PLATFORM_INCUS] = {"Incus", UINT32_MAX},
};

const char *platform_title(enum platform platform)
{
	return rows[platform].title;
}

enum platform platform_find(const char *name)
{
	enum platform platform = 0;

	while (platform < PLATFORM_COUNT && !streq(platform_names[platform], name))
		platform++;
	return platform;
}

uint32_t platform_last_domain(enum platform platform)
{
	return rows[platform].last_domain;
}

int platform_only_vendor(enum platform platform)
{
	return platform == PLATFORM_GPU_OPERATOR ? 0x10de : -1;
}
