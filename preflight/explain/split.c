/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/checks/device_relations.h"
#include "preflight/explain/study.h"

enum { VENDOR_AMD = 0x1022, VENDOR_HYGON = 0x1d94, VENDOR_INTEL = 0x8086, SETTINGS_MOST = 8 };

static const struct {
	const char *name, *title, *cost, *honesty;
} kinds[SPLIT_KINDS] = {
	[SPLIT_REMOVE_PARAMETER] = {"remove-parameter", N_("take it off the kernel command line"),
				    N_("a reboot; traffic between these devices goes through the "
				       "IOMMU again"),
				    N_("real: the ports have ACS, and this parameter switches it "
				       "off")},
	[SPLIT_FIRMWARE_BITS] = {"firmware-acs",
				 N_("switch on ACS in firmware setup (ACS Enable, ACS Control)"),
				 N_("a reboot; not every firmware has such an option"),
				 N_("real once it is on: the ports have the capability, but nobody "
				    "has switched it on")},
	[SPLIT_CONFIG_ACS] = {"config-acs", N_("have the kernel switch it on"), N_("a reboot"),
			      N_("real where the bits stay on: the kernel cannot set bits that the "
				 "hardware lacks")},
	[SPLIT_FIRMWARE_HIDDEN] =
		{"firmware-hidden-acs",
		 N_("have firmware show the root ports' ACS (ACS Enable, on AMD boards often below "
		    "AMD CBS, NBIO, and together with AER)"),
		 N_("a reboot; not every firmware has such an option"),
		 N_("not proven: these AMD root ports show no ACS now; if the option makes it "
		    "appear, this is the group")},
	[SPLIT_SLOT] =
		{"slot", N_("put the card below another port"), N_("power off and move the card"),
		 N_("real; but whether the port has a slot that takes the card, and with how "
		    "many lanes, only the board's manual tells")},
	[SPLIT_EXCHANGE] =
		{"exchange", N_("let the card change places with another"),
		 N_("power off and move both cards"),
		 N_("real; but possible only where both are cards in slots that take the "
		    "other: what is soldered stays")},
	[SPLIT_BIFURCATION] =
		{"bifurcation",
		 N_("divide the root port (bifurcation in firmware setup) and use a riser without "
		    "a switch"),
		 N_("another riser, fewer lanes for each device, a reboot"),
		 N_("only where the switch is on a card or riser, and firmware offers to divide "
		    "this port")},
	[SPLIT_OVERRIDE] = {"acs-override", N_("have a patched kernel claim ACS"),
			    N_("a reboot; and the isolation itself: not for guests that you do not "
			       "trust"),
			    N_("isolation is only claimed: the hardware still lets these devices "
			       "reach each other")},
};

const char *split_kind_name(enum split_kind kind)
{
	return kinds[kind].name;
}

const char *split_kind_title(enum split_kind kind)
{
	return kinds[kind].title;
}

const char *split_kind_cost(enum split_kind kind)
{
	return kinds[kind].cost;
}

const char *split_kind_honesty(enum split_kind kind)
{
	return kinds[kind].honesty;
}

/* -- trying out ------------------------------------------------------------------------------- */

static bool is_endpoint(const struct trial *trial, int member)
{
	const struct devices *devices = &trial->study->facts->devices;

	return (size_t)member < devices->count && !devices->items[member].is_bridge;
}

/* Endpoints of the device's group, and those among them that are of other cards. */
static size_t strangers_count(const struct trial *trial, const struct group_partition *partition,
			      size_t *ret_endpoints)
{
	int group = partition->items[trial->index].group;
	size_t strangers = 0, endpoints = 0;

	for (size_t i = partition->group_first[group]; i < partition->group_first[group + 1]; i++) {
		int member = partition->members[i];

		if (!is_endpoint(trial, member))
			continue;
		endpoints++;
		strangers += !devices_related(trial->device,
					      &trial->study->facts->devices.items[member]);
	}
	*ret_endpoints = endpoints;
	return strangers;
}

