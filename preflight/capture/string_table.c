/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/string_table.h"

/* FNV-1a. A hostile archive could make keys collide; what fills these tables is bounded. */
static uint64_t hash_of(const char *key, size_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)key[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* The slot that holds key, or the empty one where it belongs. capacity is a power of two, and there
 * is always an empty slot. */
static struct string_slot *slot_of(const struct string_table *table, const char *key, size_t length)
{
	size_t mask = table->capacity - 1, at = (size_t)hash_of(key, length) & mask;

	while (table->slots[at].key && (table->slots[at].length != length ||
					memcmp(table->slots[at].key, key, length) != 0))
		at = (at + 1) & mask;
	return &table->slots[at];
}

static void grow(struct string_table *table, struct arena *arena)
{
	struct string_table larger = {.capacity = table->capacity ? table->capacity * 2 : 64,
				      .count = table->count};

	larger.slots = arena_array(arena, larger.capacity, sizeof(*larger.slots));
	for (size_t i = 0; i < table->capacity; i++)
		if (table->slots[i].key)
			*slot_of(&larger, table->slots[i].key, table->slots[i].length) =
				table->slots[i];
	*table = larger;
}

size_t *string_table_add(struct string_table *table, struct arena *arena, const char *key,
			 size_t length, bool *ret_new)
{
	struct string_slot *slot;

	if (table->count * 2 >= table->capacity)
		grow(table, arena);
	slot = slot_of(table, key, length);
	if (ret_new)
		*ret_new = !slot->key;
	if (!slot->key) {
		*slot = (struct string_slot){arena_copy(arena, key, length), length, 0};
		table->count++;
	}
	return &slot->value;
}

const size_t *string_table_find(const struct string_table *table, const char *key, size_t length)
{
	const struct string_slot *slot;

	if (!table->capacity)
		return NULL;
	slot = slot_of(table, key, length);
	return slot->key ? &slot->value : NULL;
}
