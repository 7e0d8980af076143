/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IOMMU groups as Linux makes them, as a pure function of topology: which PCI functions end up in
 * one group, and by which step of the kernel's algorithm.
 *
 * Sources: drivers/iommu/iommu.c pci_device_group() and its helpers, drivers/pci/search.c
 * pci_for_each_dma_alias(), drivers/pci/pci.c pci_acs_enabled(), pci_enable_acs() and
 * __pci_config_acs(), drivers/pci/quirks.c pci_dev_specific_acs_enabled(),
 * drivers/iommu/amd/iommu.c setup_aliases(). The algorithm is the same in Linux 6.1, 6.12 and 7.3.
 *
 * How to use it: fill an array of struct group_input (groups_inputs_from_facts(), or from any other
 * description of a machine) and struct group_parameters, change them for a "what if", and call
 * groups_partition(). Inputs are named by their index in that array everywhere.
 *
 * What is not known stays marked: the algorithm runs once with every unknown taken as "isolates"
 * and once as "does not", and a function whose group differs between the two is not certain.
 * Because isolation never merges groups, every other mixture lies between these two.
 */
#ifndef VFIOKIT_GROUPS_H
#define VFIOKIT_GROUPS_H

#include "preflight/facts/facts.h"
#include "preflight/groups/quirks.h"

/* SV|RR|CR|UF: the kernel's REQ_ACS_FLAGS. */
enum { ACS_REQUIRED = ACS_SV | ACS_RR | ACS_CR | ACS_UF };

/* -- what goes in ----------------------------------------------------------------------------- */

enum {
	GROUP_NONE = -1,           /* no such function */
	GROUP_PARENT_UNKNOWN = -2, /* there is a bridge above, but it is not among the inputs */
};

/* One PCI function. */
struct group_input {
	uint32_t domain;
	uint8_t bus, slot, function;
	int vendor_id, device_id, subsystem_vendor_id, subsystem_device_id; /* -1 not known */
	int class_code; /* 24 bits; -1 not known */
	/* Header type bit 7 of this function. Where it is not known, a slot that shows one function
	 * only counts as a single-function device. */
	enum truth multifunction;
	enum port_type port_type;
	enum truth acs;                                 /* it has an ACS capability */
	uint16_t acs_capability, acs_control;           /* valid where acs is YES */
	bool acs_wide_known;                            /* the next two hold */
	uint32_t acs_wide_capability, acs_wide_control; /* the registers read as dwords at +4, +8 */
	bool is_virtual_function;
	int physical_function; /* index; GROUP_NONE for other functions */
	int parent;        /* the bridge above, GROUP_NONE on a root bus, or GROUP_PARENT_UNKNOWN */
	int secondary_bus; /* bridges: number of the bus below; -1 not known or no bridge */
	int dma_function;  /* the VMD endpoint that does DMA for it; GROUP_NONE without one */
	bool untranslated; /* no IOMMU unit covers it: it never gets a group */
};

struct group_inputs {
	struct group_input *items;
	size_t count, capacity;
};

/* Which functions a device string of pci=config_acs= means (pci_dev_str_match). */
struct acs_match {
	bool by_id;
	uint16_t vendor, device, subsystem_vendor, subsystem_device; /* 0: any */
	uint32_t domain;
	uint8_t bus;
	size_t depth; /* entries of path; the first is on domain:bus, each next one below it */
	struct {
		uint8_t slot, function;
	} path[8];
};

/* Bits of mask are set to those of flags, the others go back to what firmware had set. */
struct acs_setting {
	uint16_t mask, flags;
	struct acs_match match;
};

struct acs_settings {
	struct acs_setting *items;
	size_t count, capacity;
};

/* pcie_acs_override= of the out-of-tree patch. */
struct acs_override {
	/* UNKNOWN: the parameter is given, but not whether the kernel knows it. */
	enum truth active;
	bool downstream, multifunction;
	struct {
		uint16_t vendor, device;
	} ids[16];
	size_t id_count;
};

enum acs_control_source {
	/* The control registers hold what the kernel saw when it made the groups. */
	ACS_AS_READ,
	/* What the kernel sets once an IOMMU is requested at boot (pci_std_enable_acs). */
	ACS_AS_PROGRAMMED,
};

