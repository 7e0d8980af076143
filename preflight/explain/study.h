/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine's groups under study: the model of it, why a device's group is what it is, and which
 * changes would make that group smaller. Nothing is offered that the model does not show to work on
 * this machine, with everything unknown taken as not isolating.
 */
#ifndef VFIOKIT_EXPLAIN_STUDY_H
#define VFIOKIT_EXPLAIN_STUDY_H

#include "preflight/groups/change.h"

struct group_study {
	const struct facts *facts;
	struct arena *arena;
	bool modelled; /* false: this machine groups in another way; the rest is empty */
	struct group_inputs inputs; /* indexes are those of facts->devices */
	struct group_parameters parameters;
	struct group_partition partition;
	/* Of each input: how many functions other than VFs are directly below it, and the first. */
	size_t *children;
	int *child;
	size_t *endpoints; /* of each group: members that are no bridges */
};

/* Models the machine. Memory comes from arena. */
void group_study_make(const struct facts *facts, struct arena *arena,
		      struct group_study *ret_study);

/* Index of a device among inputs. */
int group_study_index(const struct group_study *study, const struct device *device);

/* How the device's group is, seen from the device. */
enum group_state {
	GROUP_STATE_UNKNOWN, /* neither the kernel's group nor a certain model of it */
	GROUP_CLEAN,         /* no endpoint beside the device */
	GROUP_CARD,          /* nothing but functions of the same card, and their VFs */
	GROUP_SHARED,        /* endpoints of other cards */
};

/* By the kernel's group where there is one, else by the model. */
enum group_state group_state_of(const struct group_study *study, const struct device *device);

/* Where the kernel's group and the model's differ. */
struct group_disagreement {
	struct device_refs only_kernel, only_model;
};

/* YES: the same group; NO: *ret_disagreement tells; UNKNOWN: one of them is not known. */
enum truth group_model_agrees(const struct group_study *study, const struct device *device,
			      struct group_disagreement *ret_disagreement);

/* -- what would split the group ---------------------------------------------------------------- */

enum split_kind {
	SPLIT_REMOVE_PARAMETER, /* pci=disable_acs_redir=, pci=config_acs= of now */
	SPLIT_FIRMWARE_BITS,    /* ports whose ACS nobody has switched on */
	SPLIT_CONFIG_ACS,       /* the same, with pci=config_acs= */
	SPLIT_FIRMWARE_HIDDEN,  /* AMD root ports whose capability firmware may hide */
	SPLIT_SLOT,             /* below another, empty port */
	SPLIT_EXCHANGE,         /* change places with another card */
	SPLIT_BIFURCATION,      /* the root port divided, in place of a switch below it */
	SPLIT_OVERRIDE,         /* pcie_acs_override= */
	SPLIT_KINDS,
};

struct split {
	enum split_kind kind;
	const char *parameter; /* what goes onto (or off) the kernel command line; NULL */
	int port;              /* SPLIT_SLOT, SPLIT_EXCHANGE: the port; else GROUP_NONE */
	int occupant;          /* SPLIT_EXCHANGE: a function of the card there */
	bool isolates;         /* that port has ACS in force; else only its place keeps it apart */
	int *members;          /* the device's group then, in the kernel's order */
	size_t member_count;
	bool clean;   /* then nothing but the device's own card is in it */
	bool certain; /* else the group may be smaller still */
};

struct splits {
	struct split *items;
	size_t count, capacity;
	size_t ports_untried; /* empty ports that look as good as those of SPLIT_SLOT */
};

/*
 * What makes the device's group smaller, by the model. Nothing where the group is clean, or where the
 * model does not have the strangers in it. Memory comes from the study's arena.
 */
void splits_find(const struct group_study *study, const struct device *device,
		 struct splits *ret_splits);

/* "slot", …: a stable word. */
const char *split_kind_name(enum split_kind kind);
/* What to do, what it costs, and how far to believe it. */
const char *split_kind_title(enum split_kind kind);
const char *split_kind_cost(enum split_kind kind);
const char *split_kind_honesty(enum split_kind kind);

/* Whether this kernel has the out-of-tree patch: from its log, else from the name of its release. */
enum truth kernel_has_override(const struct facts *facts);

/*
 * Where the device's isolation rests on pcie_acs_override=: the members of its group without it.
 * Otherwise 0 members.
 */
void group_without_override(const struct group_study *study, const struct device *device,
			    struct group_numbers *ret_members);

/* -- for split*.c ------------------------------------------------------------------------------ */

/* Trying out changes for one device. */
struct trial {
	const struct group_study *study;
	const struct device *device;
	int index;
	size_t strangers, endpoints; /* now: endpoints that are not of the device's card; all */
	struct arena *scratch;       /* given back after each run */
	struct splits splits;
};

/* Runs the model over a changed machine; where the device's group gets smaller, adds *split with the
 * group that results and returns true. inputs may have more items than the study's. */
bool trial_run(struct trial *trial, const struct group_inputs *inputs,
	       const struct group_parameters *parameters, const struct split *split);

/* The other slots, and the cards to change places with. */
void splits_find_slots(struct trial *trial);

/* The topmost function that moves with the device: what sits below a root or downstream port, or on
 * a root bus (then the device cannot move). */
int group_study_card(const struct group_study *study, int index);

#endif
