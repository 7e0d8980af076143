/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's device quirks that decide IOMMU grouping, requester ids and resets, as const tables.
 * Pure look-ups over ids; nothing here reads or allocates.
 *
 * Sources: drivers/pci/quirks.c, drivers/pci/pci.c, drivers/pci/search.c and
 * drivers/pci/controller/vmd.c of Linux 6.1.192, 6.12.117 and 7.3.4. A row tells in which of these
 * three it stands; quirk_in_kernel() answers for any other version.
 *
 * Ids are int so that -1 can say "not known"; an unknown id matches no row.
 */
#ifndef VFIOKIT_QUIRKS_H
#define VFIOKIT_QUIRKS_H

#include "preflight/base.h"

/* -- kernel versions -----------------------------------------------------------------------------
 */

/* 0.0: not known. */
struct kernel_version {
	unsigned major, minor;
};

/* "6.1.0-50-amd64" gives 6.1; text that starts with no such number, or NULL, gives 0.0. */
struct kernel_version kernel_version_parse(const char *release);

/* <0, 0, >0 as a is older than, the same as, newer than b. */
int kernel_version_compare(struct kernel_version a, struct kernel_version b);

/* The kernels that were read. */
enum {
	KERNEL_6_1 = 1,
	KERNEL_6_12 = 2,
	KERNEL_7_3 = 4,
	KERNELS_ALL = 7,
};

/*
 * Whether a row found in these kernels is in that version. Versions before 6.1 count as 6.1, those
 * from 7.3 on as 7.3. Between two kernels that differ, and for a version that is not known, the
 * answer is UNKNOWN unless all that come into question agree.
 */
enum truth quirk_in_kernel(unsigned kernels, struct kernel_version version);

struct id_range {
	uint16_t first, last;
};

enum { QUIRK_ANY_DEVICE = -1 };

/* -- ACS: pci_dev_specific_acs_enabled() ------------------------------------------------------ */

enum acs_rule {
	ACS_RULE_ALWAYS,     /* isolated */
	ACS_RULE_AMD_SB,     /* isolated if multifunction on a root bus and firmware has an IVRS */
	ACS_RULE_RCIEP_ONLY, /* isolated if a root complex integrated endpoint */
	ACS_RULE_INTEL_PCH,  /* listed root port: isolated once the kernel has set up the chipset */
	ACS_RULE_INTEL_SPT,  /* listed root port: its ACS registers are dwords */
	ACS_RULE_CAVIUM,     /* listed root port: isolated */
	ACS_RULE_ROOT_PORT_ONLY, /* root port: isolated */
	ACS_RULE_ZHAOXIN_PORTS,  /* root or downstream port: isolated if listed, else NOT */
	ACS_RULE_WANGXUN,        /* isolated if listed, else NOT */
};

struct acs_quirk {
	uint16_t vendor;
	int device; /* QUIRK_ANY_DEVICE: all of the vendor */
	enum acs_rule rule;
	const char *kernel_function;
};

/* In the kernel's order: the first row that applies and answers decides. All rows are in all three
 * kernels. */
extern const struct acs_quirk acs_quirks[];
extern const size_t acs_quirk_count;

/* The lists that the rules look into. */
extern const uint16_t acs_intel_pch_ports[];
extern const size_t acs_intel_pch_port_count;
extern const struct id_range acs_intel_spt_ports[], acs_zhaoxin_ports[], acs_wangxun_devices[],
	acs_cavium_ports[];
extern const size_t acs_intel_spt_port_count, acs_zhaoxin_port_count, acs_wangxun_device_count,
	acs_cavium_port_count;

/* Functions whose Source Validation bit the kernel takes out of the capability. */
struct broken_acs_capability {
	uint16_t vendor, device;
	uint8_t kernels;
};
extern const struct broken_acs_capability acs_broken_capabilities[];
extern const size_t acs_broken_capability_count;

/* Whether the device id stands in the list that the rule looks into; false for rules without one.
 */
bool acs_rule_lists(enum acs_rule rule, int device);

/* Whether this kernel counts Source Validation of this function as missing (111d:80b5, 111d:8090).
 */
enum truth acs_source_validation_broken(int vendor, int device, struct kernel_version version);

/* -- requester ids: dma_alias_mask and the bridge flags --------------------------------------- */

