/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot images in short: every reader must find in them what it finds in the images themselves. */
#include "preflight/boot/work.h"
#include "preflight/capture/images.h"
#include "preflight/parse/pe.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "image_read.h"
/* Both call their ways to make a file so. */
#define made_file  made_program_file
#define made_bytes made_program_bytes
#include "boot_made.h"
#undef made_file
#undef made_bytes

static struct made made_of(struct arena *arena, const void *bytes, size_t length)
{
	struct made made = {.arena = arena};

	made_bytes(&made, bytes, length);
	return made;
}

static struct made shortened(const struct made *image)
{
	struct bytes bytes = {0};
	int fd = made_open(image);

	assert_int_equal(image_shorten(image->arena, fd, 0, 0, &bytes), 0);
	close(fd);
	return made_of(image->arena, bytes.data, bytes.length);
}

static struct made redacted(struct redactor *redactor, const struct made *image)
{
	struct bytes bytes = redactor_apply(redactor, image->arena, REDACT_IMAGE,
					    (struct bytes){image->bytes, image->length});

	return made_of(image->arena, bytes.data, bytes.length);
}

/* -- an initramfs ------------------------------------------------------------------------------------- */

static struct made packed_image(struct arena *arena, const struct made *inner)
{
	struct made image = {.arena = arena};
	char *microcode = arena_alloc(arena, 300000);

	made_member(&image, "kernel/x86/microcode/GenuineIntel.bin", S_IFREG | 0644, 1, 1,
		    microcode, 300000);
	made_trailer(&image);
	made_pad(&image, 512);
	made_packed(&image, ARCHIVE_FILTER_GZIP, inner);
	return image;
}

static void reads_the_same(void **state)
{
	struct made *made = *state, inner = main_archive(made->arena);
	struct made image = packed_image(made->arena, &inner), small = shortened(&image);
	struct initramfs_image read = read_made(&small);
	struct redactor *redactor = redactor_new(made->arena);

	assert_main_archive(&read);
	assert_true(small.length < 8192);
	small = redacted(redactor, &small);
	read = read_made(&small);
	assert_main_archive(&read);
	/* A capture of a capture. */
	small = shortened(&small);
	read = read_made(&small);
	assert_main_archive(&read);
}

/* Keys and passwords lie in many an initramfs. Only what decides about drivers is taken. */
static void takes_nothing_else(void **state)
{
	struct made *made = *state, inner = main_archive(made->arena), image, small;

	inner.length = 0;
	made_file(&inner, "init", "geheim");
	made_file(&inner, "cryptroot/keyfiles/root.key", "geheim");
	made_file(&inner, "root/.ssh/authorized_keys", "geheim");
	made_file(&inner, "etc/crypttab", "geheim");
	made_file(&inner, MODULES "drivers/vfio/pci/vfio-pci.ko", "geheim");
	made_file(&inner, "etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:1b80\n");
	made_trailer(&inner);
	image = packed_image(made->arena, &inner);
	small = shortened(&image);
	assert_null(memmem(small.bytes, small.length, "geheim", 6));
	assert_non_null(memmem(small.bytes, small.length, "ids=10de:1b80", 13));
	assert_non_null(memmem(small.bytes, small.length, "vfio-pci.ko", 11));
}

static void names_are_replaced(void **state)
{
	struct made *made = *state, inner = {.arena = made->arena}, image, small;
	struct redactor *redactor = redactor_new(made->arena);
	struct initramfs_image read;

	made_file(
		&inner, "etc/modprobe.d/x.conf",
		"# 7f3e2d1c-aaaa-4bbb-8ccc-123456789abc by lab7\noptions vfio-pci ids=10de:1b80\n");
	made_link(&inner, "etc/modprobe.d/y.conf", "lab7.conf");
	made_file(&inner, "etc/modprobe.d/lab7.conf", "blacklist nouveau\n");
	made_file(&inner, "scripts/init-top/vfio", "modprobe vfio-pci\n");
	made_trailer(&inner);
	image = packed_image(made->arena, &inner);
	small = shortened(&image);
	redactor_learn_host(redactor, "lab7");
	small = redacted(redactor, &small);
	assert_null(memmem(small.bytes, small.length, "lab7", 4));
	read = read_made(&small);
	assert_int_equal(read.read, YES);
	assert_file(&read, "etc/modprobe.d/x.conf",
		    "# 00000000-0000-4000-8000-000000000001 by host1\noptions vfio-pci "
		    "ids=10de:1b80\n");
	assert_file(&read, "etc/modprobe.d/y.conf", "blacklist nouveau\n");
	assert_file(&read, "etc/modprobe.d/host1.conf", "blacklist nouveau\n");
}

