/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rendering small templates in tests. */
#ifndef VFIOKIT_TESTS_TEMPLATE_MADE_H
#define VFIOKIT_TESTS_TEMPLATE_MADE_H

#include "report/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>

/* -- a source of partials that is a JSON object ------------------------------------------------------- */

static inline int find_in_object(const void *context, struct arena *arena, const char *name,
				 struct bytes *ret_text, struct error *error)
{
	json_object *partial;

	(void)error;
	if (!context || !json_object_object_get_ex(*(json_object *const *)context, name, &partial))
		return -ENOENT;
	ret_text->data = arena_strdup(arena, json_object_get_string(partial));
	ret_text->length = strlen(ret_text->data);
	return 0;
}

struct spec_case {
	const char *what, *data, *template, *expected, *partials;
};

/* The text that came out; NULL with words in error. The caller frees it. */
static inline char *render(const struct spec_case *c, enum escape escape, struct error *error)
{
	json_object *data = c->data ? json_tokener_parse(c->data) : NULL;
	json_object *partials = c->partials ? json_tokener_parse(c->partials) : NULL;
	const struct template_source source = {find_in_object, partials ? &partials : NULL};
	struct bytes text = {c->template, strlen(c->template)};
	char *result = NULL;
	size_t size;
	FILE *stream = open_memstream(&result, &size);
	int r;

	assert_non_null(stream);
	r = template_render(&source, escape, "test", text, data, stream, error);
	assert_int_equal(fclose(stream), 0);
	json_object_put(data);
	json_object_put(partials);
	if (r == 0)
		return result;
	free(result);
	return NULL;
}

static inline void check_cases(const struct spec_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct error error = {0};
		char *result = render(&cases[i], ESCAPE_MARKUP, &error);

		if (!result)
			fail_msg("%s: %s", cases[i].what, error.message);
		if (!streq(result, cases[i].expected))
			fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].what, result,
				 cases[i].expected);
		free(result);
	}
}

#endif
