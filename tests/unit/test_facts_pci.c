/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "pci_fixture.h"
#include "preflight/capture/note.h"

static int unread_error(const struct fixture *fixture, const char *name)
{
	return facts_unread_error(fixture->facts, name);
}

#define DESKTOP                                                                                    \
	"device 0000:00:00.0 id=8086:a700 sub=1043:8882 class=060000 type=conventional group=0\n"  \
	"device 0000:00:01.0 id=8086:a70d class=060400 acs=1d/1d driver=pcieport group=1 slot=4\n" \
	"device 0000:01:00.0 below=0000:00:01.0 id=10de:2704 sub=1458:40bc class=030000 rev=a1 "   \
	"mf=1 group=14 driver=vfio-pci override=vfio-pci boot_vga=1 numa=1 power=D3hot "           \
	"pm=noreset "                                                                              \
	"reset=bus link=2.5GT/s:8:16GT/s:16 bar=0:16M:32@0xf6000000 "                              \
	"bar=1:16G:64p@0x6000000000 bar=5:128:io@0xe000 rom=512K\n"                                \
	"device 0000:01:00.1 below=0000:00:01.0 id=10de:22bb class=040300 rev=a1 group=14 "        \
	"driver=snd_hda_intel reset=none\n"                                                        \
	"device 0000:00:1f.0 id=8086:7a04 class=060100 type=conventional group=2\n"

/* -- one function ------------------------------------------------------------------------------ */

static void test_endpoint(void **state)
{
	_cleanup_fixture_ struct fixture fixture = collect(DESKTOP);
	const struct device *gpu = device_at(&fixture, "0000:01:00.0");

	(void)state;
	assert_int_equal(fixture.facts->devices.count, 5);
	assert_sorted(&fixture.facts->devices);
	assert_int_equal(gpu->vendor_id, 0x10de);
	assert_int_equal(gpu->device_id, 0x2704);
	assert_int_equal(gpu->subsystem_vendor_id, 0x1458);
	assert_int_equal(gpu->subsystem_device_id, 0x40bc);
	assert_int_equal(gpu->class_code, 0x030000);
	assert_int_equal(gpu->revision, 0xa1);
	assert_int_equal(gpu->config.port_type, PORT_ENDPOINT);
	assert_true(gpu->config.multifunction);
	assert_int_equal(gpu->config.pm_state, 3);
	assert_false(gpu->is_bridge);
	assert_int_equal(gpu->has_driver, YES);
	assert_string_equal(gpu->driver, "vfio-pci");
	assert_true(gpu->vfio_driver);
	assert_string_equal(gpu->driver_override, "vfio-pci");
	assert_string_equal(gpu->modalias, "pci:v000010DEd00002704sv00001458sd000040BCbc03sc00i00");
	assert_int_equal(gpu->state, STATE_DETACHED);
	assert_int_equal(gpu->has_group, YES);
	assert_null(gpu->group);
	assert_int_equal(gpu->predicted_group, -1);
	assert_int_equal(gpu->numa_node, 1);
	assert_string_equal(gpu->power_state, "D3hot");
	assert_int_equal(gpu->boot_vga, YES);
	assert_int_equal(gpu->sriov_total, -1);
	assert_int_equal(gpu->sriov_active, -1);
	assert_string_equal(gpu->link_speed, "2.5 GT/s PCIe");
	assert_string_equal(gpu->link_speed_max, "16.0 GT/s PCIe");
	assert_int_equal(gpu->link_width, 8);
	assert_int_equal(gpu->link_width_max, 16);
	assert_int_equal(gpu->physical_slot, 4);
	assert_int_equal(gpu->reset_methods_known, YES);
	assert_int_equal(gpu->reset_methods.count, 1);
	assert_string_equal(gpu->reset_methods.items[0], "bus");
}

