/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of who gets the device at the next boot, of ids= lists, and of what lasts. */
#include "next_made.h"

static void host_driver_first(void **state)
{
	struct device *gpu;
	struct facts *facts = configured(IDS, "nvme", "", &gpu);
	struct finding finding = judge(facts, gpu, "driver.host-driver-first");

	(void)state;
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_int_equal(finding.severity, SEVERITY_BLOCKER);
	assert_non_null(strstr(finding.title, "nouveau can get 0000:01:00.0 before vfio-pci"));
	assert_true(quotes(&finding, "/etc/modprobe.d/vfio.conf", "ids=10de:2484"));
	facts_free(facts);
	facts = configured(IDS SOFTDEP, "nvme", "", &gpu);
	assert_result(facts, gpu, "driver.host-driver-first", "pass");
	facts_free(facts);
	facts = configured("", "nvme", "", &gpu);
	assert_result(facts, gpu, "driver.host-driver-first", "na");
	facts_free(facts);
}

static void ids_that_match_nothing(void **state)
{
	struct device *gpu;
	struct facts *facts =
		configured("options vfio-pci ids=10de:2484,10de:9999\n", "nvme", "", &gpu);
	struct finding finding = judge(facts, gpu, "driver.not-bound");

	(void)state;
	finding = judge(facts, NULL, "driver.ids-match-nothing");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_non_null(strstr(finding.title, "10de:9999"));
	assert_null(strstr(finding.title, "10de:2484"));
	facts_free(facts);
	facts = configured(IDS, "nvme", "", &gpu);
	assert_result(facts, NULL, "driver.ids-match-nothing", "pass");
	facts_free(facts);
}

static void a_twin_would_be_taken_too(void **state)
{
	struct device *gpu, *twin;
	struct facts *facts = configured(IDS SOFTDEP, "nvme", "", &gpu);
	struct finding finding;
	struct use *use;

	(void)state;
	twin = facts_made_device(facts, "0000:02:00.0", 0x030000, "nouveau");
	twin->vendor_id = 0x10de;
	twin->device_id = 0x2484;
	finding = judge(facts, NULL, "driver.ids-match-too-many");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_int_equal(finding.severity, SEVERITY_DANGER);
	assert_non_null(strstr(finding.title, "0000:02:00.0"));
	/* Asked for both: nothing is taken that was not. */
	twin->target = true;
	assert_result(facts, NULL, "driver.ids-match-too-many", "pass");
	/* That the host needs one that was asked for is device.in-use-*'s to say; that it needs one
	 * that was not is said here. */
	use = device_add_use(facts, twin, USE_DISPLAY);
	use->critical = true;
	use->what = "only console (nouveau, fb0)";
	assert_result(facts, NULL, "driver.ids-match-too-many", "pass");
	twin->target = false;
	facts->targets_implied = true;
	assert_result(facts, NULL, "driver.ids-match-too-many", "fail");
	facts_free(facts);
}

static void chipset_functions_in_ids(void **state)
{
	struct device *gpu, *smbus;
	struct facts *facts =
		configured("options vfio-pci ids=10de:2484,1022:790b\n", "nvme", "", &gpu);

	(void)state;
	smbus = facts_made_device(facts, "0000:00:14.0", 0x0c0500, "piix4_smbus");
	smbus->vendor_id = 0x1022;
	smbus->device_id = 0x790b;
	smbus->target = true;
	assert_result(facts, NULL, "driver.ids-match-too-many", "fail");
	facts_free(facts);
}

/* The id of the processor's only graphics: there is no second one to tell apart by its address. */
static void an_id_of_nothing_but_what_the_host_needs(void **state)
{
	struct device *gpu, *graphics;
	struct facts *facts =
		configured("options vfio-pci ids=8086:5917\n" SOFTDEP, "nvme", "", &gpu);
	struct finding finding;

	(void)state;
	gpu->target = false;
	graphics = facts_made_device(facts, "0000:00:02.0", 0x030000, "i915");
	graphics->vendor_id = 0x8086;
	graphics->device_id = 0x5917;
	finding = judge(facts, NULL, "driver.ids-match-too-many");
	assert_int_equal(finding.result, RESULT_PASS);
	device_add_use(facts, graphics, USE_DISPLAY)->critical = true;
	facts->targets_implied = true;
	finding = judge(facts, NULL, "driver.ids-match-too-many");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_int_equal(finding.severity, SEVERITY_DANGER);
	assert_non_null(strstr(finding.remedies[0].text, "take 8086:5917 out of the ids= list"));
	assert_null(finding.remedies[1].text);
	facts_free(facts);
	/* With a twin that may go, both are to be done. */
	facts = configured("options vfio-pci ids=8086:5917,10de:2484\n" SOFTDEP, "nvme", "", &gpu);
	graphics = facts_made_device(facts, "0000:02:00.0", 0x030000, "nouveau");
	graphics->vendor_id = 0x10de;
	graphics->device_id = 0x2484;
	graphics = facts_made_device(facts, "0000:03:00.0", 0x030000, "i915");
	graphics->vendor_id = 0x8086;
	graphics->device_id = 0x5917;
	*ARRAY_ADD(facts->arena, &facts->targets) = gpu;
	finding = judge(facts, NULL, "driver.ids-match-too-many");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_non_null(strstr(finding.title, "0000:02:00.0, 0000:03:00.0") ||
			strstr(finding.title, "0000:03:00.0, 0000:02:00.0"));
	assert_non_null(strstr(finding.remedies[0].text, "take 8086:5917 out"));
	assert_null(strstr(finding.remedies[0].text, "10de:2484"));
	assert_non_null(strstr(finding.remedies[1].command, "--by-address"));
	facts_free(facts);
}

