/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks through the journals. Part of transaction.h. */
#ifndef VFIOKIT_TRANSACTION_FIND_H
#define VFIOKIT_TRANSACTION_FIND_H

#include "configure/journal.h"

/* The number of a transaction that was cut off, or 0. Damaged journals are passed over. clean: copies of
 * outputs that those which ended have left go. */
int transaction_find_unfinished(int root, bool clean, unsigned *ret_id, struct error *error);

/* The newest that is applied. -ENOENT */
int transaction_find_applied(int root, unsigned *ret_id, struct error *error);

/* The newest applied one after this journal's that changed a file which this one changed, too, and the
 * file (of the journal's arena); 0 none. */
int transaction_find_newer(int root, const struct journal *journal, unsigned *ret_id,
			   const char **ret_path, struct error *error);

#endif
