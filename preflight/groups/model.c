/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/groups/model.h"

static uint8_t devfn_of(const struct group_input *input)
{
	return (uint8_t)(input->slot << 3 | (input->function & 7));
}

static bool is_index(const struct group_inputs *inputs, int index)
{
	return index >= 0 && (size_t)index < inputs->count;
}

static int numbers_compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static uint64_t sort_key(const struct group_input *input)
{
	return (uint64_t)input->domain << 16 | (uint64_t)input->bus << 8 | devfn_of(input);
}

static int members_compare(const void *a, const void *b, void *data)
{
	const struct group_inputs *inputs = data;
	int first = *(const int *)a, second = *(const int *)b;
	int order =
		numbers_compare(sort_key(&inputs->items[first]), sort_key(&inputs->items[second]));

	return order ? order : first - second;
}

/* Sorts all inputs by address and cuts them into buses. */
static void buses_cut(struct arena *arena, struct group_model *model)
{
	const struct group_inputs *inputs = model->inputs;

	for (size_t i = 0; i < inputs->count; i++)
		model->members[i] = (int)i;
	if (inputs->count)
		qsort_r(model->members, inputs->count, sizeof(*model->members), members_compare,
			(void *)(uintptr_t)inputs);
	model->buses = arena_array(arena, inputs->count + 1, sizeof(*model->buses));
	for (size_t i = 0; i < inputs->count; i++) {
		const struct group_input *input = &inputs->items[model->members[i]];
		const struct group_input *before = i ? &inputs->items[model->members[i - 1]] : NULL;
		bool new_bus = !before || sort_key(input) >> 8 != sort_key(before) >> 8;
		struct group_node *node = &model->nodes[model->members[i]];

		if (new_bus)
			model->buses[model->bus_count++].first = i;
		node->bus = (int)model->bus_count - 1;
		node->devfn = devfn_of(input);
		node->slot_first = new_bus || before->slot != input->slot
					   ? i
					   : model->nodes[model->members[i - 1]].slot_first;
		model->buses[node->bus].count++;
	}
}

/* A function of the bus whose parent is the bus's bridge: virtual functions only where nothing else
 * is there. */
static int bus_speaker(const struct group_model *model, const struct group_bus *bus)
{
	for (size_t i = 0; i < bus->count; i++) {
		int member = model->members[bus->first + i];

		if (!model->inputs->items[member].is_virtual_function)
			return member;
	}
	return model->members[bus->first];
}

static void buses_hang(struct group_model *model)
{
	for (size_t i = 0; i < model->bus_count; i++) {
		struct group_bus *bus = &model->buses[i];

		bus->self = model->inputs->items[bus_speaker(model, bus)].parent;
		if (bus->self == GROUP_NONE)
			continue;
		bus->self_unknown = !is_index(model->inputs, bus->self);
		if (bus->self_unknown)
			bus->self = GROUP_NONE;
	}
	/* Backwards, so that each bridge's list of buses is in ascending order. */
	for (size_t i = model->bus_count; i-- > 0;) {
		struct group_bus *bus = &model->buses[i];

		bus->next = GROUP_NONE;
		if (bus->self == GROUP_NONE)
			continue;
		bus->next = model->nodes[bus->self].child_bus;
		model->nodes[bus->self].child_bus = (int)i;
	}
}

/* A bus completely, then what is below it, depth first (pci_scan_child_bus). */
static size_t bus_visit(struct group_model *model, int first, int *stack, size_t ordered)
{
	size_t depth = 0;

	stack[depth++] = first;
	while (depth) {
		struct group_bus *bus = &model->buses[stack[--depth]];

		bus->reached = true;
		if (bus->self != GROUP_NONE)
			bus->path_unknown = model->buses[model->nodes[bus->self].bus].path_unknown;
		bus->path_unknown |= bus->self_unknown;
		for (size_t i = 0; i < bus->count; i++)
			if (!model->inputs->items[model->members[bus->first + i]]
				     .is_virtual_function)
				model->order[ordered++] = model->members[bus->first + i];
		for (size_t i = bus->count; i-- > 0;) {
			int child = model->nodes[model->members[bus->first + i]].child_bus;

			for (; child != GROUP_NONE; child = model->buses[child].next)
				if (!model->buses[child].reached)
					stack[depth++] = child;
		}
	}
	return ordered;
}

/*
 * The order in which the kernel registers functions. Virtual functions come last: drivers create
 * them. Buses that no root leads to hang in a loop, which hardware cannot do: it is cut.
 */
static void functions_order(struct arena *arena, struct group_model *model)
{
	int *stack = arena_array(arena, model->bus_count + 1, sizeof(*stack));
	size_t ordered = 0;

	for (size_t i = 0; i < model->bus_count; i++)
		if (model->buses[i].self == GROUP_NONE)
			ordered = bus_visit(model, (int)i, stack, ordered);
	for (size_t i = 0; i < model->bus_count; i++) {
		if (model->buses[i].reached)
			continue;
		model->buses[i].self = GROUP_NONE;
		model->buses[i].self_unknown = true;
		ordered = bus_visit(model, (int)i, stack, ordered);
	}
	for (size_t i = 0; i < model->inputs->count; i++)
		if (model->inputs->items[model->members[i]].is_virtual_function)
			model->order[ordered++] = model->members[i];
}

