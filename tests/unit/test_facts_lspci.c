/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lspci_made.h"

/* -- a whole text -------------------------------------------------------------------------------- */

static void test_whole(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_of(WHOLE, NULL);
	const struct device *gpu = device_of(facts, "0000:01:00.0");
	const struct device *audio = device_of(facts, "0000:01:00.1");
	const struct device *port = device_of(facts, "0000:00:01.0");
	const struct device *disk = device_of(facts, "0000:02:00.0");

	(void)state;
	assert_int_equal(facts->devices.count, 6);
	assert_false(facts->live);
	assert_false(facts->devices_partial);
	assert_ptr_equal(gpu->parent, port);
	assert_null(port->parent);
	assert_false(gpu->parent_unknown || port->parent_unknown);
	assert_string_equal(gpu->root_bus, "pci0000:00");
	assert_true(port->is_bridge && !gpu->is_bridge);
	assert_true(gpu->config.multifunction && audio->config.multifunction);
	assert_false(disk->config.multifunction);
	assert_int_equal(gpu->class_code, 0x030000);
	assert_int_equal(disk->class_code, 0x010802);
	assert_string_equal(gpu->name, "NVIDIA Corporation GA104");
	assert_string_equal(gpu->driver, "nouveau");
	assert_int_equal(gpu->state, STATE_HOST);
	assert_int_equal(port->state, STATE_BRIDGE);
	assert_int_equal(gpu->modules.count, 2);
	assert_string_equal(gpu->modules.items[0], "nvidia_drm");
	assert_int_equal(gpu->bars_known, YES);
	assert_true(gpu->bars[1].size == 256 << 20);
	assert_int_equal(gpu->config.flr, NO);
	assert_string_equal(gpu->origin.source, "lspci");
	assert_int_equal(gpu->origin.line, 31);
	/* Nobody has asked the kernel. */
	assert_int_equal(gpu->reset_methods_known, UNKNOWN);
	assert_int_equal(gpu->boot_vga, UNKNOWN);
	assert_int_equal(audio->boot_vga, NO);
	assert_int_equal(facts->modules.vfio_pci, UNKNOWN);
	assert_int_equal(facts->usage.known[USE_FILESYSTEM], UNKNOWN);
	assert_int_equal(facts->usage.vfio_node_mode, -1);
	assert_int_equal(facts->cmdline_known, UNKNOWN);
	assert_null(facts->machine.kernel);
}

static void test_groups(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_of(WHOLE, NULL);
	const struct device *gpu = device_of(facts, "0000:01:00.0");

	(void)state;
	assert_int_equal(facts->groups.count, 5);
	assert_int_equal(facts->groups.items[2].id, 2);
	assert_ptr_equal(gpu->group, &facts->groups.items[2]);
	assert_int_equal(gpu->has_group, YES);
	assert_int_equal(gpu->group->devices.count, 2);
	assert_string_equal(gpu->group->members.items[1], "0000:01:00.1");
	assert_int_equal(facts->iommu.active, YES);
	assert_string_equal(facts->iommu.active_origin.source, "lspci");
	assert_int_equal(facts->iommu.kind, IOMMU_INTEL); /* whose host bridge it is */
	assert_int_equal(facts->machine.cpu_vendor, CPU_INTEL);
	/* The model comes to the same. */
	assert_true(gpu->predicted_group >= 0);
	assert_int_equal(gpu->predicted_group, device_of(facts, "0000:01:00.1")->predicted_group);
	assert_int_not_equal(gpu->predicted_group,
			     device_of(facts, "0000:02:00.0")->predicted_group);
}

static void test_absence(void **state)
{
	/* Other functions show that drivers and groups are told. */
	_cleanup_facts_ struct facts *facts = facts_of(
		WHOLE "03:00.0 Ethernet controller [0200]: Example [8086:1539]\n" HEADER_LINES
		      "\tCapabilities: <access denied>\n\n" PORT("1c.0", "5", "03"),
		NULL);
	const struct device *nic = device_of(facts, "0000:03:00.0");

	(void)state;
	assert_false(facts->devices_partial);
	assert_int_equal(nic->has_driver, NO);
	assert_int_equal(nic->state, STATE_UNBOUND);
	assert_int_equal(nic->has_group, NO);
	assert_int_equal(nic->config.capabilities, UNKNOWN);
	assert_int_equal(nic->config.port_type, PORT_UNKNOWN);
	assert_int_equal(nic->config.size, 64);
}

/* -- pieces -------------------------------------------------------------------------------------- */

static void test_one_device(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_of(GPU, NULL);
	const struct device *gpu = device_of(facts, "0000:01:00.0");

	(void)state;
	assert_true(facts->devices_partial);
	assert_null(gpu->parent);
	assert_true(gpu->parent_unknown);
	assert_int_equal(gpu->predicted_group, -1);
	assert_int_equal(gpu->group->id, 2);
	/* One graphics card in the text is not the only one of the host. */
	for_each (use, &gpu->uses)
		assert_false(use->critical);
}

