/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compressed parts of an initramfs, looked at from outside: which compression it is, where the part
 * ends, and how much memory unpacking it takes. Nothing is unpacked here. An image may hold several
 * parts, and it is untrusted, so both must be known before a decompressor is let loose on it.
 *
 * Which ones the kernel unpacks, and by which first bytes: lib/decompress.c. Formats: RFC 8878
 * (zstd), the .xz file format 1.2.0 and its LZMA2 chunks, lib/decompress_unlz4.c (LZ4 legacy).
 */
#ifndef VFIOKIT_PARSE_COMPRESSED_H
#define VFIOKIT_PARSE_COMPRESSED_H

#include "preflight/base.h"

enum compression {
	COMPRESSION_NONE, /* not one that the kernel knows */
	COMPRESSION_GZIP,
	COMPRESSION_BZIP2,
	COMPRESSION_LZMA,
	COMPRESSION_XZ,
	COMPRESSION_LZO,
	COMPRESSION_LZ4, /* legacy frames (lz4 -l), the only ones that the kernel unpacks */
	COMPRESSION_ZSTD,
	COMPRESSION_LZ4_FRAME, /* the usual LZ4 frames: the kernel refuses them */
};

enum { COMPRESSION_MAGIC = 6 }; /* bytes that tell them all apart */

enum compression compression_of(const void *bytes, size_t length);

/* "zstd"; "an unknown format" for COMPRESSION_NONE. */
const char *compression_name(enum compression compression);

/* Bytes to look at, without holding them all. */
struct byte_source {
	/* Fills buffer with up to size bytes from offset on, fewer only at the end. Returns how many,
	 * or -errno. */
	ssize_t (*read)(void *context, uint64_t offset, void *buffer, size_t size);
	void *context;
};

struct compressed_part {
	uint64_t
		end; /* the first byte behind it; 0 where only unpacking tells (gzip, bzip2, lzma) */
	uint64_t window; /* bytes of history that the decompressor must keep; 0 a few MiB at most */
};

/*
 * Measures the part that begins at offset. 0, -EINVAL where it is damaged or cut off (*ret_problem
 * tells in words, "zstd data ends in the middle"), or what the source returned.
 */
int compression_measure(enum compression compression, const struct byte_source *source,
			uint64_t offset, struct compressed_part *ret_part,
			const char **ret_problem);

#endif
