/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/targets.h"
#include "preflight/parse/modprobe.h"

#include <errno.h>

static void add_target(struct facts *facts, struct device *device)
{
	if (device->target)
		return;
	device->target = true;
	*ARRAY_ADD(facts->arena, &facts->targets) = device;
}

static bool name_matches(const struct device_name *name, const struct device *device)
{
	if (name->kind == NAME_ID)
		return device->vendor_id == name->vendor_id && device->device_id == name->device_id;
	return device->domain == name->address.domain && device->bus == name->address.bus &&
	       device->slot == name->address.slot &&
	       (name->kind == NAME_SLOT || device->function == name->address.function);
}

/* How a name that matches nothing is shown: addresses in full and ids in lower case, so that reports
 * agree. */
static const char *missing_name(struct arena *arena, const struct device_name *name)
{
	const struct address *address = &name->address;

	if (name->kind == NAME_ID)
		return arena_printf(arena, "%04x:%04x", name->vendor_id, name->device_id);
	if (name->kind == NAME_SLOT)
		return arena_printf(arena, "%04x:%02x:%02x", address->domain, address->bus,
				    address->slot);
	return arena_printf(arena, "%04x:%02x:%02x.%x", address->domain, address->bus,
			    address->slot, address->function);
}

int targets_named(struct facts *facts, const char *const *names, size_t count, struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		struct device_name name;
		bool found = false;

		if (device_name_parse(names[i], &name) < 0)
			return error_set(
				error, -EINVAL,
				"%s: not a device: give an address (0000:41:00.0), a slot (41:00) "
				"or an id (10de:2330)",
				names[i]);
		for_each (device, &facts->devices) {
			if (!name_matches(&name, device))
				continue;
			add_target(facts, device);
			found = true;
		}
		if (!found) {
			const char *missing = missing_name(facts->arena, &name);

			if (!strings_contain(&facts->targets_missing, missing))
				strings_add(facts->arena, &facts->targets_missing, missing);
		}
	}
	return 0;
}

static enum truth list_matches(const struct facts *facts, const char *list,
			       const struct device *device)
{
	enum truth answer = NO;
	struct vfio_ids ids;

	vfio_ids_parse(facts->arena, list, &ids);
	for_each (id, &ids) {
		enum truth matches;

		if (!id->valid)
			continue;
		matches = vfio_id_matches(id, device->vendor_id, device->device_id,
					  device->subsystem_vendor_id, device->subsystem_device_id,
					  device->class_code);
		if (matches == YES)
			return YES;
		if (matches == UNKNOWN)
			answer = UNKNOWN;
	}
	return answer;
}

/* The ids= lists of the configuration: text and where it stands. */
struct id_list {
	const char *value;
	const struct origin *origin;
};

struct id_lists {
	struct id_list *items;
	size_t count, capacity;
};

static struct id_lists configured_lists(const struct facts *facts)
{
	struct id_lists lists = {0};

	for_each (line, &facts->modules.modprobe) {
		const struct module_option *option;
		struct module_options options;

		if (line->command != MODPROBE_OPTIONS || !streq(line->module, "vfio_pci"))
			continue;
		modprobe_split_options(facts->arena, line->argument, &options);
		option = module_options_find(&options, "ids");
		if (option && option->value)
			*ARRAY_ADD(facts->arena, &lists) =
				(struct id_list){option->value, &line->origin};
	}
	for_each (parameter, &facts->cmdline)
		if (names_equal(parameter->name, "vfio-pci.ids") && parameter->value)
			*ARRAY_ADD(facts->arena, &lists) =
				(struct id_list){parameter->value, &parameter->origin};
	return lists;
}

static enum truth lists_match(const struct facts *facts, const struct id_lists *lists,
			      const struct device *device, const struct origin **ret_origin)
{
	enum truth answer = NO;

	for_each (list, lists) {
		enum truth matches = list_matches(facts, list->value, device);

		if (matches == YES) {
			if (ret_origin)
				*ret_origin = list->origin;
			return YES;
		}
		if (matches == UNKNOWN)
			answer = UNKNOWN;
	}
	return answer;
}

enum truth targets_id_configured(const struct facts *facts, const struct device *device,
				 const struct origin **ret_origin)
{
	struct id_lists lists = configured_lists(facts);

	return lists_match(facts, &lists, device, ret_origin);
}

/* Somebody wrote this very address to a rule that hands it over. */
static bool has_rule(const struct facts *facts, const struct device *device)
{
	for_each (rule, &facts->handover.overrides)
		if (streq(rule->address, device->address) && strstr(rule->driver, "vfio"))
			return true;
	return false;
}

void targets_implied(struct facts *facts)
{
	struct id_lists lists = configured_lists(facts);

	for_each (device, &facts->devices) {
		if (device->is_bridge)
			continue;
		if (device->vfio_driver || has_rule(facts, device) ||
		    (device->driver_override && strstr(device->driver_override, "vfio")) ||
		    lists_match(facts, &lists, device, NULL) == YES)
			add_target(facts, device);
	}
	facts->targets_implied = true;
}
