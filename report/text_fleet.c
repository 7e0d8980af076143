/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text_fleet.h"
#include "text_head.h"
#include "view_parts.h"

enum { INDENT = 6 };

static int number(json_object *object, const char *key)
{
	return json_object_get_int(get(object, key));
}

static void print_heading(const struct text_style *style, const char *heading)
{
	(void)fputc('\n', style->stream);
	terminal_begin(style, TINT_BOLD);
	(void)fputs(heading, style->stream);
	terminal_end(style, TINT_BOLD);
	(void)fputc('\n', style->stream);
}

/* Words that begin in that column, where the line stands already. Takes over the words. */
static void print_from(const struct text_style *style, unsigned column, unsigned further,
		       json_object *words)
{
	terminal_print_wrapped(style, words ? json_object_get_string(words) : "", column, further);
	json_object_put(words);
}

/* A line of its own. Takes over the words. */
static void print_paragraph(const struct text_style *style, unsigned indent, unsigned further,
			    json_object *words)
{
	(void)fprintf(style->stream, "%*s", (int)indent, "");
	print_from(style, indent, further, words);
}

/* "lab1, lab2 and 3 more" */
static json_object *with_more(json_object *object)
{
	const char *names = get_text(object, "names");

	if (!get(object, "more"))
		return textf("%s", names ? names : "");
	return textf(_("%s and %d more"), names ? names : "", number(object, "more"));
}

/* How many more there are, where there are more. Takes the sentence over. */
static void print_more(const struct text_style *style, json_object *object, json_object *sentence)
{
	if (get(object, "more"))
		(void)fprintf(style->stream, "  %s\n", json_object_get_string(sentence));
	json_object_put(sentence);
}

/* -- head ---------------------------------------------------------------------------------------------- */

static void print_counts(const struct text_style *style, json_object *view)
{
	json_object *groups = get(view, "groups");
	const char *between = "";

	for (size_t i = 0; i < array_length(groups); i++) {
		json_object *group = item(groups, i);

		if (!number(group, "count"))
			continue;
		(void)fprintf(style->stream, "%s%d %s", between, number(group, "count"),
			      get_text(get(group, "verdict"), "word"));
		between = style->utf8 ? " · " : " - ";
	}
	if (get(view, "unreadable"))
		(void)fprintf(style->stream, _("%s%d not readable"), between,
			      number(get(view, "unreadable"), "count"));
	(void)fputc('\n', style->stream);
}

static void print_unreadable(const struct text_style *style, json_object *view)
{
	json_object *unreadable = get(view, "unreadable"), *files = get(unreadable, "files");

	if (!unreadable)
		return;
	print_heading(style, _("Not readable: nothing is known of these hosts"));
	for (size_t i = 0; i < array_length(files); i++) {
		(void)fputs("  ", style->stream);
		terminal_begin(style, TINT_YELLOW);
		(void)fputs("? ", style->stream);
		terminal_end(style, TINT_YELLOW);
		terminal_print(style, get_text(item(files, i), "file"));
		(void)fprintf(style->stream, "\n%*s", INDENT, "");
		print_from(style, INDENT, INDENT, textf("%s", get_text(item(files, i), "reason")));
	}
	print_more(style, unreadable, textf(_("and %d more"), number(unreadable, "more")));
}

/* -- hosts --------------------------------------------------------------------------------------------- */

/* Of hosts that are ready the names are enough. */
static void print_names(const struct text_style *style, json_object *hosts)
{
	json_object *names = text("");

	for (size_t i = 0; i < array_length(hosts); i++) {
		json_object *longer = textf("%s%s%s", json_object_get_string(names), i ? ", " : "",
					    get_text(item(hosts, i), "host"));

		json_object_put(names);
		names = longer;
	}
	print_from(style, 14, 14, names);
}

static void print_host(const struct text_style *style, json_object *host)
{
	const char *why = get_text(host, "why");
	json_object *words;

	if (!why)
		words = textf("%s", get_text(host, "host"));
	else if (get(host, "why_more"))
		words = textf(_("%s: %s and %d more"), get_text(host, "host"), why,
			      number(host, "why_more"));
	else
		words = textf("%s: %s", get_text(host, "host"), why);
	print_from(style, 14, 16, words);
}

static void print_hosts(const struct text_style *style, json_object *view)
{
	json_object *groups = get(view, "groups");

	print_heading(style, _("Hosts"));
	for (size_t i = 0; i < array_length(groups); i++) {
		json_object *group = item(groups, i), *hosts = get(group, "hosts");
		const char *verdict = get_text(get(group, "verdict"), "verdict");
		bool ready = get_true(get(group, "verdict"), "is_ready");

		for (size_t j = 0; j < (ready ? array_length(hosts) > 0 : array_length(hosts));
		     j++) {
			(void)fputs("  ", style->stream);
			text_print_verdict(style, verdict);
			if (ready)
				print_names(style, hosts);
			else
				print_host(style, item(hosts, j));
		}
		print_more(style, group, textf(_("and %d more"), number(group, "more")));
	}
}

/* -- findings ------------------------------------------------------------------------------------------ */

static void print_steps(const struct text_style *style, json_object *steps)
{
	unsigned label = terminal_columns(style, _("fix: "));

	for (size_t i = 0; i < array_length(steps); i++) {
		json_object *step = item(steps, i);
		const char *owner = get_text(step, "owner"), *told = get_text(step, "told");

		(void)fprintf(style->stream, "%*s", INDENT, "");
		terminal_print_padded(style, i ? "" : _("fix: "), label);
		print_from(style, INDENT + label, INDENT + label,
			   textf("%s%s%s%s%s%s%s", owner ? "(" : "", owner ? _(owner) : "",
				 owner ? ") " : "", get_text(step, "text"), told ? " (" : "",
				 told ? told : "", told ? ")" : ""));
		if (!get_text(step, "command"))
			continue;
		(void)fprintf(style->stream, "%*s", INDENT + (int)label + 4, "");
		terminal_begin(style, TINT_BOLD);
		terminal_print(style, get_text(step, "command"));
		terminal_end(style, TINT_BOLD);
		(void)fputc('\n', style->stream);
	}
}

