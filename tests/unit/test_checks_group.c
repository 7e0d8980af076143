/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks_made.h"

#include "preflight/checks/device_relations.h"

/* -- group.missing --------------------------------------------------------------------------------- */

static void a_device_without_a_group(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, NULL);
	struct finding finding;

	(void)state;
	set_log(facts, "[    0.000000] Linux version 6.1.0\n"
		       "[    3.1] vfio-pci: probe of 0000:01:00.0 failed with error -22\n");
	finding = fails(facts, gpu, "group.missing", SEVERITY_BLOCKER,
			"0000:01:00.0 has no IOMMU group");
	assert_null(strstr(finding.title, "VMD"));
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:01:00.0", "has no iommu_group");
	assert_quotes(&finding, "dmesg", "error -22");
	gpu->has_group = YES;
	assert_result(facts, gpu, "group.missing", "pass");
	/* Where no device has one the checks of the IOMMU tell why. */
	gpu->has_group = NO;
	facts->iommu.active = NO;
	assert_result(facts, gpu, "group.missing", "na");
	gpu->is_bridge = true;
	facts->iommu.active = YES;
	assert_result(facts, gpu, "group.missing", "na");
}

static void graphics_without_a_group(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *graphics =
		made_function(facts, "0000:00:02.0", 0x8086, 0x0416, 0x030000, "i915");
	struct finding finding = fails(facts, graphics, "group.missing", SEVERITY_BLOCKER,
				       "0000:00:02.0 has no IOMMU group");

	(void)state;
	assert_non_null(strstr(finding.cause, "iommu.graphics-excluded"));
	/* A card of the same maker is no integrated graphics. */
	graphics->parent = made_bridge(facts, "0000:00:1c.0");
	finding = fails(facts, graphics, "group.missing", SEVERITY_BLOCKER,
			"0000:00:02.0 has no IOMMU group");
	assert_null(strstr(finding.cause, "iommu.graphics-excluded"));
}

static void a_device_behind_vmd_without_a_group(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *disk =
		made_function(facts, "10000:e1:00.0", 0x8086, 0x0a54, 0x010802, "nvme");

	(void)state;
	fails(facts, disk, "group.missing", SEVERITY_BLOCKER, "behind Intel VMD");
}

static void a_group_that_nobody_could_look_for(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, NULL);

	(void)state;
	gpu->has_group = UNKNOWN;
	assert_unknown(facts, gpu, "group.missing", "/sys/kernel/iommu_groups");
	assert_unknown(facts, gpu, "group.not-viable", "/sys/kernel/iommu_groups");
	assert_unknown(facts, gpu, "group.not-isolated", "/sys/kernel/iommu_groups");
	gpu->has_group = NO;
	facts->iommu.active = UNKNOWN;
	assert_unknown(facts, gpu, "group.missing", "/sys/kernel/iommu_groups");
	/* The function says that it has one, and nobody knows which. */
	gpu->has_group = YES;
	assert_result(facts, gpu, "group.missing", "pass");
	assert_unknown(facts, gpu, "group.not-viable", "/sys/kernel/iommu_groups");
	assert_unknown(facts, gpu, "group.not-isolated", "/sys/kernel/iommu_groups");
}

/* Linux makes the group behind an SMMU when a driver first probes the device. */
static void behind_an_smmu_the_group_comes_with_the_driver(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_function(facts, "0001:01:00.0", 0x10de, 0x2342, 0x030200, NULL);

	(void)state;
	facts->iommu.kind = IOMMU_SMMU;
	assert_result(facts, gpu, "group.missing", "na");
	gpu->has_driver = YES;
	gpu->driver = "nvidia";
	assert_result(facts, gpu, "group.missing", "fail");
}

/* -- group.not-viable -------------------------------------------------------------------------------- */

/* A GPU at 01:00.0 and a disk at 02:00.0 in group 1. */
static struct facts *shared_group(struct device **ret_gpu, struct device **ret_disk)
{
	struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:01.0");

	*ret_gpu = made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, "vfio-pci");
	*ret_disk = made_function(facts, "0000:02:00.0", 0x144d, 0xa80a, 0x010802, "nvme");
	(*ret_gpu)->parent = port;
	made_group(facts, 1, (struct device *[]){*ret_gpu, *ret_disk}, 2);
	return facts;
}

static void another_endpoint_is_held_by_the_host(void **state)
{
	struct device *gpu, *disk;
	_cleanup_facts_ struct facts *facts = shared_group(&gpu, &disk);
	struct finding finding = fails(facts, gpu, "group.not-viable", SEVERITY_BLOCKER,
				       "group 1 also holds 0000:02:00.0 (nvme)");

	(void)state;
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:02:00.0/driver", "-> nvme");
	assert_int_equal(finding.evidence.count, 1);
	/* What would be lost is told where it hurts. */
	made_use(facts, disk, USE_FILESYSTEM, "/dev/nvme0n1p1 on /srv", "/proc/self/mountinfo");
	fails(facts, gpu, "group.not-viable", SEVERITY_BLOCKER, "(nvme, /dev/nvme0n1p1 on /srv)");
	disk->uses.items[0].critical = false;
	finding = judge(facts, gpu, "group.not-viable");
	assert_null(strstr(finding.title, "/srv"));
}

