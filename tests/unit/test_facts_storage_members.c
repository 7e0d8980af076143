/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Uses that no link in sysfs shows: pools, signatures, boot partitions, exports; and hostile trees. */
#include "usage_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define SATA "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block"

static const char *const addresses[] = {"0000:00:1f.2"};

static struct facts *collect_with(struct tree *tree, const char *name, const char *value)
{
	struct facts *facts = usage_facts_new(addresses, ARRAY_SIZE(addresses));

	facts->modules.loaded_known = YES;
	if (name)
		*ARRAY_ADD(facts->arena, &facts->cmdline) = (struct parameter){
			.text = name,
			.name = name,
			.value = value,
			.origin = {.source = "/proc/cmdline", .line = 1, .text = name}};
	facts_collect_storage(facts, tree_host(tree));
	return facts;
}

static struct facts *collect(struct tree *tree)
{
	return collect_with(tree, NULL, NULL);
}

static const struct use *use_at(const struct facts *facts, size_t index)
{
	assert_true(index < facts->devices.items[0].uses.count);
	return &facts->devices.items[0].uses.items[index];
}

static size_t use_count(const struct facts *facts)
{
	return facts->devices.items[0].uses.count;
}

static void assert_use(const struct use *use, enum use_kind kind, bool critical, const char *what)
{
	assert_string_equal(use->what, what);
	assert_int_equal(use->kind, kind);
	assert_int_equal(use->critical, critical);
	assert_non_null(use->origin.source);
	assert_non_null(use->origin.text);
}

/* A SATA disk with two partitions, nothing mounted. */
static struct tree *disk_tree(void)
{
	struct tree *tree = tree_new("file proc/self/mountinfo\n"
				     "| 22 27 0:21 / /proc rw,relatime - proc proc rw\n"
				     "file proc/swaps\n"
				     "| Filename\tType\tSize\tUsed\tPriority\n");

	usage_add_block(tree, SATA, "sda", "8:0");
	usage_add_block(tree, SATA "/sda", "sda1", "8:1");
	usage_add_block(tree, SATA "/sda", "sda2", "8:2");
	return tree;
}

static void mount_at(struct tree *tree, const char *line)
{
	usage_add(tree, "append proc/self/mountinfo\n| %s\n", line);
}

/* -- ZFS --------------------------------------------------------------------------------------- */

static void test_zfs_pool(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree,
		 "file run/udev/data/b8:1\n| E:ID_FS_TYPE=vfat\n"
		 "file run/udev/data/b8:2\n| E:ID_FS_TYPE=zfs_member\n| E:ID_FS_LABEL=rpool\n");
	facts = collect(tree);
	assert_use(use_at(facts, 0), USE_ZFS, false, "/dev/sda2 in ZFS pool rpool, not imported");
	assert_int_equal(use_count(facts), 1);
	facts_free(facts);

	/* Imported, nothing mounted. */
	tree_add(tree, "file proc/spl/kstat/zfs/rpool/state\n| ONLINE\n"
		       "file proc/spl/kstat/zfs/arcstats\n| 1\n");
	facts = collect(tree);
	assert_use(use_at(facts, 0), USE_ZFS, true, "/dev/sda2 in ZFS pool rpool, imported");
	assert_string_equal(use_at(facts, 0)->origin.source, "/run/udev/data/b8:2");
	assert_string_equal(use_at(facts, 0)->origin.text, "E:ID_FS_TYPE=zfs_member");
	facts_free(facts);

	mount_at(tree, "28 1 0:25 / / rw - zfs rpool/ROOT/pve-1 rw,xattr");
	facts = collect(tree);
	assert_use(use_at(facts, 0), USE_ZFS, true, "/dev/sda2 in ZFS pool rpool on /");
	assert_int_equal(use_at(facts, 0)->origin.line, 2);
	assert_int_equal(facts->usage.known[USE_ZFS], YES);
	facts_free(facts);
	tree_free(tree);
}

/* A pool is imported and nobody knows what lies on the disk: it may be a member. */
static void test_zfs_unknown(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;

	(void)state;
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_ZFS], YES);
	facts_free(facts);

	mount_at(tree, "28 1 0:25 / /tank rw - zfs tank rw");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_ZFS], UNKNOWN);
	assert_string_equal(facts->usage.why_unknown[USE_ZFS].path, "/run/udev/data/b8:1");
	assert_int_equal(facts->usage.known[USE_LVM], YES);
	facts_free(facts);
	tree_free(tree);
}

static void test_zfs_module_not_known(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts = usage_facts_new(addresses, ARRAY_SIZE(addresses));

	(void)state;
	facts_collect_storage(facts, tree_host(tree));
	assert_int_equal(facts->usage.known[USE_ZFS], UNKNOWN);
	facts_free(facts);
	tree_free(tree);
}

