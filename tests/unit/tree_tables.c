/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree_builder.h"

#include <errno.h>
#include <inttypes.h>

/* A firmware table in the making. */
struct table {
	unsigned char bytes[8192];
	size_t length;
	bool overflow;
};

static void add(struct table *table, uint64_t value, unsigned size)
{
	if (table->length + size > sizeof(table->bytes)) {
		table->overflow = true;
		return;
	}
	for (unsigned i = 0; i < size; i++)
		table->bytes[table->length++] = (unsigned char)(value >> (8 * i));
}

static void add_zeros(struct table *table, unsigned count)
{
	while (count--)
		add(table, 0, 1);
}

static void add_text(struct table *table, const char *text, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		add(table, (unsigned char)(*text ? *text++ : ' '), 1);
}

static void set(struct table *table, size_t at, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size && at + i < sizeof(table->bytes); i++)
		table->bytes[at + i] = (unsigned char)(value >> (8 * i));
}

/* The ACPI header of 36 bytes; length and checksum come in table_write(). */
static void add_header(struct table *table, const char *signature, unsigned revision)
{
	add_text(table, signature, 4);
	add_zeros(table, 4);
	add(table, revision, 1);
	add_zeros(table, 1);
	add_text(table, "ALASKA", 6);
	add_text(table, "A M I", 8);
	add(table, 1, 4);
	add_text(table, "AMI", 4);
	add(table, 0x01000013, 4);
}

static int table_write(struct builder *builder, struct table *table, const char *name)
{
	const char *path = arena_printf(builder->arena, "sys/firmware/acpi/tables/%s", name);
	unsigned char sum = 0;
	int result;

	if (table->overflow)
		return builder_fail(builder, -E2BIG, "%s: too many structures", name);
	set(table, 4, table->length, 4);
	for (size_t i = 0; i < table->length; i++)
		sum = (unsigned char)(sum + table->bytes[i]);
	table->bytes[9] = (unsigned char)-sum;
	result = builder_write(builder, path, table->bytes, table->length);
	return result < 0 ? result : builder_mode(builder, path, 0400);
}

/* -- DMAR --------------------------------------------------------------------------------- */

enum { SCOPE_ENDPOINT = 1, SCOPE_BRIDGE = 2, SCOPE_IOAPIC = 3, SCOPE_HPET = 4 };

static void add_scope(struct table *table, unsigned type, unsigned id, unsigned start_bus,
		      unsigned slot, unsigned function)
{
	add(table, type, 1);
	add(table, 8, 1);
	add_zeros(table, 2);
	add(table, id, 1);
	add(table, start_bus, 1);
	add(table, slot, 1);
	add(table, function, 1);
}

/* "[b:]BUS/SLOT.FUNCTION[/SLOT.FUNCTION…]" */
static int add_path_scope(struct table *table, const char *text)
{
	bool bridge = starts_with(text, "b:");
	size_t start = table->length;
	unsigned bus, slot, function;
	int used = 0;

	text += bridge ? 2 : 0;
	if (sscanf(text, "%2x%n", &bus, &used) != 1 || text[used] != '/')
		return -EINVAL;
	add(table, bridge ? SCOPE_BRIDGE : SCOPE_ENDPOINT, 1);
	add_zeros(table, 4);
	add(table, bus, 1);
	while (text[used] == '/') {
		text += used + 1;
		if (sscanf(text, "%2x.%1x%n", &slot, &function, &used) != 2)
			return -EINVAL;
		add(table, slot, 1);
		add(table, function, 1);
	}
	set(table, start + 1, table->length - start, 1);
	return text[used] ? -EINVAL : 0;
}

static int add_scopes(struct table *table, char *list)
{
	for (const char *scope; (scope = strsep(&list, ","));)
		if (add_path_scope(table, scope) < 0)
			return -EINVAL;
	return 0;
}

/* "BASE:all" or "BASE:SCOPE,…". The unit that includes all functions also has I/O APIC and HPET,
 * without which the kernel cannot remap interrupts. */
static int add_drhd(struct table *table, char *text)
{
	char *scopes = strchr(text, ':');
	size_t start = table->length;
	uint64_t base;
	bool all;
	int result = 0;

	if (!scopes)
		return -EINVAL;
	*scopes++ = '\0';
	if (number_parse(text, 16, &base) < 0)
		return -EINVAL;
	all = streq(scopes, "all");
	add(table, 0, 2);
	add_zeros(table, 2);
	add(table, all, 1);
	add_zeros(table, 3); /* size, segment */
	add(table, base, 8);
	if (all) {
		add_scope(table, SCOPE_IOAPIC, 2, 0, 0x1e, 7);
		add_scope(table, SCOPE_HPET, 0, 0, 0x1e, 6);
	} else {
		result = add_scopes(table, scopes);
	}
	set(table, start + 2, table->length - start, 2);
	return result;
}

