/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/dmar.h"
#include "table_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Where the structures of server_table() begin. */
enum { AT_UNIT_GRAPHICS = 48, AT_UNIT_ALL = 72, AT_REGION_SLOT = 104, AT_REGION_USB = 148 };

static void put_scope(struct table_bytes *table, unsigned type, unsigned id, unsigned bus,
		      unsigned slot, unsigned function)
{
	put(table, 1, type);
	put(table, 1, 8);
	put(table, 2, 0);
	put(table, 1, id);
	put(table, 1, bus);
	put(table, 1, slot);
	put(table, 1, function);
}

static size_t begin_unit(struct table_bytes *table, unsigned flags, unsigned segment, uint64_t base)
{
	size_t at = table->length;

	put(table, 4, 0);
	put(table, 1, flags);
	put(table, 1, 0);
	put(table, 2, segment);
	put(table, 8, base);
	return at;
}

static size_t begin_region(struct table_bytes *table, unsigned segment, uint64_t start,
			   uint64_t end)
{
	size_t at = table->length;

	put(table, 2, 1);
	put(table, 4, 0);
	put(table, 2, segment);
	put(table, 8, start);
	put(table, 8, end);
	return at;
}

/* A server with a graphics unit, a unit for the rest with its I/O APIC, a region for a card two
 * bridges down and for all behind a bridge, both of segment 1, and one for a USB controller. */
static void server_table(struct table_bytes *table)
{
	size_t at;

	table_begin(table, "DMAR", 1);
	put(table, 1, 45); /* 46 bits */
	put(table, 1, 0x05);
	put_zeros(table, 10);
	at = begin_unit(table, 0, 0, 0xfed90000);
	put_scope(table, DMAR_SCOPE_ENDPOINT, 0, 0, 0x02, 0);
	structure_end(table, at, 2);
	at = begin_unit(table, 1, 0, 0xfed91000);
	put_scope(table, DMAR_SCOPE_IOAPIC, 8, 0xf0, 0x1f, 7);
	put_scope(table, DMAR_SCOPE_HPET, 0, 0xf0, 0x0f, 0);
	structure_end(table, at, 2);
	at = begin_region(table, 1, 0xe8000, 0xe8fff);
	put(table, 1, DMAR_SCOPE_ENDPOINT); /* 20:02.2 / 00.0 / 01.1 */
	put(table, 1, 12);
	put_zeros(table, 3);
	put(table, 1, 0x20);
	put(table, 6, 0x010100000202);
	put_scope(table, DMAR_SCOPE_BRIDGE, 0, 0, 0x03, 0);
	structure_end(table, at, 2);
	at = begin_region(table, 0, 0x7c000000, 0x807fffff);
	put_scope(table, DMAR_SCOPE_ENDPOINT, 0, 0, 0x1d, 0);
	structure_end(table, at, 2);
	table_seal(table);
}

static void parse(struct arena *arena, const struct table_bytes *table, struct dmar *ret_dmar)
{
	dmar_parse(arena, table->bytes, table->length, ret_dmar);
}

static void assert_problem(const struct dmar *dmar, size_t offset, const char *reason)
{
	assert_non_null(dmar->table.problem.reason);
	assert_string_equal(dmar->table.problem.reason, reason);
	assert_int_equal(dmar->table.problem.offset, offset);
}

/* -- sound tables -------------------------------------------------------------------------------- */

static void reads_header_and_flags(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct dmar dmar;

	(void)state;
	server_table(&table);
	parse(arena, &table, &dmar);
	assert_null(dmar.table.problem.reason);
	assert_string_equal(dmar.table.signature, "DMAR");
	assert_string_equal(dmar.table.oem_id, "HP    ");
	assert_string_equal(dmar.table.oem_table_id, "ProLiant");
	assert_int_equal(dmar.table.length, 180);
	assert_int_equal(dmar.width, 46);
	assert_true(dmar.interrupt_remapping);
	assert_false(dmar.x2apic_opt_out);
	assert_true(dmar.platform_opt_in);
	assert_false(dmar.remapping_opt_out);
}

static void reads_units(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct dmar dmar;

	(void)state;
	server_table(&table);
	parse(arena, &table, &dmar);
	assert_int_equal(dmar.units.count, 2);
	assert_int_equal(dmar.units.items[0].offset, AT_UNIT_GRAPHICS);
	assert_int_equal(dmar.units.items[0].base, 0xfed90000);
	assert_false(dmar.units.items[0].include_all);
	assert_int_equal(dmar.units.items[0].scopes.count, 1);
	assert_int_equal(dmar.units.items[0].scopes.items[0].steps[0].slot, 2);
	assert_int_equal(dmar.units.items[1].offset, AT_UNIT_ALL);
	assert_true(dmar.units.items[1].include_all);
	assert_int_equal(dmar.units.items[1].scopes.count, 2);
	assert_int_equal(dmar.units.items[1].scopes.items[0].type, DMAR_SCOPE_IOAPIC);
	assert_int_equal(dmar.units.items[1].scopes.items[0].enumeration_id, 8);
	assert_int_equal(dmar.units.items[1].scopes.items[0].bus, 0xf0);
	assert_int_equal(dmar.units.items[1].scopes.items[1].type, DMAR_SCOPE_HPET);
}

