/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration space as sysfs gives it: 64 bytes without privileges, 256 or 4096 with them,
 * anything at all in a hostile tree. Sources: PCI Local Bus 3.0 section 6, PCI Express Base 5.0
 * sections 7.5 to 7.9, include/uapi/linux/pci_regs.h.
 */
#ifndef VFIOKIT_PARSE_CONFIG_H
#define VFIOKIT_PARSE_CONFIG_H

#include "preflight/base.h"

/* PCI Express device/port types (PCIe capabilities register, bits 7:4). */
enum port_type {
	PORT_ENDPOINT = 0x0,
	PORT_LEGACY_ENDPOINT = 0x1,
	PORT_ROOT_PORT = 0x4,
	PORT_UPSTREAM = 0x5,
	PORT_DOWNSTREAM = 0x6,
	PORT_PCIE_TO_PCI = 0x7,
	PORT_PCI_TO_PCIE = 0x8,
	PORT_ROOT_COMPLEX_ENDPOINT = 0x9,
	PORT_EVENT_COLLECTOR = 0xa,
	PORT_CONVENTIONAL = 0x100, /* read in full, no PCI Express capability: conventional PCI */
	PORT_UNKNOWN = 0x101,      /* the capability list could not be read */
};

enum acs_bit {
	ACS_SV = 0x01,
	ACS_TB = 0x02,
	ACS_RR = 0x04,
	ACS_CR = 0x08,
	ACS_UF = 0x10,
	ACS_EC = 0x20,
	ACS_DT = 0x40,
};

struct config_space {
	size_t size;       /* bytes that were there: 0, 64, 256, 4096 or whatever a tree holds */
	bool all_ones;     /* the function answers with ff: it fell off the bus or is in D3cold */
	bool header_known; /* at least 64 usable bytes */
	int vendor_id, device_id, class_code, revision;  /* -1 not known */
	int subsystem_vendor_id, subsystem_device_id;    /* -1 not known or none */
	int header_type;                                 /* 0, 1, 2 (without bit 7); -1 not known */
	bool multifunction;                              /* header type bit 7 */
	int command;                                     /* -1 not known */
	int primary_bus, secondary_bus, subordinate_bus; /* bridges; -1 else */
	int interrupt_pin;                               /* 0 none; -1 not known */

	enum truth capabilities; /* the list of conventional capabilities could be walked */
	enum port_type port_type;
	int slot_number;             /* physical slot number of a port with a slot; -1 none */
	enum truth flr;              /* Function Level Reset: PCIe Device Capabilities bit 28 */
	enum truth af_flr;           /* Advanced Features capability offers FLR */
	enum truth pm;               /* a power management capability is there */
	enum truth pm_no_soft_reset; /* PMCSR bit 3: D3hot to D0 does not reset */
	int pm_state;                /* PMCSR bits 1:0; -1 not known */
	enum truth msi, msix;

	enum truth
		extended; /* extended space (from 0x100) could be walked; NO: conventional device */
	enum truth acs;   /* an ACS capability is there */
	uint16_t acs_offset;                  /* of the capability; 0 none */
	uint16_t acs_capability, acs_control; /* valid where acs is YES */
	/* The same place read as two dwords (+4, +8), as Intel's 100/200/300 series PCH ports have it
	 * (pci_quirk_intel_spt_pch_acs); valid where acs is YES and wide_known. */
	bool acs_wide_known;
	uint32_t acs_wide_capability, acs_wide_control;
	enum truth sriov;
	int sriov_total, sriov_initial; /* -1 none */
	int sriov_vf_device_id;         /* -1 none */
	enum truth resizable_bar;
	uint64_t resizable_sizes[6]; /* bitmap: bit n means 2^n MiB can be chosen; 0 where none */
	enum truth ari;
	enum truth ats;
};

/* Parses length bytes. Never fails: what is not there stays unknown. Loops in a capability list and
 * pointers out of range end the walk. */
void config_parse(const void *bytes, size_t length, struct config_space *ret_config);

/* "root port", "endpoint", …; "unknown" for what has no name. */
const char *port_type_name(enum port_type type);

#endif
