/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings by severity, one entry for all subjects of one check; waived, unknown and passed checks. */
#include "view_parts.h"

static const struct {
	const char *severity, *heading, *mark;
} severities[] = {
	{"danger", N_("Danger: handing this over would hurt the host"), "✗"},
	{"blocker", N_("Blocks"), "✗"},
	{"warning", N_("Warnings"), "!"},
	{"info", N_("Notes"), "·"},
};

/* -- failures ---------------------------------------------------------------------------------------- */

/* Only what a browser may follow without harm; the rest of a hostile document's links is left out. */
static json_object *links(json_object *references)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < array_length(references); i++) {
		const char *link = json_object_get_string(item(references, i));

		if (starts_with(link, "https://") || starts_with(link, "http://"))
			json_object_array_add(array, again(item(references, i)));
	}
	return array;
}

static json_object *waiver(json_object *from)
{
	json_object *object;

	if (!from)
		return NULL;
	object = json_object_new_object();
	put(object, "until", again(get(from, "until")));
	put(object, "because", again(get(from, "because")));
	put(object, "where",
	    textf("%s:%s", get_text(from, "source") ? get_text(from, "source") : "",
		  get(from, "line") ? json_object_get_string(get(from, "line")) : ""));
	return object;
}

/* Links lead to the first of several with one id. */
static json_object *anchor_among(json_object *check, json_object *findings)
{
	for (size_t i = 0; i < array_length(findings); i++)
		if (json_object_equal(get(item(findings, i), "id"), get(check, "id"))) {
			json_object *plain = view_anchor(check);
			json_object *anchor = textf("%s-%zu", json_object_get_string(plain),
						    array_length(findings) + 1);

			json_object_put(plain);
			return anchor;
		}
	return view_anchor(check);
}

static json_object *new_finding(json_object *check, json_object *findings)
{
	json_object *finding = json_object_new_object();

	put(finding, "id", again(get(check, "id")));
	put(finding, "anchor", anchor_among(check, findings));
	put(finding, "severity", again(get(check, "severity")));
	put(finding, "title", text(_(get_text(check, "title"))));
	put(finding, "count", NULL);
	put(finding, "more", NULL);
	put(finding, "cause", again(get(check, "cause")));
	put(finding, "subjects", json_object_new_array());
	put(finding, "steps", view_steps(get(check, "remedy")));
	put(finding, "references", links(get(check, "references")));
	return finding;
}

/* What the first subject has said is not said again; differences to a manifest have their own reasons. */
static void add_subject(json_object *finding, json_object *check)
{
	json_object *object = json_object_new_object(), *subjects = get(finding, "subjects");
	json_object *evidence = view_evidence(get(check, "evidence")), *first = item(subjects, 0);
	bool same_title = first && json_object_equal(get(first, "title"), get(check, "title"));
	bool same_evidence = first && json_object_equal(get(first, "evidence"), evidence);
	bool own_cause = get(check, "difference") &&
			 !json_object_equal(get(finding, "cause"), get(check, "cause"));

	if (same_evidence) {
		json_object_put(evidence);
		evidence = json_object_new_array();
	}
	put(object, "subject", again(get(check, "subject")));
	put(object, "title", text(_(get_text(check, "title"))));
	put(object, "first", flag(!first));
	put(object, "same", flag(same_title));
	put(object, "evidence", evidence);
	put(object, "cause", own_cause ? again(get(check, "cause")) : NULL);
	put(object, "expired", waiver(get(check, "expired_waiver")));
	json_object_array_add(subjects, object);
	json_object_object_add(finding, "count", count(array_length(subjects)));
	json_object_object_add(finding, "more", count_or_null(array_length(subjects) - 1));
}

