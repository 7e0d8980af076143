/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "document.h"
#include "document_write.h"
#include "explain.h"
#include "preflight/checks/device_relations.h"
#include "preflight/groups/holes.h"

/* A group of hundreds of functions is explained by its first ones as well. */
enum { MEMBERS_EXPLAINED = 12 };

static const char *address_of(const struct group_study *study, int index)
{
	return index < 0 ? NULL : study->facts->devices.items[index].address;
}

static json_object *addresses(const struct device_refs *refs)
{
	json_object *array = json_object_new_array();

	for_each (device, refs)
		json_object_array_add(array, text((*device)->address));
	return array;
}

static json_object *index_addresses(const struct group_study *study, const int *items, size_t count)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		json_object_array_add(array, text(address_of(study, items[i])));
	return array;
}

/* -- the path ---------------------------------------------------------------------------------------- */

static const char *reason_name(enum acs_reason reason)
{
	static const char *const names[] = {
		[ACS_BY_QUIRK] = "quirk",
		[ACS_BY_OVERRIDE] = "override",
		[ACS_CONVENTIONAL] = "conventional",
		[ACS_NOT_FOR_TYPE] = "not-for-type",
		[ACS_SINGLE_FUNCTION] = "single-function",
		[ACS_TYPE_WITHOUT] = "type-without",
		[ACS_NO_CAPABILITY] = "no-capability",
		[ACS_BITS_ON] = "bits-on",
		[ACS_BITS_OFF] = "bits-off",
		[ACS_UNREADABLE] = "unreadable",
	};

	return names[reason];
}

static json_object *bits_array(uint16_t bits)
{
	static const char *const names[] = {"SV", "TB", "RR", "CR", "UF", "EC", "DT"};
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (bits & 1u << i)
			json_object_array_add(array, text(names[i]));
	return array;
}

static json_object *kernel_acs_object(const struct acs_verdict *verdict)
{
	json_object *object;

	if (verdict->reason != ACS_BITS_ON && verdict->reason != ACS_BITS_OFF)
		return NULL;
	object = json_object_new_object();
	put(object, "capability", bits_array(verdict->capability));
	put(object, "enabled", bits_array(verdict->control));
	put(object, "missing", bits_array(verdict->missing));
	put(object, "hardwired", bits_array(verdict->hardwired));
	return object;
}

static void put_verdict(json_object *object, const struct group_study *study,
			const struct device *device)
{
	const struct group_prediction *prediction =
		study->modelled ? &study->partition.items[group_study_index(study, device)] : NULL;
	const struct acs_verdict *verdict = prediction ? &prediction->acs : NULL;

	put(object, "multifunction",
	    prediction ? json_object_new_boolean(prediction->multifunction) : NULL);
	put(object, "kernel_acs", verdict ? kernel_acs_object(verdict) : NULL);
	put(object, "isolates", verdict ? truth(verdict->enabled) : NULL);
	put(object, "reason", verdict ? text(reason_name(verdict->reason)) : NULL);
	put(object, "quirk",
	    verdict && verdict->quirk ? text(verdict->quirk->kernel_function) : NULL);
	put(object, "says", verdict ? text(acs_verdict_text(study->arena, verdict)) : NULL);
}

static json_object *port_object(const struct group_study *study, const struct device *device)
{
	json_object *object = json_object_new_object();
	bool known = device->config.port_type != PORT_UNKNOWN &&
		     (device->config.size > 0 || device->config.capabilities != UNKNOWN);

	put(object, "address", text(device->address));
	put(object, "port_type", known ? text(port_type_name(device->config.port_type)) : NULL);
	put(object, "vendor_id", hex_or_null(4, device->vendor_id));
	put(object, "device_id", hex_or_null(4, device->device_id));
	put(object, "acs_known", json_object_new_boolean(device->config.acs != UNKNOWN));
	put(object, "acs", document_acs(&device->config));
	put_verdict(object, study, device);
	return object;
}

/* From the root complex down; parents of a damaged tree may go round. */
static json_object *path_array(const struct group_study *study, const struct device *device)
{
	json_object *array = json_object_new_array();
	const struct device *path[64];
	size_t count = 0;

	for (; device && count < ARRAY_SIZE(path) && count < study->facts->devices.count;
	     device = device->parent)
		path[count++] = device;
	while (count)
		json_object_array_add(array, port_object(study, path[--count]));
	return array;
}

/* -- the steps ---------------------------------------------------------------------------------------- */

static json_object *step_object(const struct group_study *study, const struct group_step *step)
{
	json_object *object = json_object_new_object();

	put(object, "rule", text(group_rule_name(step->rule)));
	put(object, "kernel_function", text(group_rule_kernel_function(step->rule)));
	put(object, "other", text(address_of(study, step->other)));
	put(object, "port", text(address_of(study, step->culprit)));
	put(object, "text",
	    text(group_step_text(study->arena, &study->inputs, &study->partition, step)));
	return object;
}