/* A link leads to device 0 only: another device number there is a function number above 7. */
static bool is_ari_function(const struct group_model *model, const struct group_input *input,
			    const struct group_bus *bus)
{
	enum port_type type;

	if (input->slot == 0 || bus->self == GROUP_NONE)
		return false;
	type = model->inputs->items[bus->self].port_type;
	return type == PORT_ROOT_PORT || type == PORT_DOWNSTREAM;
}

/* dev->multifunction: pci_setup_device(), pci_scan_slot(), pci_iov_add_virtfn(). */
static bool is_multifunction(const struct group_model *model, size_t index)
{
	const struct group_input *input = &model->inputs->items[index];
	const struct group_node *node = &model->nodes[index];
	const struct group_bus *bus = &model->buses[node->bus];
	size_t next = node->slot_first;

	if (input->is_virtual_function)
		return false;
	if (input->function != 0 || is_ari_function(model, input, bus))
		return true;
	if (input->multifunction != UNKNOWN)
		return input->multifunction == YES;
	for (; next < bus->first + bus->count; next++) {
		const struct group_input *other = &model->inputs->items[model->members[next]];

		if (other->slot != input->slot)
			break;
		if (!other->is_virtual_function && other->function != 0)
			return true;
	}
	return false;
}

static void mask_add_slots(struct alias_mask *mask, unsigned functions)
{
	for (unsigned slot = 0; slot < 32; slot++)
		for (unsigned function = 0; function < functions; function++)
			alias_mask_set(mask, slot << 3 | function);
}

/* Whether the behaviour applies to this function; UNKNOWN where a value it asks for is missing. */
static enum truth behaviour_applies(enum alias_behaviour behaviour, const struct group_input *input)
{
	switch (behaviour) {
	case ALIAS_FUNC0:
		return truth_of(input->function != 0);
	case ALIAS_FUNC1:
		return truth_of(input->function != 1);
	case ALIAS_ADAPTEC:
		if (input->subsystem_vendor_id < 0 || input->subsystem_device_id < 0)
			return UNKNOWN;
		return truth_of(input->subsystem_vendor_id == 0x9005 &&
				(input->subsystem_device_id == 0x02bb ||
				 input->subsystem_device_id == 0x02bc));
	case ALIAS_FROM_HARDWARE:
		return input->class_code < 0 || input->class_code >> 8 == 0x0680 ? UNKNOWN : NO;
	default:
		return YES;
	}
}

static void mask_fill(struct alias_mask *mask, enum alias_behaviour behaviour, unsigned slot)
{
	switch (behaviour) {
	case ALIAS_FUNC0:
		alias_mask_set(mask, slot << 3);
		break;
	case ALIAS_FUNC1:
		alias_mask_set(mask, slot << 3 | 1);
		break;
	case ALIAS_ADAPTEC:
		alias_mask_set(mask, 0x01 << 3);
		break;
	case ALIAS_XEON_PHI:
		alias_mask_set(mask, 0x10 << 3);
		alias_mask_set(mask, 0x11 << 3);
		alias_mask_set(mask, 0x12 << 3 | 3);
		break;
	case ALIAS_ALL_SLOTS:
		mask_add_slots(mask, 5);
		break;
	default:
		mask_add_slots(mask, 8);
		break;
	}
}

static void mask_add(struct arena *arena, struct group_model *model, struct group_node *node,
		     enum alias_behaviour behaviour, unsigned slot, bool sure)
{
	if (!node->mask)
		node->mask = arena_alloc(arena, sizeof(*node->mask));
	mask_fill(node->mask, behaviour, slot);
	node->mask_known = sure ? YES : UNKNOWN;
	model->buses[node->bus].has_alias = true;
}

/* A row whose ids fit the function, or may fit it where sure is false. */
static void alias_quirk_apply(struct arena *arena, struct group_model *model, size_t index,
			      const struct alias_quirk *quirk, bool sure)
{
	const struct group_input *input = &model->inputs->items[index];
	struct group_node *node = &model->nodes[index];
	enum truth in_kernel = quirk_in_kernel(quirk->kernels, model->parameters->kernel);
	enum truth applies = behaviour_applies(quirk->behaviour, input);

	if (in_kernel == NO || applies == NO)
		return;
	sure &= in_kernel == YES && applies == YES;
	if (quirk->behaviour == ALIAS_NOT_OF_BRIDGE)
		node->passes_ids = sure ? YES : UNKNOWN;
	else if (quirk->behaviour == ALIAS_TRANSLATION_ROOT)
		node->translation_root = sure ? YES : UNKNOWN;
	else
		mask_add(arena, model, node, quirk->behaviour, input->slot, sure);
}

