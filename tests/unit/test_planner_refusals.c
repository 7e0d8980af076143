/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keeps a plan from being carried out, what has to go along, and what is there already. */
#include "planner_made.h"

static void refuse(struct made_planner *made)
{
	planner_wish(&made->planner);
	planner_refuse_dangers(&made->planner);
}

static void dangers_are_refused_with_their_evidence(void **state)
{
	struct made_planner made;
	struct finding *finding;

	(void)state;
	planner_made(&made, "quiet");
	finding = made_finding(&made, "device.in-use-storage", RESULT_FAIL, "it carries /");
	finding_evidence_at(finding, "/proc/self/mountinfo", 7, "/ ext4");
	refuse(&made);
	assert_true(plan_is_refused(&made.plan));
	assert_int_equal(made.plan.refusals.count, 1);
	assert_string_equal(made.plan.refusals.items[0].check_id, "device.in-use-storage");
	assert_non_null(strstr(made.plan.refusals.items[0].text, "/proc/self/mountinfo:7"));
	planner_end(&made);
}

static void only_the_accepted_danger_passes(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	strings_add(made.facts->arena, &made.intent.accept, "device.in-use-storage");
	made_finding(&made, "device.in-use-storage", RESULT_FAIL, "t");
	refuse(&made);
	assert_false(plan_is_refused(&made.plan));
	assert_int_equal(made.plan.refusals.count, 1);
	assert_true(made.plan.refusals.items[0].accepted);
	planner_end(&made);

	planner_made(&made, "quiet");
	strings_add(made.facts->arena, &made.intent.accept, "device.in-use-storage");
	made_finding(&made, "device.in-use-network", RESULT_FAIL, "t");
	refuse(&made);
	assert_true(plan_is_refused(&made.plan));
	planner_end(&made);
}

static void a_danger_not_looked_for_is_one(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	made_finding(&made, "device.in-use-storage", RESULT_UNKNOWN, "t");
	refuse(&made);
	assert_true(plan_is_refused(&made.plan));
	planner_end(&made);
}

static void what_does_not_count_is_not_refused(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	made_finding(&made, "device.in-use-storage", RESULT_PASS, "t");
	made_finding(&made, "device.in-use-network", RESULT_NA, "t");
	made_finding(&made, "driver.not-bound", RESULT_FAIL, "what configure is for");
	made_finding(&made, "device.no-reset", RESULT_FAIL, "a warning");
	refuse(&made);
	assert_int_equal(made.plan.refusals.count, 0);
	planner_end(&made);
}

/* ids that catch too much are no danger once nothing goes by id. */
static void the_plan_cures_wide_ids(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	made_finding(&made, "driver.ids-match-too-many", RESULT_FAIL, "t");
	refuse(&made);
	assert_true(plan_is_refused(&made.plan));
	planner_end(&made);

	planner_made(&made, "quiet");
	made.intent.by_address = true;
	made_finding(&made, "driver.ids-match-too-many", RESULT_FAIL, "t");
	refuse(&made);
	assert_false(plan_is_refused(&made.plan));
	planner_end(&made);
}

static void the_same_evidence_is_said_once(void **state)
{
	static const char *const titles[] = {"in the group of the card", "itself"};
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		finding_evidence_at(
			made_finding(&made, "device.in-use-storage", RESULT_FAIL, titles[i]),
			"/proc/self/mountinfo", 8, "/srv");
	finding_evidence_at(made_finding(&made, "device.in-use-storage", RESULT_FAIL, "another"),
			    "/proc/self/mountinfo", 9, "/home");
	refuse(&made);
	assert_int_equal(made.plan.refusals.count, 2);
	assert_non_null(strstr(made.plan.refusals.items[0].text, "itself"));
	planner_end(&made);
}

static void what_is_no_device_cannot_be_accepted(void **state)
{
	static const struct {
		const char *id;
		bool acceptable;
	} rows[] = {{"device.is-bridge", false},
		    {"device.behind-vmd", false},
		    {"driver.vfio-pci-missing", false},
		    {"iommu.hardware-missing", true},
		    {"host.modules-removed", true}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct made_planner made;

		planner_made(&made, "quiet");
		strings_add(made.facts->arena, &made.intent.accept, rows[i].id);
		made_finding(&made, rows[i].id, RESULT_FAIL, "t");
		refuse(&made);
		assert_int_equal(plan_is_refused(&made.plan), !rows[i].acceptable);
		planner_end(&made);
	}
}

static void nothing_asked_for_is_refused(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	made.facts->targets.count = 0;
	refuse(&made);
	assert_true(plan_is_refused(&made.plan));
	planner_end(&made);

	planner_made(&made, "quiet");
	made.facts->targets.count = 0;
	made.intent.iommu_pt = true;
	refuse(&made);
	assert_false(plan_is_refused(&made.plan));
	planner_end(&made);
}

/* What decides about devices is not in this system's files. */
static void other_systems_places_are_refused(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	refuse(&made);
	assert_false(plan_is_refused(&made.plan));
	made.facts->machine.xen_dom0 = YES;
	refuse(&made);
	assert_true(plan_is_refused(&made.plan));
	planner_end(&made);

	planner_made(&made, "quiet");
	made.facts->machine.in_container = YES;
	refuse(&made);
	assert_true(plan_is_refused(&made.plan));
	planner_end(&made);
}

