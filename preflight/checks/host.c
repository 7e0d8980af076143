/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks vfio.*, limits.*, host.* and platform.*: the machine around the devices. */
#include "preflight/checks/check.h"

/* -- vfio, limits
 * ----------------------------------------------------------------------------------- */

enum { NOIOMMU_ON, NOIOMMU_CONFIGURED };

/* Kernels built without the mode know no such parameter, and say so when vfio is loaded. */
static bool refused_by_kernel(const struct facts *facts, const char *parameter)
{
	for_each (event, &facts->log.events)
		if (event->kind == LOG_UNKNOWN_MODULE_PARAMETER && strstr(event->text, parameter))
			return true;
	return false;
}

/* The parameter as it is in force; where vfio is not loaded, as it will be set. */
static void noiommu_parameter(const struct facts *facts, struct finding *finding)
{
	static const char name[] = "enable_unsafe_noiommu_mode";
	const struct module_parameter *mode = facts_module_parameter(facts, "vfio", name);
	const struct parameter *asked = facts_parameter(facts, "vfio.enable_unsafe_noiommu_mode");
	const struct modprobe_line *line;
	const char *value;

	if (!mode && refused_by_kernel(facts, name))
		return;
	if (mode || asked) {
		if (!parameter_is_true(mode ? mode->value : asked->value))
			return;
		finding_fail(finding, mode ? NOIOMMU_ON : NOIOMMU_CONFIGURED);
		finding_evidence(finding, mode ? &mode->origin : &asked->origin);
		return;
	}
	line = facts_modprobe_option(facts, finding->arena, "vfio", name, &value);
	if (line && parameter_is_true(value)) {
		finding_fail(finding, NOIOMMU_CONFIGURED);
		finding_evidence(finding, &line->origin);
	}
}

static void noiommu(const struct facts *facts, const struct device *device, struct finding *finding)
{
	(void)device;
	/* Where every device with a group has one of the IOMMU's, nobody uses the mode. */
	if (facts_module_parameter(facts, "vfio", "enable_unsafe_noiommu_mode") ||
	    facts->modules.loaded_known == YES ||
	    (facts->iommu.active == YES && facts->iommu.groups_listed == YES))
		finding_pass(finding);
	else
		finding_unknown(finding, "/proc/modules");
	noiommu_parameter(facts, finding);
	for_each (group, &facts->groups)
		if (streq(group->name, "vfio-noiommu")) {
			finding_fail(finding, NOIOMMU_ON);
			finding_evidence_at(finding, "/sys/kernel/iommu_groups", 0,
					    "group %d is named vfio-noiommu", group->id);
		}
	if (log_find(&facts->log, LOG_NOIOMMU, NULL)) {
		finding_fail(finding, NOIOMMU_ON);
		finding_evidence_kind(finding, LOG_NOIOMMU);
	}
}

static void node_permission(const struct facts *facts, const struct device *device,
			    struct finding *finding)
{
	int mode = facts->usage.vfio_node_mode;

	(void)device;
	if (mode < 0)
		return; /* the node appears with the vfio module */
	if ((mode & 0666) == 0666) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "mode", "%04o", mode);
	finding_evidence_at(finding, "/dev/vfio/vfio", 0, "mode %04o", mode);
}

static void memlock(const struct facts *facts, const struct device *device, struct finding *finding)
{
	const struct log_event *exceeded = log_find(&facts->log, LOG_MEMLOCK, NULL);
	static const uint64_t enough = UINT64_C(1) << 30;
	const char *unread = facts->usage.why_unknown[USE_PROCESS].path;
	struct strings low = {0};
	uint64_t least = enough;

	(void)device;
	for_each (limit, &facts->usage.memlock) {
		if (limit->can_raise || limit->soft >= enough)
			continue;
		least = limit->soft < least ? limit->soft : least;
		strings_add(finding->arena, &low, limit->process);
		finding_fail(finding, 0);
		finding_set(finding, "process", "%s", strings_join(finding->arena, &low, ", "));
		finding_set(finding, "limit", "%llu", (unsigned long long)(least >> 10));
		finding_evidence(finding, &limit->origin);
	}
	if (exceeded) {
		if (finding->result != RESULT_FAIL)
			finding_fail(finding, 1);
		finding_set(finding, "bytes", "%lld", (long long)exceeded->number);
		finding_evidence_event(finding, &facts->log, exceeded);
	}
	if (finding->result == RESULT_FAIL)
		return;
	if (facts->usage.memlock_known != YES)
		finding_unknown(finding, unread ? unread : "/proc");
	else if (facts->usage.memlock.count)
		finding_pass(finding);
}

