/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words and included recipes: what lets many host trees share one recipe (tree.h). */
#include "tree_assert.h"
#include "tree_builder.h"

#include <errno.h>

static void test_a_word_stands_for_its_value(void **state)
{
	struct tree *tree = tree_new("let words intel_iommu=on iommu=pt\n"
				     "let file-name vfio.conf\n"
				     "file etc/@file-name@\n"
				     "| options \"@words@\" 50@ a@b.c @UPPER@ @2@\n"
				     "let words other\n"
				     "append etc/@file-name@\n"
				     "| @words@@words@ and @words@\n");

	(void)state;
	assert_text(tree, "etc/vfio.conf",
		    "options \"intel_iommu=on iommu=pt\" 50@ a@b.c @UPPER@ @2@\n"
		    "otherother and other\n");
	tree_free(tree);
}

static void test_addresses_are_no_words(void **state)
{
	struct tree *tree = tree_new("device 0000:00:02.0 id=8086:1 bar=0:16M:32@f6000000 "
				     "bar=2:256M:64p@e0000000\n");

	(void)state;
	assert_int_equal(host_exists(tree_host(tree), "sys/bus/pci/devices/0000:00:02.0"), 0);
	tree_free(tree);
}

static void test_an_empty_word_leaves_no_blank_and_no_line(void **state)
{
	struct tree *tree = tree_new("let none\n"
				     "file a\n"
				     "| ro quiet @none@\n"
				     "| ro @none@ quiet\n"
				     "| @none@\n"
				     "| @none@ first\n"
				     "| x=\"@none@\"\n"
				     "|\n"
				     "| end\n");

	(void)state;
	assert_text(tree, "a", "ro quiet\nro quiet\nfirst\nx=\"\"\n\nend\n");
	tree_free(tree);
}

static void test_a_value_of_several_lines(void **state)
{
	struct tree *tree = tree_new("let lines\n"
				     "| one\n"
				     "|   two\n"
				     "file a\n"
				     "| begin\n"
				     "| @lines@\n"
				     "| end\n");

	(void)state;
	assert_text(tree, "a", "begin\none\n  two\nend\n");
	tree_free(tree);
}

static void test_a_default_gives_way(void **state)
{
	struct tree *tree = tree_new("let generated\n"
				     "default edited intel_iommu=on\n"
				     "default generated @edited@\n"
				     "default running @edited@\n"
				     "file a\n"
				     "| x @edited@ @generated@ @running@\n");

	(void)state;
	assert_text(tree, "a", "x intel_iommu=on intel_iommu=on\n");
	tree_free(tree);
}

/* Two folders with recipes; "both" is in both. "at" keeps the words from being taken here. */
static void make_folders(char folder[32], char folders[96])
{
	struct error error = {0};

	(void)snprintf(folder, 32, "/tmp/vfiokit-words-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(tree_build(folder,
				    "let at @\n"
				    "file first/both.tree\n"
				    "| file a\n| | @at@greeting@at@ from first\n"
				    "file second/both.tree\n"
				    "| file a\n| | second\n"
				    "file second/own.tree\n"
				    "| default greeting hello\n| include both\n| let own yes\n",
				    NULL, &error),
			 0);
	(void)snprintf(folders, 96, "%s/first:%s/second", folder, folder);
}

static void test_includes_share_words_and_folders(void **state)
{
	char folder[32], folders[96], directory[64], path[80];
	struct error error = {0};
	char text[64] = "";
	FILE *file;

	(void)state;
	make_folders(folder, folders);
	(void)snprintf(directory, sizeof(directory), "%s/tree", folder);
	assert_int_equal(tree_build(directory,
				    "let greeting hi\ninclude own\nappend a\n| own @own@\n",
				    folders, &error),
			 0);
	(void)snprintf(path, sizeof(path), "%s/a", directory);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, file), 22);
	(void)fclose(file);
	assert_string_equal(text, "hi from first\nown yes\n");
	assert_int_equal(tree_build(directory, "include nowhere\n", folders, &error), -ENOENT);
	assert_non_null(strstr(error.message, "second/nowhere.tree: "));
	remove_everything(folder);
}

static void test_errors(void **state)
{
	static const struct {
		const char *recipe, *message;
	} cases[] = {
		{"dir a\nfile b\n| @missing@\n", "line 2: @missing@: not defined"},
		{"dir @missing@\n", "line 1: @missing@: not defined"},
		{"let\n", "line 1: let: arguments are missing"},
		{"let 2 a\n", "line 1: 2 a: not a name"},
		{"let Name a\n", "line 1: Name a: not a name"},
		{"let -a b\n", "line 1: -a b: not a name"},
		{"default a2 b\n", "line 1: a2 b: not a name"},
		{"let a b\n| c\n", "line 1: two values"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char directory[] = "/tmp/vfiokit-error-XXXXXX";
		struct error error = {0};

		assert_non_null(mkdtemp(directory));
		assert_true(tree_build(directory, cases[i].recipe, NULL, &error) < 0);
		assert_string_equal(error.message, cases[i].message);
		remove_everything(directory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_word_stands_for_its_value),
		cmocka_unit_test(test_addresses_are_no_words),
		cmocka_unit_test(test_an_empty_word_leaves_no_blank_and_no_line),
		cmocka_unit_test(test_a_value_of_several_lines),
		cmocka_unit_test(test_a_default_gives_way),
		cmocka_unit_test(test_includes_share_words_and_folders),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
