/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/ivrs.h"
#include "table_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Where the blocks of board_table() begin. */
enum { AT_OLD = 48, AT_NEW = 80, AT_REGION = 152, AT_RANGE = 184, BOARD_LENGTH = 216 };

static size_t begin_unit(struct table_bytes *table, unsigned type, unsigned device, uint64_t base)
{
	size_t at = table->length;

	put(table, 1, type);
	put(table, 1, 0xb0);
	put(table, 2, 0);
	put(table, 2, device);
	put(table, 2, 0x40);
	put(table, 8, base);
	put(table, 2, 0); /* segment */
	put(table, 2, 0);
	put(table, 4, 0x80048f6e);
	if (type != 0x10) {
		put(table, 8, 0x246577efa2254afa);
		put(table, 8, 0);
	}
	return at;
}

static void put_entry(struct table_bytes *table, unsigned type, unsigned device)
{
	put(table, 1, type);
	put(table, 2, device);
	put(table, 1, 0);
}

/* The second half of an eight byte entry. */
static void put_extension(struct table_bytes *table, unsigned first, unsigned device, unsigned last)
{
	put(table, 1, first);
	put(table, 2, device);
	put(table, 1, last);
}

static void put_region(struct table_bytes *table, unsigned type, unsigned flags, unsigned first,
		       unsigned last, uint64_t start, uint64_t length)
{
	put(table, 1, type);
	put(table, 1, flags);
	put(table, 2, 32);
	put(table, 2, first);
	put(table, 2, last);
	put(table, 2, 0); /* segment */
	put_zeros(table, 6);
	put(table, 8, start);
	put(table, 8, length);
}

/* A desktop board: the unit described twice (types 10h and 11h, as all do since 2015), I/O APIC,
 * HPET, a PCI bridge whose bus does DMA as 00:14.4, and two memory definitions. */
static void board_table(struct table_bytes *table)
{
	size_t at;

	table_begin(table, "IVRS", 2);
	put(table, 4, 0x00203041);
	put_zeros(table, 8);
	at = begin_unit(table, 0x10, 0x0002, 0xfeb80000);
	put_entry(table, 0x42, 0x1234); /* must not be seen twice */
	put_extension(table, 0, 0x4321, 0);
	structure_end(table, at, 2);
	at = begin_unit(table, 0x11, 0x0002, 0xfeb80000);
	put_entry(table, 0x43, 0xff00);
	put_extension(table, 0, 0x00a4, 0);
	put_entry(table, 0x04, 0xffff);
	put_entry(table, 0x42, 0x0708);
	put_extension(table, 0, 0x0700, 0);
	put_entry(table, 0x00, 0);
	put_entry(table, 0x48, 0);
	put_extension(table, 0x21, 0x00a0, 1);
	structure_end(table, at, 2);
	put_region(table, 0x21, IVRS_UNITY | IVRS_READ | IVRS_WRITE, 0x0300, 0, 0x3fff0000,
		   0x10000);
	put_region(table, 0x22, IVRS_EXCLUSION, 0x0400, 0x04ff, 0x80000000, 0x1000);
	table_seal(table);
}

static void parse(struct arena *arena, const struct table_bytes *table, struct ivrs *ret_ivrs)
{
	ivrs_parse(arena, table->bytes, table->length, ret_ivrs);
}

static void assert_problem(const struct ivrs *ivrs, size_t offset, const char *reason)
{
	assert_non_null(ivrs->table.problem.reason);
	assert_string_equal(ivrs->table.problem.reason, reason);
	assert_int_equal(ivrs->table.problem.offset, offset);
}

/* -- sound tables -------------------------------------------------------------------------------- */

static void keeps_the_description_that_linux_takes(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct ivrs ivrs;

	(void)state;
	board_table(&table);
	assert_int_equal(table.length, BOARD_LENGTH);
	parse(arena, &table, &ivrs);
	assert_null(ivrs.table.problem.reason);
	assert_int_equal(ivrs.info, 0x00203041);
	assert_int_equal(ivrs.unit_type, 0x11);
	assert_int_equal(ivrs.units.count, 1);
	assert_int_equal(ivrs.units.items[0].offset, AT_NEW);
	assert_int_equal(ivrs.units.items[0].device, 0x0002);
	assert_int_equal(ivrs.units.items[0].base, 0xfeb80000);
	assert_int_equal(ivrs.units.items[0].flags, 0xb0);
	assert_true(ivrs.units.items[0].features == 0x246577efa2254afa);
}

/* The kernel goes by the first unit: a newer block of another unit changes nothing. */
static void ignores_types_of_other_units(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct ivrs ivrs;
	size_t at;

	(void)state;
	board_table(&table);
	at = begin_unit(&table, 0x40, 0x2002, 0xfec80000);
	structure_end(&table, at, 2);
	table_seal(&table);
	parse(arena, &table, &ivrs);
	assert_int_equal(ivrs.unit_type, 0x11);
	at = begin_unit(&table, 0x40, 0x0002, 0xfeb80000);
	structure_end(&table, at, 2);
	table_seal(&table);
	parse(arena, &table, &ivrs);
	assert_int_equal(ivrs.unit_type, 0x40);
	assert_int_equal(ivrs.units.count, 2);
	assert_int_equal(ivrs.aliases.count, 0);
}

