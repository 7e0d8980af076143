/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiokit capture: what preflight reads, as one file. */
#include "host_source.h"
#include "progress.h"
#include "preflight/capture/capture.h"

#include <errno.h>

/* "812 KiB", "2.4 MiB" */
static void print_size(uint64_t size)
{
	if (size < 1024 * 1024)
		printf("%llu KiB", (unsigned long long)((size + 1023) / 1024));
	else
		printf("%.1f MiB", (double)size / (1024 * 1024));
}

static void print_result(const struct settings *settings, const struct capture_result *result)
{
	printf("%s: ", settings->names[0]);
	print_size(result->size);
	printf(_(", %zu files; "), result->files);
	(void)puts(settings->no_redact
			   ? _("nothing replaced: it names this host, its addresses and serial "
			       "numbers")
			   : _("host name, addresses, UUIDs and serial numbers replaced"));
	if (geteuid() != 0 && !settings->root && !settings->snapshot)
		(void)puts(_("As root it would hold more: configuration space, ACPI tables, the "
			     "kernel log."));
}

static int run(const struct settings *settings, struct error *error)
{
	_cleanup_host_source_ struct host_source source = {0};
	_cleanup_facts_ struct facts *facts = NULL;
	struct progress progress;
	struct capture_result result;
	int r;

	if (settings->lspci || settings->dmesg) {
		error_set(error, -EINVAL, "capture saves a host; pasted text is none");
		return EXIT_USAGE;
	}
	if (settings->name_count != 1) {
		error_set(error, -EINVAL, "%s; see vfiokit capture --help",
			  settings->name_count ? _("only one FILE can be written")
					       : _("the FILE to write is missing"));
		return EXIT_USAGE;
	}
	if (host_source_open(settings, &source, error) < 0)
		return EXIT_USAGE;
	progress_begin(&progress, settings, PROGRESS_READING);
	facts = facts_collect_for_capture(source.host);
	r = capture_host(source.host, facts, settings->names[0], !settings->no_redact, &result,
			 error);
	progress_end(&progress);
	if (r < 0)
		return EXIT_USAGE;
	if (!settings->quiet)
		print_result(settings, &result);
	return 0;
}

static const struct option_row options[] = {
	{"no-redact", NULL, N_("keep host name, addresses, UUIDs and serial numbers"), OPTION_FLAG,
	 offsetof(struct settings, no_redact), NULL},
};

const struct command command_capture = {
	.name = "capture",
	.arguments = "FILE",
	.brief = N_("save what preflight reads, to be judged elsewhere"),
	.summary = N_(
		"Save what preflight reads of this host, without names, to be judged elsewhere.\n"
		"FILE is a .tar, .tar.gz or .tar.zst by its name; --snapshot FILE reads it. Host "
		"name, MAC\n"
		"and IP addresses, UUIDs, user names in paths and serial numbers are replaced, "
		"each by the\n"
		"same placeholder everywhere. Writes only FILE."),
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.run = run,
};
