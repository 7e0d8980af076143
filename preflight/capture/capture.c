/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/capture.h"
#include "preflight/capture/collect.h"

#include <errno.h>
#include <time.h>

/* Milliseconds after which no further image is unpacked: most hosts have several, and the ones that
 * boot next come first. */
enum { TIME_LIMIT = 2500 };

static int64_t now_milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool capture_has_time(const struct capture *capture)
{
	return now_milliseconds() < capture->deadline;
}

static void collect(struct capture *capture, bool redact)
{
	capture_take_images(capture);
	for (size_t i = 0; i < capture_row_count; i++)
		capture_take_row(capture, &capture_rows[i]);
	capture_take_processes(capture);
	capture_take_generated(capture, redact);
}

/* -- what the note tells -------------------------------------------------------------------------------- */

static void add_globs(struct capture *capture)
{
	struct strings *globs = &capture->note.looked_for;

	for (size_t i = 0; i < capture_row_count; i++) {
		const struct capture_row *row = &capture_rows[i];
		const char *names = row->names;

		if (row->flags & CAPTURE_LEARN)
			continue;
		while (*names) {
			size_t length = strcspn(names, " ");

			strings_add(capture->arena, globs,
				    arena_printf(capture->arena, "%s%s%.*s", row->directory,
						 *row->directory ? "/" : "", (int)length, names));
			names += length + strspn(names + length, " ");
		}
	}
}

static void fill_note(struct capture *capture, bool redact)
{
	const struct capture_note *older = host_note(capture->host);
	struct capture_note *note = &capture->note;
	const struct facts *facts = capture->facts;

	note->live = host_was_live(capture->host);
	note->redacted = redact || (older && older->redacted);
	note->architecture = facts->machine.architecture;
	note->as_root = facts->machine.running_as_root;
	note->log_source = facts->log.known == YES ? facts->log.source : NULL;
	/* A capture of a capture knows no more than the first one. */
	if (older)
		note->looked_for = older->looked_for;
	else if (note->live)
		add_globs(capture);
}

/* -- what is to be replaced ------------------------------------------------------------------------------- */

/* Other names that the host has for itself stand beside its name in etc/hosts, which is not taken. */
static void learn_domain(struct capture *capture, const char *host)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	size_t length = strlen(host);
	struct bytes bytes;

	if (host_read(capture->host, scratch, "etc/hosts", 0, &bytes) < 0)
		return;
	for (const char *at = bytes.data; *at;) {
		size_t word = strcspn(at, " \t\r\n");

		if (word > length && strncmp(at, host, length) == 0 && at[length] == '.')
			redactor_learn_host(capture->redactor, arena_copy(scratch, at, word));
		at += word;
		at += strspn(at, " \t\r\n");
	}
}

static void learn_hosts(struct capture *capture)
{
	static const char *const places[] = {"proc/sys/kernel/hostname", "etc/hostname"};
	const char *name;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (host_read_line(capture->host, capture->arena, places[i], &name) < 0 || !*name ||
		    *name == '#')
			continue;
		redactor_learn_host(capture->redactor, name);
		learn_domain(capture, name);
	}
}

/* Words that a host's name may equal by chance. */
static void keep_words(struct capture *capture)
{
	const struct facts *facts = capture->facts;

	if (facts->machine.distro_id)
		redactor_keep_word(capture->redactor, facts->machine.distro_id);
	if (facts->machine.platform)
		redactor_keep_word(capture->redactor, facts->machine.platform);
	for_each (module, &facts->modules.loaded)
		redactor_keep_word(capture->redactor, *module);
	for_each (device, &facts->devices)
		if (device->driver)
			redactor_keep_word(capture->redactor, device->driver);
}

/* Routes first: addresses are numbered inside the networks that they name. */
static void learn(struct capture *capture)
{
	keep_words(capture);
	learn_hosts(capture);
	for_each (entry, &capture->entries)
		if (entry->redaction == REDACT_ROUTES || entry->redaction == REDACT_ROUTES6)
			redactor_learn(capture->redactor, entry->redaction, entry->bytes);
	for_each (entry, &capture->entries)
		if (entry->kind == CAPTURED_FILE)
			redactor_learn(capture->redactor, entry->redaction, entry->bytes);
}

int capture_host(const struct host *host, const struct facts *facts, const char *path, bool redact,
		 struct capture_result *ret_result, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct capture capture = {.arena = arena,
				  .host = host,
				  .facts = facts,
				  .redactor = redactor_new(arena),
				  .deadline = now_milliseconds() + TIME_LIMIT};
	uint64_t size = 0;
	int r = capture_check_name(path, error);

	if (r < 0)
		return r;
	collect(&capture, redact);
	if (capture.full)
		return error_set(error, -EFBIG, "%s: this host has too many files to capture",
				 path);
	fill_note(&capture, redact);
	if (redact)
		learn(&capture);
	r = capture_write_archive(&capture, path, redact, &size, error);
	if (r < 0)
		return r;
	*ret_result =
		(struct capture_result){capture.entries.count, capture.note.unreadable.count, size};
	return 0;
}
