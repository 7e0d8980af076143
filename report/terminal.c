/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal.h"
#include "utf8.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <wchar.h>

static bool terminal_has_256_colors(void)
{
	const char *term = getenv("TERM"), *truecolor = getenv("COLORTERM");

	return (term && strstr(term, "256color")) || streq(truecolor, "truecolor") ||
	       streq(truecolor, "24bit");
}

struct text_style text_style_for_output(const char *color)
{
	struct text_style style = {.stream = stdout, .width = 80};
	bool terminal = isatty(STDOUT_FILENO);
	const char *no_color = getenv("NO_COLOR");
	struct winsize size;

	style.color = streq(color, "always") ||
		      (!streq(color, "never") && terminal && !(no_color && *no_color));
	style.colors256 = terminal_has_256_colors();
	style.utf8 = streq(nl_langinfo(CODESET), "UTF-8");
	if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		style.width = size.ws_col < 110 ? size.ws_col : 110;
	return style;
}

unsigned terminal_table_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	if (columns && strspn(columns, "0123456789") == strlen(columns) && strlen(columns) < 6)
		return (unsigned)strtoul(columns, NULL, 10);
	return isatty(STDOUT_FILENO) ? 80 : 0;
}

void terminal_begin(const struct text_style *style, enum tint tint)
{
	static const char *const codes[] = {"",           "\033[1m",    "\033[1;31m",
					    "\033[1;33m", "\033[1;32m", "\033[2m"};

	if (style->color && tint)
		(void)fputs(codes[tint], style->stream);
}

void terminal_end(const struct text_style *style, enum tint tint)
{
	if (style->color && tint)
		(void)fputs("\033[0m", style->stream);
}

/* Text in the background's own colour on a coloured ground, so that both dark and light terminals
 * show it. Red is left to what is wrong. */
void terminal_band_begin(const struct text_style *style, unsigned band)
{
	static const unsigned few[BAND_COLORS] = {36, 33, 35, 32, 34, 37};
	static const unsigned many[BAND_COLORS] = {73, 179, 139, 107, 68, 174};

	if (!style->color)
		return;
	if (style->colors256)
		(void)fprintf(style->stream, "\033[7;38;5;%um", many[band % BAND_COLORS]);
	else
		(void)fprintf(style->stream, "\033[7;%um", few[band % BAND_COLORS]);
}

void terminal_band_end(const struct text_style *style)
{
	if (style->color)
		(void)fputs("\033[0m", style->stream);
}

/* Whether a terminal would do something else with the character than show it: C0, DEL and C1
 * controls, line separators, and what turns the direction of writing. */
static bool steers_terminal(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
	       (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

/* Where the terminal does not speak UTF-8 its bytes are other characters, and some of them controls:
 * only ASCII goes there. */
static void print_characters(FILE *stream, const char *text, size_t length, bool utf8)
{
	const char *end = text + length;

	while (text < end) {
		uint32_t code = 0;
		size_t bytes = utf8_character(text, &code);

		if (*text == '\t')
			(void)fputc(' ', stream);
		else if (!bytes || steers_terminal(code) || (code >= 0x80 && !utf8))
			(void)fputc('?', stream);
		else
			(void)fwrite(text, 1, bytes, stream);
		text += bytes ? bytes : 1;
	}
}

void text_print_safe(FILE *stream, const char *text)
{
	print_characters(stream, text, strlen(text), true);
}

void terminal_print(const struct text_style *style, const char *text)
{
	if (text)
		print_characters(style->stream, text, strlen(text), style->utf8);
}

/* Columns of the character at text as print_characters() shows it, and its length in bytes. */
static unsigned character_columns(const char *text, bool utf8, size_t *ret_bytes)
{
	uint32_t code = 0;
	size_t bytes = utf8_character(text, &code);
	int wide = 1;

	*ret_bytes = bytes ? bytes : 1;
	if (bytes && utf8 && code >= 0x80 && !steers_terminal(code))
		wide = wcwidth((wchar_t)code);
	return wide > 1 ? (unsigned)wide : 1;
}

unsigned terminal_columns(const struct text_style *style, const char *text)
{
	unsigned count = 0;
	size_t bytes;

	for (; *text; text += bytes)
		count += character_columns(text, style->utf8, &bytes);
	return count;
}

unsigned terminal_print_cut(const struct text_style *style, const char *text, unsigned limit)
{
	const char *dots = style->utf8 ? "…" : "...";
	unsigned dots_columns = style->utf8 ? 1 : 3, taken = 0, wide;
	const char *end = text;
	size_t bytes;

	taken = terminal_columns(style, text);
	if (taken <= limit) {
		terminal_print(style, text);
		return taken;
	}
	if (limit < dots_columns)
		return 0;
	for (taken = 0; *end; end += bytes, taken += wide) {
		wide = character_columns(end, style->utf8, &bytes);
		if (taken + wide + dots_columns > limit)
			break;
	}
	/* No blank before the dots: it looks like a word of its own. */
	for (; end > text && end[-1] == ' '; taken--)
		end--;
	print_characters(style->stream, text, (size_t)(end - text), style->utf8);
	(void)fputs(dots, style->stream);
	return taken + dots_columns;
}

/* Columns that the first length bytes take. */
static unsigned columns(const struct text_style *style, const char *text, size_t length)
{
	const char *end = text + length;
	unsigned count = 0;
	size_t bytes;

	for (; text < end; text += bytes)
		count += character_columns(text, style->utf8, &bytes);
	return count;
}

void terminal_print_padded(const struct text_style *style, const char *text, unsigned width)
{
	unsigned taken = terminal_columns(style, text);

	terminal_print(style, text);
	(void)fprintf(style->stream, "%*s", taken < width ? (int)(width - taken) : 0, "");
}

void terminal_print_wrapped(const struct text_style *style, const char *text, unsigned column,
			    unsigned indent)
{
	bool first = true;

	while (*text) {
		size_t length = strcspn(text, " ");
		unsigned wide = columns(style, text, length);

		if (!length) {
			text++;
			continue;
		}
		if (!first && style->width && column + 1 + wide > style->width) {
			(void)fprintf(style->stream, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			(void)fputc(' ', style->stream);
			column++;
		}
		print_characters(style->stream, text, length, style->utf8);
		column += wide;
		text += length;
		first = false;
	}
	(void)fputc('\n', style->stream);
}
