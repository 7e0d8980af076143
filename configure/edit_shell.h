/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by edit_shell.c (which assignments change), edit_shell_value.c (the characters of a value) and
 * edit_shell_array.c (elements between parentheses). Internal.
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
