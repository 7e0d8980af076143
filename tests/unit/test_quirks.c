/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/groups/quirks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct kernel_version v6_1 = {6, 1}, v6_12 = {6, 12}, v7_3 = {7, 3}, unknown = {0, 0};

static struct kernel_version version(unsigned major, unsigned minor)
{
	return (struct kernel_version){major, minor};
}

/* -- versions ------------------------------------------------------------------------------------ */

static void test_version_parse(void **state)
{
	static const struct {
		const char *release;
		unsigned major, minor;
	} cases[] = {
		{"6.1.0-50-amd64", 6, 1},
		{"6.12.107+deb13-amd64", 6, 12},
		{"7.3.4", 7, 3},
		{"6.18-rc7", 6, 18},
		{"5.15", 5, 15},
		{"6", 0, 0},
		{"6.", 0, 0},
		{"", 0, 0},
		{"linux-6.1", 0, 0},
		{"99999.1", 0, 0},
		{"6.99999", 6, 9999},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kernel_version parsed = kernel_version_parse(cases[i].release);

		assert_int_equal(parsed.major, cases[i].major);
		assert_int_equal(parsed.minor, cases[i].minor);
	}
	assert_int_equal(kernel_version_parse(NULL).major, 0);
	assert_true(kernel_version_compare(v6_1, v6_12) < 0);
	assert_true(kernel_version_compare(v7_3, v6_12) > 0);
	assert_true(kernel_version_compare(v7_3, version(7, 3)) == 0);
}

static void test_rows_by_version(void **state)
{
	static const struct {
		unsigned kernels, major, minor;
		enum truth expected;
	} cases[] = {
		{KERNELS_ALL, 0, 0, YES},
		{KERNELS_ALL, 6, 5, YES},
		{KERNEL_7_3, 0, 0, UNKNOWN},
		{KERNEL_7_3, 5, 15, NO},
		{KERNEL_7_3, 6, 5, NO},
		{KERNEL_7_3, 6, 12, NO},
		{KERNEL_7_3, 6, 18, UNKNOWN},
		{KERNEL_7_3, 7, 3, YES},
		{KERNEL_7_3, 8, 0, YES},
		{KERNEL_6_12 | KERNEL_7_3, 6, 1, NO},
		{KERNEL_6_12 | KERNEL_7_3, 6, 8, UNKNOWN},
		{KERNEL_6_12 | KERNEL_7_3, 6, 18, YES},
		{KERNEL_6_1 | KERNEL_6_12, 7, 0, UNKNOWN},
		{KERNEL_6_1 | KERNEL_6_12, 7, 3, NO},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(
			quirk_in_kernel(cases[i].kernels, version(cases[i].major, cases[i].minor)),
			cases[i].expected);
}

/* -- tables ---------------------------------------------------------------------------------- */

/* The kernel's order matters: these places are counted from the table in drivers/pci/quirks.c. */
static void test_acs_order(void **state)
{
	(void)state;
	assert_int_equal(acs_quirk_count, 132);
	assert_int_equal(acs_quirks[0].vendor, 0x1002);
	assert_int_equal(acs_quirks[0].device, 0x4385);
	assert_int_equal(acs_quirks[59].rule, ACS_RULE_RCIEP_ONLY);
	assert_int_equal(acs_quirks[66].rule, ACS_RULE_INTEL_PCH);
	assert_int_equal(acs_quirks[67].rule, ACS_RULE_INTEL_SPT);
	assert_int_equal(acs_quirks[70].rule, ACS_RULE_CAVIUM);
	assert_int_equal(acs_quirks[102].rule, ACS_RULE_ROOT_PORT_ONLY);
	assert_int_equal(acs_quirks[130].rule, ACS_RULE_ZHAOXIN_PORTS);
	assert_int_equal(acs_quirks[131].rule, ACS_RULE_WANGXUN);
	for (size_t i = 0; i < acs_quirk_count; i++)
		assert_non_null(acs_quirks[i].kernel_function);
}

static void test_acs_lists(void **state)
{
	(void)state;
	assert_int_equal(acs_intel_pch_port_count, 119);
	assert_true(acs_rule_lists(ACS_RULE_INTEL_PCH, 0x3b42));
	assert_true(acs_rule_lists(ACS_RULE_INTEL_PCH, 0x8c9e));
	assert_false(acs_rule_lists(ACS_RULE_INTEL_PCH, 0x8d1f));
	assert_true(acs_rule_lists(ACS_RULE_INTEL_SPT, 0xa110));
	assert_true(acs_rule_lists(ACS_RULE_INTEL_SPT, 0xa16a));
	assert_false(acs_rule_lists(ACS_RULE_INTEL_SPT, 0xa16b));
	assert_true(acs_rule_lists(ACS_RULE_INTEL_SPT, 0x9d1b));
	assert_true(acs_rule_lists(ACS_RULE_ZHAOXIN_PORTS, 0x0752));
	assert_false(acs_rule_lists(ACS_RULE_ZHAOXIN_PORTS, 0x071f));
	assert_true(acs_rule_lists(ACS_RULE_WANGXUN, 0x5140));
	assert_true(acs_rule_lists(ACS_RULE_CAVIUM, 0xaf84));
	assert_false(acs_rule_lists(ACS_RULE_ALWAYS, 0x3b42));
	assert_false(acs_rule_lists(ACS_RULE_INTEL_PCH, -1));
}

static void test_source_validation(void **state)
{
	(void)state;
	assert_int_equal(acs_source_validation_broken(0x111d, 0x80b5, v6_12), NO);
	assert_int_equal(acs_source_validation_broken(0x111d, 0x8090, v7_3), YES);
	assert_int_equal(acs_source_validation_broken(0x111d, 0x8090, unknown), UNKNOWN);
	assert_int_equal(acs_source_validation_broken(0x111d, 0x8091, v7_3), NO);
	assert_int_equal(acs_source_validation_broken(-1, -1, v7_3), NO);
}

static void test_alias_rows(void **state)
{
	static const struct {
		int vendor, device;
		enum alias_behaviour behaviour;
	} cases[] = {
		{0x1b4b, 0x9235, ALIAS_FUNC1},         {0x1103, 0x0645, ALIAS_FUNC1},
		{0x1180, 0xe832, ALIAS_FUNC0},         {0x9005, 0x0285, ALIAS_ADAPTEC},
		{0x8086, 0x2264, ALIAS_XEON_PHI},      {0x8086, 0x295a, ALIAS_ALL_SLOTS},
		{0x10b5, 0x87b1, ALIAS_ALL},           {0x11f8, 0x8576, ALIAS_FROM_HARDWARE},
		{0x1a03, 0x1150, ALIAS_NOT_OF_BRIDGE}, {0x14e4, 0x9000, ALIAS_TRANSLATION_ROOT},
	};
	size_t switchtec = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct alias_quirk *quirk =
			alias_quirk_find(cases[i].vendor, cases[i].device);

		assert_non_null(quirk);
		assert_int_equal(quirk->behaviour, cases[i].behaviour);
	}
	assert_null(alias_quirk_find(0x1b4b, 0x9236));
	assert_null(alias_quirk_find(-1, -1));
	assert_int_equal(alias_quirk_find(0x1a03, 0x1150)->kernels, KERNEL_7_3);
	for (size_t i = 0; i < alias_quirk_count; i++)
		switchtec += alias_quirks[i].behaviour == ALIAS_FROM_HARDWARE;
	assert_int_equal(switchtec, 100);
}

