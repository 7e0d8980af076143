/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/redact_addresses.h"

/* A host that routes half the Internet needs no more to find its remote disks. */
enum { NETWORKS_LIMIT = 512 };

void address_map_init(struct address_map *map, struct arena *arena, size_t bytes)
{
	*map = (struct address_map){.arena = arena, .bytes = bytes};
	/* Link-local addresses are recognized by their beginning. */
	if (bytes == IPV6_BYTES)
		*ARRAY_ADD(arena, &map->networks) =
			(struct known_network){.original = {0xfe, 0x80},
					       .placeholder = {0xfe, 0x80},
					       .prefix = 64,
					       .placed = true};
}

/* -- bits ---------------------------------------------------------------------------------------- */

static bool bit_at(const uint8_t *bytes, unsigned bit)
{
	return bytes[bit / 8] >> (7 - bit % 8) & 1;
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned prefix)
{
	unsigned whole = prefix / 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	for (unsigned bit = whole * 8; bit < prefix; bit++)
		if (bit_at(a, bit) != bit_at(b, bit))
			return false;
	return true;
}

/* Copies the bits from first up to (not including) end. */
static void copy_bits(uint8_t *to, const uint8_t *from, unsigned first, unsigned end)
{
	for (unsigned bit = first; bit < end; bit++) {
		uint8_t mask = (uint8_t)(0x80U >> (bit % 8));

		to[bit / 8] = (uint8_t)((to[bit / 8] & ~mask) | (from[bit / 8] & mask));
	}
}

/* Whether all bits from first on are this value. */
static bool rest_is(const struct address_map *map, const uint8_t *address, unsigned first,
		    bool value)
{
	for (unsigned bit = first; bit < map->bytes * 8; bit++)
		if (bit_at(address, bit) != value)
			return false;
	return true;
}

/* -- addresses that mean no machine ---------------------------------------------------------------- */

static bool is_netmask(const uint8_t *address)
{
	unsigned bits = 0;

	while (bits < 32 && bit_at(address, bits))
		bits++;
	if (bits < 8)
		return false;
	for (unsigned bit = bits; bit < 32; bit++)
		if (bit_at(address, bit))
			return false;
	return true;
}

static bool is_general(const struct address_map *map, const uint8_t *address)
{
	if (map->bytes == IPV4_BYTES)
		return address[0] == 0 || address[0] == 127 || address[0] >> 4 == 0xe ||
		       is_netmask(address);
	/* "::" and "::1", multicast */
	return address[0] == 0xff ||
	       (address[15] <= 1 && memcmp(address, (const uint8_t[15]){0}, 15) == 0);
}

/* -- networks -------------------------------------------------------------------------------------- */

void address_map_add_network(struct address_map *map, const uint8_t *address, unsigned prefix)
{
	struct known_network *network;

	if (!prefix || prefix >= map->bytes * 8 || map->networks.count >= NETWORKS_LIMIT)
		return;
	for_each (known, &map->networks)
		if (known->prefix == prefix && same_prefix(known->original, address, prefix))
			return;
	network = ARRAY_ADD(map->arena, &map->networks);
	network->prefix = prefix;
	copy_bits(network->original, address, 0, prefix);
	map->sorted = false;
}

/* Wider networks first. */
static int compare_networks(const void *a, const void *b)
{
	const struct known_network *one = a, *other = b;

	if (one->prefix != other->prefix)
		return one->prefix < other->prefix ? -1 : 1;
	return memcmp(one->original, other->original, sizeof(one->original));
}

/* The narrowest known network that holds the address and is wider than prefix, or NULL. */
static struct known_network *find_network(const struct address_map *map, const uint8_t *address,
					  unsigned prefix)
{
	for (size_t i = map->networks.count; i > 0; i--) {
		struct known_network *network = &map->networks.items[i - 1];

		if (network->prefix < prefix &&
		    same_prefix(network->original, address, network->prefix))
			return network;
	}
	return NULL;
}

static void block_ipv4(struct address_map *map, unsigned prefix, uint8_t *block)
{
	static const uint8_t documentation[3][3] = {{192, 0, 2}, {198, 51, 100}, {203, 0, 113}};

	if (prefix >= 24) {
		unsigned number = map->blocks[0]++;

		if (number < ARRAY_SIZE(documentation)) {
			memcpy(block, documentation[number], 3);
			return;
		}
		number -= (unsigned)ARRAY_SIZE(documentation);
		block[0] = 198;
		block[1] = (uint8_t)(18 + (number >> 8 & 1));
		block[2] = (uint8_t)number;
	} else if (prefix >= 16) {
		unsigned number = map->blocks[1]++;

		block[0] = (uint8_t)(240 + (number >> 8 & 7));
		block[1] = (uint8_t)number;
	} else {
		block[0] = (uint8_t)(248 + map->blocks[2]++ % 7);
	}
}

static void block_ipv6(struct address_map *map, unsigned prefix, uint8_t *block)
{
	if (prefix >= 48) {
		unsigned number = map->blocks[0]++;

		memcpy(block, (const uint8_t[4]){0x20, 0x01, 0x0d, 0xb8}, 4);
		block[4] = (uint8_t)(number >> 8);
		block[5] = (uint8_t)number;
	} else {
		unsigned number = map->blocks[1]++ & 0xfff;

		memcpy(block, (const uint8_t[4]){0x3f, 0xff, 0, 0}, 4);
		block[2] = (uint8_t)(number >> 8);
		block[3] = (uint8_t)number;
	}
}

