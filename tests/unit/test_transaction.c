/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/transaction_made.h"

#include <sys/xattr.h>

static void applied_and_read_back(void **state)
{
	struct made *made = made_new();
	unsigned descriptors = open_descriptors(), id = 0;
	struct transaction transaction;
	struct stat status;
	char value[8];

	(void)state;
	if (made_apply(made, &id) != 0)
		fail_msg("%s", made->error.message);
	assert_int_equal(id, 1);
	made_assert_applied(made);
	assert_int_equal(open_descriptors(), descriptors);
	/* The file that was there keeps what it had besides its bytes; a new one has what was asked. */
	assert_int_equal(stat(made_path(made, "etc/default/grub"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	if (getxattr(made_path(made, "etc/default/grub"), "user.vfiokit", value, 8) >= 0)
		assert_memory_equal(value, "mark", 4);
	assert_int_equal(
		stat(made_path(made, "etc/initramfs-tools/scripts/init-top/vfio"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0755);
	assert_int_equal(stat(made_path(made, "var/lib/vfiokit/transactions/1"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	/* Copies of outputs are of no more use. */
	assert_int_equal(made_count(made, "var/lib/vfiokit/transactions/1/output"), 0);
	assert_string_equal(made_read(made, "var/lib/vfiokit/transactions/1/printed/5"),
			    "generating\n");

	assert_int_equal(transaction_read(&made->place, made->arena, 0, &transaction, NULL), 0);
	assert_int_equal(transaction.id, 1);
	assert_int_equal(transaction.state, TRANSACTION_APPLIED);
	assert_string_equal(transaction.command, "configure 01:00.0 --apply");
	assert_string_equal(transaction.version, VFIOKIT_VERSION);
	assert_int_equal(transaction.devices.count, 1);
	assert_string_equal(transaction.devices.items[0], "0000:01:00.0");
	assert_int_equal(transaction.runs.count, 1);
	assert_string_equal(transaction.runs.items[0].argv[1], "--all");
	assert_null(transaction.runs.items[0].argv[2]);
	assert_int_equal(transaction.files.count, 5);
	for_each (file, &transaction.files)
		assert_false(file->changed_since);
	assert_string_equal(transaction.files.items[0].path, "etc/default/grub");
	assert_string_equal(transaction.files.items[0].before.data,
			    "# how to boot\nGRUB_CMDLINE_LINUX=\"quiet\"\n");
	assert_string_equal(transaction.files.items[0].after.data,
			    transaction.files.items[0].now.data);
	assert_true(transaction.files.items[2].existed_before);
	assert_false(transaction.files.items[2].exists_after);
	assert_false(transaction.files.items[2].exists_now);
	made_free(made);
}

static void undone_byte_for_byte(void **state)
{
	struct made *made = made_new();
	unsigned descriptors = open_descriptors();

	(void)state;
	/* A generator that makes no more than it made before: what it writes is as it was, too. */
	made_program(made)->outputs = (struct strings){0};
	made_generator(made, "echo again >>var/log\n");
	made_write(made, "var/log", "");
	made->before = tree_state(made->arena, tree_path(made->tree));
	assert_int_equal(made_apply(made, NULL), 0);
	assert_string_equal(made_read(made, "var/log"), "again\n");
	assert_int_equal(transaction_undo(&made->place, 0, false, NULL, &made->error), 0);
	assert_string_equal(made_read(made, "var/log"), "again\nagain\n");
	assert_int_equal(unlink(made_path(made, "var/log")), 0);
	made->before = tree_state(made->arena, tree_path(made->tree));
	assert_int_equal(made_state(made, 1), TRANSACTION_UNDONE);
	assert_int_equal(open_descriptors(), descriptors);
	assert_int_equal(transaction_undo(&made->place, 0, false, NULL, &made->error), -ENOENT);
	assert_int_equal(transaction_undo(&made->place, 1, false, NULL, &made->error), -EINVAL);
	assert_int_equal(transaction_undo(&made->place, 7, false, NULL, &made->error), -ENOENT);
	made_assert_before(made);
	made_free(made);
}

/* Content, mode, owner, times, attributes and links: all that tree_state() shows. */
static void undone_without_programs(void **state)
{
	struct made *made = made_new();

	(void)state;
	made->place.run_programs = false;
	assert_int_equal(made_apply(made, NULL), 0);
	assert_string_equal(made_read(made, "etc/modprobe.d/vfio.conf"),
			    "options vfio-pci ids=10de:2330\n");
	assert_string_equal(made_read(made, "boot/initrd.img-1"), "an image\n");
	assert_int_equal(transaction_undo(&made->place, 1, false, NULL, &made->error), 0);
	made_assert_before(made);
	made_free(made);
}

static void several(void **state)
{
	struct made *made = made_new();
	struct transactions all;
	unsigned id;

	(void)state;
	made->place.run_programs = false;
	assert_int_equal(made_apply(made, &id), 0);
	assert_int_equal(transaction_undo(&made->place, 1, false, NULL, NULL), 0);
	made_assert_before(made);
	assert_int_equal(made_apply(made, &id), 0);
	assert_int_equal(id, 2);
	made->plan = (struct plan){.arena = made->arena};
	(void)plan_write(&made->plan, "etc/modprobe.d/vfio.conf", true,
			 (struct bytes){"options vfio-pci ids=10de:2330\n", 31},
			 (struct bytes){"# none\n", 7}, "the test");
	assert_int_equal(made_apply(made, &id), 0);
	assert_int_equal(id, 3);
	assert_int_equal(transaction_undo(&made->place, 2, false, NULL, &made->error), -EEXIST);
	assert_non_null(strstr(made->error.message, "transaction 3"));
	assert_non_null(strstr(made->error.message, "/etc/modprobe.d/vfio.conf"));
	assert_int_equal(transaction_undo(&made->place, 0, false, NULL, &made->error), 0);
	assert_int_equal(transaction_undo(&made->place, 0, false, NULL, &made->error), 0);
	made_assert_before(made);
	assert_int_equal(transaction_list(&made->place, made->arena, &all, NULL), 0);
	assert_int_equal(all.count, 3);
	for_each (transaction, &all)
		assert_int_equal(transaction->state, TRANSACTION_UNDONE);
	made_free(made);
}

static void none_yet(void **state)
{
	struct made *made = made_new();
	struct transactions all = {.count = 9};
	struct transaction one;
	unsigned id = 9;

	(void)state;
	assert_int_equal(transaction_list(&made->place, made->arena, &all, NULL), 0);
	assert_int_equal(all.count, 0);
	assert_int_equal(transaction_unfinished(&made->place, &id, NULL), 0);
	assert_int_equal(id, 0);
	assert_int_equal(transaction_read(&made->place, made->arena, 0, &one, &made->error),
			 -ENOENT);
	assert_int_equal(transaction_read(&made->place, made->arena, 4, &one, &made->error),
			 -ENOENT);
	assert_null(made_read(made, "var/lib/vfiokit/lock"));
	id = 9;
	assert_int_equal(transaction_recover(&made->place, NULL, &id, NULL), 0);
	assert_int_equal(id, 0);
	made_assert_before(made);
	made_free(made);
}

/* -- what somebody else did --------------------------------------------------------------------------- */

static void not_as_the_plan_saw_it(void **state)
{
	static const struct {
		const char *path, *text, *words;
	} changes[] = {
		{"etc/default/grub", "# mine\n", "/etc/default/grub was changed since"},
		{"etc/default/grub", NULL, "/etc/default/grub has gone since"},
		{"etc/modprobe.d/vfio.conf", "# mine\n",
		 "/etc/modprobe.d/vfio.conf has come since"},
		{"etc/modprobe.d/old.conf", "", "/etc/modprobe.d/old.conf was changed since"},
		{"etc/modprobe.d/old.conf", NULL, "/etc/modprobe.d/old.conf has gone since"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct made *made = made_new();

		if (changes[i].text)
			made_write(made, changes[i].path, changes[i].text);
		else
			assert_int_equal(unlink(made_path(made, changes[i].path)), 0);
		made->before = tree_state(made->arena, tree_path(made->tree));
		assert_int_equal(made_apply(made, NULL), -ESTALE);
		assert_non_null(strstr(made->error.message, changes[i].words));
		made_assert_before(made);
		assert_int_equal(made_count(made, "var/lib/vfiokit/transactions"), 0);
		made_free(made);
	}
}

static void links_are_not_followed(void **state)
{
	struct made *made = made_new();

	(void)state;
	made->plan = (struct plan){.arena = made->arena};
	(void)plan_write(&made->plan, "etc/grub-defaults", true, (struct bytes){"x", 1},
			 (struct bytes){"y", 1}, "the test");
	assert_int_equal(made_apply(made, NULL), -ELOOP);
	assert_non_null(strstr(made->error.message, "symbolic link"));
	made_plan(made);
	assert_int_equal(link(made_path(made, "etc/default/grub"), made_path(made, "etc/second")),
			 0);
	made->before = tree_state(made->arena, tree_path(made->tree));
	assert_int_equal(made_apply(made, NULL), -EMLINK);
	assert_non_null(strstr(made->error.message, "hard links"));
	made_assert_before(made);
	made_free(made);
}

static void plans_that_cannot_be(void **state)
{
	static const char *const paths[] = {"",     "/etc/x", "etc/../x", "etc//x",
					    "etc/", ".",      "etc/./x",  "etc/default"};
	struct made *made = made_new();
	const char *relative[] = {"update-grub", NULL};
	struct plan_step twice;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		made->plan = (struct plan){.arena = made->arena};
		(void)plan_write(&made->plan, paths[i], false, (struct bytes){0},
				 (struct bytes){"x", 1}, "the test");
		assert_int_equal(made_apply(made, NULL), -EINVAL);
	}
	made->plan = (struct plan){.arena = made->arena};
	assert_int_equal(made_apply(made, NULL), -EINVAL);
	(void)plan_run(&made->plan, PLAN_RUN_LOADER, relative, "the test");
	assert_int_equal(made_apply(made, NULL), -EINVAL);
	made_plan(made);
	twice = made->plan.steps.items[0];
	*ARRAY_ADD(made->arena, &made->plan.steps) = twice;
	assert_int_equal(made_apply(made, NULL), -EINVAL);
	made_plan(made);
	plan_refuse(&made->plan, "device.in-use-storage", "0000:01:00.0", "it holds /");
	assert_int_equal(made_apply(made, NULL), -EPERM);
	assert_non_null(strstr(made->error.message, "it holds /"));
	made->plan.refusals.items[0].accepted = true;
	made_assert_before(made);
	assert_int_equal(made_apply(made, NULL), 0);
	made_free(made);
}

static void changed_since(void **state)
{
	struct made *made = made_new();
	struct transaction transaction;

	(void)state;
	made->place.run_programs = false;
	assert_int_equal(made_apply(made, NULL), 0);
	made_write(made, "etc/modprobe.d/vfio.conf", "# mine\n");
	assert_int_equal(transaction_undo(&made->place, 1, false, NULL, &made->error), -ESTALE);
	assert_non_null(strstr(made->error.message, "/etc/modprobe.d/vfio.conf was changed"));
	assert_string_equal(made_read(made, "etc/modprobe.d/vfio.conf"), "# mine\n");
	assert_null(made_read(made, "etc/modprobe.d/old.conf"));
	assert_int_equal(made_state(made, 1), TRANSACTION_APPLIED);
	assert_int_equal(transaction_read(&made->place, made->arena, 1, &transaction, NULL), 0);
	assert_true(transaction.files.items[3].changed_since);
	assert_string_equal(transaction.files.items[3].now.data, "# mine\n");
	assert_int_equal(transaction_undo(&made->place, 1, true, NULL, &made->error), 0);
	made_assert_before(made);
	assert_string_equal(made_read(made, "var/lib/vfiokit/transactions/1/found/3"), "# mine\n");
	made_free(made);
}

static void a_link_in_place_of_the_file(void **state)
{
	struct made *made = made_new();

	(void)state;
	made->place.run_programs = false;
	assert_int_equal(made_apply(made, NULL), 0);
	assert_int_equal(unlink(made_path(made, "etc/default/grub")), 0);
	assert_int_equal(symlink("../passwd", made_path(made, "etc/default/grub")), 0);
	made_write(made, "etc/passwd", "root\n");
	assert_int_equal(transaction_undo(&made->place, 1, false, NULL, &made->error), -ESTALE);
	assert_int_equal(transaction_undo(&made->place, 1, true, NULL, &made->error), 0);
	assert_string_equal(made_read(made, "etc/passwd"), "root\n");
	assert_int_equal(unlink(made_path(made, "etc/passwd")), 0);
	made_assert_before(made);
	assert_string_equal(made_read(made, "var/lib/vfiokit/transactions/1/found/0"), "../passwd");
	made_free(made);
}

/* The folder was made for the transaction, but somebody uses it now. */
static void folders_in_use_stay(void **state)
{
	struct made *made = made_new();

	(void)state;
	made->place.run_programs = false;
	assert_int_equal(made_apply(made, NULL), 0);
	made_write(made, "etc/initramfs-tools/scripts/mine", "x");
	assert_int_equal(transaction_undo(&made->place, 1, false, NULL, &made->error), 0);
	assert_string_equal(made_read(made, "etc/initramfs-tools/scripts/mine"), "x");
	assert_int_not_equal(access(made_path(made, "etc/initramfs-tools/scripts/init-top"), F_OK),
			     0);
	made_free(made);
}

/* A folder that was there has gone: the file comes back with it. */
static void folders_that_went_come_back(void **state)
{
	struct made *made = made_new();

	(void)state;
	made->place.run_programs = false;
	assert_int_equal(made_apply(made, NULL), 0);
	assert_int_equal(unlink(made_path(made, "etc/modprobe.d/vfio.conf")), 0);
	assert_int_equal(rmdir(made_path(made, "etc/modprobe.d")), 0);
	assert_int_equal(transaction_undo(&made->place, 1, false, NULL, &made->error), 0);
	made_assert_before(made);
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(applied_and_read_back),
		cmocka_unit_test(undone_byte_for_byte),
		cmocka_unit_test(undone_without_programs),
		cmocka_unit_test(several),
		cmocka_unit_test(none_yet),
		cmocka_unit_test(not_as_the_plan_saw_it),
		cmocka_unit_test(links_are_not_followed),
		cmocka_unit_test(plans_that_cannot_be),
		cmocka_unit_test(changed_since),
		cmocka_unit_test(a_link_in_place_of_the_file),
		cmocka_unit_test(folders_in_use_stay),
		cmocka_unit_test(folders_that_went_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
