/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks_made.h"

#define BOOT "[    0.000000] Linux version 6.1.0\n"

static const uint64_t mib = UINT64_C(1) << 20;

/* -- vfio.noiommu ------------------------------------------------------------------------------------- */

static void no_iommu_mode_is_on(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	assert_result(facts, NULL, "vfio.noiommu", "pass");
	set_module_parameter(facts, "vfio", "enable_unsafe_noiommu_mode", "N");
	assert_result(facts, NULL, "vfio.noiommu", "pass");
	facts->modules.parameters.items[0].value = facts->modules.parameters.items[0].origin.text =
		"Y";
	finding = fails(facts, NULL, "vfio.noiommu", SEVERITY_DANGER, "no-IOMMU mode is on");
	assert_quotes(&finding, "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y");
}

/* What the parameter was set to later does not undo what has happened. */
static void no_iommu_mode_was_used(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	*ARRAY_ADD(facts->arena, &facts->groups) = (struct group){.id = 0, .name = "vfio-noiommu"};
	finding = fails(facts, NULL, "vfio.noiommu", SEVERITY_DANGER, "mode is on");
	assert_quotes(&finding, "/sys/kernel/iommu_groups", "group 0 is named vfio-noiommu");
	facts->groups.count = 0;
	set_log(facts, BOOT "[    9.1] vfio-pci 0000:00:04.0: vfio-noiommu device opened by user "
			    "(dpdk-testpmd:812)\n");
	finding = fails(facts, NULL, "vfio.noiommu", SEVERITY_DANGER, "mode is on");
	assert_quotes(&finding, "dmesg", "vfio-noiommu device opened");
}

static void no_iommu_mode_is_asked_for(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	set_cmdline(facts, "vfio.enable_unsafe_noiommu_mode=1");
	finding = fails(facts, NULL, "vfio.noiommu", SEVERITY_DANGER, "is asked for");
	assert_quotes(&finding, "/proc/cmdline", "vfio.enable_unsafe_noiommu_mode=1");
	/* What is in force counts. */
	set_module_parameter(facts, "vfio", "enable_unsafe_noiommu_mode", "N");
	assert_result(facts, NULL, "vfio.noiommu", "pass");
	facts->modules.parameters.count = 0;
	set_cmdline(facts, "vfio.enable_unsafe_noiommu_mode=0");
	assert_result(facts, NULL, "vfio.noiommu", "pass");
	set_cmdline(facts, "");
	set_modprobe(facts, "# DPDK\noptions vfio enable_unsafe_noiommu_mode=Y\n");
	finding = fails(facts, NULL, "vfio.noiommu", SEVERITY_DANGER, "is asked for");
	assert_quotes(&finding, "/etc/modprobe.d/vfio.conf", "enable_unsafe_noiommu_mode=Y");
	/* A kernel that was built without the mode says so. */
	set_log(facts,
		BOOT "[    9.1] vfio: unknown parameter 'enable_unsafe_noiommu_mode' ignored\n");
	assert_result(facts, NULL, "vfio.noiommu", "pass");
	facts->machine.xen_dom0 = YES;
	assert_result(facts, NULL, "vfio.noiommu", "na");
}

static void no_iommu_mode_that_nobody_could_see(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();

	(void)state;
	facts->modules.loaded_known = UNKNOWN;
	facts_add_unread(facts, "proc/modules", -2);
	/* Real groups, and none of that mode among them. */
	assert_result(facts, NULL, "vfio.noiommu", "pass");
	facts->iommu.active = NO;
	assert_unknown(facts, NULL, "vfio.noiommu", "/proc/modules");
}

/* -- vfio.node-permission, limits.memlock ---------------------------------------------------------------- */

static void the_container_node(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	assert_result(facts, NULL, "vfio.node-permission", "na");
	facts->usage.vfio_node_mode = 0666;
	assert_result(facts, NULL, "vfio.node-permission", "pass");
	facts->usage.vfio_node_mode = 0777;
	assert_result(facts, NULL, "vfio.node-permission", "pass");
	facts->usage.vfio_node_mode = 0600;
	finding = fails(facts, NULL, "vfio.node-permission", SEVERITY_WARNING, "mode 0600");
	assert_quotes(&finding, "/dev/vfio/vfio", "mode 0600");
	facts->usage.vfio_node_mode = 0660;
	assert_result(facts, NULL, "vfio.node-permission", "fail");
}

static void add_limit(struct facts *facts, const char *process, uint64_t soft, bool can_raise)
{
	*ARRAY_ADD(facts->arena, &facts->usage.memlock) = (struct memlock_limit){
		process, soft, soft, can_raise, {"/proc/812/limits", 9, "Max locked memory"}};
}

