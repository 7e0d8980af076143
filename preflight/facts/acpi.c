/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/iommu.h"
#include "preflight/lines.h"
#include "preflight/parse/dmar.h"
#include "preflight/parse/iort.h"
#include "preflight/parse/ivrs.h"

#include <errno.h>

#define TABLES "sys/firmware/acpi/tables"

enum {
	TABLE_LIMIT = 256 * 1024, /* the largest real ones have some ten KiB */
	LOG_LIMIT = 64 * 1024 * 1024,
};

const char *firmware_table_name(enum firmware_table table)
{
	static const char *const names[TABLE_COUNT] = {
		[TABLE_DMAR] = "DMAR",
		[TABLE_IVRS] = "IVRS",
		[TABLE_IORT] = "IORT",
		[TABLE_VIOT] = "VIOT",
	};

	return table < TABLE_COUNT ? names[table] : "unknown";
}

/* Xen gives the DMAR this signature, of the same sum, so that Linux as dom0 does not find it
 * (xen/drivers/passthrough/vtd/dmar.c acpi_dmar_zap). What it says of the machine still holds. */
#define DMAR_UNDER_XEN "RMAD"

/* -- which tables are there ---------------------------------------------------------------------- */

/*
 * The directory's names, if it holds tables at all. Every ACPI machine has some (FACP, APIC): where
 * there is nothing but the subdirectories, the files were left out when the tree was made, because
 * only root may read them.
 */
static bool list_tables(struct facts *facts, const struct host *host, struct strings *ret_names)
{
	int r = host_list(host, facts->arena, TABLES, ret_names);

	if (r < 0) {
		facts_add_unread(facts, TABLES, r);
		return false;
	}
	for_each (name, ret_names)
		if (!streq(*name, "data") && !streq(*name, "dynamic"))
			return true;
	facts_add_unread(facts, TABLES, -ENODATA);
	return false;
}

static bool log_names(const struct line *line, const char *signature)
{
	const char *at = memmem(line->text, line->length, "ACPI: ", strlen("ACPI: "));
	size_t left = at ? line->length - (size_t)(at - line->text) - strlen("ACPI: ") : 0;

	return left > 5 && memcmp(at + strlen("ACPI: "), signature, 4) == 0 &&
	       at[strlen("ACPI: ") + 4] == ' ';
}

/*
 * Whether the log shows the kernel's listing of tables, from whose silence follows that a table is
 * not there. FACP is in every listing. Only a tree's log is looked at: on a live host (and so in a
 * capture of one) the directory tells.
 */
static bool log_has_listing(struct facts *facts, const struct host *host)
{
	struct line_reader reader;
	struct bytes bytes;
	struct line line;

	if (facts->log.complete != YES || host_was_live(host) ||
	    host_read(host, facts->arena, "dmesg.txt", LOG_LIMIT, &bytes) < 0)
		return false;
	reader = lines_of(bytes.data, bytes.length);
	while (lines_next(&reader, &line))
		if (log_names(&line, "FACP"))
			return true;
	return false;
}

static void take_presence_of_log(struct facts *facts, const struct host *host)
{
	static const enum log_kind kinds[TABLE_COUNT] = {
		[TABLE_DMAR] = LOG_ACPI_DMAR,
		[TABLE_IVRS] = LOG_ACPI_IVRS,
		[TABLE_IORT] = LOG_ACPI_IORT,
		[TABLE_VIOT] = LOG_ACPI_VIOT,
	};
	enum truth otherwise = log_has_listing(facts, host) ? NO : UNKNOWN;

	for (size_t i = 0; i < TABLE_COUNT; i++)
		facts->iommu.table_present[i] =
			log_find(&facts->log, kinds[i], NULL) ? YES : otherwise;
}

/* -- what they say ------------------------------------------------------------------------------- */

static void parse_dmar_table(struct facts *facts, const struct host *host,
			     const struct bytes *bytes, struct acpi_table *ret_table)
{
	struct dmar dmar;

	dmar_parse(facts->arena, bytes->data, bytes->length, &dmar);
	*ret_table = dmar.table;
	if (!dmar.width)
		return;
	facts->iommu.interrupt_remapping_in_table = truth_of(dmar.interrupt_remapping);
	facts->iommu.platform_opt_in = dmar.platform_opt_in;
	regions_add_dmar(facts, host, &dmar);
}

static void parse_ivrs_table(struct facts *facts, const struct host *host,
			     const struct bytes *bytes, struct acpi_table *ret_table)
{
	enum { IOAPIC = 1 };
	struct ivrs ivrs;
	bool ioapic = false;

	(void)host;
	ivrs_parse(facts->arena, bytes->data, bytes->length, &ivrs);
	*ret_table = ivrs.table;
	for_each (special, &ivrs.specials)
		ioapic |= special->variety == IOAPIC;
	if (ioapic || !ivrs.table.problem.reason)
		facts->iommu.interrupt_remapping_in_table = truth_of(ioapic);
	regions_add_ivrs(facts, &ivrs);
}

