/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would split a group: only what the model shows to work. */
#include "study_made.h"

#include <time.h>

/* A GPU and a disk behind two ports of one slot without ACS. */
static struct device *shared(struct facts *facts, int acs, struct device **ret_port)
{
	struct device *first = study_port(facts, "0000:00:01.0", NULL, 1, acs), *second, *gpu;

	second = study_port(facts, "0000:00:01.1", NULL, 2, acs);
	first->config.multifunction = second->config.multifunction = true;
	*ret_port = study_port(facts, "0000:00:1c.0", NULL, 3, 0x1f1d);
	gpu = study_add(facts, "0000:01:00.0", PORT_ENDPOINT, first, STUDY_NO_ACS);
	study_add(facts, "0000:02:00.0", PORT_ENDPOINT, second, STUDY_NO_ACS);
	return gpu;
}

static void a_clean_group_needs_nothing(void **state)
{
	_cleanup_made_ struct facts *facts = study_facts(64);
	struct device *port = study_port(facts, "0000:00:01.0", NULL, 1, STUDY_NO_ACS), *gpu;

	(void)state;
	study_port(facts, "0000:00:1c.0", NULL, 2, 0x1f1d);
	gpu = study_add(facts, "0000:01:00.0", PORT_ENDPOINT, port, STUDY_NO_ACS);
	assert_int_equal(study_splits(facts, gpu).count, 0);
	assert_int_equal(study_splits(facts, port).count, 0);
}

static void an_empty_port_and_the_override(void **state)
{
	_cleanup_made_ struct facts *facts = study_facts(64);
	struct device *port, *gpu = shared(facts, STUDY_NO_ACS, &port);
	struct splits splits = study_splits(facts, gpu);
	struct split slot = study_split(&splits, SPLIT_SLOT);
	struct split override = study_split(&splits, SPLIT_OVERRIDE);

	(void)state;
	assert_int_equal(splits.count, 2);
	assert_ptr_equal(&facts->devices.items[slot.port], port);
	assert_true(slot.clean && slot.certain);
	assert_int_equal(slot.member_count, 1);
	assert_int_equal(slot.members[0], gpu - facts->devices.items);
	assert_string_equal(override.parameter, "pcie_acs_override=downstream");
	assert_true(override.clean);
}

/* A port without ACS, or one that shares with others, is not offered; nor one without a bus. */
static void ports_that_do_not_help(void **state)
{
	_cleanup_made_ struct facts *facts = study_facts(64);
	struct device *port, *gpu = shared(facts, STUDY_NO_ACS, &port);
	struct splits splits;

	(void)state;
	port->config.acs = NO;
	splits = study_splits(facts, gpu);
	/* Alone in its slot and empty: below it nobody else is. */
	assert_int_equal(study_count(&splits, SPLIT_SLOT), 1);
	assert_false(study_split(&splits, SPLIT_SLOT).isolates);
	port->function = 2;
	port->slot = 1;
	port->config.multifunction = true;
	splits = study_splits(facts, gpu);
	assert_int_equal(study_count(&splits, SPLIT_SLOT), 0);
	port->config.acs = YES;
	splits = study_splits(facts, gpu);
	assert_int_equal(study_count(&splits, SPLIT_SLOT), 1);
	port->config.secondary_bus = -1;
	splits = study_splits(facts, gpu);
	assert_int_equal(study_count(&splits, SPLIT_SLOT), 0);
	port->config.secondary_bus = 3;
	port->config.acs = UNKNOWN;
	splits = study_splits(facts, gpu);
	assert_int_equal(study_count(&splits, SPLIT_SLOT), 0);
}

/* Ports of a switch: only those with all of ACS. */
static void ports_of_a_switch(void **state)
{
	_cleanup_made_ struct facts *facts = study_facts(64);
	struct device *port, *gpu = shared(facts, STUDY_NO_ACS, &port), *up, *down;
	struct splits splits;

	(void)state;
	up = study_add(facts, "0000:03:00.0", PORT_UPSTREAM, port, STUDY_NO_ACS);
	up->config.secondary_bus = 4;
	down = study_port(facts, "0000:04:00.0", up, 5, 0x1f1d);
	splits = study_splits(facts, gpu);
	assert_int_equal(study_count(&splits, SPLIT_SLOT), 1);
	assert_true(study_split(&splits, SPLIT_SLOT).isolates);
	down->config.acs_capability = 0x13;
	splits = study_splits(facts, gpu);
	assert_int_equal(study_count(&splits, SPLIT_SLOT), 0);
	down->config.acs = NO;
	splits = study_splits(facts, gpu);
	assert_int_equal(study_count(&splits, SPLIT_SLOT), 0);
}

