/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "template_parse.h"

#include <errno.h>

enum { DELIMITER_LIMIT = 16 };

struct parser {
	struct arena *arena;
	const char *name;
	const char *start, *end;
	const char *at;      /* where the next text begins */
	const char *counted; /* up to where lines are counted */
	unsigned line;
	char open[DELIMITER_LIMIT], close[DELIMITER_LIMIT];
	size_t sections[TEMPLATE_DEPTH_LIMIT]; /* open ones, as indexes of parts */
	size_t depth;
	struct template_parts *parts;
	struct error *error;
};

/* A tag as it was found. */
struct tag {
	const char *start, *end; /* with its delimiters */
	char sigil;              /* one of "#^/>!=&{", or 0 */
	const char *name;        /* trimmed, in the arena */
	unsigned line;
};

static int fail(struct parser *parser, unsigned line, const char *what, const char *name)
{
	return error_set(parser->error, -EINVAL, "template %s, line %u: %s%s%.80s", parser->name,
			 line, what, name ? ": " : "", name ? name : "");
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
	return is_blank(c) || c == '\n' || c == '\r';
}

static unsigned line_of(struct parser *parser, const char *at)
{
	for (; parser->counted < at; parser->counted++)
		parser->line += *parser->counted == '\n';
	return parser->line;
}

static const char *find(const char *start, const char *end, const char *what)
{
	return start < end ? memmem(start, (size_t)(end - start), what, strlen(what)) : NULL;
}

/* A name, or names with dots between them, or "." alone. */
static bool is_name(const char *name)
{
	size_t length = strlen(name);

	if (streq(name, "."))
		return true;
	if (!length || length >= 128 || name[0] == '.' || name[length - 1] == '.' ||
	    strstr(name, ".."))
		return false;
	for (const char *c = name; *c; c++)
		if (is_space(*c))
			return false;
	return true;
}

static const char *trimmed(struct arena *arena, const char *start, const char *end)
{
	while (start < end && is_space(*start))
		start++;
	while (end > start && is_space(end[-1]))
		end--;
	return arena_copy(arena, start, (size_t)(end - start));
}

/* Reads the tag whose opening delimiter stands at `start`. */
static int read_tag(struct parser *parser, const char *start, struct tag *tag)
{
	const char *inside = start + strlen(parser->open), *end;
	char close[DELIMITER_LIMIT + 1];

	*tag = (struct tag){.start = start, .line = line_of(parser, start)};
	if (inside < parser->end && *inside && strchr("#^/>!=&{", *inside))
		tag->sigil = *inside++;
	else if (inside + 1 < parser->end && inside[0] == '_' && is_space(inside[1]))
		tag->sigil = *inside++;
	else if (inside < parser->end && *inside && strchr("<$*%@?", *inside))
		return fail(parser, tag->line, N_("no such kind of tag"),
			    arena_copy(parser->arena, inside, 1));
	(void)snprintf(close, sizeof(close), "%s%s",
		       tag->sigil == '{'   ? "}"
		       : tag->sigil == '=' ? "="
					   : "",
		       parser->close);
	end = find(inside, parser->end, close);
	if (!end)
		return fail(parser, tag->line, N_("this tag is not closed"), NULL);
	tag->end = end + strlen(close);
	tag->name = trimmed(parser->arena, inside, end);
	if (tag->sigil == '!' || tag->sigil == '=' || (tag->sigil == '_' && *tag->name) ||
	    is_name(tag->name))
		return 0;
	return fail(parser, tag->line, *tag->name ? N_("not a name") : N_("a tag without a name"),
		    *tag->name ? tag->name : NULL);
}

/* Tags that show nothing themselves take their line with them where nothing else stands in it. Returns the
 * line's start, or NULL; *ret_next is where the next line begins. */
static const char *standalone(const struct parser *parser, const struct tag *tag,
			      const char **ret_next)
{
	const char *before = tag->start, *after = tag->end;

	if (!tag->sigil || tag->sigil == '&' || tag->sigil == '{' || tag->sigil == '_')
		return NULL;
	while (before > parser->start && is_blank(before[-1]))
		before--;
	if (before > parser->start && before[-1] != '\n')
		return NULL;
	while (after < parser->end && is_blank(*after))
		after++;
	if (after < parser->end && *after == '\r' && after + 1 < parser->end && after[1] == '\n')
		after++;
	if (after < parser->end && *after != '\n')
		return NULL;
	*ret_next = after < parser->end ? after + 1 : after;
	return before;
}

