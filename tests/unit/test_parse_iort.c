/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/iort.h"
#include "table_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Where the nodes of server_table() begin. */
enum { AT_ITS = 48, AT_SMMU = 72, AT_ROOT = 160, AT_ROOT_PLAIN = 236, AT_MEMORY = 292 };

static size_t begin_node(struct table_bytes *table, unsigned type, unsigned mappings,
			 unsigned mappings_at)
{
	size_t at = table->length;

	put(table, 1, type);
	put(table, 2, 0);
	put(table, 1, 1); /* revision */
	put(table, 4, 0);
	put(table, 4, mappings);
	put(table, 4, mappings_at);
	return at;
}

/* count is the number of ids less one. */
static void put_mapping(struct table_bytes *table, unsigned first, unsigned count, unsigned output,
			unsigned target, unsigned flags)
{
	put(table, 4, first);
	put(table, 4, count);
	put(table, 4, output);
	put(table, 4, target);
	put(table, 4, flags);
}

static void put_smmu(struct table_bytes *table, uint64_t base)
{
	size_t at = begin_node(table, IORT_SMMU_V3, 1, 68);

	put(table, 8, base);
	put_zeros(table, 44);
	put_mapping(table, 0, 0xffff, 0, AT_ITS, 0);
	structure_end(table, at, 1);
}

static size_t begin_root(struct table_bytes *table, unsigned segment, unsigned mappings)
{
	size_t at = begin_node(table, IORT_ROOT_COMPLEX, mappings, 36);

	put(table, 8, 0x0300000000000001);
	put(table, 4, 0);
	put(table, 4, segment);
	put(table, 4, 64);
	return at;
}

/* An Arm server: an SMMUv3 behind segment 0 (buses 00-7f and 80-ff), segment 1 straight to the ITS,
 * and memory that firmware keeps for the function with stream id 0x10100. */
static void server_table(struct table_bytes *table)
{
	size_t at;

	table_begin(table, "IORT", 5);
	put(table, 4, 5);
	put(table, 4, AT_ITS);
	put(table, 4, 0);
	at = begin_node(table, IORT_ITS_GROUP, 0, 0);
	put(table, 8, 1);
	structure_end(table, at, 1);
	put_smmu(table, 0x09050000);
	at = begin_root(table, 0, 2);
	put_mapping(table, 0x0000, 0x7fff, 0x10000, AT_SMMU, 0);
	put_mapping(table, 0x8000, 0x7fff, 0x20000, AT_SMMU, 0);
	structure_end(table, at, 1);
	at = begin_root(table, 1, 1);
	put_mapping(table, 0, 0xffff, 0, AT_ITS, 0);
	structure_end(table, at, 1);
	at = begin_node(table, IORT_RESERVED_MEMORY, 1, 48);
	put(table, 4, 0);
	put(table, 4, 1);
	put(table, 4, 28);
	put(table, 8, 0x84800000);
	put(table, 8, 0x800000);
	put(table, 4, 0);
	put_mapping(table, 0, 0, 0x10100, AT_SMMU, 0);
	structure_end(table, at, 1);
	table_seal(table);
}

static void parse(struct arena *arena, const struct table_bytes *table, struct iort *ret_iort)
{
	iort_parse(arena, table->bytes, table->length, ret_iort);
}

static void assert_problem(const struct iort *iort, size_t offset, const char *reason)
{
	assert_non_null(iort->table.problem.reason);
	assert_string_equal(iort->table.problem.reason, reason);
	assert_int_equal(iort->table.problem.offset, offset);
}

/* -- sound tables -------------------------------------------------------------------------------- */