/* "START-END:SCOPE,…" */
static int add_rmrr(struct table *table, char *text)
{
	char *scopes = strchr(text, ':');
	size_t start_at = table->length;
	uint64_t start, end;
	int result;

	if (!scopes || sscanf(text, "%" SCNx64 "-%" SCNx64, &start, &end) != 2)
		return -EINVAL;
	add(table, 1, 2);
	add_zeros(table, 6);
	add(table, start, 8);
	add(table, end, 8);
	result = add_scopes(table, scopes + 1);
	set(table, start_at + 2, table->length - start_at, 2);
	return result;
}

static int add_dmar_word(struct table *table, char *word)
{
	uint64_t number;

	if (starts_with(word, "drhd:"))
		return add_drhd(table, word + 5);
	if (starts_with(word, "rmrr:"))
		return add_rmrr(table, word + 5);
	if (starts_with(word, "flags=") && number_parse(word + 6, 0, &number) == 0)
		set(table, 37, number, 1);
	else if (starts_with(word, "width=") && number_parse(word + 6, 10, &number) == 0)
		set(table, 36, number - 1, 1);
	else
		return -EINVAL;
	return 0;
}

int build_dmar(struct builder *builder, char *arguments)
{
	struct table table = {.length = 0};

	add_header(&table, "DMAR", 2);
	add(&table, 38, 1); /* width minus one */
	add(&table, 1, 1);  /* interrupt remapping */
	add_zeros(&table, 10);
	for (char *word; (word = strsep(&arguments, " \t"));) {
		const char *shown = arena_strdup(builder->arena, word);

		if (*word && add_dmar_word(&table, word) < 0)
			return builder_fail(builder, -EINVAL, "%s: no DMAR structure", shown);
	}
	return table_write(builder, &table, "DMAR");
}

/* -- IVRS --------------------------------------------------------------------------------- */

/* 00:14.0 and 00:00.1, where AMD's south bridge and root complex have their I/O APICs. */
enum { SOUTH_BRIDGE_IOAPIC = 0x00a0, ROOT_IOAPIC = 0x0001 };

static void add_special(struct table *table, unsigned handle, unsigned device, unsigned variety)
{
	add(table, 0x48, 1);
	add(table, 0, 2);
	add(table, variety == 1 ? 0xd7 : 0, 1);
	add(table, handle, 1);
	add(table, device, 2);
	add(table, variety, 1);
}

/* "DEVID:MMIO[:ioapic]" as a block of type 11h for all functions from 00:00.3 on. */
static int add_ivhd(struct table *table, const char *text, size_t *ret_block)
{
	uint64_t base;
	unsigned device;
	int used = 0;

	if (sscanf(text, "%4x:%" SCNx64 "%n", &device, &base, &used) != 2 ||
	    (text[used] && !streq(text + used, ":ioapic")))
		return -EINVAL;
	*ret_block = table->length;
	add(table, 0x11, 1);
	add(table, 0x30, 1); /* flags */
	add_zeros(table, 2);
	add(table, device, 2);
	add(table, 0x40, 2); /* capability offset */
	add(table, base, 8);
	add_zeros(table, 4); /* segment, information */
	add(table, 0x80048f6e, 4);
	add(table, 0x246577efa2254afa, 8);
	add_zeros(table, 8);
	add(table, 0x00000303, 4); /* range from 00:00.3 */
	add(table, 0x00fffe04, 4); /* to ff:1f.6 */
	if (text[used]) {
		add_special(table, 0, SOUTH_BRIDGE_IOAPIC, 2);
		add_special(table, 0x20, SOUTH_BRIDGE_IOAPIC, 1);
		add_special(table, 0x21, ROOT_IOAPIC, 1);
	}
	set(table, *ret_block + 2, table->length - *ret_block, 2);
	return 0;
}

/* "DEVID:ALIAS" in the block of the last IVHD. */
static int add_alias(struct table *table, const char *text, size_t block)
{
	unsigned device, alias;

	if (!block || sscanf(text, "%4x:%4x", &device, &alias) != 2)
		return -EINVAL;
	add(table, 0x42, 1);
	add(table, device, 2);
	add_zeros(table, 2);
	add(table, alias, 2);
	add_zeros(table, 1);
	set(table, block + 2, table->length - block, 2);
	return 0;
}

