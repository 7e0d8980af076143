/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu_tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* The group's first region of a type, which must be there. */
static struct reserved_region find_region(const struct group *group, enum region_type type)
{
	for_each (region, &group->reserved)
		if (region->type == type)
			return *region;
	fail_msg("group %d has no region of type %d", group->id, (int)type);
	return (struct reserved_region){0};
}

/* -- groups -------------------------------------------------------------------------------------- */

static void reads_groups(void **state)
{
	struct tree *tree = tree_new(DESKTOP);
	_cleanup_facts_ struct facts *facts = NULL;
	const struct device *device;

	(void)state;
	tree_add(tree, "group 1 type=identity region=3e000000-3fffffff:direct-relaxable\n"
		       "group 3 region=e8000-e8fff:direct region=fee00000-feefffff:msi\n"
		       "link sys/kernel/iommu_groups/2/devices/fd8f0000.codec ../x\n");
	facts = collect(tree);
	assert_int_equal(facts->iommu.groups_listed, YES);
	assert_int_equal(facts->groups.count, 4);
	assert_int_equal(facts->groups.items[1].id, 1);
	assert_string_equal(facts->groups.items[1].type, "identity");
	assert_null(facts->groups.items[1].name);
	assert_int_equal(facts->groups.items[2].members.count, 2);
	assert_int_equal(facts->groups.items[2].devices.count, 1);
	assert_int_equal(facts->groups.items[3].devices.count, 3);
	device = facts_find_device(facts, "0000:01:00.1");
	assert_ptr_equal(device->group, &facts->groups.items[3]);
	assert_int_equal(device->has_group, YES);
	assert_int_equal(facts->groups.items[3].reserved_known, YES);
	assert_int_equal(find_region(device->group, REGION_DIRECT).start, 0xe8000);
	assert_int_equal(find_region(device->group, REGION_DIRECT).end, 0xe8fff);
	assert_string_equal(find_region(device->group, REGION_DIRECT).origin.source,
			    "/sys/kernel/iommu_groups/3/reserved_regions");
	assert_int_equal(find_region(device->group, REGION_DIRECT).origin.line, 1);
	assert_int_equal(find_region(device->group, REGION_MSI).origin.line, 2);
	assert_int_equal(find_region(&facts->groups.items[1], REGION_DIRECT_RELAXABLE).end,
			 0x3fffffff);
	tree_free(tree);
}

static void orders_groups_by_number(void **state)
{
	struct tree *tree = tree_new(DESKTOP);
	_cleanup_facts_ struct facts *facts = NULL;

	(void)state;
	tree_add(tree, "device 0000:02:00.0 id=144d:a808 class=010802 group=10\n"
		       "dir sys/kernel/iommu_groups/03/devices\n"
		       "dir sys/kernel/iommu_groups/-1/devices\n"
		       "dir sys/kernel/iommu_groups/7x/devices\n"
		       "dir sys/kernel/iommu_groups/99999999999/devices\n");
	facts = collect(tree);
	assert_int_equal(facts->groups.count, 5);
	assert_int_equal(facts->groups.items[3].id, 3);
	assert_int_equal(facts->groups.items[4].id, 10);
	assert_ptr_equal(facts_find_device(facts, "0000:02:00.0")->group, &facts->groups.items[4]);
	tree_free(tree);
}

/* A copy without sys/kernel: the links still tell the numbers. */
static void makes_groups_from_links(void **state)
{
	struct tree *tree = tree_new(DESKTOP);
	_cleanup_facts_ struct facts *facts = NULL;
	const struct group *group;

	(void)state;
	tree_add(tree, "remove sys/kernel\nremove sys/class\n");
	facts = collect(tree);
	assert_int_equal(facts->iommu.groups_listed, UNKNOWN);
	assert_int_equal(facts->groups.count, 4);
	group = facts_find_device(facts, "0000:01:00.0")->group;
	assert_int_equal(group->id, 3);
	assert_int_equal(group->devices.count, 3);
	assert_string_equal(group->members.items[0], "0000:00:1c.0");
	assert_int_equal(group->reserved_known, UNKNOWN);
	assert_null(group->type);
	assert_int_equal(facts->iommu.active, YES);
	tree_free(tree);
}

