/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A copy of text that holds words (a kernel command line, a list of files) and is safe to show: what
 * separates words stays a separator.
 */
#ifndef VFIOKIT_PRINTABLE_WORDS_H
#define VFIOKIT_PRINTABLE_WORDS_H

#include "preflight/lines.h"

/* As printable_copy(), but tabs, newlines and the like become blanks. */
static inline char *printable_words(struct arena *arena, const char *text, size_t length)
{
	char *copy = printable_copy(arena, text, length);

	for (size_t i = 0; i < length; i++)
		if (text[i] >= '\t' && text[i] <= '\r')
			copy[i] = ' ';
	return copy;
}

#endif