static void test_vmd(void **state)
{
	(void)state;
	assert_true(quirk_is_vmd_endpoint(0x8086, 0x9a0b));
	assert_true(quirk_is_vmd_endpoint(0x8086, 0x201d));
	assert_false(quirk_is_vmd_endpoint(0x8086, 0x9a0c));
	assert_false(quirk_is_vmd_endpoint(0x1022, 0x9a0b));
}

/* -- resets ---------------------------------------------------------------------------------- */

static enum truth applies(enum reset_quirk_kind kind, int vendor, int device, int class_code,
			  int revision, struct kernel_version kernel)
{
	const struct quirk_ids ids = {vendor, device, class_code, revision};

	return reset_quirk_applies(kind, &ids, kernel, NULL);
}

static void test_reset_rows(void **state)
{
	(void)state;
	assert_int_equal(applies(RESET_NO_BUS, 0x168c, 0x0030, 0x028000, 1, v6_1), YES);
	assert_int_equal(applies(RESET_NO_BUS, 0x168c, 0x0031, 0x028000, 1, v6_1), NO);
	assert_int_equal(applies(RESET_NO_BUS, 0x10de, 0x2342, 0x030200, 1, v6_1), YES);
	assert_int_equal(applies(RESET_NO_BUS, 0x10de, 0x2330, 0x030200, 1, v6_1), NO);
	assert_int_equal(applies(RESET_NO_BUS, 0x10de, 0x22d0, 0x030200, 1, v6_1), YES);
	assert_int_equal(applies(RESET_NO_PM, 0x1002, 0x731f, 0x030000, 1, v6_1), YES);
	assert_int_equal(applies(RESET_NO_PM, 0x1002, 0xab38, 0x040300, 1, v6_1), NO);
	assert_int_equal(applies(RESET_NO_PM, 0x1002, 0x731f, -1, 1, v6_1), UNKNOWN);
	assert_int_equal(applies(RESET_NO_FLR, 0x14c3, 0x0616, 0x028000, 1, v6_1), NO);
	assert_int_equal(applies(RESET_NO_FLR, 0x14c3, 0x0616, 0x028000, 1, v6_12), YES);
	assert_int_equal(applies(RESET_NO_FLR, 0x14c3, 0x0616, 0x028000, 1, version(6, 8)),
			 UNKNOWN);
	assert_int_equal(applies(RESET_NO_FLR, 0x1022, 0x17f0, 0x0c0330, 1, v7_3), YES);
	assert_int_equal(applies(RESET_NO_FLR, 0xd063, 0x1000, 0x010802, 1, v7_3), YES);
	assert_int_equal(applies(RESET_NO_FLR, 0xd063, 0x1000, 0x010802, 2, v7_3), NO);
	assert_int_equal(applies(RESET_NO_FLR, -1, -1, -1, -1, v7_3), NO);
	assert_int_equal(applies(RESET_BROKEN_INTX, 0x8086, 0x1572, 0x020000, 1, v7_3), YES);
	assert_int_equal(applies(RESET_BROKEN_INTX, 0x15b3, 0x1017, 0x020000, 1, v7_3), UNKNOWN);
	assert_int_equal(applies(RESET_DEVICE_SPECIFIC, 0x1425, 0x5401, 0x020000, 1, v7_3), YES);
}

