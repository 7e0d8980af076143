/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host that the global options name: this machine, --root DIR, or --snapshot FILE. */
#ifndef VFIOKIT_HOST_SOURCE_H
#define VFIOKIT_HOST_SOURCE_H

#include "command.h"
#include "preflight/capture/note.h"
#include "preflight/capture/snapshot.h"

/* All zeros before it is opened. */
struct host_source {
	const struct host *host;
	struct snapshot *snapshot; /* --snapshot */
	struct host *opened;       /* else */
	struct arena *arena;
	struct capture_note note; /* of a tree that is an unpacked capture */
};

/* 0, or an error with words. To be closed in any case. */
int host_source_open(const struct settings *settings, struct host_source *source,
		     struct error *error);
void host_source_close(struct host_source *source);
#define _cleanup_host_source_ _cleanup_(host_source_close)

#endif
