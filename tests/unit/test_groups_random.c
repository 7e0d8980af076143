/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties of the grouping on random machines. VFIOKIT_SEED and VFIOKIT_MACHINES choose other
 * machines and how many.
 */
#include "groups_reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <cmocka.h>

enum { MACHINES = 2000 };

static uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* Runs a property on many machines; says which seed it failed with. */
static void machines_each(bool (*property)(struct machine *machine, struct random *random))
{
	uint64_t seed = number_from("VFIOKIT_SEED", 1);
	uint64_t count = number_from("VFIOKIT_MACHINES", MACHINES);

	for (uint64_t i = 0; i < count; i++) {
		struct random random = {seed + i};
		struct machine machine = random_machine(&random);
		bool holds = property(&machine, &random);

		machine_free(&machine);
		if (!holds)
			fail_msg("VFIOKIT_SEED=%llu VFIOKIT_MACHINES=1",
				 (unsigned long long)(seed + i));
	}
}

/* -- properties ------------------------------------------------------------------------------- */

static bool agrees_with_reference(struct machine *machine, struct random *random)
{
	int groups[MACHINE_MAXIMUM];

	(void)random;
	reference_groups(machine, groups);
	for (int i = 0; i < (int)machine->inputs.count; i++)
		if (groups[i] != machine_group(machine, i) || !machine_certain(machine, i))
			return false;
	return true;
}

static bool is_partition(struct machine *machine, struct random *random)
{
	const struct group_partition *partition = &machine->partition;
	bool used[MACHINE_MAXIMUM] = {false};

	(void)random;
	for (int i = 0; i < (int)machine->inputs.count; i++) {
		int group = machine_group(machine, i);
		bool listed = false;

		if ((group < 0) != machine->inputs.items[i].untranslated ||
		    group >= partition->group_count)
			return false;
		if (group < 0)
			continue;
		used[group] = true;
		for (size_t j = partition->group_first[group];
		     j < partition->group_first[group + 1]; j++)
			listed |= partition->members[j] == i;
		if (!listed)
			return false;
	}
	for (int group = 0; group < partition->group_count; group++)
		if (!used[group])
			return false;
	return true;
}

/* Whether every two functions that are together in fine are together in coarse. */
static bool refines(const struct machine *fine, const struct group_partition *coarse)
{
	int count = (int)fine->inputs.count;

	for (int i = 0; i < count; i++)
		for (int j = 0; j < i; j++)
			if (machine_together(fine, i, j) &&
			    coarse->items[i].group != coarse->items[j].group)
				return false;
	return true;
}

static bool acs_never_merges(struct machine *machine, struct random *random)
{
	const struct group_partition before = machine->partition;
	unsigned index = random_below(random, (unsigned)machine->inputs.count);
	struct group_input *input = machine_input(machine, (int)index);

	input->acs = YES;
	input->acs_capability = ACS_FULL;
	input->acs_control = ACS_REQUIRED;
	machine_partition(machine);
	return refines(machine, &before);
}

static void inputs_shuffle(struct machine *machine, struct random *random, int *place)
{
	int count = (int)machine->inputs.count;
	struct group_input *shuffled =
		arena_array(machine->arena, (size_t)count, sizeof(*shuffled));

	for (int i = 0; i < count; i++)
		place[i] = i;
	for (int i = count - 1; i > 0; i--) {
		int other = (int)random_below(random, (unsigned)i + 1), kept = place[i];

		place[i] = place[other];
		place[other] = kept;
	}
	for (int i = 0; i < count; i++) {
		struct group_input *input = &shuffled[place[i]];

		*input = machine->inputs.items[i];
		if (input->parent >= 0)
			input->parent = place[input->parent];
		if (input->physical_function >= 0)
			input->physical_function = place[input->physical_function];
	}
	machine->inputs.items = shuffled;
}

static bool order_does_not_matter(struct machine *machine, struct random *random)
{
	const struct group_partition before = machine->partition;
	int place[MACHINE_MAXIMUM];

	inputs_shuffle(machine, random, place);
	machine_partition(machine);
	for (size_t i = 0; i < before.count; i++)
		if (before.items[i].group != machine_group(machine, place[i]))
			return false;
	return true;
}

static bool aliases_stay_together(struct machine *machine, struct random *random)
{
	int count = (int)machine->inputs.count;

	(void)random;
	for (int i = 0; i < count; i++)
		for (int j = 0; j < i; j++)
			if (reference_aliases(machine_input(machine, i),
					      machine_input(machine, j)) &&
			    !machine_input(machine, i)->untranslated &&
			    !machine_input(machine, j)->untranslated &&
			    !machine_together(machine, i, j))
				return false;
	return true;
}

