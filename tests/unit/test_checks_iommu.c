/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks_made.h"

#define CASE(function)                                                                             \
	static void function(void **state)                                                         \
	{                                                                                          \
		struct facts *facts = healthy_intel();                                             \
		(void)state;
#define END                                                                                        \
	facts_free(facts);                                                                         \
	}

/* -- present, in firmware, in the kernel ------------------------------------------------------- */

CASE(healthy_machine_passes)
static const char *const ids[] = {"iommu.hardware-missing",
				  "iommu.disabled-in-firmware",
				  "iommu.firmware-table-broken",
				  "iommu.disabled-by-kernel",
				  "iommu.interrupt-remapping-off",
				  "iommu.unsafe-interrupts",
				  "iommu.dma-faults",
				  "iommu.parameter-unknown",
				  "iommu.parameter-wrong-vendor"};

for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
	assert_result(facts, NULL, ids[i], "pass");
END

CASE(vtd_off_in_firmware)
struct finding finding;

facts_free(facts);
facts = intel_without_iommu();
set_log(facts, "[    0.000000] Linux version 6.1.0-50-amd64\n"
	       "[    0.100000] DMAR: IOMMU enabled\n");
finding = judge(facts, NULL, "iommu.disabled-in-firmware");
assert_int_equal(finding.result, RESULT_FAIL);
assert_int_equal(finding.severity, SEVERITY_BLOCKER);
assert_non_null(strstr(finding.title, "VT-d"));
assert_int_equal(finding.remedies[0].owner, OWNER_FIRMWARE);
/* The echo of the parameter is quoted, not believed. */
assert_true(quotes(&finding, "dmesg", "DMAR: IOMMU enabled"));
assert_true(quotes(&finding, "/sys/firmware/acpi/tables", "no DMAR"));
assert_result(facts, NULL, "iommu.hardware-missing", "pass");
assert_result(facts, NULL, "iommu.disabled-by-kernel", "na");
assert_result(facts, NULL, "iommu.interrupt-remapping-off", "na");
assert_result(facts, NULL, "iommu.firmware-table-broken", "na");
END

CASE(amd_off_in_firmware_speaks_of_ivrs)
struct finding finding;

facts_free(facts);
facts = intel_without_iommu();
facts->machine.cpu_vendor = CPU_AMD;
finding = judge(facts, NULL, "iommu.disabled-in-firmware");
assert_int_equal(finding.result, RESULT_FAIL);
assert_non_null(strstr(finding.title, "IVRS"));
assert_null(strstr(finding.title, "VT-d"));
END

	/* Firmware that clears the flag as well still is firmware, when the log says so. */
	CASE(hidden_flag_is_firmware_when_the_log_says_so) facts_free(facts);
facts = intel_without_iommu();
facts->machine.cpu_virtualization = NO;
assert_result(facts, NULL, "iommu.hardware-missing", "fail");
assert_result(facts, NULL, "iommu.disabled-in-firmware", "na");
set_log(facts, "[    0.000000] Linux version 6.1.0-50-amd64\n"
	       "[    0.050000] x86/cpu: VMX (outside TXT) disabled by BIOS\n");
assert_result(facts, NULL, "iommu.hardware-missing", "pass");
assert_result(facts, NULL, "iommu.disabled-in-firmware", "fail");
END

	CASE(tables_that_cannot_be_listed_are_unknown) facts_free(facts);
facts = intel_without_iommu();
facts->iommu.tables_listed = UNKNOWN;
for (size_t i = 0; i < TABLE_COUNT; i++)
	facts->iommu.table_present[i] = UNKNOWN;
facts_add_unread(facts, "sys/firmware/acpi/tables", -13);

struct finding finding = judge(facts, NULL, "iommu.disabled-in-firmware");

