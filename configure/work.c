/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/work.h"
#include "configure/lock.h"
#include "configure/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

static const struct transaction_watch nobody;

int work_open(struct work *work, const struct transaction_place *place,
	      const struct transaction_watch *watch, struct error *error)
{
	*work = (struct work){.place = place, .watch = watch ?: &nobody, .root = -1, .lock = -1};
	journal_init(&work->journal);
	work->root = open(place->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (work->root < 0)
		return error_set(error, -errno, "%s: %s", place->root, error_words(errno));
	work->lock = lock_take(work->root, error);
	return work->lock < 0 ? work->lock : 0;
}

void work_close(struct work *work)
{
	journal_close(&work->journal);
	cleanup_close(&work->root);
	cleanup_close(&work->lock);
}

void work_note(const struct work *work, const char *format, ...)
{
	va_list arguments;
	char text[512];

	if (!work->watch->note)
		return;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	work->watch->note(work->watch->context, text);
}

void work_show_step(const struct work *work, size_t step, bool undoing, bool done)
{
	const struct plan_step *shown =
		work->plan ? &work->plan->steps.items[step] : &work->journal.steps.items[step].plan;

	if (work->watch->step)
		work->watch->step(work->watch->context, shown, undoing, done);
}

static void set_target(const struct work *work, const struct journal_file *file, const char *kind,
		       size_t index, struct work_target *ret)
{
	(void)snprintf(ret->tag, sizeof(ret->tag), "%u.%s%zu", work->journal.id, kind, index);
	ret->target = (struct replace_target){
		.root = work->root,
		.path = file->path,
		.tag = ret->tag,
		.on_esp = file->on_esp,
	};
}

void work_target_step(const struct work *work, size_t step, struct work_target *ret)
{
	set_target(work, &work->journal.steps.items[step].file, "", step, ret);
}

void work_target_output(const struct work *work, size_t output, struct work_target *ret)
{
	set_target(work, &work->journal.outputs.items[output], "output", output, ret);
}

int work_run(const struct work *work, size_t step, const char *const *argv, bool may_cancel,
	     struct error *error)
{
	_cleanup_close_ int output =
		journal_create_numbered_copy(&work->journal, JOURNAL_PRINTED, step);
	_cleanup_close_ int input = output < 0 ? -1 : lock_for_programs(work->root);
	const struct run_request request = {
		.argv = argv,
		.time_limit = work->journal.steps.items[step].plan.time_limit,
		.root = work->root,
		.chroot = work->place->chroot,
		.input = input,
		.output = output,
		.context = work->watch->context,
		.line = work->watch->line,
		.cancelled = may_cancel ? work->watch->cancelled : NULL,
	};

	if (output < 0)
		return error_set(error, output, "the journal could not be written: %s",
				 error_words(output));
	if (input < 0)
		return error_set(error, input, "/" LOCK_PROGRAMS ": %s", error_words(input));
	return run_program(&request, error);
}
