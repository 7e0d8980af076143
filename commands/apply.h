/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What configure and rollback share: where they work, what they print while a transaction runs, and how
 * they stop when somebody wants them to. */
#ifndef VFIOKIT_APPLY_H
#define VFIOKIT_APPLY_H

#include "command.h"
#include "configure/transaction.h"
#include "report/terminal.h"

/* Where --root and --chroot put the transaction. Refuses what cannot be changed (captures, pasted
 * text). */
int apply_place(const struct settings *settings, struct transaction_place *ret_place,
		struct error *error);

/* A watch that prints steps and, on a terminal, the last line that a program printed; it stops the
 * transaction on SIGINT and SIGTERM, which it holds back from now until apply_watch_end(). What is printed
 * of the result before that, nobody is kept from by a signal. */
struct apply_watch {
	struct text_style style;
	bool quiet;
	struct transaction_watch watch;
};

void apply_watch_begin(struct apply_watch *watch, const struct settings *settings);
void apply_watch_end(void);

/* Puts back a transaction that was cut off, and says so. 0, or an error with words. */
int apply_recover(const struct transaction_place *place, struct apply_watch *watch,
		  struct error *error);

/* Asks on the terminal; true for yes. false with words where nobody can be asked. */
bool apply_confirm(const char *question, struct error *error);

#endif