static void reads_nodes(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct iort iort;

	(void)state;
	server_table(&table);
	parse(arena, &table, &iort);
	assert_null(iort.table.problem.reason);
	assert_int_equal(iort.table.revision, 5);
	assert_int_equal(iort.nodes.count, 5);
	assert_int_equal(iort.smmu_count, 1);
	assert_int_equal(iort.nodes.items[1].offset, AT_SMMU);
	assert_int_equal(iort.nodes.items[1].type, IORT_SMMU_V3);
	assert_int_equal(iort.nodes.items[1].base, 0x09050000);
	assert_int_equal(iort.nodes.items[2].offset, AT_ROOT);
	assert_int_equal(iort.nodes.items[2].mappings.count, 2);
	assert_int_equal(iort.nodes.items[2].mappings.items[1].first, 0x8000);
	assert_int_equal(iort.nodes.items[2].mappings.items[1].last, 0xffff);
	assert_int_equal(iort.nodes.items[3].offset, AT_ROOT_PLAIN);
	assert_int_equal(iort.nodes.items[3].segment, 1);
	assert_int_equal(iort.nodes.items[4].offset, AT_MEMORY);
	assert_int_equal(iort.nodes.items[4].ranges.count, 1);
	assert_int_equal(iort.nodes.items[4].ranges.items[0].start, 0x84800000);
	assert_int_equal(iort.nodes.items[4].ranges.items[0].length, 0x800000);
	assert_false(iort.nodes.items[4].remapping_permitted);
}

static void reads_remapping_permission(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct iort iort;

	(void)state;
	server_table(&table);
	set_at(&table, AT_MEMORY + 16, 4, 1);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_true(iort.nodes.items[4].remapping_permitted);
}

static void maps_requesters(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct iort_stream stream;
	struct iort iort;

	(void)state;
	server_table(&table);
	parse(arena, &table, &iort);
	assert_true(iort_map_requester(&iort, 0, 0x0100, &stream));
	assert_ptr_equal(stream.smmu, &iort.nodes.items[1]);
	assert_int_equal(stream.id, 0x10100);
	assert_true(iort_map_requester(&iort, 0, 0x7fff, &stream));
	assert_int_equal(stream.id, 0x17fff);
	assert_true(iort_map_requester(&iort, 0, 0x8001, &stream));
	assert_int_equal(stream.id, 0x20001);
	/* segment 1 has no SMMU, segment 2 no root complex, ids end at 0xffff */
	assert_false(iort_map_requester(&iort, 1, 0x0100, &stream));
	assert_false(iort_map_requester(&iort, 2, 0x0100, &stream));
	assert_false(iort_map_requester(&iort, 0, 0x10000, &stream));
}

/* Firmware that counts ids instead of ids less one makes ranges overlap by one; the next range wins. */
static void tolerates_counts_off_by_one(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct iort_stream stream;
	struct iort iort;

	(void)state;
	server_table(&table);
	set_at(&table, AT_ROOT + 36 + 4, 4, 0x8000);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_true(iort_map_requester(&iort, 0, 0x8000, &stream));
	assert_int_equal(stream.id, 0x20000);
}

static void maps_single_ids(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct iort_stream stream;
	struct iort iort;

	(void)state;
	server_table(&table);
	set_at(&table, AT_ROOT + 36 + 16, 4, 1);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_true(iort_map_requester(&iort, 0, 0x9abc, &stream));
	assert_int_equal(stream.id, 0x10000);
}

/* Kunpeng and Grace servers with the SMMU off in setup: the table is there, without SMMU nodes. */
static void counts_no_smmu_where_there_is_none(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct iort iort;
	size_t at;

	(void)state;
	table_begin(&table, "IORT", 0);
	put(&table, 4, 2);
	put(&table, 4, AT_ITS);
	put(&table, 4, 0);
	at = begin_node(&table, IORT_ITS_GROUP, 0, 0);
	put(&table, 8, 1);
	structure_end(&table, at, 1);
	at = begin_root(&table, 0, 1);
	put_mapping(&table, 0, 0xffff, 0, AT_ITS, 0);
	structure_end(&table, at, 1);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_null(iort.table.problem.reason);
	assert_int_equal(iort.smmu_count, 0);
	assert_int_equal(iort.nodes.count, 2);
}

/* -- broken tables ------------------------------------------------------------------------------- */

