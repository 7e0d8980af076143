/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the host tree of a recipe (tests/unit/tree.h) into a directory, for golden tests and for
 * people who want to look at a host that they do not have. */
#include "tests/unit/tree.h"

#include <errno.h>
#include <libgen.h>

static const char usage[] =
	"usage: mktree RECIPE DIRECTORY [FOLDER]\n"
	"\n"
	"Writes the host tree that RECIPE (tests/hosts/NAME.tree) describes into DIRECTORY,\n"
	"which is created where missing. Included recipes are looked for in FOLDER (or\n"
	"several, with ':' between), or beside RECIPE.\n";

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!file)
		return NULL;
	if (getdelim(&text, &size, '\0', file) < 0 && !feof(file)) {
		free(text);
		text = NULL;
	}
	(void)fclose(file);
	return text;
}

int main(int argc, char **argv)
{
	_cleanup_free_ char *recipe = NULL;
	_cleanup_free_ char *path = NULL;
	struct error error = {0};

	if (argc == 2 && streq(argv[1], "--help"))
		return fputs(usage, stdout) < 0;
	if (argc != 3 && argc != 4) {
		(void)fputs(usage, stderr);
		return 2;
	}
	recipe = read_file(argv[1]);
	path = strdup(argv[1]);
	if (!recipe || !path) {
		(void)fprintf(stderr, "mktree: %s: %s\n", argv[1], error_words(errno));
		return 2;
	}
	if (tree_build(argv[2], recipe, argc == 4 ? argv[3] : dirname(path), &error) < 0) {
		(void)fprintf(stderr, "mktree: %s: %s\n", argv[1], error.message);
		return 2;
	}
	return 0;
}
