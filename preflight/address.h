/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI addresses and what people type for a device: an address ("0000:41:00.0", "41:00.0", with five
 * or more domain digits behind Intel VMD), a slot ("41:00") or an id ("10de:2330").
 */
#ifndef VFIOKIT_ADDRESS_H
#define VFIOKIT_ADDRESS_H

#include "preflight/base.h"

struct address {
	uint32_t domain;
	uint8_t bus, slot, function;
	bool full; /* the domain was written */
};

/* Parses exactly length bytes as "[DOMAIN:]BB:DD.F". 0, or -EINVAL. */
int address_parse(const char *text, size_t length, struct address *ret_address);

enum device_name_kind { NAME_ADDRESS, NAME_SLOT, NAME_ID };

/* One DEVICE argument. */
struct device_name {
	enum device_name_kind kind;
	struct address address;        /* NAME_ADDRESS; NAME_SLOT without the function */
	uint16_t vendor_id, device_id; /* NAME_ID */
};

/*
 * "10de:2330" is an id (four hex digits each side), "41:00" a slot, "0000:41:00" a slot with its
 * domain. 0, or -EINVAL.
 */
int device_name_parse(const char *text, struct device_name *ret_name);

#endif
