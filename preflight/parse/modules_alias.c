/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/modules_alias.h"
#include "preflight/parse/lines.h"

enum {
	PATTERN_LIMIT = 256, /* an alias of the kernel has less than 100 characters */
	MODULES_LIMIT = 64,
	VENDOR_TEXT = 9, /* "v0000XXXX" */
};

/* About two seconds of hostile patterns; a host with 2000 functions needs a tenth of it. */
static const size_t match_limit = 4 * 1000 * 1000;

struct alias_matcher {
	struct arena *arena;
	struct alias_query **sorted; /* by modalias, so that a literal prefix is one range */
	size_t count;
	uint64_t vendors[65536 / 64]; /* which vendors the host has */
	size_t matches;               /* patterns tried so far */
};

/* -- patterns -------------------------------------------------------------------------------- */

/* Reads one member of a bracket expression, which a backslash may protect. */
static const char *read_member(const char *at, const char *end, unsigned char *ret_member)
{
	if (*at == '\\' && at + 1 < end)
		at++;
	*ret_member = (unsigned char)*at;
	return at + 1;
}

/* at is behind '['. Returns what follows ']', or NULL where there is none: then '[' is a letter. */
static const char *match_bracket(const char *at, const char *end, unsigned char letter,
				 bool *ret_matches)
{
	bool negated = at < end && (*at == '!' || *at == '^'), found = false;
	const char *first;

	at += negated;
	for (first = at; at < end && (*at != ']' || at == first);) {
		unsigned char low, high;

		at = read_member(at, end, &low);
		high = low;
		if (at + 1 < end && *at == '-' && at[1] != ']')
			at = read_member(at + 1, end, &high);
		found |= letter >= low && letter <= high;
	}
	if (at >= end)
		return NULL;
	*ret_matches = found != negated;
	return at + 1;
}

/* Matches one element of the pattern that is not '*' with one letter. Returns what follows the
 * element, or NULL. */
static const char *match_one(const char *pattern, const char *end, char letter)
{
	const char *next;
	bool matches;

	switch (*pattern) {
	case '?':
		return pattern + 1;
	case '[':
		next = match_bracket(pattern + 1, end, (unsigned char)letter, &matches);
		if (next)
			return matches ? next : NULL;
		break;
	case '\\':
		if (++pattern == end)
			return NULL;
		break;
	default:
		break;
	}
	return *pattern == letter ? pattern + 1 : NULL;
}

