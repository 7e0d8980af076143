/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiokit handover: what a platform needs to take devices over. */
#include "command.h"
#include "judged_at.h"
#include "preflight/checks/check.h"
#include "preflight/checks/device_relations.h"
#include "report/memory_stream.h"
#include "report/document.h"
#include "report/document_read.h"
#include "report/handover.h"
#include "report/terminal.h"
#include "report/view.h"
#include "template_files.h"
#include "user_file.h"

#include <errno.h>

enum { EXIT_REFUSED = 1 };

static int check_usage(const struct settings *settings, struct error *error)
{
	if (!settings->platform)
		return error_set(error, -EINVAL,
				 "--for PLATFORM is missing; see vfiokit handover "
				 "--help");
	if (!settings->name_count)
		return error_set(error, -EINVAL, "no DEVICE is named; see vfiokit handover --help");
	if (settings->template && settings->format)
		return error_set(error, -EINVAL, "--template and --format exclude each other");
	for (size_t i = 0; i < settings->accept.count; i++)
		if (!check_find(settings->accept.items[i]))
			return error_set(error, -EINVAL, "--accept %s: no such check",
					 settings->accept.items[i]);
	return 0;
}

static struct strings accepted(const struct settings *settings, struct arena *arena)
{
	struct strings strings = {0};

	for (size_t i = 0; i < settings->accept.count; i++)
		strings_add(arena, &strings, settings->accept.items[i]);
	return strings;
}

/* A card goes to one VM whole, whichever of its functions was named. */
static void add_cards(struct facts *facts)
{
	size_t named = facts->targets.count;

	for (size_t i = 0; i < named; i++) {
		struct device_range bus = facts_same_bus(facts, facts->targets.items[i]);

		for_each (other, &bus) {
			if (other->target ||
			    !device_goes_with(facts, facts->targets.items[i], other))
				continue;
			other->target = true;
			*ARRAY_ADD(facts->arena, &facts->targets) = other;
		}
	}
}

/* -- dangers ----------------------------------------------------------------------------------------------- */

static bool is_accepted(const struct settings *settings, const struct finding *finding)
{
	for (size_t i = 0; i < settings->accept.count; i++)
		if (streq(settings->accept.items[i], finding->check->id))
			return true;
	return false;
}

static void print_refusal(const struct text_style *style, const struct finding *finding)
{
	(void)fputs("  ", style->stream);
	terminal_print(style, finding->check->id);
	if (finding->subject) {
		(void)fputs("  ", style->stream);
		terminal_print(style, finding->subject);
	}
	(void)fputs("  ", style->stream);
	terminal_print(style, finding->title);
	(void)fputc('\n', style->stream);
	for_each (evidence, &finding->evidence) {
		(void)fputs("      ", style->stream);
		terminal_print(style, evidence->source);
		if (evidence->line)
			(void)fprintf(style->stream, ":%u", evidence->line);
		(void)fputs(": ", style->stream);
		terminal_print(style, evidence->text);
		(void)fputc('\n', style->stream);
	}
}

/* Says on standard error what would hurt the host; whether there is anything. */
static bool is_refused(const struct settings *settings, const struct findings *findings)
{
	struct text_style style = {.stream = stderr, .utf8 = true};
	bool refused = false;

	for_each (finding, findings) {
		if (finding->result != RESULT_FAIL || finding->severity != SEVERITY_DANGER ||
		    finding->waiver || is_accepted(settings, finding))
			continue;
		if (!refused)
			(void)fputs("vfiokit: refused, because it would hurt this host:\n", stderr);
		refused = true;
		print_refusal(&style, finding);
	}
	if (refused)
		(void)fputs("Where that is meant to be: --accept CHECK-ID\n", stderr);
	return refused;
}

/* -- output ------------------------------------------------------------------------------------------------ */

