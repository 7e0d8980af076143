/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which transactions are open, and what the check says of them. */
#include "preflight/parse/transaction_log.h"
#include "tests/unit/checks_made.h"
#include "tests/unit/tree.h"

#include <errno.h>

#define HEAD    "{\"vfiokit-transaction\":1,\"time\":1795294289,\"steps\":1,\"outputs\":0}\n"
#define BEGUN   HEAD "{\"step\":0}\n{\"event\":\"saved\"}\n{\"event\":\"start\",\"number\":0}\n"
#define APPLIED BEGUN "{\"event\":\"applied\"}\n"
#define UNDONE  APPLIED "{\"event\":\"undoing\"}\n{\"event\":\"undone\"}\n"

static void add_log(struct tree *tree, struct arena *arena, unsigned id, const char *records)
{
	const char *recipe = arena_printf(arena, "file var/lib/vfiokit/transactions/%u/log\n", id);

	while (*records) {
		size_t length = strcspn(records, "\n");

		recipe = arena_printf(arena, "%s| %s", recipe,
				      transaction_record_print(arena, records, length));
		records += length + 1;
	}
	tree_add(tree, recipe);
}

static struct finding look(struct facts *facts, struct tree *tree)
{
	facts->transactions = (struct transaction_facts){0};
	facts_collect_transactions(facts, tree_host(tree));
	return judge(facts, NULL, "host.transaction-cut-off");
}

static void without_any(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct tree *tree = tree_new("dir etc\n");

	(void)state;
	/* A tree tells nothing by what it lacks. */
	assert_int_equal(look(facts, tree).result, RESULT_NA);
	assert_int_equal(facts->transactions.known, NO);
	tree_add(tree, "dir var/lib/vfiokit/transactions/3.new\n");
	assert_int_equal(look(facts, tree).result, RESULT_PASS);
	tree_free(tree);
}

static void is_cut_off(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct tree *tree = tree_new("");
	struct finding finding;

	(void)state;
	add_log(tree, facts->arena, 9, APPLIED);
	add_log(tree, facts->arena, 11, UNDONE);
	assert_int_equal(look(facts, tree).result, RESULT_PASS);
	add_log(tree, facts->arena, 10, BEGUN);
	finding = look(facts, tree);
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_int_equal(finding.severity, SEVERITY_BLOCKER);
	assert_non_null(strstr(finding.title, "transaction 10 was begun and not ended"));
	assert_string_equal(finding.remedies[0].command, "vfiokit rollback --apply");
	assert_quotes(&finding, "/var/lib/vfiokit/transactions/10/log",
		      "begun 2026-11-21 20:51 UTC, last record: step 1 of 1 begun");
	assert_int_equal(finding.evidence.items[0].line, 4);
	tree_free(tree);
}

static void is_damaged(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct tree *tree = tree_new("dir var/lib/vfiokit/transactions/4\n");
	struct finding finding = look(facts, tree);

	(void)state;
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_non_null(strstr(finding.title, "the journal of transaction 4 is damaged"));
	assert_quotes(&finding, "/var/lib/vfiokit/transactions/4/log", "there is no log");
	tree_add(tree, "file var/lib/vfiokit/transactions/4/log\n| x\n");
	finding = look(facts, tree);
	assert_quotes(&finding, "/var/lib/vfiokit/transactions/4/log",
		      "the log's beginning is not complete");
	/* What was carried out and proven since makes up for it; what was taken back does not. */
	add_log(tree, facts->arena, 5, UNDONE);
	assert_int_equal(look(facts, tree).result, RESULT_FAIL);
	add_log(tree, facts->arena, 5, APPLIED);
	assert_int_equal(look(facts, tree).result, RESULT_PASS);
	/* A cut-off one is worse. */
	add_log(tree, facts->arena, 3, BEGUN);
	finding = look(facts, tree);
	assert_non_null(strstr(finding.title, "transaction 3 was begun"));
	tree_free(tree);
}

static void cannot_be_read(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct tree *tree = tree_new("dir var/lib/vfiokit/transactions/2/log\n");
	struct finding finding = look(facts, tree);

	(void)state;
	assert_int_equal(finding.result, RESULT_UNKNOWN);
	assert_string_equal(finding.evidence.items[0].source,
			    "/var/lib/vfiokit/transactions/2/log");
	assert_int_equal(facts_unread_error(facts, "var/lib/vfiokit/transactions/2/log"), -EISDIR);
	tree_free(tree);
	tree = tree_new("file var/lib/vfiokit/transactions\n| x\n");
	assert_int_equal(look(facts, tree).result, RESULT_UNKNOWN);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_any),
		cmocka_unit_test(is_cut_off),
		cmocka_unit_test(is_damaged),
		cmocka_unit_test(cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
