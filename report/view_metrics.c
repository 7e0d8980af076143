/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values for Prometheus' text format.
 *
 *   verdicts    [{"verdict", "value": 1 for the one that holds, else 0}]
 *   severities  [{"severity", "count"}]: failures that no waiver covers
 *   findings    [{"id", "severity", "waived": "true"|"false", "count": subjects}], one a series
 *   results     [{"result", "count"}]
 *   devices     [{"address", "id", "driver", "group", "state", "target": "true"|"false", "verdict"}], bridges left out; what is
 *               not known is ""
 *   drift       {"manifest": lines of the manifest that the host is not like|null without one,
 *                "next_driver": functions that get another driver at the next boot,
 *                "next_cmdline": 1 where the next command line is not the running one, 0, or null: not known}
 *   time        when it was judged, in seconds since 1970|null
 */
#include "view_parts.h"

#include <time.h>

static json_object *verdicts(json_object *document)
{
	static const char *const words[] = {"ready", "reboot", "unknown", "not-ready"};
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		json_object *object = json_object_new_object();

		put(object, "verdict", text(words[i]));
		put(object, "value", count(is(document, "verdict", words[i])));
		json_object_array_add(array, object);
	}
	return array;
}

/* How many checks have that value at key; failures without waivers only where asked for. */
static json_object *tally(json_object *checks, const char *key, const char *const *words,
			  bool failures)
{
	json_object *array = json_object_new_array();

	for (; *words; words++) {
		json_object *object = json_object_new_object();
		size_t found = 0;

		for (size_t i = 0; i < array_length(checks); i++)
			found += is(item(checks, i), key, *words) &&
				 (!failures || is_failure(item(checks, i)));
		put(object, key, text(*words));
		put(object, "count", count(found));
		json_object_array_add(array, object);
	}
	return array;
}

static json_object *findings(json_object *checks)
{
	json_object *array = json_object_new_array(), *index = json_object_new_object();

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = item(checks, i), *key, *object;
		const char *waived = get(check, "waiver") ? "true" : "false";

		if (!is(check, "result", "fail"))
			continue;
		key = textf("%s %s %s", get_text(check, "id"), get_text(check, "severity"), waived);
		object = index_get(index, json_object_get_string(key));
		if (!object) {
			object = json_object_new_object();
			put(object, "id", again(get(check, "id")));
			put(object, "severity", again(get(check, "severity")));
			put(object, "waived", text(waived));
			put(object, "count", count(0));
			json_object_array_add(array, object);
			index_put(index, json_object_get_string(key), object);
		}
		json_object_object_add(
			object, "count",
			json_object_new_int64(json_object_get_int64(get(object, "count")) + 1));
		json_object_put(key);
	}
	json_object_put(index);
	return array;
}

/* Addresses are labels: a second function with the same one would make the series invalid. */
static json_object *devices(json_object *from)
{
	json_object *array = json_object_new_array(), *index = json_object_new_object();

	for (size_t i = 0; i < array_length(from); i++) {
		json_object *device = item(from, i), *object;

		if (is_bridge(device) || index_get(index, get_text(device, "address")))
			continue;
		object = json_object_new_object();
		put(object, "address", again(get(device, "address")));
		put(object, "id", view_device_id(device));
		put(object, "driver", again(get(device, "driver")));
		put(object, "group", again(get(device, "group")));
		put(object, "state", again(get(device, "state")));
		put(object, "target", text(get_true(device, "target") ? "true" : "false"));
		put(object, "verdict", again(get(device, "verdict")));
		json_object_array_add(array, object);
		index_put(index, get_text(device, "address"), object);
	}
	json_object_put(index);
	return array;
}

static json_object *manifest_drift(json_object *checks)
{
	size_t different = 0;
	bool any = false;

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = item(checks, i);

		if (!starts_with(get_text(check, "id"), "expect."))
			continue;
		any |= !is(check, "result", "na");
		different += is_failure(check);
	}
	return any ? count(different) : NULL;
}

/* Words that loaders put in by themselves. */
static bool is_loaders_word(const char *word, size_t length)
{
	static const char *const names[] = {"BOOT_IMAGE=", "initrd="};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (length >= strlen(names[i]) && strncmp(word, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* The next word that somebody has chosen; its length is 0 at the end. */
static const char *next_word(const char *line, size_t *ret_length)
{
	for (;;) {
		line += strspn(line, " \t\n");
		*ret_length = strcspn(line, " \t\n");
		if (!is_loaders_word(line, *ret_length))
			return line;
		line += *ret_length;
	}
}

static bool same_command_line(const char *a, const char *b)
{
	size_t length, other;

	for (;;) {
		a = next_word(a, &length);
		b = next_word(b, &other);
		if (length != other || strncmp(a, b, length) != 0)
			return false;
		if (!length)
			return true;
		a += length;
		b += length;
	}
}

static json_object *drift(json_object *document)
{
	json_object *object = json_object_new_object(), *devices = get(document, "devices");
	json_object *host = get(document, "host");
	const char *now = get_text(host, "cmdline"), *next = get_text(host, "next_cmdline");
	size_t other_driver = 0;

	for (size_t i = 0; i < array_length(devices); i++) {
		const char *driver = get_text(item(devices, i), "next_driver");

		other_driver += driver && !is(item(devices, i), "driver", driver);
	}
	put(object, "manifest", manifest_drift(get(document, "checks")));
	put(object, "has_manifest", flag(get(object, "manifest") != NULL));
	put(object, "next_driver", count(other_driver));
	put(object, "next_cmdline", now && next ? count(!same_command_line(now, next)) : NULL);
	put(object, "has_next_cmdline", flag(get(object, "next_cmdline") != NULL));
	return object;
}

/* "2026-11-21T17:18:28Z" */
static json_object *seconds(const char *when)
{
	struct tm day = {0};
	const char *end = when ? strptime(when, "%Y-%m-%dT%H:%M:%SZ", &day) : NULL;

	return end && !*end ? json_object_new_int64(timegm(&day)) : NULL;
}

json_object *view_metrics(json_object *document)
{
	static const char *const severities[] = {"danger", "blocker", "warning", "info", NULL};
	static const char *const results[] = {"pass", "fail", "unknown", "na", NULL};
	json_object *object = json_object_new_object(), *checks = get(document, "checks");

	put(object, "verdicts", verdicts(document));
	put(object, "severities", tally(checks, "severity", severities, true));
	put(object, "findings", findings(checks));
	put(object, "results", tally(checks, "result", results, false));
	put(object, "devices", devices(get(document, "devices")));
	put(object, "has_findings", flag(array_length(get(object, "findings")) > 0));
	put(object, "has_devices", flag(array_length(get(object, "devices")) > 0));
	put(object, "drift", drift(document));
	put(object, "time", seconds(get_text(document, "judged_at")));
	return object;
}