static void files_that_nobody_reads(void **state)
{
	struct device *gpu;
	struct facts *facts = configured(IDS SOFTDEP, "nvme", "", &gpu);
	struct finding finding;

	(void)state;
	assert_result(facts, NULL, "driver.config-ignored", "pass");
	*ARRAY_ADD(facts->arena, &facts->handover.ignored) = (struct ignored_file){
		"/etc/modprobe.d/vfio.cfg",
		"modprobe",
		{"/etc/modprobe.d/vfio.cfg", 1, "options vfio-pci ids=10de:2484"}};
	finding = judge(facts, NULL, "driver.config-ignored");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_non_null(strstr(finding.title, "/etc/modprobe.d/vfio.cfg"));
	assert_true(quotes(&finding, "/etc/modprobe.d/vfio.cfg", "ids=10de:2484"));
	facts_free(facts);
}

/* A script has no suffix: what keeps it from being read is said. */
static void scripts_that_nobody_reads(void **state)
{
	struct device *gpu;
	struct facts *facts = configured(IDS SOFTDEP, "nvme", "", &gpu);
	struct finding finding;

	(void)state;
	strings_add(facts->arena, &facts->initramfs.ignored_files,
		    "/etc/initramfs-tools/scripts/init-top/vfio");
	strings_add(facts->arena, &facts->initramfs.ignored_why, "it is not executable");
	finding = judge(facts, NULL, "driver.config-ignored");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_true(quotes(&finding, "init-top/vfio", "it is not executable"));
	assert_null(strstr(finding.remedies[0].text, ".conf"));
	facts_free(facts);
}

static void on_vfio_by_hand_only(void **state)
{
	struct device *gpu;
	struct facts *facts = configured("", "nvme", "", &gpu);
	struct finding finding;

	(void)state;
	assert_result(facts, gpu, "driver.not-persistent", "na");
	gpu->driver = "vfio-pci";
	gpu->vfio_driver = true;
	next_boot_predict(facts);
	finding = judge(facts, gpu, "driver.not-persistent");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_int_equal(finding.severity, SEVERITY_WARNING);
	assert_non_null(strstr(finding.title, "gives it to nouveau"));
	/* A VM manager that has bound it will bind it again. */
	gpu->state = STATE_ASSIGNED;
	assert_int_equal(judge(facts, gpu, "driver.not-persistent").severity, SEVERITY_INFO);
	facts_free(facts);
}

/* What rebinds the device at VM start is said, and the severity stays. */
static void a_manager_that_binds_by_itself(void **state)
{
	struct device *gpu;
	struct facts *facts = configured("", "nvme", "", &gpu);
	struct finding finding;

	(void)state;
	gpu->driver = "vfio-pci";
	gpu->vfio_driver = true;
	next_boot_predict(facts);
	*ARRAY_ADD(facts->arena, &facts->usage.memlock) =
		(struct memlock_limit){.process = "qemu-system-x86 (900)"};
	finding = judge(facts, gpu, "driver.not-persistent");
	assert_non_null(strstr(finding.title, "the next boot gives it to nouveau"));
	*ARRAY_ADD(facts->arena, &facts->usage.memlock) =
		(struct memlock_limit){.process = "libvirtd (812)"};
	finding = judge(facts, gpu, "driver.not-persistent");
	assert_int_equal(finding.severity, SEVERITY_WARNING);
	assert_non_null(strstr(finding.title, "until its VM starts"));
	assert_non_null(strstr(finding.cause, "libvirtd (812) runs on this host"));
	assert_true(quotes(&finding, "/proc", "libvirtd (812) runs"));
	facts->machine.platform = "proxmox";
	finding = judge(facts, gpu, "driver.not-persistent");
	assert_int_equal(finding.severity, SEVERITY_WARNING);
	assert_non_null(strstr(finding.cause, "hostpci"));
	facts_free(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_driver_first),
		cmocka_unit_test(ids_that_match_nothing),
		cmocka_unit_test(a_twin_would_be_taken_too),
		cmocka_unit_test(chipset_functions_in_ids),
		cmocka_unit_test(an_id_of_nothing_but_what_the_host_needs),
		cmocka_unit_test(files_that_nobody_reads),
		cmocka_unit_test(scripts_that_nobody_reads),
		cmocka_unit_test(on_vfio_by_hand_only),
		cmocka_unit_test(a_manager_that_binds_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
