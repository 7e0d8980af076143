/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci_acs_enabled(): quirks, registers, and what the kernel programs. */
#include "groups_made.h"

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

/* -- types and registers ---------------------------------------------------------------------- */

static void test_types(void **state)
{
	static const struct {
		enum port_type type;
		int acs;
		enum truth multi, single;
		enum acs_reason multi_reason, single_reason;
	} cases[] = {
		{PORT_ROOT_PORT, NO_ACS, NO, NO, ACS_NO_CAPABILITY, ACS_NO_CAPABILITY},
		{PORT_ROOT_PORT, ACS_FULL, YES, YES, ACS_BITS_ON, ACS_BITS_ON},
		{PORT_DOWNSTREAM, NO_ACS, NO, NO, ACS_NO_CAPABILITY, ACS_NO_CAPABILITY},
		{PORT_UPSTREAM, NO_ACS, NO, YES, ACS_NO_CAPABILITY, ACS_SINGLE_FUNCTION},
		{PORT_ENDPOINT, NO_ACS, NO, YES, ACS_NO_CAPABILITY, ACS_SINGLE_FUNCTION},
		{PORT_LEGACY_ENDPOINT, ACS_FULL, YES, YES, ACS_BITS_ON, ACS_SINGLE_FUNCTION},
		{PORT_ROOT_COMPLEX_ENDPOINT, NO_ACS, NO, YES, ACS_NO_CAPABILITY,
		 ACS_SINGLE_FUNCTION},
		{PORT_EVENT_COLLECTOR, ACS_FULL, NO, NO, ACS_NOT_FOR_TYPE, ACS_NOT_FOR_TYPE},
		{PORT_PCIE_TO_PCI, ACS_FULL, NO, NO, ACS_NOT_FOR_TYPE, ACS_NOT_FOR_TYPE},
		{PORT_PCI_TO_PCIE, ACS_FULL, NO, NO, ACS_NOT_FOR_TYPE, ACS_NOT_FOR_TYPE},
		{PORT_CONVENTIONAL, NO_ACS, NO, NO, ACS_CONVENTIONAL, ACS_CONVENTIONAL},
		{(enum port_type)0x3, NO_ACS, YES, YES, ACS_TYPE_WITHOUT, ACS_TYPE_WITHOUT},
		{PORT_UNKNOWN, ACS_NOT_READABLE, UNKNOWN, UNKNOWN, ACS_UNREADABLE, ACS_UNREADABLE},
		{PORT_ROOT_PORT, ACS_NOT_READABLE, UNKNOWN, UNKNOWN, ACS_UNREADABLE,
		 ACS_UNREADABLE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_subject_ struct subject subject = subject_new(cases[i].type, cases[i].acs);

		assert_int_equal(judge(&subject).enabled, cases[i].multi);
		assert_int_equal(judge(&subject).reason, cases[i].multi_reason);
		assert_int_equal(judge_single(&subject).enabled, cases[i].single);
		assert_int_equal(judge_single(&subject).reason, cases[i].single_reason);
	}
}

static void test_bits(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_ROOT_PORT, ACS_FULL);
	struct acs_verdict verdict;

	(void)state;
	subject.input->acs_control = ACS_SV | ACS_UF;
	verdict = judge(&subject);
	assert_int_equal(verdict.enabled, NO);
	assert_int_equal(verdict.reason, ACS_BITS_OFF);
	assert_int_equal(verdict.missing, ACS_RR | ACS_CR);
	assert_string_equal(acs_verdict_text(subject.machine.arena, &verdict),
			    "has ACS RR CR switched off");
	/* What the hardware cannot switch counts as on. */
	subject.input->acs_capability = ACS_SV | ACS_UF | ACS_EC;
	verdict = judge(&subject);
	assert_int_equal(verdict.enabled, YES);
	assert_int_equal(verdict.hardwired, ACS_RR | ACS_CR);
	subject.input->acs_capability = 0;
	subject.input->acs_control = 0;
	verdict = judge(&subject);
	assert_int_equal(verdict.enabled, YES);
	assert_int_equal(verdict.hardwired, ACS_REQUIRED);
	assert_string_equal(acs_verdict_text(subject.machine.arena, &verdict),
			    "has an empty ACS capability, which counts as isolated");
}

static void test_programmed(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_ROOT_PORT, ACS_FULL);

	(void)state;
	subject.input->acs_control = 0;
	assert_int_equal(judge(&subject).enabled, NO);
	subject.machine.parameters.acs_control = ACS_AS_PROGRAMMED;
	assert_int_equal(judge(&subject).enabled, YES);
	assert_int_equal(judge(&subject).control, ACS_REQUIRED);
}

