/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/groups/groups.h"

/* A function while its verdict is made. */
struct subject {
	const struct group_inputs *inputs;
	const struct group_input *input;
	const struct group_parameters *parameters;
	bool multifunction, on_root_bus;
};

/* ACS registers as the kernel has them. Bits of doubt may be on or off. */
struct registers {
	uint16_t capability, control, doubt;
	bool control_known;
};

static struct acs_verdict verdict_of(enum truth enabled, enum acs_reason reason)
{
	return (struct acs_verdict){.enabled = enabled, .reason = reason};
}

/* pci_upstream_bridge(): none for virtual functions on a bus of their own would need that bus;
 * their bridge is the same one. */
static const struct group_input *input_parent(const struct group_inputs *inputs,
					      const struct group_input *input)
{
	if (input->parent < 0 || (size_t)input->parent >= inputs->count)
		return NULL;
	return &inputs->items[input->parent];
}

static bool path_matches(const struct group_inputs *inputs, const struct group_input *input,
			 const struct acs_match *match)
{
	for (size_t i = match->depth; i-- > 0; input = input_parent(inputs, input)) {
		if (!input || input->slot != match->path[i].slot ||
		    input->function != match->path[i].function)
			return false;
		if (i == 0)
			return input->domain == match->domain && input->bus == match->bus;
	}
	return false;
}

bool acs_match_holds(const struct group_inputs *inputs, const struct group_input *input,
		     const struct acs_match *match)
{
	if (!match->by_id)
		return path_matches(inputs, input, match);
	return (!match->vendor || match->vendor == input->vendor_id) &&
	       (!match->device || match->device == input->device_id) &&
	       (!match->subsystem_vendor ||
		match->subsystem_vendor == input->subsystem_vendor_id) &&
	       (!match->subsystem_device || match->subsystem_device == input->subsystem_device_id);
}

static const struct acs_setting *setting_find(const struct subject *subject,
					      const struct acs_settings *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		if (acs_match_holds(subject->inputs, subject->input, &settings->items[i].match))
			return &settings->items[i];
	return NULL;
}

/*
 * What config_acs leaves alone goes back to firmware's setting (__pci_config_acs). A register read
 * after the kernel has programmed it tells that setting only where a bit is off.
 */
static void setting_apply(const struct subject *subject, const struct acs_setting *setting,
			  uint16_t read, struct registers *registers)
{
	bool programmed = subject->parameters->acs_control == ACS_AS_READ &&
			  subject->parameters->iommu_requested != NO;

	if (!setting)
		return;
	registers->control = (uint16_t)((read & ~setting->mask) | (setting->flags & setting->mask));
	registers->doubt = programmed ? (uint16_t)(read & ~setting->mask) : 0;
	registers->control_known = true;
}

static struct acs_verdict registers_judge(const struct registers *registers)
{
	struct acs_verdict verdict = {
		.capability = registers->capability,
		.control = registers->control,
		.hardwired = ACS_REQUIRED & ~registers->capability,
	};
	uint16_t needed = ACS_REQUIRED & registers->capability;

	verdict.missing = needed & (uint16_t)~registers->control;
	if (verdict.missing) {
		verdict.enabled = registers->control_known ? NO : UNKNOWN;
		verdict.reason = registers->control_known ? ACS_BITS_OFF : ACS_UNREADABLE;
	} else if (needed & registers->doubt) {
		verdict.enabled = UNKNOWN;
		verdict.reason = ACS_UNREADABLE;
	} else {
		verdict.enabled = YES;
		verdict.reason = ACS_BITS_ON;
	}
	return verdict;
}

static bool programmed_by_kernel(const struct group_parameters *parameters)
{
	return parameters->acs_control == ACS_AS_PROGRAMMED;
}

/* pci_acs_flags_enabled() on the registers that pci_enable_acs() leaves. */
static struct acs_verdict flags_judge(const struct subject *subject)
{
	const struct group_input *input = subject->input;
	const struct group_parameters *parameters = subject->parameters;
	struct registers registers = {input->acs_capability, input->acs_control, 0, true};
	enum truth broken;

	if (input->acs == UNKNOWN)
		return verdict_of(UNKNOWN, ACS_UNREADABLE);
	if (input->acs == NO)
		return verdict_of(NO, ACS_NO_CAPABILITY);
	broken = acs_source_validation_broken(input->vendor_id, input->device_id,
					      parameters->kernel);
	if (broken == YES)
		registers.capability &= (uint16_t)~ACS_SV;
	if (programmed_by_kernel(parameters))
		registers.control |= registers.capability & ACS_REQUIRED;
	setting_apply(subject, setting_find(subject, &parameters->redirections), input->acs_control,
		      &registers);
	setting_apply(subject, setting_find(subject, &parameters->configurations),
		      input->acs_control, &registers);
	if (broken == UNKNOWN && !(registers.control & ACS_SV)) {
		registers.doubt |= ACS_SV;
		registers.control |= ACS_SV;
	}
	return registers_judge(&registers);
}

