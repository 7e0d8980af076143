/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks_made.h"

#define BOOT "[    0.000000] Linux version 6.1.0\n"

static struct device *made_gpu(struct facts *facts, const char *driver)
{
	struct device *gpu = made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, driver);

	made_group(facts, 1, &gpu, 1);
	return gpu;
}

/* -- device.not-found, device.is-bridge ----------------------------------------------------------- */

static void a_name_that_matches_nothing(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	made_gpu(facts, "vfio-pci");
	finding = fails_named(facts, NULL, "0000:41:00.0", "device.not-found", SEVERITY_BLOCKER,
			      "0000:41:00.0 matches no PCI function");
	assert_quotes(&finding, "/sys/bus/pci/devices", "1 functions, none of them 0000:41:00.0");
	finding = fails_named(facts, NULL, "10de:2330", "device.not-found", SEVERITY_BLOCKER,
			      "10de:2330");
	assert_string_equal(finding.subject, "10de:2330");
	assert_result(facts, &facts->devices.items[0], "device.not-found", "pass");
}

static void a_host_that_shows_no_devices(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	facts_add_unread(facts, "sys/bus/pci/devices", -2);
	finding = judge_named(facts, NULL, "device.not-found", "0000:41:00.0");
	assert_int_equal(finding.result, RESULT_UNKNOWN);
	assert_quotes(&finding, "/sys/bus/pci/devices", "No such file");
}

static void a_bridge_stays(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:01.0");
	struct finding finding =
		fails(facts, port, "device.is-bridge", SEVERITY_BLOCKER, "class 060400");

	(void)state;
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:00:01.0/class", "0x060400");
	assert_result(facts, made_gpu(facts, "vfio-pci"), "device.is-bridge", "pass");
}

/* What is about the device's own working is no question for a bridge. */
static void checks_that_are_not_for_bridges(void **state)
{
	static const char *const ids[] = {
		"group.missing",          "group.not-viable",        "group.not-isolated",
		"group.dma-alias",        "driver.not-bound",        "driver.denylisted",
		"device.in-use-storage",  "device.in-use-network",   "device.in-use-display",
		"device.in-use-input",    "device.in-use-process",   "device.framebuffer-holds-bar",
		"device.reserved-memory", "device.no-reset",         "device.reset-broken",
		"device.power-stuck",     "device.bar-unassigned",   "device.companion-functions",
		"device.assigned",        "device.nvswitch-missing", "device.integrated-graphics",
		"device.vf-token",        "device.sriov-no-space",   "device.sriov-off",
		"device.rom-unreadable"};
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:01.0");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (result_of(facts, port, ids[i]) != RESULT_NA)
			fail_msg("%s judges a bridge", ids[i]);
}

/* -- device.framebuffer-holds-bar -------------------------------------------------------------------- */

static void the_boot_framebuffer_is_in_the_way(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, "vfio-pci");
	struct finding finding;

	(void)state;
	assert_result(facts, gpu, "device.framebuffer-holds-bar", "pass");
	*ARRAY_ADD(facts->arena, &facts->usage.boot_framebuffers) = (struct boot_framebuffer){
		.owner = "efifb",
		.device = gpu,
		.origin = {"/proc/iomem", 88, "e1000000-e12fffff : efifb"}};
	set_log(facts, BOOT "[    9.1] vfio-pci 0000:01:00.0: BAR 1: can't reserve [mem "
			    "0xe0000000-0xefffffff 64bit pref]\n");
	finding = fails(facts, gpu, "device.framebuffer-holds-bar", SEVERITY_BLOCKER,
			"efifb holds memory of 0000:01:00.0");
	assert_quotes(&finding, "/proc/iomem", "efifb");
	assert_quotes(&finding, "dmesg", "can't reserve");
	assert_non_null(strstr(finding.remedies[1].text, "unbind"));
	/* Left over from firmware: there is no driver to unbind it from. */
	facts->usage.boot_framebuffers.items[0].owner = "BOOTFB";
	finding = fails(facts, gpu, "device.framebuffer-holds-bar", SEVERITY_BLOCKER,
			"BOOTFB holds memory");
	assert_int_equal(finding.remedies[0].owner, OWNER_USER);
	assert_null(finding.remedies[1].text);
	/* With another graphics device firmware may draw on that. */
	made_function(facts, "0000:02:00.0", 0x1002, 0x6613, 0x030000, "radeon");
	finding = fails(facts, gpu, "device.framebuffer-holds-bar", SEVERITY_BLOCKER,
			"BOOTFB holds memory");
	assert_int_equal(finding.remedies[0].owner, OWNER_FIRMWARE);
	facts->usage.boot_framebuffers.items[0].owner = "efifb";
	finding = fails(facts, gpu, "device.framebuffer-holds-bar", SEVERITY_BLOCKER,
			"efifb holds memory");
	assert_non_null(strstr(finding.remedies[2].text, "unbind"));
	/* On another device it is in nobody's way; and what the log told is over. */
	facts->usage.boot_framebuffers.items[0].device = NULL;
	assert_result(facts, gpu, "device.framebuffer-holds-bar", "pass");
}