static void reads_aliases_and_specials(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct ivrs ivrs;

	(void)state;
	board_table(&table);
	parse(arena, &table, &ivrs);
	assert_int_equal(ivrs.aliases.count, 2);
	assert_int_equal(ivrs.aliases.items[0].first, 0xff00);
	assert_int_equal(ivrs.aliases.items[0].last, 0xffff);
	assert_int_equal(ivrs.aliases.items[0].alias, 0x00a4);
	assert_int_equal(ivrs.aliases.items[1].first, 0x0708);
	assert_int_equal(ivrs.aliases.items[1].last, 0x0708);
	assert_int_equal(ivrs.aliases.items[1].alias, 0x0700);
	assert_int_equal(ivrs.specials.count, 1);
	assert_int_equal(ivrs.specials.items[0].variety, 1);
	assert_int_equal(ivrs.specials.items[0].handle, 0x21);
	assert_int_equal(ivrs.specials.items[0].device, 0x00a0);
}

static void reads_regions(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct ivrs ivrs;

	(void)state;
	board_table(&table);
	put_region(&table, 0x20, IVRS_UNITY, 0x1111, 0x2222, 0, 0x1000);
	table_seal(&table);
	parse(arena, &table, &ivrs);
	assert_null(ivrs.table.problem.reason);
	assert_int_equal(ivrs.regions.count, 3);
	assert_int_equal(ivrs.regions.items[0].offset, AT_REGION);
	assert_int_equal(ivrs.regions.items[0].flags, 7);
	assert_int_equal(ivrs.regions.items[0].first, 0x0300);
	assert_int_equal(ivrs.regions.items[0].last, 0x0300);
	assert_int_equal(ivrs.regions.items[0].start, 0x3fff0000);
	assert_int_equal(ivrs.regions.items[0].length, 0x10000);
	assert_int_equal(ivrs.regions.items[1].last, 0x04ff);
	assert_int_equal(ivrs.regions.items[1].flags, IVRS_EXCLUSION);
	assert_true(ivrs.regions.items[2].all);
	assert_int_equal(ivrs.regions.items[2].first, 0);
	assert_int_equal(ivrs.regions.items[2].last, 0xffff);
}

/* ACPI HID entries (F0h) have a length of their own: 22 bytes and the unique id. */
static void steps_over_acpi_devices(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct ivrs ivrs;
	size_t at;

	(void)state;
	table_begin(&table, "IVRS", 2);
	put_zeros(&table, 12);
	at = begin_unit(&table, 0x40, 0x0002, 0xfd200000);
	put_entry(&table, 0xf0, 0x00a5);
	put(&table, 8, 0x3034303049444d41); /* "AMDI0040" */
	put_zeros(&table, 8);
	put(&table, 1, 2);
	put(&table, 1, 9);
	for (const char *c = "\\_SB.FUR0"; *c; c++)
		put(&table, 1, (uint8_t)*c);
	put_entry(&table, 0x42, 0x0201);
	put_extension(&table, 0, 0x0200, 0);
	structure_end(&table, at, 2);
	table_seal(&table);
	parse(arena, &table, &ivrs);
	assert_null(ivrs.table.problem.reason);
	assert_int_equal(ivrs.aliases.count, 1);
	assert_int_equal(ivrs.aliases.items[0].alias, 0x0200);
}

/* -- broken tables ------------------------------------------------------------------------------- */

static void notes_bad_checksum(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct ivrs ivrs;

	(void)state;
	board_table(&table);
	table.bytes[9]++;
	parse(arena, &table, &ivrs);
	assert_problem(&ivrs, 9, "the checksum is wrong");
	assert_int_equal(ivrs.units.count, 1);
}

static void notes_broken_blocks(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct ivrs ivrs;

	(void)state;
	board_table(&table);
	set_at(&table, AT_REGION + 2, 2, 0);
	table_seal(&table);
	parse(arena, &table, &ivrs);
	assert_problem(&ivrs, AT_REGION, "a block has no length");
	assert_int_equal(ivrs.units.count, 1);
	assert_int_equal(ivrs.regions.count, 0);
	board_table(&table);
	set_at(&table, AT_RANGE + 2, 2, 33);
	table_seal(&table);
	parse(arena, &table, &ivrs);
	assert_problem(&ivrs, AT_RANGE, "a block passes the end of the table");
	board_table(&table);
	set_at(&table, AT_OLD + 2, 2, AT_REGION - AT_OLD);
	table_seal(&table);
	parse(arena, &table, &ivrs);
	assert_int_equal(ivrs.unit_type, 0x10);
	table_begin(&table, "IVRS", 2);
	put_zeros(&table, 12);
	table_seal(&table);
	parse(arena, &table, &ivrs);
	assert_problem(&ivrs, 48, "it names no unit (IVHD)");
}

