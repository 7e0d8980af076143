/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts_made.h"
#include "tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { VGA = 0x030000, THREE_D = 0x030200, AUDIO = 0x040300, NVME = 0x010802, NETWORK = 0x020000 };

struct fixture {
	struct tree *tree;
	struct facts *facts;
};

static struct fixture fixture_new(const char *recipe)
{
	return (struct fixture){tree_new(recipe), facts_made()};
}

static void fixture_free(struct fixture *fixture)
{
	facts_free(fixture->facts);
	tree_free(fixture->tree);
}
#define _cleanup_fixture_ _cleanup_(fixture_free)

static void collect(struct fixture *fixture)
{
	facts_collect_processes(fixture->facts, tree_host(fixture->tree));
}

static void add_to_group(struct facts *facts, int id, struct device *device)
{
	struct group *group = NULL;

	for_each (known, &facts->groups)
		if (known->id == id)
			group = known;
	if (!group)
		group = ARRAY_ADD(facts->arena, &facts->groups);
	group->id = id;
	*ARRAY_ADD(facts->arena, &group->devices) = device;
}

static void assert_process_use(const struct device *device, size_t nth, const char *what)
{
	const struct use *use = facts_made_use(device, USE_PROCESS, nth);

	assert_non_null(use);
	if (!use)
		return;
	assert_string_equal(use->what, what);
	assert_false(use->critical);
}

/* -- who has what open --------------------------------------------------------------------------- */

static void an_open_group_is_assigned(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("file proc/812/comm\n"
			    "| qemu-system-x86\n"
			    "file proc/812/limits\n"
			    "dir proc/812/fd\n"
			    "link proc/812/fd/3 /dev/vfio/vfio\n"
			    "link proc/812/fd/30 /dev/vfio/17\n"
			    "link proc/812/fd/31 anon_inode:[vfio-device]\n");
	struct device *gpu = facts_made_device(f.facts, "0000:01:00.0", VGA, "vfio-pci");
	struct device *audio = facts_made_device(f.facts, "0000:01:00.1", AUDIO, "vfio-pci");
	struct device *port = facts_made_device(f.facts, "0000:02:00.0", 0x060400, "pcieport");
	struct device *other = facts_made_device(f.facts, "0000:03:00.0", VGA, "vfio-pci");

	(void)state;
	add_to_group(f.facts, 17, gpu);
	add_to_group(f.facts, 17, audio);
	add_to_group(f.facts, 17, port);
	add_to_group(f.facts, 18, other);
	collect(&f);
	assert_int_equal(gpu->state, STATE_ASSIGNED);
	assert_int_equal(gpu->assigned_pid, 812);
	assert_string_equal(gpu->assigned_name, "qemu-system-x86");
	assert_int_equal(audio->state, STATE_ASSIGNED);
	assert_int_equal(port->state, STATE_HOST);
	assert_int_equal(other->state, STATE_DETACHED);
	assert_null(facts_made_use(gpu, USE_PROCESS, 0));
	assert_int_equal(f.facts->usage.known[USE_PROCESS], YES);
}

static void an_open_device_node_is_assigned(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("file proc/900/comm\n"
			    "| cloud-hyperviso\n"
			    "link proc/900/fd/9 /dev/vfio/devices/vfio2\n"
			    "dir sys/bus/pci/devices/0000:01:00.0/vfio-dev/vfio1\n"
			    "dir sys/bus/pci/devices/0000:02:00.0/vfio-dev/vfio2\n");
	struct device *first = facts_made_device(f.facts, "0000:01:00.0", NVME, "vfio-pci");
	struct device *second = facts_made_device(f.facts, "0000:02:00.0", NVME, "vfio-pci");

	(void)state;
	collect(&f);
	assert_int_equal(first->state, STATE_DETACHED);
	assert_int_equal(second->state, STATE_ASSIGNED);
	assert_int_equal(second->assigned_pid, 900);
}

static void a_removed_node_is_open_all_the_same(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir proc/900/fd\n");
	struct device *device = facts_made_device(f.facts, "0000:01:00.0", NVME, "vfio-pci");
	char path[256];

	(void)state;
	/* A recipe has no way to write a blank in a link. */
	(void)snprintf(path, sizeof(path), "%s/proc/900/fd/10", tree_path(f.tree));
	assert_int_equal(symlink("/dev/vfio/4 (deleted)", path), 0);
	add_to_group(f.facts, 4, device);
	collect(&f);
	assert_int_equal(device->state, STATE_ASSIGNED);
}