static void test_bars(void **state)
{
	_cleanup_fixture_ struct fixture fixture = collect(DESKTOP);
	const struct device *gpu = device_at(&fixture, "0000:01:00.0");

	(void)state;
	assert_int_equal(gpu->bars_known, YES);
	assert_true(gpu->bars[0].assigned && gpu->bars[0].address == 0xf6000000);
	assert_true(gpu->bars[0].size == 16 << 20);
	assert_int_equal(gpu->bars[1].bits, 64);
	assert_true(gpu->bars[1].prefetchable && gpu->bars[1].size == UINT64_C(16) << 30);
	assert_false(gpu->bars[2].present);
	assert_true(gpu->bars[5].io && gpu->bars[5].size == 128);
	assert_true(gpu->bars[BAR_ROM].present);
}

static void test_other_functions(void **state)
{
	_cleanup_fixture_ struct fixture fixture = collect(DESKTOP);
	const struct device *audio = device_at(&fixture, "0000:01:00.1");
	const struct device *host_bridge = device_at(&fixture, "0000:00:00.0");

	(void)state;
	assert_int_equal(audio->state, STATE_HOST);
	assert_string_equal(audio->driver, "snd_hda_intel");
	assert_false(audio->vfio_driver);
	assert_null(audio->driver_override);
	assert_int_equal(audio->boot_vga, NO);
	/* Its neighbour has a reset_method, so the lack of one means something. */
	assert_int_equal(audio->reset_methods_known, YES);
	assert_int_equal(audio->reset_methods.count, 0);
	assert_int_equal(audio->physical_slot, 4);

	assert_true(host_bridge->is_bridge);
	assert_int_equal(host_bridge->state, STATE_BRIDGE);
	assert_int_equal(host_bridge->has_driver, NO);
	assert_null(host_bridge->driver);
	assert_int_equal(host_bridge->config.port_type, PORT_CONVENTIONAL);
	assert_int_equal(host_bridge->config.acs, NO);
	assert_int_equal(host_bridge->numa_node, -1);
	assert_null(host_bridge->link_speed);
	assert_int_equal(host_bridge->link_width, -1);
	assert_int_equal(host_bridge->physical_slot, -1);
	assert_true(device_at(&fixture, "0000:00:1f.0")->is_bridge);
	assert_int_equal(device_at(&fixture, "0000:00:01.0")->config.acs, YES);
	assert_int_equal(device_at(&fixture, "0000:00:01.0")->state, STATE_BRIDGE);
}

/* Which driver names are VFIO's, and a driver whose name does not say so. */
static void test_vfio_drivers(void **state)
{
	_cleanup_fixture_ struct fixture fixture = collect(
		"device 0000:00:02.0 id=15b3:101e class=020000 driver=mlx5_vfio_pci\n"
		"device 0000:00:03.0 id=10de:2342 class=030200 driver=nvgrace_gpu_vfio_pci\n"
		"device 0000:00:04.0 id=10de:2235 class=030200 driver=nvidia\n"
		"dir " DEVICES "0000:00:04.0/vfio-dev/vfio3\n"
		"device 0000:00:05.0 id=10de:2235 class=030200 driver=nvidia\n"
		"device 0000:00:06.0 id=8086:1572 class=020000 driver=pci-stub\n");

	(void)state;
	assert_true(device_at(&fixture, "0000:00:02.0")->vfio_driver);
	assert_int_equal(device_at(&fixture, "0000:00:02.0")->state, STATE_DETACHED);
	assert_true(device_at(&fixture, "0000:00:03.0")->vfio_driver);
	assert_true(device_at(&fixture, "0000:00:04.0")->vfio_driver);
	assert_int_equal(device_at(&fixture, "0000:00:04.0")->state, STATE_DETACHED);
	assert_false(device_at(&fixture, "0000:00:05.0")->vfio_driver);
	assert_int_equal(device_at(&fixture, "0000:00:06.0")->state, STATE_HOST);
}

