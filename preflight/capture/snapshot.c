/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/snapshot.h"
#include "preflight/capture/note.h"
#include "preflight/capture/signals_held.h"
#include "preflight/capture/snapshot_unpack.h"

#include <errno.h>
#include <fcntl.h>

struct snapshot {
	struct arena *arena;
	struct host *host;
	struct capture_note note;
	char *folder; /* NULL: not made */
	int fd;       /* of it; -1 */
	sigset_t signals;
};

const struct host *snapshot_host(const struct snapshot *snapshot)
{
	return snapshot->host;
}

const char *snapshot_folder(const struct snapshot *snapshot)
{
	return snapshot->folder;
}

void snapshot_close(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	host_close(snapshot->host);
	if (snapshot->fd >= 0) {
		(void)snapshot_remove(snapshot->fd);
		close(snapshot->fd);
	}
	if (snapshot->folder)
		(void)rmdir(snapshot->folder);
	signals_release(&snapshot->signals);
	arena_free(snapshot->arena);
	free(snapshot);
}

static int make_folder(struct snapshot *snapshot, struct error *error)
{
	const char *place = secure_getenv("TMPDIR");
	char *folder;

	if (!place || *place != '/')
		place = "/tmp";
	folder = arena_printf(snapshot->arena, "%s/vfiokit-snapshot.XXXXXX", place);
	if (!mkdtemp(folder))
		return error_set(error, -errno, "%s: no temporary folder can be made there: %s",
				 place, error_words(errno));
	snapshot->folder = folder;
	snapshot->fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (snapshot->fd < 0)
		return error_set(error, -errno, "%s: %s", folder, error_words(errno));
	return 0;
}

/* An archive that somebody has changed is a tree like any other: what it lacks is not known. */
static void read_note(struct snapshot *snapshot, size_t entries)
{
	struct bytes bytes;

	if (host_read(snapshot->host, snapshot->arena, CAPTURE_NOTE_FILE, 0, &bytes) < 0 ||
	    capture_note_parse(snapshot->arena, bytes.data, bytes.length, &snapshot->note) < 0)
		return;
	if (snapshot->note.entries + 1 != entries)
		capture_note_distrust(&snapshot->note);
	host_set_note(snapshot->host, &snapshot->note);
}

int snapshot_open(const char *path, struct snapshot **ret_snapshot, struct error *error)
{
	return snapshot_open_watched(path, NULL, ret_snapshot, error);
}

int snapshot_open_watched(const char *path, const struct snapshot_watch *watch,
			  struct snapshot **ret_snapshot, struct error *error)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
	size_t entries = 0;
	int r;

	if (!snapshot)
		return error_set(error, -ENOMEM, "%s: %s", path, error_words(-ENOMEM));
	signals_hold(&snapshot->signals);
	snapshot->arena = arena_new();
	snapshot->fd = -1;
	r = make_folder(snapshot, error);
	if (r == 0 && watch)
		watch->folder_made(watch->context, snapshot->folder);
	if (r == 0)
		r = snapshot_unpack(path, snapshot->fd, &entries, error);
	if (r == 0)
		r = host_open(snapshot->folder, &snapshot->host, error);
	if (r < 0) {
		snapshot_close(snapshot);
		return r;
	}
	read_note(snapshot, entries);
	*ret_snapshot = snapshot;
	return 0;
}