static void damage_stays_damage(void **state)
{
	struct made *made = *state, inner = main_archive(made->arena);
	struct made image = packed_image(made->arena, &inner), small;
	struct redactor *redactor = redactor_new(made->arena);
	struct initramfs_image read;
	struct bytes bytes;
	int fd;

	image.length -= 100;
	small = shortened(&image);
	read = read_made(&small);
	assert_int_equal(read.read, NO);
	small = redacted(redactor, &small);
	read = read_made(&small);
	assert_int_equal(read.read, NO);
	/* What cannot be told here must not look as if it could. */
	image = made_of(made->arena, "no image at all, but a text", 27);
	fd = made_open(&image);
	assert_int_equal(image_shorten(made->arena, fd, 0, 0, &bytes), -ENODATA);
	close(fd);
}

/* -- kernels ---------------------------------------------------------------------------------------------- */

static struct made made_kernel(struct arena *arena, size_t text, const char *version)
{
	struct made kernel = {.arena = arena};

	made_zeros(&kernel, 0x10000);
	memcpy(kernel.bytes + 0x202, "HdrS", 4);
	kernel.bytes[0x20e] = (char)(text - 0x200);
	kernel.bytes[0x20f] = (char)((text - 0x200) >> 8);
	memcpy(kernel.bytes + text, version, strlen(version) + 1);
	return kernel;
}

static void kernels_keep_their_version(void **state)
{
	static const size_t places[] = {0x300, 0x3fc0, 0x7fc0};
	struct made *made = *state;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct made kernel =
			made_kernel(made->arena, places[i], "6.1.0-50-amd64 (alice@lab7) #1 SMP");
		struct made small;
		struct bytes bytes;
		int fd = made_open(&kernel);

		assert_int_equal(kernel_shorten(made->arena, fd, 0, &bytes), 0);
		close(fd);
		assert_true(bytes.length < 2048);
		assert_null(memmem(bytes.data, bytes.length, "alice", 5));
		small = made_of(made->arena, bytes.data, bytes.length);
		fd = made_open(&small);
		assert_string_equal(boot_version_inside(made->arena, fd, 0), "6.1.0-50-amd64");
		close(fd);
	}
}

static void other_files_are_no_kernels(void **state)
{
	struct made *made = *state;
	struct made kernel = made_kernel(made->arena, 0xfff0, "x");
	struct bytes bytes;
	int fd;

	/* The text lies behind what is read. */
	fd = made_open(&kernel);
	assert_int_equal(kernel_shorten(made->arena, fd, 0, &bytes), 0);
	assert_string_equal(bytes.data + 0x300, "");
	close(fd);
	kernel.length = 0x210;
	fd = made_open(&kernel);
	assert_int_equal(kernel_shorten(made->arena, fd, 0, &bytes), -ENODATA);
	close(fd);
	memset(kernel.bytes, 0, 0x10000);
	kernel.length = 0x10000;
	fd = made_open(&kernel);
	assert_int_equal(kernel_shorten(made->arena, fd, 0, &bytes), -ENODATA);
	close(fd);
}

/* -- unified kernel images ----------------------------------------------------------------------------------- */

/* Sections are made of texts; those that hold bytes are filled in afterwards. */
static void fill_section(struct made_program_bytes *program, char letter,
			 const struct made *content)
{
	char *first = memchr(program->items, letter, program->count);

	assert_non_null(first);
	memcpy(first, content->bytes, content->length);
}

static const char *letters(struct arena *arena, char letter, size_t count)
{
	char *text = arena_alloc(arena, count + 1);

	memset(text, letter, count);
	return text;
}

static struct made unified_image(struct arena *arena)
{
	struct made inner = main_archive(arena), image = packed_image(arena, &inner);
	struct made kernel = made_kernel(arena, 0x3000, "6.1.0-50-amd64 (x@y)");
	const struct made_section sections[] = {
		{".osrel", "ID=debian\n"},
		{".uname", "6.1.0-50-amd64\n"},
		{".cmdline", "root=UUID=7f3e2d1c-aaaa-4bbb-8ccc-123456789abc intel_iommu=on\n"},
		{".splash", letters(arena, '%', 70000)},
		{".linux", letters(arena, '~', kernel.length)},
		{".initrd", letters(arena, '^', image.length)},
		{NULL, NULL},
	};
	struct made_program_bytes program = made_program(arena, sections);

