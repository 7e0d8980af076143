/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks iommu.*: is there an IOMMU, and does the kernel use it? */
#include "preflight/checks/check.h"

#define TABLES "/sys/firmware/acpi/tables"

static bool is_x86(const struct facts *facts)
{
	enum cpu_vendor vendor = facts->machine.cpu_vendor;

	return vendor == CPU_INTEL || vendor == CPU_AMD || vendor == CPU_HYGON ||
	       vendor == CPU_ZHAOXIN || streq(facts->machine.architecture, "x86_64");
}

/* Whether firmware describes any IOMMU at all. */
static enum truth any_table(const struct facts *facts)
{
	enum truth any = NO;

	for (size_t i = 0; i < TABLE_COUNT; i++) {
		if (facts->iommu.table_present[i] == YES)
			return YES;
		if (facts->iommu.table_present[i] == UNKNOWN)
			any = UNKNOWN;
	}
	return any;
}

/* The tables that an x86 CPU's own IOMMU needs; VIOT and IORT say nothing about it. */
static enum truth x86_table(const struct facts *facts)
{
	enum truth dmar = facts->iommu.table_present[TABLE_DMAR];
	enum truth ivrs = facts->iommu.table_present[TABLE_IVRS];

	if (facts_iommu_is_amd(facts))
		return ivrs;
	if (facts_iommu_is_intel(facts))
		return dmar;
	if (dmar == YES || ivrs == YES)
		return YES;
	return dmar == NO && ivrs == NO ? NO : UNKNOWN;
}

/* A unit of a kind without a name (a SoC's for its display) proves itself only by groups. */
static bool unit_seen(const struct facts *facts)
{
	if (facts->iommu.active == YES)
		return true;
	for_each (unit, &facts->iommu.units)
		if (unit->kind != IOMMU_OTHER)
			return true;
	return false;
}

/* An IORT also describes machines without an SMMU. */
static bool table_names_no_smmu(const struct facts *facts)
{
	return facts_cpu_is_arm(facts) && facts->iommu.table_present[TABLE_IORT] == YES &&
	       facts->iommu.smmu_in_table == NO && !unit_seen(facts);
}

/* What the host shows instead of a table. */
static void quote_no_table(struct finding *finding)
{
	if (finding->facts->iommu.table_present[TABLE_IORT] == YES)
		finding_evidence_at(finding, TABLES "/IORT", 0, "names no SMMU");
	else if (finding->facts->iommu.tables_listed == YES)
		finding_evidence_at(finding, TABLES, 0, "holds no DMAR, IVRS, IORT or VIOT");
	if (finding->facts->iommu.active == NO)
		finding_evidence(finding, &finding->facts->iommu.active_origin);
}

/* -- iommu.hardware-missing ----------------------------------------------------------------------
 */

enum { MISSING_IN_VM, MISSING_SMMU, MISSING_SMMU_DEVICETREE, MISSING_CPU, MISSING_OTHER };

static void hardware_missing(const struct facts *facts, const struct device *device,
			     struct finding *finding)
{
	enum truth table = any_table(facts);

	(void)device;
	if (table_names_no_smmu(facts)) {
		finding_fail(finding, MISSING_SMMU);
		quote_no_table(finding);
		return;
	}
	if (unit_seen(facts) || table == YES) {
		finding_pass(finding);
		return;
	}
	if (table == UNKNOWN && facts->iommu.devicetree != YES) {
		finding_unknown(finding, TABLES);
		return;
	}
	finding_set(finding, "table", "%s", facts_table_name(facts));
	finding_set(finding, "hypervisor", "%s",
		    facts->machine.hypervisor ? facts->machine.hypervisor : "unknown hypervisor");
	if (facts->machine.in_vm == YES) {
		finding_fail(finding, MISSING_IN_VM);
		finding_evidence(finding, &facts->machine.in_vm_origin);
	} else if (facts->iommu.devicetree == YES && facts->iommu.active == NO) {
		finding_fail(finding, MISSING_SMMU_DEVICETREE);
	} else if (facts_cpu_is_arm(facts)) {
		finding_fail(finding, MISSING_SMMU);
	} else if (is_x86(facts)) {
		/* With virtualization in the CPU, or hidden by firmware, iommu.disabled-in-firmware
		 * tells the cause. */
		if (facts->machine.cpu_virtualization == YES ||
		    log_find(&facts->log, LOG_VMX_DISABLED, NULL)) {
			finding_pass(finding);
			return;
		}
		if (facts->machine.cpu_virtualization == UNKNOWN) {
			finding_unknown(finding, "/proc/cpuinfo");
			return;
		}
		finding_fail(finding, MISSING_CPU);
		finding_evidence_at(finding, "/proc/cpuinfo", 0, "flags hold neither vmx nor svm");
	} else if (facts->iommu.active == NO) {
		finding_fail(finding, MISSING_OTHER);
	} else {
		finding_unknown(finding, "/sys/kernel/iommu_groups");
		return;
	}
	quote_no_table(finding);
}

