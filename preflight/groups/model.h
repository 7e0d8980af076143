/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine that groups/groups.c walks over: inputs sorted into buses, with everything computed once
 * that does not depend on which groups exist already. Private to groups*.c.
 */
#ifndef VFIOKIT_GROUPS_MODEL_H
#define VFIOKIT_GROUPS_MODEL_H

#include "preflight/groups/groups.h"

/* Requester ids on the function's own bus, one bit for each device and function number. */
struct alias_mask {
	uint64_t bits[4];
};

/* One input. */
struct group_node {
	int bus;           /* index into buses */
	size_t slot_first; /* where its slot begins in members */
	int child_bus;     /* the first bus below, GROUP_NONE without one */
	uint8_t devfn;
	bool multifunction; /* dev->multifunction */
	struct acs_verdict acs;
	struct alias_mask *mask; /* dma_alias_mask; NULL none */
	enum truth mask_known;   /* UNKNOWN: it may be empty as well; YES where there is none */
	int firmware_alias;      /* devfn from IVRS, added when the function is probed; -1 none */
	enum truth passes_ids;   /* PCI_DEV_FLAGS_PCI_BRIDGE_NO_ALIAS */
	enum truth translation_root; /* PCI_DEV_FLAGS_BRIDGE_XLATE_ROOT */
};

/* Functions with one domain and bus number. */
struct group_bus {
	int self;          /* the bridge above, GROUP_NONE on a root bus */
	bool self_unknown; /* there is a bridge above that is not among the inputs */
	bool path_unknown; /* the same, of this bus or one above */
	bool has_alias;    /* some function here has an alias */
	bool reached;
	int next;            /* the next bus below the same bridge */
	size_t first, count; /* in members */
};

struct group_model {
	const struct group_inputs *inputs;
	const struct group_parameters *parameters;
	struct group_node *nodes; /* one for each input */
	int *members;             /* indexes of inputs, bus by bus, by device and function number */
	int *order; /* indexes of inputs in the order in which the kernel finds them */
	struct group_bus *buses;
	size_t bus_count;
	bool has_unknown; /* some fact that the algorithm asks for is not known */
};

/* Builds the model in arena. */
void group_model_build(struct arena *arena, const struct group_inputs *inputs,
		       const struct group_parameters *parameters, struct group_model *ret_model);

/* Whether facts that decide about this function are missing. */
bool group_node_unknown(const struct group_model *model, int index);

/* The distinct steps that hold a group together; eight are enough to say why. */
struct joinings {
	struct group_step steps[8];
	size_t count;
};

void group_joinings_find(const struct group_inputs *inputs, const struct group_partition *partition,
			 int group, struct joinings *ret_joinings);

/* group_reasons() with the group's joinings at hand. */
void group_reasons_with(struct arena *arena, const struct group_inputs *inputs,
			const struct group_partition *partition, size_t index,
			const struct joinings *group_joinings, struct strings *ret_reasons);

static inline void alias_mask_set(struct alias_mask *mask, unsigned devfn)
{
	mask->bits[devfn / 64 % 4] |= UINT64_C(1) << devfn % 64;
}

static inline bool alias_mask_test(const struct alias_mask *mask, unsigned devfn)
{
	return mask->bits[devfn / 64 % 4] >> devfn % 64 & 1;
}

#endif
