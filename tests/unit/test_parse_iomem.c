/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/iomem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct iomem parse(struct arena *arena, const char *text)
{
	struct iomem iomem;

	iomem_parse(arena, text, strlen(text), &iomem);
	return iomem;
}

/* A GTX 1080 whose BAR 1 the simple framebuffer's place holder has taken (indent capped at five).
 */
static const char desktop[] = "00000000-00000fff : Reserved\n"
			      "00100000-2ffbcfff : System RAM\n"
			      "  1b000000-1be01d31 : Kernel code\n"
			      "c0000000-febfffff : PCI Bus 0000:00\n"
			      "  d0000000-e20fffff : PCI Bus 0000:04\n"
			      "    d0000000-dfffffff : 0000:04:00.0\n"
			      "    e0000000-e1ffffff : 0000:04:00.0\n"
			      "      e1000000-e12fffff : BOOTFB\n"
			      "        e1000000-e12fffff : simplefb\n"
			      "  fd000000-fd003fff : 10000:e1:00.0\n"
			      "4000000000-7fffffffff : PCI Bus 0000:00\n";

static void reads_ranges_names_and_lines(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct iomem iomem = parse(arena, desktop);

	(void)state;
	assert_int_equal(iomem.count, 11);
	assert_int_equal(iomem.addresses, YES);
	assert_int_equal(iomem.items[0].start, 0);
	assert_int_equal(iomem.items[0].end, 0xfff);
	assert_string_equal(iomem.items[2].name, "Kernel code");
	assert_string_equal(iomem.items[7].name, "BOOTFB");
	assert_string_equal(iomem.items[7].text, "e1000000-e12fffff : BOOTFB");
	assert_int_equal(iomem.items[7].line, 8);
	assert_true(iomem.items[10].start == 0x4000000000);
	assert_true(iomem.items[10].end == 0x7fffffffff);
}

static void finds_the_smallest_bar_around(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct iomem iomem = parse(arena, desktop);
	const struct iomem_range *bar = iomem_enclosing_bar(&iomem, 0xe1000000, 0xe12fffff);

	(void)state;
	assert_non_null(bar);
	assert_string_equal(bar->name, "0000:04:00.0");
	assert_true(bar->start == 0xe0000000);
	assert_string_equal(iomem_enclosing_bar(&iomem, 0xfd000000, 0xfd000fff)->name,
			    "10000:e1:00.0");
	/* In the bus window, in no BAR; across the end of a BAR. */
	assert_null(iomem_enclosing_bar(&iomem, 0xe2000000, 0xe2000fff));
	assert_null(iomem_enclosing_bar(&iomem, 0xdffff000, 0xe0000fff));
}

static void zeros_are_no_addresses(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct iomem iomem = parse(arena, "00000000-00000000 : Reserved\n"
					  "  00000000-00000000 : efifb\n");

	(void)state;
	assert_int_equal(iomem.count, 2);
	assert_int_equal(iomem.addresses, NO);
	assert_int_equal(parse(arena, "").addresses, UNKNOWN);
}

static void knows_the_boot_framebuffers(void **state)
{
	(void)state;
	assert_true(iomem_is_boot_framebuffer("BOOTFB"));
	assert_true(iomem_is_boot_framebuffer("efifb"));
	assert_true(iomem_is_boot_framebuffer("simpledrm"));
	assert_true(iomem_is_boot_framebuffer("vesafb"));
	assert_false(iomem_is_boot_framebuffer("efi"));
	assert_false(iomem_is_boot_framebuffer("vfio-pci"));
	assert_false(iomem_is_boot_framebuffer(""));
}

static void leaves_out_what_is_no_range(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	static const char hostile[] = "no range at all\n"
				      "-\n"
				      "1000-\n"
				      "-1000 : x\n"
				      "2000-1000 : backwards\n"
				      "11112222333344445-11112222333344446 : seventeen digits\n"
				      "1000-1fff: glued\n"
				      "1000-1fff : \n"
				      "10g0-1fff : no hex\n"
				      "\0\0\0-\0 : \0\n"
				      "1000-1fff : a\033[31mb\0c\n"
				      "ffffffffffffffff-ffffffffffffffff : last";
	struct iomem iomem;

	(void)state;
	iomem_parse(arena, hostile, sizeof(hostile) - 1, &iomem);
	assert_int_equal(iomem.count, 2);
	assert_string_equal(iomem.items[0].name, "a?[31mb?c");
	assert_int_equal(iomem.items[0].line, 11);
	assert_true(iomem.items[1].end == UINT64_MAX);
	assert_string_equal(iomem.items[1].name, "last");
}

/* Every truncation of a real text is parsed without reading beyond it (the sanitizer watches). */
static void any_truncation_is_harmless(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(desktop); length++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		_cleanup_free_ char *copy = malloc(length + 1);
		struct iomem iomem;

		assert_non_null(copy);
		memcpy(copy, desktop, length);
		iomem_parse(arena, copy, length, &iomem);
		assert_true(iomem.count <= 11);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_ranges_names_and_lines),
		cmocka_unit_test(finds_the_smallest_bar_around),
		cmocka_unit_test(zeros_are_no_addresses),
		cmocka_unit_test(knows_the_boot_framebuffers),
		cmocka_unit_test(leaves_out_what_is_no_range),
		cmocka_unit_test(any_truncation_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
