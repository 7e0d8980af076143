/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of functions. */
#include "view_parts.h"

static const char *state_words(json_object *device)
{
	static const struct {
		const char *state, *words;
	} states[] = {
		{"host", N_("used by the host")}, {"detached", N_("handed over, in no VM")},
		{"assigned", N_("in a VM")},      {"unbound", N_("without a driver")},
		{"bridge", N_("bridge")},
	};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (is(device, "state", states[i].state))
			return _(states[i].words);
	return _("not known");
}

/* "/dev/sda2 on /, swap" */
static json_object *uses_text(json_object *uses)
{
	_cleanup_free_ char *joined = NULL;
	size_t size = 0;
	FILE *stream;

	if (!array_length(uses))
		return NULL;
	stream = open_memstream(&joined, &size);
	if (!stream)
		return NULL;
	for (size_t i = 0; i < array_length(uses); i++) {
		const char *what = get_text(item(uses, i), "what");

		(void)fprintf(stream, "%s%s", i ? ", " : "",
			      what ? what : get_text(item(uses, i), "kind"));
	}
	return fclose(stream) == 0 ? text(joined) : NULL;
}

static json_object *row(json_object *device)
{
	json_object *object = json_object_new_object();
	const char *driver = get_text(device, "driver"), *next = get_text(device, "next_driver");

	put(object, "address", again(get(device, "address")));
	put(object, "name", again(get(device, get(device, "name") ? "name" : "class_name")));
	put(object, "id", view_device_id(device));
	put(object, "class_name", again(get(device, "class_name")));
	put(object, "group", again(get(device, "group")));
	put(object, "driver", again(get(device, "driver")));
	put(object, "next_driver", next && !streq(driver, next) ? text(next) : NULL);
	put(object, "state", text(state_words(device)));
	put(object, "uses", uses_text(get(device, "uses")));
	put(object, "target", flag(get_true(device, "target")));
	put(object, "candidate", flag(get_true(device, "candidate")));
	put(object, "verdict", view_verdict(get_text(device, "verdict")));
	return object;
}

json_object *view_devices(json_object *document)
{
	json_object *array = json_object_new_array(), *devices = get(document, "devices");

	for (int target = 1; target >= 0; target--)
		for (size_t i = 0; i < array_length(devices); i++)
			if (get_true(item(devices, i), "target") == target &&
			    (target || !is_bridge(item(devices, i))))
				json_object_array_add(array, row(item(devices, i)));
	return array;
}

json_object *view_candidates(json_object *document)
{
	json_object *array = json_object_new_array(), *devices = get(document, "devices");

	for (size_t i = 0; i < array_length(devices); i++)
		if (get_true(item(devices, i), "target")) {
			json_object_put(array);
			return json_object_new_array();
		} else if (get_true(item(devices, i), "candidate")) {
			json_object_array_add(array, row(item(devices, i)));
		}
	return array;
}
