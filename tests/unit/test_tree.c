/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree.h"
#include "tree_builder.h"

#include "preflight/parse_config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const char *read_text(struct tree *tree, struct arena *arena, const char *path)
{
	struct bytes bytes = {0};

	assert_int_equal(host_read(tree_host(tree), arena, path, 0, &bytes), 0);
	return bytes.data;
}

static void assert_text(struct tree *tree, const char *path, const char *wanted)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	assert_string_equal(read_text(tree, arena, path), wanted);
}

static void assert_link(struct tree *tree, const char *path, const char *wanted)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *target = NULL;

	assert_int_equal(host_read_link(tree_host(tree), arena, path, &target), 0);
	assert_string_equal(target, wanted);
}

static void assert_missing(struct tree *tree, const char *path)
{
	assert_int_equal(host_exists(tree_host(tree), path), -ENOENT);
}

static void read_config(struct tree *tree, const char *address, struct config_space *ret_config)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes bytes = {0};
	char path[64];

	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/config", address);
	assert_int_equal(host_read(tree_host(tree), arena, path, 0, &bytes), 0);
	config_parse(bytes.data, bytes.length, ret_config);
}

static int build_error(const char *recipe, struct error *error)
{
	char directory[] = "/tmp/vfiokit-error-XXXXXX";
	int result;

	assert_non_null(mkdtemp(directory));
	result = tree_build(directory, recipe, NULL, error);
	remove_everything(directory);
	return result;
}

/* -- plain directives -------------------------------------------------------------------------- */

