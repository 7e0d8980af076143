/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/cmdline.h"

/* The kernel's own isspace() (lib/ctype.c), which takes Latin-1's no-break space for one. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c == 0xa0;
}

static char *skip_spaces(char *text)
{
	while (is_space(*text))
		text++;
	return text;
}

/* The word at text without its NUL: how long it is, and where its '=' stands (0 none). */
static size_t measure_word(const char *text, bool in_quote, size_t *ret_equals)
{
	size_t length = 0;

	*ret_equals = 0;
	for (; text[length] && (in_quote || !is_space(text[length])); length++) {
		if (*ret_equals == 0 && text[length] == '=')
			*ret_equals = length;
		if (text[length] == '"')
			in_quote = !in_quote;
	}
	return length;
}

/*
 * Cuts one word off, as next_arg() does, by writing NULs into text. Returns where the word ends
 * (its white space or the final NUL, already overwritten by a NUL).
 */
static char *cut_word(char *text, const char **ret_name, const char **ret_value)
{
	bool quoted = *text == '"';
	size_t equals, length;

	text += quoted;
	length = measure_word(text, quoted, &equals);
	*ret_name = text;
	*ret_value = NULL;
	if (equals) {
		text[equals] = '\0';
		*ret_value = text + equals + 1;
		if (text[equals + 1] == '"') {
			(*ret_value)++;
			if (text[length - 1] == '"')
				text[length - 1] = '\0';
		}
	}
	if (quoted && length > 0 && text[length - 1] == '"')
		text[length - 1] = '\0';
	text[length] = '\0';
	return text + length;
}

static size_t count_words(const char *text)
{
	size_t count = 0;

	for (size_t i = 0; text[i]; i++)
		count += !is_space(text[i]) && (i == 0 || is_space(text[i - 1]));
	return count;
}

/* Room for all words at once: doubling would leave the smaller arrays behind in the arena. Quotes
 * can only make fewer words than white space does. */
static void reserve(struct arena *arena, struct parameters *parameters, size_t more)
{
	size_t needed = parameters->count + more;
	struct parameter *items;

	if (needed <= parameters->capacity)
		return;
	items = arena_array(arena, needed, sizeof(*items));
	if (parameters->count)
		memcpy(items, parameters->items, parameters->count * sizeof(*items));
	parameters->items = items;
	parameters->capacity = needed;
}

void cmdline_parse(struct arena *arena, const char *text, size_t length, const char *source,
		   unsigned line, struct parameters *ret_parameters)
{
	char *written, *cut;

	length = strnlen(text, length);
	written = arena_copy(arena, text, length); /* becomes the words as they are written */
	cut = arena_copy(arena, text, length);     /* becomes names and values */
	reserve(arena, ret_parameters, count_words(written));
	for (char *word = skip_spaces(cut), *end; *word; word = skip_spaces(end)) {
		struct parameter parameter = {.text = written + (word - cut)};
		bool last;

		end = cut_word(word, &parameter.name, &parameter.value);
		last = end == cut + length;
		written[end - cut] = '\0';
		if (!parameter.value && streq(parameter.name, "--"))
			return;
		if (source)
			parameter.origin = (struct origin){source, line, parameter.text};
		*ARRAY_ADD(arena, ret_parameters) = parameter;
		if (last)
			return;
		end++;
	}
}

bool cmdline_holds(const struct parameters *words, const char *text)
{
	for (size_t i = 0; words && i < words->count; i++)
		if (streq(words->items[i].text, text))
			return true;
	return false;
}

bool value_list_next(const char **rest, const char **ret_value, size_t *ret_length)
{
	size_t length;

	if (!*rest || !**rest)
		return false;
	length = strcspn(*rest, ",");
	*ret_value = *rest;
	*ret_length = length;
	*rest += length;
	*rest = **rest ? *rest + 1 : NULL;
	return true;
}

bool value_list_contains(const char *list, const char *value)
{
	const char *item;
	size_t length;

	while (value_list_next(&list, &item, &length))
		if (strlen(value) == length && memcmp(item, value, length) == 0)
			return true;
	return false;
}
