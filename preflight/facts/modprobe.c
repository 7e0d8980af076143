/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/modprobe.h"
#include "preflight/parse/modprobe.h"

#include <errno.h>

enum {
	FILE_LIMIT = 1024 * 1024,
	LINES_LIMIT =
		100 * 1000, /* far beyond any host's; keeps a hostile tree from filling memory */
};

/* The first one wins where two hold a file of the same name. */
static const char *const directories[] = {
	"etc/modprobe.d",     "run/modprobe.d", "usr/local/lib/modprobe.d",
	"usr/lib/modprobe.d", "lib/modprobe.d",
};

struct config_file {
	const char *name;
	size_t directory; /* index into directories */
};

struct config_files {
	struct config_file *items;
	size_t count, capacity;
};

/* One collection. Paths and bytes live in scratch, facts in facts->arena. */
struct collection {
	struct facts *facts;
	const struct host *host;
	struct arena *scratch;
	struct config_files files;
	bool listed, failed;
};

static bool is_config_name(const char *name)
{
	return *name != '.' && (has_suffix(name, ".conf") || has_suffix(name, ".alias"));
}

static void note_failure(struct collection *collection, const char *path, int error)
{
	facts_add_unread(collection->facts, path, error);
	collection->failed = true;
}

/* A link that leads to nothing: on this machine modprobe finds nothing there either; from a tree
 * its target may only be missing. */
static bool is_lost_link(const struct collection *collection, const char *path)
{
	const char *target;

	return !host_tells_absence(collection->host, path) &&
	       host_read_link(collection->host, collection->scratch, path, &target) == 0;
}

static void list_directory(struct collection *collection, size_t index)
{
	const char *path = directories[index];
	struct strings names;
	int r = host_list(collection->host, collection->scratch, path, &names);

	if (r == -ENOENT && !is_lost_link(collection, path))
		return;
	if (r < 0) {
		note_failure(collection, path, r);
		return;
	}
	collection->listed = true;
	for (size_t i = 0; i < names.count; i++)
		if (is_config_name(names.items[i]))
			*ARRAY_ADD(collection->scratch, &collection->files) =
				(struct config_file){names.items[i], index};
}

static int compare_files(const void *a, const void *b)
{
	const struct config_file *first = a, *second = b;
	int order = strcmp(first->name, second->name);

	if (order)
		return order;
	return first->directory < second->directory ? -1 : first->directory > second->directory;
}

/* People switch a file of the distribution off with a link of its name to /dev/null. */
static bool is_mask(const struct collection *collection, const char *path)
{
	const char *target;
	struct stat status;

	if (host_read_link(collection->host, collection->scratch, path, &target) == 0 &&
	    streq(target, "/dev/null"))
		return true;
	return host_stat(collection->host, path, &status) == 0 && S_ISCHR(status.st_mode);
}

/* Reads one file; false where it is none, so that it hides no other one. */
static bool read_file(struct collection *collection, const char *path)
{
	struct modprobe_lines *lines = &collection->facts->modules.modprobe;
	struct arena *arena = collection->facts->arena;
	struct bytes bytes;
	int r = host_read(collection->host, collection->scratch, path, FILE_LIMIT, &bytes);

	if (r == 0) {
		modprobe_parse(arena, arena_printf(arena, "/%s", path), bytes.data, bytes.length,
			       lines);
		return true;
	}
	if (r == -EISDIR)
		return false;
	if (is_mask(collection, path) || (r == -ENOENT && !is_lost_link(collection, path)))
		return true;
	note_failure(collection, path, r);
	return true;
}

static void read_files(struct collection *collection)
{
	const char *last = NULL;

	for_each (file, &collection->files) {
		const char *path = arena_printf(collection->scratch, "%s/%s",
						directories[file->directory], file->name);

		if (streq(file->name, last))
			continue;
		if (collection->facts->modules.modprobe.count > LINES_LIMIT) {
			note_failure(collection, path, -EFBIG);
			return;
		}
		if (read_file(collection, path))
			last = file->name;
	}
}

void facts_collect_modprobe(struct facts *facts, const struct host *host)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct collection collection = {.facts = facts, .host = host, .scratch = scratch};

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		list_directory(&collection, i);
	if (collection.files.count)
		qsort(collection.files.items, collection.files.count,
		      sizeof(*collection.files.items), compare_files);
	read_files(&collection);
	if (collection.failed)
		return;
	if (collection.listed || host_tells_absence(host, directories[0]))
		facts->modules.modprobe_known = YES;
	else
		facts_add_unread(facts, directories[0], -ENOENT);
}