static void graphics_nodes_name_their_function(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(
		"link sys/class/drm/card0 ../../devices/pci0000:00/0000:00:02.0/drm/card0\n"
		"link sys/class/drm/card1 "
		"../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/drm/card1\n"
		"link sys/class/drm/renderD129 "
		"../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/drm/renderD129\n"
		"link sys/class/sound/pcmC1D3p "
		"../../devices/pci0000:00/0000:00:01.0/0000:01:00.1/sound/card1/pcmC1D3p\n"
		"file proc/901/comm\n"
		"| Xorg\n"
		"link proc/901/fd/11 /dev/dri/card1\n"
		"link proc/901/fd/12 /dev/dri/card1\n"
		"link proc/901/fd/13 /dev/dri/renderD129\n"
		"link proc/901/fd/14 /dev/null\n"
		"link proc/901/fd/15 socket:[4242]\n"
		"file proc/77/comm\n"
		"| pipewire\n"
		"link proc/77/fd/5 /dev/snd/pcmC1D3p\n"
		"link proc/77/fd/6 /dev/dri/card1\n");
	struct device *graphics = facts_made_device(f.facts, "0000:00:02.0", VGA, "i915");
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, "amdgpu");
	struct device *audio = facts_made_device(f.facts, "0000:01:00.1", AUDIO, "snd_hda_intel");
	const struct use *use;

	(void)state;
	collect(&f);
	assert_null(facts_made_use(graphics, USE_PROCESS, 0));
	assert_process_use(card, 0, "pipewire (77) has /dev/dri/card1 open");
	assert_process_use(card, 1, "Xorg (901) has /dev/dri/card1, /dev/dri/renderD129 open");
	assert_null(facts_made_use(card, USE_PROCESS, 2));
	assert_process_use(audio, 0, "pipewire (77) has /dev/snd/pcmC1D3p open");
	use = facts_made_use(audio, USE_PROCESS, 0);
	assert_string_equal(use ? use->origin.source : NULL, "/proc/77/fd/5");
	assert_string_equal(use ? use->origin.text : NULL, "/dev/snd/pcmC1D3p");
	assert_int_equal(card->state, STATE_HOST);
}

static void nvidia_nodes_go_by_the_drivers_minor(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("file proc/driver/nvidia/gpus/0000:41:00.0/information\n"
			    "| Device Minor: \t 1\n"
			    "file proc/driver/nvidia/gpus/0000:81:00.0/information\n"
			    "| Device Minor: \t 0\n"
			    "file proc/500/comm\n"
			    "| nvidia-persiste\n"
			    "link proc/500/fd/3 /dev/nvidiactl\n"
			    "link proc/500/fd/4 /dev/nvidia0\n");
	struct device *first = facts_made_device(f.facts, "0000:41:00.0", THREE_D, "nvidia");
	struct device *second = facts_made_device(f.facts, "0000:81:00.0", THREE_D, "nvidia");

	(void)state;
	collect(&f);
	/* nvidiactl says nothing while there are two. */
	assert_null(facts_made_use(first, USE_PROCESS, 0));
	assert_process_use(second, 0, "nvidia-persiste (500) has /dev/nvidia0 open");
}

static void control_nodes_tell_of_a_single_gpu(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("file proc/500/comm\n"
			    "| ollama\n"
			    "link proc/500/fd/3 /dev/nvidia-uvm\n"
			    "link proc/500/fd/4 /dev/kfd\n"
			    "link proc/500/fd/5 /dev/nvidia-caps/1\n"
			    "link proc/500/fd/6 /dev/nvidia-nvswitch0\n");
	struct device *nvidia = facts_made_device(f.facts, "0000:41:00.0", THREE_D, "nvidia");
	struct device *amd = facts_made_device(f.facts, "0000:81:00.0", VGA, "amdgpu");

	(void)state;
	collect(&f);
	assert_process_use(nvidia, 0, "ollama (500) has /dev/nvidia-uvm open");
	assert_process_use(amd, 0, "ollama (500) has /dev/kfd open");
}

