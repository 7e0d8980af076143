/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How PCI functions belong together: cards, virtual functions, groups, requester ids. */
#ifndef VFIOKIT_DEVICE_RELATIONS_H
#define VFIOKIT_DEVICE_RELATIONS_H

#include "preflight/facts/facts.h"

/* The same slot: functions of one card or one chip. */
bool devices_same_slot(const struct device *a, const struct device *b);

/* The same card: functions of one slot, and the VFs of any of them. */
bool devices_related(const struct device *a, const struct device *b);

/*
 * Whether other is a function of the device's card that belongs to the same VM: not another port of the same adapter, a VF,
 * a bridge, or a part of the processor that has nothing to do with it. (checks/companions.c)
 */
bool device_goes_with(const struct facts *facts, const struct device *device,
		      const struct device *other);

/*
 * Whether the slot below a bridge is no card's but the processor's own: AMD's put graphics, USB,
 * sound and the security processor into one slot, to be recognised by the last (1022, class 1080) or
 * by the placeholder that stands for graphics (1022, class 1300). Its functions have little to do
 * with each other, and no other slot can take them.
 */
bool device_is_in_processor(const struct facts *facts, const struct device *device);

/* Whether it is part of the processor or chipset: on a root bus, or in the processor's own slot. */
bool device_is_built_in(const struct facts *facts, const struct device *device);

/* Whether the kernel offers a reset of this function alone: not one of "bus" and "cxl_bus", which hit
 * everything on the bus. */
bool device_resets_alone(const struct device *device);

/*
 * Whether this member of a group can keep the group from VFIO: an endpoint on a driver that is
 * neither VFIO's nor one that shares DMA ownership (pci-stub and pcieport set driver_managed_dma,
 * drivers/pci/pci-stub.c, pcie/portdrv.c). Members without a driver never do.
 */
bool device_may_hold_group(const struct device *device);

/* Whether the two functions do DMA with the same requester id (DMA alias quirks, IVRS aliases). */
bool devices_share_requester(const struct facts *facts, const struct device *a,
			     const struct device *b);

/* The functions that share the device's IOMMU group, or, while there are no groups, its predicted
 * one; itself included. NULL where neither is known. */
const struct device_refs *devices_of_group(const struct facts *facts, const struct device *device);

/*
 * The functions that handing over device takes from the host: device itself and every endpoint of
 * its group (predicted, where there are none yet) that is not on a VFIO driver. Bridges excluded.
 */
struct device_refs devices_taken_with(const struct facts *facts, struct arena *arena,
				      const struct device *device);

/* Class tests; an unknown class is none of them. */
bool device_is_display(const struct device *device);  /* 03xxxx */
bool device_is_network(const struct device *device);  /* 02xxxx */
bool device_is_usb_host(const struct device *device); /* 0c03xx with a host interface */
bool device_has_class(const struct device *device, int class_and_subclass); /* 0x0604 */

/* Whether the host has no other function that could show its console. */
bool device_is_only_display(const struct facts *facts, const struct device *device);

#endif
