/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of one transaction on the disk: var/lib/vfiokit/transactions/N/ below the root, mode 0700.
 *
 *   log         one record a line: 16 hex digits (FNV-1a, 64 bits) of the JSON text, a blank, the text.
 *               First what was asked for and every step and output with what it had before, then what
 *               has happened since, each record fsynced before the next change to the host
 *   old/K       what the file of step K held; absent where it did not exist
 *   new/K       what it was given
 *   settled/K   what it held at the end, where a program of the same transaction changed it again
 *   found/K     what was found in it when it was put back, where somebody else had changed it
 *   output/J    what output J of a program held; goes when the transaction has ended well
 *   printed/K   what the program of step K printed (run.h: with a bound)
 *
 * The folder is complete and on the disk as N.new before it is renamed to N; what ends in .new was cut off
 * before anything changed. A last record that is broken was being written when the power went: it counts
 * as not written. A broken record in front of others, or a missing file, is damage.
 */
#ifndef VFIOKIT_JOURNAL_H
#define VFIOKIT_JOURNAL_H

#include "configure/content.h"
#include "configure/status.h"
#include "configure/transaction.h"

#define JOURNAL_STATE        "var/lib/vfiokit"
#define JOURNAL_TRANSACTIONS JOURNAL_STATE "/transactions"

/* A file as it was before: of a step, or an output of a program. */
struct journal_file {
	const char *path;
	bool existed, on_esp;
	struct file_status status; /* existed */
	struct digest digest;      /* existed */
	struct strings folders;    /* to be made for it, outermost first */
};

struct journal_files {
	struct journal_file *items;
	size_t count, capacity;
};

struct journal_step {
	struct plan_step
		plan; /* as planned; before and after only where the bytes were asked for */
	struct journal_file file; /* PLAN_WRITE, PLAN_REMOVE */
	struct digest after;      /* PLAN_WRITE */
	bool started, done, settled;
};

struct journal_steps {
	struct journal_step *items;
	size_t count, capacity;
};

struct journal {
	struct arena *arena;
	int transactions, folder, log; /* descriptors; -1 where not open */
	off_t length;                  /* of the log's whole records */
	unsigned id;
	enum transaction_state state;
	int64_t time;
	const char *command, *version, *why;
	struct strings accepted, devices;
	struct journal_steps steps;
	struct journal_files outputs;
	bool outputs_saved; /* output/ holds all of outputs */
	/* A record failed and could not be taken back: whether the log holds it is not known. */
	bool uncertain;
};

/* A journal with nothing in it; journal_close() gives it back, memory included. */
void journal_init(struct journal *journal);
void journal_close(struct journal *journal);
#define _cleanup_journal_ _cleanup_(journal_close)

/* Where the folder of a kind of copies is: "old", "new", … */
enum journal_copy {
	JOURNAL_OLD,
	JOURNAL_NEW,
	JOURNAL_SETTLED,
	JOURNAL_FOUND,
	JOURNAL_OUTPUT,
	JOURNAL_PRINTED
};

/*
 * Writes a journal for what is in *journal (steps, outputs, command …, filled by examine.h) with the old
 * bytes of its files, read below root, and opens it: folder, log, id and time are set. -ESTALE where a
 * file is not as it was examined; nothing is left behind then, nor after other errors, if the disk lets.
 */
int journal_create(struct journal *journal, int root, struct error *error);

/*
 * Opens journal id for reading, and for more records (writable). journal was initialised.
 *   -ENOENT   there is none
 *   -EBADMSG  damaged: state is TRANSACTION_DAMAGED, why says what is wrong
 */
int journal_open(struct journal *journal, int root, unsigned id, bool writable);

/* The bytes of the files: fills plan.before and plan.after (as the transaction left it) of each step.
 * -EBADMSG: damaged. */
int journal_load_bytes(struct journal *journal);

/* The numbers of the journals that are there, ascending; none: an empty list. */
struct journal_ids {
	unsigned *items;
	size_t count, capacity;
};
int journal_list(int root, struct arena *arena, struct journal_ids *ret_ids);

/* Opens a copy for reading. A descriptor or -errno. */
int journal_open_copy(const struct journal *journal, enum journal_copy kind, size_t index);

/* A new, empty copy for writing. -EEXIST */
int journal_create_copy(const struct journal *journal, enum journal_copy kind, const char *name);

/* The same under the number of a step, or "NUMBER.1" and so on where that is there already. */
int journal_create_numbered_copy(const struct journal *journal, enum journal_copy kind,
				 size_t number);

/* The whole file source as a new copy, fsynced, its folder too. */
int journal_save_copy(const struct journal *journal, enum journal_copy kind, const char *name,
		      int source, struct digest *ret_digest);

/* Removes all copies of a kind. */
int journal_drop_copies(const struct journal *journal, enum journal_copy kind);

/* Records, on the disk when they return 0; *journal is changed accordingly. A record that failed leaves
 * the log as it was, or with a broken last record. */
int journal_record_step(struct journal *journal, size_t step, bool done);
int journal_record_settled(struct journal *journal, size_t step);
int journal_record_outputs(struct journal *journal); /* saved anew, with what they are now */
int journal_record_state(struct journal *journal, enum transaction_state state, const char *why);

/* Removes the folders of journals that were cut off before they were complete. */
int journal_sweep(int root);

#endif
