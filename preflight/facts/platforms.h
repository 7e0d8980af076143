/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host tells about the virtualization platforms on it. Part of facts.h, which includes this. */
#ifndef VFIOKIT_FACTS_PLATFORMS_H
#define VFIOKIT_FACTS_PLATFORMS_H

#include "preflight/parse/platform_files.h"
#include "preflight/platform.h"

struct platform_facts {
	bool named[PLATFORM_COUNT]; /* --for; set by the caller */
	/* The file by which it was recognised on this host; NULL: it was not. KubeVirt, the GPU Operator and
	 * Morpheus leave nothing that would tell, libvirt and QEMU are on most hosts and have no rules. */
	const char *found[PLATFORM_COUNT];
	/* Proxmox VE. NO: there is no such file */
	enum truth mappings_known, hostpcis_known;
	struct pve_mappings mappings;
	struct pve_hostpcis hostpcis;
	/* Cloudpods' host.conf */
	enum truth cloudpods_known;
	struct plain_settings cloudpods;
};

/* Where they are read from, with leading slash. */
#define PVE_MAPPING_FILE    "/etc/pve/mapping/pci.cfg"
#define PVE_MACHINE_FOLDER  "/etc/pve/qemu-server"
#define CLOUDPODS_HOST_FILE "/etc/yunion/host.conf"

#endif
