/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of the remaining driver.* ids and of initramfs.*. */
#include "next_made.h"

#define IDS     "options vfio-pci ids=10de:2484\n"
#define SOFTDEP "softdep nouveau pre: vfio-pci\n"

static struct facts *configured(const char *disk, const char *modules, const char *inside,
				struct device **ret_gpu)
{
	struct facts *facts = healthy_intel();
	struct initramfs_image *image;

	*ret_gpu = made_gpu(facts, "nouveau");
	made_modprobe(facts, disk);
	made_entry(facts, "quiet");
	image = made_image(facts, modules);
	made_image_file(facts, image, "etc/modprobe.d/vfio.conf", inside);
	next_boot_predict(facts);
	return facts;
}

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

/* -- lines of modprobe.d -------------------------------------------------------------------------- */

static void assert_lines(const char *id, const char *lines, const char *result, const char *title)
{
	struct device *gpu;
	struct facts *facts = configured(lines, "nvme", "", &gpu);
	struct finding finding = judge(facts, NULL, id);

	if (!streq(result_name(finding.result), result))
		fail_msg("%s of \"%s\": %s, not %s", id, lines, result_name(finding.result),
			 result);
	if (title && !strstr(finding.title, title))
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", lines, finding.title, title);
	facts_free(facts);
}

static void syntax(void **state)
{
	static const char id[] = "driver.config-syntax";

	(void)state;
	assert_lines(id, IDS SOFTDEP, "pass", NULL);
	assert_lines(id, "options vfio-pci ids=10de:2484, 10de:228b\n", "fail",
		     "10de:228b is dropped");
	assert_lines(id, "options vfio-pci ids=10de:2484,1=8086:9d71\n", "fail", "1=8086:9d71");
	assert_lines(id, "option vfio-pci ids=10de:2484\n", "fail",
		     "not a line that modprobe understands");
	assert_lines(id, "softdep nouveau pre:vfio-pci\n", "fail", "not a line");
	assert_lines(id, "options vfio-pci\n", "fail", "nothing behind it");
	/* Others' typing errors are not about vfio. */
	assert_lines(id, "opttions snd_hda_intel index=1\n", "pass", NULL);
}

static void options(void **state)
{
	static const char id[] = "driver.unknown-option";

	(void)state;
	assert_lines(id, "options vfio-pci ids=10de:2484 disable_vga=1\n", "pass", NULL);
	assert_lines(id, "options vfio-pci ids=10de:2484 x-vga=on\n", "fail", "no option x-vga");
	assert_lines(id, "options vfio_iommu_type1 allow_unsafe_assigned_interrupts=1\n", "fail",
		     "allow_unsafe_assigned_interrupts");
	assert_lines(id, "options kvm ignore_msrs=1\n", "pass", NULL);
}

static void virqfd(void **state)
{
	struct device *gpu;
	struct facts *facts = configured(IDS, "nvme", "", &gpu);
	struct finding finding;

	(void)state;
	*ARRAY_ADD(facts->arena, &facts->handover.loads) =
		(struct load_request){"vfio_virqfd", {"/etc/modules", 4, "vfio_virqfd"}};
	/* 6.1 still has it; 6.10 is newer than 6.2. */
	assert_result(facts, NULL, "driver.virqfd-obsolete", "pass");
	facts->boot.next_kernel = "6.10.3-arch1-1";
	finding = judge(facts, NULL, "driver.virqfd-obsolete");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_int_equal(finding.severity, SEVERITY_WARNING);
	facts->initramfs.generator = GENERATOR_MKINITCPIO;
	*ARRAY_ADD(facts->arena, &facts->initramfs.settings) =
		(struct generator_setting){.key = "MODULES",
					   .value = "vfio_pci vfio vfio_virqfd",
					   .source = "/etc/mkinitcpio.conf",
					   .line = 7};
	finding = judge(facts, NULL, "driver.virqfd-obsolete");
	assert_int_equal(finding.severity, SEVERITY_BLOCKER);
	assert_true(quotes(&finding, "/etc/mkinitcpio.conf", "vfio_virqfd"));
	facts_free(facts);
}

