/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/change.h"
#include "configure/folder.h"
#include "configure/journal.h"
#include "configure/journal_record.h"
#include "configure/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

static int save_old(struct journal *journal, int root, const struct journal_file *file,
		    enum journal_copy kind, const char *name, struct error *error)
{
	_cleanup_close_ int fd = replace_open(root, file->path);
	struct digest digest;
	int r;

	if (!file->existed && fd == -ENOENT)
		return 0;
	if (file->existed && fd < 0 && fd != -ENOENT)
		return error_set(error, fd, "/%s: %s", file->path, error_words(fd));
	r = fd < 0 || !file->existed ? -ESTALE
				     : journal_save_copy(journal, kind, name, fd, &digest);
	if (r == 0 && !digest_same(&digest, &file->digest))
		r = -ESTALE;
	if (r == -ESTALE)
		return error_set(error, r, "/%s was changed just now by something else",
				 file->path);
	return r < 0 ? error_set(error, r, "no copy of /%s could be kept: %s", file->path,
				 error_words(r))
		     : 0;
}

static int save_new(struct journal *journal, const struct plan_step *step, const char *name)
{
	_cleanup_close_ int fd = journal_create_copy(journal, JOURNAL_NEW, name);
	int r = fd < 0 ? fd : content_write(fd, step->after.data, step->after.length, 0);

	return r < 0 ? r : change_sync(fd);
}

static int save_files(struct journal *journal, int root, struct error *error)
{
	char name[32];
	int r = 0;

	for (size_t i = 0; i < journal->steps.count && r == 0; i++) {
		const struct journal_step *step = &journal->steps.items[i];

		if (step->plan.kind == PLAN_RUN)
			continue;
		(void)snprintf(name, sizeof(name), "%zu", i);
		r = save_old(journal, root, &step->file, JOURNAL_OLD, name, error);
		if (r < 0 || step->plan.kind != PLAN_WRITE)
			continue;
		r = save_new(journal, &step->plan, name);
		if (r < 0)
			error_set(error, r, "the journal could not be written: %s", error_words(r));
	}
	for (size_t i = 0; i < journal->outputs.count && r == 0; i++) {
		(void)snprintf(name, sizeof(name), "%zu", i);
		r = save_old(journal, root, &journal->outputs.items[i], JOURNAL_OUTPUT, name,
			     error);
	}
	return r;
}

static int write_log(struct journal *journal)
{
	struct arena *arena = journal->arena;
	struct strings lines = {0};
	const char *text;
	int r;

	*ARRAY_ADD(arena, &lines) = journal_print_head(arena, journal);
	for (size_t i = 0; i < journal->steps.count; i++)
		*ARRAY_ADD(arena, &lines) = journal_print_step(arena, journal, i);
	for (size_t i = 0; i < journal->outputs.count; i++)
		*ARRAY_ADD(arena, &lines) = journal_print_output(arena, journal, i);
	*ARRAY_ADD(arena, &lines) = journal_print_event(arena, "saved", -1, NULL);
	text = strings_join(arena, &lines, "");
	journal->log = change_create(journal->folder, "log", 0600);
	if (journal->log < 0)
		return journal->log;
	r = content_write(journal->log, text, strlen(text), 0);
	if (r < 0)
		return r;
	journal->length = (off_t)strlen(text);
	return change_sync(journal->log);
}

static int make_folders(struct journal *journal, const char *name)
{
	static const char *const folders[] = {"old",   "new",    "settled",
					      "found", "output", "printed"};
	int r = change_make_folder(journal->transactions, name, 0700);

	if (r < 0)
		return r;
	journal->folder = openat(journal->transactions, name,
				 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (journal->folder < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0; i++)
		r = change_make_folder(journal->folder, folders[i], 0700);
	return r;
}

/* Everything in the folder NAME.new, on the disk, under its own name. */
static int fill(struct journal *journal, int root, const char *unfinished, struct error *error)
{
	char name[16];
	int r = make_folders(journal, unfinished);

	if (r == 0) {
		r = save_files(journal, root, error);
		if (r < 0)
			return r; /* has its words */
	}
	if (r == 0)
		r = write_log(journal);
	if (r == 0)
		r = change_sync(journal->folder);
	(void)snprintf(name, sizeof(name), "%u", journal->id);
	if (r == 0)
		r = change_rename(journal->transactions, unfinished, name);
	if (r < 0)
		return error_set(error, r, "the journal could not be written: %s", error_words(r));
	r = change_sync(journal->transactions);
	if (r < 0) {
		/* Not sure to be there after a power cut: nothing must rely on it. */
		(void)change_rename(journal->transactions, name, unfinished);
		return error_set(error, r, "the journal could not be written: %s", error_words(r));
	}
	return 0;
}

int journal_create(struct journal *journal, int root, struct error *error)
{
	struct journal_ids ids = {0};
	char unfinished[32];
	int r = folder_make(root, JOURNAL_TRANSACTIONS, 0700);

	if (r == 0)
		r = journal_list(root, journal->arena, &ids);
	if (r == 0)
		r = journal->transactions = folder_open(root, JOURNAL_TRANSACTIONS);
	if (r < 0)
		return error_set(error, r, "/" JOURNAL_TRANSACTIONS ": %s", error_words(r));
	journal->id = ids.count ? ids.items[ids.count - 1] + 1 : 1;
	journal->time = (int64_t)time(NULL);
	journal->state = TRANSACTION_BEGUN;
	journal->outputs_saved = true;
	(void)snprintf(unfinished, sizeof(unfinished), "%u.new", journal->id);
	r = fill(journal, root, unfinished, error);
	if (r < 0)
		(void)folder_remove_all(journal->transactions, unfinished);
	return r;
}

static bool is_unfinished(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return digits && streq(name + digits, ".new");
}

int journal_sweep(int root)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_close_ int folder = folder_open(root, JOURNAL_TRANSACTIONS);
	struct strings names = {0};
	int r = folder < 0 ? folder : folder_list(folder, arena, &names);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (size_t i = 0; i < names.count && r >= 0; i++)
		if (is_unfinished(names.items[i]))
			r = folder_remove_all(folder, names.items[i]);
	return r < 0 ? r : 0;
}
