/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/facts.h"
#include "preflight/capture/note.h"
#include "preflight/facts/journal.h"
#include "preflight/parse/cmdline.h"

#include <ctype.h>
#include <errno.h>

enum {
	CMDLINE_LIMIT = 1024 * 1024, /* the kernel's own limit is 2 to 4 KiB */
	LOG_LIMIT = 64 * 1024 * 1024,
	/* Lines of the log are cut at 1024 bytes with their prefix (LOG_LINE_MAX before 6.10). */
	WHOLE_LINE = 900,
};

/* -- the command line ------------------------------------------------------------------------ */

/* Control characters that separate words become blanks and others question marks: the kernel reads
 * the text the same way, and people can be shown it. */
static char *show_controls(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_copy(arena, text, length);

	for (char *c = copy; c < copy + length; c++)
		if (iscntrl((unsigned char)*c))
			*c = isspace((unsigned char)*c) ? ' ' : '?';
	return copy;
}

static void set_cmdline(struct facts *facts, const char *text, size_t length, const char *source,
			unsigned line)
{
	length = strnlen(text, length);
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		length--;
	facts->cmdline_text = show_controls(facts->arena, text, length);
	facts->cmdline_known = YES;
	cmdline_parse(facts->arena, facts->cmdline_text, length, source, line, &facts->cmdline);
}

/* The log repeats the command line: what a pasted log alone can tell. A line that may have been cut
 * tells nothing, because a missing word would look like a word that was never given. */
static void take_cmdline_of_log(struct facts *facts)
{
	const struct log_event *event = log_find(&facts->log, LOG_COMMAND_LINE, NULL);
	const char *text;

	if (!event || strlen(event->text) > WHOLE_LINE)
		return;
	text = strstr(event->text, "ommand line: ");
	if (!text)
		return;
	text += strlen("ommand line: ");
	set_cmdline(facts, text, strlen(text), "dmesg", event->line);
}

static void collect_cmdline(struct facts *facts, const struct host *host)
{
	struct bytes bytes;
	int r = host_read(host, facts->arena, "proc/cmdline", CMDLINE_LIMIT, &bytes);

	if (r == 0) {
		set_cmdline(facts, bytes.data, bytes.length, "/proc/cmdline", 1);
		return;
	}
	facts_add_unread(facts, "proc/cmdline", r);
	if (r == -ENOENT)
		take_cmdline_of_log(facts);
}

/* -- the log --------------------------------------------------------------------------------- */

static void parse_log(struct facts *facts, const struct bytes *text, const char *source)
{
	struct kernel_log log = {0};

	log_parse(facts->arena, text->data, text->length, &log);
	if (log.known != YES)
		return;
	log.source = source;
	/* A source that lacks the boot's beginning does not replace another one. */
	if (facts->log.known != YES || log.complete == YES) {
		facts->log = log;
		facts->log_text = *text;
	}
}

typedef int read_log_function(struct arena *arena, struct bytes *ret_text);

/* The cheapest source first; each further one only while the boot's first line is missing. */
static void collect_live_log(struct facts *facts)
{
	static const struct {
		read_log_function *read;
		const char *source;
	} sources[] = {
		{ring_buffer_read, "dmesg"},
		{kmsg_read, "dmesg"},
		{journal_read, "journal"},
	};
	int first_error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sources) && facts->log.complete != YES; i++) {
		struct bytes text;
		int r = sources[i].read(facts->arena, &text);

		if (r == 0)
			parse_log(facts, &text, sources[i].source);
		else if (first_error == 0)
			first_error = r;
	}
	if (facts->log.known != YES)
		facts_add_unread(facts, "dmesg", first_error ? first_error : -ENODATA);
}

static void collect_log(struct facts *facts, const struct host *host)
{
	const struct capture_note *note = host_note(host);
	struct bytes text;
	int r;

	if (host_is_live(host)) {
		collect_live_log(facts);
		return;
	}
	r = host_read(host, facts->arena, "dmesg.txt", LOG_LIMIT, &text);
	if (r == 0)
		parse_log(facts, &text,
			  note && streq(note->log_source, "journal") ? "journal" : "dmesg");
	else
		facts_add_unread(facts, "dmesg", r);
}

void facts_collect_kernel(struct facts *facts, const struct host *host)
{
	collect_log(facts, host);
	collect_cmdline(facts, host);
}
