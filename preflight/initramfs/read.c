/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/initramfs/read.h"
#include "preflight/initramfs/members.h"
#include "preflight/error.h"
#include "preflight/parse/compressed.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <sys/stat.h>

enum { BLOCK_SIZE = 64 * 1024 };

/* One image being read. */
struct reading {
	struct arena *arena;
	int fd;
	uint64_t start, end; /* in the file */
	struct initramfs_image *image;
	struct members *members;
	const struct member_observer *observer; /* NULL none */
	uint64_t unpacked;                      /* bytes that decompressors have given out */
	uint64_t window, left; /* of this part: its history, and bytes that it may still give out */
	unsigned parts;
	bool any; /* a member was seen */
	bool stopped;
	char *block; /* BLOCK_SIZE bytes */
};

/* Ends the reading: the image is damaged (NO) or cannot be judged (UNKNOWN). */
static void stop(struct reading *reading, enum truth read, const char *format, ...)
	PRINTF_FORMAT(3, 4);

static void stop(struct reading *reading, enum truth read, const char *format, ...)
{
	va_list arguments;

	if (reading->stopped)
		return;
	va_start(arguments, format);
	reading->image->why = arena_vprintf(reading->arena, format, arguments);
	va_end(arguments);
	reading->image->read = read;
	reading->stopped = true;
}

/* Offsets are those inside the image. */
static ssize_t read_at(void *context, uint64_t offset, void *buffer, size_t size)
{
	const struct reading *reading = context;
	uint64_t at = reading->start + offset;
	size_t filled = 0;

	if (at >= reading->end)
		return 0;
	if (size > reading->end - at)
		size = (size_t)(reading->end - at);
	while (filled < size) {
		ssize_t got = pread(reading->fd, (char *)buffer + filled, size - filled,
				    (off_t)(at + filled));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		filled += (size_t)got;
	}
	return (ssize_t)filled;
}

/* What a walker tells, from a file or from a decompressor alike. */
static void take_event(struct reading *reading, struct newc_walker *walker, enum newc_event event)
{
	const char *problem;

	if (event == NEWC_MEMBER) {
		bool looked_at = members_add(reading->members, &walker->member);

		reading->any = true;
		if (reading->observer)
			reading->observer->member(reading->observer->context, &walker->member,
						  looked_at);
		if (!looked_at)
			newc_ignore_data(walker);
	} else if (event == NEWC_DATA) {
		members_data(reading->members, walker->data, walker->data_length);
		if (reading->observer)
			reading->observer->data(reading->observer->context, walker->data,
						walker->data_length);
	} else if (event == NEWC_BROKEN) {
		stop(reading, NO, "the archive is damaged: %s", walker->problem);
	}
	problem = members_problem(reading->members);
	if (problem)
		stop(reading, UNKNOWN, "%s", problem);
}

/* -- compressed parts ------------------------------------------------------------------------ */

/* What libarchive is given to read. */
struct supply {
	struct reading *reading;
	uint64_t at, end;
	char block[BLOCK_SIZE];
};

static ssize_t give_block(struct archive *archive, void *context, const void **ret_block)
{
	struct supply *supply = context;
	size_t size = BLOCK_SIZE;
	ssize_t got;

	if (size > supply->end - supply->at)
		size = (size_t)(supply->end - supply->at);
	got = read_at(supply->reading, supply->at, supply->block, size);
	if (got < 0) {
		archive_set_error(archive, (int)-got, "%s", error_words((int)got));
		return ARCHIVE_FATAL;
	}
	supply->at += (uint64_t)got;
	*ret_block = supply->block;
	return got;
}

static void cleanup_archive(struct archive **archive)
{
	archive_read_free(*archive);
}

/* Only decompressors that libarchive has inside: for others it would run a program. */
static bool add_decompressor(struct archive *archive, enum compression compression)
{
	switch (compression) {
	case COMPRESSION_GZIP:
		return archive_read_support_filter_gzip(archive) == ARCHIVE_OK;
	case COMPRESSION_BZIP2:
		return archive_read_support_filter_bzip2(archive) == ARCHIVE_OK;
	case COMPRESSION_LZMA:
		return archive_read_support_filter_lzma(archive) == ARCHIVE_OK;
	case COMPRESSION_XZ:
		return archive_read_support_filter_xz(archive) == ARCHIVE_OK;
	case COMPRESSION_LZ4:
		return archive_read_support_filter_lz4(archive) == ARCHIVE_OK;
	case COMPRESSION_ZSTD:
		return archive_read_support_filter_zstd(archive) == ARCHIVE_OK;
	case COMPRESSION_NONE:
	case COMPRESSION_LZO:
	case COMPRESSION_LZ4_FRAME:
		break;
	}
	return false;
}

