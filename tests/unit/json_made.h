/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking into JSON from tests. */
#ifndef VFIOKIT_TESTS_JSON_MADE_H
#define VFIOKIT_TESTS_JSON_MADE_H

#include "preflight/base.h"

#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static inline void cleanup_json(json_object **object)
{
	json_object_put(*object);
}
#define _cleanup_json_ _cleanup_(cleanup_json)

/* Parses text as RFC 8259 has it; what is no JSON, or no UTF-8, fails the test. */
static inline json_object *json_made(const char *text)
{
	struct json_tokener *tokener = json_tokener_new();
	json_object *object;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		fail_msg("no JSON at %zu: %s", json_tokener_get_parse_end(tokener),
			 json_tokener_error_desc(json_tokener_get_error(tokener)));
	json_tokener_free(tokener);
	return object;
}

/* The value at a JSON pointer, which must be there; it may be NULL for null. */
static inline json_object *json_at(json_object *object, const char *pointer)
{
	json_object *value = NULL;

	if (json_pointer_get(object, pointer, &value) < 0)
		fail_msg("%s is not there", pointer);
	return value;
}

/* The value at a JSON pointer as text: strings as they are, everything else as JSON writes it. */
static inline const char *json_text_at(json_object *object, const char *pointer)
{
	json_object *value = json_at(object, pointer);

	return value ? json_object_get_string(value) : "null";
}

#define assert_json(object, pointer, text)                                                         \
	do {                                                                                       \
		if (!streq(json_text_at((object), (pointer)), (text)))                             \
			fail_msg("%s is %s", (pointer), json_text_at((object), (pointer)));        \
	} while (0)

#endif
