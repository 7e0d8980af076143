/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "config_image.h"

/* -- extended capabilities ------------------------------------------------------------------------- */

static void test_acs(void **state)
{
	struct image image = image_express(1, PORT_ROOT_PORT);
	struct config_space config;

	(void)state;
	put_extended(&image, 0x100, 0x01, 0x148);
	put_extended(&image, 0x148, 0x0d, 0x163); /* the two low bits are reserved */
	put16(&image, 0x14c, 0x085f);
	put16(&image, 0x14e, 0x001d);
	put32(&image, 0x150, 0xcafe0001);
	put_extended(&image, 0x160, 0x0e, 0x170);
	put_extended(&image, 0x170, 0x0f, 0);
	config = parse(&image, 4096);
	assert_int_equal(config.extended, YES);
	assert_int_equal(config.acs, YES);
	assert_int_equal(config.acs_offset, 0x148);
	assert_int_equal(config.acs_capability, 0x085f);
	assert_int_equal(config.acs_control, ACS_SV | ACS_RR | ACS_CR | ACS_UF);
	assert_true(config.acs_wide_known);
	assert_int_equal(config.acs_wide_capability, 0x001d085f);
	assert_int_equal(config.acs_wide_control, 0xcafe0001);
	assert_int_equal(config.ari, YES);
	assert_int_equal(config.ats, YES);
	assert_int_equal(config.sriov, NO);
	assert_int_equal(config.resizable_bar, NO);
}

static void test_acs_at_the_end(void **state)
{
	struct image image = image_express(1, PORT_ROOT_PORT);
	struct config_space config;

	(void)state;
	put_extended(&image, 0x100, 0x0d, 0);
	put16(&image, 0x104, 0x001d);
	config = parse(&image, 0x108);
	assert_int_equal(config.acs, YES);
	assert_int_equal(config.acs_capability, 0x001d);
	assert_false(config.acs_wide_known);
	config = parse(&image, 0x107);
	assert_int_equal(config.acs, UNKNOWN);
	assert_int_equal(config.acs_offset, 0);
	assert_int_equal(config.extended, UNKNOWN);
}

/* 256 bytes of a PCI Express function: what lies behind is not known to be empty. */
static void test_express_without_extended(void **state)
{
	struct image image = image_express(1, PORT_ROOT_PORT);
	struct config_space config = parse(&image, 256);

	(void)state;
	assert_int_equal(config.capabilities, YES);
	assert_int_equal(config.port_type, PORT_ROOT_PORT);
	assert_int_equal(config.extended, UNKNOWN);
	assert_int_equal(config.acs, UNKNOWN);
	assert_int_equal(config.sriov, UNKNOWN);

	config = parse(&image, 4096); /* 256 to 4095 are zeros: an empty list */
	assert_int_equal(config.extended, YES);
	assert_int_equal(config.acs, NO);

	put32(&image, 0x100, 0xffffffff);
	assert_int_equal(parse(&image, 4096).acs, UNKNOWN);
}

static void test_extended_broken(void **state)
{
	struct image image = image_express(1, PORT_ROOT_PORT);
	struct config_space config;

	(void)state;
	put_extended(&image, 0x100, 0x0d, 0x200);
	put_extended(&image, 0x200, 0x0e, 0x100); /* a loop */
	config = parse(&image, 4096);
	assert_int_equal(config.acs, YES);
	assert_int_equal(config.ari, YES);
	assert_int_equal(config.sriov, UNKNOWN);
	assert_int_equal(config.extended, UNKNOWN);

	put_extended(&image, 0x200, 0x0e, 0x040); /* back into the conventional space */
	assert_int_equal(parse(&image, 4096).sriov, UNKNOWN);
	put_extended(&image, 0x200, 0x0e, 0xffc);
	assert_int_equal(parse(&image, 0xf10).sriov, UNKNOWN); /* behind the end */
	assert_int_equal(parse(&image, 0xf10).acs, YES);
	put_extended(&image, 0xffc, 0x10, 0); /* SR-IOV that is cut off */
	assert_int_equal(parse(&image, 4096).sriov, UNKNOWN);
	assert_int_equal(parse(&image, 4096).sriov_total, -1);
	put_extended(&image, 0xffc, 0x0b, 0);
	assert_int_equal(parse(&image, 4096).sriov, NO);
}

