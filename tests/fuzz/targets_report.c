/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saved reports, templates, pasted text judged from end to end. */
#include "preflight/checks/check.h"
#include "preflight/facts/lspci.h"
#include "preflight/targets.h"
#include "report/builtin_templates.h"
#include "report/document.h"
#include "report/document_file.h"
#include "report/render.h"
#include "report/text.h"
#include "report/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>

static int find_builtin(const void *context, struct arena *arena, const char *name,
			struct bytes *ret_text, struct error *error)
{
	(void)context;
	(void)arena;
	(void)error;
	for (const struct builtin_template *row = builtin_templates; row->name; row++)
		if (streq(row->name, name)) {
			*ret_text = (struct bytes){row->text, strlen(row->text)};
			return 0;
		}
	return -ENOENT;
}

static const struct template_source source = {find_builtin, NULL};

static void render(json_object *document, const char *format)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	const struct text_style style = {.utf8 = true, .width = 80, .stream = stream};
	struct error error = {0};

	must(stream);
	must(report_render(report_format_find(format), &source, &style, false, document, stream,
			   &error) == 0);
	must(fclose(stream) == 0 && length > 0);
}

static void run_document(struct arena *arena, const char *data, size_t length)
{
	static const char *const formats[] = {"text",  "json", "html",      "markdown",
					      "junit", "tap",  "prometheus"};
	json_object *document = NULL;
	struct error error = {0};

	(void)arena;
	if (document_parse("r.json", data, length, &document, &error) < 0) {
		must(error.code < 0 && error.message[0] && !document);
		return;
	}
	render(document, formats[length % ARRAY_SIZE(formats)]);
	json_object_put(document);
}

static void run_template(struct arena *arena, const char *data, size_t length)
{
	_cleanup_free_ char *text = NULL;
	size_t written = 0;
	FILE *stream = open_memstream(&text, &written);
	struct bytes template = {.data = arena_copy(arena, data, length), .length = length};
	struct error error = {0};
	json_object *values = json_tokener_parse(
		"{\"a\":[1,2,{\"b\":\"<x>\",\"a\":[3,4]}],\"b\":{\"c\":{\"d\":\"|y|\"}},\"n\":null,"
		"\"t\":true,\"f\":false,\"s\":\"text\\n\",\"e\":[]}");

	must(stream && values);
	if (template_render(&source, (enum escape)(length % (ESCAPE_JSON + 1)), "t", template,
			    values, stream, &error) < 0)
		must(error.code < 0 && error.message[0]);
	must(fclose(stream) == 0);
	json_object_put(values);
}

/* What comes out is UTF-8 without control characters, whatever goes in. */
static void run_escape(struct arena *arena, const char *data, size_t length)
{
	const char *text = arena_copy(arena, data, length);
	uint32_t code = 0;

	for (int escape = ESCAPE_TEXT; escape <= ESCAPE_JSON; escape++) {
		_cleanup_free_ char *result = NULL;
		size_t written = 0;
		FILE *stream = open_memstream(&result, &written);

		must(stream);
		escape_write(stream, (enum escape)escape, text, length);
		must(fclose(stream) == 0 && strlen(result) == written);
		for (const char *c = result; *c;) {
			size_t step = utf8_character(c, &code);

			must(step > 0 && (code >= 0x20 || code == '\n' || code == '\t'));
			must(code < 0x7f || code >= 0xa0);
			c += step;
		}
	}
}

/* Text that people paste, judged: it must end, and nothing that is unknown may count as fine. */
static void run_paste(struct arena *arena, const char *data, size_t length)
{
	_cleanup_facts_ struct facts *facts = facts_from_lspci(data, length, data, length);
	struct findings findings = {0};
	json_object *document;

	(void)arena;
	targets_implied(facts);
	if (!facts->targets.count && facts->devices.count)
		must(targets_named(facts, (const char *const[]){facts->devices.items[0].address}, 1,
				   NULL) == 0);
	checks_run(facts, &findings);
	if (findings_verdict(&findings) == VERDICT_READY)
		for_each (finding, &findings)
			must(finding->result != RESULT_UNKNOWN ||
			     finding->severity < SEVERITY_BLOCKER);
	document = document_build(facts, &findings, NULL, DOCUMENT_ALL_DEVICES);
	render(document, length % 2 ? "text" : "html");
	json_object_put(document);
}

static const struct fuzz_target targets[] = {
	{"document", run_document},
	{"template", run_template},
	{"escape", run_escape},
	{"paste", run_paste},
};

const struct fuzz_targets fuzz_targets_report = {targets, ARRAY_SIZE(targets)};