static void split_keep(struct trial *trial, const struct group_partition *partition,
		       const struct split *split, bool clean)
{
	const struct group_prediction *prediction = &partition->items[trial->index];
	size_t first = partition->group_first[prediction->group];
	size_t count = partition->group_first[prediction->group + 1] - first;
	struct arena *arena = trial->study->arena;
	struct split *kept = ARRAY_ADD(arena, &trial->splits);

	*kept = *split;
	kept->clean = clean;
	kept->certain = prediction->certain;
	kept->members = arena_array(arena, count, sizeof(*kept->members));
	for (size_t i = 0; i < count; i++)
		/* A port that only the trial has is nothing to show. */
		if ((size_t)partition->members[first + i] < trial->study->inputs.count)
			kept->members[kept->member_count++] = partition->members[first + i];
}

bool trial_run(struct trial *trial, const struct group_inputs *inputs,
	       const struct group_parameters *parameters, const struct split *split)
{
	struct group_partition partition;
	size_t strangers, endpoints;
	bool better;

	groups_partition(trial->scratch, inputs, parameters, &partition);
	strangers = strangers_count(trial, &partition, &endpoints);
	better = strangers < trial->strangers ||
		 (trial->strangers == 0 && endpoints < trial->endpoints);
	if (better)
		split_keep(trial, &partition, split, strangers == 0);
	arena_reset(trial->scratch);
	return better;
}

/* -- ACS that is there and off ----------------------------------------------------------------- */

static bool is_off(const struct group_prediction *prediction)
{
	return prediction->acs.reason == ACS_BITS_OFF && !prediction->acs.quirk;
}

/* "pci=config_acs=xx111x1@0000:00:1c.0;…" for the members whose bits are off; NULL for none. */
static const char *config_acs_for(const struct trial *trial)
{
	const struct group_study *study = trial->study;
	const struct group_partition *partition = &study->partition;
	int group = partition->items[trial->index].group;
	struct strings settings = {0};

	for (size_t i = partition->group_first[group]; i < partition->group_first[group + 1]; i++) {
		int member = partition->members[i];

		if (!is_off(&partition->items[member]))
			continue;
		strings_add(study->arena, &settings,
			    arena_printf(study->arena, "xx111x1@%s",
					 group_input_address(study->arena,
							     &study->inputs.items[member])));
	}
	if (!settings.count || settings.count > SETTINGS_MOST)
		return NULL;
	return arena_printf(study->arena, "pci=config_acs=%s",
			    strings_join(study->arena, &settings, ";"));
}

static void try_bits(struct trial *trial)
{
	const struct group_study *study = trial->study;
	struct split split = {.kind = SPLIT_FIRMWARE_BITS, .port = GROUP_NONE};
	const char *parameter = config_acs_for(trial);
	struct group_inputs inputs;

	if (!parameter)
		return;
	group_inputs_copy(trial->scratch, &study->inputs, &inputs);
	for (size_t i = 0; i < inputs.count; i++)
		if (is_off(&study->partition.items[i]))
			inputs.items[i].acs_control |=
				inputs.items[i].acs_capability & ACS_REQUIRED;
	if (!trial_run(trial, &inputs, &study->parameters, &split) ||
	    quirk_in_kernel(KERNEL_6_12 | KERNEL_7_3, study->parameters.kernel) != YES)
		return;
	/* The same registers, hence the same groups. */
	split = trial->splits.items[trial->splits.count - 1];
	split.kind = SPLIT_CONFIG_ACS;
	split.parameter = parameter;
	*ARRAY_ADD(study->arena, &trial->splits) = split;
}