static void another_function_of_the_card_is_held(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:01.0"), *gpu, *sound;
	struct finding finding;

	(void)state;
	gpu = made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, "vfio-pci");
	sound = made_function(facts, "0000:01:00.1", 0x10de, 0x22bb, 0x040300, "snd_hda_intel");
	gpu->parent = sound->parent = port;
	made_group(facts, 12, (struct device *[]){gpu, sound}, 2);
	finding = fails(facts, gpu, "group.not-viable", SEVERITY_BLOCKER,
			"group 12 also holds 0000:01:00.1 (snd_hda_intel)");
	assert_non_null(strstr(finding.title, "another function of the same card"));
	assert_int_equal(finding.remedies[0].owner, OWNER_VFIOKIT);
}

/* The chipset's sound beside its SMBus controller. */
static void what_is_built_in_cannot_move(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *sound, *bus;
	struct finding finding;

	(void)state;
	sound = made_function(facts, "0000:00:1f.3", 0x8086, 0xa170, 0x040300, "vfio-pci");
	bus = made_function(facts, "0000:00:1f.4", 0x8086, 0xa123, 0x0c0500, "i801_smbus");
	made_group(facts, 8, (struct device *[]){sound, bus}, 2);
	finding = fails(facts, sound, "group.not-viable", SEVERITY_BLOCKER,
			"group 8 also holds 0000:00:1f.4 (i801_smbus)");
	assert_null(strstr(finding.title, "card"));
	assert_non_null(strstr(finding.cause, "built into"));
}

/* pcieport and pci-stub share DMA ownership (driver_managed_dma); without a driver nobody has it. */
static void who_does_not_keep_a_group(void **state)
{
	static const char *const harmless[] = {"vfio-pci", "mlx5_vfio_pci", "pci-stub", "pcieport",
					       NULL};
	struct device *gpu, *disk;
	_cleanup_facts_ struct facts *facts = shared_group(&gpu, &disk);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++) {
		disk->driver = harmless[i];
		disk->has_driver = truth_of(harmless[i] != NULL);
		disk->vfio_driver = harmless[i] && strstr(harmless[i], "vfio");
		if (result_of(facts, gpu, "group.not-viable") != RESULT_PASS)
			fail_msg("%s keeps the group", harmless[i] ? harmless[i] : "no driver");
	}
	disk->driver = "nvme";
	disk->has_driver = YES;
	disk->vfio_driver = false;
	assert_result(facts, gpu, "group.not-viable", "fail");
	/* A bridge stays with the host, whatever has it. */
	disk->is_bridge = true;
	disk->driver = "shpchp";
	assert_result(facts, gpu, "group.not-viable", "pass");
	/* A target's own driver is another check's. */
	disk->is_bridge = false;
	disk->target = true;
	assert_result(facts, gpu, "group.not-viable", "pass");
	gpu->is_bridge = true;
	assert_result(facts, gpu, "group.not-viable", "na");
}

static void a_driver_that_nobody_could_look_at(void **state)
{
	struct device *gpu, *disk;
	_cleanup_facts_ struct facts *facts = shared_group(&gpu, &disk);
	struct device *nic;

	(void)state;
	disk->has_driver = UNKNOWN;
	disk->driver = NULL;
	assert_unknown(facts, gpu, "group.not-viable", "/sys/bus/pci/devices");
	/* One that is known to be held decides. */
	nic = made_function(facts, "0000:03:00.0", 0x8086, 0x1572, 0x020000, "i40e");
	*ARRAY_ADD(facts->arena, &gpu->group->devices) = nic;
	fails(facts, gpu, "group.not-viable", SEVERITY_BLOCKER, "0000:03:00.0 (i40e)");
}

static void a_device_alone_is_viable_and_isolated(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:01.0");
	struct device *gpu = made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, NULL);

	(void)state;
	assert_result(facts, gpu, "group.not-viable", "na");
	assert_result(facts, gpu, "group.not-isolated", "na");
	made_group(facts, 1, (struct device *[]){port, gpu}, 2);
	assert_result(facts, gpu, "group.not-viable", "pass");
	assert_result(facts, gpu, "group.not-isolated", "pass");
	assert_result(facts, gpu, "group.dma-alias", "pass");
}

/* -- group.not-isolated -------------------------------------------------------------------------------- */

