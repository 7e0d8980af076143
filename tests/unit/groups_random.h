/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random machines for tests of the grouping: the same seed gives the same machine. */
#ifndef VFIOKIT_TESTS_GROUPS_RANDOM_H
#define VFIOKIT_TESTS_GROUPS_RANDOM_H

#include "groups_made.h"

enum { MACHINE_MAXIMUM = 48 + 8 }; /* functions of a random machine */

struct random {
	uint64_t state;
};

uint64_t random_next(struct random *random);
unsigned random_below(struct random *random, unsigned limit);
bool random_chance(struct random *random, unsigned percent);

/* A machine with root ports, switches, bridges of all kinds, multifunction slots, virtual
 * functions, and some functions with quirks; its groups are made. */
struct machine random_machine(struct random *random);

#endif
