/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/edit_words.h"
#include "preflight/lines.h"
#include "preflight/parse/bls.h"

#include <errno.h>

static const char key[] = "options", title[] = "title";

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* GRUB's blscfg makes a menu entry of the line, which its script interpreter reads like grub.cfg. */
static enum word_language language_of(enum bls_reader reader)
{
	return reader == BLS_GRUB ? WORDS_GRUB : WORDS_KERNEL;
}

/* Before that, blscfg takes every "$name" for a variable, quoted or not. */
static int refuse_dollar(enum bls_reader reader, const struct word_changes *changes,
			 struct error *error)
{
	for_each (change, changes) {
		const char *word = change->action == WORD_REPLACE ? change->with : change->word;

		if (reader == BLS_GRUB && change->action != WORD_REMOVE && strchr(word, '$'))
			return error_set(error, -ENOTSUP,
					 "GRUB would take the '$' in \"%.200s\" for a variable",
					 word);
	}
	return 0;
}

/* The value of an options line, as parse/bls.c cuts it: GRUB looks for a space before a tab. */
static bool find_value(struct line line, enum bls_reader reader, struct line *ret_value)
{
	struct line rest;

	line = line_trim(line);
	if (!line_starts(&line, key, &rest) || !rest.length || !is_blank(*rest.text))
		return false;
	if (reader == BLS_GRUB && *rest.text == '\t' && memchr(rest.text, ' ', rest.length))
		return false;
	*ret_value = line_trim(rest);
	return true;
}

/* GRUB stops at the first line without a value. */
static bool ends_entry(struct line line, enum bls_reader reader)
{
	line = line_trim(line);
	return reader == BLS_GRUB && !(line.length && *line.text == '#') &&
	       !memchr(line.text, ' ', line.length) && !memchr(line.text, '\t', line.length);
}

/* Adds a field for each line that the reader takes, and its words. Behind "--" they are init's. */
static void read_fields(struct arena *arena, struct bytes text, enum bls_reader reader,
			struct fields *fields, struct found_words *words)
{
	struct line_reader lines = lines_of(text.data, text.length);
	struct line line, value;

	while (lines_next(&lines, &line) && !ends_entry(line, reader)) {
		struct field *field;
		size_t start;

		if (!find_value(line, reader, &value))
			continue;
		start = (size_t)(value.text - text.data);
		field = ARRAY_ADD(arena, fields);
		field->empty_at = start;
		field_add_raw(arena, field, text.data, start, start + value.length);
		words_split(arena, language_of(reader), field, fields->count - 1, words);
		if (reader == BLS_GRUB || field->tail != SIZE_MAX)
			return;
	}
}

/* What the parser makes of the entry. */
static void parse_words(struct arena *arena, struct bytes text, enum bls_reader reader,
			struct bls_entry *ret_entry, struct found_words *words)
{
	struct strings values = {0};
	const char *joined;

	bls_parse(arena, "-", text.data, text.length, reader, ret_entry);
	for_each (option, &ret_entry->options)
		strings_add(arena, &values, option->text);
	joined = strings_join(arena, &values, " ");
	words_of_text(arena, language_of(reader), joined, strlen(joined), words);
}

/* Lines are edited one by one, but systemd-boot hands them over as one: a quote that is left open in one ends in
 * another. */
static bool is_read_line_by_line(const struct found_words *lines, const struct found_words *joined)
{
	if (lines->count != joined->count)
		return false;
	for (size_t i = 0; i < lines->count; i++)
		if (!streq(lines->items[i].text, joined->items[i].text))
			return false;
	return true;
}

/* -- an entry without options ----------------------------------------------------------------------------- */

/* The blanks between key and value, so that the values stand below each other. */
static const char *blanks_like(struct arena *arena, const struct line *line)
{
	struct line value = line_trim(*line), word;
	size_t count = 0;

	if (!line_word(&value, &word))
		return " ";
	while (count < value.length && is_blank(value.text[count]))
		count++;
	if (count && *value.text == '\t')
		return arena_copy(arena, value.text, count);
	if (word.length + count <= strlen(key))
		return " ";
	return arena_copy(arena, value.text, word.length + count - strlen(key));
}

