/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel answered when it was asked, group by group. */
#include "view_parts.h"

static json_object *mark_of(json_object *step)
{
	return text(is(step, "result", "pass") ? "✓" : is(step, "result", "fail") ? "✗" : "–");
}

/* "0000:01:00.0 open /dev/vfio/17: EBUSY: …" */
json_object *view_rehearsal_line(json_object *step)
{
	const char *device = get_text(step, "device"), *error = get_text(step, "errno"),
		   *detail = get_text(step, "detail");

	return textf("%s%s%s%s%s%s%s", device ? device : "", device ? " " : "",
		     get_text(step, "what"), error ? ": " : "", error ? error : "",
		     detail ? ": " : "", detail ? detail : "");
}

json_object *view_rehearsal_evidence(json_object *step)
{
	json_object *array = json_object_new_array(), *lines = get(step, "evidence");

	for (size_t i = 0; i < array_length(lines); i++) {
		json_object *line = json_object_new_object();

		put(line, "where", text("dmesg"));
		put(line, "text", again(item(lines, i)));
		json_object_array_add(array, line);
	}
	return array;
}

json_object *view_rehearsal_steps(json_object *step)
{
	json_object *array = json_object_new_array(), *action;

	if (!get_text(step, "remedy"))
		return array;
	action = json_object_new_object();
	put(action, "text", again(get(step, "remedy")));
	put(action, "command", NULL);
	put(action, "owner", NULL);
	put(action, "first", flag(true));
	json_object_array_add(array, action);
	return array;
}

static json_object *step_view(json_object *step)
{
	json_object *object = json_object_new_object();
	bool passed = is(step, "result", "pass");

	put(object, "result", again(get(step, "result")));
	put(object, "mark", mark_of(step));
	put(object, "title", view_rehearsal_line(step));
	put(object, "cause", passed ? NULL : again(get(step, "cause")));
	put(object, "remedy", passed ? NULL : again(get(step, "remedy")));
	put(object, "evidence", passed ? json_object_new_array() : view_rehearsal_evidence(step));
	return object;
}

static json_object *group_view(json_object *groups, json_object *step)
{
	json_object *object = json_object_new_object(), *group = get(step, "group");

	put(object, "group", again(group));
	put(object, "heading",
	    group ? textf(_("group %s"), json_object_get_string(group)) : text(_("host")));
	put(object, "steps", json_object_new_array());
	json_object_array_add(groups, object);
	return object;
}

json_object *view_rehearsal(json_object *document)
{
	json_object *groups = json_object_new_array(), *steps = get(document, "rehearsal");
	json_object *now = NULL;

	for (size_t i = 0; i < array_length(steps); i++) {
		json_object *step = item(steps, i);

		if (!now || !json_object_equal(get(now, "group"), get(step, "group")))
			now = group_view(groups, step);
		json_object_array_add(get(now, "steps"), step_view(step));
	}
	return groups;
}
