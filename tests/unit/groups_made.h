/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machines for tests of the grouping, built function by function. */
#ifndef VFIOKIT_TESTS_GROUPS_MADE_H
#define VFIOKIT_TESTS_GROUPS_MADE_H

#include "preflight/groups/groups.h"

struct machine {
	struct arena *arena;
	struct group_inputs inputs;
	struct group_parameters parameters;
	struct group_partition partition;
};

enum { ACS_FULL = 0x1f, NO_ACS = -1, ACS_NOT_READABLE = -2 };

/* An empty machine: VT-d, Linux 6.12, registers as read with the IOMMU on. */
struct machine machine_new(void);
void machine_free(struct machine *machine);
#define _cleanup_machine_ _cleanup_(machine_free)

/*
 * Adds a function "DDDD:BB:DD.F" of a type below the input with index parent (or GROUP_NONE) and
 * returns its index. acs is the capability, all of whose required bits are on, or NO_ACS or
 * ACS_NOT_READABLE. Ids are 1b36:000c unless changed afterwards.
 */
int machine_add(struct machine *machine, const char *address, enum port_type type, int parent,
		int acs);

/* The same with the multifunction bit set. */
int machine_add_multifunction(struct machine *machine, const char *address, enum port_type type,
			      int parent, int acs);

struct group_input *machine_input(struct machine *machine, int index);

/* Makes the groups again from what is there now. */
void machine_partition(struct machine *machine);

/* The predicted group; machine_partition() comes before. */
int machine_group(const struct machine *machine, int index);
bool machine_certain(const struct machine *machine, int index);
bool machine_together(const struct machine *machine, int a, int b);

/* Whether the trail of a function has a step of this rule with this other function. */
bool machine_has_step(const struct machine *machine, int index, enum group_rule rule, int other);

#endif
