/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For clang's analyzer alone (make lint), which otherwise takes failures for successes that left their results
 * unset: it cannot tell that -errno is negative (here errno is one of two errors), nor that error_set() returns its
 * code. The program is compiled without.
 */
#include <errno.h>

#include "preflight/error.h"

int unforeseeable(void);

static inline int *some_errno(void)
{
	static int number;

	number = unforeseeable() ? EIO : ENOENT;
	return &number;
}

#undef errno
#define errno (*some_errno())

#define error_set(error, code, ...) ((void)(error_set)(error, code, __VA_ARGS__), (code))