/* A cache device carries no pool name. */
static void test_zfs_without_label(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree, "file blkid.json\n| {\"sda1\":{},\"sda2\":{\"TYPE\":\"zfs_member\"}}\n"
		       "file proc/spl/kstat/zfs/tank/state\n| ONLINE\n");
	facts = collect(tree);
	assert_use(use_at(facts, 0), USE_ZFS, true, "/dev/sda2 in ZFS pool tank, imported");
	assert_int_equal(facts->usage.known[USE_ZFS], YES);
	facts_free(facts);
	tree_free(tree);
}

/* -- btrfs and other namespaces ------------------------------------------------------------------ */

static void test_btrfs_members(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;

	(void)state;
	mount_at(tree, "28 1 0:31 /@ / rw - btrfs /dev/sda1 rw,subvol=/@");
	mount_at(tree, "29 28 0:31 /@home /home rw - btrfs /dev/sda1 rw,subvol=/@home");
	facts = collect(tree);
	/* sda2 may be the second member: its content is not known. */
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], UNKNOWN);
	assert_string_equal(facts->usage.why_unknown[USE_FILESYSTEM].path, "/sys/fs/btrfs");
	facts_free(facts);

	tree_add(tree,
		 "link sys/fs/btrfs/1b2c-33/devices/sda1 ../../../../devices/" SATA "/sda/sda1\n"
		 "link sys/fs/btrfs/1b2c-33/devices/sda2 ../../../../devices/" SATA "/sda/sda2\n"
		 "dir sys/fs/btrfs/features\n");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], YES);
	assert_int_equal(use_count(facts), 2);
	assert_use(use_at(facts, 0), USE_FILESYSTEM, true, "/dev/sda1 on / and 1 more mount point");
	assert_use(use_at(facts, 1), USE_FILESYSTEM, true,
		   "/dev/sda2 in the btrfs on / and 1 more mount point");
	assert_string_equal(use_at(facts, 1)->origin.source, "/sys/fs/btrfs/1b2c-33/devices/sda2");
	facts_free(facts);
	tree_free(tree);
}

/* Without the list, blkid's word that no other leaf is btrfs is enough. */
static void test_btrfs_excluded(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;

	(void)state;
	mount_at(tree, "28 1 0:31 /@ / rw - btrfs /dev/sda1 rw,subvol=/@");
	tree_add(tree, "file blkid.json\n| {\"sda2\":{\"TYPE\":\"ext4\"}}\n");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], YES);
	facts_free(facts);
	tree_add(tree, "file blkid.json\n| {\"sda2\":{\"TYPE\":\"btrfs\"}}\n");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], UNKNOWN);
	facts_free(facts);
	tree_free(tree);
}

static void test_other_namespace(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree, "file sys/fs/ext4/sda1/lifetime_write_kbytes\n| 1\n"
		       "dir sys/fs/ext4/features\n");
	facts = collect(tree);
	assert_int_equal(use_count(facts), 1);
	assert_use(use_at(facts, 0), USE_FILESYSTEM, true,
		   "/dev/sda1 mounted in another mount namespace (ext4)");
	facts_free(facts);

	/* What is mounted here is said once. */
	mount_at(tree, "28 1 8:1 / /data rw - ext4 /dev/sda1 rw");
	facts = collect(tree);
	assert_int_equal(use_count(facts), 1);
	assert_use(use_at(facts, 0), USE_FILESYSTEM, true, "/dev/sda1 on /data");
	facts_free(facts);
	tree_free(tree);
}

/* -- members of stacks that do not run ------------------------------------------------------------- */

static void test_inactive_members(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree,
		 "file blkid.json\n"
		 "| {\"sda1\":{\"TYPE\":\"LVM2_member\"},\"sda2\":{\"TYPE\":\"crypto_LUKS\"}}\n");
	facts = collect(tree);
	assert_int_equal(use_count(facts), 2);
	assert_use(use_at(facts, 0), USE_LVM, false,
		   "/dev/sda1 is an LVM physical volume without active volumes");
	assert_use(use_at(facts, 1), USE_CRYPT, false,
		   "/dev/sda2 is encrypted (LUKS) and not open");
	facts_free(facts);

	/* The whole disk is in an array: what its partitions seem to hold belongs to the array. */
	usage_add_block(tree, "virtual/block", "md126", "9:126");
	usage_hold(tree, SATA "/sda", "md126");
	facts = collect(tree);
	assert_int_equal(use_count(facts), 1);
	assert_use(use_at(facts, 0), USE_MD, true,
		   "/dev/sda in array md126: 1 active device that this host has not mounted");
	facts_free(facts);
	tree_free(tree);
}

