/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk that stands in for openat2 must answer as openat2 does. */
#include "preflight/host/walk.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <cmocka.h>

static const char recipe[] = "file etc/passwd\n"
			     "| inside\n"
			     "file a/b/c/file\n"
			     "| deep\n"
			     "link a/up ../etc/passwd\n"
			     "link a/absolute /etc/passwd\n"
			     "link a/out ../../../../../../etc/passwd\n"
			     "link a/loop loop\n"
			     "link a/ping pong\n"
			     "link a/pong ping\n"
			     "link a/dir b/c\n"
			     "link a/lost nowhere\n"
			     "link root /\n"
			     "link a/slash b/c/\n";

static const char *const paths[] = {
	"etc/passwd",
	"/etc/passwd",
	"a/b/c/file",
	"a/up",
	"a/absolute",
	"a/out",
	"a/loop",
	"a/ping",
	"a/dir/file",
	"a/dir/../file",
	"a/lost",
	"nowhere",
	"a/b/nowhere/x",
	"etc/passwd/x",
	"..",
	"../etc/passwd",
	".",
	"a/./b//c/file",
	"root/a/b/c/file",
	"root/../etc/passwd",
	"a/dir",
	"a/b/../../etc/passwd",
	"a/slash",
	"a/slash/file",
	"a/b/c/file/",
	"root/root/root/etc/passwd",
};

static int by_kernel(int directory, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {.flags = (uint64_t)flags | O_CLOEXEC,
			       .resolve = resolve | RESOLVE_NO_MAGICLINKS};
	long fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static void compare(int directory, const char *path, int flags, bool in_root)
{
	_cleanup_close_ int wanted =
		by_kernel(directory, path, flags, in_root ? RESOLVE_IN_ROOT : RESOLVE_BENEATH);
	_cleanup_close_ int found = walk_beneath(directory, path, flags, in_root);
	struct stat first, second;

	if (wanted < 0 || found < 0) {
		if (wanted != found)
			fail_msg("%s (flags %x, in root %d): openat2 %s, walk %s", path, flags,
				 in_root, wanted < 0 ? error_words(wanted) : "opens it",
				 found < 0 ? error_words(found) : "opens it");
		return;
	}
	assert_int_equal(fstat(wanted, &first), 0);
	assert_int_equal(fstat(found, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);
	assert_int_equal(first.st_mode, second.st_mode);
}

static void answers_as_openat2_does(void **state)
{
	static const int flags[] = {O_RDONLY | O_NONBLOCK, O_PATH, O_PATH | O_NOFOLLOW,
				    O_RDONLY | O_DIRECTORY};
	struct tree *tree = tree_new(recipe);
	_cleanup_close_ int directory = open(tree_path(tree), O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	if (by_kernel(directory, ".", O_PATH, RESOLVE_IN_ROOT) == -ENOSYS) {
		print_message("SKIP: this system has no openat2 to compare with\n");
		tree_free(tree);
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		for (size_t f = 0; f < ARRAY_SIZE(flags); f++) {
			compare(directory, paths[i], flags[f], true);
			compare(directory, paths[i], flags[f], false);
		}
	tree_free(tree);
}

static void never_leads_out(void **state)
{
	struct tree *tree = tree_new(recipe);
	_cleanup_close_ int directory = open(tree_path(tree), O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = walk_beneath(directory, "a/out", O_RDONLY, true);
	char text[16] = "";

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 7);
	assert_string_equal(text, "inside\n");
	assert_int_equal(walk_beneath(directory, "a/out", O_RDONLY, false), -EXDEV);
	assert_int_equal(walk_beneath(directory, "a/absolute", O_RDONLY, false), -EXDEV);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_openat2_does),
		cmocka_unit_test(never_leads_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
