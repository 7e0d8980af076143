/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/ivrs.h"

enum { AT_INFO = 36, AT_BLOCKS = 48, BLOCK_HEADER = 4, REGION_LENGTH = 32 };

enum { PAGE_LENGTH = 4096 };

enum { REGION_ALL = 0x20, REGION_ONE = 0x21, REGION_RANGE = 0x22 };

enum {
	ENTRY_RANGE_END = 0x04,
	ENTRY_ALIAS = 0x42,
	ENTRY_ALIAS_RANGE = 0x43,
	ENTRY_SPECIAL = 0x48,
	ENTRY_ACPI_HID = 0xf0,
};

/* An ACPI HID entry ends with a string whose length stands at its byte 21. */
enum { HID_UID_LENGTH = 21, HID_LENGTH = 22 };

/* 0 for blocks that describe no unit. */
static size_t unit_header_length(uint8_t type)
{
	switch (type) {
	case 0x10:
		return 24;
	case 0x11:
	case 0x40:
		return 40;
	default:
		return 0;
	}
}

/* Steps to the next block; false behind the last and at one that does not fit. Start with *offset
 * at the first block and *length 0. */
static bool next_block(struct acpi_table *table, size_t *offset, size_t *length)
{
	*offset += *length;
	if (*offset >= table->length)
		return false;
	*length = acpi_get16(table, *offset + 2);
	if (*length < BLOCK_HEADER) {
		acpi_problem_set(table, *offset, "a block has no length");
		return false;
	}
	if (!acpi_table_holds(table, *offset, *length)) {
		acpi_problem_set(table, *offset, "a block passes the end of the table");
		return false;
	}
	return true;
}

/*
 * get_highest_supported_ivhd_type() of the kernel: of the blocks for the first unit, the last one's
 * type. Firmware writes them from the oldest type to the newest.
 */
static uint8_t choose_unit_type(struct acpi_table *table)
{
	size_t offset = AT_BLOCKS, length = 0;
	uint8_t chosen = 0;
	uint16_t device = 0;

	while (next_block(table, &offset, &length)) {
		uint8_t type = acpi_get8(table, offset);

		if (!unit_header_length(type))
			continue;
		if (!chosen)
			device = acpi_get16(table, offset + 4);
		if (acpi_get16(table, offset + 4) == device)
			chosen = type;
	}
	return chosen;
}

/* 0 where the kernel knows no length either. */
static size_t entry_length(const struct acpi_table *table, size_t offset)
{
	uint8_t type = acpi_get8(table, offset);

	if (type < 0x80)
		return (size_t)4 << (type >> 6);
	if (type == ENTRY_ACPI_HID)
		return HID_LENGTH + acpi_get8(table, offset + HID_UID_LENGTH);
	return 0;
}

/* What a range entry began and entry 0x04 will end. */
struct open_range {
	bool alias;
	uint16_t first, alias_device;
};

static void add_alias(struct arena *arena, struct ivrs *ivrs, uint16_t segment, uint16_t first,
		      uint16_t last, uint16_t alias)
{
	*ARRAY_ADD(arena, &ivrs->aliases) = (struct ivrs_alias){
		.segment = segment, .first = first, .last = last, .alias = alias};
}

static void parse_entry(struct arena *arena, struct ivrs *ivrs, size_t offset,
			struct open_range *range)
{
	uint16_t segment = ivrs->units.items[ivrs->units.count - 1].segment;
	uint8_t type = acpi_get8(&ivrs->table, offset);
	uint16_t device = acpi_get16(&ivrs->table, offset + 1);
	uint16_t other = acpi_get16(&ivrs->table, offset + 5);

	if (type == ENTRY_ALIAS) {
		add_alias(arena, ivrs, segment, device, device, other);
	} else if (type == ENTRY_ALIAS_RANGE) {
		*range = (struct open_range){.alias = true, .first = device, .alias_device = other};
	} else if (type == ENTRY_RANGE_END) {
		if (range->alias && device >= range->first)
			add_alias(arena, ivrs, segment, range->first, device, range->alias_device);
		*range = (struct open_range){0};
	} else if (type == ENTRY_SPECIAL) {
		*ARRAY_ADD(arena, &ivrs->specials) = (struct ivrs_special){
			.variety = acpi_get8(&ivrs->table, offset + 7),
			.handle = acpi_get8(&ivrs->table, offset + 4),
			.segment = segment,
			.device = other,
		};
	} else if (type == 0x03 || type == 0x47) {
		/* A range without alias that begins before an alias range was ended. */
		*range = (struct open_range){0};
	}
}

