/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/plan.h"
#include "tests/unit/host_made.h"

static struct bytes text(const char *text)
{
	return (struct bytes){.data = text, .length = strlen(text)};
}

static void writes_and_reads(void **state)
{
	struct tree *tree = tree_new("file etc/a\n| old\n");
	struct host *host = tree_host(tree);
	_cleanup_arena_ struct arena *arena = arena_new();
	struct plan plan = {.arena = arena};
	struct bytes before = text(untouched), now = text(untouched);
	bool exists = false;
	struct plan_step *step;

	(void)state;
	assert_int_equal(plan_read(&plan, host, "etc/b", &exists, &before, &now), -ENOENT);
	assert_string_equal(now.data, untouched);
	assert_int_equal(plan_read(&plan, host, "etc/a", &exists, &before, &now), 0);
	assert_true(exists);
	assert_string_equal(before.data, "old\n");
	assert_null(plan_write(&plan, "etc/a", true, before, text("old\n"), "nothing"));
	assert_int_equal(plan.steps.count, 0);

	step = plan_write(&plan, "etc/a", true, before, text("new\n"), "first");
	assert_non_null(step);
	assert_int_equal(step->kind, PLAN_WRITE);
	assert_int_equal(step->mode, 0644);
	assert_int_equal(plan_read(&plan, host, "etc/a", &exists, &before, &now), 0);
	assert_string_equal(before.data, "old\n");
	assert_string_equal(now.data, "new\n");
	/* The same again is nothing; other bytes replace them, and what the host has is kept. */
	assert_null(plan_write(&plan, "etc/a", true, before, text("new\n"), "second"));
	step = plan_write(&plan, "etc/a", true, text("new\n"), text("newer\n"), "second");
	assert_non_null(step);
	assert_int_equal(plan.steps.count, 1);
	assert_string_equal(step->before.data, "old\n");
	assert_string_equal(step->after.data, "newer\n");
	assert_string_equal(step->because, "first; second");
	/* Back to what it was: no step at all. */
	assert_null(plan_write(&plan, "etc/a", true, before, text("old\n"), "third"));
	assert_int_equal(plan.steps.count, 0);
	tree_free(tree);
}

static void new_files(void **state)
{
	struct tree *tree = tree_new("dir etc\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct plan plan = {.arena = arena};
	struct bytes before, now;
	bool exists = true;
	char bytes[] = "x\n";

	(void)state;
	/* An empty file is not the same as none; the caller's buffer is not ours. */
	assert_non_null(plan_write(&plan, "etc/empty", false, (struct bytes){0}, text(""), "a"));
	assert_non_null(plan_write(&plan, "etc/x", false, (struct bytes){0}, text(bytes), "b"));
	bytes[0] = 'y';
	assert_int_equal(plan_read(&plan, tree_host(tree), "etc/x", &exists, &before, &now), 0);
	assert_false(exists);
	assert_int_equal(before.length, 0);
	assert_string_equal(now.data, "x\n");
	assert_null(plan_remove(&plan, "etc/x", true, now, "c"));
	assert_int_equal(plan.steps.count, 1);
	assert_string_equal(plan.steps.items[0].path, "etc/empty");
	assert_null(plan_remove(&plan, "etc/none", false, (struct bytes){0}, "d"));
	tree_free(tree);
}

static void removals(void **state)
{
	struct tree *tree = tree_new("file etc/a\n| old\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct plan plan = {.arena = arena};
	struct bytes before, now;
	bool exists;
	struct plan_step *step = plan_remove(&plan, "etc/a", true, text("old\n"), "first");

	(void)state;
	assert_non_null(step);
	assert_int_equal(step->kind, PLAN_REMOVE);
	assert_int_equal(plan_read(&plan, tree_host(tree), "etc/a", &exists, &before, &now),
			 -ENOENT);
	assert_null(plan_remove(&plan, "etc/a", true, text("old\n"), "again"));
	/* To be written after all: what the host has is still known. */
	step = plan_write(&plan, "etc/a", false, (struct bytes){0}, text("new\n"), "second");
	assert_non_null(step);
	assert_int_equal(plan.steps.count, 1);
	assert_int_equal(step->kind, PLAN_WRITE);
	assert_true(step->exists);
	assert_string_equal(step->before.data, "old\n");
	step = plan_remove(&plan, "etc/a", true, text("new\n"), "third");
	assert_int_equal(step->kind, PLAN_REMOVE);
	assert_string_equal(step->before.data, "old\n");
	assert_int_equal(step->after.length, 0);
	tree_free(tree);
}

static void programs(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct plan plan = {.arena = arena};
	const char *grub[] = {"/usr/sbin/update-grub", NULL};
	const char *image[] = {"/usr/sbin/update-initramfs", "-u", "-k", "all", NULL};
	const char *one[] = {"/usr/sbin/update-initramfs", "-u", NULL};
	struct plan_step *step = plan_run(&plan, PLAN_RUN_LOADER, grub, "first");

	(void)state;
	strings_add(arena, &step->outputs, "boot/grub/grub.cfg");
	assert_int_equal(step->time_limit, 600);
	(void)plan_run(&plan, PLAN_RUN_INITRAMFS, image, "images");
	(void)plan_run(&plan, PLAN_RUN_INITRAMFS, one, "image");
	step = plan_run(&plan, PLAN_RUN_LOADER, grub, "again");
	assert_int_equal(plan.steps.count, 3);
	assert_ptr_equal(step, &plan.steps.items[2]);
	assert_string_equal(step->because, "again");
	assert_int_equal(step->outputs.count, 1);
	assert_string_equal(plan.steps.items[0].argv[3], "all");
	assert_null(plan.steps.items[0].argv[4]);
	assert_null(plan.steps.items[1].argv[2]);
}

static void words(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct plan plan = {.arena = arena};
	const struct origin origin = {.source = "/etc/default/grub", .line = 6};

	(void)state;
	plan_add_present(&plan, "intel_iommu=on", &origin);
	plan_add_present(&plan, "nothing known", NULL);
	assert_int_equal(plan.present.items[0].origin.line, 6);
	assert_null(plan.present.items[1].origin.source);
	plan_note(&plan, "%s is %d", "one", 1);
	plan_note(&plan, "one is 1");
	assert_int_equal(plan.notes.count, 1);
	assert_string_equal(plan.notes.items[0], "one is 1");
	assert_false(plan_is_refused(&plan));
	plan_refuse(&plan, "device.in-use-storage", "0000:01:00.0", "it holds %s", "/");
	plan_refuse(&plan, NULL, NULL, "the host cannot");
	assert_true(plan_is_refused(&plan));
	plan.refusals.items[0].accepted = true;
	assert_true(plan_is_refused(&plan));
	plan.refusals.items[1].accepted = true;
	assert_false(plan_is_refused(&plan));
	assert_string_equal(plan.refusals.items[0].text, "it holds /");
	assert_null(plan.refusals.items[1].check_id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_and_reads),
		cmocka_unit_test(new_files),
		cmocka_unit_test(removals),
		cmocka_unit_test(programs),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
