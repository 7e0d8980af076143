/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of the edits: changes written short, and comparisons of bytes.
 *
 * "+a|-b|^c|b>d": WORD_ADD a, WORD_REMOVE b, WORD_FIRST c, WORD_REPLACE b with d.
 */
#ifndef VFIOKIT_TESTS_EDIT_MADE_H
#define VFIOKIT_TESTS_EDIT_MADE_H

#include "configure/edit.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static inline struct word_changes changes_of(struct arena *arena, const char *text)
{
	struct word_changes changes = {0};
	char *rest = arena_strdup(arena, text), *item;

	while ((item = strsep(&rest, "|"))) {
		struct word_change *change = ARRAY_ADD(arena, &changes);
		char *with = strchr(item, '>');

		change->word = item + 1;
		if (*item == '+') {
			change->action = WORD_ADD;
		} else if (*item == '-') {
			change->action = WORD_REMOVE;
		} else if (*item == '^') {
			change->action = WORD_FIRST;
		} else {
			assert_non_null(with);
			*with = '\0';
			change->action = WORD_REPLACE;
			change->word = item;
			change->with = with + 1;
		}
	}
	return changes;
}

static inline struct bytes bytes_of(const char *text)
{
	return (struct bytes){.data = text, .length = strlen(text)};
}

/* A copy whose last byte is the last one of its memory, so that a read behind it is seen by the
 * sanitizers. The caller frees data. */
static inline struct bytes exact_bytes(const char *text, size_t length)
{
	char *copy = malloc(length ? length : 1);

	if (!copy)
		abort();
	if (length)
		memcpy(copy, text, length);
	return (struct bytes){.data = copy, .length = length};
}

static inline const char *text_of_bytes(struct arena *arena, struct bytes bytes)
{
	return arena_copy(arena, bytes.data ? bytes.data : "", bytes.length);
}

static inline void assert_bytes(struct arena *arena, struct bytes bytes, const char *expected)
{
	assert_string_equal(text_of_bytes(arena, bytes), expected);
	assert_int_equal(bytes.length, strlen(expected));
}

/* How tables write what an edit refused with. */
static inline const char *code_name(int code)
{
	switch (code) {
	case 0:
		return "done";
	case -ENOTSUP:
		return "!ENOTSUP";
	case -EINVAL:
		return "!EINVAL";
	case -ENODATA:
		return "!ENODATA";
	default:
		return "!other";
	}
}

#endif
