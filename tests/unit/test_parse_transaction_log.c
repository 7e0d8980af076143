/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/transaction_log.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEAD                                                                                       \
	"{\"vfiokit-transaction\":1,\"id\":7,\"time\":1795294289,\"command\":\"configure "         \
	"01:00\",\"steps\":2,\"outputs\":1}\n"
#define PLAN  HEAD "{\"step\":0,\"kind\":\"write\"}\n{\"step\":1,\"kind\":\"run\"}\n{\"output\":0}\n"
#define BEGUN PLAN "{\"event\":\"saved\"}\n"
#define START "{\"event\":\"start\",\"number\":0}\n"

/* The records, one a line, as the log holds them. */
static const char *log_of(struct arena *arena, const char *records)
{
	struct strings lines = {0};

	while (*records) {
		size_t length = strcspn(records, "\n");

		strings_add(arena, &lines, transaction_record_print(arena, records, length));
		records += length + 1;
	}
	return strings_join(arena, &lines, "");
}

/* The log, and the same in short. */
static struct transaction_log parse(struct arena *arena, const char *text)
{
	const char *brief = transaction_log_shorten(arena, text, strlen(text));
	struct transaction_log log, again;

	transaction_log_parse(arena, text, strlen(text), &log);
	transaction_log_parse(arena, brief, strlen(brief), &again);
	assert_int_equal(log.end, again.end);
	assert_int_equal(log.line, again.line);
	assert_true(log.time == again.time);
	assert_true(streq(log.last, again.last));
	assert_true(streq(log.why, again.why));
	return log;
}

static void ends(void **state)
{
	static const struct {
		const char *records;
		enum transaction_end end;
		unsigned line;
		const char *last;
	} logs[] = {
		{BEGUN, TRANSACTION_END_NONE, 5, "outputs of programs kept"},
		{BEGUN START, TRANSACTION_END_NONE, 6, "step 1 of 2 begun"},
		{BEGUN START "{\"event\":\"done\",\"number\":1}\n", TRANSACTION_END_NONE, 7,
		 "step 2 of 2 done"},
		{BEGUN START "{\"event\":\"settled\",\"number\":0}\n", TRANSACTION_END_NONE, 7,
		 "step 1 of 2 looked at again"},
		{BEGUN "{\"event\":\"applied\"}\n", TRANSACTION_END_DONE, 6, "applied"},
		{BEGUN "{\"event\":\"failed\",\"why\":\"x\"}\n", TRANSACTION_END_BACK, 6,
		 "failed, put back"},
		{BEGUN "{\"event\":\"applied\"}\n{\"event\":\"undoing\"}\n" START,
		 TRANSACTION_END_NONE, 8, "step 1 of 2 begun"},
		{BEGUN "{\"event\":\"applied\"}\n{\"event\":\"undoing\"}\n{\"event\":\"undone\"}\n",
		 TRANSACTION_END_BACK, 8, "undone"},
		/* Outputs are kept again before an undo. */
		{BEGUN "{\"event\":\"applied\"}\n{\"output\":0}\n{\"event\":\"saved\"}\n",
		 TRANSACTION_END_DONE, 8, "outputs of programs kept"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct transaction_log log = parse(arena, log_of(arena, logs[i].records));

		assert_int_equal(log.end, logs[i].end);
		assert_int_equal(log.line, logs[i].line);
		assert_string_equal(log.last, logs[i].last);
		assert_null(log.why);
		assert_true(log.time == 1795294289);
	}
}

static void damaged(void **state)
{
	static const struct {
		const char *records, *why;
	} logs[] = {
		{"", "the log's beginning is not complete"},
		{PLAN, "the log's beginning is not complete"},
		{HEAD "{\"step\":0}\n{\"output\":0}\n{\"event\":\"saved\"}\n",
		 "the log's beginning is not complete"},
		{HEAD HEAD, "the log holds a record that cannot be"},
		{"{\"step\":0}\n", "the log holds a record that cannot be"},
		{HEAD "{\"step\":1}\n", "the log holds a record that cannot be"},
		{PLAN "{\"step\":2}\n", "the log holds a record that cannot be"},
		{PLAN "{\"output\":1}\n", "the log holds a record that cannot be"},
		{BEGUN "{\"event\":\"start\",\"number\":2}\n",
		 "the log holds a record that cannot be"},
		{BEGUN "{\"event\":\"start\"}\n", "the log holds a record that cannot be"},
		{BEGUN "{\"event\":\"finished\"}\n", "the log holds a record that cannot be"},
		{BEGUN "{}\n", "the log holds a record that cannot be"},
		{BEGUN "[1]\n", "the log holds a record that cannot be"},
		{BEGUN "nonsense\n", "the log holds a record that cannot be"},
		{"{\"vfiokit-transaction\":2,\"time\":1,\"steps\":0,\"outputs\":0}\n",
		 "the log holds a record that cannot be"},
		{"{\"vfiokit-transaction\":1,\"time\":1,\"steps\":-1,\"outputs\":0}\n",
		 "the log holds a record that cannot be"},
		{"{\"vfiokit-transaction\":1,\"time\":1,\"steps\":99999999999,\"outputs\":0}\n",
		 "the log holds a record that cannot be"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct transaction_log log = parse(arena, log_of(arena, logs[i].records));

		assert_int_equal(log.end, TRANSACTION_END_DAMAGED);
		assert_string_equal(log.why, logs[i].why);
	}
}

/* A last record that is not whole was not written; a broken one in front of others is damage. */
static void torn(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *whole = log_of(arena, BEGUN START "{\"event\":\"applied\"}\n");
	size_t length = strlen(whole), last = strlen(log_of(arena, BEGUN START));
	unsigned damages = 0;

	(void)state;
	for (size_t i = last; i < length; i++) {
		struct transaction_log log = parse(arena, arena_copy(arena, whole, i));

		assert_int_equal(log.end, TRANSACTION_END_NONE);
		assert_string_equal(log.last, "step 1 of 2 begun");
	}
	for (size_t i = 0; i < last; i++) {
		char *text = arena_copy(arena, whole, length);

		text[i] ^= 0x01;
		damages += parse(arena, text).end == TRANSACTION_END_DAMAGED;
	}
	/* Without the newline behind it, a record is one with the last one. */
	assert_int_equal(damages, last - 1);
}

/* No path, no command and no hash of a file stays. */
static void in_short(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *text = log_of(arena, BEGUN "{\"event\":\"failed\",\"why\":\"geheim\"}\n");
	const char *brief;

	(void)state;
	text = arena_printf(arena, "%sgeheim", text);
	brief = transaction_log_shorten(arena, text, strlen(text));
	assert_null(strstr(brief, "geheim"));
	assert_null(strstr(brief, "configure"));
	assert_null(strstr(brief, "kind"));
	assert_non_null(strstr(brief, "{\"event\":\"failed\"}\n-"));
	assert_string_equal(transaction_log_shorten(arena, "", 0), "");
	assert_string_equal(transaction_log_shorten(arena, "a\0b\n\nc", 6), "-\n-\n-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends),
		cmocka_unit_test(damaged),
		cmocka_unit_test(torn),
		cmocka_unit_test(in_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
