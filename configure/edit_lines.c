/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/edit_words.h"
#include "preflight/lines.h"

#include <errno.h>

/* The first word of a line that is no comment, as those who read such lists see it. */
static const char *first_word(struct arena *arena, struct line line)
{
	struct line word;

	if (!line_word(&line, &word) || *word.text == '#')
		return NULL;
	return arena_copy(arena, word.text, word.length);
}

static bool has_word(struct arena *arena, struct bytes text, const char *wanted)
{
	struct line_reader lines = lines_of(text.data, text.length);
	struct line line;

	while (lines_next(&lines, &line)) {
		const char *word = first_word(arena, line);

		/* A word in front of a carriage return is another one to a shell. */
		if (word && names_equal(word, wanted) &&
		    !(line.length && line.text[line.length - 1] == '\r'))
			return true;
	}
	return false;
}

int edit_lines_add(struct arena *arena, struct bytes text, const struct strings *lines,
		   struct bytes *ret_text)
{
	struct bytes result = text;
	struct strings added = {0};
	struct splices splices = {0};
	const char *before = text.length && text.data[text.length - 1] != '\n' ? "\n" : "";
	int r = edit_refuse_nul(text, NULL);

	if (r < 0)
		return r;
	for_each (line, lines) {
		const char *word = first_word(
			arena, (struct line){.text = *line, .length = strlen(*line), .number = 1});
		bool there = false;

		if (!word || strpbrk(*line, "\n\r"))
			return -EINVAL;
		for_each (other, &added)
			there = there ||
				has_word(arena, (struct bytes){*other, strlen(*other)}, word);
		if (!there && !has_word(arena, text, word))
			strings_add(arena, &added, *line);
	}
	if (added.count)
		splice_add(
			arena, &splices, text.length, text.length,
			arena_printf(arena, "%s%s\n", before, strings_join(arena, &added, "\n")));
	r = splices_apply(arena, text, &splices, &result, NULL);
	if (r == 0)
		*ret_text = result;
	return r;
}

int edit_lines_remove(struct arena *arena, struct bytes text, const struct strings *words,
		      struct bytes *ret_text)
{
	struct line_reader lines = lines_of(text.data, text.length);
	struct splices splices = {0};
	struct line line;
	int r = edit_refuse_nul(text, NULL);

	if (r < 0)
		return r;
	while (lines_next(&lines, &line)) {
		const char *word = first_word(arena, line);
		size_t start = (size_t)(line.text - text.data);
		bool wanted = false;

		for_each (other, words)
			wanted = wanted || (word && names_equal(word, *other));
		if (wanted)
			splice_add(arena, &splices, start, (size_t)(lines.next - text.data), "");
	}
	return splices_apply(arena, text, &splices, ret_text, NULL);
}
