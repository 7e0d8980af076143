/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks_made.h"

/* The danger checks, a kind of use that each looks at, and a device that can have it. */
static const struct danger_case {
	const char *id, *what, *source;
	enum use_kind kind;
	int class;
	const char *driver;
} dangers[] = {
	{"device.in-use-storage", "/dev/sda2 on /", "/proc/self/mountinfo", USE_FILESYSTEM,
	 0x010601, "ahci"},
	{"device.in-use-network", "eno1: default route", "/proc/net/route", USE_NETWORK, 0x020000,
	 "igb"},
	{"device.in-use-display", "fb0 is the console", "/sys/class/graphics/fb0", USE_DISPLAY,
	 0x030000, "i915"},
	{"device.in-use-input", "AT keyboard", "/proc/bus/input/devices", USE_INPUT, 0x0c0330,
	 "xhci_hcd"},
};

static struct device *made_user(struct facts *facts, const char *address,
				const struct danger_case *danger)
{
	struct device *device =
		made_function(facts, address, 0x8086, 0xa182, danger->class, danger->driver);

	made_use(facts, device, danger->kind, danger->what, danger->source);
	return device;
}

static void the_host_needs_the_target(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dangers); i++) {
		_cleanup_facts_ struct facts *facts = healthy_intel();
		struct device *device = made_user(facts, "0000:00:17.0", &dangers[i]);
		struct finding finding =
			fails(facts, device, dangers[i].id, SEVERITY_DANGER, dangers[i].what);

		assert_non_null(strstr(finding.title, "0000:00:17.0"));
		assert_null(strstr(finding.title, "in the group of"));
		assert_quotes(&finding, dangers[i].source, dangers[i].what);
		/* The other dangers are none of this use's business. */
		for (size_t other = 0; other < ARRAY_SIZE(dangers); other++)
			if (other != i)
				assert_result(facts, device, dangers[other].id, "pass");
	}
}

/* Advice names another graphics device only where there is one. */
static void the_only_display(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu = made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000,
					   "nvidia"),
		      *other;
	struct finding finding;

	(void)state;
	made_use(facts, gpu, USE_DISPLAY, "only console (nvidia, fb0)", "/sys/class/graphics/fb0");
	finding = fails(facts, gpu, "device.in-use-display", SEVERITY_DANGER, "only console");
	assert_int_equal(finding.remedies[0].owner, OWNER_USER);
	/* A 3D controller has no outputs. */
	other = made_function(facts, "0000:02:00.0", 0x10de, 0x1f97, 0x030200, NULL);
	finding = fails(facts, gpu, "device.in-use-display", SEVERITY_DANGER, "only console");
	assert_int_equal(finding.remedies[0].owner, OWNER_USER);
	other->class_code = 0x030000;
	finding = fails(facts, gpu, "device.in-use-display", SEVERITY_DANGER, "only console");
	assert_int_equal(finding.remedies[0].owner, OWNER_FIRMWARE);
}

static void the_host_needs_what_would_go_along(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dangers); i++) {
		_cleanup_facts_ struct facts *facts = healthy_intel();
		struct device *sound =
			made_function(facts, "0000:00:1f.3", 0x8086, 0xa170, 0x040300, "vfio-pci");
		struct device *device = made_user(facts, "0000:00:1f.5", &dangers[i]);
		struct device port = {.address = "0000:00:1c.0", .is_bridge = true};
		struct finding finding;

		made_group(facts, 8, (struct device *[]){sound, device}, 2);
		finding = fails(facts, sound, dangers[i].id, SEVERITY_DANGER,
				"0000:00:1f.5 in the group of 0000:00:1f.3");
		assert_non_null(strstr(finding.title, dangers[i].what));
		assert_quotes(&finding, dangers[i].source, dangers[i].what);
		/* No slot changes what is built in; a card can have another. */
		assert_null(strstr(finding.remedies[0].text, "slot"));
		sound->parent = &port;
		finding = fails(facts, sound, dangers[i].id, SEVERITY_DANGER, "in the group of");
		if (dangers[i].kind != USE_INPUT)
			assert_non_null(strstr(finding.remedies[0].text, "slot"));
		/* A bridge stays with the host, and what vfio-pci has is not used by the host. */
		device->is_bridge = true;
		assert_result(facts, sound, dangers[i].id, "pass");
		device->is_bridge = false;
		device->vfio_driver = true;
		assert_result(facts, sound, dangers[i].id, "pass");
	}
}

/* Where there are no groups yet, the predicted one tells what would go along. */
static void the_group_is_yet_to_come(void **state)
{
	_cleanup_facts_ struct facts *facts = intel_without_iommu();
	struct device_refs group = {0};
	struct device *sound, *disk;

	(void)state;
	sound = made_function(facts, "0000:00:1f.3", 0x8086, 0xa170, 0x040300, "snd_hda_intel");
	disk = made_user(facts, "0000:00:1f.5", &dangers[0]);
	assert_result(facts, sound, "device.in-use-storage", "pass");
	*ARRAY_ADD(facts->arena, &group) = sound;
	*ARRAY_ADD(facts->arena, &group) = disk;
	facts->predicted_groups = &group;
	facts->predicted_group_count = 1;
	sound->predicted_group = disk->predicted_group = 0;
	fails(facts, sound, "device.in-use-storage", SEVERITY_DANGER, "in the group of");
}

