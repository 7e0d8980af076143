/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of lines of modprobe.d. */
#include "next_made.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syntax),
		cmocka_unit_test(options),
		cmocka_unit_test(virqfd),
		cmocka_unit_test(blacklists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
