/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the PCI functions of a host hang together: which bridge is above which function, which host
 * bridge a function hangs from, which physical function a VF belongs to, which physical slot it is
 * in. For facts/pci.c, when facts->devices holds all functions and is sorted.
 */
#ifndef VFIOKIT_FACTS_TOPOLOGY_H
#define VFIOKIT_FACTS_TOPOLOGY_H

#include "preflight/facts/facts.h"

/* What sysfs says of a function's place; one for each item of facts->devices. */
struct place {
	/* Text of the link sys/bus/pci/devices/ADDRESS, "../../../devices/pci0000:00/0000:00:01.0/
	 * 0000:01:00.0"; NULL where that is no link (a tree with plain directories). */
	const char *link;
	/* Text of the physfn link, "../0000:01:00.0"; NULL: no VF, or not known. */
	const char *physfn;
};

/*
 * Sets parent, root_bus and physfn of all functions. places has facts->devices.count items. The
 * bridge above is taken from the link; without a link, from the bus numbers of the bridges. The
 * result is free of cycles whatever the links say.
 */
void topology_resolve(struct facts *facts, const struct place *places);

/* Sets physical_slot of all functions from sys/bus/pci/slots. */
void topology_collect_slots(struct facts *facts, const struct host *host);

#endif