static void memory_that_nobody_could_list(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, "vfio-pci");
	struct finding finding;

	(void)state;
	facts->usage.iomem_readable = UNKNOWN;
	facts_add_unread(facts, "proc/iomem", -13);
	gpu->boot_vga = YES;
	assert_unknown(facts, gpu, "device.framebuffer-holds-bar", "/proc/iomem");
	gpu->boot_vga = UNKNOWN;
	assert_unknown(facts, gpu, "device.framebuffer-holds-bar", "/proc/iomem");
	/* Firmware drew on another card. */
	gpu->boot_vga = NO;
	assert_result(facts, gpu, "device.framebuffer-holds-bar", "pass");
	gpu->boot_framebuffer = YES;
	assert_unknown(facts, gpu, "device.framebuffer-holds-bar", "/proc/iomem");
	set_log(facts, BOOT "[    9.1] vfio-pci 0000:01:00.0: BAR 1: can't reserve [mem "
			    "0xe0000000-0xefffffff 64bit pref]\n");
	finding = fails(facts, gpu, "device.framebuffer-holds-bar", SEVERITY_BLOCKER, "holds");
	assert_quotes(&finding, "dmesg", "can't reserve");
	gpu->class_code = 0x040300;
	assert_result(facts, gpu, "device.framebuffer-holds-bar", "na");
}

/* -- device.reserved-memory ------------------------------------------------------------------------------ */

static void add_region(struct facts *facts, struct group *group, enum region_type type)
{
	*ARRAY_ADD(facts->arena, &group->reserved) = (struct reserved_region){
		.start = 0x3fff0000,
		.end = 0x3fff0fff,
		.type = type,
		.origin = {"/sys/kernel/iommu_groups/1/reserved_regions", 1,
			   "0x000000003fff0000 0x000000003fff0fff direct"}};
}

/* VFIO refuses "direct"; "direct-relaxable" (USB, graphics) and the rest it lets pass. */
static void regions_of_the_group(void **state)
{
	static const enum region_type harmless[] = {REGION_DIRECT_RELAXABLE, REGION_MSI,
						    REGION_RESERVED, REGION_OTHER};
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, "vfio-pci");
	struct finding finding;

	(void)state;
	assert_result(facts, gpu, "device.reserved-memory", "pass");
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		add_region(facts, gpu->group, harmless[i]);
	assert_result(facts, gpu, "device.reserved-memory", "pass");
	add_region(facts, gpu->group, REGION_DIRECT);
	finding = fails(facts, gpu, "device.reserved-memory", SEVERITY_BLOCKER,
			"1:1 memory mapping for 0000:01:00.0");
	assert_quotes(&finding, "/sys/kernel/iommu_groups/1/reserved_regions", "direct");
	assert_int_equal(finding.remedies[0].owner, OWNER_FIRMWARE);
	assert_null(strstr(finding.cause, "HPE"));
}

static void add_firmware_region(struct facts *facts, struct device *device, bool relaxable,
				bool all)
{
	struct firmware_region *region = ARRAY_ADD(facts->arena, &facts->iommu.firmware_regions);

	region->relaxable = relaxable;
	region->all_devices = all;
	region->origin = (struct origin){"/sys/firmware/acpi/tables/DMAR", 0, "RMRR 3fff0000"};
	if (device)
		*ARRAY_ADD(facts->arena, &region->devices) = device;
}

