/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of requester ids in the grouping: quirks, firmware, VMD. */
#include "groups_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void set_ids(struct machine *machine, int index, int vendor, int device)
{
	machine_input(machine, index)->vendor_id = vendor;
	machine_input(machine, index)->device_id = device;
}

static void test_alias_of_function_1(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int port, sata, ide, other;

	(void)state;
	port = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	sata = machine_add_multifunction(&machine, "0000:01:00.0", PORT_LEGACY_ENDPOINT, port,
					 ACS_FULL);
	ide = machine_add_multifunction(&machine, "0000:01:00.1", PORT_LEGACY_ENDPOINT, port,
					ACS_FULL);
	other = machine_add_multifunction(&machine, "0000:01:00.2", PORT_LEGACY_ENDPOINT, port,
					  ACS_FULL);
	set_ids(&machine, sata, 0x1b4b, 0x9230);
	machine_partition(&machine);
	assert_true(machine_together(&machine, sata, ide));
	assert_false(machine_together(&machine, sata, other));
	assert_true(machine_has_step(&machine, ide, RULE_DMA_ALIAS, sata));
}

/* Functions A, B and C where A has no relation to C, but an alias leads from B to C. */
static void test_alias_through_a_slot(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int first, second, third;

	(void)state;
	first = machine_add_multifunction(&machine, "0000:00:0f.0", PORT_CONVENTIONAL, GROUP_NONE,
					  NO_ACS);
	second = machine_add_multifunction(&machine, "0000:00:0f.1", PORT_CONVENTIONAL, GROUP_NONE,
					   NO_ACS);
	third = machine_add(&machine, "0000:00:10.0", PORT_ROOT_COMPLEX_ENDPOINT, GROUP_NONE,
			    NO_ACS);
	set_ids(&machine, second, 0x8086, 0x2260);
	machine_partition(&machine);
	assert_true(machine_together(&machine, first, second));
	assert_true(machine_together(&machine, second, third));
}

