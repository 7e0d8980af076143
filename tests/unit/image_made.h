/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Initramfs images made in memory, for tests: newc members, and whole images packed in each way that
 * the kernel knows. Include cmocka.h first.
 */
#ifndef VFIOKIT_TESTS_IMAGE_MADE_H
#define VFIOKIT_TESTS_IMAGE_MADE_H

#include "preflight/arena.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

struct made {
	struct arena *arena;
	char *bytes;
	size_t length, capacity;
};

static inline void made_bytes(struct made *made, const void *bytes, size_t length)
{
	if (made->length + length > made->capacity) {
		size_t capacity = 2 * (made->length + length);
		char *larger = arena_alloc(made->arena, capacity);

		if (made->length)
			memcpy(larger, made->bytes, made->length);
		made->bytes = larger;
		made->capacity = capacity;
	}
	if (length)
		memcpy(made->bytes + made->length, bytes, length);
	made->length += length;
}

static inline void made_zeros(struct made *made, size_t count)
{
	made_bytes(made, arena_alloc(made->arena, count + 1), count);
}

static inline void made_pad(struct made *made, size_t alignment)
{
	made_zeros(made, -made->length & (alignment - 1));
}

static inline void made_little(struct made *made, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++, value >>= 8)
		made_bytes(made, (char[]){(char)(value & 0xff)}, 1);
}

/* A member as its header states it, which need not be true. */
struct made_header {
	const char *magic; /* NULL: 070701 */
	unsigned inode, mode, links, size, name_size;
};

static inline void made_raw(struct made *made, const struct made_header *header, const char *name,
			    size_t name_length, const void *data, size_t length)
{
	char text[111];

	(void)snprintf(text, sizeof(text), "%s%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		       header->magic ? header->magic : "070701", header->inode, header->mode, 0U,
		       0U, header->links, 0U, header->size, 8U, 1U, 0U, 0U, header->name_size, 0U);
	made_bytes(made, text, 110);
	made_bytes(made, name, name_length);
	made_pad(made, 4);
	made_bytes(made, data, length);
	made_pad(made, 4);
}

static inline void made_member(struct made *made, const char *name, unsigned mode, unsigned inode,
			       unsigned links, const void *data, size_t length)
{
	struct made_header header = {.inode = inode,
				     .mode = mode,
				     .links = links,
				     .size = (unsigned)length,
				     .name_size = (unsigned)strlen(name) + 1};

	made_raw(made, &header, name, strlen(name) + 1, data, length);
}

static inline void made_file(struct made *made, const char *name, const char *text)
{
	made_member(made, name, S_IFREG | 0644, 721, 1, text, strlen(text));
}

static inline void made_link(struct made *made, const char *name, const char *target)
{
	made_member(made, name, S_IFLNK | 0777, 722, 1, target, strlen(target));
}

static inline void made_folder(struct made *made, const char *name)
{
	made_member(made, name, S_IFDIR | 0755, 723, 2, "", 0);
}

static inline void made_trailer(struct made *made)
{
	made_member(made, "TRAILER!!!", 0, 0, 1, "", 0);
}

/* Appends inner, packed by one of libarchive's filters. */
static inline void made_packed(struct made *made, int filter, const struct made *inner)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t size = inner->length + (1 << 20), used = 0;
	char *room = arena_alloc(made->arena, size);

	assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter(archive, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_set_bytes_in_last_block(archive, 1), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(archive, room, size, &used), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_pathname(entry, "image");
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, inner->bytes, inner->length), inner->length);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
	archive_entry_free(entry);
	made_bytes(made, room, used);
}

/* A zstd frame of blocks that are not packed. window: the descriptor byte, exponent - 10 in the upper
 * five bits. */
static inline void made_zstd(struct made *made, unsigned char window, const struct made *inner)
{
	size_t done = 0, block;

	made_bytes(made, "\x28\xb5\x2f\xfd", 4);
	made_little(made, (uint64_t)window << 8, 2);
	do {
		block = inner->length - done < 65536 ? inner->length - done : 65536;
		made_little(made, block << 3 | (done + block == inner->length), 3);
		made_bytes(made, inner->bytes + done, block);
		done += block;
	} while (done < inner->length);
}

/* LZ4's legacy format: a length, then one sequence of literals. */
static inline void made_lz4_chunk(struct made *made, const char *bytes, size_t length)
{
	size_t extra = (length - 15) / 255 + 1;

	assert_true(length >= 15);
	made_little(made, 1 + extra + length, 4);
	made_little(made, 0xf0, 1);
	for (size_t left = length - 15;; left -= 255) {
		made_little(made, left < 255 ? left : 255, 1);
		if (left < 255)
			break;
	}
	made_bytes(made, bytes, length);
}

static inline void made_lz4(struct made *made, const struct made *inner)
{
	made_bytes(made, "\x02\x21\x4c\x18", 4);
	made_lz4_chunk(made, inner->bytes, inner->length);
}

/* The image in a file without a name; the caller closes it. */
static inline int made_open(const struct made *made)
{
	const char *folder = getenv("TMPDIR");
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/vfiokit-image-XXXXXX", folder ? folder : "/tmp");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(write(fd, made->bytes, made->length), made->length);
	return fd;
}

#endif
