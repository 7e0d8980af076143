/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IVRS table: AMD's description of I/O virtualization hardware. Sources: AMD I/O Virtualization
 * Technology (IOMMU) Specification 48882, section 5; drivers/iommu/amd/init.c, whose choice among
 * several descriptions of one unit and whose idea of what is broken this parser follows.
 *
 * A device id here is bus << 8 | slot << 3 | function.
 */
#ifndef VFIOKIT_PARSE_IVRS_H
#define VFIOKIT_PARSE_IVRS_H

#include "preflight/arena.h"
#include "preflight/parse/acpi.h"

/* IVHD: a remapping unit. One unit may be described by several blocks of different types; only
 * those of the type that Linux takes are kept. */
struct ivrs_unit {
	size_t offset; /* of the block in the table */
	uint8_t type;  /* 0x10, 0x11, 0x40 */
	uint8_t flags;
	uint16_t device; /* the unit's own function */
	uint16_t segment;
	uint64_t base;     /* of its registers */
	uint64_t features; /* the extended feature register; 0 in type 0x10 */
};

struct ivrs_units {
	struct ivrs_unit *items;
	size_t count, capacity;
};

/* IVHD entries 0x42 and 0x43: functions first to last do DMA with the requester id `alias`. */
struct ivrs_alias {
	uint16_t segment, first, last, alias;
};

struct ivrs_aliases {
	struct ivrs_alias *items;
	size_t count, capacity;
};

/* IVHD entries 0x48: an interrupt controller and the requester id it uses. */
struct ivrs_special {
	uint8_t variety; /* 1 IOAPIC, 2 HPET */
	uint8_t handle;  /* the IOAPIC's id in the MADT */
	uint16_t segment, device;
};

struct ivrs_specials {
	struct ivrs_special *items;
	size_t count, capacity;
};

enum ivrs_region_flag {
	IVRS_UNITY = 0x01,
	IVRS_READ = 0x02,
	IVRS_WRITE = 0x04,
	IVRS_EXCLUSION = 0x08,
};

/* IVMD: memory with a special meaning for functions first to last of segment. */
struct ivrs_region {
	size_t offset;
	uint8_t flags; /* enum ivrs_region_flag */
	bool all;      /* type 0x20: every function of the segment */
	uint16_t segment, first, last;
	uint64_t start, length; /* bytes, as written */
};

struct ivrs_regions {
	struct ivrs_region *items;
	size_t count, capacity;
};

struct ivrs {
	struct acpi_table table; /* with the first problem of header, blocks or entries */
	uint32_t info;           /* IVinfo */
	uint8_t unit_type;       /* of the IVHD blocks that were kept; 0 none */
	struct ivrs_units units;
	struct ivrs_aliases aliases;
	struct ivrs_specials specials;
	struct ivrs_regions regions;
};

/*
 * Parses length bytes. Never fails: what stands before a problem is there, what stands behind one
 * that hides the next block or entry is not. All arrays belong to arena; ret_ivrs->table points
 * into bytes.
 */
void ivrs_parse(struct arena *arena, const void *bytes, size_t length, struct ivrs *ret_ivrs);

#endif
