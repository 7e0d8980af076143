/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DMAR table: Intel's description of remapping hardware. Sources: Intel Virtualization
 * Technology for Directed I/O, chapter 8; include/acpi/actbl1.h; drivers/iommu/intel/dmar.c, whose
 * idea of what is broken this parser follows.
 */
#ifndef VFIOKIT_PARSE_DMAR_H
#define VFIOKIT_PARSE_DMAR_H

#include "preflight/arena.h"
#include "preflight/parse/acpi.h"

enum dmar_scope_type {
	DMAR_SCOPE_ENDPOINT = 1,
	DMAR_SCOPE_BRIDGE = 2, /* the bridge and everything below it */
	DMAR_SCOPE_IOAPIC = 3,
	DMAR_SCOPE_HPET = 4,
	DMAR_SCOPE_NAMESPACE = 5, /* an ACPI device */
};

/* One hop of a path: device and function on the bus reached so far. */
struct dmar_step {
	uint8_t slot, function;
};

/* A device scope: start at the root bus `bus`, go through the bridges that all steps but the last
 * name; the last one names the function. */
struct dmar_scope {
	uint8_t type; /* enum dmar_scope_type, or what firmware wrote */
	uint8_t enumeration_id;
	uint8_t bus;
	struct dmar_step *steps;
	size_t step_count; /* at least 1 */
};

struct dmar_scopes {
	struct dmar_scope *items;
	size_t count, capacity;
};

/* DRHD: a remapping unit. */
struct dmar_unit {
	size_t offset;    /* of the structure in the table */
	bool include_all; /* covers what no other unit of its segment names */
	uint16_t segment;
	uint64_t base; /* of its registers */
	struct dmar_scopes scopes;
};

struct dmar_units {
	struct dmar_unit *items;
	size_t count, capacity;
};

/* RMRR: memory that firmware wants mapped 1:1 for the functions of the scopes. */
struct dmar_region {
	size_t offset;
	uint16_t segment;
	uint64_t start, end; /* inclusive, as written */
	struct dmar_scopes scopes;
};

struct dmar_regions {
	struct dmar_region *items;
	size_t count, capacity;
};

struct dmar {
	struct acpi_table table; /* with the first problem of header, structures or scopes */
	unsigned width;          /* host address width in bits; 0 where the header is unusable */
	bool interrupt_remapping, x2apic_opt_out, platform_opt_in, remapping_opt_out;
	struct dmar_units units;
	struct dmar_regions regions;
};

/*
 * Parses length bytes. Never fails: what stands before a problem is there, what stands behind one
 * that hides the next structure is not. All arrays belong to arena; ret_dmar->table points into
 * bytes.
 */
void dmar_parse(struct arena *arena, const void *bytes, size_t length, struct dmar *ret_dmar);

#endif
