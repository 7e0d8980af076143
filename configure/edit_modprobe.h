/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by edit_modprobe.c (the changes) and edit_modprobe_prove.c (whether they are what the parser
 * sees afterwards). Internal.
 */
#ifndef VFIOKIT_EDIT_MODPROBE_H
#define VFIOKIT_EDIT_MODPROBE_H

#include "configure/edit_words.h"
#include "preflight/parse/cmdline.h"
#include "preflight/parse/lines.h"
#include "preflight/parse/modprobe.h"

/* One logical line of the file. */
struct logical_line {
	size_t start, end;                  /* its bytes, the line end included */
	unsigned number;                    /* of its first physical line */
	bool ended;                         /* by a line end; else by the end of the text */
	bool ends_in_backslash;             /* and that is the text's last character */
	const char *text;                   /* joined */
	const struct modprobe_line *parsed; /* NULL: blank or a comment */
	struct field field;                 /* the words of an options line */
	struct found_words words;
	struct planned_words plan;
	bool changed, removed;
};

struct logical_lines {
	struct logical_line *items;
	size_t count, capacity;
};

struct modprobe_edit {
	struct arena *arena;
	struct bytes text;
	const struct modprobe_changes *changes;
	struct error *error;
	struct logical_lines lines;
	struct strings new_lines;
};

/* Appends the logical lines of a text without NUL bytes. */
void modprobe_read_lines(struct arena *arena, struct bytes text, struct logical_lines *lines);

/* Whether two lines say the same, however many blanks they use and however modules are spelled. */
bool modprobe_lines_equal(struct arena *arena, const struct modprobe_line *a,
			  const struct modprobe_line *b);

/* Whether the parser finds the changes in the result, and everything else as it was. -ENOTSUP. */
int modprobe_prove(struct modprobe_edit *edit, struct bytes result);

#endif
