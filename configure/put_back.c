/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/change.h"
#include "configure/folder.h"
#include "configure/work.h"

#include <errno.h>
#include <limits.h>
#include <sys/statvfs.h>

/* Whether an open file holds what a copy of the journal does: 1, 0 (also where there is no such copy). */
static int is_copy(const struct work *work, int fd, enum journal_copy kind, size_t index)
{
	_cleanup_close_ int copy = journal_open_copy(&work->journal, kind, index);

	if (copy < 0)
		return copy == -ENOENT ? 0 : copy;
	return content_same(fd, copy);
}

int put_back_is_foreign(const struct work *work, size_t index)
{
	static const enum journal_copy known[] = {JOURNAL_OLD, JOURNAL_NEW, JOURNAL_SETTLED};
	const struct journal_step *step = &work->journal.steps.items[index];
	_cleanup_close_ int fd = replace_open(work->root, step->file.path);
	int r = 0;

	if (fd == -ENOENT)
		return step->file.existed && step->plan.kind == PLAN_WRITE;
	/* A link or a folder in its place was made by somebody else. */
	if (fd < 0)
		return fd == -ELOOP || fd == -EINVAL ? 1 : fd;
	for (size_t i = 0; i < ARRAY_SIZE(known) && r == 0; i++)
		r = is_copy(work, fd, known[i], index);
	return r < 0 ? r : !r;
}

/* A link in place of a file: what it says is what there is to keep. */
static int keep_link(const struct work *work, const char *path, int copy)
{
	_cleanup_close_ int folder = folder_open_parent(work->root, path);
	char target[PATH_MAX];
	ssize_t length;

	if (folder < 0)
		return folder;
	length = readlinkat(folder, path_name(path), target, sizeof(target));
	return length < 0 ? -errno : content_write(copy, target, (size_t)length, 0);
}

/* Keeps bytes that are neither old nor new before they go. */
static int keep_found(const struct work *work, size_t index)
{
	const struct journal_file *file = &work->journal.steps.items[index].file;
	_cleanup_close_ int fd = -1, copy = -1;
	struct digest digest;
	int r = put_back_is_foreign(work, index);

	if (r <= 0)
		return r;
	fd = replace_open(work->root, file->path);
	if (fd < 0 && fd != -ELOOP)
		return fd == -ENOENT ? 0 : fd;
	copy = journal_create_numbered_copy(&work->journal, JOURNAL_FOUND, index);
	if (copy < 0)
		return copy;
	r = fd < 0 ? keep_link(work, file->path, copy) : content_copy(copy, fd, &digest);
	if (r == 0)
		r = change_sync(copy);
	if (r == 0)
		work_note(work,
			  _("/%s was changed by something else: what it held is kept in "
			    "/%s/%u/found"),
			  file->path, JOURNAL_TRANSACTIONS, work->journal.id);
	return r;
}

/* Whether the file is as it was, owner, mode, times and attributes included. */
static bool is_as_before(const struct work *work, const struct journal_file *file, int old)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_close_ int fd = replace_open(work->root, file->path);
	struct file_status status;

	if (fd < 0 || status_read(fd, arena, &status) < 0)
		return false;
	return (!status_is_kept(fd) || status_same(&status, &file->status)) &&
	       content_same(fd, old) == 1;
}

static int restore_bytes(const struct work *work, const struct replace_target *target,
			 const struct journal_file *file, int old)
{
	const struct replace_status given = {.status = &file->status, .exact = true};
	const char *name = path_name(file->path);
	int r;

	if (is_as_before(work, file, old))
		return 0;
	if (name != file->path) {
		_cleanup_free_ char *parent = strndup(file->path, (size_t)(name - file->path) - 1);

		r = parent ? folder_make(work->root, parent, 0755) : -ENOMEM;
		if (r < 0)
			return r;
	}
	return replace_write(target, old, &file->digest, &given);
}

static int restore_absence(const struct work *work, const struct replace_target *target,
			   const struct journal_file *file)
{
	int r = replace_remove(target);

	for (size_t i = file->folders.count; i > 0 && r == 0; i--)
		r = folder_remove_empty(work->root, file->folders.items[i - 1]);
	return r;
}

