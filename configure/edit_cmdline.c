/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/edit_words.h"
#include "preflight/lines.h"

#include <errno.h>

/* Line ends stay where they are, whatever goes in front of them. */
static void add_line_end(struct arena *arena, struct bytes text, size_t start, size_t end,
			 struct field *field)
{
	for (size_t i = start; i < end; i++)
		*ARRAY_ADD(arena, &field->atoms) =
			(struct atom){.c = text.data[i], .hard = true, .start = i, .end = i + 1};
}

static void read_line(struct arena *arena, struct bytes text, const struct line *line,
		      struct field *field)
{
	size_t start = (size_t)(line->text - text.data), end = start + line->length, rest = end;

	if (line_trim(*line).length && *line_trim(*line).text == '#')
		return;
	while (end > start && text.data[end - 1] == '\r')
		end--;
	if (rest < text.length)
		rest++;
	field_add_raw(arena, field, text.data, start, end);
	add_line_end(arena, text, end, rest, field);
}

static void read_words(struct arena *arena, struct bytes text, bool first_line_only,
		       struct field *field, struct found_words *words)
{
	struct line_reader lines = lines_of(text.data, text.length);
	struct line line;

	while (lines_next(&lines, &line)) {
		read_line(arena, text, &line, field);
		if (first_line_only)
			break;
	}
	words_split(arena, WORDS_KERNEL, field, 0, words);
}

int edit_cmdline(struct arena *arena, struct bytes text, bool first_line_only,
		 const struct word_changes *changes, struct bytes *ret_text, struct error *error)
{
	struct found_words words = {0}, after = {0};
	struct field check = {0};
	struct fields fields = {0};
	struct planned_words plan;
	struct splices splices = {0};
	struct bytes result;
	int r = edit_refuse_nul(text, error);

	if (r < 0)
		return r;
	read_words(arena, text, first_line_only, ARRAY_ADD(arena, &fields), &words);
	if (!words.count)
		return error_set(
			error, -ENODATA,
			first_line_only ? "the first line holds no kernel arguments, not even root="
					: N_("the file holds no kernel arguments, not even root="));
	r = words_plan(arena, WORDS_KERNEL, &words, NULL, changes, &plan, error);
	if (r < 0)
		return r;
	if (plan.changed)
		fields_splice(arena, &fields, 0, &words, &plan, &splices);
	r = splices_apply(arena, text, &splices, &result, error);
	if (r < 0)
		return r;
	read_words(arena, result, first_line_only, &check, &after);
	if (!after.count)
		return error_set(error, -ENODATA,
				 "no kernel arguments would be left, not even root=");
	r = words_prove(arena, WORDS_KERNEL, &words, &after, changes, error);
	if (r == 0)
		*ret_text = result;
	return r;
}
