/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the texts of vfiokit explain have in common. */
#ifndef VFIOKIT_EXPLAIN_WORDS_H
#define VFIOKIT_EXPLAIN_WORDS_H

#include "preflight/arena.h"
#include "terminal.h"

#include <json-c/json.h>

/* An empty line and the heading in bold. */
void explain_print_heading(const struct text_style *style, const char *heading);

/* Wrapped text that begins at indent and goes on at further. */
void explain_print_item(const struct text_style *style, unsigned indent, unsigned further,
			const char *text);

/* A label, two blanks, and text that goes on below itself. */
void explain_print_labelled(const struct text_style *style, unsigned indent, const char *label,
			    const char *text);

/* The text with this index, "" where there is none. */
const char *explain_nth(json_object *array, size_t index);

/* The words of an array with blanks between them, only the first ones of a long list; none where it
 * is empty. In arena. */
const char *explain_words(struct arena *arena, json_object *array, const char *none);

#endif
