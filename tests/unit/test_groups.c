/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grouping on small machines whose groups follow from reading the kernel's functions. */
#include "groups_made.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* -- ports and slots -------------------------------------------------------------------------- */

static void test_isolating_port_separates(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int port, gpu, audio, nvme;

	(void)state;
	port = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	gpu = machine_add_multifunction(&machine, "0000:01:00.0", PORT_ENDPOINT, port, NO_ACS);
	audio = machine_add_multifunction(&machine, "0000:01:00.1", PORT_ENDPOINT, port, NO_ACS);
	nvme = machine_add(&machine, "0000:00:02.0", PORT_ROOT_COMPLEX_ENDPOINT, GROUP_NONE,
			   NO_ACS);
	machine_partition(&machine);
	assert_int_equal(machine_group(&machine, port), 0);
	assert_int_equal(machine_group(&machine, nvme), 1);
	assert_int_equal(machine_group(&machine, gpu), 2);
	assert_int_equal(machine_group(&machine, audio), 2);
	assert_int_equal(machine.partition.group_count, 3);
	assert_true(machine_has_step(&machine, gpu, RULE_PATH_ISOLATED, port));
	assert_true(machine_has_step(&machine, gpu, RULE_NEW_GROUP, GROUP_NONE));
	assert_true(machine_has_step(&machine, audio, RULE_MULTIFUNCTION, gpu));
	assert_true(machine_has_step(&machine, audio, RULE_HAS_GROUP, gpu));
	assert_int_equal(machine.partition.items[port].path_isolated, YES);
}

static void test_functions_with_acs_are_apart(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int port, first, second;

	(void)state;
	port = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	first = machine_add_multifunction(&machine, "0000:01:00.0", PORT_ENDPOINT, port, ACS_FULL);
	second = machine_add_multifunction(&machine, "0000:01:00.1", PORT_ENDPOINT, port, NO_ACS);
	machine_partition(&machine);
	assert_false(machine_together(&machine, first, second));
}

static void test_port_without_acs_takes_all_below(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	const struct group_step *step;
	int port, upstream, downstream, device;

	(void)state;
	port = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, NO_ACS);
	upstream = machine_add(&machine, "0000:01:00.0", PORT_UPSTREAM, port, NO_ACS);
	downstream = machine_add(&machine, "0000:02:00.0", PORT_DOWNSTREAM, upstream, ACS_FULL);
	device = machine_add(&machine, "0000:03:00.0", PORT_ENDPOINT, downstream, NO_ACS);
	machine_partition(&machine);
	assert_int_equal(machine.partition.group_count, 1);
	assert_true(machine_has_step(&machine, device, RULE_PATH_NOT_ISOLATED, downstream));
	step = &machine.partition.items[device].steps.items[0];
	assert_int_equal(step->culprit, port);
	assert_int_equal(machine.partition.items[downstream].path_isolated, NO);
}

/* The kernel keeps devices behind different downstream ports of a switch apart even where these
 * ports have no ACS: each is one with its own port only. */
static void test_switch_without_acs(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int port, upstream, left, right, left_device, right_device;

	(void)state;
	port = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	upstream = machine_add(&machine, "0000:01:00.0", PORT_UPSTREAM, port, NO_ACS);
	left = machine_add(&machine, "0000:02:00.0", PORT_DOWNSTREAM, upstream, NO_ACS);
	right = machine_add(&machine, "0000:02:01.0", PORT_DOWNSTREAM, upstream, NO_ACS);
	left_device = machine_add(&machine, "0000:03:00.0", PORT_ENDPOINT, left, NO_ACS);
	right_device = machine_add(&machine, "0000:04:00.0", PORT_ENDPOINT, right, NO_ACS);
	machine_partition(&machine);
	assert_true(machine_together(&machine, left, left_device));
	assert_true(machine_together(&machine, right, right_device));
	assert_false(machine_together(&machine, left, right));
	assert_false(machine_together(&machine, port, upstream));
	assert_int_equal(machine.partition.group_count, 4);
}

