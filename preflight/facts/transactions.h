/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transactions of configure that did not come to their end. Part of facts.h, which includes this. */
#ifndef VFIOKIT_FACTS_TRANSACTIONS_H
#define VFIOKIT_FACTS_TRANSACTIONS_H

#include "preflight/facts/origin.h"

/* Where they are, with leading slash, and how much of a log is read. */
#define TRANSACTIONS_FOLDER "/var/lib/vfiokit/transactions"
enum { TRANSACTION_LOG_LIMIT = 64 * 1024 * 1024 };

/* A transaction that is not finished, or of which that cannot be told. */
struct open_transaction {
	unsigned id;          /* 0: there is none */
	const char *why;      /* what is wrong with its log; NULL: it was begun and has no end */
	struct origin origin; /* the last record of its log */
};

struct transaction_facts {
	enum truth known;   /* NO: a tree without any; UNKNOWN: see unread */
	const char *unread; /* what could not be read, with leading slash; NULL nothing */
	/* The newest that was begun and neither done nor put back. */
	struct open_transaction cut_off;
	/* The newest whose log is damaged, if nothing was applied after it. */
	struct open_transaction damaged;
};

#endif
