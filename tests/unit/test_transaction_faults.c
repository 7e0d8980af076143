/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every call that changes something fails once, or it and all that follow: old or new, never between. */
#include "tests/unit/inject.h"
#include "tests/unit/transaction_made.h"

static const int errors[] = {-EIO, -ENOSPC, -EROFS};

struct totals {
	unsigned calls, injected, succeeded, put_back, recovered, undecided;
};

/* What is looked at: an apply, or the undo of one. */
struct action {
	const char *name;
	int (*prepare)(struct made *made);
	int (*run)(struct made *made);
	bool begins_applied;
};

static int prepare_nothing(struct made *made)
{
	(void)made;
	return 0;
}

static int run_apply(struct made *made)
{
	return made_apply(made, NULL);
}

static int prepare_applied(struct made *made)
{
	/* A generator that writes nothing of its own: what an undo leaves is exactly what was before. */
	made_generator(made, "echo nothing\n");
	return made_apply(made, NULL);
}

static int run_undo(struct made *made)
{
	return transaction_undo(&made->place, 1, false, NULL, &made->error);
}

static unsigned calls_of_apply(void)
{
	static unsigned count;
	struct made *made;

	if (count)
		return count;
	made = made_new();
	inject(INJECT_NOTHING, 0, 0);
	assert_int_equal(made_apply(made, NULL), 0);
	count = inject_end().count;
	made_free(made);
	return count;
}

/* Cut off when its program had run, just before its end: the disk went, and is here again. */
static int prepare_cut_off(struct made *made)
{
	struct injection injection;
	int r;

	inject(INJECT_FROM, calls_of_apply() - 8, -EIO);
	r = made_apply(made, NULL);
	injection = inject_end();
	return r == -ENOTRECOVERABLE && injection.call ? 0 : -EINVAL;
}

static int run_recover(struct made *made)
{
	unsigned id;

	return transaction_recover(&made->place, NULL, &id, &made->error);
}

static const struct action actions[] = {
	{"apply", prepare_nothing, run_apply, false},
	{"undo", prepare_applied, run_undo, true},
	{"recover", prepare_cut_off, run_recover, false},
};

static unsigned count_calls(const struct action *action)
{
	struct made *made = made_new();
	unsigned count;

	assert_int_equal(action->prepare(made), 0);
	inject(INJECT_NOTHING, 0, 0);
	assert_int_equal(action->run(made), 0);
	count = inject_end().count;
	made_free(made);
	return count;
}

/* A file of the plan holds its old bytes, its new ones, or is not there when one of both is nothing. */
static void assert_old_or_new(const struct made *made)
{
	for_each (step, &made->plan.steps) {
		const char *text = step->kind == PLAN_RUN ? NULL : made_read(made, step->path);
		bool is_old, is_new;

		if (step->kind == PLAN_RUN)
			continue;
		is_old = text ? step->exists && streq(text, step->before.data) : !step->exists;
		is_new = text ? step->kind == PLAN_WRITE && streq(text, step->after.data)
			      : step->kind == PLAN_REMOVE;
		if (!is_old && !is_new)
			fail_msg("%s is neither old nor new: %s", step->path, text ?: "(none)");
	}
}

/* After a failure: at once, or after a recovery, all is as it was. Which of both. */
static bool assert_all_back(struct made *made, const char *call)
{
	unsigned id = 0, done = 0;
	bool recovered;

	if (transaction_unfinished(&made->place, &id, &made->error) < 0)
		fail_msg("%s: %s", call, made->error.message);
	recovered = id != 0;
	if (!recovered && !made_is_before(made))
		fail_msg("after %s nothing is unfinished, but it is not as it was:\n%s", call,
			 tree_state(made->arena, tree_path(made->tree)));
	if (transaction_recover(&made->place, NULL, &done, &made->error) < 0)
		fail_msg("%s: %s", call, made->error.message);
	assert_int_equal(done, id);
	if (!made_is_before(made))
		fail_msg("after %s:\n%s\nnot:\n%s", call,
			 tree_state(made->arena, tree_path(made->tree)), made->before);
	return recovered;
}

