/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usage_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define SATA "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block"
#define NVME "pci0000:00/0000:00:1d.0/0000:02:00.0/nvme/nvme0"

static const char *const addresses[] = {
	"0000:00:0e.0", "0000:00:14.0", "0000:00:1d.0",  "0000:00:1f.2",
	"0000:02:00.0", "0000:03:00.0", "10000:01:00.0",
};

static struct facts *collect(struct tree *tree)
{
	struct facts *facts = usage_facts_new(addresses, ARRAY_SIZE(addresses));

	facts_find_device(facts, "0000:00:1d.0")->is_bridge = true;
	facts->modules.loaded_known = YES;
	facts_collect_storage(facts, tree_host(tree));
	return facts;
}

static const struct use *use_at(const struct facts *facts, const char *address, size_t index)
{
	const struct device *device = facts_find_device(facts, address);

	assert_non_null(device);
	assert_true(index < device->uses.count);
	return &device->uses.items[index];
}

static size_t use_count(const struct facts *facts, const char *address)
{
	return facts_find_device(facts, address)->uses.count;
}

static void assert_use(const struct use *use, enum use_kind kind, bool critical, const char *what)
{
	assert_string_equal(use->what, what);
	assert_int_equal(use->kind, kind);
	assert_int_equal(use->critical, critical);
	assert_non_null(use->origin.source);
	assert_int_equal(use->origin.source[0], '/');
	assert_non_null(use->origin.text);
}

/* A host with nothing mounted but its kernel file systems. */
static struct tree *bare_tree(void)
{
	return tree_new("dir sys/class/block\n"
			"file proc/self/mountinfo\n"
			"| 22 27 0:21 / /proc rw,relatime - proc proc rw\n"
			"file proc/swaps\n"
			"| Filename\tType\tSize\tUsed\tPriority\n");
}

static void mount_at(struct tree *tree, const char *line)
{
	usage_add(tree, "append proc/self/mountinfo\n| %s\n", line);
}

/* A SATA disk with two partitions. */
static struct tree *sata_tree(void)
{
	struct tree *tree = bare_tree();

	usage_add_block(tree, SATA, "sda", "8:0");
	usage_add_block(tree, SATA "/sda", "sda1", "8:1");
	usage_add_block(tree, SATA "/sda", "sda2", "8:2");
	return tree;
}

static void test_mounted(void **state)
{
	struct tree *tree = sata_tree();
	struct facts *facts;

	(void)state;
	mount_at(tree, "28 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw");
	mount_at(tree, "29 28 8:2 /srv /var/lib/x rw - ext4 /dev/sda2 rw");
	facts = collect(tree);
	assert_int_equal(use_count(facts, "0000:00:1f.2"), 1);
	assert_use(use_at(facts, "0000:00:1f.2", 0), USE_FILESYSTEM, true,
		   "/dev/sda2 on / and 1 more mount point");
	assert_string_equal(use_at(facts, "0000:00:1f.2", 0)->origin.source,
			    "/proc/self/mountinfo");
	assert_int_equal(use_at(facts, "0000:00:1f.2", 0)->origin.line, 2);
	for (int kind = USE_FILESYSTEM; kind <= USE_STORAGE; kind++) {
		assert_int_equal(facts->usage.known[kind], YES);
		assert_null(facts->usage.why_unknown[kind].path);
	}
	assert_int_equal(use_count(facts, "0000:02:00.0"), 0);
	facts_free(facts);
	tree_free(tree);
}

static void test_swap(void **state)
{
	struct tree *tree = sata_tree();
	struct facts *facts;

	(void)state;
	mount_at(tree, "28 1 8:2 / / rw - ext4 /dev/sda2 rw");
	tree_add(tree, "append proc/swaps\n"
		       "| /dev/sda1 partition 1000 0 -2\n"
		       "| /swap.img file 1000 0 -3\n");
	facts = collect(tree);
	assert_int_equal(use_count(facts, "0000:00:1f.2"), 3);
	assert_use(use_at(facts, "0000:00:1f.2", 0), USE_SWAP, true, "/dev/sda1 as swap");
	assert_int_equal(use_at(facts, "0000:00:1f.2", 0)->origin.line, 2);
	assert_use(use_at(facts, "0000:00:1f.2", 1), USE_FILESYSTEM, true, "/dev/sda2 on /");
	assert_use(use_at(facts, "0000:00:1f.2", 2), USE_SWAP, true,
		   "/dev/sda2 holds the swap file /swap.img");
	facts_free(facts);
	tree_free(tree);
}

