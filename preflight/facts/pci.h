/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What facts/pci.c shares with the files that make PCI functions from other sources. */
#ifndef VFIOKIT_FACTS_PCI_H
#define VFIOKIT_FACTS_PCI_H

#include "preflight/facts/facts.h"

/* Makes *device a function of which nothing is known but its place. name is its full address. */
void device_start(struct arena *arena, struct device *device, const char *name,
		  const struct address *place);

/* Host, ISA, PCI and CardBus bridges; false where the class (24 bits) is -1. */
bool class_is_bridge(int class_code);

/* The state that is_bridge, has_driver and vfio_driver give. */
enum device_state device_state_by_driver(const struct device *device);

#endif
