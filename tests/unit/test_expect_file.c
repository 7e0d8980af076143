/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manifest's file: read from where the user says, written only where nothing is yet. */
#include "commands/expect_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <time.h>
#include <cmocka.h>

/* A folder of the test's own; the caller removes it. */
static void make_folder(char *folder, size_t size)
{
	(void)snprintf(folder, size, "/tmp/vfiokit-expect.XXXXXX");
	assert_non_null(mkdtemp(folder));
}

static void what_is_written_can_be_read(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct expect expect = {0};
	struct error error = {0};
	char folder[64], path[96];
	time_t now = time(NULL);
	struct tm day;
	struct stat status;

	(void)state;
	make_folder(folder, sizeof(folder));
	(void)snprintf(path, sizeof(path), "%s/lab.ini", folder);
	assert_int_equal(expect_file_write(path, "[host]\niommu = on\n", &error), 0);
	assert_int_equal(expect_file_read(path, arena, &expect, &error), 0);
	assert_int_equal(expect.iommu, YES);
	/* Origins name the file, not where it lies. */
	assert_string_equal(expect.iommu_origin.source, "lab.ini");
	assert_non_null(localtime_r(&now, &day));
	/* Unless midnight has just passed it is this day. */
	assert_in_range(expect.today,
			(day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday,
			(day.tm_year + 1901) * 10000);
	/* It is there now: neither replaced nor shortened. */
	assert_int_equal(expect_file_write(path, "x", &error), -EEXIST);
	assert_non_null(strstr(error.message, "lab.ini: is there already"));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, strlen("[host]\niommu = on\n"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* A link is something that is there, wherever it leads. */
static void links_are_not_written_through(void **state)
{
	struct error error = {0};
	char folder[64], path[96], target[96];

	(void)state;
	make_folder(folder, sizeof(folder));
	(void)snprintf(path, sizeof(path), "%s/link", folder);
	(void)snprintf(target, sizeof(target), "%s/target", folder);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(expect_file_write(path, "x", &error), -EEXIST);
	assert_int_equal(access(target, F_OK), -1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void what_cannot_be_read_is_said(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct expect expect = {0};
	struct error error = {0};

	(void)state;
	assert_int_equal(expect_file_read("/nonexistent/lab.ini", arena, &expect, &error), -ENOENT);
	assert_string_equal(error.message, "/nonexistent/lab.ini: No such file or directory");
	assert_int_equal(expect_file_read("/tmp", arena, &expect, &error), -EISDIR);
	/* An endless file ends somewhere. */
	assert_int_equal(expect_file_read("/dev/zero", arena, &expect, &error), -EFBIG);
	assert_int_equal(expect_file_write("/nonexistent/lab.ini", "x", &error), -ENOENT);
	assert_int_equal(expect_file_read("/dev/null", arena, &expect, &error), 0);
	assert_int_equal(expect.devices.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(links_are_not_written_through),
		cmocka_unit_test(what_cannot_be_read_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