struct group_parameters {
	enum iommu_kind kind;
	struct kernel_version kernel;
	enum acs_control_source acs_control;
	enum truth iommu_requested; /* ACS_AS_READ: at the boot that was read */
	enum truth ivrs_present;
	const struct requester_alias *aliases; /* IVRS; used for IOMMU_AMD only */
	size_t alias_count;
	struct acs_override override;
	struct acs_settings redirections;   /* pci=disable_acs_redir= */
	struct acs_settings configurations; /* pci=config_acs= */
};

/*
 * Parse the values of kernel parameters. Memory comes from arena. 0; or -EINVAL when something does
 * not parse: then *ret holds what stands before it, which is all that the kernel would use too.
 *   acs_override_parse       "downstream,multifunction,id:8086:1234"; sets active to YES
 *   acs_configuration_parse  "1x01@0000:00:1c.0;xx11@pci:8086:a110" (config_acs=)
 *   acs_redirection_parse    "0000:00:1c.0;pci:8086:a110" (disable_acs_redir=)
 */
int acs_override_parse(const char *value, struct acs_override *ret_override);
int acs_configuration_parse(struct arena *arena, const char *value,
			    struct acs_settings *ret_settings);
int acs_redirection_parse(struct arena *arena, const char *value,
			  struct acs_settings *ret_settings);

/* -- ACS of one function: pci_acs_enabled(dev, REQ_ACS_FLAGS) --------------------------------- */

enum acs_reason {
	ACS_BY_QUIRK,        /* a row of acs_quirks[] decided */
	ACS_BY_OVERRIDE,     /* pcie_acs_override claims it */
	ACS_CONVENTIONAL,    /* no PCI Express: never isolated */
	ACS_NOT_FOR_TYPE,    /* PCIe/PCI bridges and event collectors: never isolated */
	ACS_SINGLE_FUNCTION, /* nothing beside it to isolate from */
	ACS_TYPE_WITHOUT,    /* a port type that the kernel does not name: counts as isolated */
	ACS_NO_CAPABILITY,
	ACS_BITS_ON,    /* every required bit that the hardware can control is on */
	ACS_BITS_OFF,   /* some are off: see missing */
	ACS_UNREADABLE, /* capabilities not readable, ids not known, … */
};

struct acs_verdict {
	enum truth enabled; /* YES: isolates; UNKNOWN: cannot be told */
	enum acs_reason reason;
	const struct acs_quirk *quirk; /* ACS_BY_QUIRK; else NULL */
	/* Where the verdict was made from the registers (ACS_BITS_*, Intel's wide ones): */
	uint16_t capability, control; /* as the kernel has them: after programming */
	uint16_t missing;             /* required, controllable and off */
	uint16_t hardwired;           /* required, not controllable: the kernel counts them as on */
};

/*
 * The verdict on one input. multifunction is the kernel's dev->multifunction, on_root_bus its
 * pci_is_root_bus(dev->bus). Follows config_acs and disable_acs_redir through inputs' parents.
 */
struct acs_verdict acs_judge(const struct group_inputs *inputs, size_t index, bool multifunction,
			     bool on_root_bus, const struct group_parameters *parameters);

/* Whether the function is one that a device string of config_acs= or disable_acs_redir= means. */
bool acs_match_holds(const struct group_inputs *inputs, const struct group_input *input,
		     const struct acs_match *match);

/* -- what comes out --------------------------------------------------------------------------- */

/* The steps of the algorithm that a function went through. */
enum group_rule {
	RULE_NOT_TRANSLATED,    /* subject has no IOMMU unit: no group */
	RULE_REAL_DMA_DEVICE,   /* subject's DMA carries the id of VMD endpoint other */
	RULE_BRIDGE_ALIAS,      /* requests of subject carry the id of bridge other on their way */
	RULE_TRANSLATION_ROOT,  /* subject is translated at bridge other, not further up */
	RULE_PATH_ISOLATED,     /* bridge other and all bridges above it isolate subject */
	RULE_PATH_NOT_ISOLATED, /* subject is one with bridge other, because of port culprit */
	RULE_DMA_ALIAS,         /* subject and other use the same requester id */
	RULE_MULTIFUNCTION,     /* subject and other are functions of one slot without ACS */
	RULE_HAS_GROUP,         /* other is in a group already: subject joins it */
	RULE_NEW_GROUP,         /* nothing was found: subject gets a new group */
	RULE_COUNT,
};

struct group_step {
	enum group_rule rule;
	int subject, other, culprit; /* indexes; GROUP_NONE where the rule has none */
};

struct group_steps {
	const struct group_step *items;
	size_t count;
};