static void test_idle_disk(void **state)
{
	struct tree *tree = sata_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree,
		 "file blkid.json\n"
		 "| {\"sda1\":{\"TYPE\":\"vfat\"},\"sda2\":{\"TYPE\":\"ntfs\",\"LABEL\":\"C\"}}\n");
	facts = collect(tree);
	assert_int_equal(use_count(facts, "0000:00:1f.2"), 1);
	assert_use(use_at(facts, "0000:00:1f.2", 0), USE_STORAGE, false,
		   "/dev/sda (vfat, ntfs), not used by this host now");
	assert_string_equal(use_at(facts, "0000:00:1f.2", 0)->origin.source,
			    "/sys/class/block/sda");
	assert_int_equal(facts->usage.known[USE_ZFS], YES);
	facts_free(facts);
	/* What could not be looked for is not denied. */
	tree_add(tree, "remove proc/swaps\n");
	facts = collect(tree);
	assert_use(use_at(facts, "0000:00:1f.2", 0), USE_STORAGE, false, "/dev/sda (vfat, ntfs)");
	assert_int_equal(facts->usage.known[USE_SWAP], UNKNOWN);
	assert_string_equal(facts->usage.why_unknown[USE_SWAP].path, "/proc/swaps");
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], YES);
	facts_free(facts);
	tree_free(tree);
}

static void test_not_captured(void **state)
{
	struct tree *tree = tree_new("dir proc\n");
	struct facts *facts = collect(tree);

	(void)state;
	for (int kind = USE_FILESYSTEM; kind <= USE_STORAGE; kind++) {
		assert_int_equal(facts->usage.known[kind], UNKNOWN);
		assert_string_equal(facts->usage.why_unknown[kind].path, "/sys/class/block");
		assert_int_equal(facts->usage.why_unknown[kind].error, -2);
	}
	facts_free(facts);
	tree_add(tree, "dir sys/class/block\n");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], UNKNOWN);
	assert_string_equal(facts->usage.why_unknown[USE_FILESYSTEM].path, "/proc/self/mountinfo");
	facts_free(facts);
	/* A link whose directory the tree does not hold. */
	tree_add(tree, "file proc/self/mountinfo\n| 22 27 0:21 / /proc rw - proc proc rw\n"
		       "link sys/class/block/sda ../../devices/" SATA "/sda\n");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_LVM], UNKNOWN);
	assert_string_equal(facts->usage.why_unknown[USE_LVM].path, "/sys/devices/" SATA "/sda");
	facts_free(facts);
	tree_free(tree);
}

/* Old captures hold /proc/mounts only. */
static void test_proc_mounts(void **state)
{
	struct tree *tree = sata_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree, "remove proc/self/mountinfo\n"
		       "file proc/mounts\n"
		       "| rootfs / rootfs rw 0 0\n"
		       "| /dev/root / ext4 rw 0 0\n");
	facts = collect(tree);
	/* Nothing says what /dev/root is. */
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], UNKNOWN);
	facts_free(facts);

	facts = usage_facts_new(addresses, ARRAY_SIZE(addresses));
	*ARRAY_ADD(facts->arena, &facts->cmdline) =
		(struct parameter){.text = "root=/dev/sda2", .name = "root", .value = "/dev/sda2"};
	facts->modules.loaded_known = YES;
	facts_collect_storage(facts, tree_host(tree));
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], YES);
	assert_use(use_at(facts, "0000:00:1f.2", 0), USE_FILESYSTEM, true, "/dev/sda2 on /");
	assert_string_equal(use_at(facts, "0000:00:1f.2", 0)->origin.source, "/proc/mounts");
	facts_free(facts);
	tree_free(tree);
}

/* -- stacks ------------------------------------------------------------------------------------ */

static void test_lvm(void **state)
{
	struct tree *tree = bare_tree();
	struct facts *facts;

	(void)state;
	usage_add_block(tree, NVME, "nvme0n1", "259:0");
	usage_add_block(tree, NVME "/nvme0n1", "nvme0n1p3", "259:3");
	usage_add_mapper(tree, "dm-0", "253:0", "pve-swap", "LVM-abc");
	usage_add_mapper(tree, "dm-1", "253:1", "pve-root", "LVM-abd");
	usage_add_mapper(tree, "dm-2", "253:2", "pve-data_tdata", "LVM-abe-tdata");
	usage_add_mapper(tree, "dm-3", "253:3", "pve-data", "LVM-abf");
	usage_add_mapper(tree, "dm-4", "253:4", "pve-vm--100", "LVM-abg");
	usage_hold(tree, NVME "/nvme0n1/nvme0n1p3", "dm-0");
	usage_hold(tree, NVME "/nvme0n1/nvme0n1p3", "dm-1");
	usage_hold(tree, NVME "/nvme0n1/nvme0n1p3", "dm-2");
	usage_hold(tree, "virtual/block/dm-2", "dm-3");
	usage_hold(tree, "virtual/block/dm-2", "dm-4");
	mount_at(tree, "28 1 253:1 / / rw - ext4 /dev/mapper/pve-root rw");
	tree_add(tree, "append proc/swaps\n| /dev/dm-0 partition 1000 0 -2\n");
	facts = collect(tree);
	assert_int_equal(use_count(facts, "0000:02:00.0"), 3);
	assert_use(use_at(facts, "0000:02:00.0", 0), USE_LVM, true,
		   "/dev/nvme0n1p3 in LVM pve: swap as swap");
	assert_use(use_at(facts, "0000:02:00.0", 1), USE_LVM, true,
		   "/dev/nvme0n1p3 in LVM pve: root on /");
	assert_use(use_at(facts, "0000:02:00.0", 2), USE_LVM, true,
		   "/dev/nvme0n1p3 in LVM pve: 2 active devices that this host has not mounted");
	/* The bridge above is not handed over and gets nothing. */
	assert_int_equal(use_count(facts, "0000:00:1d.0"), 0);
	facts_free(facts);
	tree_free(tree);
}