static void test_blkid_json_broken(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{\"sda1\":7,\"sda2\":{\"TYPE\":[1]}}",
		"{\"sda1\":{\"TYPE\":\"ext4\"",
		"[[[[[[[[[[[[[[[[[[[[[[[[",
		"\xff\xfe",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct tree *tree = disk_tree();
		struct facts *facts;

		usage_add(tree, "file blkid.json\n| %s\n", texts[i]);
		facts = collect(tree);
		assert_int_equal(use_count(facts), 1);
		assert_use(use_at(facts, 0), USE_STORAGE, false,
			   "/dev/sda, not used by this host now");
		facts_free(facts);
		tree_free(tree);
	}
}

/* -- the next boot, exports -------------------------------------------------------------------------- */

static void test_boot_partitions(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree, "file blkid.json\n"
		       "| {\"sda1\":{\"TYPE\":\"vfat\",\"UUID\":\"AB12-CD34\"},\n"
		       "|  \"sda2\":{\"TYPE\":\"swap\",\"UUID\":\"77-1\"}}\n"
		       "file etc/fstab\n"
		       "| UUID=ab12-cd34 /boot/efi vfat noauto 0 1\n"
		       "| UUID=77-1 /data ext4 noauto 0 1\n");
	facts = collect_with(tree, "resume", "UUID=77-1");
	assert_int_equal(use_count(facts), 2);
	assert_use(use_at(facts, 0), USE_FILESYSTEM, true,
		   "/dev/sda1 is /boot/efi of this host (not mounted now)");
	assert_string_equal(use_at(facts, 0)->origin.source, "/etc/fstab");
	assert_int_equal(use_at(facts, 0)->origin.line, 1);
	assert_use(use_at(facts, 1), USE_SWAP, true, "/dev/sda2 is the resume device of this host");
	assert_string_equal(use_at(facts, 1)->origin.source, "/proc/cmdline");
	facts_free(facts);
	tree_free(tree);
}

static void test_proxmox_boot(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree, "file run/udev/data/b8:1\n| E:ID_FS_TYPE=vfat\n| E:ID_FS_UUID=AB12-CD34\n"
		       "file etc/kernel/proxmox-boot-uuids\n| 0000-0000\n| AB12-CD34\n");
	facts = collect(tree);
	assert_use(use_at(facts, 0), USE_FILESYSTEM, true,
		   "/dev/sda1 is a boot partition of this host (proxmox-boot-tool)");
	assert_int_equal(use_at(facts, 0)->origin.line, 2);
	facts_free(facts);
	tree_free(tree);
}

static void test_loader_partition(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree,
		 "file run/udev/data/b8:2\n| "
		 "E:ID_PART_ENTRY_UUID=aabbccdd-0000-1111-2222-333344445555\n"
		 "hex sys/firmware/efi/efivars/"
		 "LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f\n"
		 "| 06000000 4100 4100 4200 4200 4300 4300 4400 4400 2d00\n"
		 "| 3000 3000 3000 3000 2d00 3100 3100 3100 3100 2d00 3200 3200 3200 3200 2d00\n"
		 "| 3300 3300 3300 3300 3400 3400 3400 3400 3500 3500 3500 3500 0000\n");
	facts = collect(tree);
	assert_use(use_at(facts, 0), USE_FILESYSTEM, true,
		   "/dev/sda2 is the EFI system partition that this host booted from");
	assert_string_equal(use_at(facts, 0)->origin.text, "aabbccdd-0000-1111-2222-333344445555");
	facts_free(facts);
	tree_free(tree);
}

static void test_exports(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree, "file sys/kernel/config/target/core/iblock_0/disk1/udev_path\n| /dev/sda1\n"
		       "file sys/kernel/config/nvmet/subsystems/nqn.x/namespaces/1/device_path\n"
		       "| /dev/sda2\n");
	facts = collect(tree);
	assert_int_equal(use_count(facts), 2);
	assert_use(use_at(facts, 0), USE_STORAGE, true,
		   "/dev/sda1 exported by the kernel's target iblock_0/disk1");
	assert_use(use_at(facts, 1), USE_STORAGE, true, "/dev/sda2 exported over NVMe as nqn.x");
	facts_free(facts);
	tree_free(tree);
}

/* -- hostile trees -------------------------------------------------------------------------------------- */

