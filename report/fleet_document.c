/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a fleet as one object, from what was kept of each host. */
#include "fleet_parts.h"

#include <time.h>

/* From good to bad. */
static const char *const verdicts[] = {"ready", "reboot", "unknown", "not-ready"};

static size_t rank(json_object *object)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (is(object, "verdict", verdicts[i]))
			return i;
	return ARRAY_SIZE(verdicts) - 1;
}

/* -- names --------------------------------------------------------------------------------------------- */

json_object *fleet_host_names(json_object *hosts)
{
	json_object *names = json_object_new_array_ext((int)array_length(hosts));

	for (size_t i = 0; i < array_length(hosts); i++)
		json_object_array_add(names, again(get(item(hosts, i), "host")));
	return names;
}

/* How often each host name is there. */
static json_object *count_names(json_object *hosts)
{
	json_object *counts = json_object_new_object();

	for (size_t i = 0; i < array_length(hosts); i++) {
		const char *name = get_text(item(hosts, i), "hostname");
		json_object *seen = name ? index_get(counts, name) : NULL;

		if (seen)
			json_object_set_int64(seen, json_object_get_int64(seen) + 1);
		else if (name)
			json_object_object_add(counts, name, count(1));
	}
	return counts;
}

static json_object *name_of(json_object *host, json_object *counts)
{
	const char *name = get_text(host, "hostname"), *file = get_text(host, "file");

	if (!name || !*name)
		return again(get(host, "file"));
	if (json_object_get_int64(index_get(counts, name)) == 1)
		return again(get(host, "hostname"));
	return textf("%s (%s)", name, file);
}

/* A host may be called like another one's file. */
static void name_hosts(const struct fleet *fleet)
{
	json_object *counts = count_names(fleet->hosts), *taken = json_object_new_object();

	for (size_t i = 0; i < array_length(fleet->hosts); i++) {
		json_object *host = item(fleet->hosts, i), *name = name_of(host, counts);

		while (json_object_object_get_ex(taken, json_object_get_string(name), NULL)) {
			json_object *longer = textf("%s #%zu", json_object_get_string(name), i + 1);

			json_object_put(name);
			name = longer;
		}
		index_put(taken, json_object_get_string(name), NULL);
		json_object_object_add(host, "host", name);
	}
	json_object_put(counts);
	json_object_put(taken);
}

/* -- its parts ------------------------------------------------------------------------------------------- */

static int by_verdict(const void *a, const void *b)
{
	json_object *first = *(json_object *const *)a, *second = *(json_object *const *)b;

	if (rank(first) != rank(second))
		return rank(first) > rank(second) ? -1 : 1;
	return strverscmp(get_text(first, "host"), get_text(second, "host"));
}

static json_object *hosts_array(const struct fleet *fleet)
{
	static const char *const keys[] = {"host",      "hostname", "file",     "verdict",
					   "judged_at", "model",    "kernel",   "devices",
					   "targets",   "blockers", "unchecked"};
	json_object *array = json_object_new_array_ext((int)array_length(fleet->hosts));

	for (size_t i = 0; i < array_length(fleet->hosts); i++) {
		json_object *host = json_object_new_object();

		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			put(host, keys[k], again(get(item(fleet->hosts, i), keys[k])));
		json_object_array_add(array, host);
	}
	return array;
}

static int64_t number(json_object *object, const char *key)
{
	return json_object_get_int64(get(object, key));
}

int fleet_most_first(json_object *a, json_object *b, const char *key)
{
	int64_t more = number(b, "count") - number(a, "count");
	const char *first = get_text(a, key), *second = get_text(b, key);

	if (more)
		return more > 0 ? 1 : -1;
	return strcmp(first ? first : "", second ? second : "");
}

static int by_blocking(const void *a, const void *b)
{
	json_object *first = *(json_object *const *)a, *second = *(json_object *const *)b;

	if (get_true(first, "blocking") != get_true(second, "blocking"))
		return get_true(first, "blocking") ? -1 : 1;
	return fleet_most_first(first, second, "id");
}

static int by_text(const void *a, const void *b)
{
	return fleet_most_first(*(json_object *const *)a, *(json_object *const *)b, "text");
}

static int by_model(const void *a, const void *b)
{
	return fleet_most_first(*(json_object *const *)a, *(json_object *const *)b, "id");
}

