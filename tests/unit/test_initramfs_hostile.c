/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images that are damaged, cut off, too large, or no images at all. */
#include "preflight/initramfs/read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "image_read.h"

static void every_truncation_is_damage(void **state)
{
	static const int filters[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD};
	struct made *made = *state, inner = main_archive(made->arena);

	/* Without the padding, which may be missing. */
	while (!inner.bytes[inner.length - 1])
		inner.length--;
	made_zeros(&inner, 1);
	made_pad(&inner, 4);
	for (size_t i = 0; i <= ARRAY_SIZE(filters); i++) {
		struct made file = {.arena = made->arena}, whole;
		struct initramfs_image image;
		size_t step;

		if (i < ARRAY_SIZE(filters))
			made_packed(&file, filters[i], &inner);
		else
			made_bytes(&file, inner.bytes, inner.length);
		whole = file;
		step = file.length / 60 + 1;
		assert_int_equal(read_made(&whole).read, YES);
		for (file.length -= 4; file.length > 8;
		     file.length -= file.length > step ? step : 8) {
			image = read_made(&file);
			assert_int_equal(image.read, NO);
			assert_non_null(image.why);
		}
	}
}

static void damage_is_told(void **state)
{
	struct made *made = *state, inner = main_archive(made->arena),
		    file = {.arena = made->arena};
	struct initramfs_image image;

	made_packed(&file, ARCHIVE_FILTER_GZIP, &inner);
	file.bytes[file.length / 2] = (char)~file.bytes[file.length / 2];
	image = read_made(&file);
	assert_int_equal(image.read, NO);
	assert_non_null(image.why);
}

/* A capture of it has an archive without a member, and both must be judged alike. */
static void a_part_of_zeros_holds_nothing(void **state)
{
	struct made *made = *state, zeros = {.arena = made->arena};
	struct initramfs_image image;

	made_zeros(&zeros, 64);
	made_packed(made, ARCHIVE_FILTER_ZSTD, &zeros);
	image = read_made(made);
	assert_int_equal(image.read, NO);
	assert_string_equal(image.why, "it holds nothing");
	made_bytes(made, "715", 3);
	image = read_made(made);
	assert_int_equal(image.read, NO);
	assert_string_equal(image.why, "it holds nothing");
}

static void an_empty_file_is_damage(void **state)
{
	struct made *made = *state;

	assert_int_equal(read_made(made).read, NO);
	made_zeros(made, 1024);
	assert_int_equal(read_made(made).read, NO);
}

/* An old ramdisk, or anything else that no generator here makes. */
static void what_is_no_archive_is_unknown(void **state)
{
	struct made *made = *state;
	struct initramfs_image image;

	made_bytes(made, "hsqs....this is a squashfs image", 32);
	image = read_made(made);
	assert_int_equal(image.read, UNKNOWN);
	assert_non_null(image.why);
}

/* The kernel complains about rubbish behind whole archives, and has unpacked them all the same. */
static void rubbish_behind_archives_does_no_harm(void **state)
{
	struct made *made = *state, inner = main_archive(made->arena),
		    file = {.arena = made->arena};
	struct initramfs_image image;

	made_packed(&file, ARCHIVE_FILTER_XZ, &inner);
	made_pad(&file, 512);
	made_bytes(&file, "appended by somebody", 20);
	image = read_made(&file);
	assert_main_archive(&image);
}

static void rubbish_inside_archives_is_damage(void **state)
{
	struct made *made = *state, inner = {.arena = made->arena}, file = {.arena = made->arena};

	made_file(&inner, "a", "b");
	made_bytes(&inner, "rubbish ", 8);
	made_trailer(&inner);
	assert_int_equal(read_made(&inner).read, NO);
	made_packed(&file, ARCHIVE_FILTER_GZIP, &inner);
	assert_int_equal(read_made(&file).read, NO);
}

/* What the generator began and did not finish. */
static void an_archive_without_end_is_damage(void **state)
{
	struct made *made = *state, file = {.arena = made->arena};

	made_file(made, "etc/modprobe.d/vfio.conf", "options");
	assert_int_equal(read_made(made).read, NO);
	made_packed(&file, ARCHIVE_FILTER_ZSTD, made);
	assert_int_equal(read_made(&file).read, NO);
}

