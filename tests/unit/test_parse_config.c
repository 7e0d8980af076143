/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "config_image.h"

static void assert_nothing_known(const struct config_space *config)
{
	assert_false(config->header_known);
	assert_int_equal(config->vendor_id, -1);
	assert_int_equal(config->class_code, -1);
	assert_int_equal(config->header_type, -1);
	assert_int_equal(config->command, -1);
	assert_int_equal(config->secondary_bus, -1);
	assert_int_equal(config->interrupt_pin, -1);
	assert_int_equal(config->capabilities, UNKNOWN);
	assert_int_equal(config->port_type, PORT_UNKNOWN);
	assert_int_equal(config->flr, UNKNOWN);
	assert_int_equal(config->extended, UNKNOWN);
	assert_int_equal(config->acs, UNKNOWN);
	assert_int_equal(config->sriov, UNKNOWN);
	assert_int_equal(config->sriov_total, -1);
	assert_int_equal(config->pm_state, -1);
	assert_int_equal(config->slot_number, -1);
}

/* -- header ------------------------------------------------------------------------------------ */

static void test_short(void **state)
{
	static const size_t lengths[] = {0, 1, 3, 4, 16, 63};
	struct image image = image_plain(0);
	struct config_space config;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		config = parse(&image, lengths[i]);
		assert_int_equal(config.size, lengths[i]);
		assert_false(config.all_ones);
		assert_nothing_known(&config);
	}
	config_parse(NULL, 0, &config);
	assert_nothing_known(&config);
}

static void test_header(void **state)
{
	struct image image = image_plain(0x80);
	struct config_space config = parse(&image, 64);

	(void)state;
	assert_true(config.header_known);
	assert_int_equal(config.vendor_id, 0x10de);
	assert_int_equal(config.device_id, 0x2704);
	assert_int_equal(config.class_code, 0x030000);
	assert_int_equal(config.revision, 0xa1);
	assert_int_equal(config.subsystem_vendor_id, 0x1043);
	assert_int_equal(config.subsystem_device_id, 0x88e2);
	assert_int_equal(config.header_type, 0);
	assert_true(config.multifunction);
	assert_int_equal(config.command, 0x0407);
	assert_int_equal(config.interrupt_pin, 1);
	assert_int_equal(config.secondary_bus, -1);
}

static void test_bridge_header(void **state)
{
	struct image image = image_plain(1);
	struct config_space config;

	(void)state;
	put8(&image, 0x18, 0x00);
	put8(&image, 0x19, 0x40);
	put8(&image, 0x1a, 0x47);
	config = parse(&image, 256);
	assert_int_equal(config.primary_bus, 0);
	assert_int_equal(config.secondary_bus, 0x40);
	assert_int_equal(config.subordinate_bus, 0x47);
	/* 0x2c is the upper half of the prefetchable window there, no subsystem. */
	assert_int_equal(config.subsystem_vendor_id, -1);

	put16(&image, 0x06, 0x0010);
	put8(&image, 0x34, 0x50);
	put_capability(&image, 0x50, 0x0d, 0);
	put32(&image, 0x54, 0x72708086);
	config = parse(&image, 256);
	assert_int_equal(config.subsystem_vendor_id, 0x8086);
	assert_int_equal(config.subsystem_device_id, 0x7270);
}

static void test_cardbus_header(void **state)
{
	struct image image = image_plain(2);
	struct config_space config;

	(void)state;
	put16(&image, 0x06, 0x0010);
	put8(&image, 0x14, 0xa0);
	put8(&image, 0x34, 0x13); /* belongs to an I/O window */
	put8(&image, 0x19, 5);
	put32(&image, 0x40, 0x01041028);
	put_capability(&image, 0xa0, 0x01, 0);
	config = parse(&image, 256);
	assert_int_equal(config.secondary_bus, 5);
	assert_int_equal(config.subsystem_vendor_id, 0x1028);
	assert_int_equal(config.subsystem_device_id, 0x0104);
	assert_int_equal(config.pm, YES);
	config = parse(&image, 128);
	assert_int_equal(config.capabilities, UNKNOWN);
	config = parse(&image, 64);
	assert_int_equal(config.subsystem_vendor_id, -1);
}

static void test_unknown_layout(void **state)
{
	struct image image = image_express(0x03, 0);
	struct config_space config = parse(&image, 4096);

	(void)state;
	assert_int_equal(config.vendor_id, 0x10de);
	assert_int_equal(config.header_type, -1);
	assert_int_equal(config.subsystem_vendor_id, -1);
	assert_int_equal(config.port_type, PORT_UNKNOWN);
	assert_int_equal(config.acs, UNKNOWN);
}

