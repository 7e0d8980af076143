/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file capture.json at the root of a capture: what a machine tells that stands in no file of
 * it, so that a capture is judged exactly as the machine was.
 *
 *   { "schema": "vfiokit-capture/1", "tool": "0.1.0",
 *     "live": true,             taken from the running machine, not from another tree
 *     "redacted": true,
 *     "root": true,             the process that took it was root
 *     "architecture": "x86_64", as uname(2) says; null not known
 *     "log": "dmesg",           where dmesg.txt comes from: "dmesg" or "journal"; null there is none
 *     "entries": 2143,          members of the archive, this file not counted
 *     "looked_for": ["sys/class/net/x", …]   globs: what matches one and is not in the capture was
 *                               not on the machine
 *     "unreadable": [{"path": "sys/firmware/acpi/tables/DMAR", "error": "EACCES"}, …] }
 *
 * Files that could not be read are in the archive as empty files, and directories that could not be
 * listed as empty directories; "unreadable" says why.
 */
#ifndef VFIOKIT_CAPTURE_NOTE_H
#define VFIOKIT_CAPTURE_NOTE_H

#include "preflight/arena.h"

#define CAPTURE_NOTE_FILE "capture.json"

struct unreadable {
	const char *path; /* host path with all links resolved, without leading slash */
	int error;        /* -errno */
};

struct unreadables {
	struct unreadable *items; /* sorted by path */
	size_t count, capacity;
};

struct capture_note {
	bool live, redacted;
	enum truth as_root;
	const char *architecture; /* NULL not known */
	const char *log_source;   /* NULL none */
	size_t entries;
	struct strings looked_for;
	struct unreadables unreadable;
};

/* The note as JSON text. unreadable is sorted first. */
const char *capture_note_print(struct arena *arena, struct capture_note *note);

/* -EINVAL where this is no note, or one of a later version; what it holds belongs to arena. */
int capture_note_parse(struct arena *arena, const char *text, size_t length,
		       struct capture_note *ret_note);

/* What nobody can vouch for is taken away: that it tells everything, and that it was a machine. For
 * captures that somebody has changed. */
void capture_note_distrust(struct capture_note *note);

/* Why this path could not be read (-errno), or 0. */
int capture_note_error(const struct capture_note *note, const char *path);

/* Whether the path would be in the capture if it had been on the machine. */
bool capture_note_covers(const struct capture_note *note, const char *path);

/*
 * What opening a path gave on the machine. fd is what opening it with flags gave in the tree with
 * this root: path is relative to the directory base, resolve says how it is looked up. Returns fd, or
 * closes it and returns the machine's error.
 */
int capture_note_apply(const struct capture_note *note, int root, int base, const char *path,
		       uint64_t flags, uint64_t resolve, int fd);

#endif
