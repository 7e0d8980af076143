/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Firmware tables and configuration space. */
#include "preflight/parse/config.h"
#include "preflight/parse/dmar.h"
#include "preflight/parse/iort.h"
#include "preflight/parse/ivrs.h"
#include "tests/fuzz/fuzz.h"

static void check_table(const struct acpi_table *table, size_t length)
{
	must(table->length <= length);
	fuzz_touch(table->problem.reason);
	must(fuzz_touch(table->oem_id) <= 6 && fuzz_touch(table->oem_table_id) <= 8);
}

static void check_scopes(const struct dmar_scopes *scopes)
{
	unsigned sum = 0;

	for_each (scope, scopes)
		for (size_t i = 0; i < scope->step_count; i++)
			sum += scope->steps[i].slot | 1U;
	must(sum || !scopes->count || !scopes->items[0].step_count);
}

static void run_dmar(struct arena *arena, const char *data, size_t length)
{
	struct dmar dmar = {0};

	dmar_parse(arena, data, length, &dmar);
	check_table(&dmar.table, length);
	for_each (unit, &dmar.units) {
		must(unit->offset < length);
		check_scopes(&unit->scopes);
	}
	for_each (region, &dmar.regions)
		check_scopes(&region->scopes);
}

static void run_ivrs(struct arena *arena, const char *data, size_t length)
{
	struct ivrs ivrs = {0};

	ivrs_parse(arena, data, length, &ivrs);
	check_table(&ivrs.table, length);
	for_each (unit, &ivrs.units)
		must(unit->offset < length);
}

static void run_iort(struct arena *arena, const char *data, size_t length)
{
	static const uint32_t requesters[] = {0, 0x100, 0xffff, 0x10000, UINT32_MAX};
	struct iort iort = {0};
	struct iort_stream stream;

	iort_parse(arena, data, length, &iort);
	check_table(&iort.table, length);
	must(iort.smmu_count <= iort.nodes.count);
	for_each (node, &iort.nodes) {
		must(node->offset < length);
		for_each (mapping, &node->mappings)
			must(mapping->single || mapping->first <= mapping->last);
	}
	for (size_t i = 0; i < ARRAY_SIZE(requesters); i++)
		if (iort_map_requester(&iort, (uint32_t)(i % 2), requesters[i], &stream))
			must(stream.smmu >= iort.nodes.items &&
			     stream.smmu < iort.nodes.items + iort.nodes.count);
}

static void run_config(struct arena *arena, const char *data, size_t length)
{
	struct config_space config;

	(void)arena;
	config_parse(data, length, &config);
	must(config.size == length);
	must(config.acs_offset < 4096 && (config.acs_offset == 0 || config.acs_offset < length));
	must(config.pm_state >= -1 && config.pm_state <= 3);
	must(config.header_type >= -1 && config.header_type <= 0x7f);
	must(config.header_known == (length >= 64 && !config.all_ones));
	fuzz_touch(port_type_name(config.port_type));
}

static const struct fuzz_target targets[] = {
	{"dmar", run_dmar},
	{"ivrs", run_ivrs},
	{"iort", run_iort},
	{"config", run_config},
};

const struct fuzz_targets fuzz_targets_tables = {targets, ARRAY_SIZE(targets)};
