/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/transaction_find.h"

#include <errno.h>

/* Calls look for each journal, the newest first, until it returns other than 0. Damaged ones are given,
 * too. */
static int look_at_all(int root, int (*look)(const struct journal *journal, void *context),
		       void *context, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct journal_ids ids = {0};
	int r = journal_list(root, arena, &ids);

	if (r < 0)
		return error_set(error, r, "/" JOURNAL_TRANSACTIONS ": %s", error_words(r));
	for (size_t i = ids.count; i > 0 && r == 0; i--) {
		_cleanup_journal_ struct journal journal;

		journal_init(&journal);
		r = journal_open(&journal, root, ids.items[i - 1], false);
		if (r < 0 && r != -EBADMSG)
			return error_set(error, r, "/" JOURNAL_TRANSACTIONS "/%u: %s",
					 ids.items[i - 1], error_words(r));
		r = look(&journal, context);
	}
	return r < 0 ? r : 0;
}

struct unfinished {
	bool clean;
	unsigned id;
};

static int look_for_unfinished(const struct journal *journal, void *context)
{
	struct unfinished *unfinished = context;

	if (journal->state == TRANSACTION_DAMAGED)
		return 0;
	if (journal->state == TRANSACTION_BEGUN || journal->state == TRANSACTION_UNDOING) {
		unfinished->id = journal->id;
		return 1;
	}
	if (unfinished->clean)
		(void)journal_drop_copies(journal, JOURNAL_OUTPUT);
	return 0;
}

int transaction_find_unfinished(int root, bool clean, unsigned *ret_id, struct error *error)
{
	struct unfinished unfinished = {.clean = clean};
	int r = look_at_all(root, look_for_unfinished, &unfinished, error);

	if (r == 0)
		*ret_id = unfinished.id;
	return r;
}

static int look_for_applied(const struct journal *journal, void *context)
{
	unsigned *id = context;

	if (journal->state != TRANSACTION_APPLIED)
		return 0;
	*id = journal->id;
	return 1;
}

int transaction_find_applied(int root, unsigned *ret_id, struct error *error)
{
	unsigned id = 0;
	int r = look_at_all(root, look_for_applied, &id, error);

	if (r < 0)
		return r;
	if (!id)
		return error_set(error, -ENOENT, "there is no transaction that is applied");
	*ret_id = id;
	return 0;
}

struct newer {
	const struct journal *than;
	unsigned id;
	const char *path;
};

static const char *find_common(const struct journal *a, const struct journal *b)
{
	for_each (one, &a->steps)
		for_each (other, &b->steps)
			if (one->plan.kind != PLAN_RUN && other->plan.kind != PLAN_RUN &&
			    streq(one->file.path, other->file.path))
				return one->file.path;
	return NULL;
}

static int look_for_newer(const struct journal *journal, void *context)
{
	struct newer *newer = context;

	if (journal->id <= newer->than->id)
		return 1;
	if (journal->state != TRANSACTION_APPLIED)
		return 0;
	newer->path = find_common(newer->than, journal);
	if (!newer->path)
		return 0;
	newer->id = journal->id;
	return 1;
}

int transaction_find_newer(int root, const struct journal *journal, unsigned *ret_id,
			   const char **ret_path, struct error *error)
{
	struct newer newer = {.than = journal};
	int r = look_at_all(root, look_for_newer, &newer, error);

	if (r == 0) {
		*ret_id = newer.id;
		*ret_path = newer.path;
	}
	return r;
}
