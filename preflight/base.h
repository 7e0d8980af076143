/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few words that every file of the project uses: cleanup attributes, three-valued truth, array
 * sizes. Nothing here allocates or reads.
 */
#ifndef VFIOKIT_BASE_H
#define VFIOKIT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VFIOKIT_VERSION "0.1.0"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define PRINTF_FORMAT(text, first) __attribute__((__format__(__printf__, text, first)))

/* Marks a text that people read, so that it can be translated; expands to the text itself. language.h, which every
 * file has by way of this one, translates. */
#define N_(text) (text)

/* UNKNOWN is zero on purpose: what no collector has set is unknown, never "no" and never "fine". */
enum truth {
	UNKNOWN = 0,
	NO,
	YES,
};

static inline enum truth truth_of(bool value)
{
	return value ? YES : NO;
}

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define _cleanup_(function) __attribute__((cleanup(function)))
#define _cleanup_free_      _cleanup_(cleanup_free)
#define _cleanup_close_     _cleanup_(cleanup_close)

/* Hands over the pointer and forgets it here, for use with _cleanup_free_. */
#define TAKE_PTR(pointer)                                                                          \
	({                                                                                         \
		__typeof__(pointer) taken_ = (pointer);                                            \
		(pointer) = NULL;                                                                  \
		taken_;                                                                            \
	})

#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int taken_ = (fd);                                                                 \
		(fd) = -1;                                                                         \
		taken_;                                                                            \
	})

static inline bool streq(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static inline bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static inline bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Whether something stands in front of the suffix: ".conf" alone is the name of a hidden file. */
static inline bool has_suffix(const char *name, const char *suffix)
{
	return ends_with(name, suffix) && strlen(name) > strlen(suffix);
}

#include "preflight/language.h"

#endif