static void keeps_broken_regions_unknown(void **state)
{
	struct tree *tree = tree_new(DESKTOP);
	_cleanup_facts_ struct facts *facts = NULL;

	(void)state;
	tree_add(tree, "file sys/kernel/iommu_groups/3/reserved_regions\n"
		       "| 0x00000000fee00000 0x00000000feefffff msi\n"
		       "| 0x00000000000e8000 0x00000000000e8fff\n"
		       "| 0xfffffffffffffffff 0x1 direct\n"
		       "| 0x0 0x1 something-new\n");
	facts = collect(tree);
	assert_int_equal(facts->groups.items[3].reserved_known, UNKNOWN);
	assert_int_equal(facts->groups.items[3].reserved.count, 2);
	assert_int_equal(facts->groups.items[3].reserved.items[1].type, REGION_OTHER);
	assert_int_equal(facts_unread_error(facts, "sys/kernel/iommu_groups/3/reserved_regions"),
			 -EINVAL);
	tree_free(tree);
}

/* -- is it on? ----------------------------------------------------------------------------------- */

static void tells_active(void **state)
{
	struct tree *tree = tree_new(DESKTOP);
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.active, YES);
	assert_string_equal(facts->iommu.active_origin.source, "/sys/kernel/iommu_groups");
	assert_string_equal(facts->iommu.active_origin.text, "4 groups; units: dmar0");
	assert_int_equal(facts->iommu.kind, IOMMU_INTEL);
	assert_int_equal(facts->iommu.firmware_regions_known, YES);
	tree_free(tree);
}

static void tells_inactive(void **state)
{
	struct tree *tree = tree_new(DESKTOP);
	_cleanup_facts_ struct facts *facts = NULL;

	(void)state;
	tree_add(tree, "iommu-off\n");
	facts = collect(tree);
	assert_int_equal(facts->iommu.active, NO);
	assert_string_equal(facts->iommu.active_origin.source, "/sys/kernel/iommu_groups");
	assert_string_equal(facts->iommu.active_origin.text, "is empty");
	assert_null(facts->iommu.default_domain);
	/* Remapping of interrupts goes on without translation. */
	assert_int_equal(facts->iommu.interrupt_remapping, YES);
	tree_free(tree);
}

