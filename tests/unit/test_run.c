/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/run.h"
#include "tests/unit/host_made.h"

#include <fcntl.h>
#include <signal.h>
#include <time.h>

struct heard {
	unsigned lines, cancel_after;
	size_t longest;
	char last[128];
};

static void hear(void *context, const char *line)
{
	struct heard *heard = context;

	heard->lines++;
	if (strlen(line) > heard->longest)
		heard->longest = strlen(line);
	(void)snprintf(heard->last, sizeof(heard->last), "%.127s", line);
}

static bool cancel(void *context)
{
	struct heard *heard = context;

	return heard->cancel_after && heard->lines >= heard->cancel_after;
}

/* Runs a shell script in the tree; its output goes to the file "printed" there. */
static int run_script(struct tree *tree, const char *script, unsigned time_limit,
		      struct heard *heard, struct error *error)
{
	const char *argv[] = {"/bin/sh", "-c", script, NULL};
	_cleanup_close_ int root = open(tree_path(tree), O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int output =
		open(path_in(tree, "printed"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const struct run_request request = {
		.argv = argv,
		.time_limit = time_limit,
		.root = root,
		.input = -1,
		.output = output,
		.context = heard,
		.line = hear,
		.cancelled = cancel,
	};

	assert_true(root >= 0 && output >= 0);
	*heard = (struct heard){.cancel_after = heard->cancel_after};
	return run_program(&request, error);
}

static struct bytes printed(struct tree *tree, struct arena *arena)
{
	struct bytes bytes;

	assert_int_equal(host_read(tree_host(tree), arena, "printed", 0, &bytes), 0);
	return bytes;
}

static double seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void how_programs_end(void **state)
{
	static const struct {
		const char *script;
		int result;
		const char *words, *last;
	} ends[] = {
		{"echo out; echo err >&2; echo; printf end", 0, NULL, "end"},
		{"exit 0", 0, NULL, ""},
		{"echo why >&2; exit 3", -EREMOTEIO, "exit status 3: why", "why"},
		{"exit 1", -EREMOTEIO, "/bin/sh ended with exit status 1", ""},
		{"kill -9 $$", -EREMOTEIO, "killed by signal 9 (Killed)", ""},
		{"kill -11 $$", -EREMOTEIO, "killed by signal 11 (Segmentation fault)", ""},
	};
	struct tree *tree = tree_new("dir x\n");
	struct heard heard = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct error error = {.message = "none"};

		assert_int_equal(run_script(tree, ends[i].script, 20, &heard, &error),
				 ends[i].result);
		assert_non_null(strstr(error.message, ends[i].words ?: "none"));
		assert_string_equal(heard.last, ends[i].last);
	}
	tree_free(tree);
}

static void what_cannot_be_started(void **state)
{
	struct tree *tree = tree_new("file program\n| no program\n");
	_cleanup_close_ int root = open(tree_path(tree), O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *argv[] = {"/nowhere/program", NULL};
	struct run_request request = {.argv = argv, .root = root, .input = -1, .output = -1};
	struct error error;

	(void)state;
	assert_int_equal(run_program(&request, &error), -ENOENT);
	assert_string_equal(error.message,
			    "/nowhere/program could not be started: No such file or directory");
	argv[0] = path_in(tree, "program");
	assert_int_equal(run_program(&request, &error), -EACCES);
	assert_int_equal(chmod(argv[0], 0755), 0);
	assert_int_equal(run_program(&request, &error), -ENOEXEC);
	argv[0] = "program";
	assert_int_equal(run_program(&request, &error), -EINVAL);
	tree_free(tree);
}

static void a_clean_environment(void **state)
{
	struct tree *tree = tree_new("file marker\n| here\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct heard heard = {0};
	int leaked = dup(STDERR_FILENO);
	unsigned long ignored;
	const char *text;

	(void)state;
	assert_int_equal(setenv("LD_PRELOAD_OF_TEST", "x", 1), 0);
	assert_ptr_not_equal(signal(SIGPIPE, SIG_IGN), SIG_ERR);
	assert_int_equal(
		run_script(tree,
			   "env | sort; cat marker; readlink /proc/self/fd/0; umask;"
			   "ls /proc/self/fd | wc -l; grep SigIgn /proc/self/status;"
			   "test $(ps -o pgid= $$ 2>/dev/null || echo $$) = $$ || echo group",
			   20, &heard, NULL),
		0);
	(void)signal(SIGPIPE, SIG_DFL);
	close(leaked);
	text = printed(tree, arena).data;
	assert_non_null(strstr(text, "DEBIAN_FRONTEND=noninteractive\nHOME=/root\nLANG=C.UTF-8\n"));
	assert_non_null(strstr(text, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"));
	assert_null(strstr(text, "LD_PRELOAD_OF_TEST"));
	/* In the root's folder, from nothing, with three descriptors and the one that ls opens. */
	assert_non_null(strstr(text, "\nhere\n/dev/null\n0022\n4\nSigIgn:\t"));
	/* Signals 32 and 33 are the C library's own: it lets nobody set them, whoever ignored them. */
	ignored = strtoul(strstr(text, "SigIgn:\t") + strlen("SigIgn:\t"), NULL, 16);
	assert_int_equal(ignored & ~0x180000000UL, 0);
	assert_null(strstr(text, "group"));
	tree_free(tree);
}

static void time_limits(void **state)
{
	struct tree *tree = tree_new("dir x\n");
	struct heard heard = {0};
	struct error error;
	double begun = seconds();

	(void)state;
	assert_int_equal(run_script(tree, "echo begun; sleep 60", 1, &heard, &error), -ETIMEDOUT);
	assert_string_equal(error.message, "/bin/sh did not end within 1 seconds: begun");
	assert_true(seconds() - begun < 30);
	tree_free(tree);
}

/* Whatever SIGTERM means to it. */
static void programs_that_will_not_go(void **state)
{
	struct tree *tree = tree_new("dir x\n");
	struct heard heard = {.cancel_after = 1};
	struct error error;

	(void)state;
	assert_int_equal(run_script(tree, "trap '' TERM; echo stubborn; while :; do sleep 1; done",
				    60, &heard, &error),
			 -ECANCELED);
	assert_non_null(strstr(error.message, "cancelled"));
	tree_free(tree);
}

/* A process of this tree's scripts that still lives says so by a file. */
static bool lives(struct tree *tree, const char *pid_file)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *line;
	char path[64];
	int pid;

	assert_int_equal(read_line(tree, arena, pid_file, &line), 0);
	pid = (int)strtol(line, NULL, 10);
	assert_true(pid > 1);
	for (unsigned i = 0; i < 200; i++) {
		FILE *file;
		char state = 0;

		(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		file = fopen(path, "re");
		if (!file)
			return false;
		if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1 || state == 'Z' || state == 'X') {
			(void)fclose(file);
			return false;
		}
		(void)fclose(file);
		(void)usleep(10000);
	}
	return true;
}

static void children_that_are_left(void **state)
{
	struct tree *tree = tree_new("dir x\n");
	struct heard heard = {0};
	double begun = seconds();

	(void)state;
	assert_int_equal(run_script(tree, "sleep 60 & echo $! >pid; echo done", 20, &heard, NULL),
			 0);
	assert_false(lives(tree, "pid"));
	/* One that leaves the group and keeps the pipe is not waited for. */
	assert_int_equal(run_script(tree,
				    "setsid sh -c 'echo $$ >pid; exec sleep 60' & "
				    "while ! test -s pid; do :; done; echo done",
				    20, &heard, NULL),
			 0);
	assert_string_equal(heard.last, "done");
	assert_true(seconds() - begun < 30);
	tree_free(tree);
}

static void cancelled_with_all_its_group(void **state)
{
	struct tree *tree = tree_new("dir x\n");
	struct heard heard = {.cancel_after = 1};

	(void)state;
	assert_int_equal(
		run_script(tree, "sleep 60 & echo $! >pid; echo go; wait", 60, &heard, NULL),
		-ECANCELED);
	assert_false(lives(tree, "pid"));
	tree_free(tree);
}

static void megabytes(void **state)
{
	struct tree *tree = tree_new("dir x\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct heard heard = {0};
	struct bytes text;

	(void)state;
	assert_int_equal(run_script(tree, "seq 1 700000; echo the end", 60, &heard, NULL), 0);
	assert_int_equal(heard.lines, 700001);
	assert_string_equal(heard.last, "the end");
	text = printed(tree, arena);
	assert_true(text.length > RUN_OUTPUT_HEAD + RUN_OUTPUT_TAIL);
	assert_true(text.length < RUN_OUTPUT_HEAD + RUN_OUTPUT_TAIL + 100);
	assert_memory_equal(text.data, "1\n2\n3\n", 6);
	/* seq 1 700000 prints 4788895 bytes (the last 600001 numbers 7 each), echo 8 more. */
	assert_non_null(
		strstr(text.data + RUN_OUTPUT_HEAD - 1, "\n[3674791 bytes are not kept]\n"));
	assert_string_equal(text.data + text.length - 22, "699999\n700000\nthe end\n");
	/* Just over the bound: all of it is there. */
	assert_int_equal(
		run_script(tree, "head -c 1100000 /dev/zero | tr '\\0' x", 60, &heard, NULL), 0);
	assert_int_equal(printed(tree, arena).length, 1100000);
	assert_int_equal(heard.longest, RUN_LINE_LIMIT);
	tree_free(tree);
}

static void bytes_that_are_no_text(void **state)
{
	struct tree *tree = tree_new("dir x\n");
	struct heard heard = {0};

	(void)state;
	assert_int_equal(run_script(tree, "printf 'a\\000b\\r\\n'", 20, &heard, NULL), 0);
	assert_string_equal(heard.last, "a?b");
	assert_int_equal(heard.lines, 1);
	assert_int_equal(run_script(tree, "exec >&- 2>&-; sleep 0.1; exit 4", 20, &heard, NULL),
			 -EREMOTEIO);
	tree_free(tree);
}

static void inside_another_root(void **state)
{
	struct tree *tree = tree_new("dir x\n");
	_cleanup_close_ int root = open(tree_path(tree), O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *argv[] = {"/x/program", NULL};
	const struct run_request request = {
		.argv = argv, .root = root, .input = -1, .output = -1, .chroot = true};
	struct error error;

	(void)state;
	if (geteuid() != 0) {
		tree_free(tree);
		print_message("# skipped: chroot needs root\n");
		skip();
	}
	/* A program that needs nothing else: the linker's own loader cannot be had, but its absence
	 * inside and its presence outside tell where it was looked for. */
	argv[0] = "/bin/sh";
	assert_int_equal(run_program(&request, &error), -ENOENT);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(how_programs_end),
		cmocka_unit_test(what_cannot_be_started),
		cmocka_unit_test(a_clean_environment),
		cmocka_unit_test(time_limits),
		cmocka_unit_test(programs_that_will_not_go),
		cmocka_unit_test(children_that_are_left),
		cmocka_unit_test(cancelled_with_all_its_group),
		cmocka_unit_test(megabytes),
		cmocka_unit_test(bytes_that_are_no_text),
		cmocka_unit_test(inside_another_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
