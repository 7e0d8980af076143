/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/edit_modprobe.h"

#include <errno.h>

/* -- reading ------------------------------------------------------------------------------------------- */

/* The characters of the logical line at *position, as libkmod joins them. False: the text ended
 * before the line did. */
static bool read_characters(struct arena *arena, struct bytes text, size_t *position,
			    unsigned *physical, struct atoms *atoms)
{
	while (*position < text.length) {
		size_t start = *position;
		char c = text.data[(*position)++];

		if (c == '\n')
			return true;
		if (c == '\\') {
			if (*position == text.length)
				return false;
			c = text.data[(*position)++];
			if (c == '\n') {
				*physical += 1;
				continue;
			}
		}
		*ARRAY_ADD(arena, atoms) = (struct atom){
			.c = c, .context = CONTEXT_MODPROBE, .start = start, .end = *position};
	}
	return false;
}

static const char *text_of(struct arena *arena, const struct atoms *atoms)
{
	char *text = arena_alloc(arena, atoms->count + 1);

	for (size_t i = 0; i < atoms->count; i++)
		text[i] = atoms->items[i].c;
	return text;
}

/* The words behind "options MODULE". */
static void read_options(struct arena *arena, const char *text, const struct atoms *atoms,
			 struct logical_line *line)
{
	struct span rest = {text, strlen(text)}, word;
	size_t offset;

	(void)span_next_field(&rest, &word);
	(void)span_next_field(&rest, &word);
	offset = (size_t)(rest.data - text);
	line->field.atoms.items = atoms->items + offset;
	line->field.atoms.count = atoms->count - offset;
	words_split(arena, WORDS_KERNEL, &line->field, 0, &line->words);
	line->plan.replaced = arena_array(arena, line->words.count + 1, sizeof(char *));
	line->plan.removed = arena_array(arena, line->words.count + 1, sizeof(bool));
}

static void read_line(struct arena *arena, struct logical_line *line, const struct atoms *atoms,
		      struct bytes text)
{
	struct modprobe_lines parsed = {0};

	line->text = text_of(arena, atoms);
	modprobe_parse(arena, "-", text.data + line->start, line->end - line->start, &parsed);
	if (!parsed.count)
		return;
	line->parsed = parsed.items;
	if (line->parsed->command == MODPROBE_OPTIONS && line->parsed->module)
		read_options(arena, line->text, atoms, line);
}

void modprobe_read_lines(struct arena *arena, struct bytes text, struct logical_lines *lines)
{
	unsigned number = 1;

	for (size_t position = 0; position < text.length;) {
		struct logical_line *line = ARRAY_ADD(arena, lines);
		struct atoms atoms = {0};
		unsigned physical = 1;

		line->start = position;
		line->number = number;
		line->ended = read_characters(arena, text, &position, &physical, &atoms);
		line->end = position;
		line->ends_in_backslash =
			!line->ended && text.data[position - 1] == '\\' &&
			(!atoms.count || atoms.items[atoms.count - 1].end != position);
		read_line(arena, line, &atoms, text);
		number += physical;
	}
}

/* -- options ------------------------------------------------------------------------------------------------ */

static bool is_of_module(struct modprobe_edit *edit, const struct logical_line *line,
			 const struct modprobe_change *change)
{
	return line->parsed && line->parsed->command == MODPROBE_OPTIONS && line->parsed->module &&
	       streq(line->parsed->module,
		     modprobe_module_name(edit->arena, change->module, strlen(change->module)));
}

static bool is_option(const struct found_word *word, const struct modprobe_change *change)
{
	return !word->opaque && names_equal(word->key.name, change->name);
}

/* A later change of the same option counts. */
static bool is_outdone(struct modprobe_edit *edit, const struct modprobe_change *change)
{
	const struct modprobe_changes *changes = edit->changes;

	for (const struct modprobe_change *later = change + 1;
	     later < changes->items + changes->count; later++)
		if (later->kind == MODPROBE_SET_OPTION && names_equal(later->name, change->name) &&
		    names_equal(later->module, change->module))
			return true;
	return false;
}

