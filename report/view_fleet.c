/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view_fleet.h"
#include "view_parts.h"

/* What people can take in; the rest is in the JSON report. */
enum {
	HOSTS_SHOWN = 100,
	NAMES_SHOWN = 8,
	FILES_SHOWN = 30,
	FINDINGS_SHOWN = 40,
	CLASSES_SHOWN = 30,
	VALUES_SHOWN = 6,
	WORDS_SHOWN = 6,
	MODELS_SHOWN = 150,
	REASONS_SHOWN = 4,
};

static size_t number(json_object *object, const char *key)
{
	return (size_t)json_object_get_int64(get(object, key));
}

static json_object *more_than(size_t there, size_t shown)
{
	return count_or_null(there > shown ? there - shown : 0);
}

/* "a, b, c" of a list's first texts; NULL of an empty one. */
static json_object *names_text(json_object *names, size_t limit)
{
	_cleanup_free_ char *joined = NULL;
	size_t size = 0;
	FILE *stream;

	if (!array_length(names))
		return NULL;
	stream = open_memstream(&joined, &size);
	if (!stream)
		return NULL;
	for (size_t i = 0; i < array_length(names) && i < limit; i++)
		(void)fprintf(stream, "%s%s", i ? ", " : "",
			      json_object_get_string(item(names, i)));
	return fclose(stream) == 0 ? text(joined) : NULL;
}

static void put_names(json_object *object, json_object *names)
{
	put(object, "names", names_text(names, NAMES_SHOWN));
	put(object, "more", more_than(array_length(names), NAMES_SHOWN));
}

static json_object *hosts_word(size_t hosts)
{
	return textf(P_("%zu host", "%zu hosts", hosts), hosts);
}

/* -- hosts --------------------------------------------------------------------------------------------- */

static json_object *summary(json_object *report)
{
	json_object *counts = get(report, "counts");
	size_t files = number(counts, "files"), hosts = number(counts, "hosts");
	size_t bad = number(counts, "unreadable");

	if (!bad)
		return textf(P_("%zu host", "%zu hosts", hosts), hosts);
	return textf(P_("%zu files: %zu host, %zu not readable",
			"%zu files: %zu hosts, %zu not readable", hosts),
		     files, hosts, bad);
}

static json_object *host_row(json_object *host)
{
	json_object *row = json_object_new_object();
	json_object *reasons = get(host, is(host, "verdict", "unknown") ? "unchecked" : "blockers");

	put(row, "host", again(get(host, "host")));
	put(row, "file", again(get(host, "file")));
	put(row, "kernel", again(get(host, "kernel")));
	put(row, "model", again(get(host, "model")));
	put(row, "why", is(host, "verdict", "ready") ? NULL : names_text(reasons, REASONS_SHOWN));
	put(row, "why_more",
	    is(host, "verdict", "ready") ? NULL : more_than(array_length(reasons), REASONS_SHOWN));
	put(row, "judged_at", again(get(host, "judged_at")));
	return row;
}

static json_object *groups(json_object *report)
{
	static const char *const verdicts[] = {"not-ready", "unknown", "reboot", "ready"};
	json_object *array = json_object_new_array(), *hosts = get(report, "hosts");

	for (size_t v = 0; v < ARRAY_SIZE(verdicts); v++) {
		json_object *group = json_object_new_object(), *rows = json_object_new_array();
		size_t found = 0;

		for (size_t i = 0; i < array_length(hosts); i++) {
			if (!is(item(hosts, i), "verdict", verdicts[v]))
				continue;
			if (found++ < HOSTS_SHOWN)
				json_object_array_add(rows, host_row(item(hosts, i)));
		}
		put(group, "verdict", view_verdict(verdicts[v]));
		put(group, "count", count(found));
		put(group, "hosts_word", hosts_word(found));
		put(group, "hosts", rows);
		put(group, "more", more_than(found, HOSTS_SHOWN));
		put(group, "any", flag(found > 0));
		json_object_array_add(array, group);
	}
	return array;
}

static json_object *unreadable(json_object *report)
{
	json_object *object, *files = get(report, "unreadable"), *shown;

	if (!array_length(files))
		return NULL;
	object = json_object_new_object();
	shown = json_object_new_array();
	for (size_t i = 0; i < array_length(files) && i < FILES_SHOWN; i++)
		json_object_array_add(shown, again(item(files, i)));
	put(object, "count", count(array_length(files)));
	put(object, "files", shown);
	put(object, "more", more_than(array_length(files), FILES_SHOWN));
	return object;
}

