/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths between devices that IOMMU groups do not show: switches through which requests can go from
 * one card to another although the kernel gives them groups of their own.
 *
 * Sources: PCI Express Base 5.0 sections 6.12.1 (what a switch downstream port with ACS must
 * implement) and 6.12.3 (egress control lets through what its vector allows, also with redirection
 * on); drivers/pci/pci.c pci_acs_flags_enabled() (bits that a port lacks count as on);
 * drivers/iommu/iommu.c pci_device_group(), which goes up from a device to the port without ACS and
 * stops there: it joins that port with others of the same slot, but not with the switch's other ones.
 */
#ifndef VFIOKIT_GROUPS_HOLES_H
#define VFIOKIT_GROUPS_HOLES_H

#include "preflight/facts/facts.h"

enum hole_kind {
	HOLE_NO_ACS,   /* no ACS: ports in slots of their own are not put together for want of it */
	HOLE_BITS_OFF, /* the same where ACS is there and off */
	HOLE_HARDWIRED, /* the port's ACS lacks bits that every downstream port must have */
	HOLE_QUIRK,     /* no ACS; a table of the kernel says that the port isolates */
	HOLE_EGRESS,    /* egress control is on */
	HOLE_TRANSLATED, /* translated requests go straight from card to card, and the card makes some */
	HOLE_UNEXPLAINED, /* the ports do not isolate, but the kernel's groups are apart */
	HOLE_KINDS,
};

struct isolation_hole {
	enum hole_kind kind;
	const struct device *port; /* the downstream port; NULL for HOLE_UNEXPLAINED */
	uint16_t bits;             /* HOLE_HARDWIRED: what it lacks; HOLE_BITS_OFF: what is off */
	const char *quirk;         /* HOLE_QUIRK: the kernel's function */
	struct device_refs peers;  /* endpoints within reach that are not in the device's group */
};

struct isolation_holes {
	struct isolation_hole *items;
	size_t count, capacity;
};

/* The holes around one endpoint; none for a bridge. Memory comes from arena. */
void isolation_holes_find(const struct facts *facts, const struct device *device,
			  struct arena *arena, struct isolation_holes *ret_holes);

/* "hardwired", … */
const char *hole_kind_name(enum hole_kind kind);

/* One sentence, with the port's address and the bits. In arena. */
const char *hole_text(struct arena *arena, const struct isolation_hole *hole);

#endif
