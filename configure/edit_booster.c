/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * booster.yaml is YAML, of which only plain "key: value" lines of the top level are edited. Anything
 * else in the key's place is refused. booster finds modules only under names with '_'
 * (generator/kmod.go, activateModules).
 */
#include "configure/edit_words.h"
#include "preflight/lines.h"

#include <errno.h>

/* The scalar behind a key. */
struct scalar {
	size_t start, end; /* its characters, quotes excluded */
	char quote;        /* '\0' none */
	bool found;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* A character that begins something else than a plain scalar, in the first place. */
static bool begins_other_node(char c)
{
	return strchr("[]{},&*!|>%@`-?:#", c) != NULL;
}

/* Finds the scalar's characters in [start, end) of the text. False where it is no scalar that ends
 * on this line. */
static bool read_scalar(const char *text, size_t start, size_t end, struct scalar *ret_scalar)
{
	struct scalar scalar = {.found = true};
	size_t at;

	while (start < end && is_blank(text[start]))
		start++;
	if (start < end && (text[start] == '"' || text[start] == '\'')) {
		const char *close = memchr(text + start + 1, text[start], end - start - 1);

		if (!close || memchr(text + start, '\\', (size_t)(close - text) - start))
			return false;
		scalar.quote = text[start];
		scalar.start = start + 1;
		scalar.end = (size_t)(close - text);
		for (at = scalar.end + 1; at < end && is_blank(text[at]); at++)
			continue;
		*ret_scalar = scalar;
		return at == end || (text[at] == '#' && at > scalar.end + 1);
	}
	scalar.start = scalar.end = start;
	if (start < end && text[start] == '#')
		return false;
	if (start < end && begins_other_node(text[start]))
		return false;
	for (at = start; at < end && !(text[at] == '#' && is_blank(text[at - 1])); at++)
		if (!is_blank(text[at]))
			scalar.end = at + 1;
	*ret_scalar = scalar;
	return true;
}

/* Whether a line goes on with what the key's line began. */
static bool is_continuation(const struct line *line)
{
	struct line trimmed = line_trim(*line);

	return trimmed.length && *trimmed.text != '#' &&
	       (is_blank(*line->text) || *line->text == '-');
}

static int refuse(struct error *error, const char *key, const char *why)
{
	return error_set(error, -ENOTSUP, "%s %s: it has to be changed by hand", key, why);
}

/* Finds the key's scalar, and where the text is more than plain lines. */
static int find_scalar(struct bytes text, const char *key, struct scalar *ret_scalar,
		       struct error *error)
{
	struct line_reader lines = lines_of(text.data, text.length);
	struct line line, rest;
	bool is_next = false;

	while (lines_next(&lines, &line)) {
		if (is_next && is_continuation(&line))
			return refuse(error, key, N_("goes on over several lines"));
		if (line_trim(line).length)
			is_next = false;
		if (line.length && strchr("{[", *line.text))
			return refuse(error, key,
				      N_("stands in a file that is not made of plain lines"));
		if (line_starts(&line, "...", NULL) ||
		    (line.number > 1 && line_starts(&line, "---", NULL)))
			return refuse(error, key, N_("stands in a file of several documents"));
		if (!line_starts(&line, key, &rest) || !rest.length || *rest.text != ':' ||
		    (rest.length > 1 && !is_blank(rest.text[1])))
			continue;
		if (ret_scalar->found)
			return refuse(error, key, N_("is there twice"));
		if (!read_scalar(text.data, (size_t)(rest.text - text.data) + 1,
				 (size_t)(rest.text - text.data) + rest.length, ret_scalar))
			return refuse(error, key, N_("is no plain list with commas"));
		is_next = true;
	}
	return 0;
}

/* booster's spelling. */
static const char *booster_name(struct arena *arena, const char *module)
{
	char *name = arena_strdup(arena, module);

	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	return name;
}

static bool is_module_name(const char *module)
{
	return *module && strspn(module, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_-") == strlen(module);
}

/* The next item of the list from *at on, without blanks; false at the end. */
static bool next_item(struct bytes text, const struct scalar *scalar, size_t *at, size_t *ret_start,
		      size_t *ret_end)
{
	const char *comma;
	size_t start = *at, end;

	if (start >= scalar->end)
		return false;
	comma = memchr(text.data + start, ',', scalar->end - start);
	end = comma ? (size_t)(comma - text.data) : scalar->end;
	*at = end + 1;
	while (start < end && is_blank(text.data[start]))
		start++;
	while (end > start && is_blank(text.data[end - 1]))
		end--;
	*ret_start = start;
	*ret_end = end;
	return true;
}

/* Whether the list has the module. One that booster would not find is spelled anew where it stands. */
static bool find_module(struct arena *arena, struct bytes text, const struct scalar *scalar,
			const char *module, struct splices *splices)
{
	size_t at = scalar->start, start, end;
	bool found = false;

	while (scalar->found && next_item(text, scalar, &at, &start, &end)) {
		const char *item = arena_copy(arena, text.data + start, end - start);

		if (!names_equal(item, module))
			continue;
		if (!streq(item, module) && splices)
			splice_add(arena, splices, start, end, module);
		found = true;
	}
	return found;
}

static void add_modules(struct arena *arena, struct bytes text, const struct scalar *scalar,
			const char *key, const struct strings *modules, struct splices *splices)
{
	const char *list = strings_join(arena, modules, ",");
	const char *before = text.length && text.data[text.length - 1] != '\n' ? "\n" : "";

	if (!modules->count)
		return;
	if (!scalar->found)
		splice_add(arena, splices, text.length, text.length,
			   arena_printf(arena, "%s%s: %s\n", before, key, list));
	else
		splice_add(arena, splices, scalar->start, scalar->start,
			   arena_printf(arena, "%s%s%s",
					text.data[scalar->start - 1] == ':' ? " " : "", list,
					scalar->end > scalar->start ? "," : ""));
}

static int prove(struct arena *arena, struct bytes result, const char *key,
		 const struct strings *modules, struct error *error)
{
	struct scalar scalar = {0};
	int r = find_scalar(result, key, &scalar, error);

	for_each (module, modules) {
		struct splices respelled = {0};

		if (r == 0 && (!find_module(arena, result, &scalar, booster_name(arena, *module),
					    &respelled) ||
			       respelled.count))
			r = refuse(error, key, N_("would not be read as it has to be"));
	}
	return r;
}

int edit_booster_list(struct arena *arena, struct bytes text, const char *key,
		      const struct strings *modules, struct bytes *ret_text, struct error *error)
{
	struct scalar scalar = {0};
	struct strings missing = {0};
	struct splices splices = {0};
	struct bytes result;
	int r = edit_refuse_nul(text, error);

	if (r == 0)
		r = find_scalar(text, key, &scalar, error);
	if (r < 0)
		return r;
	for_each (module, modules) {
		const char *name = booster_name(arena, *module);

		if (!is_module_name(name))
			return error_set(error, -EINVAL, "\"%.200s\" is no module's name", name);
		if (!find_module(arena, text, &scalar, name, &splices) &&
		    !strings_contain(&missing, name))
			strings_add(arena, &missing, name);
	}
	add_modules(arena, text, &scalar, key, &missing, &splices);
	r = splices_apply(arena, text, &splices, &result, error);
	if (r == 0)
		r = prove(arena, result, key, modules, error);
	if (r == 0)
		*ret_text = result;
	return r;
}