static void test_sriov(void **state)
{
	_cleanup_fixture_ struct fixture fixture = collect(
		"device 0000:00:01.0 id=8086:a70d class=060400 subordinate=03\n"
		"device 0000:01:00.0 below=0000:00:01.0 id=8086:1572 class=020000 sriov=64/2\n"
		"device 0000:01:02.0 below=0000:00:01.0 id=8086:154c class=020000 "
		"vf-of=0000:01:00.0\n"
		"device 0000:01:02.1 below=0000:00:01.0 id=8086:154c class=020000 "
		"vf-of=0000:01:00.0\n");
	const struct device *physical = device_at(&fixture, "0000:01:00.0");
	const struct device *virtual = device_at(&fixture, "0000:01:02.1");

	(void)state;
	assert_int_equal(physical->sriov_total, 64);
	assert_int_equal(physical->sriov_active, 2);
	assert_int_equal(physical->config.sriov, YES);
	assert_null(physical->physfn);
	assert_ptr_equal(virtual->physfn, physical);
	assert_ptr_equal(device_at(&fixture, "0000:01:02.0")->physfn, physical);
	assert_int_equal(virtual->sriov_total, -1);
	/* A VF's own id registers read ffff; sysfs has the ids. */
	assert_int_equal(virtual->vendor_id, 0x8086);
	assert_int_equal(virtual->device_id, 0x154c);
	assert_ptr_equal(virtual->parent, device_at(&fixture, "0000:00:01.0"));
}

/* -- what is not there ----------------------------------------------------------------------------- */

static void test_no_pci(void **state)
{
	_cleanup_fixture_ struct fixture fixture = collect("dir proc\n");
	_cleanup_fixture_ struct fixture empty = collect("dir sys/bus/pci/devices\n");

	(void)state;
	assert_int_equal(fixture.facts->devices.count, 0);
	assert_int_equal(unread_error(&fixture, "sys/bus/pci/devices"), -ENOENT);
	assert_int_equal(empty.facts->devices.count, 0);
	assert_int_equal(empty.facts->unread.count, 0);
}

static void test_names_that_are_no_addresses(void **state)
{
	_cleanup_fixture_ struct fixture fixture = collect("dir " DEVICES "0000:0a:00.0\n"
							   "dir " DEVICES "0000:0A:00.0\n"
							   "dir " DEVICES "00000:0a:00.0\n"
							   "dir " DEVICES "0a:00.0\n"
							   "dir " DEVICES "0000:0a:20.0\n"
							   "dir " DEVICES "0000:0a:00.8\n"
							   "dir " DEVICES "0000:0a:00\n"
							   "dir " DEVICES "rubbish\n");

	(void)state;
	assert_int_equal(fixture.facts->devices.count, 1);
	assert_string_equal(fixture.facts->devices.items[0].address, "0000:0a:00.0");
}

static void assert_unknown(const struct device *device)
{
	assert_int_equal(device->vendor_id, -1);
	assert_int_equal(device->class_code, -1);
	assert_int_equal(device->config.port_type, PORT_UNKNOWN);
	assert_int_equal(device->config.acs, UNKNOWN);
	assert_int_equal(device->has_driver, UNKNOWN);
	assert_null(device->driver);
	assert_int_equal(device->has_group, UNKNOWN);
	assert_int_equal(device->state, STATE_UNKNOWN);
	assert_int_equal(device->bars_known, UNKNOWN);
	assert_int_equal(device->reset_methods_known, UNKNOWN);
	assert_int_equal(device->boot_vga, UNKNOWN);
	assert_int_equal(device->link_width, -1);
	assert_null(device->power_state);
}

