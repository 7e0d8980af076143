/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/compressed.h"

#include <endian.h>
#include <errno.h>

static const struct {
	enum compression compression;
	unsigned length;
	unsigned char magic[COMPRESSION_MAGIC];
} magics[] = {
	{COMPRESSION_GZIP, 2, {0x1f, 0x8b}},
	{COMPRESSION_BZIP2, 3, "BZh"},
	{COMPRESSION_LZMA, 3, {0x5d, 0, 0}},
	{COMPRESSION_XZ, 6, {0xfd, '7', 'z', 'X', 'Z', 0}},
	{COMPRESSION_LZO, 4, {0x89, 'L', 'Z', 'O'}},
	{COMPRESSION_LZ4, 4, {0x02, 0x21, 0x4c, 0x18}},
	{COMPRESSION_ZSTD, 4, {0x28, 0xb5, 0x2f, 0xfd}},
	{COMPRESSION_LZ4_FRAME, 4, {0x04, 0x22, 0x4d, 0x18}},
};

enum compression compression_of(const void *bytes, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (length >= magics[i].length &&
		    memcmp(bytes, magics[i].magic, magics[i].length) == 0)
			return magics[i].compression;
	return COMPRESSION_NONE;
}

const char *compression_name(enum compression compression)
{
	static const char *const names[] = {
		[COMPRESSION_NONE] = "an unknown format",
		[COMPRESSION_GZIP] = "gzip",
		[COMPRESSION_BZIP2] = "bzip2",
		[COMPRESSION_LZMA] = "lzma",
		[COMPRESSION_XZ] = "xz",
		[COMPRESSION_LZO] = "lzop",
		[COMPRESSION_LZ4] = "lz4",
		[COMPRESSION_ZSTD] = "zstd",
		[COMPRESSION_LZ4_FRAME] = "lz4 (not the legacy format)",
	};

	return names[compression];
}

/* -- reading forward ------------------------------------------------------------------------- */

enum { CACHE_SIZE = 512 };

/* A place in the source. After a failure everything reads as zeros and error stays set. */
struct scan {
	const struct byte_source *source;
	uint64_t at, cache_start;
	size_t cached;
	int error;
	const char *problem;
	unsigned char cache[CACHE_SIZE];
};

static void fail(struct scan *scan, int error, const char *problem)
{
	if (scan->error)
		return;
	scan->error = error;
	scan->problem = problem;
}

static bool fill_cache(struct scan *scan)
{
	ssize_t got = scan->source->read(scan->source->context, scan->at, scan->cache, CACHE_SIZE);

	if (got <= 0) {
		fail(scan, got < 0 ? (int)got : -EINVAL, "it ends in the middle");
		return false;
	}
	scan->cache_start = scan->at;
	scan->cached = (size_t)got;
	return true;
}

static unsigned get8(struct scan *scan)
{
	if (scan->error)
		return 0;
	if (scan->at < scan->cache_start || scan->at - scan->cache_start >= scan->cached)
		if (!fill_cache(scan))
			return 0;
	return scan->cache[scan->at++ - scan->cache_start];
}

static uint64_t get_little(struct scan *scan, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)get8(scan) << 8 * i;
	return value;
}

static unsigned get16_big(struct scan *scan)
{
	unsigned high = get8(scan);

	return high << 8 | get8(scan);
}

/* Jumps over bytes, the last of which must be there. */
static void jump(struct scan *scan, uint64_t bytes)
{
	if (!bytes || scan->error)
		return;
	if (bytes > UINT64_MAX - scan->at) {
		fail(scan, -EINVAL, "a length in it is wrong");
		return;
	}
	scan->at += bytes - 1;
	get8(scan);
}

/* -- zstd ------------------------------------------------------------------------------------ */

enum { ZSTD_RAW, ZSTD_RLE, ZSTD_PACKED, ZSTD_RESERVED };

/* RFC 8878 3.1.1.1: what the frame needs as history. */
static uint64_t zstd_header(struct scan *scan, unsigned *ret_descriptor)
{
	static const unsigned dictionary_bytes[] = {0, 1, 2, 4}, size_bytes[] = {0, 2, 4, 8};
	unsigned descriptor, size_flag, window = 0;
	bool single;
	uint64_t size, base;

	jump(scan, 4);
	descriptor = get8(scan);
	single = descriptor & 0x20;
	size_flag = descriptor >> 6;
	if (!single)
		window = get8(scan);
	if (get_little(scan, dictionary_bytes[descriptor & 3]))
		fail(scan, -EINVAL, "it needs a dictionary");
	size = get_little(scan, single && !size_flag ? 1 : size_bytes[size_flag]);
	*ret_descriptor = descriptor;
	if (single)
		return size;
	base = UINT64_C(1) << (10 + (window >> 3));
	return base + base / 8 * (window & 7);
}

static void measure_zstd(struct scan *scan, struct compressed_part *part)
{
	unsigned descriptor, type;
	uint64_t header, size;

	part->window = zstd_header(scan, &descriptor);
	do {
		header = get_little(scan, 3);
		type = header >> 1 & 3;
		size = header >> 3;
		if (type == ZSTD_RESERVED)
			fail(scan, -EINVAL, "it holds a block of a reserved type");
		jump(scan, type == ZSTD_RLE ? 1 : size);
	} while (!(header & 1) && !scan->error);
	if (descriptor & 0x04)
		jump(scan, 4);
	part->end = scan->at;
}

