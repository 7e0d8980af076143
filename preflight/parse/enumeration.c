/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/enumeration.h"
#include "preflight/lines.h"

enum { GROUP_LIMIT = 1000000 };

/* One message about a function; what it does not tell is -1. */
struct message {
	struct enumerated_function told;
	bool removed; /* "Removing from iommu group" */
};

struct messages {
	struct message *items;
	size_t count, capacity;
};

/* -- pieces of a line ---------------------------------------------------------------------------- */

static bool find(const struct line *line, const char *needle, struct line *ret_behind)
{
	const char *at =
		line->length ? memmem(line->text, line->length, needle, strlen(needle)) : NULL;

	if (!at)
		return false;
	at += strlen(needle);
	*ret_behind = (struct line){.text = at,
				    .length = (size_t)(line->text + line->length - at),
				    .number = line->number};
	return true;
}

/* The word that ends right before `end`, blanks and a colon aside, as an address. */
static bool address_before(const struct line *line, const char *end, struct address *ret_address)
{
	const char *start;

	while (end > line->text && (end[-1] == ' ' || end[-1] == ':'))
		end--;
	start = end;
	while (start > line->text && start[-1] != ' ')
		start--;
	return address_parse(start, (size_t)(end - start), ret_address) == 0 && ret_address->full;
}

static bool hex_at(const struct line *text, size_t start, size_t digits, int *ret_value)
{
	struct line part = {.text = text->text + start, .length = digits};
	uint64_t value;

	if (start + digits > text->length || !line_hex(&part, &value))
		return false;
	*ret_value = (int)value;
	return true;
}

static bool decimal(const struct line *text, int *ret_value)
{
	int value = 0;
	size_t i = 0;

	for (; i < text->length && text->text[i] >= '0' && text->text[i] <= '9'; i++) {
		value = value * 10 + (text->text[i] - '0');
		if (value > GROUP_LIMIT)
			return false;
	}
	*ret_value = value;
	return i > 0;
}

/* -- messages ------------------------------------------------------------------------------------ */

static struct message new_message(const struct line *line)
{
	return (struct message){.told = {.line = line->number,
					 .vendor_id = -1,
					 .device_id = -1,
					 .class_code = -1,
					 .header_type = -1,
					 .port_type = PORT_UNKNOWN,
					 .secondary_bus = -1,
					 .subordinate_bus = -1,
					 .group = -1}};
}

