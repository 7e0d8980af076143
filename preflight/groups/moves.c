/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/groups/change.h"

#include <errno.h>

static const struct group_input *input_at(const struct group_inputs *inputs, int index)
{
	return index >= 0 && (size_t)index < inputs->count ? &inputs->items[index] : NULL;
}

static bool is_below(const struct group_inputs *inputs, const struct group_input *input,
		     const struct group_input *bridge)
{
	for (size_t steps = 0; input && steps <= inputs->count; steps++) {
		if (input == bridge)
			return true;
		input = input_at(inputs, input->parent);
	}
	return false;
}

/* Whether the input, or its physical function, is in the slot of other. */
static bool is_in_slot_of(const struct group_inputs *inputs, const struct group_input *input,
			  const struct group_input *other)
{
	const struct group_input *physical =
		input->is_virtual_function ? input_at(inputs, input->physical_function) : NULL;

	if (physical)
		input = physical;
	return input->domain == other->domain && input->bus == other->bus &&
	       input->slot == other->slot;
}

/* Which move takes each input along; -1 none. The array has one item for each input. */
static int moves_find(const struct group_inputs *inputs, const struct group_move *moves,
		      size_t count, int *takes)
{
	for (size_t i = 0; i < inputs->count; i++) {
		takes[i] = -1;
		for (size_t j = 0; j < count; j++) {
			if (!is_in_slot_of(inputs, &inputs->items[i],
					   &inputs->items[moves[j].function]))
				continue;
			if (takes[i] >= 0)
				return -EEXIST;
			takes[i] = (int)j;
		}
	}
	return 0;
}

/* Whether one move may be made, given which functions go away with all of them. */
static int move_check(const struct group_inputs *inputs, const struct group_move *moves,
		      size_t move, const int *takes)
{
	int port_index = (int)moves[move].port;
	const struct group_input *port = &inputs->items[port_index];

	if (port->secondary_bus <= 0 || port->secondary_bus > 0xff)
		return -EINVAL;
	for (size_t i = 0; i < inputs->count; i++) {
		const struct group_input *input = &inputs->items[i];

		if (takes[i] == (int)move && is_below(inputs, port, input))
			return -EINVAL;
		if (takes[i] < 0 && input->parent == port_index)
			return -EBUSY;
	}
	return 0;
}

static void input_move(struct group_inputs *inputs, struct group_input *input, size_t port,
		       uint8_t old_bus)
{
	const struct group_input *bridge = &inputs->items[port];

	input->parent = (int)port;
	input->domain = bridge->domain;
	/* Virtual functions may sit on a bus number of their own. */
	if (input->bus == old_bus)
		input->bus = (uint8_t)bridge->secondary_bus;
}

/* Two moves below one port. */
static bool ports_repeat(const struct group_move *moves, size_t count, size_t *ret_move)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (moves[i].port == moves[j].port) {
				*ret_move = i;
				return true;
			}
	return false;
}

int group_inputs_move_together(struct group_inputs *inputs, const struct group_move *moves,
			       size_t count, size_t *ret_move)
{
	_cleanup_free_ int *takes = calloc(inputs->count + 1, sizeof(*takes));
	uint8_t buses[GROUP_MOVES_MOST];
	int error;

	if (!takes)
		abort();
	*ret_move = 0;
	if (count > GROUP_MOVES_MOST)
		return -E2BIG;
	error = moves_find(inputs, moves, count, takes);
	if (error)
		return error;
	if (ports_repeat(moves, count, ret_move))
		return -EBUSY;
	for (size_t i = 0; i < count; i++) {
		*ret_move = i;
		error = move_check(inputs, moves, i, takes);
		if (error)
			return error;
		buses[i] = inputs->items[moves[i].function].bus;
	}
	for (size_t i = 0; i < inputs->count; i++)
		if (takes[i] >= 0)
			input_move(inputs, &inputs->items[i], moves[takes[i]].port,
				   buses[takes[i]]);
	return 0;
}

int group_inputs_move(struct group_inputs *inputs, uint32_t domain, uint8_t bus, uint8_t slot,
		      size_t port)
{
	struct group_move move = {.port = port};
	size_t failed;

	if (port >= inputs->count)
		return -EINVAL;
	for (; move.function < inputs->count; move.function++) {
		const struct group_input *input = &inputs->items[move.function];

		if (!input->is_virtual_function && input->domain == domain && input->bus == bus &&
		    input->slot == slot)
			return group_inputs_move_together(inputs, &move, 1, &failed);
	}
	return inputs->items[port].secondary_bus <= 0 ? -EINVAL : -ENODEV;
}

void group_inputs_copy(struct arena *arena, const struct group_inputs *inputs,
		       struct group_inputs *ret_copy)
{
	struct group_inputs copy = {.count = inputs->count, .capacity = inputs->count + 2};

	/* Room for what a change adds, so that taking part in one never copies twice. */
	copy.items = arena_array(arena, copy.capacity, sizeof(*copy.items));
	if (inputs->count)
		memcpy(copy.items, inputs->items, inputs->count * sizeof(*inputs->items));
	*ret_copy = copy;
}