/* pci_quirk_intel_spt_pch_acs(): capability and control are dwords, at +4 and +8. */
static struct acs_verdict wide_judge(const struct subject *subject)
{
	const struct group_input *input = subject->input;
	const struct group_parameters *parameters = subject->parameters;
	struct registers registers = {input->acs_capability, 0, 0, input->acs_wide_known};
	bool programmed = programmed_by_kernel(parameters);

	if (input->acs_wide_known) {
		registers.capability = (uint16_t)input->acs_wide_capability;
		registers.control = (uint16_t)input->acs_wide_control;
	} else {
		/* The kernel sets these ports up when it makes the groups. */
		programmed |= parameters->iommu_requested == YES;
	}
	if (programmed)
		registers.control |= registers.capability & ACS_REQUIRED;
	/* Either parameter ends in pci_quirk_disable_intel_spt_pch_acs_redir() here. */
	if (setting_find(subject, &parameters->redirections) ||
	    setting_find(subject, &parameters->configurations)) {
		registers.control &= (uint16_t) ~(ACS_RR | ACS_CR | ACS_EC);
		registers.control_known |= programmed;
	}
	return registers_judge(&registers);
}

/* pci_quirk_amd_sb_acs() */
static struct acs_verdict amd_southbridge_judge(const struct subject *subject, bool *ret_answered)
{
	*ret_answered = subject->multifunction && subject->on_root_bus &&
			subject->parameters->ivrs_present != NO;
	return verdict_of(subject->parameters->ivrs_present, ACS_BY_QUIRK);
}

/* pci_quirk_intel_pch_acs(): the port has no registers; the kernel remembers that it set it up. */
static struct acs_verdict intel_pch_judge(const struct subject *subject)
{
	if (programmed_by_kernel(subject->parameters))
		return verdict_of(YES, ACS_BY_QUIRK);
	return verdict_of(subject->parameters->iommu_requested, ACS_BY_QUIRK);
}

/* A rule that holds for some port types only: whether the subject is one of them. */
static bool type_is(const struct subject *subject, enum port_type a, enum port_type b)
{
	return subject->input->port_type == a || subject->input->port_type == b;
}

/* What a row says of the subject, whose device the rule's list holds or not; *ret_answered false: it
 * does not apply, the next row is asked. */
static struct acs_verdict rule_judge(const struct subject *subject, enum acs_rule rule, bool listed,
				     bool *ret_answered)
{
	bool root_port = type_is(subject, PORT_ROOT_PORT, PORT_ROOT_PORT);

	*ret_answered = true;
	switch (rule) {
	case ACS_RULE_ALWAYS:
		break;
	case ACS_RULE_AMD_SB:
		return amd_southbridge_judge(subject, ret_answered);
	case ACS_RULE_RCIEP_ONLY:
		*ret_answered =
			type_is(subject, PORT_ROOT_COMPLEX_ENDPOINT, PORT_ROOT_COMPLEX_ENDPOINT);
		break;
	case ACS_RULE_INTEL_PCH:
		*ret_answered = root_port && listed;
		return intel_pch_judge(subject);
	case ACS_RULE_INTEL_SPT:
		*ret_answered = root_port && listed && subject->input->acs == YES;
		return wide_judge(subject);
	case ACS_RULE_CAVIUM:
		*ret_answered = root_port && listed;
		break;
	case ACS_RULE_ROOT_PORT_ONLY:
		*ret_answered = root_port;
		break;
	case ACS_RULE_ZHAOXIN_PORTS:
		*ret_answered = type_is(subject, PORT_ROOT_PORT, PORT_DOWNSTREAM);
		return verdict_of(truth_of(listed), ACS_BY_QUIRK);
	case ACS_RULE_WANGXUN:
		return verdict_of(truth_of(listed), ACS_BY_QUIRK);
	}
	return verdict_of(YES, ACS_BY_QUIRK);
}

/* pci_dev_specific_acs_enabled() */
static bool quirks_judge(const struct subject *subject, struct acs_verdict *ret_verdict)
{
	const struct group_input *input = subject->input;

	for (size_t i = 0; i < acs_quirk_count; i++) {
		const struct acs_quirk *quirk = &acs_quirks[i];
		struct acs_verdict verdict;
		bool answered;

		if (quirk->vendor != input->vendor_id ||
		    (quirk->device != QUIRK_ANY_DEVICE && quirk->device != input->device_id))
			continue;
		verdict = rule_judge(subject, quirk->rule,
				     acs_rule_lists(quirk->rule, input->device_id), &answered);
		if (!answered)
			continue;
		verdict.quirk = quirk;
		*ret_verdict = verdict;
		return true;
	}
	return false;
}

