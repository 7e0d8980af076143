/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "document_write.h"
#include "explain.h"

/* The kernel's group with exactly these members; NULL none. */
static const struct group *group_of_members(const struct group_study *study, const int *members,
					    size_t count)
{
	const struct devices *devices = &study->facts->devices;
	const struct group *group = count ? devices->items[members[0]].group : NULL;

	if (!group || group->devices.count != count)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (devices->items[members[i]].group != group)
			return NULL;
	return group;
}

static json_object *members_array(const struct group_study *study,
				  const struct group_partition *partition, int group)
{
	json_object *array = json_object_new_array();

	for (size_t i = partition->group_first[group]; i < partition->group_first[group + 1]; i++)
		json_object_array_add(
			array, text(study->facts->devices.items[partition->members[i]].address));
	return array;
}

static json_object *before_object(const struct group_study *study, int group)
{
	const struct group_partition *partition = &study->partition;
	size_t first = partition->group_first[group];
	const struct group *real = group_of_members(study, &partition->members[first],
						    partition->group_first[group + 1] - first);
	json_object *object = json_object_new_object();

	put(object, "group", real ? json_object_new_int(real->id) : NULL);
	put(object, "members", members_array(study, partition, group));
	return object;
}

/* A machine after the changes. */
struct changed {
	struct group_inputs inputs;
	struct group_parameters parameters;
	struct group_partition partition;
};

static json_object *after_object(const struct group_study *study, const struct changed *changed,
				 int group)
{
	const struct group_partition *partition = &changed->partition;
	size_t first = partition->group_first[group];
	int member = partition->members[first];
	json_object *object = json_object_new_object();
	struct strings reasons = {0};
	bool certain = true;

	for (size_t i = first; i < partition->group_first[group + 1]; i++)
		if (!partition->items[partition->members[i]].certain)
			certain = false;
	if (!certain)
		group_reasons(study->arena, &changed->inputs, partition, (size_t)member, &reasons);
	put(object, "members", members_array(study, partition, group));
	put(object, "certain", json_object_new_boolean(certain));
	put(object, "uncertain_because", reasons.count ? text(reasons.items[0]) : NULL);
	return object;
}

static bool holds_target(const struct group_study *study, const struct regrouping *regrouping)
{
	for_each (target, &study->facts->targets) {
		int group = study->partition.items[group_study_index(study, *target)].group;

		for_each (before, &regrouping->before)
			if (*before == group)
				return true;
	}
	return false;
}

static json_object *regrouping_object(const struct group_study *study,
				      const struct changed *changed,
				      const struct regrouping *regrouping)
{
	json_object *object = json_object_new_object();
	json_object *before = json_object_new_array(), *after = json_object_new_array();

	for_each (group, &regrouping->before)
		json_object_array_add(before, before_object(study, *group));
	for_each (group, &regrouping->after)
		json_object_array_add(after, after_object(study, changed, *group));
	put(object, "of_target", json_object_new_boolean(holds_target(study, regrouping)));
	put(object, "before", before);
	put(object, "after", after);
	return object;
}

/* -- notes ------------------------------------------------------------------------------------------ */

static size_t settings_hit(const struct group_study *study, const struct acs_settings *settings)
{
	size_t hit = 0;

	for_each (setting, settings)
		for_each (input, &study->inputs)
			hit += acs_match_holds(&study->inputs, input, &setting->match);
	return hit;
}

static void note_add(json_object *notes, const char *note)
{
	for (size_t i = 0; i < json_object_array_length(notes); i++)
		if (streq(json_object_get_string(json_object_array_get_idx(notes, i)), note))
			return;
	json_object_array_add(notes, text(note));
}

static void note_change(const struct group_study *study, const struct group_change *change,
			json_object *notes)
{
	struct kernel_version kernel = study->parameters.kernel;
	enum truth has_config = quirk_in_kernel(KERNEL_6_12 | KERNEL_7_3, kernel);
	enum truth has_override = kernel_has_override(study->facts);

	if (change->kind == CHANGE_OVERRIDE && change->override.active == YES) {
		note_add(notes, _("isolation by pcie_acs_override= is only claimed: the hardware "
				  "still lets the devices reach each other"));
		if (has_override != YES)
			note_add(notes,
				 has_override == NO
					 ? _("this kernel lacks the patch and ignores it")
					 : _("a stock kernel ignores it: it takes a patched one"));
	}
	if (change->kind == CHANGE_MOVE)
		note_add(notes, _("addresses are those of today; behind another port the card gets "
				  "others"));
	if (change->kind == CHANGE_CONFIGURATION && change->settings.count && has_config != YES)
		note_add(notes, has_config == NO
					? _("this kernel does not know pci=config_acs=: the groups "
					    "are those that 6.12 or a newer one would make")
					: _("it is not known whether this kernel knows "
					    "pci=config_acs="));
	if (change->settings.count && !settings_hit(study, &change->settings))
		note_add(notes, arena_printf(study->arena,
					     _("%s: no function of this machine is "
					       "meant by it"),
					     change->text));
}

static void note_model(const struct group_study *study, json_object *notes)
{
	struct group_disagreement disagreement;

	for_each (target, &study->facts->targets)
		if (group_model_agrees(study, *target, &disagreement) == NO)
			note_add(notes,
				 arena_printf(
					 study->arena,
					 _("the kernel's group of %s is not what the model makes "
					   "of this machine: what is below begins from the model"),
					 (*target)->address));
}

/* -- all of it ---------------------------------------------------------------------------------------- */

json_object *explain_what_if(const struct group_study *study, const struct group_changes *changes,
			     struct error *error)
{
	json_object *explained, *object, *texts, *notes, *groups;
	struct changed changed = {.parameters = study->parameters};
	struct regroupings regroupings;

	group_inputs_copy(study->arena, &study->inputs, &changed.inputs);
	if (group_changes_apply(changes, &changed.inputs, &changed.parameters, error) < 0)
		return NULL;
	groups_partition(study->arena, &changed.inputs, &changed.parameters, &changed.partition);
	group_partitions_compare(study->arena, &study->partition, &changed.partition, &regroupings);
	explained = json_object_new_object();
	object = json_object_new_object();
	texts = json_object_new_array();
	notes = json_object_new_array();
	groups = json_object_new_array();
	for_each (change, changes) {
		json_object_array_add(texts, text(change->text));
		note_change(study, change, notes);
	}
	note_model(study, notes);
	for (int pass = 0; pass < 2; pass++)
		for_each (regrouping, &regroupings)
			if (holds_target(study, regrouping) == (pass == 0))
				json_object_array_add(
					groups, regrouping_object(study, &changed, regrouping));
	put(object, "changes", texts);
	put(object, "notes", notes);
	put(object, "targets", json_object_new_array());
	for_each (target, &study->facts->targets)
		json_object_array_add(json_object_object_get(object, "targets"),
				      text((*target)->address));
	put(object, "groups", groups);
	put(object, "group_count", json_object_new_int(changed.partition.group_count));
	put(explained, "schema", text("vfiokit/1"));
	put(explained, "what_if", object);
	return explained;
}
