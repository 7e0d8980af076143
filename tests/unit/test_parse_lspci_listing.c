/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lspci_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* -- listings of groups -------------------------------------------------------------------------- */

static void test_listings(void **state)
{
	/* Each tells that 0000:01:00.1 is in group 14. */
	static const char *const texts[] = {
		"IOMMU Group 14 01:00.1 Audio device [0403]: Example [10de:228b] (rev a1)\n",
		"IOMMU group 14:\n\t01:00.1 Audio device [0403]: Example [10de:228b]\n",
		"IOMMU GROUP 14\n (14) 01:00.1 Audio device [0403]: Example [10de:228b]\n",
		"IOMMU Group 14:\n01:00.1 Audio device [0403]: Example [10de:228b]\n",
		"### Group 14 ###\n    01:00.1 Audio device: Example\n",
		"Group 14:\t[10de:228b] [R] 01:00.1  Audio device                Example\n",
		"Group 14:\t[10de:2484] [R] 01:00.0  VGA compatible controller  Example\n"
		"\t\t[10de:228b]     01:00.1  Audio device                Example\n",
		"IOMMU: dmar2\n  IOMMU Group: 14\n    Group Device: 0000:01:00.1 - Audio device "
		"[0403]: Example "
		"[10de:228b]\n",
		"/sys/kernel/iommu_groups/14/devices/0000:01:00.1\n",
		"lrwxrwxrwx 1 root root 0 May  2 10:00 "
		"/sys/kernel/iommu_groups/14/devices/0000:01:00.1 -> "
		"../../../../devices/pci0000:00/0000:00:01.0/0000:01:00.1\n",
		"/sys/kernel/iommu_groups/14/devices:\ntotal 0\n"
		"lrwxrwxrwx 1 root root 0 May  2 10:00 0000:01:00.1 -> "
		"../../../../devices/pci0000:00/x\n",
		"/sys/kernel/iommu_groups/14/devices/:\n0000:01:00.0  0000:01:00.1\n",
		"/sys/bus/pci/devices/0000:01:00.1/iommu_group -> "
		"../../../../kernel/iommu_groups/14\n",
		"> IOMMU Group 14 01:00.1 Audio device [0403]: Example [10de:228b] (rev a1)\n",
		"\xc2\xa0\xc2\xa0IOMMU Group 14:\r\n\xc2\xa0 \xc2\xa0"
		"01:00.1 Audio device: Example\r\n",
		"\033[1mIOMMU Group 14\033[0m \033[32m01:00.1\033[m Audio device [0403]: Example\n",
		"\xef\xbb\xbfIOMMU Group 14 01:00.1 Audio device [0403]: Example\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		const struct lspci_function *last;
		struct lspci_text text;

		lspci_parse_text(arena, texts[i], &text);
		assert_true(text.functions.count > 0);
		last = &text.functions.items[text.functions.count - 1];
		lspci_assert_place(last, 0, 1, 0, 1);
		assert_int_equal(last->group, 14);
		assert_false(last->group_of_lspci);
		assert_true(text.has_listing);
		assert_false(text.has_lspci);
		assert_true(last->vendor_id == -1 || last->vendor_id == 0x10de);
		assert_true(last->class_code == -1 || last->class_code == 0x040300);
	}
}

static void test_no_listing(void **state)
{
	static const char *const texts[] = {
		"Group therapy 14\n",
		"IOMMU Group: none\n",
		"the group 7 01:00.0\n",
		"IOMMU Group 99999999999999999999 \n",
		"/sys/kernel/iommu_groups/x/devices/0000:01:00.0\n",
		"01:00 VGA\n",
		"01:00.8 VGA\n",
		"00000000001:00.0 VGA\n",
		"[10de:228b]\n",
		"device 01:00.0 is broken\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct lspci_text text;

		lspci_parse_text(arena, texts[i], &text);
		assert_int_equal(text.functions.count, 0);
	}
}

static void test_listing_before_lspci(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct lspci_text text;

	(void)state;
	lspci_parse_text(arena,
			 "IOMMU Group 0 00:00.0 Host bridge [0600]: Example [8086:3e30]\n"
			 "IOMMU Group 1 00:01.0 PCI bridge [0604]: Example [8086:1901]\n"
			 "00:00.0 Host bridge [0600]: Example [8086:3e30] (rev 0a)\n"
			 "\tSubsystem: Example [1043:8694]\n"
			 "00:01.0 PCI bridge [0604]: Example [8086:1901] (rev 0a)\n"
			 "\tKernel driver in use: pcieport\n"
			 "00:02.0 VGA compatible controller [0300]: Example [8086:3e98]\n",
			 &text);
	assert_int_equal(text.functions.count, 3);
	assert_true(text.has_listing && text.has_lspci);
	assert_int_equal(text.functions.items[0].group, 0);
	assert_int_equal(text.functions.items[0].subsystem_vendor_id, 0x1043);
	assert_int_equal(text.functions.items[1].group, 1);
	assert_string_equal(text.functions.items[1].driver, "pcieport");
	assert_int_equal(text.functions.items[2].group, LSPCI_NONE);
}

static void test_contradictions(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct lspci_text text;

	(void)state;
	lspci_parse_text(
		arena,
		"IOMMU Group 40:\n09:00.0 Ethernet controller [0200]: Example [8086:1539]\n"
		"IOMMU Group 29:\n09:00.0 Ethernet controller [0200]: Example [8086:1539]\n"
		"0a:00.0 USB controller [0c03]: Example [1b21:1142]\n"
		"\n"
		"0a:00.0 USB controller [0c03]: Example [1b21:1142]\n"
		"\tControl: I/O- Mem+ BusMaster+\n"
		"\tIOMMU group: 41\n",
		&text);
	assert_int_equal(text.functions.count, 2);
	assert_int_equal(text.functions.items[0].group, LSPCI_CONTRADICTED);
	/* lspci's own line is nearer to the kernel than a listing. */
	assert_int_equal(text.functions.items[1].group, 41);
	assert_true(text.functions.items[1].group_of_lspci);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listings),
		cmocka_unit_test(test_no_listing),
		cmocka_unit_test(test_listing_before_lspci),
		cmocka_unit_test(test_contradictions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
