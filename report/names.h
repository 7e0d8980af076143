/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of vendors, devices and classes through libpci: from udev's hardware database, and from pci.ids what that does
 * not know. Reading pci.ids is slow, so nothing is loaded before the first look-up.
 */
#ifndef VFIOKIT_NAMES_H
#define VFIOKIT_NAMES_H

#include "preflight/facts/facts.h"

struct names;

struct names *names_new(void);
void names_free(struct names *names);

static inline void cleanup_names(struct names **names)
{
	names_free(*names);
}
#define _cleanup_names_ _cleanup_(cleanup_names)

/* "NVIDIA Corporation AD103 [GeForce RTX 4080]", or NULL where neither is known. In arena. */
const char *names_device(struct names *names, struct arena *arena, int vendor, int device);

/* The same without the vendor: "AD103 [GeForce RTX 4080]"; NULL where the device is not known. */
const char *names_product(struct names *names, struct arena *arena, int vendor, int device);

/* "VGA compatible controller" for a 24-bit class code, or NULL. In arena. */
const char *names_class(struct names *names, struct arena *arena, int class_code);

#endif
