/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/acpi.h"

/* Where the header's fields lie. */
enum { AT_LENGTH = 4, AT_REVISION = 8, AT_OEM_ID = 10, AT_OEM_TABLE_ID = 16 };

void acpi_problem_set(struct acpi_table *table, size_t offset, const char *reason)
{
	if (!table->problem.reason)
		table->problem = (struct acpi_problem){.offset = offset, .reason = reason};
}

bool acpi_table_holds(const struct acpi_table *table, size_t offset, size_t count)
{
	return offset <= table->length && count <= table->length - offset;
}

static uint64_t get(const struct acpi_table *table, size_t offset, size_t count)
{
	uint64_t value = 0;

	if (!acpi_table_holds(table, offset, count))
		return 0;
	for (size_t i = count; i > 0; i--)
		value = value << 8 | table->bytes[offset + i - 1];
	return value;
}

uint8_t acpi_get8(const struct acpi_table *table, size_t offset)
{
	return (uint8_t)get(table, offset, 1);
}

uint16_t acpi_get16(const struct acpi_table *table, size_t offset)
{
	return (uint16_t)get(table, offset, 2);
}

uint32_t acpi_get32(const struct acpi_table *table, size_t offset)
{
	return (uint32_t)get(table, offset, 4);
}

uint64_t acpi_get64(const struct acpi_table *table, size_t offset)
{
	return get(table, offset, 8);
}

static void copy_printable(char *to, const uint8_t *from, size_t length)
{
	for (size_t i = 0; i < length; i++)
		to[i] = (char)(from[i] >= ' ' && from[i] < 0x7f ? from[i] : '?');
	to[length] = '\0';
}

static uint8_t sum(const struct acpi_table *table)
{
	uint8_t total = 0;

	for (size_t i = 0; i < table->length; i++)
		total = (uint8_t)(total + table->bytes[i]);
	return total;
}

bool acpi_table_parse(const void *bytes, size_t length, const char *signature,
		      struct acpi_table *ret_table)
{
	struct acpi_table table = {.bytes = bytes, .length = length};
	uint32_t stated = acpi_get32(&table, AT_LENGTH);
	bool usable = false;

	if (length < ACPI_HEADER_LENGTH) {
		acpi_problem_set(&table, length, "the table ends inside its header");
	} else if (memcmp(bytes, signature, 4) != 0) {
		acpi_problem_set(&table, 0, "the signature is another table's");
	} else if (stated < ACPI_HEADER_LENGTH) {
		acpi_problem_set(&table, AT_LENGTH, "the length is smaller than the header");
	} else {
		usable = true;
	}
	if (!usable) {
		table.length = 0;
		*ret_table = table;
		return false;
	}
	copy_printable(table.signature, table.bytes, 4);
	copy_printable(table.oem_id, table.bytes + AT_OEM_ID, 6);
	copy_printable(table.oem_table_id, table.bytes + AT_OEM_TABLE_ID, 8);
	table.revision = acpi_get8(&table, AT_REVISION);
	if (stated > length)
		acpi_problem_set(&table, AT_LENGTH, "the length is larger than the table");
	else
		table.length = stated;
	if (stated <= length && sum(&table) != 0)
		acpi_problem_set(&table, 9, "the checksum is wrong");
	*ret_table = table;
	return true;
}
