/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/groups/model.h"

enum { CLASS_IOMMU = 0x0806, VENDOR_AMD = 0x1022, FIRST_VMD_DOMAIN = 0x10000 };

/* The VMD endpoint that does DMA for what is in VMD domains, where there is just one. */
static int vmd_endpoint_find(const struct facts *facts, size_t *ret_count)
{
	int found = GROUP_NONE;

	*ret_count = 0;
	for (size_t i = 0; i < facts->devices.count; i++) {
		const struct device *device = &facts->devices.items[i];

		if (!quirk_is_vmd_endpoint(device->vendor_id, device->device_id))
			continue;
		found = (int)i;
		(*ret_count)++;
	}
	return found;
}

static int index_of(const struct facts *facts, const struct device *device)
{
	return device ? (int)(device - facts->devices.items) : GROUP_NONE;
}

static bool is_untranslated(const struct facts *facts, const struct device *device)
{
	/* Elsewhere a group is made only when a driver probes the function. */
	if ((facts->iommu.kind == IOMMU_INTEL || facts->iommu.kind == IOMMU_AMD) &&
	    facts->iommu.active == YES && device->has_group == NO)
		return true;
	/* An AMD IOMMU shows up as a PCI function, but does not translate for itself. */
	return device->vendor_id == VENDOR_AMD && device->class_code >= 0 &&
	       device->class_code >> 8 == CLASS_IOMMU;
}

/*
 * Where some function shows more than 256 bytes, reading was not the limit: a function that shows
 * 256 has no extended space that the kernel could reach (pci_cfg_space_size), hence no ACS.
 */
static bool extended_space_shown(const struct facts *facts)
{
	for_each (device, &facts->devices)
		if (device->config.size > 256)
			return true;
	return false;
}

static void input_from_device(const struct facts *facts, const struct device *device,
			      bool extended_shown, struct group_input *input)
{
	const struct config_space *config = &device->config;

	*input = (struct group_input){
		.domain = device->domain,
		.bus = device->bus,
		.slot = device->slot,
		.function = device->function,
		.vendor_id = device->vendor_id,
		.device_id = device->device_id,
		.subsystem_vendor_id = device->subsystem_vendor_id,
		.subsystem_device_id = device->subsystem_device_id,
		.class_code = device->class_code,
		.multifunction = config->header_known ? truth_of(config->multifunction) : UNKNOWN,
		.port_type = config->port_type,
		.acs = config->acs,
		.acs_capability = config->acs_capability,
		.acs_control = config->acs_control,
		.acs_wide_known = config->acs_wide_known,
		.acs_wide_capability = config->acs_wide_capability,
		.acs_wide_control = config->acs_wide_control,
		.is_virtual_function = device->physfn != NULL,
		.physical_function = index_of(facts, device->physfn),
		.parent = device->parent_unknown ? GROUP_PARENT_UNKNOWN
						 : index_of(facts, device->parent),
		.secondary_bus = config->secondary_bus,
		.dma_function = GROUP_NONE,
		.untranslated = is_untranslated(facts, device),
	};
	/* What no collector has looked at is zeros. */
	if (config->size == 0 && config->capabilities == UNKNOWN &&
	    config->port_type != PORT_CONVENTIONAL && config->acs == UNKNOWN)
		input->port_type = PORT_UNKNOWN;
	if (input->acs == UNKNOWN && config->size == 256 && extended_shown &&
	    input->port_type != PORT_UNKNOWN)
		input->acs = NO;
}

void groups_inputs_from_facts(const struct facts *facts, struct arena *arena,
			      struct group_inputs *ret_inputs)
{
	bool extended_shown = extended_space_shown(facts);
	size_t endpoints;
	int endpoint = vmd_endpoint_find(facts, &endpoints);
	struct group_inputs inputs = {.count = facts->devices.count};

	inputs.capacity = inputs.count;
	inputs.items = arena_array(arena, inputs.count + 1, sizeof(*inputs.items));
	for (size_t i = 0; i < inputs.count; i++) {
		const struct device *device = &facts->devices.items[i];
		struct group_input *input = &inputs.items[i];

		input_from_device(facts, device, extended_shown, input);
		if (device->domain < FIRST_VMD_DOMAIN || endpoints == 0)
			continue;
		if (endpoints == 1)
			input->dma_function = endpoint;
		else if (!device->parent)
			input->parent = GROUP_PARENT_UNKNOWN;
	}
	*ret_inputs = inputs;
}

static enum truth ivrs_presence(const struct facts *facts)
{
	enum truth present = facts->iommu.table_present[TABLE_IVRS];

	if (present != UNKNOWN)
		return present;
	if (facts->iommu.kind == IOMMU_AMD && facts->iommu.active == YES)
		return YES;
	return facts->machine.cpu_vendor == CPU_INTEL || facts->iommu.kind == IOMMU_INTEL ? NO
											  : UNKNOWN;
}

/* Whether the running kernel knows pcie_acs_override=: it says so in its log when it does. */
static enum truth override_known(const struct facts *facts)
{
	const struct kernel_log *log = &facts->log;