static void notes_broken_nodes(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct iort iort;

	(void)state;
	server_table(&table);
	set_at(&table, AT_ROOT + 1, 2, 0);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_problem(&iort, AT_ROOT, "a node has an impossible length");
	assert_int_equal(iort.smmu_count, 1);
	server_table(&table);
	set_at(&table, AT_MEMORY + 1, 2, 0xffff);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_problem(&iort, AT_MEMORY, "a node has an impossible length");
	server_table(&table);
	set_at(&table, 36, 4, 0xffffffff);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_problem(&iort, table.length, "it names more nodes than it holds");
	server_table(&table);
	set_at(&table, 40, 4, 0xfffffff0);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_problem(&iort, 0xfffffff0, "it names more nodes than it holds");
	server_table(&table);
	set_at(&table, 40, 4, 8);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_problem(&iort, 40, "the first node lies inside the header");
}

static void notes_broken_mappings(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct iort_stream stream;
	struct iort iort;

	(void)state;
	server_table(&table);
	set_at(&table, AT_ROOT + 8, 4, 0x10000001);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_problem(&iort, AT_ROOT, "a node's id mappings pass its end");
	assert_false(iort_map_requester(&iort, 0, 0x0100, &stream));
	server_table(&table);
	set_at(&table, AT_ROOT + 36 + 12, 4, AT_SMMU + 4);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_problem(&iort, AT_ROOT, "a node's id mapping leads to no node");
	assert_false(iort_map_requester(&iort, 0, 0x0100, &stream));
	assert_true(iort_map_requester(&iort, 0, 0x8100, &stream));
}

static void notes_broken_ranges(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct table_bytes table;
	struct iort iort;

	(void)state;
	server_table(&table);
	set_at(&table, AT_MEMORY + 20, 4, 3);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_problem(&iort, AT_MEMORY, "a memory node's (RMR) ranges pass its end");
	server_table(&table);
	set_at(&table, AT_MEMORY + 28 + 8, 8, 0);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_problem(&iort, AT_MEMORY + 28, "a memory range (RMR) has impossible bounds");
	server_table(&table);
	set_at(&table, AT_MEMORY + 28, 8, UINT64_MAX);
	table_seal(&table);
	parse(arena, &table, &iort);
	assert_problem(&iort, AT_MEMORY + 28, "a memory range (RMR) has impossible bounds");
}

static void survives_truncation(void **state)
{
	struct table_bytes table;

	(void)state;
	server_table(&table);
	for (size_t length = 0; length < table.length; length++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		_cleanup_free_ uint8_t *copy = exact_copy(&table, length);
		struct iort iort;

		iort_parse(arena, copy, length, &iort);
		assert_non_null(iort.table.problem.reason);
	}
}

static void survives_random_damage(void **state)
{
	uint32_t random = 0xdeadbeef;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct table_bytes table;
		_cleanup_free_ uint8_t *copy = NULL;
		struct iort_stream stream = {NULL, 0};
		struct iort iort;

		server_table(&table);
		for (int n = 0; n < 4; n++)
			table.bytes[36 + next_random(&random) % (table.length - 36)] =
				(uint8_t)next_random(&random);
		fix_checksum(&table);
		copy = exact_copy(&table, table.length);
		iort_parse(arena, copy, table.length, &iort);
		for_each (node, &iort.nodes)
			assert_true(node->offset + 16 <= table.length);
		if (iort_map_requester(&iort, 0, next_random(&random) & 0xffff, &stream))
			assert_true(stream.smmu->type == IORT_SMMU ||
				    stream.smmu->type == IORT_SMMU_V3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_nodes),
		cmocka_unit_test(reads_remapping_permission),
		cmocka_unit_test(maps_requesters),
		cmocka_unit_test(tolerates_counts_off_by_one),
		cmocka_unit_test(maps_single_ids),
		cmocka_unit_test(counts_no_smmu_where_there_is_none),
		cmocka_unit_test(notes_broken_nodes),
		cmocka_unit_test(notes_broken_mappings),
		cmocka_unit_test(notes_broken_ranges),
		cmocka_unit_test(survives_truncation),
		cmocka_unit_test(survives_random_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
