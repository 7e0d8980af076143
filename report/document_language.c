/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "document_language.h"
#include "document_read.h"
#include "preflight/arena.h"
#include "preflight/checks/check.h"

struct values {
	struct argument *items;
	size_t count, capacity;
};

/* Length of the "{name}" that text begins with; 0: it does not. */
static size_t placeholder_length(const char *text)
{
	size_t length;

	if (*text != '{')
		return 0;
	length = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_");
	return length && text[length + 1] == '}' ? length + 2 : 0;
}

/* Length of what stands in front of the next placeholder. */
static size_t plain_length(const char *text)
{
	size_t length = 0;

	while (text[length] && !placeholder_length(text + length))
		length++;
	return length;
}

/* Where the words stand in text: at its end where nothing follows them, else at their first place. */
static const char *place_of(const char *text, const char *words, size_t length, bool last)
{
	const char *end = text + strlen(text);

	if (last)
		return (size_t)(end - text) >= length && strncmp(end - length, words, length) == 0
			       ? end - length
			       : NULL;
	return length ? memmem(text, (size_t)(end - text), words, length) : end;
}

/* Whether text is the pattern with values in its placeholders. */
static bool matches(struct arena *arena, const char *pattern, const char *text,
		    struct values *ret_values)
{
	size_t plain = plain_length(pattern);

	ret_values->count = 0;
	if (strncmp(pattern, text, plain) != 0)
		return false;
	pattern += plain;
	text += plain;
	while (*pattern) {
		size_t name = placeholder_length(pattern);
		const char *place;

		plain = plain_length(pattern + name);
		place = place_of(text, pattern + name, plain, !pattern[name + plain]);
		if (!place)
			return false;
		*ARRAY_ADD(arena, ret_values) =
			(struct argument){arena_copy(arena, pattern + 1, name - 2),
					  arena_copy(arena, text, (size_t)(place - text))};
		pattern += name + plain;
		text = place + plain;
	}
	return !*text;
}

static const char *filled(struct arena *arena, const char *pattern, const struct values *values)
{
	const char *text = "";

	while (*pattern) {
		size_t plain = plain_length(pattern), name = placeholder_length(pattern + plain);
		const char *value = "";

		for_each (known, values)
			if (name && strlen(known->name) == name - 2 &&
			    strncmp(known->name, pattern + plain + 1, name - 2) == 0)
				value = translated(known->value);
		text = arena_printf(arena, "%s%.*s%s", text, (int)plain, pattern, value);
		pattern += plain + name;
	}
	return text;
}

/* Puts the member `key` into the people's language where it is this pattern. */
static bool translate(struct arena *arena, json_object *object, const char *key,
		      const char *pattern)
{
	const char *text = get_text(object, key);
	struct values values = {0};

	if (!text || !pattern || translated(pattern) == pattern ||
	    !matches(arena, pattern, text, &values))
		return false;
	json_object_object_add(object, key,
			       json_object_new_string(filled(arena, translated(pattern), &values)));
	return true;
}

static void translate_remedies(struct arena *arena, json_object *remedies,
			       const struct wording *wording)
{
	for (size_t i = 0; i < array_length(remedies); i++)
		for (size_t j = 0; j < ARRAY_SIZE(wording->remedies) && wording->remedies[j].text;
		     j++)
			if (translate(arena, json_object_array_get_idx(remedies, i), "text",
				      wording->remedies[j].text))
				break;
}

static void translate_check(struct arena *arena, json_object *object)
{
	const struct check *check = check_find(get_text(object, "id"));

	if (!check || translate(arena, object, "title", check->title))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(check->variants) && check->variants[i].title; i++) {
		const struct wording *wording = &check->variants[i];
		struct values values = {0};
		const char *title = get_text(object, "title");

		if (!title || !matches(arena, wording->title, title, &values))
			continue;
		translate_remedies(arena, get(object, "remedy"), wording);
		/* Variants with the same title differ in their cause. */
		if (get_text(object, "cause") && !translate(arena, object, "cause", wording->cause))
			continue;
		(void)translate(arena, object, "title", wording->title);
		return;
	}
}

/* Sentences without placeholders only: the words of a rehearsal are not the report's. */
static void translate_step(json_object *step)
{
	static const char *const keys[] = {"what", "cause", "remedy"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *words = get_text(step, keys[i]);

		if (words && _(words) != words)
			json_object_object_add(step, keys[i], json_object_new_string(_(words)));
	}
}

void document_into_language(json_object *document)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	json_object *checks = get(document, "checks"), *steps = get(document, "rehearsal");

	for (size_t i = 0; i < array_length(steps); i++)
		translate_step(json_object_array_get_idx(steps, i));
	for (size_t i = 0; i < array_length(checks); i++) {
		translate_check(arena, json_object_array_get_idx(checks, i));
		arena_reset(arena);
	}
}