static void strangers_share_the_group(void **state)
{
	struct device *gpu, *disk;
	_cleanup_facts_ struct facts *facts = shared_group(&gpu, &disk);
	struct finding finding = fails(facts, gpu, "group.not-isolated", SEVERITY_WARNING,
				       "group 1 is shared with 0000:02:00.0");

	(void)state;
	assert_quotes(&finding, "/sys/kernel/iommu_groups", "group 1: 0000:02:00.0");
	/* Isolation does not hang on drivers. */
	disk->has_driver = NO;
	disk->driver = NULL;
	assert_result(facts, gpu, "group.not-isolated", "fail");
	/* The model of the grouping tells which port is to blame. */
	strings_add(facts->arena, &gpu->predicted_because,
		    "0000:00:01.0 (root port) has no ACS: all below it is one group");
	finding = judge(facts, gpu, "group.not-isolated");
	assert_quotes(&finding, "/sys/bus/pci/devices", "0000:00:01.0 (root port) has no ACS");
	gpu->is_bridge = true;
	assert_result(facts, gpu, "group.not-isolated", "na");
}

/* Two cards in groups of their own below two ports of one switch that has no ACS. */
static void a_switch_between_two_groups(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *up = made_bridge(facts, "0000:01:00.0");
	struct device *first = made_bridge(facts, "0000:02:00.0");
	struct device *second = made_bridge(facts, "0000:02:01.0");
	struct device *gpu = made_function(facts, "0000:03:00.0", 0x10de, 0x2704, 0x030000, NULL);
	struct device *disk =
		made_function(facts, "0000:04:00.0", 0x144d, 0xa80a, 0x010802, "nvme");
	struct finding finding;

	(void)state;
	first->parent = second->parent = up;
	gpu->parent = first;
	disk->parent = second;
	made_group(facts, 1, (struct device *[]){first, gpu}, 2);
	made_group(facts, 2, (struct device *[]){second, disk}, 2);
	first->config.port_type = second->config.port_type = PORT_DOWNSTREAM;
	first->config.acs = second->config.acs = NO;
	finding = fails(facts, gpu, "group.not-isolated", SEVERITY_WARNING,
			"a switch may let 0000:04:00.0 reach 0000:03:00.0");
	assert_quotes(&finding, "/sys/bus/pci/devices", "switch port 0000:02:00.0 has no ACS");
	/* Both are asked for: they may go to one guest. */
	disk->target = true;
	assert_result(facts, gpu, "group.not-isolated", "pass");
	disk->target = false;
	first->config.acs = YES;
	first->config.acs_capability = first->config.acs_control = 0x1d;
	assert_result(facts, gpu, "group.not-isolated", "pass");
}

/* A kernel with the override built in, whose log is not there to say so. */
static void a_kernel_may_part_what_no_port_does(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_function(facts, "0000:03:00.0", 0x10de, 0x2704, 0x030000, NULL);
	struct device *disk =
		made_function(facts, "0000:04:00.0", 0x144d, 0xa80a, 0x010802, "nvme");

	(void)state;
	made_group(facts, 1, &gpu, 1);
	made_group(facts, 2, &disk, 1);
	facts->predicted_group_count = 1;
	facts->predicted_groups = arena_array(facts->arena, 1, sizeof(*facts->predicted_groups));
	*ARRAY_ADD(facts->arena, &facts->predicted_groups[0]) = gpu;
	*ARRAY_ADD(facts->arena, &facts->predicted_groups[0]) = disk;
	gpu->predicted_group = disk->predicted_group = 0;
	fails(facts, gpu, "group.not-isolated", SEVERITY_WARNING,
	      "0000:03:00.0 is apart from 0000:04:00.0, but no port");
	/* Where the model is not certain it accuses nobody. */
	gpu->predicted_group = -1;
	assert_result(facts, gpu, "group.not-isolated", "pass");
}

/* Harvester 1.8: groups that the topology does not explain. What is known of the ports is then no
 * reason, and is not quoted. */
static void a_kernel_may_join_what_ports_keep_apart(void **state)
{
	struct device *gpu, *disk;
	_cleanup_facts_ struct facts *facts = shared_group(&gpu, &disk);
	struct finding finding;

	(void)state;
	strings_add(facts->arena, &gpu->predicted_because, "0000:00:01.0 (root port) isolates");
	gpu->predicted_group = 3;
	disk->predicted_group = 4;
	finding = fails(facts, gpu, "group.not-isolated", SEVERITY_WARNING,
			"group 1 is shared with 0000:02:00.0: this kernel joins");
	assert_int_equal(finding.evidence.count, 1);
	assert_quotes(&finding, "/sys/kernel/iommu_groups", "group 1: 0000:02:00.0");
	/* Where the model is not certain it accuses nobody. */
	disk->predicted_group = -1;
	finding = judge(facts, gpu, "group.not-isolated");
	assert_quotes(&finding, "/sys/bus/pci/devices", "isolates");
}