/*
 * Whether a row may be meant by a function whose device id is not known. Those that add ids are for
 * endpoints and conventional functions, and Intel's are add-in cards, which sit behind a port.
 */
static bool alias_quirk_possible(const struct group_model *model, size_t index,
				 const struct alias_quirk *quirk)
{
	const struct group_input *input = &model->inputs->items[index];
	enum port_type type = input->port_type;

	if (input->vendor_id >= 0 && input->vendor_id != quirk->vendor)
		return false;
	if (quirk->behaviour == ALIAS_NOT_OF_BRIDGE)
		return type == PORT_PCIE_TO_PCI;
	if (quirk->behaviour == ALIAS_TRANSLATION_ROOT)
		return type == PORT_ROOT_PORT;
	if (type != PORT_ENDPOINT && type != PORT_LEGACY_ENDPOINT && type != PORT_CONVENTIONAL &&
	    type != PORT_UNKNOWN)
		return false;
	return quirk->vendor != 0x8086 || input->parent != GROUP_NONE;
}

static void aliases_apply(struct arena *arena, struct group_model *model, size_t index)
{
	const struct group_input *input = &model->inputs->items[index];
	const struct alias_quirk *quirk = alias_quirk_find(input->vendor_id, input->device_id);

	if (quirk)
		alias_quirk_apply(arena, model, index, quirk, true);
	if (input->vendor_id >= 0 && input->device_id >= 0)
		return;
	for (size_t i = 0; i < alias_quirk_count; i++)
		if (alias_quirk_possible(model, index, &alias_quirks[i]))
			alias_quirk_apply(arena, model, index, &alias_quirks[i], false);
}

/* The input with this sort key, or GROUP_NONE. */
static int member_find(const struct group_model *model, uint64_t key)
{
	size_t low = 0, high = model->inputs->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int member = model->members[middle];
		int order = numbers_compare(key, sort_key(&model->inputs->items[member]));

		if (order == 0)
			return member;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return GROUP_NONE;
}

/* setup_aliases() of the AMD driver: only an alias on the function's own bus counts for groups. */
static void firmware_aliases_apply(struct group_model *model)
{
	const struct group_parameters *parameters = model->parameters;

	if (parameters->kind != IOMMU_AMD)
		return;
	for (size_t i = 0; i < parameters->alias_count; i++) {
		const struct requester_alias *alias = &parameters->aliases[i];
		int index = member_find(model, (uint64_t)alias->segment << 16 | alias->device);

		if (index == GROUP_NONE)
			continue;
		if (alias->alias == alias->device || alias->alias >> 8 != alias->device >> 8) {
			model->nodes[index].firmware_alias = -1;
			continue;
		}
		model->nodes[index].firmware_alias = alias->alias & 0xff;
		model->buses[model->nodes[index].bus].has_alias = true;
	}
}

bool group_node_unknown(const struct group_model *model, int index)
{
	const struct group_node *node = &model->nodes[index];

	return node->acs.enabled == UNKNOWN || node->mask_known == UNKNOWN ||
	       node->passes_ids == UNKNOWN || node->translation_root == UNKNOWN ||
	       model->buses[node->bus].self_unknown ||
	       model->inputs->items[index].port_type == PORT_UNKNOWN;
}

static void node_judge(struct arena *arena, struct group_model *model, size_t index)
{
	struct group_node *node = &model->nodes[index];
	const struct group_bus *bus = &model->buses[node->bus];
	bool on_root_bus = bus->self == GROUP_NONE && !bus->self_unknown;

	node->multifunction = is_multifunction(model, index);
	node->acs = acs_judge(model->inputs, index, node->multifunction, on_root_bus,
			      model->parameters);
	node->mask_known = YES;
	node->passes_ids = NO;
	node->translation_root = NO;
	node->firmware_alias = -1;
	aliases_apply(arena, model, index);
	if (group_node_unknown(model, (int)index))
		model->has_unknown = true;
}

void group_model_build(struct arena *arena, const struct group_inputs *inputs,
		       const struct group_parameters *parameters, struct group_model *ret_model)
{
	struct group_model model = {.inputs = inputs, .parameters = parameters};

	model.nodes = arena_array(arena, inputs->count + 1, sizeof(*model.nodes));
	model.members = arena_array(arena, inputs->count + 1, sizeof(*model.members));
	model.order = arena_array(arena, inputs->count + 1, sizeof(*model.order));
	for (size_t i = 0; i < inputs->count; i++)
		model.nodes[i].child_bus = GROUP_NONE;
	buses_cut(arena, &model);
	buses_hang(&model);
	functions_order(arena, &model);
	for (size_t i = 0; i < inputs->count; i++)
		node_judge(arena, &model, i);
	firmware_aliases_apply(&model);
	*ret_model = model;
}