/* -- iommu.disabled-in-firmware
 * -------------------------------------------------------------------- */

enum { FIRMWARE_INTEL, FIRMWARE_AMD };

static void disabled_in_firmware(const struct facts *facts, const struct device *device,
				 struct finding *finding)
{
	bool hidden = log_find(&facts->log, LOG_VMX_DISABLED, NULL);

	(void)device;
	if (!is_x86(facts) || facts->machine.in_vm == YES)
		return;
	if (unit_seen(facts) || x86_table(facts) == YES) {
		finding_pass(finding);
		return;
	}
	if (x86_table(facts) == UNKNOWN) {
		finding_unknown(finding, TABLES);
		return;
	}
	if (facts->machine.cpu_virtualization == NO && !hidden)
		return; /* iommu.hardware-missing */
	finding_fail(finding, facts_iommu_is_amd(facts) ? FIRMWARE_AMD : FIRMWARE_INTEL);
	quote_no_table(finding);
	finding_evidence_kind(finding, LOG_VMX_DISABLED);
	/* The line that misleads many: it only echoes the parameter. */
	finding_evidence_kind(finding, LOG_DMAR_ECHO_ON);
}

/* -- iommu.firmware-table-broken
 * ------------------------------------------------------------------- */

static void table_broken(const struct facts *facts, const struct device *device,
			 struct finding *finding)
{
	static const enum log_kind broken[] = {LOG_DMAR_BROKEN, LOG_AMDVI_BROKEN,
					       LOG_DMAR_INIT_FAILED, LOG_DMAR_NO_WIDTH};
	bool present = false, unread = false;

	(void)device;
	if (facts->iommu.active == YES)
		finding_severity(finding, SEVERITY_WARNING);
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		if (facts->iommu.table_present[i] != YES)
			continue;
		present = true;
		if (facts->iommu.table_valid[i] == NO) {
			finding_fail(finding, 0);
			finding_evidence(finding, &facts->iommu.table_problem[i]);
		} else if (facts->iommu.table_valid[i] == UNKNOWN) {
			unread = true;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		if (!log_find(&facts->log, broken[i], NULL))
			continue;
		finding_fail(finding, 0);
		finding_evidence_kind(finding, broken[i]);
	}
	finding_set(finding, "table", "%s", facts_table_name(facts));
	/* A machine described by a device tree has no such table. */
	if (finding->result == RESULT_FAIL ||
	    (!present && (any_table(facts) == NO || facts->iommu.devicetree == YES)))
		return;
	/* The running kernel has used the table: that it could is proof enough. */
	if ((present && !unread) || facts->iommu.active == YES)
		finding_pass(finding);
	else
		finding_unknown(finding, present ? arena_printf(finding->arena, TABLES "/%s",
								facts_table_name(facts))
						 : TABLES);
}

/* -- iommu.disabled-by-kernel
 * ---------------------------------------------------------------------- */

enum { KERNEL_OFF, KERNEL_MISSING, KERNEL_MAYBE_MISSING, KERNEL_NOT_BUILT, KERNEL_OTHER };

