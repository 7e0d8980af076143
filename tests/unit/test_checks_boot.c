/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "next_made.h"

#define IDS     "options vfio-pci ids=10de:2484\n"
#define SOFTDEP "softdep nouveau pre: vfio-pci\n"

static struct boot_source *made_source(struct facts *facts, enum loader loader, const char *path,
				       const char *words, bool used)
{
	struct boot_source *source = ARRAY_ADD(facts->arena, &facts->boot.sources);

	source->loader = loader;
	source->path = path;
	source->used = used;
	source->parameters = arena_alloc(facts->arena, sizeof(*source->parameters));
	cmdline_parse(facts->arena, words, strlen(words), path, 9, source->parameters);
	return source;
}

static void edited_and_not_regenerated(void **state)
{
	struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	made_gpu(facts, "nouveau");
	made_entry(facts, "root=/dev/sda1 quiet");
	made_source(facts, LOADER_GRUB, "/etc/default/grub", "quiet intel_iommu=on iommu=pt", true);
	finding = judge(facts, NULL, "boot.not-regenerated");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_non_null(strstr(finding.title, "intel_iommu=on iommu=pt"));
	assert_non_null(strstr(finding.title, "/boot/grub/grub.cfg"));
	assert_true(quotes(&finding, "/etc/default/grub", "intel_iommu=on"));
	assert_true(quotes(&finding, "/boot/grub/grub.cfg", "root=/dev/sda1 quiet"));
	/* "quiet" is nobody's business here. */
	made_source(facts, LOADER_GRUB, "/etc/default/grub.d/x.cfg", "splash", true);
	facts->boot.sources.items[0].overridden = true;
	assert_result(facts, NULL, "boot.not-regenerated", "pass");
	facts_free(facts);
}

static void regenerated_passes(void **state)
{
	struct facts *facts = healthy_intel();

	(void)state;
	made_entry(facts, "quiet intel_iommu=on");
	made_source(facts, LOADER_GRUB, "/etc/default/grub", "quiet intel_iommu=on", true);
	assert_result(facts, NULL, "boot.not-regenerated", "pass");
	/* Without the generated file nobody knows. */
	facts->boot.next = 0;
	facts->boot.unread_path = "/boot/grub/grub.cfg";
	facts_add_unread(facts, "boot/grub/grub.cfg", -13);
	assert_result(facts, NULL, "boot.not-regenerated", "unknown");
	facts_free(facts);
}

/* A /boot without any loader's files is there all the same. */
static void no_entry_is_no_missing_boot(void **state)
{
	struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	made_source(facts, LOADER_GRUB, "/etc/default/grub", "quiet intel_iommu=on", true);
	facts->boot.next = 0;
	facts->boot.unread_path = NULL;
	finding = judge(facts, NULL, "boot.not-regenerated");
	assert_int_equal(finding.result, RESULT_UNKNOWN);
	assert_true(quotes(&finding, "/boot", "no loader's entry for the next boot was found"));
	facts_free(facts);
}

static void words_in_another_loaders_file(void **state)
{
	struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	made_entry(facts, "root=ZFS=rpool/ROOT/pve-1 boot=zfs");
	facts->boot.loader = LOADER_PROXMOX_BOOT_TOOL;
	*ARRAY_ADD(facts->arena, &facts->boot.claims) = (struct loader_claim){
		LOADER_PROXMOX_BOOT_TOOL, 1, "/etc/kernel/proxmox-boot-uuids", "two ESPs"};
	made_source(facts, LOADER_GRUB, "/etc/default/grub", "quiet intel_iommu=on", false);
	made_source(facts, LOADER_PROXMOX_BOOT_TOOL, "/etc/kernel/cmdline",
		    "root=ZFS=rpool/ROOT/pve-1 boot=zfs", true);
	finding = judge(facts, NULL, "boot.wrong-loader");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_int_equal(finding.severity, SEVERITY_BLOCKER);
	assert_non_null(strstr(finding.title, "intel_iommu=on stands in /etc/default/grub, but "
					      "proxmox-boot-tool boots this host"));
	assert_true(quotes(&finding, "proxmox-boot-uuids", "two ESPs"));
	/* The same words where they belong make the other file harmless. */
	facts->boot.entries.count = 0;
	made_entry(facts, "root=ZFS=rpool/ROOT/pve-1 intel_iommu=on");
	facts->boot.loader = LOADER_PROXMOX_BOOT_TOOL;
	assert_result(facts, NULL, "boot.wrong-loader", "pass");
	facts_free(facts);
}

