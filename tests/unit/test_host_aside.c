/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/host/aside.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <time.h>
#include <cmocka.h>

static char buffer[2 * ASIDE_LIMIT];

static int open_in(const struct tree *tree, const char *name, int flags)
{
	_cleanup_close_ int root = open(tree_path(tree), O_PATH | O_DIRECTORY);
	int fd = openat(root, name, flags | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void no_children_are_left(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void attributes_that_take_the_lock(void **state)
{
	(void)state;
	assert_true(aside_is_for("driver_override"));
	assert_true(aside_is_for("sys/bus/pci/devices/0000:01:00.0/sriov_numvfs"));
	assert_true(aside_is_for("uevent"));
	assert_false(aside_is_for("sriov_totalvfs"));
	assert_false(aside_is_for("driver_override/config"));
	assert_false(aside_is_for(""));
}

static void what_answers(void **state)
{
	struct tree *tree = tree_new("raw file\n| abc\nraw empty\ndir folder\n");
	struct aside *aside = aside_new();

	(void)state;
	for (int i = 0; i < 3; i++) {
		_cleanup_close_ int file = open_in(tree, "file", O_RDONLY);
		_cleanup_close_ int empty = open_in(tree, "empty", O_RDONLY);
		_cleanup_close_ int folder = open_in(tree, "folder", O_RDONLY);
		_cleanup_close_ int writable = open_in(tree, "file", O_WRONLY);

		assert_int_equal(aside_read(aside, file, buffer, sizeof(buffer)), 3);
		assert_memory_equal(buffer, "abc", 3);
		assert_int_equal(aside_read(aside, file, buffer, sizeof(buffer)), 0);
		assert_int_equal(lseek(file, 0, SEEK_SET), 0);
		assert_int_equal(aside_read(aside, file, buffer, 2), 2);
		assert_int_equal(aside_read(aside, empty, buffer, sizeof(buffer)), 0);
		assert_int_equal(aside_read(aside, folder, buffer, sizeof(buffer)), -EISDIR);
		assert_int_equal(aside_read(aside, writable, buffer, sizeof(buffer)), -EBADF);
	}
	aside_free(aside);
	no_children_are_left();
	tree_free(tree);
}

static void never_more_than_the_limit(void **state)
{
	struct tree *tree = tree_new("raw file\n| abc\n");
	struct aside *aside = aside_new();
	_cleanup_close_ int file = open_in(tree, "file", O_RDWR);

	(void)state;
	assert_int_equal(ftruncate(file, sizeof(buffer)), 0);
	assert_int_equal(aside_read(aside, file, buffer, sizeof(buffer)), ASIDE_LIMIT);
	aside_free(aside);
	tree_free(tree);
}

static void what_does_not_answer(void **state)
{
	struct tree *tree = tree_new("raw file\n| abc\n");
	struct aside *aside = aside_new();
	_cleanup_close_ int file = open_in(tree, "file", O_RDONLY);
	int silent[2];
	double before = seconds(), first, second;

	(void)state;
	assert_int_equal(pipe(silent), 0);
	assert_int_equal(aside_read(aside, silent[0], buffer, sizeof(buffer)), -ETIMEDOUT);
	first = seconds() - before;
	assert_int_equal(aside_read(aside, silent[0], buffer, sizeof(buffer)), -ETIMEDOUT);
	second = seconds() - before - first;
	assert_true(first >= 1.9);
	assert_true(second >= 0.2 && second < first);
	/* What answers is read all the same. */
	assert_int_equal(aside_read(aside, file, buffer, sizeof(buffer)), 3);
	assert_memory_equal(buffer, "abc", 3);
	aside_free(aside);
	close(silent[0]);
	close(silent[1]);
	tree_free(tree);
}

/* Somebody waits for the end of a pipe that is our output: the reader must not have it open. */
static void the_reader_holds_nothing_open(void **state)
{
	struct tree *tree = tree_new("raw file\n| abc\n");
	struct aside *aside = aside_new();
	_cleanup_close_ int file = open_in(tree, "file", O_RDONLY);
	int output[2];

	(void)state;
	assert_int_equal(pipe(output), 0);
	assert_int_equal(aside_read(aside, file, buffer, sizeof(buffer)), 3);
	close(output[1]);
	assert_int_equal(read(output[0], buffer, 1), 0);
	close(output[0]);
	aside_free(aside);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_that_take_the_lock),
		cmocka_unit_test(what_answers),
		cmocka_unit_test(never_more_than_the_limit),
		cmocka_unit_test(what_does_not_answer),
		cmocka_unit_test(the_reader_holds_nothing_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
