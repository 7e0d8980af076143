/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain.h"
#include "document.h"
#include "document_write.h"

/* -- a check -------------------------------------------------------------------------------------- */

static json_object *remedies_array(const struct remedy *remedies, size_t count)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < count && remedies[i].text; i++) {
		json_object *object = json_object_new_object();

		put(object, "owner", text(owner_name(remedies[i].owner)));
		put(object, "text", text(_(remedies[i].text)));
		put(object, "command", text(remedies[i].command));
		json_object_array_add(array, object);
	}
	return array;
}

static json_object *variants_array(const struct check *check)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < ARRAY_SIZE(check->variants) && check->variants[i].title; i++) {
		const struct wording *variant = &check->variants[i];
		json_object *object = json_object_new_object();

		put(object, "title", text(_(variant->title)));
		put(object, "cause", text(_(variant->cause)));
		put(object, "remedy",
		    remedies_array(variant->remedies, ARRAY_SIZE(variant->remedies)));
		json_object_array_add(array, object);
	}
	return array;
}

static json_object *steps_array(const struct by_hand_step *steps)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < BY_HAND_STEPS && steps[i].text; i++) {
		json_object *object = json_object_new_object();

		put(object, "text", text(_(steps[i].text)));
		put(object, "command", text(steps[i].command));
		json_object_array_add(array, object);
	}
	return array;
}

static void add_family(json_object *array, const struct by_hand_topic *topic, enum family family,
		       bool this_host)
{
	json_object *object = json_object_new_object();

	put(object, "family", text(family_name(family)));
	put(object, "title", text(_(family_title(family))));
	put(object, "this_host", json_object_new_boolean(this_host));
	put(object, "steps", steps_array(topic->families[family]));
	json_object_array_add(array, object);
}

static json_object *by_hand_object(const struct by_hand_topic *topic, enum family host)
{
	json_object *object = json_object_new_object(), *families = json_object_new_array();

	if (!topic->reason && !by_hand_is_everywhere(topic)) {
		if (host < FAMILY_COUNT)
			add_family(families, topic, host, true);
		for (enum family family = 0; family < FAMILY_COUNT; family++)
			if (family != host)
				add_family(families, topic, family, false);
	}
	put(object, "topic", text(topic->name));
	put(object, "title", text(_(topic->title)));
	put(object, "intro", text(_(topic->intro)));
	put(object, "reason", text(_(topic->reason)));
	put(object, "everywhere", steps_array(topic->everywhere));
	put(object, "families", families);
	return object;
}

json_object *explain_check(const struct check *check, enum family host)
{
	json_object *explained = json_object_new_object(), *object = json_object_new_object();
	json_object *references = json_object_new_array();

	put(object, "id", text(check->id));
	put(object, "severity", text(severity_name(check->severity)));
	put(object, "scope", text(check->scope == SCOPE_HOST ? "host" : "device"));
	put(object, "title", text(_(check->title)));
	put(object, "why", text(_(check->why)));
	put(object, "variants", variants_array(check));
	put(object, "by_hand", by_hand_object(by_hand_topic(check->by_hand), host));
	for (size_t i = 0; i < ARRAY_SIZE(check->references); i++)
		if (check->references[i])
			json_object_array_add(references, text(check->references[i]));
	put(object, "references", references);
	put(explained, "schema", text("vfiokit/1"));
	put(explained, "check", object);
	return explained;
}
