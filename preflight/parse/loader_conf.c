/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/loader_conf.h"
#include "preflight/lines.h"

#include <fnmatch.h>

enum { PATTERN_LIMIT = 255 };

static bool is_key(const struct line *line, const char *key)
{
	return line->length == strlen(key) && memcmp(line->text, key, line->length) == 0;
}

void loader_conf_parse(struct arena *arena, const char *source, const char *data, size_t length,
		       struct loader_conf *ret_conf)
{
	struct line_reader lines = lines_of(data, length);
	const char *kept = arena_strdup(arena, source);
	struct line line, key;

	*ret_conf = (struct loader_conf){0};
	while (lines_next(&lines, &line)) {
		struct line value = line;
		struct origin *place;

		if (!line_word(&value, &key) || *key.text == '#')
			continue;
		place = is_key(&key, "default")     ? &ret_conf->default_entry
			: is_key(&key, "preferred") ? &ret_conf->preferred_entry
						    : NULL;
		value = line_trim(value);
		if (place && value.length)
			*place = (struct origin){kept, line.number,
						 printable_copy(arena, value.text, value.length)};
	}
}

/* Each star may try every place: long patterns with many of them would take for ever. */
static bool is_cheap(const char *pattern)
{
	size_t stars = 0;

	for (const char *c = pattern; *c; c++)
		stars += *c == '*' && c[1] != '*';
	return strlen(pattern) <= PATTERN_LIMIT && stars <= 4;
}

bool loader_pattern_matches(const char *pattern, const char *id)
{
	return is_cheap(pattern) && strlen(id) <= PATTERN_LIMIT &&
	       fnmatch(pattern, id, FNM_CASEFOLD) == 0;
}
