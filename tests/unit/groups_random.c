/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "groups_random.h"

enum { MAXIMUM = 48 }; /* functions that are no virtual ones */

uint64_t random_next(struct random *random)
{
	uint64_t value = random->state += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

unsigned random_below(struct random *random, unsigned limit)
{
	return (unsigned)(random_next(random) % limit);
}

bool random_chance(struct random *random, unsigned percent)
{
	return random_below(random, 100) < percent;
}

struct builder {
	struct machine *machine;
	struct random *random;
	unsigned next_bus;
};

static const struct {
	int vendor, device;
} special_ids[] = {
	{0x1b4b, 0x9230}, /* also function 1 */
	{0x1180, 0xe832}, /* also function 0 */
	{0x10b5, 0x87b0}, /* every id of the bus */
	{0x8086, 0x2954}, /* functions 0 to 4 of every slot */
	{0x8086, 0x10fb}, /* isolated by a quirk */
	{0x14e4, 0x9084}, /* translation root */
	{0x1a03, 0x1150}, /* bridge without alias */
};

static int random_acs(struct random *random)
{
	unsigned kind = random_below(random, 4);

	return kind == 0 ? NO_ACS : kind == 1 ? 0 : ACS_FULL;
}

static int random_function(struct builder *builder, unsigned bus, unsigned slot, unsigned function,
			   enum port_type type, int parent)
{
	struct machine *machine = builder->machine;
	struct group_input *input;
	char address[32];
	int index;

	snprintf(address, sizeof(address), "0000:%02x:%02x.%u", bus, slot, function);
	index = machine_add(machine, address, type, parent, random_acs(builder->random));
	input = machine_input(machine, index);
	if (random_chance(builder->random, 20))
		input->acs_control &= (uint16_t)random_next(builder->random);
	if (random_chance(builder->random, 8)) {
		unsigned which = random_below(builder->random, ARRAY_SIZE(special_ids));

		input->vendor_id = special_ids[which].vendor;
		input->device_id = special_ids[which].device;
	}
	return index;
}

static void random_bus(struct builder *builder, int parent, enum port_type above, unsigned depth);

static enum port_type random_type(struct random *random, enum port_type above, bool bridge)
{
	bool conventional = above == PORT_PCIE_TO_PCI || above == PORT_CONVENTIONAL;

	if (conventional)
		return bridge && random_chance(random, 20) ? PORT_PCI_TO_PCIE : PORT_CONVENTIONAL;
	if (above == PORT_UPSTREAM)
		return PORT_DOWNSTREAM;
	if (above == PORT_EVENT_COLLECTOR) /* a root bus */
		return !bridge                     ? PORT_ROOT_COMPLEX_ENDPOINT
		       : random_chance(random, 15) ? PORT_CONVENTIONAL
						   : PORT_ROOT_PORT;
	if (!bridge)
		return random_chance(random, 30) ? PORT_LEGACY_ENDPOINT : PORT_ENDPOINT;
	return random_chance(random, 30) ? PORT_PCIE_TO_PCI : PORT_UPSTREAM;
}

static void random_slot(struct builder *builder, unsigned bus, unsigned slot, int parent,
			enum port_type above, unsigned depth)
{
	unsigned functions =
		random_chance(builder->random, 35) ? 1 + random_below(builder->random, 4) : 1;

	for (unsigned i = 0; i < functions; i++) {
		bool bridge =
			above == PORT_UPSTREAM || (depth < 4 && random_chance(builder->random, 50));
		enum port_type type = random_type(builder->random, above, bridge);
		int index;

		if (builder->machine->inputs.count >= MAXIMUM)
			return;
		index = random_function(builder, bus, slot, i, type, parent);
		if (functions > 1)
			machine_input(builder->machine, index)->multifunction = YES;
		if (bridge && depth < 5)
			random_bus(builder, index, type, depth + 1);
		else
			machine_input(builder->machine, index)->untranslated =
				random_chance(builder->random, 2);
	}
}

static void random_bus(struct builder *builder, int parent, enum port_type above, unsigned depth)
{
	bool link = above == PORT_ROOT_PORT || above == PORT_DOWNSTREAM;
	unsigned slots = link ? 1 : 1 + random_below(builder->random, 4);
	unsigned bus = builder->next_bus++;

	for (unsigned slot = 0; slot < slots; slot++)
		random_slot(builder, bus, slot, parent, above, depth);
}

/* Some virtual functions of some endpoint, on its bus. */
static void random_virtual_functions(struct builder *builder)
{
	struct machine *machine = builder->machine;
	unsigned which = random_below(builder->random, (unsigned)machine->inputs.count);
	const struct group_input owner = machine->inputs.items[which];

	if (owner.port_type != PORT_ENDPOINT || owner.slot != 0)
		return;
	for (unsigned i = 0; i < 3; i++) {
		int index = random_function(builder, owner.bus, 2, i, PORT_ENDPOINT, owner.parent);

		machine_input(machine, index)->is_virtual_function = true;
		machine_input(machine, index)->physical_function = (int)which;
	}
}

struct machine random_machine(struct random *random)
{
	struct machine machine = machine_new();
	struct builder builder = {&machine, random, 0};
	unsigned roots = 1 + random_below(random, 3);

	if (random_chance(random, 30))
		machine.parameters.acs_control = ACS_AS_PROGRAMMED;
	for (unsigned i = 0; i < roots; i++)
		random_bus(&builder, GROUP_NONE, PORT_EVENT_COLLECTOR, 0);
	if (random_chance(random, 30))
		random_virtual_functions(&builder);
	machine_partition(&machine);
	return machine;
}
