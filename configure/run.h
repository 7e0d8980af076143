/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs one program of the host and waits for it. No shell; an absolute path; a clean environment (PATH,
 * LANG=C.UTF-8, HOME=/root, DEBIAN_FRONTEND=noninteractive, TERM=dumb); a process group of its own;
 * standard input that is empty; standard output and error together; started in the root's folder. It
 * dies with the process that waits for it.
 */
#ifndef VFIOKIT_RUN_H
#define VFIOKIT_RUN_H

#include "preflight/error.h"

struct run_request {
	const char *const *argv;
	unsigned time_limit; /* seconds; 0: 600 */
	int root;            /* a descriptor of the folder to start in */
	bool chroot;         /* that folder becomes the program's root (needs CAP_SYS_CHROOT) */
	int input;           /* what it reads: an empty file; -1: /dev/null */
	int output;          /* a file that what it prints is written to; -1: nowhere */
	void *context;
	void (*line)(void *context, const char *line); /* NULL: nobody wants lines */
	bool (*cancelled)(void *context);              /* NULL: never */
};

/* What of a program's output is kept in the file: its beginning, and its end where that is apart. */
enum { RUN_OUTPUT_HEAD = 1024 * 1024, RUN_OUTPUT_TAIL = 64 * 1024, RUN_LINE_LIMIT = 4096 };

/*
 * 0: the program ended with exit status 0. When it ends, or is ended, every process left in its group is
 * killed. Otherwise, with words that hold the last line it printed:
 *   -ENOENT, -EACCES, …  it could not be started     -EREMOTEIO  another exit status, or a signal
 *   -ETIMEDOUT           ended after time_limit      -ECANCELED  cancelled
 * Lines are given to line() as they come, without the newline, NULs as '?', longer ones in pieces of
 * RUN_LINE_LIMIT; what a terminal would act on is still in them. That output cannot be written to the
 * file is no failure of the program.
 */
int run_program(const struct run_request *request, struct error *error);

#endif