static void a_card_to_change_places_with(void **state)
{
	_cleanup_made_ struct facts *facts = study_facts(64);
	struct device *port, *gpu = shared(facts, STUDY_NO_ACS, &port), *net;
	struct splits splits;
	struct split exchange;

	(void)state;
	net = study_add(facts, "0000:03:00.0", PORT_ENDPOINT, port, STUDY_NO_ACS);
	splits = study_splits(facts, gpu);
	exchange = study_split(&splits, SPLIT_EXCHANGE);
	assert_int_equal(study_count(&splits, SPLIT_SLOT), 0);
	assert_int_equal(exchange.occupant, net - facts->devices.items);
	assert_int_equal(exchange.member_count, 1);
	/* Not into one lane. */
	port->link_width_max = 1;
	splits = study_splits(facts, gpu);
	assert_int_equal(study_count(&splits, SPLIT_EXCHANGE), 0);
}

/* The IOMMU is on, the ports have ACS, but nobody has switched it on. */
static void bits_that_are_off(void **state)
{
	_cleanup_made_ struct facts *facts = study_facts(64);
	struct device *port, *gpu = shared(facts, 0x1f00, &port);
	struct splits splits = study_splits(facts, gpu);
	struct split config = study_split(&splits, SPLIT_CONFIG_ACS);

	(void)state;
	assert_int_equal(study_count(&splits, SPLIT_FIRMWARE_BITS), 1);
	assert_string_equal(config.parameter,
			    "pci=config_acs=xx111x1@0000:00:01.0;xx111x1@0000:00:01.1");
	assert_true(config.clean);
	facts->machine.kernel = "6.1.0-50-amd64";
	splits = study_splits(facts, gpu);
	assert_int_equal(study_count(&splits, SPLIT_FIRMWARE_BITS), 1);
	assert_int_equal(study_count(&splits, SPLIT_CONFIG_ACS), 0);
	/* With the IOMMU off the kernel will switch them on by itself. */
	facts->iommu.active = NO;
	assert_int_equal(study_splits(facts, gpu).count, 0);
}

static void a_parameter_that_merges(void **state)
{
	_cleanup_made_ struct facts *facts = study_facts(64);
	struct device *port, *gpu = shared(facts, 0x1f11, &port);
	struct splits splits;

	(void)state;
	*ARRAY_ADD(facts->arena, &facts->cmdline) = (struct parameter){
		.text = "pci=disable_acs_redir=pci:1b36:000c",
		.name = "pci",
		.value = "disable_acs_redir=pci:1b36:000c",
	};
	splits = study_splits(facts, gpu);
	assert_int_equal(splits.items[0].kind, SPLIT_REMOVE_PARAMETER);
	assert_string_equal(splits.items[0].parameter, "pci=disable_acs_redir=…");
	assert_true(splits.items[0].clean);
}

static void firmware_may_hide_acs(void **state)
{
	_cleanup_made_ struct facts *facts = study_facts(64);
	struct device *port, *gpu = shared(facts, STUDY_NO_ACS, &port);
	struct splits splits = study_splits(facts, gpu);

	(void)state;
	assert_int_equal(study_count(&splits, SPLIT_FIRMWARE_HIDDEN), 0);
	facts->devices.items[0].vendor_id = facts->devices.items[1].vendor_id = 0x1022;
	splits = study_splits(facts, gpu);
	assert_true(study_split(&splits, SPLIT_FIRMWARE_HIDDEN).clean);
}

/* Two disks on a carrier with a switch without ACS below a port with it. */
static void a_switch_in_place_of_which_the_port_divides(void **state)
{
	_cleanup_made_ struct facts *facts = study_facts(64);
	struct device *root = study_port(facts, "0000:00:01.0", NULL, 1, 0x1f1d), *up, *down, *disk;
	struct splits splits;

	(void)state;
	up = study_add(facts, "0000:01:00.0", PORT_UPSTREAM, root, STUDY_NO_ACS);
	up->config.secondary_bus = 2;
	up->vendor_id = 0x10b5;
	down = study_port(facts, "0000:02:00.0", up, 3, STUDY_NO_ACS);
	down->config.multifunction = true;
	disk = study_add(facts, "0000:03:00.0", PORT_ENDPOINT, down, STUDY_NO_ACS);
	down = study_port(facts, "0000:02:00.1", up, 4, STUDY_NO_ACS);
	study_add(facts, "0000:04:00.0", PORT_ENDPOINT, down, STUDY_NO_ACS);
	splits = study_splits(facts, disk);
	assert_int_equal(study_split(&splits, SPLIT_BIFURCATION).port, 0);
	assert_int_equal(study_split(&splits, SPLIT_BIFURCATION).member_count, 1);
	/* The chipset's own switch is on no riser. */
	up->vendor_id = 0x1022;
	splits = study_splits(facts, disk);
	assert_int_equal(study_count(&splits, SPLIT_BIFURCATION), 0);
	/* A port without ACS stays one however it is divided. */
	up->vendor_id = 0x10b5;
	root->config.acs = NO;
	splits = study_splits(facts, disk);
	assert_int_equal(study_count(&splits, SPLIT_BIFURCATION), 0);
}

