/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu_tree.h"
#include "table_bytes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* -- tables -------------------------------------------------------------------------------------- */

static void reads_table_flags(void **state)
{
	struct tree *tree = tree_new("dmar flags=5 drhd:fed90000:all\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.tables_listed, YES);
	assert_int_equal(facts->iommu.table_present[TABLE_DMAR], YES);
	assert_int_equal(facts->iommu.table_valid[TABLE_DMAR], YES);
	assert_int_equal(facts->iommu.table_present[TABLE_IVRS], NO);
	assert_int_equal(facts->iommu.table_valid[TABLE_IVRS], UNKNOWN);
	assert_int_equal(facts->iommu.interrupt_remapping_in_table, YES);
	assert_true(facts->iommu.platform_opt_in);
	assert_int_equal(facts->iommu.firmware_regions_known, YES);
	assert_int_equal(facts->iommu.devicetree, NO);
	assert_int_equal(facts->iommu.kind, IOMMU_INTEL);
	assert_int_equal(facts->iommu.active, UNKNOWN);
	tree_add(tree, "dmar flags=0 drhd:fed90000:all\n");
	facts_free(facts);
	facts = collect(tree);
	assert_int_equal(facts->iommu.interrupt_remapping_in_table, NO);
	assert_false(facts->iommu.platform_opt_in);
	tree_free(tree);
}

static void reads_ioapics_of_ivrs(void **state)
{
	struct tree *tree = tree_new("ivrs ivhd:0002:feb80000:ioapic\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.table_valid[TABLE_IVRS], YES);
	assert_int_equal(facts->iommu.interrupt_remapping_in_table, YES);
	assert_int_equal(facts->iommu.kind, IOMMU_AMD);
	tree_add(tree, "ivrs ivhd:0002:feb80000\n");
	facts_free(facts);
	facts = collect(tree);
	assert_int_equal(facts->iommu.interrupt_remapping_in_table, NO);
	tree_free(tree);
}

static void finds_smmus_in_iort(void **state)
{
	struct tree *tree = tree_new("iort\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.table_valid[TABLE_IORT], YES);
	assert_int_equal(facts->iommu.smmu_in_table, YES);
	assert_int_equal(facts->iommu.kind, IOMMU_SMMU);
	tree_free(tree);
}

/* Another byte in the DMAR: the checksum no longer fits. */
static void quotes_what_is_broken(void **state)
{
	struct tree *tree = tree_new("hex sys/firmware/acpi/tables/DMAR\n"
				     "| 44 4d 41 52 40 00 00 00 01 00 48 50 20 20 20 20\n"
				     "| 50 72 6f 4c 69 61 6e 74 01 00 00 00 00 00 00 00\n"
				     "| 00 00 00 00 26 01 00 00 00 00 00 00 00 00 00 00\n"
				     "| 00 00 10 00 01 00 00 00 00 00 d9 fe 00 00 00 00\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.table_present[TABLE_DMAR], YES);
	assert_int_equal(facts->iommu.table_valid[TABLE_DMAR], NO);
	assert_string_equal(facts->iommu.table_problem[TABLE_DMAR].source,
			    "/sys/firmware/acpi/tables/DMAR");
	assert_string_equal(facts->iommu.table_problem[TABLE_DMAR].text,
			    "offset 0x9: the checksum is wrong");
	assert_int_equal(facts->iommu.firmware_regions_known, UNKNOWN);
	tree_free(tree);
}

/* For want of another user id: what cannot be read is there all the same. */
static void leaves_unreadable_tables_unknown(void **state)
{
	struct tree *tree = tree_new("dir sys/firmware/acpi/tables/DMAR\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.table_present[TABLE_DMAR], YES);
	assert_int_equal(facts->iommu.table_valid[TABLE_DMAR], UNKNOWN);
	assert_int_equal(facts->iommu.interrupt_remapping_in_table, UNKNOWN);
	assert_int_equal(facts->iommu.firmware_regions_known, UNKNOWN);
	assert_int_not_equal(facts_unread_error(facts, "sys/firmware/acpi/tables/DMAR"), 0);
	tree_add(tree, "remove sys/firmware/acpi/tables/DMAR\n"
		       "file sys/firmware/acpi/tables/DMAR\n");
	facts_free(facts);
	facts = collect(tree);
	assert_int_equal(facts->iommu.table_valid[TABLE_DMAR], UNKNOWN);
	assert_int_equal(facts_unread_error(facts, "sys/firmware/acpi/tables/DMAR"), -ENODATA);
	tree_free(tree);
}

/* Xen renames the DMAR for dom0; its content, with the right sum, is still what firmware wrote. */
static void reads_the_dmar_that_xen_hides(void **state)
{
	struct tree *tree = tree_new("hex sys/firmware/acpi/tables/RMAD\n"
				     "| 52 4d 41 44 40 00 00 00 01 4a 48 50 20 20 20 20\n"
				     "| 50 72 6f 4c 69 61 6e 74 01 00 00 00 00 00 00 00\n"
				     "| 00 00 00 00 26 01 00 00 00 00 00 00 00 00 00 00\n"
				     "| 00 00 10 00 01 00 00 00 00 00 d9 fe 00 00 00 00\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.table_present[TABLE_DMAR], YES);
	assert_int_equal(facts->iommu.table_valid[TABLE_DMAR], YES);
	assert_int_equal(facts->iommu.kind, IOMMU_INTEL);
	assert_int_equal(facts->iommu.interrupt_remapping_in_table, YES);
	assert_int_equal(facts->iommu.firmware_regions_known, YES);
	/* Its faults are told of the file that is there. */
	tree_add(tree, "hex sys/firmware/acpi/tables/RMAD\n| 52 4d 41 44\n");
	facts_free(facts);
	facts = collect(tree);
	assert_int_equal(facts->iommu.table_valid[TABLE_DMAR], NO);
	assert_string_equal(facts->iommu.table_problem[TABLE_DMAR].source,
			    "/sys/firmware/acpi/tables/RMAD");
	/* Where the files may not be read, the log shows the name. */
	tree_add(tree,
		 "remove sys/firmware/acpi/tables\n"
		 "file dmesg.txt\n" BOOT FACP
		 "| [    0.006] ACPI: RMAD 0x0000000089F6DBF0 0000C8 (v01 INTEL  EDK2     00000002 "
		 "     01000013)\n");
	facts_free(facts);
	facts = collect(tree);
	assert_int_equal(facts->iommu.table_present[TABLE_DMAR], YES);
	assert_int_equal(facts->iommu.table_valid[TABLE_DMAR], UNKNOWN);
	tree_free(tree);
}

/* A copy made without being root has the directory and nothing in it. */
static void distrusts_an_empty_table_directory(void **state)
{
	struct tree *tree = tree_new("dir sys/firmware/acpi/tables/dynamic\n"
				     "dir sys/firmware/acpi/tables/data\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.tables_listed, UNKNOWN);
	assert_int_equal(facts->iommu.table_present[TABLE_DMAR], UNKNOWN);
	tree_add(tree, "file sys/firmware/acpi/tables/FACP\n");
	facts_free(facts);
	facts = collect(tree);
	assert_int_equal(facts->iommu.tables_listed, YES);
	assert_int_equal(facts->iommu.table_present[TABLE_DMAR], NO);
	assert_int_equal(facts->iommu.firmware_regions_known, YES);
	tree_free(tree);
}

static void takes_presence_from_the_log(void **state)
{
	static const struct {
		const char *recipe;
		enum truth dmar, ivrs;
	} logs[] = {
		{"file dmesg.txt\n" BOOT FACP IVRS, NO, YES},
		{"file dmesg.txt\n" BOOT FACP, NO, NO},
		{"file dmesg.txt\n" BOOT, UNKNOWN, UNKNOWN}, /* no listing: not ACPI, or filtered */
		{"file dmesg.txt\n" FACP, UNKNOWN, UNKNOWN}, /* its beginning is lost */
		{"file dmesg.txt\n" IVRS, UNKNOWN, YES},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		struct tree *tree = tree_new(logs[i].recipe);
		_cleanup_facts_ struct facts *facts = collect(tree);

		assert_int_equal(facts->iommu.tables_listed, UNKNOWN);
		assert_int_equal(facts->iommu.table_present[TABLE_DMAR], logs[i].dmar);
		assert_int_equal(facts->iommu.table_present[TABLE_IVRS], logs[i].ivrs);
		assert_int_equal(facts->iommu.table_valid[TABLE_IVRS], UNKNOWN);
		tree_free(tree);
	}
}

static void tells_device_trees(void **state)
{
	struct tree *tree = tree_new("file sys/firmware/devicetree/base/model\n| Juno\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->iommu.devicetree, YES);
	/* Newer kernels show an empty tree beside ACPI. */
	tree_add(tree, "file sys/firmware/acpi/tables/FACP\n");
	facts_free(facts);
	facts = collect(tree);
	assert_int_equal(facts->iommu.devicetree, NO);
	tree_free(tree);
}

/* -- firmware regions ---------------------------------------------------------------------------- */

/* The names of a region's functions, separated by blanks. */
static const char *region_devices(const struct facts *facts, size_t index)
{
	struct strings names = {0};

	for_each (device, &facts->iommu.firmware_regions.items[index].devices)
		strings_add(facts->arena, &names, (*device)->address);
	return strings_join(facts->arena, &names, " ");
}

static void resolves_endpoint_paths(void **state)
{
	struct tree *tree = tree_new(DESKTOP);
	_cleanup_facts_ struct facts *facts = NULL;
	const struct firmware_region *region;

	(void)state;
	tree_add(tree, "dmar drhd:fed90000:all rmrr:e8000-e8fff:00/1c.0/00.0 "
		       "rmrr:7c000000-7fffffff:00/02.0\n");
	facts = collect(tree);
	assert_int_equal(facts->iommu.firmware_regions.count, 2);
	region = &facts->iommu.firmware_regions.items[0];
	assert_string_equal(region_devices(facts, 0), "0000:01:00.0");
	assert_false(region->relaxable);
	assert_false(region->all_devices);
	assert_int_equal(region->start, 0xe8000);
	assert_int_equal(region->end, 0xe8fff);
	assert_string_equal(region->origin.source, "/sys/firmware/acpi/tables/DMAR");
	assert_string_equal(region->origin.text, "RMRR at offset 0x50: 0xe8000-0xe8fff");
	assert_string_equal(region_devices(facts, 1), "0000:00:02.0");
	assert_true(facts->iommu.firmware_regions.items[1].relaxable);
	tree_free(tree);
}

/* What stands below the bridge is meant as well; USB and graphics are told from the rest. */
static void resolves_bridges_and_splits(void **state)
{
	struct tree *tree = tree_new(DESKTOP);
	_cleanup_facts_ struct facts *facts = NULL;

	(void)state;
	tree_add(tree, "dmar drhd:fed90000:all rmrr:e8000-e8fff:b:00/1c.0,00/14.0\n");
	facts = collect(tree);
	assert_int_equal(facts->iommu.firmware_regions.count, 2);
	assert_true(facts->iommu.firmware_regions.items[0].relaxable);
	assert_string_equal(region_devices(facts, 0), "0000:00:14.0");
	assert_false(facts->iommu.firmware_regions.items[1].relaxable);
	assert_string_equal(region_devices(facts, 1), "0000:00:1c.0 0000:01:00.0 0000:01:00.1");
	tree_free(tree);
}

/* The kernel's workaround for one step paths with the wrong start bus; no such function; a path that
 * leads through what is no bridge. */
static void resolves_odd_paths(void **state)
{
	struct tree *tree = tree_new(DESKTOP);
	_cleanup_facts_ struct facts *facts = NULL;

	(void)state;
	tree_add(tree, "dmar drhd:fed90000:all rmrr:1000-1fff:01/00.1 rmrr:2000-2fff:00/1f.7 "
		       "rmrr:3000-3fff:00/14.0/00.0 rmrr:4000-4fff:01/00.0/00.0\n");
	facts = collect(tree);
	assert_int_equal(facts->iommu.firmware_regions.count, 4);
	assert_string_equal(region_devices(facts, 0), "0000:01:00.1");
	for (size_t i = 1; i < 4; i++) {
		assert_string_equal(region_devices(facts, i), "");
		assert_false(facts->iommu.firmware_regions.items[i].relaxable);
	}
	tree_free(tree);
}

/* A disk behind Intel VMD does its DMA as the VMD endpoint. */
static void resolves_vmd(void **state)
{
	struct tree *tree =
		tree_new("device 0000:00:0e.0 id=8086:467f class=010400\n"
			 "device 0000:00:14.0 id=8086:a2af class=0c0330\n"
			 "device 10000:e0:06.0 id=8086:a0b0 class=010802\n"
			 "link sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0 ../../pci10000:e0\n"
			 "remove sys/bus/pci/devices/10000:e0:06.0\n"
			 "link sys/bus/pci/devices/10000:e0:06.0 "
			 "../../../devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0\n"
			 "dmar drhd:fed90000:all rmrr:1000-1fff:00/0e.0\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->devices.count, 3);
	assert_int_equal(facts->iommu.firmware_regions.count, 1);
	assert_string_equal(region_devices(facts, 0), "0000:00:0e.0 10000:e0:06.0");
	tree_free(tree);
}

static const char amd_board[] =
	"device 0000:00:00.2 id=1022:1451 class=080600\n"
	"device 0000:00:14.4 id=1002:4384 class=060401 secondary=03\n"
	"device 0000:03:05.0 below=0000:00:14.4 id=1000:0001 class=010000\n"
	"device 0000:03:06.0 below=0000:00:14.4 id=8086:100e class=020000\n";

static void reads_ivrs_regions(void **state)
{
	struct tree *tree = tree_new(amd_board);
	_cleanup_facts_ struct facts *facts = NULL;
	const struct firmware_region *region;

	(void)state;
	tree_add(tree, "ivrs ivhd:0002:feb80000:ioapic ivmd:0328:3fff0000-3fffffff "
		       "ivmd-all:80000000-80000fff\n");
	facts = collect(tree);
	assert_int_equal(facts->iommu.firmware_regions.count, 2);
	region = &facts->iommu.firmware_regions.items[0];
	assert_string_equal(region_devices(facts, 0), "0000:03:05.0");
	assert_int_equal(region->start, 0x3fff0000);
	assert_int_equal(region->end, 0x3fffffff);
	assert_false(region->relaxable);
	assert_false(region->all_devices);
	assert_true(facts->iommu.firmware_regions.items[1].all_devices);
	tree_free(tree);
}

static void reads_ivrs_aliases(void **state)
{
	struct tree *tree = tree_new(amd_board);
	_cleanup_facts_ struct facts *facts = NULL;

	(void)state;
	/* 03:05.0 and, twice, 03:06.0; a function that is not there; one that is its own alias. */
	tree_add(tree, "ivrs ivhd:0002:feb80000:ioapic alias:0328:00a4 alias:0330:0400 "
		       "alias:0330:00a4 alias:0500:00a4 alias:00a4:00a4\n");
	facts = collect(tree);
	assert_int_equal(facts->iommu.aliases.count, 2);
	assert_int_equal(facts->iommu.aliases.items[0].device, 0x0328);
	assert_int_equal(facts->iommu.aliases.items[0].alias, 0x00a4);
	assert_int_equal(facts->iommu.aliases.items[1].device, 0x0330);
	assert_int_equal(facts->iommu.aliases.items[1].alias, 0x00a4);
	tree_free(tree);
}

/* An IORT of revision 5: SMMUv3, root complex of segment 0 and an RMR node for stream id 0x10100. */
static void write_iort(struct tree *tree, unsigned revision, unsigned rmr_flags)
{
	static const uint32_t smmu[] = {0x01004404, 0, 0, 0, 0x09050000, 0, 0, 0, 0,
					0,          0, 0, 0, 0,          0, 0, 0};
	static const uint32_t root[] = {0x01003802, 0, 1, 36,     0,       0,  0,
					0,          0, 0, 0xffff, 0x10000, 48, 0};
	static const uint32_t rmr[] = {0x03004406, 0, 1, 48, 0, 1,       28, 0x84800000, 0,
				       0x800000,   0, 0, 0,  0, 0x10100, 48, 0};
	struct table_bytes table;
	char path[128];
	FILE *file;

	table_begin(&table, "IORT", (uint8_t)revision);
	put(&table, 4, 3);
	put(&table, 4, 48);
	put(&table, 4, 0);
	for (size_t i = 0; i < ARRAY_SIZE(smmu); i++)
		put(&table, 4, smmu[i]);
	for (size_t i = 0; i < ARRAY_SIZE(root); i++)
		put(&table, 4, root[i]);
	for (size_t i = 0; i < ARRAY_SIZE(rmr); i++)
		put(&table, 4, i == 4 ? rmr_flags : rmr[i]);
	table_seal(&table);
	(void)snprintf(path, sizeof(path), "%s/sys/firmware/acpi/tables/IORT", tree_path(tree));
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(table.bytes, table.length, 1, file), 1);
	assert_int_equal(fclose(file), 0);
}

static void reads_iort_regions(void **state)
{
	struct tree *tree = tree_new("dir sys/firmware/acpi/tables\n"
				     "device 0000:01:00.0 id=144d:a808 class=010802\n"
				     "device 0000:02:00.0 id=144d:a808 class=010802\n");
	_cleanup_facts_ struct facts *facts = NULL;

	(void)state;
	write_iort(tree, 5, 0);
	facts = collect(tree);
	assert_int_equal(facts->iommu.table_valid[TABLE_IORT], YES);
	assert_int_equal(facts->iommu.firmware_regions.count, 1);
	assert_string_equal(region_devices(facts, 0), "0000:01:00.0");
	assert_int_equal(facts->iommu.firmware_regions.items[0].start, 0x84800000);
	assert_int_equal(facts->iommu.firmware_regions.items[0].end, 0x84ffffff);
	assert_false(facts->iommu.firmware_regions.items[0].relaxable);
	write_iort(tree, 5, 1);
	facts_free(facts);
	facts = collect(tree);
	assert_true(facts->iommu.firmware_regions.items[0].relaxable);
	/* Linux leaves such nodes of older tables alone. */
	write_iort(tree, 3, 0);
	facts_free(facts);
	facts = collect(tree);
	assert_int_equal(facts->iommu.firmware_regions.count, 0);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_table_flags),
		cmocka_unit_test(reads_ioapics_of_ivrs),
		cmocka_unit_test(finds_smmus_in_iort),
		cmocka_unit_test(quotes_what_is_broken),
		cmocka_unit_test(leaves_unreadable_tables_unknown),
		cmocka_unit_test(reads_the_dmar_that_xen_hides),
		cmocka_unit_test(distrusts_an_empty_table_directory),
		cmocka_unit_test(takes_presence_from_the_log),
		cmocka_unit_test(tells_device_trees),
		cmocka_unit_test(resolves_endpoint_paths),
		cmocka_unit_test(resolves_bridges_and_splits),
		cmocka_unit_test(resolves_odd_paths),
		cmocka_unit_test(resolves_vmd),
		cmocka_unit_test(reads_ivrs_regions),
		cmocka_unit_test(reads_ivrs_aliases),
		cmocka_unit_test(reads_iort_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
