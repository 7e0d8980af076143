/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/edit_shell.h"

#include <errno.h>

/* An array while its changes are worked out. */
struct array_edit {
	struct arena *arena;
	struct bytes text;
	const struct shell_text *value;
	const struct found_words *words;
	const struct planned_words *plan;
	size_t field;
	struct splices *splices;
	const struct element *first_kept, *last_kept;
	size_t deleted_end;     /* bytes up to here are gone already */
	bool deleted_from_open; /* everything from the parenthesis on */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The words that stand in an element; *ret_word is the first one's index. */
static size_t count_words(const struct array_edit *edit, const struct element *element,
			  size_t *ret_word)
{
	size_t count = 0;

	for (size_t i = 0; i < edit->words->count; i++) {
		const struct found_word *word = &edit->words->items[i];

		if (word->field != edit->field || word->first < element->first ||
		    word->first >= element->first + element->atom_count)
			continue;
		if (count++ == 0)
			*ret_word = i;
	}
	return count;
}

/* Where the blanks in front of the element begin. */
static size_t blanks_before(const struct array_edit *edit, const struct element *element)
{
	size_t at = element->start;

	while (at > edit->value->start && is_blank(edit->text.data[at - 1]))
		at--;
	return at;
}

static size_t blanks_behind(const struct array_edit *edit, size_t at)
{
	while (at < edit->value->end && is_blank(edit->text.data[at]))
		at++;
	return at;
}

static bool begins_line(const struct array_edit *edit, const struct element *element)
{
	size_t at = blanks_before(edit, element);

	return at > edit->value->start && edit->text.data[at - 1] == '\n';
}

static void delete_element(struct array_edit *edit, const struct element *element)
{
	size_t start = blanks_before(edit, element), end = element->end;
	size_t behind = blanks_behind(edit, end);
	char before = edit->text.data[start - 1], next = edit->text.data[behind];
	bool from_open = before == '(' || (edit->deleted_from_open && start <= edit->deleted_end);

	if (before == '\n' && next == '\n') {
		start--;
		end = behind;
	} else if (from_open || before == '\n') {
		start = element->start;
		end = next == ')' || next == '\n' ? end : behind;
	}
	if (start < edit->deleted_end)
		start = edit->deleted_end;
	splice_add(edit->arena, edit->splices, start, end, "");
	edit->deleted_end = end;
	edit->deleted_from_open = from_open;
}

static int change_element(struct array_edit *edit, const struct element *element,
			  struct error *error)
{
	size_t word = 0, count = count_words(edit, element, &word);
	const char *replaced = count ? edit->plan->replaced[word] : NULL;

	for (size_t i = word; count > 1 && i < word + count; i++)
		if (edit->plan->removed[i] || edit->plan->replaced[i])
			return error_set(error, -ENOTSUP,
					 "an element of the array holds several words");
	if (count == 1 && edit->plan->removed[word]) {
		delete_element(edit, element);
		return 0;
	}
	if (count == 1 && replaced)
		splice_add(edit->arena, edit->splices, element->start, element->end,
			   word_encode(edit->arena, CONTEXT_BARE, replaced));
	if (!edit->first_kept)
		edit->first_kept = element;
	edit->last_kept = element;
	return 0;
}

/* -- new elements ------------------------------------------------------------------------------------------- */

static const char *join(struct array_edit *edit, const struct strings *texts, const char *separator)
{
	struct strings encoded = {0};

	for_each (text, texts)
		strings_add(edit->arena, &encoded, word_encode(edit->arena, CONTEXT_BARE, *text));
	return strings_join(edit->arena, &encoded, separator);
}

/* A line end and the blanks in front of the element. */
static const char *line_break(const struct array_edit *edit, const struct element *element)
{
	size_t start = blanks_before(edit, element);

	return arena_printf(edit->arena, "\n%.*s", (int)(element->start - start),
			    edit->text.data + start);
}

/* Where the element's line ends, if nothing but a comment follows it there; 0 where not. */
static size_t end_of_line(const struct array_edit *edit, const struct element *element)
{
	size_t at = blanks_behind(edit, element->end);

	if (edit->text.data[at] == '#')
		while (at < edit->value->end && edit->text.data[at] != '\n')
			at++;
	return edit->text.data[at] == '\n' ? at : 0;
}

static void insert_front(struct array_edit *edit)
{
	const struct element *first = edit->value->elements.items;
	const char *separator = " ";
	size_t at;

	if (!edit->plan->front.count)
		return;
	if (first && first == edit->first_kept) {
		at = first->start;
		if (begins_line(edit, first))
			separator = line_break(edit, first);
	} else {
		at = edit->value->start + 1;
	}
	splice_add(edit->arena, edit->splices, at, at,
		   arena_printf(edit->arena, "%s%s", join(edit, &edit->plan->front, separator),
				edit->first_kept || edit->plan->back.count ? separator : ""));
}

static void insert_back(struct array_edit *edit)
{
	const struct element *last = edit->last_kept;
	const char *separator = " ";
	size_t at = edit->value->start + 1, line_end;

	if (!edit->plan->back.count)
		return;
	if (last) {
		at = last->end;
		line_end = end_of_line(edit, last);
		if (begins_line(edit, last) && line_end) {
			separator = line_break(edit, last);
			at = line_end;
		}
	}
	splice_add(edit->arena, edit->splices, at, at,
		   arena_printf(edit->arena, "%s%s", last ? separator : "",
				join(edit, &edit->plan->back, separator)));
}

int shell_array_splice(struct arena *arena, struct bytes text, const struct shell_text *value,
		       size_t field, const struct found_words *words,
		       const struct planned_words *plan, bool front, bool back,
		       struct splices *splices, struct error *error)
{
	struct array_edit edit = {
		.arena = arena,
		.text = text,
		.value = value,
		.words = words,
		.plan = plan,
		.field = field,
		.splices = splices,
	};
	int r;

	for_each (element, &value->elements) {
		r = change_element(&edit, element, error);
		if (r < 0)
			return r;
	}
	if (front)
		insert_front(&edit);
	if (back)
		insert_back(&edit);
	return 0;
}
