/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before a plan is carried out: is everything as it saw it, and is there room? Nothing is changed. */
#ifndef VFIOKIT_EXAMINE_H
#define VFIOKIT_EXAMINE_H

#include "configure/journal.h"

/*
 * Compares each file of the plan with what the plan saw, and notes in the journal (steps, outputs) what it
 * has besides its bytes. Outputs are noted only where programs will be run. Errors, with words:
 *   -ESTALE  not as the plan saw it       -ELOOP   a symbolic link (a plan names the file itself)
 *   -EMLINK  a file with further hard links: a replacement would part it from them
 *   -EINVAL  a path that is none, no regular file, two steps for one file, a program without path
 */
int examine_plan(int root, const struct plan *plan, bool run_programs, struct journal *journal,
		 struct error *error);

/* What an output is now: existed, status and digest of file are filled; path is given. */
int examine_output(int root, struct arena *arena, struct journal_file *file, struct error *error);

/*
 * Room for the journal, for each file beside its predecessor, and for a second copy of the largest output
 * on each file system; undoing: for the old bytes beside the new ones. -ENOSPC with the file system and
 * both figures, -EROFS where one is mounted read-only.
 */
int examine_room(int root, const struct journal *journal, bool undoing, struct error *error);

#endif