static void test_sriov(void **state)
{
	struct image image = image_express(0, PORT_ENDPOINT);
	struct config_space config;

	(void)state;
	put_extended(&image, 0x100, 0x10, 0);
	put16(&image, 0x10c, 64);
	put16(&image, 0x10e, 128);
	put16(&image, 0x11a, 0x154c);
	config = parse(&image, 4096);
	assert_int_equal(config.sriov, YES);
	assert_int_equal(config.sriov_initial, 64);
	assert_int_equal(config.sriov_total, 128);
	assert_int_equal(config.sriov_vf_device_id, 0x154c);
}

static void test_resizable_bar(void **state)
{
	struct image image = image_express(0, PORT_ENDPOINT);
	struct config_space config;

	(void)state;
	put_extended(&image, 0x100, 0x15, 0);
	put32(&image, 0x104, 0x0003ff00 | 0x10);       /* 1 MiB, 16 MiB to 8 GiB */
	put32(&image, 0x108, 0x00010000 | 2 << 5 | 1); /* 256 TiB; two BARs, this one is BAR 1 */
	put32(&image, 0x10c, 0x00000020);
	put32(&image, 0x110, 7); /* no such BAR */
	config = parse(&image, 4096);
	assert_int_equal(config.resizable_bar, YES);
	assert_true(config.resizable_sizes[1] == (UINT64_C(1) << 28 | 0x3ff0 | 1));
	assert_true(config.resizable_sizes[0] == 0);
	put32(&image, 0x110, 3);
	assert_true(parse(&image, 4096).resizable_sizes[3] == 2);
}

/* -- anything ---------------------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void assert_consistent(const struct config_space *config, size_t length)
{
	assert_int_equal(config->size, length);
	if (config->acs == YES) {
		assert_in_range(config->acs_offset, 0x100, 4096 - 8);
		assert_true((size_t)config->acs_offset + (config->acs_wide_known ? 12 : 8) <=
			    length);
	}
	if (config->sriov == YES)
		assert_in_range(config->sriov_total, 0, 0xffff);
	if (config->extended != UNKNOWN)
		assert_int_not_equal(config->acs, UNKNOWN);
	if (config->capabilities != UNKNOWN)
		assert_int_not_equal(config->port_type, PORT_UNKNOWN);
	if (config->port_type == PORT_CONVENTIONAL)
		assert_int_equal(config->capabilities, YES);
	assert_int_equal(config->header_known, length >= 64 && !config->all_ones);
	assert_non_null(port_type_name(config->port_type));
}

/* Lists that jump about at random, in spaces of every length. */
static void test_random(void **state)
{
	uint32_t seed = 20240607;
	struct image image;

	(void)state;
	for (unsigned round = 0; round < 4000; round++) {
		size_t length = next_random(&seed) % (sizeof(image.bytes) + 1);
		struct config_space config;

		for (size_t i = 0; i < sizeof(image.bytes); i += 4)
			put32(&image, i, next_random(&seed));
		put8(&image, 0x0e, round % 4);
		put16(&image, 0x06, 0x0010);
		if (round % 2) {
			put8(&image, 0x34, 0x40);
			put_capability(&image, 0x40, 0x10, next_random(&seed) & 0xff);
			for (size_t i = 0x100; i + 4 <= sizeof(image.bytes); i += 4)
				put_extended(&image, i, next_random(&seed) % 0x20,
					     next_random(&seed) & 0xfff);
		}
		config = parse(&image, length);
		assert_consistent(&config, length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acs),
		cmocka_unit_test(test_acs_at_the_end),
		cmocka_unit_test(test_express_without_extended),
		cmocka_unit_test(test_extended_broken),
		cmocka_unit_test(test_sriov),
		cmocka_unit_test(test_resizable_bar),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
