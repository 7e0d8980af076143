/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks of checks/device.c that are about virtual functions. */
#include "checks_made.h"

#define BOOT "[    0.000000] Linux version 6.1.0\n"

/* An adapter with 64 VFs to offer, behind a port. */
static struct device *made_adapter(struct facts *facts)
{
	struct device *port = made_bridge(facts, "0000:40:01.0");
	struct device *adapter =
		made_function(facts, "0000:41:00.0", 0x8086, 0x1572, 0x020000, "i40e");

	adapter->parent = port;
	adapter->sriov_total = 64;
	adapter->sriov_active = 0;
	adapter->config.sriov = YES;
	adapter->config.sriov_vf_device_id = 0x154c;
	return adapter;
}

static struct device *made_virtual(struct facts *facts, struct device *adapter)
{
	struct device *made =
		made_function(facts, "0000:41:02.0", 0x8086, 0x154c, 0x020000, "vfio-pci");

	made->physfn = adapter;
	made->parent = adapter->parent;
	return made;
}

/* -- device.sriov-no-space --------------------------------------------------------------------------- */

static void virtual_functions_without_room(void **state)
{
	static const char *const logs[] = {
		BOOT "[    9.1] i40e 0000:41:00.0: not enough MMIO resources for SR-IOV\n",
		BOOT
		"[    9.1] i40e 0000:41:00.0: can't enable 64 VFs (bus 49 out of range of [bus "
		"41-48])\n",
		BOOT "[    9.1] i40e 0000:41:00.0: SR-IOV: IOV BARS not allocated\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		_cleanup_facts_ struct facts *facts = healthy_intel();
		struct device *adapter = made_adapter(facts);
		struct finding finding;

		set_log(facts, logs[i]);
		finding = fails(facts, adapter, "device.sriov-no-space", SEVERITY_BLOCKER,
				"of 0000:41:00.0 could not be placed");
		assert_quotes(&finding, "dmesg", "0000:41:00.0");
	}
}

/* The kernel could not place the VFs at boot, and nobody has asked for any: no obstacle for a
 * physical function that goes to the VM itself. */
static void room_that_nobody_has_asked_for(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *adapter = made_adapter(facts);

	(void)state;
	set_log(facts,
		BOOT "[    0.5] pci 0000:41:00.0: VF BAR 0 [mem size 0x00400000 64bit pref]: "
		     "failed to assign\n");
	fails(facts, adapter, "device.sriov-no-space", SEVERITY_WARNING, "could not be placed");
}

static void room_for_virtual_functions(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *adapter = made_adapter(facts);

	(void)state;
	assert_result(facts, adapter, "device.sriov-no-space", "pass");
	/* The log of another device. */
	set_log(facts, BOOT "[    9.1] i40e 0000:42:00.0: not enough MMIO resources for SR-IOV\n");
	assert_result(facts, adapter, "device.sriov-no-space", "pass");
	/* A VF that is there had its room. */
	assert_result(facts, made_virtual(facts, adapter), "device.sriov-no-space", "na");
	facts->log = (struct kernel_log){0};
	facts_add_unread(facts, "dmesg", -1);
	assert_unknown(facts, adapter, "device.sriov-no-space", "dmesg");
	adapter->sriov_active = 4;
	assert_result(facts, adapter, "device.sriov-no-space", "pass");
	adapter->sriov_total = adapter->sriov_active = -1;
	assert_result(facts, adapter, "device.sriov-no-space", "na");
}

/* -- device.sriov-off ------------------------------------------------------------------------------------ */

static void a_virtual_function_that_is_not_there(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	made_adapter(facts);
	finding = fails_named(
		facts, NULL, "0000:41:02.0", "device.sriov-off", SEVERITY_WARNING,
		"0000:41:02.0 would be a virtual function of 0000:41:00.0, which has none of "
		"its 64");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:41:00.0/sriov_numvfs", "0 of 64");
	assert_non_null(strstr(finding.remedies[0].command,
			       "echo 64 > /sys/bus/pci/devices/0000:41:00.0/sriov_numvfs"));
	/* By the id that the VFs would have. */
	fails_named(facts, NULL, "8086:154c", "device.sriov-off", SEVERITY_WARNING,
		    "8086:154c would be a virtual function of 0000:41:00.0");
}