static void what_is_built_in_or_conventional_stays(void **state)
{
	_cleanup_made_ struct facts *facts = study_facts(64);
	struct device *root = study_port(facts, "0000:00:1c.0", NULL, 1, 0x1f1d), *bridge, *card;
	struct splits splits;

	(void)state;
	study_port(facts, "0000:00:1d.0", NULL, 5, 0x1f1d);
	bridge = study_add(facts, "0000:01:00.0", PORT_PCIE_TO_PCI, root, STUDY_NO_ACS);
	bridge->config.secondary_bus = 2;
	card = study_add(facts, "0000:02:00.0", PORT_CONVENTIONAL, bridge, STUDY_NO_ACS);
	card->is_bridge = false;
	study_add(facts, "0000:02:01.0", PORT_CONVENTIONAL, bridge, STUDY_NO_ACS)->is_bridge =
		false;
	splits = study_splits(facts, card);
	assert_int_equal(splits.count, 0);
}

/* The kernel has the device alone: what the model thinks shares with it is nothing to part. */
static void the_kernel_is_believed(void **state)
{
	_cleanup_made_ struct facts *facts = study_facts(64);
	struct device *port, *gpu = shared(facts, STUDY_NO_ACS, &port);
	struct group group = {.id = 7};

	(void)state;
	*ARRAY_ADD(facts->arena, &group.devices) = gpu;
	gpu->group = &group;
	assert_int_equal(study_splits(facts, gpu).count, 0);
}

static void who_has_the_override(void **state)
{
	_cleanup_made_ struct facts *facts = study_facts(64);

	(void)state;
	assert_int_equal(kernel_has_override(facts), UNKNOWN);
	facts->machine.kernel = "6.8.12-4-pve";
	assert_int_equal(kernel_has_override(facts), YES);
	*ARRAY_ADD(facts->arena, &facts->cmdline) =
		(struct parameter){.text = "pcie_acs_override=downstream",
				   .name = "pcie_acs_override",
				   .value = "downstream"};
	facts->log.complete = YES;
	assert_int_equal(kernel_has_override(facts), NO);
}

/* 2048 empty ports and 2048 endpoints in one group: trying has to end. */
static void a_big_machine_takes_no_time(void **state)
{
	_cleanup_made_ struct facts *facts = study_facts(4200);
	struct device *bad = study_port(facts, "0000:00:01.0", NULL, 1, STUDY_NO_ACS), *gpu;
	struct timespec begin, end;
	struct splits splits;
	double seconds;

	(void)state;
	for (unsigned i = 0; i < 2048; i++)
		study_port(facts,
			   arena_printf(facts->arena, "%04x:00:%02x.%x", 1 + i / 248, i % 248 / 8,
					i % 8),
			   NULL, 1 + (int)(i % 248), 0x1f1d);
	gpu = study_add(facts, "1000:01:00.0", PORT_ENDPOINT, bad, STUDY_NO_ACS);
	for (unsigned i = 1; i < 2048; i++)
		study_add(facts,
			  arena_printf(facts->arena, "%04x:01:%02x.%x", 0x1000 + i / 256,
				       i % 256 / 8, i % 8),
			  PORT_ENDPOINT, bad, STUDY_NO_ACS);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	splits = study_splits(facts, gpu);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	print_message("%zu functions: %.1f ms\n", facts->devices.count, seconds * 1e3);
	assert_int_equal(splits.items[0].kind, SPLIT_SLOT);
	assert_int_equal(splits.ports_untried, 2048 - 6);
	assert_true(seconds < 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clean_group_needs_nothing),
		cmocka_unit_test(an_empty_port_and_the_override),
		cmocka_unit_test(ports_that_do_not_help),
		cmocka_unit_test(ports_of_a_switch),
		cmocka_unit_test(a_card_to_change_places_with),
		cmocka_unit_test(bits_that_are_off),
		cmocka_unit_test(a_parameter_that_merges),
		cmocka_unit_test(firmware_may_hide_acs),
		cmocka_unit_test(a_switch_in_place_of_which_the_port_divides),
		cmocka_unit_test(what_is_built_in_or_conventional_stays),
		cmocka_unit_test(the_kernel_is_believed),
		cmocka_unit_test(who_has_the_override),
		cmocka_unit_test(a_big_machine_takes_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
