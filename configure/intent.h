/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody asks configure to bring about, besides the targets that facts hold. */
#ifndef VFIOKIT_INTENT_H
#define VFIOKIT_INTENT_H

#include "preflight/facts/facts.h"

struct intent {
	bool by_address;            /* --by-address: driver_override, never ids= */
	bool with_group;            /* --with-group: companions and endpoints of the groups, too */
	bool iommu_pt;              /* --iommu-pt */
	bool no_initramfs;          /* --no-initramfs: do not regenerate it */
	bool fallback_entry;        /* --fallback-entry */
	struct strings blacklist;   /* --blacklist DRIVER, repeatable */
	struct strings kernel_args; /* --kernel-arg ARG, repeatable */
	struct strings accept;      /* --accept CHECK-ID, repeatable */
};

#endif