/* Entries that cannot be opened, or that hold nothing: listed, and nothing is claimed. */
static void test_unreadable(void **state)
{
	_cleanup_fixture_ struct fixture fixture =
		collect("device 0000:00:01.0 id=8086:1572 class=020000 reset=flr\n"
			"link " DEVICES "0000:00:02.0 ../../../devices/pci0000:00/0000:00:02.0\n"
			"link " DEVICES "0000:00:03.0 0000:00:04.0\n"
			"link " DEVICES "0000:00:04.0 0000:00:03.0\n"
			"file " DEVICES "0000:00:05.0\n| a file\n"
			"fifo " DEVICES "0000:00:06.0\n"
			"dir " DEVICES "0000:00:07.0\n");
	static const struct {
		const char *address;
		int error;
	} rows[] = {
		{"0000:00:02.0", -ENOENT},  {"0000:00:03.0", -ELOOP},   {"0000:00:04.0", -ELOOP},
		{"0000:00:05.0", -ENOTDIR}, {"0000:00:06.0", -ENOTDIR},
	};

	(void)state;
	assert_int_equal(fixture.facts->devices.count, 7);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char path[64];

		assert_unknown(device_at(&fixture, rows[i].address));
		(void)snprintf(path, sizeof(path), DEVICES "%s", rows[i].address);
		assert_int_equal(unread_error(&fixture, path), rows[i].error);
	}
	assert_unknown(device_at(&fixture, "0000:00:07.0"));
	assert_int_equal(unread_error(&fixture, DEVICES "0000:00:07.0/driver"), -ENOENT);
	assert_int_equal(device_at(&fixture, "0000:00:01.0")->has_driver, NO);
}

/* FIFOs, directories and loops in place of files must neither block nor be believed. */
static void test_hostile_files(void **state)
{
	_cleanup_fixture_ struct fixture fixture =
		collect("device 0000:00:02.0 id=10de:2330 class=030000\n"
			"remove " DEVICES "0000:00:02.0/config\n"
			"fifo " DEVICES "0000:00:02.0/config\n"
			"remove " DEVICES "0000:00:02.0/resource\n"
			"dir " DEVICES "0000:00:02.0/resource\n"
			"remove " DEVICES "0000:00:02.0/boot_vga\n"
			"link " DEVICES "0000:00:02.0/boot_vga boot_vga\n"
			"file " DEVICES "0000:00:02.0/numa_node\n| many\n"
			"file " DEVICES "0000:00:02.0/revision\n| 0x100\n"
			"file " DEVICES "0000:00:02.0/current_link_width\n| 255\n"
			"file " DEVICES "0000:00:02.0/current_link_speed\n| Unknown\n"
			"remove " DEVICES "0000:00:02.0/modalias\n"
			"link " DEVICES "0000:00:02.0/modalias ../../../../../../../../etc/passwd\n"
			"link " DEVICES "0000:00:02.0/driver ..\n");
	const struct device *device = device_at(&fixture, "0000:00:02.0");

	(void)state;
	assert_int_equal(device->vendor_id, 0x10de);
	assert_int_equal(device->config.size, 0);
	assert_int_equal(device->config.capabilities, UNKNOWN);
	assert_int_equal(unread_error(&fixture, DEVICES "0000:00:02.0/config"), -EINVAL);
	assert_int_equal(device->bars_known, UNKNOWN);
	assert_int_equal(unread_error(&fixture, DEVICES "0000:00:02.0/resource"), -EISDIR);
	assert_int_equal(device->boot_vga, UNKNOWN);
	assert_int_equal(device->numa_node, -1);
	assert_int_equal(device->revision, -1);
	assert_int_equal(device->link_width, -1);
	assert_null(device->link_speed);
	assert_null(device->modalias);
	assert_int_equal(device->has_driver, UNKNOWN);
	assert_int_equal(device->state, STATE_UNKNOWN);
}

