/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lspci_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* -- lspci as root ------------------------------------------------------------------------------- */

static void test_root_port(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct lspci_function *port = lspci_only(arena, lspci_root_port);
	const struct config_space *config = &port->config;

	(void)state;
	lspci_assert_place(port, 0, 0, 1, 0);
	assert_int_equal(port->detail, LSPCI_FULL);
	assert_true(port->closed);
	assert_int_equal(port->class_code, 0x060400);
	assert_int_equal(port->vendor_id, 0x8086);
	assert_int_equal(port->device_id, 0x460d);
	assert_int_equal(port->revision, 2);
	assert_string_equal(port->name, "Example Corporation Root Port #1");
	assert_int_equal(port->group, 2);
	assert_true(port->group_of_lspci);
	assert_int_equal(port->group_line, 7);
	assert_int_equal(port->numa_node, 1);
	assert_string_equal(port->driver, "pcieport");
	assert_int_equal(config->command, 0x407);
	assert_int_equal(config->header_type, 1);
	assert_int_equal(config->primary_bus, 0);
	assert_int_equal(config->secondary_bus, 1);
	assert_int_equal(config->subordinate_bus, 3);
	assert_int_equal(config->interrupt_pin, 1);
	assert_int_equal(config->port_type, PORT_ROOT_PORT);
	assert_int_equal(config->slot_number, 7);
	assert_int_equal(config->flr, NO);
	assert_int_equal(config->af_flr, NO);
	assert_int_equal(config->pm, YES);
	assert_int_equal(config->pm_no_soft_reset, YES);
	assert_int_equal(config->pm_state, 3);
	assert_int_equal(config->msi, YES);
	assert_int_equal(config->msix, NO);
	assert_int_equal(config->capabilities, YES);
	assert_int_equal(config->extended, YES);
	assert_int_equal(config->acs, YES);
	assert_int_equal(config->acs_offset, 0x220);
	assert_int_equal(config->acs_capability, ACS_SV | ACS_TB | ACS_RR | ACS_CR | ACS_UF);
	assert_int_equal(config->acs_control, ACS_SV | ACS_RR | ACS_CR);
	assert_int_equal(config->sriov, NO);
	assert_string_equal(port->link_speed, "2.5 GT/s PCIe");
	assert_string_equal(port->link_speed_max, "16.0 GT/s PCIe");
	assert_int_equal(port->link_width, 8);
	assert_int_equal(port->link_width_max, 16);
}

static void test_endpoint(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct lspci_function *port = lspci_only(arena, lspci_endpoint);
	const struct bar *bars = port->bars;

	(void)state;
	lspci_assert_place(port, 0, 0x3b, 0, 1);
	assert_int_equal(port->vendor_id, -1); /* no -nn */
	assert_int_equal(port->class_code, 0x020000);
	assert_string_equal(port->name, "Example Corp Adapter [Dual Port]");
	assert_int_equal(port->subsystem_vendor_id, 0x1590);
	assert_int_equal(port->subsystem_device_id, 0x021d);
	assert_int_equal(port->physical_slot, 5);
	assert_int_equal(port->group, LSPCI_NONE);
	assert_int_equal(port->config.flr, YES);
	assert_int_equal(port->config.acs, NO);
	assert_int_equal(port->config.sriov, YES);
	assert_int_equal(port->config.sriov_total, 8);
	assert_int_equal(port->config.sriov_vf_device_id, 0x10ca);
	assert_int_equal(port->sriov.active, 2);
	assert_int_equal(port->sriov.offset, 127);
	assert_int_equal(port->sriov.stride, 2);
	assert_int_equal(port->config.resizable_bar, YES);
	assert_true(port->config.resizable_sizes[3] == (1u << 8 | 1u << 9 | 1u << 14));
	assert_int_equal(port->modules.count, 2);
	assert_string_equal(port->modules.items[1], "e1000e");
	/* The VFs' region is none of the function's own. */
	assert_true(bars[0].present && !bars[0].io && bars[0].assigned && bars[0].bits == 32);
	assert_true(bars[0].address == 0xa4000000 && bars[0].size == 1 << 20);
	assert_false(bars[1].present);
	assert_true(bars[2].io && bars[2].bits == 0 && bars[2].size == 128);
	assert_true(bars[3].bits == 64 && bars[3].prefetchable);
	assert_true(bars[3].size == UINT64_C(16) << 30 && bars[3].address == 0x6040000000);
	assert_true(bars[5].present && !bars[5].assigned);
	assert_true(bars[BAR_ROM].present && bars[BAR_ROM].size == 512 << 10);
}

