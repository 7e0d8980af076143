/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reading command can still do to a file system once it is confined: each test tries it in a child. */
#include "commands/confine.h"
#include "commands/confine_calls.h"
#include "commands/user_file.h"
#include "preflight/facts/journal.h"
#include "preflight/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* folder/file is there with "old"; folder/out and folder/scratch are empty folders. */
static const char *make_folder(void)
{
	static char folder[64];
	int fd;

	(void)snprintf(folder, sizeof(folder), "/tmp/vfiokit-test.XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	fd = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "old", 3), 3);
	close(fd);
	assert_int_equal(mkdir("out", 0700) | mkdir("scratch", 0700), 0);
	return folder;
}

static void remove_folder(const char *folder)
{
	static const char *const files[] = {"file", "out/report", "out/other"};
	static const char *const folders[] = {"out", "scratch"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		(void)unlink(files[i]);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		(void)rmdir(folders[i]);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder), 0);
}

static bool kernel_has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

/* Runs it in a child: 0, or the line of the first try that came out otherwise than expected. */
static int in_child(int (*run)(void))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(run());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define REFUSED(call)                                                                              \
	do {                                                                                       \
		if ((call) != -1 || errno != EACCES)                                               \
			return __LINE__ & 0xff;                                                    \
	} while (0)
#define WORKS(call)                                                                                \
	do {                                                                                       \
		if (!(call))                                                                       \
			return __LINE__ & 0xff;                                                    \
	} while (0)

static int try_to_write(void)
{
	char old[4] = "";
	int fd;

	REFUSED(open("file", O_WRONLY));
	REFUSED(open("file", O_RDWR));
	REFUSED(open("new", O_WRONLY | O_CREAT, 0600));
	REFUSED(open(".", O_TMPFILE | O_WRONLY, 0600));
	REFUSED(mkdir("new", 0700));
	REFUSED(rename("file", "new"));
	REFUSED(unlink("file"));
	REFUSED(symlink("file", "new"));
	REFUSED(mknod("new", S_IFIFO | 0600, 0));
	REFUSED(rmdir("out"));
	fd = open("file", O_RDONLY);
	WORKS(fd >= 0 && read(fd, old, 3) == 3 && streq(old, "old"));
	/* What was open before, as standard output is, stays. */
	WORKS(close(fd) == 0 && getpid() > 0);
	return 0;
}

static int files_child(void)
{
	const struct settings settings = {.reads_only = true};
	int fd = open("file", O_RDWR);

	confine_begin(&settings);
	confine_files(&settings, NULL);
	WORKS(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	WORKS(pwrite(fd, "old", 3, 0) == 3);
	return try_to_write();
}

static void a_tree_is_read_without_writing(void **state)
{
	const char *folder = make_folder();
	int line = kernel_has_landlock() ? in_child(files_child) : 0;

	(void)state;
	remove_folder(folder);
	if (line == 0 && !kernel_has_landlock())
		skip();
	assert_int_equal(line, 0);
}

static int output_child(void)
{
	const struct settings settings = {.reads_only = true, .output = "out/report"};
	struct error error = {0};

	confine_begin(&settings);
	confine_files(&settings, "scratch");
	WORKS(user_file_replace("out/report", "first", 5, &error) == 0);
	WORKS(user_file_replace("out/report", "second", 6, &error) == 0);
	WORKS(mkdir("scratch/a", 0700) == 0 && symlink("x", "scratch/a/b") == 0);
	WORKS(unlink("scratch/a/b") == 0 && rmdir("scratch/a") == 0 && rmdir("scratch") == 0);
	WORKS(unlink("out/report") == 0);
	/* Not beyond: the folder of the output takes files only. */
	REFUSED(mkdir("out/new", 0700));
	REFUSED(symlink("x", "out/new"));
	REFUSED(open("file", O_WRONLY));
	REFUSED(open("new", O_WRONLY | O_CREAT, 0600));
	REFUSED(unlink("file"));
	return 0;
}

static void what_was_asked_for_is_written(void **state)
{
	const char *folder = make_folder();
	int line = kernel_has_landlock() ? in_child(output_child) : 0;

	(void)state;
	remove_folder(folder);
	if (!kernel_has_landlock())
		skip();
	assert_int_equal(line, 0);
}

/* It writes a log for each process that is started, which is refused like all writing. */
static bool is_under_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded && strstr(preloaded, "vgpreload");
}

static int live_child(void)
{
	const struct settings settings = {.reads_only = true};
	_cleanup_arena_ struct arena *arena = arena_new();
	struct host *host = NULL;
	const char *const program[] = {"/bin/sh", "-c", "echo err >&2; echo x", NULL};
	struct strings names = {0};
	struct bytes bytes;
	int line;

	confine_begin(&settings);
	confine_live(&settings);
	line = try_to_write();
	if (line)
		return line;
	REFUSED(chmod("file", 0644));
	REFUSED(truncate("file", 0));
	REFUSED(mount("none", "/mnt", "tmpfs", 0, NULL));
	/* The host is read as before, other processes' open files among it. */
	WORKS(host_open(NULL, &host, NULL) == 0);
	WORKS(host_read(host, arena, "proc/self/mountinfo", 0, &bytes) == 0 && bytes.length > 0);
	WORKS(geteuid() != 0 || host_list(host, arena, "proc/1/fd", &names) == 0);
	host_close(host);
	/* And programs are asked, as journalctl is. */
	WORKS(is_under_valgrind() ||
	      (program_read(arena, program, 30000, 1000, &bytes) == 0 && streq(bytes.data, "x\n")));
	return 0;
}

static void this_machine_is_read_without_writing(void **state)
{
	const char *folder = make_folder();
	int line;

	(void)state;
#if defined(__x86_64__) || defined(__aarch64__)
	line = in_child(live_child);
	remove_folder(folder);
	assert_int_equal(line, 0);
#else
	(void)line;
	remove_folder(folder);
	skip();
#endif
}

static int unasked_child(void)
{
	const struct settings settings = {0};
	int fd;

	confine_begin(&settings);
	confine_files(&settings, NULL);
	confine_live(&settings);
	fd = open("out/other", O_WRONLY | O_CREAT, 0600);
	WORKS(fd >= 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	return 0;
}

static void a_command_that_changes_things_is_left_alone(void **state)
{
	const char *folder = make_folder();
	int line = in_child(unasked_child);

	(void)state;
	remove_folder(folder);
	assert_int_equal(line, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_is_read_without_writing),
		cmocka_unit_test(what_was_asked_for_is_written),
		cmocka_unit_test(this_machine_is_read_without_writing),
		cmocka_unit_test(a_command_that_changes_things_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
