/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "document_read.h"
#include "explain.h"
#include "explain_words.h"

#include <ctype.h>

enum { INDENT = 2, TEXT_INDENT = 4, COMMAND_INDENT = 6 };

static void print_line(const struct text_style *style, const char *text, unsigned indent)
{
	(void)fprintf(style->stream, "%*s", (int)indent, "");
	terminal_print_wrapped(style, text ? text : "", indent, indent);
}

/* -- a check -------------------------------------------------------------------------------------- */

/* "{device}" becomes "DEVICE": what a finding puts there is not known here. The caller frees it. */
static char *show_placeholders(const char *text)
{
	char *copy = strdup(text ? text : ""), *to = copy;
	bool inside = false;

	for (const char *at = copy; copy && *at; at++) {
		if (*at == '{' || *at == '}')
			inside = *at == '{';
		else
			*to++ = (char)(inside ? toupper((unsigned char)*at) : *at);
	}
	if (to)
		*to = '\0';
	return copy;
}

static void print_template(const struct text_style *style, const char *text, unsigned indent,
			   unsigned further)
{
	_cleanup_free_ char *shown = show_placeholders(text);

	(void)fprintf(style->stream, "%*s", (int)indent, "");
	terminal_print_wrapped(style, shown ? shown : "", indent, further);
}

static void print_command(const struct text_style *style, const char *command)
{
	_cleanup_free_ char *shown = show_placeholders(command);

	(void)fprintf(style->stream, "%*s", COMMAND_INDENT + 2, "");
	terminal_begin(style, TINT_BOLD);
	terminal_print(style, shown);
	terminal_end(style, TINT_BOLD);
	(void)fputc('\n', style->stream);
}

static void print_remedies(const struct text_style *style, json_object *remedies)
{
	for (size_t i = 0; i < array_length(remedies); i++) {
		json_object *remedy = json_object_array_get_idx(remedies, i);
		const char *owner = get_text(remedy, "owner"), *what = get_text(remedy, "text");
		bool named = streq(owner, "firmware") || streq(owner, "vendor");
		_cleanup_free_ char *joined = NULL;

		if (asprintf(&joined, _("fix: %s%s%s%s"), named ? "(" : "", named ? _(owner) : "",
			     named ? ") " : "", what ? what : "") < 0)
			return;
		print_template(style, joined, TEXT_INDENT, TEXT_INDENT + 5);
		if (get_text(remedy, "command"))
			print_command(style, get_text(remedy, "command"));
	}
}

/* Variants stand in an order in which what they share with the one before need not be said again. */
static void print_variants(const struct text_style *style, json_object *variants)
{
	json_object *last = NULL;

	explain_print_heading(style, _("What it says"));
	for (size_t i = 0; i < array_length(variants); i++) {
		json_object *variant = json_object_array_get_idx(variants, i);
		const char *title = get_text(variant, "title");

		if (!last || !is(last, "title", title)) {
			(void)fprintf(style->stream, "%*s%s", INDENT, "", style->utf8 ? "·" : "-");
			print_template(style, title, 1, TEXT_INDENT);
		}
		print_template(style, get_text(variant, "cause"), TEXT_INDENT, TEXT_INDENT);
		if (!last || !json_object_equal(get(last, "remedy"), get(variant, "remedy")))
			print_remedies(style, get(variant, "remedy"));
		last = variant;
	}
}

static void print_steps(const struct text_style *style, json_object *steps, unsigned indent)
{
	for (size_t i = 0; i < array_length(steps); i++) {
		json_object *step = json_object_array_get_idx(steps, i);
		const char *command = get_text(step, "command");

		print_line(style, get_text(step, "text"), indent);
		if (command)
			print_command(style, command);
	}
}

/* Topics, intros and steps hold no placeholders, but shell words with braces. */
static void print_by_hand(const struct text_style *style, json_object *by_hand)
{
	json_object *families = get(by_hand, "families");
	const char *title = get_text(by_hand, "title"), *reason = get_text(by_hand, "reason");
	_cleanup_free_ char *heading = NULL;

	if (asprintf(&heading, _("By hand%s: %s"), reason ? "" : _(", as root"),
		     title ? title : "") < 0)
		return;
	explain_print_heading(style, heading);
	if (reason)
		print_line(style, reason, INDENT);
	if (get_text(by_hand, "intro"))
		print_line(style, get_text(by_hand, "intro"), INDENT);
	print_steps(style, get(by_hand, "everywhere"), INDENT);
	for (size_t i = 0; i < array_length(families); i++) {
		json_object *family = json_object_array_get_idx(families, i);

		(void)fprintf(style->stream, "%*s", INDENT, "");
		terminal_begin(style, TINT_BOLD);
		terminal_print(style, get_text(family, "title"));
		(void)fputs(get_true(family, "this_host") ? _(" (this host)\n") : "\n",
			    style->stream);
		terminal_end(style, TINT_BOLD);
		print_steps(style, get(family, "steps"), TEXT_INDENT);
	}
}

static void print_check(const struct text_style *style, json_object *check)
{
	json_object *references = get(check, "references");

	terminal_begin(style, TINT_BOLD);
	terminal_print(style, get_text(check, "id"));
	terminal_end(style, TINT_BOLD);
	(void)fputs("  ", style->stream);
	terminal_print(style, _(get_text(check, "severity")));
	(void)fputs(is(check, "scope", "host") ? _(", of the host\n") : _(", of each device\n"),
		    style->stream);
	print_line(style, get_text(check, "title"), 0);
	(void)fputc('\n', style->stream);
	print_line(style, get_text(check, "why"), INDENT);
	print_variants(style, get(check, "variants"));
	print_by_hand(style, get(check, "by_hand"));
	explain_print_heading(style, _("References"));
	for (size_t i = 0; i < array_length(references); i++)
		print_line(style, json_object_get_string(json_object_array_get_idx(references, i)),
			   INDENT);
}

/* -- all -------------------------------------------------------------------------------------------- */

void explain_print(const struct text_style *style, json_object *explained)
{
	json_object *devices = get(explained, "devices");

	if (get(explained, "check"))
		print_check(style, get(explained, "check"));
	for (size_t i = 0; i < array_length(devices); i++) {
		if (i)
			(void)fputc('\n', style->stream);
		explain_print_device(style, json_object_array_get_idx(devices, i));
	}
	if (get(explained, "what_if"))
		explain_print_what_if(style, get(explained, "what_if"));
}
