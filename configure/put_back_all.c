/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/examine.h"
#include "configure/work.h"

#include <errno.h>

int put_back_save_outputs(struct work *work, struct error *error)
{
	struct journal *journal = &work->journal;
	int r = journal_drop_copies(journal, JOURNAL_OUTPUT);

	for (size_t i = 0; i < journal->outputs.count && r == 0; i++) {
		const struct journal_file *old = &journal->outputs.items[i];
		struct journal_file file = {.path = old->path, .on_esp = old->on_esp};
		_cleanup_close_ int fd = -1;
		char name[32];

		r = examine_output(work->root, journal->arena, &file, error);
		if (r < 0)
			return r;
		journal->outputs.items[i] = file;
		if (!file.existed)
			continue;
		(void)snprintf(name, sizeof(name), "%zu", i);
		fd = replace_open(work->root, file.path);
		r = fd < 0 ? fd
			   : journal_save_copy(journal, JOURNAL_OUTPUT, name, fd,
					       &journal->outputs.items[i].digest);
	}
	if (r == 0)
		r = journal_record_outputs(journal);
	return r < 0 ? error_set(error, r, "what the programs write could not be kept: %s",
				 error_words(r))
		     : 0;
}

static bool is_to_run(const struct journal_step *step, bool all)
{
	return step->plan.kind == PLAN_RUN &&
	       (all || (step->started && step->plan.run_again_to_undo));
}

static bool has_to_run(const struct work *work, bool all)
{
	for_each (step, &work->journal.steps)
		if (is_to_run(step, all))
			return true;
	return false;
}

int put_back_programs(struct work *work, bool all, struct error *error)
{
	int r = 0;

	for (size_t i = 0; i < work->journal.steps.count && r == 0; i++) {
		const struct journal_step *step = &work->journal.steps.items[i];
		const char **argv = step->plan.undo_argv ?: step->plan.argv;

		if (!is_to_run(step, all))
			continue;
		if (!work->place->run_programs) {
			work_note(work, _("%s was not run: programs of this tree are left out"),
				  argv[0]);
			continue;
		}
		work_show_step(work, i, true, false);
		r = work_run(work, i, argv, false, error);
		if (r == 0)
			work_show_step(work, i, true, true);
	}
	return r;
}

/* Closes the journal. Its copies of outputs are of no more use; what stays of them goes at the next start. */
static int close_journal(struct work *work, enum transaction_state state, const char *why)
{
	int r = journal_record_state(&work->journal, state, why);

	if (r == 0)
		(void)journal_drop_copies(&work->journal, JOURNAL_OUTPUT);
	return r;
}

/* Adds what happened while things were put back to why that was done. */
static void add_words(struct error *error, int code, const struct error *more)
{
	if (!error)
		return;
	error_add(error, more);
	error->code = code;
}

int put_back_all(struct work *work, int code, struct error *error)
{
	struct error more = {0};
	int r = put_back_files(work, true, &more), program = 0, closed;

	if (r == 0 && has_to_run(work, false) && work->place->run_programs) {
		program = put_back_programs(work, false, &more);
		r = put_back_files(work, true, program < 0 ? NULL : &more);
	}
	if (r < 0 || program < 0)
		add_words(error, -ENOTRECOVERABLE, &more);
	/* Not closed: the next start tries again. */
	if (r < 0)
		return -ENOTRECOVERABLE;
	closed = close_journal(work, TRANSACTION_FAILED, error ? error->message : NULL);
	if (closed < 0) {
		error_set(&more, closed, "all is put back, but the journal could not be closed: %s",
			  error_words(closed));
		code = code ?: closed;
		add_words(error, code, &more);
	}
	return program < 0 ? -ENOTRECOVERABLE : code;
}

static int run_all_again(struct work *work, struct error *error)
{
	struct error ignored;
	int r = 0;

	if (!work->place->run_programs)
		return put_back_programs(work, true, error);
	r = put_back_programs(work, true, error);
	/* A program that failed may have left half of its output. */
	if (r < 0 && put_back_files(work, true, &ignored) < 0)
		add_words(error, r, &ignored);
	return r;
}

int put_back_undo(struct work *work, struct error *error)
{
	struct error program = {0};
	bool run = has_to_run(work, true) && work->place->run_programs;
	int r = put_back_files(work, true, error), ran;

	if (r == 0 && run && !work->journal.outputs_saved)
		r = put_back_save_outputs(work, error);
	if (r < 0)
		return r;
	ran = run_all_again(work, &program);
	r = close_journal(work, TRANSACTION_UNDONE, ran < 0 ? program.message : NULL);
	if (ran < 0)
		return error_wrap(error, ran, N_("all files are put back, but %s"), &program);
	return r < 0 ? error_set(error, r,
				 "all is put back, but the journal could not be closed: %s",
				 error_words(r))
		     : 0;
}
