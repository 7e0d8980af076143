/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lists of what is mounted and what is swapped to, and fstab. Sources: proc(5), the kernel's
 * fs/proc_namespace.c (show_mountinfo, show_vfsmnt) and mm/swapfile.c (swap_show), fstab(5).
 *
 * Blanks, tabs, newlines, backslashes and (in fstab) '#' inside a field are written as \ooo; every
 * field here is decoded. A NUL (\000) stays as written, since no path can hold one.
 */
#ifndef VFIOKIT_PARSE_MOUNTINFO_H
#define VFIOKIT_PARSE_MOUNTINFO_H

#include "preflight/arena.h"

struct mount {
	bool has_number; /* major and minor are known: mountinfo only */
	unsigned major,
		minor; /* of the file system; major 0 is no block device (btrfs, ZFS, tmpfs, nfs) */
	const char *root;    /* what of the file system is mounted here; "/" where not told */
	const char *point;   /* where; "none" or "swap" in an fstab swap line */
	const char *type;    /* "ext4" */
	const char *source;  /* "/dev/sda2", "rpool/ROOT/pve-1", "UUID=…" (fstab), "" */
	const char *options; /* of the file system (nfs: holds addr=…) */
	unsigned line;       /* 1… */
	const char *text;    /* the line as written */
};

struct mounts {
	struct mount *items;
	size_t count, capacity;
};

/* Parses the bytes of /proc/PID/mountinfo. Lines that do not have the form are skipped. */
void mountinfo_parse(struct arena *arena, const char *data, size_t length,
		     struct mounts *ret_mounts);

/* Parses the bytes of /proc/mounts or of an fstab: source, point, type, options. Comments and lines
 * with fewer than three fields are skipped. */
void mount_table_parse(struct arena *arena, const char *data, size_t length,
		       struct mounts *ret_mounts);

/* The value of "name=" in a comma list of mount options, or NULL. */
const char *mount_option(struct arena *arena, const char *options, const char *name);

/*
 * The mount that path lies on: the one with the longest mount point that is path or a directory
 * above it, the last of several; NULL where nothing covers it. path starts with a slash.
 */
const struct mount *mounts_find_path(const struct mounts *mounts, const char *path);

struct swap {
	const char *path;  /* "/dev/dm-1", "/swap.img" */
	bool is_partition; /* a block device, not a file */
	unsigned line;
	const char *text;
};

struct swaps {
	struct swap *items;
	size_t count, capacity;
};

/* Parses the bytes of /proc/swaps. The head line is skipped; a file that was deleted while in use
 * keeps its old path. */
void swap_table_parse(struct arena *arena, const char *data, size_t length,
		      struct swaps *ret_swaps);

#endif
