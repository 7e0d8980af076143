/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small words for json-c: what is not known (NULL, negative, UNKNOWN) becomes null. */
#ifndef VFIOKIT_DOCUMENT_WRITE_H
#define VFIOKIT_DOCUMENT_WRITE_H

#include "preflight/arena.h"
#include "utf8.h"

#include <json-c/json.h>

static inline void put(json_object *object, const char *key, json_object *value)
{
	/* Keys are string literals: json-c need neither copy nor compare them. */
	json_object_object_add_ex(object, key, value,
				  JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY);
}

/* A copy in which every byte that is no UTF-8 is U+FFFD: JSON holds characters only (RFC 8259). */
static inline json_object *repaired(const char *value)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *copy = malloc(strlen(value) * strlen(replacement) + 1), *end = copy;
	json_object *string;

	if (!copy)
		return NULL;
	while (*value) {
		uint32_t code;
		size_t length = utf8_character(value, &code);

		end = length ? mempcpy(end, value, length) : stpcpy(end, replacement);
		value += length ? length : 1;
	}
	string = json_object_new_string_len(copy, (int)(end - copy));
	free(copy);
	return string;
}

static inline json_object *text(const char *value)
{
	const char *at = value;
	uint32_t code;

	if (!value)
		return NULL;
	while (*at) {
		size_t length = utf8_character(at, &code);

		if (!length)
			return repaired(value);
		at += length;
	}
	return json_object_new_string_len(value, (int)(at - value));
}

static inline json_object *number_or_null(int64_t value)
{
	return value >= 0 ? json_object_new_int64(value) : NULL;
}

static inline json_object *truth(enum truth value)
{
	return value == UNKNOWN ? NULL : json_object_new_boolean(value == YES);
}

/* value as lower-case hex of that many digits. */
static inline json_object *hex_or_null(int digits, int value)
{
	char number[16];

	if (value < 0)
		return NULL;
	(void)snprintf(number, sizeof(number), "%0*x", digits, (unsigned)value);
	return json_object_new_string(number);
}

static inline json_object *list(const struct strings *strings)
{
	json_object *array = json_object_new_array_ext((int)strings->count);

	for_each (string, strings)
		json_object_array_add(array, text(*string));
	return array;
}

static inline json_object *list_if(enum truth known, const struct strings *strings)
{
	return known == YES ? list(strings) : NULL;
}

#endif