assert_int_equal(finding.result, RESULT_UNKNOWN);
assert_true(quotes(&finding, "/sys/firmware/acpi/tables", "Permission denied"));
assert_result(facts, NULL, "iommu.hardware-missing", "unknown");
assert_result(facts, NULL, "iommu.firmware-table-broken", "unknown");
END

CASE(vm_without_virtual_iommu)
struct finding finding;

facts_free(facts);
facts = intel_without_iommu();
facts->machine.in_vm = YES;
facts->machine.hypervisor = "kvm";
finding = judge(facts, NULL, "iommu.hardware-missing");
assert_int_equal(finding.result, RESULT_FAIL);
assert_non_null(strstr(finding.cause, "kvm"));
assert_result(facts, NULL, "iommu.disabled-in-firmware", "na");
END

CASE(arm_without_smmu)
struct finding finding;

facts_free(facts);
facts = intel_without_iommu();
facts->machine.cpu_vendor = CPU_ARM;
facts->machine.architecture = "aarch64";
facts->machine.cpu_virtualization = UNKNOWN;
facts->iommu.table_present[TABLE_IORT] = YES;
facts->iommu.table_valid[TABLE_IORT] = YES;
facts->iommu.smmu_in_table = NO;
finding = judge(facts, NULL, "iommu.hardware-missing");
assert_int_equal(finding.result, RESULT_FAIL);
assert_non_null(strstr(finding.title, "SMMU"));
assert_true(quotes(&finding, "/sys/firmware/acpi/tables/IORT", "names no SMMU"));
assert_result(facts, NULL, "iommu.disabled-in-firmware", "na");
assert_result(facts, NULL, "iommu.disabled-by-kernel", "na");
assert_result(facts, NULL, "host.virtualization-disabled", "na");
/* A device tree without an SMMU: the board, not a setting. */
facts->iommu.table_present[TABLE_IORT] = NO;
facts->iommu.devicetree = YES;
finding = judge(facts, NULL, "iommu.hardware-missing");
assert_int_equal(finding.result, RESULT_FAIL);
assert_int_equal(finding.remedies[0].owner, OWNER_VENDOR);
/* The units of its display and codecs do not change that … */
*ARRAY_ADD(facts->arena, &facts->iommu.units) = (struct iommu_unit){.name = "fdab9000.iommu",
								    .kind = IOMMU_OTHER};
assert_result(facts, NULL, "iommu.hardware-missing", "fail");
/* … but an SMMU without groups is one that the kernel left alone. */
facts->iommu.units.items[0].kind = IOMMU_SMMU;
assert_result(facts, NULL, "iommu.hardware-missing", "pass");
assert_result(facts, NULL, "iommu.disabled-by-kernel", "fail");
END

CASE(broken_table_blocks_only_an_idle_iommu)
struct finding finding;

facts->iommu.table_valid[TABLE_DMAR] = NO;
facts->iommu.table_problem[TABLE_DMAR] =
	(struct origin){.source = "/sys/firmware/acpi/tables/DMAR", .text = "checksum"};
finding = judge(facts, NULL, "iommu.firmware-table-broken");
assert_int_equal(finding.result, RESULT_FAIL);
assert_int_equal(finding.severity, SEVERITY_WARNING);
facts->iommu.active = NO;
finding = judge(facts, NULL, "iommu.firmware-table-broken");
assert_int_equal(finding.severity, SEVERITY_BLOCKER);
assert_true(quotes(&finding, "DMAR", "checksum"));
END

	CASE(unreadable_table_of_a_running_iommu_is_no_question) facts->iommu
		.table_valid[TABLE_DMAR] = UNKNOWN;
assert_result(facts, NULL, "iommu.firmware-table-broken", "pass");
facts->iommu.active = NO;
assert_result(facts, NULL, "iommu.firmware-table-broken", "unknown");
END

	/* Table there, no groups. */
	static struct facts *
	kernel_left_it_off(const char *cmdline)
{
	struct facts *facts = intel_without_iommu();

	facts->iommu.table_present[TABLE_DMAR] = YES;
	set_cmdline(facts, cmdline);
	return facts;
}