/* pcie_dev_type() of Linux 6.8 and later; "conventional PCI endpoint", "conventional PCI bridge". */
static enum port_type type_of_words(const struct line *words)
{
	static const struct {
		const char *words;
		enum port_type type;
	} types[] = {
		{"PCIe Endpoint", PORT_ENDPOINT},
		{"PCIe Legacy Endpoint", PORT_LEGACY_ENDPOINT},
		{"PCIe Root Port", PORT_ROOT_PORT},
		{"PCIe Switch Upstream Port", PORT_UPSTREAM},
		{"PCIe Switch Downstream Port", PORT_DOWNSTREAM},
		{"PCIe to PCI/PCI-X bridge", PORT_PCIE_TO_PCI},
		{"PCI/PCI-X to PCIe bridge", PORT_PCI_TO_PCIE},
		{"PCIe Root Complex Integrated Endpoint", PORT_ROOT_COMPLEX_ENDPOINT},
		{"PCIe Root Complex Event Collector", PORT_EVENT_COLLECTOR},
		{"conventional PCI", PORT_CONVENTIONAL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (line_starts(words, types[i].words, NULL))
			return types[i].type;
	return PORT_UNKNOWN;
}

/* "0000:01:00.0: [10de:2484] type 00 class 0x030000 PCIe Legacy Endpoint" */
static bool read_found(const struct line *line, struct message *ret_message)
{
	struct enumerated_function *told = &ret_message->told;
	struct line behind, class, ids;

	if (!find(line, "] type ", &behind) || !find(&behind, " class 0x", &class) ||
	    (size_t)(behind.text - line->text) < strlen("[10de:2484] type "))
		return false;
	ids = (struct line){.text = behind.text - strlen("[10de:2484] type "),
			    .length = strlen("[10de:2484]")};
	if (ids.text[0] != '[' || !hex_at(&ids, 1, 4, &told->vendor_id) ||
	    !hex_at(&ids, 6, 4, &told->device_id) || !hex_at(&behind, 0, 2, &told->header_type) ||
	    !hex_at(&class, 0, 6, &told->class_code))
		return false;
	told->header_type &= 0x7f;
	told->found = true;
	class = (struct line){.text = class.text + 6, .length = class.length - 6};
	class = line_trim(class);
	told->port_type = type_of_words(&class);
	return address_before(line, ids.text, &told->address);
}

/* "0000:00:01.1: PCI bridge to [bus 02-13]", "… [bus 02] (subtractive decode)" */
static bool read_buses(const struct line *line, struct message *ret_message)
{
	struct enumerated_function *told = &ret_message->told;
	struct line behind;

	if (!find(line, "PCI bridge to [bus ", &behind) ||
	    !hex_at(&behind, 0, 2, &told->secondary_bus))
		return false;
	told->subordinate_bus = told->secondary_bus;
	if (behind.length > 5 && behind.text[2] == '-')
		(void)hex_at(&behind, 3, 2, &told->subordinate_bus);
	return address_before(line, behind.text - strlen("PCI bridge to [bus "), &told->address);
}

static bool read_group(const struct line *line, struct message *ret_message)
{
	static const char *const added[] = {"Adding to iommu group ", "Removing from iommu group "};
	struct enumerated_function *told = &ret_message->told;
	struct line behind, number;

	told->group_line = line->number;
	for (size_t i = 0; i < ARRAY_SIZE(added); i++)
		if (find(line, added[i], &behind)) {
			ret_message->removed = i == 1;
			return decimal(&behind, &told->group) &&
			       address_before(line, behind.text - strlen(added[i]), &told->address);
		}
	/* before Linux 5.3 */
	if (find(line, "Adding device ", &behind) && find(&behind, " to group ", &number))
		return decimal(&number, &told->group) &&
		       address_before(line, number.text - strlen(" to group "), &told->address);
	return false;
}

/* "smpboot: CPU0: Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz (family: 0x6, model: 0x55, …)" */
static void read_cpu(struct arena *arena, const struct line *line, struct enumeration *enumeration)
{
	struct line behind, rest;

	if (enumeration->cpu || !find(line, "CPU0: ", &behind) ||
	    !find(&behind, " (family:", &rest))
		return;
	behind.length = (size_t)(rest.text - behind.text) - strlen(" (family:");
	behind = line_trim(behind);
	enumeration->cpu = printable_copy(arena, behind.text, behind.length);
}

static void read_line(struct arena *arena, const struct line *line, struct messages *messages,
		      struct enumeration *enumeration)
{
	static bool (*const readers[])(const struct line *,
				       struct message *) = {read_found, read_buses, read_group};
	struct line behind;

	/* A new boot. */
	if (find(line, "Linux version ", &behind)) {
		*enumeration = (struct enumeration){0};
		messages->count = 0;
		return;
	}
	enumeration->tables_listed |= find(line, "ACPI: FACP 0x", &behind);
	enumeration->init_reached |= find(line, " as init process", &behind) ||
				     find(line, "Freeing unused kernel", &behind);
	read_cpu(arena, line, enumeration);
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		struct message message = new_message(line);

		if (!readers[i](line, &message))
			continue;
		if (messages->count < 8 * (size_t)ENUMERATION_MAX)
			*ARRAY_ADD(arena, messages) = message;
		return;
	}
}

/* -- one record for each function ---------------------------------------------------------------- */

static uint64_t place_of(const struct address *address)
{
	return (uint64_t)address->domain << 16 | (uint64_t)address->bus << 8 |
	       (uint64_t)address->slot << 3 | address->function;
}

static int compare_messages(const void *a, const void *b)
{
	const struct message *first = a, *second = b;
	uint64_t one = place_of(&first->told.address), other = place_of(&second->told.address);

	if (one != other)
		return one < other ? -1 : 1;
	return first->told.line < second->told.line ? -1 : first->told.line > second->told.line;
}

/* Later messages undo earlier ones. */
static void add_message(struct enumerated_function *function, const struct message *message)
{
	const struct enumerated_function *told = &message->told;

	if (told->found) {
		function->found = true;
		function->vendor_id = told->vendor_id;
		function->device_id = told->device_id;
		function->class_code = told->class_code;
		function->header_type = told->header_type;
		function->port_type = told->port_type;
	} else if (told->secondary_bus >= 0) {
		function->secondary_bus = told->secondary_bus;
		function->subordinate_bus = told->subordinate_bus;
	} else {
		function->group = message->removed ? -1 : told->group;
		function->group_line = told->group_line;
	}
}

static void merge_messages(struct arena *arena, struct messages *messages,
			   struct enumeration *enumeration)
{
	struct enumerated_function *last = NULL;

	if (messages->count)
		qsort(messages->items, messages->count, sizeof(*messages->items), compare_messages);
	for_each (message, messages) {
		if (!last || place_of(&last->address) != place_of(&message->told.address)) {
			if (enumeration->count == ENUMERATION_MAX)
				return;
			last = ARRAY_ADD(arena, enumeration);
			*last = (struct message){.told = new_message(&(struct line){0}).told}.told;
			last->address = message->told.address;
			last->line = message->told.line;
		}
		add_message(last, message);
	}
	for_each (function, enumeration)
		enumeration->found += function->found;
}

void enumeration_parse(struct arena *arena, const char *text, size_t length,
		       struct enumeration *ret_enumeration)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct line_reader lines = lines_of(text, length);
	struct messages messages = {0};
	struct line line;

	*ret_enumeration = (struct enumeration){0};
	while (lines_next(&lines, &line)) {
		struct line trimmed = line_trim(line);

		read_line(scratch, &trimmed, &messages, ret_enumeration);
	}
	if (ret_enumeration->cpu)
		ret_enumeration->cpu = arena_strdup(arena, ret_enumeration->cpu);
	merge_messages(arena, &messages, ret_enumeration);
}

const struct enumerated_function *enumeration_find(const struct enumeration *enumeration,
						   const struct address *address)
{
	size_t low = 0, high = enumeration->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t place = place_of(&enumeration->items[middle].address);

		if (place == place_of(address))
			return &enumeration->items[middle];
		if (place < place_of(address))
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