static void test_files(void **state)
{
	struct tree *tree = tree_new("# a comment\n"
				     "\n"
				     "file /etc/a\n"
				     "| one\n"
				     "|\n"
				     "|  two\n"
				     "raw etc/b\n"
				     "| one\n"
				     "| two\n"
				     "file etc/empty\n"
				     "hex etc/c\n"
				     "| de ad\n"
				     "| BEEF\n"
				     "append etc/a\n"
				     "| three\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes bytes = {0};

	(void)state;
	assert_text(tree, "etc/a", "one\n\n two\nthree\n");
	assert_text(tree, "etc/b", "one\ntwo");
	assert_text(tree, "etc/empty", "");
	assert_int_equal(host_read(tree_host(tree), arena, "etc/c", 0, &bytes), 0);
	assert_int_equal(bytes.length, 4);
	assert_memory_equal(bytes.data, "\xde\xad\xbe\xef", 4);
	tree_add(tree, "cut etc/a one\nfile etc/b\n| new\n");
	assert_text(tree, "etc/a", "\n two\nthree\n");
	assert_text(tree, "etc/b", "new\n");
	tree_add(tree, "file etc/c\n| IR-a IR-b\n| c\nreplace etc/c\n| IR-\n|  \n"
		       "replace etc/c\n| b\n| b\n| d\n");
	assert_text(tree, "etc/c", " a  b\nd\nc\n");
	tree_free(tree);
}

static void test_links_modes_and_removal(void **state)
{
	struct tree *tree = tree_new("file usr/lib/os-release\n"
				     "| ID=debian\n"
				     "link etc/os-release ../usr/lib/os-release\n"
				     "dir lib/modules\n"
				     "fifo etc/pipe\n"
				     "file etc/secret\n"
				     "| x\n"
				     "mode etc/secret 0400\n"
				     "mode lib 0000\n");
	struct stat status;

	(void)state;
	assert_link(tree, "etc/os-release", "../usr/lib/os-release");
	assert_text(tree, "etc/os-release", "ID=debian\n");
	assert_int_equal(host_stat(tree_host(tree), "etc/secret", &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0400);
	assert_int_equal(host_stat(tree_host(tree), "lib", &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR);
	assert_int_equal(host_stat(tree_host(tree), "etc/pipe", &status), 0);
	assert_int_equal(status.st_mode & S_IFMT, S_IFIFO);
	tree_add(tree, "remove lib\nremove etc/os-release\n");
	assert_missing(tree, "lib");
	assert_missing(tree, "etc/os-release");
	assert_text(tree, "usr/lib/os-release", "ID=debian\n");
	tree_free(tree);
}

static void test_everything_is_removed_at_the_end(void **state)
{
	struct tree *tree = tree_new("file a/b/c\n| x\nmode a/b 0000\n");
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s", tree_path(tree));
	assert_int_equal(access(path, F_OK), 0);
	tree_free(tree);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_modules(void **state)
{
	struct tree *tree = tree_new("module vfio_pci disable_vga=N ids=10de:2704,10de:22bb\n"
				     "module nouveau\n"
				     "unload nouveau\n");

	(void)state;
	assert_text(tree, "sys/module/vfio_pci/initstate", "live\n");
	assert_text(tree, "sys/module/vfio_pci/parameters/ids", "10de:2704,10de:22bb\n");
	assert_missing(tree, "sys/module/nouveau");
	assert_text(tree, "proc/modules", "vfio_pci 65536 0 - Live 0x0000000000000000\n");
	tree_free(tree);
}

static void test_cpio(void **state)
{
	struct tree *tree = tree_new("file etc/modprobe.d/vfio.conf\n"
				     "| options vfio-pci ids=10de:2484\n"
				     "cpio boot/initrd.img\n"
				     "| init\n"
				     "| etc/modprobe.d/vfio.conf < etc/modprobe.d/vfio.conf\n"
				     "| bin -> usr/bin\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes bytes = {0};
	/* 110 bytes of header, 25 of name, 1 to the next multiple of four */
	static const char member[] = "etc/modprobe.d/vfio.conf\0\0options vfio-pci ids=10de:2484\n";

	(void)state;
	assert_int_equal(host_read(tree_host(tree), arena, "boot/initrd.img", 0, &bytes), 0);
	assert_int_equal(bytes.length % 512, 0);
	assert_memory_equal(bytes.data, "070701", 6);
	assert_string_equal(bytes.data + 110, "init");
	assert_non_null(memmem(bytes.data, bytes.length, member, sizeof(member) - 1));
	assert_non_null(memmem(bytes.data, bytes.length, "TRAILER!!!", 11));
	tree_free(tree);
}

static void test_errors_name_the_line(void **state)
{
	static const struct {
		const char *recipe, *message;
	} cases[] = {
		{"dir a\nfrobnicate\n", "line 2: frobnicate: unknown directive"},
		{"| text\n", "line 1: content without a file before it"},
		{"file a\n| x\n| y\ndir\n", "line 4: dir: arguments are missing"},
		{"dir a\n| x\n", "line 1: dir takes no content lines"},
		{"hex a\n| abc\n", "line 1: half a byte at the end"},
		{"file a\n| x\nreplace a\n| y\n| z\n", "line 3: a does not hold \"y\""},
		{"remove a\n", "line 1: a: not there"},
		{"include base\n", "line 1: no folder to include from"},
		{"device 01:00.0 id=1:2\n", "line 1: 01:00.0: not a full PCI address"},
		{"device 0000:00:02.0\n", "line 1: 0000:00:02.0: id= is missing"},
		{"device 0000:00:02.0 id=8086:1 colour=red\n", "line 1: colour: unknown key"},
		{"device 0000:00:02.0 id=8086:1 bar=0:3M:32\n",
		 "line 1: bar=0:3M:32: not a value for this key"},
		{"device 0000:01:00.0 below=0000:00:01.0 id=8086:1\n",
		 "line 1: below=0000:00:01.0: no such function"},
		{"device 0000:00:01.0 id=8086:1 class=060400 secondary=01\n"
		 "device 0000:02:00.0 below=0000:00:01.0 id=8086:2\n",
		 "line 2: 0000:02:00.0 is not on bus 01 below 0000:00:01.0"},
		{"dmar drhd:fed90000\n", "line 1: drhd:fed90000: no DMAR structure"},
		{"ivrs alias:0300:0308\n", "line 1: alias:0300:0308: no IVRS structure"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error error = {0};

		assert_true(build_error(cases[i].recipe, &error) < 0);
		assert_string_equal(error.message, cases[i].message);
	}
}

/* -- functions --------------------------------------------------------------------------------- */

static const char graphics_card[] =
	"unit dmar0\n"
	"device 0000:00:01.0 id=8086:460d class=060400 acs=1f/1d driver=pcieport group=1\n"
	"device 0000:01:00.0 below=0000:00:01.0 id=10de:2704 sub=1043:88c0 class=030000 rev=a1"
	" driver=nouveau group=1 boot_vga=1 pm=noreset msi=1 link=2.5GT/s:16:16GT/s:16"
	" bar=0:16M:32@f6000000 bar=1:16G:64p@6000000000 bar=3:32M:64p@6400000000"
	" bar=5:128:io@4000 rom=512K\n"
	"device 0000:01:00.1 below=0000:00:01.0 id=10de:22bb sub=1043:88c0 class=040300 rev=a1"
	" driver=vfio-pci override=vfio-pci group=1 bar=0:16K:32@f7080000\n";

static void test_function_in_sysfs(void **state)
{
	struct tree *tree = tree_new(graphics_card);

	(void)state;
	assert_link(tree, "sys/bus/pci/devices/0000:01:00.0",
		    "../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/class", "0x030000\n");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/revision", "0xa1\n");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/modalias",
		    "pci:v000010DEd00002704sv00001043sd000088C0bc03sc00i00\n");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/driver_override", "(null)\n");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.1/driver_override", "vfio-pci\n");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/boot_vga", "1\n");
	assert_missing(tree, "sys/bus/pci/devices/0000:01:00.1/boot_vga");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/current_link_speed", "2.5 GT/s PCIe\n");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/max_link_speed", "16.0 GT/s PCIe\n");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/reset_method", "bus\n");
	assert_missing(tree, "sys/bus/pci/devices/0000:01:00.1/reset_method");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/resource",
		    "0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200\n"
		    "0x0000006000000000 0x00000063ffffffff 0x000000000014220c\n"
		    "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		    "0x0000006400000000 0x0000006401ffffff 0x000000000014220c\n"
		    "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		    "0x0000000000004000 0x000000000000407f 0x0000000000040101\n"
		    "0x00000000000c0000 0x00000000000dffff 0x0000000000000212\n"
		    "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		    "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		    "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		    "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		    "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		    "0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
	tree_free(tree);
}

static void test_links_of_a_function(void **state)
{
	struct tree *tree = tree_new(graphics_card);
	const char *device = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.1";
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/driver", device);
	assert_link(tree, path, "../../../../bus/pci/drivers/vfio-pci");
	(void)snprintf(path, sizeof(path), "%s/iommu_group", device);
	assert_link(tree, path, "../../../../kernel/iommu_groups/1");
	(void)snprintf(path, sizeof(path), "%s/iommu", device);
	assert_link(tree, path, "../../../virtual/iommu/dmar0");
	assert_link(tree, "sys/bus/pci/drivers/vfio-pci/0000:01:00.1",
		    "../../../../devices/pci0000:00/0000:00:01.0/0000:01:00.1");
	assert_link(tree, "sys/kernel/iommu_groups/1/devices/0000:01:00.1",
		    "../../../../devices/pci0000:00/0000:00:01.0/0000:01:00.1");
	assert_link(tree, "sys/class/iommu/dmar0/devices/0000:01:00.1",
		    "../../../../pci0000:00/0000:00:01.0/0000:01:00.1");
	assert_link(tree, "sys/class/iommu/dmar0", "../../devices/virtual/iommu/dmar0");
	assert_int_equal(host_exists(tree_host(tree), "sys/class/vfio-dev/vfio0"), 0);
	assert_text(tree, "sys/kernel/iommu_groups/1/type", "DMA-FQ\n");
	assert_text(tree, "sys/kernel/iommu_groups/1/reserved_regions",
		    "0x00000000fee00000 0x00000000feefffff msi\n");
	tree_free(tree);
}

static void test_configuration_space_parses_back(void **state)
{
	struct tree *tree = tree_new(graphics_card);
	struct config_space config;

	(void)state;
	tree_add(tree,
		 "device 0000:00:1c.0 id=8086:7ab8 class=060400 acs-wide=1000f/d slot=4\n"
		 "device 0000:02:00.0 below=0000:00:1c.0 id=8086:1572 class=020000 flr=1 pm=1"
		 " sriov=64/0\n"
		 "device 0000:00:1f.0 id=8086:7a84 class=060100 type=conventional mf=1 af=1\n");
	read_config(tree, "0000:01:00.0", &config);
	assert_int_equal(config.size, 4096);
	assert_int_equal(config.vendor_id, 0x10de);
	assert_int_equal(config.class_code, 0x030000);
	assert_int_equal(config.subsystem_device_id, 0x88c0);
	assert_int_equal(config.header_type, 0);
	assert_true(config.multifunction); /* because of 01:00.1 */
	assert_int_equal(config.port_type, PORT_ENDPOINT);
	assert_int_equal(config.flr, NO);
	assert_int_equal(config.pm_no_soft_reset, YES);
	assert_int_equal(config.msi, YES);
	assert_int_equal(config.acs, NO);
	read_config(tree, "0000:00:01.0", &config);
	assert_int_equal(config.header_type, 1);
	assert_int_equal(config.port_type, PORT_ROOT_PORT);
	assert_int_equal(config.secondary_bus, 1);
	assert_int_equal(config.acs_capability, 0x1f);
	assert_int_equal(config.acs_control, 0x1d);
	read_config(tree, "0000:00:1c.0", &config);
	assert_int_equal(config.secondary_bus, 2); /* one more than any so far */
	assert_int_equal(config.slot_number, 4);
	assert_int_equal(config.acs_wide_capability, 0x1000f);
	assert_int_equal(config.acs_wide_control, 0xd);
	read_config(tree, "0000:02:00.0", &config);
	assert_int_equal(config.flr, YES);
	assert_int_equal(config.pm_no_soft_reset, NO);
	assert_int_equal(config.sriov_total, 64);
	read_config(tree, "0000:00:1f.0", &config);
	assert_int_equal(config.size, 256);
	assert_int_equal(config.port_type, PORT_CONVENTIONAL);
	assert_int_equal(config.af_flr, YES);
	assert_true(config.multifunction);
	tree_free(tree);
}

static void test_how_much_configuration_space(void **state)
{
	struct tree *tree = tree_new("device 0000:00:03.0 id=8086:1 config=64\n"
				     "device 0000:00:04.0 id=8086:1 config=0\n"
				     "device 0000:00:05.0 id=8086:1 config=ff\n"
				     "device 0000:00:06.0 id=8086:1 config=none\n");
	struct config_space config;

	(void)state;
	read_config(tree, "0000:00:03.0", &config);
	assert_int_equal(config.size, 64);
	assert_int_equal(config.vendor_id, 0x8086);
	read_config(tree, "0000:00:04.0", &config);
	assert_int_equal(config.size, 0);
	read_config(tree, "0000:00:05.0", &config);
	assert_true(config.all_ones);
	assert_missing(tree, "sys/bus/pci/devices/0000:00:06.0/config");
	tree_free(tree);
}

static void test_bridges_grow_with_what_is_below(void **state)
{
	struct tree *tree = tree_new(
		"device 0000:00:01.0 id=8086:1 class=060400\n"
		"device 0000:01:00.0 below=0000:00:01.0 id=10b5:8747 class=060400 type=upstream\n"
		"device 0000:02:08.0 below=0000:01:00.0 id=10b5:8747 class=060400 type=downstream\n"
		"device 0000:03:00.0 below=0000:02:08.0 id=10de:1 class=030200"
		" bar=0:16M:32@f6000000 bar=2:256M:64p@e0000000\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct config_space config;
	const char *resource;

	(void)state;
	read_config(tree, "0000:00:01.0", &config);
	assert_int_equal(config.secondary_bus, 1);
	assert_int_equal(config.subordinate_bus, 3);
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/subordinate_bus_number", "3\n");
	resource = read_text(tree, arena, "sys/bus/pci/devices/0000:00:01.0/resource");
	assert_non_null(strstr(resource, "0x00000000f6000000 0x00000000f6ffffff "
					 "0x0000000000000200\n"
					 "0x00000000e0000000 0x00000000efffffff "
					 "0x0000000000102201\n"));
	assert_int_equal(host_exists(tree_host(tree),
				     "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/"
				     "0000:02:08.0/0000:03:00.0/vendor"),
			 0);
	tree_free(tree);
}

static void test_virtual_functions(void **state)
{
	struct tree *tree = tree_new(
		"device 0000:00:01.0 id=8086:1 class=060400 subordinate=02\n"
		"device 0000:01:00.0 below=0000:00:01.0 id=8086:1572 class=020000 sriov=64/2\n"
		"device 0000:01:02.0 vf-of=0000:01:00.0 id=8086:154c class=020000 flr=1\n"
		"device 0000:01:02.1 vf-of=0000:01:00.0 id=8086:154c class=020000 flr=1\n");
	struct config_space config;

	(void)state;
	assert_link(tree, "sys/bus/pci/devices/0000:01:02.1/physfn", "../0000:01:00.0");
	assert_link(tree, "sys/bus/pci/devices/0000:01:00.0/virtfn1", "../0000:01:02.1");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/sriov_numvfs", "2\n");
	assert_text(tree, "sys/bus/pci/devices/0000:01:02.0/device", "0x154c\n");
	read_config(tree, "0000:01:00.0", &config);
	assert_int_equal(config.sriov_vf_device_id, 0x154c);
	assert_false(config.multifunction);
	tree_free(tree);
}

static void test_a_function_given_again_is_changed(void **state)
{
	struct tree *tree = tree_new(graphics_card);

	(void)state;
	tree_add(tree, "dir sys/bus/pci/devices/0000:01:00.0/drm/card0\n"
		       "device 0000:01:00.0 group=1\n");
	assert_int_equal(host_exists(tree_host(tree), "sys/bus/pci/devices/0000:01:00.0/drm/card0"),
			 0);
	tree_add(tree, "device 0000:01:00.0 driver=vfio-pci boot_vga=0\n"
		       "device 0000:01:00.1 driver=none group=2\n");
	assert_link(tree, "sys/bus/pci/devices/0000:01:00.0/driver",
		    "../../../../bus/pci/drivers/vfio-pci");
	assert_missing(tree, "sys/bus/pci/drivers/nouveau/0000:01:00.0");
	assert_missing(tree, "sys/bus/pci/devices/0000:01:00.0/drm");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/boot_vga", "0\n");
	assert_text(tree, "sys/bus/pci/devices/0000:01:00.0/device", "0x2704\n");
	assert_missing(tree, "sys/bus/pci/devices/0000:01:00.1/driver");
	assert_missing(tree, "sys/kernel/iommu_groups/1/devices/0000:01:00.1");
	assert_int_equal(
		host_exists(tree_host(tree), "sys/kernel/iommu_groups/2/devices/0000:01:00.1"), 0);
	tree_add(tree, "drop 0000:00:01.0\n");
	assert_missing(tree, "sys/bus/pci/devices/0000:01:00.0");
	assert_missing(tree, "sys/devices/pci0000:00/0000:00:01.0");
	tree_free(tree);
}

static void test_iommu_off(void **state)
{
	struct tree *tree = tree_new(graphics_card);
	_cleanup_arena_ struct arena *arena = arena_new();
	struct config_space config;
	struct strings names = {0};

	(void)state;
	tree_add(tree, "iommu-off\ndevice 0000:01:00.0 driver=vfio-pci\n");
	assert_missing(tree, "sys/bus/pci/devices/0000:01:00.0/iommu_group");
	assert_missing(tree, "sys/bus/pci/devices/0000:01:00.1/iommu");
	assert_int_equal(host_list(tree_host(tree), arena, "sys/kernel/iommu_groups", &names), 0);
	assert_int_equal(names.count, 0);
	assert_int_equal(host_list(tree_host(tree), arena, "sys/class/iommu", &names), 0);
	assert_int_equal(names.count, 0);
	read_config(tree, "0000:00:01.0", &config);
	assert_int_equal(config.acs_capability, 0x1f);
	assert_int_equal(config.acs_control, 0);
	tree_free(tree);
}

static void test_groups_of_other_units(void **state)
{
	struct tree *tree =
		tree_new("device 0000:00:00.2 id=1022:1481 class=080600 type=conventional\n"
			 "unit ivhd0\n"
			 "device 0000:00:01.0 id=1022:1482 class=060000 type=conventional group=0\n"
			 "group 7 type=identity region=7a000000-7c7fffff:direct\n");

	(void)state;
	assert_link(tree, "sys/class/iommu/ivhd0",
		    "../../devices/pci0000:00/0000:00:00.2/iommu/ivhd0");
	assert_text(tree, "sys/kernel/iommu_groups/0/reserved_regions",
		    "0x00000000fee00000 0x00000000feefffff msi\n"
		    "0x000000fd00000000 0x000000ffffffffff reserved\n");
	assert_text(tree, "sys/kernel/iommu_groups/7/type", "identity\n");
	assert_text(tree, "sys/kernel/iommu_groups/7/reserved_regions",
		    "0x000000007a000000 0x000000007c7fffff direct\n");
	tree_free(tree);
}

static void test_slots_and_domains(void **state)
{
	struct tree *tree = tree_new(
		"device 0000:00:1c.0 id=8086:1 class=060400 secondary=05 slot=3\n"
		"device 0000:05:00.0 below=0000:00:1c.0 id=8086:2 class=010802\n"
		"device 0000:5d:05.5 id=8086:201d class=010400\n"
		"device 10000:80:02.0 below=0000:5d:05.5 id=8086:3 class=060400 secondary=81"
		" type=root\n"
		"device 10000:81:00.0 below=10000:80:02.0 id=8086:4 class=010802\n");

	(void)state;
	assert_text(tree, "sys/bus/pci/slots/3/address", "0000:05:00\n");
	assert_link(tree, "sys/bus/pci/devices/10000:81:00.0",
		    "../../../devices/pci0000:5d/0000:5d:05.5/pci10000:80/10000:80:02.0/"
		    "10000:81:00.0");
	tree_free(tree);
}

/* -- firmware tables --------------------------------------------------------------------------- */

/* Reads a table and proves signature, length and checksum. */
static struct bytes read_table(struct tree *tree, struct arena *arena, const char *name)
{
	struct bytes bytes = {0};
	unsigned char sum = 0;
	char path[64];

	(void)snprintf(path, sizeof(path), "sys/firmware/acpi/tables/%s", name);
	assert_int_equal(host_read(tree_host(tree), arena, path, 0, &bytes), 0);
	assert_true(bytes.length > 36);
	assert_memory_equal(bytes.data, name, 4);
	assert_int_equal((unsigned char)bytes.data[4] | (unsigned char)bytes.data[5] << 8,
			 bytes.length);
	for (size_t i = 0; i < bytes.length; i++)
		sum = (unsigned char)(sum + (unsigned char)bytes.data[i]);
	assert_int_equal(sum, 0);
	return bytes;
}

static void test_dmar(void **state)
{
	struct tree *tree = tree_new("dmar flags=5 width=46 drhd:fed90000:00/02.0 drhd:fed91000:all"
				     " rmrr:7a000000-7c7fffff:00/02.0,b:00/1c.0/00.1\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes table = read_table(tree, arena, "DMAR");
	/* 48 bytes of header, a DRHD of 16 + 8, one of 16 + 2 * 8, an RMRR of 24 + 8 + 10 */
	static const unsigned char graphics_unit[] = {0, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0xd9, 0xfe,
						      0, 0, 0,  0, 1, 8, 0, 0, 0, 0, 2,    0};
	static const unsigned char bridge_scope[] = {2, 10, 0, 0, 0, 0, 0x1c, 0, 0, 1};

	(void)state;
	assert_int_equal(table.length, 48 + 24 + 32 + 42);
	assert_int_equal(table.data[36], 45);
	assert_int_equal(table.data[37], 5);
	assert_memory_equal(table.data + 48, graphics_unit, sizeof(graphics_unit));
	assert_int_equal(table.data[72 + 4], 1); /* includes all */
	assert_int_equal(table.data[104], 1);    /* RMRR */
	assert_memory_equal(table.data + 136, bridge_scope, sizeof(bridge_scope));
	tree_free(tree);
}

static void test_ivrs(void **state)
{
	struct tree *tree = tree_new("ivrs ivhd:0002:feb80000:ioapic alias:0308:0300"
				     " ivmd:0300:1000-1fff ivmd-all:a0000-bffff\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes table = read_table(tree, arena, "IVRS");
	static const unsigned char alias[] = {0x42, 0x08, 0x03, 0, 0, 0x00, 0x03, 0};
	static const unsigned char ioapic[] = {0x48, 0, 0, 0xd7, 0x20, 0xa0, 0, 1};

	(void)state;
	/* header, IVHD of 40 + range 8 + 3 specials + alias, two IVMD of 32 */
	assert_int_equal(table.length, 48 + 40 + 8 + 3 * 8 + 8 + 2 * 32);
	assert_int_equal(table.data[48], 0x11);
	assert_int_equal(table.data[48 + 2], 40 + 8 + 3 * 8 + 8);
	assert_int_equal(table.data[48 + 4], 2);
	assert_memory_equal(table.data + 48 + 40 + 8 + 8, ioapic, sizeof(ioapic));
	assert_memory_equal(table.data + 48 + 40 + 8 + 24, alias, sizeof(alias));
	assert_int_equal(table.data[128], 0x21);
	assert_int_equal((unsigned char)table.data[128 + 17], 0x10); /* start 0x1000 */
	assert_int_equal((unsigned char)table.data[128 + 25], 0x10); /* length 0x1000 */
	assert_int_equal(table.data[160], 0x20);
	tree_free(tree);
}

static void test_iort(void **state)
{
	struct tree *tree = tree_new("iort\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes table = read_table(tree, arena, "IORT");

	(void)state;
	assert_int_equal(table.data[36], 2);      /* nodes */
	assert_int_equal(table.data[40], 48);     /* first node */
	assert_int_equal(table.data[48], 4);      /* SMMUv3 */
	assert_int_equal(table.data[49], 68);     /* its length */
	assert_int_equal(table.data[48 + 68], 2); /* root complex */
	assert_int_equal(table.length, 48 + 68 + 56);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_links_modes_and_removal),
		cmocka_unit_test(test_everything_is_removed_at_the_end),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_cpio),
		cmocka_unit_test(test_errors_name_the_line),
		cmocka_unit_test(test_function_in_sysfs),
		cmocka_unit_test(test_links_of_a_function),
		cmocka_unit_test(test_configuration_space_parses_back),
		cmocka_unit_test(test_how_much_configuration_space),
		cmocka_unit_test(test_bridges_grow_with_what_is_below),
		cmocka_unit_test(test_virtual_functions),
		cmocka_unit_test(test_a_function_given_again_is_changed),
		cmocka_unit_test(test_iommu_off),
		cmocka_unit_test(test_groups_of_other_units),
		cmocka_unit_test(test_slots_and_domains),
		cmocka_unit_test(test_dmar),
		cmocka_unit_test(test_ivrs),
		cmocka_unit_test(test_iort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
