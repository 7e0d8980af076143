/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/replace.h"
#include "configure/transaction_find.h"

#include <errno.h>
#include <fcntl.h>

static int open_root(const struct transaction_place *place, struct error *error)
{
	int root = open(place->root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? error_set(error, -errno, "%s: %s", place->root, error_words(errno))
			: root;
}

/* Closes the journal but leaves the memory, which is the caller's. */
static void cleanup_borrowed(struct journal *journal)
{
	journal->arena = NULL;
	journal_close(journal);
}
#define _cleanup_borrowed_ _cleanup_(cleanup_borrowed)

static struct journal borrow(struct arena *arena)
{
	return (struct journal){.arena = arena, .transactions = -1, .folder = -1, .log = -1};
}

static struct transaction describe(struct arena *arena, const struct journal *journal)
{
	struct transaction transaction = {
		.id = journal->id,
		.state = journal->state,
		.time = journal->time,
		.command = journal->command ?: "",
		.version = journal->version ?: "",
		.accepted = journal->accepted,
		.devices = journal->devices,
		.why = journal->why,
	};

	for_each (step, &journal->steps)
		if (step->plan.kind == PLAN_RUN)
			*ARRAY_ADD(arena, &transaction.runs) = step->plan;
	return transaction;
}

int transaction_list(const struct transaction_place *place, struct arena *arena,
		     struct transactions *ret_transactions, struct error *error)
{
	_cleanup_close_ int root = open_root(place, error);
	struct transactions transactions = {0};
	struct journal_ids ids = {0};
	int r;

	if (root < 0)
		return root;
	r = journal_list(root, arena, &ids);
	if (r < 0)
		return error_set(error, r, "/" JOURNAL_TRANSACTIONS ": %s", error_words(r));
	for_each (id, &ids) {
		_cleanup_borrowed_ struct journal journal = borrow(arena);

		r = journal_open(&journal, root, *id, false);
		if (r < 0 && r != -EBADMSG)
			return error_set(error, r, "/" JOURNAL_TRANSACTIONS "/%u: %s", *id,
					 error_words(r));
		*ARRAY_ADD(arena, &transactions) = describe(arena, &journal);
	}
	*ret_transactions = transactions;
	return 0;
}

static bool same(bool a_exists, struct bytes a, bool b_exists, struct bytes b)
{
	if (!a_exists || !b_exists)
		return a_exists == b_exists;
	return a.length == b.length && (!a.length || memcmp(a.data, b.data, a.length) == 0);
}

static int read_file(int root, struct arena *arena, const struct journal_step *step,
		     struct transaction_file *ret)
{
	_cleanup_close_ int fd = replace_open(root, step->file.path);
	/* A link or a folder in its place holds nothing that was there before or after. */
	bool other = fd == -ELOOP || fd == -EINVAL;
	struct transaction_file file = {
		.path = step->file.path,
		.existed_before = step->file.existed,
		.exists_after = step->plan.kind == PLAN_WRITE,
		.before = step->plan.before,
		.after = step->plan.after,
		.exists_now = fd >= 0 || other,
		.now = {.data = "", .length = 0},
	};

	if (fd < 0 && fd != -ENOENT && !other)
		return fd;
	if (fd >= 0) {
		int r = content_read(fd, arena, SIZE_MAX, &file.now);

		if (r < 0)
			return r;
	}
	file.changed_since =
		other || (!same(file.exists_now, file.now, file.existed_before, file.before) &&
			  !same(file.exists_now, file.now, file.exists_after, file.after));
	*ret = file;
	return 0;
}

static int read_files(int root, struct arena *arena, struct journal *journal,
		      struct transaction *transaction, struct error *error)
{
	int r = journal_load_bytes(journal);

	if (r < 0 && r != -EBADMSG)
		return error_set(error, r, "transaction %u: %s", journal->id, error_words(r));
	if (r < 0) {
		transaction->state = journal->state;
		transaction->why = journal->why;
		return 0;
	}
	for_each (step, &journal->steps) {
		if (step->plan.kind == PLAN_RUN)
			continue;
		r = read_file(root, arena, step, ARRAY_ADD(arena, &transaction->files));
		if (r < 0)
			return error_set(error, r, "/%s: %s", step->file.path, error_words(r));
	}
	return 0;
}

int transaction_read(const struct transaction_place *place, struct arena *arena, unsigned id,
		     struct transaction *ret_transaction, struct error *error)
{
	_cleanup_close_ int root = open_root(place, error);
	_cleanup_borrowed_ struct journal journal = borrow(arena);
	struct transaction transaction;
	int r = root < 0 ? root : 0;

	if (r == 0 && !id)
		r = transaction_find_applied(root, &id, error);
	if (r < 0)
		return r;
	r = journal_open(&journal, root, id, false);
	if (r < 0 && r != -EBADMSG)
		return error_set(error, r, "transaction %u: %s", id, error_words(r));
	transaction = describe(arena, &journal);
	if (r == 0)
		r = read_files(root, arena, &journal, &transaction, error);
	else
		r = 0;
	if (r == 0)
		*ret_transaction = transaction;
	return r;
}
