/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan_text.h"
#include "configure/edit.h"

const char *plan_command_text(struct arena *arena, const char *const *argv)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-_./=:,@%+";
	const char *text = "";

	for (size_t i = 0; argv[i]; i++)
		text = arena_printf(
			arena, strspn(argv[i], plain) == strlen(argv[i]) ? "%s%s%s" : "%s%s'%s'",
			text, i ? " " : "", argv[i]);
	return text;
}

/* -- text --------------------------------------------------------------------------------------------- */

static void print_diff_line(const struct text_style *style, const char *line)
{
	enum tint tint = *line == '+'   ? TINT_GREEN
			 : *line == '-' ? TINT_RED
			 : *line == '@' ? TINT_DIM
					: TINT_NONE;

	terminal_begin(style, tint);
	(void)fputs("  ", style->stream);
	terminal_print(style, line);
	terminal_end(style, tint);
	(void)fputc('\n', style->stream);
}

static void print_diff(const struct text_style *style, const struct plan *plan,
		       const struct plan_step *step)
{
	const char *diff = edit_unified_diff(plan->arena, step->path, step->exists, step->before,
					     step->kind == PLAN_WRITE, step->after);

	while (*diff) {
		size_t length = strcspn(diff, "\n");

		print_diff_line(style, arena_copy(plan->arena, diff, length));
		diff += length + (diff[length] == '\n');
	}
}

/* One reason in the people's language: plans are kept in English, because the journal has them too. */
static const char *reason_words(struct arena *arena, const char *reason)
{
	static const char builds[] = "builds the ", of[] = " of kernel ", anew[] = " anew",
			  without[] = "without ";
	const char *at = strstr(reason, of), *colon = strstr(reason, ": ");
	const char *what = reason + strlen(builds), *words;

	if (starts_with(reason, builds) && at && ends_with(reason, anew)) {
		what = arena_copy(arena, what, (size_t)(at - what));
		at += strlen(of);
		return arena_printf(arena, _("builds the %s of kernel %s anew"), _(what),
				    arena_copy(arena, at, strlen(at) - strlen(anew)));
	}
	if (_(reason) != reason || !colon)
		return _(reason);
	/* "intel_iommu=on: why": the word of a command line in front of its reason. */
	words = arena_copy(arena, reason, (size_t)(colon - reason));
	if (starts_with(words, without))
		return arena_printf(arena, _("without %s: %s"), words + strlen(without),
				    _(colon + 2));
	return arena_printf(arena, "%s: %s", words, _(colon + 2));
}

static void print_because(const struct text_style *style, struct arena *arena, const char *because)
{
	struct strings reasons = {0};
	const char *end;

	for (; (end = strstr(because, "; ")); because = end + 2)
		strings_add(
			arena, &reasons,
			reason_words(arena, arena_copy(arena, because, (size_t)(end - because))));
	strings_add(arena, &reasons, reason_words(arena, because));
	(void)fputs("  ", style->stream);
	terminal_print_wrapped(style, strings_join(arena, &reasons, "; "), 2, 2);
}

static void print_step(const struct text_style *style, const struct plan *plan, size_t number,
		       const struct plan_step *step)
{
	(void)fprintf(style->stream, "\n");
	terminal_begin(style, TINT_BOLD);
	(void)fprintf(style->stream, "%zu. ", number);
	if (step->kind == PLAN_RUN) {
		(void)fputs(_("run "), style->stream);
		terminal_print(style, plan_command_text(plan->arena, step->argv));
	} else {
		(void)fprintf(style->stream, "%s /",
			      step->kind == PLAN_REMOVE ? _("remove")
			      : step->exists            ? _("change")
							: _("create"));
		terminal_print(style, step->path);
	}
	terminal_end(style, TINT_BOLD);
	(void)fputc('\n', style->stream);
	print_because(style, plan->arena, step->because);
	if (step->kind != PLAN_RUN)
		print_diff(style, plan, step);
}

static void print_present(const struct text_style *style, const struct plan *plan)
{
	if (!plan->present.count)
		return;
	(void)fputs(_("\nAlready in place\n"), style->stream);
	for_each (present, &plan->present) {
		(void)fputs("  ", style->stream);
		terminal_print(style, present->what);
		if (present->origin.source) {
			(void)fputs("  (", style->stream);
			terminal_print(style, present->origin.source);
			if (present->origin.line)
				(void)fprintf(style->stream, ":%u", present->origin.line);
			(void)fputc(')', style->stream);
		}
		(void)fputc('\n', style->stream);
	}
}

static void print_snippets(const struct text_style *style, const struct plan *plan)
{
	for_each (snippet, &plan->snippets) {
		(void)fputs(_("\nThis system is configured in its own language. For "),
			    style->stream);
		terminal_print(style, _(snippet->where));
		(void)fputs(":\n\n", style->stream);
		for (const char *line = snippet->text; *line;) {
			size_t length = strcspn(line, "\n");

			terminal_print(style, arena_copy(plan->arena, line, length));
			(void)fputc('\n', style->stream);
			line += length + (line[length] == '\n');
		}
		if (snippet->then) {
			(void)fputs(_("\nthen: "), style->stream);
			terminal_print(style, _(snippet->then));
			(void)fputc('\n', style->stream);
		}
	}
}

static void print_list(const struct text_style *style, const char *title,
		       const struct strings *items)
{
	if (!items->count)
		return;
	(void)fprintf(style->stream, "\n%s\n", title);
	for_each (item, items) {
		(void)fputs("  ", style->stream);
		terminal_print_wrapped(style, *item, 2, 2);
	}
}