/* Before there are groups the firmware's table tells. */
static void regions_of_the_table(void **state)
{
	_cleanup_facts_ struct facts *facts = intel_without_iommu();
	struct device *nic = made_function(facts, "0000:41:00.0", 0x14e4, 0x1657, 0x020000, "tg3");
	struct device *other =
		made_function(facts, "0000:42:00.0", 0x14e4, 0x1657, 0x020000, "tg3");
	struct finding finding;

	(void)state;
	facts->iommu.table_present[TABLE_DMAR] = YES;
	facts->iommu.firmware_regions_known = YES;
	add_firmware_region(facts, nic, true, false);
	assert_result(facts, nic, "device.reserved-memory", "pass");
	add_firmware_region(facts, nic, false, false);
	finding = fails(facts, nic, "device.reserved-memory", SEVERITY_BLOCKER, "1:1");
	assert_quotes(&finding, "/sys/firmware/acpi/tables/DMAR", "RMRR");
	assert_result(facts, other, "device.reserved-memory", "pass");
	/* An IVMD of type 20h is about all devices. */
	add_firmware_region(facts, NULL, false, true);
	assert_result(facts, other, "device.reserved-memory", "fail");
	/* The kernel's own list, once there is one, is the truth. */
	made_group(facts, 1, &other, 1);
	assert_result(facts, other, "device.reserved-memory", "pass");
}

/* 6.1 and newer kernels say the same in other words. */
static void refusals_in_the_log(void **state)
{
	static const char *const logs[] = {
		BOOT "[    9.1] vfio-pci 0000:01:00.0: DMAR: Device is ineligible for IOMMU domain "
		     "attach "
		     "due to platform RMRR requirement.  Contact your platform vendor.\n",
		BOOT
		"[    9.1] vfio-pci 0000:01:00.0: Firmware has requested this device have a 1:1 "
		"IOMMU "
		"mapping, rejecting configuring the device without a 1:1 mapping. Contact your "
		"platform vendor.\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		_cleanup_facts_ struct facts *facts = healthy_intel();
		struct device *gpu = made_gpu(facts, "vfio-pci");
		struct finding finding;

		set_log(facts, logs[i]);
		finding = fails(facts, gpu, "device.reserved-memory", SEVERITY_BLOCKER, "1:1");
		assert_quotes(&finding, "dmesg", "Contact your platform vendor");
	}
}

static void reserved_memory_of_a_proliant(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, "vfio-pci");
	struct finding finding;

	(void)state;
	add_region(facts, gpu->group, REGION_DIRECT);
	facts->machine.dmi_product = "ProLiant DL380p Gen8";
	finding = fails(facts, gpu, "device.reserved-memory", SEVERITY_BLOCKER, "1:1");
	assert_quotes(&finding, "/sys/class/dmi/id/product_name", "ProLiant DL380p Gen8");
	assert_non_null(strstr(finding.cause, "iLO"));
	assert_non_null(strstr(finding.remedies[0].text, "conrep"));
	gpu->physical_slot = 3;
	finding = fails(facts, gpu, "device.reserved-memory", SEVERITY_BLOCKER, "1:1");
	assert_non_null(strstr(finding.remedies[0].text, "RMRDS_Slot3"));
	/* Later ones have a menu for it. */
	facts->machine.dmi_product = "ProLiant DL380 Gen9";
	finding = fails(facts, gpu, "device.reserved-memory", SEVERITY_BLOCKER, "1:1");
	assert_non_null(strstr(finding.remedies[0].text, "Shared Memory Features for slot 3"));
	gpu->physical_slot = -1;
	finding = fails(facts, gpu, "device.reserved-memory", SEVERITY_BLOCKER, "1:1");
	assert_non_null(strstr(finding.remedies[0].text, "Shared Memory Features for the card"));
}

static void regions_that_nobody_could_read(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, "vfio-pci");

	(void)state;
	gpu->group->reserved_known = UNKNOWN;
	assert_unknown(facts, gpu, "device.reserved-memory",
		       "/sys/kernel/iommu_groups/1/reserved_regions");
	gpu->group = NULL;
	assert_unknown(facts, gpu, "device.reserved-memory", "/sys/firmware/acpi/tables");
	/* That the IOMMU is off tells nothing of what the table holds. */
	facts->iommu.active = NO;
	assert_unknown(facts, gpu, "device.reserved-memory", "/sys/firmware/acpi/tables");
	facts->iommu.table_present[TABLE_DMAR] = NO;
	assert_result(facts, gpu, "device.reserved-memory", "na");
}