static void reads_regions_and_paths(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	const struct dmar_scope *scope;
	struct dmar dmar;

	(void)state;
	server_table(&table);
	parse(arena, &table, &dmar);
	assert_int_equal(dmar.regions.count, 2);
	assert_int_equal(dmar.regions.items[0].offset, AT_REGION_SLOT);
	assert_int_equal(dmar.regions.items[0].segment, 1);
	assert_int_equal(dmar.regions.items[0].start, 0xe8000);
	assert_int_equal(dmar.regions.items[0].end, 0xe8fff);
	assert_int_equal(dmar.regions.items[0].scopes.count, 2);
	scope = &dmar.regions.items[0].scopes.items[0];
	assert_int_equal(scope->bus, 0x20);
	assert_int_equal(scope->step_count, 3);
	assert_int_equal(scope->steps[0].slot, 2);
	assert_int_equal(scope->steps[0].function, 2);
	assert_int_equal(scope->steps[2].slot, 1);
	assert_int_equal(scope->steps[2].function, 1);
	assert_int_equal(dmar.regions.items[0].scopes.items[1].type, DMAR_SCOPE_BRIDGE);
	assert_int_equal(dmar.regions.items[1].offset, AT_REGION_USB);
	assert_int_equal(dmar.regions.items[1].start, 0x7c000000);
	assert_int_equal(dmar.regions.items[1].end, 0x807fffff);
}

/* ATSR, RHSA, ANDD, SATC, SIDP and a type of the future stand between two units. */
static void skips_other_structures(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct dmar dmar;
	size_t at;

	(void)state;
	server_table(&table);
	put(&table, 8, 0x0000000000080002); /* ATSR */
	put(&table, 4, 0x00140003);         /* RHSA */
	put_zeros(&table, 16);
	put(&table, 8, 0x01000000000c0004); /* ANDD */
	put(&table, 4, 0x00425f5c);
	put(&table, 8, 0x0000000000080005); /* SATC */
	put(&table, 8, 0x0000000000080006); /* SIDP */
	put(&table, 4, 0x00040123);
	at = begin_unit(&table, 0, 2, 0xfed92000);
	structure_end(&table, at, 2);
	table_seal(&table);
	parse(arena, &table, &dmar);
	assert_null(dmar.table.problem.reason);
	assert_int_equal(dmar.units.count, 3);
	assert_int_equal(dmar.units.items[2].segment, 2);
}

/* sysfs gives exactly the table, a dump may have more behind it. */
static void ignores_what_follows_the_table(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct dmar dmar;

	(void)state;
	server_table(&table);
	put(&table, 8, 0xa5a5a5a5a5a5a5a5);
	parse(arena, &table, &dmar);
	assert_null(dmar.table.problem.reason);
	assert_int_equal(dmar.regions.count, 2);
}

/* -- broken tables ------------------------------------------------------------------------------- */

static void notes_header_problems(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct dmar dmar;

	(void)state;
	dmar_parse(arena, "", 0, &dmar);
	assert_problem(&dmar, 0, "the table ends inside its header");
	server_table(&table);
	table.bytes[60] ^= 1;
	parse(arena, &table, &dmar);
	assert_problem(&dmar, 9, "the checksum is wrong");
	assert_int_equal(dmar.units.count, 2);
	server_table(&table);
	memcpy(table.bytes, "IVRS", 4);
	parse(arena, &table, &dmar);
	assert_problem(&dmar, 0, "the signature is another table's");
	assert_int_equal(dmar.width, 0);
	server_table(&table);
	set_at(&table, 4, 4, 35);
	parse(arena, &table, &dmar);
	assert_problem(&dmar, 4, "the length is smaller than the header");
	server_table(&table);
	table.length = 40;
	table_seal(&table);
	parse(arena, &table, &dmar);
	assert_problem(&dmar, 40, "the table ends before its first structure");
}

/* What the kernel answers with "DMAR reported at address zero" (seen on a ThinkPad E15). */
static void notes_unit_at_zero(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct dmar dmar;

	(void)state;
	server_table(&table);
	set_at(&table, AT_UNIT_ALL + 8, 8, 0);
	table_seal(&table);
	parse(arena, &table, &dmar);
	assert_problem(&dmar, AT_UNIT_ALL, "a remapping unit (DRHD) is at address 0");
	assert_int_equal(dmar.regions.count, 2);
}