static void tells_inactive_by_units_alone(void **state)
{
	struct tree *tree = tree_new("dir sys/class/iommu\n"
				     "device 0000:00:02.0 id=8086:5912 class=030000\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.active, NO);
	assert_string_equal(facts->iommu.active_origin.source, "/sys/class/iommu");
	tree_free(tree);
}

static void distrusts_no_iommu_groups(void **state)
{
	struct tree *tree =
		tree_new("dir sys/class/iommu\n"
			 "device 0000:00:05.0 id=1af4:1041 class=020000 group=0 driver=vfio-pci\n"
			 "group 0 type=unknown name=vfio-noiommu\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_string_equal(facts->groups.items[0].name, "vfio-noiommu");
	assert_int_equal(facts->iommu.active, NO);
	tree_add(tree, "remove sys/class\n");
	facts_free(facts);
	facts = collect(tree);
	assert_int_equal(facts->iommu.active, UNKNOWN);
	tree_free(tree);
}

/* A registered unit without groups: virtio-iommu has been seen so. */
static void wants_groups_as_well(void **state)
{
	struct tree *tree = tree_new("unit 0000:00:01.0\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.kind, IOMMU_VIRTIO);
	assert_int_equal(facts->iommu.active, UNKNOWN);
	tree_add(tree, "dir sys/kernel/iommu_groups\n");
	facts_free(facts);
	facts = collect(tree);
	assert_int_equal(facts->iommu.active, NO);
	tree_free(tree);
}

static void knows_nothing_of_an_empty_tree(void **state)
{
	struct tree *tree = tree_new("dir etc\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.active, UNKNOWN);
	assert_int_equal(facts->iommu.kind, IOMMU_NONE_KNOWN);
	assert_int_equal(facts->iommu.interrupt_remapping, UNKNOWN);
	assert_int_equal(facts->iommu.interrupt_remapping_in_table, UNKNOWN);
	assert_int_equal(facts->iommu.devicetree, UNKNOWN);
	assert_int_equal(facts->iommu.smmu_in_table, UNKNOWN);
	assert_int_equal(facts->iommu.firmware_regions_known, UNKNOWN);
	for (size_t i = 0; i < TABLE_COUNT; i++)
		assert_int_equal(facts->iommu.table_present[i], UNKNOWN);
	assert_int_equal(facts_unread_error(facts, "sys/kernel/iommu_groups"), -ENOENT);
	tree_free(tree);
}

/* A SoC whose IOMMUs serve its display, with a port that has a driver and no group. */
static void tells_the_units_of_a_display_apart(void **state)
{
	static const char soc[] = "dir sys/class/iommu/fdd97e00.iommu\n"
				  "dir sys/kernel/iommu_groups/0/devices/fdd90000.vop\n"
				  "device 0000:00:00.0 id=1d87:3588 class=060400 secondary=01\n"
				  "device 0000:00:00.0 driver=pcieport\n";
	struct tree *tree = tree_new(soc);
	_cleanup_facts_ struct facts *facts = collect(tree), *covered = NULL;

	(void)state;
	assert_int_equal(facts->iommu.kind, IOMMU_OTHER);
	assert_int_equal(facts->iommu.active, NO);
	assert_non_null(strstr(facts->iommu.active_origin.text, "none of a PCI function"));
	tree_add(tree, "device 0000:00:00.0 group=1\n");
	covered = collect(tree);
	assert_int_equal(covered->iommu.active, YES);
	tree_free(tree);
}

/* -- units --------------------------------------------------------------------------------------- */

static void names_kinds(void **state)
{
	static const struct {
		const char *recipe;
		enum iommu_kind kind;
	} units[] = {
		{"unit dmar0\n", IOMMU_INTEL},
		{"unit ivhd0\n", IOMMU_AMD},
		{"unit smmu3.0x0000000009050000\n", IOMMU_SMMU},
		{"unit smmu.0x12c00000\n", IOMMU_SMMU},
		{"unit virtio0\n", IOMMU_VIRTIO},
		{"unit 0000:00:01.0\n", IOMMU_VIRTIO},
		{"unit s390-iommu.00000001\n", IOMMU_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		struct tree *tree = tree_new(units[i].recipe);
		_cleanup_facts_ struct facts *facts = collect(tree);

		assert_int_equal(facts->iommu.units.count, 1);
		assert_int_equal(facts->iommu.units.items[0].kind, units[i].kind);
		assert_int_equal(facts->iommu.kind, units[i].kind);
		tree_free(tree);
	}
}

/* Registers of QEMU, of client, server and 5-level units, and of nonsense. */
static void reads_vtd_widths(void **state)
{
	static const struct {
		const char *recipe;
		int bits;
	} units[] = {
		{"unit dmar0 cap=d2008c22260206\n", 39},
		{"unit dmar0 cap=1c0000c40660462\n", 39}, /* pages for 48 bits, reach of 39 */
		{"unit dmar0 cap=8d2078c106f0466\n", 48},
		{"unit dmar0 cap=19ed008c40780c66\n", 57},
		{"unit dmar0 cap=d2008c222f0206\n", 39}, /* reach of 48, pages for 39 bits */
		{"unit dmar0 cap=0\n", 0},
		{"unit dmar0 cap=xyz\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		struct tree *tree = tree_new(units[i].recipe);
		_cleanup_facts_ struct facts *facts = collect(tree);

		assert_int_equal(facts->iommu.units.items[0].address_bits, units[i].bits);
		tree_free(tree);
	}
}

static void quotes_the_register(void **state)
{
	struct tree *tree = tree_new("unit dmar0 cap=d2008c22260206\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_string_equal(facts->iommu.units.items[0].origin.source,
			    "/sys/class/iommu/dmar0/intel-iommu/cap");
	assert_string_equal(facts->iommu.units.items[0].origin.text, "d2008c22260206");
	tree_free(tree);
}

static void reads_amd_widths(void **state)
{
	static const struct {
		const char *features;
		int bits;
	} units[] = {
		{"246577efa22540fa:0", 48},
		{"246577efa22544fa", 57},
		{"246577efa2254afa:0", 64},
		{"246577efa2254efa:0", 0},
		{"0:0", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		struct tree *tree = tree_new("unit ivhd0\n");
		_cleanup_facts_ struct facts *facts = NULL;
		char recipe[128];

		(void)snprintf(recipe, sizeof(recipe),
			       "file sys/class/iommu/ivhd0/amd-iommu/features\n| %s\n",
			       units[i].features);
		tree_add(tree, recipe);
		facts = collect(tree);
		assert_int_equal(facts->iommu.units.items[0].address_bits, units[i].bits);
		tree_free(tree);
	}
}

static void takes_smmu_width_from_the_log(void **state)
{
	struct tree *tree = tree_new("unit smmu3.0x0000000009050000\n"
				     "file dmesg.txt\n"
				     "| [    0.8] arm-smmu-v3 9050000.smmuv3: ias 48-bit, oas "
				     "48-bit (features 0x00008305)\n"
				     "| [    0.9] arm-smmu-v3 9060000.smmuv3: ias 44-bit, oas "
				     "44-bit (features 0x00008305)\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.units.items[0].address_bits, 44);
	assert_int_equal(facts->iommu.units.items[0].origin.line, 2);
	tree_free(tree);
}

/* -- interrupts and the default domain ----------------------------------------------------------- */

static void reads_remapping_from_interrupts(void **state)
{
	struct tree *tree = tree_new(DESKTOP);
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.interrupt_remapping, YES);
	assert_string_equal(facts->iommu.interrupt_remapping_origin.source, "/proc/interrupts");
	assert_int_equal(facts->iommu.interrupt_remapping_origin.line, 2);
	assert_string_equal(facts->iommu.interrupt_remapping_origin.text,
			    "0: IR-IO-APIC 2-edge timer");
	tree_add(tree, "file proc/interrupts\n"
		       "|            CPU0\n"
		       "|   0:   103  IO-APIC    2-edge      timer\n"
		       "file dmesg.txt\n"
		       "| [    0.3] DMAR-IR: Enabled IRQ remapping in x2apic mode\n");
	facts_free(facts);
	facts = collect(tree);
	assert_int_equal(facts->iommu.interrupt_remapping, NO);
	tree_free(tree);
}

static void reads_remapping_from_the_log(void **state)
{
	static const struct {
		const char *recipe;
		enum truth on;
		unsigned line;
	} logs[] = {
		{"file dmesg.txt\n" BOOT
		 "| [    0.3] DMAR-IR: Enabled IRQ remapping in x2apic mode\n",
		 YES, 2},
		{"file dmesg.txt\n"
		 "| [    0.3] DMAR-IR: Failed to enable irq remapping. You are vulnerable to "
		 "irq-injection attacks.\n",
		 NO, 1},
		{"file dmesg.txt\n| [    0.9] AMD-Vi: Interrupt remapping enabled\n", YES, 1},
		{"file dmesg.txt\n" BOOT FACP IVRS, UNKNOWN, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		struct tree *tree = tree_new(logs[i].recipe);
		_cleanup_facts_ struct facts *facts = collect(tree);

		assert_int_equal(facts->iommu.interrupt_remapping, logs[i].on);
		assert_int_equal(facts->iommu.interrupt_remapping_origin.line, logs[i].line);
		tree_free(tree);
	}
}

static void judges_default_domain_by_majority(void **state)
{
	struct tree *tree = tree_new(DESKTOP);
	_cleanup_facts_ struct facts *facts = NULL;

	(void)state;
	/* A driver that insists on identity; group 3 belongs to VFIO in part and does not count. */
	tree_add(tree, "group 0 type=identity\n");
	facts = collect(tree);
	assert_string_equal(facts->iommu.default_domain, "translated");
	assert_string_equal(facts->iommu.default_domain_origin.source,
			    "/sys/kernel/iommu_groups/1/type");
	assert_string_equal(facts->iommu.default_domain_origin.text, "DMA-FQ");
	tree_add(tree, "group 1 type=identity\n");
	facts_free(facts);
	facts = collect(tree);
	assert_string_equal(facts->iommu.default_domain, "identity");
	tree_free(tree);
}

/* Linux before 5.11 has no type files. The message alone proves nothing. */
static void takes_default_domain_from_the_log(void **state)
{
	struct tree *tree = tree_new(DESKTOP);
	_cleanup_facts_ struct facts *facts = NULL;

	(void)state;
	tree_add(tree,
		 "remove sys/kernel/iommu_groups/0/type\nremove sys/kernel/iommu_groups/1/type\n"
		 "remove sys/kernel/iommu_groups/2/type\nremove sys/kernel/iommu_groups/3/type\n"
		 "file dmesg.txt\n"
		 "| [    0.4] iommu: Default domain type: Passthrough (set via kernel command "
		 "line)\n");
	facts = collect(tree);
	assert_string_equal(facts->iommu.default_domain, "identity");
	assert_string_equal(facts->iommu.default_domain_origin.source, "dmesg");
	tree_add(tree, "iommu-off\n");
	facts_free(facts);
	facts = collect(tree);
	assert_null(facts->iommu.default_domain);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_groups),
		cmocka_unit_test(orders_groups_by_number),
		cmocka_unit_test(makes_groups_from_links),
		cmocka_unit_test(keeps_broken_regions_unknown),
		cmocka_unit_test(tells_active),
		cmocka_unit_test(tells_inactive),
		cmocka_unit_test(tells_inactive_by_units_alone),
		cmocka_unit_test(distrusts_no_iommu_groups),
		cmocka_unit_test(wants_groups_as_well),
		cmocka_unit_test(knows_nothing_of_an_empty_tree),
		cmocka_unit_test(tells_the_units_of_a_display_apart),
		cmocka_unit_test(names_kinds),
		cmocka_unit_test(reads_vtd_widths),
		cmocka_unit_test(quotes_the_register),
		cmocka_unit_test(reads_amd_widths),
		cmocka_unit_test(takes_smmu_width_from_the_log),
		cmocka_unit_test(reads_remapping_from_interrupts),
		cmocka_unit_test(reads_remapping_from_the_log),
		cmocka_unit_test(judges_default_domain_by_majority),
		cmocka_unit_test(takes_default_domain_from_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
