/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The paths inside an initramfs that mean something. Part of initramfs/read.c; pure. */
#ifndef VFIOKIT_INITRAMFS_PATHS_H
#define VFIOKIT_INITRAMFS_PATHS_H

#include "preflight/boot/boot.h"
#include "preflight/parse/lines.h"

enum path_kind {
	PATH_OTHER,
	PATH_KEPT,        /* a file whose bytes matter */
	PATH_IF_VFIO,     /* they matter where they name vfio or driver_override */
	PATH_IF_OVERRIDE, /* they matter where they name driver_override */
	PATH_ORDER_TOP,   /* initramfs-tools: the order in which scripts run */
	PATH_ORDER_PREMOUNT,
	PATH_PACKED, /* a file system image that holds everything else (dracut's squash) */
};

/* path as initramfs_plain_path() gives it. */
enum path_kind initramfs_path_kind(const char *path);

/* Whether a file of a kind matters, now that its bytes are there. */
bool initramfs_bytes_matter(enum path_kind kind, const char *bytes, size_t length);

/* A member's name without "./" and "/" before it; NULL where it is none of a file or leads upwards
 * ("a/../b"). Points into name. */
const char *initramfs_plain_path(const char *name);

struct module_path {
	struct span name; /* of the module, as its file is called */
	struct span
		version; /* the folder of lib/modules it lies in; length 0 where it lies in none */
};

/* Whether a path is that of a kernel module's file. */
bool initramfs_module_path(const char *path, struct module_path *ret_module);

/* The generator that alone puts this path into its images, GENERATOR_OTHER for /init, which every
 * image has, or GENERATOR_UNKNOWN. */
enum generator initramfs_maker(const char *path);

/* Where a symbolic link leads, as a path inside the image with "." and ".." taken out. */
const char *initramfs_link_target(struct arena *arena, const char *path, const char *text);

/* "lib" is a link to "usr/lib" in most images, and members stand below either. */
bool initramfs_same_place(const char *a, const char *b);

#endif
