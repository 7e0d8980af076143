/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_made.h"
#include "preflight/parse/load_option.h"
#include "preflight/parse/pe.h"
#include "run_tool.h"
#include "tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define STUB "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"

static const char *content(struct arena *arena, const struct made_bytes *program,
			   const struct pe_section *section)
{
	assert_non_null(section);
	assert_true(section->offset + section->size <= program->count);
	return arena_copy(arena, (const char *)program->items + section->offset, section->size);
}

static void test_unified_image(void **state)
{
	static const struct made_section rows[] = {
		{".text", "code"},
		{".osrel", "ID=arch\n"},
		{".cmdline", "root=/dev/sda2 rw iommu=pt\n"},
		{".uname", "6.6.1-arch1-1"},
		{".initrd", "070701"},
		{".linux", "MZ kernel"},
		{0},
	};
	_cleanup_arena_ struct arena *arena = arena_new();
	struct made_bytes program = made_program(arena, rows);
	struct pe_sections sections = {0};

	(void)state;
	assert_int_equal(pe_parse(arena, program.items, program.count, program.count, &sections),
			 0);
	assert_int_equal(sections.count, 6);
	assert_true(pe_is_unified_image(&sections));
	assert_string_equal(content(arena, &program, pe_find(&sections, ".cmdline")),
			    "root=/dev/sda2 rw iommu=pt\n");
	assert_string_equal(content(arena, &program, pe_find(&sections, ".uname")),
			    "6.6.1-arch1-1");
	assert_null(pe_find(&sections, ".profile"));
}

/* UAPI.5: sections behind .profile belong to that profile; a loader starts the first one. */
static void test_profiles(void **state)
{
	static const struct made_section rows[] = {
		{".osrel", "ID=x"},      {".linux", "MZ"},     {".cmdline", "base"},
		{".profile", "ID=main"}, {".cmdline", "main"}, {".profile", "ID=reset"},
		{".cmdline", "reset"},   {".uname", "1"},      {0},
	};
	_cleanup_arena_ struct arena *arena = arena_new();
	struct made_bytes program = made_program(arena, rows);
	struct pe_sections sections = {0};

	(void)state;
	assert_int_equal(pe_parse(arena, program.items, program.count, program.count, &sections),
			 0);
	assert_string_equal(content(arena, &program, pe_find(&sections, ".cmdline")), "main");
	assert_string_equal(content(arena, &program, pe_find(&sections, ".osrel")), "ID=x");
	assert_null(pe_find(&sections, ".uname"));
}

static void test_hostile(void **state)
{
	static const struct made_section rows[] = {{".linux", "MZ"}, {".cmdline", "x"}, {0}};
	_cleanup_arena_ struct arena *arena = arena_new();
	struct made_bytes program = made_program(arena, rows);
	struct pe_sections sections = {0};
	size_t table = 0x80 + 24 + 240;

	(void)state;
	/* The table ends at table + 2 * 40; every file that is shorter has none. */
	for (size_t i = 0; i <= table + 80; i++) {
		unsigned char *cut = malloc(i ? i : 1);

		memcpy(cut, program.items, i);
		assert_int_equal(pe_parse(arena, cut, i, i, &sections) == 0, i == table + 80);
		free(cut);
	}
	/* The sections themselves are beyond that file's end. */
	assert_int_equal(sections.count, 0);
	assert_int_equal(pe_parse(arena, program.items, program.count, 0x1200, &sections), 0);
	assert_int_equal(sections.count, 1);
	sections.count = 0;
	memset(program.items + table + 16, 0xff, 8);
	memset(program.items + table + 8, 0xff, 4);
	assert_int_equal(pe_parse(arena, program.items, program.count, program.count, &sections),
			 0);
	assert_int_equal(sections.count, 1);
	assert_string_equal(sections.items[0].name, ".cmdline");
	memset(program.items + 0x80 + 6, 0xff, 2);
	assert_int_equal(pe_parse(arena, program.items, program.count, program.count, &sections),
			 -EINVAL);
	memset(program.items + 0x3c, 0xff, 4);
	assert_int_equal(pe_parse(arena, program.items, program.count, program.count, &sections),
			 -EINVAL);
}

/* -- an image made by binutils from systemd's stub ----------------------------------------------- */

