/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/mountinfo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct mounts parse(struct arena *arena, const char *text)
{
	struct mounts mounts;

	mountinfo_parse(arena, text, strlen(text), &mounts);
	return mounts;
}

static void test_fields(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct mounts mounts = parse(
		arena,
		"22 27 0:21 / /proc rw,relatime - proc proc rw\n"
		"28 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw,errors=remount-ro\n"
		"36 28 0:31 /@home /home rw shared:5 master:2 - btrfs /dev/sda3 "
		"rw,subvol=/@home\n");

	(void)state;
	assert_int_equal(mounts.count, 3);
	assert_int_equal(mounts.items[0].major, 0);
	assert_int_equal(mounts.items[0].minor, 21);
	assert_int_equal(mounts.items[1].major, 259);
	assert_int_equal(mounts.items[1].minor, 2);
	assert_true(mounts.items[1].has_number);
	assert_string_equal(mounts.items[1].point, "/");
	assert_string_equal(mounts.items[1].type, "ext4");
	assert_string_equal(mounts.items[1].source, "/dev/nvme0n1p2");
	assert_int_equal(mounts.items[1].line, 2);
	assert_string_equal(mounts.items[2].root, "/@home");
	assert_string_equal(mounts.items[2].options, "rw,subvol=/@home");
	assert_string_equal(
		mounts.items[2].text,
		"36 28 0:31 /@home /home rw shared:5 master:2 - btrfs /dev/sda3 rw,subvol=/@home");
}

static void test_escapes(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct mounts mounts =
		parse(arena, "1 2 8:1 / /mnt/a\\040b\\011c\\134d rw - ext4 /dev/sda1 rw\n"
			     "1 2 8:1 / /mnt/\\000x\\777\\04 rw - ext4 /dev/sda1 rw\n"
			     "1 2 0:44 / /x rw - tmpfs  rw\n");

	(void)state;
	assert_int_equal(mounts.count, 3);
	assert_string_equal(mounts.items[0].point, "/mnt/a b\tc\\d");
	/* A NUL, more than a byte and a cut escape stay as written. */
	assert_string_equal(mounts.items[1].point, "/mnt/\\000x\\777\\04");
	/* A mount may have an empty source. */
	assert_string_equal(mounts.items[2].source, "");
	assert_string_equal(mounts.items[2].options, "rw");
}

static void test_broken_lines(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct mounts mounts =
		parse(arena, "\n"
			     "garbage\n"
			     "1 2 8:1 / /mnt rw ext4 /dev/sda1 rw\n"
			     "1 2 81 / /mnt rw - ext4 /dev/sda1 rw\n"
			     "1 2 8:99999999999999999999 / /mnt rw - ext4 /dev/sda1 rw\n"
			     "1 2 -8:1 / /mnt rw - ext4 /dev/sda1 rw\n"
			     "1 2 8:1 / /mnt rw -\n"
			     "1 2 8:1 / /last rw - ext4 /dev/sda1");

	(void)state;
	assert_int_equal(mounts.count, 1);
	assert_string_equal(mounts.items[0].point, "/last");
	assert_string_equal(mounts.items[0].options, "");
	assert_int_equal(mounts.items[0].line, 8);
}

/* Every cut of good lines, from a buffer of exactly that size so that a sanitizer sees a step too far. */
static void test_truncated(void **state)
{
	static const char text[] = "28 1 259:2 /r\\040 /p\\134 rw shared:1 - ext4 /dev/sda2 rw\n"
				   "/dev/sda2 partition 1 2 3\n";

	(void)state;
	for (size_t length = 0; length < sizeof(text); length++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		_cleanup_free_ char *cut = malloc(length + !length);
		struct mounts mounts, table;
		struct swaps swaps;

		memcpy(cut, text, length);
		mountinfo_parse(arena, cut, length, &mounts);
		mount_table_parse(arena, cut, length, &table);
		swap_table_parse(arena, cut, length, &swaps);
		assert_true(mounts.count <= 1);
		assert_true(table.count <= 2);
		assert_true(swaps.count <= 1);
	}
}

static void test_table(void **state)
{
	static const char text[] = "# /etc/fstab: static file system information.\n"
				   "\n"
				   "UUID=7f2c-01\t/boot/efi  vfat\tumask=0077\t0 1\n"
				   "  LABEL=data /srv\\040x ext4 defaults,noauto 0 2\n"
				   "/dev/sda3 none swap\n"
				   "only two\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct mounts mounts;

	(void)state;
	mount_table_parse(arena, text, strlen(text), &mounts);
	assert_int_equal(mounts.count, 3);
	assert_string_equal(mounts.items[0].source, "UUID=7f2c-01");
	assert_string_equal(mounts.items[0].point, "/boot/efi");
	assert_int_equal(mounts.items[0].line, 3);
	assert_false(mounts.items[0].has_number);
	assert_string_equal(mounts.items[1].point, "/srv x");
	assert_string_equal(mounts.items[2].type, "swap");
	assert_string_equal(mounts.items[2].options, "");
}

static void test_option(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(mount_option(arena, "rw,vers=4.2,addr=192.0.2.5", "addr"), "192.0.2.5");
	assert_string_equal(mount_option(arena, "clientaddr=192.0.2.9,addr=192.0.2.5", "addr"),
			    "192.0.2.5");
	assert_null(mount_option(arena, "rw,addr", "addr"));
	assert_null(mount_option(arena, "", "addr"));
}

static void test_find_path(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct mounts mounts = parse(arena, "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
					    "2 1 8:2 / /var rw - ext4 /dev/sda2 rw\n"
					    "3 1 8:3 / /var rw - ext4 /dev/sda3 rw\n");

	(void)state;
	assert_string_equal(mounts_find_path(&mounts, "/swap.img")->source, "/dev/sda1");
	/* The later mount covers the earlier one. */
	assert_string_equal(mounts_find_path(&mounts, "/var/swap")->source, "/dev/sda3");
	assert_string_equal(mounts_find_path(&mounts, "/variant")->source, "/dev/sda1");
	mounts.count = 0;
	assert_null(mounts_find_path(&mounts, "/x"));
}

static void test_swaps(void **state)
{
	static const char text[] =
		"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
		"/dev/dm-1                               partition\t8388604\t0\t-2\n"
		"/swap\\040file\\040(deleted)             file\t\t1024\t0\t-3\n"
		"broken\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct swaps swaps;

	(void)state;
	swap_table_parse(arena, text, strlen(text), &swaps);
	assert_int_equal(swaps.count, 2);
	assert_string_equal(swaps.items[0].path, "/dev/dm-1");
	assert_true(swaps.items[0].is_partition);
	assert_int_equal(swaps.items[0].line, 2);
	assert_string_equal(swaps.items[1].path, "/swap file");
	assert_false(swaps.items[1].is_partition);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),       cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_broken_lines), cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_table),        cmocka_unit_test(test_option),
		cmocka_unit_test(test_find_path),    cmocka_unit_test(test_swaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