/* -- less detail --------------------------------------------------------------------------------- */

static void test_denied(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct lspci_function *function =
		lspci_only(arena, "00:1f.3 Audio device [0403]: Example [8086:7ad0] (rev 11)\n"
				  "\tControl: I/O- Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop-\n"
				  "\tStatus: Cap+ 66MHz-\n"
				  "\tIOMMU group: 11\n"
				  "\tCapabilities: <access denied>\n"
				  "\tKernel driver in use: snd_hda_intel\n");

	(void)state;
	assert_true(function->denied);
	assert_int_equal(function->group, 11);
	assert_int_equal(function->config.port_type, PORT_UNKNOWN);
	assert_int_equal(function->config.capabilities, UNKNOWN);
	assert_int_equal(function->config.acs, UNKNOWN);
	assert_int_equal(function->config.flr, UNKNOWN);
}

static void test_verbose_once(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct lspci_function *function = lspci_only(
		arena, "01:00.0 VGA compatible controller: Example Graphics (rev a1) (prog-if "
		       "00 [VGA controller])\n"
		       "\tFlags: bus master, fast devsel, latency 0, IRQ 148, NUMA node 1, "
		       "IOMMU group 14\n"
		       "\tMemory at a3000000 (32-bit, non-prefetchable) [size=16M]\n"
		       "\tMemory at 90000000 (64-bit, prefetchable) [size=256M]\n"
		       "\tMemory at a0000000 (64-bit, prefetchable) [size=32M]\n"
		       "\tI/O ports at 5000 [size=128]\n"
		       "\tExpansion ROM at a4000000 [disabled] [size=512K]\n"
		       "\tCapabilities: [60] Power Management version 3\n"
		       "\tCapabilities: [78] Express Legacy Endpoint, MSI 00\n"
		       "\tCapabilities: [100] Virtual Channel\n"
		       "\tCapabilities: [bb0] Access Control Services\n"
		       "\n");

	(void)state;
	assert_int_equal(function->detail, LSPCI_VERBOSE);
	assert_int_equal(function->group, 14);
	assert_int_equal(function->numa_node, 1);
	/* Not numbered: 64-bit ones take two places. */
	assert_true(function->bars[0].bits == 32 && function->bars[1].bits == 64);
	assert_false(function->bars[2].present);
	assert_true(function->bars[3].address == 0xa0000000 && function->bars[5].io);
	assert_int_equal(function->config.port_type, PORT_LEGACY_ENDPOINT);
	/* -v names capabilities and decodes none. */
	assert_int_equal(function->config.acs, UNKNOWN);
	assert_int_equal(function->config.extended, UNKNOWN);
	assert_int_equal(function->config.flr, UNKNOWN);
	assert_int_equal(function->config.capabilities, UNKNOWN);
	assert_int_equal(function->config.pm, YES);
	assert_int_equal(function->config.msix, NO);
}

