/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks iommu.*: does the kernel use the IOMMU that firmware describes? */
#include "preflight/checks/check.h"
#include "preflight/checks/iommu_seen.h"

/* -- iommu.firmware-table-broken --------------------------------------------------------------- */

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
	    (!present && (iommu_any_table(facts) == NO || facts->iommu.devicetree == YES)))
		return;
	/* The running kernel has used the table: that it could is proof enough. */
	if ((present && !unread) || facts->iommu.active == YES)
		finding_pass(finding);
	else
		finding_unknown(finding, present ? arena_printf(finding->arena, ACPI_TABLES "/%s",
								facts_table_name(facts))
						 : ACPI_TABLES);
}

/* -- iommu.disabled-by-kernel ------------------------------------------------------------------ */

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
	if (iommu_table_names_no_smmu(facts))
		return; /* iommu.hardware-missing */
	if (iommu_any_table(facts) != YES && !iommu_unit_seen(facts)) {
		if (iommu_any_table(facts) == UNKNOWN && facts->iommu.active != NO)
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

/* -- the rows ---------------------------------------------------------------------------------- */

static const struct check rows[] = {
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
						   "configuration does not switch VT-d on by "
						   "default (CONFIG_INTEL_IOMMU_DEFAULT_ON is not "
						   "set) and the command line does not ask for "
						   "it."),
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
						   "no IOMMU groups. The command line does not "
						   "hold intel_iommu=on, which kernels without "
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

const struct check_table checks_iommu_unused = {rows, ARRAY_SIZE(rows)};
