/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/resource.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define ZEROS "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"

/* A graphics card: 32-bit, 64-bit prefetchable twice, I/O, ROM. */
static void test_assigned(void **state)
{
	static const char text[] =
		"0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200\n"
		"0x0000006000000000 0x00000063ffffffff 0x000000000014220c\n" ZEROS
		"0x0000006400000000 0x0000006401ffffff 0x000000000014220c\n" ZEROS
		"0x000000000000e000 0x000000000000e07f 0x0000000000040101\n"
		"0x00000000f7000000 0x00000000f707ffff 0x0000000000046200\n" ZEROS
		"0x0000000000001000 0x0000000000001fff 0x0000000000000200\n";
	struct bar bars[BAR_SLOTS];

	(void)state;
	assert_true(resource_parse(text, bars));
	assert_true(bars[0].present && bars[0].assigned);
	assert_false(bars[0].io || bars[0].prefetchable);
	assert_int_equal(bars[0].bits, 32);
	assert_true(bars[0].address == 0xf6000000 && bars[0].size == 16 << 20);
	assert_true(bars[1].present && bars[1].prefetchable && bars[1].assigned);
	assert_int_equal(bars[1].bits, 64);
	assert_true(bars[1].address == 0x6000000000 && bars[1].size == UINT64_C(16) << 30);
	assert_false(bars[2].present);
	assert_true(bars[3].size == 32 << 20);
	assert_false(bars[4].present);
	assert_true(bars[5].io && bars[5].assigned);
	assert_int_equal(bars[5].bits, 0);
	assert_true(bars[5].size == 128);
	assert_true(bars[BAR_ROM].present && bars[BAR_ROM].size == 512 << 10);
}

static void test_unassigned(void **state)
{
	/* Unset with its size; at address 0 with its size; flags alone. */
	static const char text[] =
		"0x0000000000000000 0x00000003ffffffff 0x000000002014220c\n" ZEROS
		"0x0000000000000000 0x0000000000ffffff 0x0000000000040200\n"
		"0x0000000000000000 0x0000000000000000 0x0000000000040101\n"
		"0x00000000f0000000 0x00000000f0000fff 0x0000000020040200\n" ZEROS
		"0x0000000000000000 0x0000000000000000 0x0000000000046200\n";
	struct bar bars[BAR_SLOTS];

	(void)state;
	assert_true(resource_parse(text, bars));
	assert_true(bars[0].present && bars[0].prefetchable);
	assert_false(bars[0].assigned);
	assert_true(bars[0].size == UINT64_C(16) << 30);
	assert_true(bars[2].present && !bars[2].assigned && bars[2].size == 16 << 20);
	assert_true(bars[3].present && bars[3].io && !bars[3].assigned && bars[3].size == 0);
	assert_true(bars[4].present && !bars[4].assigned && bars[4].address == 0);
	assert_true(bars[4].size == 4096);
	assert_true(bars[BAR_ROM].present && !bars[BAR_ROM].assigned);
}

static void test_broken(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS, /* six lines */
		ZEROS "0x0 0x0\n" ZEROS ZEROS ZEROS ZEROS ZEROS,
		"0x0 0x0 0x0 0x0\n" ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS,
		"0x 0x0 0x0\n" ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS,
		"0x-1 0x0 0x0\n" ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS,
		"0x10000000000000000 0x0 0x0\n" ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS,
		"not a resource\n",
	};
	struct bar bars[BAR_SLOTS];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_false(resource_parse(texts[i], bars));
	/* What stood before the broken line is there, the rest is empty. */
	assert_false(resource_parse("0x1000 0x1fff 0x200\nrubbish\n", bars));
	assert_true(bars[0].present && bars[0].size == 4096);
	assert_false(bars[1].present);
	/* The last line needs no newline. */
	assert_true(
		resource_parse(ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS "0x1000 0x1fff 0x200", bars));
	assert_true(bars[BAR_ROM].size == 4096);
}

/* Ends before starts, and a resource as large as the address space: no size, no address. */
static void test_absurd(void **state)
{
	static const char text[] =
		"0x0000000000002000 0x0000000000001000 0x0000000000000200\n"
		"0x0000000000000000 0xffffffffffffffff 0x0000000000000200\n" ZEROS ZEROS ZEROS ZEROS
			ZEROS;
	struct bar bars[BAR_SLOTS];

	(void)state;
	assert_true(resource_parse(text, bars));
	assert_true(bars[0].present && !bars[0].assigned && bars[0].size == 0);
	assert_true(bars[1].present && !bars[1].assigned && bars[1].size == 0);
}

static void put_register(uint8_t header[static 64], unsigned index, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		header[0x10 + index * 4 + i] = (uint8_t)(value >> 8 * i);
}

static void test_cleared(void **state)
{
	struct bar bars[BAR_SLOTS] = {0};
	uint8_t header[64] = {0};

	(void)state;
	put_register(header, 0, 0x0000000c); /* 64-bit prefetchable, no address */
	put_register(header, 2, 0x00000001); /* I/O: nobody needs it */
	put_register(header, 3, 0xf0000008); /* has an address: the kernel does not believe it */
	resource_add_cleared(header, sizeof(header), bars);
	assert_true(bars[0].present && bars[0].prefetchable && !bars[0].assigned);
	assert_int_equal(bars[0].bits, 64);
	assert_true(bars[0].size == 0);
	assert_false(bars[1].present || bars[2].present || bars[3].present);

	/* 0xc in the upper half of an address (48 GiB) is no BAR of its own. */
	memset(bars, 0, sizeof(bars));
	memset(header, 0, sizeof(header));
	bars[0] = (struct bar){.present = true, .assigned = true, .bits = 64, .size = 4096};
	put_register(header, 0, 0x0000000c);
	put_register(header, 1, 0x0000000c);
	resource_add_cleared(header, sizeof(header), bars);
	assert_true(bars[0].assigned && bars[0].size == 4096);
	assert_false(bars[1].present);

	/* The last register cannot be a lower half. A short header tells nothing. */
	memset(bars, 0, sizeof(bars));
	memset(header, 0, sizeof(header));
	put_register(header, 5, 0x00000004);
	resource_add_cleared(header, sizeof(header), bars);
	assert_false(bars[5].present);
	put_register(header, 5, 0x00000008);
	resource_add_cleared(header, 39, bars);
	assert_false(bars[5].present);
	resource_add_cleared(header, 40, bars);
	assert_true(bars[5].present);
	assert_int_equal(bars[5].bits, 32);
	assert_false(bars[BAR_ROM].present);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_assigned), cmocka_unit_test(test_unassigned),
		cmocka_unit_test(test_broken),   cmocka_unit_test(test_absurd),
		cmocka_unit_test(test_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
