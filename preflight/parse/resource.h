/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The `resource` file of a PCI function in sysfs: one line "START END FLAGS" for each resource, in
 * hexadecimal with 0x. Lines 0 to 5 are the BARs, line 6 is the expansion ROM; what follows (SR-IOV
 * BARs, windows of bridges) is not looked at. The line behind a 64-bit BAR is zeros.
 * Sources: drivers/pci/pci-sysfs.c resource_show(), include/linux/ioport.h.
 */
#ifndef VFIOKIT_PARSE_RESOURCE_H
#define VFIOKIT_PARSE_RESOURCE_H

#include "preflight/facts/facts.h"

/*
 * Parses NUL-terminated text into bars. A resource without an address is present and not assigned:
 * the kernel leaves it with IORESOURCE_UNSET, or at address 0, with or without its size. true: all
 * seven lines were there and in order; what stood before a broken line is filled in.
 */
bool resource_parse(const char *text, struct bar ret_bars[static BAR_SLOTS]);

/*
 * Adds the memory BARs that the kernel has given up on: it then clears the whole resource, and only
 * the type bits of the register still show that there is a BAR (present, not assigned, size not
 * known). header is the first 64 bytes of configuration space of a function with header type 0,
 * length how many of them there are. A 32-bit BAR that is not prefetchable has no type bits and
 * stays unseen.
 */
void resource_add_cleared(const void *header, size_t length, struct bar bars[static BAR_SLOTS]);

#endif