void plan_print_refusals(const struct text_style *style, const struct plan *plan)
{
	const char *mark = style->utf8 ? "✗" : "x";

	for_each (refusal, &plan->refusals) {
		const char *text = arena_printf(plan->arena, "%s%s%s",
						refusal->check_id ? refusal->check_id : "",
						refusal->check_id ? ": " : "", refusal->text);

		terminal_begin(style, refusal->accepted ? TINT_YELLOW : TINT_RED);
		(void)fprintf(style->stream, "  %s ", refusal->accepted ? "!" : mark);
		terminal_end(style, refusal->accepted ? TINT_YELLOW : TINT_RED);
		terminal_print_wrapped(style, text, 4, 4);
		if (refusal->accepted)
			(void)fputs(_("    accepted\n"), style->stream);
		else if (refusal->check_id)
			(void)fprintf(style->stream, _("    to do it all the same: --accept %s\n"),
				      refusal->check_id);
	}
}

void plan_print(const struct text_style *style, const struct plan *plan)
{
	size_t number = 0;

	(void)fputs(_("Plan for "), style->stream);
	terminal_print(style, plan->devices.count ? strings_join(plan->arena, &plan->devices, ", ")
						  : _("this host"));
	(void)fputc('\n', style->stream);
	if (plan->refusals.count) {
		(void)fprintf(style->stream, "\n%s\n",
			      plan_is_refused(plan) ? _("Refused") : _("Accepted dangers"));
		plan_print_refusals(style, plan);
	}
	for_each (step, &plan->steps)
		print_step(style, plan, ++number, step);
	print_snippets(style, plan);
	print_present(style, plan);
	print_list(style, _("Notes"), &plan->notes);
	if (!plan->steps.count && !plan->snippets.count && !plan_is_refused(plan))
		(void)fputs(_("\nNothing to do.\n"), style->stream);
}

/* -- JSON ---------------------------------------------------------------------------------------------- */

static json_object *text_or_null(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static json_object *strings_json(const struct strings *strings)
{
	json_object *array = json_object_new_array();

	for_each (text, strings)
		json_object_array_add(array, json_object_new_string(*text));
	return array;
}

static json_object *step_json(const struct plan *plan, const struct plan_step *step)
{
	static const char *const kinds[] = {
		[PLAN_WRITE] = "write", [PLAN_REMOVE] = "remove", [PLAN_RUN] = "run"};
	json_object *object = json_object_new_object(), *argv = NULL;

	json_object_object_add(object, "kind", json_object_new_string(kinds[step->kind]));
	json_object_object_add(
		object, "path",
		step->path ? text_or_null(arena_printf(plan->arena, "/%s", step->path)) : NULL);
	json_object_object_add(
		object, "diff",
		step->kind == PLAN_RUN
			? NULL
			: text_or_null(edit_unified_diff(plan->arena, step->path, step->exists,
							 step->before, step->kind == PLAN_WRITE,
							 step->after)));
	if (step->kind == PLAN_RUN) {
		argv = json_object_new_array();
		for (size_t i = 0; step->argv[i]; i++)
			json_object_array_add(argv, json_object_new_string(step->argv[i]));
	}
	json_object_object_add(object, "argv", argv);
	json_object_object_add(object, "because", text_or_null(step->because));
	return object;
}

static json_object *refusals_json(const struct plan *plan)
{
	json_object *array = json_object_new_array();

	for_each (refusal, &plan->refusals) {
		json_object *object = json_object_new_object();

		json_object_object_add(object, "id", text_or_null(refusal->check_id));
		json_object_object_add(object, "subject", text_or_null(refusal->subject));
		json_object_object_add(object, "text", text_or_null(refusal->text));
		json_object_object_add(object, "accepted",
				       json_object_new_boolean(refusal->accepted));
		json_object_array_add(array, object);
	}
	return array;
}

static json_object *present_json(const struct plan *plan)
{
	json_object *array = json_object_new_array();

	for_each (present, &plan->present) {
		json_object *object = json_object_new_object();

		json_object_object_add(object, "what", text_or_null(present->what));
		json_object_object_add(object, "source", text_or_null(present->origin.source));
		json_object_object_add(object, "line",
				       present->origin.line
					       ? json_object_new_int((int)present->origin.line)
					       : NULL);
		json_object_array_add(array, object);
	}
	return array;
}

static json_object *snippets_json(const struct plan *plan)
{
	json_object *array = json_object_new_array();

	for_each (snippet, &plan->snippets) {
		json_object *object = json_object_new_object();

		json_object_object_add(object, "where", text_or_null(snippet->where));
		json_object_object_add(object, "text", text_or_null(snippet->text));
		json_object_object_add(object, "then", text_or_null(snippet->then));
		json_object_array_add(array, object);
	}
	return array;
}

json_object *plan_json(const struct plan *plan)
{
	json_object *object = json_object_new_object(), *steps = json_object_new_array();

	for_each (step, &plan->steps)
		json_object_array_add(steps, step_json(plan, step));
	json_object_object_add(object, "schema", json_object_new_string("vfiokit-plan/1"));
	json_object_object_add(object, "devices", strings_json(&plan->devices));
	json_object_object_add(object, "refused", json_object_new_boolean(plan_is_refused(plan)));
	json_object_object_add(object, "refusals", refusals_json(plan));
	json_object_object_add(object, "steps", steps);
	json_object_object_add(object, "present", present_json(plan));
	json_object_object_add(object, "snippets", snippets_json(plan));
	json_object_object_add(object, "notes", strings_json(&plan->notes));
	json_object_object_add(object, "needs_reboot", json_object_new_boolean(plan->needs_reboot));
	return object;
}