enum alias_behaviour {
	ALIAS_FUNC0,     /* also uses function 0 of its slot */
	ALIAS_FUNC1,     /* also uses function 1 of its slot, whether it is there or not */
	ALIAS_ADAPTEC,   /* also uses 01.0 of its bus; only subsystems 9005:02bb and 9005:02bc */
	ALIAS_XEON_PHI,  /* also uses 10.0, 11.0 and 12.3 of its bus */
	ALIAS_ALL_SLOTS, /* functions 0 to 4 of every slot of its bus */
	ALIAS_ALL,       /* every id of its bus */
	ALIAS_FROM_HARDWARE, /* class 0680 only: ids of its bus that only the running device knows
			      */
	ALIAS_NOT_OF_BRIDGE, /* this PCIe-to-PCI bridge passes on the ids of what is below it */
	ALIAS_TRANSLATION_ROOT, /* the IOMMU sits at this bridge: bridges above do not matter */
};

struct alias_quirk {
	uint16_t vendor, device;
	enum alias_behaviour behaviour;
	uint8_t kernels;
	const char *kernel_function;
};

extern const struct alias_quirk alias_quirks[];
extern const size_t alias_quirk_count;

/* The row for this function, or NULL. The caller applies the behaviour's conditions (subsystem,
 * class, own function number). */
const struct alias_quirk *alias_quirk_find(int vendor, int device);

/* Whether this is an Intel VMD endpoint: what is behind it (PCI domains from 0x10000 on) does DMA
 * with the endpoint's requester id (pci_real_dma_dev). */
extern const uint16_t intel_vmd_devices[];
extern const size_t intel_vmd_device_count;
bool quirk_is_vmd_endpoint(int vendor, int device);

/* -- resets and interrupts -------------------------------------------------------------------- */

enum reset_quirk_kind {
	RESET_NO_BUS,      /* the kernel never resets the bus or slot it is on */
	RESET_NO_PM,       /* D3hot to D0 is not used as a reset */
	RESET_NO_FLR,      /* its FLR capability is ignored */
	RESET_BROKEN_INTX, /* its INTx disable bit is not trusted: VFIO needs the line for itself */
	RESET_DEVICE_SPECIFIC, /* the kernel has a reset of its own for it */
};

/* What must hold besides the ids. */
enum quirk_condition {
	QUIRK_ALWAYS,
	QUIRK_VGA,        /* class 0300 */
	QUIRK_REVISION_1, /* revision 1 */
	QUIRK_NVIDIA_SXM, /* (device & 0xffc0) == 0x2340 */
	QUIRK_FIRMWARE, /* depends on the card's generation and firmware: cannot be told from ids */
};

struct reset_quirk {
	enum reset_quirk_kind kind;
	uint16_t vendor;
	int device; /* QUIRK_ANY_DEVICE: all of the vendor */
	enum quirk_condition condition;
	uint8_t kernels;
	const char *kernel_function;
};

extern const struct reset_quirk reset_quirks[];
extern const size_t reset_quirk_count;

/* The ids of a function as quirks see them; -1 for what is not known. class_code has 24 bits. */
struct quirk_ids {
	int vendor, device, class_code, revision;
};

/*
 * Whether the kernel applies this kind of quirk to the function. UNKNOWN where the version does not
 * settle it, where the condition needs a value that is not known, and for Mellanox cards, whose
 * INTx the driver judges by firmware. *ret_quirk (may be NULL) gets the row unless the answer is
 * NO.
 */
enum truth reset_quirk_applies(enum reset_quirk_kind kind, const struct quirk_ids *ids,
			       struct kernel_version version, const struct reset_quirk **ret_quirk);

/*
 * Devices that are known not to come back from the reset between two uses, although sysfs offers
 * one. Only what a published source says; see groups/quirks_trouble.c.
 */
struct reset_trouble {
	uint16_t vendor, first, last;   /* device ids from first to last */
	struct kernel_version fixed_in; /* kernels from here on avoid it; 0.0: none does */
	const char *name;               /* "AMD Navi 10" */
	const char *note;               /* what happens */
	const char *source;             /* where that is written */
	bool vendor_reset; /* the vendor-reset module (gnif/vendor-reset) has a reset for it */
	bool bus_only;     /* only a bus reset is the trouble: with one of its own it is well */
};

extern const struct reset_trouble reset_troubles[];
extern const size_t reset_trouble_count;

/* The row for a function under a kernel, or NULL. With a version that is not known, rows that a
 * kernel fixed do not match. */
const struct reset_trouble *reset_trouble_find(int vendor, int device,
					       struct kernel_version version);

#endif
