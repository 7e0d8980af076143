/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A document in every shape: the text for people, JSON, and what the templates make of it. */
#ifndef VFIOKIT_RENDER_H
#define VFIOKIT_RENDER_H

#include "template.h"
#include "terminal.h"

struct report_format {
	const char *name;     /* as --format takes it */
	const char *template; /* "report.html"; NULL: made without one */
	enum escape escape;   /* what a template of one's own needs for this format */
};

/* The format of that name, or NULL. */
const struct report_format *report_format_find(const char *name);

/*
 * Writes a document that document_build() or document_parse() gave. Templates are sought in source; style is for
 * text, and quiet gives of it only the verdict. 0, or -errno with words; then what was written is to be thrown away.
 */
int report_render(const struct report_format *format, const struct template_source *source,
		  const struct text_style *style, bool quiet, json_object *document, FILE *stream,
		  struct error *error);

/* The same with a template of one's own, called name in messages. */
int report_render_template(const struct template_source *source, enum escape escape,
			   const char *name, struct bytes text, json_object *document, FILE *stream,
			   struct error *error);

#endif
