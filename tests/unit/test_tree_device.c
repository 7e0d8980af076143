/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree_assert.h"

#include "preflight/parse/config.h"

static void read_config(struct tree *tree, const char *address, struct config_space *ret_config)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes bytes = {0};
	char path[64];

	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/config", address);
	assert_int_equal(host_read(tree_host(tree), arena, path, 0, &bytes), 0);
	config_parse(bytes.data, bytes.length, ret_config);
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
