/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/groups/breaks.h"
#include "preflight/groups/groups.h"

/* A domain has 256 buses, so no true chain of bridges is longer. */
enum { DEPTH_LIMIT = 256 };

struct search {
	const struct facts *facts;
	struct arena *arena;
	struct group_partition partition;
	int *standing;      /* group of each function */
	unsigned *below;    /* cards of its group below each bridge */
	unsigned *in_group; /* cards of each group */
	struct group_break *breaks;
};

int group_standing(const struct facts *facts, const struct device *device)
{
	if (device->group)
		return (int)(device->group - facts->groups.items);
	if (device->predicted_group < 0 ||
	    (size_t)device->predicted_group >= facts->predicted_group_count)
		return -1;
	return (int)facts->groups.count + device->predicted_group;
}

static bool same_slot(const struct device *a, const struct device *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot;
}

/* A virtual function sits in its physical function's card. */
static bool same_card(const struct device *a, const struct device *b)
{
	return same_slot(a->physfn ? a->physfn : a, b->physfn ? b->physfn : b);
}

static const struct device *device_at(const struct search *search, int index)
{
	return &search->facts->devices.items[index];
}

static int index_of(const struct search *search, const struct device *device)
{
	return (int)(device - search->facts->devices.items);
}

static bool same_group(const struct search *search, int a, int b)
{
	return a >= 0 && b >= 0 && search->standing[a] >= 0 &&
	       search->standing[a] == search->standing[b];
}

static void count_card(struct search *search, int card)
{
	const struct device *bridge = device_at(search, card)->parent;

	search->in_group[search->standing[card]]++;
	for (int depth = 0; bridge && depth < DEPTH_LIMIT; depth++, bridge = bridge->parent) {
		int index = index_of(search, bridge);

		if (!same_group(search, card, index))
			break;
		search->below[index]++;
	}
}

/* Functions of one card follow each other, so the group's last card is the one to compare with. */
static void count_cards(struct search *search)
{
	const struct facts *facts = search->facts;
	size_t groups = facts->groups.count + facts->predicted_group_count;
	const struct device **last = arena_array(search->arena, groups + 1, sizeof(*last));

	search->in_group = arena_array(search->arena, groups + 1, sizeof(*search->in_group));
	for (size_t i = 0; i < facts->devices.count; i++) {
		const struct device *device = &facts->devices.items[i];
		int group = search->standing[i];

		if (group < 0 || device->is_bridge)
			continue;
		if (!last[group] || !same_card(last[group], device))
			count_card(search, (int)i);
		last[group] = device;
	}
}

/* Cards of the port's group that hang on its slot. */
static unsigned cards_of_slot(const struct search *search, int port)
{
	const struct device *device = device_at(search, port);
	struct device_range bus = facts_same_bus(search->facts, device);
	unsigned cards = 0, own = 0;

	for_each (other, &bus) {
		int index = index_of(search, other);

		if (!same_slot(device, other) || !same_group(search, port, index))
			continue;
		cards += search->below[index];
		own |= !other->is_bridge;
	}
	return cards + own;
}

static void mark(struct search *search, int port, enum break_kind kind)
{
	const struct acs_verdict *verdict = &search->partition.items[port].acs;
	struct group_break *broken = &search->breaks[port];

	if (broken->kind >= kind || !device_at(search, port)->is_bridge)
		return;
	/* What cannot be read is no evidence of anything. */
	if (kind != BREAK_ALIAS && verdict->enabled != NO)
		return;
	broken->kind = kind;
	broken->because = kind == BREAK_ALIAS ? NULL : acs_verdict_text(search->arena, verdict);
}

static void look_at_step(struct search *search, const struct group_step *step)
{
	bool borne_out = same_group(search, step->subject, step->other);

	if (!borne_out)
		return;
	if (step->rule == RULE_BRIDGE_ALIAS && search->below[step->other] > 1)
		mark(search, step->other, BREAK_ALIAS);
	if (step->rule == RULE_PATH_NOT_ISOLATED &&
	    same_group(search, step->subject, step->culprit) && search->below[step->culprit] > 1)
		mark(search, step->culprit, BREAK_BELOW);
	if (step->rule != RULE_MULTIFUNCTION)
		return;
	if (search->below[step->subject] && cards_of_slot(search, step->subject) > 1)
		mark(search, step->subject, BREAK_SLOT);
	if (search->below[step->other] && cards_of_slot(search, step->other) > 1)
		mark(search, step->other, BREAK_SLOT);
}

/* Where a bridge makes one group of all cards anyway, ports above it add nothing. */
static void clear_above(struct search *search, int alias)
{
	const struct device *bridge = device_at(search, alias)->parent;

	for (int depth = 0; bridge && depth < DEPTH_LIMIT; depth++, bridge = bridge->parent) {
		int index = index_of(search, bridge);

		if (!same_group(search, alias, index) ||
		    search->below[index] != search->below[alias])
			break;
		if (search->breaks[index].kind == BREAK_BELOW)
			search->breaks[index] = (struct group_break){0};
	}
}

struct group_break *group_breaks_find(const struct facts *facts, struct arena *arena)
{
	struct search search = {.facts = facts, .arena = arena};
	size_t count = facts->devices.count;
	struct group_parameters parameters;
	struct group_inputs inputs;

	search.standing = arena_array(arena, count + 1, sizeof(*search.standing));
	search.below = arena_array(arena, count + 1, sizeof(*search.below));
	search.breaks = arena_array(arena, count + 1, sizeof(*search.breaks));
	for (size_t i = 0; i < count; i++)
		search.standing[i] = group_standing(facts, &facts->devices.items[i]);
	count_cards(&search);
	groups_inputs_from_facts(facts, arena, &inputs);
	groups_parameters_from_facts(facts, arena, &parameters);
	groups_partition(arena, &inputs, &parameters, &search.partition);
	for (size_t i = 0; i < count; i++) {
		const struct group_steps *steps = &search.partition.items[i].steps;

		if (search.standing[i] < 0 || search.in_group[search.standing[i]] < 2)
			continue;
		for (size_t s = 0; s < steps->count; s++)
			look_at_step(&search, &steps->items[s]);
	}
	for (size_t i = 0; i < count; i++)
		if (search.breaks[i].kind == BREAK_ALIAS)
			clear_above(&search, (int)i);
	return search.breaks;
}

const char *group_break_text(struct arena *arena, const struct device *device,
			     const struct group_break *broken)
{
	switch (broken->kind) {
	case BREAK_BELOW:
		return arena_printf(arena, _("%s %s: everything below it is one group"),
				    device->address, broken->because);
	case BREAK_SLOT:
		return arena_printf(arena,
				    _("%s %s: its slot's functions and everything below them are "
				      "one group"),
				    device->address, broken->because);
	case BREAK_ALIAS:
		return arena_printf(arena,
				    _("%s puts its own id on requests from below it: everything "
				      "below it is one group"),
				    device->address);
	case BREAK_NONE:
		break;
	}
	return NULL;
}
