/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host_source.h"
#include "confine.h"

#include <errno.h>

/* A directory that holds nothing of a host is a mistyped path, not a host about which all is
 * unknown. */
static int check_is_tree(const struct host *host, const struct settings *settings,
			 struct error *error)
{
	static const char *const places[] = {"sys", "proc", "etc", "dmesg.txt"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (host_exists(host, places[i]) != -ENOENT)
			return 0;
	return error_set(error, -ENOENT, "%s: not a %s: it holds no sys, proc or etc",
			 settings->snapshot ? settings->snapshot : settings->root,
			 settings->snapshot ? "capture" : N_("host tree"));
}

/* A capture that somebody has unpacked: why files could not be read counts, but nothing shows that
 * all of it is still there. */
static void read_note(struct host_source *source)
{
	struct bytes bytes;

	source->arena = arena_new();
	if (host_read(source->opened, source->arena, CAPTURE_NOTE_FILE, 0, &bytes) < 0 ||
	    capture_note_parse(source->arena, bytes.data, bytes.length, &source->note) < 0)
		return;
	capture_note_distrust(&source->note);
	host_set_note(source->opened, &source->note);
}

static void confine_unpacking(const void *context, const char *folder)
{
	confine_files(context, folder);
}

int host_source_open(const struct settings *settings, struct host_source *source,
		     struct error *error)
{
	int r;

	if (settings->root && settings->snapshot)
		return error_set(error, -EINVAL, "--root and --snapshot exclude each other");
	if (settings->snapshot) {
		const struct snapshot_watch watch = {confine_unpacking, settings};

		r = snapshot_open_watched(settings->snapshot, &watch, &source->snapshot, error);
		if (r < 0)
			return r;
		source->host = snapshot_host(source->snapshot);
	} else {
		r = host_open(settings->root, &source->opened, error);
		if (r < 0)
			return r;
		source->host = source->opened;
		if (host_is_live(source->host)) {
			confine_live(settings);
			return 0;
		}
		confine_files(settings, NULL);
		read_note(source);
	}
	return check_is_tree(source->host, settings, error);
}

void host_source_close(struct host_source *source)
{
	host_close(source->opened);
	snapshot_close(source->snapshot);
	arena_free(source->arena);
}
