/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view_fleet.h"
#include "view_parts.h"

#include <time.h>

static json_object *verdicts(json_object *report)
{
	static const struct {
		const char *verdict, *key;
	} names[] = {
		{"ready", "ready"},
		{"reboot", "reboot"},
		{"unknown", "unknown"},
		{"not-ready", "not_ready"},
	};
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		json_object *object = json_object_new_object();

		put(object, "verdict", text(names[i].verdict));
		put(object, "count", again(get(get(report, "counts"), names[i].key)));
		json_object_array_add(array, object);
	}
	return array;
}

/* Hosts that are not like most of their kind, by what differs. */
static json_object *drift(json_object *report)
{
	json_object *array = json_object_new_array(), *classes = get(report, "alike");

	for (size_t i = 0; i < array_length(classes); i++) {
		json_object *class = item(classes, i), *differences = get(class, "drift");

		for (size_t j = 0; j < array_length(differences); j++) {
			json_object *from = item(differences, j),
				    *object = json_object_new_object();
			int64_t odd = json_object_get_int64(get(from, "compared")) -
				      json_object_get_int64(get(get(from, "common"), "count"));

			/* Without a model, the first host stands for those with its devices. */
			put(object, "model", again(get(class, "model")));
			put(object, "like",
			    get(class, "model") ? NULL : again(item(get(class, "hosts"), 0)));
			put(object, "what", again(get(from, "what")));
			put(object, "count", json_object_new_int64(odd));
			json_object_array_add(array, object);
		}
	}
	return array;
}

/* Models without ids are one series. */
static json_object *devices(json_object *report)
{
	static const char *const states[] = {"host", "detached", "assigned", "unbound", "unknown"};
	json_object *array = json_object_new_array(), *models = get(report, "devices");
	int64_t nameless[ARRAY_SIZE(states)] = {0};

	for (size_t i = 0; i <= array_length(models); i++) {
		json_object *model = i < array_length(models) ? item(models, i) : NULL;

		for (size_t s = 0; s < ARRAY_SIZE(states); s++) {
			int64_t there = json_object_get_int64(get(get(model, "states"), states[s]));
			json_object *object;

			if (model && !get(model, "id")) {
				nameless[s] += there;
				continue;
			}
			there = model ? there : nameless[s];
			if (!there)
				continue;
			object = json_object_new_object();
			put(object, "id", model ? again(get(model, "id")) : NULL);
			put(object, "state", text(states[s]));
			put(object, "count", json_object_new_int64(there));
			json_object_array_add(array, object);
		}
	}
	return array;
}

/* When the report was made that is the oldest of all. */
static json_object *oldest(json_object *report)
{
	json_object *hosts = get(report, "hosts");
	const char *first = NULL, *end;
	struct tm day = {0};

	for (size_t i = 0; i < array_length(hosts); i++) {
		const char *when = get_text(item(hosts, i), "judged_at");

		end = when ? strptime(when, "%Y-%m-%dT%H:%M:%SZ", &day) : NULL;
		if (end && !*end && (!first || strcmp(when, first) < 0))
			first = when;
	}
	day = (struct tm){0};
	return first && strptime(first, "%Y-%m-%dT%H:%M:%SZ", &day)
		       ? json_object_new_int64(timegm(&day))
		       : NULL;
}

json_object *view_fleet_metrics(json_object *report)
{
	json_object *object = json_object_new_object();

	put(object, "verdicts", verdicts(report));
	put(object, "drift", drift(report));
	put(object, "has_drift", flag(array_length(get(object, "drift")) > 0));
	put(object, "devices", devices(report));
	put(object, "has_devices", flag(array_length(get(object, "devices")) > 0));
	put(object, "has_hosts", flag(array_length(get(report, "hosts")) > 0));
	put(object, "has_findings", flag(array_length(get(report, "findings")) > 0));
	put(object, "has_unchecked", flag(array_length(get(report, "unchecked")) > 0));
	put(object, "oldest", oldest(report));
	return object;
}
