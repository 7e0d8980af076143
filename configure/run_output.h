/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program prints: into a file with a bound, and line by line to whoever watches. Part of run.c. */
#ifndef VFIOKIT_RUN_OUTPUT_H
#define VFIOKIT_RUN_OUTPUT_H

#include "configure/run.h"

struct run_output {
	int file; /* -1: none, or it could not be written to */
	void (*line)(void *context, const char *line);
	void *context;
	char *tail;           /* the last bytes, a ring of RUN_OUTPUT_TAIL */
	uint64_t total, kept; /* bytes printed, bytes of them in the file */
	size_t length;
	char current[RUN_LINE_LIMIT + 1], last[256];
};

struct run_output run_output_new(int file, void (*line)(void *context, const char *line),
				 void *context);
void run_output_add(struct run_output *output, const char *data, size_t length);

/* Gives out a last line without newline, and writes the end of the output into the file. */
void run_output_finish(struct run_output *output);

/* The last line that was not empty, shortened; "" where there was none. */
const char *run_output_last_line(const struct run_output *output);

void run_output_free(struct run_output *output);

#endif