static void parse_iort_table(struct facts *facts, const struct host *host,
			     const struct bytes *bytes, struct acpi_table *ret_table)
{
	struct iort iort;

	(void)host;
	iort_parse(facts->arena, bytes->data, bytes->length, &iort);
	*ret_table = iort.table;
	if (iort.smmu_count || !iort.table.problem.reason)
		facts->iommu.smmu_in_table = truth_of(iort.smmu_count > 0);
	regions_add_iort(facts, &iort);
}

static void parse_viot_table(struct facts *facts, const struct host *host,
			     const struct bytes *bytes, struct acpi_table *ret_table)
{
	(void)facts;
	(void)host;
	acpi_table_parse(bytes->data, bytes->length, "VIOT", ret_table);
}

static void parse_table(struct facts *facts, const struct host *host, enum firmware_table table,
			const char *path, const struct bytes *bytes)
{
	static void (*const parsers[TABLE_COUNT])(struct facts *, const struct host *,
						  const struct bytes *, struct acpi_table *) = {
		[TABLE_DMAR] = parse_dmar_table,
		[TABLE_IVRS] = parse_ivrs_table,
		[TABLE_IORT] = parse_iort_table,
		[TABLE_VIOT] = parse_viot_table,
	};
	struct firmware_regions *regions = &facts->iommu.firmware_regions;
	size_t before = regions->count;
	struct acpi_table parsed;

	parsers[table](facts, host, bytes, &parsed);
	for (size_t i = before; i < regions->count; i++)
		regions->items[i].origin.source = arena_printf(facts->arena, "/%s", path);
	facts->iommu.table_valid[table] = truth_of(!parsed.problem.reason);
	if (!parsed.problem.reason)
		return;
	facts->iommu.table_problem[table] = (struct origin){
		.source = arena_printf(facts->arena, "/%s", path),
		.text = arena_printf(facts->arena, "offset 0x%zx: %s", parsed.problem.offset,
				     parsed.problem.reason),
	};
}

/* The table as firmware wrote it. */
static int read_dmar_under_xen(struct facts *facts, const struct host *host, const char **ret_path,
			       struct bytes *ret_bytes)
{
	const char *path = TABLES "/" DMAR_UNDER_XEN;
	struct bytes bytes;
	char *restored;
	int r = host_read(host, facts->arena, path, TABLE_LIMIT, &bytes);

	if (r < 0)
		return r;
	restored = arena_copy(facts->arena, bytes.data, bytes.length);
	if (starts_with(restored, DMAR_UNDER_XEN))
		memcpy(restored, "DMAR", 4); /* NOLINT(bugprone-not-null-terminated-result) */
	*ret_bytes = (struct bytes){.data = restored, .length = bytes.length};
	*ret_path = path;
	return 0;
}

static void read_table(struct facts *facts, const struct host *host, enum firmware_table table)
{
	const char *path = arena_printf(facts->arena, TABLES "/%s", firmware_table_name(table));
	struct bytes bytes;
	int r = host_read(host, facts->arena, path, TABLE_LIMIT, &bytes);

	if (r == -ENOENT && table == TABLE_DMAR &&
	    read_dmar_under_xen(facts, host, &path, &bytes) == 0)
		r = 0;
	if (r == 0 && !bytes.length)
		r = -ENODATA;
	if (r < 0) {
		facts_add_unread(facts, path, r);
		return;
	}
	parse_table(facts, host, table, path, &bytes);
}

/* Firmware can ask for 1:1 memory through these only. */
static void judge_regions_known(struct iommu_facts *iommu)
{
	static const enum firmware_table tables[] = {TABLE_DMAR, TABLE_IVRS, TABLE_IORT};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (iommu->table_present[tables[i]] != NO && iommu->table_valid[tables[i]] != YES)
			return;
	iommu->firmware_regions_known = YES;
}

void iommu_collect_tables(struct facts *facts, const struct host *host)
{
	struct strings names = {0};

	if (list_tables(facts, host, &names)) {
		facts->iommu.tables_listed = YES;
		for (enum firmware_table table = 0; table < TABLE_COUNT; table++)
			facts->iommu.table_present[table] =
				truth_of(strings_contain(&names, firmware_table_name(table)));
		if (strings_contain(&names, DMAR_UNDER_XEN))
			facts->iommu.table_present[TABLE_DMAR] = YES;
	} else {
		take_presence_of_log(facts, host);
	}
	for (enum firmware_table table = 0; table < TABLE_COUNT; table++)
		if (facts->iommu.table_present[table] == YES)
			read_table(facts, host, table);
	judge_regions_known(&facts->iommu);
}