static void test_config_sizes(void **state)
{
	_cleanup_fixture_ struct fixture fixture = collect(
		"device 0000:00:02.0 id=8086:1572 class=020000 type=endpoint flr=1 config=0\n"
		"device 0000:00:03.0 id=8086:1572 class=020000 type=endpoint flr=1 config=64\n"
		"device 0000:00:04.0 id=8086:1572 class=020000 type=endpoint flr=1 config=256\n"
		"device 0000:00:05.0 id=8086:1572 class=020000 type=endpoint flr=1 config=ff\n"
		"device 0000:00:06.0 id=8086:1572 class=020000 type=endpoint flr=1 config=none\n");

	(void)state;
	assert_int_equal(device_at(&fixture, "0000:00:02.0")->config.size, 0);
	assert_int_equal(unread_error(&fixture, DEVICES "0000:00:02.0/config"), -ENODATA);
	assert_int_equal(device_at(&fixture, "0000:00:03.0")->config.flr, UNKNOWN);
	assert_int_equal(unread_error(&fixture, DEVICES "0000:00:03.0/config"), -EACCES);
	assert_int_equal(device_at(&fixture, "0000:00:04.0")->config.flr, YES);
	assert_int_equal(device_at(&fixture, "0000:00:04.0")->config.acs, UNKNOWN);
	assert_int_equal(unread_error(&fixture, DEVICES "0000:00:04.0/config"), -ENODATA);
	assert_true(device_at(&fixture, "0000:00:05.0")->config.all_ones);
	assert_int_equal(device_at(&fixture, "0000:00:05.0")->vendor_id, 0x8086);
	assert_int_equal(unread_error(&fixture, DEVICES "0000:00:05.0/config"), -EIO);
	assert_int_equal(unread_error(&fixture, DEVICES "0000:00:06.0/config"), -ENOENT);
	for_each (device, &fixture.facts->devices)
		assert_int_equal(device->class_code, 0x020000);
}

/* A tree of configuration spaces alone: the ids come from there. */
static void test_ids_from_config(void **state)
{
	_cleanup_fixture_ struct fixture fixture =
		collect("device 0000:00:02.0 id=10de:2704 sub=1458:40bc class=030000 rev=a1\n"
			"remove " DEVICES "0000:00:02.0/vendor\n"
			"remove " DEVICES "0000:00:02.0/device\n"
			"remove " DEVICES "0000:00:02.0/subsystem_vendor\n"
			"remove " DEVICES "0000:00:02.0/subsystem_device\n"
			"remove " DEVICES "0000:00:02.0/class\n"
			"remove " DEVICES "0000:00:02.0/revision\n");
	const struct device *device = device_at(&fixture, "0000:00:02.0");

	(void)state;
	assert_int_equal(device->vendor_id, 0x10de);
	assert_int_equal(device->device_id, 0x2704);
	assert_int_equal(device->subsystem_vendor_id, 0x1458);
	assert_int_equal(device->subsystem_device_id, 0x40bc);
	assert_int_equal(device->class_code, 0x030000);
	assert_int_equal(device->revision, 0xa1);
}

/* A copy that followed the links has directories in their place; uevent still names the driver. */
static void test_links_followed(void **state)
{
	_cleanup_fixture_ struct fixture fixture =
		collect("file " DEVICES "0000:00:02.0/vendor\n| 0x8086\n"
			"file " DEVICES
			"0000:00:02.0/uevent\n| PCI_CLASS=20000\n| DRIVER=i40e\n| PCI_ID=x\n"
			"dir " DEVICES "0000:00:02.0/driver\n"
			"dir " DEVICES "0000:00:02.0/iommu_group\n"
			"file " DEVICES "0000:00:03.0/vendor\n| 0x8086\n"
			"dir " DEVICES "0000:00:03.0/driver\n");
	const struct device *told = device_at(&fixture, "0000:00:02.0");

	(void)state;
	assert_int_equal(told->has_driver, YES);
	assert_string_equal(told->driver, "i40e");
	assert_int_equal(told->state, STATE_HOST);
	assert_int_equal(told->has_group, YES);
	assert_int_equal(device_at(&fixture, "0000:00:03.0")->has_driver, UNKNOWN);
	assert_int_equal(device_at(&fixture, "0000:00:03.0")->has_group, NO);
}

/* -- reset and BARs ---------------------------------------------------------------------------------- */