/* -- findings ------------------------------------------------------------------------------------------ */

/* "told": how many hosts, where it is not all of them. */
static json_object *steps(json_object *finding)
{
	json_object *remedies = get(finding, "remedy"), *array = view_steps(remedies);

	for (size_t i = 0; i < array_length(array); i++) {
		size_t told = number(item(remedies, i), "count");

		put(item(array, i), "told",
		    told < number(finding, "count") ? hosts_word(told) : NULL);
	}
	return array;
}

static json_object *finding_row(json_object *finding, size_t hosts)
{
	json_object *row = json_object_new_object();
	size_t with = number(finding, "count");
	const char *mark = is(finding, "severity", "warning") ? "!"
			   : is(finding, "severity", "info")  ? "·"
							      : "✗";

	put(row, "id", again(get(finding, "id")));
	put(row, "severity", again(get(finding, "severity")));
	put(row, "mark", text(mark));
	put(row, "title", again(get(finding, "title")));
	put(row, "count", count(with));
	put(row, "hosts_word", textf(_("%zu of %zu hosts"), with, hosts));
	put(row, "percent", count(hosts ? with * 100 / hosts : 0));
	put_names(row, get(finding, "hosts"));
	put(row, "steps", steps(finding));
	return row;
}

/* Those that are blocking, or those that are not. NULL where there are none. */
static json_object *findings_list(json_object *findings, bool blocking, size_t hosts)
{
	json_object *list, *rows = json_object_new_array();
	size_t found = 0;

	for (size_t i = 0; i < array_length(findings); i++) {
		json_object *finding = item(findings, i);

		if (get_true(finding, "blocking") != blocking)
			continue;
		if (found++ < FINDINGS_SHOWN)
			json_object_array_add(rows, finding_row(finding, hosts));
	}
	if (!found) {
		json_object_put(rows);
		return NULL;
	}
	list = json_object_new_object();
	put(list, "count", count(found));
	put(list, "findings", rows);
	put(list, "more", more_than(found, FINDINGS_SHOWN));
	return list;
}

static json_object *findings(json_object *report, size_t hosts)
{
	json_object *object = json_object_new_object();

	put(object, "blocking", findings_list(get(report, "findings"), true, hosts));
	put(object, "others", findings_list(get(report, "findings"), false, hosts));
	return object;
}

/* -- drift --------------------------------------------------------------------------------------------- */

static void print_words(FILE *stream, const char *what, json_object *words, bool *any)
{
	json_object *shown = names_text(words, WORDS_SHOWN);
	size_t there = array_length(words);

	if (!shown)
		return;
	(void)fprintf(stream, "%s%s %s", *any ? "; " : "", what, json_object_get_string(shown));
	if (there > WORDS_SHOWN)
		(void)fprintf(stream, _(" and %zu more"), there - WORDS_SHOWN);
	*any = true;
	json_object_put(shown);
}

/* "lacks intel_iommu=on; has iommu=pt", or the value itself. */
static json_object *odd_words(json_object *odd)
{
	_cleanup_free_ char *joined = NULL;
	bool any = false;
	size_t size = 0;
	FILE *stream;

	if (!get_true(odd, "known"))
		return text(_("not known"));
	if (get(odd, "value"))
		return again(get(odd, "value"));
	stream = open_memstream(&joined, &size);
	if (!stream)
		return NULL;
	print_words(stream, _("lacks"), get(odd, "lacks"), &any);
	print_words(stream, _("has"), get(odd, "has"), &any);
	if (!any)
		(void)fputs(_("not to be compared with what is not known"), stream);
	return fclose(stream) == 0 ? text(joined) : NULL;
}

/* What most have; of lists what they say is in the words of those that are odd. */
static json_object *common_words(json_object *common)
{
	json_object *hosts = hosts_word(number(common, "count")), *words;

	if (!get_true(common, "known"))
		words = textf(_("%s on %s"), _("not known"), json_object_get_string(hosts));
	else if (get(common, "value"))
		words = textf(_("%s on %s"), get_text(common, "value"),
			      json_object_get_string(hosts));
	else
		words = textf(_("the same on %s"), json_object_get_string(hosts));
	json_object_put(hosts);
	return words;
}

