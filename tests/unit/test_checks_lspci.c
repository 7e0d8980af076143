/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is judged from pasted text: no false certainty, and a command for each unknown. */
#include "preflight/checks/check.h"
#include "preflight/targets.h"

#include "lspci_made.h"

/* -- what to run next ---------------------------------------------------------------------------- */

static const struct finding *finding_of(const struct findings *findings, const char *id)
{
	for_each (finding, findings)
		if (streq(finding->check->id, id))
			return finding;
	fail_msg("no finding %s", id);
	return NULL;
}

static void run_checks(struct facts *facts, const char *target, struct findings *findings)
{
	assert_int_equal(targets_named(facts, &target, 1, NULL), 0);
	*findings = (struct findings){0};
	checks_run(facts, findings);
}

static void assert_unknown(const struct findings *findings, const char *id, const char *command)
{
	const struct finding *finding = finding_of(findings, id);

	assert_int_equal(finding->result, RESULT_UNKNOWN);
	assert_true(finding->evidence.count > 0);
	assert_non_null(strstr(finding->evidence.items[0].text, command));
}

static void test_commands(void **state)
{
	_cleanup_facts_ struct facts *facts =
		facts_of("00:00.0 Host bridge [0600]: Example [8086:3e30]\n"
			 "01:00.0 VGA compatible controller [0300]: Example [10de:2484]\n",
			 NULL);
	struct findings findings;

	(void)state;
	run_checks(facts, "01:00.0", &findings);
	assert_unknown(&findings, "driver.not-bound", "lspci -nnvvv");
	assert_unknown(&findings, "group.missing", "find /sys/kernel/iommu_groups");
	assert_unknown(&findings, "iommu.disabled-by-kernel", "find /sys/kernel/iommu_groups");
	assert_unknown(&findings, "iommu.interrupt-remapping-off", "journalctl");
	assert_unknown(&findings, "driver.vfio-pci-missing", "modinfo vfio-pci");
	assert_int_equal(findings_verdict(&findings), VERDICT_UNKNOWN);
	/* No unknown is left without a command. */
	for_each (finding, &findings)
		if (finding->result == RESULT_UNKNOWN)
			assert_non_null(strstr(finding->evidence.items[0].text, "run: "));
}

static void test_no_false_certainty(void **state)
{
	/* One device pasted: nothing is said about what else is in its group, or on its bus. */
	_cleanup_facts_ struct facts *facts = facts_of(DISK, NULL);
	struct findings findings;

	(void)state;
	run_checks(facts, "02:00.0", &findings);
	assert_unknown(&findings, "group.not-viable", "lspci -nnvvv");
	assert_unknown(&findings, "group.not-isolated", "lspci -nnvvv");
	assert_unknown(&findings, "device.no-reset", "lspci -nnvvv");
	assert_unknown(&findings, "device.companion-functions", "lspci -nnvvv");
	assert_unknown(&findings, "device.in-use-storage", "lsblk");
	assert_int_equal(finding_of(&findings, "group.missing")->result, RESULT_PASS);
	assert_int_equal(finding_of(&findings, "driver.not-bound")->result, RESULT_FAIL);
}

static void test_missing_device(void **state)
{
	_cleanup_facts_ struct facts *partial = facts_of(GPU, NULL), *whole = facts_of(WHOLE, NULL);
	struct findings findings;

	(void)state;
	run_checks(partial, "05:00.0", &findings);
	assert_unknown(&findings, "device.not-found", "lspci");
	run_checks(whole, "05:00.0", &findings);
	assert_int_equal(finding_of(&findings, "device.not-found")->result, RESULT_FAIL);
}

static void test_evidence_names_the_text(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_of(WHOLE, NULL);
	const struct finding *finding;
	struct findings findings;

	(void)state;
	run_checks(facts, "01:00.0", &findings);
	finding = finding_of(&findings, "driver.not-bound");
	assert_int_equal(finding->result, RESULT_FAIL);
	assert_string_equal(finding->evidence.items[0].source, "lspci");
	assert_int_equal(finding->evidence.items[0].line, 31);
	assert_string_equal(finding->evidence.items[0].text, "0000:01:00.0 driver -> nouveau");
	finding = finding_of(&findings, "group.not-viable");
	assert_int_equal(finding->result, RESULT_FAIL);
	assert_non_null(strstr(finding->title, "0000:01:00.1"));
	assert_int_equal(finding_of(&findings, "group.not-isolated")->result, RESULT_PASS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_no_false_certainty),
		cmocka_unit_test(test_missing_device),
		cmocka_unit_test(test_evidence_names_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
