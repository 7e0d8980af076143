/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/dmar.h"

enum { AT_WIDTH = 36, AT_FLAGS = 37, AT_STRUCTURES = 48 };

enum {
	FLAG_INTR_REMAP = 0x01,
	FLAG_X2APIC_OPT_OUT = 0x02,
	FLAG_OPT_IN = 0x04,
	FLAG_OPT_OUT = 0x08
};

enum { TYPE_DRHD, TYPE_RMRR, TYPE_ATSR, TYPE_RHSA, TYPE_ANDD, TYPE_SATC, TYPE_SIDP, TYPE_COUNT };

enum { STRUCTURE_HEADER = 4, SCOPE_HEADER = 6 };

/* The kernel refuses tables that state fewer bits than a page has (parse_dmar_table). */
enum { PAGE_BITS = 12, PAGE_LENGTH = 1 << PAGE_BITS };

/* What each structure must at least hold, and where its device scopes begin (0: it has none). */
static const struct {
	uint16_t minimum, scopes;
} layouts[TYPE_COUNT] = {
	[TYPE_DRHD] = {16, 16}, [TYPE_RMRR] = {24, 24}, [TYPE_ATSR] = {8, 8}, [TYPE_RHSA] = {20, 0},
	[TYPE_ANDD] = {8, 0},   [TYPE_SATC] = {8, 8},   [TYPE_SIDP] = {8, 8},
};

static void parse_steps(struct arena *arena, const struct acpi_table *table, size_t offset,
			struct dmar_scope *scope)
{
	scope->steps = arena_array(arena, scope->step_count, sizeof(*scope->steps));
	for (size_t i = 0; i < scope->step_count; i++) {
		scope->steps[i].slot = acpi_get8(table, offset + 2 * i);
		scope->steps[i].function = acpi_get8(table, offset + 2 * i + 1);
	}
}

/* The scopes between offset and end. scopes NULL: only checked. */
static void parse_scopes(struct arena *arena, struct acpi_table *table, size_t offset, size_t end,
			 struct dmar_scopes *scopes)
{
	size_t length;

	for (; offset < end; offset += length) {
		struct dmar_scope scope = {.type = acpi_get8(table, offset),
					   .enumeration_id = acpi_get8(table, offset + 4),
					   .bus = acpi_get8(table, offset + 5)};

		length = end - offset >= 2 ? acpi_get8(table, offset + 1) : 0;
		if (length < SCOPE_HEADER + sizeof(struct dmar_step)) {
			acpi_problem_set(table, offset, "a device scope is too short");
			return;
		}
		if (length > end - offset) {
			acpi_problem_set(table, offset,
					 "a device scope is longer than its structure");
			return;
		}
		if (!scopes)
			continue;
		scope.step_count = (length - SCOPE_HEADER) / sizeof(struct dmar_step);
		parse_steps(arena, table, offset + SCOPE_HEADER, &scope);
		*ARRAY_ADD(arena, scopes) = scope;
	}
}

static struct dmar_scopes *add_unit(struct arena *arena, struct dmar *dmar, size_t offset)
{
	struct dmar_unit *unit = ARRAY_ADD(arena, &dmar->units);

	unit->offset = offset;
	unit->include_all = acpi_get8(&dmar->table, offset + 4) & 1;
	unit->segment = acpi_get16(&dmar->table, offset + 6);
	unit->base = acpi_get64(&dmar->table, offset + 8);
	if (!unit->base)
		acpi_problem_set(&dmar->table, offset, "a remapping unit (DRHD) is at address 0");
	return &unit->scopes;
}

/* rmrr_sanity_check() of drivers/iommu/intel/iommu.c */
static bool region_sane(const struct dmar_region *region)
{
	return region->start % PAGE_LENGTH == 0 && region->end % PAGE_LENGTH == PAGE_LENGTH - 1 &&
	       region->end > region->start;
}

static struct dmar_scopes *add_region(struct arena *arena, struct dmar *dmar, size_t offset)
{
	struct dmar_region *region = ARRAY_ADD(arena, &dmar->regions);

	region->offset = offset;
	region->segment = acpi_get16(&dmar->table, offset + 6);
	region->start = acpi_get64(&dmar->table, offset + 8);
	region->end = acpi_get64(&dmar->table, offset + 16);
	if (!region_sane(region))
		acpi_problem_set(&dmar->table, offset,
				 "a reserved memory region (RMRR) has impossible bounds");
	return &region->scopes;
}

static void parse_structure(struct arena *arena, struct dmar *dmar, size_t offset, size_t length)
{
	uint16_t type = acpi_get16(&dmar->table, offset);
	struct dmar_scopes *scopes = NULL;

	if (type >= TYPE_COUNT)
		return;
	if (length < layouts[type].minimum) {
		acpi_problem_set(&dmar->table, offset, "a remapping structure is too short");
		return;
	}
	if (type == TYPE_DRHD)
		scopes = add_unit(arena, dmar, offset);
	else if (type == TYPE_RMRR)
		scopes = add_region(arena, dmar, offset);
	if (layouts[type].scopes)
		parse_scopes(arena, &dmar->table, offset + layouts[type].scopes, offset + length,
			     scopes);
}

static void parse_structures(struct arena *arena, struct dmar *dmar)
{
	struct acpi_table *table = &dmar->table;
	size_t length;

	for (size_t offset = AT_STRUCTURES; offset < table->length; offset += length) {
		length = acpi_get16(table, offset + 2);
		if (length < STRUCTURE_HEADER) {
			acpi_problem_set(table, offset, "a remapping structure has no length");
			return;
		}
		if (!acpi_table_holds(table, offset, length)) {
			acpi_problem_set(table, offset,
					 "a remapping structure passes the end of the table");
			return;
		}
		parse_structure(arena, dmar, offset, length);
	}
}

static void parse_flags(struct dmar *dmar)
{
	uint8_t flags = acpi_get8(&dmar->table, AT_FLAGS);

	dmar->interrupt_remapping = flags & FLAG_INTR_REMAP;
	dmar->x2apic_opt_out = flags & FLAG_X2APIC_OPT_OUT;
	dmar->platform_opt_in = flags & FLAG_OPT_IN;
	dmar->remapping_opt_out = flags & FLAG_OPT_OUT;
}

void dmar_parse(struct arena *arena, const void *bytes, size_t length, struct dmar *ret_dmar)
{
	*ret_dmar = (struct dmar){0};
	if (!acpi_table_parse(bytes, length, "DMAR", &ret_dmar->table))
		return;
	if (ret_dmar->table.length < AT_STRUCTURES) {
		acpi_problem_set(&ret_dmar->table, ret_dmar->table.length,
				 "the table ends before its first structure");
		return;
	}
	ret_dmar->width = acpi_get8(&ret_dmar->table, AT_WIDTH) + 1U;
	if (ret_dmar->width < PAGE_BITS)
		acpi_problem_set(&ret_dmar->table, AT_WIDTH,
				 "the host address width is impossible");
	parse_flags(ret_dmar);
	parse_structures(arena, ret_dmar);
	if (!ret_dmar->units.count)
		acpi_problem_set(&ret_dmar->table, AT_STRUCTURES,
				 "it names no remapping unit (DRHD)");
}
