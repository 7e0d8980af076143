/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/interrupts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct interrupts parse(const char *text)
{
	struct interrupts interrupts;

	interrupts_parse(text, strlen(text), &interrupts);
	return interrupts;
}

/* AMD, Linux 6.1: the unit's own interrupt comes first and is plain. */
static void finds_remapped_lines(void **state)
{
	struct interrupts interrupts =
		parse("           CPU0       CPU1\n"
		      " 24:          0          0   PCI-MSI 16384-edge      AMD-Vi\n"
		      " 25:          0         12  IR-PCI-MSI 49152-edge      PCIe PME, aerdrv\n"
		      "NMI:          0          0   Non-maskable interrupts\n");
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	assert_int_equal(interrupts.remapped.number, 3);
	assert_null(interrupts.plain.text);
	assert_string_equal(interrupt_line_shorten(arena, interrupts.remapped),
			    "25: IR-PCI-MSI 49152-edge PCIe PME, aerdrv");
}

/* Linux 6.2 and newer name the function in the chip. */
static void finds_newer_chip_names(void **state)
{
	struct interrupts interrupts = parse("      CPU0\n"
					     "  0: 103 IO-APIC 2-edge timer\n"
					     " 30: 1 PCI-MSIX-0000:01:00.0 0-edge nvme0q0\n");

	(void)state;
	assert_null(interrupts.remapped.text);
	assert_int_equal(interrupts.plain.number, 2);
	interrupts = parse(" 30: 1 IR-PCI-MSIX-0000:01:00.0 0-edge nvme0q0\n");
	assert_int_equal(interrupts.remapped.number, 1);
}

static void knows_arm_chips(void **state)
{
	struct interrupts interrupts =
		parse("      CPU0\n"
		      " 11: 1716 GICv3 27 Level arch_timer\n"
		      " 21: 1 ITS-MSI 32768 Edge PCIe PME, aerdrv, pciehp\n");

	(void)state;
	assert_int_equal(interrupts.remapped.number, 3);
	interrupts = parse(" 21: 1 ITS-PCI-MSIX-0000:02:00.0 0 Edge eth0\n");
	assert_non_null(interrupts.remapped.text);
	/* platform devices at the ITS say nothing about PCI */
	interrupts = parse(" 21: 1 ITS-pMSI 0 Edge pcc\n");
	assert_null(interrupts.remapped.text);
	interrupts = parse(" 21: 1 GICv2m-PCI-MSI-0000:02:00.0 0 Edge eth0\n");
	assert_null(interrupts.remapped.text);
	assert_non_null(interrupts.plain.text);
}

/* Neither XT-PIC nor the remapping unit's own chip nor a driver's name tells anything. */
static void stays_silent_without_msi(void **state)
{
	struct interrupts interrupts = parse("           CPU0\n"
					     "  0:  66  XT-PIC  timer\n"
					     " 24:   0  DMAR-MSI   0-edge      dmar0\n"
					     " 25:   0  Other 1 IO-APIC PCI-MSI IR-PCI-MSI\n"
					     "ERR:   0\n"
					     "26:\n"
					     "27: 1 2 3\n"
					     ":\n");

	(void)state;
	assert_null(interrupts.remapped.text);
	assert_null(interrupts.plain.text);
	interrupts = parse("");
	assert_null(interrupts.plain.text);
}

static void shortens_safely(void **state)
{
	static const char text[] = "24: 0 IR-PCI-MSI 1-edge \x1b[31mx";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct interrupts interrupts = parse(text);

	(void)state;
	assert_string_equal(interrupt_line_shorten(arena, interrupts.remapped),
			    "24: IR-PCI-MSI 1-edge ?[31mx");
	assert_string_equal(
		interrupt_line_shorten(arena, (struct line){.text = "ERR: 1", .length = 6}),
		"ERR: 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_remapped_lines), cmocka_unit_test(finds_newer_chip_names),
		cmocka_unit_test(knows_arm_chips),      cmocka_unit_test(stays_silent_without_msi),
		cmocka_unit_test(shortens_safely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
