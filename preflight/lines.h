/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of a text that is given as bytes and a length, and copies of such text that are safe to
 * show. For parsers of procfs and sysfs files, where any byte may turn up: a process chooses its
 * own name, a USB device its product string.
 */
#ifndef VFIOKIT_LINES_H
#define VFIOKIT_LINES_H

#include "preflight/arena.h"

/* One line: not NUL-terminated, without its newline. */
struct line {
	const char *text;
	size_t length;
	unsigned number; /* 1… */
};

/* Where the next line begins. Start with lines_of(). */
struct line_reader {
	const char *next, *end;
	unsigned number;
};

static inline struct line_reader lines_of(const char *text, size_t length)
{
	return (struct line_reader){.next = text, .end = text + length};
}

/* Fills *ret_line with the next line; false behind the last one. A last line without newline
 * counts, an empty rest behind the last newline does not. */
bool lines_next(struct line_reader *reader, struct line *ret_line);

/* Whether the line begins with prefix; *ret_rest (may be NULL) becomes what follows it. */
bool line_starts(const struct line *line, const char *prefix, struct line *ret_rest);

/* The line without blanks (space, tab, CR) at both ends. */
struct line line_trim(struct line line);

/* Takes the next word (between blanks) off the front of *rest; false where none is left. */
bool line_word(struct line *rest, struct line *ret_word);

/* Reads a whole line as hexadecimal digits without prefix; false where it is anything else, empty
 * or longer than 16 digits. */
bool line_hex(const struct line *line, uint64_t *ret_value);

/* The same for decimal digits; false also where the value is beyond 64 bits. */
bool line_decimal(const struct line *line, uint64_t *ret_value);

/* A NUL-terminated copy in which a tab is a space, and every other control character (C0, DEL, and C1 as UTF-8 encodes
 * it) a question mark, so that it cannot steer a terminal. */
char *printable_copy(struct arena *arena, const char *text, size_t length);

#endif
