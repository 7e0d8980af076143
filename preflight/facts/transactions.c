/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a transaction of configure was cut off: its log tells, and nothing else of the journal is read. */
#include "preflight/facts/facts.h"
#include "preflight/parse/transaction_log.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

struct collection {
	struct facts *facts;
	const struct host *host;
	bool applied; /* one that is newer was */
};

static void note_unread(struct facts *facts, const char *path, int error)
{
	facts_add_unread(facts, path, error);
	facts->transactions.known = UNKNOWN;
	facts->transactions.unread = path;
}

static const char *day_of(struct arena *arena, int64_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm parts;
	char text[64];

	if (!gmtime_r(&time, &parts) || !strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &parts))
		return "?";
	return arena_strdup(arena, text);
}

static void take_open(struct collection *collection, unsigned id, const char *path,
		      const struct transaction_log *log)
{
	struct transaction_facts *facts = &collection->facts->transactions;
	struct arena *arena = collection->facts->arena;
	struct open_transaction *open =
		log->end == TRANSACTION_END_NONE ? &facts->cut_off : &facts->damaged;

	if (open->id || (log->end == TRANSACTION_END_DAMAGED && collection->applied))
		return;
	*open = (struct open_transaction){
		.id = id, .why = log->why, .origin = {path, log->line, log->why}};
	if (!log->why)
		open->origin.text = arena_printf(arena, "begun %s, last record: %s",
						 day_of(arena, log->time), log->last);
}

static void read_log(struct collection *collection, unsigned id)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct arena *arena = collection->facts->arena;
	const char *path = arena_printf(arena, TRANSACTIONS_FOLDER "/%u/log", id);
	struct transaction_log log = {.end = TRANSACTION_END_DAMAGED, .why = "there is no log"};
	struct bytes bytes;
	int r = host_read(collection->host, scratch, path + 1, TRANSACTION_LOG_LIMIT, &bytes);

	if (r < 0 && r != -ENOENT) {
		note_unread(collection->facts, path, r);
		return;
	}
	if (r == 0)
		transaction_log_parse(arena, bytes.data, bytes.length, &log);
	collection->applied |= log.end == TRANSACTION_END_DONE;
	if (log.end == TRANSACTION_END_NONE || log.end == TRANSACTION_END_DAMAGED)
		take_open(collection, id, path, &log);
}

static int compare_ids(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x < y) - (x > y);
}

/* The newest first. What ends in .new was cut off before anything changed. */
static size_t ids_of(const struct strings *names, unsigned *ids)
{
	size_t count = 0;

	for_each (name, names) {
		char *end;
		unsigned long id = strtoul(*name, &end, 10);

		if (**name >= '1' && **name <= '9' && !*end && id < INT_MAX)
			ids[count++] = (unsigned)id;
	}
	if (count)
		qsort(ids, count, sizeof(*ids), compare_ids);
	return count;
}

void facts_collect_transactions(struct facts *facts, const struct host *host)
{
	static const char folder[] = TRANSACTIONS_FOLDER;
	struct collection collection = {.facts = facts, .host = host};
	struct strings names = {0};
	unsigned *ids;
	size_t count;
	int r = host_list(host, facts->arena, folder + 1, &names);

	if (r == -ENOENT) {
		facts->transactions.known = host_tells_absence(host, folder + 1) ? YES : NO;
		return;
	}
	if (r < 0) {
		note_unread(facts, folder, r);
		return;
	}
	facts->transactions.known = YES;
	ids = arena_array(facts->arena, names.count + 1, sizeof(*ids));
	count = ids_of(&names, ids);
	for (size_t i = 0; i < count; i++)
		read_log(&collection, ids[i]);
}
