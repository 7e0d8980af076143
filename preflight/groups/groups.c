/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/groups/model.h"

/* One pass over the machine, with every unknown taken the same way. */
struct run {
	const struct group_model *model;
	bool fine;    /* unknowns isolate; else they do not */
	int *group;   /* of each input; -1 none yet */
	bool *probed; /* the IOMMU driver has seen it */
	bool *acs;    /* pci_acs_enabled() of each input */
	bool *path;   /* pci_acs_path_enabled() from each input up */
	int *blocker; /* the first port without ACS from each input up; GROUP_NONE without one */
	int group_count;
	uint64_t seen
		[4]; /* the bitmap of device and function numbers that the kernel passes along */
	struct arena *arena;
	bool record;
	struct {
		struct group_step *items;
		size_t count, capacity;
	} trail;
};

static void step_add(struct run *run, enum group_rule rule, int subject, int other, int culprit)
{
	if (run->record)
		*ARRAY_ADD(run->arena, &run->trail) =
			(struct group_step){rule, subject, other, culprit};
}

static const struct group_node *node_of(const struct run *run, int index)
{
	return &run->model->nodes[index];
}

static const struct group_input *input_of(const struct run *run, int index)
{
	return &run->model->inputs->items[index];
}

/* The bridge above the function's bus. */
static int self_of(const struct run *run, int index)
{
	return run->model->buses[node_of(run, index)->bus].self;
}

/* Its group, noting that subject joins it; or -1. */
static int group_existing(struct run *run, int index, int subject)
{
	if (run->group[index] >= 0)
		step_add(run, RULE_HAS_GROUP, subject, index, GROUP_NONE);
	return run->group[index];
}

/* pci_real_dma_dev() */
static int dma_function(const struct run *run, int index)
{
	int other = input_of(run, index)->dma_function;

	return other >= 0 && (size_t)other < run->model->inputs->count ? other : index;
}

/* Whether one function's alias mask, as it is at this moment, holds the other's number. */
static bool mask_holds(const struct run *run, int index, uint8_t devfn)
{
	const struct group_node *node = node_of(run, index);

	if (run->probed[index] && node->firmware_alias == devfn)
		return true;
	if (!node->mask || (node->mask_known != YES && run->fine))
		return false;
	return alias_mask_test(node->mask, devfn);
}

/* pci_devs_are_dma_aliases(), for functions of one bus */
static bool are_aliases(const struct run *run, int a, int b)
{
	return mask_holds(run, a, node_of(run, b)->devfn) ||
	       mask_holds(run, b, node_of(run, a)->devfn) || dma_function(run, a) == b ||
	       dma_function(run, b) == a;
}

static int function_group(struct run *run, int index);

/* get_pci_alias_group() */
static int alias_group(struct run *run, int index)
{
	const struct group_node *node = node_of(run, index);
	const struct group_bus *bus = &run->model->buses[node->bus];
	uint64_t bit = UINT64_C(1) << node->devfn % 64;
	size_t mark = run->trail.count;

	if (run->seen[node->devfn / 64] & bit)
		return -1;
	run->seen[node->devfn / 64] |= bit;
	if (run->group[index] >= 0)
		return run->group[index];
	for (size_t i = 0; bus->has_alias && i < bus->count; i++) {
		int other = run->model->members[bus->first + i], group;

		if (other == index || !are_aliases(run, index, other))
			continue;
		step_add(run, RULE_DMA_ALIAS, index, other, GROUP_NONE);
		group = alias_group(run, other);
		if (group < 0)
			group = function_group(run, other);
		if (group >= 0)
			return group;
		run->trail.count = mark;
	}
	return -1;
}

/* get_pci_function_alias_group() */
static int function_group(struct run *run, int index)
{
	const struct group_node *node = node_of(run, index);
	const struct group_bus *bus = &run->model->buses[node->bus];
	size_t mark = run->trail.count;

	if (!node->multifunction || run->acs[index])
		return -1;
	for (size_t i = node->slot_first; i < bus->first + bus->count; i++) {
		int other = run->model->members[i], group;

		if (node_of(run, other)->devfn >> 3 != node->devfn >> 3)
			break;
		if (other == index || run->acs[other])
			continue;
		step_add(run, RULE_MULTIFUNCTION, index, other, GROUP_NONE);
		group = alias_group(run, other);
		if (group >= 0)
			return group;
		run->trail.count = mark;
	}
	return -1;
}

/* Whether requests from below the bridge carry an id of the bridge. */
static bool bridge_takes_over(const struct run *run, int bridge)
{
	const struct group_node *node = node_of(run, bridge);

	switch (input_of(run, bridge)->port_type) {
	case PORT_PCIE_TO_PCI:
		return node->passes_ids == NO || (node->passes_ids == UNKNOWN && !run->fine);
	case PORT_PCI_TO_PCIE:
	case PORT_CONVENTIONAL:
		return true;
	case PORT_UNKNOWN:
		return !run->fine;
	default:
		return false;
	}
}

