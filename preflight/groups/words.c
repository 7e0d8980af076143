/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/groups/model.h"

/* What stands for each rule: a stable word and the kernel's name for the place. */
static const struct {
	const char *name, *kernel_function;
} rules[RULE_COUNT] = {
	[RULE_NOT_TRANSLATED] = {"not-translated", "iommu_probe_device"},
	[RULE_REAL_DMA_DEVICE] = {"real-dma-device", "pci_real_dma_dev"},
	[RULE_BRIDGE_ALIAS] = {"bridge-alias", "pci_for_each_dma_alias"},
	[RULE_TRANSLATION_ROOT] = {"translation-root", "pci_for_each_dma_alias"},
	[RULE_PATH_ISOLATED] = {"path-isolated", "pci_acs_path_enabled"},
	[RULE_PATH_NOT_ISOLATED] = {"path-not-isolated", "pci_acs_path_enabled"},
	[RULE_DMA_ALIAS] = {"dma-alias", "get_pci_alias_group"},
	[RULE_MULTIFUNCTION] = {"multifunction", "get_pci_function_alias_group"},
	[RULE_HAS_GROUP] = {"has-group", "iommu_group_get"},
	[RULE_NEW_GROUP] = {"new-group", "iommu_group_alloc"},
};

const char *group_rule_name(enum group_rule rule)
{
	return rules[rule].name;
}

const char *group_rule_kernel_function(enum group_rule rule)
{
	return rules[rule].kernel_function;
}

const char *group_input_address(struct arena *arena, const struct group_input *input)
{
	return arena_printf(arena, "%04x:%02x:%02x.%x", input->domain, input->bus, input->slot,
			    input->function);
}

const char *acs_bits_text(struct arena *arena, uint16_t bits)
{
	static const char *const names[] = {"SV", "TB", "RR", "CR", "UF", "EC", "DT"};
	struct strings found = {0};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (bits & 1u << i)
			strings_add(arena, &found, names[i]);
	return strings_join(arena, &found, " ");
}

const char *acs_verdict_text(struct arena *arena, const struct acs_verdict *verdict)
{
	switch (verdict->reason) {
	case ACS_BY_QUIRK:
		if (verdict->enabled == UNKNOWN)
			break;
		return arena_printf(arena,
				    verdict->enabled == YES
					    ? _("counts as isolated (kernel quirk %s)")
					    : _("counts as not isolated (kernel quirk %s)"),
				    verdict->quirk->kernel_function);
	case ACS_BY_OVERRIDE:
		return _("only claims to isolate (pcie_acs_override)");
	case ACS_CONVENTIONAL:
		return _("is conventional PCI, which cannot isolate");
	case ACS_NOT_FOR_TYPE:
		return _("is of a type that has no ACS");
	case ACS_SINGLE_FUNCTION:
		return _("is a single function and needs no ACS");
	case ACS_TYPE_WITHOUT:
		return _("is of a type that needs no ACS");
	case ACS_NO_CAPABILITY:
		return _("has no ACS capability");
	case ACS_BITS_ON:
		if (!(verdict->capability & ACS_REQUIRED))
			return _("has an empty ACS capability, which counts as isolated");
		return arena_printf(arena, _("isolates with ACS %s"),
				    acs_bits_text(arena, verdict->control & ACS_REQUIRED));
	case ACS_BITS_OFF:
		return arena_printf(arena, _("has ACS %s switched off"),
				    acs_bits_text(arena, verdict->missing));
	case ACS_UNREADABLE:
		break;
	}
	return _("has capabilities that are not known");
}

/* The words for a rule that joins two functions. */
static const char *joining_text(struct arena *arena, const struct group_partition *partition,
				const struct group_step *step, const char *subject,
				const char *other)
{
	const struct acs_verdict *verdict = &partition->items[step->subject].acs;

	if (step->rule == RULE_DMA_ALIAS)
		return arena_printf(arena, _("%s and %s use the same requester id"), subject,
				    other);
	if (verdict->reason == ACS_BITS_OFF)
		return arena_printf(arena, _("%s and %s are functions of one device: %s %s"),
				    subject, other, subject, acs_verdict_text(arena, verdict));
	return arena_printf(arena, _("%s and %s are functions of one device without ACS"), subject,
			    other);
}

static const char *blocked_text(struct arena *arena, const struct group_inputs *inputs,
				const struct group_partition *partition, int culprit)
{
	const struct acs_verdict *verdict = &partition->items[culprit].acs;

	return arena_printf(arena, _("%s %s, so all below it is one group"),
			    group_input_address(arena, &inputs->items[culprit]),
			    acs_verdict_text(arena, verdict));
}

static const char *address_at(struct arena *arena, const struct group_inputs *inputs, int index)
{
	if (index == GROUP_NONE)
		return "";
	return group_input_address(arena, &inputs->items[index]);
}

