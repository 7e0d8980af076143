/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/iomem: who has which range of physical memory. One line for each resource,
 * "  fd000000-fd003fff : 0000:11:00.0", two blanks deeper for each level (kernel/resource.c
 * r_show()). The kernel stops to indent at level five, so nesting is judged by the ranges and not
 * by the blanks. Without CAP_SYS_ADMIN every address is printed as zero.
 */
#ifndef VFIOKIT_PARSE_IOMEM_H
#define VFIOKIT_PARSE_IOMEM_H

#include "preflight/arena.h"

struct iomem_range {
	uint64_t start, end; /* inclusive */
	const char *name;    /* "efifb", "PCI Bus 0000:00", "0000:11:00.0" */
	const char *text;    /* the whole line without the blanks around it */
	unsigned line;       /* 1… */
};

struct iomem {
	struct iomem_range *items; /* in the file's order */
	size_t count, capacity;
	enum truth addresses; /* NO: all of them are zeros; UNKNOWN: there was no range at all */
};

/* Parses length bytes. Never fails: lines of any other shape are left out. Names are printable. */
void iomem_parse(struct arena *arena, const char *text, size_t length, struct iomem *ret_iomem);

/*
 * Whether a range of this name is the framebuffer that firmware left, held by a generic driver or
 * by the place holder of drivers/firmware/sysfb_simplefb.c: "BOOTFB", "efifb", "simplefb",
 * "vesafb", "simpledrm", "efidrm", "vesadrm", "ofdrm", "vga16fb".
 */
bool iomem_is_boot_framebuffer(const char *name);

/*
 * The smallest range around start…end (inclusive) that is named by a PCI address: the BAR that it
 * lies in. NULL where there is none.
 */
const struct iomem_range *iomem_enclosing_bar(const struct iomem *iomem, uint64_t start,
					      uint64_t end);

#endif