/* md below crypt below LVM, the first edge known from above only. */
static void test_deep_stack(void **state)
{
	struct tree *tree = sata_tree();
	struct facts *facts;

	(void)state;
	usage_add_block(tree, "virtual/block", "md0", "9:0");
	usage_add_mapper(tree, "dm-0", "253:0", "luks-9af0", "CRYPT-LUKS2-9af0-luks-9af0");
	usage_add_mapper(tree, "dm-1", "253:1", "vg0-home", "LVM-abd");
	tree_add(tree,
		 "link sys/devices/virtual/block/md0/slaves/sda2 ../../../../" SATA "/sda/sda2\n");
	usage_hold(tree, "virtual/block/md0", "dm-0");
	usage_hold(tree, "virtual/block/dm-0", "dm-1");
	mount_at(tree, "28 1 253:1 / /home rw - xfs /dev/mapper/vg0-home rw");
	facts = collect(tree);
	assert_int_equal(use_count(facts, "0000:00:1f.2"), 1);
	assert_use(use_at(facts, "0000:00:1f.2", 0), USE_MD, true,
		   "/dev/sda2 in array md0, crypt luks-9af0, LVM vg0: home on /home");
	facts_free(facts);
	tree_free(tree);
}

static void test_active_but_not_mounted(void **state)
{
	struct tree *tree = sata_tree();
	struct facts *facts;

	(void)state;
	usage_add_block(tree, "virtual/block", "md127", "9:127");
	usage_add_block(tree, "virtual/block/md127", "md127p1", "259:9");
	usage_add_mapper(tree, "dm-0", "253:0", "mpatha", "mpath-3600");
	usage_hold(tree, SATA "/sda/sda1", "md127");
	usage_hold(tree, SATA "/sda/sda2", "dm-0");
	facts = collect(tree);
	assert_int_equal(use_count(facts, "0000:00:1f.2"), 2);
	assert_use(use_at(facts, "0000:00:1f.2", 0), USE_MD, true,
		   "/dev/sda1 in array md127: 1 active device that this host has not mounted");
	/* A multipath map is made for every disk: alone it needs none. */
	assert_use(use_at(facts, "0000:00:1f.2", 1), USE_MULTIPATH, false,
		   "/dev/sda2 in multipath mpatha: 1 active device that this host has not mounted");
	facts_free(facts);

	mount_at(tree, "28 1 259:9 / /data rw - ext4 /dev/md127p1 rw");
	facts = collect(tree);
	assert_use(use_at(facts, "0000:00:1f.2", 0), USE_MD, true,
		   "/dev/sda1 in array md127: md127p1 on /data");
	facts_free(facts);
	tree_free(tree);
}

static void test_loop_over_partition(void **state)
{
	struct tree *tree = sata_tree();
	struct facts *facts;

	(void)state;
	usage_add_block(tree, "virtual/block", "loop0", "7:0");
	tree_add(tree, "file sys/devices/virtual/block/loop0/loop/backing_file\n| /dev/sda1\n");
	mount_at(tree, "28 1 7:0 / /mnt rw - ext4 /dev/loop0 rw");
	facts = collect(tree);
	assert_use(use_at(facts, "0000:00:1f.2", 0), USE_STORAGE, true,
		   "/dev/sda1 in loop0 on /mnt");
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], YES);
	facts_free(facts);
	tree_free(tree);
}

/* -- NVMe native multipath, VMD, USB ------------------------------------------------------------- */

static void add_nvme_head(struct tree *tree)
{
	usage_add_block(tree, "virtual/nvme-subsystem/nvme-subsys0", "nvme0n1", "259:0");
	usage_add_block(tree, "virtual/nvme-subsystem/nvme-subsys0/nvme0n1", "nvme0n1p2", "259:2");
	mount_at(tree, "28 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw");
}