/* Functions of one card, a physical function and its VFs, and the VFs among themselves. */
static void relatives_may_share_the_group(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *all[6], *stranger;

	(void)state;
	all[0] = made_bridge(facts, "0000:00:01.0");
	all[1] = made_function(facts, "0000:41:00.0", 0x8086, 0x1572, 0x020000, "i40e");
	all[2] = made_function(facts, "0000:41:00.1", 0x8086, 0x1572, 0x020000, "i40e");
	all[3] = made_function(facts, "0000:41:02.0", 0x8086, 0x154c, 0x020000, "vfio-pci");
	all[4] = made_function(facts, "0000:41:02.1", 0x8086, 0x154c, 0x020000, "vfio-pci");
	all[5] = made_function(facts, "0000:41:0a.0", 0x8086, 0x154c, 0x020000, "vfio-pci");
	all[3]->physfn = all[4]->physfn = all[1];
	all[5]->physfn = all[2];
	made_group(facts, 5, all, 6);
	for (size_t i = 1; i < 6; i++)
		if (result_of(facts, all[i], "group.not-isolated") != RESULT_PASS)
			fail_msg("%s is not among strangers", all[i]->address);
	assert_true(devices_related(all[1], all[3]));
	assert_true(devices_related(all[3], all[4]));
	assert_true(devices_related(all[2], all[3]));
	assert_true(devices_related(all[3], all[5]));
	/* The same slot number on another bus, or in another domain, is another card. */
	stranger = made_function(facts, "0000:42:00.0", 0x8086, 0x1572, 0x020000, NULL);
	assert_false(devices_related(all[1], stranger));
	assert_false(devices_related(stranger, all[3]));
	*ARRAY_ADD(facts->arena, &all[1]->group->devices) = stranger;
	fails(facts, all[3], "group.not-isolated", SEVERITY_WARNING, "shared with 0000:42:00.0");
}

static void predict_one_group(struct facts *facts)
{
	struct device_refs *group = arena_alloc(facts->arena, sizeof(*group));

	for_each (device, &facts->devices) {
		device->predicted_group = 0;
		*ARRAY_ADD(facts->arena, group) = device;
	}
	facts->predicted_groups = group;
	facts->predicted_group_count = 1;
}

static void groups_that_are_yet_to_come(void **state)
{
	_cleanup_facts_ struct facts *facts = intel_without_iommu();
	struct device *gpu = made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, NULL);
	struct finding finding;

	(void)state;
	made_function(facts, "0000:02:00.0", 0x144d, 0xa80a, 0x010802, "nvme");
	predict_one_group(facts);
	finding = fails(facts, gpu, "group.not-isolated", SEVERITY_WARNING,
			"0000:01:00.0 would share its group with 0000:02:00.0");
	assert_non_null(strstr(finding.cause, "no groups yet"));
	assert_result(facts, gpu, "group.not-viable", "na");
	facts->devices.count = 1;
	predict_one_group(facts);
	assert_result(facts, gpu, "group.not-isolated", "pass");
	/* What the model says counts for nothing once the kernel has made its groups. */
	facts->iommu.active = YES;
	assert_result(facts, gpu, "group.not-isolated", "na");
	gpu->predicted_group = 7;
	facts->iommu.active = NO;
	assert_result(facts, gpu, "group.not-isolated", "na");
}

static void every_variant_is_said(void **state)
{
	static const char *const ids[] = {"group.missing", "group.not-viable",
					  "group.not-isolated"};

	(void)state;
	assert_all_said(ids, ARRAY_SIZE(ids));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_without_a_group),
		cmocka_unit_test(graphics_without_a_group),
		cmocka_unit_test(a_device_behind_vmd_without_a_group),
		cmocka_unit_test(a_group_that_nobody_could_look_for),
		cmocka_unit_test(behind_an_smmu_the_group_comes_with_the_driver),
		cmocka_unit_test(another_endpoint_is_held_by_the_host),
		cmocka_unit_test(another_function_of_the_card_is_held),
		cmocka_unit_test(what_is_built_in_cannot_move),
		cmocka_unit_test(who_does_not_keep_a_group),
		cmocka_unit_test(a_driver_that_nobody_could_look_at),
		cmocka_unit_test(a_device_alone_is_viable_and_isolated),
		cmocka_unit_test(strangers_share_the_group),
		cmocka_unit_test(a_kernel_may_join_what_ports_keep_apart),
		cmocka_unit_test(a_switch_between_two_groups),
		cmocka_unit_test(a_kernel_may_part_what_no_port_does),
		cmocka_unit_test(relatives_may_share_the_group),
		cmocka_unit_test(groups_that_are_yet_to_come),
		cmocka_unit_test(every_variant_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
