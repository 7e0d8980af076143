/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file has besides its bytes: owner, mode, times, extended attributes (SELinux label, ACLs,
 * capabilities among them). */
#ifndef VFIOKIT_STATUS_H
#define VFIOKIT_STATUS_H

#include "preflight/host/host.h"

struct attribute {
	const char *name; /* "security.selinux", "system.posix_acl_access", "user.x" */
	struct bytes value;
};

struct attributes {
	struct attribute *items;
	size_t count, capacity;
};

struct file_status {
	mode_t mode; /* permission bits only (07777) */
	uid_t user;
	gid_t group;
	struct timespec accessed, modified;
	uint64_t size;
	uint64_t names; /* hard links to it */
	struct attributes attributes;
};

/* Whether the file system that fd lies on keeps owners, modes and attributes; vfat and exFAT do not, and
 * round times. */
bool status_is_kept(int fd);

/* Of an open file. A file system without attributes has none. */
int status_read(int fd, struct arena *arena, struct file_status *ret_status);

/* Gives the open file owner, mode and attributes; what it has already is not set again, attributes that
 * status lacks are removed. exact: times too, and security.ima, which is bound to the old bytes. What
 * only the kernel may write (security.evm) stays. Times are set last: call it behind the last write. */
int status_give(int fd, const struct file_status *status, bool exact);

/* Whether mode, owner, time of modification and attributes are the same. */
bool status_same(const struct file_status *a, const struct file_status *b);

#endif
