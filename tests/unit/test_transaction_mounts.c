/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real file systems that are full, read-only, or without owners and modes. Needs root. */
#include "tests/unit/run_tool.h"
#include "tests/unit/transaction_made.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

/* Whether this process may mount, in a namespace of its own that nobody else sees. */
static bool may_mount(void)
{
	static int answer = -1;

	if (answer < 0)
		answer = unshare(CLONE_NEWNS) == 0 &&
			 mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0;
	return answer;
}

static void skip_unless_root(void)
{
	if (may_mount())
		return;
	print_message("# skipped: only root may mount\n");
	skip();
}

/* A folder of the tree becomes a file system of its own; what was in it is copied. */
static void mount_small(struct made *made, const char *folder, const char *options)
{
	const char *path = made_path(made, folder), *aside = made_path(made, "aside");
	const char *out[] = {"cp", "-a", path, aside, NULL};
	const char *in[] = {"cp", "-a", arena_printf(made->arena, "%s/.", aside), path, NULL};
	const char *away[] = {"rm", "-rf", aside, NULL};

	assert_int_equal(run_tool(out), 0);
	assert_int_equal(mount("none", path, "tmpfs", 0, options), 0);
	assert_int_equal(run_tool(in), 0);
	assert_int_equal(run_tool(away), 0);
	made->before = tree_state(made->arena, tree_path(made->tree));
}

static void unmount(struct made *made, const char *folder)
{
	assert_int_equal(umount2(made_path(made, folder), MNT_DETACH), 0);
}

static void fill(struct made *made, const char *path, size_t leave)
{
	int fd = open(made_path(made, path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	static const char zeros[4096];
	struct statvfs status;

	assert_true(fd >= 0);
	do {
		assert_int_equal(write(fd, zeros, sizeof(zeros)), sizeof(zeros));
		assert_int_equal(fstatvfs(fd, &status), 0);
	} while (status.f_bavail * status.f_frsize > leave);
	close(fd);
	made->before = tree_state(made->arena, tree_path(made->tree));
}

static void no_room_found_before(void **state)
{
	static const char *const folders[] = {"boot", "etc", "var/lib"};

	(void)state;
	skip_unless_root();
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct made *made = made_new();

		mount_small(made, folders[i], "size=1M");
		fill(made, arena_printf(made->arena, "%s/fill", folders[i]), 4096);
		assert_int_equal(made_apply(made, NULL), -ENOSPC);
		assert_non_null(
			strstr(made->error.message,
			       arena_printf(made->arena, "no room on the file system of /%s",
					    folders[i])));
		made_assert_before(made);
		/* Not even a journal was begun. */
		assert_int_equal(made_count(made, "var/lib/vfiokit/transactions"), 0);
		unmount(made, folders[i]);
		made_free(made);
	}
}

static void no_more_files(void **state)
{
	struct made *made = made_new();

	(void)state;
	if (!may_mount())
		made_free(made);
	skip_unless_root();
	mount_small(made, "etc/modprobe.d", "size=1M,nr_inodes=2");
	assert_int_equal(made_apply(made, NULL), -ENOSPC);
	assert_non_null(strstr(made->error.message, "no room for more files"));
	made_assert_before(made);
	unmount(made, "etc/modprobe.d");
	made_free(made);
}

/* The generator takes what there is, and fails; then all is put back, on the full file system. */
static void no_room_on_the_way(void **state)
{
	static const char *const scripts[] = {
		"cat /dev/zero >boot/initrd.img-2\n",
		"cat /dev/zero >boot/grub/grub.cfg\n",
		"cat /dev/zero >boot/initrd.img-1 || :; cat /dev/zero >boot/initrd.img-2\n",
	};

	(void)state;
	skip_unless_root();
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct made *made = made_new();

		made_generator(made, scripts[i]);
		mount_small(made, "boot", "size=1M");
		assert_int_equal(made_apply(made, NULL), -EREMOTEIO);
		assert_non_null(strstr(made->error.message, "No space left on device"));
		made_assert_before(made);
		assert_int_equal(made_state(made, 1), TRANSACTION_FAILED);
		unmount(made, "boot");
		made_free(made);
	}
}

