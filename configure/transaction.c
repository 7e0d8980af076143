/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/transaction.h"
#include "configure/examine.h"
#include "configure/lock.h"
#include "configure/transaction_find.h"
#include "configure/work.h"

#include <errno.h>
#include <fcntl.h>

enum { WAIT_FOR_PROGRAMS = 60 }; /* seconds */

static void describe(struct journal *journal, const struct plan *plan,
		     const struct transaction_note *note)
{
	journal->version = VFIOKIT_VERSION;
	journal->command = note && note->command ? note->command : "";
	journal->devices = plan->devices;
	if (note)
		journal->accepted = note->accepted;
}

static int refuse_unfinished(struct work *work, struct error *error)
{
	unsigned unfinished = 0;
	int r = transaction_find_unfinished(work->root, true, &unfinished, error);

	if (r == 0 && unfinished)
		r = error_set(error, -EUCLEAN,
			      "transaction %u was cut off and must be put back first", unfinished);
	if (r < 0)
		return r;
	r = journal_sweep(work->root);
	return r < 0 ? error_set(error, r, "/" JOURNAL_TRANSACTIONS ": %s", error_words(r)) : 0;
}

/* Until the journal is on the disk. From then on only what it says is used. */
static int prepare(struct work *work, const struct plan *plan, const struct transaction_note *note,
		   struct error *error)
{
	struct journal *journal = &work->journal;
	unsigned id;
	int r = refuse_unfinished(work, error);

	if (r == 0)
		r = examine_plan(work->root, plan, work->place->run_programs, journal, error);
	if (r == 0)
		r = examine_room(work->root, journal, false, error);
	describe(journal, plan, note);
	if (r == 0)
		r = journal_create(journal, work->root, error);
	if (r < 0)
		return r;
	id = journal->id;
	journal_close(journal);
	journal_init(journal);
	r = journal_open(journal, work->root, id, true);
	return r < 0 ? error_set(error, r, "the journal /%s/%u could not be read: %s",
				 JOURNAL_TRANSACTIONS, id, journal->why ?: error_words(r))
		     : 0;
}

static int prove(const struct work *work, struct error *error)
{
	const struct transaction_watch *watch = work->watch;

	if (watch->cancelled && watch->cancelled(watch->context))
		return error_set(error, -ECANCELED, "cancelled");
	return watch->prove ? watch->prove(watch->context, error) : 0;
}

static int check_plan(const struct plan *plan, struct error *error)
{
	for_each (refusal, &plan->refusals)
		if (!refusal->accepted)
			return error_set(error, -EPERM, "the plan is refused: %s", refusal->text);
	if (!plan->steps.count)
		return error_set(error, -EINVAL, "the plan has no steps");
	return 0;
}

/* All steps, the proof, and the word in the journal that it is done. -ENOTRECOVERABLE: nothing must be put
 * back, for nobody knows what the journal says. */
static int carry_out_and_prove(struct work *work, struct error *error)
{
	int r = carry_out(work, error);

	if (r == 0)
		r = prove(work, error);
	if (r != 0) {
		/* Whatever a caller's function gives back, it is a failure, and has words. */
		r = r < 0 && r != -ENOTRECOVERABLE ? r : -EREMOTEIO;
		return *error->message ? r : error_set(error, r, "the proof failed");
	}
	r = journal_record_state(&work->journal, TRANSACTION_APPLIED, NULL);
	/* A journal that may say "applied" must not be told lies by files that are put back. */
	if (r < 0 && work->journal.uncertain)
		return error_set(
			error, -ENOTRECOVERABLE,
			"all is done, but the journal /%s/%u could not be closed: %s; look "
			"with rollback --list, and undo it",
			JOURNAL_TRANSACTIONS, work->journal.id, error_words(r));
	return r < 0 ? error_set(error, r, "the journal could not be written: %s", error_words(r))
		     : 0;
}

int transaction_apply(const struct transaction_place *place, const struct plan *plan,
		      const struct transaction_note *note, const struct transaction_watch *watch,
		      unsigned *ret_id, struct error *error)
{
	_cleanup_work_ struct work work;
	struct error own = {0};
	int r = work_open(&work, place, watch, error);

	if (r == 0)
		r = check_plan(plan, error);
	if (r == 0)
		r = prepare(&work, plan, note, error);
	if (r < 0)
		return r;
	work.plan = plan;
	error = error ?: &own;
	*error->message = '\0';
	r = carry_out_and_prove(&work, error);
	if (r == -ENOTRECOVERABLE)
		return r;
	if (r < 0)
		return put_back_all(&work, r, error);
	/* What stays of them goes at the next start. */
	(void)journal_drop_copies(&work.journal, JOURNAL_OUTPUT);
	*ret_id = work.journal.id;
	return 0;
}

