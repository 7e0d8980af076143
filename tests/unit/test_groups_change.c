/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "What if": parsing, applying, comparing. */
#include "groups_made.h"
#include "preflight/groups/change.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Two cards below ports without ACS in one slot, a clean port that is empty, one with a card. */
struct desk {
	struct machine machine;
	int bad, bad2, clean, used, gpu, audio, disk, net;
};

static struct desk desk_new(void)
{
	struct desk desk = {.machine = machine_new()};
	struct machine *machine = &desk.machine;

	desk.bad = machine_add_multifunction(machine, "0000:00:01.0", PORT_ROOT_PORT, GROUP_NONE,
					     NO_ACS);
	desk.bad2 = machine_add_multifunction(machine, "0000:00:01.1", PORT_ROOT_PORT, GROUP_NONE,
					      NO_ACS);
	desk.clean = machine_add(machine, "0000:00:1c.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	desk.used = machine_add(machine, "0000:00:1d.0", PORT_ROOT_PORT, GROUP_NONE, ACS_FULL);
	desk.gpu =
		machine_add_multifunction(machine, "0000:01:00.0", PORT_ENDPOINT, desk.bad, NO_ACS);
	desk.audio =
		machine_add_multifunction(machine, "0000:01:00.1", PORT_ENDPOINT, desk.bad, NO_ACS);
	desk.disk = machine_add(machine, "0000:02:00.0", PORT_ENDPOINT, desk.bad2, NO_ACS);
	desk.net = machine_add(machine, "0000:04:00.0", PORT_ENDPOINT, desk.used, NO_ACS);
	machine_input(machine, desk.bad)->secondary_bus = 1;
	machine_input(machine, desk.bad2)->secondary_bus = 2;
	machine_input(machine, desk.clean)->secondary_bus = 3;
	machine_input(machine, desk.used)->secondary_bus = 4;
	machine_partition(machine);
	return desk;
}

/* Parses and applies changes, and makes the groups again. */
static int change(struct desk *desk, const char *const *texts, size_t count, struct error *error)
{
	struct machine *machine = &desk->machine;
	struct group_changes changes = {0};
	int r;

	for (size_t i = 0; i < count; i++) {
		struct group_change one;

		r = group_change_parse(machine->arena, &machine->inputs, texts[i], &one, error);
		if (r < 0)
			return r;
		*ARRAY_ADD(machine->arena, &changes) = one;
	}
	r = group_changes_apply(&changes, &machine->inputs, &machine->parameters, error);
	if (r == 0)
		machine_partition(machine);
	return r;
}

static void a_card_in_another_slot(void **state)
{
	static const char *const texts[] = {"move 01:00 below 00:1c.0"};
	struct desk desk = desk_new();
	struct error error = {0};

	(void)state;
	assert_true(machine_together(&desk.machine, desk.gpu, desk.disk));
	assert_int_equal(change(&desk, texts, 1, &error), 0);
	assert_false(machine_together(&desk.machine, desk.gpu, desk.disk));
	assert_false(machine_together(&desk.machine, desk.gpu, desk.clean));
	assert_true(machine_together(&desk.machine, desk.gpu, desk.audio));
	assert_int_equal(machine_input(&desk.machine, desk.audio)->bus, 3);
	machine_free(&desk.machine);
}

/* Neither move is possible alone; together they are. Addresses are those of before. */
static void two_cards_change_places(void **state)
{
	static const char *const texts[] = {"move 0000:01:00.0  below 00:1d.0",
					    "move 04:00 below 00:01.0"};
	struct desk desk = desk_new();
	struct error error = {0};

	(void)state;
	assert_int_equal(change(&desk, texts, 1, &error), -EBUSY);
	assert_non_null(strstr(error.message, "something else is below 0000:00:1d.0"));
	assert_int_equal(machine_input(&desk.machine, desk.gpu)->parent, desk.bad);
	assert_int_equal(change(&desk, texts, 2, &error), 0);
	assert_int_equal(machine_input(&desk.machine, desk.gpu)->bus, 4);
	assert_int_equal(machine_input(&desk.machine, desk.net)->bus, 1);
	assert_int_equal(machine_input(&desk.machine, desk.net)->parent, desk.bad);
	assert_true(machine_together(&desk.machine, desk.net, desk.disk));
	assert_false(machine_together(&desk.machine, desk.gpu, desk.disk));
	machine_free(&desk.machine);
}

static void moves_that_cannot_be(void **state)
{
	static const struct {
		const char *texts[2];
		int error;
		const char *words;
	} cases[] = {
		{{"move 01:00 below 01:00.0", NULL}, -EINVAL, "is no port"},
		{{"move 00:01 below 00:01.1", NULL}, -EINVAL, "itself below"},
		{{"move 07:00 below 00:1c.0", NULL}, -ENODEV, "nothing is in slot 07:00"},
		{{"move 01:00 below 00:1e.0", NULL}, -ENODEV, "there is no 00:1e.0"},
		{{"move 10de:2330 below 00:1c.0", NULL}, -EINVAL, "no slot like"},
		{{"move 01:00 below bridge", NULL}, -EINVAL, "\"bridge\" is no address"},
		{{"move 01:00 to 00:1c.0", NULL}, -EINVAL, "must read like"},
		{{"move 01:00 below 00:1c.0 now", NULL}, -EINVAL, "must read like"},
		{{"move ", NULL}, -EINVAL, "must read like"},
		{{"move 01:00 below 00:1c.0", "move 02:00 below 00:1c.0"}, -EBUSY, "02:00"},
		{{"move 01:00 below 00:1c.0", "move 01:00.1 below 00:01.1"}, -EEXIST, "twice"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct desk desk = desk_new();
		struct error error = {0};
		int r = change(&desk, cases[i].texts, cases[i].texts[1] ? 2 : 1, &error);

		if (r != cases[i].error || !strstr(error.message, cases[i].words))
			fail_msg("%s: %d %s", cases[i].texts[0], r, error.message);
		assert_int_equal(machine_input(&desk.machine, desk.gpu)->parent, desk.bad);
		machine_free(&desk.machine);
	}
}

static void parameters_that_mean_nothing(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{"acs-override=downstream,fast", "\"fast\" is none of downstream"},
		{"acs-override=id:12", "\"id:12\""},
		{"config-acs=xx1x1@0000:00:1c.0;2@0000:00:1c.4", "\"2@0000:00:1c.4\" is not FLAGS"},
		{"config-acs=0000:00:1c.0", "is not FLAGS"},
		{"config-acs=111111111@0000:00:1c.0", "is not FLAGS"},
		{"disable-acs-redir=0000:00:1c.0;;", "\"\" is not DDDD"},
		{"disable-acs-redir=00:1c", "\"00:1c\" is not DDDD"},
		{"config_acs=", "must be acs-override="},
		{"", "must be acs-override="},
	};
	struct desk desk = desk_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct group_change parsed = {.text = "untouched"};
		struct error error = {0};
		int r = group_change_parse(desk.machine.arena, &desk.machine.inputs, cases[i].text,
					   &parsed, &error);

		if (r != -EINVAL || !strstr(error.message, cases[i].words))
			fail_msg("%s: %d %s", cases[i].text, r, error.message);
		assert_string_equal(parsed.text, "untouched");
	}
	machine_free(&desk.machine);
}

