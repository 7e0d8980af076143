/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rehearse_work.h"

#include "preflight/facts/journal.h"

#include <errno.h>
#include <fcntl.h>

/* One record is at most LOG_LINE_MAX (1024) and its head; properties follow (kernel/printk/printk.c). */
enum { RECORD_SIZE = 8192, RECORD_LIMIT = 4096, LINE_LIMIT = 16 };

void rehearse_log_begin(struct rehearse_work *work)
{
	const struct rehearse_calls *calls = work->calls;

	work->log = calls->open(calls->context, "/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (work->log >= 0 && calls->seek_end(calls->context, work->log) < 0)
		rehearse_log_end(work);
}

void rehearse_log_end(struct rehearse_work *work)
{
	if (work->log >= 0)
		work->calls->close(work->calls->context, work->log);
	work->log = -1;
}

/* What others log at the same moment is no evidence. */
static bool concerns(const struct rehearse_work *work, const char *line)
{
	static const char *const words[] = {"vfio",   "iommu",     "DMAR",
					    "AMD-Vi", "smmu",      "RLIMIT_MEMLOCK",
					    "RMRR",   "remapping", "VF token"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasestr(line, words[i]))
			return true;
	for_each (device, &work->group->devices)
		if (strstr(line, (*device)->address))
			return true;
	return false;
}

/* Facility 0 is the kernel: anybody who may write /dev/kmsg can log anything as another one. */
static bool from_kernel(const char *record)
{
	return *record >= '0' && *record <= '7' && record[1] == ',';
}

static void add_lines(const struct rehearse_work *work, char *text, struct strings *lines)
{
	char *end;

	for (; *text && lines->count < LINE_LIMIT; text = end + 1) {
		end = strchrnul(text, '\n');
		if (!*end) {
			if (concerns(work, text))
				strings_add(work->arena, lines, text);
			return;
		}
		*end = '\0';
		if (concerns(work, text))
			strings_add(work->arena, lines, text);
	}
}

static void add_record(const struct rehearse_work *work, const char *record, size_t length,
		       struct strings *lines)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *stream;

	if (!from_kernel(record))
		return;
	stream = open_memstream(&text, &size);
	if (!stream)
		return;
	kmsg_print_record(stream, record, length);
	if (fclose(stream) == 0 && text)
		add_lines(work, text, lines);
}

void rehearse_log_read(const struct rehearse_work *work, struct strings *lines)
{
	char record[RECORD_SIZE];

	/* A log that is written faster than it is read must not hold the rehearsal up. */
	for (unsigned i = 0; work->log >= 0 && i < RECORD_LIMIT; i++) {
		ssize_t length = work->calls->read(work->calls->context, work->log, record,
						   sizeof(record) - 1);

		if (length == -EPIPE || length == -EINTR)
			continue;
		if (length <= 0)
			return;
		record[length] = '\0';
		add_record(work, record, (size_t)length, lines);
	}
}