	fill_section(&program, '~', &kernel);
	fill_section(&program, '^', &image);
	return made_of(arena, program.items, program.count);
}

static struct made program_in_short(const struct made *program, bool with_image)
{
	struct bytes bytes = {0};
	int fd = made_open(program);

	assert_int_equal(program_shorten(program->arena, fd, with_image, &bytes), 0);
	close(fd);
	return made_of(program->arena, bytes.data, bytes.length);
}

static void assert_section(const struct made *program, const struct pe_sections *sections,
			   const char *name, const char *text)
{
	const struct pe_section *section = pe_find(sections, name);

	assert_non_null(section);
	assert_int_equal(section->size, strlen(text));
	assert_memory_equal(program->bytes + section->offset, text, strlen(text));
}

static void assert_unified(const struct made *program, const char *cmdline)
{
	struct initramfs_image image = {0};
	struct pe_sections sections = {0};
	const struct pe_section *section;
	int fd = made_open(program);

	assert_int_equal(pe_parse(program->arena, program->bytes, program->length, program->length,
				  &sections),
			 0);
	assert_true(pe_is_unified_image(&sections));
	assert_section(program, &sections, ".osrel", "ID=debian\n");
	assert_section(program, &sections, ".uname", "6.1.0-50-amd64\n");
	assert_section(program, &sections, ".cmdline", cmdline);
	assert_int_equal(pe_find(&sections, ".splash")->size, 0);
	section = pe_find(&sections, ".linux");
	assert_string_equal(boot_version_inside(program->arena, fd, section->offset),
			    "6.1.0-50-amd64");
	section = pe_find(&sections, ".initrd");
	initramfs_read(program->arena, fd, section->offset, section->size, &image);
	assert_main_archive(&image);
	close(fd);
}

static void unified_images(void **state)
{
	struct made *made = *state, program = unified_image(made->arena);
	struct redactor *redactor = redactor_new(made->arena);
	struct made small = program_in_short(&program, true);

	assert_true(program.length > 100000);
	assert_true(small.length < 20000);
	assert_unified(&small, "root=UUID=7f3e2d1c-aaaa-4bbb-8ccc-123456789abc intel_iommu=on\n");
	small = redacted(redactor, &small);
	assert_unified(&small, "root=UUID=00000000-0000-4000-8000-000000000001 intel_iommu=on\n");
	small = program_in_short(&program, false);
	assert_true(small.length < 10000);
}

/* Sizes and offsets that lead out of the file, and a file that ends anywhere. */
static void hostile_programs(void **state)
{
	struct made *made = *state, program = unified_image(made->arena);
	struct redactor *redactor = redactor_new(made->arena);
	size_t count, table = pe_section_table(program.bytes, program.length, &count);

	assert_int_equal(count, 6);
	for (size_t length = 0; length < program.length; length += length < 0x400 ? 7 : 4093) {
		struct made cut = made_of(made->arena, program.bytes, length);
		struct bytes bytes = {0};
		int fd = made_open(&cut);
		int r = program_shorten(made->arena, fd, true, &bytes);

		close(fd);
		assert_int_equal(r, length < table + 40 * count ? -ENODATA : 0);
		if (r == 0)
			(void)redactor_apply(redactor, made->arena, REDACT_IMAGE, bytes);
	}
	for (size_t i = 0; i < count; i++) {
		struct made bent = made_of(made->arena, program.bytes, program.length), small;

		memset(bent.bytes + table + 40 * i + 8, 0xff, 16);
		small = program_in_short(&bent, true);
		(void)redacted(redactor, &small);
		(void)redacted(redactor, &bent);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_the_same, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_nothing_else, setup, teardown),
		cmocka_unit_test_setup_teardown(names_are_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(damage_stays_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(kernels_keep_their_version, setup, teardown),
		cmocka_unit_test_setup_teardown(other_files_are_no_kernels, setup, teardown),
		cmocka_unit_test_setup_teardown(unified_images, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_programs, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
