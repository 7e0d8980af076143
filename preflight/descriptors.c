/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/descriptors.h"
#include "preflight/base.h"

#include <sys/syscall.h>

/* Where the kernel has no close_range() (before 5.9). */
enum { DESCRIPTOR_LIMIT = 4096 };

static bool close_range_of(unsigned first, unsigned last)
{
	return first > last || syscall(SYS_close_range, first, last, 0u) == 0;
}

void descriptors_close_but(int first, int second)
{
	unsigned low = (unsigned)(first < second ? first : second);
	unsigned high = (unsigned)(first < second ? second : first);

	if ((low == 0 || close_range_of(0, low - 1)) &&
	    (high == low || close_range_of(low + 1, high - 1)) && close_range_of(high + 1, ~0u))
		return;
	for (int fd = 0; fd < DESCRIPTOR_LIMIT; fd++)
		if (fd != first && fd != second)
			close(fd);
}
