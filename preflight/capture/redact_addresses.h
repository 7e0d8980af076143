/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Placeholders for IP addresses: the same address gets the same placeholder, and an address stays
 * inside the networks that it lies in, so that routes still lead where they led. Placeholders come
 * from the ranges for documentation (RFC 5737, RFC 3849) as long as they suffice:
 *
 *   IPv4  192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, then 198.18.0.0/15 (RFC 2544);
 *         240.0.0.0/4 for networks wider than /24
 *   IPv6  2001:db8::/32, a /48 for each network; 3fff::/20 (RFC 9637) for those wider than /48
 *
 * A network inside another known one keeps its place in it. Addresses that mean no machine stay as
 * they are: unspecified, loopback, multicast, broadcast, netmasks.
 */
#ifndef VFIOKIT_REDACT_ADDRESSES_H
#define VFIOKIT_REDACT_ADDRESSES_H

#include "preflight/capture/string_table.h"

enum { IPV4_BYTES = 4, IPV6_BYTES = 16 };

/* A network that routes know, or that addresses without one are put into. */
struct known_network {
	uint8_t original[IPV6_BYTES], placeholder[IPV6_BYTES];
	unsigned prefix;
	uint32_t used; /* host numbers given out */
	bool placed;   /* placeholder is set */
};

struct known_networks {
	struct known_network *items;
	size_t count, capacity;
};

/* The placeholders of one family. Start with address_map_init(). */
struct address_map {
	struct arena *arena;
	size_t bytes; /* IPV4_BYTES or IPV6_BYTES */
	struct known_networks networks;
	struct known_network rest; /* for addresses in no known network */
	struct string_table seen;  /* address -> index in placeholders */
	uint8_t (*placeholders)[IPV6_BYTES];
	size_t count, capacity;
	unsigned blocks[3]; /* placeholder blocks given out: narrow, wide, widest */
	bool sorted;
};

void address_map_init(struct address_map *map, struct arena *arena, size_t bytes);

/* Makes a network known. Before the first address_map_find(); single addresses are ignored. */
void address_map_add_network(struct address_map *map, const uint8_t *address, unsigned prefix);

/* The placeholder for an address, map->bytes long. address and placeholder may be the same place. */
void address_map_find(struct address_map *map, const uint8_t *address, uint8_t *placeholder);

#endif