static void test_heads(void **state)
{
	static const struct {
		const char *line;
		int class, vendor, device, revision;
		const char *name;
	} heads[] = {
		{"01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA104 [GeForce RTX "
		 "3070] "
		 "[10de:2484] (rev a1)",
		 0x030000, 0x10de, 0x2484, 0xa1, "NVIDIA Corporation GA104 [GeForce RTX 3070]"},
		{"01:00.0 0300: 10de:2484 (rev a1)", 0x030000, 0x10de, 0x2484, 0xa1, NULL},
		{"01:00.0 0300: 10de:2484", 0x030000, 0x10de, 0x2484, 0, NULL},
		{"01:00.0 Non-Volatile memory controller: Example SSD (prog-if 02 [NVM Express])",
		 0x010802, -1, -1, -1, "Example SSD"},
		{"01:00.0 Signal processing controller [1180]: Intel Corporation Device "
		 "[8086:9d31] (rev 21)",
		 0x118000, 0x8086, 0x9d31, 0x21, "Intel Corporation Device"},
		{"01:00.0 SMBus: AMD FCH SMBus Controller: rev: x", 0x0c0500, -1, -1, -1,
		 "AMD FCH SMBus Controller: rev: x"},
		{"01:00.0 Class [0b41]: Example [1de5:3000]", 0x0b4100, 0x1de5, 0x3000, 0,
		 "Example"},
		{"01:00.0 Class 0b40: Example", 0x0b4000, -1, -1, -1, "Example"},
		{"01:00.0 Quantum controller [1234]: Example [dead:beef]", 0x123400, 0xdead, 0xbeef,
		 0, "Example"},
		{"00:00.0/01:00.0 SATA controller [0106]: Example [1b21:0612] (rev 02)", 0x010600,
		 0x1b21, 0x0612, 2, "Example"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		const struct lspci_function *function = lspci_only(arena, heads[i].line);

		lspci_assert_place(function, 0, 1, 0, 0);
		assert_int_equal(function->class_code, heads[i].class);
		assert_int_equal(function->vendor_id, heads[i].vendor);
		assert_int_equal(function->device_id, heads[i].device);
		assert_int_equal(function->revision, heads[i].revision);
		if (heads[i].name)
			assert_string_equal(function->name, heads[i].name);
		else
			assert_null(function->name);
	}
}

static void test_kernel_lines_only(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct lspci_text text;

	(void)state;
	lspci_parse_text(
		arena,
		"00:00.0 Host bridge [0600]: Example [8086:3e30] (rev 0a)\n"
		"\tSubsystem: Example [1043:8694]\n"
		"10000:e1:00.0 Non-Volatile memory controller [0108]: Example [144d:a808]\n"
		"\tKernel driver in use: nvme\n"
		"\tKernel modules: nvme\n",
		&text);
	assert_int_equal(text.functions.count, 2);
	assert_true(text.drivers_shown);
	assert_false(text.groups_shown);
	assert_true(text.functions.items[0].described);
	assert_null(text.functions.items[0].driver);
	assert_int_equal(text.functions.items[0].detail, LSPCI_TERSE);
	lspci_assert_place(&text.functions.items[1], 0x10000, 0xe1, 0, 0);
	assert_int_equal(text.functions.items[1].driver_line, 4);
}

static void test_dead(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct lspci_function *function = lspci_only(
		arena, "01:00.1 Audio device [0403]: Example [10de:0bea] (rev ff) (prog-if ff)\n"
		       "\t!!! Unknown header type 7f\n"
		       "\tKernel driver in use: snd_hda_intel\n");

	(void)state;
	assert_true(function->dead);
	assert_int_equal(function->config.capabilities, UNKNOWN);
}

/* -- hex dumps ----------------------------------------------------------------------------------- */

static void test_hex(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct lspci_function *function =
		lspci_only(arena, "00:02.0 VGA compatible controller: Example\n"
				  "\tCapabilities: [d0] Power Management version 2\n"
				  "\t\tStatus: D0 NoSoftRst- PME-Enable-\n"
				  "00: 86 80 a6 46 07 04 10 00 0c 00 00 03 10 00 00 00\n"
				  "10: 04 00 00 2c 62 00 00 00 0c 00 00 00 40 00 00 00\n"
				  "30: ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff\n"
				  "zz: not hex\n");

	(void)state;
	/* What comes behind a gap does not count. */
	assert_int_equal(function->hex_length, 32);
	assert_int_equal(function->hex[0], 0x86);
	assert_int_equal(function->hex[31], 0);
	assert_int_equal(function->config.pm_state, 0);
}

static void test_hex_in_full(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct strings lines = {0};
	const struct lspci_function *function;

	(void)state;
	strings_add(arena, &lines, "00:02.0 VGA compatible controller: Example");
	for (unsigned offset = 0; offset < 4096 + 32; offset += 16)
		strings_add(arena, &lines,
			    arena_printf(arena,
					 "%02x: %02x 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f",
					 offset, offset >> 4 & 0xff));
	function = lspci_only(arena, strings_join(arena, &lines, "\r\n"));
	assert_int_equal(function->hex_length, 4096);
	assert_int_equal(function->hex[256], 0x10);
	assert_int_equal(function->hex[4095], 0x0f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root_port),   cmocka_unit_test(test_endpoint),
		cmocka_unit_test(test_denied),      cmocka_unit_test(test_verbose_once),
		cmocka_unit_test(test_heads),       cmocka_unit_test(test_kernel_lines_only),
		cmocka_unit_test(test_dead),        cmocka_unit_test(test_hex),
		cmocka_unit_test(test_hex_in_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
