/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lspci_made.h"

/* -- the log ------------------------------------------------------------------------------------- */

#define LOG_HEAD                                                                                   \
	"[    0.000000] Linux version 6.12.0-1-amd64 (x)\n"                                        \
	"[    0.000000] Command line: root=/dev/sda1 iommu=pt\n"                                   \
	"[    0.000000] DMI: HP ProLiant Example, BIOS P70 01/22/2018\n"                           \
	"[    0.008799] ACPI: FACP 0x000000006FFF9000 000114 (v06 EXAMPL)\n"
#define LOG_DMAR "[    0.008800] ACPI: DMAR 0x000000006FFFA000 000114 (v06 EXAMPL)\n"
#define LOG_CPU                                                                                    \
	"[    0.1] smpboot: CPU0: Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz (family: 0x6, model: "  \
	"1)\n"
#define LOG_FUNCTIONS                                                                              \
	"[    0.3] pci 0000:00:00.0: [8086:3e30] type 00 class 0x060000\n"                         \
	"[    0.3] pci 0000:00:01.0: [1b36:000c] type 01 class 0x060400 PCIe Root Port\n"          \
	"[    0.3] pci 0000:01:00.0: [10de:2484] type 00 class 0x030000 PCIe Legacy Endpoint\n"    \
	"[    0.3] pci 0000:01:00.1: [10de:228b] type 00 class 0x040300 PCIe Endpoint\n"           \
	"[    0.3] pci 0000:00:01.0: PCI bridge to [bus 01]\n"
#define LOG_INIT "[    1.0] Run /init as init process\n"

static void test_log_only(void **state)
{
	_cleanup_facts_ struct facts *facts =
		facts_of(NULL, LOG_HEAD LOG_DMAR LOG_CPU LOG_FUNCTIONS
			 "[    0.4] pci 0000:00:00.0: Adding to iommu group 0\n"
			 "[    0.4] pci 0000:01:00.0: Adding to iommu group 1\n"
			 "[    0.4] pci 0000:01:00.1: Adding to iommu group 1\n" LOG_INIT);
	const struct device *gpu = device_of(facts, "0000:01:00.0");

	(void)state;
	assert_int_equal(facts->devices.count, 4);
	assert_false(facts->devices_partial);
	assert_string_equal(facts->machine.kernel, "6.12.0-1-amd64");
	assert_string_equal(facts->machine.dmi_product, "HP ProLiant Example");
	assert_string_equal(facts->machine.cpu_model, "Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz");
	assert_int_equal(facts->machine.cpu_vendor, CPU_INTEL);
	assert_string_equal(facts->cmdline_text, "root=/dev/sda1 iommu=pt");
	assert_int_equal(facts->iommu.table_present[TABLE_DMAR], YES);
	assert_int_equal(facts->iommu.table_present[TABLE_IVRS], NO); /* the listing names others */
	assert_int_equal(gpu->group->id, 1);
	assert_string_equal(gpu->origin.source, "dmesg");
	assert_int_equal(gpu->config.port_type, PORT_LEGACY_ENDPOINT);
	assert_ptr_equal(gpu->parent, device_of(facts, "0000:00:01.0"));
	assert_int_equal(gpu->has_driver, UNKNOWN);
	assert_int_equal(gpu->bars_known, UNKNOWN);
}

