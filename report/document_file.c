/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "document_file.h"
#include "document_read.h"
#include "document_rules.h"

#include <errno.h>

enum { NESTING_LIMIT = 16, PATH_SIZE = 160 };

/* Where a value stands. Only a failure makes words of it: "devices[3].bars[0].size". */
struct place {
	const char *name; /* the file */
	struct {
		const char *key; /* of an object's member; NULL: of a list's entry */
		size_t index;
	} steps[2 * NESTING_LIMIT];
	size_t depth;
	struct error *error;
};

static int check_members(struct place *place, json_object *object, const struct rule *rules);

static int fail(const struct place *place, int code, const char *words)
{
	char path[PATH_SIZE] = "";
	size_t length = 0;

	for (size_t i = 0; i < place->depth && length < sizeof(path); i++) {
		const char *key = place->steps[i].key;

		length += (size_t)(key ? snprintf(path + length, sizeof(path) - length, "%s%s",
						  i ? "." : "", key)
				       : snprintf(path + length, sizeof(path) - length, "[%zu]",
						  place->steps[i].index));
	}
	return error_set(place->error, code, "%s: %s: %s", place->name, path, words);
}

/* The tables nest less deeply than that. */
static void enter(struct place *place, const char *key, size_t index)
{
	if (place->depth == ARRAY_SIZE(place->steps))
		abort();
	place->steps[place->depth].key = key;
	place->steps[place->depth].index = index;
	place->depth++;
}

/* -- one value --------------------------------------------------------------------------------------- */

static unsigned type_of(json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return RULE_NULL;
	case json_type_boolean:
		return RULE_TRUTH;
	case json_type_int:
		return RULE_NUMBER;
	case json_type_string:
		return RULE_TEXT;
	case json_type_array:
		return RULE_LIST;
	case json_type_object:
		return RULE_OBJECT;
	default:
		return 0; /* no value of a document is a fraction */
	}
}

static int fail_type(const struct place *place, unsigned types)
{
	static const struct {
		unsigned type;
		const char *words;
	} names[] = {
		{RULE_TEXT, N_("a text")},         {RULE_NUMBER, N_("a whole number")},
		{RULE_TRUTH, N_("true or false")}, {RULE_OBJECT, N_("an object")},
		{RULE_LIST, N_("a list")},         {RULE_NULL, "null"},
	};
	char words[128];
	bool any = false;

	(void)snprintf(words, sizeof(words), "%s", _("must be "));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t length = strlen(words);

		if (!(types & names[i].type))
			continue;
		(void)snprintf(words + length, sizeof(words) - length, "%s%s", any ? _(" or ") : "",
			       _(names[i].words));
		any = true;
	}
	return fail(place, -EINVAL, words);
}

static int check_text(const struct place *place, json_object *value, const char *const *words)
{
	const char *text = json_object_get_string(value);
	size_t length = (size_t)json_object_get_string_len(value);

	if (length > DOCUMENT_TEXT_LIMIT)
		return fail(place, -EFBIG, N_("longer than 1 MiB"));
	if (strlen(text) != length)
		return fail(place, -EINVAL, N_("holds a NUL character"));
	for (size_t i = 0; words; i++) {
		if (!words[i])
			return fail(place, -EINVAL, N_("none of the words that may stand here"));
		if (streq(words[i], text))
			break;
	}
	return 0;
}

static int check_list(struct place *place, json_object *list, const struct rule *rule)
{
	size_t count = json_object_array_length(list), limit = rule->limit;
	int r = 0;

	if (count > (limit ? limit : DOCUMENT_LIST_LIMIT))
		return fail(place, -EFBIG, N_("too many entries"));
	for (size_t i = 0; r == 0 && i < count; i++) {
		json_object *entry = json_object_array_get_idx(list, i);
		unsigned type = rule->members ? RULE_OBJECT : RULE_TEXT;

		enter(place, NULL, i);
		if (type_of(entry) != type)
			return fail_type(place, type);
		r = rule->members ? check_members(place, entry, rule->members)
				  : check_text(place, entry, NULL);
		place->depth--;
	}
	return r;
}