static void assert_kernel_title(const char *cmdline, char default_on, enum truth config,
				const char *title)
{
	struct facts *facts = kernel_left_it_off(cmdline);
	struct finding finding;

	facts->machine.config.known = config;
	facts->machine.config.intel_iommu_default_on = default_on;
	finding = judge(facts, NULL, "iommu.disabled-by-kernel");
	assert_int_equal(finding.result, RESULT_FAIL);
	if (!strstr(finding.title, title))
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", cmdline, finding.title, title);
	facts_free(facts);
}

static void reasons_of_an_unused_iommu(void **state)
{
	(void)state;
	assert_kernel_title("quiet", 'n', YES, "without intel_iommu=on");
	assert_kernel_title("quiet", 0, NO, "has not switched it on");
	assert_kernel_title("intel_iommu=off", 'y', YES, "intel_iommu=off");
	assert_kernel_title("iommu=off intel_iommu=on", 'y', YES, "iommu=off");
	assert_kernel_title("intel_iommu=on,off", 'y', YES, "intel_iommu=on,off");
	/* "off" of another vendor's parameter is not the reason. */
	assert_kernel_title("amd_iommu=off", 'n', YES, "without intel_iommu=on");
	assert_kernel_title("intel_iommu=on", 'n', YES, "did not switch it on");
	/* iommu=on is no value: the parameter is still missing. */
	assert_kernel_title("iommu=on", 'n', YES, "without intel_iommu=on");
}

static void kernel_without_the_driver(void **state)
{
	struct facts *facts = kernel_left_it_off("quiet");
	struct finding finding;

	(void)state;
	facts->machine.config.intel_iommu = 'n';
	finding = judge(facts, NULL, "iommu.disabled-by-kernel");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_non_null(strstr(finding.title, "without a driver"));
	facts->iommu.active = UNKNOWN;
	assert_result(facts, NULL, "iommu.disabled-by-kernel", "unknown");
	facts_free(facts);
}

/* -- parameters --------------------------------------------------------------------------------- */

static void assert_parameters(const char *cmdline, const char *result, enum severity severity,
			      const char *title)
{
	struct facts *facts = healthy_intel();
	struct finding finding;

	set_cmdline(facts, cmdline);
	finding = judge(facts, NULL, "iommu.parameter-unknown");
	if (!streq(result_name(finding.result), result))
		fail_msg("\"%s\" gives %s, not %s", cmdline, result_name(finding.result), result);
	if (title) {
		assert_int_equal(finding.severity, severity);
		if (!strstr(finding.title, title))
			fail_msg("\"%s\": \"%s\" does not say \"%s\"", cmdline, finding.title,
				 title);
		assert_true(finding.evidence.count > 0);
	}
	facts_free(facts);
}