/* "DEVID:START-END" (type 21h) or "START-END" (20h, all functions): unity, readable, writable. */
static int add_ivmd(struct table *table, const char *text, bool all)
{
	unsigned device = 0;
	uint64_t start, end;
	int fields = all ? 1 + sscanf(text, "%" SCNx64 "-%" SCNx64, &start, &end)
			 : sscanf(text, "%4x:%" SCNx64 "-%" SCNx64, &device, &start, &end);

	if (fields != 3)
		return -EINVAL;
	add(table, all ? 0x20 : 0x21, 1);
	add(table, 0x07, 1);
	add(table, 32, 2);
	add(table, device, 2);
	add_zeros(table, 10);
	add(table, start, 8);
	add(table, end - start + 1, 8);
	return 0;
}

static int add_ivrs_word(struct table *table, const char *word, size_t *block)
{
	if (starts_with(word, "ivhd:"))
		return add_ivhd(table, word + 5, block);
	if (starts_with(word, "alias:"))
		return add_alias(table, word + 6, *block);
	if (starts_with(word, "ivmd:"))
		return add_ivmd(table, word + 5, false);
	if (starts_with(word, "ivmd-all:"))
		return add_ivmd(table, word + 9, true);
	return -EINVAL;
}

int build_ivrs(struct builder *builder, char *arguments)
{
	struct table table = {.length = 0};
	size_t block = 0;

	add_header(&table, "IVRS", 2);
	add(&table, 0x00203041, 4); /* address sizes 48 and 64 bits, EFR supported */
	add_zeros(&table, 8);
	for (const char *word; (word = strsep(&arguments, " \t"));)
		if (*word && add_ivrs_word(&table, word, &block) < 0)
			return builder_fail(builder, -EINVAL, "%s: no IVRS structure", word);
	return table_write(builder, &table, "IVRS");
}

/* -- IORT --------------------------------------------------------------------------------- */

static void add_node(struct table *table, unsigned type, unsigned length, unsigned revision,
		     unsigned identifier, unsigned mappings, unsigned mapping_offset)
{
	add(table, type, 1);
	add(table, length, 2);
	add(table, revision, 1);
	add(table, identifier, 4);
	add(table, mappings, 4);
	add(table, mapping_offset, 4);
}

int build_iort(struct builder *builder)
{
	enum { SMMU_LENGTH = 68, ROOT_LENGTH = 36 + 20 };
	struct table table = {.length = 0};
	size_t smmu;

	add_header(&table, "IORT", 3);
	add(&table, 2, 4);  /* nodes */
	add(&table, 48, 4); /* where they begin */
	add_zeros(&table, 4);
	smmu = table.length;
	add_node(&table, 4, SMMU_LENGTH, 4, 0, 0, 0);
	add(&table, 0x09050000, 8);
	add(&table, 1, 4); /* coherent */
	add_zeros(&table, 4 + 8 + 4);
	for (unsigned interrupt = 106; interrupt < 110; interrupt++)
		add(&table, interrupt, 4);
	add_zeros(&table, 8);
	add_node(&table, 2, ROOT_LENGTH, 3, 1, 1, 36);
	add(&table, 1, 4); /* cache coherent */
	add_zeros(&table, 3);
	add(&table, 3, 1);
	add_zeros(&table, 8); /* ATS, segment */
	add(&table, 64, 1);
	add_zeros(&table, 3);
	add(&table, 0, 4);      /* input base */
	add(&table, 0xffff, 4); /* identities minus one */
	add(&table, 0, 4);      /* output base */
	add(&table, smmu, 4);
	add_zeros(&table, 4);
	return table_write(builder, &table, "IORT");
}

/* -- other tables -------------------------------------------------------------------------- */

/* Names as sysfs has them: the signature, with a number where there are several ("SSDT1"). */
int build_acpi(struct builder *builder, char *arguments)
{
	for (const char *name; (name = strsep(&arguments, " \t"));) {
		struct table table = {.length = 0};
		int result;

		if (!*name)
			continue;
		if (strlen(name) < 4)
			return builder_fail(builder, -EINVAL, "%s: no table's name", name);
		add_header(&table, name, 2);
		result = table_write(builder, &table, name);
		if (result < 0)
			return result;
	}
	return 0;
}
