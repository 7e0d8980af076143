/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes cut into lines and lines into fields, for the tables of /proc. Pointers into the bytes,
 * nothing is copied or changed; the bytes need no NUL at the end and may hold some.
 */
#ifndef VFIOKIT_PARSE_LINES_H
#define VFIOKIT_PARSE_LINES_H

#include "preflight/base.h"

struct span {
	const char *data;
	size_t length;
};

/* Takes the next line (without its newline) from rest into line; false when nothing is left. */
static inline bool span_next_line(struct span *rest, struct span *line)
{
	const char *newline;

	if (rest->length == 0)
		return false;
	newline = memchr(rest->data, '\n', rest->length);
	line->data = rest->data;
	line->length = newline ? (size_t)(newline - rest->data) : rest->length;
	rest->data += line->length + (newline ? 1 : 0);
	rest->length -= line->length + (newline ? 1 : 0);
	return true;
}

/* Takes the next field, runs of blanks and tabs between fields; false when none is left. */
static inline bool span_next_field(struct span *rest, struct span *field)
{
	size_t skip = 0, length;

	while (skip < rest->length && (rest->data[skip] == ' ' || rest->data[skip] == '\t'))
		skip++;
	for (length = 0; skip + length < rest->length; length++)
		if (rest->data[skip + length] == ' ' || rest->data[skip + length] == '\t')
			break;
	*field = (struct span){.data = rest->data + skip, .length = length};
	rest->data += skip + length;
	rest->length -= skip + length;
	return length > 0;
}

/* Takes the next field where exactly one blank separates fields, so that a field may be empty. */
static inline bool span_next_cell(struct span *rest, struct span *field)
{
	const char *blank;

	if (!rest->data)
		return false;
	blank = memchr(rest->data, ' ', rest->length);
	field->data = rest->data;
	field->length = blank ? (size_t)(blank - rest->data) : rest->length;
	rest->length -= field->length + (blank ? 1 : 0);
	rest->data = blank ? blank + 1 : NULL;
	return true;
}

static inline bool span_equals(struct span span, const char *text)
{
	return span.length == strlen(text) && memcmp(span.data, text, span.length) == 0;
}

/* An unsigned number of at most 8 digits in base 10 or 16 that fills the whole span. */
static inline bool span_number(struct span span, unsigned base, unsigned *ret_number)
{
	unsigned number = 0;

	if (span.length == 0 || span.length > 8)
		return false;
	for (size_t i = 0; i < span.length; i++) {
		char c = span.data[i];
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (base == 16 && (c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (unsigned)((c | 0x20) - 'a') + 10;
		else
			return false;
		number = number * base + digit;
	}
	*ret_number = number;
	return true;
}

#endif