static void disks_are_told_but_not_of_udev(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(
		"link sys/class/block/sdb ../../devices/pci0000:00/0000:00:1f.2/ata1/host0/"
		"target0:0:0/0:0:0:0/block/sdb\n"
		"link sys/class/block/nvme0n1 "
		"../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1\n"
		"link sys/class/nvme-subsystem/nvme-subsys0 "
		"../../devices/virtual/nvme-subsystem/nvme-subsys0\n"
		"link sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0 "
		"../../../pci0000:00/0000:01:00.0/nvme/nvme0\n"
		"link sys/class/nvme/nvme0 ../../devices/pci0000:00/0000:01:00.0/nvme/nvme0\n"
		"file proc/600/comm\n"
		"| ceph-osd\n"
		"link proc/600/fd/20 /dev/sdb\n"
		"file proc/601/comm\n"
		"| (udev-worker)\n"
		"link proc/601/fd/4 /dev/sdb\n"
		"file proc/602/comm\n"
		"| kvm\n"
		"link proc/602/fd/4 /dev/nvme0n1\n"
		"link proc/602/fd/5 /dev/nvme0\n");
	struct device *sata = facts_made_device(f.facts, "0000:00:1f.2", 0x010601, "ahci");
	struct device *nvme = facts_made_device(f.facts, "0000:01:00.0", NVME, "nvme");

	(void)state;
	collect(&f);
	assert_process_use(sata, 0, "ceph-osd (600) has /dev/sdb open");
	assert_null(facts_made_use(sata, USE_PROCESS, 1));
	assert_process_use(nvme, 0, "kvm (602) has /dev/nvme0, /dev/nvme0n1 open");
}

static void user_space_network_drivers_are_seen(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(
		"link sys/class/infiniband_verbs/uverbs0 "
		"../../devices/pci0000:00/0000:01:00.0/infiniband_verbs/uverbs0\n"
		"link sys/class/uio/uio0 ../../devices/pci0000:00/0000:02:00.0/uio/uio0\n"
		"file proc/600/comm\n"
		"| dpdk-testpmd\n"
		"link proc/600/fd/20 /dev/infiniband/uverbs0\n"
		"link proc/600/fd/21 /dev/uio0\n");
	struct device *mellanox = facts_made_device(f.facts, "0000:01:00.0", NETWORK, "mlx5_core");
	struct device *intel = facts_made_device(f.facts, "0000:02:00.0", NETWORK, "igb_uio");

	(void)state;
	collect(&f);
	assert_process_use(mellanox, 0, "dpdk-testpmd (600) has /dev/infiniband/uverbs0 open");
	assert_process_use(intel, 0, "dpdk-testpmd (600) has /dev/uio0 open");
}

/* -- limits, memory, daemons ----------------------------------------------------------------------- */

static void memlock_of_what_starts_machines(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(
		"file proc/700/comm\n"
		"| libvirtd\n"
		"file proc/700/limits\n"
		"| Limit                     Soft Limit           Hard Limit           Units\n"
		"| Max locked memory         67108864             134217728            bytes\n"
		"file proc/700/status\n"
		"| CapEff:\t0000000001000000\n"
		"| CapBnd:\t000001ffffffffff\n"
		"file proc/701/comm\n"
		"| bash\n"
		"dir proc/701/fd\n"
		"file proc/meminfo\n"
		"| MemTotal:       65536 kB\n");
	const struct memlock_limit *limit;

	(void)state;
	collect(&f);
	assert_int_equal(f.facts->usage.memlock_known, YES);
	assert_int_equal(f.facts->usage.memlock.count, 1);
	limit = &f.facts->usage.memlock.items[0];
	assert_string_equal(limit->process, "libvirtd (700)");
	assert_int_equal(limit->soft, 67108864);
	assert_int_equal(limit->hard, 134217728);
	assert_true(limit->can_raise);
	assert_string_equal(limit->origin.source, "/proc/700/limits");
	assert_int_equal(limit->origin.line, 2);
	assert_string_equal(
		limit->origin.text,
		"Max locked memory         67108864             134217728            bytes");
	assert_int_equal(f.facts->usage.memory_total, 64 * 1024 * 1024);
	assert_int_equal(f.facts->usage.fabric_manager, NO);
}

static void unreadable_limits_are_unknown(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("file proc/700/comm\n"
							 "| virtqemud\n"
							 "dir proc/700/fd\n");

	(void)state;
	collect(&f);
	assert_int_equal(f.facts->usage.memlock_known, UNKNOWN);
	assert_int_equal(f.facts->usage.memlock.count, 0);
	assert_int_equal(f.facts->usage.known[USE_PROCESS], YES);
}