static void limits_of_who_starts_vms(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	/* Nobody here starts VMs. */
	assert_result(facts, NULL, "limits.memlock", "na");
	add_limit(facts, "libvirtd (812)", 8 * mib, true);
	add_limit(facts, "qemu-kvm (9)", UINT64_MAX, false);
	add_limit(facts, "kvm (10)", 1024 * mib, false);
	assert_result(facts, NULL, "limits.memlock", "pass");
	facts->usage.memlock.items[0].can_raise = false;
	finding = fails(facts, NULL, "limits.memlock", SEVERITY_WARNING,
			"libvirtd (812) may lock only 8192 KiB");
	assert_quotes(&finding, "/proc/812/limits", "Max locked memory");
	/* Several: all are named, with the lowest limit. */
	add_limit(facts, "virtqemud (813)", 64 * 1024, false);
	fails(facts, NULL, "limits.memlock", SEVERITY_WARNING,
	      "libvirtd (812), virtqemud (813) may lock only 64 KiB");
}

static void a_limit_that_was_exceeded(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	set_log(facts, BOOT "[    9.1] vfio_pin_pages_remote: RLIMIT_MEMLOCK (65536) exceeded\n");
	finding = fails(facts, NULL, "limits.memlock", SEVERITY_WARNING, "(65536 bytes)");
	assert_quotes(&finding, "dmesg", "RLIMIT_MEMLOCK");
	/* Whose it was, where that is known. */
	add_limit(facts, "libvirtd (812)", 8 * mib, false);
	finding = fails(facts, NULL, "limits.memlock", SEVERITY_WARNING, "libvirtd (812)");
	assert_int_equal(finding.evidence.count, 2);
}

static void limits_that_nobody_could_read(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();

	(void)state;
	facts->usage.memlock_known = UNKNOWN;
	assert_unknown(facts, NULL, "limits.memlock", "/proc");
	facts->usage.why_unknown[USE_PROCESS] = (struct unread){"/proc/PID/fd", -13};
	assert_unknown(facts, NULL, "limits.memlock", "/proc/PID/fd");
	add_limit(facts, "libvirtd (812)", 8 * mib, false);
	assert_result(facts, NULL, "limits.memlock", "fail");
	facts->machine.xen_dom0 = YES;
	assert_result(facts, NULL, "limits.memlock", "na");
}

/* -- host.virtualization-disabled ------------------------------------------------------------------------- */

static void a_cpu_without_virtualization(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	assert_result(facts, NULL, "host.virtualization-disabled", "pass");
	/* The flag is there, and firmware has locked it. */
	set_log(facts, BOOT "[    9.1] kvm: disabled by bios\n");
	finding = fails(facts, NULL, "host.virtualization-disabled", SEVERITY_WARNING,
			"no vmx or svm");
	assert_quotes(&finding, "dmesg", "disabled by bios");
	assert_false(quotes(&finding, "/proc/cpuinfo", ""));
	set_log(facts, BOOT);
	facts->machine.cpu_virtualization = NO;
	finding = fails(facts, NULL, "host.virtualization-disabled", SEVERITY_WARNING,
			"no vmx or svm");
	assert_quotes(&finding, "/proc/cpuinfo", "neither vmx nor svm");
	assert_int_equal(finding.remedies[0].owner, OWNER_FIRMWARE);
	facts->machine.in_vm = YES;
	finding = fails(facts, NULL, "host.virtualization-disabled", SEVERITY_WARNING,
			"inside this VM");
	assert_int_equal(finding.remedies[0].owner, OWNER_USER);
}

static void cpus_that_are_another_matter(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();

	(void)state;
	facts->machine.cpu_virtualization = UNKNOWN;
	facts_add_unread(facts, "proc/cpuinfo", -2);
	assert_unknown(facts, NULL, "host.virtualization-disabled", "/proc/cpuinfo");
	facts->machine.xen_dom0 = YES;
	assert_result(facts, NULL, "host.virtualization-disabled", "na");
	facts->machine.xen_dom0 = NO;
	facts->machine.cpu_vendor = CPU_ARM;
	assert_result(facts, NULL, "host.virtualization-disabled", "na");
}

/* -- host.modules-removed ---------------------------------------------------------------------------------- */

static void an_update_has_taken_the_modules(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	assert_result(facts, NULL, "host.modules-removed", "pass");
	facts->modules.directory_present = NO;
	finding = fails(facts, NULL, "host.modules-removed", SEVERITY_BLOCKER, "6.1.0-50-amd64");
	assert_quotes(&finding, "/lib/modules", "no folder 6.1.0-50-amd64");
	assert_string_equal(finding.remedies[0].command, "systemctl reboot");
	facts->modules.directory_present = UNKNOWN;
	assert_unknown(facts, NULL, "host.modules-removed", "/lib/modules/6.1.0-50-amd64");
	/* A kernel without any modules needs none. */
	facts->modules.modules_root_present = NO;
	assert_result(facts, NULL, "host.modules-removed", "na");
	facts->modules.modules_root_present = UNKNOWN;
	assert_unknown(facts, NULL, "host.modules-removed", "/lib/modules");
	facts->modules.modules_root_present = YES;
	facts->modules.directory = NULL;
	assert_unknown(facts, NULL, "host.modules-removed", "/lib/modules");
}

/* -- notes -------------------------------------------------------------------------------------------------- */

