/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks of checks/group.c that are about claimed isolation and shared requester ids. */
#include "checks_made.h"

/* -- the ACS override --------------------------------------------------------------------------------- */

#define PATCHED                                                                                    \
	"[    0.000000] Linux version 6.8.12-4-pve\n"                                              \
	"[    0.1] Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected "       \
	"peer-to-peer DMA\n"
#define UNPATCHED                                                                                  \
	"[    0.000000] Linux version 6.1.0-50-amd64\n"                                            \
	"[    0.1] Unknown kernel command line parameters \"BOOT_IMAGE=/vmlinuz "                  \
	"pcie_acs_override=downstream\", will be passed to user space.\n"

static void the_override_is_at_work(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	set_cmdline(facts, "quiet pcie_acs_override=downstream,multifunction");
	set_log(facts, PATCHED);
	finding = fails(facts, NULL, "group.acs-override", SEVERITY_WARNING, "only claimed");
	assert_quotes(&finding, "dmesg", "ACS overrides enabled");
	assert_quotes(&finding, "/proc/cmdline", "pcie_acs_override=downstream,multifunction");
	assert_result(facts, NULL, "group.acs-override-ineffective", "pass");
	/* A kernel may have it built in. */
	set_cmdline(facts, "quiet");
	assert_result(facts, NULL, "group.acs-override", "fail");
	/* A log that is there is enough, also where the command line is not. */
	facts->cmdline_known = UNKNOWN;
	assert_result(facts, NULL, "group.acs-override", "fail");
}

static void the_kernel_lacks_the_override(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	set_cmdline(facts, "quiet pcie_acs_override=downstream");
	set_log(facts, UNPATCHED);
	finding = fails(facts, NULL, "group.acs-override-ineffective", SEVERITY_WARNING,
			"lacks the patch");
	assert_quotes(&finding, "/proc/cmdline", "pcie_acs_override");
	assert_quotes(&finding, "dmesg", "Unknown kernel command line parameters");
	assert_result(facts, NULL, "group.acs-override", "pass");
	/* A whole log without either message tells the same. */
	set_log(facts, "[    0.000000] Linux version 5.10.0\n[    0.1] other\n");
	finding = fails(facts, NULL, "group.acs-override-ineffective", SEVERITY_WARNING,
			"lacks the patch");
	assert_int_equal(finding.evidence.count, 1);
	assert_result(facts, NULL, "group.acs-override", "pass");
}

static void nobody_asks_for_the_override(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();

	(void)state;
	set_cmdline(facts, "quiet");
	assert_result(facts, NULL, "group.acs-override", "pass");
	assert_result(facts, NULL, "group.acs-override-ineffective", "na");
}

static void nobody_can_tell_of_the_override(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	set_cmdline(facts, "pcie_acs_override=downstream");
	set_log(facts, "[   99.1] something much later\n");
	assert_int_equal(facts->log.complete, NO);
	finding = fails(facts, NULL, "group.acs-override", SEVERITY_WARNING, "is given");
	assert_quotes(&finding, "/proc/cmdline", "pcie_acs_override");
	assert_unknown(facts, NULL, "group.acs-override-ineffective", "dmesg");
	finding = judge(facts, NULL, "group.acs-override-ineffective");
	assert_quotes(&finding, "dmesg", "does not go back to the boot");
	facts->log = (struct kernel_log){0};
	facts_add_unread(facts, "dmesg", -1);
	finding = judge(facts, NULL, "group.acs-override-ineffective");
	assert_quotes(&finding, "dmesg", "Operation not permitted");
	facts->cmdline = (struct parameters){0};
	facts->cmdline_known = UNKNOWN;
	facts_add_unread(facts, "proc/cmdline", -13);
	assert_unknown(facts, NULL, "group.acs-override", "/proc/cmdline");
	assert_unknown(facts, NULL, "group.acs-override-ineffective", "/proc/cmdline");
}

/* -- group.dma-alias ----------------------------------------------------------------------------------- */

/* Ricoh's FireWire function does its DMA as function 0 (quirk_dma_func0_alias). */
static void two_functions_with_one_requester_id(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *reader, *firewire;
	struct finding finding;

	(void)state;
	reader = made_function(facts, "0000:05:00.0", 0x1180, 0xe822, 0x080501, "sdhci-pci");
	firewire = made_function(facts, "0000:05:00.3", 0x1180, 0xe832, 0x0c0010, "firewire_ohci");
	set_log(facts, "[    0.000000] Linux version 6.1.0\n"
		       "[    0.4] pci 0000:05:00.3: Enabling fixed DMA alias to 00.0\n");
	finding = fails(facts, firewire, "group.dma-alias", SEVERITY_WARNING,
			"0000:05:00.3 shares a requester id with 0000:05:00.0");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:05:00.3", "0000:05:00.0");
	assert_quotes(&finding, "dmesg", "Enabling fixed DMA alias");
	/* The other one is as much concerned. */
	fails(facts, reader, "group.dma-alias", SEVERITY_WARNING, "with 0000:05:00.3");
}

