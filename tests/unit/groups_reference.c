/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "groups_reference.h"

struct reference {
	const struct machine *machine;
	int group[MACHINE_MAXIMUM];
	bool seen[256];
	int count;
};

static const struct group_input *at(const struct reference *reference, int index)
{
	return &reference->machine->inputs.items[index];
}

static unsigned devfn(const struct group_input *input)
{
	return input->slot * 8u + input->function;
}

static bool is_enabled(const struct reference *reference, int index)
{
	return reference->machine->partition.items[index].acs.enabled == YES;
}

static bool path_enabled(const struct reference *reference, int index)
{
	for (; index != GROUP_NONE; index = at(reference, index)->parent)
		if (!is_enabled(reference, index))
			return false;
	return true;
}

static bool mask_has(const struct group_input *a, const struct group_input *b)
{
	const struct alias_quirk *quirk = alias_quirk_find(a->vendor_id, a->device_id);

	if (!quirk)
		return false;
	switch (quirk->behaviour) {
	case ALIAS_FUNC0:
		return a->function != 0 && devfn(b) == a->slot * 8u;
	case ALIAS_FUNC1:
		return a->function != 1 && devfn(b) == a->slot * 8u + 1;
	case ALIAS_ALL:
		return true;
	case ALIAS_ALL_SLOTS:
		return b->function < 5;
	default:
		return false;
	}
}

bool reference_aliases(const struct group_input *a, const struct group_input *b)
{
	return a->domain == b->domain && a->bus == b->bus && (mask_has(a, b) || mask_has(b, a));
}

static int reference_function_group(struct reference *reference, int index);

static int reference_alias_group(struct reference *reference, int index)
{
	const struct group_input *input = at(reference, index);

	if (reference->seen[devfn(input)])
		return -1;
	reference->seen[devfn(input)] = true;
	if (reference->group[index] >= 0)
		return reference->group[index];
	for (int i = 0; i < (int)reference->machine->inputs.count; i++) {
		int group;

		if (i == index || !reference_aliases(input, at(reference, i)))
			continue;
		group = reference_alias_group(reference, i);
		if (group < 0)
			group = reference_function_group(reference, i);
		if (group >= 0)
			return group;
	}
	return -1;
}

static int reference_function_group(struct reference *reference, int index)
{
	const struct group_input *input = at(reference, index);

	if (!reference->machine->partition.items[index].multifunction ||
	    is_enabled(reference, index))
		return -1;
	for (int i = 0; i < (int)reference->machine->inputs.count; i++) {
		const struct group_input *other = at(reference, i);
		int group;

		if (i == index || other->domain != input->domain || other->bus != input->bus ||
		    other->slot != input->slot || is_enabled(reference, i))
			continue;
		group = reference_alias_group(reference, i);
		if (group >= 0)
			return group;
	}
	return -1;
}

static bool has_flag(const struct group_input *input, enum alias_behaviour behaviour)
{
	const struct alias_quirk *quirk = alias_quirk_find(input->vendor_id, input->device_id);

	return quirk && quirk->behaviour == behaviour;
}

static int reference_find(struct reference *reference, int index)
{
	int last = index, group;

	for (int i = at(reference, index)->parent; i != GROUP_NONE; i = at(reference, i)->parent) {
		enum port_type type = at(reference, i)->port_type;

		if (has_flag(at(reference, i), ALIAS_TRANSLATION_ROOT))
			break;
		if (type != PORT_PCIE_TO_PCI && type != PORT_PCI_TO_PCIE &&
		    type != PORT_CONVENTIONAL)
			continue;
		last = i;
		if (reference->group[i] >= 0)
			return reference->group[i];
	}
	for (int i = at(reference, last)->parent; i != GROUP_NONE; i = at(reference, i)->parent) {
		if (path_enabled(reference, i))
			break;
		last = i;
		if (reference->group[i] >= 0)
			return reference->group[i];
	}
	memset(reference->seen, 0, sizeof(reference->seen));
	group = reference_alias_group(reference, last);
	return group >= 0 ? group : reference_function_group(reference, last);
}

/* A bus completely, then the buses below it. */
static void reference_bus(struct reference *reference, unsigned bus)
{
	int count = (int)reference->machine->inputs.count;

	for (unsigned number = 0; number < 256; number++)
		for (int i = 0; i < count; i++) {
			const struct group_input *input = at(reference, i);

			if (input->bus != bus || devfn(input) != number || input->untranslated ||
			    input->is_virtual_function)
				continue;
			reference->group[i] = reference_find(reference, i);
			if (reference->group[i] < 0)
				reference->group[i] = reference->count++;
		}
	for (unsigned number = 0; number < 256; number++)
		for (int i = 0; i < count; i++) {
			const struct group_input *bridge = at(reference, i);

			if (bridge->bus != bus || devfn(bridge) != number)
				continue;
			for (int j = 0; j < count; j++)
				if (at(reference, j)->parent == i) {
					reference_bus(reference, at(reference, j)->bus);
					break;
				}
		}
}

void reference_groups(const struct machine *machine, int groups[MACHINE_MAXIMUM])
{
	struct reference reference = {.machine = machine};
	int count = (int)machine->inputs.count;

	for (int i = 0; i < count; i++)
		reference.group[i] = -1;
	for (unsigned bus = 0; bus < 256; bus++)
		for (int i = 0; i < count; i++)
			if (at(&reference, i)->bus == bus &&
			    at(&reference, i)->parent == GROUP_NONE &&
			    !at(&reference, i)->is_virtual_function) {
				reference_bus(&reference, bus);
				break;
			}
	for (int i = 0; i < count; i++) {
		if (!at(&reference, i)->is_virtual_function || at(&reference, i)->untranslated)
			continue;
		reference.group[i] = reference_find(&reference, i);
		if (reference.group[i] < 0)
			reference.group[i] = reference.count++;
	}
	memcpy(groups, reference.group, sizeof(reference.group));
}