static void secure_boot(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	assert_result(facts, NULL, "host.secure-boot", "pass");
	facts->machine.secure_boot = YES;
	facts->machine.secure_boot_origin =
		(struct origin){"/sys/firmware/efi/efivars/SecureBoot-8be4df61", 0, "1"};
	finding = fails(facts, NULL, "host.secure-boot", SEVERITY_INFO, "Secure Boot is on");
	assert_quotes(&finding, "/sys/firmware/efi/efivars/SecureBoot-8be4df61", "1");
	facts->machine.secure_boot = UNKNOWN;
	assert_unknown(facts, NULL, "host.secure-boot", "/sys/firmware/efi/efivars");
	facts->machine.firmware = "bios";
	assert_result(facts, NULL, "host.secure-boot", "na");
}

static void lockdown(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	assert_result(facts, NULL, "host.lockdown", "pass");
	facts->machine.lockdown = "integrity";
	finding = fails(facts, NULL, "host.lockdown", SEVERITY_INFO, "(integrity)");
	assert_quotes(&finding, "/sys/kernel/security/lockdown", "integrity");
	/* Not every kernel has it. */
	facts->machine.lockdown = NULL;
	assert_result(facts, NULL, "host.lockdown", "na");
}

static void a_xen_host(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	assert_result(facts, NULL, "host.is-xen", "pass");
	facts->machine.xen_dom0 = YES;
	finding = fails(facts, NULL, "host.is-xen", SEVERITY_INFO, "Xen owns the IOMMU");
	assert_quotes(&finding, "/sys/hypervisor/type", "xen");
	/* The machine is as it is, whoever owns it. */
	assert_result(facts, NULL, "host.secure-boot", "pass");
	assert_result(facts, NULL, "vfio.node-permission", "na");
}

static void kernels_that_break_passthrough(void **state)
{
	static const char *const bad[] = {"6.14.0-24-generic", "6.14.6-1-pve", "6.14.8-1-pve",
					  "6.14.8-1-bpo12-pve", "6.8.12-12-pve"};
	static const char *const good[] = {"6.14.0-23-generic", "6.14.0-240-generic",
					   "6.14.8-2-pve",      "6.1.0-50-amd64",
					   "6.8.12-11-pve",     "6.14.0-24-lowlatency"};
	_cleanup_facts_ struct facts *facts = healthy_intel();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct finding finding;

		facts->machine.kernel = bad[i];
		finding = fails(facts, NULL, "host.kernel-known-bad", SEVERITY_WARNING, bad[i]);
		assert_quotes(&finding, "/proc/sys/kernel/osrelease", bad[i]);
		assert_non_null(strstr(finding.cause, "virtual function"));
	}
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		facts->machine.kernel = good[i];
		assert_result(facts, NULL, "host.kernel-known-bad", "pass");
	}
	facts->machine.kernel = NULL;
	assert_unknown(facts, NULL, "host.kernel-known-bad", "/proc/sys/kernel/osrelease");
}

/* They break virtual functions: who asks for a whole device need not mind. */
static void bad_kernels_and_what_is_asked_for(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *graphics, *function;

	(void)state;
	made_function(facts, "0000:00:02.0", 0x8086, 0x7d67, 0x030000, "i915");
	function = made_function(facts, "0000:00:02.1", 0x8086, 0x7d67, 0x030000, "vfio-pci");
	graphics = &facts->devices.items[0];
	function->physfn = graphics;
	facts->machine.kernel = "6.14.6-1-pve";
	graphics->target = true;
	fails(facts, NULL, "host.kernel-known-bad", SEVERITY_INFO, "6.14.6-1-pve");
	function->target = true;
	fails(facts, NULL, "host.kernel-known-bad", SEVERITY_WARNING, "6.14.6-1-pve");
}

static void every_variant_is_said(void **state)
{
	static const char *const ids[] = {"vfio.node-permission", "vfio.noiommu",
					  "limits.memlock",       "host.virtualization-disabled",
					  "host.modules-removed", "host.secure-boot",
					  "host.lockdown",        "host.is-xen",
					  "host.kernel-known-bad"};

	(void)state;
	assert_all_said(ids, ARRAY_SIZE(ids));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_iommu_mode_is_on),
		cmocka_unit_test(no_iommu_mode_was_used),
		cmocka_unit_test(no_iommu_mode_is_asked_for),
		cmocka_unit_test(no_iommu_mode_that_nobody_could_see),
		cmocka_unit_test(the_container_node),
		cmocka_unit_test(limits_of_who_starts_vms),
		cmocka_unit_test(a_limit_that_was_exceeded),
		cmocka_unit_test(limits_that_nobody_could_read),
		cmocka_unit_test(a_cpu_without_virtualization),
		cmocka_unit_test(cpus_that_are_another_matter),
		cmocka_unit_test(an_update_has_taken_the_modules),
		cmocka_unit_test(secure_boot),
		cmocka_unit_test(lockdown),
		cmocka_unit_test(a_xen_host),
		cmocka_unit_test(kernels_that_break_passthrough),
		cmocka_unit_test(bad_kernels_and_what_is_asked_for),
		cmocka_unit_test(every_variant_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
