/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text_rehearsal.h"
#include "document_read.h"

enum { INDENT = 6 };

static void print_paragraph(const struct text_style *style, const char *label, const char *words,
			    enum tint tint)
{
	unsigned column = INDENT + terminal_columns(style, label);

	if (!words)
		return;
	(void)fprintf(style->stream, "%*s%s", INDENT, "", label);
	terminal_begin(style, tint);
	terminal_print_wrapped(style, words, column, column);
	terminal_end(style, tint);
}

static void print_line(const struct text_style *style, json_object *step)
{
	const char *device = get_text(step, "device"), *what = get_text(step, "what");
	const char *error = get_text(step, "errno"), *detail = get_text(step, "detail");
	bool passed = is(step, "result", "pass"), failed = is(step, "result", "fail");
	enum tint tint = passed ? TINT_GREEN : failed ? TINT_RED : TINT_YELLOW;
	const char *mark = passed        ? style->utf8 ? "✓" : "+"
			   : failed      ? style->utf8 ? "✗" : "x"
			   : style->utf8 ? "–"
					 : "-";
	char *line = NULL;

	if (asprintf(&line, "%s%s%s%s%s%s%s", device ? device : "", device ? " " : "",
		     what ? what : "", error ? ": " : "", error ? error : "", detail ? ": " : "",
		     detail ? detail : "") < 0)
		return;
	(void)fputs("  ", style->stream);
	terminal_begin(style, tint);
	(void)fprintf(style->stream, "%s ", mark);
	terminal_end(style, tint);
	terminal_print_wrapped(style, line, 4, INDENT);
	free(line);
}

static void print_step(const struct text_style *style, json_object *step)
{
	json_object *evidence = get(step, "evidence");

	print_line(style, step);
	if (is(step, "result", "pass"))
		return;
	for (size_t i = 0; i < array_length(evidence); i++)
		print_paragraph(style, "dmesg: ",
				json_object_get_string(json_object_array_get_idx(evidence, i)),
				TINT_DIM);
	print_paragraph(style, "", get_text(step, "cause"), TINT_NONE);
	print_paragraph(style, _("fix: "), get_text(step, "remedy"), TINT_NONE);
}

static int group_of(json_object *step)
{
	json_object *group = get(step, "group");

	return group ? json_object_get_int(group) : -1;
}

static void print_passed(const struct text_style *style, size_t passed)
{
	if (passed)
		(void)fprintf(style->stream,
			      P_("  %s %zu step passed\n", "  %s %zu steps passed\n", passed),
			      style->utf8 ? "✓" : "+", passed);
}

void text_print_rehearsal(const struct text_style *style, json_object *steps, bool brief)
{
	size_t passed = 0;
	int group = -2;

	for (size_t i = 0; i < array_length(steps); i++) {
		json_object *step = json_object_array_get_idx(steps, i);

		if (group_of(step) != group) {
			print_passed(style, passed);
			passed = 0;
			group = group_of(step);
			if (group >= 0)
				(void)fprintf(style->stream, _("group %d\n"), group);
		}
		if (brief && is(step, "result", "pass"))
			passed++;
		else
			print_step(style, step);
	}
	print_passed(style, passed);
}
