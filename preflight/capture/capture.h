/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saves what preflight reads of a host as one archive, so that the host can be judged elsewhere: the
 * tree of CONTRACT section 5, and capture.json (capture/note.h). What is taken stands in
 * capture/table.c, what is replaced in capture/redact.h.
 */
#ifndef VFIOKIT_CAPTURE_H
#define VFIOKIT_CAPTURE_H

#include "preflight/facts/facts.h"

struct capture_result {
	size_t files, unreadable;
	uint64_t size; /* bytes of the archive */
};

/*
 * Captures host, of which these facts were collected, as the file path: a tar archive, compressed by
 * gzip or zstd where the name ends with .tar.gz, .tgz, .tar.zst or .tzst. The file appears, with mode
 * 0600, when it is complete; a regular file of that name is replaced. Nothing else is written.
 * Unless redact is false, names, addresses and serial numbers are replaced.
 * -EINVAL with words where the name tells no kind of archive or something else than a file stands
 * there; else what writing gave.
 */
int capture_host(const struct host *host, const struct facts *facts, const char *path, bool redact,
		 struct capture_result *ret_result, struct error *error);

#endif
