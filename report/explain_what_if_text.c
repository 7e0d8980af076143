/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "document_read.h"
#include "explain.h"
#include "explain_words.h"

enum { INDENT = 2, TEXT_INDENT = 4 };

static void print_before(const struct text_style *style, struct arena *arena, json_object *group)
{
	json_object *number = get(group, "group");

	explain_print_labelled(
		style, INDENT, _("before"),
		number ? arena_printf(arena, _("group %d: %s"), json_object_get_int(number),
				      explain_words(arena, get(group, "members"), ""))
		       : explain_words(arena, get(group, "members"), ""));
}

static void print_regrouping(const struct text_style *style, struct arena *arena,
			     json_object *regrouping)
{
	json_object *before = get(regrouping, "before"), *after = get(regrouping, "after");

	for (size_t i = 0; i < array_length(before); i++)
		print_before(style, arena, json_object_array_get_idx(before, i));
	for (size_t i = 0; i < array_length(after); i++) {
		json_object *group = json_object_array_get_idx(after, i);
		const char *doubt = get_text(group, "uncertain_because");

		explain_print_labelled(style, INDENT, _("after "),
				       arena_printf(arena, "%s%s%s%s",
						    explain_words(arena, get(group, "members"), ""),
						    doubt ? " (" : "", doubt ? doubt : "",
						    doubt ? ")" : ""));
	}
}

static bool any_of_target(json_object *groups, bool of_target)
{
	for (size_t i = 0; i < array_length(groups); i++)
		if (get_true(json_object_array_get_idx(groups, i), "of_target") == of_target)
			return true;
	return false;
}

static void print_regroupings(const struct text_style *style, struct arena *arena,
			      json_object *groups, bool of_target)
{
	bool first = true;

	for (size_t i = 0; i < array_length(groups); i++) {
		json_object *regrouping = json_object_array_get_idx(groups, i);

		if (get_true(regrouping, "of_target") != of_target)
			continue;
		if (!first)
			(void)fputc('\n', style->stream);
		first = false;
		print_regrouping(style, arena, regrouping);
	}
}

void explain_print_what_if(const struct text_style *style, json_object *what_if)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	json_object *changes = get(what_if, "changes"), *notes = get(what_if, "notes");
	json_object *targets = get(what_if, "targets"), *groups = get(what_if, "groups");

	for (size_t i = 0; i < array_length(changes); i++)
		explain_print_labelled(style, 0, i ? "    and" : _("What if"),
				       explain_nth(changes, i));
	for (size_t i = 0; i < array_length(notes); i++)
		explain_print_item(style, INDENT, TEXT_INDENT,
				   arena_printf(arena, "%s %s", style->utf8 ? "·" : "-",
						explain_nth(notes, i)));
	if (!array_length(groups)) {
		(void)fputs(_("\nNo group changes.\n"), style->stream);
		return;
	}
	if (array_length(targets)) {
		explain_print_heading(style, arena_printf(arena, _("The group of %s"),
							  explain_words(arena, targets, "")));
		if (any_of_target(groups, true))
			print_regroupings(style, arena, groups, true);
		else
			explain_print_item(style, INDENT, INDENT, _("stays as it is"));
	}
	if (any_of_target(groups, false)) {
		explain_print_heading(style, array_length(targets) ? _("Other groups that change")
								   : _("Groups that change"));
		print_regroupings(style, arena, groups, false);
	}
}
