/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's routing tables as /proc shows them. Sources: net/ipv4/fib_trie.c
 * (fib_route_seq_show), net/ipv6/route.c (rt6_info_route), include/uapi/linux/route.h (RTF_*).
 *
 * What they do not show: IPv4 tables other than main and local (policy routing, VRF), and the
 * second and further next hops of an IPv4 multipath route.
 */
#ifndef VFIOKIT_PARSE_ROUTES_H
#define VFIOKIT_PARSE_ROUTES_H

#include "preflight/arena.h"

struct route {
	const char *interface;   /* "eno1" */
	unsigned version;        /* 4 or 6 */
	uint8_t destination[16]; /* network byte order; IPv4 in the first four bytes */
	unsigned prefix;         /* bits that count: 0 to 32 or 128 */
	bool is_default;         /* prefix 0 */
	bool link_scope;  /* IPv6 link-local or multicast: every interface that is up has it */
	unsigned line;    /* 1… */
	const char *text; /* the line, trailing blanks taken away */
};

struct routes {
	struct route *items;
	size_t count, capacity;
};

/*
 * Appends the routes in the bytes of /proc/net/route or /proc/net/ipv6_route that are up and lead
 * somewhere: those that reject, those over "lo" or no interface, and broken lines are left out.
 * Addresses of /proc/net/route are read as a little-endian kernel writes them.
 */
void route_table_parse(struct arena *arena, const char *data, size_t length, struct routes *routes);
void route6_table_parse(struct arena *arena, const char *data, size_t length,
			struct routes *routes);

/* The most specific route to an address in text form ("192.0.2.7", "2001:db8::7"), or NULL where
 * there is none or the text is no address. */
const struct route *routes_find_address(const struct routes *routes, const char *address);

#endif