/* pci_for_each_dma_alias() with get_pci_alias_or_group(): the last alias, or a group on the way. */
static int aliases_visit(struct run *run, int index, int *ret_last)
{
	int last = dma_function(run, index), group;

	if (last != index)
		step_add(run, RULE_REAL_DMA_DEVICE, index, last, GROUP_NONE);
	*ret_last = last;
	group = group_existing(run, last, index);
	if (group >= 0)
		return group;
	for (int bridge = self_of(run, last); bridge != GROUP_NONE; bridge = self_of(run, bridge)) {
		enum truth root = node_of(run, bridge)->translation_root;

		if (root == YES || (root == UNKNOWN && run->fine)) {
			step_add(run, RULE_TRANSLATION_ROOT, index, bridge, GROUP_NONE);
			break;
		}
		if (!bridge_takes_over(run, bridge))
			continue;
		step_add(run, RULE_BRIDGE_ALIAS, index, bridge, GROUP_NONE);
		*ret_last = bridge;
		group = group_existing(run, bridge, index);
		if (group >= 0)
			return group;
	}
	return -1;
}

/* The loop of pci_device_group(): up to the first bridge from which all is isolated. */
static int bridges_climb(struct run *run, int index, int *last)
{
	for (int bridge = self_of(run, *last); bridge != GROUP_NONE;
	     bridge = self_of(run, bridge)) {
		int group;

		if (run->path[bridge]) {
			step_add(run, RULE_PATH_ISOLATED, index, bridge, GROUP_NONE);
			break;
		}
		step_add(run, RULE_PATH_NOT_ISOLATED, index, bridge, run->blocker[bridge]);
		*last = bridge;
		group = group_existing(run, bridge, index);
		if (group >= 0)
			return group;
	}
	return -1;
}

/* pci_device_group() */
static int group_find(struct run *run, int index)
{
	size_t mark;
	int last, group;

	group = aliases_visit(run, index, &last);
	if (group >= 0)
		return group;
	group = bridges_climb(run, index, &last);
	if (group >= 0)
		return group;
	memset(run->seen, 0, sizeof(run->seen));
	mark = run->trail.count;
	group = alias_group(run, last);
	if (group < 0)
		group = function_group(run, last);
	if (group >= 0 && run->trail.count > mark) {
		int joined = run->trail.items[run->trail.count - 1].other;

		step_add(run, RULE_HAS_GROUP, index, joined, GROUP_NONE);
	}
	return group;
}

static void function_place(struct run *run, int index)
{
	run->trail.items = NULL;
	run->trail.count = run->trail.capacity = 0;
	if (input_of(run, index)->untranslated) {
		step_add(run, RULE_NOT_TRANSLATED, index, GROUP_NONE, GROUP_NONE);
		return;
	}
	run->probed[index] = true;
	run->group[index] = group_find(run, index);
	if (run->group[index] < 0) {
		step_add(run, RULE_NEW_GROUP, index, GROUP_NONE, GROUP_NONE);
		run->group[index] = run->group_count++;
	}
}

/* Settles every verdict for this run, and what follows for the paths. Bridges come before what is
 * below them in the order. */
static void paths_settle(struct run *run)
{
	const struct group_model *model = run->model;

	for (size_t i = 0; i < model->inputs->count; i++) {
		int index = model->order[i], self = self_of(run, index);
		enum truth enabled = node_of(run, index)->acs.enabled;
		bool above = !model->buses[node_of(run, index)->bus].self_unknown || run->fine;

		run->acs[index] = enabled == YES || (enabled == UNKNOWN && run->fine);
		run->path[index] =
			run->acs[index] && (self == GROUP_NONE ? above : run->path[self]);
		run->blocker[index] = GROUP_NONE;
		if (!run->acs[index])
			run->blocker[index] = index;
		else if (self != GROUP_NONE)
			run->blocker[index] = run->blocker[self];
	}
}

static void run_machine(struct run *run, struct group_prediction *predictions)
{
	size_t count = run->model->inputs->count;

	run->group = arena_array(run->arena, count + 1, sizeof(*run->group));
	run->probed = arena_array(run->arena, count + 1, sizeof(*run->probed));
	run->acs = arena_array(run->arena, count + 1, sizeof(*run->acs));
	run->path = arena_array(run->arena, count + 1, sizeof(*run->path));
	run->blocker = arena_array(run->arena, count + 1, sizeof(*run->blocker));
	for (size_t i = 0; i < count; i++)
		run->group[i] = -1;
	paths_settle(run);
	for (size_t i = 0; i < count; i++) {
		int index = run->model->order[i];

		function_place(run, index);
		if (run->record)
			predictions[index].steps =
				(struct group_steps){run->trail.items, run->trail.count};
	}
}

