/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/bls.h"
#include "preflight/printable_words.h"

#include <strings.h>

/* -- lines ----------------------------------------------------------------------------------- */

/* One line of the form "key value". */
struct pair {
	struct line whole, key, value;
};

/* The blank that ends the key: GRUB looks for a space first, wherever it stands. */
static const char *find_separator(const struct line *line, enum bls_reader reader)
{
	const char *blank = memchr(line->text, ' ', line->length);
	const char *tab = memchr(line->text, '\t', line->length);

	if (reader == BLS_GRUB && blank)
		return blank;
	return !blank || (tab && tab < blank) ? tab : blank;
}

static bool split(struct line line, enum bls_reader reader, struct pair *ret_pair)
{
	const char *separator;
	size_t length;

	line = line_trim(line);
	separator = find_separator(&line, reader);
	if (!separator)
		return false;
	length = (size_t)(separator - line.text);
	ret_pair->whole = line;
	ret_pair->key = (struct line){.text = line.text, .length = length};
	ret_pair->value =
		line_trim((struct line){.text = separator, .length = line.length - length});
	return true;
}

static bool is_key(const struct pair *pair, const char *key)
{
	return pair->key.length == strlen(key) &&
	       memcmp(pair->key.text, key, pair->key.length) == 0;
}

static const char *value_of(struct arena *arena, const struct pair *pair)
{
	return printable_words(arena, pair->value.text, pair->value.length);
}

/* -- entries --------------------------------------------------------------------------------- */

/* The keys with one text each; the first one given counts for GRUB, the last one for systemd-boot. */
static const char **find_field(struct bls_entry *entry, const struct pair *pair)
{
	const struct {
		const char *key, **field;
	} fields[] = {
		{"title", &entry->title},           {"version", &entry->version},
		{"machine-id", &entry->machine_id}, {"sort-key", &entry->sort_key},
		{"linux", &entry->linux_path},      {"efi", &entry->image_path},
		{"uki", &entry->image_path},
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (is_key(pair, fields[i].key))
			return fields[i].field;
	return NULL;
}

static void add_options(struct arena *arena, const char *source, const struct pair *pair,
			struct bls_entry *entry)
{
	*ARRAY_ADD(arena, &entry->options) = (struct origin){
		.source = source,
		.line = pair->whole.number,
		.text = value_of(arena, pair),
	};
}

static void take(struct arena *arena, const char *source, const struct pair *pair,
		 enum bls_reader reader, struct bls_entry *entry)
{
	const char **field = find_field(entry, pair);
	struct line rest = pair->value, word;

	if (field && (!*field || reader == BLS_SYSTEMD_BOOT))
		*field = value_of(arena, pair);
	if (is_key(pair, "linux") || is_key(pair, "efi") || is_key(pair, "uki"))
		entry->line = pair->whole.number;
	if (is_key(pair, "options") && (reader == BLS_SYSTEMD_BOOT || !entry->options.count))
		add_options(arena, source, pair, entry);
	if (is_key(pair, "initrd"))
		while (line_word(&rest, &word))
			*ARRAY_ADD(arena, &entry->initrds) =
				printable_copy(arena, word.text, word.length);
}

void bls_parse(struct arena *arena, const char *source, const char *data, size_t length,
	       enum bls_reader reader, struct bls_entry *ret_entry)
{
	struct line_reader lines = lines_of(data, length);
	const char *kept = arena_strdup(arena, source);
	struct line line;
	struct pair pair;

	*ret_entry = (struct bls_entry){.line = 1};
	while (lines_next(&lines, &line)) {
		line = line_trim(line);
		if (line.length && *line.text == '#')
			continue;
		if (split(line, reader, &pair))
			take(arena, kept, &pair, reader, ret_entry);
		else if (reader == BLS_GRUB)
			return;
	}
}

/* -- names ----------------------------------------------------------------------------------- */

/* The digits at *text, which it moves behind; -1 where there are none or too many. */
static int take_count(const char **text)
{
	size_t length = strspn(*text, "0123456789");
	int count = 0;

	if (!length || length > 6)
		return -1;
	for (size_t i = 0; i < length; i++)
		count = count * 10 + ((*text)[i] - '0');
	*text += length;
	return count;
}

/* "+LEFT" or "+LEFT-DONE", nothing behind it. */
static bool parse_counters(const char *text, struct bls_name *name)
{
	int left, done = 0;

	text++;
	left = take_count(&text);
	if (left >= 0 && *text == '-') {
		text++;
		done = take_count(&text);
	}
	if (left < 0 || done < 0 || *text)
		return false;
	name->tries_left = left;
	name->tries_done = done;
	return true;
}

bool bls_name_parse(struct arena *arena, const char *name, const char *suffix,
		    struct bls_name *ret_name)
{
	size_t length = strlen(name), suffix_length = strlen(suffix);
	struct bls_name parsed = {.tries_left = -1, .tries_done = -1};
	char *id, *plus;

	if (*name == '.' || length <= suffix_length ||
	    strcasecmp(name + length - suffix_length, suffix) != 0)
		return false;
	id = arena_copy(arena, name, length - suffix_length);
	plus = strrchr(id, '+');
	if (plus && parse_counters(plus, &parsed))
		*plus = '\0';
	parsed.id = id;
	*ret_name = parsed;
	return true;
}
