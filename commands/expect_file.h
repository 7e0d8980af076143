/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manifest as a file that the command line names: outside of the host tree, read and written
 * where the user says. */
#ifndef VFIOKIT_EXPECT_FILE_H
#define VFIOKIT_EXPECT_FILE_H

#include "preflight/expect/expect.h"

/* Reads and parses path; origins name it without its folder. Today is this machine's date. 0, or
 * -errno with words. Memory comes from arena. */
int expect_file_read(const char *path, struct arena *arena, struct expect *ret_expect,
		     struct error *error);

/* Writes text into a new file; one that is there already is left as it is (-EEXIST), and a half
 * written one is removed. 0, or -errno with words. */
int expect_file_write(const char *path, const char *text, struct error *error);

#endif