static struct template_part *add_part(struct parser *parser, enum template_part_kind kind,
				      const struct tag *tag)
{
	struct template_part *part = ARRAY_ADD(parser->arena, parser->parts);

	part->kind = kind;
	part->text = tag->name;
	part->length = strlen(tag->name);
	part->line = tag->line;
	part->indent = "";
	return part;
}

static void add_text(struct parser *parser, const char *end)
{
	struct template_part *part;

	if (end <= parser->at)
		return;
	part = ARRAY_ADD(parser->arena, parser->parts);
	part->kind = PART_TEXT;
	part->text = parser->at;
	part->length = (size_t)(end - parser->at);
}

static int open_section(struct parser *parser, const struct tag *tag)
{
	if (parser->depth == TEMPLATE_DEPTH_LIMIT)
		return fail(parser, tag->line, N_("too many sections inside each other"),
			    tag->name);
	parser->sections[parser->depth++] = parser->parts->count;
	(void)add_part(parser, tag->sigil == '#' ? PART_SECTION : PART_INVERTED, tag);
	return 0;
}

static int close_section(struct parser *parser, const struct tag *tag)
{
	struct template_part *section;

	if (!parser->depth)
		return fail(parser, tag->line, N_("no such section is open"), tag->name);
	section = &parser->parts->items[parser->sections[parser->depth - 1]];
	if (!streq(section->text, tag->name))
		return error_set(
			parser->error, -EINVAL,
			"template %s, line %u: section %.80s of line %u is not closed before %.80s",
			parser->name, tag->line, section->text, section->line, tag->name);
	section->end = parser->parts->count;
	parser->depth--;
	return 0;
}

/* "<% %>" */
static int set_delimiters(struct parser *parser, const struct tag *tag)
{
	size_t open = strcspn(tag->name, " \t\r\n");
	const char *close = tag->name + open;

	while (is_space(*close))
		close++;
	if (!open || !*close || close[strcspn(close, " \t\r\n=")] || open >= DELIMITER_LIMIT ||
	    strlen(close) >= DELIMITER_LIMIT || memchr(tag->name, '=', open))
		return fail(parser, tag->line, N_("not a pair of delimiters"), tag->name);
	(void)snprintf(parser->open, sizeof(parser->open), "%.*s", (int)open, tag->name);
	(void)snprintf(parser->close, sizeof(parser->close), "%s", close);
	return 0;
}

static int apply_tag(struct parser *parser, const struct tag *tag, const char *line_start)
{
	switch (tag->sigil) {
	case '!':
		return 0;
	case '=':
		return set_delimiters(parser, tag);
	case '#':
	case '^':
		return open_section(parser, tag);
	case '/':
		return close_section(parser, tag);
	case '>': {
		struct template_part *part = add_part(parser, PART_PARTIAL, tag);

		if (line_start)
			part->indent = arena_copy(parser->arena, line_start,
						  (size_t)(tag->start - line_start));
		return 0;
	}
	case '_':
		(void)add_part(parser, PART_WORDS, tag);
		return 0;
	default:
		(void)add_part(parser, tag->sigil ? PART_RAW : PART_VALUE, tag);
		return 0;
	}
}

int template_parse(struct arena *arena, const char *name, struct bytes text,
		   struct template_parts *ret_parts, struct error *error)
{
	struct template_parts parts = {0};
	struct parser parser = {
		.arena = arena,
		.name = name,
		.start = text.data,
		.end = text.data + text.length,
		.at = text.data,
		.counted = text.data,
		.line = 1,
		.open = "{{",
		.close = "}}",
		.parts = &parts,
		.error = error,
	};
	const char *start;

	while ((start = find(parser.at, parser.end, parser.open))) {
		const char *next = NULL, *line_start;
		struct tag tag;
		int r = read_tag(&parser, start, &tag);

		if (r < 0)
			return r;
		line_start = standalone(&parser, &tag, &next);
		add_text(&parser, line_start ? line_start : tag.start);
		r = apply_tag(&parser, &tag, line_start);
		if (r < 0)
			return r;
		parser.at = line_start ? next : tag.end;
	}
	add_text(&parser, parser.end);
	if (parser.depth) {
		const struct template_part *open = &parts.items[parser.sections[parser.depth - 1]];

		return fail(&parser, open->line, N_("this section is not closed"), open->text);
	}
	*ret_parts = parts;
	return 0;
}
