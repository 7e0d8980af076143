/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What findings make of the verdict. */
#include "checks_made.h"

static const struct check some_check = {.id = "group.missing", .scope = SCOPE_DEVICE},
			  host_check = {.id = "iommu.dma-faults", .scope = SCOPE_HOST},
			  pending_check = {.id = "boot.pending", .scope = SCOPE_HOST},
			  curable_check = {.id = "driver.not-bound",
					   .scope = SCOPE_DEVICE,
					   .cured_by_configure = true};

/* A host that was seen: it has a function. */
static struct facts *facts_seen(void)
{
	struct facts *facts = facts_made();

	facts_made_device(facts, "0000:00:00.0", 0x060000, NULL);
	return facts;
}

static struct finding *add(struct facts *facts, struct findings *findings,
			   const struct check *check, enum result result, enum severity severity)
{
	struct finding *finding = ARRAY_ADD(facts->arena, findings);

	*finding = (struct finding){.check = check, .result = result, .severity = severity};
	findings->facts = facts;
	return finding;
}

/* What one finding makes of the verdict. */
static enum verdict verdict_of(enum result result, enum severity severity)
{
	if (severity < SEVERITY_BLOCKER)
		return VERDICT_READY;
	return result == RESULT_FAIL      ? VERDICT_NOT_READY
	       : result == RESULT_UNKNOWN ? VERDICT_UNKNOWN
					  : VERDICT_READY;
}

static enum verdict worse_of(enum verdict a, enum verdict b)
{
	if (a == VERDICT_NOT_READY || b == VERDICT_NOT_READY)
		return VERDICT_NOT_READY;
	return a == VERDICT_UNKNOWN || b == VERDICT_UNKNOWN ? VERDICT_UNKNOWN : VERDICT_READY;
}

/* All pairs of results and severities, in both orders. */
static void the_worst_finding_decides(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_seen();
	struct findings none = {0};

	(void)state;
	assert_int_equal(findings_verdict(&none), VERDICT_READY);
	for (unsigned n = 0; n < 4 * 4 * 4 * 4; n++) {
		enum result first = n % 4, second = n / 16 % 4;
		enum severity how = n / 4 % 4, how_second = n / 64;
		struct findings findings = {0};

		add(facts, &findings, &some_check, first, how);
		add(facts, &findings, &host_check, second, how_second);
		if (findings_verdict(&findings) !=
		    worse_of(verdict_of(first, how), verdict_of(second, how_second)))
			fail_msg("%s %s and %s %s give %s", severity_name(how), result_name(first),
				 severity_name(how_second), result_name(second),
				 verdict_name(findings_verdict(&findings)));
	}
}

/* The verdict of boot.pending beside one other finding. */
static enum verdict pending_with(enum result pending, enum result result, enum severity severity,
				 bool cured)
{
	_cleanup_facts_ struct facts *facts = facts_seen();
	struct findings findings = {0};

	add(facts, &findings, &some_check, result, severity)->cured_by_reboot = cured;
	add(facts, &findings, &pending_check, pending, SEVERITY_BLOCKER);
	return findings_verdict(&findings);
}

static void a_proven_next_boot(void **state)
{
	(void)state;
	assert_int_equal(pending_with(RESULT_FAIL, RESULT_PASS, SEVERITY_BLOCKER, false),
			 VERDICT_REBOOT);
	assert_int_equal(pending_with(RESULT_FAIL, RESULT_NA, SEVERITY_DANGER, false),
			 VERDICT_REBOOT);
	assert_int_equal(pending_with(RESULT_FAIL, RESULT_FAIL, SEVERITY_WARNING, false),
			 VERDICT_REBOOT);
	assert_int_equal(pending_with(RESULT_FAIL, RESULT_FAIL, SEVERITY_BLOCKER, true),
			 VERDICT_REBOOT);
	/* A blocker that stays. */
	assert_int_equal(pending_with(RESULT_FAIL, RESULT_FAIL, SEVERITY_BLOCKER, false),
			 VERDICT_NOT_READY);
	/* A danger is none the less one after a reboot: the reboot may be what hurts. */
	assert_int_equal(pending_with(RESULT_FAIL, RESULT_FAIL, SEVERITY_DANGER, false),
			 VERDICT_NOT_READY);
	assert_int_equal(pending_with(RESULT_FAIL, RESULT_FAIL, SEVERITY_DANGER, true),
			 VERDICT_NOT_READY);
	/* What could not be judged may block after the reboot as well. */
	assert_int_equal(pending_with(RESULT_FAIL, RESULT_UNKNOWN, SEVERITY_BLOCKER, false),
			 VERDICT_UNKNOWN);
	assert_int_equal(pending_with(RESULT_FAIL, RESULT_UNKNOWN, SEVERITY_WARNING, false),
			 VERDICT_REBOOT);
}

