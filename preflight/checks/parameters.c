/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks iommu.parameter-*: words about the IOMMU on the running command line that the kernel
 * ignores. */
#include "preflight/checks/check.h"

/* Values that the kernels 6.1 to 7.3 know: drivers/iommu/intel/iommu.c intel_iommu_setup,
 * drivers/iommu/amd/init.c parse_amd_iommu_options, arch/x86/kernel/pci-dma.c iommu_setup,
 * drivers/iommu/irq_remapping.c setup_irqremap. `prefix` values are compared by their beginning. */
static const struct known_value {
	const char *name, *value;
	bool prefix;
} known_values[] = {
	{"intel_iommu", "on", false},
	{"intel_iommu", "off", false},
	{"intel_iommu", "igfx_off", false},
	{"intel_iommu", "intgpu_off", false},
	{"intel_iommu", "forcedac", false},
	{"intel_iommu", "strict", false},
	{"intel_iommu", "sp_off", false},
	{"intel_iommu", "sm_on", false},
	{"intel_iommu", "sm_off", false},
	{"intel_iommu", "tboot_noforce", false},
	{"intel_iommu", "relax_rmrr", false},
	{"amd_iommu", "off", false},
	{"amd_iommu", "fullflush", false},
	{"amd_iommu", "force_isolation", false},
	{"amd_iommu", "force_enable", false},
	{"amd_iommu", "pgtbl_v1", false},
	{"amd_iommu", "pgtbl_v2", false},
	{"amd_iommu", "irtcachedis", false},
	{"amd_iommu", "nohugepages", false},
	{"amd_iommu", "v2_pgsizes_only", false},
	{"iommu", "off", false},
	{"iommu", "force", false},
	{"iommu", "noforce", false},
	{"iommu", "soft", false},
	{"iommu", "pt", false},
	{"iommu", "nopt", false},
	{"iommu", "merge", false},
	{"iommu", "nomerge", false},
	{"iommu", "biomerge", false},
	{"iommu", "panic", false},
	{"iommu", "nopanic", false},
	{"iommu", "forcesac", false},
	{"iommu", "allowdac", false},
	{"iommu", "nodac", false},
	{"iommu", "usedac", false},
	{"iommu", "noagp", false},
	{"iommu", "noaperture", false},
	{"iommu", "memaper", true},
	{"iommu", "fullflush", false},
	{"iommu", "nofullflush", false},
	{"intremap", "on", false},
	{"intremap", "off", false},
	{"intremap", "nosid", false},
	{"intremap", "no_x2apic_optout", false},
	{"intremap", "nopost", false},
	{"intremap", "posted_msi", false},
};

enum { PARAMETER_VALUE, PARAMETER_NAME, PARAMETER_AMD_ON };

static bool name_has_values(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_values); i++)
		if (names_equal(known_values[i].name, name))
			return true;
	return false;
}

static bool value_is_known(const char *name, const char *value, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_values); i++) {
		const struct known_value *known = &known_values[i];
		size_t size = strlen(known->value);

		if (!names_equal(known->name, name) || strncmp(known->value, value, size) != 0)
			continue;
		if (length == size || (known->prefix && length > size))
			return true;
	}
	return length == 0;
}

/* Whether b becomes a by one added, missing, changed or swapped letter. */
static bool one_letter_off(const char *a, const char *b)
{
	size_t i = 0;

	while (a[i] && a[i] == b[i])
		i++;
	if (!a[i] && !b[i])
		return false;
	if (streq(a + i, b + i + !!b[i]) || streq(a + i + !!a[i], b + i))
		return true;
	if (!a[i] || !b[i])
		return false;
	if (streq(a + i + 1, b + i + 1))
		return true;
	return a[i + 1] && b[i + 1] && a[i] == b[i + 1] && a[i + 1] == b[i] &&
	       streq(a + i + 2, b + i + 2);
}

/* The name that was meant, for names close to one of ours that are no names of their own. */
static const char *misspelt(const char *name)
{
	static const char *const meant[] = {"intel_iommu", "amd_iommu", "iommu.passthrough",
					    "iommu.strict", "intremap"};

	for (size_t i = 0; i < ARRAY_SIZE(meant); i++)
		if (one_letter_off(meant[i], name) && !names_equal(meant[i], name))
			return meant[i];
	return NULL;
}

static void fail_value(struct finding *finding, const struct parameter *parameter,
		       const char *value, size_t length)
{
	bool amd_on = names_equal(parameter->name, "amd_iommu") && length == 2 &&
		      strncmp(value, "on", 2) == 0;

	/* amd_iommu=on stands in every guide and does nothing: only worth a note, unless something
	 * worse was found before or comes later. */
	if (finding->result != RESULT_FAIL) {
		finding_fail(finding, amd_on ? PARAMETER_AMD_ON : PARAMETER_VALUE);
		finding_severity(finding, amd_on ? SEVERITY_INFO : SEVERITY_WARNING);
	} else if (!amd_on && finding->severity == SEVERITY_INFO) {
		finding_fail(finding, PARAMETER_VALUE);
		finding_severity(finding, SEVERITY_WARNING);
	}
	if (!amd_on || finding->severity == SEVERITY_INFO) {
		finding_set(finding, "parameter", "%s", parameter->text);
		finding_set(finding, "name", "%s", parameter->name);
		finding_set(finding, "value", "%.*s", (int)length, value);
	}
	finding_evidence(finding, &parameter->origin);
}