static void test_all_ones(void **state)
{
	static const size_t lengths[] = {64, 256, 4096};
	struct config_space config;
	struct image image;

	(void)state;
	memset(image.bytes, 0xff, sizeof(image.bytes));
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		config = parse(&image, lengths[i]);
		assert_true(config.all_ones);
		assert_nothing_known(&config);
	}
	assert_false(parse(&image, 0).all_ones);
}

/* A VF's own vendor and device id registers read ffff; all else is there. */
static void test_virtual_function(void **state)
{
	struct image image = image_express(0, PORT_ENDPOINT);
	struct config_space config;

	(void)state;
	put32(&image, 0x00, 0xffffffff);
	put32(&image, 0x44, 1u << 28);
	config = parse(&image, 4096);
	assert_false(config.all_ones);
	assert_true(config.header_known);
	assert_int_equal(config.vendor_id, -1);
	assert_int_equal(config.device_id, -1);
	assert_int_equal(config.subsystem_vendor_id, 0x1043);
	assert_int_equal(config.port_type, PORT_ENDPOINT);
	assert_int_equal(config.flr, YES);
}

/* -- conventional capabilities --------------------------------------------------------------------- */

/* Status says that there is no list: 64 bytes are enough to know that. */
static void test_no_list(void **state)
{
	struct image image = image_plain(0);
	struct config_space config = parse(&image, 64);

	(void)state;
	assert_int_equal(config.capabilities, YES);
	assert_int_equal(config.port_type, PORT_CONVENTIONAL);
	assert_int_equal(config.flr, NO);
	assert_int_equal(config.af_flr, NO);
	assert_int_equal(config.pm, NO);
	assert_int_equal(config.pm_no_soft_reset, UNKNOWN);
	assert_int_equal(config.msi, NO);
	assert_int_equal(config.extended, NO);
	assert_int_equal(config.acs, NO);
	assert_int_equal(config.sriov, NO);
}

static void test_unprivileged(void **state)
{
	struct image image = image_express(0, PORT_ENDPOINT);
	struct config_space config = parse(&image, 64);

	(void)state;
	assert_int_equal(config.vendor_id, 0x10de);
	assert_int_equal(config.capabilities, UNKNOWN);
	assert_int_equal(config.port_type, PORT_UNKNOWN);
	assert_int_equal(config.flr, UNKNOWN);
	assert_int_equal(config.pm, UNKNOWN);
	assert_int_equal(config.extended, UNKNOWN);
	assert_int_equal(config.acs, UNKNOWN);
	assert_int_equal(config.sriov, UNKNOWN);
}

static void test_conventional(void **state)
{
	struct image image = image_plain(0);
	struct config_space config;

	(void)state;
	put16(&image, 0x06, 0x0290);
	put8(&image, 0x34, 0xdc | 0x3); /* the two low bits are reserved */
	put_capability(&image, 0xdc, 0x01, 0x60);
	put16(&image, 0xe0, 0x000b); /* no soft reset, D3hot */
	put_capability(&image, 0x60, 0x13, 0x70);
	put16(&image, 0x62, 0x0306);
	put_capability(&image, 0x70, 0x05, 0x80);
	put_capability(&image, 0x80, 0x11, 0);
	config = parse(&image, 256);
	assert_int_equal(config.capabilities, YES);
	assert_int_equal(config.port_type, PORT_CONVENTIONAL);
	assert_int_equal(config.pm, YES);
	assert_int_equal(config.pm_no_soft_reset, YES);
	assert_int_equal(config.pm_state, 3);
	assert_int_equal(config.af_flr, YES);
	assert_int_equal(config.msi, YES);
	assert_int_equal(config.msix, YES);
	assert_int_equal(config.flr, NO);
	assert_int_equal(config.acs, NO);

	put16(&image, 0xe0, 0x0000);
	put16(&image, 0x62, 0x0206); /* FLR without transactions pending */
	config = parse(&image, 256);
	assert_int_equal(config.pm_no_soft_reset, NO);
	assert_int_equal(config.pm_state, 0);
	assert_int_equal(config.af_flr, NO);
}