const char *group_step_text(struct arena *arena, const struct group_inputs *inputs,
			    const struct group_partition *partition, const struct group_step *step)
{
	const char *subject = address_at(arena, inputs, step->subject);
	const char *other = address_at(arena, inputs, step->other);

	switch (step->rule) {
	case RULE_NOT_TRANSLATED:
		return arena_printf(arena, _("no IOMMU unit covers %s"), subject);
	case RULE_REAL_DMA_DEVICE:
		return arena_printf(arena, _("DMA of %s carries the id of the VMD endpoint %s"),
				    subject, other);
	case RULE_BRIDGE_ALIAS:
		return arena_printf(arena, _("bridge %s puts its own id on requests from below it"),
				    other);
	case RULE_TRANSLATION_ROOT:
		return arena_printf(arena, _("%s is translated at bridge %s"), subject, other);
	case RULE_PATH_ISOLATED:
		return arena_printf(arena, _("%s and all ports above it isolate what is below"),
				    other);
	case RULE_PATH_NOT_ISOLATED:
		if (step->culprit != GROUP_NONE)
			return blocked_text(arena, inputs, partition, step->culprit);
		return arena_printf(arena, _("what is above %s is not known"), other);
	case RULE_DMA_ALIAS:
	case RULE_MULTIFUNCTION:
		return joining_text(arena, partition, step, subject, other);
	case RULE_HAS_GROUP:
		return arena_printf(arena, _("%s joins the group of %s"), subject, other);
	case RULE_NEW_GROUP:
	case RULE_COUNT:
		break;
	}
	return arena_printf(arena, _("%s gets a new group"), subject);
}

static void reason_add(struct arena *arena, struct strings *reasons, const char *text)
{
	if (!strings_contain(reasons, text))
		strings_add(arena, reasons, text);
}

/* What is missing of a function, for want of which groups are not certain. */
static const char *unknown_text(struct arena *arena, const struct group_input *input,
				const struct acs_verdict *verdict)
{
	if (input->parent == GROUP_PARENT_UNKNOWN)
		return input->domain > 0xffff ? _("which VMD endpoint does its DMA is not known")
					      : _("the bridge above it is not known");
	if (input->vendor_id < 0 || input->device_id < 0)
		return _("its ids are not known, so kernel quirks may apply");
	if (verdict->enabled == UNKNOWN && verdict->reason == ACS_BY_QUIRK)
		return arena_printf(arena, _("whether kernel quirk %s applies is not known"),
				    verdict->quirk->kernel_function);
	if (verdict->enabled == UNKNOWN && input->acs == YES)
		return _("which of its ACS bits firmware had set is not known");
	if (verdict->enabled == UNKNOWN || input->port_type == PORT_UNKNOWN)
		return _("its ACS capability is not known");
	return _("the requester ids that it uses are not known");
}

static void unknown_reason(struct arena *arena, const struct group_inputs *inputs,
			   const struct group_partition *partition, size_t index,
			   struct strings *reasons)
{
	int unknown = partition->items[index].unknown;

	/* Nothing to name only where a loop was cut. */
	if (unknown == GROUP_NONE)
		unknown = (int)index;
	reason_add(arena, reasons,
		   arena_printf(arena, _("not certain: %s: %s"),
				group_input_address(arena, &inputs->items[unknown]),
				unknown_text(arena, &inputs->items[unknown],
					     &partition->items[unknown].acs)));
}

static bool step_joins(const struct group_step *step)
{
	return step->rule == RULE_REAL_DMA_DEVICE || step->rule == RULE_BRIDGE_ALIAS ||
	       step->rule == RULE_PATH_NOT_ISOLATED || step->rule == RULE_DMA_ALIAS ||
	       step->rule == RULE_MULTIFUNCTION;
}

static bool same_slot(const struct group_input *a, const struct group_input *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot;
}

/* Whether two joining steps would say the same as reasons. */
static bool steps_equal(const struct group_inputs *inputs, const struct group_step *a,
			const struct group_step *b)
{
	if (a->rule != b->rule)
		return false;
	if (a->rule == RULE_PATH_NOT_ISOLATED)
		return a->culprit == b->culprit;
	if (a->rule == RULE_BRIDGE_ALIAS || a->rule == RULE_REAL_DMA_DEVICE)
		return a->other == b->other;
	if (a->rule == RULE_MULTIFUNCTION)
		return same_slot(&inputs->items[a->subject], &inputs->items[b->subject]);
	return (a->subject == b->subject && a->other == b->other) ||
	       (a->subject == b->other && a->other == b->subject);
}

static void joining_add(const struct group_inputs *inputs, const struct group_prediction *member,
			struct joinings *joinings)
{
	for (size_t i = 0; i < member->steps.count; i++) {
		const struct group_step *step = &member->steps.items[i];
		bool known = !step_joins(step);

		for (size_t j = 0; j < joinings->count && !known; j++)
			known = steps_equal(inputs, step, &joinings->steps[j]);
		if (!known && joinings->count < ARRAY_SIZE(joinings->steps))
			joinings->steps[joinings->count++] = *step;
	}
}

