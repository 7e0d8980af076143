/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parser sees in a shell script before an edit and behind it. */
#include "configure/edit_shell.h"

#include <errno.h>

/* Stands for the file in the parser's origins. */
static const char this_file[] = "-";

int shell_edit_refuse(struct shell_edit *edit, const char *why)
{
	return error_set(edit->error, -ENOTSUP, "%s %s", edit->variable, why);
}

/* -- reading ------------------------------------------------------------------------------------------ */

int shell_edit_parse(struct arena *arena, struct bytes text, enum shell_dialect dialect,
		     struct shell_script *ret_script, struct error *error)
{
	struct shell_script script = {0};
	int r = edit_refuse_nul(text, error);

	if (r < 0)
		return r;
	shell_parse(arena, this_file, text.data, text.length, dialect != EDIT_SHELL_POSIX, &script);
	if (script.broken.source)
		return error_set(error, -ENOTSUP, "the shell cannot read line %u: %.200s",
				 script.broken.line, script.broken.text);
	if (script.opaque)
		return error_set(
			error, -ENOTSUP,
			"the file runs something that may set any variable (\".\", eval, a "
			"here-document), or is too long");
	*ret_script = script;
	return 0;
}

/* The variable's characters as the parser knows them, split. */
void shell_edit_read_words(struct arena *arena, enum word_language language,
			   const struct shell_assignment *assignment, struct found_words *words)
{
	struct field field = {0};

	for (size_t i = 0; assignment && i < assignment->pieces.count; i++) {
		const struct shell_piece *piece = &assignment->pieces.items[i];

		for (size_t c = 0; c < (piece->unknown ? 1 : piece->length); c++)
			*ARRAY_ADD(arena, &field.atoms) =
				(struct atom){.c = piece->text[c], .opaque = piece->unknown};
	}
	words_split(arena, language, &field, 0, words);
}

/* Whether another spelling sets the same thing: NAME["key"], NAME[0] beside NAME, NAME=([key]=…). */
static bool is_other_spelling(const char *name, const char *variable)
{
	size_t length = strcspn(name, "["), variable_length = strcspn(variable, "[");
	const char *key = name + length;

	if (length != variable_length || memcmp(name, variable, length) != 0 ||
	    streq(name, variable))
		return false;
	variable += variable_length;
	if (!*variable || !*key)
		return true;
	/* NAME[other] is another one, however it is quoted. */
	for (; *key; key++) {
		if (strchr("\"'\\", *key))
			continue;
		if (*variable++ != *key)
			return false;
	}
	return !*variable;
}

int shell_edit_refuse_other_spellings(struct shell_edit *edit)
{
	for_each (assignment, &edit->script.assignments)
		if (is_other_spelling(assignment->name, edit->variable) &&
		    (strchr(assignment->name, '[') || assignment->pieces.count))
			return error_set(edit->error, -ENOTSUP,
					 "line %u sets %s in a form that is not edited here",
					 assignment->origin.line, edit->variable);
	return 0;
}

/* -- proof ------------------------------------------------------------------------------------------------ */

/* Whether the value takes something over from the variable, and so may change with it. */
static bool takes_over(const struct shell_script *script, const struct shell_assignment *assignment,
		       const char *variable)
{
	for_each (piece, &assignment->pieces)
		if (piece->assignment < script->assignments.count &&
		    streq(script->assignments.items[piece->assignment].name, variable))
			return true;
	return false;
}

static bool are_same_value(struct arena *arena, const struct shell_assignment *a,
			   const struct shell_assignment *b)
{
	struct found_words x = {0}, y = {0};

	if (a->unset != b->unset || !streq(a->name, b->name))
		return false;
	shell_edit_read_words(arena, WORDS_KERNEL, a, &x);
	shell_edit_read_words(arena, WORDS_KERNEL, b, &y);
	if (x.count != y.count)
		return false;
	for (size_t i = 0; i < x.count; i++)
		if (!streq(x.items[i].text, y.items[i].text))
			return false;
	return true;
}

static const struct shell_assignment *next_other(const struct shell_script *script,
						 const char *variable, size_t *at)
{
	while (*at < script->assignments.count) {
		const struct shell_assignment *assignment = &script->assignments.items[(*at)++];

		if (!streq(assignment->name, variable) && !takes_over(script, assignment, variable))
			return assignment;
	}
	return NULL;
}

/* Every other variable must come out as it was. */
static int prove_others(struct shell_edit *edit, const struct shell_script *after)
{
	size_t a = 0, b = 0;

	for (;;) {
		const struct shell_assignment *x = next_other(&edit->script, edit->variable, &a);
		const struct shell_assignment *y = next_other(after, edit->variable, &b);

		if (!x && !y)
			return 0;
		if (!x || !y || !are_same_value(edit->arena, x, y))
			return shell_edit_refuse(edit,
						 N_("cannot be changed without another variable"));
	}
}

int shell_edit_reparse(struct shell_edit *edit, struct bytes result,
		       struct shell_script *ret_script)
{
	int r = shell_edit_parse(edit->arena, result, edit->dialect, ret_script, edit->error);

	return r < 0 ? r : prove_others(edit, ret_script);
}

int shell_edit_prove(struct shell_edit *edit, struct bytes result)
{
	struct shell_script after;
	struct found_words words = {0};
	int r = shell_edit_reparse(edit, result, &after);

	if (r < 0)
		return r;
	shell_edit_read_words(edit->arena, edit->language, shell_find(&after, edit->variable),
			      &words);
	return words_prove(edit->arena, edit->language, &edit->all, &words, edit->changes,
			   edit->error);
}
