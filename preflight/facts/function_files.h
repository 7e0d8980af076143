/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files in one PCI function's sysfs directory, read one after the other into one buffer: a host
 * has thousands of them, so nothing here costs more than the opening and reading does. For
 * facts/pci.c.
 */
#ifndef VFIOKIT_FUNCTION_FILES_H
#define VFIOKIT_FUNCTION_FILES_H

#include "preflight/facts/facts.h"

enum { FUNCTION_TEXT_LIMIT = 4096 };

/* An open directory sys/bus/pci/devices/ADDRESS: function_files_open(), host_directory_close(). */
struct function_files {
	struct facts *facts;
	struct arena *scratch; /* for the texts of links */
	struct device *device;
	struct directory directory;
	int error; /* of the last file that was read: 0 or -errno */
	int patience; /* milliseconds that may still be waited, over all functions, for a driver to be gone */
	bool captured; /* something was read, so what is not in the directory is not there */
	char text[FUNCTION_TEXT_LIMIT + 1];
};

/* Opens the function's directory, for one function after the other; the caller closes files->directory. facts, scratch
 * and patience stay as they are. 0 or -errno. */
int function_files_open(struct function_files *files, const struct host *host,
			struct device *device);

/* Notes in facts->unread that the file (or with "" the directory) could not be read because of error.
 * To be called once at most for a file. */
void function_files_unread(const struct function_files *files, const char *name, int error);

/* Reads a whole file, or its first FUNCTION_TEXT_LIMIT bytes, into files->text; *ret_length may be
 * NULL. 0 or -errno. */
int function_files_read(struct function_files *files, const char *name, size_t *ret_length);

/* The first line without blanks at its end, NULL where there is none. It stands in files->text until
 * the next file is read. */
char *function_files_line(struct function_files *files, const char *name);

/* A copy of the first line in the facts' arena; NULL where it is empty, not there, or one of the
 * kernel's words for nothing ("(null)", "Unknown", "Unknown speed"). */
const char *function_files_copy(struct function_files *files, const char *name);

/* The number on the first line, in this base; `unknown` where there is none between minimum and
 * maximum. */
int function_files_number(struct function_files *files, const char *name, int base, int minimum,
			  int maximum, int unknown);

/*
 * Whether a name is there; it is not opened. *ret_target becomes the text of the link that has it, in
 * the scratch arena, and is untouched where it is a file or a directory (a copy that has followed the
 * links has directories in their place). What could not be looked at is UNKNOWN and noted.
 */
enum truth function_files_link(struct function_files *files, const char *name,
			       const char **ret_target);

#endif