static void test_partial_texts(void **state)
{
	static const struct {
		const char *text;
		bool partial;
	} texts[] = {
		{WHOLE, false},
		{HOST_BRIDGE GPU, true},                               /* the port is missing */
		{PORT("01.0", "1", "01") GPU, true},                   /* no 00:00.0 */
		{HOST_BRIDGE "00:1f.3 Audio device: Example\n", true}, /* no function 0 */
		{HOST_BRIDGE "--\n", true},
		{"00:00.0 Host bridge: Example\n01:00.0 VGA compatible controller: Example\n",
		 false},
		{"IOMMU Group 0 00:01.0 Host bridge: Example\nIOMMU Group 1 00:02.0 Host bridge: "
		 "Example\n",
		 false},
		{"IOMMU Group 0 00:01.0 Host bridge: Example\nIOMMU Group 2 00:02.0 Host bridge: "
		 "Example\n",
		 true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_facts_ struct facts *facts = facts_of(texts[i].text, NULL);

		assert_int_equal(facts->devices_partial, texts[i].partial);
	}
}

static void test_terse(void **state)
{
	_cleanup_facts_ struct facts *facts =
		facts_of("00:00.0 Host bridge [0600]: Example [1022:1480]\n"
			 "\tSubsystem: Example [1043:8694]\n"
			 "00:01.1 PCI bridge [0604]: Example [1022:1483]\n"
			 "\tKernel driver in use: pcieport\n"
			 "00:01.0 Host bridge [0600]: Example [1022:1482]\n"
			 "01:00.0 VGA compatible controller [0300]: Example [1002:67df] (rev e7)\n"
			 "\tSubsystem: Example [1da2:e366]\n"
			 "\tKernel modules: amdgpu\n"
			 "01:00.1 Audio device [0403]: Example [1002:aaf0]\n"
			 "\tSubsystem: Example [1da2:aaf0]\n"
			 "\tKernel driver in use: vfio-pci\n"
			 "\tKernel modules: snd_hda_intel\n"
			 "02:00.0 Ethernet controller [0200]: Example [8086:1539]\n",
			 NULL);

	(void)state;
	assert_false(facts->devices_partial);
	/* Without -v bridges do not tell their buses. */
	assert_true(device_of(facts, "0000:01:00.0")->parent_unknown);
	assert_int_equal(device_of(facts, "0000:01:00.0")->predicted_group, -1);
	assert_int_equal(device_of(facts, "0000:01:00.0")->has_driver, NO);
	assert_true(device_of(facts, "0000:01:00.1")->vfio_driver);
	assert_int_equal(device_of(facts, "0000:01:00.1")->state, STATE_DETACHED);
	/* No line about it: perhaps it was asked for without -k. */
	assert_int_equal(device_of(facts, "0000:02:00.0")->has_driver, UNKNOWN);
	assert_int_equal(facts->iommu.active, UNKNOWN);
	assert_int_equal(facts->machine.cpu_vendor, CPU_AMD);
	assert_int_equal(device_of(facts, "0000:01:00.0")->has_group, UNKNOWN);
}

static void test_listing_only(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_of(
		"IOMMU Group 0 00:01.0 Host bridge [0600]: Example [1022:1482]\n"
		"IOMMU Group 1 01:00.0 VGA compatible controller [0300]: Example [10de:128b]\n"
		"IOMMU Group 1 01:00.1 Audio device [0403]: Example [10de:0e0f]\n",
		NULL);
	const struct device *gpu = device_of(facts, "0000:01:00.0");

	(void)state;
	assert_int_equal(gpu->group->devices.count, 2);
	assert_int_equal(gpu->has_driver, UNKNOWN);
	assert_int_equal(gpu->state, STATE_UNKNOWN);
	assert_int_equal(gpu->config.header_type, -1);
	assert_int_equal(facts->iommu.active, YES);
	assert_int_equal(facts->iommu.kind, IOMMU_AMD);
}

static void test_empty(void **state)
{
	static const char *const texts[] = {"", "\n\n", "nothing of it\n", NULL};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(texts); i++) {
		const char *text = texts[i / 2];
		_cleanup_facts_ struct facts *facts =
			i % 2 ? facts_of(NULL, text) : facts_of(text, NULL);

		assert_int_equal(facts->devices.count, 0);
		assert_int_equal(facts->groups.count, 0);
		assert_int_equal(facts->iommu.active, UNKNOWN);
		assert_int_equal(facts->log.known, UNKNOWN);
	}
}

/* -- hex, VFs, roots ----------------------------------------------------------------------------- */

