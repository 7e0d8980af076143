/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table from texts to numbers, for sets of thousands of paths or names: open addressing, all
 * memory from an arena. Texts are bytes and a length; NULs in them count.
 */
#ifndef VFIOKIT_STRING_TABLE_H
#define VFIOKIT_STRING_TABLE_H

#include "preflight/arena.h"

struct string_slot {
	const char *key; /* NULL: empty */
	size_t length;
	size_t value;
};

/* All zeros is an empty table. */
struct string_table {
	struct string_slot *slots;
	size_t count, capacity;
};

/*
 * The value stored for key, a new 0 where there was none; *ret_new (may be NULL) tells which. The key
 * is copied into arena. The pointer is valid until the next call.
 */
size_t *string_table_add(struct string_table *table, struct arena *arena, const char *key,
			 size_t length, bool *ret_new);

/* The value stored for key, or NULL. */
const size_t *string_table_find(const struct string_table *table, const char *key, size_t length);

#endif
