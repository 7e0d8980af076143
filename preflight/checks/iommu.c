/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks iommu.*: is there an IOMMU? */
#include "preflight/checks/check.h"
#include "preflight/checks/iommu_seen.h"

static bool is_x86(const struct facts *facts)
{
	enum cpu_vendor vendor = facts->machine.cpu_vendor;

	return vendor == CPU_INTEL || vendor == CPU_AMD || vendor == CPU_HYGON ||
	       vendor == CPU_ZHAOXIN || streq(facts->machine.architecture, "x86_64");
}

enum truth iommu_any_table(const struct facts *facts)
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

bool iommu_unit_seen(const struct facts *facts)
{
	if (facts->iommu.active == YES)
		return true;
	for_each (unit, &facts->iommu.units)
		if (unit->kind != IOMMU_OTHER)
			return true;
	return false;
}

bool iommu_table_names_no_smmu(const struct facts *facts)
{
	return facts_cpu_is_arm(facts) && facts->iommu.table_present[TABLE_IORT] == YES &&
	       facts->iommu.smmu_in_table == NO && !iommu_unit_seen(facts);
}

/* What the host shows instead of a table. */
static void quote_no_table(struct finding *finding)
{
	if (finding->facts->iommu.table_present[TABLE_IORT] == YES)
		finding_evidence_at(finding, ACPI_TABLES "/IORT", 0, "names no SMMU");
	else if (finding->facts->iommu.tables_listed == YES)
		finding_evidence_at(finding, ACPI_TABLES, 0, "holds no DMAR, IVRS, IORT or VIOT");
	if (finding->facts->iommu.active == NO)
		finding_evidence(finding, &finding->facts->iommu.active_origin);
}

/* -- iommu.hardware-missing -------------------------------------------------------------------- */

enum { MISSING_IN_VM, MISSING_SMMU, MISSING_SMMU_DEVICETREE, MISSING_CPU, MISSING_OTHER };

static void hardware_missing(const struct facts *facts, const struct device *device,
			     struct finding *finding)
{
	enum truth table = iommu_any_table(facts);

	(void)device;
	if (iommu_table_names_no_smmu(facts)) {
		finding_fail(finding, MISSING_SMMU);
		quote_no_table(finding);
		return;
	}
	if (iommu_unit_seen(facts) || table == YES) {
		finding_pass(finding);
		return;
	}
	if (table == UNKNOWN && facts->iommu.devicetree != YES) {
		finding_unknown(finding, ACPI_TABLES);
		return;
	}
	finding_set(finding, "table", "%s", facts_table_name(facts));
	finding_set(finding, "hypervisor", "%s",
		    facts->machine.hypervisor ? facts->machine.hypervisor
					      : _("unknown hypervisor"));
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

/* -- iommu.disabled-in-firmware ---------------------------------------------------------------- */

enum { FIRMWARE_INTEL, FIRMWARE_AMD };

static void disabled_in_firmware(const struct facts *facts, const struct device *device,
				 struct finding *finding)
{
	bool hidden = log_find(&facts->log, LOG_VMX_DISABLED, NULL);

	(void)device;
	if (!is_x86(facts) || facts->machine.in_vm == YES)
		return;
	if (iommu_unit_seen(facts) || x86_table(facts) == YES) {
		finding_pass(finding);
		return;
	}
	if (x86_table(facts) == UNKNOWN) {
		finding_unknown(finding, ACPI_TABLES);
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

/* -- the rows ---------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "iommu.hardware-missing",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_FIRMWARE,
		.title = N_("no IOMMU is exposed to this system"),
		.why = N_("Without an IOMMU a device given to a VM could read and write all of the "
			  "host's memory, so VFIO refuses it. The IOMMU is part of the CPU or "
			  "chipset and is announced by firmware (DMAR on Intel, IVRS on AMD, IORT "
			  "on Arm)."),
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
};

const struct check_table checks_iommu = {rows, ARRAY_SIZE(rows)};