/* With facts taken away, whatever is still certain is what it was with all facts. */
static bool certain_is_true(struct machine *machine, struct random *random)
{
	const struct group_partition full = machine->partition;
	int count = (int)machine->inputs.count;

	for_each (input, &machine->inputs) {
		if (random_chance(random, 25))
			input->acs = UNKNOWN;
		if (random_chance(random, 10))
			input->port_type = PORT_UNKNOWN;
		/* Elsewhere the model rules quirks out that these machines have all the same. */
		if (random_chance(random, 20) && input->parent >= 0 &&
		    (input->port_type == PORT_ENDPOINT || input->port_type == PORT_CONVENTIONAL))
			input->device_id = -1;
	}
	machine_partition(machine);
	for (int i = 0; i < count; i++)
		for (int j = 0; j < count && machine_certain(machine, i); j++)
			if (i != j && machine_together(machine, i, j) !=
					      (full.items[i].group >= 0 &&
					       full.items[i].group == full.items[j].group))
				return false;
	return true;
}

/* Garbage of every kind ends, and gives every function some answer. */
static bool garbage_is_survived(struct machine *machine, struct random *random)
{
	struct strings reasons;

	for_each (input, &machine->inputs) {
		if (random_chance(random, 30))
			input->parent = (int)random_below(random, MACHINE_MAXIMUM + 20) - 3;
		if (random_chance(random, 30))
			input->bus = (uint8_t)random_below(random, 8);
		if (random_chance(random, 20))
			input->dma_function = (int)random_below(random, MACHINE_MAXIMUM + 20) - 3;
		if (random_chance(random, 20))
			input->is_virtual_function = !input->is_virtual_function;
		if (random_chance(random, 20))
			input->physical_function =
				(int)random_below(random, MACHINE_MAXIMUM + 20) - 3;
	}
	machine_partition(machine);
	for (size_t i = 0; i < machine->inputs.count; i++) {
		group_reasons(machine->arena, &machine->inputs, &machine->partition, i, &reasons);
		if (!reasons.count)
			return false;
	}
	return machine->partition.count == machine->inputs.count;
}

#define PROPERTY(property)                                                                         \
	static void test_##property(void **state)                                                  \
	{                                                                                          \
		(void)state;                                                                       \
		machines_each(property);                                                           \
	}

PROPERTY(agrees_with_reference)
PROPERTY(is_partition)
PROPERTY(acs_never_merges)
PROPERTY(order_does_not_matter)
PROPERTY(aliases_stay_together)
PROPERTY(certain_is_true)
PROPERTY(garbage_is_survived)

/* -- time ------------------------------------------------------------------------------------- */

static double seconds_used(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* 16 root buses with 16 ports each; below each port a slot of 15 functions (ARI). */
static void large_machine(struct machine *machine, int device)
{
	for (unsigned root = 0; root < 16; root++)
		for (unsigned port = 0; port < 16; port++) {
			char address[32];
			int bridge;

			snprintf(address, sizeof(address), "%04x:00:%02x.0", root, port);
			bridge = machine_add(machine, address, PORT_ROOT_PORT, GROUP_NONE,
					     port % 2 ? ACS_FULL : NO_ACS);
			for (unsigned i = 0; i < 15; i++) {
				int index;

				snprintf(address, sizeof(address), "%04x:%02x:%02x.%u", root,
					 port + 1, i / 8, i % 8);
				index = machine_add_multifunction(machine, address, PORT_ENDPOINT,
								  bridge, NO_ACS);
				if (device)
					machine_input(machine, index)->vendor_id = 0x10b5;
				if (device)
					machine_input(machine, index)->device_id = device;
			}
		}
}

static void partition_timed(int device, const char *name)
{
	_cleanup_machine_ struct machine machine = machine_new();
	double start, seconds;

	large_machine(&machine, device);
	assert_int_equal(machine.inputs.count, 4096);
	start = seconds_used();
	machine_partition(&machine);
	seconds = seconds_used() - start;
	/* Told, not judged: 50 ms is wanted (1.4 to 3.3 ms measured), but a busy machine proves nothing;
	 * a quadratic search would show as seconds. */
	print_message("%zu functions (%s): %.1f ms\n", machine.inputs.count, name, seconds * 1000);
	assert_true(seconds < 30);
}

static void test_time(void **state)
{
	(void)state;
	partition_timed(0, "plain");
	partition_timed(0x87b0, "every one an alias of its bus");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agrees_with_reference),
		cmocka_unit_test(test_is_partition),
		cmocka_unit_test(test_acs_never_merges),
		cmocka_unit_test(test_order_does_not_matter),
		cmocka_unit_test(test_aliases_stay_together),
		cmocka_unit_test(test_certain_is_true),
		cmocka_unit_test(test_garbage_is_survived),
		cmocka_unit_test(test_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