static void assert_alias(const char *first, int first_vendor, int first_id, const char *second,
			 int second_vendor, int second_id, const char *wanted)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *target = made_function(facts, first, first_vendor, first_id, 0x010601, NULL);

	made_function(facts, second, second_vendor, second_id, 0x010601, NULL);
	if (!streq(result_name(result_of(facts, target, "group.dma-alias")), wanted))
		fail_msg("%s and %s: not %s", first, second, wanted);
}

static void aliases_by_model(void **state)
{
	(void)state;
	/* Marvell's controllers use function 1 as well, there or not. */
	assert_alias("0000:05:00.0", 0x1b4b, 0x9230, "0000:05:00.1", 0x1b4b, 0x91a4, "fail");
	assert_alias("0000:05:00.0", 0x1b4b, 0x9230, "0000:05:00.2", 0x1b4b, 0x91a4, "pass");
	assert_alias("0000:05:00.0", 0x1b4b, 0x9230, "0000:05:01.1", 0x1b4b, 0x91a4, "pass");
	assert_alias("0000:05:00.0", 0x1b4b, 0x9230, "0000:06:00.1", 0x1b4b, 0x91a4, "pass");
	assert_alias("0000:05:00.0", 0x1b4b, 0x9230, "0001:05:00.1", 0x1b4b, 0x91a4, "pass");
	/* PLX bridges to another machine use every id of their bus. */
	assert_alias("0000:05:00.0", 0x8086, 0x1572, "0000:05:1f.7", 0x10b5, 0x87b0, "fail");
	/* Xeon Phi uses three more of its bus. */
	assert_alias("0000:05:00.0", 0x8086, 0x2260, "0000:05:12.3", 0x8086, 0x2261, "fail");
	assert_alias("0000:05:00.0", 0x8086, 0x2260, "0000:05:12.2", 0x8086, 0x2261, "pass");
	/* Two Ricoh functions of which neither is function 0. */
	assert_alias("0000:05:00.1", 0x1180, 0xe832, "0000:05:00.3", 0x1180, 0xe476, "pass");
	assert_alias("0000:05:00.0", 0x8086, 0x1572, "0000:05:00.1", 0x8086, 0x1572, "pass");
}

static void an_alias_by_subsystem(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *raid = made_function(facts, "0000:05:00.0", 0x9005, 0x0285, 0x010400, NULL);

	(void)state;
	made_function(facts, "0000:05:01.0", 0x9005, 0x0285, 0x010400, NULL);
	assert_result(facts, raid, "group.dma-alias", "pass");
	raid->subsystem_vendor_id = 0x9005;
	raid->subsystem_device_id = 0x02bb;
	fails(facts, raid, "group.dma-alias", SEVERITY_WARNING, "0000:05:01.0");
}

static void an_alias_of_the_firmware(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *first, *second;

	(void)state;
	first = made_function(facts, "0000:05:00.0", 0x1022, 0x1000, 0x010601, NULL);
	second = made_function(facts, "0000:05:00.4", 0x1022, 0x1001, 0x0c0330, NULL);
	assert_result(facts, first, "group.dma-alias", "pass");
	*ARRAY_ADD(facts->arena, &facts->iommu.aliases) =
		(struct requester_alias){.segment = 1, .device = 0x0500, .alias = 0x0504};
	assert_result(facts, first, "group.dma-alias", "pass");
	facts->iommu.aliases.items[0].segment = 0;
	fails(facts, first, "group.dma-alias", SEVERITY_WARNING, "with 0000:05:00.4");
	fails(facts, second, "group.dma-alias", SEVERITY_WARNING, "with 0000:05:00.0");
	first->is_bridge = true;
	assert_result(facts, first, "group.dma-alias", "na");
}

static void a_model_that_nobody_could_read(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *device = made_function(facts, "0000:05:00.0", -1, -1, -1, NULL);

	(void)state;
	assert_unknown(facts, device, "group.dma-alias",
		       "/sys/bus/pci/devices/0000:05:00.0/device");
}

static void every_variant_is_said(void **state)
{
	static const char *const ids[] = {"group.acs-override", "group.acs-override-ineffective",
					  "group.dma-alias"};

	(void)state;
	assert_all_said(ids, ARRAY_SIZE(ids));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_override_is_at_work),
		cmocka_unit_test(the_kernel_lacks_the_override),
		cmocka_unit_test(nobody_asks_for_the_override),
		cmocka_unit_test(nobody_can_tell_of_the_override),
		cmocka_unit_test(two_functions_with_one_requester_id),
		cmocka_unit_test(aliases_by_model),
		cmocka_unit_test(an_alias_by_subsystem),
		cmocka_unit_test(an_alias_of_the_firmware),
		cmocka_unit_test(a_model_that_nobody_could_read),
		cmocka_unit_test(every_variant_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
