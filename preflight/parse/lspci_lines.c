/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/lspci_parts.h"

#include <ctype.h>

/* Bits of the command register, in the order in which lspci lists them. */
static int flag_value(const struct line *line, const char *name)
{
	size_t length = strlen(name);
	struct line behind = *line;

	while (line_behind(&behind, name, &behind)) {
		const char *start = behind.text - length;

		if ((start == line->text || isspace((unsigned char)start[-1])) && behind.length &&
		    (behind.text[0] == '+' || behind.text[0] == '-'))
			return behind.text[0] == '+';
	}
	return -1;
}

/* -- header -------------------------------------------------------------------------------------- */

static void read_control(struct lspci_reading *reading, const struct line *line)
{
	static const struct {
		const char *name;
		int bit;
	} flags[] = {
		{"I/O", 0x001},     {"Mem", 0x002},      {"BusMaster", 0x004}, {"SpecCycle", 0x008},
		{"MemWINV", 0x010}, {"VGASnoop", 0x020}, {"ParErr", 0x040},    {"Stepping", 0x080},
		{"SERR", 0x100},    {"FastB2B", 0x200},  {"DisINTx", 0x400},
	};
	int command = 0;

	if (reading->function->detail < LSPCI_FULL)
		reading->function->detail = LSPCI_FULL;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (flag_value(line, flags[i].name) > 0)
			command |= flags[i].bit;
	reading->function->config.command = command;
}

/* "Status: Cap+ …" of the header: without a list there are no capabilities. */
static void read_status(struct lspci_reading *reading, const struct line *line)
{
	if (flag_value(line, "Cap") == 0)
		reading->function->config.port_type = PORT_CONVENTIONAL;
}

static void set_group(struct lspci_reading *reading, int group, unsigned line)
{
	struct lspci_function *function = reading->function;

	if (function->group_of_lspci && function->group != group)
		group = LSPCI_CONTRADICTED;
	function->group = group;
	function->group_of_lspci = true;
	function->group_line = line;
}

/* "Flags: bus master, fast devsel, latency 0, IRQ 16, NUMA node 0, IOMMU group 14" of -v. */
static void read_flags(struct lspci_reading *reading, const struct line *line)
{
	struct line behind;
	int value;

	if (reading->function->detail < LSPCI_VERBOSE)
		reading->function->detail = LSPCI_VERBOSE;
	if (line_behind(line, "NUMA node ", &behind) && line_digits(&behind, 10, 0xffff, &value))
		reading->function->numa_node = value;
	if (line_behind(line, "IOMMU group ", &behind) &&
	    line_digits(&behind, 10, INT32_MAX, &value))
		set_group(reading, value, line->number);
}

static void read_group(struct lspci_reading *reading, const struct line *line)
{
	struct line text = line_trim(*line);
	int value;

	if (line_digits(&text, 10, INT32_MAX, &value))
		set_group(reading, value, line->number);
}

static void read_numa_node(struct lspci_reading *reading, const struct line *line)
{
	struct line text = line_trim(*line);
	int value;

	if (line_digits(&text, 10, 0xffff, &value))
		reading->function->numa_node = value;
}

/* "4", or "4-1" where the firmware gives a number twice. */
static void read_slot(struct lspci_reading *reading, const struct line *line)
{
	struct line text = line_trim(*line);
	int value;

	if (line_digits(&text, 10, 0xffff, &value))
		reading->function->physical_slot = value;
}

/* "ASUSTeK Computer Inc. Device [1043:8882]", with -n "1043:8882". */
static void read_subsystem(struct lspci_reading *reading, const struct line *line)
{
	struct lspci_function *function = reading->function;
	struct line text = line_trim(*line);

	if (text.length >= 11 && text.text[text.length - 1] == ']')
		text = (struct line){.text = text.text + text.length - 10, .length = 9};
	(void)lspci_read_ids(&text, &function->subsystem_vendor_id, &function->subsystem_device_id);
}

static void read_pin(struct lspci_reading *reading, const struct line *line)
{
	struct line behind;

	if (line_behind(line, "pin ", &behind) && behind.length && behind.text[0] >= 'A' &&
	    behind.text[0] <= 'D')
		reading->function->config.interrupt_pin = behind.text[0] - 'A' + 1;
}

static void read_unknown_header(struct lspci_reading *reading, const struct line *line)
{
	struct line text = line_trim(*line);

	if (line_starts(&text, "7f", NULL) || line_starts(&text, "ff", NULL))
		reading->function->dead = true;
}

