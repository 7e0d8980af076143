/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/enumeration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void parse(struct arena *arena, const char *text, struct enumeration *ret_enumeration)
{
	enumeration_parse(arena, text, strlen(text), ret_enumeration);
}

static const struct enumerated_function *find(const struct enumeration *enumeration,
					      const char *address)
{
	struct address place;

	assert_int_equal(address_parse(address, strlen(address), &place), 0);
	return enumeration_find(enumeration, &place);
}

static const char new_kernel[] =
	"[    0.000000] Linux version 6.12.0-1-amd64 (builder@example)\n"
	"[    0.001000] ACPI: FACP 0x000000006FFF9000 000114 (v06 EXAMPL)\n"
	"[    0.181981] smpboot: CPU0: 12th Gen Intel(R) Core(TM) i7-1265U (family: 0x6, model: "
	"0x9a)\n"
	"[    0.301695] pci 0000:00:01.0: [8086:460d] type 01 class 0x060400 PCIe Root Port\n"
	"[    0.301700] pci 0000:00:01.0: PCI bridge to [bus 01-ff]\n"
	"[    0.301800] pci 0000:01:00.0: [10de:2484] type 00 class 0x030000 PCIe Legacy Endpoint\n"
	"[    0.301801] pci 0000:01:00.0: BAR 0 [mem 0xa3000000-0xa3ffffff]\n"
	"[    0.301900] pci 0000:00:1e.0: [8086:244e] type 81 class 0x060401 conventional PCI "
	"bridge\n"
	"[    0.302000] pci 0000:00:01.0: PCI bridge to [bus 01-02] (subtractive decode)\n"
	"[    0.400000] pci 0000:00:01.0: Adding to iommu group 1\n"
	"[    0.400001] pci 0000:01:00.0: Adding to iommu group 2\n"
	"[    0.500000] Run /init as init process\n"
	"[    9.000000] nvme 0000:02:00.0: Adding to iommu group 12\n"
	"[   10.000000] nvme 0000:02:00.0: Removing from iommu group 12\n";

static void test_new_kernel(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct enumerated_function *port, *gpu, *bridge, *disk;
	struct enumeration log;

	(void)state;
	parse(arena, new_kernel, &log);
	port = find(&log, "0000:00:01.0");
	gpu = find(&log, "0000:01:00.0");
	bridge = find(&log, "0000:00:1e.0");
	disk = find(&log, "0000:02:00.0");
	assert_int_equal(log.count, 4);
	assert_int_equal(log.found, 3);
	assert_true(log.tables_listed && log.init_reached);
	assert_string_equal(log.cpu, "12th Gen Intel(R) Core(TM) i7-1265U");
	assert_true(port->found);
	assert_int_equal(port->vendor_id, 0x8086);
	assert_int_equal(port->header_type, 1);
	assert_int_equal(port->port_type, PORT_ROOT_PORT);
	/* Buses are numbered anew while the kernel goes on. */
	assert_int_equal(port->secondary_bus, 1);
	assert_int_equal(port->subordinate_bus, 2);
	assert_int_equal(port->group, 1);
	assert_int_equal(gpu->class_code, 0x030000);
	assert_int_equal(gpu->port_type, PORT_LEGACY_ENDPOINT);
	assert_int_equal(gpu->group, 2);
	assert_int_equal(gpu->group_line, 11);
	assert_int_equal(bridge->port_type, PORT_CONVENTIONAL);
	assert_int_equal(bridge->header_type, 1);
	assert_false(disk->found);
	assert_int_equal(disk->group, -1);
	assert_null(find(&log, "0000:03:00.0"));
}

static void test_old_kernel(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct enumeration log;

	(void)state;
	parse(arena,
	      "Nov 02 10:00:00 host kernel: pci 0000:00:00.0: [1014:04c1] type 01 class "
	      "0x060400\r\n"
	      "Nov 02 10:00:00 host kernel: pci 0000:00:00.0: PCI bridge to [bus 01]\r\n"
	      "Nov 02 10:00:01 host kernel: iommu: Adding device 0000:01:00.0 to group 3\r\n",
	      &log);
	assert_int_equal(log.found, 1);
	assert_int_equal(find(&log, "0000:00:00.0")->port_type, PORT_UNKNOWN);
	assert_int_equal(find(&log, "0000:00:00.0")->subordinate_bus, 1);
	assert_int_equal(find(&log, "0000:01:00.0")->group, 3);
	assert_false(log.tables_listed || log.init_reached);
	assert_null(log.cpu);
}

static void test_two_boots(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct enumeration log;

	(void)state;
	parse(arena,
	      "pci 0000:00:01.0: Adding to iommu group 1\n"
	      "Run /init as init process\n"
	      "Linux version 6.12.0 (x)\n"
	      "pci 0000:00:02.0: [8086:3e98] type 00 class 0x030000\n",
	      &log);
	assert_int_equal(log.count, 1);
	assert_false(log.init_reached);
	assert_non_null(find(&log, "0000:00:02.0"));
}

static void test_hostile(void **state)
{
	static const char *const lines[] = {
		"] type 00 class 0x030000",
		"[10de:2484] type 00 class 0x030000",
		"0000:01:00.0: [10de:zzzz] type 00 class 0x030000",
		"0000:01:00.0: [10de:2484] type 0g class 0x030000",
		"0000:01:00.0: [10de:2484] type 00 class 0x03",
		"01:00.0: [10de:2484] type 00 class 0x030000",
		"PCI bridge to [bus 01]",
		"0000:01:00.0: PCI bridge to [bus",
		"0000:01:00.0: PCI bridge to [bus x]",
		"0000:01:00.0: Adding to iommu group ",
		"0000:01:00.0: Adding to iommu group 99999999999999",
		"Adding to iommu group 1",
		"Adding device  to group 3",
		"CPU0:  (family:",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct enumeration log;

		parse(arena, lines[i], &log);
		assert_int_equal(log.count, 0);
		assert_int_equal(log.found, 0);
	}
	for (size_t length = 0; length <= strlen(new_kernel); length++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		_cleanup_free_ char *copy = malloc(length ? length : 1);
		struct enumeration log;

		assert_non_null(copy);
		memcpy(copy, new_kernel, length);
		enumeration_parse(arena, copy, length, &log);
		assert_true(log.found <= 3 && log.count <= 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_kernel),
		cmocka_unit_test(test_old_kernel),
		cmocka_unit_test(test_two_boots),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