/* Whether each group of the coarse run is a group of the fine run too. */
static void groups_compare(struct arena *arena, const struct run *coarse, const struct run *fine,
			   struct group_partition *partition)
{
	size_t count = partition->count;
	int *first = arena_array(arena, count + 1, sizeof(*first));
	int *coarse_size = arena_array(arena, count + 1, sizeof(*coarse_size));
	int *fine_size = arena_array(arena, count + 1, sizeof(*fine_size));
	bool *differs = arena_array(arena, count + 1, sizeof(*differs));

	for (size_t i = 0; i < count; i++) {
		int group = coarse->group[i];

		if (group < 0)
			continue;
		if (coarse_size[group]++ == 0)
			first[group] = fine->group[i];
		differs[group] |= first[group] != fine->group[i];
		fine_size[fine->group[i]]++;
	}
	for (size_t i = 0; i < count; i++) {
		int group = coarse->group[i];

		if (group >= 0)
			partition->items[i].certain =
				!differs[group] && coarse_size[group] == fine_size[fine->group[i]];
	}
}

/* The function to name when somebody asks why a group is not certain: the nearest one upwards whose
 * facts are missing, else any such one of the group. */
static int unknown_find(const struct run *run, int index)
{
	const struct group_model *model = run->model;

	for (int i = index; i != GROUP_NONE; i = self_of(run, i))
		if (group_node_unknown(model, i))
			return i;
	for (size_t i = 0; i < model->inputs->count; i++)
		if (run->group[i] == run->group[index] && group_node_unknown(model, (int)i))
			return (int)i;
	return GROUP_NONE;
}

static void unknowns_mark(struct arena *arena, const struct run *coarse,
			  struct group_partition *partition)
{
	const struct group_model *model = coarse->model;
	struct run fine = {.model = model, .fine = true, .arena = arena};

	run_machine(&fine, partition->items);
	groups_compare(arena, coarse, &fine, partition);
	for (size_t i = 0; i < partition->count; i++) {
		struct group_prediction *prediction = &partition->items[i];

		if (model->buses[model->nodes[i].bus].path_unknown && prediction->group >= 0)
			prediction->certain = false;
		if (fine.path[i] != coarse->path[i])
			prediction->path_isolated = UNKNOWN;
		if (!prediction->certain)
			prediction->unknown = unknown_find(coarse, (int)i);
	}
}

/* Lists the members of each group. */
static void members_list(struct arena *arena, const struct run *run,
			 struct group_partition *partition)
{
	size_t count = partition->count, at = 0;
	size_t *first = arena_array(arena, (size_t)run->group_count + 2, sizeof(*first));
	int *members = arena_array(arena, count + 1, sizeof(*members));

	/* first[group + 1] counts, then becomes where the next member goes, which in the end is
	 * where the next group begins. */
	for (size_t i = 0; i < count; i++)
		if (run->group[i] >= 0)
			first[run->group[i] + 1]++;
	for (int group = 0; group < run->group_count; group++) {
		size_t size = first[group + 1];

		first[group + 1] = at;
		at += size;
	}
	for (size_t i = 0; i < count; i++) {
		int index = run->model->order[i];

		if (run->group[index] >= 0)
			members[first[run->group[index] + 1]++] = index;
	}
	partition->members = members;
	partition->group_first = first;
}

void groups_partition(struct arena *arena, const struct group_inputs *inputs,
		      const struct group_parameters *parameters,
		      struct group_partition *ret_partition)
{
	struct group_partition partition = {.count = inputs->count};
	struct run run = {.arena = arena, .record = true};
	struct group_model model;

	partition.items = arena_array(arena, inputs->count + 1, sizeof(*partition.items));
	group_model_build(arena, inputs, parameters, &model);
	run.model = &model;
	run_machine(&run, partition.items);
	for (size_t i = 0; i < inputs->count; i++) {
		struct group_prediction *prediction = &partition.items[i];

		prediction->group = run.group[i];
		prediction->certain = true;
		prediction->unknown = GROUP_NONE;
		prediction->multifunction = model.nodes[i].multifunction;
		prediction->acs = model.nodes[i].acs;
		prediction->path_isolated = truth_of(run.path[i]);
	}
	partition.group_count = run.group_count;
	members_list(arena, &run, &partition);
	if (model.has_unknown)
		unknowns_mark(arena, &run, &partition);
	*ret_partition = partition;
}
