/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks_made.h"

#include <errno.h>

/* A GPU with a group to itself. */
static struct device *made_gpu(struct facts *facts, const char *driver)
{
	struct device *gpu = made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, driver);

	made_group(facts, 1, &gpu, 1);
	return gpu;
}

/* -- driver.not-bound ------------------------------------------------------------------------------- */

static void a_host_driver_has_it(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, "nouveau");
	struct finding finding =
		fails(facts, gpu, "driver.not-bound", SEVERITY_BLOCKER, "is held by nouveau");

	(void)state;
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:01:00.0/driver", "-> nouveau");
	assert_string_equal(finding.remedies[0].command, "vfiokit configure 0000:01:00.0 --apply");
	assert_string_equal(finding.remedies[1].command, "vfiokit detach 0000:01:00.0");
}

static void no_driver_has_it(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, NULL);
	struct finding finding;

	(void)state;
	gpu->driver_override = "vfio-pci";
	set_log(facts, "[    0.000000] Linux version 6.12.1\n"
		       "[    3.1] vfio-pci 0000:01:00.0: probe with driver vfio-pci failed with "
		       "error -22\n"
		       "[    3.2] vfio-pci 0000:02:00.0: probe with driver vfio-pci failed with "
		       "error -16\n");
	finding = fails(facts, gpu, "driver.not-bound", SEVERITY_BLOCKER,
			"vfio-pci was to have it and failed (error -22)");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:01:00.0/driver_override", "vfio-pci");
	assert_quotes(&finding, "dmesg", "error -22");
	assert_false(quotes(&finding, "dmesg", "error -16"));
}

/* What cannot work now is no advice. */
static void no_detach_without_a_group(void **state)
{
	_cleanup_facts_ struct facts *facts = intel_without_iommu();
	struct device *gpu =
		made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, "nouveau");
	struct finding finding =
		fails(facts, gpu, "driver.not-bound", SEVERITY_BLOCKER, "is held by nouveau");

	(void)state;
	assert_string_equal(finding.remedies[0].command, "vfiokit configure 0000:01:00.0 --apply");
	assert_null(finding.remedies[1].text);
	gpu->driver = NULL;
	gpu->has_driver = NO;
	finding = fails(facts, gpu, "driver.not-bound", SEVERITY_BLOCKER, "has no driver");
	assert_null(finding.remedies[1].text);
	/* An SMMU's group comes with the driver. */
	facts->iommu.kind = IOMMU_SMMU;
	facts->iommu.active = YES;
	finding = fails(facts, gpu, "driver.not-bound", SEVERITY_BLOCKER, "has no driver");
	assert_string_equal(finding.remedies[1].command, "vfiokit detach 0000:01:00.0");
}

static void nobody_probed_it(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, NULL);
	struct finding finding;

	(void)state;
	gpu->driver_override = "vfio-pci";
	finding = fails(facts, gpu, "driver.not-bound", SEVERITY_BLOCKER, "nothing has probed it");
	assert_string_equal(finding.remedies[0].command,
			    "sh -c 'echo 0000:01:00.0 > /sys/bus/pci/drivers_probe'");
	gpu->driver_override = "pci-stub";
	(void)fails(facts, gpu, "driver.not-bound", SEVERITY_BLOCKER,
		    "has no driver; vfio-pci must");
}

static void a_vfio_driver_has_it(void **state)
{
	static const char *const drivers[] = {"vfio-pci", "nvgrace-gpu-vfio-pci", "mlx5_vfio_pci"};
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, "vfio-pci");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		gpu->driver = drivers[i];
		assert_result(facts, gpu, "driver.not-bound", "pass");
	}
	gpu->is_bridge = true;
	gpu->vfio_driver = false;
	assert_result(facts, gpu, "driver.not-bound", "na");
}

