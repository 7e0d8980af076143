/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/pe.h"

#include <errno.h>

enum {
	DOS_HEADER_SIZE = 0x40,
	DOS_PE_OFFSET = 0x3c,
	COFF_SIZE = 24, /* with the signature "PE\0\0" */
	COFF_SECTION_COUNT = 6,
	COFF_OPTIONAL_SIZE = 20,
	SECTION_SIZE = 40,
	SECTION_VIRTUAL_SIZE = 8,
	SECTION_RAW_SIZE = 16,
	SECTION_RAW_OFFSET = 20,
	SECTIONS_LIMIT = 256, /* Windows takes 96; each profile of an image has some */
};

static uint32_t read_16(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t read_32(const unsigned char *bytes)
{
	return read_16(bytes) | read_16(bytes + 2) << 16;
}

size_t pe_section_table(const void *file, size_t length, size_t *ret_count)
{
	const unsigned char *bytes = file;
	size_t header, table;

	if (length < DOS_HEADER_SIZE || memcmp(bytes, "MZ", 2) != 0)
		return 0;
	header = read_32(bytes + DOS_PE_OFFSET);
	if (header > length || length - header < COFF_SIZE ||
	    memcmp(bytes + header, "PE\0\0", 4) != 0)
		return 0;
	table = header + COFF_SIZE + read_16(bytes + header + COFF_OPTIONAL_SIZE);
	*ret_count = read_16(bytes + header + COFF_SECTION_COUNT);
	if (*ret_count > SECTIONS_LIMIT || table > length ||
	    *ret_count > (length - table) / SECTION_SIZE)
		return 0;
	return table;
}

static bool read_section(const unsigned char *row, uint64_t file_size,
			 struct pe_section *ret_section)
{
	uint64_t virtual_size = read_32(row + SECTION_VIRTUAL_SIZE);
	uint64_t raw_size = read_32(row + SECTION_RAW_SIZE);
	struct pe_section section = {
		.offset = read_32(row + SECTION_RAW_OFFSET),
		.size = virtual_size < raw_size ? virtual_size : raw_size,
	};

	memcpy(section.name, row, sizeof(section.name) - 1);
	if (section.offset > file_size || section.size > file_size - section.offset)
		return false;
	*ret_section = section;
	return true;
}

int pe_parse(struct arena *arena, const void *bytes, size_t length, uint64_t file_size,
	     struct pe_sections *ret_sections)
{
	struct pe_section section;
	size_t count = 0, table = pe_section_table(bytes, length, &count);

	if (!table)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (read_section((const unsigned char *)bytes + table + i * SECTION_SIZE, file_size,
				 &section))
			*ARRAY_ADD(arena, ret_sections) = section;
	return 0;
}

const struct pe_section *pe_find(const struct pe_sections *sections, const char *name)
{
	const struct pe_section *base = NULL;
	unsigned profiles = 0;

	for_each (section, sections) {
		profiles += streq(section->name, ".profile");
		if (profiles > 1)
			break;
		if (streq(section->name, name) && profiles)
			return section;
		if (streq(section->name, name) && !base)
			base = section;
	}
	return base;
}

bool pe_is_unified_image(const struct pe_sections *sections)
{
	return pe_find(sections, ".linux") && pe_find(sections, ".osrel");
}