static int check_value(struct place *place, json_object *value, const struct rule *rule)
{
	unsigned type = type_of(value);

	if (!(rule->types & type))
		return fail_type(place, rule->types);
	if (type == RULE_TEXT)
		return check_text(place, value, rule->words);
	if (type == RULE_LIST)
		return check_list(place, value, rule);
	return type == RULE_OBJECT ? check_members(place, value, rule->members) : 0;
}

static int check_members(struct place *place, json_object *object, const struct rule *rules)
{
	int r = 0;

	for (const struct rule *rule = rules; r == 0 && rule->key; rule++) {
		json_object *value;

		enter(place, rule->key, 0);
		if (json_object_object_get_ex(object, rule->key, &value))
			r = check_value(place, value, rule);
		else if (!(rule->types & RULE_OPTIONAL))
			r = fail(place, -EINVAL, N_("is missing"));
		place->depth--;
	}
	return r;
}

/* -- the whole --------------------------------------------------------------------------------------- */

static int check_schema(const char *name, json_object *document, struct error *error)
{
	const char *schema = get_text(document, "schema");

	if (!json_object_is_type(document, json_type_object) || !schema)
		return error_set(error, -EINVAL, "%s: no report of vfiokit: it has no schema",
				 name);
	if (streq(schema, "vfiokit/1"))
		return 0;
	if (starts_with(schema, "vfiokit/"))
		return error_set(
			error, -EINVAL,
			"%s: made by another version: schema %.40s, this one reads vfiokit/1", name,
			schema);
	return error_set(error, -EINVAL, "%s: no report of vfiokit: schema %.40s", name, schema);
}

/* Where there is JSON, and nothing else behind it. */
static json_object *parse(struct json_tokener *tokener, const char *name, const char *data,
			  size_t length, struct error *error)
{
	json_object *document = json_tokener_parse_ex(tokener, data, (int)length);
	enum json_tokener_error wrong = json_tokener_get_error(tokener);
	size_t end = json_tokener_get_parse_end(tokener);
	unsigned line = 1;

	while (end < length && strchr(" \t\r\n", data[end]) && data[end])
		end++;
	if (wrong == json_tokener_success && document && end == length)
		return document;
	json_object_put(document);
	for (size_t i = 0; i < end && i < length; i++)
		line += data[i] == '\n';
	if (wrong == json_tokener_continue)
		error_set(error, -EINVAL, "%s: the JSON is cut short in line %u", name, line);
	else
		error_set(error, -EINVAL, "%s:%u: no JSON: %s", name, line,
			  wrong == json_tokener_success ? N_("something stands behind the document")
							: json_tokener_error_desc(wrong));
	return NULL;
}

static void cleanup_tokener(struct json_tokener **tokener)
{
	json_tokener_free(*tokener);
}

int document_parse(const char *name, const char *data, size_t length, json_object **ret_document,
		   struct error *error)
{
	_cleanup_(cleanup_tokener) struct json_tokener *tokener =
		json_tokener_new_ex(NESTING_LIMIT);
	struct place place = {.name = name, .error = error};
	json_object *document;
	int r;

	if (!tokener)
		return error_set(error, -ENOMEM, "%s: %s", name, error_words(-ENOMEM));
	if (length > DOCUMENT_SIZE_LIMIT)
		return error_set(error, -EFBIG, "%s: larger than 32 MiB", name);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 |
						JSON_TOKENER_ALLOW_TRAILING_CHARS);
	document = parse(tokener, name, data, length, error);
	if (!document)
		return -EINVAL;
	r = check_schema(name, document, error);
	if (r == 0)
		r = check_members(&place, document, document_rules);
	if (r < 0) {
		json_object_put(document);
		return r;
	}
	*ret_document = document;
	return 0;
}