static void a_driver_that_nobody_could_look_at(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, NULL);

	(void)state;
	gpu->has_driver = UNKNOWN;
	facts_add_unread(facts, "sys/bus/pci/devices/0000:01:00.0/driver", -13);
	assert_unknown(facts, gpu, "driver.not-bound", "/sys/bus/pci/devices/0000:01:00.0/driver");
}

static void a_driver_that_does_not_come_or_go(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, NULL);
	struct finding finding;

	(void)state;
	gpu->has_driver = UNKNOWN;
	facts_add_unread(facts, "sys/bus/pci/devices/0000:01:00.0/driver", -ETIMEDOUT);
	finding = judge(facts, gpu, "driver.not-bound");
	assert_int_equal(finding.result, RESULT_UNKNOWN);
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:01:00.0/driver", "its driver is being changed");
}

/* -- driver.vfio-pci-missing ---------------------------------------------------------------------------- */

static void a_kernel_without_vfio_pci(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	assert_result(facts, NULL, "driver.vfio-pci-missing", "pass");
	facts->modules.vfio_pci = NO;
	facts->modules.vfio_pci_origin =
		(struct origin){"/lib/modules/6.1.0-50-amd64/modules.dep", 0, "lists no module"};
	finding = fails(facts, NULL, "driver.vfio-pci-missing", SEVERITY_BLOCKER,
			"kernel 6.1.0-50-amd64 has no vfio-pci");
	assert_quotes(&finding, "/lib/modules/6.1.0-50-amd64/modules.dep", "lists no module");
	/* What is at work is there. */
	made_gpu(facts, "nvgrace-gpu-vfio-pci");
	assert_result(facts, NULL, "driver.vfio-pci-missing", "pass");
}

static void a_kernel_built_without_vfio_pci(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	facts->modules.vfio_pci = UNKNOWN;
	facts->machine.config.vfio_pci = 'n';
	finding = fails(facts, NULL, "driver.vfio-pci-missing", SEVERITY_BLOCKER,
			"is built without vfio-pci");
	assert_quotes(&finding, "/boot/config-6.1.0-50-amd64", "CONFIG_VFIO_PCI is not set");
}

static void modules_that_nobody_could_list(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();

	(void)state;
	facts->modules.vfio_pci = UNKNOWN;
	facts_add_unread(facts, "lib/modules/6.1.0-50-amd64/modules.dep", -2);
	assert_unknown(facts, NULL, "driver.vfio-pci-missing",
		       "/lib/modules/6.1.0-50-amd64/modules.dep");
	facts->modules.directory = NULL;
	assert_unknown(facts, NULL, "driver.vfio-pci-missing", "/lib/modules");
}

/* Xen's dom0 needs no vfio-pci. */
static void drivers_under_xen(void **state)
{
	static const char *const ids[] = {"driver.vfio-pci-missing", "driver.signature-refused"};
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, "pciback");

	(void)state;
	facts->machine.xen_dom0 = YES;
	facts->modules.vfio_pci = NO;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		assert_result(facts, NULL, ids[i], "na");
	assert_result(facts, gpu, "driver.not-bound", "na");
	assert_result(facts, gpu, "driver.denylisted", "na");
}

/* -- driver.signature-refused ----------------------------------------------------------------------------- */

#define BOOT "[    0.000000] Linux version 6.1.0\n"

/* modprobe and systemd name the module; the kernel's own line names only the reason. */
#define REFUSED(module)                                                                            \
	"[    9.2] systemd-modules-load[312]: Failed to insert module '" module                    \
	"': Key was rejected by service\n"
#define UNNAMED "[    9.1] Loading of module with unavailable key is rejected\n"

