/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/memory_stream.h"

#include <errno.h>

int memory_stream_begin(struct memory_stream *memory, struct error *error)
{
	memory->stream = open_memstream(&memory->text, &memory->length);
	return memory->stream ? 0 : error_set(error, -errno, "%s", error_words(-errno));
}

int memory_stream_end(struct memory_stream *memory, int r, struct error *error)
{
	bool complete = !ferror(memory->stream);

	if ((fclose(memory->stream) != 0 || !complete) && r == 0)
		r = error_set(error, -ENOMEM, "%s", error_words(-ENOMEM));
	memory->stream = NULL;
	return r;
}
