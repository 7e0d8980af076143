/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carrying out a plan as one transaction, and undoing it exactly. Together with replace.c, run.c,
 * journal.c and bind.c the only code that changes a host.
 *
 * The journal of transaction N is var/lib/vfiokit/transactions/N/ below the root: what was asked for, the
 * old bytes, owner, mode, times and extended attributes of every file, hashes of old and new bytes, what
 * was run and what it printed. It is on the disk (fsync) before the first file changes, and every step is
 * marked there before and after it is done, so that a power cut at any moment leaves a transaction that
 * the next start recognises and finishes or undoes.
 *
 * Order: lock → nothing unfinished → compare every file with what the plan saw → room on the file
 * systems → journal → write files (crash-safe: temporary file in the same directory, fsync, rename,
 * fsync of the directory) → run programs → prove() → mark applied. Anything that fails on the way undoes
 * everything done so far, newest first, outputs of programs included, and says why.
 */
#ifndef VFIOKIT_TRANSACTION_H
#define VFIOKIT_TRANSACTION_H

#include "configure/plan.h"
#include "preflight/error.h"

enum transaction_state {
	TRANSACTION_BEGUN, /* journal written; steps may have been carried out: cut off if seen later */
	TRANSACTION_APPLIED, /* everything done and proven */
	TRANSACTION_FAILED,  /* something failed; everything was put back */
	TRANSACTION_UNDOING, /* an undo was begun: cut off if seen later */
	TRANSACTION_UNDONE,  /* rolled back by request */
	TRANSACTION_DAMAGED, /* the journal cannot be read; nothing is done with it */
};

/* What a caller wants to see and decide while a transaction runs. Any function may be NULL. */
struct transaction_watch {
	void *context;
	/* A step begins (done false) or has ended well (done true). undoing: it is being put back. */
	void (*step)(void *context, const struct plan_step *step, bool undoing, bool done);
	/* A line that a program printed, without its newline; kept in the journal in any case. What a
	 * terminal would act on is still in it. */
	void (*line)(void *context, const char *line);
	/* One sentence that people should know and that is no failure: a program that is left out, bytes
	 * of somebody else that were kept before a file was put back. */
	void (*note)(void *context, const char *text);
	/* After all steps: collects the facts again and proves the next boot. Not 0: all is put back. */
	int (*prove)(void *context, struct error *error);
	/* Asked between steps and while a program runs; true (SIGINT, SIGTERM came): stop and put back. */
	bool (*cancelled)(void *context);
};

struct transaction_place {
	const char *root;  /* "/" or the tree of --root */
	bool run_programs; /* live, or --chroot; false: steps of PLAN_RUN are left out, and said */
	bool chroot;       /* programs run inside root (chroot(2)) */
};

/* What is kept with the plan in the journal, for rollback --list and for people. */
struct transaction_note {
	const char *command;     /* "configure 01:00.0 --apply" */
	struct strings accepted; /* check ids given to --accept */
};

/*
 * Carries out the plan. 0: applied (*ret_id is its number). Less than 0, with words: nothing is changed;
 *   -EBUSY     another vfiokit holds the lock          -ESTALE  a file is not as the plan saw it
 *   -EUCLEAN   an earlier transaction was cut off (transaction_recover first)
 *   -ENOSPC    no room, found before anything changed, or on the way
 *   -EPERM     a refusal of the plan is not accepted    -EINVAL  no steps, or one that cannot be
 *   -ELOOP, -EMLINK  a file is a symbolic link, or has further hard links that it would be parted from
 *   -EREMOTEIO, -ETIMEDOUT  a program failed, or took too long
 *   -ECANCELED cancelled                               -ENOTRECOVERABLE  something could not be put
 * back: the words name each file and the folder of the journal that holds its old bytes. It stays
 * unfinished then, and transaction_recover() tries again; only a program that failed again is not waited
 * for.
 *
 * A file that something else changed while the transaction ran is put back, too; what it held is kept in
 * the journal (found/) and said (note).
 */
int transaction_apply(const struct transaction_place *place, const struct plan *plan,
		      const struct transaction_note *note, const struct transaction_watch *watch,
		      unsigned *ret_id, struct error *error);

/* One file of a transaction, as a rollback sees it. */
struct transaction_file {
	const char *path;
	bool existed_before, exists_after;
	struct bytes before, after; /* after: as the transaction left it */
	bool exists_now;
	struct bytes now;   /* as it is now */
	bool changed_since; /* by somebody else: neither before nor after */
};

struct transaction_files {
	struct transaction_file *items;
	size_t count, capacity;
};

struct transaction {
	unsigned id;
	enum transaction_state state;
	int64_t time; /* seconds since 1970, when it began */
	const char *command, *version;
	struct strings accepted, devices;
	struct transaction_files files; /* filled by transaction_read() only */
	struct plan_steps runs;         /* its programs */
	const char *why;                /* TRANSACTION_FAILED, _DAMAGED: the reason */
};

struct transactions {
	struct transaction *items; /* oldest first */
	size_t count, capacity;
};

/* Lists the journals. None there: an empty list. */
int transaction_list(const struct transaction_place *place, struct arena *arena,
		     struct transactions *ret_transactions, struct error *error);

/* Reads one, with its files. id 0: the newest that is applied. -ENOENT where there is none. */
int transaction_read(const struct transaction_place *place, struct arena *arena, unsigned id,
		     struct transaction *ret_transaction, struct error *error);

/*
 * Restores every file byte for byte with owner, mode, times and extended attributes (files that did not
 * exist go, folders that were made for them too, when they are empty) and runs its programs again, or
 * what takes them back. Nothing is done and it is
 *   -ENOENT   there is no such transaction        -EINVAL   it is not applied
 *   -EUCLEAN  one was cut off                     -EBADMSG  its journal is damaged
 *   -ESTALE   somebody changed a file since (unless force: what it held is kept in found/)
 *   -EEXIST   an applied transaction that is newer changed the same file
 * Where a file cannot be put back: -ENOTRECOVERABLE, and transaction_recover() goes on with it. Where a
 * program fails, its known outputs are put back, the transaction counts as undone, and the error is the
 * program's.
 */
int transaction_undo(const struct transaction_place *place, unsigned id, bool force,
		     const struct transaction_watch *watch, struct error *error);

/*
 * Finds a transaction that was cut off and puts everything back, a half-done undo to its end. What its
 * programs have left running is waited for (a minute, then -EBUSY). 0 with *ret_id 0: there was none; with
 * its number: it is undone now.
 */
int transaction_recover(const struct transaction_place *place,
			const struct transaction_watch *watch, unsigned *ret_id,
			struct error *error);

/* Whether one was cut off, without changing anything; its number or 0. -EBUSY while one is at work. A
 * damaged journal counts as none. */
int transaction_unfinished(const struct transaction_place *place, unsigned *ret_id,
			   struct error *error);

#endif
