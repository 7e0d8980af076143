/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/replace.h"
#include "configure/folder.h"
#include "tests/unit/host_made.h"
#include "tests/unit/tree_state.h"

#include <fcntl.h>
#include <sys/xattr.h>

/* "u::rw- u:12:r-- g::r-- m::r-- o::---" as the kernel has ACLs on the disk's side of the call. */
static const unsigned char acl[] = {
	2,  0, 0, 0,                         /* version */
	1,  0, 6, 0, 0xff, 0xff, 0xff, 0xff, /* owner */
	2,  0, 4, 0, 12,   0,    0,    0,    /* user 12 */
	4,  0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* group */
	16, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* mask */
	32, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, /* others */
};

struct place {
	struct tree *tree;
	struct arena *arena;
	int root;
};

static struct place place_new(const char *recipe)
{
	struct place place = {.tree = tree_new(recipe), .arena = arena_new()};

	place.root = open(tree_path(place.tree), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(place.root >= 0);
	return place;
}

static void place_free(struct place *place)
{
	close(place->root);
	arena_free(place->arena);
	tree_free(place->tree);
}

static const char *read_text(struct place *place, const char *path)
{
	struct bytes bytes;

	if (host_read(tree_host(place->tree), place->arena, path, 0, &bytes) < 0)
		return NULL;
	return bytes.data;
}

/* path becomes a copy of from. */
static int replace(struct place *place, const char *path, const char *from, bool on_esp,
		   const struct file_status *status, bool exact)
{
	_cleanup_close_ int source = replace_open(place->root, from);
	const struct replace_target target = {
		.root = place->root, .path = path, .tag = "1.0", .on_esp = on_esp};
	const struct replace_status given = {.status = status, .exact = exact, .mode = 0640};
	struct digest digest;

	assert_true(source >= 0);
	assert_int_equal(digest_read(source, &digest), 0);
	return replace_write(&target, source, &digest, &given);
}

static struct file_status status_of(struct place *place, const char *path)
{
	_cleanup_close_ int fd = replace_open(place->root, path);
	struct file_status status;