static void no_proven_next_boot(void **state)
{
	static const enum result results[] = {RESULT_NA, RESULT_PASS, RESULT_UNKNOWN};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		assert_int_equal(pending_with(results[i], RESULT_FAIL, SEVERITY_BLOCKER, true),
				 VERDICT_NOT_READY);
	assert_int_equal(pending_with(RESULT_UNKNOWN, RESULT_PASS, SEVERITY_BLOCKER, false),
			 VERDICT_UNKNOWN);
	assert_int_equal(pending_with(RESULT_PASS, RESULT_PASS, SEVERITY_BLOCKER, false),
			 VERDICT_READY);
}

/* Where no function was seen, that nothing fails means nothing. */
static void a_host_without_functions_was_not_seen(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_made();
	struct findings findings = {0};

	(void)state;
	add(facts, &findings, &some_check, RESULT_PASS, SEVERITY_BLOCKER);
	assert_int_equal(findings_verdict(&findings), VERDICT_UNKNOWN);
	add(facts, &findings, &pending_check, RESULT_FAIL, SEVERITY_BLOCKER);
	assert_int_equal(findings_verdict(&findings), VERDICT_UNKNOWN);
	add(facts, &findings, &some_check, RESULT_FAIL, SEVERITY_BLOCKER);
	assert_int_equal(findings_verdict(&findings), VERDICT_NOT_READY);
}

/* Nothing here can prove a passthrough of Xen's. */
static void under_xen_nothing_is_ready(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_seen();
	struct findings findings = {0};

	(void)state;
	facts->machine.xen_dom0 = YES;
	add(facts, &findings, &some_check, RESULT_PASS, SEVERITY_BLOCKER);
	assert_int_equal(findings_verdict(&findings), VERDICT_UNKNOWN);
	add(facts, &findings, &some_check, RESULT_FAIL, SEVERITY_BLOCKER);
	assert_int_equal(findings_verdict(&findings), VERDICT_NOT_READY);
}

static void verdicts_of_single_devices(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_seen();
	const struct device *first = facts_made_device(facts, "0000:01:00.0", 0, NULL);
	const struct device *second = facts_made_device(facts, "0000:02:00.0", 0, NULL);
	struct findings findings = {0}, alone = {0};

	(void)state;
	add(facts, &findings, &host_check, RESULT_PASS, SEVERITY_BLOCKER);
	add(facts, &findings, &some_check, RESULT_FAIL, SEVERITY_BLOCKER)->device = first;
	assert_int_equal(findings_device_verdict(&findings, &findings, first), VERDICT_NOT_READY);
	assert_int_equal(findings_device_verdict(&findings, &findings, second), VERDICT_READY);
	/* Its own findings may stand in a list of their own; the host's always count. */
	add(facts, &alone, &some_check, RESULT_UNKNOWN, SEVERITY_BLOCKER)->device = second;
	add(facts, &alone, &host_check, RESULT_FAIL, SEVERITY_BLOCKER);
	assert_int_equal(findings_device_verdict(&findings, &alone, second), VERDICT_UNKNOWN);
	findings.items[0].result = RESULT_FAIL;
	assert_int_equal(findings_device_verdict(&findings, &alone, second), VERDICT_NOT_READY);
}

