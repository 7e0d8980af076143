/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/content.h"
#include "configure/change.h"
#include "preflight/fnv.h"

#include <errno.h>

enum { CHUNK = 64 * 1024 };

static void digest_add(struct digest *digest, const unsigned char *data, size_t length)
{
	digest->hash = fnv_add(digest->hash, data, length);
	digest->size += length;
}

struct digest digest_of(const void *data, size_t length)
{
	struct digest digest = {.hash = FNV_START};

	digest_add(&digest, data, length);
	return digest;
}

bool digest_same(const struct digest *a, const struct digest *b)
{
	return a->size == b->size && a->hash == b->hash;
}

/* Fills the buffer unless the file ends before. How many bytes, or -errno. */
static ssize_t read_chunk(int fd, void *buffer, size_t size, off_t offset)
{
	size_t filled = 0;

	while (filled < size) {
		ssize_t got = TEMP_FAILURE_RETRY(
			pread(fd, (char *)buffer + filled, size - filled, offset + (off_t)filled));

		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		filled += (size_t)got;
	}
	return (ssize_t)filled;
}

int digest_read(int fd, struct digest *ret_digest)
{
	struct digest digest = {.hash = FNV_START};
	unsigned char chunk[CHUNK];
	ssize_t length;

	while ((length = read_chunk(fd, chunk, sizeof(chunk), (off_t)digest.size)) > 0)
		digest_add(&digest, chunk, (size_t)length);
	if (length < 0)
		return (int)length;
	*ret_digest = digest;
	return 0;
}

int content_write(int fd, const void *data, size_t length, off_t offset)
{
	size_t done = 0;

	while (done < length) {
		ssize_t written = change_write(fd, (const char *)data + done, length - done,
					       offset + (off_t)done);

		if (written <= 0)
			return written < 0 ? (int)written : -EIO;
		done += (size_t)written;
	}
	return 0;
}

int content_copy(int target, int source, struct digest *ret_digest)
{
	struct digest digest = {.hash = FNV_START};
	unsigned char chunk[CHUNK];
	ssize_t length;
	int r = change_clone(target, source);

	if (r == 0)
		return digest_read(target, ret_digest);
	if (r == -EIO || r == -ENOSPC || r == -EROFS)
		return r;
	while ((length = read_chunk(source, chunk, sizeof(chunk), (off_t)digest.size)) > 0) {
		r = content_write(target, chunk, (size_t)length, (off_t)digest.size);
		if (r < 0)
			return r;
		digest_add(&digest, chunk, (size_t)length);
	}
	if (length < 0)
		return (int)length;
	*ret_digest = digest;
	return 0;
}

int content_same(int a, int b)
{
	unsigned char chunk_a[CHUNK], chunk_b[CHUNK];
	ssize_t length_a, length_b;
	off_t offset = 0;

	do {
		length_a = read_chunk(a, chunk_a, sizeof(chunk_a), offset);
		length_b = read_chunk(b, chunk_b, sizeof(chunk_b), offset);
		if (length_a < 0 || length_b < 0)
			return (int)(length_a < 0 ? length_a : length_b);
		if (length_a != length_b || memcmp(chunk_a, chunk_b, (size_t)length_a) != 0)
			return 0;
		offset += length_a;
	} while (length_a > 0);
	return 1;
}

int content_is(int fd, struct bytes bytes)
{
	unsigned char chunk[CHUNK];
	size_t offset = 0;
	ssize_t length;

	while ((length = read_chunk(fd, chunk, sizeof(chunk), (off_t)offset)) > 0) {
		if ((size_t)length > bytes.length - offset ||
		    memcmp(chunk, bytes.data + offset, (size_t)length) != 0)
			return 0;
		offset += (size_t)length;
	}
	return length < 0 ? (int)length : offset == bytes.length;
}

int content_read(int fd, struct arena *arena, size_t limit, struct bytes *ret_bytes)
{
	struct stat status;
	ssize_t length;
	char *data;

	if (fstat(fd, &status) < 0)
		return -errno;
	if ((uint64_t)status.st_size > limit)
		return -EFBIG;
	data = arena_alloc(arena, (size_t)status.st_size + 1);
	length = read_chunk(fd, data, (size_t)status.st_size, 0);
	if (length < 0)
		return (int)length;
	*ret_bytes = (struct bytes){.data = data, .length = (size_t)length};
	return 0;
}
