/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output that is made as a whole in memory before any of it is shown: a template that fails in the middle
 * leaves no half text. */
#ifndef VFIOKIT_MEMORY_STREAM_H
#define VFIOKIT_MEMORY_STREAM_H

#include "preflight/error.h"

struct memory_stream {
	FILE *stream; /* to write to, until memory_stream_end() */
	char *text;   /* afterwards: what was written, owned by this */
	size_t length;
};

/* -errno with words where there is no memory. */
int memory_stream_begin(struct memory_stream *memory, struct error *error);

/* Closes the stream. r: what the writing gave; given back, or an error of its own where not all was taken. */
int memory_stream_end(struct memory_stream *memory, int r, struct error *error);

static inline void cleanup_memory_stream(struct memory_stream *memory)
{
	free(memory->text);
}
#define _cleanup_memory_stream_ _cleanup_(cleanup_memory_stream)

#endif