static json_object *member_steps(const struct group_study *study, int member)
{
	const struct group_steps *steps = &study->partition.items[member].steps;
	json_object *object = json_object_new_object(), *array = json_object_new_array();

	for (size_t i = 0; i < steps->count; i++)
		json_object_array_add(array, step_object(study, &steps->items[i]));
	put(object, "address", text(address_of(study, member)));
	put(object, "steps", array);
	return object;
}

/* Whether a member's steps are worth showing: the device, what is above it, and the first others. */
static bool is_on_path(const struct device *device, const struct device *member)
{
	for (unsigned depth = 0; device && depth < 64; depth++, device = device->parent)
		if (device == member)
			return true;
	return false;
}

static void put_steps(json_object *object, const struct group_study *study,
		      const struct device *device)
{
	const struct group_partition *partition = &study->partition;
	json_object *array = json_object_new_array();
	int index = group_study_index(study, device), group;
	size_t shown = 0, left_out = 0;
	bool certain = study->modelled && partition->items[index].certain;

	/* Steps of a model that is not certain are those of the worst case. */
	group = certain ? partition->items[index].group : -1;
	if (certain && group < 0)
		json_object_array_add(array, member_steps(study, index));
	for (size_t i = group < 0 ? 0 : partition->group_first[group];
	     group >= 0 && i < partition->group_first[group + 1]; i++) {
		int member = partition->members[i];

		if (shown++ < MEMBERS_EXPLAINED ||
		    is_on_path(device, &study->facts->devices.items[member]))
			json_object_array_add(array, member_steps(study, member));
		else
			left_out++;
	}
	put(object, "steps", array);
	put(object, "steps_left_out", json_object_new_int64((int64_t)left_out));
}

/* -- the group ---------------------------------------------------------------------------------------- */

static json_object *predicted_members(const struct facts *facts, const struct device *device)
{
	if (device->predicted_group < 0 ||
	    (size_t)device->predicted_group >= facts->predicted_group_count)
		return json_object_new_array();
	return addresses(&facts->predicted_groups[device->predicted_group]);
}

static void put_group(json_object *object, const struct group_study *study,
		      const struct device *device)
{
	static const char *const states[] = {
		[GROUP_STATE_UNKNOWN] = NULL,
		[GROUP_CLEAN] = "clean",
		[GROUP_CARD] = "card",
		[GROUP_SHARED] = "shared",
	};
	struct group_disagreement disagreement;
	enum truth agrees = group_model_agrees(study, device, &disagreement);
	struct group_numbers honest;

	group_without_override(study, device, &honest);
	put(object, "group", device->group ? json_object_new_int(device->group->id) : NULL);
	put(object, "members", device->group ? list(&device->group->members) : NULL);
	put(object, "predicted_group", number_or_null(device->predicted_group));
	put(object, "predicted_members", predicted_members(study->facts, device));
	put(object, "because", list(&device->predicted_because));
	put(object, "model_agrees", truth(agrees));
	put(object, "only_kernel", addresses(&disagreement.only_kernel));
	put(object, "only_model", addresses(&disagreement.only_model));
	put(object, "state", text(states[group_state_of(study, device)]));
	put(object, "claimed_only",
	    honest.count ? index_addresses(study, honest.items, honest.count) : NULL);
}

static json_object *holes_array(const struct group_study *study, const struct device *device)
{
	json_object *array = json_object_new_array();
	struct isolation_holes holes;

	isolation_holes_find(study->facts, device, study->arena, &holes);
	for_each (hole, &holes) {
		json_object *object = json_object_new_object();

		put(object, "kind", text(hole_kind_name(hole->kind)));
		put(object, "port", hole->port ? text(hole->port->address) : NULL);
		put(object, "quirk", text(hole->quirk));
		put(object, "bits", bits_array(hole->kind == HOLE_HARDWIRED ? hole->bits : 0));
		put(object, "peers", addresses(&hole->peers));
		put(object, "text", text(hole_text(study->arena, hole)));
		json_object_array_add(array, object);
	}
	return array;
}

/* -- what would split it ------------------------------------------------------------------------------ */

/* What is to be said beside the usual words: which kernels take the parameter. */
static const char *split_note(const struct group_study *study, const struct split *split)
{
	const char *kernel = study->facts->machine.kernel;

	if (split->kind == SPLIT_CONFIG_ACS)
		return _("kernels from 6.12 on have it, and so does this one");
	if (split->kind != SPLIT_OVERRIDE)
		return NULL;
	switch (kernel_has_override(study->facts)) {
	case YES:
		return arena_printf(study->arena, _("this kernel (%s) %s"),
				    kernel ? kernel : _("version not known"),
				    log_find(&study->facts->log, LOG_ACS_OVERRIDE, NULL)
					    ? _("has the patch")
					    : _("is of a kind that has the patch"));
	case NO:
		return _("this kernel ignores the parameter: it lacks the patch");
	case UNKNOWN:
		break;
	}
	return _("a stock kernel ignores the parameter; Proxmox VE, Unraid, linux-zen and a few "
		 "others have the patch");
}

