/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A failure that a person must be told about. It lives on the caller's stack; a function that can
 * fail in a way worth words takes a struct error * as its last argument, fills it with
 * error_set() and returns the code. The text names the file and the reason, without a final dot
 * and without the program's name.
 */
#ifndef VFIOKIT_ERROR_H
#define VFIOKIT_ERROR_H

#include "preflight/base.h"

struct error {
	int code; /* -errno */
	char message[512];
};

/* Stores code and message; returns code, so that `return error_set(error, -EINVAL, …)` reads well.
 * error may be NULL. */
int error_set(struct error *error, int code, const char *format, ...) PRINTF_FORMAT(3, 4);

/* The words for -errno, as strerror() has them, in a buffer that stays valid for the program's run.
 */
const char *error_words(int code);

#endif