static void test_hex_wins(void **state)
{
	_cleanup_facts_ struct facts *facts =
		facts_of("00:02.0 VGA compatible controller: Example (rev 0c)\n"
			 "00: 86 80 a6 46 07 04 00 00 0c 00 00 03 10 00 80 00\n"
			 "10: 04 00 00 2c 62 00 00 00 0c 00 00 00 40 00 00 00\n"
			 "20: 01 50 00 00 00 00 00 00 00 00 00 00 43 10 8c 1a\n"
			 "30: 00 00 00 00 00 00 00 00 00 00 00 00 ff 01 00 00\n",
			 NULL);
	const struct device *device = device_of(facts, "0000:00:02.0");

	(void)state;
	assert_int_equal(device->config.size, 64);
	assert_int_equal(device->vendor_id, 0x8086);
	assert_int_equal(device->device_id, 0x46a6);
	assert_int_equal(device->class_code, 0x030000);
	assert_int_equal(device->subsystem_vendor_id, 0x1043);
	assert_true(device->config.multifunction);
	assert_int_equal(device->config.port_type, PORT_CONVENTIONAL); /* no list of capabilities */
}

static void test_virtual_functions(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_of(
		HOST_BRIDGE PORT("01.0", "1", "01") PORT(
			"1d.0", "3",
			"02") "01:00.0 Ethernet controller [0200]: Example "
			      "[8086:10fb]\n" HEADER_LINES
			      "\tCapabilities: [60] Express (v2) Endpoint, MSI 00\n"
			      "\t\t\tExtTag+ RBE+ FLReset+\n"
			      "\tCapabilities: [160 v1] Single Root I/O Virtualization (SR-IOV)\n"
			      "\t\tIOVCtl:\tEnable+ Migration-\n"
			      "\t\tInitial VFs: 64, Total VFs: 64, Number of VFs: 2, Function "
			      "Dependency Link: 00\n"
			      "\t\tVF offset: 128, stride: 2, Device ID: 10ed\n"
			      "\n"
			      "01:10.0 Ethernet controller [0200]: Example VF [8086:10ed]\n"
			      "01:10.2 Ethernet controller [0200]: Example VF [8086:10ed]\n"
			      "01:10.4 Ethernet controller [0200]: Example [8086:10ed]\n",
		NULL);
	const struct device *physical = device_of(facts, "0000:01:00.0");

	(void)state;
	assert_int_equal(physical->sriov_total, 64);
	assert_int_equal(physical->sriov_active, 2);
	assert_ptr_equal(device_of(facts, "0000:01:10.0")->physfn, physical);
	assert_ptr_equal(device_of(facts, "0000:01:10.2")->physfn, physical);
	assert_null(device_of(facts, "0000:01:10.4")->physfn);
	assert_null(physical->physfn);
}

static void test_root_buses(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_of(
		WHOLE "16:02.0 PCI bridge [0604]: Example Port [8086:2032]\n" HEADER_LINES
		      "\tBus: primary=16, secondary=17, subordinate=17, sec-latency=0\n"
		      "\tCapabilities: [40] Express (v2) Root Port (Slot+), MSI 00\n\n"
		      "7f:0b.0 System peripheral [0880]: Example [8086:6f81]\n" HEADER_LINES "\n"
		      "80:05.0 System peripheral [0880]: Example [1022:1111]\n" HEADER_LINES "\n",
		NULL);

	(void)state;
	assert_false(device_of(facts, "0000:16:02.0")->parent_unknown);
	assert_false(device_of(facts, "0000:7f:0b.0")->parent_unknown); /* Intel's uncore */
	assert_true(device_of(facts, "0000:80:05.0")->parent_unknown);
	assert_true(facts->devices_partial);
}

static void test_dead(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_of(
		HOST_BRIDGE PORT("01.0", "1", "01") "01:00.0 VGA compatible controller [0300]: "
						    "Example [10de:2484] (rev ff) (prog-if ff)\n"
						    "\t!!! Unknown header type 7f\n"
						    "\tKernel driver in use: vfio-pci\n",
		NULL);
	const struct device *gpu = device_of(facts, "0000:01:00.0");

	(void)state;
	assert_true(gpu->config.all_ones);
	assert_false(gpu->config.header_known);
	assert_int_equal(gpu->bars_known, UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),         cmocka_unit_test(test_groups),
		cmocka_unit_test(test_absence),       cmocka_unit_test(test_one_device),
		cmocka_unit_test(test_partial_texts), cmocka_unit_test(test_terse),
		cmocka_unit_test(test_listing_only),  cmocka_unit_test(test_empty),
		cmocka_unit_test(test_hex_wins),      cmocka_unit_test(test_virtual_functions),
		cmocka_unit_test(test_root_buses),    cmocka_unit_test(test_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
