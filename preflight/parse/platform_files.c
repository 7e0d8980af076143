/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/platform_files.h"
#include "preflight/address.h"

#include <ctype.h>

static struct line cut_at(struct line *rest, char separator)
{
	const char *end = rest->length ? memchr(rest->text, separator, rest->length) : NULL;
	struct line first = *rest;

	first.length = end ? (size_t)(end - rest->text) : rest->length;
	rest->text += first.length + (end != NULL);
	rest->length -= first.length + (end != NULL);
	return line_trim(first);
}

/* What is quoted of a line is read as the line is: control characters are gone before either (printable_copy()). */
static bool next_line(struct arena *arena, struct line_reader *reader, struct line *line)
{
	if (!lines_next(reader, line))
		return false;
	while (line->length && line->text[line->length - 1] == '\r')
		line->length--;
	line->text = printable_copy(arena, line->text, line->length);
	return true;
}

static bool line_is(const struct line *line, const char *text)
{
	return line->length == strlen(text) && memcmp(line->text, text, line->length) == 0;
}

static const char *copy(struct arena *arena, const struct line *line)
{
	return line->length ? arena_copy(arena, line->text, line->length) : NULL;
}

/* Adds an item of a list, with a comma in front of all but the first. */
static void keep(struct arena *arena, struct strings *kept, const struct line *item)
{
	*ARRAY_ADD(arena, kept) = arena_copy(arena, item->text, item->length);
}

