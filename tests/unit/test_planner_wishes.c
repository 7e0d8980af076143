/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the next boot must have: kernel arguments, ids=, who goes by address. */
#include "planner_made.h"

static void assert_wish(const struct made_planner *made, const char *word, enum word_action action,
			const char *with)
{
	const struct wished_word *found = wished(made, word);

	if (!found) {
		fail_msg("%s is not wished", word);
		return;
	}
	assert_int_equal(found->change.action, action);
	if (with)
		assert_string_equal(found->change.with, with);
}

/* -- the IOMMU's words ------------------------------------------------------------------------------- */

static void words_that_switch_off_go(void **state)
{
	static const struct {
		const char *cmdline, *word, *left;
	} rows[] = {
		{"quiet intel_iommu=off", "intel_iommu=off", NULL},
		{"intel_iommu=sm_on,off", "intel_iommu=sm_on,off", "intel_iommu=sm_on"},
		{"iommu=off", "iommu=off", NULL},
		{"iommu=pt,off", "iommu=pt,off", "iommu=pt"},
		{"amd_iommu=off", "amd_iommu=off", NULL},
		{"intremap=off", "intremap=off", NULL},
		{"nointremap", "nointremap", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct made_planner made;

		planner_made(&made, rows[i].cmdline);
		planner_wish(&made.planner);
		assert_wish(&made, rows[i].word, rows[i].left ? WORD_REPLACE : WORD_REMOVE,
			    rows[i].left);
		planner_end(&made);
	}
}

static void other_words_stay(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet intel_iommu=on,sm_on iommu=pt intremap=nosid pci=noaer");
	planner_wish(&made.planner);
	for_each (wish, &made.planner.wishes.words)
		assert_int_equal(wish->change.action, WORD_ADD);
	planner_end(&made);
}

/* intel_iommu=on, or not: by what the kernel was built with, what it does now, and for whom. */
static void intel_iommu_on_where_it_is_needed(void **state)
{
	enum { CARD, GRAPHICS };
	static const struct {
		enum truth known, active, has_group;
		char on, on_but_graphics;
		int target;
		bool wished;
	} rows[] = {
		{YES, YES, YES, 'y', 'n', CARD, false},
		{YES, YES, YES, 'n', 'y', CARD, false},
		{YES, YES, YES, 'n', 'n', CARD, true},
		{YES, NO, NO, 'n', 'n', CARD, true},
		{UNKNOWN, YES, YES, 0, 0, CARD, false},
		{UNKNOWN, NO, NO, 0, 0, CARD, true},
		{YES, YES, NO, 'n', 'y', GRAPHICS, true},
		{YES, YES, YES, 'y', 'n', GRAPHICS, false},
		{UNKNOWN, YES, NO, 0, 0, GRAPHICS, true},
		{UNKNOWN, YES, YES, 0, 0, GRAPHICS, false},
		{UNKNOWN, YES, UNKNOWN, 0, 0, GRAPHICS, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct made_planner made;
		struct device *target;

		planner_made(&made, "quiet");
		target = made.facts->targets.items[0];
		target->vendor_id = rows[i].target == GRAPHICS ? 0x8086 : 0x10de;
		target->has_group = rows[i].has_group;
		made.facts->iommu.active = rows[i].active;
		made.facts->machine.config.known = rows[i].known;
		made.facts->machine.config.intel_iommu_default_on = rows[i].on;
		made.facts->machine.config.intel_iommu_default_on_intgpu_off =
			rows[i].on_but_graphics;
		planner_wish(&made.planner);
		assert_int_equal(wished(&made, "intel_iommu=on") != NULL, rows[i].wished);
		planner_end(&made);
	}
}

static void words_that_leave_graphics_out_go(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "intel_iommu=on,igfx_off");
	planner_wish(&made.planner);
	assert_null(wished(&made, "intel_iommu=on,igfx_off"));
	planner_end(&made);

	planner_made(&made, "intel_iommu=on,igfx_off");
	made.facts->targets.items[0]->vendor_id = 0x8086;
	planner_wish(&made.planner);
	assert_wish(&made, "intel_iommu=on,igfx_off", WORD_REPLACE, "intel_iommu=on");
	planner_end(&made);
}

static void amd_gets_no_word(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	made.facts->machine.cpu_vendor = CPU_AMD;
	made.facts->iommu.kind = IOMMU_AMD;
	made.facts->iommu.units.items[0].kind = IOMMU_AMD;
	made.facts->iommu.table_present[TABLE_DMAR] = NO;
	made.facts->iommu.table_present[TABLE_IVRS] = YES;
	planner_wish(&made.planner);
	assert_int_equal(made.planner.wishes.words.count, 0);
	planner_end(&made);
}

static void arguments_asked_for(void **state)
{
	static const char *const bad[] = {"", "=x", "a b", "a\"b", "a\nb", "$(x) `y`"};
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	made.intent.iommu_pt = true;
	strings_add(made.facts->arena, &made.intent.kernel_args, "pci=noaer");
	strings_add(made.facts->arena, &made.intent.kernel_args, "pci=noaer");
	planner_wish(&made.planner);
	assert_wish(&made, "iommu=pt", WORD_ADD, NULL);
	assert_wish(&made, "pci=noaer", WORD_ADD, NULL);
	assert_false(plan_is_refused(&made.plan));
	planner_end(&made);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		planner_made(&made, "quiet");
		strings_add(made.facts->arena, &made.intent.kernel_args, bad[i]);
		planner_wish(&made.planner);
		assert_true(plan_is_refused(&made.plan));
		planner_end(&made);
	}
}