static void pending_makes_the_verdict_reboot(void **state)
{
	struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, "nouveau");
	struct findings findings = {0};

	(void)state;
	gpu->has_group = YES;
	made_group(facts, 9, &gpu, 1);
	gpu->config.capabilities = gpu->config.flr = YES;
	gpu->config.header_known = true;
	made_modprobe(facts, IDS SOFTDEP);
	set_cmdline(facts, "quiet");
	made_entry(facts, "quiet");
	made_image(facts, "nvme ext4");
	next_boot_predict(facts);
	assert_result(facts, NULL, "boot.pending", "fail");
	assert_true(judge_named(facts, gpu, "driver.not-bound", NULL).cured_by_reboot);
	*ARRAY_ADD(facts->arena, &facts->targets) = gpu;
	facts->targets.count = 1;
	checks_run(facts, &findings);
	assert_int_equal(findings_verdict(&findings), VERDICT_REBOOT);
	/* The same without softdep: the next boot is no cure. */
	facts->modules.modprobe.count = 1;
	next_boot_predict(facts);
	findings = (struct findings){0};
	checks_run(facts, &findings);
	assert_int_equal(findings_verdict(&findings), VERDICT_NOT_READY);
	facts_free(facts);
}

static void pending_parameter_cures_the_iommu(void **state)
{
	struct facts *facts = intel_without_iommu();
	struct findings findings = {0};
	struct finding finding;

	(void)state;
	facts_made_device(facts, "0000:00:02.0", 0x030000,
			  "i915"); /* a host without any is unknown */
	facts->iommu.table_present[TABLE_DMAR] = YES;
	facts->machine.config.intel_iommu_default_on = 'n';
	set_cmdline(facts, "quiet");
	made_entry(facts, "quiet intel_iommu=on");
	made_source(facts, LOADER_GRUB, "/etc/default/grub", "quiet intel_iommu=on", true);
	finding = judge(facts, NULL, "boot.pending");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_non_null(strstr(finding.title, "intel_iommu=on"));
	assert_true(judge(facts, NULL, "iommu.disabled-by-kernel").cured_by_reboot);
	checks_run(facts, &findings);
	assert_int_equal(findings_verdict(&findings), VERDICT_REBOOT);
	/* iommu=off beside it would undo it. */
	facts->boot.entries.count = 0;
	made_entry(facts, "quiet intel_iommu=on iommu=off");
	assert_false(judge(facts, NULL, "iommu.disabled-by-kernel").cured_by_reboot);
	facts_free(facts);
}

/* What stands in an edited file only is not in place: a reboot would not bring it. */
static void half_generated_is_not_pending(void **state)
{
	struct facts *facts = healthy_intel();

	(void)state;
	set_cmdline(facts, "quiet");
	made_entry(facts, "quiet intel_iommu=on");
	made_source(facts, LOADER_GRUB, "/etc/default/grub", "quiet intel_iommu=on iommu=pt", true);
	assert_result(facts, NULL, "boot.pending", "pass");
	assert_result(facts, NULL, "boot.not-regenerated", "fail");
	facts_free(facts);
}

/* Nobody is told to configure what only waits for the reboot. */
static void pending_needs_a_reboot_only(void **state)
{
	struct facts *facts = intel_without_iommu();
	struct findings findings = {0};
	bool seen = false;

	(void)state;
	facts_made_device(facts, "0000:00:02.0", 0x030000, "i915");
	facts->iommu.table_present[TABLE_DMAR] = YES;
	facts->machine.config.intel_iommu_default_on = 'n';
	set_cmdline(facts, "quiet");
	made_entry(facts, "quiet intel_iommu=on");
	made_source(facts, LOADER_GRUB, "/etc/default/grub", "quiet intel_iommu=on", true);
	checks_run(facts, &findings);
	for_each (finding, &findings) {
		if (!streq(finding->check->id, "iommu.disabled-by-kernel"))
			continue;
		seen = true;
		assert_true(starts_with(finding->remedies[0].text, "reboot"));
		assert_null(finding->remedies[0].command);
		assert_null(finding->remedies[1].text);
	}
	assert_true(seen);
	facts_free(facts);
}

