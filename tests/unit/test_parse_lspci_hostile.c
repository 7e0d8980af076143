/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lspci_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* -- pieces and hostile text --------------------------------------------------------------------- */

static void test_grep(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct lspci_text text;

	(void)state;
	lspci_parse_text(arena,
			 "01:00.0 VGA compatible controller [0300]: Example [10de:2484]\n"
			 "\tSubsystem: Example [1458:404c]\n"
			 "--\n"
			 "\tKernel driver in use: nvidia\n"
			 "02:00.0 VGA compatible controller [0300]: Example [10de:2484]\n"
			 "\tFlags: fast devsel\n",
			 &text);
	assert_true(text.excerpt);
	/* The line behind the cut belongs to nobody known. */
	assert_null(text.functions.items[0].driver);
	assert_false(text.functions.items[1].closed);
	assert_int_equal(text.functions.items[1].config.port_type, PORT_UNKNOWN);
}

static void test_cut_off(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *end = strstr(lspci_root_port, "\tCapabilities: [220 v1]");
	struct lspci_text text;

	(void)state;
	lspci_parse(arena, lspci_root_port, (size_t)(end - lspci_root_port), &text);
	assert_int_equal(text.functions.count, 1);
	assert_false(text.functions.items[0].closed);
	/* Nothing follows from what is not there. */
	assert_int_equal(text.functions.items[0].config.acs, UNKNOWN);
	assert_int_equal(text.functions.items[0].config.msix, UNKNOWN);
	assert_int_equal(text.functions.items[0].config.msi, YES);
}

static void test_every_length(void **state)
{
	const char *const texts[] = {lspci_root_port, lspci_endpoint};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		for (size_t length = 0; length <= strlen(texts[i]); length++) {
			_cleanup_arena_ struct arena *arena = arena_new();
			/* Behind the end there is nothing that may be read. */
			_cleanup_free_ char *copy = malloc(length ? length : 1);
			struct lspci_text text;

			assert_non_null(copy);
			memcpy(copy, texts[i], length);
			lspci_parse(arena, copy, length, &text);
			assert_true(text.functions.count <= 1);
			/* Without the registers nobody knows what ACS is set to. */
			if (length < strlen(texts[i]) / 2 && text.functions.count)
				assert_int_equal(text.functions.items[0].config.acs, UNKNOWN);
		}
}

static void test_damaged(void **state)
{
	uint32_t random = 1;
	size_t kept = 0;

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		char *text = arena_printf(arena, "%s%s", lspci_root_port, lspci_endpoint);
		size_t length = strlen(text);
		struct lspci_text parsed;

		for (unsigned i = 0; i < 40; i++) {
			random = random * 1664525 + 1013904223;
			text[(random >> 8) % length] = (char)(random >> 24);
		}
		lspci_parse(arena, text, length, &parsed);
		kept += parsed.functions.count;
		for_each (function, &parsed.functions) {
			assert_true(function->hex_length <= 4096);
			assert_true(function->class_code >= -1 && function->class_code <= 0xffffff);
			assert_true(function->config.secondary_bus <= 0xff);
			assert_true(function->config.acs_capability <= 0x7f);
		}
	}
	assert_true(kept > 400);
}

static void test_monsters(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct lspci_function *function = lspci_only(
		arena,
		"01:00.0 VGA compatible controller [0300]: \033]0;x\007 Example [10de:2484]\n"
		"\tControl: I/O- Mem+\n"
		"\tRegion 0: Memory at 99999999999999999999 (64-bit) [size=99999999999999T]\n"
		"\tRegion 77: Memory at 0 [size=1]\n"
		"\tNUMA node: 99999999999999999999\n"
		"\tIOMMU group: -4\n"
		"\tCapabilities: [fffff v1] Access Control Services\n"
		"\tCapabilities: [10] Express (v2) Endpoint, MSI 00\n"
		"\t\tLnkSta:\tSpeed 999GT/s, Width x4000000000\n"
		"\tCapabilities: [20] Single Root I/O Virtualization (SR-IOV)\n"
		"\t\tInitial VFs: 99999999, Total VFs: -1, Number of VFs: 65536\n");

	(void)state;
	assert_null(strchr(function->name, '\033'));
	assert_null(strchr(function->name, '\007'));
	assert_false(function->bars[0].assigned);
	assert_true(function->bars[0].size == 0);
	assert_int_equal(function->numa_node, LSPCI_NONE);
	assert_int_equal(function->group, LSPCI_NONE);
	assert_int_equal(function->config.acs, UNKNOWN);
	assert_null(function->link_speed);
	assert_int_equal(function->link_width, -1);
	assert_int_equal(function->config.sriov_total, -1);
	assert_int_equal(function->sriov.active, -1);
}

static void test_too_many(void **state)
{
	enum { COUNT = LSPCI_FUNCTIONS_MAX + 100 };
	_cleanup_arena_ struct arena *arena = arena_new();
	struct strings lines = {0};
	struct lspci_text parsed;

	(void)state;
	for (unsigned i = 0; i < COUNT; i++)
		*ARRAY_ADD(arena, &lines) =
			arena_printf(arena, "%08x:%02x:%02x.%u 0000: 1:2", i >> 16, i >> 8 & 0xff,
				     i >> 3 & 0x1f, i & 7);
	lspci_parse_text(arena, strings_join(arena, &lines, "\n"), &parsed);
	assert_int_equal(parsed.functions.count, LSPCI_FUNCTIONS_MAX);
	assert_true(parsed.excerpt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grep),         cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_every_length), cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_monsters),     cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
