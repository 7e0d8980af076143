/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/address.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void assert_address(const char *text, uint32_t domain, unsigned bus, unsigned slot,
			   unsigned function, bool full)
{
	struct address address = {0};

	if (address_parse(text, strlen(text), &address) < 0)
		fail_msg("\"%s\" is an address", text);
	assert_int_equal(address.domain, domain);
	assert_int_equal(address.bus, bus);
	assert_int_equal(address.slot, slot);
	assert_int_equal(address.function, function);
	assert_int_equal(address.full, full);
}

static void full_and_short_addresses(void **state)
{
	(void)state;
	assert_address("0000:41:00.0", 0, 0x41, 0, 0, true);
	assert_address("41:00.0", 0, 0x41, 0, 0, false);
	assert_address("0000:00:1f.7", 0, 0, 0x1f, 7, true);
	assert_address("ffff:ff:1f.7", 0xffff, 0xff, 0x1f, 7, true);
	assert_address("00:00.0", 0, 0, 0, 0, false);
	/* Capitals are what people paste from other tools. */
	assert_address("00AB:CD:1E.3", 0xab, 0xcd, 0x1e, 3, true);
}

/* Functions behind Intel VMD are in domains from 0x10000 on (drivers/pci/controller/vmd.c). */
static void domains_of_more_than_four_digits(void **state)
{
	(void)state;
	assert_address("10000:e1:00.0", 0x10000, 0xe1, 0, 0, true);
	assert_address("10001:e2:01.5", 0x10001, 0xe2, 1, 5, true);
	assert_address("ffffffff:00:00.0", 0xffffffff, 0, 0, 0, true);
}

static void what_is_no_address(void **state)
{
	static const char *const texts[] = {
		"",
		":",
		".",
		"41",
		"41:00",      /* a slot */
		"0000:41:00", /* a slot with its domain */
		"41:00.",     /* no function */
		"41:00.8",    /* three bits */
		"41:00.a",
		"41:00.00",
		"41:20.0", /* five bits */
		"41:ff.0",
		"4:00.0", /* two digits, always */
		"41:0.0",
		"041:00.0",
		"41:000.0",
		"100:00.0",          /* a bus has eight bits */
		"000:41:00.0",       /* a domain has four digits at least */
		"123456789:41:00.0", /* and eight at most */
		"0000:0000:41:00.0",
		"0000:41:00.0 ",
		" 0000:41:00.0",
		"0000:41:00.0\n",
		"0000:41:00.0x",
		"0x0000:41:00.0",
		"-000:41:00.0",
		"0000-41-00.0",
		"0000:41:00:0",
		"gggg:41:00.0",
		"0000:4g:00.0",
		"0000:41:0g.0",
		"pci_0000_41_00_0",
		"10de:2330",
		"::::::::::::",
		"\xff\xff\xff\xff:41:00.0",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct address address = {.domain = 7, .bus = 7, .slot = 7, .function = 7};

		if (address_parse(texts[i], strlen(texts[i]), &address) != -EINVAL)
			fail_msg("\"%s\" is no address", texts[i]);
		/* Untouched on failure. */
		assert_int_equal(address.domain, 7);
		assert_int_equal(address.bus, 7);
		assert_int_equal(address.slot, 7);
		assert_int_equal(address.function, 7);
	}
}

/* Every byte beyond length is somebody else's: the copy is exactly as long as what is parsed, so
 * that the sanitizers see a byte too many. */
static void reads_length_bytes_and_no_more(void **state)
{
	static const char text[] = "10000:e1:00.0";
	struct address address;

	(void)state;
	for (size_t length = 0; length < sizeof(text); length++) {
		char *copy = malloc(length ? length : 1);

		assert_non_null(copy);
		memcpy(copy, text, length);
		assert_int_equal(address_parse(copy, length, &address),
				 length == sizeof(text) - 1 ? 0 : -EINVAL);
		free(copy);
	}
	/* A prefix of a longer text is parsed as what it is. */
	assert_int_equal(address_parse("0000:41:00.0/driver", 12, &address), 0);
	assert_int_equal(address.bus, 0x41);
	assert_int_equal(address_parse("41:00.0\0garbage", 15, &address), -EINVAL);
	assert_int_equal(address_parse("41\0:00.0", 8, &address), -EINVAL);
}

