/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/): tells accidents from what was written, no
 * defence against people. */
#ifndef VFIOKIT_FNV_H
#define VFIOKIT_FNV_H

#include "preflight/base.h"

#define FNV_START UINT64_C(0xcbf29ce484222325)

/* The hash of what came before (FNV_START: nothing) and these bytes. */
static inline uint64_t fnv_add(uint64_t hash, const void *data, size_t length)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

#endif
