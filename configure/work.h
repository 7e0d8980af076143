/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of transaction.c share while one transaction is carried out or put back. */
#ifndef VFIOKIT_WORK_H
#define VFIOKIT_WORK_H

#include "configure/journal.h"
#include "configure/replace.h"

struct work {
	const struct transaction_place *place;
	const struct transaction_watch *watch; /* never NULL */
	const struct plan *plan; /* whose steps are shown to the watch; NULL: the journal's */
	int root, lock;          /* descriptors */
	struct journal journal;
};

/* Opens the root and takes the lock. The caller gives it back with work_close(), also after failure. */
int work_open(struct work *work, const struct transaction_place *place,
	      const struct transaction_watch *watch, struct error *error);
void work_close(struct work *work);
#define _cleanup_work_ _cleanup_(work_close)

void work_note(const struct work *work, const char *format, ...) PRINTF_FORMAT(2, 3);
void work_show_step(const struct work *work, size_t step, bool undoing, bool done);

/* The file of a step or an output, with the names that its replacement uses on the way. */
struct work_target {
	struct replace_target target;
	char tag[48];
};
void work_target_step(const struct work *work, size_t step, struct work_target *ret);
void work_target_output(const struct work *work, size_t output, struct work_target *ret);

/* Runs a program as the place wants it; what it prints goes to a new printed/ file of this step. The
 * cancelled question is passed on only where may_cancel. */
int work_run(const struct work *work, size_t step, const char *const *argv, bool may_cancel,
	     struct error *error);

/* carry_out.c: all steps of the journal, in order, each recorded before and after. Stops at the first that
 * fails. */
int carry_out(struct work *work, struct error *error);

/* put_back.c */

/* Whether the file of a step holds neither what it held before nor what it was given (or ended up with):
 * 1 somebody else changed it, 0, or -errno. */
int put_back_is_foreign(const struct work *work, size_t index);

/*
 * Puts the files of all steps that were started back, newest first, and, with outputs, what the programs
 * are known to have written. Goes on after a failure. 0, or -ENOTRECOVERABLE with words that name each
 * file and where its old bytes are.
 */
int put_back_files(struct work *work, bool outputs, struct error *error);

/* Saves the outputs as they are now, in place of what was saved of them before. */
int put_back_save_outputs(struct work *work, struct error *error);

/* Runs the programs again so that they see the old files: all of them, or only those that were started
 * and whose outputs are not all known. Stops at the first that fails. */
int put_back_programs(struct work *work, bool all, struct error *error);

/* After a failure or an interruption: everything back, and the journal closed with why. Returns code,
 * or -ENOTRECOVERABLE with further words in error, which holds the reason of the failure already. */
int put_back_all(struct work *work, int code, struct error *error);

/* The whole way of an undo that has been recorded, to its end. */
int put_back_undo(struct work *work, struct error *error);

#endif
