/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs and proofs that fail, and what happens to what they wrote. */
#include "tests/unit/transaction_made.h"

struct seen {
	struct made *made;
	unsigned begun, done, back_begun, back_done, lines, notes;
	char note[512];
	int proof;
	bool cancel;
};

static void see_step(void *context, const struct plan_step *step, bool undoing, bool done)
{
	struct seen *seen = context;

	assert_non_null(step->because);
	if (undoing)
		(*(done ? &seen->back_done : &seen->back_begun))++;
	else
		(*(done ? &seen->done : &seen->begun))++;
}

static void see_line(void *context, const char *line)
{
	struct seen *seen = context;

	(void)line;
	seen->lines++;
}

static void see_note(void *context, const char *text)
{
	struct seen *seen = context;

	seen->notes++;
	(void)snprintf(seen->note, sizeof(seen->note), "%s", text);
}

/* By then everything is in place. */
static int prove(void *context, struct error *error)
{
	struct seen *seen = context;

	made_assert_applied(seen->made);
	if (seen->proof == 1)
		return 1;
	return seen->proof ? error_set(error, seen->proof, "vfio-pci is not in the image") : 0;
}

static bool is_cancelled(void *context)
{
	return ((struct seen *)context)->cancel;
}

static struct transaction_watch watch_of(struct seen *seen)
{
	return (struct transaction_watch){
		.context = seen,
		.step = see_step,
		.line = see_line,
		.note = see_note,
		.prove = prove,
		.cancelled = is_cancelled,
	};
}

static int apply_watched(struct made *made, struct seen *seen)
{
	const struct transaction_watch watch = watch_of(seen);
	unsigned id;

	seen->made = made;
	return transaction_apply(&made->place, &made->plan, NULL, &watch, &id, &made->error);
}

static void what_is_seen(void **state)
{
	struct made *made = made_new();
	struct seen seen = {0};
	const struct transaction_watch watch = watch_of(&seen);

	(void)state;
	assert_int_equal(apply_watched(made, &seen), 0);
	assert_int_equal(seen.begun, 6);
	assert_int_equal(seen.done, 6);
	assert_int_equal(seen.lines, 1);
	assert_int_equal(seen.back_begun, 0);
	assert_int_equal(transaction_undo(&made->place, 1, false, &watch, &made->error), 0);
	assert_int_equal(seen.back_begun, 6);
	assert_int_equal(seen.back_done, 6);
	assert_int_equal(seen.notes, 0);
	made_free(made);
}

static void a_proof_that_fails(void **state)
{
	static const int proofs[] = {-ENODATA, 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(proofs); i++) {
		struct made *made = made_new();
		struct seen seen = {.proof = proofs[i]};
		struct transactions all;
		unsigned descriptors = open_descriptors();

		assert_int_equal(apply_watched(made, &seen), i ? -EREMOTEIO : -ENODATA);
		assert_string_equal(made->error.message,
				    i ? "the proof failed" : "vfio-pci is not in the image");
		/* Outputs of the program are back, too, and the one that was not there has gone. */
		made_assert_before(made);
		assert_int_equal(open_descriptors(), descriptors);
		assert_int_equal(seen.back_done, 5);
		assert_int_equal(transaction_list(&made->place, made->arena, &all, NULL), 0);
		assert_int_equal(all.count, 1);
		assert_int_equal(all.items[0].state, TRANSACTION_FAILED);
		assert_string_equal(all.items[0].why, made->error.message);
		assert_int_equal(made_count(made, "var/lib/vfiokit/transactions/1/output"), 0);
		assert_int_equal(transaction_undo(&made->place, 0, false, NULL, NULL), -ENOENT);
		made_free(made);
	}
}

