/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of syslinux, extlinux and U-Boot's "extlinux.conf". Sources: syslinux 6.04
 * doc/syslinux.txt and doc/menu.txt; com32/menu/readconfig.c; U-Boot boot/pxe_utils.c.
 */
#ifndef VFIOKIT_PARSE_SYSLINUX_H
#define VFIOKIT_PARSE_SYSLINUX_H

#include "preflight/facts/facts.h"

struct syslinux_label {
	const char *name;  /* "Unraid OS" */
	const char *title; /* of "menu label", without '^'; NULL none */
	const char *
		kernel; /* of "kernel" or "linux", as written; NULL where it starts something else */
	struct strings initrds; /* of "initrd" and of initrd= in "append" */
	struct origin append;   /* text is the command line; source NULL where there is none */
	bool menu_default;
	unsigned line;
};

struct syslinux_labels {
	struct syslinux_label *items;
	size_t count, capacity;
};

struct syslinux_config {
	struct syslinux_labels labels;
	struct origin default_entry, timeout_entry; /* "default", "ontimeout"; text is the value */
	struct strings includes;                    /* paths as written */
	struct origin append;                       /* for labels without an own one */
	bool menu; /* a menu program runs ("ui", or "default menu.c32"): labels' "menu default" counts */
};

/* Appends what one file says. Keywords are compared without case. */
void syslinux_parse(struct arena *arena, const char *source, const char *data, size_t length,
		    struct syslinux_config *config);

/* The label that starts when nobody chooses: index + 1; 0 where it cannot be told. */
size_t syslinux_default(const struct syslinux_config *config);

#endif
