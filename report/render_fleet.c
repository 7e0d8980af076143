/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "render_fleet.h"
#include "document_read.h"
#include "text_fleet.h"
#include "view_fleet.h"

#include <errno.h>

static const struct report_format formats[] = {
	{"text", NULL, ESCAPE_TEXT},
	{"json", NULL, ESCAPE_JSON},
	{"html", "fleet.html", ESCAPE_MARKUP},
	{"markdown", "fleet.md", ESCAPE_MARKDOWN},
	{"prometheus", "fleet.prom", ESCAPE_PROMETHEUS},
};

const struct report_format *fleet_format_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (streq(formats[i].name, name))
			return &formats[i];
	return NULL;
}

int fleet_render_template(const struct template_source *source, enum escape escape,
			  const char *name, struct bytes text, json_object *report, FILE *stream,
			  struct error *error)
{
	json_object *view = view_of_fleet(report);
	int r = template_render(source, escape, name, text, view, stream, error);

	json_object_put(view);
	return r;
}

static void render_text(const struct text_style *style, bool quiet, json_object *report,
			FILE *stream)
{
	json_object *view = view_of_fleet(report);
	struct text_style here = *style;

	here.stream = stream;
	text_print_fleet(&here, get(view, "view"), quiet);
	json_object_put(view);
}

int fleet_render(const struct report_format *format, const struct template_source *source,
		 const struct text_style *style, bool quiet, json_object *report, FILE *stream,
		 struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes text = {0};
	int r;

	if (streq(format->name, "json")) {
		(void)fprintf(
			stream, "%s\n",
			json_object_to_json_string_ext(
				report, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
		return 0;
	}
	if (!format->template) {
		render_text(style, quiet, report, stream);
		return 0;
	}
	r = source->find(source->context, arena, format->template, &text, error);
	if (r == -ENOENT)
		return error_set(error, r, "template %s: there is none", format->template);
	if (r < 0)
		return r;
	return fleet_render_template(source, format->escape, format->template, text, report, stream,
				     error);
}