/* -- buses --------------------------------------------------------------------------------------- */

static int bus_number(const struct line *line, const char *name)
{
	struct line behind;
	int value;

	if (!line_behind(line, name, &behind) || !line_digits(&behind, 16, 0xff, &value))
		return -1;
	return value;
}

/* "primary=00, secondary=01, subordinate=01, sec-latency=0" */
static void read_buses(struct lspci_reading *reading, const struct line *line)
{
	struct lspci_function *function = reading->function;
	struct config_space *config = &function->config;

	config->primary_bus = bus_number(line, "primary=");
	config->secondary_bus = bus_number(line, " secondary=");
	config->subordinate_bus = bus_number(line, "subordinate=");
	config->header_type = function->class_code >> 8 == 0x0607 ? 2 : 1;
}

/* -- regions ------------------------------------------------------------------------------------- */

/* "[size=16M]" in bytes; 0 where there is none. */
static uint64_t read_size(const struct line *line)
{
	static const char units[] = "KMGTPE";
	struct line behind;
	const char *unit;
	size_t digits = 0;
	int number;

	if (!line_behind(line, "[size=", &behind) || !line_digits(&behind, 10, 1 << 20, &number))
		return 0;
	while (digits < behind.length && isdigit((unsigned char)behind.text[digits]))
		digits++;
	if (digits == behind.length || !behind.text[digits])
		return (uint64_t)number;
	unit = strchr(units, behind.text[digits]);
	if (!unit)
		return (uint64_t)number;
	if (unit - units == 5 && number > 8)
		return 0;
	return (uint64_t)number << 10 * (unit - units + 1);
}

/* The address behind " at "; false for "<unassigned>" and "<ignored>": the kernel gave it none. */
static bool read_place(const struct line *line, uint64_t *ret_address)
{
	struct line behind, word;

	if (!line_behind(line, " at ", &behind) || !line_word(&behind, &word))
		return false;
	return line_hex(&word, ret_address);
}

static void read_region(const struct line *line, struct bar *bar)
{
	*bar = (struct bar){
		.present = true,
		.io = line_find(line, "I/O ports at") != NULL,
		.prefetchable = line_find(line, ", prefetchable)") != NULL,
		.size = read_size(line),
	};
	if (!bar->io)
		bar->bits = line_find(line, "(64-bit") ? 64 : 32;
	bar->assigned = read_place(line, &bar->address);
}

/* "Region 0: Memory at …" of -vv. Those of a capability are the VFs' and are not read here. */
static void read_numbered_region(struct lspci_reading *reading, const struct line *line)
{
	int index;

	if (line_digits(line, 10, BAR_COUNT - 1, &index))
		read_region(line, &reading->function->bars[index]);
}

/* -v does not number them: they come in order, and a 64-bit one takes two places. */
static void read_plain_region(struct lspci_reading *reading, const struct line *line)
{
	struct bar *bars = reading->function->bars;
	size_t index = 0;

	for (size_t i = 0; i < BAR_COUNT; i++)
		if (bars[i].present)
			index = i + (bars[i].bits == 64 ? 2 : 1);
	if (index < BAR_COUNT)
		read_region(line, &bars[index]);
}

static void read_memory(struct lspci_reading *reading, const struct line *line)
{
	struct line whole = {.text = line->text - strlen("Memory at "),
			     .length = line->length + strlen("Memory at ")};

	read_plain_region(reading, &whole);
}

static void read_ports(struct lspci_reading *reading, const struct line *line)
{
	struct line whole = {.text = line->text - strlen("I/O ports at "),
			     .length = line->length + strlen("I/O ports at ")};

	read_plain_region(reading, &whole);
}

static void read_rom(struct lspci_reading *reading, const struct line *line)
{
	struct bar *rom = &reading->function->bars[BAR_ROM];

	*rom = (struct bar){.present = true, .bits = 32, .size = read_size(line)};
	rom->assigned = read_place(line, &rom->address);
}

/* -- drivers ------------------------------------------------------------------------------------- */

static void read_driver(struct lspci_reading *reading, const struct line *line)
{
	struct lspci_function *function = reading->function;
	struct line rest = *line, word;

	reading->text->drivers_shown = true;
	function->closed = true;
	if (!line_word(&rest, &word))
		return;
	function->driver = printable_copy(reading->arena, word.text, word.length);
	function->driver_line = line->number;
}