struct group_prediction {
	/* 0…, numbered in the order in which x86 kernels make them; -1 untranslated. */
	int group;
	/* false: what is not known could make it another group. Functions whose bridge is missing
	 * from the inputs are never certain, and the others' certainty does not count them. */
	bool certain;
	int unknown; /* the function whose facts are missing, where not certain; else GROUP_NONE */
	bool multifunction; /* dev->multifunction */
	struct acs_verdict acs;
	enum truth path_isolated; /* it and every bridge above it isolate (pci_acs_path_enabled) */
	struct group_steps steps; /* in the kernel's order; of the coarser run where not certain */
};

struct group_partition {
	struct group_prediction *items; /* one for each input */
	size_t count;
	int group_count;
	/* Members of group g: members[group_first[g]] up to, not including,
	 * members[group_first[g + 1]], in the order in which the kernel finds them. */
	const int *members;
	const size_t *group_first;
};

/*
 * Makes the groups of all inputs. Their order does not matter: functions are visited as the kernel
 * finds them (each bus in address order, then its child buses; virtual functions last). Results
 * live in arena. Inputs may be contradictory (loops of parents, an address twice): the result is
 * then some partition, marked uncertain where a loop had to be cut.
 */
void groups_partition(struct arena *arena, const struct group_inputs *inputs,
		      const struct group_parameters *parameters,
		      struct group_partition *ret_partition);

/* The kernel function that a rule stands for. */
const char *group_rule_kernel_function(enum group_rule rule);
/* A short stable word: "multifunction", "path-not-isolated", … */
const char *group_rule_name(enum group_rule rule);

/* -- words ------------------------------------------------------------------------------------ */

/* "0000:00:1c.0" */
const char *group_input_address(struct arena *arena, const struct group_input *input);

/* "SV RR CR UF", "" for none. */
const char *acs_bits_text(struct arena *arena, uint16_t bits);

/* What a verdict says, to follow an address: "has no ACS capability", "has ACS RR CR switched off". */
const char *acs_verdict_text(struct arena *arena, const struct acs_verdict *verdict);

/* A step in one sentence, with addresses. */
const char *group_step_text(struct arena *arena, const struct group_inputs *inputs,
			    const struct group_partition *partition, const struct group_step *step);

/*
 * Why the group of an input is what it is, in a few sentences without repetitions: the steps
 * that joined it and the bridges above it first, then those of other members, at most sixteen in
 * all; for a group of one what keeps it apart; for an uncertain one what is not known.
 */
void group_reasons(struct arena *arena, const struct group_inputs *inputs,
		   const struct group_partition *partition, size_t index,
		   struct strings *ret_reasons);

/* -- what if ---------------------------------------------------------------------------------- */

/*
 * Moves every function of a slot (and what is below it) below another port: their parent and bus
 * change, and their virtual functions follow. -ENODEV: nothing in that slot; -EINVAL: port is no
 * bridge with a bus below it, or lies below the slot itself; -EBUSY: something is below port
 * already.
 */
int group_inputs_move(struct group_inputs *inputs, uint32_t domain, uint8_t bus, uint8_t slot,
		      size_t port);

/* -- from and to facts ------------------------------------------------------------------------ */

/* One input for each of facts->devices, same order, same indexes. */
void groups_inputs_from_facts(const struct facts *facts, struct arena *arena,
			      struct group_inputs *ret_inputs);

/*
 * The parameters of the running kernel: registers as read where the IOMMU is active, else as the
 * next boot with an IOMMU would program them.
 */
void groups_parameters_from_facts(const struct facts *facts, struct arena *arena,
				  struct group_parameters *ret_parameters);

/* What pci=disable_acs_redir= and config_acs= of the running kernel's command line say, whether or not
 * the registers that were read have it in them. Memory comes from arena. */
void groups_settings_from_facts(const struct facts *facts, struct arena *arena,
				struct kernel_version kernel, struct acs_settings *ret_redirections,
				struct acs_settings *ret_configurations);

/* false: a machine whose IOMMU groups in another way (POWER, s390). */
bool groups_are_modelled(const struct facts *facts);

/*
 * Predicts the groups of every function and sets its predicted_group and predicted_because. A group
 * that is not certain stays -1 and says what is not known; so does a function without an IOMMU
 * unit, and all of a machine whose IOMMU groups in another way (POWER).
 */
void groups_predict(struct facts *facts);

#endif