static json_object *drift_row(json_object *drift)
{
	json_object *row = json_object_new_object(), *rows = json_object_new_array();
	json_object *odd = get(drift, "odd"), *common = get(drift, "common");

	for (size_t i = 0; i < array_length(odd) && i < VALUES_SHOWN; i++) {
		json_object *value = json_object_new_object();

		put_names(value, get(item(odd, i), "hosts"));
		put(value, "words", odd_words(item(odd, i)));
		json_object_array_add(rows, value);
	}
	put(row, "title", again(get(drift, "title")));
	put(row, "common", common_words(common));
	put(row, "common_names",
	    get_true(drift, "majority") ? NULL : names_text(get(common, "hosts"), NAMES_SHOWN));
	put(row, "majority", again(get(drift, "majority")));
	put(row, "odd", rows);
	put(row, "more", more_than(array_length(odd), VALUES_SHOWN));
	return row;
}

static json_object *class_row(json_object *class)
{
	json_object *row = json_object_new_object(), *rows = json_object_new_array();
	json_object *drift = get(class, "drift");

	for (size_t i = 0; i < array_length(drift); i++)
		json_object_array_add(rows, drift_row(item(drift, i)));
	put(row, "heading",
	    get(class, "model")
		    ? textf(_("%zu × %s"), number(class, "count"), get_text(class, "model"))
		    : textf(_("%zu hosts with the same devices"), number(class, "count")));
	put_names(row, get(class, "hosts"));
	put(row, "odd_word", hosts_word(number(class, "odd")));
	put(row, "drift", rows);
	return row;
}

static json_object *alike(json_object *report)
{
	json_object *object, *rows = json_object_new_array(), *classes = get(report, "alike");
	size_t found = 0;

	for (size_t i = 0; i < array_length(classes); i++) {
		if (!array_length(get(item(classes, i), "drift")))
			continue;
		if (found++ < CLASSES_SHOWN)
			json_object_array_add(rows, class_row(item(classes, i)));
	}
	if (!found) {
		json_object_put(rows);
		return NULL;
	}
	object = json_object_new_object();
	put(object, "classes", rows);
	put(object, "more", more_than(found, CLASSES_SHOWN));
	return object;
}

static json_object *same(json_object *report)
{
	json_object *classes = get(report, "alike");
	size_t found = 0;

	for (size_t i = 0; i < array_length(classes); i++)
		found += !array_length(get(item(classes, i), "drift"));
	return count_or_null(found);
}

/* -- devices ------------------------------------------------------------------------------------------- */

static json_object *states_text(json_object *states)
{
	static const struct {
		const char *state, *words;
	} names[] = {
		{"assigned", N_("in a VM")},      {"detached", N_("handed over, in no VM")},
		{"host", N_("used by the host")}, {"unbound", N_("without a driver")},
		{"unknown", N_("not known")},
	};
	json_object *words = json_object_new_array(), *joined;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (number(states, names[i].state))
			json_object_array_add(words,
					      textf(_("%zu %s"), number(states, names[i].state),
						    _(names[i].words)));
	joined = names_text(words, ARRAY_SIZE(names));
	json_object_put(words);
	return joined;
}

static json_object *devices(json_object *report)
{
	json_object *object = json_object_new_object(), *rows = json_object_new_array();
	json_object *models = get(report, "devices");

	for (size_t i = 0; i < array_length(models) && i < MODELS_SHOWN; i++) {
		json_object *model = item(models, i), *row = json_object_new_object();

		put(row, "id", again(get(model, "id")));
		put(row, "name", again(get(model, get(model, "name") ? "name" : "class_name")));
		put(row, "count", again(get(model, "count")));
		put(row, "hosts", again(get(model, "hosts")));
		put(row, "states", states_text(get(model, "states")));
		json_object_array_add(rows, row);
	}
	put(object, "models", rows);
	put(object, "more", more_than(array_length(models), MODELS_SHOWN));
	return object;
}

/* -- the whole ----------------------------------------------------------------------------------------- */

json_object *view_of_fleet(json_object *report)
{
	json_object *context = json_object_new_object(), *view = json_object_new_object();
	size_t hosts = number(get(report, "counts"), "hosts");

	json_object_object_foreach(report, key, value)
		json_object_object_add(context, key, again(value));
	put(view, "verdict", view_verdict(get_text(report, "verdict")));
	put(view, "summary", summary(report));
	put(view, "groups", groups(report));
	put(view, "unreadable", unreadable(report));
	put(view, "findings", findings(report, hosts));
	put(view, "unchecked", findings_list(get(report, "unchecked"), true, hosts));
	put(view, "alike", alike(report));
	put(view, "same", same(report));
	put(view, "devices", devices(report));
	put(view, "metrics", view_fleet_metrics(report));
	json_object_object_add(context, "view", view);
	return context;
}
