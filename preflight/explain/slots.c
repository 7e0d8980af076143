/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/checks/device_relations.h"
#include "preflight/explain/study.h"

/* How often the model is run, and how many results are worth reading. */
enum { SLOTS_MOST = 6, SLOT_RUNS = 12, EXCHANGES_MOST = 3, EXCHANGE_RUNS = 6 };

/* Nobody would swap a card with more lanes into a port with fewer than these. */
enum { LANES_LEAST = 4 };

/* A port that may take the card. */
struct candidate {
	int port, occupant; /* occupant GROUP_NONE: it is empty */
	bool isolates, has_slot, root_port, wide;
};

struct candidates {
	struct candidate *items;
	size_t count, capacity;
};

/* Better ones first: with ACS, with a slot, of the processor or chipset, with enough lanes; then by address. */
static int candidates_compare(const void *a, const void *b)
{
	const struct candidate *first = a, *second = b;

	if (first->isolates != second->isolates)
		return first->isolates ? -1 : 1;
	if (first->has_slot != second->has_slot)
		return first->has_slot ? -1 : 1;
	if (first->root_port != second->root_port)
		return first->root_port ? -1 : 1;
	if (first->wide != second->wide)
		return first->wide ? -1 : 1;
	return first->port - second->port;
}

static bool is_above(const struct group_study *study, int port, int index)
{
	const struct group_inputs *inputs = &study->inputs;

	for (size_t steps = 0; index >= 0 && steps < inputs->count; steps++) {
		if (index == port)
			return true;
		index = inputs->items[index].parent < (int)inputs->count
				? inputs->items[index].parent
				: GROUP_NONE;
	}
	return false;
}

/*
 * Whether what sits below the port, as the groups are now, shares with nothing else. A switch port
 * without ACS may have a group of its own as well, but the switch then passes requests on.
 */
static bool port_is_clean(const struct group_study *study, int port, int occupant)
{
	const struct group_prediction *prediction = &study->partition.items[port];
	const struct group_input *input = &study->inputs.items[port];

	if (!prediction->certain || prediction->group < 0)
		return false;
	if (input->port_type == PORT_DOWNSTREAM &&
	    (input->acs != YES || ACS_REQUIRED & ~input->acs_capability))
		return false;
	if (prediction->path_isolated == YES)
		return true;
	return input->port_type == PORT_ROOT_PORT && occupant == GROUP_NONE &&
	       study->endpoints[prediction->group] == 0;
}

/* The only card below the port, with no bridge on it; GROUP_NONE: nothing; -2: something else. */
static int port_occupant(const struct group_study *study, int port)
{
	int child = study->child[port];
	const struct device *first = &study->facts->devices.items[child];
	struct device_range bus;
	size_t same = 0;

	if (!study->children[port])
		return GROUP_NONE;
	bus = facts_same_bus(study->facts, first);
	for_each (function, &bus) {
		if (function->is_bridge || device_is_in_processor(study->facts, function))
			return -2;
		same += !function->physfn && devices_same_slot(function, first);
	}
	return same == study->children[port] ? child : -2;
}

static void candidate_consider(const struct trial *trial, int port, bool exchange,
			       struct candidates *candidates)
{
	const struct group_study *study = trial->study;
	const struct group_input *input = &study->inputs.items[port];
	const struct device *device = &study->facts->devices.items[port];
	int occupant;

	if ((input->port_type != PORT_ROOT_PORT && input->port_type != PORT_DOWNSTREAM) ||
	    input->secondary_bus <= 0 || (study->children[port] != 0) != exchange ||
	    is_above(study, port, trial->index))
		return;
	occupant = port_occupant(study, port);
	if (occupant >= 0 && device->link_width_max > 0 && device->link_width_max < LANES_LEAST &&
	    device->link_width_max < trial->device->link_width_max)
		return;
	if (occupant == -2 || !port_is_clean(study, port, occupant))
		return;
	*ARRAY_ADD(trial->study->arena, candidates) = (struct candidate){
		.port = port,
		.occupant = occupant,
		.isolates = study->partition.items[port].path_isolated == YES,
		.has_slot = device->config.slot_number >= 0,
		.root_port = input->port_type == PORT_ROOT_PORT,
		.wide = device->link_width_max >= trial->device->link_width_max,
	};
}

static void candidates_find(const struct trial *trial, bool exchange, struct candidates *ret)
{
	struct candidates candidates = {0};

	for (size_t i = 0; i < trial->study->inputs.count; i++)
		candidate_consider(trial, (int)i, exchange, &candidates);
	if (candidates.count)
		qsort(candidates.items, candidates.count, sizeof(*candidates.items),
		      candidates_compare);
	*ret = candidates;
}

static bool candidate_try(struct trial *trial, const struct candidate *candidate, int card)
{
	const struct group_study *study = trial->study;
	bool exchange = candidate->occupant != GROUP_NONE;
	struct split split = {.kind = exchange ? SPLIT_EXCHANGE : SPLIT_SLOT,
			      .port = candidate->port,
			      .occupant = candidate->occupant,
			      .isolates = candidate->isolates};
	struct group_move moves[2] = {{(size_t)card, (size_t)candidate->port}};
	struct group_inputs inputs;
	bool better = false;
	size_t failed;

	if (exchange)
		moves[1] = (struct group_move){(size_t)candidate->occupant,
					       (size_t)study->inputs.items[card].parent};
	group_inputs_copy(trial->scratch, &study->inputs, &inputs);
	if (group_inputs_move_together(&inputs, moves, exchange ? 2 : 1, &failed) == 0)
		better = trial_run(trial, &inputs, &study->parameters, &split);
	arena_reset(trial->scratch);
	return better;
}

static size_t candidates_try(struct trial *trial, const struct candidates *candidates, int card,
			     size_t runs_most, size_t results_most)
{
	size_t results = 0, runs = 0;

	while (runs < candidates->count && runs < runs_most && results < results_most)
		results += candidate_try(trial, &candidates->items[runs++], card);
	return candidates->count - runs;
}

void splits_find_slots(struct trial *trial)
{
	const struct group_study *study = trial->study;
	int card = group_study_card(study, trial->index);
	const struct device *device = &study->facts->devices.items[card];
	struct candidates candidates;

	/* Conventional cards fit into no slot of these ports. */
	if (device_is_built_in(study->facts, device) || !device->parent ||
	    device->config.port_type == PORT_CONVENTIONAL)
		return;
	candidates_find(trial, false, &candidates);
	trial->splits.ports_untried =
		candidates_try(trial, &candidates, card, SLOT_RUNS, SLOTS_MOST);
	if (port_occupant(study, study->inputs.items[card].parent) < 0)
		return;
	candidates_find(trial, true, &candidates);
	candidates_try(trial, &candidates, card, EXCHANGE_RUNS, EXCHANGES_MOST);
}