/* The target's own use is told, not its neighbour's, and all of it. */
static void more_than_one_use(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *first = made_user(facts, "0000:00:17.0", &dangers[0]);
	struct device *second = made_user(facts, "0000:00:18.0", &dangers[0]);
	struct finding finding;

	(void)state;
	made_use(facts, second, USE_SWAP, "/dev/sdb1 is swap", "/proc/swaps");
	made_use(facts, second, USE_LVM, "/dev/sdb2 in vg0", "/run/udev/data/b8:18");
	made_group(facts, 8, (struct device *[]){first, second}, 2);
	finding = fails(
		facts, second, "device.in-use-storage", SEVERITY_DANGER,
		"0000:00:18.0 carries storage of this host: /dev/sda2 on /, /dev/sdb1 is swap, "
		"/dev/sdb2 in vg0");
	assert_quotes(&finding, "/proc/swaps", "swap");
	assert_quotes(&finding, "/run/udev/data/b8:18", "vg0");
	/* Both devices mount the same: said once. */
	assert_int_equal(finding.evidence.count, 3);
}

static void every_kind_of_storage_counts(void **state)
{
	static const enum use_kind kinds[] = {USE_FILESYSTEM, USE_SWAP,   USE_LVM,
					      USE_MD,         USE_ZFS,    USE_CRYPT,
					      USE_MULTIPATH,  USE_STORAGE};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_facts_ struct facts *facts = healthy_intel();
		struct device *disk =
			made_function(facts, "0000:02:00.0", 0x144d, 0xa80a, 0x010802, "nvme");

		made_use(facts, disk, kinds[i], "a use", "/proc/x");
		assert_result(facts, disk, "device.in-use-storage", "fail");
		assert_result(facts, disk, "device.in-use-network", "pass");
	}
}

/* A disk that nobody mounted, an idle interface: no harm to this host. */
static void uses_that_the_host_can_do_without(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dangers); i++) {
		_cleanup_facts_ struct facts *facts = healthy_intel();
		struct device *device = made_user(facts, "0000:00:17.0", &dangers[i]);

		device->uses.items[0].critical = false;
		assert_result(facts, device, dangers[i].id, "pass");
	}
}

/* Once vfio-pci has the target the host does not show its console on it any more. */
static void what_vfio_has_is_not_in_use(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dangers); i++) {
		_cleanup_facts_ struct facts *facts = healthy_intel();
		struct device *device = made_user(facts, "0000:00:17.0", &dangers[i]);

		device->driver = "vfio-pci";
		device->vfio_driver = true;
		assert_result(facts, device, dangers[i].id, "pass");
		device->is_bridge = true;
		assert_result(facts, device, dangers[i].id, "na");
	}
}

static void what_nobody_could_look_at(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dangers); i++) {
		_cleanup_facts_ struct facts *facts = healthy_intel();
		struct device *device = made_user(facts, "0000:00:17.0", &dangers[i]);

		device->uses.count = 0;
		facts->usage.known[dangers[i].kind] = UNKNOWN;
		facts->usage.why_unknown[dangers[i].kind] =
			(struct unread){.path = dangers[i].source, .error = -13};
		facts_add_unread(facts, dangers[i].source, -13);
		assert_unknown(facts, device, dangers[i].id, dangers[i].source);
		facts->usage.why_unknown[dangers[i].kind].path = NULL;
		assert_unknown(facts, device, dangers[i].id, "/sys/class");
		/* One use that was seen is enough. */
		device->uses.count = 1;
		assert_result(facts, device, dangers[i].id, "fail");
	}
}

/* Which kinds of use a class can have at all: nothing has to be read to know that a graphics card
 * holds no file system. */
