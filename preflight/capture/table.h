/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a capture takes, as a table. Whoever writes a collector that reads another file adds it here:
 * tests/capture.sh compares what preflight says of a host and of its capture.
 *
 * Keys, password files, machine ids, SSH and TLS material stand nowhere here, and no row's wildcard
 * reaches them.
 */
#ifndef VFIOKIT_CAPTURE_TABLE_H
#define VFIOKIT_CAPTURE_TABLE_H

#include "preflight/capture/redact.h"

enum capture_flags {
	CAPTURE_EXISTS = 1 << 0,  /* only that it is there, with its mode and time: no content */
	CAPTURE_FOLLOW = 1 << 1,  /* what links lead to is taken, too */
	CAPTURE_LINKS = 1 << 2,   /* only links */
	CAPTURE_HEAD = 1 << 3,    /* of a longer file its beginning */
	CAPTURE_LEARN = 1 << 4,   /* not taken: read to know what to replace elsewhere */
	CAPTURE_PROGRAM = 1 << 5, /* unified kernel images and addons, in short */
	CAPTURE_ANY_CASE =
		1 << 6, /* the file system may not tell capital letters from small ones */
	/* Of the content only what checks look at (capture/shorten.c), by kind of file. */
	CAPTURE_PVE_MAPPING = 1 << 7,
	CAPTURE_PVE_MACHINE = 1 << 8,
	CAPTURE_CLOUDPODS = 1 << 9,
	CAPTURE_TRANSACTION = 1 << 10,
};

struct capture_row {
	const char *directory; /* glob, path_glob.h; "" is the root */
	const char *names;     /* in it, globs separated by blanks */
	enum redaction redaction;
	unsigned flags;
	size_t limit;     /* bytes of one file; 0: HOST_FILE_LIMIT */
	const char *only; /* content of files that do not hold this text is left out; NULL: all */
};

extern const struct capture_row capture_rows[];
extern const size_t capture_row_count;

#endif
