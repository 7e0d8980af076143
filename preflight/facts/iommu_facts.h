/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IOMMUs, their groups, and what firmware says of them. Part of facts.h, which includes this. */
#ifndef VFIOKIT_IOMMU_FACTS_H
#define VFIOKIT_IOMMU_FACTS_H

#include "preflight/facts/device_facts.h"

/* -- IOMMU ----------------------------------------------------------------------------------- */

enum region_type {
	REGION_OTHER,
	REGION_DIRECT,
	REGION_DIRECT_RELAXABLE,
	REGION_RESERVED,
	REGION_MSI,
};

struct reserved_region {
	uint64_t start, end; /* inclusive */
	enum region_type type;
	struct origin origin;
};

struct reserved_regions {
	struct reserved_region *items;
	size_t count, capacity;
};

struct group {
	int id;
	const char *type;           /* "DMA", "DMA-FQ", "identity", …; NULL not known */
	const char *name;           /* "vfio-noiommu" or NULL */
	struct strings members;     /* names as the kernel lists them, non-PCI ones included */
	struct device_refs devices; /* the PCI functions among them */
	struct reserved_regions reserved;
	enum truth reserved_known;
	bool looked_into; /* its directory was read (facts_collect_to_judge() leaves that for some) */
};

struct groups {
	struct group *items; /* sorted by id */
	size_t count, capacity;
};

enum iommu_kind {
	IOMMU_NONE_KNOWN,
	IOMMU_INTEL,
	IOMMU_AMD,
	IOMMU_SMMU,
	IOMMU_VIRTIO,
	IOMMU_OTHER, /* a unit is registered, of a kind without a name in the contract */
};

/* A registered unit (sys/class/iommu/NAME). */
struct iommu_unit {
	const char *name;
	enum iommu_kind kind;
	int address_bits; /* input address width of translation, from the cap register or the log; 0
			     unknown */
	struct origin origin;
};

struct iommu_units {
	struct iommu_unit *items;
	size_t count, capacity;
};

/* A memory range that firmware wants mapped 1:1 for a device (DMAR RMRR, IVRS IVMD, IORT RMR). */
struct firmware_region {
	uint64_t start, end; /* inclusive */
	bool relaxable;      /* Linux lets VFIO ignore it (USB and graphics under VT-d) */
	struct device_refs
		devices;  /* functions of this host that it names, directly or below a bridge */
	bool all_devices; /* IVMD type 20h */
	struct origin origin;
};

struct firmware_regions {
	struct firmware_region *items;
	size_t count, capacity;
};

/* An IVRS alias: `device` does DMA with requester id of `alias` (IVHD entries 42h, 43h). */
struct requester_alias {
	uint32_t segment;
	uint16_t device, alias; /* bus << 8 | slot << 3 | function */
};

struct requester_aliases {
	struct requester_alias *items;
	size_t count, capacity;
};

enum firmware_table { TABLE_DMAR, TABLE_IVRS, TABLE_IORT, TABLE_VIOT, TABLE_COUNT };

struct iommu_facts {
	enum iommu_kind kind;     /* of the registered units; else what table or CPU would give */
	enum truth groups_listed; /* sys/kernel/iommu_groups could be listed */
	enum truth active; /* YES: a real group and a unit exist; NO: the directories are there and
			      empty, or hold only what is no PCI function's */
	struct origin active_origin;
	enum truth tables_listed;              /* sys/firmware/acpi/tables could be listed */
	enum truth table_present[TABLE_COUNT]; /* file there, or the log's ACPI listing names it */
	enum truth table_valid[TABLE_COUNT];   /* UNKNOWN where it could not be read */
	struct origin
		table_problem[TABLE_COUNT]; /* where table_valid is NO: offset and reason in text */
	enum truth devicetree;              /* the machine is described by a device tree */
	enum truth smmu_in_table; /* the IORT names an SMMU; UNKNOWN where it was not read */
	enum truth interrupt_remapping;
	struct origin interrupt_remapping_origin;
	enum truth interrupt_remapping_in_table; /* DMAR flag bit 0; IVRS names an IOAPIC */
	const char *default_domain; /* "translated", "identity" or NULL; judged from group types
				       first */
	struct origin default_domain_origin;
	struct iommu_units units;
	struct firmware_regions firmware_regions;
	enum truth firmware_regions_known; /* YES: tables parsed, or reserved_regions read for all
					      groups */
	struct requester_aliases aliases;
	bool platform_opt_in; /* DMAR flag DMA_CTRL_PLATFORM_OPT_IN */
};

#endif
