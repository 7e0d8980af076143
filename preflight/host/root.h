/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A root, and how everything below it is opened. Shared by host/host.c and host/read.c only. */
#ifndef VFIOKIT_HOST_ROOT_H
#define VFIOKIT_HOST_ROOT_H

#include "preflight/host/host.h"

struct host {
	int root; /* -1: nothing is there */
	bool live;
	struct aside *aside; /* on this machine, but where there was no memory; else NULL */
	const struct capture_note *note; /* NULL: not a capture */
};

/* The descriptor of a path below the root, opened with flags (O_…) and O_CLOEXEC, or -errno. */
int host_openat(const struct host *host, const char *path, uint64_t flags);

/* The same for a name in an open directory; names with directories in them stay below it. */
int directory_openat(const struct directory *directory, const char *name, uint64_t flags);

#endif
