/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture opened as a host. The archive comes from anybody, so it is unpacked with suspicion into a
 * private temporary folder ($TMPDIR or /tmp, mode 0700) that is removed again:
 *
 *  - only directories, regular files and symbolic links; no device nodes, FIFOs, sockets, hard links
 *  - no absolute paths, no "..", no name twice, and nothing is written through a link
 *  - links that lead out of the tree are refused where they are relative; absolute ones are kept as
 *    text, and mean the tree's own root to whoever reads it (host/host.h)
 *  - at most SNAPSHOT_ENTRIES members, SNAPSHOT_BYTES in all, SNAPSHOT_FILE in one file, names and
 *    depths as the kernel allows them
 *
 * What is not as it should be refuses the whole archive.
 */
#ifndef VFIOKIT_SNAPSHOT_H
#define VFIOKIT_SNAPSHOT_H

#include "preflight/host/host.h"

enum {
	SNAPSHOT_ENTRIES = 200 * 1000,
	SNAPSHOT_FILE = 64 << 20,
	SNAPSHOT_PATH = 4096,
	SNAPSHOT_DEPTH = 64,
};

#define SNAPSHOT_BYTES (UINT64_C(1) << 30)
/* What the archive may decompress to, headers included. */
#define SNAPSHOT_STREAM (UINT64_C(2) << 30)

struct snapshot;

/*
 * Unpacks the archive (tar; uncompressed, gzip, zstd, xz, bzip2) and opens it as a host. The caller
 * closes *ret_snapshot with snapshot_close(), which removes the folder; until then the signals that
 * end a program are held back. On failure nothing is left behind: -EINVAL with words where the archive
 * is refused, else what reading or writing gave.
 */
int snapshot_open(const char *path, struct snapshot **ret_snapshot, struct error *error);

/* snapshot_open() that calls back once the temporary folder is there and before anything of the archive is
 * looked at: from then on nothing outside of that folder is written. */
struct snapshot_watch {
	void (*folder_made)(const void *context, const char *folder);
	const void *context;
};
int snapshot_open_watched(const char *path, const struct snapshot_watch *watch,
			  struct snapshot **ret_snapshot, struct error *error);

void snapshot_close(struct snapshot *snapshot);

static inline void cleanup_snapshot(struct snapshot **snapshot)
{
	snapshot_close(*snapshot);
}
#define _cleanup_snapshot_ _cleanup_(cleanup_snapshot)

/* The host in it; belongs to the snapshot. */
const struct host *snapshot_host(const struct snapshot *snapshot);

/* The temporary folder, for tests. */
const char *snapshot_folder(const struct snapshot *snapshot);

#endif