static void the_fabric_manager_is_seen(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("file proc/1234/comm\n"
							 "| nv-fabricmanage\n"
							 "dir proc/1234/fd\n");

	(void)state;
	collect(&f);
	assert_int_equal(f.facts->usage.fabric_manager, YES);
}

static void the_vfio_node_has_a_mode(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("file dev/vfio/vfio\n"
							 "mode dev/vfio/vfio 0660\n");
	_cleanup_fixture_ struct fixture without = fixture_new("dir dev\n");

	(void)state;
	collect(&f);
	collect(&without);
	assert_int_equal(f.facts->usage.vfio_node_mode, 0660);
	assert_int_equal(without.facts->usage.vfio_node_mode, -1);
}

/* -- what cannot be known ---------------------------------------------------------------------------- */

static void a_tree_without_processes_tells_nothing(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("file proc/cmdline\n| quiet\n");

	(void)state;
	collect(&f);
	assert_int_equal(f.facts->usage.known[USE_PROCESS], UNKNOWN);
	assert_string_equal(f.facts->usage.why_unknown[USE_PROCESS].path, "/proc/PID/fd");
	assert_int_equal(f.facts->usage.why_unknown[USE_PROCESS].error, -ENOENT);
	assert_int_equal(f.facts->usage.fabric_manager, UNKNOWN);
	assert_int_equal(f.facts->usage.memlock_known, UNKNOWN);
	assert_int_equal(facts_unread_error(f.facts, "proc/meminfo"), -ENOENT);
	assert_int_equal(f.facts->usage.memory_total, 0);
}

static void processes_without_descriptors_tell_nothing_of_nodes(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("file proc/1/comm\n| systemd\n");

	(void)state;
	collect(&f);
	assert_int_equal(f.facts->usage.known[USE_PROCESS], UNKNOWN);
	assert_int_equal(f.facts->usage.fabric_manager, NO);
}

static void a_descriptor_directory_of_another_kind_is_an_error(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir proc/1/fd\n"
							 "file proc/2/fd\n");

	(void)state;
	collect(&f);
	assert_int_equal(f.facts->usage.known[USE_PROCESS], UNKNOWN);
	assert_int_equal(f.facts->usage.why_unknown[USE_PROCESS].error, -ENOTDIR);
}

static void names_cannot_steer_a_terminal(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(
		"link sys/class/drm/card0 ../../devices/pci0000:00/0000:00:02.0/drm/card0\n"
		"hex proc/5/comm\n"
		"| 1b 5b 32 4a 07 61 0a\n"
		"link proc/5/fd/3 /dev/dri/card0\n"
		"hex proc/6/cmdline\n"
		"| 2f 75 73 72 2f 62 69 6e 2f 77 65 73 74 6f 6e 00 2d 2d 00\n"
		"link proc/6/fd/3 /dev/dri/card0\n"
		"link proc/7/fd/3 /dev/dri/card0\n");
	struct device *card = facts_made_device(f.facts, "0000:00:02.0", VGA, "i915");

	(void)state;
	collect(&f);
	assert_process_use(card, 0, "?[2J?a (5) has /dev/dri/card0 open");
	assert_process_use(card, 1, "weston (6) has /dev/dri/card0 open");
	assert_process_use(card, 2, "process (7) has /dev/dri/card0 open");
}

static void hostile_links_are_harmless(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("link proc/5/fd/1 /dev/\n"
			    "link proc/5/fd/2 /dev/dri/../../../../etc/passwd\n"
			    "link proc/5/fd/3 /dev/dri/\n"
			    "link proc/5/fd/4 /dev/vfio/99999999999999999999\n"
			    "link proc/5/fd/5 /dev/vfio/devices/vfio\n"
			    "link proc/5/fd/6 /dev/nvidia4294967296\n"
			    "link proc/5/fd/7 /dev/fb\n"
			    "link proc/5/fd/8 /dev/..\n"
			    "link proc/5/fd/9 /dev/vfio/\n"
			    "file proc/5/fd/10\n"
			    "dir proc/99999999999/fd\n"
			    "dir proc/0/fd\n"
			    "link proc/9/fd ../5/fd\n");
	struct device *device = facts_made_device(f.facts, "0000:01:00.0", VGA, "vfio-pci");
	struct device *gpu = facts_made_device(f.facts, "0000:02:00.0", VGA, "nvidia");

	(void)state;
	add_to_group(f.facts, 0, device);
	collect(&f);
	assert_int_equal(device->state, STATE_DETACHED);
	assert_int_equal(gpu->uses.count, 0);
	assert_int_equal(f.facts->usage.known[USE_PROCESS], YES);
}

