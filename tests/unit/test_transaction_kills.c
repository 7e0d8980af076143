/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SIGKILL in place of every call that changes something; then the next start, killed in turn. */
#include "tests/unit/inject.h"
#include "tests/unit/transaction_made.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* The calls whose recovery is killed, too. */
enum { SECOND_KILLS = 31, SECOND_KILLS_AT = 12 };

struct totals {
	unsigned calls, kills, complete, nothing_begun, recovered, killed_again;
};

struct action {
	const char *name;
	int (*run)(struct made *made);
	bool undo;
};

static int run_apply(struct made *made)
{
	return made_apply(made, NULL);
}

static int run_undo(struct made *made)
{
	return transaction_undo(&made->place, 1, false, NULL, &made->error);
}

static int run_recover(struct made *made)
{
	unsigned id;

	return transaction_recover(&made->place, NULL, &id, &made->error);
}

static const struct action apply = {"apply", run_apply, false}, undo = {"undo", run_undo, true},
			   recover = {"recover", run_recover, false};

/* All that a killed process has left running comes to us, and must have ended before we look. */
static void reap_all(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

/* Runs it in a child that dies in place of call `at`. Whether it did; else it must have ended well. */
static bool killed_at(struct made *made, int (*run)(struct made *made), unsigned at)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		inject(INJECT_KILL, at, 0);
		_exit(run(made) == 0 ? 0 : 1);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	reap_all();
	if (WIFSIGNALED(status))
		return true;
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

static struct made *prepared(const struct action *action)
{
	struct made *made = made_new();

	if (action->undo) {
		made_generator(made, "echo nothing\n");
		assert_int_equal(made_apply(made, NULL), 0);
	}
	return made;
}

/* The generator was killed while it wrote: what it keeps for itself is not the transaction's. */
static void forget_generator(const struct made *made)
{
	(void)unlink(made_path(made, "boot/grub/grub.cfg.new"));
}

/* The next start finds what was cut off and puts it back; or there was nothing, or all was done. */
static void next_start(struct made *made, const struct action *action, struct totals *totals)
{
	unsigned unfinished = 0, id = 0, descriptors = open_descriptors();
	struct transactions all;
	bool applied;

	if (transaction_unfinished(&made->place, &unfinished, &made->error) < 0)
		fail_msg("%s", made->error.message);
	/* preflight says so, and no longer when it is put back. */
	assert_int_equal(made_seen(made), unfinished);
	if (transaction_recover(&made->place, NULL, &id, &made->error) < 0)
		fail_msg("%s", made->error.message);
	assert_int_equal(id, unfinished);
	assert_int_equal(made_seen(made), 0);
	assert_int_equal(open_descriptors(), descriptors);
	forget_generator(made);
	assert_int_equal(transaction_list(&made->place, made->arena, &all, NULL), 0);
	applied = all.count && all.items[0].state == TRANSACTION_APPLIED;
	if (unfinished)
		totals->recovered++;
	else if (applied && !action->undo)
		totals->complete++;
	else
		totals->nothing_begun++;
	assert_false(unfinished && applied);
	if (applied && !action->undo)
		made_assert_applied(made);
	else if (!applied)
		made_assert_before(made);
	/* Nothing lies about, and nothing more is to be done. */
	assert_int_equal(made_count(made, "var/lib/vfiokit/transactions/1/output"), 0);
	assert_null(made_read(made, "var/lib/vfiokit/transactions/1.new/log"));
	assert_int_equal(transaction_unfinished(&made->place, &id, NULL), 0);
	assert_int_equal(id, 0);
}

/* Killed at `at`, then the recovery killed at each of its calls, each time from the same beginning. */
static void kill_recovery(const struct action *action, unsigned at, struct totals *totals)
{
	for (unsigned second = 1;; second += inject_stride()) {
		struct made *made = prepared(action);
		bool killed;

		assert_true(killed_at(made, action->run, at));
		killed = killed_at(made, recover.run, second);
		totals->killed_again += killed;
		next_start(made, action, totals);
		made_free(made);
		if (!killed)
			return;
	}
}

static void kill_everywhere(const struct action *action)
{
	struct totals totals = {0};
	bool killed = true;

	for (unsigned at = 1; killed; at += inject_stride()) {
		struct made *made = prepared(action);

		killed = killed_at(made, action->run, at);
		if (killed) {
			totals.calls++;
			totals.kills++;
		}
		next_start(made, action, &totals);
		if (!killed && !action->undo)
			made_assert_applied(made);
		made_free(made);
		if (killed &&
		    (getenv("VFIOKIT_TEST_EXHAUSTIVE") || at % SECOND_KILLS == SECOND_KILLS_AT))
			kill_recovery(action, at, &totals);
	}
	assert_true(totals.calls * inject_stride() > 80 && totals.recovered > 5);
	print_message(
		"# %s: killed at each of %u calls, %u recoveries killed, too: %u recovered, %u "
		"complete, %u with nothing begun\n",
		action->name, totals.calls, totals.killed_again, totals.recovered, totals.complete,
		totals.nothing_begun);
}

static void killed_while_applying(void **state)
{
	(void)state;
	kill_everywhere(&apply);
}

static void killed_while_undoing(void **state)
{
	(void)state;
	kill_everywhere(&undo);
}

/* Killed with the generator in the middle of its file, as a power cut would have it. */
static void killed_while_a_program_runs(void **state)
{
	struct made *made = made_new();
	pid_t child;
	unsigned id = 0;

	(void)state;
	made_generator(made, "echo half >boot/grub/grub.cfg\n"
			     "echo half >boot/initrd.img-2\n"
			     "rm boot/initrd.img-1\n"
			     ": >var/lib/here\n"
			     "exec sleep 60\n");
	child = fork();
	if (child == 0)
		_exit(made_apply(made, NULL) == 0 ? 0 : 1);
	for (unsigned i = 0; i < 3000 && !made_read(made, "var/lib/here"); i++)
		(void)usleep(10000);
	assert_int_equal(transaction_unfinished(&made->place, &id, &made->error), -EBUSY);
	assert_int_equal(transaction_recover(&made->place, NULL, &id, &made->error), -EBUSY);
	assert_int_equal(made_apply(made, NULL), -EBUSY);
	assert_non_null(strstr(made->error.message, "another vfiokit"));
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	/* The lock ends with its holder; the program's shell, too. */
	assert_int_equal(transaction_unfinished(&made->place, &id, &made->error), 0);
	assert_int_equal(id, 1);
	assert_string_equal(made_read(made, "boot/grub/grub.cfg"), "half\n");
	assert_int_equal(made_apply(made, NULL), -EUCLEAN);
	assert_int_equal(transaction_undo(&made->place, 0, false, NULL, &made->error), -EUCLEAN);
	assert_int_equal(transaction_recover(&made->place, NULL, &id, &made->error), 0);
	assert_int_equal(id, 1);
	made_assert_before(made);
	assert_int_equal(made_state(made, 1), TRANSACTION_FAILED);
	made_free(made);
}

/* The shell dies with us, but not what it has started: that is waited for, and then put back. */
static void killed_before_a_program_of_the_program(void **state)
{
	struct made *made = made_new();
	pid_t child;
	unsigned id = 0;

	(void)state;
	made_generator(made, "sh -c ': >var/lib/here; sleep 1; echo late >boot/initrd.img-1'\n"
			     "echo never >boot/grub/grub.cfg\n");
	child = fork();
	if (child == 0)
		_exit(made_apply(made, NULL) == 0 ? 0 : 1);
	for (unsigned i = 0; i < 3000 && !made_read(made, "var/lib/here"); i++)
		(void)usleep(10000);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(transaction_recover(&made->place, NULL, &id, &made->error), 0);
	assert_int_equal(id, 1);
	made_assert_before(made);
	reap_all();
	made_assert_before(made);
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_while_applying),
		cmocka_unit_test(killed_while_undoing),
		cmocka_unit_test(killed_while_a_program_runs),
		cmocka_unit_test(killed_before_a_program_of_the_program),
	};

	/* Thousands of fsyncs: where they cost nothing. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