static int restore(const struct work *work, const struct replace_target *target,
		   const struct journal_file *file, enum journal_copy kind, size_t index)
{
	_cleanup_close_ int old = -1;
	int r = replace_clean(target);

	if (r < 0)
		return r;
	if (!file->existed)
		return restore_absence(work, target, file);
	old = journal_open_copy(&work->journal, kind, index);
	return old < 0 ? old : restore_bytes(work, target, file, old);
}

static int restore_step(struct work *work, size_t index)
{
	struct journal_step *step = &work->journal.steps.items[index];
	struct work_target target;
	int r;

	work_show_step(work, index, true, false);
	work_target_step(work, index, &target);
	r = keep_found(work, index);
	if (r == 0)
		r = restore(work, &target.target, &step->file, JOURNAL_OLD, index);
	if (r == 0)
		work_show_step(work, index, true, true);
	return r;
}

/* The files that could not be put back, as words. */
struct failures {
	struct arena *arena;
	struct strings files;
};

static void add_failure(struct failures *failures, const struct work *work, const char *path,
			const char *kind, size_t index, int r)
{
	const char *text = arena_printf(failures->arena, "/%s (%s; as it was: %s/%zu)", path,
					error_words(r), kind, index);

	*ARRAY_ADD(failures->arena, &failures->files) = text;
	work_note(work, "%s", text);
}

/* Whether what is there now takes the room that what was there before needs. */
static bool would_fit_without(int fd, const struct journal_file *file)
{
	struct statvfs status;
	struct stat now;
	uint64_t room;

	if (fd < 0 || fstat(fd, &now) < 0 || fstatvfs(fd, &status) < 0)
		return false;
	room = (uint64_t)status.f_bavail * status.f_frsize + (uint64_t)now.st_blocks * 512;
	return room >= file->digest.size + 2 * status.f_frsize;
}

static int restore_output(const struct work *work, size_t index, bool make_room)
{
	const struct journal_file *file = &work->journal.outputs.items[index];
	_cleanup_close_ int now = make_room ? replace_open(work->root, file->path) : -1;
	struct work_target target;
	int r = 0;

	work_target_output(work, index, &target);
	if (make_room && !would_fit_without(now, file))
		return -ENOSPC;
	cleanup_close(&now);
	now = -1;
	if (make_room)
		r = replace_remove(&target.target);
	return r < 0 ? r : restore(work, &target.target, file, JOURNAL_OUTPUT, index);
}

/*
 * A program that filled the file system leaves no room for the old file beside the new one. Others may give
 * some back, so such a file is tried again behind them; then it goes before the old one comes. For a
 * moment there is none, but what is there was made by a program that failed, or does not fit the files.
 */
static void restore_outputs(struct work *work, struct failures *failures)
{
	struct journal_files *outputs = &work->journal.outputs;
	int *results = arena_array(failures->arena, outputs->count, sizeof(*results));

	for (size_t i = outputs->count; i > 0; i--)
		results[i - 1] = restore_output(work, i - 1, false);
	for (size_t i = outputs->count; i > 0; i--)
		if (results[i - 1] == -ENOSPC)
			results[i - 1] = restore_output(work, i - 1, false);
	for (size_t i = outputs->count; i > 0; i--) {
		int r = results[i - 1];

		if (r == -ENOSPC)
			r = restore_output(work, i - 1, true);
		if (r < 0)
			add_failure(failures, work, outputs->items[i - 1].path, "output", i - 1, r);
	}
}

static bool has_run(const struct work *work)
{
	for_each (step, &work->journal.steps)
		if (step->plan.kind == PLAN_RUN && step->started)
			return true;
	return false;
}

int put_back_files(struct work *work, bool outputs, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct failures failures = {.arena = arena};

	if (outputs && work->journal.outputs_saved && has_run(work))
		restore_outputs(work, &failures);
	for (size_t i = work->journal.steps.count; i > 0; i--) {
		const struct journal_step *step = &work->journal.steps.items[i - 1];
		int r = step->plan.kind != PLAN_RUN && step->started ? restore_step(work, i - 1)
								     : 0;

		if (r < 0)
			add_failure(&failures, work, step->file.path, "old", i - 1, r);
	}
	if (!failures.files.count)
		return 0;
	return error_set(error, -ENOTRECOVERABLE, "not put back, see /%s/%u: %s",
			 JOURNAL_TRANSACTIONS, work->journal.id,
			 strings_join(arena, &failures.files, ", "));
}
