/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/limine.h"
#include "preflight/printable_words.h"

#include <strings.h>

enum { ENTRIES_LIMIT = 4096 };

/* "key: value" or "KEY=value". */
static bool split(const struct line *line, struct line *ret_key, struct line *ret_value)
{
	size_t length = 0;

	while (length < line->length && line->text[length] != ':' && line->text[length] != '=')
		length++;
	if (!length || length == line->length)
		return false;
	*ret_key = line_trim((struct line){.text = line->text, .length = length});
	*ret_value = line_trim((struct line){.text = line->text + length + 1,
					     .length = line->length - length - 1,
					     .number = line->number});
	return true;
}

static bool is_key(const struct line *key, const char *name)
{
	return key->length == strlen(name) && strncasecmp(key->text, name, key->length) == 0;
}

static bool is_value(const struct line *value, const char *text)
{
	return value->length == strlen(text) && memcmp(value->text, text, value->length) == 0;
}

static const char *text_of(struct arena *arena, const struct line *value)
{
	return printable_words(arena, value->text, value->length);
}

static void add_entry(struct arena *arena, struct line line, struct limine_config *config)
{
	char mark = *line.text;
	struct limine_entry *entry;
	unsigned depth = 0;

	if (config->entries.count >= ENTRIES_LIMIT)
		return;
	for (; line.length && *line.text == mark; line.text++, line.length--)
		depth++;
	entry = ARRAY_ADD(arena, &config->entries);
	entry->depth = depth;
	entry->line = line.number;
	if (line.length && *line.text == '+') {
		entry->expanded = true;
		line.text++;
		line.length--;
	}
	line = line_trim(line);
	entry->title = text_of(arena, &line);
}

static void take_local(struct arena *arena, const char *source, const struct line *key,
		       const struct line *value, struct limine_entry *entry)
{
	if (is_key(key, "protocol"))
		entry->is_linux = is_value(value, "linux");
	else if (is_key(key, "path") || is_key(key, "kernel_path") || is_key(key, "image_path"))
		entry->kernel = text_of(arena, value);
	else if (is_key(key, "module_path"))
		*ARRAY_ADD(arena, &entry->modules) = text_of(arena, value);
	else if (is_key(key, "cmdline") || is_key(key, "kernel_cmdline"))
		entry->cmdline = (struct origin){source, value->number, text_of(arena, value)};
}

static void take_option(struct arena *arena, const char *source, const struct line *line,
			struct limine_config *config)
{
	struct line key, value;

	if (!split(line, &key, &value))
		return;
	if (is_key(&key, "default_entry"))
		config->default_entry = text_of(arena, &value);
	else if (is_key(&key, "remember_last_entry"))
		config->remembers = is_value(&value, "yes");
	else if (config->entries.count)
		take_local(arena, source, &key, &value,
			   &config->entries.items[config->entries.count - 1]);
}

void limine_parse(struct arena *arena, const char *source, const char *data, size_t length,
		  struct limine_config *ret_config)
{
	struct line_reader lines = lines_of(data, length);
	const char *kept = arena_strdup(arena, source);
	struct line line;

	*ret_config = (struct limine_config){0};
	while (lines_next(&lines, &line)) {
		line = line_trim(line);
		if (!line.length || *line.text == '#')
			continue;
		if (*line.text == '/' || *line.text == ':')
			add_entry(arena, line, ret_config);
		else
			take_option(arena, kept, &line, ret_config);
	}
}

/* -- the default ----------------------------------------------------------------------------- */

static bool is_directory(const struct limine_config *config, size_t index)
{
	const struct limine_entries *entries = &config->entries;

	return index + 1 < entries->count &&
	       entries->items[index + 1].depth > entries->items[index].depth;
}

/* The entry with this number, counting what the menu shows when it opens. */
static size_t find_number(const struct limine_config *config, size_t number)
{
	unsigned hidden = 0; /* deeper entries than this are not shown; 0: all are */

	for (size_t i = 0; i < config->entries.count; i++) {
		const struct limine_entry *entry = &config->entries.items[i];

		if (hidden && entry->depth > hidden)
			continue;
		hidden = is_directory(config, i) && !entry->expanded ? entry->depth : 0;
		if (--number == 0)
			return i + 1;
	}
	return 0;
}

/* The entry with the path "A/B" of titles; escapes and "#2" are not looked into. */
static size_t find_path(const struct limine_config *config, const char *path)
{
	unsigned depth = 1;

	for (size_t i = 0; i < config->entries.count; i++) {
		const struct limine_entry *entry = &config->entries.items[i];
		size_t length = strcspn(path, "/");

		if (entry->depth < depth)
			return 0;
		if (entry->depth != depth || strlen(entry->title) != length ||
		    memcmp(entry->title, path, length) != 0)
			continue;
		if (!path[length])
			return i + 1;
		path += length + 1;
		depth++;
	}
	return 0;
}

size_t limine_default(const struct limine_config *config)
{
	const char *name = config->default_entry ? config->default_entry : "1";
	size_t digits = strspn(name, "0123456789"), index;

	if (config->remembers)
		return 0;
	if (digits && digits < 6 && !name[digits])
		index = find_number(config, strtoul(name, NULL, 10));
	else
		index = find_path(config, name);
	return index && !is_directory(config, index - 1) ? index : 0;
}

const char *limine_path(struct arena *arena, const char *path)
{
	const char *rest = strstr(path, "):");

	if (rest)
		path = rest + 2;
	else if ((rest = strstr(path, "://")))
		path = rest + 3 + strcspn(rest + 3, "/");
	return arena_copy(arena, path, strcspn(path, "#"));
}
