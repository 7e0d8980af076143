/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * booster: /etc/booster.yaml, of which only plain "key: value" lines of the top level matter here
 * (generator/config.go, UserConfig). Lists are one string with commas. Modules must be written with
 * '_': booster finds no "vfio-pci" (generator/kmod.go, activateModules).
 */
#include "preflight/generators/generator.h"
#include "preflight/lines.h"

static const char config[] = "etc/booster.yaml", source[] = "/etc/booster.yaml";

/* The value of a plain, "quoted" or 'quoted' scalar, without the comment behind it. */
static struct line read_scalar(struct line value)
{
	const char *end;

	value = line_trim(value);
	if (value.length && (*value.text == '"' || *value.text == '\'')) {
		char quote = *value.text;

		value.text++;
		value.length--;
		end = memchr(value.text, quote, value.length);
		value.length = end ? (size_t)(end - value.text) : value.length;
		return value;
	}
	end = memmem(value.text, value.length, " #", 2);
	if (value.length && *value.text == '#')
		value.length = 0;
	else if (end)
		value.length = (size_t)(end - value.text);
	return line_trim(value);
}

static void add_words(struct generator_reader *reader, const char *key, const char *value,
		      unsigned line)
{
	char *rest = arena_strdup(reader->scratch, value), *word;

	while ((word = strsep(&rest, ","))) {
		struct line trimmed =
			line_trim((struct line){.text = word, .length = strlen(word)});

		if (trimmed.length)
			generator_add_word(
				reader, key,
				arena_copy(reader->scratch, trimmed.text, trimmed.length), source,
				line);
	}
}

static void read_line(struct generator_reader *reader, const struct line *line)
{
	static const struct {
		const char *key;
		bool list;
	} keys[] = {
		{"modules_force_load", true},
		{"modules", true},
		{"extra_files", true},
		{"universal", false},
	};
	struct line rest;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value;
		struct line scalar;

		if (!line_starts(line, keys[i].key, &rest) || !rest.length || *rest.text != ':')
			continue;
		rest.text++;
		rest.length--;
		scalar = read_scalar(rest);
		value = arena_copy(reader->scratch, scalar.text, scalar.length);
		generator_add(reader, keys[i].key, value, source, line->number);
		if (keys[i].list)
			add_words(reader, keys[i].key, value, line->number);
	}
}

static void read_booster(struct generator_reader *reader)
{
	struct bytes bytes;
	struct line_reader lines;
	struct line line;

	if (!generator_read_file(reader, config, &bytes))
		return;
	lines = lines_of(bytes.data, bytes.length);
	while (lines_next(&lines, &line))
		read_line(reader, &line);
}

const struct generator_kind generator_booster = {
	.generator = GENERATOR_BOOSTER,
	.programs = {"usr/bin/booster"},
	.hooks = {NULL},
	.configs = {config},
	.read = read_booster,
};
