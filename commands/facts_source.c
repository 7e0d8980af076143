/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "confine.h"
#include "host_source.h"
#include "progress.h"
#include "preflight/facts/lspci.h"
#include "preflight/targets.h"

#include <errno.h>
#include <fcntl.h>

/* -- pasted text ----------------------------------------------------------------------------------- */

enum { PASTE_LIMIT = 64 * 1024 * 1024, PASTE_PART = 65536 };

struct paste_text {
	char *data; /* NULL: none was named */
	size_t length;
};

static void cleanup_paste(struct paste_text *text)
{
	free(text->data);
}

/* Reads to the end: FILE may be a pipe ("<(ssh host lspci)"). */
static int read_all(int fd, const char *name, struct paste_text *text, struct error *error)
{
	size_t size = 0;

	for (;;) {
		ssize_t got;

		if (text->length == size) {
			char *larger = realloc(text->data, size + PASTE_PART + size / 2);

			if (!larger)
				return error_set(error, -ENOMEM, "%s: %s", name,
						 error_words(-ENOMEM));
			text->data = larger;
			size += PASTE_PART + size / 2;
		}
		got = read(fd, text->data + text->length, size - text->length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(error, -errno, "%s: %s", name, error_words(-errno));
		if (got == 0)
			return 0;
		text->length += (size_t)got;
		if (text->length > PASTE_LIMIT)
			return error_set(error, -EFBIG, "%s: more than 64 MiB", name);
	}
}

static int read_paste(const char *name, struct paste_text *text, struct error *error)
{
	_cleanup_close_ int fd = -1;

	if (!name)
		return 0;
	if (streq(name, "-"))
		return read_all(STDIN_FILENO, _("standard input"), text, error);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_set(error, -errno, "%s: %s", name, error_words(-errno));
	return read_all(fd, name, text, error);
}

static struct facts *collect_paste(const struct settings *settings, struct error *error)
{
	_cleanup_(cleanup_paste) struct paste_text lspci = {0}, dmesg = {0};
	_cleanup_facts_ struct facts *facts = NULL;

	if (settings->root || settings->snapshot) {
		error_set(error, -EINVAL, "--%s and --%s exclude each other",
			  settings->root ? "root" : "snapshot",
			  settings->lspci ? "lspci" : "dmesg");
		return NULL;
	}
	if (streq(settings->lspci, "-") && streq(settings->dmesg, "-")) {
		error_set(error, -EINVAL, "only one of --lspci and --dmesg can be standard input");
		return NULL;
	}
	confine_files(settings, NULL);
	if (read_paste(settings->lspci, &lspci, error) < 0 ||
	    read_paste(settings->dmesg, &dmesg, error) < 0)
		return NULL;
	facts = facts_from_lspci(lspci.data, lspci.length, dmesg.data, dmesg.length);
	if (!facts->devices.count && (settings->lspci || facts->log.known != YES)) {
		error_set(error, -EINVAL, "%s: no PCI function in it; wanted is the text of %s",
			  settings->lspci ? settings->lspci : settings->dmesg,
			  settings->lspci ? _("lspci -nnvvv or a listing of IOMMU groups")
					  : "dmesg");
		return NULL;
	}
	return TAKE_PTR(facts);
}

/* -- all sources ----------------------------------------------------------------------------------- */

static struct facts *collect_wanted(const struct settings *settings, enum facts_wanted wanted,
				    const struct host *host, struct error *error)
{
	_cleanup_facts_ struct facts *facts =
		wanted == FACTS_TO_JUDGE ? facts_collect_to_judge(host, settings->kernel)
					 : facts_collect_for_kernel(host, settings->kernel);

	if (targets_named(facts, settings->names, settings->name_count, error) < 0)
		return NULL;
	if (wanted == FACTS_TO_JUDGE) {
		if (!settings->name_count)
			targets_implied(facts);
		facts_collect_targets(facts, host);
	}
	if (wanted == FACTS_WITH_LINKS)
		facts_collect_links(facts, host);
	return TAKE_PTR(facts);
}

static struct facts *collect_host(const struct settings *settings, enum facts_wanted wanted,
				  struct error *error)
{
	_cleanup_host_source_ struct host_source source = {0};
	struct progress progress;
	struct facts *facts;

	progress_begin(&progress, settings, PROGRESS_READING);
	if (host_source_open(settings, &source, error) < 0) {
		progress_end(&progress);
		return NULL;
	}
	facts = collect_wanted(settings, wanted, source.host, error);
	progress_end(&progress);
	if (host_is_live(source.host))
		confine_files(settings, NULL);
	return facts;
}

struct facts *facts_from_settings(const struct settings *settings, enum facts_wanted wanted,
				  struct error *error)
{
	_cleanup_facts_ struct facts *facts = NULL;

	if (!settings->lspci && !settings->dmesg)
		return collect_host(settings, wanted, error);
	facts = collect_paste(settings, error);
	if (!facts || targets_named(facts, settings->names, settings->name_count, error) < 0)
		return NULL;
	return TAKE_PTR(facts);
}
