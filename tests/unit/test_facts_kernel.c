/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/journal.h"
#include "tests/unit/facts_made.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <cmocka.h>

/* The facts of this collector alone, from a recipe. */
static struct facts *collect(struct tree *tree)
{
	struct facts *facts = facts_made();

	facts_collect_kernel(facts, tree_host(tree));
	return facts;
}

static void reads_command_line_and_log(void **state)
{
	struct tree *tree = tree_new("raw proc/cmdline\n"
				     "| BOOT_IMAGE=/vmlinuz quiet vfio-pci.ids=10de:1b80 -- x\n"
				     "file dmesg.txt\n"
				     "| [    0.000000] Linux version 6.1.0 (x)\n"
				     "| [    0.000000] Command line: other\n"
				     "| [    1.000000] DMAR: IOMMU enabled\n");
	_cleanup_facts_ struct facts *facts = collect(tree);
	const struct parameter *ids = facts_parameter(facts, "vfio_pci.ids");

	(void)state;
	assert_int_equal(facts->cmdline_known, YES);
	assert_string_equal(facts->cmdline_text,
			    "BOOT_IMAGE=/vmlinuz quiet vfio-pci.ids=10de:1b80 -- x");
	assert_int_equal(facts->cmdline.count, 3);
	assert_non_null(ids);
	assert_string_equal(ids->value, "10de:1b80");
	assert_string_equal(ids->origin.source, "/proc/cmdline");
	assert_int_equal(ids->origin.line, 1);
	assert_string_equal(ids->origin.text, "vfio-pci.ids=10de:1b80");
	assert_int_equal(facts->log.known, YES);
	assert_int_equal(facts->log.complete, YES);
	assert_string_equal(facts->log.source, "dmesg");
	assert_int_equal(facts->log.lines, 3);
	assert_int_equal(log_find(&facts->log, LOG_DMAR_ECHO_ON, NULL)->line, 3);
	assert_int_equal(facts->unread.count, 0);
	tree_free(tree);
}

