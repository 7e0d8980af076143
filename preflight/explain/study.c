/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/explain/study.h"
#include "preflight/checks/device_relations.h"

static bool is_input(const struct group_study *study, int index)
{
	return index >= 0 && (size_t)index < study->inputs.count;
}

static void neighbours_count(struct group_study *study)
{
	for (size_t i = 0; i < study->inputs.count; i++) {
		const struct group_input *input = &study->inputs.items[i];
		int group = study->partition.items[i].group;

		if (group >= 0 && !study->facts->devices.items[i].is_bridge)
			study->endpoints[group]++;
		if (input->is_virtual_function || !is_input(study, input->parent))
			continue;
		if (!study->children[input->parent]++)
			study->child[input->parent] = (int)i;
	}
}

void group_study_make(const struct facts *facts, struct arena *arena, struct group_study *ret_study)
{
	struct group_study study = {.facts = facts, .arena = arena};
	size_t count = facts->devices.count;

	study.modelled = groups_are_modelled(facts);
	if (study.modelled) {
		groups_inputs_from_facts(facts, arena, &study.inputs);
		groups_parameters_from_facts(facts, arena, &study.parameters);
		groups_partition(arena, &study.inputs, &study.parameters, &study.partition);
		study.children = arena_array(arena, count + 1, sizeof(*study.children));
		study.child = arena_array(arena, count + 1, sizeof(*study.child));
		study.endpoints = arena_array(arena, (size_t)study.partition.group_count + 1,
					      sizeof(*study.endpoints));
		neighbours_count(&study);
	}
	*ret_study = study;
}

int group_study_index(const struct group_study *study, const struct device *device)
{
	return (int)(device - study->facts->devices.items);
}

int group_study_card(const struct group_study *study, int index)
{
	const struct group_inputs *inputs = &study->inputs;

	if (is_input(study, inputs->items[index].physical_function))
		index = inputs->items[index].physical_function;
	for (size_t steps = 0; steps < inputs->count; steps++) {
		int parent = inputs->items[index].parent;

		if (!is_input(study, parent) || inputs->items[parent].port_type == PORT_ROOT_PORT ||
		    inputs->items[parent].port_type == PORT_DOWNSTREAM)
			break;
		index = parent;
	}
	return index;
}

enum group_state group_state_of(const struct group_study *study, const struct device *device)
{
	const struct device_refs *members = devices_of_group(study->facts, device);
	enum group_state state = GROUP_CLEAN;

	if (!members)
		return GROUP_STATE_UNKNOWN;
	for_each (member, members) {
		if (*member == device || (*member)->is_bridge)
			continue;
		if (!devices_related(device, *member))
			return GROUP_SHARED;
		state = GROUP_CARD;
	}
	return state;
}

static bool refs_contain(const struct device_refs *refs, const struct device *device)
{
	for_each (item, refs)
		if (*item == device)
			return true;
	return false;
}

/* Members of a that b lacks. */
static void refs_subtract(struct arena *arena, const struct device_refs *a,
			  const struct device_refs *b, struct device_refs *ret_rest)
{
	struct device_refs rest = {0};

	for_each (item, a)
		if (!refs_contain(b, *item))
			*ARRAY_ADD(arena, &rest) = *item;
	*ret_rest = rest;
}

enum truth group_model_agrees(const struct group_study *study, const struct device *device,
			      struct group_disagreement *ret_disagreement)
{
	const struct facts *facts = study->facts;
	const struct device_refs *model;

	*ret_disagreement = (struct group_disagreement){0};
	if (!device->group || device->predicted_group < 0 ||
	    (size_t)device->predicted_group >= facts->predicted_group_count)
		return UNKNOWN;
	model = &facts->predicted_groups[device->predicted_group];
	refs_subtract(study->arena, &device->group->devices, model, &ret_disagreement->only_kernel);
	refs_subtract(study->arena, model, &device->group->devices, &ret_disagreement->only_model);
	return truth_of(!ret_disagreement->only_kernel.count &&
			!ret_disagreement->only_model.count);
}