static void test_root_ports_of_one_slot_merge(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int first, second, third, below_first, below_second, below_third;

	(void)state;
	first = machine_add_multifunction(&machine, "0000:00:1c.0", PORT_ROOT_PORT, GROUP_NONE,
					  NO_ACS);
	second = machine_add_multifunction(&machine, "0000:00:1c.4", PORT_ROOT_PORT, GROUP_NONE,
					   NO_ACS);
	third = machine_add_multifunction(&machine, "0000:00:1c.5", PORT_ROOT_PORT, GROUP_NONE,
					  ACS_FULL);
	below_first = machine_add(&machine, "0000:01:00.0", PORT_ENDPOINT, first, NO_ACS);
	below_second = machine_add(&machine, "0000:02:00.0", PORT_ENDPOINT, second, NO_ACS);
	below_third = machine_add(&machine, "0000:03:00.0", PORT_ENDPOINT, third, NO_ACS);
	machine_partition(&machine);
	assert_true(machine_together(&machine, below_first, below_second));
	assert_true(machine_together(&machine, first, below_second));
	assert_false(machine_together(&machine, third, first));
	assert_int_equal(machine_group(&machine, below_third), 2);
}

/* -- conventional PCI ------------------------------------------------------------------------- */

static void test_bridge_to_conventional_bus(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int port, bridge, first, second, deeper, last;

	(void)state;
	port = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	bridge = machine_add(&machine, "0000:01:00.0", PORT_PCIE_TO_PCI, port, NO_ACS);
	first = machine_add(&machine, "0000:02:01.0", PORT_CONVENTIONAL, bridge, NO_ACS);
	second = machine_add(&machine, "0000:02:02.0", PORT_CONVENTIONAL, bridge, NO_ACS);
	deeper = machine_add(&machine, "0000:02:03.0", PORT_CONVENTIONAL, bridge, NO_ACS);
	last = machine_add(&machine, "0000:03:00.0", PORT_CONVENTIONAL, deeper, NO_ACS);
	machine_partition(&machine);
	assert_true(machine_together(&machine, bridge, first));
	assert_true(machine_together(&machine, bridge, second));
	assert_true(machine_together(&machine, bridge, last));
	assert_false(machine_together(&machine, port, bridge));
	assert_true(machine_has_step(&machine, first, RULE_BRIDGE_ALIAS, bridge));
}

static void test_pci_to_pcie_bridge(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int bridge, reverse, device;

	(void)state;
	bridge = machine_add(&machine, "0000:00:1e.0", PORT_CONVENTIONAL, GROUP_NONE, NO_ACS);
	reverse = machine_add(&machine, "0000:01:00.0", PORT_PCI_TO_PCIE, bridge, NO_ACS);
	device = machine_add(&machine, "0000:02:00.0", PORT_ENDPOINT, reverse, NO_ACS);
	machine_partition(&machine);
	assert_true(machine_together(&machine, bridge, reverse));
	assert_true(machine_together(&machine, bridge, device));
}

/* 1a03:1150 passes on ids from 7.x on, but a bridge of its type never isolates, so the groups of
 * all kernels are the same and certain. */