/* -- companions ------------------------------------------------------------------------------------- */

static struct device *add(struct facts *facts, const char *address, int class)
{
	struct device *device = facts_made_device(facts, address, class, "driver");

	device->vendor_id = 0x10de;
	device->predicted_group = -1;
	device->parent = &facts->devices.items[0];
	return device;
}

/* A root port, below it a card with sound; a chipset slot; a PF and its VFs. */
static void the_card_goes_along(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device_refs companions;
	struct device *card, *chipset, *pf, *vf;

	(void)state;
	facts_made_device(facts, "0000:00:01.0", 0x060400, "pcieport")->is_bridge = true;
	chipset = facts_made_device(facts, "0000:00:1f.3", 0x040300, "snd_hda_intel");
	chipset->predicted_group = -1;
	facts_made_device(facts, "0000:00:1f.4", 0x0c0500, "i801_smbus")->predicted_group = -1;
	card = add(facts, "0000:01:00.0", 0x030000);
	add(facts, "0000:01:00.1", 0x040300);
	pf = add(facts, "0000:02:00.0", 0x020000);
	vf = add(facts, "0000:02:00.1", 0x020000);
	vf->physfn = pf;
	add(facts, "0000:02:00.2", 0x020000)->physfn = pf;

	card->target = true;
	*ARRAY_ADD(facts->arena, &facts->targets) = card;
	companions = plan_companions(facts, facts->arena);
	assert_int_equal(companions.count, 1);
	assert_string_equal(companions.items[0]->address, "0000:01:00.1");

	card->target = false;
	chipset->target = true;
	facts->targets.items[0] = chipset;
	companions = plan_companions(facts, facts->arena);
	assert_int_equal(companions.count, 0);

	chipset->target = false;
	vf->target = true;
	facts->targets.items[0] = vf;
	companions = plan_companions(facts, facts->arena);
	assert_int_equal(companions.count, 0);
}

static void the_group_goes_along(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct group *group = arena_alloc(facts->arena, sizeof(*group));
	struct device_refs companions;

	(void)state;
	facts_made_device(facts, "0000:00:01.0", 0x060400, "pcieport")->is_bridge = true;
	add(facts, "0000:01:00.0", 0x030000)->target = true;
	add(facts, "0000:03:00.0", 0x010802);
	add(facts, "0000:04:00.0", 0x010802)->vfio_driver = true;
	add(facts, "0000:05:00.0", 0x010802);
	for (size_t i = 0; i < 4; i++) {
		struct device *device = &facts->devices.items[i];

		device->has_group = YES;
		device->group = group;
		*ARRAY_ADD(facts->arena, &group->devices) = device;
	}
	*ARRAY_ADD(facts->arena, &facts->targets) = &facts->devices.items[1];
	companions = plan_companions(facts, facts->arena);
	assert_int_equal(companions.count, 1);
	assert_string_equal(companions.items[0]->address, "0000:03:00.0");
}

/* -- in place ------------------------------------------------------------------------------------------ */

static void make_in_place(struct made_planner *made)
{
	struct device *target = made->facts->targets.items[0];

	target->handover_asked = YES;
	target->next_known = YES;
	target->next_driver = "vfio-pci";
	target->next_reason = NEXT_SOFTDEP;
	made->facts->machine.config.intel_iommu_default_on = 'y';
	made_modprobe(made->facts, "options vfio-pci ids=10de:2484\n");
}

static void make_plan(struct made_planner *made)
{
	plan_make(made->facts->arena, made->facts, made->host, &made->intent, &made->findings,
		  &made->plan);
}

static void what_is_proven_stays_as_it_is(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	make_in_place(&made);
	make_plan(&made);
	assert_false(plan_is_refused(&made.plan));
	assert_int_equal(made.plan.steps.count, 0);
	assert_int_equal(made.plan.present.count, 1);
	planner_end(&made);
}

/* Another kernel that lacks it, a prediction that is not known, --by-address: not in place. */
static void what_is_not_proven_is_done(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct made_planner made;

		planner_made(&made, "quiet");
		make_in_place(&made);
		if (i == 0)
			made_finding(&made, "boot.other-kernels", RESULT_FAIL, "t");
		if (i == 1)
			made_finding(&made, "initramfs.stale", RESULT_UNKNOWN, "t");
		if (i == 2)
			made.facts->targets.items[0]->next_known = UNKNOWN;
		if (i == 3)
			made.facts->targets.items[0]->handover_asked = NO;
		make_plan(&made);
		assert_int_not_equal(made.plan.steps.count, 0);
		planner_end(&made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dangers_are_refused_with_their_evidence),
		cmocka_unit_test(only_the_accepted_danger_passes),
		cmocka_unit_test(a_danger_not_looked_for_is_one),
		cmocka_unit_test(what_does_not_count_is_not_refused),
		cmocka_unit_test(the_plan_cures_wide_ids),
		cmocka_unit_test(the_same_evidence_is_said_once),
		cmocka_unit_test(what_is_no_device_cannot_be_accepted),
		cmocka_unit_test(nothing_asked_for_is_refused),
		cmocka_unit_test(other_systems_places_are_refused),
		cmocka_unit_test(the_card_goes_along),
		cmocka_unit_test(the_group_goes_along),
		cmocka_unit_test(what_is_proven_stays_as_it_is),
		cmocka_unit_test(what_is_not_proven_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
