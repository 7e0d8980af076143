/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The members of "newc" cpio archives (magic 070701 and 070702), of which an initramfs consists:
 * archives one after another, zeros between them, each ended by a member named TRAILER!!!. What the
 * kernel accepts counts, so this follows init/initramfs.c (do_header, do_name, do_reset,
 * unpack_to_rootfs) and Documentation/driver-api/early-userspace/buffer-format.rst.
 *
 * The walker is fed with pieces of any size and holds no more than one header and one name, so it
 * serves a file that is read in blocks, a decompressor's output, and bytes in memory alike. It is
 * pure: it reads nothing and allocates nothing.
 */
#ifndef VFIOKIT_PARSE_NEWC_H
#define VFIOKIT_PARSE_NEWC_H

#include "preflight/base.h"

enum {
	NEWC_HEADER = 110,     /* bytes before the name */
	NEWC_NAME_LIMIT = 4096 /* PATH_MAX, the final NUL included; the kernel skips longer names */
};

struct newc_member {
	const char
		*name; /* NUL-terminated, as it stands in the archive; valid until the next one */
	uint32_t inode, mode, links, major, minor;
	uint64_t size; /* bytes of data that follow */
};

enum newc_event {
	NEWC_HUNGRY, /* all bytes given were used */
	NEWC_MEMBER, /* member tells the next one; the trailer is not told */
	NEWC_DATA, /* data and data_length are a piece of the member's data, inside the bytes given */
	NEWC_FOREIGN, /* the byte at offset begins something else: a compressed archive, or rubbish */
	NEWC_BROKEN, /* no archive that the kernel would unpack; problem tells why. Lasts. */
};

struct newc_walker {
	uint64_t offset;           /* of the next byte to be given, from the start of the stream */
	struct newc_member member; /* the last one told; NEWC_DATA belongs to it */
	const char *data;
	size_t data_length;
	const char *problem; /* words for people; NULL unless broken */
	/* The rest belongs to the walker. */
	unsigned state;
	bool members; /* since the last trailer */
	size_t filled, name_size;
	uint64_t data_left, next;
	char header[NEWC_HEADER];
	char name[NEWC_NAME_LIMIT + 4];
};

/* Begins a stream whose first byte is at offset: archives are aligned to 4 bytes in the file. */
void newc_begin(struct newc_walker *walker, uint64_t offset);

/*
 * Goes on until there is something to tell. *ret_used is how many of the length bytes were used up;
 * the caller gives the rest again. At least one byte is used up unless the event is FOREIGN or
 * BROKEN.
 */
enum newc_event newc_next(struct newc_walker *walker, const char *bytes, size_t length,
			  size_t *ret_used);

/* To be called after NEWC_MEMBER where the data does not matter: no NEWC_DATA comes for it. */
void newc_ignore_data(struct newc_walker *walker);

/* How many of the following bytes say nothing and need not be given (data that is ignored, padding).
 * The caller may jump over any part of them with newc_jump(). */
uint64_t newc_skippable(const struct newc_walker *walker);
void newc_jump(struct newc_walker *walker, uint64_t count);

/* Whether the stream may end here: outside a member, every archive with its trailer. */
bool newc_complete(const struct newc_walker *walker);

#endif