/* -- device.companion-functions ------------------------------------------------------------------------------ */

static void functions_left_behind(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:01.0");
	struct device *gpu = made_gpu(facts, "vfio-pci"), *sound, *usb;
	struct finding finding;

	(void)state;
	sound = made_function(facts, "0000:01:00.1", 0x10de, 0x22bb, 0x040300, "snd_hda_intel");
	usb = made_function(facts, "0000:01:00.2", 0x10de, 0x1ada, 0x0c0330, NULL);
	made_function(facts, "0000:01:01.0", 0x10de, 0x1ada, 0x0c0330, "xhci_hcd");
	gpu->parent = sound->parent = usb->parent = port;
	finding = fails(facts, gpu, "device.companion-functions", SEVERITY_WARNING,
			"0000:01:00.1 (snd_hda_intel), 0000:01:00.2 (no driver)");
	assert_null(strstr(finding.title, "0000:01:01.0"));
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:01:00.1/driver", "-> snd_hda_intel");
	assert_string_equal(finding.remedies[0].command, "vfiokit configure 0000:01:00");
	sound->target = true;
	usb->vfio_driver = true;
	assert_result(facts, gpu, "device.companion-functions", "pass");
	/* On a root bus a slot is no card. */
	sound->target = false;
	gpu->parent = NULL;
	assert_result(facts, gpu, "device.companion-functions", "na");
}

static void functions_that_go_along_at_next_boot(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:01.0");
	struct device *gpu = made_gpu(facts, "nouveau"), *sound;

	(void)state;
	sound = made_function(facts, "0000:01:00.1", 0x10de, 0x22bb, 0x040300, "snd_hda_intel");
	gpu->parent = sound->parent = port;
	gpu->next_known = sound->next_known = YES;
	gpu->next_driver = "vfio-pci";
	sound->next_driver = "snd_hda_intel";
	assert_result(facts, gpu, "device.companion-functions", "fail");
	sound->next_driver = "vfio-pci";
	assert_result(facts, gpu, "device.companion-functions", "pass");
	sound->next_known = UNKNOWN;
	assert_result(facts, gpu, "device.companion-functions", "fail");
	/* The graphics has gone already, the sound has not: that is how it is now. */
	sound->next_known = YES;
	gpu->driver = "vfio-pci";
	gpu->vfio_driver = true;
	assert_result(facts, gpu, "device.companion-functions", "fail");
}

/* An AMD processor's graphics, with its sound, its security processor and its USB. */
static void functions_of_the_processor(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:08.1");
	struct device *graphics, *sound, *security, *usb;
	struct finding finding;

	(void)state;
	graphics = made_function(facts, "0000:05:00.0", 0x1002, 0x1638, 0x030000, "vfio-pci");
	sound = made_function(facts, "0000:05:00.1", 0x1002, 0x1637, 0x040300, "snd_hda_intel");
	security = made_function(facts, "0000:05:00.2", 0x1022, 0x15df, 0x108000, "ccp");
	usb = made_function(facts, "0000:05:00.3", 0x1022, 0x1639, 0x0c0330, "xhci_hcd");
	graphics->parent = sound->parent = security->parent = usb->parent = port;
	finding = fails(facts, graphics, "device.companion-functions", SEVERITY_WARNING,
			"0000:05:00.1 (snd_hda_intel)");
	assert_null(strstr(finding.title, "0000:05:00.3"));
	assert_result(facts, usb, "device.companion-functions", "pass");
	sound->vfio_driver = true;
	assert_result(facts, graphics, "device.companion-functions", "pass");
	/* Without the security processor it is a card. */
	security->class_code = 0x0c8000;
	assert_result(facts, graphics, "device.companion-functions", "fail");
}

/* A driver on the sound coprocessor, beside the graphics of a processor, is worth a word: hosts went
 * down with it when the graphics was reset. */
