/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree_builder.h"

#include <errno.h>

struct text {
	char *bytes;
	size_t length, capacity;
};

static void add(const struct builder *builder, struct text *text, const char *bytes, size_t length)
{
	if (text->length + length >= text->capacity) {
		size_t capacity = (text->length + length + 1) * 2;
		char *larger = arena_alloc(builder->arena, capacity);

		if (text->length)
			memcpy(larger, text->bytes, text->length);
		text->bytes = larger;
		text->capacity = capacity;
	}
	if (length)
		memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

static void set(struct builder *builder, const char *name, const char *value)
{
	struct pair *pair = NULL;

	for_each (known, &builder->words)
		if (streq(known->name, name))
			pair = known;
	if (!pair)
		pair = ARRAY_ADD(builder->arena, &builder->words);
	pair->name = name;
	pair->value = value;
}

/* How many bytes at the beginning of text are a word's name. */
static size_t name_length(const char *text)
{
	return *text == '-' ? 0 : strspn(text, "abcdefghijklmnopqrstuvwxyz-");
}

int build_let(struct builder *builder, const char *arguments, const char *content, bool anew)
{
	size_t length = name_length(arguments);
	const char *name = arena_copy(builder->arena, arguments, length);
	const char *value = arguments + length + strspn(arguments + length, " \t");

	if (!length || (arguments[length] && value == arguments + length))
		return builder_fail(builder, -EINVAL, "%s: not a name", arguments);
	if (*value && *content)
		return builder_fail(builder, -EINVAL, "two values");
	if (!anew && pairs_get(&builder->words, name))
		return 0;
	if (*content)
		value = arena_copy(builder->arena, content, strlen(content) - 1);
	set(builder, name, arena_strdup(builder->arena, value));
	return 0;
}

/* The length of "@name@" at the beginning of text; 0 where it does not begin with one. */
static size_t word_length(const char *text)
{
	size_t length = *text == '@' ? name_length(text + 1) : 0;

	return length && text[length + 1] == '@' ? length + 2 : 0;
}

static bool at_beginning_of_line(const struct text *text)
{
	return !text->length || text->bytes[text->length - 1] == '\n';
}

/* An empty word takes the blank before it along (at the beginning of a line the one behind it), and its
 * line where nothing else is on it. */
static const char *take_away(struct text *text, const char *behind)
{
	if (at_beginning_of_line(text))
		return behind + (*behind == ' ' || *behind == '\n');
	if (text->bytes[text->length - 1] == ' ')
		text->length--;
	return behind;
}

int words_expand(const struct builder *builder, const char *text, char **ret_text)
{
	struct text expanded = {0};

	for (size_t plain; *text; text += plain) {
		size_t length = word_length(text);
		const char *value;

		plain = length ? 0 : 1 + strcspn(text + 1, "@");
		add(builder, &expanded, text, plain);
		if (!length)
			continue;
		value = pairs_get(&builder->words,
				  arena_copy(builder->arena, text + 1, length - 2));
		if (!value)
			return builder_fail(builder, -EINVAL, "%.*s: not defined", (int)length,
					    text);
		add(builder, &expanded, value, strlen(value));
		text += length;
		if (!*value)
			text = take_away(&expanded, text);
	}
	add(builder, &expanded, "", 1);
	*ret_text = expanded.bytes;
	return 0;
}