	assert_true(fd >= 0);
	assert_int_equal(status_read(fd, place->arena, &status), 0);
	return status;
}

static const char two_files[] =
	"file etc/a\n| old\nfile etc/b\n| new\nlink etc/link a\ndir etc/d\n";

static void old_becomes_new(void **state)
{
	(void)state;
	for (int on_esp = 0; on_esp <= 1; on_esp++) {
		struct place place = place_new(two_files);
		struct file_status old;
		struct stat status;
		mode_t mask = umask(077);

		assert_int_equal(chmod(path_in(place.tree, "etc/a"), 0664), 0);
		old = status_of(&place, "etc/a");
		assert_int_equal(replace(&place, "etc/a", "etc/b", on_esp, &old, false), 0);
		assert_string_equal(read_text(&place, "etc/a"), "new\n");
		assert_int_equal(replace(&place, "etc/c", "etc/b", on_esp, NULL, false), 0);
		assert_int_equal(stat(path_in(place.tree, "etc/a"), &status), 0);
		assert_int_equal(status.st_mode & 07777, 0664);
		assert_int_equal(stat(path_in(place.tree, "etc/c"), &status), 0);
		assert_int_equal(status.st_mode & 07777, 0640);
		(void)umask(mask);

		assert_int_equal(access(path_in(place.tree, "etc/.vfiokit-new.1.0"), F_OK), -1);
		assert_int_equal(access(path_in(place.tree, "etc/.vfiokit-old.1.0"), F_OK), -1);
		place_free(&place);
	}
}

static void links_folders_and_nothing(void **state)
{
	struct place place = place_new(two_files);
	const struct replace_target none = {.root = place.root, .path = "etc/none", .tag = "1.0"};
	const struct replace_target far = {.root = place.root, .path = "no/none", .tag = "1.0"};
	const struct replace_target link = {.root = place.root, .path = "etc/link", .tag = "1.0"};

	(void)state;
	assert_int_equal(replace_open(place.root, "etc/link"), -ELOOP);
	assert_int_equal(replace_open(place.root, "etc/d"), -EINVAL);
	assert_int_equal(replace_open(place.root, "etc/none"), -ENOENT);
	assert_int_equal(replace_open(place.root, "no/none"), -ENOENT);
	assert_int_equal(replace_open(place.root, "etc/a/x"), -ENOTDIR);
	assert_int_equal(mkfifo(path_in(place.tree, "etc/fifo"), 0600), 0);
	assert_int_equal(replace_open(place.root, "etc/fifo"), -EINVAL);
	assert_int_equal(replace(&place, "etc/d", "etc/b", false, NULL, false), -EISDIR);
	assert_int_equal(access(path_in(place.tree, "etc/.vfiokit-new.1.0"), F_OK), -1);
	assert_int_equal(replace_remove(&none), 0);
	assert_int_equal(replace_remove(&far), 0);
	assert_int_equal(replace_clean(&far), 0);
	/* The link itself is replaced or removed, what it leads to stays. */
	assert_int_equal(replace(&place, "etc/link", "etc/b", false, NULL, false), 0);
	assert_string_equal(read_text(&place, "etc/link"), "new\n");
	assert_string_equal(read_text(&place, "etc/a"), "old\n");
	assert_int_equal(replace_remove(&link), 0);
	assert_null(read_text(&place, "etc/link"));
	place_free(&place);
}

/* A folder that is a link leads to a place inside the root, wherever it points. */
static void never_out_of_the_root(void **state)
{
	struct place place =
		place_new("file etc/a\n| inside\nlink boot ../../../../etc\nlink x /etc\n");

	(void)state;
	assert_int_equal(replace(&place, "boot/b", "etc/a", false, NULL, false), 0);
	assert_int_equal(replace(&place, "x/c", "etc/a", false, NULL, false), 0);
	assert_string_equal(read_text(&place, "etc/b"), "inside\n");
	assert_string_equal(read_text(&place, "etc/c"), "inside\n");
	place_free(&place);
}

static void left_by_an_interruption(void **state)
{
	struct place place = place_new(two_files);
	const struct replace_target target = {.root = place.root, .path = "etc/a", .tag = "1.0"};

	(void)state;
	tree_add(place.tree,
		 "file etc/.vfiokit-new.1.0\n| half\nfile etc/.vfiokit-old.1.0\n| old\n");
	assert_int_equal(replace_clean(&target), 0);
	assert_null(read_text(&place, "etc/.vfiokit-new.1.0"));
	assert_null(read_text(&place, "etc/.vfiokit-old.1.0"));
	/* And a link that somebody laid there is not followed. */
	tree_add(place.tree, "link etc/.vfiokit-new.1.0 b\n");
	assert_int_equal(replace(&place, "etc/a", "etc/b", false, NULL, false), 0);
	assert_string_equal(read_text(&place, "etc/a"), "new\n");
	assert_string_equal(read_text(&place, "etc/b"), "new\n");
	place_free(&place);
}

static void other_bytes_than_promised(void **state)
{
	struct place place = place_new(two_files);
	const char *before = tree_state(place.arena, tree_path(place.tree));
	_cleanup_close_ int source = replace_open(place.root, "etc/b");
	const struct replace_target target = {.root = place.root, .path = "etc/a", .tag = "1.0"};
	const struct replace_status given = {.mode = 0644};
	const struct digest digest = digest_of("nex\n", 4), shorter = digest_of("new", 3);

	(void)state;
	assert_int_equal(replace_write(&target, source, &digest, &given), -EBADMSG);
	assert_int_equal(replace_write(&target, source, &shorter, &given), -EBADMSG);
	assert_string_equal(tree_state(place.arena, tree_path(place.tree)), before);
	place_free(&place);
}

/* Owner, mode, times, attributes, ACLs: what exact promises, and what it takes away. */
static void everything_besides_the_bytes(void **state)
{
	struct place place = place_new(two_files);
	const char *a = arena_strdup(place.arena, path_in(place.tree, "etc/a"));
	const struct timespec times[2] = {{1500000000, 1}, {1400000000, 2}};
	struct file_status old, now;
	bool attributes;

	(void)state;
	assert_int_equal(chmod(a, 04750), 0);
	attributes = setxattr(a, "user.one", "1\0002", 3, 0) == 0 &&
		     setxattr(a, "system.posix_acl_access", acl, sizeof(acl), 0) == 0;
	if (geteuid() == 0) {
		assert_int_equal(chown(a, 12, 34), 0);
		assert_int_equal(chmod(a, 04640), 0);
		if (attributes)
			assert_int_equal(setxattr(a, "trusted.two", "x", 1, 0), 0);
	}
	assert_int_equal(utimensat(AT_FDCWD, a, times, 0), 0);
	old = status_of(&place, "etc/a");
	/* A change keeps all but the times. */
	assert_int_equal(replace(&place, "etc/a", "etc/b", false, &old, false), 0);
	now = status_of(&place, "etc/a");
	assert_int_equal(now.mode, old.mode);
	assert_int_equal(now.user, old.user);
	assert_int_equal(now.group, old.group);
	assert_int_equal(now.attributes.count, old.attributes.count);
	assert_true(now.modified.tv_sec > old.modified.tv_sec);
	assert_false(status_same(&now, &old));
	now.modified = old.modified;
	assert_true(status_same(&now, &old));
	/* Somebody gives it other ones; putting it back takes them away. */
	assert_int_equal(chmod(a, 0600), 0);
	if (attributes) {
		assert_int_equal(setxattr(a, "user.one", "other", 5, 0), 0);
		assert_int_equal(setxattr(a, "user.three", "3", 1, 0), 0);
	}
	assert_int_equal(replace(&place, "etc/a", "etc/b", false, &old, true), 0);
	now = status_of(&place, "etc/a");
	assert_true(status_same(&now, &old));
	assert_int_equal(now.accessed.tv_sec, 1500000000);
	if (!attributes)
		print_message("# without attributes: this file system has none\n");
	place_free(&place);
}

/* Rules that the folder gives to new files must not stay on one that is put back. */
static void default_rules_of_the_folder(void **state)
{
	struct place place = place_new(two_files);
	struct file_status old = status_of(&place, "etc/a"), now;

	(void)state;
	if (setxattr(path_in(place.tree, "etc"), "system.posix_acl_default", acl, sizeof(acl), 0) <
	    0) {
		place_free(&place);
		print_message("# skipped: this file system has no ACLs\n");
		skip();
	}
	assert_int_equal(replace(&place, "etc/a", "etc/b", false, &old, true), 0);
	now = status_of(&place, "etc/a");
	assert_int_equal(now.attributes.count, 0);
	assert_true(status_same(&now, &old));
	/* A new file has them, as any new file there. */
	assert_int_equal(replace(&place, "etc/c", "etc/b", false, NULL, false), 0);
	assert_int_equal(status_of(&place, "etc/c").attributes.count, 1);
	place_free(&place);
}

static void folders(void **state)
{
	struct place place = place_new("dir a\nlink l a\nfile f\n| x\n");
	struct strings missing = {0};
	struct stat status;
	mode_t mask = umask(077);

	(void)state;
	assert_int_equal(folder_list_missing(place.root, place.arena, "a/b/c/file", &missing), 0);
	assert_string_equal(strings_join(place.arena, &missing, " "), "a/b a/b/c");
	assert_int_equal(folder_list_missing(place.root, place.arena, "f/x/y", &missing), -ENOTDIR);
	assert_int_equal(folder_make(place.root, "a/b/c", 0700), 0);
	assert_int_equal(folder_make(place.root, "a/b/c", 0755), 0);
	assert_int_equal(folder_make(place.root, "f/x", 0755), -ENOTDIR);
	(void)umask(mask);
	assert_int_equal(stat(path_in(place.tree, "a/b"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0755);
	assert_int_equal(stat(path_in(place.tree, "a/b/c"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(folder_remove_empty(place.root, "a/b"), 0);
	assert_int_equal(access(path_in(place.tree, "a/b/c"), F_OK), 0);
	assert_int_equal(folder_remove_empty(place.root, "a/b/c"), 0);
	assert_int_equal(folder_remove_empty(place.root, "a/b/c"), 0);
	assert_int_equal(folder_remove_empty(place.root, "no/where"), 0);
	assert_int_equal(access(path_in(place.tree, "a/b/c"), F_OK), -1);
	place_free(&place);
}

static void contents(void **state)
{
	static const char *const texts[] = {"", "a", "ab", "ac"};
	struct place place = place_new("dir x\n");
	char large[200000];
	int fds[4];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		fds[i] = open(path_in(place.tree, "x"), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		assert_true(fds[i] >= 0);
		assert_int_equal(content_write(fds[i], texts[i], strlen(texts[i]), 0), 0);
	}
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++) {
			struct bytes bytes = {.data = texts[j], .length = strlen(texts[j])};

			assert_int_equal(content_same(fds[i], fds[j]), i == j);
			assert_int_equal(content_is(fds[i], bytes), i == j);
		}
	/* The published value for "a". */
	assert_true(digest_of("a", 1).hash == 0xaf63dc4c8601ec8c);
	/* A difference in the last byte of a file that is read in several pieces. */
	memset(large, 'x', sizeof(large));
	assert_int_equal(content_write(fds[0], large, sizeof(large), 0), 0);
	assert_int_equal(content_write(fds[1], large, sizeof(large), 0), 0);
	assert_int_equal(content_same(fds[0], fds[1]), 1);
	assert_int_equal(content_write(fds[1], "y", 1, sizeof(large) - 1), 0);
	assert_int_equal(content_same(fds[0], fds[1]), 0);
	assert_int_equal(content_is(fds[0], (struct bytes){large, sizeof(large)}), 1);
	assert_int_equal(content_is(fds[1], (struct bytes){large, sizeof(large)}), 0);
	assert_int_equal(content_is(fds[0], (struct bytes){large, sizeof(large) - 1}), 0);
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
	place_free(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_becomes_new),
		cmocka_unit_test(links_folders_and_nothing),
		cmocka_unit_test(never_out_of_the_root),
		cmocka_unit_test(left_by_an_interruption),
		cmocka_unit_test(other_bytes_than_promised),
		cmocka_unit_test(everything_besides_the_bytes),
		cmocka_unit_test(default_rules_of_the_folder),
		cmocka_unit_test(folders),
		cmocka_unit_test(contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
