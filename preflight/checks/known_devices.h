/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small tables of PCI ids that checks ask about and that are no kernel quirks. */
#ifndef VFIOKIT_KNOWN_DEVICES_H
#define VFIOKIT_KNOWN_DEVICES_H

#include "preflight/base.h"

/* Whether vfio-pci refuses the function unless disable_denylist is set (drivers/vfio/pci/vfio_pci.c
 * vfio_pci_dev_in_denylist, the same in 6.1, 6.12 and 7.3). */
bool known_vfio_denylisted(int vendor, int device);

/* Whether this is the graphics function of an AMD processor (names as in pci.ids). */
bool known_amd_integrated_graphics(int vendor, int device);

/* Whether this is the host bridge of an Intel 5500, 5520 or X58 chipset of a stepping whose interrupt
 * remapping is defective (arch/x86/kernel/early-groups/quirks.c intel_remapping_check). */
bool known_defective_remapping(int vendor, int device, int revision);

#endif
