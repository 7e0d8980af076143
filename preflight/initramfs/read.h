/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is inside an initramfs image: names of kernel modules, and the small files that decide which
 * driver gets a device first. See struct initramfs_image in boot/boot.h for what is kept.
 *
 * The image is read as the kernel unpacks it (init/initramfs.c): archives and compressed archives
 * one after another, later members over earlier ones. Uncompressed archives are walked without
 * reading their data. Nothing is written anywhere, no program is run.
 */
#ifndef VFIOKIT_INITRAMFS_READ_H
#define VFIOKIT_INITRAMFS_READ_H

#include "preflight/boot/boot.h"
#include "preflight/parse/newc.h"

enum {
	/* What is kept of one image. */
	INITRAMFS_FILE_LIMIT = 1 << 20,
	INITRAMFS_KEEP_LIMIT = 8 << 20,
	/* History that a decompressor may hold. Images made with xz -9 or zstd --long may need more:
	 * they are read as far as INITRAMFS_WIDE_LIMIT bytes, and where that is not all of them they
	 * stay unknown, so that reading one never takes 64 MiB. */
	INITRAMFS_WINDOW_LIMIT = 32 << 20,
	INITRAMFS_WIDE_LIMIT = 40 << 20,
	/* Archives in one image. */
	INITRAMFS_PARTS_LIMIT = 1024,
};

/* What an image may unpack to, all parts together. */
#define INITRAMFS_UNPACKED_LIMIT (UINT64_C(2) << 30)

/*
 * Reads length bytes (0: up to the end) of the file from offset on; fd must be a regular file (it is
 * read with pread). Sets read, why, modules, module_versions, files, names and made_by of *image,
 * and leaves the rest alone:
 *   read YES      every member was seen
 *   read NO       the image is damaged, cut off, or compressed in a way that no kernel unpacks
 *   read UNKNOWN  it could not be read: an error, a limit, a format that is not supported here
 * Where read is not YES, the lists hold what was seen until then.
 */
void initramfs_read(struct arena *arena, int fd, uint64_t offset, uint64_t length,
		    struct initramfs_image *image);

/* Sees every member while it is read, for whoever saves an image in short. */
struct member_observer {
	/* A member; looked_at: its data follows through data(). */
	void (*member)(void *context, const struct newc_member *member, bool looked_at);
	void (*data)(void *context, const char *bytes, size_t length);
	void *context;
};

/* initramfs_read() with an observer. */
void initramfs_read_observed(struct arena *arena, int fd, uint64_t offset, uint64_t length,
			     struct initramfs_image *image, const struct member_observer *observer);

/*
 * Whether reading may look at the data of a regular file with this path (without leading slash).
 * Whoever saves an image in short keeps every member in its order, these with their data, symbolic
 * links with their targets; members whose data is left away are best saved as FIFOs (S_IFIFO), so
 * that a link or another name that leads to one is unknown and not an empty file.
 */
bool initramfs_wants(const char *path);

/* The kept file with this path (without leading slash), or NULL. */
const struct image_file *initramfs_file(const struct initramfs_image *image, const char *path);

/* Whether the image holds a module; the name with '-' or '_'. */
bool initramfs_has_module(const struct initramfs_image *image, const char *module);

#endif
