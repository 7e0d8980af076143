/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers of the tests of host/host.h. */
#ifndef VFIOKIT_TESTS_HOST_MADE_H
#define VFIOKIT_TESTS_HOST_MADE_H

#include "preflight/host/host.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* A place for results that must stay as they are on failure. */
static const char untouched[] = "untouched";

/* The path of a file of the tree as this process sees it, until the next call. */
static inline const char *path_in(const struct tree *tree, const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", tree_path(tree), name);
	return path;
}

static inline int read_line(struct tree *tree, struct arena *arena, const char *path,
			    const char **ret_line)
{
	return host_read_line(tree_host(tree), arena, path, ret_line);
}

#endif
