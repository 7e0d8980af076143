/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/host_made.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

/* A file that stands beside the tree, where no path of the tree may lead. */
static char outside[] = "/tmp/vfiokit-outside-XXXXXX";

static int make_outside(void **state)
{
	int fd = mkstemp(outside);

	(void)state;
	if (fd < 0 || write(fd, "secret\n", 7) != 7)
		return -1;
	return close(fd);
}

static int remove_outside(void **state)
{
	(void)state;
	return unlink(outside);
}
/* -- links ------------------------------------------------------------------------------------------- */

static void links_stay_inside_the_root(void **state)
{
	static const char *const paths[] = {"relative",
					    "absolute",
					    "up",
					    "far-up",
					    "chain",
					    "folder/file",
					    "sys/../sys/file",
					    "../../../../sys/file",
					    "folder/../../../sys/file",
					    "./sys//file",
					    "/sys/file"};
	struct tree *tree = tree_new("file sys/file\n| inside\n"
				     "link relative sys/file\n"
				     "link absolute /sys/file\n"
				     "link sub/up ../sys/file\n"
				     "link up sub/up\n"
				     "link far-up ../../../../../../sys/file\n"
				     "link chain absolute\n"
				     "link folder /sys\n");
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const char *line = untouched;

		if (read_line(tree, arena, paths[i], &line) < 0)
			fail_msg("%s cannot be read", paths[i]);
		assert_string_equal(line, "inside");
	}
	tree_free(tree);
}

