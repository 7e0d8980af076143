/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACPI tables written byte by byte, for tests of their parsers. table_begin() writes a header,
 * put() appends little endian fields, table_seal() sets length and checksum.
 */
#ifndef VFIOKIT_TESTS_TABLE_BYTES_H
#define VFIOKIT_TESTS_TABLE_BYTES_H

#include "preflight/base.h"

struct table_bytes {
	uint8_t bytes[2048];
	size_t length;
};

static inline void put(struct table_bytes *table, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		table->bytes[table->length++] = (uint8_t)(value >> (8 * i));
}

static inline void put_zeros(struct table_bytes *table, unsigned count)
{
	while (count--)
		put(table, 1, 0);
}

static inline void set_at(struct table_bytes *table, size_t at, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		table->bytes[at + i] = (uint8_t)(value >> (8 * i));
}

static inline void table_begin(struct table_bytes *table, const char *signature, uint8_t revision)
{
	table->length = 0;
	for (unsigned i = 0; i < 4; i++)
		put(table, 1, (uint8_t)signature[i]);
	put(table, 4, 0);
	put(table, 1, revision);
	put(table, 1, 0);
	for (const char *c = "HP    ProLiant"; *c; c++)
		put(table, 1, (uint8_t)*c);
	put(table, 4, 1);
	put(table, 4, 0x5f435045);
	put(table, 4, 1);
}

/* The structure that began at `at` ends here: its 16-bit length at at + where. */
static inline void structure_end(struct table_bytes *table, size_t at, size_t where)
{
	set_at(table, at + where, 2, table->length - at);
}

static inline void fix_checksum(struct table_bytes *table)
{
	uint8_t sum = 0;

	table->bytes[9] = 0;
	for (size_t i = 0; i < table->length; i++)
		sum = (uint8_t)(sum + table->bytes[i]);
	table->bytes[9] = (uint8_t)-sum;
}

static inline void table_seal(struct table_bytes *table)
{
	set_at(table, 4, 4, table->length);
	fix_checksum(table);
}

/* A copy that ends where its memory ends, so that a read behind it is seen by the sanitizers. The
 * caller frees it. */
static inline uint8_t *exact_copy(const struct table_bytes *table, size_t length)
{
	uint8_t *copy = malloc(length ? length : 1);

	if (!copy)
		abort();
	memcpy(copy, table->bytes, length);
	return copy;
}

/* A fixed sequence of numbers that looks random (xorshift). */
static inline uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

#endif
