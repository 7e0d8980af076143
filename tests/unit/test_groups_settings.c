/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pcie_acs_override=, pci=config_acs= and pci=disable_acs_redir= change. */
#include "groups_made.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* One function on a root bus, and its verdict. */
struct subject {
	struct machine machine;
	struct group_input *input;
};

static struct subject subject_new(enum port_type type, int acs)
{
	struct subject subject = {machine_new(), NULL};

	machine_add_multifunction(&subject.machine, "0000:00:1c.0", type, GROUP_NONE, acs);
	subject.input = machine_input(&subject.machine, 0);
	return subject;
}

static void subject_free(struct subject *subject)
{
	machine_free(&subject->machine);
}
#define _cleanup_subject_ _cleanup_(subject_free)

static void subject_set_ids(struct subject *subject, int vendor, int device)
{
	subject->input->vendor_id = vendor;
	subject->input->device_id = device;
}

static struct acs_verdict judge(const struct subject *subject)
{
	return acs_judge(&subject->machine.inputs, 0, true, true, &subject->machine.parameters);
}

static struct acs_verdict judge_single(const struct subject *subject)
{
	return acs_judge(&subject->machine.inputs, 0, false, true, &subject->machine.parameters);
}

static void test_override(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_ROOT_PORT, NO_ACS);
	struct acs_override *override = &subject.machine.parameters.override;

	(void)state;
	assert_int_equal(acs_override_parse("downstream", override), 0);
	assert_int_equal(judge(&subject).reason, ACS_BY_OVERRIDE);
	override->active = UNKNOWN;
	assert_int_equal(judge(&subject).enabled, UNKNOWN);
	override->active = NO;
	assert_int_equal(judge(&subject).enabled, NO);
	override->active = YES;
	subject.input->port_type = PORT_ENDPOINT;
	assert_int_equal(judge(&subject).enabled, NO);
	assert_int_equal(acs_override_parse("multifunction", override), 0);
	assert_int_equal(judge(&subject).enabled, YES);
	assert_int_equal(judge_single(&subject).reason, ACS_SINGLE_FUNCTION);
	assert_int_equal(acs_override_parse("id:1b36:000c,downstream", override), 0);
	assert_int_equal(judge(&subject).enabled, YES);
	/* Never for what has a capability, nor for conventional PCI. */
	subject.input->acs = YES;
	assert_int_equal(judge(&subject).enabled, YES);
	subject.input->acs_capability = ACS_FULL;
	assert_int_equal(judge(&subject).enabled, NO);
	subject.input->acs = NO;
	subject.input->port_type = PORT_CONVENTIONAL;
	assert_int_equal(judge(&subject).enabled, NO);
}

static void test_override_words(void **state)
{
	struct acs_override override;

	(void)state;
	assert_int_equal(
		acs_override_parse("downstream,multifunction,id:8086:1234,id:1:2", &override), 0);
	assert_true(override.downstream && override.multifunction);
	assert_int_equal(override.id_count, 2);
	assert_int_equal(override.ids[0].vendor, 0x8086);
	assert_int_equal(override.ids[1].device, 2);
	assert_int_equal(acs_override_parse("", &override), -EINVAL);
	assert_int_equal(acs_override_parse("on,multifunction", &override), -EINVAL);
	assert_true(override.multifunction);
	assert_int_equal(acs_override_parse("id:8086", &override), -EINVAL);
	assert_int_equal(acs_override_parse("id:18086:1", &override), -EINVAL);
}

static void test_configuration_words(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct acs_settings settings;
	const struct acs_setting *items;

	(void)state;
	assert_int_equal(
		acs_configuration_parse(
			arena, "1x0@0000:02:1f.7/0.0/01.1;111x111@pci:8086:a294:1043:1", &settings),
		0);
	assert_int_equal(settings.count, 2);
	items = settings.items;
	assert_int_equal(items[0].mask, 0x5);
	assert_int_equal(items[0].flags, 0x4);
	assert_int_equal(items[0].match.depth, 3);
	assert_int_equal(items[0].match.bus, 2);
	assert_int_equal(items[0].match.path[0].slot, 0x1f);
	assert_int_equal(items[0].match.path[0].function, 7);
	assert_int_equal(items[0].match.path[2].slot, 1);
	assert_int_equal(items[1].mask, 0x77);
	assert_true(items[1].match.by_id);
	assert_int_equal(items[1].match.subsystem_vendor, 0x1043);
	assert_int_equal(acs_redirection_parse(arena, "10000:e0:06.0;00:1c.4", &settings), 0);
	assert_int_equal(settings.count, 2);
	assert_int_equal(settings.items[0].match.domain, 0x10000);
	assert_int_equal(settings.items[1].match.domain, 0);
	assert_int_equal(settings.items[1].match.path[0].function, 4);
	assert_int_equal(settings.items[1].mask, ACS_RR | ACS_CR | ACS_EC);
}