/* Linux before 5.15: no reset_method anywhere, only reset. */
static void test_reset_old_kernel(void **state)
{
	_cleanup_fixture_ struct fixture fixture =
		collect("device 0000:00:02.0 id=8086:1572 class=020000 type=endpoint flr=1 pm=1\n"
			"device 0000:00:03.0 id=10de:2330 class=030200 type=endpoint reset=bus\n"
			"device 0000:00:04.0 id=10de:2330 class=030200 type=endpoint reset=none\n"
			"device 0000:00:05.0 id=1002:731f class=030000 type=endpoint flr=1 pm=1\n"
			"device 0000:00:06.0 id=1022:149c class=0c0330 type=endpoint flr=1\n"
			"remove " DEVICES "0000:00:02.0/reset_method\n"
			"remove " DEVICES "0000:00:03.0/reset_method\n"
			"remove " DEVICES "0000:00:05.0/reset_method\n"
			"remove " DEVICES "0000:00:06.0/reset_method\n");
	const struct device *flr = device_at(&fixture, "0000:00:02.0");
	const struct device *bus = device_at(&fixture, "0000:00:03.0");

	(void)state;
	assert_int_equal(flr->reset_methods_known, YES);
	assert_true(flr->reset_methods_derived);
	assert_int_equal(flr->reset_methods.count, 2);
	assert_string_equal(flr->reset_methods.items[0], "flr");
	assert_string_equal(flr->reset_methods.items[1], "pm");
	/* Resets that the kernel does not use on these models. */
	assert_int_equal(device_at(&fixture, "0000:00:05.0")->reset_methods.count, 1);
	assert_string_equal(device_at(&fixture, "0000:00:05.0")->reset_methods.items[0], "flr");
	assert_string_equal(device_at(&fixture, "0000:00:06.0")->reset_methods.items[0], "unknown");
	assert_int_equal(bus->reset_methods_known, YES);
	assert_int_equal(bus->reset_methods.count, 1);
	assert_string_equal(bus->reset_methods.items[0], "unknown");
	assert_int_equal(device_at(&fixture, "0000:00:04.0")->reset_methods_known, UNKNOWN);
	assert_int_equal(unread_error(&fixture, DEVICES "0000:00:04.0/reset_method"), -ENOENT);
}

static void test_reset_methods(void **state)
{
	_cleanup_fixture_ struct fixture fixture = collect(
		"device 0000:00:02.0 id=8086:1572 class=020000 reset=device_specific,flr,bus\n"
		"device 0000:00:03.0 id=8086:1572 class=020000 reset=flr\n"
		"raw " DEVICES "0000:00:03.0/reset_method\n|   \n");
	const struct device *device = device_at(&fixture, "0000:00:02.0");

	(void)state;
	assert_int_equal(device->reset_methods.count, 3);
	assert_string_equal(device->reset_methods.items[0], "device_specific");
	assert_string_equal(device->reset_methods.items[2], "bus");
	assert_int_equal(device_at(&fixture, "0000:00:03.0")->reset_methods_known, YES);
	assert_int_equal(device_at(&fixture, "0000:00:03.0")->reset_methods.count, 0);
}