static void the_sound_coprocessor(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:08.1");
	struct device *graphics, *security, *coprocessor;

	(void)state;
	graphics = made_function(facts, "0000:c6:00.0", 0x1002, 0x1900, 0x030000, "vfio-pci");
	security = made_function(facts, "0000:c6:00.2", 0x1022, 0x15c7, 0x108000, "ccp");
	coprocessor = made_function(facts, "0000:c6:00.5", 0x1022, 0x15e2, 0x048000, "snd_pci_ps");
	graphics->parent = security->parent = coprocessor->parent = port;
	fails(facts, graphics, "device.companion-functions", SEVERITY_WARNING,
	      "0000:c6:00.5 (snd_pci_ps)");
	coprocessor->has_driver = NO;
	coprocessor->driver = NULL;
	assert_result(facts, graphics, "device.companion-functions", "pass");
}

/* Ports of one adapter are given away one by one; VFs always are. */
static void functions_that_go_alone(void **state)
{
	static const int classes[] = {0x020000, 0x010802, 0x010400, 0x120000, 0x0c0400};
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:01.0"), *first, *second;

	(void)state;
	first = made_function(facts, "0000:41:00.0", 0x8086, 0x1572, 0x020000, "vfio-pci");
	second = made_function(facts, "0000:41:00.1", 0x8086, 0x1572, 0x020000, "i40e");
	first->parent = second->parent = port;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		first->class_code = second->class_code = classes[i];
		assert_result(facts, first, "device.companion-functions", "pass");
	}
	second->class_code = 0x0c0330;
	assert_result(facts, first, "device.companion-functions", "fail");
	second->physfn = first;
	assert_result(facts, first, "device.companion-functions", "pass");
	first->physfn = second;
	assert_result(facts, first, "device.companion-functions", "na");
}

/* -- VMD, integrated graphics, a running VM -------------------------------------------------------------------- */

static void behind_vmd(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *disk, *gpu = made_gpu(facts, "vfio-pci");
	struct finding finding;

	(void)state;
	assert_result(facts, gpu, "device.behind-vmd", "pass");
	disk = made_function(facts, "10000:e1:00.0", 0x8086, 0x0a54, 0x010802, "nvme");
	finding = fails(facts, disk, "device.behind-vmd", SEVERITY_BLOCKER, "domain 10000");
	assert_quotes(&finding, "/sys/bus/pci/devices/10000:e1:00.0", "PCI domain 10000");
}

static void integrated_graphics(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_function(facts, "0000:00:02.0", 0x8086, 0x3e92, 0x030000, "i915");
	struct device port = {.address = "0000:00:01.0", .is_bridge = true};
	struct finding finding;

	(void)state;
	finding = fails(facts, gpu, "device.integrated-graphics", SEVERITY_WARNING,
			"Intel integrated graphics");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:00:02.0/device", "0x3e92");
	/* A virtual function needs nothing of what the whole needs. */
	gpu->physfn = &port;
	assert_result(facts, gpu, "device.integrated-graphics", "pass");
	gpu->physfn = NULL;
	/* An Arc card sits behind a port. */
	gpu->parent = &port;
	assert_result(facts, gpu, "device.integrated-graphics", "pass");
	gpu->vendor_id = 0x1002;
	gpu->device_id = 0x15bf;
	fails(facts, gpu, "device.integrated-graphics", SEVERITY_WARNING,
	      "AMD integrated graphics");
	gpu->device_id = 0x73ff;
	assert_result(facts, gpu, "device.integrated-graphics", "pass");
	gpu->class_code = 0x040300;
	assert_result(facts, gpu, "device.integrated-graphics", "na");
}

static void a_vm_has_it(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, "vfio-pci");
	struct finding finding;

	(void)state;
	assert_result(facts, gpu, "device.assigned", "pass");
	gpu->state = STATE_ASSIGNED;
	gpu->assigned_pid = 4321;
	gpu->assigned_name = "qemu-system-x86";
	finding = fails(facts, gpu, "device.assigned", SEVERITY_INFO, "qemu-system-x86 (4321)");
	assert_quotes(&finding, "/proc/4321/fd", "VFIO node");
	gpu->state = STATE_DETACHED;
	facts->usage.known[USE_PROCESS] = UNKNOWN;
	assert_unknown(facts, gpu, "device.assigned", "/proc");
	facts->usage.why_unknown[USE_PROCESS] = (struct unread){"/proc/PID/fd", -13};
	assert_unknown(facts, gpu, "device.assigned", "/proc/PID/fd");
	/* What a host driver has no VM has. */
	gpu->vfio_driver = false;
	assert_result(facts, gpu, "device.assigned", "pass");
}

/* -- device.nvswitch-missing -------------------------------------------------------------------------------- */

