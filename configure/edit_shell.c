/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/edit_shell.h"

#include <errno.h>

/* What grub-mkconfig reads is pasted into grub.cfg. */
static enum word_language language_of(const char *variable)
{
	return starts_with(variable, "GRUB_") ? WORDS_GRUB : WORDS_KERNEL;
}

/* -- reading ------------------------------------------------------------------------------------------ */

static void add_value(struct shell_edit *edit, size_t index)
{
	struct shell_text *value = ARRAY_ADD(edit->arena, &edit->values);

	shell_text_read(edit->arena, edit->text, edit->dialect != EDIT_SHELL_POSIX, &edit->script,
			index, value);
	words_split(edit->arena, edit->language, &value->field, edit->values.count - 1,
		    &edit->words);
}

/* The assignment that the value begins with: the last one that is no +=. */
static size_t find_base(const struct shell_edit *edit, size_t last)
{
	size_t base = last;

	for (size_t i = last + 1; i > 0; i--) {
		const struct shell_assignment *assignment = &edit->script.assignments.items[i - 1];

		if (!streq(assignment->name, edit->variable))
			continue;
		if (assignment->unset)
			return base;
		base = i - 1;
		if (!assignment->appends)
			return base;
	}
	return base;
}

static void read_values(struct shell_edit *edit)
{
	size_t last = (size_t)(edit->final - edit->script.assignments.items);
	size_t base = find_base(edit, last);

	edit->front = edit->back = SIZE_MAX;
	for (size_t i = 0; i <= last; i++) {
		const struct shell_assignment *assignment = &edit->script.assignments.items[i];

		if (!streq(assignment->name, edit->variable) || assignment->unset ||
		    assignment->uncertain)
			continue;
		if (i != base && i != last && !shell_is_in_force(&edit->script, i))
			continue;
		add_value(edit, i);
		if (i == base)
			edit->front = edit->values.count - 1;
		if (i == last)
			edit->back = edit->values.count - 1;
	}
}

/* Words of the variable that stand in none of its values: another variable brought them. */
static struct found_words find_foreign(const struct shell_edit *edit)
{
	struct found_words foreign = {0};

	for_each (word, &edit->all) {
		bool own = word->opaque;

		for_each (known, &edit->words)
			own = own || (!known->opaque && word_keys_equal(&known->key, &word->key));
		if (!own)
			*ARRAY_ADD(edit->arena, &foreign) = *word;
	}
	return foreign;
}

/* -- what must not be overlooked -------------------------------------------------------------------------- */

static char fold(char c)
{
	return c == '-' ? '_' : c;
}

static bool is_of_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("_-.=,:", c));
}

/* The letter of \t or \n in $'…'. */
static bool is_escaped(const char *text, size_t at)
{
	return at > 0 && text[at - 1] == '\\';
}

/* Whether the source text has the word, with something else on both sides. */
static bool holds(const char *text, size_t length, const char *word)
{
	size_t size = strlen(word);

	for (size_t at = 0; at + size <= length; at++) {
		size_t i = 0;

		while (i < size && fold(text[at + i]) == fold(word[i]))
			i++;
		if (i == size && !(at && is_of_word(text[at - 1]) && !is_escaped(text, at - 1)) &&
		    !(at + size < length && is_of_word(text[at + size])))
			return true;
	}
	return false;
}

static bool is_hidden(const struct shell_edit *edit, const char *word)
{
	for (size_t i = 0; i < edit->final->pieces.count; i++) {
		const struct shell_piece *piece = &edit->final->pieces.items[i];

		if (piece->unknown && holds(piece->text, piece->length, word))
			return true;
	}
	for_each (assignment, &edit->script.assignments)
		if (assignment->uncertain && streq(assignment->name, edit->variable) &&
		    holds(edit->text.data + assignment->value_start,
			  assignment->value_end - assignment->value_start, word))
			return true;
	return false;
}

/* A word to be removed may stand where it cannot be reached. */
static int refuse_hidden(struct shell_edit *edit)
{
	for_each (change, edit->changes)
		if ((change->action == WORD_REMOVE || change->action == WORD_REPLACE) &&
		    is_hidden(edit, change->word))
			return error_set(
				edit->error, -ENOTSUP,
				"%s gets \"%.200s\" from a command, or inside if, case or a "
				"function: it has to be changed by hand",
				edit->variable, change->word);
	return 0;
}

/* Bash takes NAME=(…) with a carriage return behind it for a text, and so does the parser. */
static int refuse_crlf_array(struct shell_edit *edit)
{
	const char *array = arena_printf(edit->arena, "%s=(", edit->variable);

	if (edit->dialect == EDIT_SHELL_POSIX ||
	    !memmem(edit->text.data, edit->text.length, ")\r\n", 3) ||
	    !memmem(edit->text.data, edit->text.length, array, strlen(array)))
		return 0;
	return shell_edit_refuse(
		edit, N_("is an array, but the file's lines end with CR LF, which bash does not "
			 "read as an array"));
}

