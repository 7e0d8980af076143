/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/edit_made.h"
#include "tests/unit/run_tool.h"
#include "tests/unit/table_bytes.h"

#include <fcntl.h>

static void test_shapes(void **state)
{
	static const struct {
		const char *before, *after, *diff;
	} rows[] = {
		{"a\n", "a\n", ""},
		{"", "", ""},
		{"a\n", "b\n", "--- f\n+++ f\n@@ -1 +1 @@\n-a\n+b\n"},
		{"a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nd\nX\nf\ng\nh\n",
		 "--- f\n+++ f\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+X\n f\n g\n h\n"},
		{"a\nb", "a\nb\n",
		 "--- f\n+++ f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"},
		{"a\nb", "X\nb",
		 "--- f\n+++ f\n@@ -1,2 +1,2 @@\n-a\n+X\n b\n\\ No newline at end of file\n"},
		{"", "a\n", "--- f\n+++ f\n@@ -0,0 +1 @@\n+a\n"},
		{"a\nb\n", "", "--- f\n+++ f\n@@ -1,2 +0,0 @@\n-a\n-b\n"},
		{"a\nb\n", "a\nb\nc\nd\n", "--- f\n+++ f\n@@ -1,2 +1,4 @@\n a\n b\n+c\n+d\n"},
		/* Two changes with six lines between them share a hunk, with seven they do not. */
		{"1\na\nb\nc\nd\ne\nf\n2\n", "X\na\nb\nc\nd\ne\nf\nY\n",
		 "--- f\n+++ f\n@@ -1,8 +1,8 @@\n-1\n+X\n a\n b\n c\n d\n e\n f\n-2\n+Y\n"},
		{"1\na\nb\nc\nd\ne\nf\ng\n2\n", "X\na\nb\nc\nd\ne\nf\ng\nY\n",
		 "--- f\n+++ f\n@@ -1,4 +1,4 @@\n-1\n+X\n a\n b\n c\n@@ -6,4 +6,4 @@\n e\n f\n "
		 "g\n-2\n+Y\n"},
	};
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(edit_unified_diff(arena, "f", true, bytes_of(rows[i].before),
						      true, bytes_of(rows[i].after)),
				    rows[i].diff);
	assert_string_equal(
		edit_unified_diff(arena, "etc/a b", false, bytes_of(""), true, bytes_of("x\n")),
		"--- /dev/null\n+++ etc/a b\t\n@@ -0,0 +1 @@\n+x\n");
	assert_string_equal(
		edit_unified_diff(arena, "f", true, bytes_of("x\n"), false, bytes_of("")),
		"--- f\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n");
	assert_string_equal(
		edit_unified_diff(arena, "f", true, (struct bytes){"\0", 1}, true, bytes_of("x\n")),
		"Binary files f and f differ\n");
}

/* -- the real programs ---------------------------------------------------------------------------------- */

struct folder {
	char path[32];
};

static void cleanup_folder(struct folder *folder)
{
	const char *const argv[] = {"rm", "-rf", folder->path, NULL};

	(void)run_tool(argv);
}