/* -- host
 * ------------------------------------------------------------------------------------------- */

static void virtualization_disabled(const struct facts *facts, const struct device *device,
				    struct finding *finding)
{
	(void)device;
	if (facts_cpu_is_arm(facts) || facts->machine.xen_dom0 == YES)
		return;
	if (facts->machine.cpu_virtualization == YES &&
	    !log_find(&facts->log, LOG_VMX_DISABLED, NULL)) {
		finding_pass(finding);
		return;
	}
	if (facts->machine.cpu_virtualization == UNKNOWN) {
		finding_unknown(finding, "/proc/cpuinfo");
		return;
	}
	finding_fail(finding, facts->machine.in_vm == YES ? 1 : 0);
	if (facts->machine.cpu_virtualization == NO)
		finding_evidence_at(finding, "/proc/cpuinfo", 0, "flags hold neither vmx nor svm");
	finding_evidence_kind(finding, LOG_VMX_DISABLED);
}

static void modules_removed(const struct facts *facts, const struct device *device,
			    struct finding *finding)
{
	(void)device;
	if (facts->machine.config.modules == 'n')
		return; /* a kernel without modules misses none */
	/* A tree without lib/modules tells nothing; a host with it but without the running kernel's
	 * folder has lost it, usually to an update. */
	if (!facts->modules.directory || facts->modules.modules_root_present != YES) {
		finding_unknown(finding, "/lib/modules");
		if (facts->modules.modules_root_present == NO)
			finding_na(finding);
		return;
	}
	if (facts->modules.directory_present == UNKNOWN) {
		finding_unknown(finding, facts->modules.directory);
		return;
	}
	if (facts->modules.directory_present == YES) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_evidence_at(finding, "/lib/modules", 0, "holds no folder %s",
			    facts->machine.kernel ? facts->machine.kernel
						  : "of the running kernel");
}

static void secure_boot(const struct facts *facts, const struct device *device,
			struct finding *finding)
{
	(void)device;
	if (facts->machine.secure_boot == UNKNOWN) {
		if (streq(facts->machine.firmware, "uefi"))
			finding_unknown(finding, "/sys/firmware/efi/efivars");
		return;
	}
	if (facts->machine.secure_boot == NO) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_evidence(finding, &facts->machine.secure_boot_origin);
}

static void lockdown(const struct facts *facts, const struct device *device,
		     struct finding *finding)
{
	(void)device;
	if (!facts->machine.lockdown)
		return;
	if (streq(facts->machine.lockdown, "none")) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "mode", "%s", facts->machine.lockdown);
	finding_evidence_at(finding, "/sys/kernel/security/lockdown", 0, "[%s]",
			    facts->machine.lockdown);
}

static void is_xen(const struct facts *facts, const struct device *device, struct finding *finding)
{
	(void)device;
	if (facts->machine.xen_dom0 != YES) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_evidence_at(finding, "/sys/hypervisor/type", 0, "xen");
}

/*
 * Kernel builds that are known to break passthrough, by the beginning of their release. All of these
 * refuse virtual functions ("error getting device from group: Permission denied"), and them only:
 * https://github.com/strongtz/i915-sriov-dkms/issues/312 and 322.
 */
static const struct bad_kernel {
	const char *release, *note;
} bad_kernels[] = {
	{"6.14.0-24-generic",
	 N_("VMs with a virtual function do not start (regression in Ubuntu's 6.14.0-24)")},
	{"6.14.6-1-pve", N_("VMs with a virtual function do not start (regression taken over from "
			    "Ubuntu's 6.14.0-24)")},
	{"6.14.8-1-pve", N_("VMs with a virtual function do not start (regression taken over from "
			    "Ubuntu's 6.14.0-24)")},
	{"6.14.8-1-bpo12-pve", N_("VMs with a virtual function do not start (regression taken over "
				  "from Ubuntu's 6.14.0-24)")},
	{"6.8.12-12-pve",
	 N_("VMs with a virtual function do not start (6.8.12-11-pve is not affected)")},
};

/* Whether any of the devices asked for is a virtual function; YES where none was asked for. */
static bool about_virtual_functions(const struct facts *facts)
{
	for_each (target, &facts->targets)
		if ((*target)->physfn)
			return true;
	return !facts->targets.count;
}