/* Without an IOMMU at the next boot vfio-pci takes nothing. */
static void no_iommu_cures_no_driver(void **state)
{
	struct facts *facts = intel_without_iommu();
	struct device *gpu = made_gpu(facts, "nouveau");

	(void)state;
	made_modprobe(facts, IDS SOFTDEP);
	set_cmdline(facts, "quiet");
	made_entry(facts, "quiet");
	made_image(facts, "nvme ext4");
	next_boot_predict(facts);
	assert_false(judge_named(facts, gpu, "driver.not-bound", NULL).cured_by_reboot);
	facts_free(facts);
}

static void commands_that_regenerate(void **state)
{
	static const struct {
		enum loader loader;
		enum generator generator;
		const char *source, *info, *command;
	} rows[] = {
		{LOADER_GRUB, GENERATOR_DRACUT, "/etc/default/grub", "",
		 "grub-mkconfig -o /boot/grub/grub.cfg"},
		{LOADER_BLS, GENERATOR_DRACUT, "/etc/default/grub", "",
		 "grubby --update-kernel=ALL --args=\"intel_iommu=on\""},
		{LOADER_SYSTEMD_BOOT, GENERATOR_DRACUT, "/etc/kernel/cmdline", "systemd-boot 257.2",
		 "kernel-install add-all"},
		{LOADER_SYSTEMD_BOOT, GENERATOR_INITRAMFS_TOOLS, "/etc/kernel/cmdline",
		 "systemd-boot 252.26-1~deb12u2",
		 "kernel-install add 6.1.0-50-amd64 /boot/vmlinuz-6.1.0-50-amd64"},
		{LOADER_UKI, GENERATOR_MKINITCPIO, "/etc/kernel/cmdline", "", "mkinitcpio -P"},
		{LOADER_UKI, GENERATOR_DRACUT, "/etc/kernel/cmdline", "", "kernel-install add-all"},
		{LOADER_UKI, GENERATOR_DRACUT, "/etc/dracut.conf.d/uefi.conf", "",
		 "dracut --force --regenerate-all"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct facts *facts = healthy_intel();

		made_entry(facts, "quiet");
		facts->boot.loader = rows[i].loader;
		facts->boot.next_kernel = "6.1.0-50-amd64";
		facts->initramfs.generator = rows[i].generator;
		*ARRAY_ADD(facts->arena, &facts->boot.claims) =
			(struct loader_claim){rows[i].loader, 3, "LoaderInfo", rows[i].info};
		made_source(facts, rows[i].loader, rows[i].source, "intel_iommu=on", true);
		assert_string_equal(judge(facts, NULL, "boot.not-regenerated").remedies[0].command,
				    rows[i].command);
		facts_free(facts);
	}
}

static void words_in_a_file_that_nothing_reads(void **state)
{
	struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	made_entry(facts, "quiet");
	facts->boot.loader = LOADER_BLS;
	made_source(facts, LOADER_GRUB, "/etc/default/grub.d/x.cfg", "intel_iommu=on", false);
	finding = judge(facts, NULL, "boot.wrong-loader");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_non_null(strstr(finding.title, "which nothing reads on this host"));
	facts_free(facts);
}

static void nothing_asked_is_not_pending(void **state)
{
	struct facts *facts = healthy_intel();

	(void)state;
	assert_result(facts, NULL, "boot.pending", "na");
	assert_result(facts, NULL, "boot.loader-unknown", "na");
	facts_free(facts);
}

static void unknown_and_ambiguous_loaders(void **state)
{
	struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	made_source(facts, LOADER_GRUB, "/etc/default/grub", "intel_iommu=on", false);
	finding = judge(facts, NULL, "boot.loader-unknown");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_int_equal(finding.severity, SEVERITY_WARNING);
	*ARRAY_ADD(facts->arena, &facts->boot.claims) =
		(struct loader_claim){LOADER_GRUB, 1, "/boot/grub/grub.cfg", "there"};
	*ARRAY_ADD(facts->arena, &facts->boot.claims) = (struct loader_claim){
		LOADER_SYSTEMD_BOOT, 1, "/boot/efi/loader/loader.conf", "there"};
	facts->boot.ambiguous = YES;
	finding = judge(facts, NULL, "boot.loader-unknown");
	assert_non_null(strstr(finding.title, "more than one"));
	assert_true(quotes(&finding, "grub.cfg", "grub"));
	assert_true(quotes(&finding, "loader.conf", "systemd-boot"));
	facts_free(facts);
}

static void other_kernels_entries(void **state)
{
	struct facts *facts = healthy_intel();
	struct boot_entry *other;
	struct finding finding;

	(void)state;
	made_entry(facts, "quiet intel_iommu=on");
	made_source(facts, LOADER_GRUB, "/etc/default/grub", "quiet intel_iommu=on", true);
	other = made_entry(facts, "quiet");
	other->kernel_version = "6.1.0-49-amd64";
	finding = judge(facts, NULL, "boot.other-kernels");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_non_null(strstr(finding.title, "6.1.0-49-amd64"));
	/* The recovery entry stays clean on purpose. */
	facts->boot.entries.items[1].recovery = true;
	assert_result(facts, NULL, "boot.other-kernels", "pass");
	facts_free(facts);
}

static void assert_words(const char *id, const char *cmdline, const char *result, const char *title)
{
	struct facts *facts = healthy_intel();
	struct finding finding;

	facts->initramfs.generator = GENERATOR_MKINITCPIO;
	set_cmdline(facts, cmdline);
	finding = judge(facts, NULL, id);
	if (!streq(result_name(finding.result), result))
		fail_msg("%s of \"%s\": %s, not %s", id, cmdline, result_name(finding.result),
			 result);
	if (title && !strstr(finding.title, title))
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", cmdline, finding.title, title);
	facts_free(facts);
}

static void conflicts(void **state)
{
	static const char id[] = "boot.parameter-conflict";

	(void)state;
	assert_words(id, "intel_iommu=on intel_iommu=off", "fail", "intel_iommu=off undoes");
	assert_words(id, "iommu=pt quiet iommu=nopt", "fail", "iommu=nopt undoes iommu=pt");
	assert_words(id, "vfio-pci.ids=10de:1 vfio_pci.ids=10de:2", "fail", "undoes");
	assert_words(id, "intel_iommu=on intel_iommu=sm_on pci=noats pci=realloc", "pass", NULL);
	assert_words(id, "intel_iommu=on intel_iommu=on", "pass", NULL);
}

static void misspelt_words(void **state)
{
	static const char id[] = "boot.parameter-unknown";

	(void)state;
	assert_words(id, "vfio-pci-ids=10de:2484", "fail", "vfio-pci.ids is meant");
	assert_words(id, "vfio_pci_ids=10de:2484", "fail", "vfio-pci.ids is meant");
	assert_words(id, "vfio-pci.idz=10de:2484", "fail", "vfio-pci.ids is meant");
	/* dracut's word under mkinitcpio. */
	assert_words(id, "rd.driver.pre=vfio-pci", "fail", "only dracut reads it, and mkinitcpio");
	assert_words(id, "vfio-pci.ids=10de:2484 quiet", "pass", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edited_and_not_regenerated),
		cmocka_unit_test(regenerated_passes),
		cmocka_unit_test(no_entry_is_no_missing_boot),
		cmocka_unit_test(words_in_another_loaders_file),
		cmocka_unit_test(pending_makes_the_verdict_reboot),
		cmocka_unit_test(pending_parameter_cures_the_iommu),
		cmocka_unit_test(half_generated_is_not_pending),
		cmocka_unit_test(pending_needs_a_reboot_only),
		cmocka_unit_test(no_iommu_cures_no_driver),
		cmocka_unit_test(commands_that_regenerate),
		cmocka_unit_test(words_in_a_file_that_nothing_reads),
		cmocka_unit_test(nothing_asked_is_not_pending),
		cmocka_unit_test(unknown_and_ambiguous_loaders),
		cmocka_unit_test(other_kernels_entries),
		cmocka_unit_test(conflicts),
		cmocka_unit_test(misspelt_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
