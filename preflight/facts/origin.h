/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where facts come from, and what could not be read. Part of facts.h, which includes this. */
#ifndef VFIOKIT_FACTS_ORIGIN_H
#define VFIOKIT_FACTS_ORIGIN_H

#include "preflight/arena.h"

/* Where a fact was read. source NULL: nowhere (the fact is unknown or was derived). */
struct origin {
	const char *source; /* "/proc/cmdline", "dmesg" */
	unsigned line;    /* 1…, 0 where lines mean nothing (links, directories, binary tables) */
	const char *text; /* what stands there, one line */
};

struct origins {
	struct origin *items;
	size_t count, capacity;
};

/* A file that a fact needed and that could not be read, and why. */
struct unread {
	const char *path; /* with leading slash */
	int error;        /* -errno */
};

struct unreads {
	struct unread *items;
	size_t count, capacity;
};

/* For facts that come from pasted text: which command on that host would tell what a path would. */
struct source_command {
	const char *pattern; /* of paths with leading slash, as fnmatch(3) has it; or "dmesg" */
	const char *command; /* "sudo lspci -nnvvv" */
};

struct source_commands {
	struct source_command *items; /* the first that matches counts */
	size_t count, capacity;
};

#endif
