/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiokit report: a document, of this host or saved, in the shape that somebody needs. */
#include "command.h"
#include "confine.h"
#include "expect_file.h"
#include "fleet_files.h"
#include "judged_at.h"
#include "preflight/checks/check.h"
#include "preflight/targets.h"
#include "report/memory_stream.h"
#include "report/document.h"
#include "report/document_file.h"
#include "report/document_language.h"
#include "report/document_read.h"
#include "report/render.h"
#include "report/render_fleet.h"
#include "template_files.h"
#include "user_file.h"

#include <errno.h>

/* -- the document -------------------------------------------------------------------------------------- */

static json_object *read_document(const char *path, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	json_object *document = NULL;
	struct bytes bytes;

	if (user_file_read(path, arena, DOCUMENT_SIZE_LIMIT, &bytes, error) < 0)
		return NULL;
	(void)document_parse(streq(path, "-") ? _("standard input") : path, bytes.data,
			     bytes.length, &document, error);
	if (document)
		document_into_language(document);
	return document;
}

static json_object *judge(struct facts *facts)
{
	_cleanup_names_ struct names *names = names_new();
	struct findings findings = {0};
	json_object *document;

	checks_run(facts, &findings);
	document = document_build(facts, &findings, names, DOCUMENT_ALL_DEVICES);
	document_set_time(document, judged_at_now());
	return document;
}

static json_object *judge_host(const struct settings *settings, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_facts_ struct facts *facts = NULL;
	struct settings source = *settings;
	struct expect expect = {0};

	if (settings->expect && expect_file_read(settings->expect, arena, &expect, error) < 0)
		return NULL;
	source.names = &settings->device;
	source.name_count = settings->device ? 1 : 0;
	facts = facts_from_settings(&source, FACTS_ALL, error);
	if (!facts)
		return NULL;
	if (!settings->device)
		targets_implied(facts);
	if (settings->expect)
		facts->expect = &expect;
	return judge(facts);
}

/* What says how a host is judged means nothing for a report that is made already. */
static int check_source(const struct settings *settings, struct error *error)
{
	const struct {
		const char *name, *value;
	} options[] = {
		{"root", settings->root},     {"snapshot", settings->snapshot},
		{"lspci", settings->lspci},   {"dmesg", settings->dmesg},
		{"kernel", settings->kernel}, {"device", settings->device},
		{"expect", settings->expect},
	};

	for (size_t i = 0; settings->name_count && i < ARRAY_SIZE(options); i++)
		if (options[i].value)
			return error_set(error, -EINVAL, "FILE and --%s exclude each other",
					 options[i].name);
	return 0;
}

static int exit_status(json_object *document)
{
	static const enum verdict verdicts[] = {VERDICT_READY, VERDICT_REBOOT, VERDICT_UNKNOWN,
						VERDICT_NOT_READY};

	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (is(document, "verdict", verdict_name(verdicts[i])))
			return verdict_exit_status(verdicts[i]);
	return verdict_exit_status(VERDICT_NOT_READY);
}

/* -- its shape ----------------------------------------------------------------------------------------- */

/* How a report of one host becomes text, and how one of many does. */
struct renderer {
	const struct report_format *(*find)(const char *name);
	int (*render)(const struct report_format *format, const struct template_source *source,
		      const struct text_style *style, bool quiet, json_object *document,
		      FILE *stream, struct error *error);
	int (*render_template)(const struct template_source *source, enum escape escape,
			       const char *name, struct bytes text, json_object *document,
			       FILE *stream, struct error *error);
};
static const struct renderer one_host = {report_format_find, report_render, report_render_template};
static const struct renderer many_hosts = {fleet_format_find, fleet_render, fleet_render_template};

static int render_own(const struct settings *settings, const struct renderer *renderer,
		      const struct template_source *source, struct arena *arena,
		      json_object *document, FILE *stream, struct error *error)
{
	const struct report_format *format = report_format_find(settings->format);
	struct bytes text;
	int r = user_file_read(settings->template, arena, TEMPLATE_SIZE_LIMIT, &text, error);

	if (r < 0)
		return r;
	return renderer->render_template(
		source, format ? format->escape : escape_of_name(settings->template),
		settings->template, text, document, stream, error);
}

