/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture in memory, before it is written. Shared by the files of capture/capture.c only.
 *   capture/capture.c            all of it, in order
 *   capture/walk.c       the rows of the table
 *   capture/processes.c  what of /proc/PID matters
 *   capture/shorten.c    files of which only some lines matter
 *   capture/generated.c  what the running machine has no file for
 *   capture/boot.c       boot images, in short (capture/images.h)
 *   capture/write.c      the archive
 */
#ifndef VFIOKIT_CAPTURE_COLLECT_H
#define VFIOKIT_CAPTURE_COLLECT_H

#include "preflight/capture/note.h"
#include "preflight/capture/table.h"
#include "preflight/facts/facts.h"
#include "preflight/capture/string_table.h"

enum capture_kind { CAPTURED_DIRECTORY, CAPTURED_FILE, CAPTURED_LINK };

struct capture_entry {
	const char *path; /* no leading slash, no component of it is a link */
	enum capture_kind kind;
	struct bytes bytes; /* files */
	const char *target; /* links */
	unsigned mode;      /* permission bits; files */
	int64_t time;       /* of modification, seconds; 0 does not matter */
	enum redaction redaction;
};

struct capture_entries {
	struct capture_entry *items;
	size_t count, capacity;
};

struct capture {
	struct arena *arena;
	const struct host *host;
	const struct facts *facts;
	struct redactor *redactor;
	struct capture_entries entries;
	struct string_table places; /* path -> index in entries, plus one */
	struct capture_note note;
	uint64_t bytes;   /* of all files */
	bool full;        /* a limit was reached */
	int64_t deadline; /* CLOCK_MONOTONIC, milliseconds: what takes long begins only before it */
};

/* What is captured at this path already, or NULL. Valid until something is added. */
struct capture_entry *capture_find(const struct capture *capture, const char *path);

/* Each does nothing where the path is captured already. Directories above are added, too. NULL where
 * the capture is full. */
void capture_add_directory(struct capture *capture, const char *path);
void capture_add_link(struct capture *capture, const char *path, const char *target);
struct capture_entry *capture_add_file(struct capture *capture, const char *path,
				       struct bytes bytes, enum redaction redaction);
/* An empty file (unless the path is captured), and the reason in the note. */
void capture_add_unreadable(struct capture *capture, const char *path, int error);

/* Takes what a row of the table names. */
void capture_take_row(struct capture *capture, const struct capture_row *row);

/* Whether there is time left for what takes long. */
bool capture_has_time(const struct capture *capture);

/*
 * Takes a single file at this path, links on the way included, with the content given instead of its
 * own; nothing where there is no such file. Returns its path with all links resolved, or NULL.
 */
const char *capture_take_content(struct capture *capture, const char *path, struct bytes bytes,
				 enum redaction redaction);

void capture_take_processes(struct capture *capture);
void capture_take_generated(struct capture *capture, bool redact);
/* Before the rows, which then only tell that an image is there. */
void capture_take_images(struct capture *capture);

/* A unified kernel image or addon in short; -ENODATA where it is none. */
int capture_read_program(const struct capture *capture, const char *path, struct bytes *ret_bytes);

/* What is taken of a file in place of its content, where a flag of its row says so. */
struct bytes capture_shorten(const struct capture *capture, unsigned flags, struct bytes bytes);

/* -EINVAL with words where the name does not tell how to write the archive. */
int capture_check_name(const char *path, struct error *error);

/* Writes the archive, all entries redacted where redact. 0 or an error with words; *ret_size is the
 * size of the file. */
int capture_write_archive(struct capture *capture, const char *path, bool redact,
			  uint64_t *ret_size, struct error *error);

#endif