static void try_parameter_removal(struct trial *trial)
{
	const struct group_study *study = trial->study;
	struct group_parameters parameters = study->parameters;
	struct acs_settings redirections, configurations;
	struct split split = {.kind = SPLIT_REMOVE_PARAMETER, .port = GROUP_NONE};

	groups_settings_from_facts(study->facts, study->arena, parameters.kernel, &redirections,
				   &configurations);
	if (!redirections.count && !configurations.count)
		return;
	split.parameter = redirections.count && configurations.count
				  ? "pci=disable_acs_redir=… and pci=config_acs=…"
			  : redirections.count ? "pci=disable_acs_redir=…"
					       : "pci=config_acs=…";
	parameters.acs_control = ACS_AS_PROGRAMMED;
	parameters.redirections = parameters.configurations = (struct acs_settings){0};
	trial_run(trial, &study->inputs, &parameters, &split);
}

/* -- ACS that firmware may hide, and root ports that it may divide ------------------------------ */

static void try_hidden(struct trial *trial)
{
	const struct group_study *study = trial->study;
	struct split split = {.kind = SPLIT_FIRMWARE_HIDDEN, .port = GROUP_NONE};
	struct group_inputs inputs;

	group_inputs_copy(trial->scratch, &study->inputs, &inputs);
	for_each (input, &inputs) {
		if (input->port_type != PORT_ROOT_PORT || input->acs != NO ||
		    (input->vendor_id != VENDOR_AMD && input->vendor_id != VENDOR_HYGON))
			continue;
		input->acs = YES;
		input->acs_capability = input->acs_control = ACS_REQUIRED;
	}
	trial_run(trial, &inputs, &study->parameters, &split);
}

/* The root port above, where a switch that may be on a card lies between; else GROUP_NONE. */
static int divisible_port(const struct group_study *study, int index)
{
	const struct group_inputs *inputs = &study->inputs;
	bool below_switch = false;

	for (size_t steps = 0; index >= 0 && steps < inputs->count; steps++) {
		const struct group_input *input = &inputs->items[index];

		if (input->port_type == PORT_UPSTREAM)
			below_switch = input->vendor_id != VENDOR_AMD &&
				       input->vendor_id != VENDOR_INTEL && input->vendor_id >= 0;
		if (input->port_type == PORT_ROOT_PORT)
			return below_switch ? index : GROUP_NONE;
		index = input->parent < (int)inputs->count ? input->parent : GROUP_NONE;
	}
	return GROUP_NONE;
}

/* A second port beside the root port with a bus that nothing has; false: no number is free. */
static bool port_divide(struct group_inputs *inputs, int port)
{
	struct group_input *root = &inputs->items[port], *half = &inputs->items[inputs->count];
	unsigned functions = 0;
	bool buses[256] = {false};

	for_each (input, inputs) {
		if (input->domain != root->domain)
			continue;
		buses[input->bus] = true;
		if (input->secondary_bus >= 0)
			buses[input->secondary_bus & 0xff] = true;
		if (input->bus != root->bus || input->slot != root->slot)
			continue;
		functions |= 1u << (input->function & 7);
		input->multifunction = YES;
	}
	*half = *root;
	for (half->function = 0; functions & 1u << half->function; half->function++)
		if (half->function == 7)
			return false;
	for (half->secondary_bus = 255; buses[half->secondary_bus]; half->secondary_bus--)
		if (half->secondary_bus == 1)
			return false;
	inputs->count++;
	return true;
}

static void try_bifurcation(struct trial *trial)
{
	const struct group_study *study = trial->study;
	int port = divisible_port(study, trial->index);
	struct split split = {.kind = SPLIT_BIFURCATION, .port = port};
	struct group_inputs inputs;
	struct group_move move;
	size_t failed;

	if (port < 0)
		return;
	split.isolates = study->partition.items[port].path_isolated == YES;
	group_inputs_copy(trial->scratch, &study->inputs, &inputs);
	if (!port_divide(&inputs, port))
		return;
	move.function = (size_t)group_study_card(study, trial->index);
	move.port = inputs.count - 1;
	if (group_inputs_move_together(&inputs, &move, 1, &failed) == 0)
		trial_run(trial, &inputs, &study->parameters, &split);
	arena_reset(trial->scratch);
}

/* -- the override ------------------------------------------------------------------------------ */

