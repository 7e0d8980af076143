/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is given back all at once. Facts, findings and everything they point to live in one
 * arena, so nothing in them is owned by anybody else and nothing has to be freed on error paths.
 *
 * No function here returns NULL: a program that runs out of memory while it looks at a host has
 * nothing better to do than to say so and end (abort; configure's journal treats that like a power
 * cut).
 */
#ifndef VFIOKIT_ARENA_H
#define VFIOKIT_ARENA_H

#include "preflight/base.h"

#include <stdarg.h>

#define RETURNS_NONNULL __attribute__((returns_nonnull))

struct arena;

/* A new, empty arena. The caller owns it and gives it back with arena_free(). */
struct arena *arena_new(void) RETURNS_NONNULL;

/* Gives back everything that was allocated from the arena, and the arena. NULL is accepted. */
void arena_free(struct arena *arena);

/* Takes back everything that was handed out, keeping the arena for reuse: for work that is done
 * many times over. */
void arena_reset(struct arena *arena);

static inline void cleanup_arena(struct arena **arena)
{
	arena_free(*arena);
}
#define _cleanup_arena_ _cleanup_(cleanup_arena)

/* size bytes of zeros, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size) RETURNS_NONNULL;

/* count * size bytes of zeros; aborts where the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size) RETURNS_NONNULL;

/* A NUL-terminated copy of length bytes of text (embedded NULs are kept). */
char *arena_copy(struct arena *arena, const char *text, size_t length) RETURNS_NONNULL;

/* A copy of text; NULL stays NULL. */
char *arena_strdup(struct arena *arena, const char *text);

char *arena_printf(struct arena *arena, const char *format, ...)
	PRINTF_FORMAT(2, 3) RETURNS_NONNULL;
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
	PRINTF_FORMAT(2, 0) RETURNS_NONNULL;

/* Bytes handed out so far; tests and the benchmark look at it. */
size_t arena_used(const struct arena *arena);

/*
 * Growable arrays inside an arena: any struct with `items`, `count` and `capacity` members.
 * ARRAY_ADD returns a pointer to a new zeroed last item. Older item pointers become stale when the
 * array grows, so keep indexes while it still grows.
 */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity,
		 size_t size) RETURNS_NONNULL;

#define ARRAY_ADD(arena, array)                                                                    \
	(((array)->items = arena_grow((arena), (array)->items, (array)->count, &(array)->capacity, \
				      sizeof(*(array)->items))),                                   \
	 &(array)->items[(array)->count++])

/* NOLINTBEGIN(bugprone-macro-parentheses): item is the name of a variable */
#define for_each(item, array)                                                                      \
	for (__typeof__(*(array)->items) *item = (array)->items;                                   \
	     (item) && (item) < (array)->items + (array)->count; (item)++)
/* NOLINTEND(bugprone-macro-parentheses) */

/* A list of strings, the commonest array of all. */
struct strings {
	const char **items;
	size_t count, capacity;
};

/* Adds a copy of text. */
void strings_add(struct arena *arena, struct strings *strings, const char *text);
bool strings_contain(const struct strings *strings, const char *text);
/* All items with separator between them ("" for an empty list). */
const char *strings_join(struct arena *arena, const struct strings *strings, const char *separator);

#endif