static void test_source_validation_broken(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_DOWNSTREAM, ACS_FULL);

	(void)state;
	subject_set_ids(&subject, 0x111d, 0x80b5);
	subject.input->acs_control = ACS_RR | ACS_CR | ACS_UF;
	assert_int_equal(judge(&subject).enabled, NO);
	subject.machine.parameters.kernel = (struct kernel_version){7, 3};
	assert_int_equal(judge(&subject).enabled, YES);
	subject.machine.parameters.kernel = (struct kernel_version){6, 18};
	assert_int_equal(judge(&subject).enabled, UNKNOWN);
	subject.machine.parameters.kernel = (struct kernel_version){6, 1};
	subject.machine.parameters.acs_control = ACS_AS_PROGRAMMED;
	assert_int_equal(judge(&subject).enabled, YES);
}

/* -- quirks ----------------------------------------------------------------------------------- */

static void assert_quirk(const struct subject *subject, enum truth enabled, const char *function)
{
	struct acs_verdict verdict = judge(subject);

	assert_int_equal(verdict.enabled, enabled);
	assert_non_null(verdict.quirk);
	assert_string_equal(verdict.quirk->kernel_function, function);
}

static void test_quirk_by_id(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_ENDPOINT, NO_ACS);

	(void)state;
	subject_set_ids(&subject, 0x8086, 0x10fb);
	assert_quirk(&subject, YES, "pci_quirk_mf_endpoint_acs");
	subject_set_ids(&subject, 0x8086, 0x1572);
	assert_int_equal(judge(&subject).enabled, NO);
	subject_set_ids(&subject, 0x1957, 0x8d9b);
	assert_quirk(&subject, YES, "pci_quirk_nxp_rp_acs");
}

static void test_quirk_integrated_endpoints(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_ROOT_COMPLEX_ENDPOINT, NO_ACS);

	(void)state;
	subject_set_ids(&subject, 0x8086, 0xa0f0);
	assert_quirk(&subject, YES, "pci_quirk_rciep_acs");
	subject_set_ids(&subject, 0x1022, 0x1639);
	assert_int_equal(judge(&subject).enabled, NO);
}

static void test_quirk_intel_pch(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_ROOT_PORT, NO_ACS);

	(void)state;
	subject_set_ids(&subject, 0x8086, 0x8c10);
	assert_quirk(&subject, YES, "pci_quirk_intel_pch_acs");
	subject.machine.parameters.iommu_requested = NO;
	assert_quirk(&subject, NO, "pci_quirk_intel_pch_acs");
	subject.machine.parameters.acs_control = ACS_AS_PROGRAMMED;
	assert_quirk(&subject, YES, "pci_quirk_intel_pch_acs");
	subject.machine.parameters.acs_control = ACS_AS_READ;
	subject.machine.parameters.iommu_requested = UNKNOWN;
	assert_quirk(&subject, UNKNOWN, "pci_quirk_intel_pch_acs");
	subject.input->port_type = PORT_ENDPOINT;
	assert_int_equal(judge(&subject).reason, ACS_NO_CAPABILITY);
}

/* 0d0001000f0000000d000000: a capability of 0f and control 0d, as dwords. */
static void test_quirk_intel_spt(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_ROOT_PORT, 0x0f);

	(void)state;
	subject_set_ids(&subject, 0x8086, 0xa294);
	subject.input->acs_control = 0;
	subject.input->acs_wide_known = true;
	subject.input->acs_wide_capability = 0x0f;
	subject.input->acs_wide_control = 0x0d;
	assert_quirk(&subject, YES, "pci_quirk_intel_spt_pch_acs");
	subject.input->acs_wide_control = 0x05;
	assert_quirk(&subject, NO, "pci_quirk_intel_spt_pch_acs");
	assert_int_equal(judge(&subject).missing, ACS_CR);
	subject.machine.parameters.acs_control = ACS_AS_PROGRAMMED;
	assert_quirk(&subject, YES, "pci_quirk_intel_spt_pch_acs");
	subject.machine.parameters.acs_control = ACS_AS_READ;
	/* A text of lspci shows the words only; the kernel has set the port up all the same. */
	subject.input->acs_wide_known = false;
	assert_quirk(&subject, YES, "pci_quirk_intel_spt_pch_acs");
	subject.machine.parameters.iommu_requested = NO;
	assert_quirk(&subject, UNKNOWN, "pci_quirk_intel_spt_pch_acs");
	subject_set_ids(&subject, 0x8086, 0xa2a0);
	assert_int_equal(judge(&subject).reason, ACS_BITS_OFF);
}

