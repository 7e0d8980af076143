/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks as test cases. The first case is the verdict, so that no run of tests is green unless the host is ready:
 * a failure is what makes the verdict worse; warnings, which do not, are skipped with their words, as are
 * checks that do not apply or could not be made.
 */
#include "view_parts.h"

static json_object *new_case(json_object *cases, const char *area, json_object *name,
			     json_object *title)
{
	json_object *object = json_object_new_object();

	put(object, "number", count(array_length(cases) + 1));
	put(object, "area", text(area));
	put(object, "name", name);
	put(object, "title", title);
	put(object, "failure", NULL);
	put(object, "skipped", NULL);
	put(object, "waived", NULL);
	put(object, "evidence", json_object_new_array());
	put(object, "steps", json_object_new_array());
	put(object, "has_details", flag(false));
	json_object_array_add(cases, object);
	return object;
}

static json_object *unknown_reason(json_object *check)
{
	json_object *first = item(get(check, "evidence"), 0);
	const char *source = get_text(first, "source"), *what = get_text(first, "text");

	if (!source && !what)
		return text(_("not checked"));
	return textf(_("not checked: %s%s%s"), source ? source : "", source && what ? ": " : "",
		     what ? what : "");
}

static json_object *waived_reason(json_object *waiver)
{
	const char *until = get_text(waiver, "until"), *because = get_text(waiver, "because");

	return textf(_("waived until %s: %s"), until ? until : "?", because ? because : "");
}

static void fill_failure(json_object *object, json_object *check)
{
	json_object_object_add(object, "evidence", view_evidence(get(check, "evidence")));
	json_object_object_add(object, "steps", view_steps(get(check, "remedy")));
	json_object_object_add(object, "has_details", flag(true));
	if (get(check, "waiver"))
		json_object_object_add(object, "waived", waived_reason(get(check, "waiver")));
	else if (is_blocking(check))
		json_object_object_add(object, "failure", again(get(check, "severity")));
	else
		json_object_object_add(
			object, "skipped",
			textf("%s: %s", get_text(check, "severity"), get_text(check, "title")));
}

static void add_check(json_object *cases, json_object *check)
{
	const char *id = get_text(check, "id"), *subject = get_text(check, "subject");
	json_object *object =
		new_case(cases, view_area_name(id),
			 textf("%s%s%s", id, subject ? " " : "", subject ? subject : ""),
			 again(get(check, "title")));

	if (is(check, "result", "fail"))
		fill_failure(object, check);
	else if (is(check, "result", "na"))
		json_object_object_add(object, "skipped", text(_("does not apply here")));
	else if (is(check, "result", "unknown"))
		json_object_object_add(object, "skipped", unknown_reason(check));
}

/* "group 17: 0000:01:00.0 open /dev/vfio/17" */
static json_object *step_name(json_object *step)
{
	const char *device = get_text(step, "device");
	json_object *group = get(step, "group");

	return textf("%s%s%s%s%s%s", group ? "group " : "",
		     group ? json_object_get_string(group) : "", group ? ": " : "",
		     device ? device : "", device ? " " : "", get_text(step, "what"));
}

/* What the kernel refused fails; what could not be asked is skipped, with the reason. */
static void add_step(json_object *cases, json_object *step)
{
	const char *cause = get_text(step, "cause");
	json_object *line = view_rehearsal_line(step), *object;

	object = new_case(cases, "Rehearsal", step_name(step),
			  textf("%s%s%s", json_object_get_string(line), cause ? ". " : "",
				cause ? cause : ""));
	json_object_put(line);
	if (is(step, "result", "pass"))
		return;
	json_object_object_add(object, "evidence", view_rehearsal_evidence(step));
	json_object_object_add(object, "steps", view_rehearsal_steps(step));
	json_object_object_add(
		object, "has_details",
		flag(array_length(get(object, "evidence")) || array_length(get(object, "steps"))));
	if (is(step, "result", "fail"))
		json_object_object_add(object, "failure", text("blocker"));
	else
		json_object_object_add(object, "skipped", text(cause ? cause : N_("not tried")));
}

json_object *view_cases(json_object *document)
{
	json_object *cases = json_object_new_array(), *checks = get(document, "checks");
	json_object *verdict = view_verdict(get_text(document, "verdict"));
	json_object *steps = get(document, "rehearsal");
	json_object *first =
		new_case(cases, "Verdict", text("verdict"),
			 textf("%s: %s", get_text(verdict, "word"), get_text(verdict, "meaning")));

	if (!get_true(verdict, "is_ready"))
		json_object_object_add(first, "failure", again(get(verdict, "verdict")));
	json_object_put(verdict);
	for (size_t i = 0; i < array_length(checks); i++)
		add_check(cases, item(checks, i));
	for (size_t i = 0; i < array_length(steps); i++)
		add_step(cases, item(steps, i));
	return cases;
}

json_object *view_case_counts(json_object *cases)
{
	json_object *object = json_object_new_object();
	size_t failures = 0, skipped = 0;

	for (size_t i = 0; i < array_length(cases); i++) {
		failures += get(item(cases, i), "failure") != NULL;
		skipped += get(item(cases, i), "skipped") || get(item(cases, i), "waived");
	}
	put(object, "total", count(array_length(cases)));
	put(object, "failures", count(failures));
	put(object, "skipped", count(skipped));
	return object;
}