static void blacklists(void **state)
{
	struct device *gpu, *sound;
	struct facts *facts = configured(IDS "blacklist nouveau\n", "nvme", "", &gpu);
	struct finding finding;

	(void)state;
	assert_result(facts, NULL, "driver.blacklist-too-wide", "pass");
	assert_result(facts, NULL, "driver.blacklist-ineffective", "pass");
	sound = facts_made_device(facts, "0000:02:00.0", 0x030000, "nouveau");
	strings_add(facts->arena, &sound->modules, "nouveau");
	finding = judge(facts, NULL, "driver.blacklist-too-wide");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_non_null(strstr(finding.title, "0000:02:00.0"));
	/* systemd-modules-load applies the blacklist to its lists. */
	*ARRAY_ADD(facts->arena, &facts->handover.loads) =
		(struct load_request){"nouveau", {"/etc/modules-load.d/x.conf", 1, "nouveau"}};
	assert_result(facts, NULL, "driver.blacklist-ineffective", "pass");
	strings_add(facts->arena, &facts->modules.builtin, "nouveau");
	finding = judge(facts, NULL, "driver.blacklist-ineffective");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_non_null(strstr(finding.title, "built into the kernel"));
	facts_free(facts);
}

/* -- initramfs.* ------------------------------------------------------------------------------------- */

static void image_without_vfio(void **state)
{
	struct device *gpu;
	struct facts *facts = configured(IDS SOFTDEP, "nouveau nvme", IDS SOFTDEP, &gpu);
	struct finding finding = judge(facts, NULL, "initramfs.vfio-missing");

	(void)state;
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_non_null(strstr(finding.title, "holds nouveau, but not vfio-pci"));
	facts_free(facts);
	/* Neither is in it: the root decides. */
	facts = configured(IDS SOFTDEP, "nvme", "", &gpu);
	assert_result(facts, NULL, "initramfs.vfio-missing", "pass");
	assert_result(facts, NULL, "initramfs.stale", "pass");
	facts_free(facts);
	facts = configured("", "nouveau", "", &gpu);
	assert_result(facts, NULL, "initramfs.vfio-missing", "na");
	assert_result(facts, NULL, "initramfs.stale", "na");
	facts_free(facts);
}

static void stale_image(void **state)
{
	struct device *gpu;
	struct facts *facts = configured(IDS SOFTDEP, "nouveau vfio_pci", IDS, &gpu);
	struct finding finding = judge(facts, NULL, "initramfs.stale");

	(void)state;
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_true(quotes(&finding, "/etc/modprobe.d/vfio.conf", "softdep nouveau"));
	assert_false(quotes(&finding, "/etc/modprobe.d/vfio.conf", "ids="));
	assert_non_null(strstr(finding.remedies[0].command, "update-initramfs -u -k all"));
	facts_free(facts);
	/* Lines that were taken out of the file live on in the image. */
	facts = configured(IDS SOFTDEP, "nouveau vfio_pci", IDS SOFTDEP "blacklist nouveau\n",
			   &gpu);
	finding = judge(facts, NULL, "initramfs.stale");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_non_null(strstr(finding.title, "still holds"));
	facts_free(facts);
	facts = configured(IDS SOFTDEP, "nouveau vfio_pci", IDS SOFTDEP, &gpu);
	assert_result(facts, NULL, "initramfs.stale", "pass");
	facts->initramfs.images.items[0].read = UNKNOWN;
	facts_add_unread(facts, "boot/initrd.img-6.1.0-50-amd64", -13);
	assert_result(facts, NULL, "initramfs.stale", "unknown");
	facts_free(facts);
}

static void missing_image(void **state)
{
	struct device *gpu;
	struct facts *facts = configured(IDS SOFTDEP, "nvme", "", &gpu);

	(void)state;
	assert_result(facts, NULL, "initramfs.image-missing", "pass");
	facts->initramfs.images.items[0].present = NO;
	facts->initramfs.images.items[0].read = NO;
	assert_result(facts, NULL, "initramfs.image-missing", "fail");
	facts->initramfs.generator = GENERATOR_UNKNOWN;
	assert_result(facts, NULL, "initramfs.generator-unknown", "fail");
	facts_free(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_driver_first),
		cmocka_unit_test(ids_that_match_nothing),
		cmocka_unit_test(a_twin_would_be_taken_too),
		cmocka_unit_test(chipset_functions_in_ids),
		cmocka_unit_test(files_that_nobody_reads),
		cmocka_unit_test(on_vfio_by_hand_only),
		cmocka_unit_test(syntax),
		cmocka_unit_test(options),
		cmocka_unit_test(virqfd),
		cmocka_unit_test(blacklists),
		cmocka_unit_test(image_without_vfio),
		cmocka_unit_test(stale_image),
		cmocka_unit_test(missing_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
