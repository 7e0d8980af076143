/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The proof behind an apply: each way in which it fails, and what it may leave open. */
#include "configure/proof.h"
#include "planner_made.h"

#include <errno.h>

struct after {
	struct made_planner made;
	struct proof proof;
	struct error error;
};

/* A host on which everything has come out well. */
static void make_after(struct after *after)
{
	struct device *target;

	*after = (struct after){0};
	planner_made(&after->made, "quiet intel_iommu=on");
	target = after->made.facts->targets.items[0];
	target->next_known = YES;
	target->next_driver = "vfio-pci";
	strings_add(after->made.facts->arena, &after->made.plan.devices, "0000:01:00.0");
	strings_add(after->made.facts->arena, &after->made.plan.wanted, "intel_iommu=on");
}

static int prove(struct after *after, bool provable)
{
	return plan_prove(&after->made.plan, provable, after->made.facts, &after->made.findings,
			  &after->proof, &after->error);
}

static void assert_fails(struct after *after, bool provable, const char *words)
{
	assert_int_equal(prove(after, provable), -EPROTO);
	assert_non_null(strstr(after->error.message, words));
	planner_end(&after->made);
}

static void a_good_host_is_proven(void **state)
{
	struct after after;

	(void)state;
	make_after(&after);
	assert_int_equal(prove(&after, true), 0);
	assert_int_equal(after.proof.unproven.count, 0);
	planner_end(&after.made);
}

static void each_failure_is_told(void **state)
{
	struct after after;

	(void)state;
	make_after(&after);
	strings_add(after.made.facts->arena, &after.made.plan.wanted, "iommu=pt");
	assert_fails(&after, true, "iommu=pt");

	make_after(&after);
	after.made.facts->targets.items[0]->next_driver = "nouveau";
	assert_fails(&after, true, "nouveau");

	make_after(&after);
	after.made.facts->targets.items[0]->next_driver = NULL;
	assert_fails(&after, true, "no driver");

	make_after(&after);
	strings_add(after.made.facts->arena, &after.made.plan.devices, "0000:09:00.0");
	assert_fails(&after, true, "no longer there");

	make_after(&after);
	made_finding(&after.made, "initramfs.stale", RESULT_FAIL, "stale");
	assert_fails(&after, true, "initramfs.stale");
}

/* A rival that can be first is a failure also where nothing could be proven before. */
static void a_rival_is_a_failure_in_any_case(void **state)
{
	struct after after;

	(void)state;
	make_after(&after);
	after.made.facts->targets.items[0]->next_known = UNKNOWN;
	after.made.facts->targets.items[0]->next_reason = NEXT_RIVAL_FIRST;
	after.made.facts->targets.items[0]->next_rival = "nouveau";
	assert_fails(&after, false, "nouveau could take");
}

static void what_was_readable_must_stay_so(void **state)
{
	struct after after;

	(void)state;
	make_after(&after);
	after.made.facts->boot.known = UNKNOWN;
	assert_fails(&after, true, "cannot be read now");

	make_after(&after);
	after.made.facts->targets.items[0]->next_known = UNKNOWN;
	assert_fails(&after, true, "cannot be told");
}

/* What could not be read before is said, and no reason to undo. */
static void what_never_was_readable_is_said(void **state)
{
	struct after after;

	(void)state;
	make_after(&after);
	after.made.facts->boot.known = UNKNOWN;
	after.made.facts->boot.unread_path = "/dev/disk/by-uuid/5C1E-9A40";
	after.made.facts->targets.items[0]->next_known = UNKNOWN;
	assert_int_equal(prove(&after, false), 0);
	assert_int_equal(after.proof.unproven.count, 2);
	assert_non_null(strstr(after.proof.unproven.items[0], "5C1E-9A40"));
	planner_end(&after.made);
}

/* Warnings, and findings about what the plan does not touch, are no reason. */
static void other_findings_do_not_count(void **state)
{
	struct after after;

	(void)state;
	make_after(&after);
	made_finding(&after.made, "device.no-reset", RESULT_FAIL, "t");
	made_finding(&after.made, "driver.not-bound", RESULT_FAIL, "until the reboot");
	made_finding(&after.made, "initramfs.stale", RESULT_UNKNOWN, "t");
	assert_int_equal(prove(&after, true), 0);
	planner_end(&after.made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_host_is_proven),
		cmocka_unit_test(each_failure_is_told),
		cmocka_unit_test(a_rival_is_a_failure_in_any_case),
		cmocka_unit_test(what_was_readable_must_stay_so),
		cmocka_unit_test(what_never_was_readable_is_said),
		cmocka_unit_test(other_findings_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
