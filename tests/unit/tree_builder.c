/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree.h"
#include "tree_builder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

int builder_fail(const struct builder *builder, int code, const char *format, ...)
{
	char words[384];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	return error_set(builder->error, code, "%s%sline %u: %s",
			 builder->source ? builder->source : "", builder->source ? ", " : "",
			 builder->line, words);
}

static int make_directories(const char *path)
{
	_cleanup_free_ char *parents = strdup(path);

	if (!parents)
		return -ENOMEM;
	for (char *slash = parents + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(parents, 0755) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(parents, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

struct builder *builder_new(const char *directory, const char *recipe_folder, struct error *error)
{
	int result = make_directories(directory);
	int root = result < 0 ? -1 : open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct arena *arena;
	struct builder *builder;

	if (root < 0) {
		error_set(error, result < 0 ? result : -errno, "%s: %s", directory,
			  error_words(result < 0 ? result : errno));
		return NULL;
	}
	arena = arena_new();
	builder = arena_alloc(arena, sizeof(*builder));
	builder->arena = arena;
	builder->root = root;
	builder->recipe_folder = arena_strdup(arena, recipe_folder);
	return builder;
}

void builder_free(struct builder *builder)
{
	if (!builder)
		return;
	close(builder->root);
	arena_free(builder->arena);
}

int tree_build(const char *directory, const char *recipe, const char *recipe_folder,
	       struct error *error)
{
	struct builder *builder = builder_new(directory, recipe_folder, error);
	int result = builder ? builder_apply(builder, recipe, error) : -EIO;

	builder_free(builder);
	return result;
}
