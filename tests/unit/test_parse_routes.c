/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const char table[] = "Iface\tDestination\tGateway "
			    "\tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT       \n"
			    "vmbr0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0           "
			    "                   \n"
			    "vmbr0\t0002A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
			    "eno2\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n"
			    "*\t00000000\t00000000\t0200\t0\t0\t4278198272\t00000000\t0\t0\t0\n"
			    "eno3\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n"
			    "eno4\t00000000\t00000000\t0002\t0\t0\t0\t00000000\t0\t0\t0\n";

static const char table6[] =
	"00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
	"fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eno1\n"
	"20010db8000000000000000000000000 40 00000000000000000000000000000000 00 "
	"00000000000000000000000000000000 00000100 00000001 00000000 00000001     eno1\n"
	"fe800000000000000000000000000000 40 00000000000000000000000000000000 00 "
	"00000000000000000000000000000000 00000100 00000001 00000000 00000001     eno2\n"
	"ff000000000000000000000000000000 08 00000000000000000000000000000000 00 "
	"00000000000000000000000000000000 00000100 00000004 00000000 00000001     eno2\n"
	"00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
	"00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n";

static void test_ipv4(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct routes routes = {0};

	(void)state;
	route_table_parse(arena, table, strlen(table), &routes);
	/* Rejecting routes and those that are not up lead nowhere. */
	assert_int_equal(routes.count, 3);
	assert_string_equal(routes.items[0].interface, "vmbr0");
	assert_true(routes.items[0].is_default);
	assert_int_equal(routes.items[0].line, 2);
	assert_string_equal(routes.items[0].text,
			    "vmbr0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0");
	assert_false(routes.items[1].is_default);
	assert_int_equal(routes.items[1].prefix, 24);
	assert_memory_equal(routes.items[1].destination, "\xc0\xa8\x02\x00", 4);
	assert_int_equal(routes.items[2].prefix, 8);
	assert_int_equal(routes.items[2].destination[0], 10);
	assert_int_equal(routes.items[2].version, 4);
}

static void test_ipv6(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct routes routes = {0};

	(void)state;
	route6_table_parse(arena, table6, strlen(table6), &routes);
	/* The kernel's own ::/0 over lo rejects: every host has it. */
	assert_int_equal(routes.count, 4);
	assert_true(routes.items[0].is_default);
	assert_false(routes.items[0].link_scope);
	assert_string_equal(routes.items[0].interface, "eno1");
	assert_int_equal(routes.items[1].prefix, 64);
	assert_false(routes.items[1].link_scope);
	assert_true(routes.items[2].link_scope);
	assert_true(routes.items[3].link_scope);
	assert_int_equal(routes.items[3].prefix, 8);
	assert_int_equal(routes.items[3].line, 4);
}

static void test_find(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct routes routes = {0};

	(void)state;
	route_table_parse(arena, table, strlen(table), &routes);
	route6_table_parse(arena, table6, strlen(table6), &routes);
	assert_string_equal(routes_find_address(&routes, "10.9.8.7")->interface, "eno2");
	assert_int_equal(routes_find_address(&routes, "192.168.2.77")->prefix, 24);
	assert_true(routes_find_address(&routes, "203.0.113.1")->is_default);
	assert_int_equal(routes_find_address(&routes, "2001:db8::5")->prefix, 64);
	assert_true(routes_find_address(&routes, "2001:db9::5")->is_default);
	/* An address of one version never matches a route of the other. */
	assert_int_equal(routes_find_address(&routes, "::1")->version, 6);
	assert_null(routes_find_address(&routes, "storage.example"));
	assert_null(routes_find_address(&routes, ""));
	routes.count = 0;
	assert_null(routes_find_address(&routes, "10.9.8.7"));
}

static void test_broken(void **state)
{
	static const char text[] = "eno1\t00000000\t0102A8C0\t0003\t0\t0\t0\n"
				   "eno1\tZZZZZZZZ\t0102A8C0\t0003\t0\t0\t0\t00000000\n"
				   "eno1\t0000\t0102A8C0\t0003\t0\t0\t0\t00000000\n"
				   "eno1\t00000000\t0102A8C0\tffffffffff\t0\t0\t0\t00000000\n"
				   "\t\t\t\n"
				   "\n";
	static const char text6[] =
		"0000 00 0000 00 0000 00000400 00000001 00000000 00000003 eno1\n"
		"00000000000000000000000000000000 ff 00000000000000000000000000000000 00 "
		"fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eno1\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct routes routes = {0};

	(void)state;
	route_table_parse(arena, text, sizeof(text) - 1, &routes);
	route6_table_parse(arena, text6, sizeof(text6) - 1, &routes);
	assert_int_equal(routes.count, 0);
}

static void test_truncated(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(table6); length++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		_cleanup_free_ char *cut = malloc(length + !length);
		struct routes routes = {0};

		memcpy(cut, table6, length);
		route6_table_parse(arena, cut, length, &routes);
		assert_true(routes.count <= 4);
		routes.count = 0;
		if (length <= sizeof(table)) {
			memcpy(cut, table, length);
			route_table_parse(arena, cut, length, &routes);
			assert_true(routes.count <= 3);
		}
	}
}

/* A mask with holes is no prefix; the leading ones count, and nothing overflows. */
static void test_masks(void **state)
{
	static const char text[] = "a\t00000000\t0\t1\t0\t0\t0\tFFFFFFFF\n"
				   "b\t00000000\t0\t1\t0\t0\t0\tFF00FFFF\n"
				   "c\t00000000\t0\t1\t0\t0\t0\t000000FE\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct routes routes = {0};

	(void)state;
	route_table_parse(arena, text, sizeof(text) - 1, &routes);
	assert_int_equal(routes.count, 3);
	assert_int_equal(routes.items[0].prefix, 32);
	assert_int_equal(routes.items[1].prefix, 16);
	assert_int_equal(routes.items[2].prefix, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv4),  cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_find),  cmocka_unit_test(test_broken),
		cmocka_unit_test(test_masks), cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
