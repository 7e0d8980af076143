/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of a transaction (var/lib/vfiokit/transactions/N/log; written by configure/journal.h), as far
 * as it tells whether the transaction came to its end. One record a line: 16 hex digits (FNV-1a, 64 bits)
 * of the JSON text, a blank, the text. First the head, every step and every output, then what happened.
 */
#ifndef VFIOKIT_PARSE_TRANSACTION_LOG_H
#define VFIOKIT_PARSE_TRANSACTION_LOG_H

#include "preflight/arena.h"

enum transaction_end {
	TRANSACTION_END_DAMAGED, /* cannot be told: see why */
	TRANSACTION_END_NONE,    /* begun, and neither done nor put back */
	TRANSACTION_END_DONE,    /* applied */
	TRANSACTION_END_BACK,    /* undone, or failed with everything put back */
};

struct transaction_log {
	enum transaction_end end;
	const char *why; /* DAMAGED: what is wrong; else NULL */
	int64_t time;    /* seconds since 1970, when it began; 0 not known */
	unsigned line;   /* of the last whole record, 1… */
	const char
		*last; /* what that says: "step 3 of 4 begun", "undo begun"; in arena or constant */
};

/* What the log tells. A last record that is broken was being written when the power went and counts as
 * not written; a broken one in front of others is damage, as is a beginning that is not complete. */
void transaction_log_parse(struct arena *arena, const char *data, size_t length,
			   struct transaction_log *ret_log);

/* A log of as many lines that transaction_log_parse() reads in the same way and that holds nothing else:
 * no paths, no commands, no hashes of files. NUL-terminated in arena. */
const char *transaction_log_shorten(struct arena *arena, const char *data, size_t length);

/* A record as the log holds it, newline included. */
const char *transaction_record_print(struct arena *arena, const char *text, size_t length);

/* The text of a line (without its newline) in it; false where its checksum is wrong. */
bool transaction_record_text(const char *line, size_t length, const char **ret_text,
			     size_t *ret_length);

#endif
