/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/routes.h"
#include "preflight/parse/lines.h"

#include <arpa/inet.h>

enum {
	ROUTE_UP = 0x0001,     /* RTF_UP */
	ROUTE_REJECT = 0x0200, /* RTF_REJECT */
};

/* The kernel's names hold no NUL: what does is no table of its making. */
static bool interface_counts(struct span name)
{
	return name.length > 0 && !memchr(name.data, '\0', name.length) &&
	       !span_equals(name, "lo") && !span_equals(name, "*") && !span_equals(name, "*lo");
}

static void route_add(struct arena *arena, struct routes *routes, struct route *route,
		      struct span interface, struct span line)
{
	while (line.length > 0 &&
	       (line.data[line.length - 1] == ' ' || line.data[line.length - 1] == '\t'))
		line.length--;
	route->interface = arena_copy(arena, interface.data, interface.length);
	route->text = arena_copy(arena, line.data, line.length);
	route->is_default = route->prefix == 0;
	*ARRAY_ADD(arena, routes) = *route;
}

/* The kernel prints the big-endian word as a number: on a little-endian machine the bytes come out
 * backwards. */
static bool decode_ipv4(struct span field, uint8_t bytes[static 4])
{
	unsigned word;

	if (field.length != 8 || !span_number(field, 16, &word))
		return false;
	for (size_t i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(word >> (8 * i));
	return true;
}

static unsigned count_prefix(const uint8_t mask[static 4])
{
	unsigned bits = 0;

	while (bits < 32 && (mask[bits / 8] & (0x80U >> (bits % 8))))
		bits++;
	return bits;
}

static bool decode_route(struct span line, struct route *route, struct span *ret_interface)
{
	enum { INTERFACE, DESTINATION, GATEWAY, FLAGS, REFERENCES, USE, METRIC, MASK, FIELDS };
	struct span fields[FIELDS] = {0};
	uint8_t mask[4];
	unsigned flags;

	for (size_t i = 0; i < FIELDS; i++)
		if (!span_next_field(&line, &fields[i]))
			return false;
	if (!decode_ipv4(fields[DESTINATION], route->destination) ||
	    !decode_ipv4(fields[MASK], mask) || !span_number(fields[FLAGS], 16, &flags))
		return false;
	route->version = 4;
	route->prefix = count_prefix(mask);
	*ret_interface = fields[INTERFACE];
	return (flags & ROUTE_UP) && !(flags & ROUTE_REJECT) && interface_counts(fields[INTERFACE]);
}

static bool decode_ipv6(struct span field, uint8_t bytes[static 16])
{
	if (field.length != 32)
		return false;
	for (size_t i = 0; i < 16; i++) {
		struct span pair = {.data = field.data + 2 * i, .length = 2};
		unsigned byte;

		if (!span_number(pair, 16, &byte))
			return false;
		bytes[i] = (uint8_t)byte;
	}
	return true;
}

static bool decode_route6(struct span line, struct route *route, struct span *ret_interface)
{
	enum {
		DESTINATION,
		PREFIX,
		SOURCE,
		SOURCE_PREFIX,
		GATEWAY,
		METRIC,
		REFERENCES,
		USE,
		FLAGS,
		INTERFACE,
		FIELDS
	};
	struct span fields[FIELDS];
	unsigned flags;

	for (size_t i = 0; i < FIELDS; i++)
		if (!span_next_field(&line, &fields[i]))
			return false;
	if (!decode_ipv6(fields[DESTINATION], route->destination) ||
	    !span_number(fields[PREFIX], 16, &route->prefix) || route->prefix > 128 ||
	    !span_number(fields[FLAGS], 16, &flags))
		return false;
	route->version = 6;
	route->link_scope =
		route->destination[0] == 0xff ||
		(route->destination[0] == 0xfe && (route->destination[1] & 0xc0) == 0x80);
	*ret_interface = fields[INTERFACE];
	return (flags & ROUTE_UP) && !(flags & ROUTE_REJECT) && interface_counts(fields[INTERFACE]);
}

static void parse_table(struct arena *arena, const char *data, size_t length,
			bool (*decode)(struct span, struct route *, struct span *),
			struct routes *routes)
{
	struct span rest = {.data = data, .length = length}, line;
	unsigned number = 0;

	while (span_next_line(&rest, &line)) {
		struct route route = {.line = ++number};
		struct span interface;

		if (decode(line, &route, &interface))
			route_add(arena, routes, &route, interface, line);
	}
}

void route_table_parse(struct arena *arena, const char *data, size_t length, struct routes *routes)
{
	parse_table(arena, data, length, decode_route, routes);
}

void route6_table_parse(struct arena *arena, const char *data, size_t length, struct routes *routes)
{
	parse_table(arena, data, length, decode_route6, routes);
}

static bool route_covers(const struct route *route, unsigned version,
			 const uint8_t address[static 16])
{
	if (route->version != version || route->link_scope)
		return false;
	for (unsigned bit = 0; bit < route->prefix; bit++)
		if ((route->destination[bit / 8] ^ address[bit / 8]) & (0x80U >> (bit % 8)))
			return false;
	return true;
}

const struct route *routes_find_address(const struct routes *routes, const char *address)
{
	const struct route *found = NULL;
	uint8_t bytes[16] = {0};
	unsigned version = strchr(address, ':') ? 6 : 4;

	if (inet_pton(version == 6 ? AF_INET6 : AF_INET, address, bytes) != 1)
		return NULL;
	for_each (route, routes)
		if (route_covers(route, version, bytes) &&
		    (!found || route->prefix > found->prefix))
			found = route;
	return found;
}