static void test_bridge_without_alias(void **state)
{
	static const struct kernel_version kernels[] = {{6, 1}, {6, 18}, {7, 3}, {0, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		_cleanup_machine_ struct machine machine = machine_new();
		int port, bridge, vga;

		port = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
		bridge = machine_add(&machine, "0000:01:00.0", PORT_PCIE_TO_PCI, port, NO_ACS);
		vga = machine_add(&machine, "0000:02:00.0", PORT_CONVENTIONAL, bridge, NO_ACS);
		machine_input(&machine, bridge)->vendor_id = 0x1a03;
		machine_input(&machine, bridge)->device_id = 0x1150;
		machine.parameters.kernel = kernels[i];
		machine_partition(&machine);
		assert_true(machine_together(&machine, bridge, vga));
		assert_true(machine_certain(&machine, vga));
		assert_int_equal(machine_has_step(&machine, vga, RULE_BRIDGE_ALIAS, bridge),
				 kernels[i].major != 7);
	}
}

/* -- virtual functions and odd ones ----------------------------------------------------------- */

static void test_virtual_functions_are_single(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int port, physical, sibling, near, far;

	(void)state;
	port = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	physical = machine_add_multifunction(&machine, "0000:01:00.0", PORT_ENDPOINT, port, NO_ACS);
	sibling = machine_add_multifunction(&machine, "0000:01:00.1", PORT_ENDPOINT, port, NO_ACS);
	near = machine_add(&machine, "0000:01:00.2", PORT_ENDPOINT, port, NO_ACS);
	far = machine_add(&machine, "0000:02:00.0", PORT_ENDPOINT, port, NO_ACS);
	machine_input(&machine, near)->is_virtual_function = true;
	machine_input(&machine, near)->physical_function = physical;
	machine_input(&machine, far)->is_virtual_function = true;
	machine_input(&machine, far)->physical_function = physical;
	machine_partition(&machine);
	assert_true(machine_together(&machine, physical, sibling));
	assert_false(machine_together(&machine, physical, near));
	assert_false(machine_together(&machine, near, far));
	assert_false(machine_together(&machine, physical, far));
	/* Drivers make them after all else. */
	assert_int_equal(machine_group(&machine, near), 2);
	assert_int_equal(machine_group(&machine, far), 3);
}

static void test_untranslated_gets_none(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int iommu, other;

	(void)state;
	iommu = machine_add_multifunction(&machine, "0000:00:00.2", PORT_CONVENTIONAL, GROUP_NONE,
					  NO_ACS);
	other = machine_add_multifunction(&machine, "0000:00:00.0", PORT_CONVENTIONAL, GROUP_NONE,
					  NO_ACS);
	machine_input(&machine, iommu)->untranslated = true;
	machine_partition(&machine);
	assert_int_equal(machine_group(&machine, iommu), -1);
	assert_int_equal(machine_group(&machine, other), 0);
	assert_true(machine_has_step(&machine, iommu, RULE_NOT_TRANSLATED, GROUP_NONE));
}

/* Behind a link there is device 0 only: 01:01.0 is function 8 of it (ARI) and multifunction. */
static void test_ari_functions(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int port, extended;

	(void)state;
	port = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	machine_add_multifunction(&machine, "0000:01:00.0", PORT_ENDPOINT, port, ACS_FULL);
	extended = machine_add(&machine, "0000:01:01.0", PORT_ENDPOINT, port, NO_ACS);
	machine_partition(&machine);
	assert_true(machine.partition.items[extended].multifunction);
	assert_int_equal(machine.partition.items[extended].acs.enabled, NO);
}

/* -- what is not known ------------------------------------------------------------------------ */

static void test_unreadable_port(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int blind, below, port, clear;

	(void)state;
	blind = machine_add(&machine, "0000:00:01.0", PORT_UNKNOWN, GROUP_NONE, ACS_NOT_READABLE);
	below = machine_add(&machine, "0000:01:00.0", PORT_UNKNOWN, blind, ACS_NOT_READABLE);
	port = machine_add(&machine, "0000:00:02.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	clear = machine_add(&machine, "0000:02:00.0", PORT_ENDPOINT, port, NO_ACS);
	machine_partition(&machine);
	assert_false(machine_certain(&machine, blind));
	assert_false(machine_certain(&machine, below));
	assert_int_equal(machine.partition.items[below].unknown, below);
	assert_int_equal(machine.partition.items[blind].path_isolated, UNKNOWN);
	assert_true(machine_certain(&machine, port));
	assert_true(machine_certain(&machine, clear));
	assert_int_equal(machine.partition.items[clear].unknown, GROUP_NONE);
}

/* What is unknown but cannot change anything leaves the prediction certain. */
static void test_unknown_that_does_not_matter(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int port, device;

	(void)state;
	port = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, NO_ACS);
	device = machine_add(&machine, "0000:01:00.0", PORT_ENDPOINT, port, NO_ACS);
	machine_add_multifunction(&machine, "0000:01:00.1", PORT_ENDPOINT, port, ACS_NOT_READABLE);
	machine_partition(&machine);
	assert_true(machine_certain(&machine, device));
	assert_true(machine_together(&machine, port, device));
}

static void test_missing_bridge(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int port, below, known;

	(void)state;
	port = machine_add(&machine, "0000:05:00.0", PORT_DOWNSTREAM, GROUP_PARENT_UNKNOWN,
			   ACS_FULL);
	below = machine_add(&machine, "0000:06:00.0", PORT_ENDPOINT, port, NO_ACS);
	known = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	machine_partition(&machine);
	assert_false(machine_certain(&machine, port));
	assert_false(machine_certain(&machine, below));
	assert_int_equal(machine.partition.items[port].path_isolated, UNKNOWN);
	assert_true(machine_certain(&machine, known));
}

/* -- hostile ---------------------------------------------------------------------------------- */

static void test_loops_are_cut(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int first, second, self, lost;

	(void)state;
	first = machine_add(&machine, "0000:01:00.0", PORT_ROOT_PORT, 1, NO_ACS);
	second = machine_add(&machine, "0000:02:00.0", PORT_CONVENTIONAL, first, NO_ACS);
	self = machine_add(&machine, "0000:03:00.0", PORT_ROOT_PORT, 2, ACS_FULL);
	lost = machine_add(&machine, "0000:04:00.0", PORT_ROOT_PORT, 4711, ACS_FULL);
	machine_input(&machine, lost)->dma_function = 99;
	machine_partition(&machine);
	assert_false(machine_certain(&machine, first));
	assert_false(machine_certain(&machine, second));
	assert_false(machine_certain(&machine, self));
	assert_false(machine_certain(&machine, lost));
	for (int i = 0; i < 4; i++)
		assert_true(machine_group(&machine, i) >= 0);
}

static void test_address_twice_and_nothing_at_all(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();

	(void)state;
	machine_partition(&machine);
	assert_int_equal(machine.partition.group_count, 0);
	machine_add_multifunction(&machine, "0000:01:00.0", PORT_ENDPOINT, GROUP_NONE, NO_ACS);
	machine_add_multifunction(&machine, "0000:01:00.0", PORT_ENDPOINT, GROUP_NONE, NO_ACS);
	machine_partition(&machine);
	assert_int_equal(machine.partition.count, 2);
	assert_true(machine_group(&machine, 1) >= 0);
}

/* -- members, words, moves -------------------------------------------------------------------- */

static bool has_reason(struct machine *machine, int index, const char *text)
{
	struct strings reasons;

	group_reasons(machine->arena, &machine->inputs, &machine->partition, (size_t)index,
		      &reasons);
	return strings_contain(&reasons, text);
}

static void test_members_and_reasons(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	const struct group_partition *partition = &machine.partition;
	int port, first, second, alone, blind;

	(void)state;
	port = machine_add(&machine, "0000:00:1c.0", PORT_ROOT_PORT, GROUP_NONE, NO_ACS);
	second = machine_add_multifunction(&machine, "0000:02:00.1", PORT_ENDPOINT, port, NO_ACS);
	first = machine_add_multifunction(&machine, "0000:02:00.0", PORT_ENDPOINT, port, NO_ACS);
	alone = machine_add(&machine, "0000:00:02.0", PORT_ROOT_COMPLEX_ENDPOINT, GROUP_NONE,
			    NO_ACS);
	blind = machine_add(&machine, "0000:00:1d.0", PORT_ROOT_PORT, GROUP_NONE, ACS_NOT_READABLE);
	machine_add(&machine, "0000:03:00.0", PORT_ENDPOINT, blind, NO_ACS);
	machine_partition(&machine);
	assert_int_equal(partition->group_first[1], 1);
	assert_int_equal(partition->members[0], alone);
	assert_int_equal(partition->group_first[2], 4);
	assert_int_equal(partition->members[1], port);
	assert_int_equal(partition->members[2], first);
	assert_int_equal(partition->members[3], second);
	assert_true(has_reason(&machine, first,
			       "0000:00:1c.0 has no ACS capability, so all below it is one group"));
	assert_true(has_reason(&machine, alone, "0000:00:02.0 is alone in its slot on a root bus"));
	assert_true(has_reason(&machine, 5,
			       "not certain: 0000:00:1d.0: its ACS capability is not known"));
	assert_string_equal(group_rule_kernel_function(RULE_MULTIFUNCTION),
			    "get_pci_function_alias_group");
	for (int rule = 0; rule < RULE_COUNT; rule++)
		assert_non_null(group_rule_name((enum group_rule)rule));
}

static void test_reason_of_a_slot(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int port;

	(void)state;
	port = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	machine_add_multifunction(&machine, "0000:01:00.0", PORT_ENDPOINT, port, NO_ACS);
	machine_add_multifunction(&machine, "0000:01:00.1", PORT_ENDPOINT, port, NO_ACS);
	machine_partition(&machine);
	assert_true(has_reason(&machine, 1,
			       "functions 0, 1 of 0000:01:00 have no ACS in force between them"));
	assert_true(has_reason(&machine, 2,
			       "functions 0, 1 of 0000:01:00 have no ACS in force between them"));
}

static void test_move_below_another_port(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int blocked, clean, card, virtual, other;

	(void)state;
	blocked = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, NO_ACS);
	clean = machine_add(&machine, "0000:00:02.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	card = machine_add(&machine, "0000:01:00.0", PORT_ENDPOINT, blocked, NO_ACS);
	virtual = machine_add(&machine, "0000:01:00.1", PORT_ENDPOINT, blocked, NO_ACS);
	other = machine_add(&machine, "0000:01:01.0", PORT_ENDPOINT, blocked, NO_ACS);
	machine_input(&machine, virtual)->is_virtual_function = true;
	machine_input(&machine, virtual)->physical_function = card;
	assert_int_equal(group_inputs_move(&machine.inputs, 0, 1, 0, (size_t)clean), -EINVAL);
	machine_input(&machine, blocked)->secondary_bus = 1;
	machine_input(&machine, clean)->secondary_bus = 2;
	assert_int_equal(group_inputs_move(&machine.inputs, 0, 7, 0, (size_t)clean), -ENODEV);
	assert_int_equal(group_inputs_move(&machine.inputs, 0, 0, 2, (size_t)clean), -EINVAL);
	assert_int_equal(group_inputs_move(&machine.inputs, 0, 1, 0, 99), -EINVAL);
	machine_partition(&machine);
	assert_true(machine_together(&machine, card, other));
	assert_int_equal(group_inputs_move(&machine.inputs, 0, 1, 0, (size_t)clean), 0);
	assert_int_equal(machine_input(&machine, card)->bus, 2);
	assert_int_equal(machine_input(&machine, virtual)->bus, 2);
	assert_int_equal(machine_input(&machine, other)->bus, 1);
	machine_partition(&machine);
	assert_false(machine_together(&machine, card, other));
	assert_false(machine_together(&machine, card, virtual));
	assert_int_equal(group_inputs_move(&machine.inputs, 0, 1, 1, (size_t)clean), -EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_isolating_port_separates),
		cmocka_unit_test(test_functions_with_acs_are_apart),
		cmocka_unit_test(test_port_without_acs_takes_all_below),
		cmocka_unit_test(test_switch_without_acs),
		cmocka_unit_test(test_root_ports_of_one_slot_merge),
		cmocka_unit_test(test_bridge_to_conventional_bus),
		cmocka_unit_test(test_pci_to_pcie_bridge),
		cmocka_unit_test(test_bridge_without_alias),
		cmocka_unit_test(test_virtual_functions_are_single),
		cmocka_unit_test(test_untranslated_gets_none),
		cmocka_unit_test(test_ari_functions),
		cmocka_unit_test(test_unreadable_port),
		cmocka_unit_test(test_unknown_that_does_not_matter),
		cmocka_unit_test(test_missing_bridge),
		cmocka_unit_test(test_loops_are_cut),
		cmocka_unit_test(test_address_twice_and_nothing_at_all),
		cmocka_unit_test(test_members_and_reasons),
		cmocka_unit_test(test_reason_of_a_slot),
		cmocka_unit_test(test_move_below_another_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
