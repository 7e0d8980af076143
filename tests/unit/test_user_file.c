/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that people name: read to a limit, replaced in one step. */
#include "commands/template_files.h"
#include "commands/user_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static int go_to_empty_folder(void **state)
{
	char *folder = strdup("/tmp/vfiokit-user-file.XXXXXX");

	*state = folder;
	return folder && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"out",        "link",           "target",
					    "pipe",       "inner/own.html", "inner/p.mustache",
					    "p.mustache", "inner"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)remove(names[i]);
	if (chdir("/") < 0 || rmdir(*state) < 0)
		return -1;
	free(*state);
	return 0;
}

static void check_content(const char *path, const char *expected)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct error error = {0};
	struct bytes bytes;

	if (user_file_read(path, arena, 1000, &bytes, &error) < 0)
		fail_msg("%s", error.message);
	assert_int_equal(bytes.length, strlen(expected));
	assert_string_equal(bytes.data, expected);
}

static int replace(const char *path, const char *text, struct error *error)
{
	return user_file_replace(path, text, strlen(text), error);
}

static unsigned entries(void)
{
	DIR *folder = opendir(".");
	unsigned count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	(void)closedir(folder);
	return count - 2;
}

static void replaces(void **state)
{
	struct error error = {0};
	struct stat before, after;

	(void)state;
	(void)umask(027);
	assert_int_equal(replace("out", "one", &error), 0);
	check_content("out", "one");
	assert_int_equal(stat("out", &before), 0);
	assert_int_equal(before.st_mode & 0777, 0640);
	assert_int_equal(chmod("out", 0604), 0);
	assert_int_equal(replace("./out", "two", &error), 0);
	check_content("out", "two");
	assert_int_equal(stat("out", &after), 0);
	/* Another file under the same name, with the mode that the old one had; nothing is left beside it. */
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_int_equal(after.st_mode & 0777, 0604);
	assert_int_equal(entries(), 1);
	(void)umask(022);
}

static void links_stay(void **state)
{
	struct error error = {0};
	struct stat status;

	(void)state;
	assert_int_equal(replace("target", "old", &error), 0);
	assert_int_equal(symlink("target", "link"), 0);
	assert_int_equal(replace("link", "new", &error), 0);
	assert_int_equal(lstat("link", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	check_content("target", "new");
}

static void no_regular_files(void **state)
{
	struct error error = {0};
	char read_back[8] = "";
	int fd;

	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	fd = open("pipe", O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_int_equal(replace("pipe", "x\n", &error), 0);
	assert_int_equal(read(fd, read_back, sizeof(read_back)), 2);
	(void)close(fd);
	assert_int_equal(replace("/", "x", &error), -EISDIR);
	assert_string_equal(error.message, "/: Is a directory");
	assert_int_equal(replace("nowhere/x", "x", &error), -ENOENT);
	assert_int_equal(replace("/dev/full", "x", &error), -ENOSPC);
}

static void reads_to_a_limit(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct error error = {0};
	struct bytes bytes;

	(void)state;
	assert_int_equal(user_file_read("/dev/zero", arena, 3 * 1024 * 1024, &bytes, &error),
			 -EFBIG);
	assert_string_equal(error.message, "/dev/zero: larger than 3 MiB");
	assert_int_equal(user_file_read("nowhere", arena, 10, &bytes, &error), -ENOENT);
	assert_int_equal(user_file_read("/", arena, 10, &bytes, &error), -EISDIR);
	assert_int_equal(user_file_read("/dev/null", arena, 10, &bytes, &error), 0);
	assert_int_equal(bytes.length, 0);
}

static int find(const struct template_files *files, struct arena *arena, const char *name,
		const char **ret_text)
{
	struct error error = {0};
	struct bytes text = {0};
	int r = template_files_find(files, arena, name, &text, &error);

	*ret_text = text.data;
	return r;
}

/* The user's folder, then the installed one, then the program; and no way out of them. */
static void templates_are_found(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct template_files files = {.beside = "inner/own.html", .installed = "."};
	static const char *const nowhere[] = {"",   "../p",   "inner/p", ".hidden",
					      "-p", "p/../p", "none"};
	struct error error = {0};
	const char *text;

	(void)state;
	assert_int_equal(mkdir("inner", 0700), 0);
	assert_int_equal(replace("inner/p.mustache", "user's", &error), 0);
	assert_int_equal(replace("p.mustache", "installed", &error), 0);
	assert_int_equal(find(&files, arena, "p", &text), 0);
	assert_string_equal(text, "user's");
	files.beside = NULL;
	assert_int_equal(find(&files, arena, "p", &text), 0);
	assert_string_equal(text, "installed");
	files.installed = NULL;
	assert_int_equal(find(&files, arena, "p", &text), -ENOENT);
	assert_int_equal(find(&files, arena, "report.html", &text), 0);
	assert_true(starts_with(text, "<!DOCTYPE html>"));
	files.beside = "inner/own.html";
	for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++)
		assert_int_equal(find(&files, arena, nowhere[i], &text), -ENOENT);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, go_to_empty_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		IN_FOLDER(replaces),
		IN_FOLDER(links_stay),
		IN_FOLDER(no_regular_files),
		IN_FOLDER(reads_to_a_limit),
		IN_FOLDER(templates_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
