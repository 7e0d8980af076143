/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/journal.h"
#include "configure/change.h"
#include "configure/folder.h"
#include "configure/journal_record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

enum { LOG_LIMIT = 64 * 1024 * 1024, NUMBERED_LIMIT = 10000 };

static const char *const folders[] = {
	[JOURNAL_OLD] = "old",     [JOURNAL_NEW] = "new",       [JOURNAL_SETTLED] = "settled",
	[JOURNAL_FOUND] = "found", [JOURNAL_OUTPUT] = "output", [JOURNAL_PRINTED] = "printed",
};

void journal_init(struct journal *journal)
{
	*journal =
		(struct journal){.arena = arena_new(), .transactions = -1, .folder = -1, .log = -1};
}

void journal_close(struct journal *journal)
{
	cleanup_close(&journal->transactions);
	cleanup_close(&journal->folder);
	cleanup_close(&journal->log);
	journal->transactions = journal->folder = journal->log = -1;
	arena_free(journal->arena);
	journal->arena = NULL;
}

static int damaged(struct journal *journal, const char *why)
{
	journal->state = TRANSACTION_DAMAGED;
	journal->why = arena_strdup(journal->arena, why);
	return -EBADMSG;
}

/* Takes the log's lines. What follows the last good one is dropped if nothing good comes behind it. */
static int parse_log(struct journal *journal, struct bytes log)
{
	const char *broken = NULL, *line = log.data, *end = log.data + log.length;

	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		int r = newline ? journal_parse_line(journal, line, (size_t)(newline - line))
				: -ENODATA;

		if (r == -EBADMSG)
			return damaged(journal, N_("the log holds a record that cannot be"));
		if (r == 0 && broken)
			return damaged(journal, N_("the log holds a broken record"));
		if (r < 0 && !broken)
			broken = line;
		line = newline ? newline + 1 : end;
	}
	journal->length = (off_t)((broken ?: end) - log.data);
	if (!journal->steps.items || journal->steps.count != journal->steps.capacity ||
	    journal->outputs.count != journal->outputs.capacity ||
	    (journal->state == TRANSACTION_BEGUN && !journal->outputs_saved))
		return damaged(journal, N_("the log's beginning is not complete"));
	return 0;
}

static int open_folder(struct journal *journal, int root, unsigned id)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "%u", id);
	journal->id = id;
	if (journal->transactions < 0)
		journal->transactions = folder_open(root, JOURNAL_TRANSACTIONS);
	if (journal->transactions < 0)
		return journal->transactions;
	journal->folder = openat(journal->transactions, name,
				 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return journal->folder < 0 ? -errno : 0;
}

