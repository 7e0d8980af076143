/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PCIe topology of `vfiokit list --tree`: host bridges, ports and functions, one row each, with
 * IOMMU groups as bands. */
#ifndef VFIOKIT_PRINT_TREE_H
#define VFIOKIT_PRINT_TREE_H

#include "names.h"
#include "terminal.h"

/*
 * Prints all functions, or the targets with their groups and the bridges above where there are any,
 * and a legend of the marks that occur. style->width is the room of a row (0: no limit); addresses
 * and groups are never cut.
 */
void tree_print_devices(const struct facts *facts, struct names *names,
			const struct text_style *style);

#endif
