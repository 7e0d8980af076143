/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree.h"
#include "tree_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Recipes that tests include; tests run from the repository's root. */
#define RECIPE_FOLDER "tests/hosts:tests/boot"

struct tree {
	char path[64];
	struct builder *builder;
	struct host *host;
	struct facts *facts;
};

struct tree *tree_new(const char *recipe)
{
	struct tree *tree = calloc(1, sizeof(*tree));
	const char *temporary = getenv("TMPDIR");
	struct error error = {0};

	if (!tree || (size_t)snprintf(tree->path, sizeof(tree->path), "%s/vfiokit-XXXXXX",
				      temporary ? temporary : "/tmp") >= sizeof(tree->path))
		fail_msg("no room for a tree");
	if (!mkdtemp(tree->path))
		fail_msg("%s: cannot make a temporary directory", tree->path);
	tree->builder = builder_new(tree->path, RECIPE_FOLDER, &error);
	if (!tree->builder)
		fail_msg("%s", error.message);
	tree_add(tree, recipe);
	return tree;
}

void tree_add(struct tree *tree, const char *recipe)
{
	struct error error = {0};

	/* What was collected is no longer true. */
	facts_free(tree->facts);
	tree->facts = NULL;
	if (builder_apply(tree->builder, recipe, &error) < 0)
		fail_msg("recipe: %s", error.message);
}

const char *tree_path(const struct tree *tree)
{
	return tree->path;
}

struct host *tree_host(struct tree *tree)
{
	struct error error = {0};

	if (!tree->host && host_open(tree->path, &tree->host, &error) < 0)
		fail_msg("%s", error.message);
	return tree->host;
}

struct facts **tree_facts_place(struct tree *tree)
{
	return &tree->facts;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	facts_free(tree->facts);
	host_close(tree->host);
	builder_free(tree->builder);
	remove_everything(tree->path);
	free(tree);
}
