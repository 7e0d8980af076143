/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a JSON document that may be somebody else's: what is missing or of another type is NULL,
 * false or empty. */
#ifndef VFIOKIT_DOCUMENT_READ_H
#define VFIOKIT_DOCUMENT_READ_H

#include "preflight/base.h"

#include <json-c/json.h>

static inline json_object *get(json_object *object, const char *key)
{
	json_object *value = NULL;

	(void)json_object_object_get_ex(object, key, &value);
	return value;
}

static inline const char *get_text(json_object *object, const char *key)
{
	json_object *value = get(object, key);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static inline bool get_true(json_object *object, const char *key)
{
	json_object *value = get(object, key);

	return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

static inline size_t array_length(json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

static inline bool is(json_object *object, const char *key, const char *value)
{
	return streq(get_text(object, key), value);
}

/* By what findings are one for several subjects: the id; of platforms, whose rules share one id, the rule's reason. */
static inline const char *finding_key(json_object *check)
{
	const char *id = get_text(check, "id"), *cause = get_text(check, "cause");

	return cause && id && starts_with(id, "platform.") ? cause : id;
}

#endif