static void notes_broken_entries(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct ivrs ivrs;

	(void)state;
	board_table(&table);
	table.bytes[AT_NEW + 40] = 0x91; /* the kernel would never get past it */
	table_seal(&table);
	parse(arena, &table, &ivrs);
	assert_problem(&ivrs, AT_NEW + 40, "a device entry is of unknown type");
	board_table(&table);
	table.bytes[AT_NEW + 64] = 0xf0; /* 22 bytes at least, 8 are left */
	table_seal(&table);
	parse(arena, &table, &ivrs);
	assert_problem(&ivrs, AT_NEW + 64, "a device entry passes the end of its block");
	assert_int_equal(ivrs.aliases.count, 2);
	assert_int_equal(ivrs.specials.count, 0);
	board_table(&table);
	set_at(&table, AT_NEW + 8, 8, 0);
	table_seal(&table);
	parse(arena, &table, &ivrs);
	assert_problem(&ivrs, AT_NEW, "a unit (IVHD) is at address 0");
}

/* The first row is what Xen refuses on a Strix Halo laptop: one byte at address 0. */
static void notes_impossible_regions(void **state)
{
	static const struct {
		uint64_t start, length;
	} bounds[] = {
		{0, 1},
		{0x1000, 0},
		{0x1080, 0x1000},
		{UINT64_MAX - 0xfff, 0x2000},
	};
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct ivrs ivrs;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
		board_table(&table);
		set_at(&table, AT_REGION + 16, 8, bounds[i].start);
		set_at(&table, AT_REGION + 24, 8, bounds[i].length);
		table_seal(&table);
		parse(arena, &table, &ivrs);
		assert_problem(&ivrs, AT_REGION,
			       "a memory definition (IVMD) has impossible bounds");
	}
}

/* A range that nobody began, one that ends before it begins, one that is never ended. */
static void ignores_half_ranges(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct ivrs ivrs;
	size_t at;

	(void)state;
	table_begin(&table, "IVRS", 2);
	put_zeros(&table, 12);
	at = begin_unit(&table, 0x11, 0x0002, 0xfeb80000);
	put_entry(&table, 0x04, 0x0fff);
	put_entry(&table, 0x43, 0x0200);
	put_extension(&table, 0, 0x00a4, 0);
	put_entry(&table, 0x04, 0x01ff);
	put_entry(&table, 0x43, 0x0300);
	put_extension(&table, 0, 0x00a4, 0);
	put_entry(&table, 0x03, 0x0400);
	put_entry(&table, 0x04, 0x04ff);
	put_entry(&table, 0x43, 0x0500);
	put_extension(&table, 0, 0x00a4, 0);
	structure_end(&table, at, 2);
	table_seal(&table);
	parse(arena, &table, &ivrs);
	assert_null(ivrs.table.problem.reason);
	assert_int_equal(ivrs.aliases.count, 0);
}

static void survives_truncation(void **state)
{
	struct table_bytes table;

	(void)state;
	board_table(&table);
	for (size_t length = 0; length < table.length; length++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		_cleanup_free_ uint8_t *copy = exact_copy(&table, length);
		struct ivrs ivrs;

		ivrs_parse(arena, copy, length, &ivrs);
		assert_non_null(ivrs.table.problem.reason);
	}
}

static void survives_random_damage(void **state)
{
	uint32_t random = 0x9e3779b9;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct table_bytes table;
		_cleanup_free_ uint8_t *copy = NULL;
		struct ivrs ivrs;

		board_table(&table);
		for (int n = 0; n < 4; n++)
			table.bytes[36 + next_random(&random) % (table.length - 36)] =
				(uint8_t)next_random(&random);
		fix_checksum(&table);
		copy = exact_copy(&table, table.length);
		ivrs_parse(arena, copy, table.length, &ivrs);
		for_each (region, &ivrs.regions)
			assert_true(region->offset + 32 <= table.length);
		for_each (alias, &ivrs.aliases)
			assert_true(alias->first <= alias->last);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_description_that_linux_takes),
		cmocka_unit_test(ignores_types_of_other_units),
		cmocka_unit_test(reads_aliases_and_specials),
		cmocka_unit_test(reads_regions),
		cmocka_unit_test(steps_over_acpi_devices),
		cmocka_unit_test(notes_bad_checksum),
		cmocka_unit_test(notes_broken_blocks),
		cmocka_unit_test(notes_broken_entries),
		cmocka_unit_test(notes_impossible_regions),
		cmocka_unit_test(ignores_half_ranges),
		cmocka_unit_test(survives_truncation),
		cmocka_unit_test(survives_random_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
