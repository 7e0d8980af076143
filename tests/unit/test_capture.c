/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is captured of a tree. That verdicts agree is the matter of tests/capture.sh. */
#include "preflight/capture/capture.h"
#include "preflight/capture/note.h"
#include "preflight/capture/table.h"
#include "preflight/path_glob.h"
#include "preflight/capture/snapshot.h"
#include "tests/unit/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* A tree, and the file that its capture becomes. */
struct fixture {
	char folder[64], archive[96];
	struct tree *tree;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	(void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/vfiokit-test.XXXXXX");
	if (!mkdtemp(fixture->folder))
		return -1;
	(void)snprintf(fixture->archive, sizeof(fixture->archive), "%s/capture.tar.gz",
		       fixture->folder);
	fixture->tree = tree_new("dir sys/bus/pci/devices\n"
				 "file proc/sys/kernel/hostname\n| lab7\n");
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	tree_free(fixture->tree);
	(void)unlink(fixture->archive);
	if (rmdir(fixture->folder) < 0)
		return -1; /* something was left behind */
	free(fixture);
	return 0;
}

static struct capture_result take(struct fixture *fixture, bool redact)
{
	_cleanup_facts_ struct facts *facts = facts_collect_for_capture(tree_host(fixture->tree));
	struct capture_result result = {0};
	struct error error = {0};

	if (capture_host(tree_host(fixture->tree), facts, fixture->archive, redact, &result,
			 &error) < 0)
		fail_msg("%s", error.message);
	return result;
}

/* Captures the tree and opens the capture. */
static struct snapshot *taken(struct fixture *fixture, bool redact)
{
	struct snapshot *snapshot = NULL;
	struct error error = {0};

	(void)take(fixture, redact);
	if (snapshot_open(fixture->archive, &snapshot, &error) < 0)
		fail_msg("%s", error.message);
	return snapshot;
}

static void assert_line(const struct snapshot *snapshot, const char *path, const char *wanted)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *line;
	int r = host_read_line(snapshot_host(snapshot), arena, path, &line);

	if (r < 0)
		fail_msg("%s: %s", path, strerror(-r));
	assert_string_equal(line, wanted);
}

static void assert_link(const struct snapshot *snapshot, const char *path, const char *wanted)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *target;
	int r = host_read_link(snapshot_host(snapshot), arena, path, &target);

	if (r < 0)
		fail_msg("%s: %s", path, strerror(-r));
	assert_string_equal(target, wanted);
}

static void assert_absent(const struct snapshot *snapshot, const char *path)
{
	if (host_exists(snapshot_host(snapshot), path) != -ENOENT)
		fail_msg("%s is there", path);
}

/* -- what is taken ------------------------------------------------------------------------------------ */