static void read_modules(struct lspci_reading *reading, const struct line *line)
{
	struct lspci_function *function = reading->function;
	struct line rest = *line, word;

	function->closed = true;
	function->modules_told = true;
	function->modules = (struct strings){0};
	while (line_word(&rest, &word)) {
		if (word.text[word.length - 1] == ',')
			word.length--;
		if (word.length)
			*ARRAY_ADD(reading->arena, &function->modules) =
				printable_copy(reading->arena, word.text, word.length);
	}
}

/* -- all of them --------------------------------------------------------------------------------- */

struct line_kind {
	const char *prefix;
	bool anywhere; /* also behind a function's capabilities */
	void (*read)(struct lspci_reading *reading, const struct line *rest);
};

static const struct line_kind line_kinds[] = {
	{"Kernel driver in use:", true, read_driver},
	{"Kernel modules:", true, read_modules},
	{"Subsystem:", false, read_subsystem},
	{"Control:", false, read_control},
	{"Status:", false, read_status},
	{"Flags:", false, read_flags},
	{"IOMMU group:", false, read_group},
	{"NUMA node:", false, read_numa_node},
	{"Physical Slot:", false, read_slot},
	{"Interrupt:", false, read_pin},
	{"Bus: ", false, read_buses},
	{"Region ", false, read_numbered_region},
	{"Memory at ", false, read_memory},
	{"I/O ports at ", false, read_ports},
	{"Expansion ROM at ", false, read_rom},
	{"!!! Unknown header type ", false, read_unknown_header},
};

bool lspci_read_header_line(struct lspci_reading *reading, const struct line *line)
{
	struct line text = *line, rest;

	/* Older lspci writes it in front. */
	if (line_starts(&text, "[virtual] ", &rest))
		text = rest;
	for (size_t i = 0; i < ARRAY_SIZE(line_kinds); i++) {
		const struct line_kind *kind = &line_kinds[i];

		if (!line_starts(&text, kind->prefix, &rest) ||
		    (!kind->anywhere && reading->section != SECTION_HEADER))
			continue;
		kind->read(reading, &rest);
		return true;
	}
	return false;
}

/* -- hex dumps ----------------------------------------------------------------------------------- */

enum { CONFIG_SIZE = 4096, CONFIG_CONVENTIONAL = 256, HEX_ROW = 16 };

static bool read_row(struct line rest, uint8_t row[static HEX_ROW], size_t *ret_count)
{
	struct line word;
	size_t count = 0;

	while (line_word(&rest, &word)) {
		uint64_t byte;

		if (count == HEX_ROW || word.length != 2 || !line_hex(&word, &byte))
			return false;
		row[count++] = (uint8_t)byte;
	}
	*ret_count = count;
	return count > 0;
}

/* Few dumps go beyond the first 256 bytes. */
static void make_room(struct lspci_reading *reading, size_t end)
{
	struct lspci_function *function = reading->function;
	bool begun = reading->hex && function->hex == reading->hex;
	size_t size = end > CONFIG_CONVENTIONAL ? CONFIG_SIZE : CONFIG_CONVENTIONAL;
	uint8_t *room;

	if (begun && size <= reading->hex_size)
		return;
	room = arena_alloc(reading->arena, size);
	if (begun)
		memcpy(room, function->hex, function->hex_length);
	reading->hex = room;
	reading->hex_size = size;
	function->hex = room;
}

bool lspci_read_hex_line(struct lspci_reading *reading, const struct line *line)
{
	struct lspci_function *function = reading->function;
	struct line rest, name;
	uint8_t row[HEX_ROW];
	const char *colon = line->length > 3 ? memchr(line->text, ':', 4) : NULL;
	uint64_t offset;
	size_t count;

	if (!colon)
		return false;
	name = (struct line){.text = line->text, .length = (size_t)(colon - line->text)};
	rest = (struct line){.text = colon + 1, .length = line->length - name.length - 1};
	if (name.length < 2 || !line_hex(&name, &offset) || !read_row(rest, row, &count))
		return false;
	/* A second dump of the function begins anew. */
	if (offset == 0)
		function->hex_length = 0;
	if (offset != function->hex_length || offset + count > CONFIG_SIZE)
		return true;
	make_room(reading, offset + count);
	memcpy(reading->hex + offset, row, count);
	function->hex_length = offset + count;
	return true;
}
