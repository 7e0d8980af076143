/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "What if": changes to a machine, written as people write them, and what they do to its groups.
 *
 *   acs-override=downstream,multifunction   pcie_acs_override= of the out-of-tree patch
 *   config-acs=xx111x1@0000:00:1c.0         pci=config_acs=
 *   disable-acs-redir=pci:8086:a110         pci=disable_acs_redir=
 *   move 01:00 below 00:1c.0                the card in another slot
 *
 * A parameter stands for the whole one of the next boot: it takes the place of one that the kernel
 * has now, and an empty value ("acs-override=") means a boot without it.
 */
#ifndef VFIOKIT_GROUPS_CHANGE_H
#define VFIOKIT_GROUPS_CHANGE_H

#include "preflight/error.h"
#include "preflight/groups/groups.h"

/* -- moves ------------------------------------------------------------------------------------ */

enum { GROUP_MOVES_MOST = 16 };

/* The slot of a function goes below a port; both are indexes of inputs. */
struct group_move {
	size_t function, port;
};

/*
 * Makes moves at the same time, so that two cards can change places. 0, or for move *ret_move what
 * group_inputs_move() returns; -EEXIST: two moves take the same slot; -E2BIG: more than
 * GROUP_MOVES_MOST. On failure nothing has moved. A port whose cards all move away is free.
 */
int group_inputs_move_together(struct group_inputs *inputs, const struct group_move *moves,
			       size_t count, size_t *ret_move);

/* A copy in arena that may be changed. */
void group_inputs_copy(struct arena *arena, const struct group_inputs *inputs,
		       struct group_inputs *ret_copy);

/* -- changes ---------------------------------------------------------------------------------- */

enum group_change_kind {
	CHANGE_OVERRIDE,
	CHANGE_CONFIGURATION,
	CHANGE_REDIRECTION,
	CHANGE_MOVE,
};

struct group_change {
	enum group_change_kind kind;
	const char *text;             /* as written */
	struct acs_override override; /* CHANGE_OVERRIDE; active NO for an empty value */
	struct acs_settings settings; /* CHANGE_CONFIGURATION, CHANGE_REDIRECTION */
	struct group_move move;       /* CHANGE_MOVE */
};

struct group_changes {
	struct group_change *items;
	size_t count, capacity;
};

/*
 * Parses one change; addresses are those that the machine has now. Memory comes from arena. 0; or
 * -EINVAL, -ENODEV with words in error that name what is wrong.
 */
int group_change_parse(struct arena *arena, const struct group_inputs *inputs, const char *text,
		       struct group_change *ret_change, struct error *error);

/*
 * Makes all changes together. Words of acs-override= add up; of the others the last of a kind
 * counts, as in the kernel. 0, or what group_inputs_move_together() returns, with words; then
 * neither inputs nor parameters are changed.
 */
int group_changes_apply(const struct group_changes *changes, struct group_inputs *inputs,
			struct group_parameters *parameters, struct error *error);

/* -- before and after -------------------------------------------------------------------------- */

/* Groups of two partitions that share functions: indexes of groups. */
struct group_numbers {
	int *items;
	size_t count, capacity;
};

struct regrouping {
	struct group_numbers before, after;
};

struct regroupings {
	struct regrouping *items;
	size_t count, capacity;
};

/* Which groups change, in the order of the first partition's groups. Both partitions are of the same
 * functions (the second may have more behind them). Memory comes from arena. */
void group_partitions_compare(struct arena *arena, const struct group_partition *before,
			      const struct group_partition *after,
			      struct regroupings *ret_regroupings);

#endif