static void print_finding(const struct text_style *style, json_object *finding, const char *mark,
			  enum tint tint)
{
	(void)fputs("  ", style->stream);
	terminal_begin(style, tint);
	(void)fprintf(style->stream, "%s ", mark);
	terminal_print(style, get_text(finding, "id"));
	terminal_end(style, tint);
	(void)fprintf(style->stream, "  %s\n", get_text(finding, "hosts_word"));
	print_paragraph(style, INDENT, INDENT, textf("%s", get_text(finding, "title")));
	terminal_begin(style, TINT_DIM);
	print_paragraph(style, INDENT, INDENT, with_more(finding));
	terminal_end(style, TINT_DIM);
	print_steps(style, get(finding, "steps"));
}

static void print_findings(const struct text_style *style, const char *heading, json_object *list,
			   bool blocking)
{
	json_object *findings = get(list, "findings");

	if (!list)
		return;
	print_heading(style, heading);
	for (size_t i = 0; i < array_length(findings); i++) {
		json_object *finding = item(findings, i);
		bool info = is(finding, "severity", "info");
		const char *mark = info ? "-" : "!";

		if (blocking)
			mark = style->utf8 ? "✗" : "x";
		print_finding(style, finding, mark,
			      blocking ? TINT_RED
			      : info   ? TINT_NONE
				       : TINT_YELLOW);
	}
	print_more(style, list, textf(_("and %d more kinds of findings"), number(list, "more")));
}

static void print_unchecked(const struct text_style *style, json_object *list)
{
	json_object *checks = get(list, "findings");

	if (!list)
		return;
	print_heading(style, _("Could block, and was not checked"));
	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = item(checks, i), *names = with_more(check);

		print_paragraph(style, 2, INDENT,
				textf("? %s  %s: %s", get_text(check, "id"),
				      get_text(check, "hosts_word"),
				      json_object_get_string(names)));
		json_object_put(names);
	}
	print_more(style, list, textf(_("and %d more checks"), number(list, "more")));
}

/* -- drift and devices --------------------------------------------------------------------------------- */

static void print_difference(const struct text_style *style, json_object *drift)
{
	json_object *odd = get(drift, "odd");
	const char *names = get_text(drift, "common_names");

	print_paragraph(style, 4, INDENT,
			textf("%s: %s%s%s%s", get_text(drift, "title"), get_text(drift, "common"),
			      names ? " (" : "", names ? names : "",
			      names ? _("; no majority)") : ""));
	for (size_t i = 0; i < array_length(odd); i++) {
		json_object *whose = with_more(item(odd, i));

		print_paragraph(style, INDENT, INDENT + 4,
				textf("%s: %s", json_object_get_string(whose),
				      get_text(item(odd, i), "words")));
		json_object_put(whose);
	}
	if (get(drift, "more")) {
		(void)fprintf(style->stream, "%*s", INDENT, "");
		(void)fprintf(style->stream, _("and %d other values\n"), number(drift, "more"));
	}
}

static void print_alike(const struct text_style *style, json_object *view)
{
	json_object *alike = get(view, "alike"), *classes = get(alike, "classes");

	if (!alike)
		return;
	print_heading(style, _("Drift between hosts that should be alike"));
	for (size_t i = 0; i < array_length(classes); i++) {
		json_object *class = item(classes, i), *drift = get(class, "drift");

		print_paragraph(style, 2, INDENT,
				textf(_("%s, %s odd"), get_text(class, "heading"),
				      get_text(class, "odd_word")));
		for (size_t j = 0; j < array_length(drift); j++)
			print_difference(style, item(drift, j));
	}
	print_more(style, alike,
		   textf(_("and %d more kinds of machines with drift"), number(alike, "more")));
}

static void print_devices(const struct text_style *style, json_object *view)
{
	json_object *devices = get(view, "devices"), *models = get(devices, "models");

	if (!array_length(models))
		return;
	print_heading(style, _("Devices by model and state"));
	for (size_t i = 0; i < array_length(models); i++) {
		json_object *model = item(models, i);
		const char *id = get_text(model, "id"), *name = get_text(model, "name");

		(void)fprintf(style->stream, "%6d  ", number(model, "count"));
		print_from(style, 8, 10,
			   textf(P_("%s  %s: %s, on %d host", "%s  %s: %s, on %d hosts",
				    (unsigned long)number(model, "hosts")),
				 id ? id : _("not known"), name ? name : _("unknown device"),
				 get_text(model, "states"), number(model, "hosts")));
	}
	print_more(style, devices, textf(_("and %d more models"), number(devices, "more")));
}

void text_print_fleet(const struct text_style *style, json_object *view, bool quiet)
{
	text_print_verdict(style, get_text(get(view, "verdict"), "verdict"));
	(void)fprintf(style->stream, "%s\n", get_text(view, "summary"));
	print_counts(style, view);
	if (quiet)
		return;
	print_unreadable(style, view);
	print_hosts(style, view);
	print_findings(style, _("Blocks most hosts"), get(get(view, "findings"), "blocking"), true);
	print_unchecked(style, get(view, "unchecked"));
	print_alike(style, view);
	print_findings(style, _("Other findings"), get(get(view, "findings"), "others"), false);
	print_devices(style, view);
}
