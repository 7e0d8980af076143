/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IORT table: which SMMU and which interrupt controller stand behind which PCI root complex on
 * Arm. Sources: Arm DEN 0049E (I/O Remapping Table); include/acpi/actbl2.h;
 * drivers/acpi/arm64/iort.c.
 */
#ifndef VFIOKIT_PARSE_IORT_H
#define VFIOKIT_PARSE_IORT_H

#include "preflight/arena.h"
#include "preflight/parse/acpi.h"

enum iort_node_type {
	IORT_ITS_GROUP = 0,
	IORT_NAMED_COMPONENT = 1,
	IORT_ROOT_COMPLEX = 2,
	IORT_SMMU = 3, /* SMMUv1 and v2 */
	IORT_SMMU_V3 = 4,
	IORT_PERFORMANCE_COUNTERS = 5,
	IORT_RESERVED_MEMORY = 6, /* RMR */
};

/* Ids first to last become ids from `output` of the node at `target`. */
struct iort_mapping {
	uint32_t first, last, output;
	uint32_t target; /* offset of a node in the table */
	bool single;     /* any input id becomes `output` */
};

struct iort_mappings {
	struct iort_mapping *items;
	size_t count, capacity;
};

/* A range of an RMR node. */
struct iort_range {
	uint64_t start, length; /* bytes, as written */
};

struct iort_ranges {
	struct iort_range *items;
	size_t count, capacity;
};

struct iort_node {
	size_t offset; /* in the table */
	uint8_t type;  /* enum iort_node_type, or what firmware wrote */
	uint8_t revision;
	struct iort_mappings mappings;
	uint64_t base;             /* SMMUs: of the registers; else 0 */
	uint32_t segment;          /* root complexes: PCI segment; else 0 */
	bool remapping_permitted;  /* RMR: the memory need not stay mapped 1:1 */
	struct iort_ranges ranges; /* RMR */
};

struct iort_nodes {
	struct iort_node *items; /* in the table's order */
	size_t count, capacity;
};

struct iort {
	struct acpi_table table; /* with the first problem of header, nodes or mappings */
	struct iort_nodes nodes;
	size_t smmu_count; /* nodes of type 3 and 4 */
};

/* Where the DMA of a PCI function arrives. */
struct iort_stream {
	const struct iort_node *smmu;
	uint32_t id;
};

/*
 * Parses length bytes. Never fails: what stands before a problem is there, what stands behind one
 * that hides the next node is not. All arrays belong to arena; ret_iort->table points into bytes.
 */
void iort_parse(struct arena *arena, const void *bytes, size_t length, struct iort *ret_iort);

/*
 * Maps a requester id (bus << 8 | slot << 3 | function) of a PCI segment through the segment's root
 * complex, as iort_node_map_id() of the kernel does. False where no SMMU stands behind it.
 */
bool iort_map_requester(const struct iort *iort, uint32_t segment, uint32_t requester,
			struct iort_stream *ret_stream);

#endif