static void notes_missing_units_and_width(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct dmar dmar;

	(void)state;
	server_table(&table);
	table.length = 48;
	table_seal(&table);
	parse(arena, &table, &dmar);
	assert_problem(&dmar, 48, "it names no remapping unit (DRHD)");
	server_table(&table);
	table.bytes[36] = 0;
	table_seal(&table);
	parse(arena, &table, &dmar);
	assert_problem(&dmar, 36, "the host address width is impossible");
}

static void notes_impossible_regions(void **state)
{
	static const struct {
		uint64_t start, end;
	} bounds[] = {
		{0x1000, 0x0fff}, {0x1001, 0x1fff}, {0x1000, 0x2000}, {0, 0}, {0x2000, 0x1fff},
	};
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct dmar dmar;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
		server_table(&table);
		set_at(&table, AT_REGION_USB + 8, 8, bounds[i].start);
		set_at(&table, AT_REGION_USB + 16, 8, bounds[i].end);
		table_seal(&table);
		parse(arena, &table, &dmar);
		assert_problem(&dmar, AT_REGION_USB,
			       "a reserved memory region (RMRR) has impossible bounds");
	}
}

static void notes_broken_structures(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct dmar dmar;

	(void)state;
	server_table(&table);
	set_at(&table, AT_UNIT_ALL + 2, 2, 0);
	table_seal(&table);
	parse(arena, &table, &dmar);
	assert_problem(&dmar, AT_UNIT_ALL, "a remapping structure has no length");
	assert_int_equal(dmar.units.count, 1);
	server_table(&table);
	set_at(&table, AT_REGION_USB + 2, 2, 33);
	table_seal(&table);
	parse(arena, &table, &dmar);
	assert_problem(&dmar, AT_REGION_USB, "a remapping structure passes the end of the table");
	assert_int_equal(dmar.regions.count, 1);
	server_table(&table);
	set_at(&table, AT_REGION_USB + 2, 2, 8);
	table_seal(&table);
	parse(arena, &table, &dmar);
	assert_problem(&dmar, AT_REGION_USB, "a remapping structure is too short");
}

/* The kernel would walk a scope of no length for ever. */
static void notes_broken_scopes(void **state)
{
	static const struct {
		unsigned length;
		const char *reason;
	} lengths[] = {
		{0, "a device scope is too short"},
		{6, "a device scope is too short"},
		{9, "a device scope is longer than its structure"},
		{255, "a device scope is longer than its structure"},
	};
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct dmar dmar;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		server_table(&table);
		set_at(&table, AT_REGION_USB + 25, 1, lengths[i].length);
		table_seal(&table);
		parse(arena, &table, &dmar);
		assert_problem(&dmar, AT_REGION_USB + 24, lengths[i].reason);
		assert_int_equal(dmar.regions.items[1].scopes.count, 0);
	}
}

/* Cut off anywhere, a table is never sound and nothing behind its end is read. */
static void survives_truncation(void **state)
{
	struct table_bytes table;

	(void)state;
	server_table(&table);
	for (size_t length = 0; length < table.length; length++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		_cleanup_free_ uint8_t *copy = exact_copy(&table, length);
		struct dmar dmar;

		dmar_parse(arena, copy, length, &dmar);
		assert_non_null(dmar.table.problem.reason);
	}
}

/* What is kept always lies inside the table. */
static void survives_random_damage(void **state)
{
	uint32_t random = 0x2545f491;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct table_bytes table;
		_cleanup_free_ uint8_t *copy = NULL;
		struct dmar dmar;

		server_table(&table);
		for (int n = 0; n < 4; n++)
			table.bytes[36 + next_random(&random) % (table.length - 36)] =
				(uint8_t)next_random(&random);
		fix_checksum(&table);
		copy = exact_copy(&table, table.length);
		dmar_parse(arena, copy, table.length, &dmar);
		for_each (region, &dmar.regions)
			assert_true(region->offset + 24 <= table.length);
		for_each (unit, &dmar.units)
			for_each (scope, &unit->scopes)
				assert_true(scope->step_count >= 1 && scope->step_count <= 124);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_header_and_flags),
		cmocka_unit_test(reads_units),
		cmocka_unit_test(reads_regions_and_paths),
		cmocka_unit_test(skips_other_structures),
		cmocka_unit_test(ignores_what_follows_the_table),
		cmocka_unit_test(notes_header_problems),
		cmocka_unit_test(notes_unit_at_zero),
		cmocka_unit_test(notes_missing_units_and_width),
		cmocka_unit_test(notes_impossible_regions),
		cmocka_unit_test(notes_broken_structures),
		cmocka_unit_test(notes_broken_scopes),
		cmocka_unit_test(survives_truncation),
		cmocka_unit_test(survives_random_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