int transaction_unfinished(const struct transaction_place *place, unsigned *ret_id,
			   struct error *error)
{
	_cleanup_close_ int root = open(place->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (root < 0)
		return error_set(error, -errno, "%s: %s", place->root, error_words(errno));
	r = lock_look(root, error);
	return r < 0 ? r : transaction_find_unfinished(root, false, ret_id, error);
}

static int open_journal(struct work *work, unsigned id, struct error *error)
{
	int r = journal_open(&work->journal, work->root, id, true);

	return r < 0 ? error_set(error, r, "transaction %u: %s", id,
				 work->journal.why ?: error_words(r))
		     : 0;
}

int transaction_recover(const struct transaction_place *place,
			const struct transaction_watch *watch, unsigned *ret_id,
			struct error *error)
{
	_cleanup_work_ struct work work;
	struct error why = {0};
	unsigned id = 0;
	int r = work_open(&work, place, watch, error);

	if (r == 0)
		r = transaction_find_unfinished(work.root, true, &id, error);
	if (r == 0 && id)
		r = lock_wait_for_programs(work.root, WAIT_FOR_PROGRAMS, error);
	if (r == 0 && id)
		r = open_journal(&work, id, error);
	if (r < 0)
		return r;
	if (!id) {
		(void)journal_sweep(work.root);
		*ret_id = 0;
		return 0;
	}
	if (work.journal.state == TRANSACTION_UNDOING) {
		r = put_back_undo(&work, error);
	} else {
		error_set(&why, 0, "it was cut off");
		r = put_back_all(&work, 0, &why);
		if (r < 0)
			error_wrap(error, r, "%s", &why);
	}
	if (r < 0)
		return r;
	(void)journal_sweep(work.root);
	*ret_id = id;
	return 0;
}

/* -- undo -------------------------------------------------------------------------------------------- */

static int check_newer(const struct work *work, struct error *error)
{
	const char *path;
	unsigned newer = 0;
	int r = transaction_find_newer(work->root, &work->journal, &newer, &path, error);

	if (r == 0 && newer)
		return error_set(error, -EEXIST,
				 "transaction %u is newer and changed /%s, too: undo that first",
				 newer, path);
	return r;
}

static int check_unchanged(const struct work *work, struct error *error)
{
	for (size_t i = 0; i < work->journal.steps.count; i++) {
		const struct journal_step *step = &work->journal.steps.items[i];
		int r = step->plan.kind == PLAN_RUN ? 0 : put_back_is_foreign(work, i);

		if (r < 0)
			return error_set(error, r, "/%s: %s", step->file.path, error_words(r));
		if (r > 0)
			return error_set(error, -ESTALE,
					 "/%s was changed by something else since transaction %u",
					 step->file.path, work->journal.id);
	}
	return 0;
}

/* Opens the journal that is meant and makes sure that it can be undone. Nothing is changed. */
static int prepare_undo(struct work *work, unsigned id, bool force, struct error *error)
{
	int r = refuse_unfinished(work, error);

	if (r == 0 && !id)
		r = transaction_find_applied(work->root, &id, error);
	if (r == 0)
		r = open_journal(work, id, error);
	if (r < 0)
		return r;
	if (work->journal.state != TRANSACTION_APPLIED)
		return error_set(error, -EINVAL, "transaction %u is not applied", id);
	r = journal_load_bytes(&work->journal);
	if (r < 0)
		return error_set(error, r, "transaction %u: %s", id,
				 work->journal.why ?: error_words(r));
	r = check_newer(work, error);
	if (r == 0 && !force)
		r = check_unchanged(work, error);
	return r < 0 ? r : examine_room(work->root, &work->journal, true, error);
}

int transaction_undo(const struct transaction_place *place, unsigned id, bool force,
		     const struct transaction_watch *watch, struct error *error)
{
	_cleanup_work_ struct work work;
	int r = work_open(&work, place, watch, error);

	if (r == 0)
		r = prepare_undo(&work, id, force, error);
	if (r < 0)
		return r;
	r = journal_record_state(&work.journal, TRANSACTION_UNDOING, NULL);
	if (r < 0)
		return error_set(error, r, "the journal could not be written: %s", error_words(r));
	return put_back_undo(&work, error);
}