static const struct parameter *turned_off(const struct facts *facts)
{
	const struct parameter *parameter = facts_parameter_word(facts, "iommu", "off");

	if (!parameter && facts_iommu_is_amd(facts))
		return facts_parameter_word(facts, "amd_iommu", "off");
	if (!parameter && !facts_cpu_is_arm(facts))
		return facts_parameter_word(facts, "intel_iommu", "off");
	return parameter;
}

static bool driver_not_built(const struct facts *facts)
{
	const struct kernel_config *config = &facts->machine.config;

	if (facts_cpu_is_arm(facts))
		return config->arm_smmu_v3 == 'n' && config->arm_smmu == 'n';
	return (facts_iommu_is_amd(facts) ? config->amd_iommu : config->intel_iommu) == 'n';
}

/* Intel only: AMD-Vi and the SMMU are on whenever their table is there. */
static unsigned missing_variant(const struct facts *facts)
{
	const struct kernel_config *config = &facts->machine.config;

	if (!facts_iommu_is_intel(facts) || facts_parameter_word(facts, "intel_iommu", "on"))
		return KERNEL_OTHER;
	if (config->intel_iommu_default_on == 'y' ||
	    config->intel_iommu_default_on_intgpu_off == 'y')
		return KERNEL_OTHER;
	return config->known == YES ? KERNEL_MISSING : KERNEL_MAYBE_MISSING;
}

static void disabled_by_kernel(const struct facts *facts, const struct device *device,
			       struct finding *finding)
{
	const struct parameter *off = turned_off(facts);

	(void)device;
	if (facts->iommu.active == YES) {
		finding_pass(finding);
		return;
	}
	if (table_names_no_smmu(facts))
		return; /* iommu.hardware-missing */
	if (any_table(facts) != YES && !unit_seen(facts)) {
		if (any_table(facts) == UNKNOWN && facts->iommu.active != NO)
			finding_unknown(finding, "/sys/kernel/iommu_groups");
		return;
	}
	if (facts->iommu.active == UNKNOWN) {
		finding_unknown(finding, "/sys/kernel/iommu_groups");
		return;
	}
	if (off) {
		finding_fail(finding, KERNEL_OFF);
		finding_set(finding, "parameter", "%s", off->text);
		finding_evidence(finding, &off->origin);
	} else if (driver_not_built(facts)) {
		finding_fail(finding, KERNEL_NOT_BUILT);
		finding_evidence_at(finding, facts->machine.config.source, 0,
				    "the IOMMU driver is not set");
	} else {
		finding_fail(finding, missing_variant(facts));
		if (facts->cmdline_known == YES)
			finding_evidence_at(finding, "/proc/cmdline", 1, "%s", facts->cmdline_text);
		finding_evidence_kind(finding, LOG_DMAR_INIT_FAILED);
		finding_evidence_kind(finding, LOG_DMAR_OPT_OUT);
		finding_evidence_kind(finding, LOG_AMDVI_DISABLED);
	}
	finding_set(finding, "table", "%s", facts_table_name(facts));
	finding_evidence(finding, &facts->iommu.active_origin);
}