static void feed(struct reading *reading, struct newc_walker *walker, const char *bytes,
		 size_t length)
{
	while (length && !reading->stopped) {
		size_t used;
		enum newc_event event = newc_next(walker, bytes, length, &used);

		if (event == NEWC_FOREIGN)
			stop(reading, NO, "the archive is damaged: rubbish between members");
		take_event(reading, walker, event);
		bytes += used;
		length -= used;
	}
}

static void count_unpacked(struct reading *reading, size_t length)
{
	reading->unpacked += length;
	if (reading->unpacked > INITRAMFS_UNPACKED_LIMIT)
		stop(reading, UNKNOWN, "it unpacks to more than %u MiB",
		     (unsigned)(INITRAMFS_UNPACKED_LIMIT >> 20));
	if (length > reading->left)
		stop(reading, UNKNOWN,
		     "unpacking it takes %u MiB of memory, more than the %u MiB spent here",
		     (unsigned)(reading->window >> 20), (unsigned)INITRAMFS_WIDE_LIMIT >> 20);
	else
		reading->left -= length;
}

static void unpack(struct reading *reading, struct archive *archive, struct newc_walker *walker,
		   enum compression compression)
{
	const char *name = compression_name(compression);
	struct archive_entry *entry;
	int r = archive_read_next_header(archive, &entry);

	if (r == ARCHIVE_OK && archive_filter_count(archive) != 2)
		stop(reading, NO, "%s data is compressed more than once", name);
	while (r == ARCHIVE_OK && !reading->stopped) {
		const void *bytes;
		size_t length;
		la_int64_t offset;

		r = archive_read_data_block(archive, &bytes, &length, &offset);
		if (r != ARCHIVE_OK)
			break;
		count_unpacked(reading, length);
		feed(reading, walker, bytes, length);
	}
	if (r == ARCHIVE_OK || r == ARCHIVE_EOF)
		return;
	if (archive_errno(archive) == ENOMEM || archive_errno(archive) == EIO)
		stop(reading, UNKNOWN, "%s data cannot be unpacked: %s", name,
		     archive_error_string(archive));
	stop(reading, NO, "%s data is damaged: %s", name, archive_error_string(archive));
}

/* Unpacks the part between two offsets of the image; returns where it really ended. */
static uint64_t read_packed(struct reading *reading, enum compression compression, uint64_t at,
			    uint64_t end)
{
	_cleanup_(cleanup_archive) struct archive *archive = archive_read_new();
	_cleanup_free_ struct supply *supply = malloc(sizeof(*supply));
	struct newc_walker walker;

	if (!archive || !supply) {
		stop(reading, UNKNOWN, "%s", error_words(-ENOMEM));
		return at;
	}
	supply->reading = reading;
	supply->at = at;
	supply->end = end;
	if (!add_decompressor(archive, compression)) {
		stop(reading, UNKNOWN, "%s is not supported by this libarchive",
		     compression_name(compression));
		return at;
	}
	newc_begin(&walker, 0);
	archive_read_support_format_raw(archive);
	archive_read_support_format_empty(archive);
	if (archive_read_open(archive, supply, NULL, give_block, NULL) == ARCHIVE_OK)
		unpack(reading, archive, &walker, compression);
	else
		stop(reading, NO, "%s data is damaged: %s", compression_name(compression),
		     archive_error_string(archive));
	if (!newc_complete(&walker))
		stop(reading, NO, "the archive inside the %s data has no end",
		     compression_name(compression));
	return at + (uint64_t)archive_filter_bytes(archive, -1);
}

/* A compressed part begins at this offset; returns the offset behind it. */
static uint64_t read_part(struct reading *reading, enum compression compression, uint64_t at)
{
	const struct byte_source source = {.read = read_at, .context = reading};
	const char *name = compression_name(compression), *problem = NULL;
	struct compressed_part part = {0};
	uint64_t end = reading->end - reading->start, behind;
	int r;

	if (compression == COMPRESSION_LZ4_FRAME)
		stop(reading, NO,
		     "it is compressed as lz4 frames, which the kernel cannot unpack "
		     "(lz4 -l makes the format that it can)");
	if (compression == COMPRESSION_LZO)
		stop(reading, UNKNOWN, "images compressed by lzop cannot be read here");
	r = compression_measure(compression, &source, at, &part, &problem);
	if (r < 0 && problem && r == -EINVAL)
		stop(reading, NO, "%s data is damaged: %s", name, problem);
	else if (r < 0)
		stop(reading, UNKNOWN, "%s", error_words(r));
	if (reading->stopped)
		return at;
	reading->window = part.window;
	reading->left = part.window > INITRAMFS_WINDOW_LIMIT ? INITRAMFS_WIDE_LIMIT
							     : INITRAMFS_UNPACKED_LIMIT;
	behind = read_packed(reading, compression, at, part.end ? part.end : end);
	if (part.end)
		behind = part.end;
	if (behind <= at)
		stop(reading, NO, "%s data is damaged: it is empty", name);
	return behind;
}

