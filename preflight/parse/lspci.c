/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/lspci_parts.h"

enum { HEAD_LIMIT = 512 };

/* -- records ------------------------------------------------------------------------------------- */

static struct lspci_function new_function(const struct address *address)
{
	struct lspci_function function = {
		.address = *address,
		.class_code = -1,
		.vendor_id = -1,
		.device_id = -1,
		.subsystem_vendor_id = -1,
		.subsystem_device_id = -1,
		.revision = -1,
		.group = LSPCI_NONE,
		.numa_node = LSPCI_NONE,
		.physical_slot = -1,
		.link_width = -1,
		.link_width_max = -1,
		.sriov = {.active = -1, .offset = -1, .stride = -1},
	};

	config_parse(NULL, 0, &function.config);
	return function;
}

/* Begins a function; false where there are too many. The one before it is told in full. */
static bool begin_function(struct lspci_reading *reading, const struct line *line,
			   const struct address *address, bool listed)
{
	struct lspci_functions *functions = &reading->text->functions;
	size_t length = line->length < HEAD_LIMIT ? line->length : HEAD_LIMIT;

	if (reading->function)
		reading->function->closed = true;
	reading->function = NULL;
	reading->section = SECTION_HEADER;
	if (functions->count == LSPCI_FUNCTIONS_MAX) {
		reading->text->excerpt = true;
		return false;
	}
	reading->function = ARRAY_ADD(reading->arena, functions);
	*reading->function = new_function(address);
	reading->function->line = line->number;
	reading->function->head = printable_copy(reading->arena, line->text, length);
	reading->function->detail = listed ? LSPCI_LISTED : LSPCI_TERSE;
	reading->listed = listed;
	if (listed) {
		reading->function->group = reading->group;
		reading->function->group_line = line->number;
		reading->text->has_listing = true;
	} else {
		reading->text->has_lspci = true;
	}
	return true;
}

/* -- lines --------------------------------------------------------------------------------------- */

/* How many bytes at text are no letter of the line: a colour (ESC [ … letter), or the second half of
 * a no-break space, which mail programs and browsers make of blanks. */
static size_t count_noise(const char *text, size_t length)
{
	size_t count = 2;

	if (length >= 2 && text[0] == '\xc2' && text[1] == '\xa0')
		return 2;
	if (text[0] != '\033')
		return 0;
	if (length < 2 || text[1] != '[')
		return 1;
	while (count < length && (text[count] < '@' || text[count] > '~'))
		count++;
	return count < length ? count + 1 : length;
}

static struct line clean_line(struct arena *arena, struct line line)
{
	size_t length = 0, i = 0;
	char *copy;

	if (!line.length || (!memchr(line.text, '\033', line.length) &&
			     !memmem(line.text, line.length, "\xc2\xa0", 2)))
		return line;
	copy = arena_copy(arena, line.text, line.length);
	while (i < line.length) {
		size_t noise = count_noise(line.text + i, line.length - i);

		if (!noise || line.text[i] != '\033')
			copy[length++] = noise ? ' ' : line.text[i];
		i += noise ? noise : 1;
	}
	return (struct line){.text = copy, .length = length, .number = line.number};
}

/* Without indentation and quoting. */
static struct line strip_front(struct line line)
{
	while (line.length && strchr(" \t>\r", line.text[0])) {
		line.text++;
		line.length--;
	}
	return line_trim(line);
}

/* A group listing of `ls`: names without anything behind them, several on a line. */
static void read_plain_names(struct lspci_reading *reading, const struct line *line,
			     struct line rest)
{
	struct address address;
	struct line word;

	while (line_word(&rest, &word) && address_parse(word.text, word.length, &address) == 0)
		if (!begin_function(reading, line, &address, true))
			return;
}

static bool read_device_line(struct lspci_reading *reading, const struct line *line,
			     const struct line *text, bool listed)
{
	struct address address, next;
	struct line rest, ids, word, behind;

	if (!lspci_find_address(text, &address, &rest, &ids))
		return false;
	if (!begin_function(reading, line, &address, listed))
		return true;
	behind = rest;
	if (listed && line_word(&behind, &word) &&
	    address_parse(word.text, word.length, &next) == 0)
		read_plain_names(reading, line, rest);
	else
		lspci_read_head(reading->arena, rest, ids, reading->function);
	return true;
}

/* "lrwxrwxrwx … 0000:00:00.0 -> ../../../../devices/pci0000:00/0000:00:00.0" */
static bool read_link_line(struct lspci_reading *reading, const struct line *line)
{
	const char *arrow = line_find(line, " -> ");
	struct address address;
	const char *start = arrow;

	if (reading->group < 0 || !arrow)
		return false;
	while (start > line->text && start[-1] != ' ')
		start--;
	if (address_parse(start, (size_t)(arrow - start), &address) < 0)
		return false;
	(void)begin_function(reading, line, &address, true);
	return true;
}

/* Lines about groups, lspci's own line inside a function apart. */
static bool read_group_line(struct lspci_reading *reading, const struct line *line)
{
	bool own =
		reading->function && !reading->listed && line_starts(line, "IOMMU group: ", NULL);
	struct address address;
	bool has_address;
	struct line rest;
	int group;

	if (own)
		return false;
	if (lspci_find_group_path(line, &group, &has_address, &address)) {
		reading->group = group;
		if (has_address)
			(void)begin_function(reading, line, &address, true);
		return true;
	}
	if (!lspci_find_group(line, &group, &rest))
		return false;
	reading->group = group;
	reading->group_has_line = false;
	if (rest.length)
		reading->group_has_line = read_device_line(reading, line, &rest, true);
	return true;
}