int journal_open(struct journal *journal, int root, unsigned id, bool writable)
{
	struct bytes log;
	int r = open_folder(journal, root, id);

	if (r < 0)
		return r;
	journal->log = openat(journal->folder, "log",
			      (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
	if (journal->log < 0)
		return errno == ENOENT ? damaged(journal, N_("there is no log")) : -errno;
	r = content_read(journal->log, journal->arena, LOG_LIMIT, &log);
	return r < 0 ? r : parse_log(journal, log);
}

int journal_open_copy(const struct journal *journal, enum journal_copy kind, size_t index)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%zu", folders[kind], index);
	fd = openat(journal->folder, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

static int open_copies(const struct journal *journal, enum journal_copy kind)
{
	int fd = openat(journal->folder, folders[kind],
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int journal_create_copy(const struct journal *journal, enum journal_copy kind, const char *name)
{
	_cleanup_close_ int folder = open_copies(journal, kind), fd = -1;
	int r;

	if (folder < 0)
		return folder;
	fd = change_create(folder, name, 0600);
	if (fd < 0)
		return fd;
	r = change_sync(folder);
	return r < 0 ? r : TAKE_FD(fd);
}

int journal_create_numbered_copy(const struct journal *journal, enum journal_copy kind,
				 size_t number)
{
	char name[48];
	int fd;

	(void)snprintf(name, sizeof(name), "%zu", number);
	fd = journal_create_copy(journal, kind, name);
	for (unsigned again = 1; fd == -EEXIST && again < NUMBERED_LIMIT; again++) {
		(void)snprintf(name, sizeof(name), "%zu.%u", number, again);
		fd = journal_create_copy(journal, kind, name);
	}
	return fd;
}

int journal_save_copy(const struct journal *journal, enum journal_copy kind, const char *name,
		      int source, struct digest *ret_digest)
{
	_cleanup_close_ int fd = journal_create_copy(journal, kind, name);
	int r = fd < 0 ? fd : content_copy(fd, source, ret_digest);

	return r < 0 ? r : change_sync(fd);
}

int journal_drop_copies(const struct journal *journal, enum journal_copy kind)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_close_ int folder = open_copies(journal, kind);
	struct strings names = {0};
	int r = folder < 0 ? folder : folder_list(folder, arena, &names);

	for (size_t i = 0; i < names.count && r == 0; i++)
		r = change_unlink(folder, names.items[i]);
	return r == 0 && names.count ? change_sync(folder) : r;
}

/* Puts the line behind the whole records and onto the disk, or takes it back. */
static int append(struct journal *journal, const char *line)
{
	struct stat status;
	int r = 0;

	if (fstat(journal->log, &status) < 0)
		return -errno;
	/* What a record that failed has left. */
	if (status.st_size != journal->length)
		r = change_truncate(journal->log, journal->length);
	if (r == 0)
		r = content_write(journal->log, line, strlen(line), journal->length);
	if (r == 0)
		r = change_sync(journal->log);
	if (r < 0) {
		journal->uncertain = change_truncate(journal->log, journal->length) < 0;
		return r;
	}
	journal->uncertain = false;
	journal->length += (off_t)strlen(line);
	return 0;
}

static int append_and_take(struct journal *journal, const char *line)
{
	int r = append(journal, line);

	return r < 0 ? r : journal_parse_line(journal, line, strlen(line) - 1);
}

static int record(struct journal *journal, const char *event, int number, const char *why)
{
	return append_and_take(journal, journal_print_event(journal->arena, event, number, why));
}

int journal_record_step(struct journal *journal, size_t step, bool done)
{
	return record(journal, done ? "done" : "start", (int)step, NULL);
}

int journal_record_settled(struct journal *journal, size_t step)
{
	return record(journal, "settled", (int)step, NULL);
}

int journal_record_outputs(struct journal *journal)
{
	struct strings lines = {0};
	int r = 0;

	for (size_t i = 0; i < journal->outputs.count; i++)
		*ARRAY_ADD(journal->arena, &lines) =
			journal_print_output(journal->arena, journal, i);
	for (size_t i = 0; i < lines.count && r == 0; i++)
		r = append(journal, lines.items[i]);
	return r < 0 ? r : record(journal, "saved", -1, NULL);
}

int journal_record_state(struct journal *journal, enum transaction_state state, const char *why)
{
	static const char *const events[] = {
		[TRANSACTION_APPLIED] = "applied",
		[TRANSACTION_FAILED] = "failed",
		[TRANSACTION_UNDOING] = "undoing",
		[TRANSACTION_UNDONE] = "undone",
	};

	return record(journal, events[state], -1, why);
}

/* How a program left it, which nobody knew before: there is no digest to compare with. */
static int load_settled(struct journal *journal, size_t index, struct bytes *ret_bytes)
{
	_cleanup_close_ int fd = journal_open_copy(journal, JOURNAL_SETTLED, index);

	return fd < 0 ? fd : content_read(fd, journal->arena, SIZE_MAX, ret_bytes);
}

static int load(struct journal *journal, enum journal_copy kind, size_t index,
		const struct digest *expected, struct bytes *ret_bytes)
{
	_cleanup_close_ int fd = journal_open_copy(journal, kind, index);
	struct digest digest;
	struct bytes bytes;
	int r = fd < 0 ? fd : content_read(fd, journal->arena, SIZE_MAX, &bytes);

	if (r < 0)
		return r == -ENOENT ? damaged(journal, N_("bytes of a file are missing")) : r;
	digest = digest_of(bytes.data, bytes.length);
	if (!digest_same(&digest, expected))
		return damaged(journal, N_("bytes of a file are not as they were written"));
	*ret_bytes = bytes;
	return 0;
}

int journal_load_bytes(struct journal *journal)
{
	int r = 0;

	for (size_t i = 0; i < journal->steps.count && r == 0; i++) {
		struct journal_step *step = &journal->steps.items[i];

		if (step->plan.kind == PLAN_RUN)
			continue;
		if (step->file.existed)
			r = load(journal, JOURNAL_OLD, i, &step->file.digest, &step->plan.before);
		if (r == 0 && step->plan.kind == PLAN_WRITE)
			r = load(journal, JOURNAL_NEW, i, &step->after, &step->plan.after);
		if (r == 0 && step->settled)
			r = load_settled(journal, i, &step->plan.after);
	}
	return r;
}

static int compare_ids(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

static bool parse_id(const char *name, unsigned *ret_id)
{
	char *end;
	unsigned long id = strtoul(name, &end, 10);

	/* One way to write a number only. */
	if (*name < '1' || *name > '9' || *end || id >= INT_MAX)
		return false;
	*ret_id = (unsigned)id;
	return true;
}

int journal_list(int root, struct arena *arena, struct journal_ids *ret_ids)
{
	_cleanup_close_ int folder = folder_open(root, JOURNAL_TRANSACTIONS);
	struct strings names = {0};
	struct journal_ids ids = {0};
	int r = folder < 0 ? folder : folder_list(folder, arena, &names);
	unsigned id;

	if (r < 0 && r != -ENOENT)
		return r;
	for (size_t i = 0; i < names.count; i++)
		if (parse_id(names.items[i], &id))
			*ARRAY_ADD(arena, &ids) = id;
	if (ids.count)
		qsort(ids.items, ids.count, sizeof(*ids.items), compare_ids);
	*ret_ids = ids;
	return 0;
}
