/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of open files: copied, compared, and told by a hash whether they are still what they were. */
#ifndef VFIOKIT_CONTENT_H
#define VFIOKIT_CONTENT_H

#include "preflight/host/host.h"

/* How many bytes and their hash (FNV-1a, 64 bits). It finds a journal that a disk has damaged: any single
 * byte that differs gives another hash. It is no defence against people; who may write the journal's
 * folder (mode 0700) may write the files, too. */
struct digest {
	uint64_t size, hash;
};

struct digest digest_of(const void *data, size_t length);
bool digest_same(const struct digest *a, const struct digest *b);

/* Reads all of fd from its beginning. 0 or -errno. */
int digest_read(int fd, struct digest *ret_digest);

/* Writes all of it at offset; short writes go on, a write of nothing is -EIO. */
int content_write(int fd, const void *data, size_t length, off_t offset);

/* Makes target, which is empty, a copy of all of source: a reflink where the file system can. ret_digest
 * is that of what target holds then. */
int content_copy(int target, int source, struct digest *ret_digest);

/* Whether two files have the same bytes: 1, 0 or -errno. */
int content_same(int a, int b);
/* The same against bytes in memory. */
int content_is(int fd, struct bytes bytes);

/* All of fd in the arena. -EFBIG beyond limit. */
int content_read(int fd, struct arena *arena, size_t limit, struct bytes *ret_bytes);

#endif