static void a_framebuffer_on_the_device_is_kept_away(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	made_finding(&made, "device.framebuffer-holds-bar", RESULT_FAIL, "t");
	planner_wish(&made.planner);
	assert_wish(&made, "initcall_blacklist=sysfb_init", WORD_ADD, NULL);
	planner_end(&made);
}

/* -- ids --------------------------------------------------------------------------------------------- */

static void ids_are_merged(void **state)
{
	static const struct {
		const char *present, *ids;
	} rows[] = {
		{NULL, "10de:2484"},
		{"options vfio-pci ids=10de:2484\n", "10de:2484"},
		{"options vfio-pci ids=1102:0012\n", "1102:0012,10de:2484"},
		{"options vfio_pci disable_vga=1 ids=10DE:2484\n", "10DE:2484"},
		{"options vfio-pci ids=10de:2484:1043:87c1\n", "10de:2484:1043:87c1"},
		{"options vfio-pci ids=nonsense,1102:0012\n", "1102:0012,10de:2484"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct made_planner made;
		struct device *target;

		planner_made(&made, "quiet");
		target = made.facts->targets.items[0];
		target->subsystem_vendor_id = 0x1043;
		target->subsystem_device_id = 0x87c1;
		if (rows[i].present)
			made_modprobe(made.facts, rows[i].present);
		planner_wish(&made.planner);
		assert_string_equal(made.planner.wishes.ids, rows[i].ids);
		assert_int_equal(made.planner.wishes.ids_at != NULL, rows[i].present != NULL);
		assert_false(made.planner.wishes.ids_on_cmdline);
		planner_end(&made);
	}
}

static void ids_stay_on_the_command_line(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet vfio-pci.ids=1102:0012");
	made_modprobe(made.facts, "options vfio-pci ids=8086:1533\n");
	planner_wish(&made.planner);
	assert_true(made.planner.wishes.ids_on_cmdline);
	assert_wish(&made, "vfio-pci.ids=1102:0012", WORD_REPLACE,
		    "vfio-pci.ids=1102:0012,10de:2484");
	planner_end(&made);
}

static void vfio_in_the_kernel_takes_its_ids_from_the_command_line(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	made.facts->modules.vfio_pci = YES;
	strings_add(made.facts->arena, &made.facts->modules.builtin, "vfio_pci");
	planner_wish(&made.planner);
	if (next_boot_vfio_built_in(made.facts)) {
		assert_wish(&made, "vfio-pci.ids=10de:2484", WORD_ADD, NULL);
		assert_false(made.planner.wishes.early);
	} else {
		fail_msg("vfio_pci in modules.builtin is not taken for built in");
	}
	planner_end(&made);
}

static void booster_takes_no_options(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	made.facts->initramfs.generator = GENERATOR_BOOSTER;
	planner_wish(&made.planner);
	assert_wish(&made, "vfio-pci.ids=10de:2484", WORD_ADD, NULL);
	planner_end(&made);
}

/* -- by address ---------------------------------------------------------------------------------------- */

static struct device *add_twin(struct made_planner *made)
{
	struct device *twin = facts_made_device(made->facts, "0000:04:00.0", 0x030000, "nouveau");

	twin->vendor_id = 0x10de;
	twin->device_id = 0x2484;
	twin->subsystem_vendor_id = twin->subsystem_device_id = -1;
	return twin;
}

static void a_twin_that_stays_makes_it_go_by_address(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	add_twin(&made);
	planner_wish(&made.planner);
	assert_int_equal(made.planner.wishes.by_address.count, 1);
	assert_int_equal(made.planner.wishes.by_id.count, 0);
	assert_null(made.planner.wishes.ids);
	assert_int_equal(made.planner.wishes.rivals.count, 0);
	assert_true(made.planner.wishes.early);
	planner_end(&made);
}

static void a_twin_that_goes_along_does_not(void **state)
{
	struct made_planner made;
	struct device *twin;

	(void)state;
	planner_made(&made, "quiet");
	twin = add_twin(&made);
	twin->target = true;
	twin->modules_known = YES;
	*ARRAY_ADD(made.facts->arena, &made.facts->targets) = twin;
	planner_wish(&made.planner);
	assert_int_equal(made.planner.wishes.by_id.count, 2);
	assert_string_equal(made.planner.wishes.ids, "10de:2484");
	planner_end(&made);
}

static void ids_of_what_goes_by_address_are_taken_out(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet vfio-pci.ids=10de:2484");
	made.intent.by_address = true;
	planner_wish(&made.planner);
	assert_wish(&made, "vfio-pci.ids=10de:2484", WORD_REMOVE, NULL);
	planner_end(&made);

	planner_made(&made, "quiet");
	made_modprobe(made.facts, "options vfio-pci ids=10de:2484,1102:0012\n");
	add_twin(&made);
	planner_wish(&made.planner);
	assert_string_equal(made.planner.wishes.ids, "1102:0012");
	planner_end(&made);
}

static void a_driver_in_the_kernel_makes_it_go_by_address(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	strings_add(made.facts->arena, &made.facts->modules.builtin, "nouveau");
	planner_wish(&made.planner);
	assert_int_equal(made.planner.wishes.by_address.count, 1);
	planner_end(&made);
}

static void unknown_drivers_are_refused(void **state)
{
	struct made_planner made;

	(void)state;
	planner_made(&made, "quiet");
	made.facts->targets.items[0]->modules_known = UNKNOWN;
	planner_wish(&made.planner);
	assert_true(plan_is_refused(&made.plan));
	planner_end(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_switch_off_go),
		cmocka_unit_test(other_words_stay),
		cmocka_unit_test(intel_iommu_on_where_it_is_needed),
		cmocka_unit_test(words_that_leave_graphics_out_go),
		cmocka_unit_test(amd_gets_no_word),
		cmocka_unit_test(arguments_asked_for),
		cmocka_unit_test(a_framebuffer_on_the_device_is_kept_away),
		cmocka_unit_test(ids_are_merged),
		cmocka_unit_test(ids_stay_on_the_command_line),
		cmocka_unit_test(vfio_in_the_kernel_takes_its_ids_from_the_command_line),
		cmocka_unit_test(booster_takes_no_options),
		cmocka_unit_test(a_twin_that_stays_makes_it_go_by_address),
		cmocka_unit_test(a_twin_that_goes_along_does_not),
		cmocka_unit_test(ids_of_what_goes_by_address_are_taken_out),
		cmocka_unit_test(a_driver_in_the_kernel_makes_it_go_by_address),
		cmocka_unit_test(unknown_drivers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