static void names_of_devices(void **state)
{
	struct device_name name;

	(void)state;
	assert_int_equal(device_name_parse("0000:41:00.1", &name), 0);
	assert_int_equal(name.kind, NAME_ADDRESS);
	assert_int_equal(name.address.bus, 0x41);
	assert_int_equal(name.address.function, 1);
	assert_true(name.address.full);
	assert_int_equal(device_name_parse("41:00.1", &name), 0);
	assert_int_equal(name.kind, NAME_ADDRESS);
	assert_false(name.address.full);
	assert_int_equal(device_name_parse("41:1f", &name), 0);
	assert_int_equal(name.kind, NAME_SLOT);
	assert_int_equal(name.address.slot, 0x1f);
	assert_int_equal(name.address.domain, 0);
	assert_int_equal(device_name_parse("0002:41:00", &name), 0);
	assert_int_equal(name.kind, NAME_SLOT);
	assert_int_equal(name.address.domain, 2);
	assert_true(name.address.full);
	assert_int_equal(device_name_parse("10000:e1:00", &name), 0);
	assert_int_equal(name.kind, NAME_SLOT);
	assert_int_equal(name.address.domain, 0x10000);
	assert_int_equal(device_name_parse("10000:e1:00.0", &name), 0);
	assert_int_equal(name.kind, NAME_ADDRESS);
}

static void ids_have_four_digits_each(void **state)
{
	struct device_name name;

	(void)state;
	assert_int_equal(device_name_parse("10de:2330", &name), 0);
	assert_int_equal(name.kind, NAME_ID);
	assert_int_equal(name.vendor_id, 0x10de);
	assert_int_equal(name.device_id, 0x2330);
	assert_int_equal(device_name_parse("10DE:1EB8", &name), 0);
	assert_int_equal(name.kind, NAME_ID);
	assert_int_equal(name.vendor_id, 0x10de);
	assert_int_equal(name.device_id, 0x1eb8);
	assert_int_equal(device_name_parse("ffff:ffff", &name), 0);
	assert_int_equal(name.device_id, 0xffff);
	/* Two digits each side are a slot, whatever vendors there are. */
	assert_int_equal(device_name_parse("10:1f", &name), 0);
	assert_int_equal(name.kind, NAME_SLOT);
}

static void what_is_no_device(void **state)
{
	static const char *const texts[] = {
		"",
		"gpu",
		"41",
		"0000:0000:0000",
		"10de:",
		":2330",
		"10de:233",
		"10de:23300",
		"10de:2330:",
		"10de:233g",
		"10dg:2330",
		"10de-2330",
		"41:20",
		"41:00.8",
		"0000:41:00.0.0",
		"10de:2330 ",
		"0000:41:0",
		"0000:41",
		"1000041:00",
		"/dev/nvidia0",
		"-41:00",
		"--root",
		"41:00,42:00",
		"0x10de:0x2330",
		"10de:2330:10de:1234",
		"\x1b[31m0000",
		"000000000:00:00",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct device_name name = {.vendor_id = 7};

		if (device_name_parse(texts[i], &name) != -EINVAL)
			fail_msg("\"%s\" is no device", texts[i]);
		assert_int_equal(name.vendor_id, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_and_short_addresses),
		cmocka_unit_test(domains_of_more_than_four_digits),
		cmocka_unit_test(what_is_no_address),
		cmocka_unit_test(reads_length_bytes_and_no_more),
		cmocka_unit_test(names_of_devices),
		cmocka_unit_test(ids_have_four_digits_each),
		cmocka_unit_test(what_is_no_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