static void what_is_missing_stays_unknown(void **state)
{
	struct tree *tree = tree_new("dir proc\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->cmdline_known, UNKNOWN);
	assert_null(facts->cmdline_text);
	assert_int_equal(facts->log.known, UNKNOWN);
	assert_int_equal(facts->log.complete, UNKNOWN);
	assert_int_equal(facts_unread_error(facts, "proc/cmdline"), -ENOENT);
	assert_int_equal(facts_unread_error(facts, "dmesg"), -ENOENT);
	tree_free(tree);
}

static void no_regular_file_is_no_log(void **state)
{
	struct tree *tree = tree_new("fifo dmesg.txt\nfile proc/cmdline\n| quiet\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->log.known, UNKNOWN);
	assert_int_equal(facts_unread_error(facts, "dmesg"), -EINVAL);
	assert_int_equal(facts->cmdline.count, 1);
	tree_free(tree);
}

static void the_log_can_tell_the_command_line(void **state)
{
	struct tree *tree = tree_new("file dmesg.txt\n"
				     "| [    0.000000] Linux version 6.1.0 (x)\n"
				     "| [    0.000000] Command line: quiet intel_iommu=on\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->cmdline_known, YES);
	assert_string_equal(facts->cmdline_text, "quiet intel_iommu=on");
	assert_int_equal(facts->cmdline.count, 2);
	assert_string_equal(facts->cmdline.items[1].origin.source, "dmesg");
	assert_int_equal(facts->cmdline.items[1].origin.line, 2);
	tree_free(tree);
}

static void a_cut_command_line_of_the_log_tells_nothing(void **state)
{
	char recipe[1200] = "file dmesg.txt\n| Linux version 6\n| Command line: ";
	size_t length = strlen(recipe);
	struct tree *tree;

	(void)state;
	memset(recipe + length, 'x', 1000);
	recipe[length + 1000] = '\n';
	tree = tree_new(recipe);

	_cleanup_facts_ struct facts *facts = collect(tree);

	assert_int_equal(facts->log.known, YES);
	assert_int_equal(facts->cmdline_known, UNKNOWN);
	tree_free(tree);
}

static void a_command_line_cannot_steer_a_terminal(void **state)
{
	/* a ESC b TAB "c DEL d" NUL e */
	struct tree *tree = tree_new("hex proc/cmdline\n| 61 1b 62 09 22 63 7f 64 22 00 65\n");
	_cleanup_facts_ struct facts *facts = collect(tree);

	(void)state;
	assert_string_equal(facts->cmdline_text, "a?b \"c?d\"");
	assert_int_equal(facts->cmdline.count, 2);
	assert_string_equal(facts->cmdline.items[1].name, "c?d");
	tree_free(tree);
}

/* -- the log of a running kernel --------------------------------------------------------------- */

static void assert_record(const char *record, size_t length, const char *expected)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	kmsg_print_record(stream, record, length);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(text, expected);
	free(text);
}

static void turns_kmsg_records_into_lines(void **state)
{
	static const char plain[] = "6,1234,567890,-;DMAR: IOMMU enabled\n SUBSYSTEM=pci\n"
				    " DEVICE=+pci:0000:00:02.0\n";
	static const char late[] = "4,99,12345678901,-,caller=T1;a;b";
	static const char escaped[] = "6,1,1000000,-;one\\x0atwo\\x5cx\n";

	(void)state;
	assert_record(plain, sizeof(plain) - 1, "[    0.567890] DMAR: IOMMU enabled\n");
	assert_record(late, sizeof(late) - 1, "[12345.678901] a;b\n");
	assert_record(escaped, sizeof(escaped) - 1, "[    1.000000] one\n[    1.000000] two\\x\n");
	assert_record("6,1,2,-;", 8, "[    0.000002] \n");
	assert_record("6,1,2,-;a\\x", 11, "[    0.000002] a\\x\n");
	assert_record("", 0, "");
	assert_record("nonsense", 8, "");
	assert_record("a,b,c;text", 10, "");
	assert_record("6,1;text", 8, "");
}

static int64_t milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void reads_a_programs_output(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *const ok[] = {"/bin/sh", "-c", "echo $LC_ALL; env | wc -l; echo err >&2", NULL};
	const char *const failing[] = {"/bin/sh", "-c", "echo x; exit 1", NULL};
	const char *const killed[] = {"/bin/sh", "-c", "kill -9 $$", NULL};
	const char *const missing[] = {"/no/such/program", NULL};
	struct bytes text = {0};
	int r;

	(void)state;
	setenv("SHOULD_NOT_BE_SEEN", "1", 1);
	assert_int_equal(program_read(arena, ok, 3000, 1000, &text), 0);
	/* PATH, LC_ALL, and what the shell adds (PWD, perhaps SHLVL and _). */
	assert_memory_equal(text.data, "C\n", 2);
	assert_in_range(strtol(text.data + 2, NULL, 10), 2, 5);
	assert_null(strstr(text.data, "err"));
	assert_int_equal(program_read(arena, failing, 3000, 1000, &text), -EIO);
	assert_int_equal(program_read(arena, killed, 3000, 1000, &text), -EIO);
	/* Where posix_spawn() is emulated (valgrind) the child starts and fails by itself. */
	r = program_read(arena, missing, 3000, 1000, &text);
	assert_true(r == -ENOENT || r == -EIO);
}

static void ends_a_program_that_takes_too_long(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *const silent[] = {"/bin/sleep", "60", NULL};
	const char *const closed[] = {"/bin/sh", "-c", "exec >&-; exec sleep 60", NULL};
	const char *const endless[] = {"/bin/sh", "-c", "while :; do echo x; done", NULL};
	struct bytes text = {0};
	int64_t start = milliseconds();

	(void)state;
	assert_int_equal(program_read(arena, silent, 50, 1000, &text), -ETIME);
	assert_int_equal(program_read(arena, closed, 50, 1000, &text), -ETIME);
	assert_int_equal(program_read(arena, endless, 10000, 1000, &text), -EFBIG);
	assert_null(text.data);
	assert_true(milliseconds() - start < 5000);
}

/* Whatever this machine allows: a log, or a reason why there is none. */
static void the_running_kernel_gives_a_log_or_a_reason(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_made();
	_cleanup_host_ struct host *host = NULL;
	struct error error;

	(void)state;
	assert_int_equal(host_open(NULL, &host, &error), 0);
	facts_collect_kernel(facts, host);
	assert_int_equal(facts->cmdline_known, YES);
	if (facts->log.known == YES) {
		assert_true(facts->log.lines > 0);
		assert_non_null(facts->log.source);
	} else {
		assert_true(facts_unread_error(facts, "dmesg") < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_command_line_and_log),
		cmocka_unit_test(what_is_missing_stays_unknown),
		cmocka_unit_test(no_regular_file_is_no_log),
		cmocka_unit_test(the_log_can_tell_the_command_line),
		cmocka_unit_test(a_cut_command_line_of_the_log_tells_nothing),
		cmocka_unit_test(a_command_line_cannot_steer_a_terminal),
		cmocka_unit_test(turns_kmsg_records_into_lines),
		cmocka_unit_test(reads_a_programs_output),
		cmocka_unit_test(ends_a_program_that_takes_too_long),
		cmocka_unit_test(the_running_kernel_gives_a_log_or_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
