/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/blockdev.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void test_mapper_kinds(void **state)
{
	(void)state;
	assert_int_equal(mapper_stack_kind("LVM-Zx8QabcdefPool-tdata"), STACK_LVM);
	assert_int_equal(mapper_stack_kind("CRYPT-LUKS2-9af0-luks-9af0"), STACK_CRYPT);
	assert_int_equal(mapper_stack_kind("mpath-3600508b1001c"), STACK_MULTIPATH);
	assert_int_equal(mapper_stack_kind("part12-mpath-3600508b1001c"), STACK_MULTIPATH);
	assert_int_equal(mapper_stack_kind("DMRAID-isw_dfhg_Volume0"), STACK_MD);
	assert_int_equal(mapper_stack_kind("partition-mpath-"), STACK_MAPPER);
	assert_int_equal(mapper_stack_kind("stratis-1-private-x"), STACK_MAPPER);
	assert_int_equal(mapper_stack_kind(""), STACK_MAPPER);
	assert_int_equal(mapper_stack_kind(NULL), STACK_MAPPER);
}

static void test_block_kinds(void **state)
{
	(void)state;
	assert_int_equal(block_stack_kind("dm-0"), STACK_MAPPER);
	assert_int_equal(block_stack_kind("md127"), STACK_MD);
	assert_int_equal(block_stack_kind("md_d0"), STACK_MD);
	assert_int_equal(block_stack_kind("md0p1"), STACK_MD);
	assert_int_equal(block_stack_kind("bcache0"), STACK_BCACHE);
	assert_int_equal(block_stack_kind("drbd1000"), STACK_DRBD);
	assert_int_equal(block_stack_kind("loop3"), STACK_LOOP);
	assert_int_equal(block_stack_kind("sda"), STACK_NONE);
	assert_int_equal(block_stack_kind("mdraid"), STACK_NONE);
	assert_int_equal(block_stack_kind("dm"), STACK_NONE);
}

static void assert_lvm(const char *name, const char *group, const char *volume)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *found_group = NULL, *found_volume = NULL;

	assert_true(lvm_name_split(arena, name, &found_group, &found_volume));
	assert_string_equal(found_group, group);
	assert_string_equal(found_volume, volume);
}

static void test_lvm_names(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *group, *volume;

	(void)state;
	assert_lvm("pve-root", "pve", "root");
	assert_lvm("my--vg-home--old", "my-vg", "home-old");
	assert_lvm("pve-vm--100--disk--0", "pve", "vm-100-disk-0");
	assert_false(lvm_name_split(arena, "plain", &group, &volume));
	assert_false(lvm_name_split(arena, "-root", &group, &volume));
	assert_false(lvm_name_split(arena, "vg-", &group, &volume));
	assert_false(lvm_name_split(arena, "", &group, &volume));
}

static void test_nvme_names(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(nvme_path_disk(arena, "nvme0c3n1"), "nvme0n1");
	assert_string_equal(nvme_path_disk(arena, "nvme12c0n32"), "nvme12n32");
	assert_null(nvme_path_disk(arena, "nvme0n1"));
	assert_null(nvme_path_disk(arena, "nvme0c3n1p1"));
	assert_null(nvme_path_disk(arena, "nvmec3n1"));
	assert_null(nvme_path_disk(arena, "sda"));
	assert_true(nvme_controller_name("nvme0"));
	assert_true(nvme_controller_name("nvme12"));
	assert_false(nvme_controller_name("nvme0n1"));
	assert_false(nvme_controller_name("nvme"));
	assert_false(nvme_controller_name("nvme-subsys0"));
}

static void test_numbers(void **state)
{
	unsigned major = 7, minor = 7;

	(void)state;
	assert_true(block_number_parse("259:12", &major, &minor));
	assert_int_equal(major, 259);
	assert_int_equal(minor, 12);
	assert_false(block_number_parse("8", &major, &minor));
	assert_false(block_number_parse("8:", &major, &minor));
	assert_false(block_number_parse(":8", &major, &minor));
	assert_false(block_number_parse("8:1 ", &major, &minor));
	assert_false(block_number_parse("999999999:1", &major, &minor));
	assert_int_equal(major, 259);
}

static void test_udev(void **state)
{
	static const char text[] = "S:disk/by-uuid/AB12\nI:1234\nE:ID_FS_TYPE=zfs_member\n"
				   "E:ID_FS_LABEL=rpool\nE:ID_FS_UUID=991827\nE:ID_FS_TYPE=\n"
				   "E:ID_PART_ENTRY_UUID=9C1D-EF\nG:systemd\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct signature signature;

	(void)state;
	udev_signature_parse(arena, text, strlen(text), &signature);
	assert_string_equal(signature.type, "zfs_member");
	assert_string_equal(signature.label, "rpool");
	assert_string_equal(signature.uuid, "991827");
	assert_string_equal(signature.partition_uuid, "9c1d-ef");
	udev_signature_parse(arena, "E:ID_FS_TYP", 11, &signature);
	assert_null(signature.type);
}

static void test_loader_uuid(void **state)
{
	static const char uuid[] = "1A2B3C4D-0000-1111-2222-333344445555";
	_cleanup_arena_ struct arena *arena = arena_new();
	char variable[4 + 2 * 36 + 2] = {6};

	(void)state;
	for (size_t i = 0; i < 36; i++)
		variable[4 + 2 * i] = uuid[i];
	assert_string_equal(loader_uuid_parse(arena, variable, sizeof(variable)),
			    "1a2b3c4d-0000-1111-2222-333344445555");
	assert_null(loader_uuid_parse(arena, variable, 4 + 2 * 36 - 1));
	assert_null(loader_uuid_parse(arena, variable, 0));
	variable[5] = 1;
	assert_null(loader_uuid_parse(arena, variable, sizeof(variable)));
	variable[5] = 0;
	variable[6] = '/';
	assert_null(loader_uuid_parse(arena, variable, sizeof(variable)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mapper_kinds), cmocka_unit_test(test_block_kinds),
		cmocka_unit_test(test_lvm_names),    cmocka_unit_test(test_nvme_names),
		cmocka_unit_test(test_numbers),      cmocka_unit_test(test_udev),
		cmocka_unit_test(test_loader_uuid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
