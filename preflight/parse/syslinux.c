/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/syslinux.h"
#include "preflight/printable_words.h"

#include <strings.h>

enum { LABELS_LIMIT = 4096 };

struct syslinux_reader {
	struct arena *arena;
	const char *source;
	struct syslinux_config *config;
	bool in_help,
		label_seen; /* between "text help" and "endtext"; a label was begun in this file */
};

static bool is_word(const struct line *word, const char *text)
{
	return word->length == strlen(text) && strncasecmp(word->text, text, word->length) == 0;
}

static struct origin origin_of(struct syslinux_reader *reader, struct line value)
{
	value = line_trim(value);
	return (struct origin){reader->source, value.number,
			       printable_words(reader->arena, value.text, value.length)};
}

static const char *text_of(struct syslinux_reader *reader, struct line value)
{
	return origin_of(reader, value).text;
}

/* Comma list, as "initrd /bzroot,/bzroot-gui" and "initrd=" have it. */
static void add_initrds(struct syslinux_reader *reader, struct syslinux_label *label,
			const char *list)
{
	while (*list) {
		size_t length = strcspn(list, ",");

		if (length)
			*ARRAY_ADD(reader->arena, &label->initrds) =
				arena_copy(reader->arena, list, length);
		list += length + (list[length] == ',');
	}
}

/* What initrd= on the command line names. syslinux leaves the word in place. */
static void add_initrds_of_append(struct syslinux_reader *reader, struct syslinux_label *label)
{
	struct line rest = {.text = label->append.text, .length = strlen(label->append.text)};
	struct line word, value;

	while (line_word(&rest, &word))
		if (line_starts(&word, "initrd=", &value))
			add_initrds(reader, label,
				    arena_copy(reader->arena, value.text, value.length));
}

static struct syslinux_label *current_label(struct syslinux_reader *reader)
{
	struct syslinux_labels *labels = &reader->config->labels;

	return reader->label_seen ? &labels->items[labels->count - 1] : NULL;
}

static void begin_label(struct syslinux_reader *reader, struct line value)
{
	struct syslinux_label *label;

	if (reader->config->labels.count >= LABELS_LIMIT)
		return;
	label = ARRAY_ADD(reader->arena, &reader->config->labels);
	label->name = text_of(reader, value);
	label->line = value.number;
	label->append = reader->config->append;
	reader->label_seen = true;
}

static void take_append(struct syslinux_reader *reader, struct line value)
{
	struct syslinux_label *label = current_label(reader);
	struct origin append = origin_of(reader, value);

	/* A lone hyphen takes back what all labels would get. */
	if (streq(append.text, "-"))
		append = (struct origin){0};
	if (label)
		label->append = append;
	else
		reader->config->append = append;
}

/* "menu default", "menu label TEXT", "menu include FILE". */
static void take_menu(struct syslinux_reader *reader, struct line value)
{
	struct syslinux_label *label = current_label(reader);
	struct line word;

	if (!line_word(&value, &word))
		return;
	if (is_word(&word, "include"))
		strings_add(reader->arena, &reader->config->includes, text_of(reader, value));
	else if (label && is_word(&word, "default"))
		label->menu_default = true;
	else if (label && is_word(&word, "label"))
		label->title = text_of(reader, value);
}

static void take_of_label(struct syslinux_reader *reader, const struct line *keyword,
			  struct line value)
{
	struct syslinux_label *label = current_label(reader);

	if (!label)
		return;
	if (is_word(keyword, "kernel") || is_word(keyword, "linux"))
		label->kernel = text_of(reader, value);
	else if (is_word(keyword, "initrd"))
		add_initrds(reader, label, text_of(reader, value));
}

static bool is_menu_program(const char *name)
{
	return strstr(name, "menu.c32") != NULL;
}

static void take_global(struct syslinux_reader *reader, const struct line *keyword,
			struct line value)
{
	struct syslinux_config *config = reader->config;

	if (is_word(keyword, "default"))
		config->default_entry = origin_of(reader, value);
	else if (is_word(keyword, "ontimeout"))
		config->timeout_entry = origin_of(reader, value);
	else if (is_word(keyword, "include"))
		strings_add(reader->arena, &config->includes, text_of(reader, value));
	if (is_word(keyword, "ui") ||
	    (is_word(keyword, "default") && is_menu_program(config->default_entry.text)))
		config->menu = true;
}

static void take_line(struct syslinux_reader *reader, struct line line)
{
	struct line value = line, keyword;

	if (!line_word(&value, &keyword) || *keyword.text == '#')
		return;
	if (reader->in_help)
		reader->in_help = !is_word(&keyword, "endtext");
	else if (is_word(&keyword, "text"))
		reader->in_help = true;
	else if (is_word(&keyword, "label"))
		begin_label(reader, value);
	else if (is_word(&keyword, "menu"))
		take_menu(reader, value);
	else if (is_word(&keyword, "append"))
		take_append(reader, value);
	else {
		take_of_label(reader, &keyword, value);
		take_global(reader, &keyword, value);
	}
}

void syslinux_parse(struct arena *arena, const char *source, const char *data, size_t length,
		    struct syslinux_config *config)
{
	struct syslinux_reader reader = {
		.arena = arena,
		.source = arena_strdup(arena, source),
		.config = config,
	};
	struct line_reader lines = lines_of(data, length);
	size_t first = config->labels.count;
	struct line line;

	while (lines_next(&lines, &line))
		take_line(&reader, line);
	for (size_t i = first; i < config->labels.count; i++)
		if (config->labels.items[i].append.source)
			add_initrds_of_append(&reader, &config->labels.items[i]);
}

/* -- the default ----------------------------------------------------------------------------- */

/* Names are cut at the first blank where syslinux looks for one; a menu knows the whole name. */
static size_t find_label(const struct syslinux_config *config, const char *name)
{
	for (size_t i = 0; i < config->labels.count; i++)
		if (streq(config->labels.items[i].name, name))
			return i + 1;
	for (size_t i = 0; i < config->labels.count; i++) {
		const char *label = config->labels.items[i].name;

		if (strcspn(label, " ") == strcspn(name, " ") &&
		    strncmp(label, name, strcspn(name, " ")) == 0)
			return i + 1;
	}
	return 0;
}

static size_t menu_default(const struct syslinux_config *config)
{
	for (size_t i = config->labels.count; i > 0; i--)
		if (config->labels.items[i - 1].menu_default)
			return i;
	return 0;
}

size_t syslinux_default(const struct syslinux_config *config)
{
	const struct origin *named = &config->default_entry;
	size_t found = 0;

	if (config->timeout_entry.source)
		return find_label(config, config->timeout_entry.text);
	if (config->menu)
		found = menu_default(config);
	if (!found && named->source && !is_menu_program(named->text))
		return find_label(config, named->text);
	return found ? found : config->labels.count > 0;
}