static void programs_that_fail(void **state)
{
	static const struct {
		const char *script;
		int result;
		const char *words;
	} programs[] = {
		{"echo half >boot/grub/grub.cfg; echo no room >&2; exit 1\n", -EREMOTEIO,
		 "exit status 1: no room"},
		{"rm boot/grub/grub.cfg boot/initrd.img-1; kill -9 $$\n", -EREMOTEIO,
		 "killed by signal 9"},
		{"echo half >boot/initrd.img-2; chmod 000 boot/initrd.img-1; sleep 60\n",
		 -ETIMEDOUT, "did not end within 1 seconds"},
		{"rm boot/initrd.img-1; ln -s /etc/passwd boot/initrd.img-1; false\n", -EREMOTEIO,
		 "exit status 1"},
		{"yes | head -c 3000000; exit 7\n", -EREMOTEIO, "exit status 7: y"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		struct made *made = made_new();
		unsigned descriptors = open_descriptors();

		made_generator(made, programs[i].script);
		made_program(made)->time_limit = programs[i].result == -ETIMEDOUT ? 1 : 20;
		assert_int_equal(made_apply(made, NULL), programs[i].result);
		assert_non_null(strstr(made->error.message, programs[i].words));
		made_assert_before(made);
		assert_int_equal(made_state(made, 1), TRANSACTION_FAILED);
		assert_int_equal(open_descriptors(), descriptors);
		made_free(made);
	}
}

static void a_program_that_is_not_there(void **state)
{
	struct made *made = made_new();

	(void)state;
	assert_int_equal(chmod(made_path(made, "usr/sbin/generate"), 0644), 0);
	made->before = tree_state(made->arena, tree_path(made->tree));
	assert_int_equal(made_apply(made, NULL), -EACCES);
	assert_non_null(strstr(made->error.message, "could not be started: Permission denied"));
	made_assert_before(made);
	made_free(made);
}

static void cancelled_before_and_while(void **state)
{
	struct made *made = made_new();
	struct seen seen = {.cancel = true};

	(void)state;
	assert_int_equal(apply_watched(made, &seen), -ECANCELED);
	assert_int_equal(seen.begun, 0);
	made_assert_before(made);
	made_free(made);
}

static void cancel_at_line(void *context, const char *line)
{
	struct seen *seen = context;

	seen->cancel = seen->cancel || streq(line, "working");
}

static void cancelled_while_a_program_runs(void **state)
{
	struct made *made = made_new();
	struct seen seen = {.made = made};
	struct transaction_watch watch = watch_of(&seen);
	unsigned id;

	(void)state;
	watch.line = cancel_at_line;
	made_generator(made, "echo x >boot/initrd.img-1; echo working; sleep 60\n");
	assert_int_equal(
		transaction_apply(&made->place, &made->plan, NULL, &watch, &id, &made->error),
		-ECANCELED);
	made_assert_before(made);
	assert_int_equal(made_state(made, 1), TRANSACTION_FAILED);
	made_free(made);
}

static void left_out_and_said(void **state)
{
	struct made *made = made_new();
	struct seen seen = {.made = made};
	struct transaction_watch watch = watch_of(&seen);
	unsigned id;

	(void)state;
	watch.prove = NULL;
	made->place.run_programs = false;
	assert_int_equal(
		transaction_apply(&made->place, &made->plan, NULL, &watch, &id, &made->error), 0);
	assert_int_equal(seen.begun, 5);
	assert_int_equal(seen.notes, 1);
	assert_non_null(strstr(seen.note, "usr/sbin/generate was not run"));
	made_free(made);
}

/* Not all outputs are known: once the files are back it runs again, or what takes it back does. */
static void run_again_after_a_failure(void **state)
{
	struct made *made = made_new();
	struct seen seen = {.proof = -ENODATA};
	const char *undo_argv[] = {made_path(made, "usr/sbin/generate"), "--undo", NULL};

	(void)state;
	made_generator(made,
		       "cat etc/default/grub boot/loader/entries/host.conf >boot/grub/grub.cfg\n"
		       "cat etc/modprobe.d/*.conf etc/initramfs-tools/scripts/init-top/* "
		       ">boot/initrd.img-1 2>/dev/null || :\n"
		       "cp boot/initrd.img-1 boot/initrd.img-2\n"
		       "echo $1 $(cat etc/default/grub) >>var/lib/unknown\n");
	made_program(made)->run_again_to_undo = true;
	assert_int_equal(apply_watched(made, &seen), -ENODATA);
	/* The known ones are as they were, byte for byte, although it ran after they were put back. */
	made_assert_before(made);
	assert_string_equal(made_read(made, "var/lib/unknown"),
			    "--all # how to boot GRUB_CMDLINE_LINUX=\"quiet intel_iommu=on\"\n"
			    "--all # how to boot GRUB_CMDLINE_LINUX=\"quiet\"\n");
	made_program(made)->undo_argv = undo_argv;
	assert_int_equal(unlink(made_path(made, "var/lib/unknown")), 0);
	assert_int_equal(apply_watched(made, &seen), -ENODATA);
	made_assert_before(made);
	assert_string_equal(made_read(made, "var/lib/unknown"),
			    "--all # how to boot GRUB_CMDLINE_LINUX=\"quiet intel_iommu=on\"\n"
			    "--undo # how to boot GRUB_CMDLINE_LINUX=\"quiet\"\n");
	/* An undo that was asked for uses it, too. */
	seen.proof = 0;
	assert_int_equal(apply_watched(made, &seen), 0);
	assert_int_equal(transaction_undo(&made->place, 0, false, NULL, NULL), 0);
	assert_non_null(strstr(made_read(made, "var/lib/unknown"),
			       "on\"\n--undo # how to boot GRUB_CMDLINE_LINUX=\"quiet\"\n"));
	made_free(made);
}

/* It fails when it is to take back what it did: said, and the journal does not wait for it. */
static void failing_again_after_a_failure(void **state)
{
	struct made *made = made_new();

	(void)state;
	made_generator(made, "echo broken; exit 1\n");
	made_program(made)->run_again_to_undo = true;
	assert_int_equal(made_apply(made, NULL), -ENOTRECOVERABLE);
	assert_non_null(strstr(made->error.message, "exit status 1: broken; "));
	made_assert_before(made);
	assert_int_equal(made_state(made, 1), TRANSACTION_FAILED);
	made_free(made);
}

static void an_undo_whose_program_fails(void **state)
{
	struct made *made = made_new();
	const char *grub_cfg, *image;
	struct transactions all;
	int r;

	(void)state;
	assert_int_equal(made_apply(made, NULL), 0);
	grub_cfg = made_read(made, "boot/grub/grub.cfg");
	image = made_read(made, "boot/initrd.img-2");
	made_generator(made, "echo half >boot/grub/grub.cfg; rm boot/initrd.img-2\n"
			     "echo broken; exit 1\n");
	r = transaction_undo(&made->place, 0, false, NULL, &made->error);
	assert_int_equal(r, -EREMOTEIO);
	assert_non_null(strstr(made->error.message, "all files are put back, but "));
	assert_string_equal(made_read(made, "etc/default/grub"),
			    "# how to boot\nGRUB_CMDLINE_LINUX=\"quiet\"\n");
	/* What boots is whole: as it was before the program tried. */
	assert_string_equal(made_read(made, "boot/grub/grub.cfg"), grub_cfg);
	assert_string_equal(made_read(made, "boot/initrd.img-2"), image);
	assert_int_equal(transaction_list(&made->place, made->arena, &all, NULL), 0);
	assert_int_equal(all.items[0].state, TRANSACTION_UNDONE);
	assert_non_null(strstr(all.items[0].why, "broken"));
	made_free(made);
}

/* A loader's tool that edits a file which the plan wrote just before. */
static void a_program_that_changes_a_written_file(void **state)
{
	struct made *made = made_new();
	struct transaction transaction;

	(void)state;
	made_generator(made, "echo '# tool' >>etc/default/grub\n");
	assert_int_equal(made_apply(made, NULL), 0);
	assert_int_equal(transaction_read(&made->place, made->arena, 0, &transaction, NULL), 0);
	assert_false(transaction.files.items[0].changed_since);
	assert_non_null(
		strstr(transaction.files.items[0].after.data, "intel_iommu=on\"\n# tool\n"));
	assert_int_equal(transaction_undo(&made->place, 0, false, NULL, &made->error), 0);
	assert_string_equal(made_read(made, "etc/default/grub"),
			    "# how to boot\nGRUB_CMDLINE_LINUX=\"quiet\"\n# tool\n");
	made_free(made);
}

/* Put back after a failure as well; what it held is kept. */
static void a_program_that_changes_a_file_and_fails(void **state)
{
	struct made *made = made_new();
	struct seen seen = {.made = made};

	(void)state;
	made_generator(made, "echo '# tool' >>etc/modprobe.d/vfio.conf; exit 1\n");
	assert_int_equal(apply_watched(made, &seen), -EREMOTEIO);
	made_assert_before(made);
	assert_int_equal(seen.notes, 1);
	assert_non_null(strstr(seen.note, "/etc/modprobe.d/vfio.conf was changed by something"));
	assert_string_equal(made_read(made, "var/lib/vfiokit/transactions/1/found/3"),
			    "options vfio-pci ids=10de:2330\n# tool\n");
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_seen),
		cmocka_unit_test(a_proof_that_fails),
		cmocka_unit_test(programs_that_fail),
		cmocka_unit_test(a_program_that_is_not_there),
		cmocka_unit_test(cancelled_before_and_while),
		cmocka_unit_test(cancelled_while_a_program_runs),
		cmocka_unit_test(left_out_and_said),
		cmocka_unit_test(run_again_after_a_failure),
		cmocka_unit_test(failing_again_after_a_failure),
		cmocka_unit_test(an_undo_whose_program_fails),
		cmocka_unit_test(a_program_that_changes_a_written_file),
		cmocka_unit_test(a_program_that_changes_a_file_and_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