static void new_block(struct address_map *map, unsigned prefix, uint8_t *block)
{
	if (map->bytes == IPV4_BYTES)
		block_ipv4(map, prefix, block);
	else
		block_ipv6(map, prefix, block);
}

static void place_network(struct address_map *map, struct known_network *network)
{
	unsigned widest = map->bytes == IPV4_BYTES ? 8 : 32;
	const struct known_network *around = find_network(map, network->original, network->prefix);

	network->placed = true;
	/* So wide a network tells nothing about anybody, and what lies in it must not stay as it is. */
	if (around && around->prefix >= widest) {
		memcpy(network->placeholder, around->placeholder, sizeof(network->placeholder));
		copy_bits(network->placeholder, network->original, around->prefix, network->prefix);
	} else if (network->prefix < widest) {
		memcpy(network->placeholder, network->original, sizeof(network->placeholder));
	} else {
		new_block(map, network->prefix, network->placeholder);
	}
}

static void place_networks(struct address_map *map)
{
	if (map->sorted)
		return;
	map->sorted = true;
	if (map->networks.count)
		qsort(map->networks.items, map->networks.count, sizeof(*map->networks.items),
		      compare_networks);
	for_each (network, &map->networks)
		if (!network->placed)
			place_network(map, network);
}

/* -- addresses ------------------------------------------------------------------------------------- */

/* The known network that holds this placeholder, inside network, or NULL. */
static const struct known_network *find_inner(const struct address_map *map,
					      const struct known_network *network,
					      const uint8_t *placeholder)
{
	for_each (inner, &map->networks)
		if (inner->prefix > network->prefix &&
		    same_prefix(inner->placeholder, placeholder, inner->prefix))
			return inner;
	return NULL;
}

static void number_host(const struct address_map *map, const struct known_network *network,
			uint32_t number, uint8_t *placeholder)
{
	unsigned bits = (unsigned)map->bytes * 8;
	uint8_t low[IPV6_BYTES] = {0};

	for (unsigned i = 0; i < 4; i++)
		low[map->bytes - 1 - i] = (uint8_t)(number >> (8 * i));
	memcpy(placeholder, network->placeholder, map->bytes);
	copy_bits(placeholder, low, network->prefix > bits - 32 ? network->prefix : bits - 32,
		  bits);
}

/* The next host number whose placeholder lies in no network inside this one. */
static void next_host(struct address_map *map, struct known_network *network, uint8_t *placeholder)
{
	enum { ATTEMPTS = 4096 };

	for (unsigned i = 0; i < ATTEMPTS; i++) {
		const struct known_network *inner;
		unsigned shift;

		number_host(map, network, ++network->used, placeholder);
		inner = find_inner(map, network, placeholder);
		if (!inner)
			return;
		/* On to the last address of that network. */
		shift = (unsigned)map->bytes * 8 - inner->prefix;
		if (shift < 32)
			network->used |= (UINT32_C(1) << shift) - 1;
	}
}

/* The network for addresses that are in no known one; a new one where it is full. */
static struct known_network *rest_network(struct address_map *map)
{
	unsigned prefix = map->bytes == IPV4_BYTES ? 24 : 48;
	struct known_network *rest = &map->rest;

	if (!rest->placed || (map->bytes == IPV4_BYTES && rest->used >= 254)) {
		*rest = (struct known_network){.prefix = prefix, .placed = true};
		new_block(map, prefix, rest->placeholder);
	}
	return rest;
}

static void make_placeholder(struct address_map *map, const uint8_t *address, uint8_t *placeholder)
{
	struct known_network *network = find_network(map, address, (unsigned)map->bytes * 8);
	bool broadcast;

	if (!network) {
		next_host(map, rest_network(map), placeholder);
		return;
	}
	broadcast = map->bytes == IPV4_BYTES && network->prefix < 31 &&
		    rest_is(map, address, network->prefix, true);
	if (!broadcast && !rest_is(map, address, network->prefix, false)) {
		next_host(map, network, placeholder);
		return;
	}
	memcpy(placeholder, network->placeholder, map->bytes);
	copy_bits(placeholder, address, network->prefix, (unsigned)map->bytes * 8);
}

void address_map_find(struct address_map *map, const uint8_t *address, uint8_t *placeholder)
{
	uint8_t made[IPV6_BYTES] = {0};
	size_t *index;
	bool new;

	if (is_general(map, address)) {
		memmove(placeholder, address, map->bytes);
		return;
	}
	place_networks(map);
	index = string_table_add(&map->seen, map->arena, (const char *)address, map->bytes, &new);
	if (new) {
		make_placeholder(map, address, made);
		map->placeholders = arena_grow(map->arena, map->placeholders, map->count,
					       &map->capacity, sizeof(*map->placeholders));
		*index = map->count++;
		memcpy(map->placeholders[*index], made, sizeof(made));
	}
	memcpy(placeholder, map->placeholders[*index], map->bytes);
}