static void parameters_of_the_next_boot(void **state)
{
	static const char *const claim[] = {"acs-override=downstream",
					    "acs-override=multifunction"};
	static const char *const none[] = {"acs-override="};
	static const char *const redirect[] = {"disable-acs-redir=0000:00:1d.0"};
	static const char *const without[] = {"disable-acs-redir="};
	struct desk desk = desk_new();
	struct error error = {0};

	(void)state;
	assert_int_equal(change(&desk, claim, 1, &error), 0);
	assert_false(machine_together(&desk.machine, desk.gpu, desk.disk));
	assert_true(machine_together(&desk.machine, desk.gpu, desk.audio));
	/* Words of several add up, but nothing stays of the one before. */
	assert_int_equal(change(&desk, claim, 2, &error), 0);
	assert_false(machine_together(&desk.machine, desk.gpu, desk.audio));
	assert_int_equal(change(&desk, none, 1, &error), 0);
	assert_true(machine_together(&desk.machine, desk.gpu, desk.disk));
	assert_false(machine_together(&desk.machine, desk.used, desk.net));
	assert_int_equal(change(&desk, redirect, 1, &error), 0);
	assert_true(machine_together(&desk.machine, desk.used, desk.net));
	/* The registers that were read with it on are set anew by a boot without it. */
	machine_input(&desk.machine, desk.used)->acs_control = ACS_SV | ACS_UF;
	assert_int_equal(change(&desk, without, 1, &error), 0);
	assert_false(machine_together(&desk.machine, desk.used, desk.net));
	machine_free(&desk.machine);
}

static void what_changes_is_told(void **state)
{
	static const char *const texts[] = {"move 01:00 below 00:1c.0"};
	struct desk desk = desk_new();
	struct group_partition before = desk.machine.partition;
	struct regroupings regroupings;
	struct error error = {0};

	(void)state;
	group_partitions_compare(desk.machine.arena, &before, &before, &regroupings);
	assert_int_equal(regroupings.count, 0);
	assert_int_equal(change(&desk, texts, 1, &error), 0);
	group_partitions_compare(desk.machine.arena, &before, &desk.machine.partition,
				 &regroupings);
	assert_int_equal(regroupings.count, 1);
	assert_int_equal(regroupings.items[0].before.count, 1);
	assert_int_equal(regroupings.items[0].before.items[0], before.items[desk.gpu].group);
	assert_int_equal(regroupings.items[0].after.count, 2);
	/* And back: two become one. */
	group_partitions_compare(desk.machine.arena, &desk.machine.partition, &before,
				 &regroupings);
	assert_int_equal(regroupings.count, 1);
	assert_int_equal(regroupings.items[0].before.count, 2);
	assert_int_equal(regroupings.items[0].after.count, 1);
	machine_free(&desk.machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_in_another_slot),
		cmocka_unit_test(two_cards_change_places),
		cmocka_unit_test(moves_that_cannot_be),
		cmocka_unit_test(parameters_that_mean_nothing),
		cmocka_unit_test(parameters_of_the_next_boot),
		cmocka_unit_test(what_changes_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
