/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by edit_shell.c (which assignments change), edit_shell_parse.c (what the parser sees before and
 * after), edit_shell_value.c (the characters of a value) and edit_shell_array.c (elements between
 * parentheses). Internal.
 */
#ifndef VFIOKIT_EDIT_SHELL_H
#define VFIOKIT_EDIT_SHELL_H

#include "configure/edit_words.h"
#include "preflight/parse/shell.h"

/* One element of an array. */
struct element {
	size_t start, end;        /* bytes, quotes included */
	size_t first, atom_count; /* its atoms in the field */
};

struct elements {
	struct element *items;
	size_t count, capacity;
};

/* The value of one assignment. */
struct shell_text {
	size_t assignment; /* index into the script's */
	struct field field;
	bool array;
	size_t start, end;        /* its bytes, parentheses included */
	struct elements elements; /* of an array */
};

struct shell_texts {
	struct shell_text *items;
	size_t count, capacity;
};

/* One edit. */
struct shell_edit {
	struct arena *arena;
	struct bytes text;
	enum shell_dialect dialect;
	enum word_language language;
	const char *variable;
	const struct word_changes *changes;
	struct error *error;
	struct shell_script script;
	const struct shell_assignment *final; /* in force at the end; NULL none */
	struct shell_texts values;
	struct found_words words; /* of values */
	struct found_words all;   /* of the variable, as the parser sees them */
	struct planned_words plan;
	size_t front, back; /* indexes of values that take new words */
};

/* Parses a whole file. -ENOTSUP where the shell gives it up, or it runs what may set anything. */
int shell_edit_parse(struct arena *arena, struct bytes text, enum shell_dialect dialect,
		     struct shell_script *ret_script, struct error *error);

/* The words of an assignment's whole value as the parser knows it; NULL has none. */
void shell_edit_read_words(struct arena *arena, enum word_language language,
			   const struct shell_assignment *assignment, struct found_words *words);

/* -ENOTSUP where another form sets the variable, or a part of it: NAME["key"], NAME=([key]=…). */
int shell_edit_refuse_other_spellings(struct shell_edit *edit);

/* -ENOTSUP, with words that begin with the variable's name. */
int shell_edit_refuse(struct shell_edit *edit, const char *why);

/* Parses the result: every other variable must have come out as it was. */
int shell_edit_reparse(struct shell_edit *edit, struct bytes result,
		       struct shell_script *ret_script);

/* The same, and the variable's words must be the wanted ones. */
int shell_edit_prove(struct shell_edit *edit, struct bytes result);

/* Reads the characters of the value of assignment `index`, as parse/shell_word.c reads them. */
void shell_text_read(struct arena *arena, struct bytes text, bool bash,
		     const struct shell_script *script, size_t index, struct shell_text *ret_text);

/* The splices that change the words of an array. field: the index that its words carry. -ENOTSUP where
 * an element holds several words and one of them must change. */
int shell_array_splice(struct arena *arena, struct bytes text, const struct shell_text *value,
		       size_t field, const struct found_words *words,
		       const struct planned_words *plan, bool front, bool back,
		       struct splices *splices, struct error *error);

#endif