/* PVE::JSONSchema::parse_boolean. */
static bool is_yes(const struct line *value)
{
	static const char *const words[] = {"1", "on", "yes", "true"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (line_is(value, words[i]))
			return true;
	return false;
}

/* -- /etc/pve/mapping/pci.cfg ----------------------------------------------------------------------------- */

static int number_of(const struct line *value)
{
	uint64_t number;

	return line_decimal(value, &number) && number <= INT32_MAX ? (int)number : -1;
}

struct section {
	const char *name; /* NULL: none yet */
	unsigned line;
};

static void parse_map(struct arena *arena, const struct section *section, const struct line *line,
		      struct line words, struct pve_mappings *mappings)
{
	struct pve_mapping mapping = {.name = section->name,
				      .section_line = section->line,
				      .group = -1,
				      .line = line->number};
	struct strings kept = {0};

	while (words.length) {
		struct line item = cut_at(&words, ','), value = item, key = cut_at(&value, '=');

		value = line_trim(value);
		if (line_is(&key, "id"))
			mapping.identity = copy(arena, &value);
		else if (line_is(&key, "subsystem-id"))
			mapping.subsystem = copy(arena, &value);
		else if (line_is(&key, "node"))
			mapping.node = copy(arena, &value);
		else if (line_is(&key, "path"))
			mapping.path = copy(arena, &value);
		else if (line_is(&key, "iommugroup"))
			mapping.group = number_of(&value);
		else
			continue;
		keep(arena, &kept, &item);
	}
	mapping.text = arena_printf(arena, "map %s", strings_join(arena, &kept, ","));
	*ARRAY_ADD(arena, mappings) = mapping;
}

void pve_mappings_parse(struct arena *arena, const char *data, size_t length,
			struct pve_mappings *ret_mappings)
{
	struct line_reader reader = lines_of(data, length);
	struct pve_mappings mappings = {0};
	struct section section = {0};
	struct line line;

	while (next_line(arena, &reader, &line)) {
		struct line trimmed = line_trim(line), rest = trimmed, word;
		bool indented = line.length && isspace((unsigned char)*line.text);

		if (!line_word(&rest, &word) || *word.text == '#')
			continue;
		if (!indented)
			section = (struct section){copy(arena, &trimmed), line.number};
		else if (section.name && line_is(&word, "map"))
			parse_map(arena, &section, &trimmed, line_trim(rest), &mappings);
	}
	*ret_mappings = mappings;
}

/* -- /etc/pve/qemu-server/VMID.conf ------------------------------------------------------------------------ */

/* What of a line is shown although nothing here looks at it; not the names of files. */
static bool is_harmless(const struct line *key)
{
	static const char *const keys[] = {"x-vga", "rombar", "legacy-igd", "mdev", "driver"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (line_is(key, keys[i]))
			return true;
	return false;
}

static void parse_hostpci(struct arena *arena, const char *vm, const struct line *line,
			  struct line words, struct pve_hostpcis *hostpcis)
{
	struct pve_hostpci hostpci = {.vm = vm, .line = line->number};
	struct line rest = *line, key_of_line = cut_at(&rest, ':');
	struct strings kept = {0};

	while (words.length) {
		struct line item = cut_at(&words, ','), value = item, key = cut_at(&value, '=');
		bool bare = !memchr(item.text, '=', item.length);

		if (!item.length)
			continue;
		value = line_trim(value);
		if (bare)
			hostpci.host = copy(arena, &item);
		else if (line_is(&key, "host"))
			hostpci.host = copy(arena, &value);
		else if (line_is(&key, "mapping"))
			hostpci.mapping = copy(arena, &value);
		else if (line_is(&key, "pcie"))
			hostpci.pcie = is_yes(&value);
		else if (!is_harmless(&key))
			continue;
		keep(arena, &kept, &item);
	}
	hostpci.text = arena_printf(arena, "%.*s: %s", (int)key_of_line.length, key_of_line.text,
				    strings_join(arena, &kept, ","));
	if (hostpci.host || hostpci.mapping)
		*ARRAY_ADD(arena, hostpcis) = hostpci;
}

/* "q35", "pc-q35-8.1", "type=q35,viommu=intel" */
static bool is_q35(const struct line *value)
{
	return value->length >= 3 && memmem(value->text, value->length, "q35", 3);
}

void pve_machine_parse(struct arena *arena, const char *vm, const char *data, size_t length,
		       struct pve_hostpcis *hostpcis)
{
	struct line_reader reader = lines_of(data, length);
	size_t first = hostpcis->count;
	struct line line;
	unsigned machine_line = 0;
	bool q35 = false;

	while (next_line(arena, &reader, &line)) {
		struct line trimmed = line_trim(line), value = trimmed, key;

		if (trimmed.length && *trimmed.text == '[')
			break;
		if (!trimmed.length || *trimmed.text == '#')
			continue;
		key = cut_at(&value, ':');
		value = line_trim(value);
		if (line_is(&key, "machine")) {
			q35 = is_q35(&value);
			machine_line = line.number;
		} else if (line_starts(&key, "hostpci", NULL)) {
			parse_hostpci(arena, vm, &trimmed, value, hostpcis);
		}
	}
	for (size_t i = first; i < hostpcis->count; i++) {
		hostpcis->items[i].q35 = q35;
		hostpcis->items[i].machine_line = machine_line;
	}
}

static bool item_names(const struct line *item, uint32_t domain, unsigned bus, unsigned slot,
		       unsigned function)
{
	struct device_name name;
	char text[32];

	if (item->length >= sizeof(text))
		return false;
	(void)snprintf(text, sizeof(text), "%.*s", (int)item->length, item->text);
	if (device_name_parse(text, &name) < 0 || name.kind == NAME_ID)
		return false;
	return name.address.domain == domain && name.address.bus == bus &&
	       name.address.slot == slot &&
	       (name.kind == NAME_SLOT || name.address.function == function);
}

bool pve_list_names(const char *list, uint32_t domain, unsigned bus, unsigned slot,
		    unsigned function)
{
	struct line rest = {.text = list, .length = list ? strlen(list) : 0};

	while (rest.length) {
		struct line item = cut_at(&rest, ';');

		if (item_names(&item, domain, bus, slot, function))
			return true;
	}
	return false;
}

/* -- keys of YAML ------------------------------------------------------------------------------------------ */

/* Without its quotes, or without the comment behind it; *ret_end is where it ends, its quote included. */
static struct line plain_value(struct line value, const char **ret_end)
{
	value = line_trim(value);
	if (value.length >= 2 && (*value.text == '"' || *value.text == '\'')) {
		const char *end = memchr(value.text + 1, *value.text, value.length - 1);

		*ret_end = end ? end + 1 : value.text;
		value.length = end ? (size_t)(end - value.text - 1) : 0;
		value.text++;
		return value;
	}
	for (size_t i = 0; i < value.length; i++)
		if (value.text[i] == '#' && (i == 0 || isspace((unsigned char)value.text[i - 1])))
			value.length = i;
	value = line_trim(value);
	*ret_end = value.text + value.length;
	return value;
}

static const char *line_up_to(struct arena *arena, const struct line *line, const char *end)
{
	struct line shown = {.text = line->text, .length = (size_t)(end - line->text)};

	shown = line_trim(shown);
	return arena_copy(arena, shown.text, shown.length);
}

void plain_settings_parse(struct arena *arena, const char *data, size_t length,
			  struct plain_settings *ret_settings)
{
	struct line_reader reader = lines_of(data, length);
	struct plain_settings settings = {0};
	struct line line;

	while (next_line(arena, &reader, &line)) {
		struct line value = line, key;
		const char *end;

		if (!line.length || !(isalpha((unsigned char)*line.text) || *line.text == '_') ||
		    !memchr(line.text, ':', line.length))
			continue;
		key = cut_at(&value, ':');
		value = plain_value(value, &end);
		*ARRAY_ADD(arena, &settings) = (struct plain_setting){
			.key = copy(arena, &key),
			.value = value.length ? copy(arena, &value) : "",
			.line = line.number,
			.text = line_up_to(arena, &line, end),
		};
	}
	*ret_settings = settings;
}