bool alias_pattern_matches(const char *pattern, size_t pattern_length, const char *text)
{
	const char *end = pattern + pattern_length, *star = NULL, *retry = NULL;

	while (*text) {
		const char *next;

		if (pattern < end && *pattern == '*') {
			/* A later star forgets the earlier one: what stands between them matched.
			 */
			star = ++pattern;
			retry = text;
			continue;
		}
		next = pattern < end ? match_one(pattern, end, *text) : NULL;
		if (next) {
			pattern = next;
			text++;
		} else if (star) {
			pattern = star;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (pattern < end && *pattern == '*')
		pattern++;
	return pattern == end;
}

/* -- the search ------------------------------------------------------------------------------ */

static int compare_queries(const void *a, const void *b)
{
	const struct alias_query *const *first = a, *const *second = b;

	return strcmp((*first)->modalias, (*second)->modalias);
}

/* The vendor of "v0000XXXX…", or -1 for any other beginning. Capital letters only, as the kernel
 * writes them: other spellings are compared as text later. */
static int vendor_of(const char *text, size_t length)
{
	int vendor = 0;

	if (length < VENDOR_TEXT || memcmp(text, "v0000", 5) != 0)
		return -1;
	for (size_t i = 5; i < VENDOR_TEXT; i++) {
		if (text[i] >= '0' && text[i] <= '9')
			vendor = vendor << 4 | (text[i] - '0');
		else if (text[i] >= 'A' && text[i] <= 'F')
			vendor = vendor << 4 | (text[i] - 'A' + 10);
		else
			return -1;
	}
	return vendor;
}

struct alias_matcher *alias_matcher_new(struct arena *arena, struct alias_query *queries,
					size_t count)
{
	struct alias_matcher *matcher = arena_alloc(arena, sizeof(*matcher));

	matcher->arena = arena;
	matcher->sorted = arena_array(arena, count, sizeof(struct alias_query *));
	for (size_t i = 0; i < count; i++) {
		const char *modalias = queries[i].modalias;
		int vendor;

		if (!modalias || !starts_with(modalias, "pci:"))
			continue;
		matcher->sorted[matcher->count++] = &queries[i];
		vendor = vendor_of(modalias + 4, strlen(modalias + 4));
		if (vendor >= 0)
			matcher->vendors[vendor / 64] |= UINT64_C(1) << vendor % 64;
	}
	if (matcher->count)
		qsort(matcher->sorted, matcher->count, sizeof(struct alias_query *),
		      compare_queries);
	return matcher;
}

bool alias_matcher_gave_up(const struct alias_matcher *matcher)
{
	return matcher->matches > match_limit;
}

/* The first query whose text behind "pci:" is not before prefix. */
static size_t find_first(const struct alias_matcher *matcher, const char *prefix, size_t length)
{
	size_t low = 0, high = matcher->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strncmp(matcher->sorted[middle]->modalias + 4, prefix, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void add_module(struct alias_matcher *matcher, struct strings *modules, struct span name)
{
	char *copy = arena_copy(matcher->arena, name.data, name.length);

	for (char *c = copy; *c; c++)
		if (*c == '-')
			*c = '_';
	if (*copy && !strings_contain(modules, copy))
		*ARRAY_ADD(matcher->arena, modules) = copy;
}

static size_t literal_prefix(struct span pattern)
{
	size_t length = 0;

	while (length < pattern.length && !strchr("*?[\\", pattern.data[length]))
		length++;
	return length;
}

/* Tries one alias; pattern is what stands behind "pci:" or "vfio_pci:". */
static void try_alias(struct alias_matcher *matcher, bool variant, struct span pattern,
		      struct span module)
{
	int vendor = vendor_of(pattern.data, pattern.length);
	size_t literal;

	if (vendor >= 0 && !(matcher->vendors[vendor / 64] >> vendor % 64 & 1))
		return;
	if (pattern.length > PATTERN_LIMIT)
		return;
	literal = literal_prefix(pattern);
	for (size_t i = find_first(matcher, pattern.data, literal); i < matcher->count; i++) {
		struct alias_query *query = matcher->sorted[i];
		struct strings *modules = variant ? &query->variants : &query->modules;

		if (strncmp(query->modalias + 4, pattern.data, literal) != 0)
			break;
		if (matcher->matches++ >= match_limit)
			return;
		if (modules->count < MODULES_LIMIT &&
		    alias_pattern_matches(pattern.data, pattern.length, query->modalias + 4))
			add_module(matcher, modules, module);
	}
}

static bool skip_prefix(struct span *text, const char *prefix)
{
	size_t length = strlen(prefix);

	if (text->length < length || memcmp(text->data, prefix, length) != 0)
		return false;
	text->data += length;
	text->length -= length;
	return true;
}

/* Tries an alias of any bus. */
static void read_alias(struct alias_matcher *matcher, struct span alias, struct span module)
{
	if (skip_prefix(&alias, "pci:"))
		try_alias(matcher, false, alias, module);
	else if (skip_prefix(&alias, "vfio_pci:"))
		try_alias(matcher, true, alias, module);
}

void alias_matcher_read_aliases(struct alias_matcher *matcher, const char *text, size_t length)
{
	struct span rest = {text, length}, line, alias, module;

	while (!alias_matcher_gave_up(matcher) && span_next_line(&rest, &line)) {
		if (!skip_prefix(&line, "alias "))
			continue;
		if (line.length && line.data[line.length - 1] == '\r')
			line.length--;
		if (span_next_field(&line, &alias) && span_next_field(&line, &module))
			read_alias(matcher, alias, module);
	}
}

void alias_matcher_read_builtin(struct alias_matcher *matcher, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end && !alias_matcher_gave_up(matcher)) {
		const char *nul = memchr(text, '\0', (size_t)(end - text));
		struct span entry = {text, (size_t)((nul ? nul : end) - text)}, module = entry;
		const char *dot = memchr(entry.data, '.', entry.length);

		text = nul ? nul + 1 : end;
		if (!dot)
			continue;
		module.length = (size_t)(dot - entry.data);
		entry.data += module.length;
		entry.length -= module.length;
		if (skip_prefix(&entry, ".alias="))
			read_alias(matcher, entry, module);
	}
}
