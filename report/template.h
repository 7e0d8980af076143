/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mustache templates over JSON (mustache(5), and the tests published at github.com/mustache/spec): variables
 * {{name}}, unescaped {{{name}}} and {{&name}}, sections {{#name}}…{{/name}}, inverted sections {{^name}}…{{/name}},
 * comments {{! … }}, partials {{>name}}, other delimiters {{=<% %>=}}; dotted names, and {{.}} for the value itself.
 * A section, comment, partial or delimiter tag alone on its line takes the whole line away; a partial alone
 * on its line is indented as its tag is.
 *
 * False are null, false, an empty list and what is missing. A name whose key is there with the value null is
 * found, and shows as nothing.
 *
 * Stricter than mustache asks for: an unknown partial, a tag or section that is not closed, and tags that are not in
 * the list above (lambdas and blocks do not exist here) are errors that name template and line.
 */
#ifndef VFIOKIT_TEMPLATE_H
#define VFIOKIT_TEMPLATE_H

#include "escape.h"
#include "preflight/error.h"
#include "preflight/host/host.h"

#include <json-c/json.h>

/* Sections and partials inside each other, together; and tags shown in one document. */
enum { TEMPLATE_DEPTH_LIMIT = 64, TEMPLATE_STEP_LIMIT = 20 * 1000 * 1000 };

/*
 * Where templates come from. find() gives the text of the one with that name, in arena; -ENOENT without words where
 * there is none, another -errno with words where it could not be read.
 */
struct template_source {
	int (*find)(const void *context, struct arena *arena, const char *name,
		    struct bytes *ret_text, struct error *error);
	const void *context;
};

/*
 * Renders text, called name in messages, with the values of data into stream. Partials are sought in source.
 * Values are escaped for `escape`. 0, or -errno with words; what was written until then is to be thrown
 * away. Failures of the stream itself are left for the caller (ferror).
 */
int template_render(const struct template_source *source, enum escape escape, const char *name,
		    struct bytes text, json_object *data, FILE *stream, struct error *error);

#endif