static void parse_entries(struct arena *arena, struct ivrs *ivrs, size_t offset, size_t end)
{
	struct open_range range = {0};
	size_t length;

	for (; offset < end; offset += length) {
		length = entry_length(&ivrs->table, offset);
		if (!length) {
			acpi_problem_set(&ivrs->table, offset, "a device entry is of unknown type");
			return;
		}
		if (length > end - offset) {
			acpi_problem_set(&ivrs->table, offset,
					 "a device entry passes the end of its block");
			return;
		}
		parse_entry(arena, ivrs, offset, &range);
	}
}

static void parse_unit(struct arena *arena, struct ivrs *ivrs, size_t offset, size_t length)
{
	struct acpi_table *table = &ivrs->table;
	uint8_t type = acpi_get8(table, offset);
	struct ivrs_unit *unit;

	if (length < unit_header_length(type)) {
		acpi_problem_set(table, offset, "a unit's block (IVHD) is too short");
		return;
	}
	unit = ARRAY_ADD(arena, &ivrs->units);
	unit->offset = offset;
	unit->type = type;
	unit->flags = acpi_get8(table, offset + 1);
	unit->device = acpi_get16(table, offset + 4);
	unit->base = acpi_get64(table, offset + 8);
	unit->segment = acpi_get16(table, offset + 16);
	unit->features = type == 0x10 ? 0 : acpi_get64(table, offset + 24);
	if (!unit->base)
		acpi_problem_set(table, offset, "a unit (IVHD) is at address 0");
	parse_entries(arena, ivrs, offset + unit_header_length(type), offset + length);
}

/* Linux rounds to pages and goes on; Xen refuses the whole table. */
static bool region_sane(const struct ivrs_region *region)
{
	return region->length && region->start % PAGE_LENGTH == 0 &&
	       region->length % PAGE_LENGTH == 0 &&
	       region->start + (region->length - 1) >= region->start;
}

static void parse_region(struct arena *arena, struct ivrs *ivrs, size_t offset, size_t length)
{
	struct acpi_table *table = &ivrs->table;
	uint8_t type = acpi_get8(table, offset);
	struct ivrs_region *region;

	if (length < REGION_LENGTH) {
		acpi_problem_set(table, offset, "a memory definition (IVMD) is too short");
		return;
	}
	region = ARRAY_ADD(arena, &ivrs->regions);
	region->offset = offset;
	region->flags = acpi_get8(table, offset + 1);
	region->all = type == REGION_ALL;
	region->first = region->all ? 0 : acpi_get16(table, offset + 4);
	region->last = region->all            ? UINT16_MAX
		       : type == REGION_RANGE ? acpi_get16(table, offset + 6)
					      : region->first;
	region->segment = acpi_get16(table, offset + 8);
	region->start = acpi_get64(table, offset + 16);
	region->length = acpi_get64(table, offset + 24);
	if (!region_sane(region))
		acpi_problem_set(table, offset, "a memory definition (IVMD) has impossible bounds");
}

void ivrs_parse(struct arena *arena, const void *bytes, size_t length, struct ivrs *ret_ivrs)
{
	size_t offset = AT_BLOCKS, block_length = 0;

	*ret_ivrs = (struct ivrs){0};
	if (!acpi_table_parse(bytes, length, "IVRS", &ret_ivrs->table))
		return;
	if (ret_ivrs->table.length < AT_BLOCKS) {
		acpi_problem_set(&ret_ivrs->table, ret_ivrs->table.length,
				 "the table ends before its first block");
		return;
	}
	ret_ivrs->info = acpi_get32(&ret_ivrs->table, AT_INFO);
	ret_ivrs->unit_type = choose_unit_type(&ret_ivrs->table);
	while (next_block(&ret_ivrs->table, &offset, &block_length)) {
		uint8_t type = acpi_get8(&ret_ivrs->table, offset);

		if (type >= REGION_ALL && type <= REGION_RANGE)
			parse_region(arena, ret_ivrs, offset, block_length);
		else if (type && type == ret_ivrs->unit_type)
			parse_unit(arena, ret_ivrs, offset, block_length);
	}
	if (!ret_ivrs->units.count)
		acpi_problem_set(&ret_ivrs->table, AT_BLOCKS, "it names no unit (IVHD)");
}