static int write_option(struct modprobe_edit *edit, const char *name, const char *value,
			const char **ret_text)
{
	struct parameters words = {0};
	const char *text = strpbrk(value, " \t")
				   ? arena_printf(edit->arena, "%s=\"%s\"", name, value)
				   : arena_printf(edit->arena, "%s=%s", name, value);

	cmdline_parse(edit->arena, text, strlen(text), NULL, 0, &words);
	/* A list that ends in a comma takes in what follows it: take_list_rest(). */
	if (strpbrk(value, "\"\n\r") || ends_with(value, ",") || words.count != 1 ||
	    !streq(words.items[0].value, value))
		return error_set(edit->error, -EINVAL,
				 "\"%.200s\" cannot be written as a module option", value);
	*ret_text = text;
	return 0;
}

/* A list that somebody wrote with blanks goes on in the next words: "ids=10de:1, 10de:2". */
static bool continues_list(const struct found_word *before, const struct found_word *word)
{
	size_t length = strlen(before->text);

	if (word->key.value || word->opaque)
		return false;
	if (strspn(word->text, "0123456789abcdefABCDEF:,") != strlen(word->text))
		return false;
	return before->text[length - 1] == ',' || *word->text == ',' || strchr(word->text, ':');
}

static void take_list_rest(struct logical_line *line, size_t word)
{
	for (size_t i = word + 1; i < line->words.count; i++) {
		if (!continues_list(&line->words.items[i - 1], &line->words.items[i]))
			return;
		line->plan.removed[i] = true;
		line->changed = true;
	}
}

static int set_word(struct modprobe_edit *edit, struct logical_line *line, size_t index,
		    const struct modprobe_change *change)
{
	const struct found_word *word = &line->words.items[index];
	int r;

	take_list_rest(line, index);
	if (streq(word->key.value, change->value))
		return 0;
	r = write_option(edit, word->key.name, change->value, &line->plan.replaced[index]);
	line->changed = true;
	return r;
}

static int set_option(struct modprobe_edit *edit, const struct modprobe_change *change)
{
	const char *text;
	int r;

	for (size_t i = edit->lines.count; i > 0; i--) {
		struct logical_line *line = &edit->lines.items[i - 1];

		if (line->removed || !is_of_module(edit, line, change))
			continue;
		for (size_t w = line->words.count; w > 0; w--)
			if (is_option(&line->words.items[w - 1], change))
				return set_word(edit, line, w - 1, change);
	}
	r = write_option(edit, change->name, change->value, &text);
	if (r == 0)
		strings_add(edit->arena, &edit->new_lines,
			    arena_printf(edit->arena, "options %s %s", change->module,
					 word_encode(edit->arena, CONTEXT_MODPROBE, text)));
	return r;
}

static void remove_option(struct modprobe_edit *edit, const struct modprobe_change *change)
{
	for_each (line, &edit->lines) {
		if (line->removed || !is_of_module(edit, line, change))
			continue;
		for (size_t w = 0; w < line->words.count; w++) {
			if (!is_option(&line->words.items[w], change))
				continue;
			line->plan.removed[w] = true;
			line->changed = true;
			take_list_rest(line, w);
		}
	}
}

/* -- lines -------------------------------------------------------------------------------------------------- */

/* An argument's words with one blank between each two, module names as the kernel compares them. */
static const char *normal_argument(struct arena *arena, const struct modprobe_line *line)
{
	struct strings words = {0};
	struct span rest = {line->argument, strlen(line->argument)}, word;
	bool names = line->command == MODPROBE_SOFTDEP || line->command == MODPROBE_WEAKDEP;

	while (span_next_field(&rest, &word))
		strings_add(arena, &words,
			    names ? modprobe_module_name(arena, word.data, word.length)
				  : arena_copy(arena, word.data, word.length));
	return strings_join(arena, &words, " ");
}

bool modprobe_lines_equal(struct arena *arena, const struct modprobe_line *a,
			  const struct modprobe_line *b)
{
	if (a->command != b->command || !streq(a->module, b->module))
		return false;
	if (a->command == MODPROBE_UNKNOWN)
		return streq(a->origin.text, b->origin.text);
	return streq(normal_argument(arena, a), normal_argument(arena, b));
}