static void test_iommu_off(void **state)
{
	static const struct {
		const char *log;
		enum truth active;
	} logs[] = {
		{LOG_HEAD LOG_DMAR LOG_CPU LOG_FUNCTIONS LOG_INIT, NO},
		/* The boot may go on behind what was pasted. */
		{LOG_HEAD LOG_DMAR LOG_CPU LOG_FUNCTIONS, UNKNOWN},
		/* The beginning was lost, or grep was at work. */
		{LOG_DMAR LOG_CPU LOG_FUNCTIONS LOG_INIT, UNKNOWN},
		{LOG_HEAD LOG_DMAR LOG_CPU LOG_INIT, UNKNOWN},
		/* Not x86: groups come with the drivers. */
		{LOG_HEAD "pci 0000:00:00.0: [17cd:0100] type 01 class 0x060400\n" LOG_INIT,
		 UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		_cleanup_facts_ struct facts *facts = facts_of(NULL, logs[i].log);

		assert_int_equal(facts->iommu.active, logs[i].active);
		for_each (device, &facts->devices)
			assert_int_equal(device->has_group, logs[i].active);
	}
}

static void test_log_fills(void **state)
{
	/* lspci without -nn, not root. */
	static const char lspci[] = "00:00.0 Host bridge: Example\n"
				    "\tFlags: fast devsel\n\n"
				    "00:01.0 PCI bridge: Example\n"
				    "\tFlags: bus master\n\tBus: primary=00, secondary=01, "
				    "subordinate=01, sec-latency=0\n"
				    "\tCapabilities: <access denied>\n\n"
				    "01:00.0 VGA compatible controller: Example\n"
				    "\tFlags: bus master\n\tCapabilities: <access "
				    "denied>\n\tKernel driver in use: nouveau\n\n"
				    "01:00.1 Audio device: Example\n"
				    "\tFlags: bus master\n\tCapabilities: <access denied>\n\n";
	_cleanup_facts_ struct facts *facts = facts_of(
		lspci, LOG_HEAD LOG_FUNCTIONS "pci 0000:01:00.0: Adding to iommu group 7\n"
					      "pci 0000:01:00.1: Adding to iommu group 7\n");
	const struct device *gpu = device_of(facts, "0000:01:00.0");

	(void)state;
	assert_int_equal(gpu->vendor_id, 0x10de);
	assert_int_equal(gpu->device_id, 0x2484);
	assert_int_equal(gpu->group->id, 7);
	assert_int_equal(gpu->config.port_type, PORT_LEGACY_ENDPOINT);
	assert_int_equal(gpu->config.acs, UNKNOWN);
	assert_string_equal(gpu->driver, "nouveau");
	assert_string_equal(gpu->origin.source, "lspci");
	assert_string_equal(facts->iommu.active_origin.source, "dmesg");
}

static void test_log_of_other_boot(void **state)
{
	/* Groups are numbered anew at each boot: those beside lspci's lines do not count. */
	_cleanup_facts_ struct facts *facts = facts_of(
		WHOLE, LOG_HEAD LOG_FUNCTIONS "pci 0000:01:00.0: Adding to iommu group 77\n");

	(void)state;
	assert_int_equal(device_of(facts, "0000:01:00.0")->group->id, 2);
	assert_int_equal(facts->groups.count, 5);
}

static void test_log_of_other_machine(void **state)
{
	_cleanup_facts_ struct facts *facts =
		facts_of(WHOLE, LOG_HEAD "pci 0000:00:00.0: [1022:1480] type 00 class 0x060000\n"
					 "pci 0000:01:00.0: [1002:67df] type 00 class 0x030000\n"
					 "pci 0000:01:00.0: Adding to iommu group 5\n");

	(void)state;
	assert_int_equal(facts->log.known, UNKNOWN);
	assert_null(facts->machine.kernel);
	assert_int_equal(facts->cmdline_known, UNKNOWN);
	assert_int_equal(device_of(facts, "0000:01:00.0")->vendor_id, 0x10de);
	assert_non_null(strstr(facts_command_for(facts, "dmesg"), "another"));
}

static void test_all_in_one(void **state)
{
	_cleanup_facts_ struct facts *facts =
		facts_of(LOG_HEAD LOG_DMAR "\n$ lspci -nnvvv\n" WHOLE, NULL);

	(void)state;
	assert_int_equal(facts->devices.count, 6);
	assert_string_equal(facts->machine.kernel, "6.12.0-1-amd64");
	assert_int_equal(facts->iommu.table_present[TABLE_DMAR], YES);
}

static void test_virtual_machine(void **state)
{
	_cleanup_facts_ struct facts *facts =
		facts_of("00:00.0 Host bridge [0600]: Intel Corporation 82G33 [8086:29c0]\n"
			 "\tSubsystem: Red Hat, Inc. QEMU Virtual Machine [1af4:1100]\n",
			 NULL);

	(void)state;
	assert_int_equal(facts->machine.in_vm, YES);
	assert_string_equal(facts->machine.hypervisor, "qemu");
	assert_int_equal(facts->machine.cpu_vendor, CPU_UNKNOWN);
}

static void test_processor(void **state)
{
	static const struct {
		const char *text;
		enum cpu_vendor vendor;
	} texts[] = {
		{"00:00.0 Host bridge: Intel Corporation Device 4660 (rev 02)\n", CPU_INTEL},
		{"00:00.0 Host bridge: Advanced Micro Devices, Inc. [AMD] Starship\n", CPU_AMD},
		{"00:00.0 Host bridge: Intel Corporation 440FX - 82441FX PMC [Natoma]\n",
		 CPU_UNKNOWN},
		{"00:00.0 Host bridge [0600]: Intel Corporation 440FX [8086:1237]\n", CPU_UNKNOWN},
		{"00:00.0 PCI bridge [0604]: Example Port [17cd:0100]\n", CPU_UNKNOWN},
		{"00:00.0 PCI bridge: Intel Corporation Port\n", CPU_UNKNOWN},
		{"40:00.0 Host bridge [0600]: Example [8086:2020]\n", CPU_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_facts_ struct facts *facts = facts_of(texts[i].text, NULL);

		assert_int_equal(facts->machine.cpu_vendor, texts[i].vendor);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_only),
		cmocka_unit_test(test_iommu_off),
		cmocka_unit_test(test_log_fills),
		cmocka_unit_test(test_log_of_other_boot),
		cmocka_unit_test(test_log_of_other_machine),
		cmocka_unit_test(test_all_in_one),
		cmocka_unit_test(test_virtual_machine),
		cmocka_unit_test(test_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