static bool allowed(const struct check *check, enum result result, enum severity severity)
{
	_cleanup_facts_ struct facts *facts = facts_seen();
	const struct device *device = facts_made_device(facts, "0000:01:00.0", 0, NULL);
	struct findings findings = {0};

	add(facts, &findings, check, result, severity)->device = device;
	/* What is said of another device does not matter. */
	add(facts, &findings, &some_check, RESULT_FAIL, SEVERITY_DANGER)->device = device + 1;
	return findings_allow_handover(&findings, device);
}

static void what_may_be_offered(void **state)
{
	(void)state;
	assert_true(allowed(&some_check, RESULT_PASS, SEVERITY_DANGER));
	assert_true(allowed(&some_check, RESULT_FAIL, SEVERITY_WARNING));
	assert_true(allowed(&some_check, RESULT_UNKNOWN, SEVERITY_BLOCKER));
	assert_true(allowed(&curable_check, RESULT_FAIL, SEVERITY_BLOCKER));
	assert_false(allowed(&some_check, RESULT_FAIL, SEVERITY_BLOCKER));
	assert_false(allowed(&some_check, RESULT_FAIL, SEVERITY_DANGER));
	/* Whether it would hurt the host is not known. */
	assert_false(allowed(&some_check, RESULT_UNKNOWN, SEVERITY_DANGER));
}

static void names_of_the_contract(void **state)
{
	(void)state;
	assert_string_equal(severity_name(SEVERITY_INFO), "info");
	assert_string_equal(severity_name(SEVERITY_WARNING), "warning");
	assert_string_equal(severity_name(SEVERITY_BLOCKER), "blocker");
	assert_string_equal(severity_name(SEVERITY_DANGER), "danger");
	assert_string_equal(result_name(RESULT_NA), "na");
	assert_string_equal(result_name(RESULT_PASS), "pass");
	assert_string_equal(result_name(RESULT_UNKNOWN), "unknown");
	assert_string_equal(result_name(RESULT_FAIL), "fail");
	assert_string_equal(owner_name(OWNER_VFIOKIT), "vfiokit");
	assert_string_equal(owner_name(OWNER_FIRMWARE), "firmware");
	assert_string_equal(owner_name(OWNER_USER), "user");
	assert_string_equal(owner_name(OWNER_VENDOR), "vendor");
	assert_string_equal(verdict_name(VERDICT_READY), "ready");
	assert_string_equal(verdict_name(VERDICT_REBOOT), "reboot");
	assert_string_equal(verdict_name(VERDICT_UNKNOWN), "unknown");
	assert_string_equal(verdict_name(VERDICT_NOT_READY), "not-ready");
}

/* Its link is in sys/bus/pci/devices, but what it leads to is not in the tree. */
static void a_host_with_an_unreadable_function_was_not_seen(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_seen();
	struct findings findings = {.facts = facts};
	struct device *device = &facts->devices.items[0];
	int vendor = device->vendor_id, class_code = device->class_code;

	(void)state;
	assert_int_equal(findings_verdict(&findings), VERDICT_READY);
	device->vendor_id = device->class_code = -1;
	assert_int_equal(findings_verdict(&findings), VERDICT_UNKNOWN);
	device->vendor_id = vendor;
	device->class_code = class_code;
	assert_int_equal(findings_verdict(&findings), VERDICT_READY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worst_finding_decides),
		cmocka_unit_test(a_proven_next_boot),
		cmocka_unit_test(no_proven_next_boot),
		cmocka_unit_test(a_host_without_functions_was_not_seen),
		cmocka_unit_test(a_host_with_an_unreadable_function_was_not_seen),
		cmocka_unit_test(under_xen_nothing_is_ready),
		cmocka_unit_test(verdicts_of_single_devices),
		cmocka_unit_test(what_may_be_offered),
		cmocka_unit_test(names_of_the_contract),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