static void test_alias_of_a_model_needs_its_subsystem(void **state)
{
	static const struct {
		int subsystem;
		bool together, certain;
	} cases[] = {{0x02bb, true, true}, {0x02bd, false, true}, {-1, true, false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_machine_ struct machine machine = machine_new();
		int raid = machine_add(&machine, "0000:00:0e.0", PORT_CONVENTIONAL, GROUP_NONE,
				       NO_ACS);
		int other = machine_add(&machine, "0000:00:01.0", PORT_CONVENTIONAL, GROUP_NONE,
					NO_ACS);

		set_ids(&machine, raid, 0x9005, 0x0285);
		machine_input(&machine, raid)->subsystem_vendor_id =
			cases[i].subsystem < 0 ? -1 : 0x9005;
		machine_input(&machine, raid)->subsystem_device_id = cases[i].subsystem;
		machine_partition(&machine);
		assert_int_equal(machine_together(&machine, raid, other), cases[i].together);
		assert_int_equal(machine_certain(&machine, raid), cases[i].certain);
		assert_int_equal(machine_certain(&machine, other), cases[i].certain);
	}
}

/* Switchtec: only the running device knows its ids; it does not matter where it is alone. */
static void test_alias_from_hardware(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int port, ntb, neighbour, single_port, single;

	(void)state;
	port = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	ntb = machine_add_multifunction(&machine, "0000:01:00.0", PORT_ENDPOINT, port, ACS_FULL);
	neighbour =
		machine_add_multifunction(&machine, "0000:01:00.1", PORT_ENDPOINT, port, ACS_FULL);
	single_port = machine_add(&machine, "0000:00:02.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	single = machine_add(&machine, "0000:02:00.0", PORT_ENDPOINT, single_port, NO_ACS);
	set_ids(&machine, ntb, 0x11f8, 0x8536);
	set_ids(&machine, single, 0x11f8, 0x8536);
	machine_input(&machine, ntb)->class_code = 0x068000;
	machine_input(&machine, single)->class_code = 0x068000;
	machine_partition(&machine);
	assert_false(machine_certain(&machine, ntb));
	assert_false(machine_certain(&machine, neighbour));
	assert_int_equal(machine.partition.items[neighbour].unknown, ntb);
	assert_true(machine_certain(&machine, single));
	/* The management function of the same chip is no NTB. */
	machine_input(&machine, ntb)->class_code = 0x058000;
	machine_partition(&machine);
	assert_true(machine_certain(&machine, ntb));
}

static void test_translation_root(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int bridge, root, device;

	(void)state;
	bridge = machine_add(&machine, "0000:00:00.0", PORT_PCI_TO_PCIE, GROUP_NONE, NO_ACS);
	root = machine_add(&machine, "0000:01:00.0", PORT_ROOT_PORT, bridge, ACS_FULL);
	device = machine_add(&machine, "0000:02:00.0", PORT_ENDPOINT, root, NO_ACS);
	set_ids(&machine, root, 0x14e4, 0x9084);
	machine_partition(&machine);
	assert_true(machine_has_step(&machine, device, RULE_TRANSLATION_ROOT, root));
	assert_false(machine_has_step(&machine, device, RULE_BRIDGE_ALIAS, bridge));
}

static void test_firmware_alias(void **state)
{
	const struct requester_alias aliases[] = {
		{.segment = 0, .device = 0x0080, .alias = 0x0090}, /* 00:10.0 as 00:12.0 */
		{.segment = 0, .device = 0x0098, .alias = 0x0100}, /* 00:13.0 as 01:00.0 */
		{.segment = 1, .device = 0x00a0, .alias = 0x0090}, /* another segment */
	};
	_cleanup_machine_ struct machine machine = machine_new();
	int first, second, third, fourth;

	(void)state;
	first = machine_add(&machine, "0000:00:10.0", PORT_CONVENTIONAL, GROUP_NONE, NO_ACS);
	second = machine_add(&machine, "0000:00:12.0", PORT_CONVENTIONAL, GROUP_NONE, NO_ACS);
	third = machine_add(&machine, "0000:00:13.0", PORT_CONVENTIONAL, GROUP_NONE, NO_ACS);
	fourth = machine_add(&machine, "0000:00:14.0", PORT_CONVENTIONAL, GROUP_NONE, NO_ACS);
	machine.parameters.aliases = aliases;
	machine.parameters.alias_count = ARRAY_SIZE(aliases);
	machine_partition(&machine);
	assert_false(machine_together(&machine, first, second));
	machine.parameters.kind = IOMMU_AMD;
	machine_partition(&machine);
	assert_true(machine_together(&machine, first, second));
	assert_false(machine_together(&machine, third, fourth));
	assert_int_equal(machine.partition.group_count, 3);
}

static void test_vmd_children_join_the_endpoint(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int vmd, port, nvme;

	(void)state;
	port = machine_add(&machine, "10000:e0:06.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	nvme = machine_add(&machine, "10000:e1:00.0", PORT_ENDPOINT, port, NO_ACS);
	vmd = machine_add(&machine, "0000:00:0e.0", PORT_ROOT_COMPLEX_ENDPOINT, GROUP_NONE, NO_ACS);
	set_ids(&machine, vmd, 0x8086, 0x9a0b);
	machine_input(&machine, port)->dma_function = vmd;
	machine_input(&machine, nvme)->dma_function = vmd;
	machine_partition(&machine);
	assert_int_equal(machine_group(&machine, vmd), 0);
	assert_true(machine_together(&machine, vmd, port));
	assert_true(machine_together(&machine, vmd, nvme));
	assert_true(machine_has_step(&machine, nvme, RULE_REAL_DMA_DEVICE, vmd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alias_of_function_1),
		cmocka_unit_test(test_alias_through_a_slot),
		cmocka_unit_test(test_alias_of_a_model_needs_its_subsystem),
		cmocka_unit_test(test_alias_from_hardware),
		cmocka_unit_test(test_translation_root),
		cmocka_unit_test(test_firmware_alias),
		cmocka_unit_test(test_vmd_children_join_the_endpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