/* Vendors whose unlisted devices count as not isolated whatever their registers say. */
static void test_quirk_catch_alls(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_ROOT_PORT, ACS_FULL);

	(void)state;
	subject_set_ids(&subject, 0x1d17, 0x0723);
	assert_quirk(&subject, YES, "pci_quirk_zhaoxin_pcie_ports_acs");
	subject_set_ids(&subject, 0x1d17, 0x0722);
	assert_quirk(&subject, NO, "pci_quirk_zhaoxin_pcie_ports_acs");
	subject.input->port_type = PORT_ENDPOINT;
	assert_int_equal(judge(&subject).reason, ACS_BITS_ON);
	subject_set_ids(&subject, 0x8088, 0x010f);
	assert_quirk(&subject, YES, "pci_quirk_wangxun_nic_acs");
	subject_set_ids(&subject, 0x8088, 0x0110);
	assert_quirk(&subject, NO, "pci_quirk_wangxun_nic_acs");
}

static void test_quirk_port_rules(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_ROOT_PORT, NO_ACS);

	(void)state;
	subject_set_ids(&subject, 0x177d, 0xa7ff);
	assert_quirk(&subject, YES, "pci_quirk_cavium_acs");
	subject_set_ids(&subject, 0x177d, 0xa800);
	assert_int_equal(judge(&subject).reason, ACS_NO_CAPABILITY);
	subject_set_ids(&subject, 0x1c36, 0x0031);
	assert_quirk(&subject, YES, "pci_quirk_al_acs");
	subject.input->port_type = PORT_DOWNSTREAM;
	assert_int_equal(judge(&subject).reason, ACS_NO_CAPABILITY);
}

static void test_quirk_amd_southbridge(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_CONVENTIONAL, NO_ACS);
	const struct group_parameters *parameters = &subject.machine.parameters;

	(void)state;
	subject_set_ids(&subject, 0x1022, 0x780f);
	assert_int_equal(judge(&subject).reason, ACS_CONVENTIONAL);
	subject.machine.parameters.ivrs_present = YES;
	assert_quirk(&subject, YES, "pci_quirk_amd_sb_acs");
	assert_int_equal(judge_single(&subject).enabled, NO);
	assert_int_equal(acs_judge(&subject.machine.inputs, 0, true, false, parameters).enabled,
			 NO);
	subject.machine.parameters.ivrs_present = UNKNOWN;
	assert_quirk(&subject, UNKNOWN, "pci_quirk_amd_sb_acs");
}

/* -- ids that are not known ------------------------------------------------------------------- */

static void test_without_ids(void **state)
{
	_cleanup_subject_ struct subject subject = subject_new(PORT_ROOT_PORT, ACS_FULL);

	(void)state;
	subject_set_ids(&subject, -1, -1);
	assert_int_equal(judge(&subject).enabled, UNKNOWN);
	subject_set_ids(&subject, 0x8086, -1);
	assert_int_equal(judge(&subject).enabled, YES);
	subject.input->acs_control = 0;
	assert_int_equal(judge(&subject).enabled, UNKNOWN);
	subject_set_ids(&subject, 0x10de, -1);
	assert_int_equal(judge(&subject).enabled, NO);
	subject_set_ids(&subject, 0x1d17, -1);
	assert_int_equal(judge(&subject).enabled, UNKNOWN);
	subject.input->port_type = PORT_ROOT_COMPLEX_ENDPOINT;
	subject_set_ids(&subject, 0x8086, -1);
	assert_quirk(&subject, YES, "pci_quirk_rciep_acs");
	subject.input->port_type = PORT_ENDPOINT;
	assert_int_equal(judge(&subject).enabled, UNKNOWN);
	assert_int_equal(judge_single(&subject).enabled, YES);
	subject_set_ids(&subject, 0x8088, -1);
	assert_int_equal(judge_single(&subject).enabled, UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_programmed),
		cmocka_unit_test(test_source_validation_broken),
		cmocka_unit_test(test_quirk_by_id),
		cmocka_unit_test(test_quirk_integrated_endpoints),
		cmocka_unit_test(test_quirk_intel_pch),
		cmocka_unit_test(test_quirk_intel_spt),
		cmocka_unit_test(test_quirk_catch_alls),
		cmocka_unit_test(test_quirk_port_rules),
		cmocka_unit_test(test_quirk_amd_southbridge),
		cmocka_unit_test(test_without_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
