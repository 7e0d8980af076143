/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/arena.h"

#include <stdalign.h>

enum {
	BLOCK_SIZE = 64 * 1024,
	ALIGNMENT = alignof(max_align_t),
	FIRST_ITEMS = 2, /* most arrays hold no more */
};

/* Under AddressSanitizer each piece is a block of its own and no longer than was asked for, so that a
 * step behind it is seen. */
#if defined(__SANITIZE_ADDRESS__)
#define PIECES_ALONE true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PIECES_ALONE true
#endif
#endif
#ifndef PIECES_ALONE
#define PIECES_ALONE false
#endif

struct block {
	struct block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct block *blocks; /* the first one is being filled */
	size_t used;
};

static void *must_allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory) {
		(void)fputs("vfiokit: out of memory\n", stderr);
		abort();
	}
	return memory;
}

struct arena *arena_new(void)
{
	return must_allocate(sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *block = arena->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

void arena_reset(struct arena *arena)
{
	struct block *kept = NULL;

	for (struct block *block = arena->blocks, *next; block; block = next) {
		next = block->next;
		if (!kept && block->size == BLOCK_SIZE) {
			kept = block;
			memset(kept->bytes, 0, kept->used);
			kept->used = 0;
			kept->next = NULL;
		} else {
			free(block);
		}
	}
	arena->blocks = kept;
	arena->used = 0;
}

static struct block *block_new(size_t size)
{
	struct block *block;

	if (size > SIZE_MAX - sizeof(*block)) {
		(void)fputs("vfiokit: out of memory\n", stderr);
		abort();
	}
	block = must_allocate(sizeof(*block) + size);
	block->size = size;
	return block;
}

static size_t rounded_up(size_t size)
{
	return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t rounded = rounded_up(size);
	struct block *block = arena->blocks;
	void *memory;

	if (rounded < size)
		rounded = SIZE_MAX; /* block_new() refuses it */
	arena->used += rounded;
	if (rounded > BLOCK_SIZE / 4 || PIECES_ALONE) {
		/* A block of its own behind the current one, which keeps its free space. */
		struct block *large = block_new(PIECES_ALONE ? size : rounded);

		large->used = large->size;
		if (block) {
			large->next = block->next;
			block->next = large;
		} else {
			arena->blocks = large;
		}
		return large->bytes;
	}
	if (!block || block->size - block->used < rounded) {
		block = block_new(BLOCK_SIZE);
		block->next = arena->blocks;
		arena->blocks = block;
	}
	memory = block->bytes + block->used;
	block->used += rounded;
	return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		bytes = SIZE_MAX;
	return arena_alloc(arena, bytes);
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length < SIZE_MAX ? length + 1 : length);

	if (length)
		memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
	va_list again;
	char small[256];
	int length;
	char *text;

	va_copy(again, arguments);
	length = vsnprintf(small, sizeof(small), format, arguments);
	if (length < 0)
		length = 0;
	if ((size_t)length < sizeof(small)) {
		text = arena_copy(arena, small, (size_t)length);
	} else {
		text = arena_alloc(arena, (size_t)length + 1);
		(void)vsnprintf(text, (size_t)length + 1, format, again);
	}
	va_end(again);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = arena_vprintf(arena, format, arguments);
	va_end(arguments);
	return text;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}

/* Makes the piece larger where it stands: it was the last to be handed out, and there is room. */
static bool grow_in_place(struct arena *arena, const void *piece, size_t size, size_t larger)
{
	struct block *block = arena->blocks;
	size_t old = rounded_up(size), new = rounded_up(larger);

	if (!piece || !block || PIECES_ALONE || old > block->used ||
	    piece != block->bytes + block->used - old || new - old > block->size - block->used)
		return false;
	block->used += new - old;
	arena->used += new - old;
	return true;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
	size_t larger;
	void *copy;

	if (count < *capacity)
		return items;
	larger = *capacity ? *capacity * 2 : FIRST_ITEMS;
	if (larger < *capacity)
		larger = SIZE_MAX; /* more than there is: arena_array() gives up */
	if (larger < BLOCK_SIZE / size &&
	    grow_in_place(arena, items, *capacity * size, larger * size)) {
		*capacity = larger;
		return items;
	}
	copy = arena_array(arena, larger, size);
	if (count)
		memcpy(copy, items, count * size);
	*capacity = larger;
	return copy;
}

void strings_add(struct arena *arena, struct strings *strings, const char *text)
{
	*ARRAY_ADD(arena, strings) = arena_strdup(arena, text);
}

bool strings_contain(const struct strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->count; i++)
		if (strcmp(strings->items[i], text) == 0)
			return true;
	return false;
}

const char *strings_join(struct arena *arena, const struct strings *strings, const char *separator)
{
	size_t length = 0, gap = strlen(separator);
	char *text, *end;

	for (size_t i = 0; i < strings->count; i++)
		length += strlen(strings->items[i]) + gap;
	end = text = arena_alloc(arena, length + 1);
	for (size_t i = 0; i < strings->count; i++)
		end = stpcpy(stpcpy(end, i ? separator : ""), strings->items[i]);
	return text;
}