static void the_kernel_reads_no_lz4_frames(void **state)
{
	struct made *made = *state, inner = main_archive(made->arena);
	struct initramfs_image image;

	made_bytes(made, "\x04\x22\x4d\x18\x64\x40\xa7", 7);
	made_bytes(made, inner.bytes, inner.length);
	image = read_made(made);
	assert_int_equal(image.read, NO);
	assert_non_null(strstr(image.why, "lz4 -l"));
}

static void lzop_is_unknown(void **state)
{
	struct made *made = *state;
	struct initramfs_image image;

	made_bytes(made, "\x89LZO\0\r\n\x1a\n", 9);
	made_zeros(made, 100);
	image = read_made(made);
	assert_int_equal(image.read, UNKNOWN);
	assert_non_null(strstr(image.why, "lzop"));
}

/* libarchive would unpack gzip inside gzip; the kernel does not. */
static void packed_twice_is_damage(void **state)
{
	struct made *made = *state, inner = main_archive(made->arena),
		    once = {.arena = made->arena};

	made_packed(&once, ARCHIVE_FILTER_GZIP, &inner);
	made_packed(made, ARCHIVE_FILTER_GZIP, &once);
	assert_int_equal(read_made(made).read, NO);
}

/* zstd --long and xz -9: read as long as the whole of it is small. */
static void wide_windows_are_read_while_they_fit(void **state)
{
	struct made *made = *state, inner = main_archive(made->arena),
		    large = {.arena = made->arena};
	struct initramfs_image image;

	made_zstd(made, 0x88, &inner);
	image = read_made(made);
	assert_main_archive(&image);

	/* 128 KiB of zeros in each block of four bytes. */
	made_bytes(&large, "\x28\xb5\x2f\xfd\x00\x88", 6);
	for (unsigned i = 0; i <= INITRAMFS_WIDE_LIMIT >> 17; i++)
		made_little(&large, 0x20000 << 3 | 2 | (i == INITRAMFS_WIDE_LIMIT >> 17), 4);
	image = read_made(&large);
	assert_int_equal(image.read, UNKNOWN);
	assert_non_null(strstr(image.why, "128 MiB"));
}

/* A member of nearly 4 GiB, of which the archive holds as many zeros as it likes. */
static void bombs_are_given_up(void **state)
{
	struct made *made = *state, head = {.arena = made->arena};
	struct made_header header = {
		.mode = S_IFREG, .links = 1, .size = 0xfffffff0, .name_size = 5};
	struct initramfs_image image;
	unsigned blocks = (unsigned)(INITRAMFS_UNPACKED_LIMIT >> 17);

	made_raw(&head, &header, "bomb", 5, "", 0);
	made_bytes(made, "\x28\xb5\x2f\xfd\x00\x38", 6);
	made_little(made, head.length << 3, 3);
	made_bytes(made, head.bytes, head.length);
	for (unsigned i = 0; i <= blocks; i++)
		made_little(made, 0x20000 << 3 | 2 | (i == blocks), 4);
	image = read_made(made);
	assert_int_equal(image.read, UNKNOWN);
	assert_non_null(strstr(image.why, "2048 MiB"));
}

static void too_many_parts_are_given_up(void **state)
{
	struct made *made = *state, inner = {.arena = made->arena};
	struct initramfs_image image;

	made_trailer(&inner);
	for (unsigned i = 0; i <= INITRAMFS_PARTS_LIMIT; i++)
		made_zstd(made, 0, &inner);
	image = read_made(made);
	assert_int_equal(image.read, UNKNOWN);
	assert_non_null(strstr(image.why, "parts"));
}

static void too_much_to_keep_is_given_up(void **state)
{
	struct made *made = *state;
	char *large = arena_alloc(made->arena, INITRAMFS_FILE_LIMIT + 1);
	struct initramfs_image image;
	struct made file = {.arena = made->arena};

	made_member(&file, "etc/modprobe.d/large.conf", S_IFREG, 1, 1, large,
		    INITRAMFS_FILE_LIMIT + 1);
	made_trailer(&file);
	image = read_made(&file);
	assert_int_equal(image.read, UNKNOWN);
	assert_non_null(strstr(image.why, "large.conf"));

	/* The same path again and again is no way around the limit. */
	for (unsigned i = 0; i < 10; i++)
		made_member(made, "etc/modprobe.d/a.conf", S_IFREG, 1, 1, large,
			    INITRAMFS_FILE_LIMIT);
	made_trailer(made);
	image = read_made(made);
	assert_int_equal(image.read, UNKNOWN);
	assert_non_null(image.why);
}

