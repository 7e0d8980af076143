/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/folder.h"
#include "configure/work.h"

#include <errno.h>

static int tell_file(struct error *error, int r, const struct journal_file *file)
{
	if (r == -ESTALE)
		return error_set(error, r, "/%s was changed just now by something else",
				 file->path);
	return error_set(error, r, "/%s could not be changed: %s", file->path, error_words(r));
}

/* Programs of earlier steps may have run for minutes: once more, is it as the plan saw it? */
static int check_unchanged(const struct work *work, size_t index)
{
	const struct journal_file *file = &work->journal.steps.items[index].file;
	_cleanup_close_ int now = replace_open(work->root, file->path), old = -1;
	int r;

	if (now < 0 && now != -ENOENT)
		return now;
	if (now < 0 || !file->existed)
		return (now < 0) == !file->existed ? 0 : -ESTALE;
	old = journal_open_copy(&work->journal, JOURNAL_OLD, index);
	if (old < 0)
		return old;
	r = content_same(now, old);
	return r == 0 ? -ESTALE : r < 0 ? r : 0;
}

static int make_folders(const struct work *work, const struct journal_file *file)
{
	int r = 0;

	for (size_t i = 0; i < file->folders.count && r == 0; i++)
		r = folder_make(work->root, file->folders.items[i], 0755);
	return r;
}

static int write_file(const struct work *work, size_t index)
{
	const struct journal_step *step = &work->journal.steps.items[index];
	_cleanup_close_ int source = journal_open_copy(&work->journal, JOURNAL_NEW, index);
	const struct replace_status given = {
		.status = step->file.existed ? &step->file.status : NULL,
		.mode = step->plan.mode,
	};
	struct work_target target;
	int r = source < 0 ? source : make_folders(work, &step->file);

	work_target_step(work, index, &target);
	return r < 0 ? r : replace_write(&target.target, source, &step->after, &given);
}

static int change_file(struct work *work, size_t index, struct error *error)
{
	const struct journal_step *step = &work->journal.steps.items[index];
	struct work_target target;
	int r = check_unchanged(work, index);

	if (r < 0)
		return tell_file(error, r, &step->file);
	r = journal_record_step(&work->journal, index, false);
	if (r < 0)
		return error_set(error, r, "the journal could not be written: %s", error_words(r));
	work_target_step(work, index, &target);
	r = step->plan.kind == PLAN_WRITE ? write_file(work, index)
					  : replace_remove(&target.target);
	return r < 0 ? tell_file(error, r, &step->file) : 0;
}

static int run_step(struct work *work, size_t index, struct error *error)
{
	const struct plan_step *step = &work->journal.steps.items[index].plan;
	int r = journal_record_step(&work->journal, index, false);

	if (r < 0)
		return error_set(error, r, "the journal could not be written: %s", error_words(r));
	return work_run(work, index, step->argv, true, error);
}

static bool is_left_out(const struct work *work, size_t index)
{
	const struct plan_step *step = &work->journal.steps.items[index].plan;

	if (step->kind != PLAN_RUN || work->place->run_programs)
		return false;
	work_note(work, _("%s was not run: programs of this tree are left out"), step->argv[0]);
	return true;
}

static int carry_out_step(struct work *work, size_t index, struct error *error)
{
	int r;

	if (work->watch->cancelled && work->watch->cancelled(work->watch->context))
		return error_set(error, -ECANCELED, "cancelled");
	work_show_step(work, index, false, false);
	r = work->journal.steps.items[index].plan.kind == PLAN_RUN
		    ? run_step(work, index, error)
		    : change_file(work, index, error);
	if (r < 0)
		return r;
	r = journal_record_step(&work->journal, index, true);
	if (r < 0)
		return error_set(error, r, "the journal could not be written: %s", error_words(r));
	work_show_step(work, index, false, true);
	return 0;
}

/* A program may have changed a file that an earlier step wrote. That is how the transaction leaves it. */
static int settle(struct work *work, size_t index)
{
	_cleanup_close_ int now = replace_open(work->root,
					       work->journal.steps.items[index].file.path),
			    written = journal_open_copy(&work->journal, JOURNAL_NEW, index);
	struct digest digest;
	char name[32];
	int r;

	if (now < 0 || written < 0)
		return now == -ENOENT ? 0 : now < 0 ? now : written;
	r = content_same(now, written);
	if (r != 0)
		return r < 0 ? r : 0;
	(void)snprintf(name, sizeof(name), "%zu", index);
	r = journal_save_copy(&work->journal, JOURNAL_SETTLED, name, now, &digest);
	return r < 0 ? r : journal_record_settled(&work->journal, index);
}

int carry_out(struct work *work, struct error *error)
{
	bool ran = false;
	int r = 0;

	for (size_t i = 0; i < work->journal.steps.count && r == 0; i++) {
		if (is_left_out(work, i))
			continue;
		ran = ran || work->journal.steps.items[i].plan.kind == PLAN_RUN;
		r = carry_out_step(work, i, error);
	}
	for (size_t i = 0; ran && i < work->journal.steps.count && r == 0; i++) {
		if (work->journal.steps.items[i].plan.kind != PLAN_WRITE)
			continue;
		r = settle(work, i);
		if (r < 0)
			tell_file(error, r, &work->journal.steps.items[i].file);
	}
	return r;
}
