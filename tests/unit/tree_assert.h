/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of the recipe builder say about a tree. Each fails the cmocka test where it is not so. */
#ifndef VFIOKIT_TESTS_TREE_ASSERT_H
#define VFIOKIT_TESTS_TREE_ASSERT_H

#include "tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* A file's content, in the arena. */
static inline const char *read_text(struct tree *tree, struct arena *arena, const char *path)
{
	struct bytes bytes = {0};

	assert_int_equal(host_read(tree_host(tree), arena, path, 0, &bytes), 0);
	return bytes.data;
}

static inline void assert_text(struct tree *tree, const char *path, const char *wanted)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	assert_string_equal(read_text(tree, arena, path), wanted);
}

static inline void assert_link(struct tree *tree, const char *path, const char *wanted)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *target = NULL;

	assert_int_equal(host_read_link(tree_host(tree), arena, path, &target), 0);
	assert_string_equal(target, wanted);
}

static inline void assert_missing(struct tree *tree, const char *path)
{
	assert_int_equal(host_exists(tree_host(tree), path), -ENOENT);
}

#endif