/* -- a new line --------------------------------------------------------------------------------------------- */

/* Brings a line behind the others. Its end is LF in any file: a CR would be part of the value. */
static struct bytes append_line(struct arena *arena, struct bytes text, const char *line)
{
	const char *before = "";
	size_t length = text.length, slashes = 0;
	char *result;

	if (length && text.data[length - 1] != '\n')
		before = "\n";
	else if (length)
		length--;
	while (slashes < length && text.data[length - 1 - slashes] == '\\')
		slashes++;
	/* A backslash at the end would join the line. */
	if (slashes % 2)
		before = *before ? "\n\n" : "\n";
	result = arena_alloc(arena, text.length + strlen(before) + strlen(line) + 2);
	if (text.length)
		memcpy(result, text.data, text.length);
	stpcpy(stpcpy(stpcpy(result + text.length, before), line), "\n");
	return (struct bytes){.data = result,
			      .length = text.length + strlen(before) + strlen(line) + 1};
}

static const char *new_line(struct shell_edit *edit, bool append)
{
	struct strings words = {0};
	const char *text;

	for_each (word, &edit->plan.front)
		strings_add(edit->arena, &words, *word);
	for_each (word, &edit->plan.back)
		strings_add(edit->arena, &words, *word);
	if (edit->dialect == EDIT_SHELL_BASH_ARRAY) {
		for_each (word, &words)
			*word = word_encode(edit->arena, CONTEXT_BARE, *word);
		return arena_printf(edit->arena, "%s%s(%s)", edit->variable, append ? "+=" : "=",
				    strings_join(edit->arena, &words, " "));
	}
	text = word_encode(edit->arena, CONTEXT_DOUBLE, strings_join(edit->arena, &words, " "));
	if (!append)
		return arena_printf(edit->arena, "%s=\"%s\"", edit->variable, text);
	if (edit->dialect == EDIT_SHELL_POSIX)
		return arena_printf(edit->arena, "%s=\"$%s %s\"", edit->variable, edit->variable,
				    text);
	return arena_printf(edit->arena, "%s+=\" %s \"", edit->variable, text);
}

static int append_words(struct shell_edit *edit, bool append, struct bytes *ret_text)
{
	struct bytes result;
	int r = words_plan(edit->arena, edit->language, &edit->words, NULL, edit->changes,
			   &edit->plan, edit->error);

	if (r < 0)
		return r;
	if (!edit->plan.changed) {
		*ret_text = edit->text;
		return 0;
	}
	r = refuse_crlf_array(edit);
	if (r < 0)
		return r;
	result = append_line(edit->arena, edit->text, new_line(edit, append));
	/* What the variable held before this file. */
	if (append && edit->dialect == EDIT_SHELL_POSIX)
		*ARRAY_ADD(edit->arena, &edit->all) =
			(struct found_word){.text = "\001", .opaque = true};
	r = shell_edit_prove(edit, result);
	if (r < 0)
		return r;
	*ret_text = result;
	return 0;
}

/* -- words ------------------------------------------------------------------------------------------------ */

/* NAME=(a) NAME+=" b": bash makes one element "a b" of it. */
static bool mixes_array_and_text(const struct shell_edit *edit)
{
	bool array = false, text = false;

	for_each (value, &edit->values) {
		array = array || value->array;
		text = text || value->field.joined;
	}
	return array && text;
}

static int make_splices(struct shell_edit *edit, struct splices *splices)
{
	const struct planned_words *plan = &edit->plan;
	bool inserts = plan->front.count || plan->back.count;

	for (size_t i = 0; i < edit->values.count; i++) {
		const struct shell_text *value = &edit->values.items[i];
		const struct field *field = &value->field;
		int r;

		if (value->array) {
			r = shell_array_splice(edit->arena, edit->text, value, i, &edit->words,
					       plan, i == edit->front, i == edit->back, splices,
					       edit->error);
			if (r < 0)
				return r;
			continue;
		}
		words_splice(edit->arena, field, i, &edit->words, plan, inserts, splices);
		if (i == edit->front)
			words_insert_front(edit->arena, field, i, &edit->words, &plan->front,
					   splices);
		if (i == edit->back)
			words_insert_back(edit->arena, field, i, &edit->words, plan, splices);
	}
	return 0;
}

