/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths between devices that groups do not show. */
#include "study_made.h"

#include "preflight/groups/holes.h"

/* Two cards below two ports of a switch, each in a group of its own. */
struct fixture {
	struct facts *facts;
	struct device *first_port, *second_port, *card, *peer;
	struct group groups[2];
};

static void fixture_make(struct fixture *fixture, int acs)
{
	struct facts *facts = study_facts(64);
	struct device *root = study_port(facts, "0000:00:01.0", NULL, 1, 0x1f1d), *up;

	*fixture = (struct fixture){.facts = facts};
	up = study_add(facts, "0000:01:00.0", PORT_UPSTREAM, root, STUDY_NO_ACS);
	fixture->first_port = study_port(facts, "0000:02:00.0", up, 3, acs);
	fixture->second_port = study_port(facts, "0000:02:01.0", up, 4, acs);
	fixture->card =
		study_add(facts, "0000:03:00.0", PORT_ENDPOINT, fixture->first_port, STUDY_NO_ACS);
	fixture->peer =
		study_add(facts, "0000:04:00.0", PORT_ENDPOINT, fixture->second_port, STUDY_NO_ACS);
	*ARRAY_ADD(facts->arena, &fixture->groups[0].devices) = fixture->card;
	*ARRAY_ADD(facts->arena, &fixture->groups[1].devices) = fixture->peer;
	fixture->card->group = &fixture->groups[0];
	fixture->peer->group = &fixture->groups[1];
}

/* The holes around the card: none, or one of this kind at its port towards the peer. */
static const char *hole_of(struct fixture *fixture)
{
	struct isolation_holes holes;

	isolation_holes_find(fixture->facts, fixture->card, fixture->facts->arena, &holes);
	if (holes.count == 0)
		return "none";
	assert_int_equal(holes.count, 1);
	assert_ptr_equal(holes.items[0].port, fixture->first_port);
	assert_int_equal(holes.items[0].peers.count, 1);
	assert_ptr_equal(holes.items[0].peers.items[0], fixture->peer);
	assert_non_null(strstr(hole_text(fixture->facts->arena, &holes.items[0]), "0000:02:00.0"));
	return hole_kind_name(holes.items[0].kind);
}

static void ports_of_a_switch(void **state)
{
	static const struct {
		int acs;
		const char *kind;
	} cases[] = {
		{STUDY_NO_ACS, "no-acs"}, {0x1f1d, "none"},           {0x5f1d, "none"},
		{0x1f11, "bits-off"},     {0x1f00, "bits-off"},       {0x1311, "hardwired"},
		{0x0000, "hardwired"},    {0x7f3d, "egress-control"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture fixture;

		fixture_make(&fixture, cases[i].acs);
		if (!streq(hole_of(&fixture), cases[i].kind))
			fail_msg("%04x: %s", cases[i].acs, hole_of(&fixture));
		arena_free(fixture.facts->arena);
	}
}

/* Two switch ports in slots of their own without ACS: the model and the kernel part them. */
static void the_kernel_parts_ports_without_acs(void **state)
{
	struct group_study study;
	struct fixture fixture;

	(void)state;
	fixture_make(&fixture, STUDY_NO_ACS);
	group_study_make(fixture.facts, fixture.facts->arena, &study);
	assert_int_not_equal(study.partition.items[group_study_index(&study, fixture.card)].group,
			     study.partition.items[group_study_index(&study, fixture.peer)].group);
	arena_free(fixture.facts->arena);
}

static void what_is_no_hole(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_make(&fixture, STUDY_NO_ACS);
	/* In one group nothing is hidden. */
	fixture.peer->group = fixture.card->group;
	assert_string_equal(hole_of(&fixture), "none");
	fixture.peer->group = &fixture.groups[1];
	/* Registers that nobody could read accuse nobody. */
	fixture.first_port->config.acs = UNKNOWN;
	assert_string_equal(hole_of(&fixture), "none");
	fixture.first_port->config.acs = NO;
	fixture.first_port->device_id = -1;
	assert_string_equal(hole_of(&fixture), "none");
	fixture.first_port->device_id = 0x000c;
	assert_string_equal(hole_of(&fixture), "no-acs");
	/* Nothing else below the switch. */
	fixture.peer->parent = &fixture.facts->devices.items[0];
	assert_string_equal(hole_of(&fixture), "none");
	arena_free(fixture.facts->arena);
	/* With the IOMMU off the bits are, too. */
	fixture_make(&fixture, 0x1f00);
	fixture.facts->iommu.active = NO;
	assert_string_equal(hole_of(&fixture), "none");
	arena_free(fixture.facts->arena);
}

static void the_kernel_has_a_table(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_make(&fixture, STUDY_NO_ACS);
	/* pci_quirk_zhaoxin_pcie_ports_acs() lists this port, and says of all others that they do
	 * not isolate. */
	fixture.first_port->vendor_id = 0x1d17;
	fixture.first_port->device_id = 0x0710;
	assert_string_equal(hole_of(&fixture), "quirk");
	fixture.first_port->device_id = 0x0720;
	assert_string_equal(hole_of(&fixture), "no-acs");
	arena_free(fixture.facts->arena);
}

static void translated_requests(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_make(&fixture, 0x5f5d);
	assert_string_equal(hole_of(&fixture), "none");
	fixture.card->config.ats = YES;
	assert_string_equal(hole_of(&fixture), "direct-translated");
	arena_free(fixture.facts->arena);
}

/* A kernel with the override built in: apart, although the model is sure that they are one. */
static void nothing_is_seen_to_isolate(void **state)
{
	struct isolation_holes holes;
	struct fixture fixture;

	(void)state;
	fixture_make(&fixture, 0x1f1d);
	fixture.facts->predicted_group_count = 1;
	fixture.facts->predicted_groups =
		arena_array(fixture.facts->arena, 1, sizeof(*fixture.facts->predicted_groups));
	*ARRAY_ADD(fixture.facts->arena, &fixture.facts->predicted_groups[0]) = fixture.card;
	*ARRAY_ADD(fixture.facts->arena, &fixture.facts->predicted_groups[0]) = fixture.peer;
	fixture.card->predicted_group = fixture.peer->predicted_group = 0;
	isolation_holes_find(fixture.facts, fixture.card, fixture.facts->arena, &holes);
	assert_int_equal(holes.count, 1);
	assert_int_equal(holes.items[0].kind, HOLE_UNEXPLAINED);
	assert_ptr_equal(holes.items[0].peers.items[0], fixture.peer);
	arena_free(fixture.facts->arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_of_a_switch),
		cmocka_unit_test(the_kernel_parts_ports_without_acs),
		cmocka_unit_test(what_is_no_hole),
		cmocka_unit_test(the_kernel_has_a_table),
		cmocka_unit_test(translated_requests),
		cmocka_unit_test(nothing_is_seen_to_isolate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