/* Somebody asked for VFs, and got none. */
static void virtual_functions_that_were_refused(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	made_adapter(facts);
	set_log(facts,
		BOOT "[    9.1] i40e 0000:41:00.0: driver does not support SR-IOV configuration "
		     "via sysfs\n");
	finding = fails_named(facts, NULL, "0000:41:02.0", "device.sriov-off", SEVERITY_WARNING,
			      "of 0000:41:00.0, whose driver (i40e) makes none");
	assert_quotes(&finding, "dmesg", "does not support SR-IOV configuration");
	assert_int_equal(judge_named(facts, NULL, "device.sriov-no-space", "0000:41:02.0").result,
			 RESULT_NA);
	set_log(facts, BOOT "[    9.1] i40e 0000:41:00.0: not enough MMIO resources for SR-IOV\n");
	fails_named(facts, NULL, "0000:41:02.0", "device.sriov-no-space", SEVERITY_BLOCKER,
		    "of 0000:41:00.0 could not be placed");
	assert_int_equal(judge_named(facts, NULL, "device.sriov-off", "0000:41:02.0").result,
			 RESULT_NA);
	assert_int_equal(judge_named(facts, NULL, "device.sriov-no-space", "0000:42:02.0").result,
			 RESULT_NA);
}

static void an_adapter_that_hides_it(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *adapter = made_adapter(facts);
	struct finding finding;

	(void)state;
	adapter->sriov_total = adapter->sriov_active = -1;
	adapter->config.sriov = NO;
	adapter->config.extended = YES;
	finding = fails_named(facts, NULL, "0000:41:02.0", "device.sriov-off", SEVERITY_WARNING,
			      "0000:41:00.0 offers no SR-IOV");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:41:00.0/config", "no SR-IOV capability");
	/* One that offers it explains the name better. */
	made_function(facts, "0000:41:00.1", 0x8086, 0x1572, 0x020000, "i40e")->sriov_total = 32;
	facts->devices.items[2].sriov_active = 0;
	fails_named(facts, NULL, "0000:41:02.0", "device.sriov-off", SEVERITY_WARNING,
		    "of 0000:41:00.1, which has none of its 32");
}

static void names_that_are_no_virtual_function(void **state)
{
	static const char *const names[] = {"0000:42:02.0", "0001:41:02.0", "0000:41:02",
					    "10de:2330"};
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *adapter = made_adapter(facts);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(judge_named(facts, NULL, "device.sriov-off", names[i]).result,
				 RESULT_NA);
	assert_result(facts, adapter, "device.sriov-off", "na");
	assert_result(facts, made_virtual(facts, adapter), "device.sriov-off", "pass");
	/* It has VFs, and this is none of them. */
	adapter->sriov_active = 2;
	assert_int_equal(judge_named(facts, NULL, "device.sriov-off", "0000:41:07.0").result,
			 RESULT_NA);
}

/* -- device.vf-token -------------------------------------------------------------------------------------- */

static void a_token_between_two_owners(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *adapter = made_adapter(facts), *made = made_virtual(facts, adapter);
	struct finding finding;

	(void)state;
	assert_result(facts, adapter, "device.vf-token", "na");
	assert_result(facts, made, "device.vf-token", "pass");
	adapter->driver = "vfio-pci";
	adapter->vfio_driver = true;
	set_log(facts,
		BOOT "[    9.1] vfio-pci 0000:41:02.0: VF token required to access device\n");
	finding = fails(facts, made, "device.vf-token", SEVERITY_WARNING,
			"0000:41:02.0 needs a VF token: 0000:41:00.0 is on vfio-pci");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:41:00.0/driver", "-> vfio-pci");
	assert_quotes(&finding, "dmesg", "VF token required");
}

static void every_variant_is_said(void **state)
{
	static const char *const ids[] = {"device.sriov-no-space", "device.sriov-off",
					  "device.vf-token"};

	(void)state;
	assert_all_said(ids, ARRAY_SIZE(ids));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(virtual_functions_without_room),
		cmocka_unit_test(room_that_nobody_has_asked_for),
		cmocka_unit_test(room_for_virtual_functions),
		cmocka_unit_test(a_virtual_function_that_is_not_there),
		cmocka_unit_test(virtual_functions_that_were_refused),
		cmocka_unit_test(an_adapter_that_hides_it),
		cmocka_unit_test(names_that_are_no_virtual_function),
		cmocka_unit_test(a_token_between_two_owners),
		cmocka_unit_test(every_variant_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