static int change_words(struct shell_edit *edit, struct bytes *ret_text)
{
	struct splices splices = {0};
	struct bytes result;
	int r;

	if (edit->final->uncertain || (edit->plan.front.count && edit->front == SIZE_MAX))
		return shell_edit_refuse(
			edit, N_("is set inside if, case or a function, or behind && or ||: it "
				 "has to be changed by hand"));
	if (mixes_array_and_text(edit))
		return shell_edit_refuse(edit,
					 N_("is an array to which text is appended: it has to be "
					    "changed by hand"));
	r = make_splices(edit, &splices);
	if (r < 0)
		return r;
	r = splices_apply(edit->arena, edit->text, &splices, &result, edit->error);
	if (r < 0)
		return r;
	r = shell_edit_prove(edit, result);
	if (r < 0)
		return r;
	*ret_text = result;
	return 0;
}

int edit_shell_words(struct arena *arena, struct bytes text, enum shell_dialect dialect,
		     const char *variable, const struct word_changes *changes, bool append,
		     struct bytes *ret_text, struct error *error)
{
	struct shell_edit edit = {
		.arena = arena,
		.text = text,
		.dialect = dialect,
		.language = language_of(variable),
		.variable = variable,
		.changes = changes,
		.error = error,
	};
	struct found_words foreign;
	int r = shell_edit_parse(arena, text, dialect, &edit.script, error);

	if (r == 0)
		r = shell_edit_refuse_other_spellings(&edit);
	if (r < 0)
		return r;
	edit.final = shell_find(&edit.script, variable);
	if (!edit.final)
		return append_words(&edit, append, ret_text);
	read_values(&edit);
	shell_edit_read_words(arena, edit.language, edit.final, &edit.all);
	foreign = find_foreign(&edit);
	r = words_plan(arena, edit.language, &edit.words, &foreign, changes, &edit.plan, error);
	if (r == 0)
		r = refuse_hidden(&edit);
	if (r < 0)
		return r;
	if (edit.plan.changed)
		return change_words(&edit, ret_text);
	/* A word may stand in another variable, from which this one takes it over. */
	r = words_prove(arena, edit.language, &edit.all, &edit.all, changes, error);
	if (r == 0)
		*ret_text = text;
	return r;
}

/* -- one value -------------------------------------------------------------------------------------------- */

static bool is_all_in(const struct shell_text *value, enum word_context context)
{
	for_each (atom, &value->field.atoms)
		if (atom->context != context)
			return false;
	return value->field.atoms.count > 0;
}

/* The value in the quotes that the old one had. */
static const char *write_value(struct arena *arena, const struct shell_text *old, const char *value)
{
	if (is_all_in(old, CONTEXT_SINGLE) && !strchr(value, '\''))
		return arena_printf(arena, "'%s'", value);
	if (is_all_in(old, CONTEXT_BARE) && word_is_plain(value))
		return value;
	return arena_printf(arena, "\"%s\"", word_encode(arena, CONTEXT_DOUBLE, value));
}

static int replace_value(struct shell_edit *edit, const char *value, struct bytes *ret_text)
{
	size_t index = (size_t)(edit->final - edit->script.assignments.items);
	struct splices splices = {0};
	struct shell_text old;

	shell_text_read(edit->arena, edit->text, edit->dialect != EDIT_SHELL_POSIX, &edit->script,
			index, &old);
	splice_add(edit->arena, &splices, old.start, old.end,
		   write_value(edit->arena, &old, value));
	return splices_apply(edit->arena, edit->text, &splices, ret_text, edit->error);
}

/* Whether a value is that of the variable, whatever is run. */
static bool is_value(struct arena *arena, const struct shell_assignment *assignment,
		     const char *value)
{
	return assignment && !assignment->uncertain && streq(shell_value(arena, assignment), value);
}

int edit_shell_set(struct arena *arena, struct bytes text, enum shell_dialect dialect,
		   const char *variable, const char *value, struct bytes *ret_text,
		   struct error *error)
{
	struct shell_edit edit = {
		.arena = arena,
		.text = text,
		.dialect = dialect,
		.variable = variable,
		.error = error,
	};
	struct shell_script after;
	struct bytes result = text;
	int r = shell_edit_parse(arena, text, dialect, &edit.script, error);

	if (r == 0)
		r = shell_edit_refuse_other_spellings(&edit);
	if (r < 0)
		return r;
	edit.final = shell_find(&edit.script, variable);
	if (is_value(arena, edit.final, value)) {
		*ret_text = text;
		return 0;
	}
	if (edit.final && !edit.final->uncertain && !edit.final->appends)
		r = replace_value(&edit, value, &result);
	else
		result = append_line(arena, text,
				     arena_printf(arena, "%s=\"%s\"", variable,
						  word_encode(arena, CONTEXT_DOUBLE, value)));
	if (r == 0)
		r = shell_edit_reparse(&edit, result, &after);
	if (r < 0)
		return r;
	if (!is_value(arena, shell_find(&after, variable), value))
		return shell_edit_refuse(&edit, N_("cannot be set to this value in this file"));
	*ret_text = result;
	return 0;
}