/* Whether a line that begins with an address goes on with the listing of a group. Where the group's
 * own line named a function, only an indented line or one with ids in front does. */
static bool goes_on_with_group(const struct lspci_reading *reading, const struct line *raw)
{
	if (reading->group < 0)
		return false;
	return !reading->group_has_line || (raw->length && strchr(" \t[(", raw->text[0]) != NULL);
}

static void read_text_line(struct lspci_reading *reading, const struct line *raw)
{
	struct line line = strip_front(*raw);

	if (!line.length) {
		/* A tab may be the beginning of a line that was cut off. */
		if (reading->function && (!raw->length || !strchr(" \t", raw->text[0])))
			reading->function->closed = true;
		reading->group = LSPCI_NONE;
	} else if (line.length == 2 && memcmp(line.text, "--", 2) == 0) {
		reading->text->excerpt = true;
		reading->function = NULL;
	} else if (line_find(&line, "lspci ")) { /* a prompt with the next command */
		reading->group = LSPCI_NONE;
	} else if (read_group_line(reading, &line) || read_link_line(reading, &line) ||
		   read_device_line(reading, &line, &line, goes_on_with_group(reading, raw))) {
		return;
	} else if (reading->function && !lspci_read_hex_line(reading, &line)) {
		reading->function->described |= lspci_read_header_line(reading, &line) ||
						lspci_read_capability_line(reading, &line);
	}
}

/* -- one record for each function ---------------------------------------------------------------- */

static uint64_t place_of(const struct lspci_function *function)
{
	const struct address *address = &function->address;

	return (uint64_t)address->domain << 16 | (uint64_t)address->bus << 8 |
	       (uint64_t)address->slot << 3 | address->function;
}

static int compare_functions(const void *a, const void *b)
{
	const struct lspci_function *first = a, *second = b;

	if (place_of(first) != place_of(second))
		return place_of(first) < place_of(second) ? -1 : 1;
	return first->line < second->line ? -1 : first->line > second->line;
}

static void merge_group(struct lspci_function *into, const struct lspci_function *from)
{
	if (from->group == LSPCI_NONE || (into->group_of_lspci && !from->group_of_lspci))
		return;
	if (into->group == LSPCI_NONE || (from->group_of_lspci && !into->group_of_lspci)) {
		into->group = from->group;
		into->group_of_lspci = from->group_of_lspci;
		into->group_line = from->group_line;
	} else if (into->group != from->group) {
		into->group = LSPCI_CONTRADICTED;
	}
}

static void fill(int *value, int other)
{
	if (*value < 0)
		*value = other;
}

static void merge_ids(struct lspci_function *into, const struct lspci_function *from)
{
	/* The programming interface may be told by one of them only. */
	if (into->class_code < 0 || into->class_code == (from->class_code & 0xffff00))
		into->class_code = from->class_code;
	fill(&into->vendor_id, from->vendor_id);
	fill(&into->device_id, from->device_id);
	fill(&into->subsystem_vendor_id, from->subsystem_vendor_id);
	fill(&into->subsystem_device_id, from->subsystem_device_id);
	fill(&into->revision, from->revision);
	fill(&into->numa_node, from->numa_node);
	fill(&into->physical_slot, from->physical_slot);
	if (!into->name)
		into->name = from->name;
}

/* second stands behind first in the text. */
static struct lspci_function merge(const struct lspci_function *first,
				   const struct lspci_function *second)
{
	bool second_tells_more = second->detail >= first->detail;
	struct lspci_function merged = second_tells_more ? *second : *first;
	const struct lspci_function *other = second_tells_more ? first : second;

	merge_ids(&merged, other);
	merge_group(&merged, other);
	if (second->driver || !merged.driver) {
		merged.driver = second->driver ? second->driver : first->driver;
		merged.driver_line = second->driver ? second->driver_line : first->driver_line;
	}
	if (!merged.modules_told) {
		merged.modules_told = other->modules_told;
		merged.modules = other->modules;
	}
	if (merged.hex_length < other->hex_length) {
		merged.hex = other->hex;
		merged.hex_length = other->hex_length;
	}
	merged.dead |= other->dead;
	merged.described |= other->described;
	return merged;
}

static void merge_functions(struct lspci_functions *functions)
{
	size_t kept = 0;

	if (functions->count)
		qsort(functions->items, functions->count, sizeof(*functions->items),
		      compare_functions);
	for (size_t i = 0; i < functions->count; i++) {
		struct lspci_function *last = kept ? &functions->items[kept - 1] : NULL;

		if (last && place_of(last) == place_of(&functions->items[i]))
			*last = merge(last, &functions->items[i]);
		else
			functions->items[kept++] = functions->items[i];
	}
	functions->count = kept;
}

static void finish(struct lspci_text *text)
{
	merge_functions(&text->functions);
	for_each (function, &text->functions) {
		if (function->group_of_lspci)
			text->groups_shown = true;
		/* What grep has left of an entry ends nowhere in particular. */
		if (text->excerpt)
			function->closed = false;
		lspci_settle_capabilities(function);
	}
}

void lspci_parse(struct arena *arena, const char *text, size_t length, struct lspci_text *ret_text)
{
	struct lspci_reading reading = {.arena = arena, .text = ret_text, .group = LSPCI_NONE};
	struct line_reader lines;
	struct line line;

	*ret_text = (struct lspci_text){0};
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		length -= 3;
	}
	lines = lines_of(text, length);
	while (lines_next(&lines, &line)) {
		line = clean_line(arena, line);
		read_text_line(&reading, &line);
	}
	finish(ret_text);
}