static void kernel_known_bad(const struct facts *facts, const struct device *device,
			     struct finding *finding)
{
	(void)device;
	if (!facts->machine.kernel) {
		finding_unknown(finding, "/proc/sys/kernel/osrelease");
		return;
	}
	finding_pass(finding);
	for (size_t i = 0; i < ARRAY_SIZE(bad_kernels); i++)
		if (starts_with(facts->machine.kernel, bad_kernels[i].release)) {
			finding_fail(finding, 0);
			if (!about_virtual_functions(facts))
				finding_severity(finding, SEVERITY_INFO);
			finding_set(finding, "note", "%s", bad_kernels[i].note);
			finding_evidence_at(finding, "/proc/sys/kernel/osrelease", 1, "%s",
					    facts->machine.kernel);
		}
}

/* -- the rows
 * ---------------------------------------------------------------------------------------- */

static const struct check vfio_rows[] = {
	{
		.id = "vfio.node-permission",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_NODE_MODE,
		.title = N_("/dev/vfio/vfio is not open to everybody"),
		.why = N_("The container node is harmless by itself and is meant to have mode "
			  "0666. With a narrower mode "
			  "only root's VMs start."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = node_permission,
		.variants = {{
			N_("/dev/vfio/vfio has mode {mode}: VMs that do not run as root cannot "
			   "open it"),
			N_("udev sets 0666; systemd 254 made it 0600 again, and local rules can."),
			{{OWNER_USER, N_("update systemd, or correct the rule; until then"),
			  "chmod 0666 /dev/vfio/vfio"}},
		}},
	},
	{
		.id = "vfio.noiommu",
		.severity = SEVERITY_DANGER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("VFIO runs without an IOMMU (no-IOMMU mode)"),
		.why = N_("enable_unsafe_noiommu_mode makes VFIO pretend: groups appear, but a "
			  "device can write to all of "
			  "the host's memory. It serves user-space drivers like DPDK, not VMs."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = noiommu,
		.variants =
			{
				[NOIOMMU_ON] =
					{
						N_("VFIO's no-IOMMU mode is on: nothing protects "
						   "the host's memory"),
						N_("QEMU does not accept such groups, and any user "
						   "of them can crash or "
						   "take over the host."),
						{{OWNER_USER,
						  N_("remove enable_unsafe_noiommu_mode and get a "
						     "real IOMMU"),
						  NULL}},
					},
				[NOIOMMU_CONFIGURED] =
					{
						N_("VFIO's no-IOMMU mode is asked for: once vfio "
						   "is loaded, nothing protects the "
						   "host's memory"),
						N_("QEMU does not accept groups without an IOMMU, "
						   "and any user of them can crash or "
						   "take over the host."),
						{{OWNER_USER,
						  N_("remove enable_unsafe_noiommu_mode and get a "
						     "real IOMMU"),
						  NULL}},
					},
			},
	},
};
const struct check_table checks_vfio = {vfio_rows, ARRAY_SIZE(vfio_rows)};

static const struct check limits_rows[] = {
	{
		.id = "limits.memlock",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_MEMLOCK,
		.title = N_("the memory lock limit is too low for a VM"),
		.why = N_("VFIO pins all of a guest's memory. The limit that counts is that of the "
			  "process that libvirt or "
			  "another manager starts, not your shell's."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = memlock,
		.variants =
			{
				{
					N_("{process} may lock only {limit} KiB of memory and "
					   "cannot raise that"),
					N_("VMs it starts fail with \"VFIO_MAP_DMA failed: Cannot "
					   "allocate memory\"."),
					{{OWNER_USER,
					  N_("set LimitMEMLOCK=infinity in a drop-in of its unit, "
					     "and let it keep "
					     "CAP_SYS_RESOURCE"),
					  "systemctl edit libvirtd.service"}},
				},
				{
					N_("a process has run into its memory lock limit ({bytes} "
					   "bytes) since boot"),
					N_("The kernel refused to pin guest memory."),
					{{OWNER_USER,
					  N_("raise the limit of the process that starts VMs "
					     "(LimitMEMLOCK=infinity in its "
					     "unit; memtune hard_limit in a libvirt domain)"),
					  "systemctl edit libvirtd.service"}},
				},
			},
	},
};
const struct check_table checks_limits = {limits_rows, ARRAY_SIZE(limits_rows)};

static const struct check host_rows[] = {
	{
		.id = "host.virtualization-disabled",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_FIRMWARE,
		.title = N_("the CPU's virtualization is not available"),
		.why = N_("VFIO does not need it, but a VM without it is emulated and hardly "
			  "usable."),
		.references = {"https://docs.kernel.org/virt/kvm/index.html"},
		.evaluate = virtualization_disabled,
		.variants =
			{
				{
					N_("CPU virtualization is not available (no vmx or svm)"),
					N_("It is switched off in firmware setup, or the CPU has "
					   "none."),
					{{OWNER_FIRMWARE,
					  N_("enable Intel Virtualization Technology (VT-x) or AMD "
					     "SVM Mode in firmware "
					     "setup"),
					  NULL}},
				},
				{
					N_("CPU virtualization is not available inside this VM"),
					N_("The hypervisor does not offer nested virtualization to "
					   "it."),
					{{OWNER_USER,
					  N_("switch nested virtualization on for this VM, on the "
					     "hypervisor"),
					  NULL}},
				},
			},
	},
	{
		.id = "host.modules-removed",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_REBOOT,
		.title = N_("the running kernel's modules are gone"),
		.why = N_("An update replaced the kernel and removed the running one's modules: "
			  "nothing that is not loaded "
			  "yet can be loaded, vfio-pci included, until the reboot."),
		.references = {"https://docs.kernel.org/kbuild/modules.html"},
		.evaluate = modules_removed,
		.variants = {{
			N_("the modules of the running kernel {kernel} are gone"),
			N_("A package update removed them; modules can no longer be loaded in this "
			   "boot."),
			{{OWNER_USER, N_("reboot into the new kernel"), "systemctl reboot"}},
		}},
	},
	{
		.id = "host.secure-boot",
		.severity = SEVERITY_INFO,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_NOTHING,
		.title = N_("Secure Boot is on"),
		.why = N_("vfio-pci works with Secure Boot. Modules built on the host need an "
			  "enrolled key, and a unified "
			  "kernel image keeps its built-in command line."),
		.references = {"https://docs.kernel.org/admin-guide/module-signing.html"},
		.evaluate = secure_boot,
		.variants = {{
			N_("Secure Boot is on"),
			N_("It does not hinder passthrough; out-of-tree modules must be signed."),
			{{OWNER_USER, N_("nothing to do"), NULL}},
		}},
	},
	{
		.id = "host.lockdown",
		.severity = SEVERITY_INFO,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_NOTHING,
		.title = N_("the kernel is locked down"),
		.why = N_("Lockdown forbids writing configuration space, /dev/mem and unsigned "
			  "modules; VFIO itself is "
			  "allowed."),
		.references = {"https://man7.org/linux/man-pages/man7/kernel_lockdown.7.html"},
		.evaluate = lockdown,
		.variants = {{
			N_("the kernel is locked down ({mode})"),
			N_("It does not hinder passthrough."),
			{{OWNER_USER, N_("nothing to do"), NULL}},
		}},
	},
	{
		.id = "host.is-xen",
		.severity = SEVERITY_INFO,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_XEN,
		.title = N_("this is a Xen host: Xen owns the IOMMU"),
		.why = N_("Linux as dom0 sees no IOMMU groups, and VFIO is not how Xen passes "
			  "devices through. The VFIO "
			  "checks do not apply."),
		.references = {"https://wiki.xenproject.org/wiki/Xen_PCI_Passthrough"},
		.evaluate = is_xen,
		.variants = {{
			N_("this is a Xen host: Xen owns the IOMMU, VFIO does not apply"),
			N_("Empty iommu_groups are normal here. vfiokit cannot judge a Xen "
			   "passthrough."),
			{{OWNER_USER, N_("use Xen's own tools"), "xl pci-assignable-list"}},
		}},
	},
	{
		.id = "host.kernel-known-bad",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_OTHER_KERNEL,
		.title = N_("this kernel build is known to break passthrough"),
		.why = N_("Now and then a release breaks VFIO; booting the one before or after is "
			  "the cure."),
		.references = {"https://github.com/strongtz/i915-sriov-dkms/issues"},
		.evaluate = kernel_known_bad,
		.variants = {{
			N_("kernel {kernel} is known to break passthrough"),
			N_("{note}"),
			{{OWNER_USER, N_("boot an earlier or later kernel"), NULL}},
		}},
	},
};
const struct check_table checks_host = {host_rows, ARRAY_SIZE(host_rows)};