static void test_holder_loop(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;

	(void)state;
	usage_add_mapper(tree, "dm-0", "253:0", "a", "LVM-a");
	usage_add_mapper(tree, "dm-1", "253:1", "b", "CRYPT-b");
	usage_hold(tree, SATA "/sda/sda1", "dm-0");
	usage_hold(tree, "virtual/block/dm-0", "dm-1");
	usage_hold(tree, "virtual/block/dm-1", "dm-0");
	usage_hold(tree, "virtual/block/dm-1", "dm-1");
	/* A disk that claims to lie in itself. */
	tree_add(tree, "link sys/class/block/sdz ../../devices/" SATA "/sdz/sdz/sdz\n"
		       "dir sys/devices/" SATA "/sdz/sdz/sdz/holders\n");
	mount_at(tree, "28 1 253:1 / /x rw - ext4 /dev/mapper/b rw");
	facts = collect(tree);
	assert_int_equal(use_count(facts), 2);
	assert_use(use_at(facts, 0), USE_LVM, true, "/dev/sda1 in LVM, crypt b on /x");
	assert_use(use_at(facts, 1), USE_STORAGE, false, "/dev/sdz, not used by this host now");
	facts_free(facts);
	tree_free(tree);
}

/* A stack higher than any real one is not followed to its end, and that is said. */
static void test_tall_stack(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;
	char name[16], above[16], number[16], folder[64];

	(void)state;
	usage_add_mapper(tree, "dm-0", "253:0", "m0", "");
	usage_hold(tree, SATA "/sda/sda1", "dm-0");
	for (int i = 0; i < 40; i++) {
		(void)snprintf(name, sizeof(name), "dm-%d", i);
		(void)snprintf(above, sizeof(above), "dm-%d", i + 1);
		(void)snprintf(number, sizeof(number), "253:%d", i + 1);
		(void)snprintf(folder, sizeof(folder), "virtual/block/%s", name);
		usage_add_mapper(tree, above, number, above, "");
		usage_hold(tree, folder, above);
	}
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_LVM], UNKNOWN);
	assert_int_equal(facts->usage.why_unknown[USE_LVM].error, -40);
	facts_free(facts);
	tree_free(tree);
}

static void test_many_partitions(void **state)
{
	enum { PARTITIONS = 3000 };
	struct tree *tree = disk_tree();
	_cleanup_arena_ struct arena *arena = arena_new();
	struct strings lines = {0};
	struct facts *facts;

	(void)state;
	for (int i = 3; i < PARTITIONS; i++) {
		strings_add(arena, &lines,
			    arena_printf(arena,
					 "link sys/class/block/sda%d ../../devices/" SATA
					 "/sda/sda%d\n"
					 "file sys/devices/" SATA "/sda/sda%d/dev\n| 8:%d\n",
					 i, i, i, i));
		if (i < 1000)
			strings_add(arena, &lines,
				    arena_printf(arena,
						 "append proc/self/mountinfo\n"
						 "| 9 9 8:%d / /m%d rw - ext4 /dev/sda%d rw\n",
						 i, i, i));
	}
	tree_add(tree, strings_join(arena, &lines, ""));
	facts = collect(tree);
	/* A function's list of uses has an end, and where it was cut not everything is known. */
	assert_int_equal(use_count(facts), 256);
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], UNKNOWN);
	for (size_t i = 0; i < use_count(facts); i++)
		assert_true(use_at(facts, i)->critical);
	facts_free(facts);
	tree_free(tree);
}

static void test_garbage(void **state)
{
	struct tree *tree = disk_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree, "file sys/devices/" SATA "/sda/sda1/dev\n| 99999999999:-1\n");
	facts = collect(tree);
	assert_use(use_at(facts, 0), USE_STORAGE, false, "/dev/sda, not used by this host now");
	facts_free(facts);

	/* Names with control characters are said in one clean line. */
	mount_at(tree, "28 1 8:2 / /a\\012b\\033[31m rw - ext4 /dev/sda2 rw");
	facts = collect(tree);
	assert_use(use_at(facts, 0), USE_FILESYSTEM, true, "/dev/sda2 on /a?b?[31m");
	facts_free(facts);

	/* A mounted block device that sysfs does not list. */
	mount_at(tree, "29 1 8:99 / /lost rw - ext4 /dev/sdq rw");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], UNKNOWN);
	assert_string_equal(facts->usage.why_unknown[USE_FILESYSTEM].path, "/sys/dev/block/8:99");
	facts_free(facts);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zfs_pool),
		cmocka_unit_test(test_zfs_unknown),
		cmocka_unit_test(test_zfs_module_not_known),
		cmocka_unit_test(test_zfs_without_label),
		cmocka_unit_test(test_btrfs_members),
		cmocka_unit_test(test_btrfs_excluded),
		cmocka_unit_test(test_other_namespace),
		cmocka_unit_test(test_inactive_members),
		cmocka_unit_test(test_blkid_json_broken),
		cmocka_unit_test(test_boot_partitions),
		cmocka_unit_test(test_proxmox_boot),
		cmocka_unit_test(test_loader_partition),
		cmocka_unit_test(test_exports),
		cmocka_unit_test(test_holder_loop),
		cmocka_unit_test(test_tall_stack),
		cmocka_unit_test(test_many_partitions),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