static int render(const struct settings *settings, enum platform platform, json_object *view,
		  FILE *stream, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct handover_platform *row = handover_platform(platform);
	struct template_files files = template_files_here(arena, settings->template);
	const struct template_source source = {template_files_find, &files};
	const char *name = settings->template ? settings->template : row->template;
	enum escape escape = settings->template ? escape_of_name(name) : row->escape;
	struct bytes text = {0};
	int r;

	if (settings->quiet) {
		json_object *verdict = get(get(view, "handover"), "verdict");

		(void)fprintf(stream, "%s\n", get_text(verdict, "word"));
		return 0;
	}
	if (streq(settings->format, "json")) {
		(void)fprintf(
			stream, "%s\n",
			json_object_to_json_string_ext(
				view, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
		return 0;
	}
	r = settings->template ? user_file_read(name, arena, TEMPLATE_SIZE_LIMIT, &text, error)
			       : source.find(source.context, arena, name, &text, error);
	if (r == -ENOENT && !error->code)
		return error_set(error, r, "template %s: there is none", name);
	if (r < 0)
		return r;
	return template_render(&source, escape, name, text, view, stream, error);
}

/* All of it is made before any of it is shown. */
static int print(const struct settings *settings, enum platform platform, json_object *view,
		 struct error *error)
{
	_cleanup_memory_stream_ struct memory_stream memory = {0};
	int r = memory_stream_begin(&memory, error);

	if (r < 0)
		return r;
	r = memory_stream_end(&memory, render(settings, platform, view, memory.stream, error),
			      error);
	if (r == 0)
		(void)fwrite(memory.text, 1, memory.length, stdout);
	return r;
}

static int hand_over(const struct settings *settings, enum platform platform,
		     const struct facts *facts, size_t named, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_names_ struct names *names = names_new();
	struct strings accept = accepted(settings, arena);
	struct findings findings = {0};
	json_object *document, *view;
	enum verdict verdict;
	int r;

	checks_run(facts, &findings);
	if (is_refused(settings, &findings))
		return EXIT_REFUSED;
	document = document_build(facts, &findings, names, DOCUMENT_ALL_DEVICES);
	document_set_time(document, judged_at_now());
	verdict = findings_verdict(&findings);
	view = handover_view(facts, document, platform, named, &accept, names);
	if (handover_is_refused(view))
		verdict = VERDICT_NOT_READY;
	r = print(settings, platform, view, error);
	json_object_put(view);
	json_object_put(document);
	return r < 0 ? EXIT_USAGE : verdict_exit_status(verdict);
}

static int run(const struct settings *settings, struct error *error)
{
	_cleanup_facts_ struct facts *facts = NULL;
	enum platform platform;
	size_t named;

	if (check_usage(settings, error) < 0)
		return EXIT_USAGE;
	facts = facts_from_settings(settings, FACTS_ALL, error);
	if (!facts)
		return EXIT_USAGE;
	if (facts->targets_missing.count) {
		error_set(error, -ENODEV, "%s: no such device", facts->targets_missing.items[0]);
		return EXIT_USAGE;
	}
	named = facts->targets.count;
	platform = platform_find(settings->platform);
	facts->platforms.named[platform] = true;
	add_cards(facts);
	return hand_over(settings, platform, facts, named, error);
}

static const struct option_row options[] = {
	{"for", "PLATFORM",
	 N_("libvirt, qemu, proxmox, cloudpods, ablestack, morpheus, kubevirt, gpu-operator, nova "
	    "or incus"),
	 OPTION_TEXT, offsetof(struct settings, platform), platform_names},
	{"template", "FILE",
	 N_("a mustache template of your own; report/handover.h says what it sees"), OPTION_TEXT,
	 offsetof(struct settings, template), NULL},
	{"accept", "CHECK-ID", N_("print it although this danger was found; repeatable"),
	 OPTION_TEXTS, offsetof(struct settings, accept), NULL},
};

const struct command command_handover = {
	.name = "handover",
	.arguments = "--for PLATFORM DEVICE…",
	.brief = N_("what a platform needs to take devices over"),
	.summary =
		N_("Print what a platform needs to take devices over.\n"
		   "The other functions of a card go with the one that is named. What is printed "
		   "begins with the\n"
		   "verdict on this host, as a comment; a host that is not ready gets it all the "
		   "same. Writes nothing.\n"
		   "Exit status: as preflight; 1 and no output where handing over would hurt the "
		   "host."),
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.run = run,
};
