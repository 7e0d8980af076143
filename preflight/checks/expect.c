/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manifest against the host: one finding for each of its lines, then its waivers. */
#include "preflight/checks/check.h"
#include "preflight/checks/expect_lines.h"
#include "preflight/expect/expect.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/checks/passthrough_words.h"

/* The row: findings are made by expect_judge(), because one row has many. */
enum { ROW_HOST, ROW_COUNT };
static const struct check rows[ROW_COUNT];

enum { HOST_IOMMU_OFF, HOST_IOMMU_ON, HOST_SECURE_BOOT, HOST_ARGUMENT };

void expect_leave_to_manifest(const struct facts *facts, const struct device *device,
			      struct finding *finding)
{
	(void)facts;
	(void)device;
	(void)finding;
}

void expect_differ(struct finding *finding, unsigned variant, const struct origin *line,
		   const struct difference *difference)
{
	finding_fail(finding, variant);
	finding_set(finding, "expected", "%s", difference->expected);
	finding_set(finding, "found", "%s", difference->found);
	finding_evidence(finding, line);
	finding->difference = *difference;
}

/* -- [host] ------------------------------------------------------------------------------------ */

/* Whether the next boot is proven to switch the IOMMU on: the check of that cause knows. */
static bool iommu_is_cured(const struct findings *findings)
{
	for_each (finding, findings)
		if (streq(finding->check->id, "iommu.disabled-by-kernel") &&
		    finding->result == RESULT_FAIL && finding->cured_by_reboot)
			return true;
	return false;
}

static void judge_iommu(const struct facts *facts, struct findings *findings)
{
	const struct expect *expect = facts->expect;
	bool cured = expect->iommu == YES && iommu_is_cured(findings);
	struct finding *finding;

	if (expect->iommu == UNKNOWN)
		return;
	finding = finding_begin(findings, &rows[ROW_HOST], NULL, NULL);
	if (facts->iommu.active == UNKNOWN) {
		finding_unknown(finding, "/sys/kernel/iommu_groups");
	} else if (facts->iommu.active == expect->iommu) {
		finding_pass(finding);
	} else {
		bool on = facts->iommu.active == YES;

		expect_differ(finding, on ? HOST_IOMMU_ON : HOST_IOMMU_OFF, &expect->iommu_origin,
			      &(struct difference){"iommu", on ? "off" : "on", on ? "on" : "off"});
		finding_evidence(finding, &facts->iommu.active_origin);
		finding->cured_by_reboot = cured;
	}
	finding_finish(finding);
}

static void judge_secure_boot(const struct facts *facts, struct findings *findings)
{
	const struct expect *expect = facts->expect;
	struct finding *finding;

	if (expect->secure_boot == UNKNOWN)
		return;
	finding = finding_begin(findings, &rows[ROW_HOST], NULL, NULL);
	if (facts->machine.secure_boot == UNKNOWN) {
		finding_unknown(finding, "/sys/firmware/efi/efivars");
	} else if (facts->machine.secure_boot == expect->secure_boot) {
		finding_pass(finding);
	} else {
		bool on = facts->machine.secure_boot == YES;

		expect_differ(
			finding, HOST_SECURE_BOOT, &expect->secure_boot_origin,
			&(struct difference){"secure-boot", on ? "off" : "on", on ? "on" : "off"});
		finding_evidence(finding, &facts->machine.secure_boot_origin);
	}
	finding_finish(finding);
}

static void judge_argument(const struct facts *facts, const struct parameter *wanted,
			   struct findings *findings)
{
	struct finding *finding = finding_begin(findings, &rows[ROW_HOST], NULL, NULL);
	const struct parameter *other = facts_parameter(facts, wanted->name);

	if (facts->cmdline_known != YES) {
		finding_unknown(finding, "/proc/cmdline");
	} else if (words_hold(&facts->cmdline, wanted)) {
		finding_pass(finding);
	} else {
		expect_differ(finding, HOST_ARGUMENT, &wanted->origin,
			      &(struct difference){"kernel-arg", wanted->text,
						   other ? other->text : "none"});
		finding_evidence_at(finding, "/proc/cmdline", 1, "%s", facts->cmdline_text);
		finding->cured_by_reboot =
			facts->boot.known == YES && words_hold(next_boot_cmdline(facts), wanted);
	}
	finding_finish(finding);
}

/* -- waivers ----------------------------------------------------------------------------------- */

static void apply_waivers(const struct expect *expect, struct finding *finding)
{
	for_each (waiver, &expect->waivers) {
		if (!streq(waiver->check, finding->check->id) ||
		    (waiver->subject && !streq(waiver->subject, finding->subject)))
			continue;
		if (expect->today && waiver->last_day >= expect->today)
			finding->waiver = waiver;
		else
			finding->expired_waiver = waiver;
	}
	if (finding->waiver)
		finding->expired_waiver = NULL;
}

/* The "na" that the rows left: with a manifest there are real findings in their place. */
static void drop_placeholders(struct findings *findings)
{
	size_t kept = 0;

	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].check->evaluate != expect_leave_to_manifest)
			findings->items[kept++] = findings->items[i];
	}
	findings->count = kept;
}

void expect_judge(const struct facts *facts, struct findings *findings)
{
	const struct expect *expect = facts->expect;

	if (!expect)
		return;
	drop_placeholders(findings);
	judge_iommu(facts, findings);
	judge_secure_boot(facts, findings);
	for_each (argument, &expect->kernel_arguments)
		judge_argument(facts, argument, findings);
	for_each (expected, &expect->devices)
		expect_judge_device(facts, expected, findings);
	for_each (finding, findings)
		if (finding->result == RESULT_FAIL)
			apply_waivers(expect, finding);
}

/* -- the rows ---------------------------------------------------------------------------------- */

static const struct check rows[ROW_COUNT] = {
	[ROW_HOST] =
		{
			.id = "expect.host",
			.severity = SEVERITY_BLOCKER,
			.scope = SCOPE_HOST,
			.by_hand = BY_HAND_MANIFEST,
			.title = N_("the host is not what the manifest says"),
			.why = N_("The manifest (--expect) holds what somebody relies on. Every "
				  "difference is told, also one "
				  "that nothing else here would mind."),
			.references =
				{"https://docs.kernel.org/admin-guide/kernel-parameters.html"},
			.evaluate = expect_leave_to_manifest,
			.variants =
				{
					[HOST_IOMMU_OFF] =
						{
							N_("the IOMMU is off; the manifest says "
							   "on"),
							N_("Nothing can be handed over like this."),
							{EXPECT_CORRECT},
						},
					[HOST_IOMMU_ON] =
						{
							N_("the IOMMU is on; the manifest says "
							   "off"),
							N_("A parameter, a firmware setting or "
							   "another kernel has switched it on."),
							{EXPECT_CORRECT},
						},
					[HOST_SECURE_BOOT] =
						{
							N_("Secure Boot is {found}; the manifest "
							   "says {expected}"),
							N_("Firmware setup and the keys in it "
							   "decide that."),
							{EXPECT_CORRECT},
						},
					[HOST_ARGUMENT] =
						{
							N_("the kernel was not given {expected}"),
							N_("The running kernel's command line "
							   "holds no such word. Of that name it "
							   "has {found}."),
							{EXPECT_CORRECT},
						},
				},
		},
};

const struct check_table checks_expect = {rows, ROW_COUNT};