static void a_module_for_passthrough_is_refused(void **state)
{
	static const char *const logs[] = {BOOT REFUSED("vfio_pci"), BOOT REFUSED("vendor_reset"),
					   BOOT UNNAMED REFUSED("vendor-reset") REFUSED("nvidia"),
					   BOOT REFUSED("nvidia") UNNAMED REFUSED("irqbypass")};
	_cleanup_facts_ struct facts *facts = healthy_intel();

	(void)state;
	assert_result(facts, NULL, "driver.signature-refused", "pass");
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		struct finding finding;

		set_log(facts, logs[i]);
		finding = fails(facts, NULL, "driver.signature-refused", SEVERITY_BLOCKER,
				"that passthrough needs");
		assert_quotes(&finding, "dmesg", "Key was rejected by service");
	}
}

static void another_module_is_refused(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	set_log(facts, BOOT REFUSED("nvidia"));
	finding = fails(facts, NULL, "driver.signature-refused", SEVERITY_INFO,
			"passthrough does not need it");
	assert_quotes(&finding, "dmesg", "nvidia");
	set_log(facts, BOOT UNNAMED REFUSED("nvidia"));
	finding = fails(facts, NULL, "driver.signature-refused", SEVERITY_WARNING,
			"does not say which");
	assert_int_equal(finding.evidence.count, 2);
	set_log(facts, BOOT UNNAMED);
	assert_result(facts, NULL, "driver.signature-refused", "fail");
}

static void a_log_that_does_not_tell_of_refusals(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();

	(void)state;
	facts->log = (struct kernel_log){0};
	/* Where no signature is enforced none is refused. */
	assert_result(facts, NULL, "driver.signature-refused", "pass");
	facts->machine.secure_boot = YES;
	facts->machine.lockdown = "integrity";
	facts_add_unread(facts, "dmesg", -1);
	assert_unknown(facts, NULL, "driver.signature-refused", "dmesg");
	facts->machine.secure_boot = UNKNOWN;
	facts->machine.lockdown = NULL;
	assert_unknown(facts, NULL, "driver.signature-refused", "dmesg");
	/* A ring buffer that has wrapped may have lost the message. */
	set_log(facts, "[   99.1] something much later\n");
	assert_unknown(facts, NULL, "driver.signature-refused", "dmesg");
	/* What is loaded was accepted. */
	strings_add(facts->arena, &facts->modules.loaded, "vfio_pci");
	assert_result(facts, NULL, "driver.signature-refused", "pass");
	facts->modules.loaded = (struct strings){0};
	made_gpu(facts, "vfio-pci");
	assert_result(facts, NULL, "driver.signature-refused", "pass");
}

/* -- driver.denylisted ------------------------------------------------------------------------------------- */

static struct device *made_accelerator(struct facts *facts)
{
	return made_function(facts, "0000:6b:00.0", 0x8086, 0x37c8, 0x0b4000, "c6xx");
}

static void an_accelerator_on_the_denylist(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *accelerator = made_accelerator(facts);
	struct finding finding;

	(void)state;
	set_log(facts, BOOT "[    9.1] vfio-pci 0000:6c:00.0: 8086:37c8 exists in vfio-pci device "
			    "denylist, driver "
			    "probing disallowed.\n"
			    "[    9.2] vfio-pci 0000:6b:00.0: 8086:37c8 exists in vfio-pci device "
			    "denylist, driver "
			    "probing disallowed.\n");
	finding = fails(facts, accelerator, "driver.denylisted", SEVERITY_BLOCKER, "8086:37c8");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:6b:00.0/device", "0x37c8");
	assert_quotes(&finding, "dmesg", "0000:6b:00.0");
	assert_false(quotes(&finding, "dmesg", "0000:6c:00.0"));
	/* vfio-pci has it: it was told to. */
	accelerator->vfio_driver = true;
	assert_result(facts, accelerator, "driver.denylisted", "pass");
}

