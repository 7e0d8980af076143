/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view.h"
#include "view_parts.h"

#include <ctype.h>
#include <stdarg.h>

json_object *textf(const char *format, ...)
{
	char *joined = NULL;
	json_object *value;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&joined, format, arguments);
	va_end(arguments);
	if (length < 0)
		return NULL;
	value = text(joined);
	free(joined);
	return value;
}

json_object *view_evidence(json_object *evidence)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < array_length(evidence); i++) {
		json_object *from = item(evidence, i), *object = json_object_new_object();
		const char *source = get_text(from, "source");

		put(object, "where",
		    get(from, "line") ? textf("%s:%s", source ? source : "",
					      json_object_get_string(get(from, "line")))
				      : again(get(from, "source")));
		put(object, "text", again(get(from, "text")));
		json_object_array_add(array, object);
	}
	return array;
}

json_object *view_device_id(json_object *device)
{
	const char *vendor = get_text(device, "vendor_id"), *id = get_text(device, "device_id");

	return vendor && id ? textf("%s:%s", vendor, id) : NULL;
}

json_object *view_anchor(json_object *check)
{
	json_object *anchor;
	char *name = NULL;

	if (asprintf(&name, "%s-%s", get_text(check, "severity"), get_text(check, "id")) < 0)
		return NULL;
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '.' && *c != '-')
			*c = '-';
	anchor = text(name);
	free(name);
	return anchor;
}

json_object *view_steps(json_object *remedies)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < array_length(remedies); i++) {
		json_object *remedy = item(remedies, i), *step = json_object_new_object();
		const char *command = get_text(remedy, "command");
		bool named = is(remedy, "owner", "firmware") || is(remedy, "owner", "vendor");

		put(step, "text", again(get(remedy, "text")));
		put(step, "command", command ? textf("sudo %s", command) : NULL);
		put(step, "owner", named ? text(_(get_text(remedy, "owner"))) : NULL);
		put(step, "first", flag(i == 0));
		json_object_array_add(array, step);
	}
	return array;
}

const char *view_area_name(const char *id)
{
	static const struct {
		const char *prefix, *name;
	} areas[] = {
		{"iommu.", "IOMMU"},
		{"group.", N_("Groups")},
		{"driver.", N_("Drivers")},
		{"boot.", N_("Boot")},
		{"initramfs.", N_("Initramfs")},
		{"device.", N_("Devices")},
		{"vfio.", "VFIO"},
		{"limits.", N_("Limits")},
		{"host.", N_("Host")},
		{"platform.", N_("Platform")},
		{"expect.", N_("Manifest")},
	};

	for (size_t i = 0; i < ARRAY_SIZE(areas); i++)
		if (starts_with(id, areas[i].prefix))
			return _(areas[i].name);
	return _("Other");
}

/* Headings stand only above what is there. */
static void put_flag(json_object *view, const char *name, const char *array)
{
	put(view, name, flag(array_length(get(view, array)) > 0));
}

json_object *view_of_document(json_object *document)
{
	json_object *context = json_object_new_object(), *view = json_object_new_object();
	json_object *cases = view_cases(document);

	json_object_object_foreach(document, key, value)
		json_object_object_add(context, key, again(value));
	put(view, "verdict", view_verdict(get_text(document, "verdict")));
	put(view, "host_line", view_host_line(document));
	put(view, "targets", view_targets(document));
	put(view, "targets_more", view_targets_more(get(view, "targets")));
	put(view, "counts", view_counts(document));
	put(view, "todo", view_todo(document));
	put(view, "advice", view_advice(document));
	put(view, "findings", view_findings(document));
	put(view, "waived", view_waived(document));
	put(view, "unknown", view_unknown(document));
	put(view, "passed", view_passed(document));
	put(view, "rehearsal", view_rehearsal(document));
	put(view, "devices", view_devices(document));
	put(view, "candidates", view_candidates(document));
	put(view, "topology", view_topology(document));
	put(view, "case_counts", view_case_counts(cases));
	put(view, "cases", cases);
	put(view, "metrics", view_metrics(document));
	put_flag(view, "has_targets", "targets");
	put_flag(view, "has_advice", "advice");
	put_flag(view, "has_waived", "waived");
	put_flag(view, "has_unknown", "unknown");
	put_flag(view, "has_rehearsal", "rehearsal");
	put_flag(view, "has_candidates", "candidates");
	json_object_object_add(context, "view", view);
	return context;
}