/* -- xz -------------------------------------------------------------------------------------- */

enum { XZ_FILTER_LZMA2 = 0x21, XZ_NUMBER_BYTES = 9 };

/* A number of 7 bits a byte (.xz format 1.2). */
static uint64_t xz_number(struct scan *scan)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < XZ_NUMBER_BYTES; i++) {
		unsigned byte = get8(scan);

		value |= (uint64_t)(byte & 0x7f) << 7 * i;
		if (!(byte & 0x80))
			return value;
	}
	fail(scan, -EINVAL, "it holds a number that is too long");
	return 0;
}

/* .xz format 5.3.1: 2 or 3 times a power of two. */
static uint64_t xz_dictionary(struct scan *scan, unsigned property)
{
	if (property > 40)
		fail(scan, -EINVAL, "it states no possible dictionary size");
	return property >= 40 ? UINT32_MAX : (2 | (uint64_t)(property & 1)) << (property / 2 + 11);
}

static void xz_filters(struct scan *scan, struct compressed_part *part)
{
	unsigned flags = get8(scan);

	if (flags & 0x40)
		xz_number(scan);
	if (flags & 0x80)
		xz_number(scan);
	for (unsigned i = 0; i <= (flags & 3) && !scan->error; i++) {
		uint64_t filter = xz_number(scan), length = xz_number(scan);

		if (filter == XZ_FILTER_LZMA2 && length == 1) {
			uint64_t dictionary = xz_dictionary(scan, get8(scan));

			if (dictionary > part->window)
				part->window = dictionary;
			continue;
		}
		jump(scan, length);
	}
}

/* LZMA2 chunks up to the end marker. */
static void xz_chunks(struct scan *scan)
{
	while (!scan->error) {
		unsigned control = get8(scan);

		if (!control)
			return;
		if (control >= 0x80) {
			uint64_t size;

			get16_big(scan);
			size = get16_big(scan) + 1;
			jump(scan, size + (control >= 0xc0));
		} else if (control <= 2) {
			jump(scan, get16_big(scan) + (uint64_t)1);
		} else {
			fail(scan, -EINVAL, "it holds a chunk of an unknown kind");
		}
	}
}

static void xz_block(struct scan *scan, unsigned header_size, unsigned check_bytes,
		     struct compressed_part *part)
{
	uint64_t header = scan->at - 1, data = header + 4 * ((uint64_t)header_size + 1);

	xz_filters(scan, part);
	if (scan->at > data)
		fail(scan, -EINVAL, "a block's header is too short");
	if (scan->error)
		return;
	scan->at = data;
	xz_chunks(scan);
	jump(scan, (4 - (scan->at - data) % 4) % 4);
	jump(scan, check_bytes);
}

static void measure_xz(struct scan *scan, struct compressed_part *part)
{
	static const unsigned char check_bytes[] = {0,  4,  4,  4,  8,  8,  8,  16,
						    16, 16, 32, 32, 32, 64, 64, 64};
	uint64_t blocks = 0, index;
	unsigned check, header_size;

	jump(scan, 7);
	check = get8(scan) & 0xf;
	jump(scan, 4);
	while ((header_size = get8(scan)) && !scan->error) {
		xz_block(scan, header_size, check_bytes[check], part);
		blocks++;
	}
	index = scan->at - 1;
	if (xz_number(scan) != blocks)
		fail(scan, -EINVAL, "its index does not fit its blocks");
	for (uint64_t i = 0; i < 2 * blocks && !scan->error; i++)
		xz_number(scan);
	jump(scan, (4 - (scan->at - index) % 4) % 4);
	jump(scan, 4 + 12); /* the index's checksum, the stream's footer */
	part->end = scan->at;
}

/* -- the others ------------------------------------------------------------------------------ */

static void measure_lzma(struct scan *scan, struct compressed_part *part)
{
	jump(scan, 1);
	part->window = get_little(scan, 4);
}

/* Chunks of at most 8 MiB of data, each behind its length; another frame's magic may stand between.
 * Where no length can stand the part ends. */
static void measure_lz4(struct scan *scan, struct compressed_part *part)
{
	static const uint32_t magic = 0x184c2102, most = (8 << 20) + (8 << 20) / 255 + 16;

	jump(scan, 4);
	part->end = scan->at;
	while (!scan->error) {
		uint64_t length = get_little(scan, 4);

		/* Fewer than four bytes are left: no chunk. */
		if (scan->error == -EINVAL) {
			scan->error = 0;
			return;
		}
		if (!length || (length > most && length != magic))
			return;
		if (length != magic)
			jump(scan, length);
		part->end = scan->at;
	}
}

int compression_measure(enum compression compression, const struct byte_source *source,
			uint64_t offset, struct compressed_part *ret_part, const char **ret_problem)
{
	static void (*const measures[])(struct scan *, struct compressed_part *) = {
		[COMPRESSION_LZMA] = measure_lzma,
		[COMPRESSION_XZ] = measure_xz,
		[COMPRESSION_LZ4] = measure_lz4,
		[COMPRESSION_ZSTD] = measure_zstd,
	};
	struct scan scan = {.source = source, .at = offset};
	struct compressed_part part = {0};

	if (compression < ARRAY_SIZE(measures) && measures[compression])
		measures[compression](&scan, &part);
	if (scan.error) {
		*ret_problem = scan.problem;
		return scan.error;
	}
	*ret_part = part;
	return 0;
}