enum { REMEDIES_KEPT = 4 };

static json_object *remedies(json_object *from)
{
	json_object *array = json_object_new_array();

	json_object_array_sort(from, by_text);
	for (size_t i = 0; i < array_length(from) && i < REMEDIES_KEPT; i++) {
		json_object *remedy = json_object_new_object();

		put(remedy, "owner", again(get(item(from, i), "owner")));
		put(remedy, "text", again(get(item(from, i), "text")));
		put(remedy, "command", again(get(item(from, i), "command")));
		put(remedy, "count", again(get(item(from, i), "count")));
		json_object_array_add(array, remedy);
	}
	return array;
}

static json_object *checks_array(json_object *from, bool failures)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < array_length(from); i++) {
		json_object *entry = item(from, i), *check = json_object_new_object();

		put(check, "id", again(get(entry, "id")));
		put(check, "severity", again(get(entry, "severity")));
		put(check, "blocking", again(get(entry, "blocking")));
		put(check, "title", again(get(entry, "title")));
		put(check, "count", count(array_length(get(entry, "hosts"))));
		put(check, "hosts", fleet_host_names(get(entry, "hosts")));
		if (failures) {
			put(check, "subjects", again(get(entry, "subjects")));
			put(check, "remedy", remedies(get(entry, "remedy")));
		}
		json_object_array_add(array, check);
	}
	json_object_array_sort(array, by_blocking);
	return array;
}

static json_object *devices_array(const struct fleet *fleet)
{
	static const char *const keys[] = {"id", "name", "class_name", "count", "hosts", "states"};
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < array_length(fleet->devices); i++) {
		json_object *model = json_object_new_object();

		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			put(model, keys[k], again(get(item(fleet->devices, i), keys[k])));
		json_object_array_add(array, model);
	}
	json_object_array_sort(array, by_model);
	return array;
}

static json_object *counts_object(const struct fleet *fleet)
{
	static const char *const keys[] = {"ready", "reboot", "unknown", "not_ready"};
	json_object *object = json_object_new_object();
	size_t hosts = array_length(fleet->hosts), bad = array_length(fleet->unreadable);
	size_t counts[ARRAY_SIZE(verdicts)] = {0};

	for (size_t i = 0; i < hosts; i++)
		counts[rank(item(fleet->hosts, i))]++;
	put(object, "files", count(hosts + bad));
	put(object, "hosts", count(hosts));
	put(object, "unreadable", count(bad));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		put(object, keys[i], count(counts[i]));
	return object;
}

static const char *worst_verdict(const struct fleet *fleet)
{
	/* Of a file that cannot be read nothing is known. */
	size_t worst = array_length(fleet->unreadable) || !array_length(fleet->hosts) ? 2 : 0;

	for (size_t i = 0; i < array_length(fleet->hosts); i++)
		if (rank(item(fleet->hosts, i)) > worst)
			worst = rank(item(fleet->hosts, i));
	return verdicts[worst];
}

static json_object *time_text(int64_t seconds)
{
	char words[32];
	time_t when = (time_t)seconds;
	struct tm day;

	if (seconds < 0 || !gmtime_r(&when, &day) ||
	    !strftime(words, sizeof(words), "%Y-%m-%dT%H:%M:%SZ", &day))
		return NULL;
	return text(words);
}

json_object *fleet_document(struct fleet *fleet, int64_t seconds)
{
	json_object *document = json_object_new_object(), *tool = json_object_new_object();

	name_hosts(fleet);
	json_object_array_sort(fleet->hosts, by_verdict);
	put(tool, "name", text("vfiokit"));
	put(tool, "version", text(VFIOKIT_VERSION));
	put(document, "schema", text("vfiokit-fleet/1"));
	put(document, "tool", tool);
	put(document, "made_at", time_text(seconds));
	put(document, "verdict", text(worst_verdict(fleet)));
	put(document, "counts", counts_object(fleet));
	put(document, "hosts", hosts_array(fleet));
	put(document, "unreadable", again(fleet->unreadable));
	put(document, "findings", checks_array(fleet->findings, true));
	put(document, "unchecked", checks_array(fleet->unchecked, false));
	put(document, "alike", fleet_alike(fleet));
	put(document, "devices", devices_array(fleet));
	return document;
}
