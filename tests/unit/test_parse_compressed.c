/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/compressed.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "image_made.h"

static int setup(void **state)
{
	struct arena *arena = arena_new();
	struct made *made = arena_alloc(arena, sizeof(*made));

	made->arena = arena;
	*state = made;
	return 0;
}

static int teardown(void **state)
{
	struct made *made = *state;

	arena_free(made->arena);
	return 0;
}

static ssize_t read_made(void *context, uint64_t offset, void *buffer, size_t size)
{
	const struct made *made = context;

	if (offset >= made->length)
		return 0;
	if (size > made->length - offset)
		size = made->length - (size_t)offset;
	memcpy(buffer, made->bytes + offset, size);
	return (ssize_t)size;
}

static int measure(struct made *made, size_t offset, struct compressed_part *part)
{
	const struct byte_source source = {.read = read_made, .context = made};
	const char *problem = NULL;
	enum compression compression = compression_of(made->bytes + offset, made->length - offset);
	int r = compression_measure(compression, &source, offset, part, &problem);

	if (r < 0)
		assert_non_null(problem);
	return r;
}

static struct made text_of(struct arena *arena, size_t length)
{
	struct made text = {.arena = arena};
	unsigned random = 7;

	for (size_t i = 0; i < length; i++) {
		random = random * 1103515245 + 12345;
		made_little(&text, (random >> 16) % 23 + 'a', 1);
	}
	return text;
}

static void knows_the_first_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		enum compression compression;
	} rows[] = {
		{"\x1f\x8b\x08\0\0\0", 6, COMPRESSION_GZIP},
		{"BZh91AY", 7, COMPRESSION_BZIP2},
		{"\x5d\0\0\x80\0\xff", 6, COMPRESSION_LZMA},
		{"\xfd"
		 "7zXZ\0",
		 6, COMPRESSION_XZ},
		{"\x89LZO\0\r", 6, COMPRESSION_LZO},
		{"\x02\x21\x4c\x18zz", 6, COMPRESSION_LZ4},
		{"\x04\x22\x4d\x18zz", 6, COMPRESSION_LZ4_FRAME},
		{"\x28\xb5\x2f\xfd\x04\x58", 6, COMPRESSION_ZSTD},
		{"070701", 6, COMPRESSION_NONE},
		{"\x1f", 1, COMPRESSION_NONE},
		{"\xfd"
		 "7zX",
		 4, COMPRESSION_NONE},
		{"", 0, COMPRESSION_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(compression_of(rows[i].bytes, rows[i].length),
				 rows[i].compression);
	assert_string_equal(compression_name(COMPRESSION_ZSTD), "zstd");
	assert_string_equal(compression_name(COMPRESSION_NONE), "an unknown format");
}

/* Whatever stands behind, the end is where libarchive's compressors ended. */
static void finds_the_end(void **state)
{
	static const int filters[] = {ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_XZ};
	static const size_t lengths[] = {0, 1, 100, 70000, 400000};
	struct made *made = *state;

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		for (size_t j = 0; j < ARRAY_SIZE(lengths); j++) {
			struct made text = text_of(made->arena, lengths[j]);
			struct made image = {.arena = made->arena};
			struct compressed_part part = {0};
			size_t end;

			made_zeros(&image, 12);
			made_packed(&image, filters[i], &text);
			end = image.length;
			made_bytes(&image, "\0\0\0\0\x28\xb5rubbish", 13);
			assert_int_equal(measure(&image, 12, &part), 0);
			assert_int_equal(part.end, end);
		}
}

static void every_truncation_is_damage(void **state)
{
	static const int filters[] = {ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_XZ};
	struct made *made = *state;

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct made text = text_of(made->arena, 3000), image = {.arena = made->arena};
		struct compressed_part part;

		made_packed(&image, filters[i], &text);
		for (size_t length = image.length - 1; length > 6; length--) {
			struct made cut = image;

			cut.length = length;
			assert_int_equal(measure(&cut, 0, &part), -EINVAL);
		}
	}
}

/* RFC 8878 3.1.1.1.2: 2^(10 + exponent), and eighths of that. */
static void reads_the_window_of_zstd(void **state)
{
	static const struct {
		unsigned char descriptor;
		uint64_t window;
	} rows[] = {
		{0x00, 1024},      {0x58, 2 << 20},   {0x68, 8 << 20},
		{0x88, 128 << 20}, {0x8c, 192 << 20}, {0xff, UINT64_C(15) << 38},
	};
	struct made *made = *state;
	struct made text = text_of(made->arena, 100);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct made image = {.arena = made->arena};
		struct compressed_part part = {0};

		made_zstd(&image, rows[i].descriptor, &text);
		assert_int_equal(measure(&image, 0, &part), 0);
		assert_int_equal(part.window, rows[i].window);
		assert_int_equal(part.end, image.length);
	}
}

/* A frame of one segment states its size, and has no window byte. */
static void reads_frames_of_one_segment(void **state)
{
	struct made *made = *state;
	struct compressed_part part = {0};

	made_bytes(made, "\x28\xb5\x2f\xfd\x24\x05", 6);
	made_little(made, 5 << 3 | 1, 3);
	made_bytes(made, "hello", 5);
	made_bytes(made, "sum!", 4);
	made_bytes(made, "behind", 6);
	assert_int_equal(measure(made, 0, &part), 0);
	assert_int_equal(part.window, 5);
	assert_int_equal(part.end, 18);
}

