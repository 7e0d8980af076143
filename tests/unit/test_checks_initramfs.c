/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks initramfs.*. */
#include "next_made.h"

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

/* The generator is told to put vfio-pci in, and the image was not built since: that is the cause, not a
 * softdep that is missing. */
static void image_behind_its_configuration(void **state)
{
	struct device *gpu;
	struct facts *facts = configured(IDS, "nvme nouveau", "", &gpu);
	struct finding finding;

	(void)state;
	facts->initramfs.generator = GENERATOR_DRACUT;
	*ARRAY_ADD(facts->arena, &facts->initramfs.words) = (struct generator_word){
		"add_drivers", "vfio-pci", "/etc/dracut.conf.d/vfio.conf", 1};
	finding = judge(facts, NULL, "initramfs.vfio-missing");
	assert_true(quotes(&finding, "/etc/dracut.conf.d/vfio.conf", "vfio-pci"));
	assert_string_equal(finding.remedies[0].command, "dracut --force --regenerate-all");
	/* add_drivers alone loads nothing early. */
	finding = judge_named(facts, gpu, "driver.host-driver-first", NULL);
	assert_null(strstr(finding.title, "was built before"));
	facts->initramfs.words.items[0].key = "force_drivers";
	finding = judge_named(facts, gpu, "driver.host-driver-first", NULL);
	assert_non_null(strstr(finding.title, "was built before"));
	assert_string_equal(finding.remedies[0].command, "dracut --force --regenerate-all");
	facts_free(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_without_vfio),
		cmocka_unit_test(image_behind_its_configuration),
		cmocka_unit_test(stale_image),
		cmocka_unit_test(missing_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