static void test_nvme_subsystem(void **state)
{
	struct tree *tree = bare_tree();
	struct facts *facts;

	(void)state;
	add_nvme_head(tree);
	facts = collect(tree);
	/* Nothing tells which controllers it has. */
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], UNKNOWN);
	assert_string_equal(facts->usage.why_unknown[USE_FILESYSTEM].path,
			    "/sys/devices/virtual/nvme-subsystem/nvme-subsys0");
	facts_free(facts);

	tree_add(tree, "link sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0 "
		       "../../../" NVME "\n"
		       "link sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme1 "
		       "../../../pci0000:00/0000:03:00.0/nvme/nvme1\n");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], YES);
	assert_use(use_at(facts, "0000:02:00.0", 0), USE_FILESYSTEM, true, "/dev/nvme0n1p2 on /");
	assert_use(use_at(facts, "0000:03:00.0", 0), USE_FILESYSTEM, true, "/dev/nvme0n1p2 on /");
	facts_free(facts);
	tree_free(tree);
}

static void test_nvme_hidden_path(void **state)
{
	struct tree *tree = bare_tree();
	struct facts *facts;

	(void)state;
	add_nvme_head(tree);
	usage_add_block(tree, NVME, "nvme0c0n1", "259:1");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], YES);
	assert_int_equal(use_count(facts, "0000:02:00.0"), 1);
	assert_use(use_at(facts, "0000:02:00.0", 0), USE_FILESYSTEM, true, "/dev/nvme0n1p2 on /");
	facts_free(facts);
	tree_free(tree);
}

/* A remote namespace (nvme-tcp) lies below no function, and that is known. */
static void test_nvme_fabrics(void **state)
{
	struct tree *tree = bare_tree();
	struct facts *facts;

	(void)state;
	add_nvme_head(tree);
	tree_add(tree, "link sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0 "
		       "../../nvme-fabrics/ctl/nvme0\n");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], YES);
	assert_int_equal(use_count(facts, "0000:02:00.0"), 0);
	facts_free(facts);
	tree_free(tree);
}

/* Handing over the VMD endpoint takes the drives below it along. */
static void test_vmd(void **state)
{
	static const char folder[] = "pci0000:00/0000:00:0e.0/pci10000:00/10000:01:00.0/nvme/nvme0";
	struct tree *tree = bare_tree();
	struct facts *facts;

	(void)state;
	usage_add_block(tree, folder, "nvme0n1", "259:0");
	mount_at(tree, "28 1 259:0 / / rw - ext4 /dev/nvme0n1 rw");
	facts = collect(tree);
	assert_use(use_at(facts, "10000:01:00.0", 0), USE_FILESYSTEM, true, "/dev/nvme0n1 on /");
	assert_use(use_at(facts, "0000:00:0e.0", 0), USE_FILESYSTEM, true, "/dev/nvme0n1 on /");
	facts_free(facts);
	tree_free(tree);
}

static void test_usb_and_drives(void **state)
{
	static const char usb[] = "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/"
				  "6:0:0:0/block";
	struct tree *tree = bare_tree();
	struct facts *facts;

	(void)state;
	usage_add_block(tree, usb, "sdb", "8:16");
	usage_add_block(tree, usb, "sdc", "8:32");
	usage_add_block(tree, SATA, "sr0", "11:0");
	/* A card reader without a card, and a DVD drive: nothing of the host. */
	usage_add(tree, "file sys/devices/%s/sdc/size\n| 0\n", usb);
	mount_at(tree, "28 1 8:16 / /boot rw - vfat /dev/sdb rw");
	facts = collect(tree);
	assert_int_equal(use_count(facts, "0000:00:14.0"), 1);
	assert_use(use_at(facts, "0000:00:14.0", 0), USE_FILESYSTEM, true, "/dev/sdb on /boot");
	assert_int_equal(use_count(facts, "0000:00:1f.2"), 0);
	facts_free(facts);
	mount_at(tree, "29 1 11:0 / /media rw - iso9660 /dev/sr0 ro");
	facts = collect(tree);
	assert_use(use_at(facts, "0000:00:1f.2", 0), USE_FILESYSTEM, true, "/dev/sr0 on /media");
	facts_free(facts);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounted),
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_idle_disk),
		cmocka_unit_test(test_not_captured),
		cmocka_unit_test(test_proc_mounts),
		cmocka_unit_test(test_lvm),
		cmocka_unit_test(test_deep_stack),
		cmocka_unit_test(test_active_but_not_mounted),
		cmocka_unit_test(test_loop_over_partition),
		cmocka_unit_test(test_nvme_subsystem),
		cmocka_unit_test(test_nvme_hidden_path),
		cmocka_unit_test(test_nvme_fabrics),
		cmocka_unit_test(test_vmd),
		cmocka_unit_test(test_usb_and_drives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
