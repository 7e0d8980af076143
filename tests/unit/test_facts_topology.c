/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pci_fixture.h"

#define SWITCH                                                                                     \
	"device 0000:00:01.0 id=8086:a70d class=060400 secondary=01 subordinate=04\n"              \
	"device 0000:01:00.0 below=0000:00:01.0 id=10b5:8747 class=060400 type=upstream "          \
	"secondary=02 subordinate=04\n"                                                            \
	"device 0000:02:08.0 below=0000:01:00.0 id=10b5:8747 class=060400 type=downstream "        \
	"secondary=03 subordinate=03\n"                                                            \
	"device 0000:02:10.0 below=0000:01:00.0 id=10b5:8747 class=060400 type=downstream "        \
	"secondary=04 subordinate=04\n"                                                            \
	"device 0000:03:00.0 below=0000:02:08.0 id=10de:2330 class=030200\n"                       \
	"device 0000:04:00.0 below=0000:02:10.0 id=10de:2330 class=030200\n"

static void assert_switch(const struct fixture *fixture)
{
	static const char *const below[][2] = {
		{"0000:01:00.0", "0000:00:01.0"}, {"0000:02:08.0", "0000:01:00.0"},
		{"0000:02:10.0", "0000:01:00.0"}, {"0000:03:00.0", "0000:02:08.0"},
		{"0000:04:00.0", "0000:02:10.0"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(below); i++) {
		const struct device *device = device_at(fixture, below[i][0]);

		assert_non_null(device->parent);
		assert_string_equal(device->parent->address, below[i][1]);
		assert_string_equal(device->root_bus, "pci0000:00");
	}
	assert_null(device_at(fixture, "0000:00:01.0")->parent);
	assert_string_equal(device_at(fixture, "0000:00:01.0")->root_bus, "pci0000:00");
}

static void test_parents_by_link(void **state)
{
	_cleanup_fixture_ struct fixture fixture = collect(SWITCH);

	(void)state;
	assert_switch(&fixture);
}

/* "hex" lines of a configuration header: a bridge of PCI with these bus numbers. */
#define BRIDGE_HEADER(primary, secondary, subordinate)                                             \
	"| 86 80 0d a7 07 04 00 00 00 00 04 06 00 00 01 00\n"                                      \
	"| 00 00 00 00 00 00 00 00 " primary " " secondary " " subordinate " 00 00 00 00 00\n"     \
	"| 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"                                      \
	"| 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
#define PLAIN(address) "hex " DEVICES address "/config\n"

/* A tree that holds directories where sysfs has links: the bridges' bus numbers tell. */
static void test_parents_by_bus(void **state)
{
	_cleanup_fixture_ struct fixture fixture = collect(
		PLAIN("0000:00:01.0") BRIDGE_HEADER("00", "01", "04") PLAIN("0000:01:00.0")
			BRIDGE_HEADER("01", "02", "04") PLAIN("0000:02:08.0")
				BRIDGE_HEADER("02", "03", "03") PLAIN("0000:02:10.0") BRIDGE_HEADER(
					"02", "04", "04") "dir " DEVICES "0000:03:00.0\n"
							  "dir " DEVICES "0000:04:00.0\n"
							  "dir " DEVICES "0001:03:00.0\n");

	(void)state;
	assert_switch(&fixture);
	assert_null(device_at(&fixture, "0001:03:00.0")->parent);
	assert_string_equal(device_at(&fixture, "0001:03:00.0")->root_bus, "pci0001:03");
}

/* Bus numbers that go round: whatever comes of it, following parents must end. */
static void test_parents_without_cycles(void **state)
{
	_cleanup_fixture_ struct fixture fixture =
		collect(PLAIN("0000:01:00.0") BRIDGE_HEADER("00", "01", "ff") PLAIN("0000:02:00.0")
				BRIDGE_HEADER("03", "01", "02") PLAIN("0000:03:00.0")
					BRIDGE_HEADER("02", "04", "02")
			/* Links that contain one another, and one that contains itself. */
			"link " DEVICES
			"0000:05:00.0 ../../../devices/pci0000:00/0000:06:00.0/0000:05:00.0\n"
			"link " DEVICES
			"0000:06:00.0 ../../../devices/pci0000:00/0000:05:00.0/0000:06:00.0\n"
			"link " DEVICES
			"0000:07:00.0 ../../../devices/pci0000:00/0000:07:00.0/0000:07:00.0\n"
			/* Through a function that is a plain directory. */
			"link " DEVICES
			"0000:01:01.0 ../../../devices/pci0000:00/0000:02:00.0/0000:01:01.0\n");

	(void)state;
	assert_int_equal(fixture.facts->devices.count, 7);
	for_each (device, &fixture.facts->devices) {
		const struct device *above = device;

		for (size_t steps = 0; above; above = above->parent)
			assert_true(steps++ < fixture.facts->devices.count);
		assert_non_null(device->root_bus);
	}
	assert_null(device_at(&fixture, "0000:05:00.0")->parent);
	assert_null(device_at(&fixture, "0000:07:00.0")->parent);
	assert_null(device_at(&fixture, "0000:01:01.0")->parent);
}

/* Two bridges above each other: one says so by its link, the other by bus numbers, because its own
 * link is not spelt as the kernel spells it. */
static void test_parents_mixed(void **state)
{
	_cleanup_fixture_ struct fixture fixture = collect(
		"hex sys/devices/pci0000:00/0000:0B:00.0/0000:0a:00.0/config\n" BRIDGE_HEADER(
			"0a", "0b",
			"0b") "link " DEVICES
			      "0000:0a:00.0 ../../../devices/pci0000:00/0000:0B:00.0/"
			      "0000:0a:00.0\n"
			      "link " DEVICES
			      "0000:0b:00.0 ../../../devices/pci0000:00/0000:0B:00.0\n");

	(void)state;
	assert_null(device_at(&fixture, "0000:0a:00.0")->parent);
	assert_ptr_equal(device_at(&fixture, "0000:0b:00.0")->parent,
			 device_at(&fixture, "0000:0a:00.0"));
}

/* Domains beyond 0xffff: Intel VMD makes a root bus of its own behind an endpoint. */
static void test_vmd(void **state)
{
	static const char recipe[] =
		"file sys/devices/pci0000:00/0000:00:0e.0/vendor\n| 0x8086\n"
		"link " DEVICES "0000:00:0e.0 ../../../devices/pci0000:00/0000:00:0e.0\n"
		"file sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/class\n| "
		"0x060400\n"
		"link " DEVICES "10000:e0:06.0 "
		"../../../devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/\n"
		"file sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0/"
		"class\n| 0x010802\n"
		"link " DEVICES "10000:e1:00.0 "
		"../../../devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0/"
		"\n"
		"dir " DEVICES "2000:00:00.0\n";
	_cleanup_fixture_ struct fixture fixture = collect(recipe);
	const struct device *disk = device_at(&fixture, "10000:e1:00.0");

	(void)state;
	assert_int_equal(fixture.facts->devices.count, 4);
	assert_sorted(&fixture.facts->devices);
	assert_int_equal(disk->domain, 0x10000);
	assert_int_equal(disk->class_code, 0x010802);
	assert_ptr_equal(disk->parent, device_at(&fixture, "10000:e0:06.0"));
	assert_string_equal(disk->root_bus, "pci10000:e0");
	assert_null(disk->parent->parent);
	assert_true(disk->parent->is_bridge);
}

/* A VF that claims to be its own physical function, or to belong to another VF. */
static void test_physfn_hostile(void **state)
{
	_cleanup_fixture_ struct fixture fixture =
		collect("file " DEVICES "0000:01:00.0/vendor\n| 0x8086\n"
			"link " DEVICES "0000:01:00.0/physfn ../0000:01:00.0\n"
			"file " DEVICES "0000:01:00.1/vendor\n| 0x8086\n"
			"link " DEVICES "0000:01:00.1/physfn ../0000:01:00.0\n"
			"file " DEVICES "0000:01:00.2/vendor\n| 0x8086\n"
			"link " DEVICES "0000:01:00.2/physfn ../../nowhere\n");

	(void)state;
	for_each (device, &fixture.facts->devices)
		assert_null(device->physfn);
	assert_int_equal(fixture.facts->devices.count, 3);
}

static void test_slots(void **state)
{
	_cleanup_fixture_ struct fixture fixture =
		collect("device 0000:00:02.0 id=8086:1572 class=020000\n"
			"device 0000:00:02.1 id=8086:1572 class=020000\n"
			"device 0000:00:03.0 id=8086:1572 class=020000\n"
			"file sys/bus/pci/slots/2-1/address\n| 0000:00:02\n"
			"file sys/bus/pci/slots/PCIe/address\n| 0000:00:03\n"
			"file sys/bus/pci/slots/7/address\n| rubbish\n"
			"file sys/bus/pci/slots/99999999999999999999/address\n| 0000:00:03\n"
			"dir sys/bus/pci/slots/8\n");

	(void)state;
	assert_int_equal(device_at(&fixture, "0000:00:02.0")->physical_slot, 2);
	assert_int_equal(device_at(&fixture, "0000:00:02.1")->physical_slot, 2);
	assert_int_equal(device_at(&fixture, "0000:00:03.0")->physical_slot, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parents_by_link),
		cmocka_unit_test(test_parents_by_bus),
		cmocka_unit_test(test_parents_without_cycles),
		cmocka_unit_test(test_parents_mixed),
		cmocka_unit_test(test_vmd),
		cmocka_unit_test(test_physfn_hostile),
		cmocka_unit_test(test_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
