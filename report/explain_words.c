/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain_words.h"
#include "document_read.h"

enum { ADDRESSES_MOST = 16 };

void explain_print_heading(const struct text_style *style, const char *heading)
{
	terminal_begin(style, TINT_BOLD);
	(void)fprintf(style->stream, "\n%s\n", heading);
	terminal_end(style, TINT_BOLD);
}

const char *explain_nth(json_object *array, size_t index)
{
	json_object *value = json_object_array_get_idx(array, index);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

const char *explain_words(struct arena *arena, json_object *array, const char *none)
{
	size_t count = array_length(array), shown = count;
	struct strings words = {0};

	if (count > ADDRESSES_MOST)
		shown = ADDRESSES_MOST - 1;
	for (size_t i = 0; i < shown; i++)
		strings_add(arena, &words, explain_nth(array, i));
	if (shown < count)
		strings_add(arena, &words, arena_printf(arena, _("and %zu more"), count - shown));
	return words.count ? strings_join(arena, &words, " ") : none;
}

void explain_print_item(const struct text_style *style, unsigned indent, unsigned further,
			const char *text)
{
	(void)fprintf(style->stream, "%*s", (int)indent, "");
	terminal_print_wrapped(style, text ? text : "", indent, further);
}

void explain_print_labelled(const struct text_style *style, unsigned indent, const char *label,
			    const char *text)
{
	unsigned column = indent + terminal_columns(style, label ? label : "") + 2;

	(void)fprintf(style->stream, "%*s", (int)indent, "");
	terminal_print(style, label);
	(void)fputs("  ", style->stream);
	terminal_print_wrapped(style, text, column, column);
}