static void classes_that_cannot_be_in_use(void **state)
{
	static const struct {
		int class;
		const char *storage, *network, *display, *input;
	} classes[] = {
		{0x010802, "unknown", "pass", "pass", "pass"}, /* NVMe */
		{0x020000, "pass", "unknown", "pass", "pass"}, /* Ethernet */
		{0x030000, "pass", "pass", "unknown", "pass"}, /* VGA */
		{0x030200, "pass", "pass", "unknown", "pass"}, /* 3D controller */
		{0x040300, "pass", "pass", "pass", "pass"},    /* audio */
		{0x0c0330, "unknown", "unknown", "pass",
		 "unknown"},                                   /* USB: anything may hang there */
		{0x028000, "pass", "unknown", "pass", "pass"}, /* Wi-Fi */
		{0x068000, "unknown", "unknown", "pass", "pass"},
		{-1, "unknown", "unknown", "unknown", "unknown"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		_cleanup_facts_ struct facts *facts = healthy_intel();
		struct device *device =
			made_function(facts, "0000:00:17.0", 0x8086, 0xa182, classes[i].class, "x");

		for (size_t kind = 0; kind < USE_KINDS; kind++)
			facts->usage.known[kind] = UNKNOWN;
		assert_result(facts, device, "device.in-use-storage", classes[i].storage);
		assert_result(facts, device, "device.in-use-network", classes[i].network);
		assert_result(facts, device, "device.in-use-display", classes[i].display);
		assert_result(facts, device, "device.in-use-input", classes[i].input);
	}
}

/* A sound card alone needs no look at disks; with a disk controller in its group it does. */
static void classes_of_the_whole_group_count(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *sound, *disk;

	(void)state;
	sound = made_function(facts, "0000:00:1f.3", 0x8086, 0xa170, 0x040300, "snd_hda_intel");
	disk = made_function(facts, "0000:00:1f.5", 0x8086, 0xa182, 0x010601, "ahci");
	facts->usage.known[USE_ZFS] = UNKNOWN;
	facts->usage.why_unknown[USE_ZFS].path = "/proc/spl/kstat/zfs";
	assert_result(facts, sound, "device.in-use-storage", "pass");
	made_group(facts, 8, (struct device *[]){sound, disk}, 2);
	assert_unknown(facts, sound, "device.in-use-storage", "/proc/spl/kstat/zfs");
}

/* -- device.in-use-process ------------------------------------------------------------------------------ */

static void a_process_has_it_open(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu =
		made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, "nvidia");
	struct finding finding;

	(void)state;
	made_group(facts, 1, &gpu, 1);
	assert_result(facts, gpu, "device.in-use-process", "pass");
	made_use(facts, gpu, USE_PROCESS, "nvidia-persistenced (812): /dev/nvidia0",
		 "/proc/812/fd");
	made_use(facts, gpu, USE_PROCESS, "Xorg (1200): /dev/dri/card0", "/proc/1200/fd");
	gpu->uses.items[1].critical = false;
	finding =
		fails(facts, gpu, "device.in-use-process", SEVERITY_BLOCKER,
		      "0000:01:00.0 is open: nvidia-persistenced (812): /dev/nvidia0, Xorg (1200)");
	assert_quotes(&finding, "/proc/812/fd", "nvidia-persistenced");
	assert_quotes(&finding, "/proc/1200/fd", "Xorg");
	assert_non_null(strstr(finding.cause, "nvidia"));
}

/* A VM that has it open shows in the device's state. */
static void processes_do_not_matter_under_vfio(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu =
		made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, "vfio-pci");

	(void)state;
	made_use(facts, gpu, USE_PROCESS, "qemu (812): /dev/vfio/1", "/proc/812/fd");
	assert_result(facts, gpu, "device.in-use-process", "na");
	gpu->vfio_driver = false;
	gpu->is_bridge = true;
	assert_result(facts, gpu, "device.in-use-process", "na");
}

static void processes_that_nobody_could_look_at(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *gpu =
		made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, "nvidia");

	(void)state;
	facts->usage.known[USE_PROCESS] = UNKNOWN;
	assert_unknown(facts, gpu, "device.in-use-process", "/proc");
	facts->usage.why_unknown[USE_PROCESS] = (struct unread){"/proc/PID/fd", -13};
	assert_unknown(facts, gpu, "device.in-use-process", "/proc/PID/fd");
	/* The driver's own word for it. */
	set_log(facts,
		"[    0.000000] Linux version 6.1.0\n[  431.2] NVRM: Attempting to remove device "
		"0000:01:00.0 with non-zero usage count!\n");
	fails(facts, gpu, "device.in-use-process", SEVERITY_BLOCKER,
	      "something had 0000:01:00.0 open when it was to be unbound from nvidia");
	facts->usage.known[USE_PROCESS] = YES;
	assert_result(facts, gpu, "device.in-use-process", "pass");
	facts->usage.known[USE_PROCESS] = UNKNOWN;
	/* Without a driver there is no node to open. */
	gpu->has_driver = NO;
	gpu->driver = NULL;
	assert_result(facts, gpu, "device.in-use-process", "pass");
}

static void every_variant_is_said(void **state)
{
	static const char *const ids[] = {"device.in-use-storage", "device.in-use-network",
					  "device.in-use-display", "device.in-use-input",
					  "device.in-use-process"};

	(void)state;
	assert_all_said(ids, ARRAY_SIZE(ids));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_host_needs_the_target),
		cmocka_unit_test(the_only_display),
		cmocka_unit_test(the_host_needs_what_would_go_along),
		cmocka_unit_test(the_group_is_yet_to_come),
		cmocka_unit_test(more_than_one_use),
		cmocka_unit_test(every_kind_of_storage_counts),
		cmocka_unit_test(uses_that_the_host_can_do_without),
		cmocka_unit_test(what_vfio_has_is_not_in_use),
		cmocka_unit_test(what_nobody_could_look_at),
		cmocka_unit_test(classes_that_cannot_be_in_use),
		cmocka_unit_test(classes_of_the_whole_group_count),
		cmocka_unit_test(a_process_has_it_open),
		cmocka_unit_test(processes_do_not_matter_under_vfio),
		cmocka_unit_test(processes_that_nobody_could_look_at),
		cmocka_unit_test(every_variant_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