static void refuses_zstd_with_a_dictionary(void **state)
{
	struct made *made = *state;
	struct compressed_part part;

	made_bytes(made, "\x28\xb5\x2f\xfd\x01\x00\x07", 7);
	made_little(made, 1, 3);
	assert_int_equal(measure(made, 0, &part), -EINVAL);
}

static void refuses_blocks_of_no_kind(void **state)
{
	struct made *made = *state;
	struct compressed_part part;

	made_bytes(made, "\x28\xb5\x2f\xfd\x00\x00", 6);
	made_little(made, 7, 3);
	made_zeros(made, 20);
	assert_int_equal(measure(made, 0, &part), -EINVAL);
}

/* .xz 5.3.1: property 0 is 4 KiB, 1 is 6 KiB, 22 is 8 MiB, 28 is 64 MiB, 40 is 4 GiB - 1. */
static void reads_the_dictionary_of_xz(void **state)
{
	static const struct {
		unsigned char property;
		uint64_t window;
	} rows[] = {{0, 4096}, {1, 6144}, {22, 8 << 20}, {28, 64 << 20}, {40, UINT32_MAX}};
	struct made *made = *state;
	struct made text = text_of(made->arena, 100), image = {.arena = made->arena};
	struct compressed_part part = {0};

	made_packed(&image, ARCHIVE_FILTER_XZ, &text);
	/* Stream header 12 bytes; block header: size, flags, filter 21h, one byte of properties. */
	assert_int_equal((unsigned char)image.bytes[14], 0x21);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		image.bytes[16] = (char)rows[i].property;
		assert_int_equal(measure(&image, 0, &part), 0);
		assert_int_equal(part.window, rows[i].window);
	}
	image.bytes[16] = 41;
	assert_int_equal(measure(&image, 0, &part), -EINVAL);
}

static void reads_the_dictionary_of_lzma(void **state)
{
	struct made *made = *state;
	struct compressed_part part = {.end = 1};

	made_bytes(made, "\x5d\0\0\0\x04\xff\xff\xff\xff\xff\xff\xff\xff", 13);
	assert_int_equal(measure(made, 0, &part), 0);
	assert_int_equal(part.window, 64 << 20);
	assert_int_equal(part.end, 0);
}

static void finds_the_end_of_lz4(void **state)
{
	struct made *made = *state;
	struct made text = text_of(made->arena, 1000);
	struct compressed_part part = {0};
	size_t end;

	made_lz4(made, &text);
	/* Another frame may follow, and another chunk. */
	made_lz4(made, &text);
	made_lz4_chunk(made, text.bytes, 500);
	end = made->length;
	assert_int_equal(measure(made, 0, &part), 0);
	assert_int_equal(part.end, end);
	/* Zeros, fewer than four bytes, or the beginning of a cpio archive are no chunk. */
	made_bytes(made, "\0\0\0\0\0\0", 6);
	assert_int_equal(measure(made, 0, &part), 0);
	assert_int_equal(part.end, end);
	made->length = end;
	made_bytes(made, "070701", 6);
	assert_int_equal(measure(made, 0, &part), 0);
	assert_int_equal(part.end, end);
	made->length = end + 3;
	assert_int_equal(measure(made, 0, &part), 0);
	assert_int_equal(part.end, end);
	made->length = end - 1;
	assert_int_equal(measure(made, 0, &part), -EINVAL);
}

static ssize_t read_nothing(void *context, uint64_t offset, void *buffer, size_t size)
{
	(void)context;
	(void)offset;
	(void)buffer;
	(void)size;
	return -EIO;
}

static void passes_on_what_the_source_says(void **state)
{
	const struct byte_source source = {.read = read_nothing};
	struct compressed_part part;
	const char *problem;

	(void)state;
	assert_int_equal(compression_measure(COMPRESSION_ZSTD, &source, 0, &part, &problem), -EIO);
	assert_int_equal(compression_measure(COMPRESSION_XZ, &source, 0, &part, &problem), -EIO);
	assert_int_equal(compression_measure(COMPRESSION_LZ4, &source, 0, &part, &problem), -EIO);
	/* Nothing is read where only unpacking tells. */
	assert_int_equal(compression_measure(COMPRESSION_GZIP, &source, 0, &part, &problem), 0);
}

/* No bytes make it read outside the image or go on for ever. */
static void survives_any_bytes(void **state)
{
	static const int filters[] = {ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_XZ};
	struct made *made = *state;
	struct made text = text_of(made->arena, 2000);
	unsigned random = 99, kept = 0;

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct made image = {.arena = made->arena};

		made_packed(&image, filters[i], &text);
		for (unsigned round = 0; round < 20000; round++) {
			struct compressed_part part = {0};
			size_t at;
			char old;

			random = random * 1103515245 + 12345;
			at = 6 + random / 65536 % (image.length - 6);
			old = image.bytes[at];
			image.bytes[at] = (char)(random >> 9);
			if (measure(&image, 0, &part) == 0) {
				assert_true(part.end <= image.length);
				kept++;
			}
			image.bytes[at] = old;
		}
	}
	assert_true(kept > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_first_bytes),
		cmocka_unit_test_setup_teardown(finds_the_end, setup, teardown),
		cmocka_unit_test_setup_teardown(every_truncation_is_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_the_window_of_zstd, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_frames_of_one_segment, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_zstd_with_a_dictionary, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_blocks_of_no_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_the_dictionary_of_xz, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_the_dictionary_of_lzma, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_the_end_of_lz4, setup, teardown),
		cmocka_unit_test(passes_on_what_the_source_says),
		cmocka_unit_test_setup_teardown(survives_any_bytes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
