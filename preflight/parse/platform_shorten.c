/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Platforms' files without what no check looks at. The parsers say what that is. */
#include "preflight/parse/platform_files.h"

/* Lines to be put at their places; the others are empty. */
struct short_file {
	struct arena *arena;
	struct strings lines;
};

static struct short_file short_file_of(struct arena *arena, const char *data, size_t length)
{
	struct short_file file = {.arena = arena};
	struct line_reader reader = lines_of(data, length);
	struct line line;

	while (lines_next(&reader, &line))
		*ARRAY_ADD(arena, &file.lines) = "";
	return file;
}

static void put(struct short_file *file, unsigned line, const char *text)
{
	if (line && line <= file->lines.count)
		file->lines.items[line - 1] = text;
}

static const char *text_of(struct short_file *file)
{
	return file->lines.count ? arena_printf(file->arena, "%s\n",
						strings_join(file->arena, &file->lines, "\n"))
				 : "";
}

bool pve_mapping_is_of_node(const struct pve_mapping *mapping, const char *node)
{
	size_t length = node ? strcspn(node, ".") : 0;

	return !mapping->node || !length ||
	       (strncmp(mapping->node, node, length) == 0 && !mapping->node[length]);
}

const char *pve_mappings_shorten(struct arena *arena, const char *data, size_t length,
				 const char *node)
{
	struct short_file file = short_file_of(arena, data, length);
	struct pve_mappings mappings = {0};

	pve_mappings_parse(arena, data, length, &mappings);
	for_each (mapping, &mappings) {
		if (!pve_mapping_is_of_node(mapping, node))
			continue;
		put(&file, mapping->section_line, mapping->name);
		put(&file, mapping->line, arena_printf(arena, "\t%s", mapping->text));
	}
	return text_of(&file);
}

const char *pve_machine_shorten(struct arena *arena, const char *data, size_t length)
{
	struct short_file file = short_file_of(arena, data, length);
	struct pve_hostpcis hostpcis = {0};

	pve_machine_parse(arena, "0", data, length, &hostpcis);
	for_each (hostpci, &hostpcis) {
		put(&file, hostpci->line, hostpci->text);
		/* Which line said so does not matter; the last one counts. */
		if (hostpci->q35)
			put(&file, hostpci->machine_line, "machine: q35");
	}
	return text_of(&file);
}

const char *plain_settings_shorten(struct arena *arena, const char *data, size_t length,
				   const char *const *keys)
{
	struct short_file file = short_file_of(arena, data, length);
	struct plain_settings settings = {0};

	plain_settings_parse(arena, data, length, &settings);
	for_each (setting, &settings)
		for (size_t i = 0; keys[i]; i++)
			if (streq(setting->key, keys[i]))
				put(&file, setting->line, setting->text);
	return text_of(&file);
}