/* pcie_acs_overrides(), the last row of a patched kernel's table. */
static bool override_claims(const struct subject *subject)
{
	const struct acs_override *override = &subject->parameters->override;
	const struct group_input *input = subject->input;

	for (size_t i = 0; i < override->id_count; i++)
		if (override->ids[i].vendor == input->vendor_id &&
		    override->ids[i].device == input->device_id)
			return true;
	switch (input->port_type) {
	case PORT_DOWNSTREAM:
	case PORT_ROOT_PORT:
		return override->downstream;
	case PORT_ENDPOINT:
	case PORT_UPSTREAM:
	case PORT_LEGACY_ENDPOINT:
	case PORT_ROOT_COMPLEX_ENDPOINT:
		return override->multifunction && subject->multifunction;
	default:
		return false;
	}
}

/* The second half of pci_acs_enabled(). */
static struct acs_verdict type_judge(const struct subject *subject)
{
	switch (subject->input->port_type) {
	case PORT_UNKNOWN:
		return verdict_of(UNKNOWN, ACS_UNREADABLE);
	case PORT_CONVENTIONAL:
		return verdict_of(NO, ACS_CONVENTIONAL);
	case PORT_PCIE_TO_PCI:
	case PORT_PCI_TO_PCIE:
	case PORT_EVENT_COLLECTOR:
		return verdict_of(NO, ACS_NOT_FOR_TYPE);
	case PORT_ROOT_PORT:
	case PORT_DOWNSTREAM:
		return flags_judge(subject);
	case PORT_ENDPOINT:
	case PORT_LEGACY_ENDPOINT:
	case PORT_UPSTREAM:
	case PORT_ROOT_COMPLEX_ENDPOINT:
		if (!subject->multifunction)
			return verdict_of(YES, ACS_SINGLE_FUNCTION);
		return flags_judge(subject);
	}
	return verdict_of(YES, ACS_TYPE_WITHOUT);
}

/*
 * The verdict where the device id is missing (a text without numbers): certain only if every row of
 * the vendor that may be meant, and the generic rule, say the same.
 */
static struct acs_verdict vendor_judge(const struct subject *subject)
{
	struct acs_verdict result = type_judge(subject);
	bool can_be[YES + 1] = {false};

	for (size_t i = 0; i < acs_quirk_count; i++) {
		const struct acs_quirk *quirk = &acs_quirks[i];
		struct acs_verdict verdict;
		bool answered;

		if (quirk->vendor != subject->input->vendor_id)
			continue;
		verdict = rule_judge(subject, quirk->rule, true, &answered);
		if (!answered)
			continue;
		can_be[verdict.enabled] = true;
		/* This row needs no device id: no other is asked. */
		if (quirk->rule == ACS_RULE_RCIEP_ONLY) {
			result = verdict;
			result.quirk = quirk;
			break;
		}
		/* These say no to every device that their lists do not hold. */
		can_be[NO] |=
			quirk->rule == ACS_RULE_ZHAOXIN_PORTS || quirk->rule == ACS_RULE_WANGXUN;
	}
	can_be[result.enabled] = true;
	if (can_be[UNKNOWN] + can_be[NO] + can_be[YES] > 1)
		return verdict_of(UNKNOWN, ACS_UNREADABLE);
	return result;
}

/* What the table and the rest of pci_acs_enabled() say on a stock kernel. */
static struct acs_verdict stock_judge(const struct subject *subject)
{
	struct acs_verdict verdict;

	if (subject->input->vendor_id < 0)
		return verdict_of(UNKNOWN, ACS_UNREADABLE);
	if (subject->input->device_id < 0)
		return vendor_judge(subject);
	if (quirks_judge(subject, &verdict))
		return verdict;
	return type_judge(subject);
}

struct acs_verdict acs_judge(const struct group_inputs *inputs, size_t index, bool multifunction,
			     bool on_root_bus, const struct group_parameters *parameters)
{
	const struct group_input *input = &inputs->items[index];
	struct subject subject = {inputs, input, parameters, multifunction, on_root_bus};
	struct acs_verdict verdict = stock_judge(&subject);

	if (parameters->override.active == NO || input->port_type == PORT_CONVENTIONAL ||
	    input->acs == YES || verdict.enabled == YES || verdict.reason == ACS_BY_QUIRK ||
	    !override_claims(&subject))
		return verdict;
	if (parameters->override.active == YES && input->acs == NO && verdict.enabled == NO)
		return verdict_of(YES, ACS_BY_OVERRIDE);
	return verdict_of(UNKNOWN, ACS_UNREADABLE);
}
