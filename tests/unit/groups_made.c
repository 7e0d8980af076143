/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "groups_made.h"

#include <assert.h>

struct machine machine_new(void)
{
	return (struct machine){
		.arena = arena_new(),
		.parameters =
			{
				.kind = IOMMU_INTEL,
				.kernel = {6, 12},
				.acs_control = ACS_AS_READ,
				.iommu_requested = YES,
				.ivrs_present = NO,
				.override = {.active = NO},
			},
	};
}

void machine_free(struct machine *machine)
{
	arena_free(machine->arena);
}

int machine_add(struct machine *machine, const char *address, enum port_type type, int parent,
		int acs)
{
	struct group_input *input = ARRAY_ADD(machine->arena, &machine->inputs);
	struct address place = {0};
	int error = address_parse(address, strlen(address), &place);

	assert(error == 0);
	(void)error;
	*input = (struct group_input){
		.domain = place.domain,
		.bus = place.bus,
		.slot = place.slot,
		.function = place.function,
		.vendor_id = 0x1b36,
		.device_id = 0x000c,
		.subsystem_vendor_id = -1,
		.subsystem_device_id = -1,
		.class_code = 0x020000,
		.multifunction = NO,
		.port_type = type,
		.acs = acs == ACS_NOT_READABLE ? UNKNOWN : truth_of(acs != NO_ACS),
		.acs_capability = acs < 0 ? 0 : (uint16_t)acs,
		.acs_control = acs < 0 ? 0 : (uint16_t)(acs & ACS_REQUIRED),
		.physical_function = GROUP_NONE,
		.parent = parent,
		.secondary_bus = -1,
		.dma_function = GROUP_NONE,
	};
	return (int)machine->inputs.count - 1;
}

int machine_add_multifunction(struct machine *machine, const char *address, enum port_type type,
			      int parent, int acs)
{
	int index = machine_add(machine, address, type, parent, acs);

	machine->inputs.items[index].multifunction = YES;
	return index;
}

struct group_input *machine_input(struct machine *machine, int index)
{
	return &machine->inputs.items[index];
}

void machine_partition(struct machine *machine)
{
	groups_partition(machine->arena, &machine->inputs, &machine->parameters,
			 &machine->partition);
}

int machine_group(const struct machine *machine, int index)
{
	return machine->partition.items[index].group;
}

bool machine_certain(const struct machine *machine, int index)
{
	return machine->partition.items[index].certain;
}

bool machine_together(const struct machine *machine, int a, int b)
{
	return machine_group(machine, a) >= 0 &&
	       machine_group(machine, a) == machine_group(machine, b);
}

bool machine_has_step(const struct machine *machine, int index, enum group_rule rule, int other)
{
	const struct group_steps *steps = &machine->partition.items[index].steps;

	for (size_t i = 0; i < steps->count; i++)
		if (steps->items[i].rule == rule && steps->items[i].other == other)
			return true;
	return false;
}
