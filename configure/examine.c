/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/examine.h"
#include "configure/folder.h"
#include "configure/replace.h"

#include <errno.h>

/* Whether the folder lies on a file system where no rename is safe. */
static bool is_on_esp(int root, const char *path)
{
	_cleanup_close_ int folder = folder_open_parent(root, path);

	return folder >= 0 && !status_is_kept(folder);
}

static int tell(struct error *error, int r, const char *path)
{
	switch (r) {
	case -ELOOP:
		return error_set(error, r, "/%s is a symbolic link, which is never replaced", path);
	case -EINVAL:
		return error_set(error, r, "/%s is no regular file", path);
	default:
		return error_set(error, r, "/%s: %s", path, error_words(r));
	}
}

/* status, digest and existed of a file; fd is -ENOENT where it is not there. */
static int examine_file(int root, int fd, struct arena *arena, struct journal_file *file)
{
	int r;

	file->on_esp = file->on_esp || is_on_esp(root, file->path);
	file->existed = fd >= 0;
	if (fd < 0)
		return folder_list_missing(root, arena, file->path, &file->folders);
	r = status_read(fd, arena, &file->status);
	return r < 0 ? r : digest_read(fd, &file->digest);
}

/* Whether it is as the plan saw it: 1, 0 or -errno. */
static int is_as_seen(int fd, const struct plan_step *step)
{
	if (fd == -ENOENT || !step->exists)
		return fd == -ENOENT && !step->exists;
	return content_is(fd, step->before);
}

static int examine_step(int root, const struct plan_step *step, struct journal *journal,
			struct error *error)
{
	_cleanup_close_ int fd = replace_open(root, step->path);
	struct journal_step examined = {
		.plan = *step,
		.file = {.path = step->path, .on_esp = step->on_esp},
		.after = digest_of(step->after.data, step->after.length),
	};
	int r = fd < 0 && fd != -ENOENT ? fd : is_as_seen(fd, step);

	if (r == 0)
		return error_set(error, -ESTALE, "/%s %s since the plan was made", step->path,
				 fd < 0         ? N_("has gone")
				 : step->exists ? N_("was changed")
						: N_("has come"));
	if (r > 0)
		r = examine_file(root, fd, journal->arena, &examined.file);
	if (r < 0)
		return tell(error, r, step->path);
	if (examined.file.existed && examined.file.status.names > 1)
		return error_set(error, -EMLINK,
				 "/%s has further names (hard links), from which a change would "
				 "part it",
				 step->path);
	*ARRAY_ADD(journal->arena, &journal->steps) = examined;
	return 0;
}

int examine_output(int root, struct arena *arena, struct journal_file *file, struct error *error)
{
	_cleanup_close_ int fd = replace_open(root, file->path);
	int r = fd < 0 && fd != -ENOENT ? fd : examine_file(root, fd, arena, file);

	return r < 0 ? tell(error, r, file->path) : 0;
}

static bool has_output(const struct journal *journal, const char *path)
{
	for_each (output, &journal->outputs)
		if (streq(output->path, path))
			return true;
	return false;
}

static int examine_program(int root, const struct plan_step *step, bool run_programs,
			   struct journal *journal, struct error *error)
{
	*ARRAY_ADD(journal->arena, &journal->steps) = (struct journal_step){.plan = *step};
	if (!step->argv || !step->argv[0] || *step->argv[0] != '/' ||
	    (step->undo_argv && (!step->undo_argv[0] || *step->undo_argv[0] != '/')))
		return error_set(error, -EINVAL, "the plan names a program without its path");
	for (size_t i = 0; run_programs && i < step->outputs.count; i++) {
		struct journal_file file = {.path = step->outputs.items[i], .on_esp = step->on_esp};
		int r;

		if (!*file.path || !path_is_plain(file.path))
			return error_set(error, -EINVAL, "\"%s\" is no path of a plan", file.path);
		if (has_output(journal, file.path))
			continue;
		r = examine_output(root, journal->arena, &file, error);
		if (r < 0)
			return r;
		*ARRAY_ADD(journal->arena, &journal->outputs) = file;
	}
	return 0;
}

static bool has_step(const struct journal *journal, const char *path)
{
	for_each (step, &journal->steps)
		if (step->plan.kind != PLAN_RUN && streq(step->file.path, path))
			return true;
	return false;
}

int examine_plan(int root, const struct plan *plan, bool run_programs, struct journal *journal,
		 struct error *error)
{
	int r = 0;

	for_each (step, &plan->steps) {
		if (r < 0)
			break;
		if (step->kind == PLAN_RUN)
			r = examine_program(root, step, run_programs, journal, error);
		else if (!step->path || !*step->path || !path_is_plain(step->path))
			r = error_set(error, -EINVAL, "\"%s\" is no path of a plan",
				      step->path ?: "");
		else if (has_step(journal, step->path))
			r = error_set(error, -EINVAL, "the plan has two steps for /%s", step->path);
		else if (step->kind == PLAN_REMOVE && !step->exists)
			r = error_set(error, -EINVAL, "the plan removes /%s, which is not there",
				      step->path);
		else
			r = examine_step(root, step, journal, error);
	}
	return r;
}