/* The failures of one severity; none: NULL. */
static json_object *section(json_object *checks, size_t which)
{
	json_object *findings = json_object_new_array(), *by_key = json_object_new_object();
	json_object *object;

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = item(checks, i), *finding;

		if (!is_failure(check) || !is(check, "severity", severities[which].severity))
			continue;
		finding = index_get(by_key, finding_key(check));
		if (!finding) {
			finding = new_finding(check, findings);
			json_object_array_add(findings, finding);
			index_put(by_key, finding_key(check), finding);
		}
		add_subject(finding, check);
	}
	json_object_put(by_key);
	if (!array_length(findings)) {
		json_object_put(findings);
		return NULL;
	}
	object = json_object_new_object();
	put(object, "severity", text(severities[which].severity));
	put(object, "heading", text(_(severities[which].heading)));
	put(object, "mark", text(severities[which].mark));
	put(object, "findings", findings);
	return object;
}

json_object *view_findings(json_object *document)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < ARRAY_SIZE(severities); i++) {
		json_object *object = section(get(document, "checks"), i);

		if (object)
			json_object_array_add(array, object);
	}
	return array;
}

/* -- the others -------------------------------------------------------------------------------------- */

json_object *view_waived(json_object *document)
{
	json_object *array = json_object_new_array(), *checks = get(document, "checks");

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = item(checks, i), *object;

		if (!is(check, "result", "fail") || !get(check, "waiver"))
			continue;
		object = waiver(get(check, "waiver"));
		put(object, "id", again(get(check, "id")));
		put(object, "subject", again(get(check, "subject")));
		put(object, "title", text(_(get_text(check, "title"))));
		json_object_array_add(array, object);
	}
	return array;
}

/* Why things could not be read: words of the program's own, unlike other evidence. */
static json_object *reasons(json_object *evidence)
{
	json_object *array = view_evidence(evidence);

	for (size_t i = 0; i < array_length(array); i++)
		json_object_object_add(item(array, i), "text",
				       text(_(get_text(item(array, i), "text"))));
	return array;
}

/* Those that could block first. */
json_object *view_unknown(json_object *document)
{
	json_object *array = json_object_new_array(), *checks = get(document, "checks");

	for (int blocking = 1; blocking >= 0; blocking--)
		for (size_t i = 0; i < array_length(checks); i++) {
			json_object *check = item(checks, i), *object;

			if (!is(check, "result", "unknown") || is_blocking(check) != blocking)
				continue;
			object = json_object_new_object();
			put(object, "id", again(get(check, "id")));
			put(object, "subject", again(get(check, "subject")));
			put(object, "title", text(_(get_text(check, "title"))));
			put(object, "blocking", flag(blocking));
			put(object, "evidence", reasons(get(check, "evidence")));
			json_object_array_add(array, object);
		}
	return array;
}

static void add_one(json_object *object, const char *key)
{
	int64_t value = json_object_get_int64(get(object, key));

	json_object_object_add(object, key, json_object_new_int64(value + 1));
}

/* The entry for a check's area, or for the check in it; new ones are added to array. */
static json_object *entry(json_object *array, json_object *index, const char *key, const char *name)
{
	json_object *object = index_get(index, name);

	if (object)
		return object;
	object = json_object_new_object();
	put(object, key, text(name));
	put(object, "count", count(0));
	json_object_array_add(array, object);
	index_put(index, name, object);
	return object;
}

static void add_passed(json_object *array, json_object *index, json_object *check)
{
	const char *id = get_text(check, "id");
	json_object *area = entry(array, index, "area", view_area_name(id)), *passed;

	if (!get(area, "checks"))
		put(area, "checks", json_object_new_array());
	add_one(area, "count");
	passed = entry(get(area, "checks"), index, "id", id);
	add_one(passed, "count");
	json_object_object_add(passed, "title", text(_(get_text(check, "title"))));
	json_object_object_add(passed, "times",
			       json_object_get_int64(get(passed, "count")) > 1
				       ? again(get(passed, "count"))
				       : NULL);
}

json_object *view_passed(json_object *document)
{
	json_object *array = json_object_new_array(), *index = json_object_new_object();
	json_object *checks = get(document, "checks");

	for (size_t i = 0; i < array_length(checks); i++) {
		const char *id = get_text(item(checks, i), "id");

		/* An id without an area could be mistaken for the name of one. */
		if (id && strchr(id, '.') && is(item(checks, i), "result", "pass"))
			add_passed(array, index, item(checks, i));
	}
	json_object_put(index);
	return array;
}