/* -- the rows
 * ------------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "iommu.hardware-missing",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_FIRMWARE,
		.title = N_("no IOMMU is exposed to this system"),
		.why = N_("Without an IOMMU a device given to a VM could read and write all of the "
			  "host's "
			  "memory, so VFIO refuses it. The IOMMU is part of the CPU or chipset and "
			  "is "
			  "announced by firmware (DMAR on Intel, IVRS on AMD, IORT on Arm)."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = hardware_missing,
		.variants =
			{
				[MISSING_IN_VM] =
					{
						N_("this is a virtual machine without a virtual "
						   "IOMMU"),
						N_("The hypervisor ({hypervisor}) gives this VM no "
						   "IOMMU, so no device in it "
						   "can be passed on to a nested VM."),
						{{OWNER_USER,
						  N_("on the hypervisor, add a virtual IOMMU to "
						     "this VM (QEMU: -M "
						     "q35,kernel-irqchip=split -device "
						     "intel-iommu,intremap=on,"
						     "caching-mode=on), or run vfiokit on the "
						     "hypervisor itself"),
						  NULL}},
					},
				[MISSING_SMMU] =
					{
						N_("firmware exposes no SMMU"),
						N_("The ACPI IORT table names no SMMU, so the "
						   "kernel has none to drive. "
						   "Kernel parameters (iommu.passthrough among "
						   "them) do not switch one on."),
						{{OWNER_FIRMWARE,
						  N_("enable the SMMU (\"SMMU\", \"IOMMU\", "
						     "\"Support Smmu\") in "
						     "firmware setup"),
						  NULL},
						 {OWNER_VENDOR,
						  N_("where setup has no such option, ask the "
						     "vendor for firmware "
						     "that describes the SMMU"),
						  NULL}},
					},
				[MISSING_SMMU_DEVICETREE] =
					{
						N_("no IOMMU that Linux drives covers the PCIe bus "
						   "of this board"),
						N_("The board's device tree gives its PCIe host "
						   "bridge no iommu-map, or the SMMU "
						   "node is disabled."),
						{{OWNER_VENDOR,
						  N_("only a device tree (and an SoC) with an SMMU "
						     "in front of PCIe "
						     "can change this"),
						  NULL}},
					},
				[MISSING_CPU] =
					{
						N_("neither the CPU nor firmware shows "
						   "virtualization or an IOMMU"),
						N_("The CPU's flags hold no vmx or svm and "
						   "firmware gives no {table} table: the "
						   "processor has no IOMMU, or firmware hides "
						   "everything that belongs to "
						   "virtualization."),
						{{OWNER_FIRMWARE,
						  N_("look in firmware setup for Intel VT-x and "
						     "VT-d, or AMD SVM "
						     "and IOMMU, and enable them"),
						  NULL}},
					},
				[MISSING_OTHER] =
					{
						N_("no IOMMU is exposed to this system"),
						N_("The kernel has no IOMMU group and firmware "
						   "describes no IOMMU."),
						{{OWNER_FIRMWARE,
						  N_("enable the IOMMU in firmware setup, where "
						     "there is one"),
						  NULL}},
					},
			},
	},
	{
		.id = "iommu.disabled-in-firmware",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_FIRMWARE,
		.title = N_("the IOMMU is switched off in firmware setup"),
		.why = N_("The kernel finds the IOMMU through an ACPI table (DMAR or IVRS). "
			  "Firmware leaves the "
			  "table out while VT-d or AMD-Vi is disabled, and then no kernel "
			  "parameter can help. "
			  "\"DMAR: IOMMU enabled\" in the log only echoes intel_iommu=on."),
		.references = {"https://docs.kernel.org/arch/x86/iommu.html"},
		.evaluate = disabled_in_firmware,
		.variants =
			{
				[FIRMWARE_INTEL] =
					{
						N_("VT-d is switched off in firmware setup (no "
						   "ACPI DMAR table)"),
						N_("The CPU has virtualization, but firmware gives "
						   "the kernel no DMAR table: "
						   "VT-d is off in setup, or, on old or simple "
						   "machines, not there at all. "
						   "Kernel parameters cannot change that."),
						{{OWNER_FIRMWARE,
						  N_("enable \"Intel VT-d\" (also called \"VT for "
						     "Directed I/O\") in "
						     "firmware setup, often below Chipset, System "
						     "Agent or North "
						     "Bridge; enable \"Intel Virtualization "
						     "Technology\" as well"),
						  NULL}},
					},
				[FIRMWARE_AMD] =
					{
						N_("AMD-Vi is switched off in firmware setup (no "
						   "ACPI IVRS table)"),
						N_("The CPU has virtualization, but firmware gives "
						   "the kernel no IVRS table: "
						   "AMD-Vi is off in setup, or, on old or simple "
						   "machines, not there at all. "
						   "Kernel parameters cannot change that; "
						   "amd_iommu=on is not even a value."),
						{{OWNER_FIRMWARE,
						  N_("set \"IOMMU\" to Enabled (not Auto) in "
						     "firmware setup, often "
						     "below AMD CBS, NBIO or North Bridge; enable "
						     "\"SVM Mode\" as well"),
						  NULL}},
					},
			},
	},
	{
		.id = "iommu.firmware-table-broken",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_FIRMWARE,
		.title = N_("the firmware's IOMMU table is broken"),
		.why = N_("DMAR, IVRS and IORT are written by firmware. Where their lengths, "
			  "checksums or entries "
			  "are wrong the kernel refuses the IOMMU or works around it, sometimes "
			  "without interrupt "
			  "remapping."),
		.references = {"https://uefi.org/acpi"},
		.evaluate = table_broken,
		.under_xen = true,
		.variants = {{
			N_("the firmware's {table} table is broken"),
			N_("This is a fault of the firmware, not of the configuration."),
			{{OWNER_FIRMWARE, N_("update the firmware"), NULL},
			 {OWNER_VENDOR, N_("report the quoted line to the board's vendor"), NULL}},
		}},
	},
	{
		.id = "iommu.disabled-by-kernel",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_ARGUMENT_ADD,
		.title = N_("the kernel does not use the IOMMU that firmware offers"),
		.why = N_("Firmware describes an IOMMU, but there are no IOMMU groups: a parameter "
			  "switched it off, "
			  "a parameter is missing on a kernel that needs one, or the kernel was "
			  "built without "
			  "the driver."),
		.references = {"https://docs.kernel.org/admin-guide/kernel-parameters.html"},
		.evaluate = disabled_by_kernel,
		.cured_by_configure = true,
		.variants =
			{
				[KERNEL_OFF] =
					{
						N_("{parameter} on the kernel command line "
						   "switches the IOMMU off"),
						N_("Firmware gives a {table} table; this parameter "
						   "tells the kernel not to use it."),
						{{OWNER_VFIOKIT,
						  N_("remove {parameter} from the kernel command "
						     "line and reboot"),
						  "vfiokit configure"}},
					},
				[KERNEL_MISSING] =
					{
						N_("VT-d is there, but this kernel leaves it off "
						   "without intel_iommu=on"),
						N_("Firmware gives a {table} table; the kernel's "
						   "configuration does not switch "
						   "VT-d on by default "
						   "(CONFIG_INTEL_IOMMU_DEFAULT_ON is not set) and "
						   "the command "
						   "line does not ask for it."),
						{{OWNER_VFIOKIT,
						  N_("add intel_iommu=on to the kernel command "
						     "line and reboot"),
						  "vfiokit configure"}},
					},
				[KERNEL_MAYBE_MISSING] =
					{
						N_("VT-d is there, but the kernel has not switched "
						   "it on"),
						N_("Firmware gives a {table} table and there are "
						   "no IOMMU groups. The command line "
						   "does not hold intel_iommu=on, which kernels "
						   "without "
						   "CONFIG_INTEL_IOMMU_DEFAULT_ON need."),
						{{OWNER_VFIOKIT,
						  N_("add intel_iommu=on to the kernel command "
						     "line and reboot"),
						  "vfiokit configure"}},
					},
				[KERNEL_NOT_BUILT] =
					{
						N_("kernel {kernel} is built without a driver for "
						   "this IOMMU"),
						N_("Firmware gives a {table} table, but the "
						   "kernel's configuration leaves the "
						   "driver out (Debian's cloud flavour has no "
						   "AMD-Vi, for example)."),
						{{OWNER_USER,
						  N_("install and boot the distribution's ordinary "
						     "kernel"),
						  NULL}},
					},
				[KERNEL_OTHER] =
					{
						N_("firmware offers an IOMMU, but the kernel did "
						   "not switch it on"),
						N_("Firmware describes an IOMMU and nothing on the "
						   "command line forbids it, yet "
						   "there are no IOMMU groups."),
						{{OWNER_USER,
						  N_("look for DMAR, AMD-Vi or SMMU lines in the "
						     "kernel log"),
						  "dmesg | grep -iE 'dmar|amd-vi|smmu|iommu'"},
						 {OWNER_FIRMWARE, N_("update the firmware"), NULL}},
					},
			},
	},
};

const struct check_table checks_iommu = {rows, ARRAY_SIZE(rows)};