static int render(const struct settings *settings, const struct renderer *renderer,
		  json_object *document, FILE *stream, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct template_files files = template_files_here(arena, settings->template);
	const struct template_source source = {template_files_find, &files};
	struct text_style style = {.utf8 = true, .width = 80};
	const char *format = settings->format ? settings->format : "text";

	if (settings->template)
		return render_own(settings, renderer, &source, arena, document, stream, error);
	if (!settings->output)
		style = text_style_for_output(settings->color);
	else
		style.color = streq(settings->color, "always");
	return renderer->render(renderer->find(format), &source, &style, settings->quiet, document,
				stream, error);
}

/* All of it is made before any of it is written: a template that fails in the middle leaves no half report. */
static int write_report(const struct settings *settings, const struct renderer *renderer,
			json_object *document, struct error *error)
{
	_cleanup_memory_stream_ struct memory_stream memory = {0};
	int r = memory_stream_begin(&memory, error);

	if (r < 0)
		return r;
	r = memory_stream_end(&memory, render(settings, renderer, document, memory.stream, error),
			      error);
	if (r < 0)
		return r;
	if (settings->output && !streq(settings->output, "-"))
		return user_file_replace(settings->output, memory.text, memory.length, error);
	(void)fwrite(memory.text, 1, memory.length, stdout);
	return 0;
}

/* The document of one host, or the report of many. NULL with words. */
static json_object *make_document(const struct settings *settings, bool fleet, struct error *error)
{
	json_object *document = NULL;

	if (!fleet)
		return settings->name_count ? read_document(settings->names[0], error)
					    : judge_host(settings, error);
	if (!settings->template && settings->format && !fleet_format_find(settings->format)) {
		(void)error_set(error, -EINVAL, "--format %s is for one host, not for several",
				settings->format);
		return NULL;
	}
	(void)fleet_files_read(settings, &document, error);
	return document;
}

static int run(const struct settings *settings, struct error *error)
{
	bool fleet = fleet_files_meant(settings->names, settings->name_count);
	json_object *document;
	int status;

	if (check_source(settings, error) < 0)
		return EXIT_USAGE;
	if (settings->name_count)
		confine_files(settings, NULL);
	document = make_document(settings, fleet, error);
	if (!document)
		return EXIT_USAGE;
	status = write_report(settings, fleet ? &many_hosts : &one_host, document, error) < 0
			 ? EXIT_USAGE
			 : exit_status(document);
	json_object_put(document);
	return status;
}

/* -- options ------------------------------------------------------------------------------------------- */

static const char *const formats[] = {"text",  "json", "html",       "markdown",
				      "junit", "tap",  "prometheus", NULL};

static const struct option_row options[] = {
	{"format", "FORMAT",
	 N_("text, json, html, markdown, junit, tap or prometheus; with --template what its values "
	    "are escaped for"),
	 OPTION_TEXT, offsetof(struct settings, format), formats},
	{"output", "FILE", N_("write FILE, replacing it in one step, instead of standard output"),
	 OPTION_TEXT, offsetof(struct settings, output), NULL},
	{"template", "FILE",
	 N_("a mustache template of your own; docs/reports.md says what it sees"), OPTION_TEXT,
	 offsetof(struct settings, template), NULL},
	{"device", "DEVICE", N_("judge this device; as preflight DEVICE"), OPTION_TEXT,
	 offsetof(struct settings, device), NULL},
	{"expect", "FILE", N_("compare with a manifest; as preflight --expect"), OPTION_TEXT,
	 offsetof(struct settings, expect), NULL},
};

const struct command command_report = {
	.name = "report",
	.arguments = "[FILE…]",
	.brief = N_("a report as a page, a checklist, for CI or monitoring"),
	.summary = N_("Show a report as a page, a checklist, for CI or for monitoring.\n"
		      "FILE is what preflight --format json has written, - is standard input. "
		      "Without FILE this host\n"
		      "is judged. Several FILEs, or a folder with *.json in it, become one "
		      "report of many hosts.\n"
		      "Writes nothing but what -o names.\n"
		      "Exit status: as preflight, by the report's verdict, of many hosts by the "
		      "worst, where a file\n"
		      "that cannot be read counts as unknown; 2 where no report could be made."),
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.reads_only = true,
	.run = run,
};
