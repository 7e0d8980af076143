/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which ports break isolation: those by which the kernel puts cards into one group that have nothing
 * to do with each other. A port without ACS above one card only breaks nothing, and a model's step
 * that the running kernel's groups do not bear out is no evidence.
 */
#ifndef VFIOKIT_BREAKS_H
#define VFIOKIT_BREAKS_H

#include "preflight/facts/facts.h"

enum break_kind {
	BREAK_NONE,
	BREAK_BELOW, /* it does not isolate: everything below it is one group */
	BREAK_SLOT,  /* nor does it from the other functions of its slot, which lead to cards too */
	BREAK_ALIAS, /* requests from below it carry the bridge's own id */
};

struct group_break {
	enum break_kind kind;
	const char *because; /* what the port lacks, to follow its address; NULL for BREAK_ALIAS */
};

/*
 * The group that stands for a function: the kernel's, else the predicted one; as a number below
 * facts->groups.count + facts->predicted_group_count, where the kernel's come first. -1: neither.
 */
int group_standing(const struct facts *facts, const struct device *device);

/* One entry for each of facts->devices, in arena. Takes linear time. */
struct group_break *group_breaks_find(const struct facts *facts, struct arena *arena);

/* What a break says in one sentence, address included; NULL for BREAK_NONE. In arena. */
const char *group_break_text(struct arena *arena, const struct device *device,
			     const struct group_break *broken);

#endif