void group_joinings_find(const struct group_inputs *inputs, const struct group_partition *partition,
			 int group, struct joinings *ret_joinings)
{
	ret_joinings->count = 0;
	for (size_t i = partition->group_first[group]; i < partition->group_first[group + 1]; i++)
		joining_add(inputs, &partition->items[partition->members[i]], ret_joinings);
}

/* The function itself and the bridges above it, as far as they are in the same group. */
static void own_joinings_find(const struct group_inputs *inputs,
			      const struct group_partition *partition, size_t index,
			      struct joinings *joinings)
{
	int group = partition->items[index].group;
	int at = (int)index;

	/* Parents may go round in hostile inputs; a full list ends the walk as well. */
	for (size_t steps = 0; steps < inputs->count; steps++) {
		if (partition->items[at].group != group)
			return;
		joining_add(inputs, &partition->items[at], joinings);
		at = inputs->items[at].parent;
		if (at < 0 || (size_t)at >= inputs->count ||
		    joinings->count == ARRAY_SIZE(joinings->steps))
			return;
	}
}

/* The functions of one slot that the group has for want of ACS, in one sentence. */
static const char *slot_text(struct arena *arena, const struct group_inputs *inputs,
			     const struct group_partition *partition, const struct group_step *step)
{
	const struct group_input *one = &inputs->items[step->subject];
	int group = partition->items[step->subject].group;
	struct strings functions = {0};

	for (size_t i = partition->group_first[group]; i < partition->group_first[group + 1]; i++) {
		int member = partition->members[i];
		const struct group_input *input = &inputs->items[member];

		if (same_slot(input, one) && partition->items[member].acs.enabled != YES)
			strings_add(arena, &functions, arena_printf(arena, "%x", input->function));
	}
	return arena_printf(
		arena, _("functions %s of %04x:%02x:%02x have no ACS in force between them"),
		strings_join(arena, &functions, ", "), one->domain, one->bus, one->slot);
}

static void joinings_tell(struct arena *arena, const struct group_inputs *inputs,
			  const struct group_partition *partition, const struct joinings *joinings,
			  struct strings *reasons)
{
	for (size_t i = 0; i < joinings->count; i++) {
		const struct group_step *step = &joinings->steps[i];

		reason_add(arena, reasons,
			   step->rule == RULE_MULTIFUNCTION
				   ? slot_text(arena, inputs, partition, step)
				   : group_step_text(arena, inputs, partition, step));
	}
}

/* What keeps a group of one apart. */
static void alone_reason(struct arena *arena, const struct group_inputs *inputs,
			 const struct group_partition *partition, size_t index,
			 struct strings *reasons)
{
	const struct group_prediction *prediction = &partition->items[index];
	const char *address = group_input_address(arena, &inputs->items[index]);

	for (size_t i = 0; i < prediction->steps.count; i++)
		if (prediction->steps.items[i].rule == RULE_PATH_ISOLATED)
			reason_add(arena, reasons,
				   group_step_text(arena, inputs, partition,
						   &prediction->steps.items[i]));
	if (prediction->multifunction && prediction->acs.enabled == YES)
		reason_add(arena, reasons,
			   arena_printf(arena, "%s %s", address,
					acs_verdict_text(arena, &prediction->acs)));
	else if (prediction->multifunction)
		reason_add(
			arena, reasons,
			arena_printf(arena, _("no other function beside %s lacks ACS"), address));
	else if (reasons->count == 0)
		reason_add(
			arena, reasons,
			arena_printf(arena, _("%s is alone in its slot on a root bus"), address));
}

void group_reasons_with(struct arena *arena, const struct group_inputs *inputs,
			const struct group_partition *partition, size_t index,
			const struct joinings *group_joinings, struct strings *ret_reasons)
{
	const struct group_prediction *prediction = &partition->items[index];
	struct strings reasons = {0};
	struct joinings own = {0};

	if (!prediction->certain) {
		unknown_reason(arena, inputs, partition, index, &reasons);
	} else if (prediction->group < 0) {
		reason_add(arena, &reasons,
			   arena_printf(arena, _("no IOMMU unit covers %s"),
					group_input_address(arena, &inputs->items[index])));
	} else {
		own_joinings_find(inputs, partition, index, &own);
		joinings_tell(arena, inputs, partition, &own, &reasons);
		joinings_tell(arena, inputs, partition, group_joinings, &reasons);
		if (reasons.count == 0)
			alone_reason(arena, inputs, partition, index, &reasons);
	}
	*ret_reasons = reasons;
}

void group_reasons(struct arena *arena, const struct group_inputs *inputs,
		   const struct group_partition *partition, size_t index,
		   struct strings *ret_reasons)
{
	struct joinings joinings = {0};

	if (partition->items[index].group >= 0)
		group_joinings_find(inputs, partition, partition->items[index].group, &joinings);
	group_reasons_with(arena, inputs, partition, index, &joinings, ret_reasons);
}
