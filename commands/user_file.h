/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that people name on the command line: they belong to the user, not to the host that is judged. */
#ifndef VFIOKIT_USER_FILE_H
#define VFIOKIT_USER_FILE_H

#include "preflight/error.h"
#include "preflight/host/host.h"

/*
 * Reads path, or standard input for "-", to its end; it may be a pipe. NUL-terminated behind its length, in
 * arena. 0, or -errno with words; more than limit bytes are -EFBIG. error may be NULL.
 */
int user_file_read(const char *path, struct arena *arena, size_t limit, struct bytes *ret_bytes,
		   struct error *error);

/*
 * Writes length bytes to path, so that at any moment, also after a power cut, either the old file or the whole
 * new one is there: a temporary file beside it, synced, then renamed. A file that was there keeps its owner and mode; what
 * is no regular file (a pipe, /dev/stdout) is written to as it is. 0, or -errno with words.
 */
int user_file_replace(const char *path, const char *data, size_t length, struct error *error);

#endif