static json_object *split_object(const struct group_study *study, const struct split *split)
{
	json_object *object = json_object_new_object();
	const struct device *port =
		split->port >= 0 ? &study->facts->devices.items[split->port] : NULL;

	put(object, "kind", text(split_kind_name(split->kind)));
	put(object, "title", text(_(split_kind_title(split->kind))));
	put(object, "cost", text(_(split_kind_cost(split->kind))));
	put(object, "honesty", text(_(split_kind_honesty(split->kind))));
	put(object, "parameter", text(split->parameter));
	put(object, "note", text(split_note(study, split)));
	put(object, "port", port ? text(port->address) : NULL);
	put(object, "port_type", port ? text(port_type_name(port->config.port_type)) : NULL);
	put(object, "slot_number", port ? number_or_null(port->config.slot_number) : NULL);
	put(object, "link_width",
	    port && port->link_width_max > 0 ? json_object_new_int(port->link_width_max) : NULL);
	put(object, "port_isolates", port ? json_object_new_boolean(split->isolates) : NULL);
	put(object, "exchange_with",
	    split->kind == SPLIT_EXCHANGE ? text(address_of(study, split->occupant)) : NULL);
	put(object, "members", index_addresses(study, split->members, split->member_count));
	put(object, "clean", json_object_new_boolean(split->clean));
	put(object, "certain", json_object_new_boolean(split->certain));
	return object;
}

/* The target before this one that is another function of the same card in the same group. */
static const struct device *told_already(const struct group_study *study,
					 const struct device *device)
{
	int index = group_study_index(study, device);

	for_each (target, &study->facts->targets) {
		int other = group_study_index(study, *target);

		if (*target == device || !study->modelled)
			break;
		if (devices_same_slot(*target, device) && (*target)->group == device->group &&
		    study->partition.items[other].group == study->partition.items[index].group)
			return *target;
	}
	return NULL;
}

static void put_splits(json_object *object, const struct group_study *study,
		       const struct device *device)
{
	const struct device *told = told_already(study, device);
	json_object *array = json_object_new_array();
	struct splits splits = {0};

	if (!told && group_state_of(study, device) != GROUP_CLEAN)
		splits_find(study, device, &splits);
	for_each (split, &splits)
		json_object_array_add(array, split_object(study, split));
	put(object, "splits_of", told ? text(told->address) : NULL);
	put(object, "splits", array);
	put(object, "ports_untried", json_object_new_int64((int64_t)splits.ports_untried));
}

static json_object *uses_array(const struct device *device)
{
	json_object *array = json_object_new_array();

	for_each (use, &device->uses) {
		json_object *object = json_object_new_object();

		put(object, "kind", text(use_kind_name(use->kind)));
		put(object, "what", text(use->what));
		put(object, "critical", json_object_new_boolean(use->critical));
		json_object_array_add(array, object);
	}
	return array;
}

static const char *device_name(const struct group_study *study, const struct device *device,
			       struct names *names)
{
	if (device->name || !names)
		return device->name;
	return names_device(names, study->arena, device->vendor_id, device->device_id);
}

/* Everything that would go to the VM's side with the group. */
static json_object *handover_array(const struct group_study *study, const struct device *device,
				   struct names *names)
{
	const struct device_refs *members = devices_of_group(study->facts, device);
	json_object *array = json_object_new_array();

	for (size_t i = 0; members && i < members->count; i++) {
		const struct device *member = members->items[i];
		json_object *object;

		if (member->is_bridge)
			continue;
		object = json_object_new_object();
		put(object, "address", text(member->address));
		put(object, "name", text(device_name(study, member, names)));
		put(object, "driver", text(member->driver));
		put(object, "vfio", json_object_new_boolean(member->vfio_driver));
		put(object, "uses", uses_array(member));
		json_object_array_add(array, object);
	}
	return array;
}

/* -- all of it ---------------------------------------------------------------------------------------- */

static json_object *device_object(const struct group_study *study, const struct device *device,
				  struct names *names)
{
	json_object *object = json_object_new_object();

	put(object, "address", text(device->address));
	put(object, "name", text(device_name(study, device, names)));
	put(object, "vendor_id", hex_or_null(4, device->vendor_id));
	put(object, "device_id", hex_or_null(4, device->device_id));
	put(object, "driver", text(device->driver));
	put(object, "bridge", json_object_new_boolean(device->is_bridge));
	put(object, "root_bus", text(device->root_bus));
	put(object, "path_complete", json_object_new_boolean(!device->parent_unknown));
	put(object, "path", path_array(study, device));
	put_group(object, study, device);
	put_steps(object, study, device);
	put(object, "holes", holes_array(study, device));
	put_splits(object, study, device);
	put(object, "handover", handover_array(study, device, names));
	return object;
}

json_object *explain_devices(const struct group_study *study, struct names *names)
{
	json_object *explained = json_object_new_object(), *devices = json_object_new_array();

	for_each (target, &study->facts->targets)
		json_object_array_add(devices, device_object(study, *target, names));
	put(explained, "schema", text("vfiokit/1"));
	put(explained, "devices", devices);
	return explained;
}
