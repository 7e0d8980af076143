/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lets the Nth call of configure/change.h fail or be the last one, and watches the order in which things
 * reach the disk. For tests that are linked with --wrap for each of those calls (Makefile).
 */
#ifndef VFIOKIT_TESTS_INJECT_H
#define VFIOKIT_TESTS_INJECT_H

#include "preflight/base.h"

enum inject_mode {
	INJECT_NOTHING, /* calls are counted */
	INJECT_ONCE,    /* call number `at` fails */
	INJECT_FROM,    /* it and all later ones fail: a disk that has gone */
	INJECT_SHORT,   /* a write writes half and the next one fails; other calls fail */
	INJECT_KILL,    /* the process is killed in its place */
};

struct injection {
	enum inject_mode mode;
	unsigned at;      /* 1… */
	int error;        /* -EIO */
	unsigned count;   /* calls so far */
	const char *call; /* the name of the one that was hit; NULL none */
};

/* Begins anew. */
void inject(enum inject_mode mode, unsigned at, int error);
/* From one call to the next that is hit, in a loop over all of them: 1; more under valgrind, where all of
 * them would take ten minutes. */
unsigned inject_stride(void);

/* What has come of it; injecting ends. */
struct injection inject_end(void);

/*
 * Watches from now on that what a journal relies on is on the disk: a file is renamed only with all of it
 * synced; when a record is written to a log, all earlier changes to files and folders are synced; when
 * anything outside var/lib/vfiokit is renamed or removed, the log is. inject_order_end() gives the first
 * thing that was wrong, or NULL, and how many renames, removals and records were looked at.
 */
void inject_order_begin(void);
const char *inject_order_end(unsigned *ret_looked_at);

#endif