static int make_image(struct arena *arena, const char *folder)
{
	const char *part[] = {"osrel", "cmdline", "uname", "linux"};
	const char *argv[24] = {"objcopy"};
	size_t count = 1;

	for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
		argv[count++] = "--add-section";
		argv[count++] = arena_printf(arena, ".%s=%s/%s", part[i], folder, part[i]);
		argv[count++] = "--change-section-vma";
		argv[count++] = arena_printf(arena, ".%s=%#zx", part[i], 0x20000 * (i + 1));
	}
	argv[count++] = STUB;
	argv[count] = arena_printf(arena, "%s/image.efi", folder);
	return run_tool(argv);
}

static void test_real_image(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct pe_sections sections = {0};
	struct made_bytes program = {0};
	struct bytes bytes = {0};
	struct tree *tree;
	int status;

	(void)state;
	if (access(STUB, R_OK) < 0) {
		print_message("skipped: no " STUB " (Debian: systemd-boot-efi)\n");
		skip();
	}
	tree = tree_new("file osrel\n| ID=debian\nraw cmdline\n| root=/dev/sda2 ro iommu=pt\n"
			"raw uname\n| 6.1.0-50-amd64\nfile linux\n| MZ\n");
	status = make_image(arena, tree_path(tree));
	if (status == 0)
		assert_int_equal(host_read(tree_host(tree), arena, "image.efi", 0, &bytes), 0);
	tree_free(tree);
	if (status == 127) {
		print_message("skipped: no objcopy (binutils)\n");
		skip();
	}
	assert_int_equal(status, 0);
	made_add(arena, &program, bytes.data, bytes.length);
	assert_int_equal(pe_parse(arena, bytes.data,
				  bytes.length < PE_HEADER_SIZE ? bytes.length : PE_HEADER_SIZE,
				  bytes.length, &sections),
			 0);
	assert_true(pe_is_unified_image(&sections));
	assert_string_equal(content(arena, &program, pe_find(&sections, ".cmdline")),
			    "root=/dev/sda2 ro iommu=pt");
	assert_string_equal(content(arena, &program, pe_find(&sections, ".uname")),
			    "6.1.0-50-amd64");
	assert_non_null(pe_find(&sections, ".sdmagic"));
}

/* -- load options -------------------------------------------------------------------------------- */

static void test_load_option(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct made_bytes bytes = made_load_option(arena, "debian", "\\EFI\\debian\\shimx64.efi");
	struct load_option option;

	(void)state;
	assert_int_equal(load_option_parse(arena, bytes.items, bytes.count, &option), 0);
	assert_string_equal(option.description, "debian");
	assert_string_equal(option.path, "EFI/debian/shimx64.efi");
	assert_true(option.active);
	for (size_t i = 0; i < bytes.count; i++)
		assert_int_equal(load_option_parse(arena, bytes.items, i, &option), -EINVAL);
	/* A node shorter than its own header would never end. */
	bytes.items[6 + 14 + 2] = 0;
	assert_int_equal(load_option_parse(arena, bytes.items, bytes.count, &option), -EINVAL);
	/* No file: the disk itself. */
	assert_int_equal(load_option_parse(arena, "\0\0\0\0\4\0x\0\0\0\x7f\xff\4\0", 14, &option),
			 0);
	assert_null(option.path);
	assert_false(option.active);
}

static void test_utf16(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(utf16_text(arena,
				       "G\0R\0U\0B\0 \0"
				       "2\0\0\0x\0",
				       16),
			    "GRUB 2");
	assert_string_equal(utf16_text(arena, "a\0b", 3), "a");
	assert_string_equal(utf16_text(arena, "", 0), "");
	assert_string_equal(utf16_text(arena, "\xe4\0\xac\x20", 4), "\xc3\xa4\xe2\x82\xac");
	assert_string_equal(utf16_text(arena, "\x3d\xd8\x00\xde", 4), "\xf0\x9f\x98\x80");
	assert_string_equal(utf16_text(arena, "\x3d\xd8x\0\x00\xde", 6),
			    "\xef\xbf\xbdx\xef\xbf\xbd");
	assert_string_equal(utf16_text(arena, "\x1b\0[\0", 4), "?[");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unified_image), cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_hostile),       cmocka_unit_test(test_real_image),
		cmocka_unit_test(test_load_option),   cmocka_unit_test(test_utf16),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