static void judge_parameter(struct finding *finding, const struct parameter *parameter)
{
	const char *value = parameter->value;
	const char *meant = misspelt(parameter->name);

	if (meant) {
		finding_fail(finding, PARAMETER_NAME);
		finding_severity(finding, SEVERITY_WARNING);
		finding_set(finding, "parameter", "%s", parameter->text);
		finding_set(finding, "name", "%s", parameter->name);
		finding_set(finding, "meant", "%s", meant);
		finding_evidence(finding, &parameter->origin);
	}
	if (!value || !name_has_values(parameter->name))
		return;
	while (*value) {
		size_t length = strcspn(value, ",");

		if (!value_is_known(parameter->name, value, length))
			fail_value(finding, parameter, value, length);
		value += length + (value[length] == ',');
	}
}

static void parameter_unknown(const struct facts *facts, const struct device *device,
			      struct finding *finding)
{
	(void)device;
	if (facts->cmdline_known != YES) {
		finding_unknown(finding, "/proc/cmdline");
		return;
	}
	finding_pass(finding);
	for_each (parameter, &facts->cmdline)
		judge_parameter(finding, parameter);
	if (finding->result == RESULT_FAIL) {
		finding_evidence_kind(finding, LOG_DMAR_UNKNOWN_OPTION);
		finding_evidence_kind(finding, LOG_AMDVI_UNKNOWN_OPTION);
	}
}

static void wrong_vendor(const struct facts *facts, const struct device *device,
			 struct finding *finding)
{
	const struct parameter *intel = facts_parameter(facts, "intel_iommu");
	const struct parameter *amd = facts_parameter(facts, "amd_iommu");
	const struct parameter *wrong = NULL;

	(void)device;
	if (facts->cmdline_known != YES || facts->machine.cpu_vendor == CPU_UNKNOWN) {
		finding_unknown(finding,
				facts->cmdline_known == YES ? "/proc/cpuinfo" : "/proc/cmdline");
		return;
	}
	if (facts_iommu_is_intel(facts))
		wrong = amd;
	else if (intel || facts_iommu_is_amd(facts))
		wrong = intel;
	else
		wrong = amd;
	if (!wrong) {
		finding_pass(finding);
		return;
	}
	/* Images for both vendors carry both words. That is only a note, and so is a word too many
	 * while the IOMMU works. */
	if (facts->iommu.active == YES || (intel && amd))
		finding_severity(finding, SEVERITY_INFO);
	finding_fail(finding, 0);
	finding_set(finding, "parameter", "%s", wrong->text);
	finding_set(finding, "cpu", "%s",
		    facts->machine.cpu_model ? facts->machine.cpu_model : _("of another vendor"));
	finding_evidence(finding, &wrong->origin);
}

/* -- the rows
 * ------------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "iommu.parameter-unknown",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_ARGUMENT_REMOVE,
		.title = N_("an IOMMU parameter has a name or value that the kernel ignores"),
		.why = N_("Unknown values never stop a boot: the kernel skips them, at best with a "
			  "line in the log, and "
			  "the host runs as if the parameter were not there."),
		.references = {"https://docs.kernel.org/admin-guide/kernel-parameters.html"},
		.evaluate = parameter_unknown,
		.variants =
			{
				[PARAMETER_VALUE] =
					{
						N_("{parameter}: the kernel knows no value "
						   "\"{value}\" for {name} and ignores it"),
						N_("VT-d is asked for with intel_iommu=on; AMD-Vi "
						   "needs no parameter; iommu=pt is the "
						   "word for untranslated host devices."),
						{{OWNER_USER, N_("remove or correct {parameter}"),
						  NULL}},
					},
				[PARAMETER_NAME] =
					{
						N_("{parameter}: no such parameter; {meant} may be "
						   "meant"),
						N_("The kernel hands unknown words on to init and "
						   "does nothing with them."),
						{{OWNER_USER, N_("write {meant} instead of {name}"),
						  NULL}},
					},
				[PARAMETER_AMD_ON] =
					{
						N_("amd_iommu=on does nothing"),
						N_("AMD-Vi is on whenever firmware offers it; "
						   "\"on\" is no value of this parameter and "
						   "the kernel logs it as an unknown option."),
						{{OWNER_USER,
						  N_("nothing has to be done; the word can be "
						     "removed"),
						  NULL}},
					},
			},
	},
	{
		.id = "iommu.parameter-wrong-vendor",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_ARGUMENT_REMOVE,
		.title = N_("an IOMMU parameter is for another vendor's CPU"),
		.why = N_("The vendor that counts is the CPU's, not the graphics card's. The other "
			  "vendor's parameter has "
			  "no effect."),
		.references = {"https://docs.kernel.org/admin-guide/kernel-parameters.html"},
		.evaluate = wrong_vendor,
		.variants = {{
			N_("{parameter} has no effect on this CPU ({cpu})"),
			N_("It belongs to another vendor's IOMMU."),
			{{OWNER_USER, N_("remove {parameter}"), NULL}},
		}},
	},
};

const struct check_table checks_parameters = {rows, ARRAY_SIZE(rows)};