	if (log_find(log, LOG_ACS_OVERRIDE, NULL))
		return YES;
	return log->complete == YES ? NO : UNKNOWN;
}

static void override_read(const struct facts *facts, struct acs_override *override)
{
	override->active = NO;
	for_each (parameter, &facts->cmdline) {
		struct acs_override one;

		if (!names_equal(parameter->name, "pcie_acs_override") || !parameter->value)
			continue;
		acs_override_parse(parameter->value, &one);
		override->active = override_known(facts);
		override->downstream |= one.downstream;
		override->multifunction |= one.multifunction;
		for (size_t i = 0; i < one.id_count && override->id_count < ARRAY_SIZE(one.ids);
		     i++)
			override->ids[override->id_count++] = one.ids[i];
	}
}

/* One option of pci=, which lists options with commas (pci_setup). The last of a kind counts. */
static void option_read(struct arena *arena, const char *option, bool with_config_acs,
			struct group_parameters *parameters)
{
	if (starts_with(option, "disable_acs_redir="))
		acs_redirection_parse(arena, strchr(option, '=') + 1, &parameters->redirections);
	else if (with_config_acs && starts_with(option, "config_acs="))
		acs_configuration_parse(arena, strchr(option, '=') + 1,
					&parameters->configurations);
}

static void settings_read(const struct facts *facts, struct arena *arena,
			  struct group_parameters *parameters)
{
	bool with_config_acs = quirk_in_kernel(KERNEL_6_12 | KERNEL_7_3, parameters->kernel) != NO;

	for_each (parameter, &facts->cmdline) {
		const char *at = parameter->value;

		if (!at || strcmp(parameter->name, "pci") != 0)
			continue;
		while (*at) {
			size_t length = strcspn(at, ",");

			option_read(arena, arena_copy(arena, at, length), with_config_acs,
				    parameters);
			at += length + (at[length] == ',');
		}
	}
}

void groups_settings_from_facts(const struct facts *facts, struct arena *arena,
				struct kernel_version kernel, struct acs_settings *ret_redirections,
				struct acs_settings *ret_configurations)
{
	struct group_parameters parameters = {.kernel = kernel};

	settings_read(facts, arena, &parameters);
	*ret_redirections = parameters.redirections;
	*ret_configurations = parameters.configurations;
}

void groups_parameters_from_facts(const struct facts *facts, struct arena *arena,
				  struct group_parameters *ret_parameters)
{
	struct group_parameters parameters = {
		.kind = facts->iommu.kind,
		.kernel = kernel_version_parse(facts->machine.kernel),
		.acs_control = ACS_AS_PROGRAMMED,
		.iommu_requested = YES,
		.ivrs_present = ivrs_presence(facts),
		.aliases = facts->iommu.aliases.items,
		.alias_count = facts->iommu.aliases.count,
	};

	override_read(facts, &parameters.override);
	/* Registers that were read with the IOMMU on have the settings in them already. */
	if (facts->iommu.active == YES)
		parameters.acs_control = ACS_AS_READ;
	else
		settings_read(facts, arena, &parameters);
	*ret_parameters = parameters;
}

/* POWER groups by partitionable endpoints, s390 by function. */
bool groups_are_modelled(const struct facts *facts)
{
	const char *architecture = facts->machine.architecture;

	return !architecture ||
	       (!starts_with(architecture, "ppc") && !starts_with(architecture, "s390"));
}

/* Who judges only asks why functions are together. */
static bool wants_reasons(const struct facts *facts, const struct group_partition *partition,
			  const struct group_prediction *prediction)
{
	int group = prediction->group;

	return !facts->to_judge || !prediction->certain || group < 0 ||
	       partition->group_first[group + 1] - partition->group_first[group] > 1;
}

void groups_predict(struct facts *facts)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct group_inputs inputs;
	struct group_parameters parameters;
	struct group_partition partition;
	struct joinings *joinings, none = {0};

	if (!groups_are_modelled(facts)) {
		for_each (device, &facts->devices)
			strings_add(
				facts->arena, &device->predicted_because,
				_("not predicted: this architecture forms its groups differently"));
		return;
	}
	groups_inputs_from_facts(facts, arena, &inputs);
	groups_parameters_from_facts(facts, arena, &parameters);
	groups_partition(arena, &inputs, &parameters, &partition);
	joinings = arena_array(arena, (size_t)partition.group_count + 1, sizeof(*joinings));
	for (int group = 0; group < partition.group_count; group++)
		group_joinings_find(&inputs, &partition, group, &joinings[group]);
	for (size_t i = 0; i < facts->devices.count; i++) {
		struct device *device = &facts->devices.items[i];
		const struct group_prediction *prediction = &partition.items[i];

		device->predicted_group = prediction->certain ? prediction->group : -1;
		if (wants_reasons(facts, &partition, prediction))
			group_reasons_with(facts->arena, &inputs, &partition, i,
					   prediction->group < 0 ? &none
								 : &joinings[prediction->group],
					   &device->predicted_because);
	}
}