static void assert_truth(const struct made *made, bool applied)
{
	struct transactions all;

	assert_int_equal(transaction_list(&made->place, made->arena, &all, NULL), 0);
	for_each (transaction, &all)
		assert_int_equal(transaction->state == TRANSACTION_APPLIED, applied);
	assert_true(all.count || !applied);
	/* Nothing unfinished lies about: every entry is a journal. */
	for_each (transaction, &all)
		assert_int_equal(made_count(made, arena_printf(made->arena,
							       "var/lib/vfiokit/transactions/%u/"
							       "output",
							       transaction->id)),
				 0);
}

static void inject_one(const struct action *action, enum inject_mode mode, unsigned at, int error,
		       struct totals *totals)
{
	struct made *made = made_new();
	unsigned descriptors = open_descriptors(), id;
	struct injection injection;
	int r;

	assert_int_equal(action->prepare(made), 0);
	inject(mode, at, error);
	r = action->run(made);
	injection = inject_end();
	assert_int_equal(open_descriptors(), descriptors);
	if (!injection.call)
		fail_msg("%s: call %u was not reached", action->name, at);
	assert_old_or_new(made);
	totals->injected++;
	if (r < 0 && !*made->error.message)
		fail_msg("%s failed at %s without words", action->name, injection.call);
	if (r < 0 && action->begins_applied && made_state(made, 1) == TRANSACTION_APPLIED) {
		/* The undo had not begun. */
		assert_int_equal(action->run(made), 0);
		r = 0;
	}
	if (r == -ENOTRECOVERABLE && action->run == run_apply && made_is_applied(made) &&
	    made_state(made, 1) == TRANSACTION_APPLIED) {
		/* The last record failed, and then the disk: nobody could know what the journal says,
		 * and so nothing was put back. */
		assert_non_null(strstr(made->error.message, "all is done, but the journal"));
		totals->undecided++;
	} else if (r == 0) {
		totals->succeeded++;
		if (!action->begins_applied && action->run == run_apply)
			made_assert_applied(made);
		else
			made_assert_before(made);
	} else if (assert_all_back(made, injection.call)) {
		totals->recovered++;
	} else {
		totals->put_back++;
	}
	/* What an end that failed has left goes with the next start. */
	assert_int_equal(transaction_recover(&made->place, NULL, &id, NULL), 0);
	assert_int_equal(id, 0);
	assert_truth(made, made_is_applied(made));
	made_free(made);
}

/* Every call fails in any case; every way of failing at each of them takes minutes. */
static bool is_exhaustive(void)
{
	return getenv("VFIOKIT_TEST_EXHAUSTIVE");
}

static void run_action(const struct action *action)
{
	struct totals totals = {.calls = count_calls(action)};

	assert_true(totals.calls > 10);
	for (unsigned at = 1; at <= totals.calls; at += inject_stride()) {
		for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
			if (is_exhaustive() || i == at % ARRAY_SIZE(errors))
				inject_one(action, INJECT_ONCE, at, errors[i], &totals);
		if (is_exhaustive() || at % 2)
			inject_one(action, INJECT_FROM, at, errors[at / 2 % ARRAY_SIZE(errors)],
				   &totals);
		if (is_exhaustive() || at % 2 == 0)
			inject_one(action, INJECT_SHORT, at, -ENOSPC, &totals);
	}
	print_message(
		"# %s: %u calls, %u injections: %u done all the same, %u put back at once, %u "
		"recovered afterwards, %u applied with an error\n",
		action->name, totals.calls, totals.injected, totals.succeeded, totals.put_back,
		totals.recovered, totals.undecided);
}

static void faults_of_apply(void **state)
{
	(void)state;
	run_action(&actions[0]);
}

static void faults_of_undo(void **state)
{
	(void)state;
	run_action(&actions[1]);
}

static void faults_of_recovery(void **state)
{
	(void)state;
	run_action(&actions[2]);
}

/* What must be on the disk before what. */
static void order_on_the_disk(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		struct made *made = made_new();
		const char *wrong;
		unsigned looked_at;

		assert_int_equal(actions[i].prepare(made), 0);
		inject_order_begin();
		assert_int_equal(actions[i].run(made), 0);
		wrong = inject_order_end(&looked_at);
		if (wrong)
			fail_msg("%s: %s", actions[i].name, wrong);
		assert_true(looked_at > 5);
		made_free(made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_on_the_disk),
		cmocka_unit_test(faults_of_apply),
		cmocka_unit_test(faults_of_undo),
		cmocka_unit_test(faults_of_recovery),
	};

	/* Thousands of fsyncs: where they cost nothing. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