/* Many spare files (hard links, other *.conf) must not make an image unknown. */
static void spare_files_do_no_harm(void **state)
{
	struct made *made = *state;
	char *data = arena_alloc(made->arena, 50000);
	struct initramfs_image image;

	for (unsigned i = 0; i < 300; i++)
		made_member(made, arena_printf(made->arena, "usr/lib/firmware/%u", i), S_IFREG, i,
			    2, data, 50000);
	made_file(made, "usr/lib/modprobe.d/a.conf", "blacklist a\n");
	made_trailer(made);
	image = read_made(made);
	assert_int_equal(image.read, YES);
	assert_int_equal(image.files.count, 1);
}

/* An image saved in short: what a link leads to may have been left away. */
static void data_that_was_left_away_is_unknown(void **state)
{
	struct made *made = *state;
	struct initramfs_image image;

	made_link(made, "etc/modprobe.d/gpu.conf", "../gpu");
	made_member(made, "etc/gpu", S_IFIFO | 0644, 1, 1, "", 0);
	made_member(made, "lib/modules/6.1/kernel/vfio-pci.ko", S_IFIFO | 0644, 2, 1, "", 0);
	made_trailer(made);
	image = read_made(made);
	assert_int_equal(image.read, UNKNOWN);
	assert_true(initramfs_has_module(&image, "vfio_pci"));
	assert_true(initramfs_wants("etc/nvidia/nvidia-modprobe.conf"));
}

static void a_packed_file_system_is_unknown(void **state)
{
	struct made *made = *state;

	made_file(made, "init", "");
	made_file(made, "squash-root.img", "hsqs");
	made_trailer(made);
	assert_int_equal(read_made(made).read, UNKNOWN);
}

static void what_is_no_file_is_unknown(void **state)
{
	struct made *made = *state;
	struct initramfs_image image = {.path = "x"};

	initramfs_read(made->arena, -1, 0, 0, &image);
	assert_int_equal(image.read, UNKNOWN);
	assert_non_null(image.why);
}

/* Whatever bytes are wrong, the reader ends, within its bounds, with a verdict and a reason. */
static void survives_any_bytes(void **state)
{
	static const int filters[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2,
				      ARCHIVE_FILTER_LZMA, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD};
	struct made *made = *state, inner = main_archive(made->arena);
	unsigned random = 4711;

	for (size_t i = 0; i < 7; i++) {
		struct made file = {.arena = made->arena};

		if (i < 5)
			made_packed(&file, filters[i], &inner);
		else if (i == 5)
			made_lz4(&file, &inner);
		else
			file = inner;
		for (unsigned round = 0; round < 60; round++) {
			struct made copy = {.arena = arena_new()};
			struct initramfs_image image;

			made_bytes(&copy, file.bytes, file.length);
			for (unsigned j = 0; j < 3; j++) {
				random = random * 1103515245 + 12345;
				copy.bytes[random / 65536 % (round & 1 ? 40 : copy.length)] =
					(char)(random >> 7);
			}
			image = read_made(&copy);
			assert_true(image.read == YES || image.why);
			arena_free(copy.arena);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_truncation_is_damage),
		TEST(damage_is_told),
		TEST(an_empty_file_is_damage),
		TEST(a_part_of_zeros_holds_nothing),
		TEST(what_is_no_archive_is_unknown),
		TEST(rubbish_behind_archives_does_no_harm),
		TEST(rubbish_inside_archives_is_damage),
		TEST(an_archive_without_end_is_damage),
		TEST(the_kernel_reads_no_lz4_frames),
		TEST(lzop_is_unknown),
		TEST(packed_twice_is_damage),
		TEST(wide_windows_are_read_while_they_fit),
		TEST(bombs_are_given_up),
		TEST(too_many_parts_are_given_up),
		TEST(too_much_to_keep_is_given_up),
		TEST(spare_files_do_no_harm),
		TEST(data_that_was_left_away_is_unknown),
		TEST(a_packed_file_system_is_unknown),
		TEST(what_is_no_file_is_unknown),
		TEST(survives_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