/* What would lead to the file outside, were it not for the root. */
static void nothing_leads_out_of_the_root(void **state)
{
	struct tree *tree = tree_new("dir sys\nlink sys/above ../..\nlink root /\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_directory_ struct directory directory = {.fd = -1};
	const char *line = untouched, *name = strrchr(outside, '/') + 1;
	char recipe[512], path[256];

	(void)state;
	(void)snprintf(recipe, sizeof(recipe), "link absolute %s\nlink relative ../%s\n", outside,
		       name);
	tree_add(tree, recipe);
	assert_int_equal(read_line(tree, arena, "absolute", &line), -ENOENT);
	assert_int_equal(read_line(tree, arena, "relative", &line), -ENOENT);
	assert_int_equal(read_line(tree, arena, outside, &line), -ENOENT);
	(void)snprintf(path, sizeof(path), "sys/above/%s", name);
	assert_int_equal(read_line(tree, arena, path, &line), -ENOENT);
	(void)snprintf(path, sizeof(path), "../%s", name);
	assert_int_equal(read_line(tree, arena, path, &line), -ENOENT);
	(void)snprintf(path, sizeof(path), "root/../../../tmp/%s", name);
	assert_int_equal(read_line(tree, arena, path, &line), -ENOENT);
	/* A directory that is held open is a root of its own for ".." and for links. */
	assert_int_equal(host_directory_open(tree_host(tree), "sys", &directory), 0);
	(void)snprintf(path, sizeof(path), "../../%s", name);
	assert_int_equal(directory_read_line(&directory, arena, path, &line), -EXDEV);
	(void)snprintf(path, sizeof(path), "above/%s", name);
	assert_int_equal(directory_read_line(&directory, arena, path, &line), -EXDEV);
	assert_int_equal(directory_read_line(&directory, arena, outside, &line), -EXDEV);
	assert_ptr_equal(line, untouched);
	tree_free(tree);
}

static void links_out_of_an_open_directory(void **state)
{
	struct tree *tree = tree_new("file sys/other/file\n| elsewhere\n"
				     "file sys/one/file\n| here\n"
				     "link sys/one/within file\n"
				     "link sys/one/beside ../other/file\n"
				     "link sys/one/absolute /sys/one/file\n"
				     "dir sys/one/sub\n"
				     "link sys/one/sub/back ../file\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_directory_ struct directory directory = {.fd = -1};
	const char *text = untouched;
	struct strings names = {0};
	struct bytes bytes = {0};
	int64_t number;
	size_t length;

	(void)state;
	assert_int_equal(host_directory_open(tree_host(tree), "sys/one", &directory), 0);
	assert_int_equal(directory_read_line(&directory, arena, "within", &text), 0);
	assert_string_equal(text, "here");
	assert_int_equal(directory_read_line(&directory, arena, "sub/back", &text), 0);
	assert_string_equal(text, "here");
	assert_int_equal(directory_read(&directory, arena, "beside", 0, &bytes), -EXDEV);
	assert_int_equal(directory_read(&directory, arena, "absolute", 0, &bytes), -EXDEV);
	assert_int_equal(directory_read_into(&directory, "beside", &length, 1, &length), -EXDEV);
	assert_int_equal(directory_read_number(&directory, "beside", &number), -EXDEV);
	assert_int_equal(directory_exists(&directory, "beside"), -EXDEV);
	assert_int_equal(directory_list(&directory, arena, "..", &names), -EXDEV);
	/* The link itself stands in the directory, wherever it leads. */
	assert_int_equal(directory_read_link(&directory, arena, "beside", &text), 0);
	assert_string_equal(text, "../other/file");
	assert_int_equal(directory_read_link(&directory, arena, "../other/file", &text), -EXDEV);
	tree_free(tree);
}

static void links_that_go_round(void **state)
{
	struct tree *tree = tree_new("link self self\nlink one two\nlink two one\n"
				     "dir deep\nlink deep/down ../deep/down/down\n"
				     "link dangling sys/absent\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_directory_ struct directory directory = {.fd = -1};
	const char *text = untouched;
	struct strings names = {0};
	struct stat status;

	(void)state;
	assert_int_equal(read_line(tree, arena, "self", &text), -ELOOP);
	assert_int_equal(read_line(tree, arena, "one", &text), -ELOOP);
	assert_int_equal(read_line(tree, arena, "deep/down/file", &text), -ELOOP);
	assert_int_equal(host_list(tree_host(tree), arena, "one", &names), -ELOOP);
	assert_int_equal(host_exists(tree_host(tree), "one"), -ELOOP);
	assert_int_equal(host_stat(tree_host(tree), "one", &status), -ELOOP);
	assert_int_equal(host_real_path(tree_host(tree), arena, "one", &text), -ELOOP);
	assert_int_equal(host_directory_open(tree_host(tree), "one", &directory), -ELOOP);
	assert_int_equal(read_line(tree, arena, "dangling", &text), -ENOENT);
	assert_int_equal(host_exists(tree_host(tree), "dangling"), -ENOENT);
	assert_ptr_equal(text, untouched);
	assert_int_equal(directory.fd, -1);
	/* What they say can be read all the same. */
	assert_int_equal(host_read_link(tree_host(tree), arena, "one", &text), 0);
	assert_string_equal(text, "two");
	tree_free(tree);
}

static void targets_of_links(void **state)
{
	struct tree *tree = tree_new("file file\n| text\n"
				     "link sys/devices/link ../../file\n"
				     "link class /sys/devices\n"
				     "link odd \"a b\"\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_directory_ struct directory directory = {.fd = -1};
	const char *text = untouched;

	(void)state;
	assert_int_equal(host_read_link(tree_host(tree), arena, "absent", &text), -ENOENT);
	assert_int_equal(host_read_link(tree_host(tree), arena, "file", &text), -EINVAL);
	assert_int_equal(host_read_link(tree_host(tree), arena, "sys/devices", &text), -EINVAL);
	assert_int_equal(host_read_link(tree_host(tree), arena, "file/link", &text), -ENOTDIR);
	assert_ptr_equal(text, untouched);
	assert_int_equal(host_read_link(tree_host(tree), arena, "class", &text), 0);
	assert_string_equal(text, "/sys/devices");
	/* Links before the last name are followed. */
	assert_int_equal(host_read_link(tree_host(tree), arena, "class/link", &text), 0);
	assert_string_equal(text, "../../file");
	assert_int_equal(host_directory_open(tree_host(tree), "sys", &directory), 0);
	assert_int_equal(directory_read_link(&directory, arena, "devices/link", &text), 0);
	assert_string_equal(text, "../../file");
	assert_int_equal(directory_read_link(&directory, arena, "devices", &text), -EINVAL);
	assert_int_equal(directory_read_link(&directory, arena, "devices/absent", &text), -ENOENT);
	tree_free(tree);
}

static void real_paths(void **state)
{
	struct tree *tree =
		tree_new("file sys/devices/pci0000:00/0000:00:1f.2/block/sda/size\n| 8\n"
			 "link sys/class/block/sda "
			 "../../devices/pci0000:00/0000:00:1f.2/block/sda\n"
			 "link disk /sys/class/block/sda\n"
			 "link top /\nlink above ../..\nlink dangling absent\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *path = untouched;

	(void)state;
	assert_int_equal(host_real_path(tree_host(tree), arena, "dangling", &path), -ENOENT);
	assert_ptr_equal(path, untouched);
	assert_int_equal(host_real_path(tree_host(tree), arena, "disk", &path), 0);
	assert_string_equal(path, "sys/devices/pci0000:00/0000:00:1f.2/block/sda");
	assert_int_equal(host_real_path(tree_host(tree), arena, "disk/size", &path), 0);
	assert_string_equal(path, "sys/devices/pci0000:00/0000:00:1f.2/block/sda/size");
	assert_int_equal(host_real_path(tree_host(tree), arena, "sys/class/../class", &path), 0);
	assert_string_equal(path, "sys/class");
	assert_int_equal(host_real_path(tree_host(tree), arena, "top", &path), 0);
	assert_string_equal(path, "");
	assert_int_equal(host_real_path(tree_host(tree), arena, "above", &path), 0);
	assert_string_equal(path, "");
	assert_int_equal(host_real_path(tree_host(tree), arena, "", &path), 0);
	assert_string_equal(path, "");
	tree_free(tree);
}

static void real_paths_of_this_machine(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_host_ struct host *live = NULL;
	const char *path = untouched;

	(void)state;
	assert_int_equal(host_open(NULL, &live, NULL), 0);
	assert_int_equal(host_real_path(live, arena, "proc/../proc/sys", &path), 0);
	assert_string_equal(path, "proc/sys");
	assert_int_equal(host_real_path(live, arena, "", &path), 0);
	assert_string_equal(path, "");
}

/* -- what is no file ----------------------------------------------------------------------------------- */

static void make_socket(const struct tree *tree, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	const char *path = path_in(tree, name);

	assert_true(fd >= 0 && strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

/* Every way to read a file gives this error, at once. */
static void assert_no_file(struct tree *tree, const char *name, int wanted)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_directory_ struct directory directory = {.fd = -1};
	struct host *host = tree_host(tree);
	const char *line = untouched;
	struct bytes bytes = {.data = untouched};
	char buffer[8] = "as it is";
	int64_t number = 7;
	size_t length = 7;
	int fd = -7;

	(void)alarm(20); /* what blocks ends the test */
	assert_int_equal(host_read(host, arena, name, 0, &bytes), wanted);
	assert_int_equal(host_read_line(host, arena, name, &line), wanted);
	assert_int_equal(host_open_file(host, name, &fd), wanted);
	assert_int_equal(host_directory_open(host, "", &directory), 0);
	assert_int_equal(directory_read(&directory, arena, name, 0, &bytes), wanted);
	assert_int_equal(directory_read_line(&directory, arena, name, &line), wanted);
	assert_int_equal(directory_read_number(&directory, name, &number), wanted);
	assert_int_equal(directory_read_into(&directory, name, buffer, sizeof(buffer), &length),
			 wanted);
	(void)alarm(0);
	assert_ptr_equal(bytes.data, untouched);
	assert_ptr_equal(line, untouched);
	assert_memory_equal(buffer, "as it is", sizeof(buffer));
	assert_int_equal(number, 7);
	assert_int_equal(length, 7);
	assert_int_equal(fd, -7);
}

static void what_is_no_regular_file(void **state)
{
	struct tree *tree =
		tree_new("fifo fifo\nlink to-fifo fifo\ndir folder\nlink to-folder folder\n");

	(void)state;
	make_socket(tree, "socket");
	assert_no_file(tree, "absent", -ENOENT);
	assert_no_file(tree, "fifo", -EINVAL);
	assert_no_file(tree, "to-fifo", -EINVAL);
	assert_no_file(tree, "folder", -EISDIR);
	assert_no_file(tree, "to-folder", -EISDIR);
	assert_no_file(tree, ".", -EISDIR);
	/* The kernel itself refuses to open a socket (ENXIO): this error tells that nobody tried. */
	assert_no_file(tree, "socket", -EINVAL);
	assert_no_file(tree, "fifo/name", -ENOTDIR);
	tree_free(tree);
}

/* Nodes that would never end, and block devices, which only this machine's own may be opened. */
static void device_nodes_of_a_tree_are_not_opened(void **state)
{
	struct tree *tree = tree_new("dir dev\n");

	(void)state;
	if (mknod(path_in(tree, "dev/zero"), S_IFCHR | 0666, makedev(1, 5)) < 0 ||
	    mknod(path_in(tree, "dev/disk"), S_IFBLK | 0666, makedev(7, 0)) < 0) {
		tree_free(tree);
		skip();
	}
	assert_no_file(tree, "dev/zero", -EINVAL);
	assert_no_file(tree, "dev/disk", -EINVAL);
	tree_free(tree);
}

static void device_nodes_of_this_machine(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_host_ struct host *live = NULL;
	struct bytes bytes = {0};
	int fd = -7;

	(void)state;
	assert_int_equal(host_open(NULL, &live, NULL), 0);
	assert_int_equal(host_read(live, arena, "dev/zero", 0, &bytes), -EINVAL);
	assert_int_equal(host_open_file(live, "dev/zero", &fd), -EINVAL);
	assert_int_equal(host_open_file(live, "dev", &fd), -EISDIR);
	assert_int_equal(fd, -7);
}
/* -- permissions ---------------------------------------------------------------------------------------- */

/* As somebody who is not root: the effective user is another one meanwhile. */
static bool become_nobody(const struct tree *tree)
{
	if (geteuid() != 0)
		return true;
	return chmod(tree_path(tree), 0755) == 0 && seteuid(65534) == 0;
}

static void become_oneself(void)
{
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

static void what_one_may_not_read(void **state)
{
	struct tree *tree = tree_new("file table\n| x\nmode table 0000\n"
				     "file closed/file\n| x\nmode closed 0000\n"
				     "file blind/file\n| x\nmode blind 0111\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct host *host = tree_host(tree);
	struct bytes bytes = {0};
	struct strings names = {0};
	int results[8], fd = -1;

	(void)state;
	if (!become_nobody(tree)) {
		tree_free(tree);
		skip();
	}
	results[0] = host_read(host, arena, "table", 0, &bytes);
	results[1] = host_exists(host, "table"); /* its place may be looked at */
	results[2] = host_read(host, arena, "closed/file", 0, &bytes);
	results[3] = host_exists(host, "closed/file");
	results[4] = host_list(host, arena, "closed", &names);
	results[5] = host_list(host, arena, "blind", &names);
	results[6] = host_exists(host, "blind/file");
	results[7] = host_open_file(host, "table", &fd);
	become_oneself();
	assert_int_equal(results[0], -EACCES);
	assert_int_equal(results[1], 0);
	assert_int_equal(results[2], -EACCES);
	assert_int_equal(results[3], -EACCES);
	assert_int_equal(results[4], -EACCES);
	assert_int_equal(results[5], -EACCES);
	assert_int_equal(results[6], 0);
	assert_int_equal(results[7], -EACCES);
	assert_null(bytes.data);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_stay_inside_the_root),
		cmocka_unit_test(nothing_leads_out_of_the_root),
		cmocka_unit_test(links_out_of_an_open_directory),
		cmocka_unit_test(links_that_go_round),
		cmocka_unit_test(targets_of_links),
		cmocka_unit_test(real_paths),
		cmocka_unit_test(real_paths_of_this_machine),
		cmocka_unit_test(what_is_no_regular_file),
		cmocka_unit_test(device_nodes_of_a_tree_are_not_opened),
		cmocka_unit_test(device_nodes_of_this_machine),
		cmocka_unit_test(what_one_may_not_read),
	};

	return cmocka_run_group_tests(tests, make_outside, remove_outside);
}