static void add_options_line(struct arena *arena, struct bytes text, unsigned number,
			     const struct planned_words *plan, struct splices *splices)
{
	struct line_reader lines = lines_of(text.data, text.length);
	struct line line = {0};
	struct strings words = {0};
	const char *end = "\n", *new_line;
	size_t at;

	while (lines_next(&lines, &line) && line.number < number)
		continue;
	if (line.length && line.text[line.length - 1] == '\r')
		end = "\r\n";
	for_each (word, &plan->front)
		strings_add(arena, &words, *word);
	for_each (word, &plan->back)
		strings_add(arena, &words, *word);
	new_line = arena_printf(arena, "%s%s%s", key, blanks_like(arena, &line),
				strings_join(arena, &words, " "));
	at = (size_t)(line.text - text.data) + line.length;
	if (at < text.length)
		splice_add(arena, splices, at + 1, at + 1,
			   arena_printf(arena, "%s%s", new_line, end));
	else
		splice_add(arena, splices, at, at, arena_printf(arena, "\n%s", new_line));
}

/* -- words -------------------------------------------------------------------------------------------------- */

int edit_bls_options(struct arena *arena, struct bytes text, enum bls_reader reader,
		     const struct word_changes *changes, struct bytes *ret_text,
		     struct error *error)
{
	struct found_words words = {0}, before = {0}, after = {0};
	struct fields fields = {0};
	struct planned_words plan;
	struct splices splices = {0};
	struct bls_entry entry, changed;
	struct bytes result;
	int r = edit_refuse_nul(text, error);

	if (r == 0)
		r = refuse_dollar(reader, changes, error);
	if (r < 0)
		return r;
	parse_words(arena, text, reader, &entry, &before);
	if (!entry.linux_path && !entry.image_path)
		return error_set(error, -ENODATA, "the entry starts no Linux kernel");
	read_fields(arena, text, reader, &fields, &words);
	if (!is_read_line_by_line(&words, &before))
		return error_set(error, -ENOTSUP, "the entry has to be edited by hand");
	r = words_plan(arena, language_of(reader), &words, NULL, changes, &plan, error);
	if (r < 0)
		return r;
	if (plan.changed && fields.count)
		fields_splice(arena, &fields, fields.count - 1, &words, &plan, &splices);
	else if (plan.changed)
		add_options_line(arena, text, entry.line, &plan, &splices);
	r = splices_apply(arena, text, &splices, &result, error);
	if (r < 0)
		return r;
	parse_words(arena, result, reader, &changed, &after);
	if (!streq(entry.linux_path, changed.linux_path) ||
	    !streq(entry.image_path, changed.image_path))
		return error_set(error, -ENOTSUP, "the entry has to be edited by hand");
	r = words_prove(arena, language_of(reader), &before, &after, changes, error);
	if (r == 0)
		*ret_text = result;
	return r;
}

/* -- titles -------------------------------------------------------------------------------------------------- */

/* Where a title ends; false where the line is none. */
static bool find_title(struct line line, struct line *ret_value)
{
	struct line rest;

	line = line_trim(line);
	if (!line_starts(&line, title, &rest) || !rest.length || !is_blank(*rest.text))
		return false;
	*ret_value = line_trim(rest);
	return true;
}

static bool line_ends_with(const struct line *value, const char *suffix)
{
	size_t length = strlen(suffix);

	return value->length >= length &&
	       memcmp(value->text + value->length - length, suffix, length) == 0;
}

int edit_bls_title(struct arena *arena, struct bytes text, const char *suffix,
		   struct bytes *ret_text)
{
	struct line_reader lines = lines_of(text.data, text.length);
	struct splices splices = {0};
	struct line line, value;
	int r = edit_refuse_nul(text, NULL);

	if (r == 0 && strpbrk(suffix, "\n\r"))
		r = -EINVAL;
	if (r < 0)
		return r;
	while (lines_next(&lines, &line)) {
		size_t end;

		if (!find_title(line, &value) || line_ends_with(&value, suffix))
			continue;
		end = (size_t)(value.text - text.data) + value.length;
		splice_add(arena, &splices, end, end, suffix);
	}
	return splices_apply(arena, text, &splices, ret_text, NULL);
}
