/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "escape.h"
#include "utf8.h"

#include <ctype.h>

enum escape escape_of_name(const char *name)
{
	static const struct {
		const char *suffix;
		enum escape escape;
	} suffixes[] = {
		{".html", ESCAPE_MARKUP}, {".htm", ESCAPE_MARKUP},
		{".xml", ESCAPE_MARKUP},  {".svg", ESCAPE_MARKUP},
		{".md", ESCAPE_MARKDOWN}, {".markdown", ESCAPE_MARKDOWN},
		{".tap", ESCAPE_TAP},     {".prom", ESCAPE_PROMETHEUS},
		{".json", ESCAPE_JSON},
	};
	static const char mustache[] = ".mustache";
	size_t length = strlen(name);

	if (length >= strlen(mustache) && streq(name + length - strlen(mustache), mustache))
		length -= strlen(mustache);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t suffix = strlen(suffixes[i].suffix);

		if (length > suffix &&
		    strncmp(name + length - suffix, suffixes[i].suffix, suffix) == 0)
			return suffixes[i].escape;
	}
	return ESCAPE_TEXT;
}

/* One character of a value. */
struct place {
	const char *start; /* the value */
	const char *at;    /* the character */
	size_t length;     /* its bytes */
	uint32_t code;
};

/* Controls, what turns the direction of writing or separates lines, and what XML forbids (XML 1.0, 2.2). */
static bool is_unfit(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
	       (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff || (code & 0xfffe) == 0xfffe;
}

static const char *escape_markup(const struct place *place)
{
	switch (place->code) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
		return "\t";
	case '\n':
		return "\n";
	default:
		return NULL;
	}
}

static const char *one_line(const struct place *place)
{
	return place->code == '\n' || place->code == '\t' || place->code == '\r' ? " " : NULL;
}

static bool is_blank_or_end(char c)
{
	return !c || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whether '.' or ')' would end the number of an ordered list, were the value at the start of a line. */
static bool ends_list_number(const struct place *place)
{
	const char *c = place->start;

	while (c < place->at && isdigit((unsigned char)*c))
		c++;
	return c == place->at && c > place->start && is_blank_or_end(place->at[1]);
}

/* Whether the first character would begin a list, a rule, or underline a heading. */
static bool begins_block(const struct place *place)
{
	return place->at == place->start &&
	       (is_blank_or_end(place->at[1]) || place->at[1] == *place->at);
}

static bool is_inside_word(const struct place *place)
{
	return place->at > place->start && isalnum((unsigned char)place->at[-1]) &&
	       isalnum((unsigned char)place->at[1]);
}

/* No more than is needed, so that the source stays readable: "snd_hda_intel" and "--apply" as they are. */
static const char *escape_markdown(const struct place *place)
{
	bool first = place->at == place->start;

	switch (place->code) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return first ? "&gt;" : NULL;
	case '\\':
		return "\\\\";
	case '`':
		return "\\`";
	case '*':
		return "\\*";
	case '[':
		return "\\[";
	case ']':
		return "\\]";
	case '|':
		return "\\|";
	case '~':
		return "\\~";
	case '$':
		return "\\$";
	case '_':
		return is_inside_word(place) ? NULL : "\\_";
	case '#':
		return first ? "\\#" : NULL;
	case '-':
		return begins_block(place) ? "\\-" : NULL;
	case '+':
		return begins_block(place) ? "\\+" : NULL;
	case '=':
		return first ? "\\=" : NULL;
	case '.':
		return ends_list_number(place) ? "\\." : NULL;
	case ')':
		return ends_list_number(place) ? "\\)" : NULL;
	default:
		return one_line(place);
	}
}

static const char *escape_tap(const struct place *place)
{
	if (place->code == '#')
		return "\\#";
	return place->code == '\\' ? "\\\\" : one_line(place);
}

static const char *escape_prometheus(const struct place *place)
{
	if (place->code == '"')
		return "\\\"";
	if (place->code == '\\')
		return "\\\\";
	return place->code == '\n' ? "\\n" : NULL;
}

static const char *escape_json(const struct place *place)
{
	return place->code == '\t' ? "\\t" : escape_prometheus(place);
}

void escape_write(FILE *stream, enum escape escape, const char *text, size_t length)
{
	static const char *(*const escapes[])(const struct place *place) = {
		[ESCAPE_TEXT] = one_line,
		[ESCAPE_MARKUP] = escape_markup,
		[ESCAPE_MARKDOWN] = escape_markdown,
		[ESCAPE_TAP] = escape_tap,
		[ESCAPE_PROMETHEUS] = escape_prometheus,
		[ESCAPE_JSON] = escape_json,
	};
	struct place place = {.start = text, .at = text};

	while (place.at < text + length) {
		const char *replacement;

		place.code = 0;
		place.length = utf8_character(place.at, &place.code);
		replacement = place.length ? escapes[escape](&place) : NULL;
		if (replacement)
			(void)fputs(replacement, stream);
		else if (!place.length || is_unfit(place.code))
			(void)fputs("\xef\xbf\xbd", stream);
		else
			(void)fwrite(place.at, 1, place.length, stream);
		place.at += place.length ? place.length : 1;
	}
}