/* Comments and what modprobe does not know compare as they stand. */
static bool stands_there(struct modprobe_edit *edit, const struct modprobe_line *parsed,
			 const char *text)
{
	for_each (line, &edit->lines) {
		if (line->removed)
			continue;
		if (parsed ? line->parsed && modprobe_lines_equal(edit->arena, line->parsed, parsed)
			   : !line->parsed && streq(arena_copy(edit->arena, line->text,
							       strcspn(line->text, "\r")),
						    text))
			return true;
	}
	return strings_contain(&edit->new_lines, text);
}

static int add_line(struct modprobe_edit *edit, const struct modprobe_change *change)
{
	struct modprobe_lines parsed = {0};
	size_t length = strlen(change->text);

	/* libkmod drops backslashes: the line would not be found again. */
	if (!length || strpbrk(change->text, "\n\r\\"))
		return error_set(edit->error, -EINVAL, "\"%.200s\" is not one line of modprobe.d",
				 change->text);
	modprobe_parse(edit->arena, "-", change->text, length, &parsed);
	if (!stands_there(edit, parsed.items, change->text))
		strings_add(edit->arena, &edit->new_lines, change->text);
	return 0;
}

static int remove_line(struct modprobe_edit *edit, const struct modprobe_change *change)
{
	for_each (line, &edit->lines)
		if (line->number == change->line) {
			line->removed = true;
			return 0;
		}
	return error_set(edit->error, -EINVAL, "no line begins at line %u", change->line);
}

/* -- all changes -------------------------------------------------------------------------------------------- */

static int carry_out(struct modprobe_edit *edit, const struct modprobe_change *change)
{
	switch (change->kind) {
	case MODPROBE_SET_OPTION:
		if (is_outdone(edit, change))
			return 0;
		if (change->value)
			return set_option(edit, change);
		remove_option(edit, change);
		return 0;
	case MODPROBE_ADD_LINE:
		return add_line(edit, change);
	case MODPROBE_REMOVE_LINE:
		return 0; /* first of all */
	}
	return error_set(edit->error, -EINVAL, "no such change");
}

static bool loses_all_words(const struct logical_line *line)
{
	for (size_t i = 0; i < line->words.count; i++)
		if (!line->plan.removed[i])
			return false;
	return line->changed && line->field.tail == SIZE_MAX;
}

/* New lines end with LF in any file: a carriage return would be part of a module's name. */
static const char *new_text(struct modprobe_edit *edit)
{
	const struct logical_line *last =
		edit->lines.count ? &edit->lines.items[edit->lines.count - 1] : NULL;
	const char *before = "";

	/* A backslash in the last place would join what follows. */
	if (last && !last->removed && !last->ended)
		before = last->ends_in_backslash ? "\n\n" : "\n";
	return arena_printf(edit->arena, "%s%s\n", before,
			    strings_join(edit->arena, &edit->new_lines, "\n"));
}

static void make_splices(struct modprobe_edit *edit, struct splices *splices)
{
	for_each (line, &edit->lines) {
		if (!line->removed && line->changed)
			line->removed = loses_all_words(line);
		if (line->removed)
			splice_add(edit->arena, splices, line->start, line->end, "");
		else if (line->changed)
			words_splice(edit->arena, &line->field, 0, &line->words, &line->plan, false,
				     splices);
	}
	if (edit->new_lines.count)
		splice_add(edit->arena, splices, edit->text.length, edit->text.length,
			   new_text(edit));
}

int edit_modprobe(struct arena *arena, struct bytes text, const struct modprobe_changes *changes,
		  struct bytes *ret_text, struct error *error)
{
	struct modprobe_edit edit = {
		.arena = arena, .text = text, .changes = changes, .error = error};
	struct splices splices = {0};
	struct bytes result;
	int r = edit_refuse_nul(text, error);

	if (r < 0)
		return r;
	modprobe_read_lines(arena, text, &edit.lines);
	for_each (change, changes)
		if (r == 0 && change->kind == MODPROBE_REMOVE_LINE)
			r = remove_line(&edit, change);
	for_each (change, changes)
		if (r == 0)
			r = carry_out(&edit, change);
	if (r < 0)
		return r;
	make_splices(&edit, &splices);
	r = splices_apply(arena, text, &splices, &result, error);
	if (r == 0)
		r = modprobe_prove(&edit, result);
	if (r == 0)
		*ret_text = result;
	return r;
}
