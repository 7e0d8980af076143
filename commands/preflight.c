/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiokit preflight: facts, checks, verdict. */
#include "command.h"
#include "expect_file.h"
#include "host_source.h"
#include "judged_at.h"
#include "preflight/checks/check.h"
#include "preflight/targets.h"
#include "rehearsal_json.h"
#include "report/document.h"
#include "report/document_print.h"
#include "report/text.h"

#include <errno.h>

static void print_checks(void)
{
	for (size_t i = 0; i < check_count(); i++) {
		const struct check *check = check_at(i);

		printf("%-32s %-8s %-7s %s\n", check->id, severity_name(check->severity),
		       check->scope == SCOPE_HOST ? "host" : "device", _(check->title));
	}
}

static void print_document(const struct settings *settings, json_object *document)
{
	struct text_style style = text_style_for_output(settings->color);

	if (streq(settings->format, "json"))
		document_print(document, stdout);
	else
		text_print_report(&style, document, settings->quiet);
}

/* Writes what the host is; judges nothing. */
static int write_manifest(const struct settings *settings, const struct facts *facts,
			  struct error *error)
{
	const char *text = expect_write(facts, facts->arena);

	if (facts->targets_missing.count) {
		error_set(error, -ENODEV, "%s: no such device", facts->targets_missing.items[0]);
		return EXIT_USAGE;
	}
	if (expect_file_write(settings->write_expect, text, error) < 0)
		return EXIT_USAGE;
	if (!settings->quiet)
		printf(_("%s: written\n"), settings->write_expect);
	return 0;
}

/* Without opening a device: preflight changes nothing. Targets that no VFIO driver has are said to be
 * untried. */
static enum verdict rehearse(const struct facts *facts, json_object *document, enum verdict verdict)
{
	const struct rehearse_options options = {0};
	struct rehearse_calls calls;
	struct rehearsal rehearsal;
	struct host *host = NULL;

	if (host_open(NULL, &host, NULL) < 0)
		return VERDICT_UNKNOWN;
	calls = rehearse_calls_live(host);
	rehearse_run(facts, &calls, &options, facts->arena, &rehearsal);
	host_close(host);
	return rehearsal_into_document(document, facts, &rehearsal, verdict);
}

static int judge(const struct settings *settings, const struct facts *facts)
{
	_cleanup_names_ struct names *names = names_new();
	struct findings findings = {0};
	json_object *document;
	enum verdict verdict;

	checks_run(facts, &findings);
	verdict = findings_verdict(&findings);
	if (streq(settings->format, "json") && !settings->rehearse) {
		document_stream(facts, &findings, names, judged_at_now(), stdout);
		return verdict_exit_status(verdict);
	}
	document = document_build(facts, &findings, names,
				  streq(settings->format, "json") ? DOCUMENT_ALL_DEVICES
								  : DOCUMENT_SHOWN_DEVICES);
	document_set_time(document, judged_at_now());
	if (settings->rehearse)
		verdict = rehearse(facts, document, verdict);
	print_document(settings, document);
	json_object_put(document);
	return verdict_exit_status(verdict);
}

/* A manifest is about links, too; the document lists all functions and groups. */
static enum facts_wanted wanted(const struct settings *settings)
{
	if (settings->expect || settings->write_expect)
		return FACTS_WITH_LINKS;
	return streq(settings->format, "json") || settings->rehearse ? FACTS_ALL : FACTS_TO_JUDGE;
}

static int run(const struct settings *settings, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_facts_ struct facts *facts = NULL;
	struct expect expect = {0};

	if (settings->list_checks) {
		print_checks();
		return 0;
	}
	if (settings->expect && settings->write_expect) {
		error_set(error, -EINVAL, "--expect and --write-expect exclude each other");
		return EXIT_USAGE;
	}
	if (settings->rehearse &&
	    (settings->root || settings->snapshot || settings->lspci || settings->dmesg)) {
		error_set(error, -EINVAL, "--rehearse: only the running machine can be rehearsed");
		return EXIT_USAGE;
	}
	/* Before the host is looked at: a mistyped manifest is told at once. */
	if (settings->expect && expect_file_read(settings->expect, arena, &expect, error) < 0)
		return EXIT_USAGE;
	facts = facts_from_settings(settings, wanted(settings), error);
	if (!facts)
		return EXIT_USAGE;
	if (!settings->name_count && !facts->targets_implied)
		targets_implied(facts);
	if (settings->write_expect)
		return write_manifest(settings, facts, error);
	if (settings->expect)
		facts->expect = &expect;
	if (settings->platform)
		facts->platforms.named[platform_find(settings->platform)] = true;
	return judge(settings, facts);
}

static const struct option_row options[] = {
	{"checks", NULL, N_("list all checks and exit"), OPTION_FLAG,
	 offsetof(struct settings, list_checks), NULL},
	{"expect", "FILE",
	 N_("compare with a manifest of what this host must be; every difference fails"),
	 OPTION_TEXT, offsetof(struct settings, expect), NULL},
	{"write-expect", "FILE",
	 N_("write the manifest of this host as it is into a new file, and exit"), OPTION_TEXT,
	 offsetof(struct settings, write_expect), NULL},
	{"rehearse", NULL,
	 N_("ask the kernel, too, for targets on vfio-pci (see vfiokit rehearse); opens no device"),
	 OPTION_FLAG, offsetof(struct settings, rehearse), NULL},
};

const struct command command_preflight = {
	.name = "preflight",
	.arguments = "[DEVICE…]",
	.brief = N_("judge whether devices can be handed to a VM"),
	.summary = N_("Judge whether PCI devices can be handed to a VM. DEVICE is an address "
		      "(0000:41:00.0),\n"
		      "a slot (41:00) or an id (10de:2330). Without DEVICE: the devices that this "
		      "host is\n"
		      "already configured to hand over; with none of those, the host. Writes "
		      "nothing but\n"
		      "what --write-expect names.\n"
		      "Exit status: 0 ready, 1 not ready, 2 bad usage or input, 3 unknown, 4 "
		      "reboot needed."),
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.reads_only = true,
	.run = run,
};