static struct facts *hgx_board(struct device **ret_gpu, struct device **ret_switch)
{
	struct facts *facts = healthy_intel();

	*ret_switch =
		made_function(facts, "0000:07:00.0", 0x10de, 0x22a3, 0x068000, "nvidia-nvswitch");
	*ret_gpu = made_function(facts, "0000:1b:00.0", 0x10de, 0x2330, 0x030200, "vfio-pci");
	made_function(facts, "0000:43:00.0", 0x10de, 0x2330, 0x030200, "nvidia");
	made_group(facts, 5, ret_gpu, 1);
	*ARRAY_ADD(facts->arena, &facts->nvswitches) = *ret_switch;
	return facts;
}

static void switches_left_behind(void **state)
{
	struct device *gpu, *nvswitch;
	_cleanup_facts_ struct facts *facts = hgx_board(&gpu, &nvswitch);
	struct finding finding = fails(facts, gpu, "device.nvswitch-missing", SEVERITY_BLOCKER,
				       "NVSwitches 0000:07:00.0 stay behind");

	(void)state;
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:07:00.0/driver", "nvidia-nvswitch");
	assert_string_equal(finding.remedies[0].command,
			    "vfiokit configure 0000:1b:00.0 0000:43:00.0 0000:07:00.0");
	/* Where a fabric manager runs that is the shared model. */
	facts->usage.fabric_manager = YES;
	fails(facts, gpu, "device.nvswitch-missing", SEVERITY_INFO, "where a fabric manager runs");
	facts->usage.fabric_manager = UNKNOWN;
	assert_int_equal(judge(facts, gpu, "device.nvswitch-missing").severity, SEVERITY_BLOCKER);
}

static void switches_that_go_along(void **state)
{
	struct device *gpu, *nvswitch;
	_cleanup_facts_ struct facts *facts = hgx_board(&gpu, &nvswitch);

	(void)state;
	nvswitch->target = true;
	assert_result(facts, gpu, "device.nvswitch-missing", "pass");
	nvswitch->target = false;
	nvswitch->vfio_driver = true;
	assert_result(facts, gpu, "device.nvswitch-missing", "pass");
	/* Not for a switch itself, not for other cards, not on a board without switches. */
	assert_result(facts, nvswitch, "device.nvswitch-missing", "na");
	nvswitch->target = nvswitch->vfio_driver = false;
	gpu->class_code = 0x030000;
	assert_result(facts, gpu, "device.nvswitch-missing", "na");
	gpu->class_code = 0x030200;
	facts->nvswitches.count = 0;
	assert_result(facts, gpu, "device.nvswitch-missing", "na");
}

static void every_variant_is_said(void **state)
{
	static const char *const ids[] = {"device.not-found",
					  "device.is-bridge",
					  "device.framebuffer-holds-bar",
					  "device.reserved-memory",
					  "device.companion-functions",
					  "device.behind-vmd",
					  "device.nvswitch-missing",
					  "device.integrated-graphics",
					  "device.assigned"};

	(void)state;
	assert_all_said(ids, ARRAY_SIZE(ids));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_that_matches_nothing),
		cmocka_unit_test(a_host_that_shows_no_devices),
		cmocka_unit_test(a_bridge_stays),
		cmocka_unit_test(checks_that_are_not_for_bridges),
		cmocka_unit_test(the_boot_framebuffer_is_in_the_way),
		cmocka_unit_test(memory_that_nobody_could_list),
		cmocka_unit_test(regions_of_the_group),
		cmocka_unit_test(regions_of_the_table),
		cmocka_unit_test(refusals_in_the_log),
		cmocka_unit_test(reserved_memory_of_a_proliant),
		cmocka_unit_test(regions_that_nobody_could_read),
		cmocka_unit_test(functions_left_behind),
		cmocka_unit_test(functions_that_go_along_at_next_boot),
		cmocka_unit_test(the_sound_coprocessor),
		cmocka_unit_test(functions_that_go_alone),
		cmocka_unit_test(functions_of_the_processor),
		cmocka_unit_test(behind_vmd),
		cmocka_unit_test(integrated_graphics),
		cmocka_unit_test(a_vm_has_it),
		cmocka_unit_test(switches_left_behind),
		cmocka_unit_test(switches_that_go_along),
		cmocka_unit_test(every_variant_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
