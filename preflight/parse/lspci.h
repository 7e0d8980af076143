/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What people paste of a machine's PCI functions: the text of lspci, as root or not, from plain
 * `lspci -nnk` to `lspci -D -nn -vvv -xxxx`, whole or in part; and listings of IOMMU groups, as the
 * shell loops of the guides, `find` and `ls -l` over /sys/kernel/iommu_groups print them. All of
 * these may stand in one text, one behind the other, indented, quoted ("> ") or coloured.
 *
 * Pure: bytes in, plain records out. What a text does not say stays unknown: a record tells how much
 * of it was there. Source: pciutils 3.5 to 3.13, lspci.c, ls-caps.c, ls-ecaps.c, ls-kernel.c.
 */
#ifndef VFIOKIT_PARSE_LSPCI_H
#define VFIOKIT_PARSE_LSPCI_H

#include "preflight/facts/facts.h"

/* How much a text tells of a function. */
enum lspci_detail {
	LSPCI_LISTED,  /* a line of a group listing or a path: the address, perhaps ids */
	LSPCI_TERSE,   /* a line of lspci without -v; drivers with -k */
	LSPCI_VERBOSE, /* -v: header and regions, capabilities by name */
	LSPCI_FULL,    /* -vv, -vvv: capabilities decoded */
};

/* No number: group and numa_node of a function. */
enum { LSPCI_NONE = -1, LSPCI_CONTRADICTED = -2 };

/* What the text says about SR-IOV of a physical function. */
struct lspci_sriov {
	int active;         /* VFs switched on; -1 not told */
	int offset, stride; /* of the VFs' requester ids; -1 not told */
};

/* One PCI function. Numbers are -1 and texts NULL where nothing is told. */
struct lspci_function {
	struct address address;
	unsigned line;    /* of the text, where it begins */
	const char *head; /* that line, printable, at most 512 bytes */
	const char *name; /* vendor and device as the text writes them, without ids */
	int class_code;   /* 24 bits; the programming interface is 0 where it is not told */
	int vendor_id, device_id, subsystem_vendor_id, subsystem_device_id, revision;
	enum lspci_detail detail;
	bool described; /* lines about it follow: -k or -v was given */
	bool closed;    /* the text goes on behind it: it was not cut off in the middle */
	bool dead;      /* reads ff: "rev ff", "Unknown header type 7f" */
	bool denied;    /* "Capabilities: <access denied>": not root */

	int group;           /* LSPCI_CONTRADICTED: the text tells several */
	bool group_of_lspci; /* from lspci's own line, not from a listing */
	unsigned group_line;
	const char *driver;
	unsigned driver_line;
	bool modules_told;
	struct strings modules; /* as written */

	struct bar bars[BAR_SLOTS];
	int numa_node, physical_slot;
	int link_width, link_width_max;
	const char *link_speed, *link_speed_max; /* as sysfs writes them: "16.0 GT/s PCIe" */
	struct lspci_sriov sriov;

	/* Decoded lines: ids, header type, bus numbers, capabilities. config.size stays 0. */
	struct config_space config;
	/* Where an extended capability was told config.extended can be trusted. */
	bool extended_told;

	const uint8_t *hex; /* the dump of -x, -xxx, -xxxx; NULL: none */
	size_t hex_length;
};

struct lspci_functions {
	struct lspci_function *items; /* by address, each address once */
	size_t count, capacity;
};

struct lspci_text {
	struct lspci_functions functions;
	bool excerpt;       /* grep's "--" lines, or more functions than are kept */
	bool drivers_shown; /* at least one function has a driver line */
	bool groups_shown;  /* lspci itself tells groups (pciutils 3.7) */
	bool has_lspci;     /* anything but group listings */
	bool has_listing;
};

/* No host has more; a text that names more is cut. */
enum { LSPCI_FUNCTIONS_MAX = 16384 };

/*
 * Parses length bytes. Records that name one function twice (a listing and lspci's output, two runs)
 * are merged: what the more detailed one says counts, what it leaves open the other one fills. All
 * memory comes from arena; the text may go.
 */
void lspci_parse(struct arena *arena, const char *text, size_t length, struct lspci_text *ret_text);

#endif