static void files_and_links(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot *snapshot;
	struct stat status;

	tree_add(fixture->tree,
		 "file sys/devices/pci0000:00/0000:00:1f.2/vendor\n| 0x8086\n"
		 "file sys/devices/pci0000:00/0000:00:1f.2/vpd\n| serial\n"
		 "link sys/bus/pci/devices/0000:00:1f.2 ../../../devices/pci0000:00/0000:00:1f.2\n"
		 "link sys/devices/pci0000:00/0000:00:1f.2/driver ../../../bus/pci/drivers/ahci\n"
		 "dir sys/bus/pci/drivers/ahci\n"
		 "file usr/lib/os-release\n| ID=debian\n"
		 "link etc/os-release ../usr/lib/os-release\n"
		 "link lib usr/lib\n"
		 "file usr/lib/modprobe.d/x.conf\n| blacklist x\n"
		 "link etc/modprobe.d/off.conf /dev/null\n"
		 "link etc/modprobe.d/store.conf /nix/store/abc/store.conf\n"
		 "file nix/store/abc/store.conf\n| options vfio-pci ids=10de:1b80\n"
		 "file boot/vmlinuz-6.1.0\n| not taken\n"
		 "mode boot/vmlinuz-6.1.0 0600\n");
	snapshot = taken(fixture, true);
	assert_line(snapshot, "sys/bus/pci/devices/0000:00:1f.2/vendor", "0x8086");
	assert_line(snapshot, "sys/devices/pci0000:00/0000:00:1f.2/vendor", "0x8086");
	assert_absent(snapshot, "sys/bus/pci/devices/0000:00:1f.2/vpd");
	assert_link(snapshot, "sys/bus/pci/devices/0000:00:1f.2",
		    "../../../devices/pci0000:00/0000:00:1f.2");
	assert_int_equal(
		host_exists(snapshot_host(snapshot), "sys/bus/pci/devices/0000:00:1f.2/driver"), 0);
	assert_line(snapshot, "etc/os-release", "ID=debian");
	assert_link(snapshot, "lib", "usr/lib");
	assert_line(snapshot, "lib/modprobe.d/x.conf", "blacklist x");
	assert_link(snapshot, "etc/modprobe.d/off.conf", "/dev/null");
	assert_line(snapshot, "etc/modprobe.d/store.conf", "options vfio-pci ids=10de:1b80");
	/* That a kernel is there is taken, with its mode; reading it must not look like an empty file. */
	assert_int_equal(host_stat(snapshot_host(snapshot), "boot/vmlinuz-6.1.0", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(status.st_size, 0);
	{
		_cleanup_arena_ struct arena *arena = arena_new();
		struct bytes bytes;

		assert_int_equal(
			host_read(snapshot_host(snapshot), arena, "boot/vmlinuz-6.1.0", 0, &bytes),
			-ENODATA);
	}
	snapshot_close(snapshot);
}

static void processes(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot *snapshot;

	tree_add(fixture->tree, "file proc/1/comm\n| systemd\n"
				"file proc/1/cmdline\n| /sbin/init\n"
				"file proc/1/environ\n| SECRET=1\n"
				"link proc/1/fd/0 /dev/null\n"
				"file proc/2/comm\n| kthreadd\n"
				"file proc/700/comm\n| bash\n"
				"link proc/700/fd/0 /dev/pts/0\n"
				"file proc/812/comm\n| qemu-system-x86\n"
				"file proc/812/limits\n| Max locked memory 8 8 bytes\n"
				"file proc/812/status\n| CapEff:\t0\n"
				"link proc/812/fd/12 /dev/vfio/7\n"
				"link proc/812/fd/13 /home/alice/disk.qcow2\n"
				"link proc/900/fd/3 /dev/dri/card0\n"
				"file proc/900/comm\n| Xorg\n");
	snapshot = taken(fixture, true);
	assert_line(snapshot, "proc/1/comm", "systemd");
	assert_int_equal(host_exists(snapshot_host(snapshot), "proc/1/fd"), 0);
	assert_absent(snapshot, "proc/1/fd/0");
	assert_absent(snapshot, "proc/1/environ");
	assert_line(snapshot, "proc/2/comm", "kthreadd");
	assert_absent(snapshot, "proc/700");
	assert_link(snapshot, "proc/812/fd/12", "/dev/vfio/7");
	assert_absent(snapshot, "proc/812/fd/13");
	assert_line(snapshot, "proc/812/limits", "Max locked memory 8 8 bytes");
	assert_link(snapshot, "proc/900/fd/3", "/dev/dri/card0");
	assert_absent(snapshot, "proc/900/limits");
	snapshot_close(snapshot);
}

static void names_in_paths(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot *snapshot;

	tree_add(fixture->tree,
		 "file sys/devices/pci0000:00/0000:00:19.0/net/enxaabbccddee01/flags\n| 0x1003\n"
		 "link sys/class/net/enxaabbccddee01 "
		 "../../devices/pci0000:00/0000:00:19.0/net/enxaabbccddee01\n"
		 "link dev/mapper/lab7--vg-root ../dm-0\n"
		 "link dev/disk/by-uuid/A1B2-C3D4 ../../sda1\n"
		 "file etc/fstab\n| UUID=A1B2-C3D4 /boot/efi vfat\n"
		 "file etc/machine-id\n| 0123456789abcdef0123456789abcdef\n"
		 "file boot/loader/entries/0123456789abcdef0123456789abcdef-6.1.conf\n"
		 "| machine-id 0123456789abcdef0123456789abcdef\n");
	snapshot = taken(fixture, true);
	assert_line(snapshot, "sys/class/net/enx020000000001/flags", "0x1003");
	assert_link(snapshot, "dev/mapper/host1--vg-root", "../dm-0");
	assert_link(snapshot, "dev/disk/by-uuid/0000-0001", "../../sda1");
	assert_line(snapshot, "etc/fstab", "UUID=0000-0001 /boot/efi vfat");
	assert_line(snapshot, "proc/sys/kernel/hostname", "host1");
	/* The entry is still this machine's own. */
	assert_line(snapshot, "etc/machine-id", "00000000000040008000000000000001");
	assert_line(snapshot, "boot/loader/entries/00000000000040008000000000000001-6.1.conf",
		    "machine-id 00000000000040008000000000000001");
	assert_true(host_note(snapshot_host(snapshot))->redacted);
	snapshot_close(snapshot);
}

static void names_kept(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot *snapshot;

	tree_add(fixture->tree, "file etc/fstab\n| UUID=A1B2-C3D4 /boot/efi vfat\n"
				"file etc/machine-id\n| 0123456789abcdef0123456789abcdef\n");
	snapshot = taken(fixture, false);
	assert_line(snapshot, "etc/fstab", "UUID=A1B2-C3D4 /boot/efi vfat");
	assert_line(snapshot, "proc/sys/kernel/hostname", "lab7");
	assert_false(host_note(snapshot_host(snapshot))->redacted);
	/* Nothing else names the machine's id, so it stays on the machine. */
	assert_line(snapshot, "etc/machine-id", "00000000000040008000000000000000");
	snapshot_close(snapshot);
}

/* -- what is never taken -------------------------------------------------------------------------------- */

static void secrets_behind_links(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot *snapshot;

	tree_add(fixture->tree, "file etc/shadow\n| geheim\n"
				"file root/.ssh/id_ed25519\n| geheim\n"
				"file srv/.ssh/id\n| geheim\n"
				"link etc/modprobe.d/a.conf ../shadow\n"
				"link etc/modprobe.d/b.conf /root/.ssh/id_ed25519\n"
				"link etc/fstab /srv/.ssh/id\n"
				"link etc/default/grub.d /etc\n");
	snapshot = taken(fixture, false);
	for (size_t i = 0; i < 3; i++) {
		static const char *const paths[] = {"etc/modprobe.d/a.conf",
						    "etc/modprobe.d/b.conf", "etc/fstab"};
		_cleanup_arena_ struct arena *arena = arena_new();
		const char *line;

		assert_int_equal(host_read_line(snapshot_host(snapshot), arena, paths[i], &line),
				 -EACCES);
	}
	snapshot_close(snapshot);
}

/* No row may reach what must stay on the machine. */
static void no_row_names_a_secret(void **state)
{
	static const char *const paths[] = {
		"etc/shadow",
		"etc/gshadow",
		"etc/passwd",
		"etc/machine-id",
		"etc/ssh/ssh_host_rsa_key",
		"root/.ssh/id_rsa",
		"etc/ssl/private/x.key",
		"etc/hosts",
		"proc/1/environ",
		"etc/krb5.keytab",
		"etc/crypttab",
		"var/lib/systemd/random-seed",
		"sys/bus/pci/devices/0000:01:00.0/vpd",
		"sys/bus/pci/devices/0000:01:00.0/resource0",
		"sys/class/net/eth0/address",
		"sys/class/dmi/id/product_serial",
		"sys/class/dmi/id/product_uuid",
		"sys/class/block/sda/wwid",
		"sys/class/drm/card0-DP-1/edid",
		"etc/wireguard/wg0.conf",
	};

	(void)state;
	for (size_t i = 0; i < capture_row_count; i++)
		for (size_t j = 0; j < ARRAY_SIZE(paths); j++) {
			const struct capture_row *row = &capture_rows[i];
			const char *names = row->names;

			while (*names && !(row->flags & (CAPTURE_LEARN | CAPTURE_LINKS))) {
				int length = (int)strcspn(names, " ");
				char glob[512];

				(void)snprintf(glob, sizeof(glob), "%s%s%.*s", row->directory,
					       *row->directory ? "/" : "", length, names);
				if (path_glob_covers(glob, paths[j]))
					fail_msg("%s reaches %s", glob, paths[j]);
				names += length + (int)strspn(names + length, " ");
			}
		}
}

/* -- what cannot be read ----------------------------------------------------------------------------------- */

static void errors_are_kept(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct fixture *fixture = *state;
	bool root = geteuid() == 0;
	struct snapshot *snapshot;
	const char *line;

	tree_add(fixture->tree, "file sys/firmware/acpi/tables/DMAR\n| x\n"
				"mode sys/firmware/acpi/tables/DMAR 0000\n"
				"file etc/modprobe.d/x.conf\n| x\n"
				"mode etc/modprobe.d 0000\n");
	/* Root reads everything. */
	assert_int_equal(chmod(tree_path(fixture->tree), 0755), 0);
	assert_int_equal(chmod(fixture->folder, 0777), 0);
	if (root && seteuid(65534) < 0)
		skip();
	snapshot = taken(fixture, true);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(host_read_line(snapshot_host(snapshot), arena,
					"sys/firmware/acpi/tables/DMAR", &line),
			 -EACCES);
	assert_int_equal(
		host_read_line(snapshot_host(snapshot), arena, "etc/modprobe.d/x.conf", &line),
		-EACCES);
	snapshot_close(snapshot);
}

/* Loops, FIFOs, directories in place of files, deep trees: of a tree that somebody made. */
static void hostile_trees(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot *snapshot;
	char link[512] = "";

	tree_add(fixture->tree, "link etc/modprobe.d/loop.conf loop.conf\n"
				"link etc/modprobe.d/one.conf two.conf\n"
				"link etc/modprobe.d/two.conf one.conf\n"
				"link etc/modules-load.d .\n"
				"link etc/dracut.conf.d ../etc/dracut.conf.d/x\n"
				"fifo etc/fstab\n"
				"dir proc/cmdline\n"
				"link sys/class/net/self .\n"
				"link sys/class/block/x ../../../../../../../../../..\n"
				"link sys/class/drm/card0 /sys/class/drm\n"
				"link boot/a /boot\n"
				"link proc/self/mountinfo /proc/self/mountinfo\n");
	for (unsigned i = 0; i < 60; i++) {
		(void)snprintf(link, sizeof(link), "link etc/driverctl.d/%u %u\n", i, i + 1);
		tree_add(fixture->tree, link);
	}
	tree_add(fixture->tree, "file etc/driverctl.d/60\n| end\n");
	snapshot = taken(fixture, true);
	assert_line(snapshot, "etc/driverctl.d/60", "end");
	assert_link(snapshot, "etc/modprobe.d/loop.conf", "loop.conf");
	/* To the kernel, the root's parent is the root. */
	assert_link(snapshot, "sys/class/block/x", "/");
	snapshot_close(snapshot);
}

/* -- the file ------------------------------------------------------------------------------------------------ */

static int write_as(struct fixture *fixture, const char *path, struct error *error)
{
	_cleanup_facts_ struct facts *facts = facts_collect_for_capture(tree_host(fixture->tree));
	struct capture_result result;

	return capture_host(tree_host(fixture->tree), facts, path, true, &result, error);
}

static void one_private_file(void **state)
{
	struct fixture *fixture = *state;
	struct capture_result first = take(fixture, true), second;
	struct stat status, before;

	assert_int_equal(stat(fixture->archive, &before), 0);
	assert_int_equal(before.st_mode & 07777, 0600);
	assert_int_equal(before.st_size, first.size);
	assert_true(first.files > 3);
	/* A second capture takes the place of the first at once. */
	assert_int_equal(chmod(fixture->archive, 0644), 0);
	second = take(fixture, true);
	assert_int_equal(first.files, second.files);
	assert_int_equal(stat(fixture->archive, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_not_equal(status.st_ino, before.st_ino);
}

static void names_tell_the_format(void **state)
{
	static const struct {
		const char *name;
		int filter;
	} rows[] = {
		{"a.tar", ARCHIVE_FILTER_NONE},    {"a.tar.gz", ARCHIVE_FILTER_GZIP},
		{"a.tgz", ARCHIVE_FILTER_GZIP},    {"a.tar.zst", ARCHIVE_FILTER_ZSTD},
		{"a.b.tzst", ARCHIVE_FILTER_ZSTD},
	};
	static const char *const wrong[] = {"a", "a.zip", ".tar", "a.tar.xz", "a.tar/b", "tar"};
	struct fixture *fixture = *state;
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct archive *archive = archive_read_new();
		struct archive_entry *entry;
		struct error error = {0};

		(void)snprintf(path, sizeof(path), "%s/%s", fixture->folder, rows[i].name);
		assert_int_equal(write_as(fixture, path, &error), 0);
		archive_read_support_filter_all(archive);
		archive_read_support_format_tar(archive);
		assert_int_equal(archive_read_open_filename(archive, path, 4096), ARCHIVE_OK);
		assert_int_equal(archive_read_next_header(archive, &entry), ARCHIVE_OK);
		assert_int_equal(archive_filter_code(archive, 0), rows[i].filter);
		assert_string_equal(archive_entry_pathname(entry), CAPTURE_NOTE_FILE);
		archive_read_free(archive);
		assert_int_equal(unlink(path), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct error error = {0};

		(void)snprintf(path, sizeof(path), "%s/%s", fixture->folder, wrong[i]);
		assert_int_equal(write_as(fixture, path, &error), -EINVAL);
		assert_non_null(strstr(error.message, "must end with"));
	}
}

static void only_files_are_replaced(void **state)
{
	struct fixture *fixture = *state;
	struct error error = {0};
	struct stat status;

	assert_int_equal(mkdir(fixture->archive, 0700), 0);
	assert_int_equal(write_as(fixture, fixture->archive, &error), -EINVAL);
	assert_int_equal(rmdir(fixture->archive), 0);
	assert_int_equal(symlink("/dev/full", fixture->archive), 0);
	assert_int_equal(write_as(fixture, fixture->archive, &error), -EINVAL);
	assert_non_null(strstr(error.message, "no regular file"));
	assert_int_equal(lstat(fixture->archive, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(write_as(fixture, "/nowhere/at/all.tar", &error), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_and_links),         TEST(processes),
		TEST(names_in_paths),          TEST(names_kept),
		TEST(secrets_behind_links),    cmocka_unit_test(no_row_names_a_secret),
		TEST(errors_are_kept),         TEST(hostile_trees),
		TEST(one_private_file),        TEST(names_tell_the_format),
		TEST(only_files_are_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