/* drivers/vfio/pci/vfio_pci.c vfio_pci_dev_in_denylist(). */
static void models_on_the_denylist(void **state)
{
	static const int ids[] = {0x0435, 0x0443, 0x37c8, 0x37c9, 0x19e2, 0x19e3, 0x0b25, 0x0cfe};
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *accelerator = made_accelerator(facts);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		accelerator->device_id = ids[i];
		assert_result(facts, accelerator, "driver.denylisted", "fail");
	}
	accelerator->vendor_id = 0x10de;
	assert_result(facts, accelerator, "driver.denylisted", "pass");
	accelerator->vendor_id = 0x8086;
	accelerator->device_id = 0x1572;
	assert_result(facts, accelerator, "driver.denylisted", "pass");
	accelerator->is_bridge = true;
	assert_result(facts, accelerator, "driver.denylisted", "na");
	accelerator->is_bridge = false;
	accelerator->device_id = -1;
	assert_unknown(facts, accelerator, "driver.denylisted",
		       "/sys/bus/pci/devices/0000:6b:00.0/device");
}

static void assert_denylisted(const char *modprobe, const char *cmdline, const char *loaded_with,
			      const char *wanted)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *accelerator = made_accelerator(facts);

	set_modprobe(facts, modprobe);
	set_cmdline(facts, cmdline);
	if (loaded_with)
		set_module_parameter(facts, "vfio_pci", "disable_denylist", loaded_with);
	if (!streq(result_name(result_of(facts, accelerator, "driver.denylisted")), wanted))
		fail_msg("\"%s\" \"%s\" %s: not %s", modprobe, cmdline,
			 loaded_with ? loaded_with : "not loaded", wanted);
}

static void a_denylist_that_is_switched_off(void **state)
{
	(void)state;
	assert_denylisted("", "", NULL, "fail");
	assert_denylisted("", "", "N", "fail");
	assert_denylisted("", "", "Y", "pass");
	assert_denylisted("", "vfio-pci.disable_denylist=1", NULL, "pass");
	assert_denylisted("", "vfio_pci.disable_denylist", NULL, "pass");
	assert_denylisted("", "vfio-pci.disable_denylist=0", NULL, "fail");
	assert_denylisted("options vfio-pci disable_denylist=1\n", "", NULL, "pass");
	assert_denylisted("options vfio-pci ids=8086:37c8 disable-denylist=Y\n", "", NULL, "pass");
	assert_denylisted(
		"options vfio-pci disable_denylist=1\noptions vfio-pci disable_denylist=0\n", "",
		NULL, "fail");
	assert_denylisted("options vfio disable_denylist=1\n", "", NULL, "fail");
	/* A module that is loaded has read its options. */
	assert_denylisted("options vfio-pci disable_denylist=1\n", "vfio-pci.disable_denylist=1",
			  "N", "fail");
}

static void every_variant_is_said(void **state)
{
	static const char *const ids[] = {"driver.not-bound", "driver.vfio-pci-missing",
					  "driver.signature-refused", "driver.denylisted"};

	(void)state;
	assert_all_said(ids, ARRAY_SIZE(ids));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_driver_has_it),
		cmocka_unit_test(no_driver_has_it),
		cmocka_unit_test(no_detach_without_a_group),
		cmocka_unit_test(nobody_probed_it),
		cmocka_unit_test(a_vfio_driver_has_it),
		cmocka_unit_test(a_driver_that_nobody_could_look_at),
		cmocka_unit_test(a_driver_that_does_not_come_or_go),
		cmocka_unit_test(a_kernel_without_vfio_pci),
		cmocka_unit_test(a_kernel_built_without_vfio_pci),
		cmocka_unit_test(modules_that_nobody_could_list),
		cmocka_unit_test(drivers_under_xen),
		cmocka_unit_test(a_module_for_passthrough_is_refused),
		cmocka_unit_test(another_module_is_refused),
		cmocka_unit_test(a_log_that_does_not_tell_of_refusals),
		cmocka_unit_test(an_accelerator_on_the_denylist),
		cmocka_unit_test(models_on_the_denylist),
		cmocka_unit_test(a_denylist_that_is_switched_off),
		cmocka_unit_test(every_variant_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