static void write_file(const struct folder *folder, const char *name, const char *text)
{
	char path[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

static const char *read_file(struct arena *arena, const struct folder *folder, const char *name)
{
	char path[64];
	char *text = arena_alloc(arena, 65536);
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	file = fopen(path, "r");
	assert_non_null(file);
	(void)!fread(text, 1, 65535, file);
	(void)fclose(file);
	return text;
}

/* Appends a line at end; returns the new end. */
static char *put_line(char *end, const char *word, unsigned number)
{
	return end + snprintf(end, 24, "%s%u\n", word, number);
}

/* A few lines out of few, so that many are alike; sometimes without a final newline. */
static char *random_text(struct arena *arena, uint32_t *seed)
{
	unsigned lines = next_random(seed) % 24;
	char *text = arena_alloc(arena, lines * 4 + 32), *end = text;

	for (unsigned i = 0; i < lines; i++)
		end = put_line(end, "", next_random(seed) % 6);
	if (next_random(seed) % 4 == 0)
		(void)stpcpy(end, "z");
	return text;
}

/* The text with a few lines changed, as edits leave it. */
static char *changed_text(struct arena *arena, const char *text, uint32_t *seed)
{
	char *copy = arena_alloc(arena, strlen(text) * 3 + 64), *end = copy;

	for (; *text; text++) {
		bool at_start = end == copy || end[-1] == '\n';

		if (at_start && next_random(seed) % 8 == 0)
			end = put_line(end, "", next_random(seed) % 6);
		if (at_start && text[1] == '\n' && next_random(seed) % 8 == 0)
			text++;
		else
			*end++ = *text;
	}
	return copy;
}

static unsigned count_marked(const char *diff)
{
	unsigned count = 0;

	for (const char *line = diff; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		count += (*line == '+' || *line == '-') && strncmp(line, "+++ ", 4) != 0 &&
			 strncmp(line, "--- ", 4) != 0;
	}
	return count;
}

static const char *system_diff(struct arena *arena, const struct folder *folder)
{
	char command[256];
	const char *const argv[] = {"sh", "-c", command, NULL};

	(void)snprintf(command, sizeof(command),
		       "cd %s && diff -u -d --label f --label f before after > diff", folder->path);
	assert_true(run_tool(argv) <= 1);
	return read_file(arena, folder, "diff");
}

static void apply(const struct folder *folder, const char *diff)
{
	char command[256];
	const char *const argv[] = {"sh", "-c", command, NULL};

	write_file(folder, "ours", diff);
	(void)snprintf(command, sizeof(command),
		       "cd %s && cp before f && if [ -s ours ]; then patch --fuzz=0 f ours; fi",
		       folder->path);
	assert_int_equal(run_tool(argv), 0);
}

static bool has_tools(void)
{
	const char *const diff[] = {"diff", "--version", NULL};
	const char *const patch[] = {"patch", "--version", NULL};

	return run_tool(diff) == 0 && run_tool(patch) == 0;
}

/* patch makes the new text of the old one, and the system's diff needs no fewer lines. */
static void test_against_diff_and_patch(void **state)
{
	_cleanup_(cleanup_folder) struct folder folder = {"/tmp/vfiokit-diff-XXXXXX"};
	uint32_t seed = 20240607;
	unsigned same = 0;

	(void)state;
	if (!has_tools()) {
		print_message("skipped: diff or patch is not installed\n");
		skip();
	}
	assert_non_null(mkdtemp(folder.path));
	for (unsigned i = 0; i < 150; i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		const char *before = random_text(arena, &seed);
		const char *after =
			i % 3 ? changed_text(arena, before, &seed) : random_text(arena, &seed);
		const char *ours = edit_unified_diff(arena, "f", true, bytes_of(before), true,
						     bytes_of(after));
		const char *theirs;

		write_file(&folder, "before", before);
		write_file(&folder, "after", after);
		theirs = system_diff(arena, &folder);
		assert_int_equal(count_marked(ours), count_marked(theirs));
		same += streq(ours, theirs);
		apply(&folder, ours);
		assert_string_equal(read_file(arena, &folder, "f"), after);
	}
	print_message("%u of 150 are byte for byte those of diff -u -d\n", same);
	assert_true(same > 75);
}

/* One change in a file of distinct lines, the usual case: exactly what diff -u prints. */
static void test_single_change(void **state)
{
	_cleanup_(cleanup_folder) struct folder folder = {"/tmp/vfiokit-diff-XXXXXX"};

	(void)state;
	if (!has_tools()) {
		print_message("skipped: diff or patch is not installed\n");
		skip();
	}
	assert_non_null(mkdtemp(folder.path));
	for (unsigned i = 0; i < 12; i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		char *before = arena_alloc(arena, 256), *after = arena_alloc(arena, 256);
		char *a = before, *b = after;

		for (unsigned line = 0; line < 12; line++) {
			a = put_line(a, "line ", line);
			b = put_line(b, line == i ? "changed " : "line ", line);
			if (line == i)
				b = put_line(b, "new ", 1);
		}
		write_file(&folder, "before", before);
		write_file(&folder, "after", after);
		assert_string_equal(edit_unified_diff(arena, "f", true, bytes_of(before), true,
						      bytes_of(after)),
				    system_diff(arena, &folder));
	}
}

static void test_large(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	char *before = arena_alloc(arena, 100000), *after = arena_alloc(arena, 100000);
	char *a = before, *b = after;

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		a = put_line(a, "a", i);
		b = put_line(b, "b", i);
	}
	assert_int_equal(count_marked(edit_unified_diff(arena, "f", true, bytes_of(before), true,
							bytes_of(after))),
			 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_against_diff_and_patch),
		cmocka_unit_test(test_single_change),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests_name("edit_diff", tests, NULL, NULL);
}
