/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a fleet in every shape that it has. */
#ifndef VFIOKIT_RENDER_FLEET_H
#define VFIOKIT_RENDER_FLEET_H

#include "render.h"

/* The format of that name, or NULL: test reports (junit, tap) are of one host. */
const struct report_format *fleet_format_find(const char *name);

/* As report_render() and report_render_template(), for what fleet_document() gave. */
int fleet_render(const struct report_format *format, const struct template_source *source,
		 const struct text_style *style, bool quiet, json_object *report, FILE *stream,
		 struct error *error);
int fleet_render_template(const struct template_source *source, enum escape escape,
			  const char *name, struct bytes text, json_object *report, FILE *stream,
			  struct error *error);

#endif