static void words_that_the_kernel_knows(void **state)
{
	static const char *const known[] = {"intel_iommu=on",       "intel_iommu=on,sm_on iommu=pt",
					    "amd_iommu=pgtbl_v2",   "intel-iommu=on",
					    "iommu=soft",           "iommu.passthrough=1",
					    "iommu.strict=0",       "intremap=no_x2apic_optout",
					    "intel_iommu=igfx_off", "iommu=memaper=3",
					    "quiet splash",         "iommu=",
					    "omit_iommu=1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		assert_parameters(known[i], "pass", SEVERITY_WARNING, NULL);
}

static void words_that_the_kernel_ignores(void **state)
{
	(void)state;
	assert_parameters("iommu=on", "fail", SEVERITY_WARNING, "no value \"on\" for iommu");
	assert_parameters("intel_iommu=pt", "fail", SEVERITY_WARNING, "\"pt\" for intel_iommu");
	assert_parameters("intel_iommu=on,pt", "fail", SEVERITY_WARNING, "\"pt\"");
	assert_parameters("intel_iommu=true", "fail", SEVERITY_WARNING, "\"true\"");
	assert_parameters("intel_iomu=on", "fail", SEVERITY_WARNING, "intel_iommu may be meant");
	assert_parameters("intel_iommmu=on", "fail", SEVERITY_WARNING, "intel_iommu may be meant");
	assert_parameters("inetl_iommu=on", "fail", SEVERITY_WARNING, "intel_iommu may be meant");
	assert_parameters("amd_iommu=on", "fail", SEVERITY_INFO, "does nothing");
	/* Something worse beside it decides. */
	assert_parameters("amd_iommu=on iommu=on", "fail", SEVERITY_WARNING, "\"on\" for iommu");
	assert_parameters("iommu=on amd_iommu=on", "fail", SEVERITY_WARNING, "\"on\" for iommu");
}

CASE(no_command_line_is_unknown)
facts->cmdline_known = UNKNOWN;
assert_result(facts, NULL, "iommu.parameter-unknown", "unknown");
assert_result(facts, NULL, "iommu.parameter-wrong-vendor", "unknown");
assert_result(facts, NULL, "group.acs-override", "unknown");
END

CASE(wrong_vendor_counts_by_the_cpu)
struct finding finding;

set_cmdline(facts, "amd_iommu=force_enable");
finding = judge(facts, NULL, "iommu.parameter-wrong-vendor");
assert_int_equal(finding.result, RESULT_FAIL);
/* The IOMMU works all the same. */
assert_int_equal(finding.severity, SEVERITY_INFO);
facts->iommu.active = NO;
finding = judge(facts, NULL, "iommu.parameter-wrong-vendor");
assert_int_equal(finding.severity, SEVERITY_WARNING);
facts->machine.cpu_vendor = CPU_AMD;
facts->iommu.units.count = 0;
facts->iommu.table_present[TABLE_DMAR] = NO;
facts->iommu.table_present[TABLE_IVRS] = YES;
assert_result(facts, NULL, "iommu.parameter-wrong-vendor", "pass");
set_cmdline(facts, "intel_iommu=on");
assert_result(facts, NULL, "iommu.parameter-wrong-vendor", "fail");
/* One image for both vendors. */
set_cmdline(facts, "intel_iommu=on amd_iommu=on");
finding = judge(facts, NULL, "iommu.parameter-wrong-vendor");
assert_int_equal(finding.severity, SEVERITY_INFO);
END

	/* A VM may show an AMD CPU beside a virtual VT-d: the table decides. */
	CASE(wrong_vendor_counts_by_the_table_first) facts->machine.cpu_vendor = CPU_AMD;
set_cmdline(facts, "intel_iommu=on");
assert_result(facts, NULL, "iommu.parameter-wrong-vendor", "pass");
facts->iommu.active = NO;
facts->machine.config.intel_iommu_default_on = 'n';
set_cmdline(facts, "quiet");
assert_non_null(strstr(judge(facts, NULL, "iommu.disabled-by-kernel").title, "intel_iommu=on"));
END

/* -- interrupts, faults, width -------------------------------------------------------------------- */

CASE(remapping_off_blocks)
struct finding finding;

facts->iommu.interrupt_remapping = NO;
facts->iommu.interrupt_remapping_origin =
	(struct origin){"/proc/interrupts", 8, "25: 0 PCI-MSI 49152-edge PCIe PME"};
finding = judge(facts, NULL, "iommu.interrupt-remapping-off");
assert_int_equal(finding.result, RESULT_FAIL);
assert_int_equal(finding.severity, SEVERITY_BLOCKER);
assert_true(quotes(&finding, "/proc/interrupts", "PCI-MSI"));
facts->iommu.interrupt_remapping = UNKNOWN;
assert_result(facts, NULL, "iommu.interrupt-remapping-off", "unknown");
END

CASE(remapping_erratum_is_named)
struct finding finding;

facts->iommu.interrupt_remapping = NO;
set_log(facts,
	"[    0.000000] Linux version 6.1.0\n[    0.2] DMAR-IR: This system BIOS has enabled "
	"interrupt remapping\non a chipset that contains an erratum making that\nfeature "
	"unstable.  To maintain system stability\ninterrupt remapping is being disabled.  "
	"Please\ncontact your BIOS vendor for an update\n");
finding = judge(facts, NULL, "iommu.interrupt-remapping-off");
assert_int_equal(finding.result, RESULT_FAIL);
assert_non_null(strstr(finding.title, "chipset"));
END

CASE(kernel_without_remapping)
struct finding finding;

facts->iommu.interrupt_remapping = NO;
facts->machine.config.irq_remap = 'n';
finding = judge(facts, NULL, "iommu.interrupt-remapping-off");
assert_int_equal(finding.result, RESULT_FAIL);
assert_non_null(strstr(finding.title, "built without it"));
assert_true(quotes(&finding, "/boot/config-6.1.0-50-amd64", "CONFIG_IRQ_REMAP"));
assert_int_equal(finding.remedies[0].owner, OWNER_USER);
set_module_parameter(facts, "vfio_iommu_type1", "allow_unsafe_interrupts", "Y");
finding = judge(facts, NULL, "iommu.interrupt-remapping-off");
assert_int_equal(finding.severity, SEVERITY_WARNING);
assert_non_null(strstr(finding.title, "built without it"));
END

/* The kernel's list of host bridges (early-groups/quirks.c) tells, too, where the log is gone. */
CASE(remapping_erratum_by_the_chipset)
struct finding finding;
struct device *bridge = made_function(facts, "0000:00:00.0", 0x8086, 0x3406, 0x060000, NULL);

facts->iommu.interrupt_remapping = NO;
bridge->revision = 0x13;
finding = judge(facts, NULL, "iommu.interrupt-remapping-off");
assert_non_null(strstr(finding.title, "chipset"));
assert_true(quotes(&finding, "0000:00:00.0", "8086:3406, revision 13"));
assert_int_equal(finding.severity, SEVERITY_BLOCKER);
/* With unsafe interrupts allowed nobody is told to allow them, or to look in setup. */
set_module_parameter(facts, "vfio_iommu_type1", "allow_unsafe_interrupts", "Y");
finding = judge(facts, NULL, "iommu.interrupt-remapping-off");
assert_int_equal(finding.severity, SEVERITY_WARNING);
assert_int_equal(finding.remedies[0].owner, OWNER_VENDOR);
assert_null(finding.remedies[1].text);
finding = judge(facts, NULL, "iommu.unsafe-interrupts");
assert_int_equal(finding.remedies[0].owner, OWNER_USER);
/* The next stepping is well. */
bridge->revision = 0x22;
finding = judge(facts, NULL, "iommu.interrupt-remapping-off");
assert_null(strstr(finding.title, "chipset"));
bridge->device_id = 0x3405;
finding = judge(facts, NULL, "iommu.interrupt-remapping-off");
assert_non_null(strstr(finding.title, "chipset"));
END

/* Xen looks at the same chipset, and hides what it makes of it. */
CASE(remapping_erratum_under_xen)
struct finding finding;
struct device *bridge = made_function(facts, "0000:00:00.0", 0x8086, 0x3406, 0x060000, NULL);

facts->machine.xen_dom0 = YES;
facts->iommu.active = NO;
bridge->revision = 0x22;
assert_result(facts, NULL, "iommu.interrupt-remapping-off", "na");
bridge->revision = 0x13;
finding = judge(facts, NULL, "iommu.interrupt-remapping-off");
assert_int_equal(finding.result, RESULT_FAIL);
assert_int_equal(finding.severity, SEVERITY_WARNING);
assert_non_null(strstr(finding.title, "Xen"));
assert_true(quotes(&finding, "0000:00:00.0", "8086:3406, revision 13"));
END

CASE(unsafe_interrupts_make_it_a_warning)
struct finding finding;

facts->iommu.interrupt_remapping = NO;
*ARRAY_ADD(facts->arena, &facts->modules.parameters) = (struct module_parameter){
	"vfio_iommu_type1",
	"allow_unsafe_interrupts",
	"Y",
	{"/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", 1, "Y"}};
finding = judge(facts, NULL, "iommu.interrupt-remapping-off");
assert_int_equal(finding.result, RESULT_FAIL);
assert_int_equal(finding.severity, SEVERITY_WARNING);
assert_result(facts, NULL, "iommu.unsafe-interrupts", "fail");
END

	CASE(unsafe_interrupts_asked_for_on_the_command_line)
		set_cmdline(facts, "vfio_iommu_type1.allow_unsafe_interrupts=1");
assert_result(facts, NULL, "iommu.unsafe-interrupts", "fail");
set_cmdline(facts, "vfio-iommu-type1.allow_unsafe_interrupts=0");
assert_result(facts, NULL, "iommu.unsafe-interrupts", "pass");
END

CASE(faults_of_devices_and_of_ghosts)
struct finding finding;

facts_made_device(facts, "0000:03:00.0", 0x010700, "megaraid_sas");
set_log(facts,
	"[    0.000000] Linux version 6.1.0\n"
	"[    9.1] DMAR: [DMA Read NO_PASID] Request device [03:00.0] fault addr 0x41a6aa000 "
	"[fault reason 0x06] PTE Read access is not set\n");
finding = judge(facts, NULL, "iommu.dma-faults");
assert_int_equal(finding.result, RESULT_FAIL);
assert_int_equal(finding.severity, SEVERITY_WARNING);
assert_non_null(strstr(finding.title, "0000:03:00.0"));
assert_string_equal(finding.title, "1 DMA fault since boot, of 0000:03:00.0");
set_log(facts,
	"[    0.000000] Linux version 6.1.0\n"
	"[    9.1] DMAR: [DMA Write NO_PASID] Request device [03:00.1] fault addr 0xfff00000 "
	"[fault reason 0x02] Present bit in context entry is clear\n");
finding = judge(facts, NULL, "iommu.dma-faults");
assert_non_null(strstr(finding.title, "1 DMA fault since boot"));
set_log(facts,
	"[    0.000000] Linux version 6.1.0\n"
	"[    9.1] DMAR: [DMA Write NO_PASID] Request device [03:00.1] fault addr 0xfff00000 "
	"[fault reason 0x02] Present bit in context entry is clear\n"
	"[    9.2] DMAR: [DMA Write NO_PASID] Request device [03:00.1] fault addr 0xfff01000 "
	"[fault reason 0x02] Present bit in context entry is clear\n");
finding = judge(facts, NULL, "iommu.dma-faults");
assert_non_null(strstr(finding.title, "2 DMA faults since boot"));
assert_non_null(strstr(finding.title, "do not exist"));
facts->log.known = UNKNOWN;
assert_result(facts, NULL, "iommu.dma-faults", "unknown");
END

CASE(graphics_left_out)
struct device *graphics = facts_made_device(facts, "0000:00:02.0", 0x030000, "i915");

graphics->vendor_id = 0x8086;
graphics->has_group = NO;
assert_result(facts, graphics, "iommu.graphics-excluded", "fail");
assert_result(facts, graphics, "group.missing", "fail");
graphics->vendor_id = 0x10de;
assert_result(facts, graphics, "iommu.graphics-excluded", "na");
END

CASE(address_width_by_bar_and_cpu)
struct device *gpu = facts_made_device(facts, "0000:01:00.0", 0x030200, "vfio-pci");
struct finding finding;

assert_result(facts, NULL, "iommu.address-width", "na");
gpu->target = true;
facts->iommu.units.items[0].address_bits = 39;
facts->iommu.units.items[0].origin =
	(struct origin){"/sys/class/iommu/dmar0/intel-iommu/cap", 1, "d2008c22260206"};
facts_made_bar(gpu, 1, UINT64_C(0x6000000000), UINT64_C(16) << 30);
assert_result(facts, NULL, "iommu.address-width", "pass");
facts->machine.physical_bits = 46;
finding = judge(facts, NULL, "iommu.address-width");
assert_int_equal(finding.result, RESULT_FAIL);
assert_true(quotes(&finding, "cap", "d2008c22260206"));
facts->machine.physical_bits = 39;
facts_made_bar(gpu, 1, UINT64_C(1) << 40, UINT64_C(16) << 30);
finding = judge(facts, NULL, "iommu.address-width");
assert_non_null(strstr(finding.title, "0000:01:00.0"));
facts->iommu.units.items[0].address_bits = 48;
assert_result(facts, NULL, "iommu.address-width", "pass");
facts->iommu.units.items[0].address_bits = 0;
assert_result(facts, NULL, "iommu.address-width", "unknown");
END

CASE(under_xen_vfio_does_not_apply)
struct findings findings = {0};

facts_free(facts);
facts = intel_without_iommu();
facts->machine.xen_dom0 = YES;
assert_result(facts, NULL, "iommu.hardware-missing", "na");
assert_result(facts, NULL, "iommu.disabled-in-firmware", "na");
assert_result(facts, NULL, "host.is-xen", "fail");
/* Firmware's table is Xen's problem too. */
facts->iommu.table_present[TABLE_IVRS] = YES;
facts->iommu.table_valid[TABLE_IVRS] = NO;
assert_result(facts, NULL, "iommu.firmware-table-broken", "fail");
facts->iommu.table_valid[TABLE_IVRS] = YES;
/* Nothing blocks, and nothing is proven. */
checks_run(facts, &findings);
assert_int_equal(findings_verdict(&findings), VERDICT_UNKNOWN);
END

	int
	main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(healthy_machine_passes),
		cmocka_unit_test(vtd_off_in_firmware),
		cmocka_unit_test(amd_off_in_firmware_speaks_of_ivrs),
		cmocka_unit_test(hidden_flag_is_firmware_when_the_log_says_so),
		cmocka_unit_test(tables_that_cannot_be_listed_are_unknown),
		cmocka_unit_test(vm_without_virtual_iommu),
		cmocka_unit_test(arm_without_smmu),
		cmocka_unit_test(broken_table_blocks_only_an_idle_iommu),
		cmocka_unit_test(unreadable_table_of_a_running_iommu_is_no_question),
		cmocka_unit_test(reasons_of_an_unused_iommu),
		cmocka_unit_test(kernel_without_the_driver),
		cmocka_unit_test(words_that_the_kernel_knows),
		cmocka_unit_test(words_that_the_kernel_ignores),
		cmocka_unit_test(no_command_line_is_unknown),
		cmocka_unit_test(wrong_vendor_counts_by_the_cpu),
		cmocka_unit_test(wrong_vendor_counts_by_the_table_first),
		cmocka_unit_test(remapping_off_blocks),
		cmocka_unit_test(remapping_erratum_is_named),
		cmocka_unit_test(kernel_without_remapping),
		cmocka_unit_test(remapping_erratum_by_the_chipset),
		cmocka_unit_test(remapping_erratum_under_xen),
		cmocka_unit_test(unsafe_interrupts_make_it_a_warning),
		cmocka_unit_test(unsafe_interrupts_asked_for_on_the_command_line),
		cmocka_unit_test(faults_of_devices_and_of_ghosts),
		cmocka_unit_test(graphics_left_out),
		cmocka_unit_test(address_width_by_bar_and_cpu),
		cmocka_unit_test(under_xen_vfio_does_not_apply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