/* It fills the disk with what is nobody's output: named, kept unfinished, put back once there is room. */
static void no_room_to_put_back(void **state)
{
	struct made *made = made_new();
	unsigned id;

	(void)state;
	if (!may_mount())
		made_free(made);
	skip_unless_root();
	made_generator(made, "rm boot/initrd.img-1; cat /dev/zero >boot/core\n");
	mount_small(made, "boot", "size=1M");
	assert_int_equal(made_apply(made, NULL), -ENOTRECOVERABLE);
	assert_non_null(strstr(made->error.message, "/boot/initrd.img-1 (No space left on device"));
	assert_int_equal(transaction_unfinished(&made->place, &id, NULL), 0);
	assert_int_equal(id, 1);
	assert_int_equal(unlink(made_path(made, "boot/core")), 0);
	assert_int_equal(transaction_recover(&made->place, NULL, &id, &made->error), 0);
	made_assert_before(made);
	unmount(made, "boot");
	made_free(made);
}

static void read_only(void **state)
{
	static const char *const folders[] = {"boot", "etc", "var/lib"};

	(void)state;
	skip_unless_root();
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct made *made = made_new();

		mount_small(made, folders[i], "size=1M");
		assert_int_equal(mount("none", made_path(made, folders[i]), "none",
				       MS_REMOUNT | MS_RDONLY, NULL),
				 0);
		assert_int_equal(made_apply(made, NULL), -EROFS);
		assert_non_null(
			strstr(made->error.message, i == 2 ? "Read-only" : "is mounted read-only"));
		made_assert_before(made);
		unmount(made, folders[i]);
		made_free(made);
	}
}

/* A journal elsewhere than the files, and files on several file systems. */
static void several_file_systems(void **state)
{
	struct made *made = made_new();

	(void)state;
	if (!may_mount())
		made_free(made);
	skip_unless_root();
	mount_small(made, "boot", "size=1M");
	mount_small(made, "etc/modprobe.d", "size=1M");
	mount_small(made, "var/lib", "size=4M");
	assert_int_equal(made_apply(made, NULL), 0);
	made_assert_applied(made);
	made->place.run_programs = false;
	assert_int_equal(transaction_undo(&made->place, 0, false, NULL, &made->error), 0);
	assert_string_equal(made_read(made, "etc/modprobe.d/old.conf"), "blacklist nouveau\n");
	unmount(made, "boot");
	unmount(made, "etc/modprobe.d");
	unmount(made, "var/lib");
	made_free(made);
}

/* The ESP itself: no owners, no modes, times in steps of two seconds. */
static void vfat(void **state)
{
	struct made *made = made_new();
	const char *image = made_path(made, "var/lib/image"),
		   *boot = made_path(made, "boot/loader");
	const char *make[] = {"mkfs.vfat", "-C", image, "2048", NULL};
	const char *mount_it[] = {"mount", "-o", "loop", image, boot, NULL};
	bool mounted;

	(void)state;
	if (!may_mount())
		made_free(made);
	skip_unless_root();
	mounted = run_tool(make) == 0 && run_tool(mount_it) == 0;
	if (!mounted) {
		made_free(made);
		print_message(
			"# skipped: no mkfs.vfat, or a kernel without vfat or loop devices\n");
		skip();
	}
	tree_add(made->tree, "file boot/loader/entries/host.conf\n| options root=/dev/sda1\n");
	made->before = tree_state(made->arena, tree_path(made->tree));
	made_plan(made);
	/* Found out without being told. */
	made->plan.steps.items[1].on_esp = false;
	assert_int_equal(made_apply(made, NULL), 0);
	made_assert_applied(made);
	assert_int_equal(made_count(made, "boot/loader/entries"), 1);
	made->place.run_programs = false;
	assert_int_equal(transaction_undo(&made->place, 0, false, NULL, &made->error), 0);
	assert_string_equal(made_read(made, "boot/loader/entries/host.conf"),
			    "options root=/dev/sda1\n");
	assert_int_equal(made_count(made, "boot/loader/entries"), 1);
	unmount(made, "boot/loader");
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_room_found_before),
		cmocka_unit_test(no_more_files),
		cmocka_unit_test(no_room_on_the_way),
		cmocka_unit_test(no_room_to_put_back),
		cmocka_unit_test(read_only),
		cmocka_unit_test(several_file_systems),
		cmocka_unit_test(vfat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