static void try_override(struct trial *trial)
{
	static const struct {
		const char *words;
		bool downstream, multifunction;
	} tries[] = {
		{"downstream", true, false},
		{"multifunction", false, true},
		{"downstream,multifunction", true, true},
	};
	struct group_parameters parameters = trial->study->parameters;

	/* The first that leaves the card alone, else the last, which claims most. */
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		struct split split = {.kind = SPLIT_OVERRIDE, .port = GROUP_NONE};
		size_t before = trial->splits.count;

		parameters.override.active = YES;
		parameters.override.downstream = tries[i].downstream;
		parameters.override.multifunction = tries[i].multifunction;
		split.parameter =
			arena_printf(trial->study->arena, "pcie_acs_override=%s", tries[i].words);
		if (!trial_run(trial, &trial->study->inputs, &parameters, &split))
			continue;
		if (trial->splits.items[before].clean || i + 1 == ARRAY_SIZE(tries))
			return;
		trial->splits.count = before;
	}
}

enum truth kernel_has_override(const struct facts *facts)
{
	static const char *const patched[] = {"-pve", "zen", "Unraid", "unraid", "-acs"};
	const char *kernel = facts->machine.kernel;

	if (log_find(&facts->log, LOG_ACS_OVERRIDE, NULL))
		return YES;
	if (facts_parameter(facts, "pcie_acs_override") && facts->log.complete == YES)
		return NO;
	for (size_t i = 0; kernel && i < ARRAY_SIZE(patched); i++)
		if (strstr(kernel, patched[i]))
			return YES;
	return UNKNOWN;
}

void group_without_override(const struct group_study *study, const struct device *device,
			    struct group_numbers *ret_members)
{
	_cleanup_arena_ struct arena *scratch = NULL;
	struct group_parameters parameters = study->parameters;
	struct group_partition partition;
	size_t first, last;
	int index, group;

	*ret_members = (struct group_numbers){0};
	if (!study->modelled || parameters.override.active != YES)
		return;
	scratch = arena_new();
	index = group_study_index(study, device);
	group = study->partition.items[index].group;
	parameters.override.active = NO;
	groups_partition(scratch, &study->inputs, &parameters, &partition);
	if (group < 0 || partition.items[index].group < 0)
		return;
	first = partition.group_first[partition.items[index].group];
	last = partition.group_first[partition.items[index].group + 1];
	if (last - first ==
	    study->partition.group_first[group + 1] - study->partition.group_first[group])
		return;
	for (size_t i = first; i < last; i++)
		*ARRAY_ADD(study->arena, ret_members) = partition.members[i];
}

/* Where the kernel's own group is known and better than the model's, that is what is to be beaten. */
static void compare_with_kernel(struct trial *trial)
{
	size_t strangers = 0, endpoints = 0;

	if (!trial->device->group)
		return;
	for_each (member, &trial->device->group->devices) {
		if ((*member)->is_bridge)
			continue;
		endpoints++;
		strangers += !devices_related(trial->device, *member);
	}
	if (strangers < trial->strangers)
		trial->strangers = strangers;
	if (endpoints < trial->endpoints)
		trial->endpoints = endpoints;
}

/* -- all of it --------------------------------------------------------------------------------- */

void splits_find(const struct group_study *study, const struct device *device,
		 struct splits *ret_splits)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct trial trial = {.study = study, .device = device, .scratch = scratch};

	*ret_splits = (struct splits){0};
	trial.index = group_study_index(study, device);
	if (!study->modelled || device->is_bridge || study->partition.items[trial.index].group < 0)
		return;
	trial.strangers = strangers_count(&trial, &study->partition, &trial.endpoints);
	compare_with_kernel(&trial);
	if (trial.endpoints < 2)
		return;
	/* Nothing else can part functions of one card. */
	if (trial.strangers) {
		try_parameter_removal(&trial);
		try_bits(&trial);
		try_hidden(&trial);
		splits_find_slots(&trial);
		try_bifurcation(&trial);
	}
	try_override(&trial);
	*ret_splits = trial.splits;
}
