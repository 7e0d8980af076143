/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file below the root replaced or removed so that at any moment, a power cut included, its name
 * leads to all the old bytes or all the new ones.
 *
 * On file systems with safe renames: a temporary file in the same folder (O_EXCL), bytes, owner, mode and
 * attributes, fsync, rename, fsync of the folder. On the ESP (vfat), where a rename is not safe against
 * power loss: the new file is written beside the old one and a copy of the old one is kept under a
 * second name, both synced to the disk; then the name is switched (vfat lets the entry that is there point
 * to the new clusters), synced, and the copy goes.
 *
 * Both extra names begin with a dot, so that no program that reads a folder of configuration takes them
 * for part of it. replace_clean() removes what an interruption left of them.
 */
#ifndef VFIOKIT_REPLACE_H
#define VFIOKIT_REPLACE_H

#include "configure/content.h"
#include "configure/status.h"

/* The file that is meant. */
struct replace_target {
	int root;         /* a descriptor of the root's folder */
	const char *path; /* plain, no leading slash */
	const char *tag;  /* part of the temporary names, the same after an interruption: "3.0" */
	bool on_esp;
};

/*
 * Opens the file for reading. A descriptor or -errno:
 *   -ENOENT not there, or its folder is not   -ELOOP a symbolic link: never followed
 *   -EINVAL no regular file
 */
int replace_open(int root, const char *path);

/* What the file gets besides its bytes. */
struct replace_status {
	const struct file_status
		*status; /* NULL: a new file, with mode and the folder's own rules */
	bool exact;      /* status_give(): times, too */
	mode_t mode;
};

/* The file becomes a copy of source, which must have the digest expected (-EBADMSG where it has not:
 * nothing is changed). The folder must be there. Something else than a folder that has the name is
 * replaced; a link itself, never what it leads to. */
int replace_write(const struct replace_target *target, int source, const struct digest *expected,
		  const struct replace_status *given);

/* Removes the file; 0 where it is not there. */
int replace_remove(const struct replace_target *target);

/* Removes temporary files that an interruption left. */
int replace_clean(const struct replace_target *target);

#endif