/* The kernel has cleared a BAR that it found no room for; its register still shows it. */
static void test_bar_cleared(void **state)
{
	_cleanup_fixture_ struct fixture fixture =
		collect("device 0000:00:02.0 id=10de:2330 class=030200 bar=0:16M:32@0xf6000000 "
			"bar=2:64G:64p\n"
			"file " DEVICES "0000:00:02.0/resource\n"
			"| 0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200\n"
			"| 0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
			"| 0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
			"| 0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
			"| 0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
			"| 0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
			"| 0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
	const struct device *device = device_at(&fixture, "0000:00:02.0");

	(void)state;
	assert_int_equal(device->bars_known, YES);
	assert_true(device->bars[0].assigned);
	assert_true(device->bars[2].present && device->bars[2].prefetchable);
	assert_false(device->bars[2].assigned);
	assert_int_equal(device->bars[2].bits, 64);
	assert_false(device->bars[1].present || device->bars[3].present);
}

static void unlink_in(const struct fixture *fixture, const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", tree_path(fixture->tree), name);
	assert_int_equal(unlink(path), 0);
}

/* The link is gone, but the kernel's own word for the driver is not. */
static void test_driver_that_does_not_go(void **state)
{
	for (int was_live = 0; was_live <= 1; was_live++) {
		_cleanup_fixture_ struct fixture fixture = {tree_new(DESKTOP), facts_made()};
		const struct device *gpu;

		(void)state;
		fixture.facts->live = fixture.facts->was_live = was_live;
		unlink_in(&fixture, DEVICES "0000:01:00.0/driver");
		facts_collect_pci(fixture.facts, tree_host(fixture.tree));
		gpu = device_at(&fixture, "0000:01:00.0");
		assert_int_equal(gpu->has_driver, was_live ? UNKNOWN : NO);
		assert_int_equal(unread_error(&fixture, DEVICES "0000:01:00.0/driver"),
				 was_live ? -ETIMEDOUT : 0);
		assert_null(gpu->driver);
		assert_string_equal(gpu->driver_override, "vfio-pci");
	}
}

/* On the running machine it is given some time. */
static void test_driver_that_goes(void **state)
{
	_cleanup_fixture_ struct fixture fixture = {tree_new(DESKTOP), facts_made()};
	pid_t child;
	int status;

	(void)state;
	fixture.facts->live = fixture.facts->was_live = true;
	unlink_in(&fixture, DEVICES "0000:01:00.0/driver");
	child = fork();
	if (child == 0) {
		(void)execl("/bin/sh", "sh", "-c",
			    "sleep 0.3; exec rm \"$0\"/" DEVICES "0000:01:00.0/uevent",
			    tree_path(fixture.tree), NULL);
		_exit(127);
	}
	facts_collect_pci(fixture.facts, tree_host(fixture.tree));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(device_at(&fixture, "0000:01:00.0")->has_driver, NO);
	assert_int_equal(unread_error(&fixture, DEVICES "0000:01:00.0/driver"), 0);
}

/* While probe() or remove() hangs, the link is there or is not, and says nothing. */
static void test_driver_that_is_being_changed(void **state)
{
	struct unreadable hanging = {.error = -ETIMEDOUT};
	const struct capture_note note = {.live = true, .unreadable = {&hanging, 1, 1}};
	_cleanup_fixture_ struct fixture fixture = {tree_new(DESKTOP), facts_made()};
	const struct device *gpu;

	(void)state;
	assert_int_equal(host_real_path(tree_host(fixture.tree), fixture.facts->arena,
					DEVICES "0000:01:00.0/driver_override", &hanging.path),
			 0);
	host_set_note(tree_host(fixture.tree), &note);
	facts_collect_pci(fixture.facts, tree_host(fixture.tree));
	gpu = device_at(&fixture, "0000:01:00.0");
	assert_int_equal(gpu->has_driver, UNKNOWN);
	assert_null(gpu->driver);
	assert_false(gpu->vfio_driver);
	assert_null(gpu->driver_override);
	assert_int_equal(gpu->state, STATE_UNKNOWN);
	assert_int_equal(unread_error(&fixture, DEVICES "0000:01:00.0/driver"), -ETIMEDOUT);
	assert_int_equal(unread_error(&fixture, DEVICES "0000:01:00.0/driver_override"),
			 -ETIMEDOUT);
	assert_string_equal(device_at(&fixture, "0000:01:00.1")->driver, "snd_hda_intel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_endpoint),
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_other_functions),
		cmocka_unit_test(test_vfio_drivers),
		cmocka_unit_test(test_sriov),
		cmocka_unit_test(test_no_pci),
		cmocka_unit_test(test_names_that_are_no_addresses),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_hostile_files),
		cmocka_unit_test(test_config_sizes),
		cmocka_unit_test(test_ids_from_config),
		cmocka_unit_test(test_links_followed),
		cmocka_unit_test(test_driver_that_is_being_changed),
		cmocka_unit_test(test_driver_that_does_not_go),
		cmocka_unit_test(test_driver_that_goes),
		cmocka_unit_test(test_reset_old_kernel),
		cmocka_unit_test(test_reset_methods),
		cmocka_unit_test(test_bar_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