/* -- the whole image ------------------------------------------------------------------------- */

/* Something that is no cpio archive begins at walker's offset. */
static void read_foreign(struct reading *reading, struct newc_walker *walker)
{
	unsigned char magic[COMPRESSION_MAGIC];
	ssize_t length = read_at(reading, walker->offset, magic, sizeof(magic));
	enum compression compression = compression_of(magic, length > 0 ? (size_t)length : 0);
	uint64_t behind = reading->end - reading->start;

	if (length < 0) {
		stop(reading, UNKNOWN, "%s", error_words((int)length));
	} else if (!newc_complete(walker)) {
		stop(reading, NO, "the archive is damaged: rubbish between members");
	} else if (compression != COMPRESSION_NONE) {
		if (++reading->parts > INITRAMFS_PARTS_LIMIT)
			stop(reading, UNKNOWN, "it consists of too many parts");
		behind = read_part(reading, compression, walker->offset);
	} else if (!reading->any && !reading->parts) {
		stop(reading, UNKNOWN,
		     "it is neither a cpio archive nor compressed in a way that "
		     "the kernel knows");
	}
	/* Rubbish behind whole archives: the kernel complains and uses what it has unpacked. */
	newc_begin(walker, behind);
}

/* Walks uncompressed archives, over data that does not matter without reading it. */
static void read_image(struct reading *reading)
{
	_cleanup_free_ struct newc_walker *walker = malloc(sizeof(*walker));
	uint64_t loaded = 0;
	size_t length = 0;

	if (!walker) {
		stop(reading, UNKNOWN, "%s", error_words(-ENOMEM));
		return;
	}
	newc_begin(walker, 0);
	while (!reading->stopped) {
		enum newc_event event;
		size_t used;
		ssize_t got;

		newc_jump(walker, newc_skippable(walker));
		if (walker->offset < loaded || walker->offset - loaded >= length) {
			got = read_at(reading, walker->offset, reading->block, BLOCK_SIZE);
			if (got < 0)
				stop(reading, UNKNOWN, "%s", error_words((int)got));
			if (got <= 0)
				break;
			loaded = walker->offset;
			length = (size_t)got;
		}
		used = (size_t)(walker->offset - loaded);
		event = newc_next(walker, reading->block + used, length - used, &used);
		if (event == NEWC_FOREIGN)
			read_foreign(reading, walker);
		else
			take_event(reading, walker, event);
	}
	if (walker->offset > reading->end - reading->start || !newc_complete(walker))
		stop(reading, NO, "the file ends in the middle of an archive");
}

void initramfs_read(struct arena *arena, int fd, uint64_t offset, uint64_t length,
		    struct initramfs_image *image)
{
	initramfs_read_observed(arena, fd, offset, length, image, NULL);
}

void initramfs_read_observed(struct arena *arena, int fd, uint64_t offset, uint64_t length,
			     struct initramfs_image *image, const struct member_observer *observer)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct reading reading = {
		.arena = arena, .fd = fd, .start = offset, .image = image, .observer = observer};
	struct stat status;

	image->read = UNKNOWN;
	image->why = NULL;
	reading.members = members_begin(arena, scratch, image);
	reading.block = arena_alloc(scratch, BLOCK_SIZE);
	if (fstat(fd, &status) < 0) {
		stop(&reading, UNKNOWN, "%s", error_words(-errno));
	} else {
		uint64_t size = (uint64_t)status.st_size;

		reading.start = offset < size ? offset : size;
		reading.end =
			length && length < size - reading.start ? reading.start + length : size;
		if (reading.start == reading.end)
			stop(&reading, NO, "the file is empty");
		else
			read_image(&reading);
	}
	members_end(reading.members);
	if (members_problem(reading.members))
		stop(&reading, UNKNOWN, "%s", members_problem(reading.members));
	if (!reading.stopped && !reading.any)
		stop(&reading, NO, "it holds nothing");
	if (!reading.stopped)
		image->read = YES;
}