static void test_configuration_nonsense(void **state)
{
	static const struct {
		const char *value;
		size_t kept;
	} cases[] = {
		{"11111", 0},
		{"12@00:1c.0", 0},
		{"11111111@00:1c.0", 0},
		{"1@00:1c", 0},
		{"1@00:20.0", 0},
		{"1@00:1c.8", 0},
		{"1@pci:8086", 0},
		{"1@pci:18086:1", 0},
		{"1@00:1c.0;00:1c.1", 1},
		{"1@00:1c.0 x", 1},
		{"1@100:1c.0", 0},
		{"1@", 0},
		{"1@00:1c.0/", 0},
		{"1@g0:1c.0", 0},
		{"1@123456789:00:1c.0", 0},
		{"1@00:1c.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0", 0},
	};
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct acs_settings settings;

		assert_int_equal(acs_configuration_parse(arena, cases[i].value, &settings),
				 -EINVAL);
		assert_int_equal(settings.count, cases[i].kept);
	}
}

static void configure(struct subject *subject, const char *value)
{
	assert_int_equal(acs_configuration_parse(subject->machine.arena, value,
						 &subject->machine.parameters.configurations),
			 0);
}

static void test_configuration_applies(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_ROOT_PORT, ACS_FULL);

	(void)state;
	subject.input->acs_control = 0;
	subject.machine.parameters.iommu_requested = NO;
	configure(&subject, "11111@00:1c.0");
	assert_int_equal(judge(&subject).enabled, YES);
	configure(&subject, "11111@00:1c.1");
	assert_int_equal(judge(&subject).enabled, NO);
	configure(&subject, "11111@pci:1b36:0");
	assert_int_equal(judge(&subject).enabled, YES);
	subject.machine.parameters.acs_control = ACS_AS_PROGRAMMED;
	configure(&subject, "xx0xx@00:1c.0");
	assert_int_equal(judge(&subject).missing, ACS_REQUIRED);
}

/* Bits that are left alone go back to firmware's; a register with the IOMMU on hides those. */
static void test_configuration_doubt(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_ROOT_PORT, ACS_FULL);

	(void)state;
	configure(&subject, "1xxxx@00:1c.0");
	assert_int_equal(judge(&subject).enabled, UNKNOWN);
	configure(&subject, "0xxxx@00:1c.0");
	assert_int_equal(judge(&subject).enabled, NO);
	configure(&subject, "111x1@00:1c.0");
	assert_int_equal(judge(&subject).enabled, YES);
	subject.machine.parameters.iommu_requested = NO;
	configure(&subject, "1xxxx@00:1c.0");
	assert_int_equal(judge(&subject).enabled, YES);
}

static void test_redirection_applies(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_ROOT_PORT, ACS_FULL);

	(void)state;
	subject.machine.parameters.acs_control = ACS_AS_PROGRAMMED;
	assert_int_equal(acs_redirection_parse(subject.machine.arena, "00:1c.0",
					       &subject.machine.parameters.redirections),
			 0);
	assert_int_equal(judge(&subject).missing, ACS_RR | ACS_CR);
	subject_set_ids(&subject, 0x8086, 0x9d10);
	subject.input->acs_wide_known = true;
	subject.input->acs_wide_capability = 0x0f;
	assert_string_equal(judge(&subject).quirk->kernel_function, "pci_quirk_intel_spt_pch_acs");
	assert_int_equal(judge(&subject).enabled, NO);
}

static void test_path_matches_from_the_top(void **state)
{
	_cleanup_machine_ struct machine machine = machine_new();
	int port, upstream, left, right;

	(void)state;
	port = machine_add(&machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	upstream = machine_add(&machine, "0000:01:00.0", PORT_UPSTREAM, port, NO_ACS);
	left = machine_add(&machine, "0000:02:00.0", PORT_DOWNSTREAM, upstream, ACS_FULL);
	right = machine_add(&machine, "0000:02:01.0", PORT_DOWNSTREAM, upstream, ACS_FULL);
	assert_int_equal(acs_redirection_parse(machine.arena, "00:01.0/00.0/01.0",
					       &machine.parameters.redirections),
			 0);
	machine_partition(&machine);
	assert_int_equal(machine.partition.items[port].acs.enabled, YES);
	assert_int_equal(machine.partition.items[left].acs.enabled, YES);
	assert_int_equal(machine.partition.items[right].acs.enabled, NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_override),
		cmocka_unit_test(test_override_words),
		cmocka_unit_test(test_configuration_words),
		cmocka_unit_test(test_configuration_nonsense),
		cmocka_unit_test(test_configuration_applies),
		cmocka_unit_test(test_configuration_doubt),
		cmocka_unit_test(test_redirection_applies),
		cmocka_unit_test(test_path_matches_from_the_top),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
