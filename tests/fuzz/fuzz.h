/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What takes bytes from outside, as targets for random input. Each target is a row in a table of
 * targets_*.c; fuzz.c lists the tables. One program under libFuzzer runs the target that the environment
 * variable FUZZ_TARGET names (libfuzzer.c); another one, without libFuzzer, gives every target its
 * small committed inputs, tests/fuzz/corpus/NAME (replay.c).
 *
 * A target must come back for any bytes. It may ask for more than that with must().
 */
#ifndef VFIOKIT_TESTS_FUZZ_H
#define VFIOKIT_TESTS_FUZZ_H

#include "preflight/arena.h"
#include "preflight/error.h"
#include "preflight/host/host.h"

struct fuzz_target {
	const char *name; /* and of its folder of inputs */
	/* data is exactly length bytes, without a NUL behind them. What arena holds is thrown away. */
	void (*run)(struct arena *arena, const char *data, size_t length);
};

struct fuzz_targets {
	const struct fuzz_target *items;
	size_t count;
};

extern const struct fuzz_targets fuzz_targets_boot, fuzz_targets_modules, fuzz_targets_proc,
	fuzz_targets_tables, fuzz_targets_archive, fuzz_targets_report, fuzz_targets_edit;

/* NULL for a name that is none, or an index beyond the last one. */
const struct fuzz_target *fuzz_target_named(const char *name);
const struct fuzz_target *fuzz_target_at(size_t index);

/* Runs a target on a copy whose last byte is the last one of its memory. */
void fuzz_run(const struct fuzz_target *target, const void *data, size_t length);

/* What has to hold. Says which of them does not and ends the program, as a sanitizer does. */
void fuzz_must(bool holds, const char *what, const char *file, int line);
#define must(condition) fuzz_must((condition), #condition, __FILE__, __LINE__)

/* Reads a text up to its NUL, which must be in the same piece of memory. NULL is none. */
size_t fuzz_touch(const char *text);

/* The first line of an input, NUL-terminated in arena, for targets that take an argument; the rest
 * becomes *ret_rest. */
const char *fuzz_first_line(struct arena *arena, const char *data, size_t length,
			    struct bytes *ret_rest);

/* A file without a name that holds these bytes, opened for reading and writing. The caller closes it. */
int fuzz_file(const void *data, size_t length);

static inline bool fuzz_bytes_equal(struct bytes a, struct bytes b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

#endif
