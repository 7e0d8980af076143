/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A failure that a person must be told about. It lives on the caller's stack; a function that can
 * fail in a way worth words takes a struct error * as its last argument, fills it with
 * error_set() and returns the code. The text names the file and the reason, without a final dot
 * and without the program's name.
 *
 * The words are kept twice: in English, for the journal and for programs, and in the people's language (language.h).
 */
#ifndef VFIOKIT_ERROR_H
#define VFIOKIT_ERROR_H

#include "preflight/base.h"

#include <stdarg.h>

struct error {
	int code;          /* -errno */
	char message[512]; /* English */
	char shown[768];   /* for people: see error_shown() */
};

/*
 * Stores code and message; returns code, so that `return error_set(error, -EINVAL, …)` reads well.
 * error may be NULL. The format is looked up in the people's language, and so is each text of more than one word among
 * its arguments (the words of error_words(), say). Formats hold the conversions s, d, i, u, x, o and c, with width,
 * precision and the lengths l, ll and z; no argument positions.
 */
int error_set(struct error *error, int code, const char *format, ...) PRINTF_FORMAT(3, 4);

/* "NAME:LINE: " in front of what error_set() would store. */
int error_set_at(struct error *error, int code, const char *name, unsigned line, const char *format,
		 va_list arguments) PRINTF_FORMAT(5, 0);

/* Puts another failure's words into the one %s of a format; outer and inner may be the same. */
int error_wrap(struct error *outer, int code, const char *format, const struct error *inner)
	PRINTF_FORMAT(3, 0);

/* Adds another failure's words behind those that are there. */
void error_add(struct error *error, const struct error *more);

/* The words for people. */
const char *error_shown(const struct error *error);

/* The words for -errno, as strerror() has them in English, in a buffer that stays valid for the program's run. */
const char *error_words(int code);

#endif