static void make_link(const struct fixture *f, int pid, int descriptor, const char *target)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/proc/%d/fd/%d", tree_path(f->tree), pid, descriptor);
	assert_int_equal(symlink(target, path), 0);
}

static void too_many_nodes_are_unknown_and_not_nobody(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir proc/5/fd\n");
	struct device *device = facts_made_device(f.facts, "0000:01:00.0", VGA, "vfio-pci");

	(void)state;
	for (int i = 0; i < 300; i++) {
		char target[64];

		(void)snprintf(target, sizeof(target), "/dev/vfio/%d", i);
		make_link(&f, 5, i, target);
	}
	add_to_group(f.facts, 5, device);
	collect(&f);
	assert_int_equal(f.facts->usage.known[USE_PROCESS], UNKNOWN);
	assert_int_equal(f.facts->usage.why_unknown[USE_PROCESS].error, -E2BIG);
}

static void many_processes_are_counted(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("link sys/class/drm/renderD128 "
			    "../../devices/pci0000:00/0000:00:02.0/drm/renderD128\n");
	struct device *card = facts_made_device(f.facts, "0000:00:02.0", VGA, "i915");

	(void)state;
	for (int pid = 100; pid < 140; pid++) {
		char recipe[64];

		(void)snprintf(recipe, sizeof(recipe), "dir proc/%d/fd\n", pid);
		tree_add(f.tree, recipe);
		make_link(&f, pid, 7, "/dev/dri/renderD128");
	}
	collect(&f);
	assert_process_use(card, 0, "process (100) has /dev/dri/renderD128 open");
	assert_process_use(card, 15, "process (115) has /dev/dri/renderD128 open");
	assert_process_use(card, 16, "24 more processes");
	assert_null(facts_made_use(card, USE_PROCESS, 17));
}

/* This machine, as far as anybody may look. */
static void the_live_host_is_known_only_to_who_sees_all(void **state)
{
	_cleanup_host_ struct host *host = NULL;
	_cleanup_facts_ struct facts *facts = facts_made();
	struct error error;

	(void)state;
	assert_int_equal(host_open(NULL, &host, &error), 0);
	facts->live = true;
	facts_collect_processes(facts, host);
	assert_true(facts->usage.memory_total > 0);
	if (geteuid() != 0 && facts->usage.known[USE_PROCESS] == YES)
		fail_msg("other users' descriptors cannot have been seen");
	if (facts->usage.known[USE_PROCESS] != YES)
		assert_true(facts->usage.why_unknown[USE_PROCESS].error < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_open_group_is_assigned),
		cmocka_unit_test(an_open_device_node_is_assigned),
		cmocka_unit_test(a_removed_node_is_open_all_the_same),
		cmocka_unit_test(graphics_nodes_name_their_function),
		cmocka_unit_test(nvidia_nodes_go_by_the_drivers_minor),
		cmocka_unit_test(control_nodes_tell_of_a_single_gpu),
		cmocka_unit_test(disks_are_told_but_not_of_udev),
		cmocka_unit_test(user_space_network_drivers_are_seen),
		cmocka_unit_test(memlock_of_what_starts_machines),
		cmocka_unit_test(unreadable_limits_are_unknown),
		cmocka_unit_test(the_fabric_manager_is_seen),
		cmocka_unit_test(the_vfio_node_has_a_mode),
		cmocka_unit_test(a_tree_without_processes_tells_nothing),
		cmocka_unit_test(processes_without_descriptors_tell_nothing_of_nodes),
		cmocka_unit_test(a_descriptor_directory_of_another_kind_is_an_error),
		cmocka_unit_test(names_cannot_steer_a_terminal),
		cmocka_unit_test(hostile_links_are_harmless),
		cmocka_unit_test(too_many_nodes_are_unknown_and_not_nobody),
		cmocka_unit_test(many_processes_are_counted),
		cmocka_unit_test(the_live_host_is_known_only_to_who_sees_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
