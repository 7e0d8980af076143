/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI functions as the kernel log enumerates them at boot: "pci 0000:01:00.0: [10de:2484] type 00
 * class 0x030000 PCIe Legacy Endpoint", "PCI bridge to [bus 01]", "Adding to iommu group 12". For
 * what people paste: on a host sysfs tells all this.
 *
 * Sources: drivers/pci/probe.c pci_setup_device(), drivers/pci/setup-bus.c pci_setup_bridge(),
 * drivers/iommu/iommu.c iommu_group_add_device() ("Adding device … to group N" before 5.3).
 */
#ifndef VFIOKIT_PARSE_ENUMERATION_H
#define VFIOKIT_PARSE_ENUMERATION_H

#include "preflight/address.h"
#include "preflight/arena.h"
#include "preflight/parse/config.h"

/* Numbers are -1 where the log does not tell. */
struct enumerated_function {
	struct address address;
	unsigned line; /* of the log, the first that names the function */
	bool found;    /* it was enumerated; else only a group or a bus was told */
	int vendor_id, device_id, class_code, header_type;
	enum port_type port_type; /* PORT_UNKNOWN before Linux 6.8 */
	int secondary_bus, subordinate_bus;
	int group; /* the last one it was added to and not removed from */
	unsigned group_line;
};

struct enumeration {
	struct enumerated_function *items; /* by address, each address once */
	size_t count, capacity;
	size_t found;       /* how many were enumerated */
	bool tables_listed; /* the listing of ACPI tables is in it ("ACPI: FACP …") */
	bool init_reached;  /* "Run /init as init process", "Freeing unused kernel": boot is over */
	const char *cpu;    /* "Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz"; NULL */
};

/* No host has more; what a text names beyond them is left out. */
enum { ENUMERATION_MAX = 16384 };

/* Parses a log as log_parse() does: a "Linux version" line begins a boot, and what stands before it
 * is forgotten. Memory comes from arena. */
void enumeration_parse(struct arena *arena, const char *text, size_t length,
		       struct enumeration *ret_enumeration);

/* The function with this place, or NULL. */
const struct enumerated_function *enumeration_find(const struct enumeration *enumeration,
						   const struct address *address);

#endif
