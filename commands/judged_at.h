/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIOKIT_JUDGED_AT_H
#define VFIOKIT_JUDGED_AT_H

#include "preflight/base.h"

#include <time.h>

/* Now, in seconds since 1970; $SOURCE_DATE_EPOCH where it is set, so that the same input gives the same bytes
 * (reproducible-builds.org/specs/source-date-epoch). */
static inline int64_t judged_at_now(void)
{
	const char *fixed = getenv("SOURCE_DATE_EPOCH");
	char *end = NULL;
	long long seconds = fixed && *fixed ? strtoll(fixed, &end, 10) : 0;

	return end && !*end && seconds >= 0 ? (int64_t)seconds : (int64_t)time(NULL);
}

#endif
