/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "render.h"
#include "text.h"
#include "view.h"

#include <errno.h>

static const struct report_format formats[] = {
	{"text", NULL, ESCAPE_TEXT},
	{"json", NULL, ESCAPE_JSON},
	{"html", "report.html", ESCAPE_MARKUP},
	{"markdown", "report.md", ESCAPE_MARKDOWN},
	{"junit", "report.junit.xml", ESCAPE_MARKUP},
	{"tap", "report.tap", ESCAPE_TAP},
	{"prometheus", "report.prom", ESCAPE_PROMETHEUS},
};

const struct report_format *report_format_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (streq(formats[i].name, name))
			return &formats[i];
	return NULL;
}

int report_render_template(const struct template_source *source, enum escape escape,
			   const char *name, struct bytes text, json_object *document, FILE *stream,
			   struct error *error)
{
	json_object *view = view_of_document(document);
	int r = template_render(source, escape, name, text, view, stream, error);

	json_object_put(view);
	return r;
}

int report_render(const struct report_format *format, const struct template_source *source,
		  const struct text_style *style, bool quiet, json_object *document, FILE *stream,
		  struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct text_style here = *style;
	struct bytes text = {0};
	int r;

	here.stream = stream;
	if (streq(format->name, "json")) {
		(void)fprintf(stream, "%s\n",
			      json_object_to_json_string_ext(
				      document,
				      JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
		return 0;
	}
	if (!format->template) {
		text_print_report(&here, document, quiet);
		return 0;
	}
	r = source->find(source->context, arena, format->template, &text, error);
	if (r == -ENOENT)
		return error_set(error, r, "template %s: there is none", format->template);
	if (r < 0)
		return r;
	return report_render_template(source, format->escape, format->template, text, document,
				      stream, error);
}