static void test_port_types(void **state)
{
	static const struct {
		unsigned type;
		const char *name;
	} rows[] = {
		{0x0, "endpoint"},
		{0x1, "legacy endpoint"},
		{0x4, "root port"},
		{0x5, "upstream port"},
		{0x6, "downstream port"},
		{0x7, "PCIe-to-PCI bridge"},
		{0x8, "PCI-to-PCIe bridge"},
		{0x9, "root complex integrated endpoint"},
		{0xa, "root complex event collector"},
		{0x2, "unknown"},
		{0xf, "unknown"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct image image = image_express(0, rows[i].type);
		struct config_space config = parse(&image, 256);

		assert_int_equal(config.port_type, rows[i].type);
		assert_string_equal(port_type_name(config.port_type), rows[i].name);
	}
	assert_string_equal(port_type_name(PORT_CONVENTIONAL), "conventional PCI");
	assert_string_equal(port_type_name(PORT_UNKNOWN), "unknown");
}

static void test_slot_number(void **state)
{
	struct image image = image_express(1, PORT_DOWNSTREAM);

	(void)state;
	put32(&image, 0x54, 300u << 19 | 0x7f);
	assert_int_equal(parse(&image, 256).slot_number, -1); /* no slot behind the port */
	put16(&image, 0x42, 0x0162);
	assert_int_equal(parse(&image, 256).slot_number, 300);
	put16(&image, 0x42, 0x0152); /* the bit means nothing in an upstream port */
	assert_int_equal(parse(&image, 256).slot_number, -1);
}

/* The kernel takes the first capability of an id. */
static void test_first_counts(void **state)
{
	struct image image = image_express(0, PORT_ENDPOINT);
	struct config_space config;

	(void)state;
	put8(&image, 0x41, 0x80);
	put_capability(&image, 0x80, 0x10, 0);
	put16(&image, 0x82, 0x0042);
	put32(&image, 0x84, 1u << 28);
	config = parse(&image, 256);
	assert_int_equal(config.port_type, PORT_ENDPOINT);
	assert_int_equal(config.flr, NO);
}

/* What was found stays found; what was not is unknown, because the list has no end. */
static void test_loop(void **state)
{
	struct image image = image_express(0, PORT_ENDPOINT);
	struct config_space config;

	(void)state;
	put8(&image, 0x41, 0x40);
	config = parse(&image, 4096);
	assert_int_equal(config.capabilities, UNKNOWN);
	assert_int_equal(config.port_type, PORT_ENDPOINT);
	assert_int_equal(config.flr, NO);
	assert_int_equal(config.pm, UNKNOWN);
	assert_int_equal(config.af_flr, UNKNOWN);

	put_capability(&image, 0x40, 0x01, 0x48);
	put_capability(&image, 0x48, 0x05, 0x40);
	config = parse(&image, 4096);
	assert_int_equal(config.pm, YES);
	assert_int_equal(config.msi, YES);
	assert_int_equal(config.port_type, PORT_UNKNOWN);
	assert_int_equal(config.acs, UNKNOWN);
}

static void test_broken_pointers(void **state)
{
	struct image image = image_express(0, PORT_ENDPOINT);

	(void)state;
	put8(&image, 0x34, 0x20); /* into the header */
	assert_int_equal(parse(&image, 256).port_type, PORT_UNKNOWN);
	assert_int_equal(parse(&image, 256).capabilities, UNKNOWN);
	put8(&image, 0x34, 0xc0);
	assert_int_equal(parse(&image, 0xc0).capabilities, UNKNOWN); /* behind the end */
	put8(&image, 0xc0, 0xff);
	assert_int_equal(parse(&image, 256).capabilities, UNKNOWN);
	put8(&image, 0x34, 0);
	assert_int_equal(parse(&image, 256).port_type, PORT_CONVENTIONAL); /* an empty list */
}

/* A capability that the end of the bytes cuts off is not parsed and not denied. */
static void test_cut_off(void **state)
{
	struct image image = image_plain(0);
	struct config_space config;

	(void)state;
	put16(&image, 0x06, 0x0010);
	put8(&image, 0x34, 0xfc);
	put_capability(&image, 0xfc, 0x10, 0);
	config = parse(&image, 256);
	assert_int_equal(config.port_type, PORT_UNKNOWN);
	assert_int_equal(config.flr, UNKNOWN);
	assert_int_equal(config.capabilities, UNKNOWN);
	put_capability(&image, 0xfc, 0x01, 0);
	assert_int_equal(parse(&image, 256).pm, UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_bridge_header),
		cmocka_unit_test(test_cardbus_header),
		cmocka_unit_test(test_unknown_layout),
		cmocka_unit_test(test_all_ones),
		cmocka_unit_test(test_virtual_function),
		cmocka_unit_test(test_no_list),
		cmocka_unit_test(test_unprivileged),
		cmocka_unit_test(test_conventional),
		cmocka_unit_test(test_port_types),
		cmocka_unit_test(test_slot_number),
		cmocka_unit_test(test_first_counts),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_broken_pointers),
		cmocka_unit_test(test_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