static void test_reset_row_is_told(void **state)
{
	const struct quirk_ids ids = {0x10de, 0x2342, 0x030200, 0xa1};
	const struct reset_quirk *row = NULL;

	(void)state;
	assert_int_equal(reset_quirk_applies(RESET_NO_FLR, &ids, v6_1, &row), NO);
	assert_null(row);
	assert_int_equal(reset_quirk_applies(RESET_NO_BUS, &ids, v6_1, &row), YES);
	assert_string_equal(row->kernel_function, "quirk_nvidia_no_bus_reset");
}

static void test_reset_trouble(void **state)
{
	(void)state;
	assert_string_equal(reset_trouble_find(0x1002, 0x731f, v6_1)->name, "AMD Navi 10");
	assert_string_equal(reset_trouble_find(0x1002, 0x67df, unknown)->name, "AMD Polaris 10");
	assert_string_equal(reset_trouble_find(0x1002, 0x687f, unknown)->name, "AMD Vega 10");
	assert_non_null(reset_trouble_find(0x1002, 0x15bf, v7_3));
	assert_non_null(reset_trouble_find(0x168c, 0x003e, v7_3));
	assert_null(reset_trouble_find(0x1002, 0x73bf, v6_1));
	assert_null(reset_trouble_find(0x1002, 0x67c3, v6_1));
	assert_null(reset_trouble_find(0x10de, 0x731f, v6_1));
	assert_null(reset_trouble_find(-1, -1, v6_1));
	/* Kernels from 5.8 on leave the FLR of these alone. */
	assert_non_null(reset_trouble_find(0x1022, 0x149c, version(5, 7)));
	assert_null(reset_trouble_find(0x1022, 0x149c, version(5, 8)));
	assert_null(reset_trouble_find(0x1022, 0x149c, unknown));
	/* The quirk came with 5.8: before it, the kernel uses the FLR that hangs. */
	assert_int_equal(applies(RESET_NO_FLR, 0x1022, 0x149c, 0x0c0330, 0, version(5, 7)), NO);
	assert_int_equal(applies(RESET_NO_FLR, 0x1022, 0x149c, 0x0c0330, 0, version(5, 8)), YES);
	for (size_t i = 0; i < reset_trouble_count; i++) {
		assert_true(reset_troubles[i].first <= reset_troubles[i].last);
		assert_true(*reset_troubles[i].note && *reset_troubles[i].source);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version_parse),
		cmocka_unit_test(test_rows_by_version),
		cmocka_unit_test(test_acs_order),
		cmocka_unit_test(test_acs_lists),
		cmocka_unit_test(test_source_validation),
		cmocka_unit_test(test_alias_rows),
		cmocka_unit_test(test_vmd),
		cmocka_unit_test(test_reset_rows),
		cmocka_unit_test(test_reset_row_is_told),
		cmocka_unit_test(test_reset_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
