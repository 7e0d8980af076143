/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/host.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <cmocka.h>

/* A place for results that must stay as they are on failure. */
static const char untouched[] = "untouched";

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

static const char *path_in(const struct tree *tree, const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", tree_path(tree), name);
	return path;
}

/* A file of size bytes, of which each is told by its place. */
static void write_file(const struct tree *tree, const char *name, size_t size)
{
	FILE *file = fopen(path_in(tree, name), "w");

	assert_non_null(file);
	for (size_t i = 0; i < size; i++)
		(void)fputc((int)(i % 251), file);
	assert_int_equal(fclose(file), 0);
}

static void assert_content(const struct bytes *bytes, size_t size)
{
	assert_int_equal(bytes->length, size);
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)bytes->data[i] != i % 251)
			fail_msg("byte %zu of %zu is wrong", i, size);
	assert_int_equal(bytes->data[size], '\0');
}

/* -- roots ------------------------------------------------------------------------------------------ */

static void roots_that_are_none(void **state)
{
	struct tree *tree = tree_new("file name\n| text\n");
	struct error error = {0};
	struct host *host = NULL;

	(void)state;
	assert_int_equal(host_open(path_in(tree, "absent"), &host, &error), -ENOENT);
	assert_non_null(strstr(error.message, "absent"));
	assert_non_null(strstr(error.message, "No such file"));
	assert_int_equal(host_open(path_in(tree, "name"), &host, &error), -ENOTDIR);
	assert_non_null(strstr(error.message, "Not a directory"));
	assert_int_equal(host_open("", &host, NULL), -ENOENT);
	assert_null(host);
	host_close(NULL);
	tree_free(tree);
}

static void trees_and_this_machine(void **state)
{
	struct tree *tree = tree_new("dir proc\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_host_ struct host *live = NULL, *slash = NULL;
	const char *line = untouched;
	char pid[16];

	(void)state;
	assert_false(host_is_live(tree_host(tree)));
	assert_int_equal(host_open(NULL, &live, NULL), 0);
	assert_int_equal(host_open("/", &slash, NULL), 0);
	assert_true(host_is_live(live));
	assert_true(host_is_live(slash));
	assert_int_equal(host_read_line(live, arena, "proc/self/stat", &line), 0);
	(void)snprintf(pid, sizeof(pid), "%d ", (int)getpid());
	assert_true(starts_with(line, pid));
	/* Files of procfs say that they hold nothing; they are read to their end all the same. */
	assert_int_equal(host_read_line(live, arena, "proc/version", &line), 0);
	assert_true(starts_with(line, "Linux version "));
	tree_free(tree);
}

/* -- sizes ------------------------------------------------------------------------------------------ */

static void files_of_every_size(void **state)
{
	static const size_t sizes[] = {0,     1,     4095,  4096,   4097,
				       65535, 65536, 65537, 131072, 1 << 20};
	struct tree *tree = tree_new("dir sys\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_directory_ struct directory directory = {.fd = -1};

	(void)state;
	assert_int_equal(host_directory_open(tree_host(tree), "sys", &directory), 0);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct bytes bytes = {0};

		write_file(tree, "sys/file", sizes[i]);
		assert_int_equal(host_read(tree_host(tree), arena, "sys/file", 0, &bytes), 0);
		assert_content(&bytes, sizes[i]);
		bytes = (struct bytes){0};
		assert_int_equal(directory_read(&directory, arena, "file", 0, &bytes), 0);
		assert_content(&bytes, sizes[i]);
	}
	tree_free(tree);
}

static void files_beyond_the_limit(void **state)
{
	static const struct {
		size_t size, limit;
		int wanted;
	} cases[] = {
		{1, 1, 0},
		{2, 1, -EFBIG},
		{4095, 4095, 0},
		{4096, 4095, -EFBIG},
		{4096, 4096, 0},
		{4097, 4096, -EFBIG},
		{4097, 4097, 0},
		{65536, 65536, 0},
		{65537, 65536, -EFBIG},
		{200000, 65536, -EFBIG},
		{200000, 199999, -EFBIG},
		{200000, 200000, 0},
	};
	struct tree *tree = tree_new("dir sys\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_directory_ struct directory directory = {.fd = -1};

	(void)state;
	assert_int_equal(host_directory_open(tree_host(tree), "sys", &directory), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bytes bytes = {.data = untouched, .length = 7};

		write_file(tree, "sys/file", cases[i].size);
		assert_int_equal(
			host_read(tree_host(tree), arena, "sys/file", cases[i].limit, &bytes),
			cases[i].wanted);
		assert_int_equal(directory_read(&directory, arena, "file", cases[i].limit, &bytes),
				 cases[i].wanted);
		if (cases[i].wanted == 0) {
			assert_content(&bytes, cases[i].size);
		} else {
			assert_ptr_equal(bytes.data, untouched);
			assert_int_equal(bytes.length, 7);
		}
	}
	tree_free(tree);
}

static void the_usual_limit(void **state)
{
	struct tree *tree = tree_new("file large\n| text\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes bytes = {0};

	(void)state;
	assert_int_equal(truncate(path_in(tree, "large"), HOST_FILE_LIMIT), 0);
	assert_int_equal(host_read(tree_host(tree), arena, "large", 0, &bytes), 0);
	assert_int_equal(bytes.length, HOST_FILE_LIMIT);
	assert_int_equal(truncate(path_in(tree, "large"), HOST_FILE_LIMIT + 1), 0);
	assert_int_equal(host_read(tree_host(tree), arena, "large", 0, &bytes), -EFBIG);
	/* Nothing near this size is ever read into memory. */
	assert_int_equal(truncate(path_in(tree, "large"), (off_t)1 << 40), 0);
	assert_int_equal(host_read(tree_host(tree), arena, "large", 0, &bytes), -EFBIG);
	assert_int_equal(bytes.length, HOST_FILE_LIMIT);
	tree_free(tree);
}

static void the_first_bytes_into_a_buffer(void **state)
{
	struct tree *tree = tree_new("raw sys/short\n| abc\nraw sys/empty\nlink sys/link short\n");
	_cleanup_directory_ struct directory directory = {.fd = -1};
	unsigned char buffer[300];
	size_t length = 7;

	(void)state;
	assert_int_equal(host_directory_open(tree_host(tree), "sys", &directory), 0);
	assert_int_equal(directory_read_into(&directory, "absent", buffer, 4, &length), -ENOENT);
	assert_int_equal(length, 7);
	assert_int_equal(directory_read_into(&directory, "short", buffer, 4, &length), 0);
	assert_int_equal(length, 3);
	assert_memory_equal(buffer, "abc", 3);
	assert_int_equal(directory_read_into(&directory, "link", buffer, 2, &length), 0);
	assert_int_equal(length, 2);
	assert_int_equal(directory_read_into(&directory, "empty", buffer, 4, &length), 0);
	assert_int_equal(length, 0);
	write_file(tree, "sys/long", 100000);
	assert_int_equal(directory_read_into(&directory, "long", buffer, sizeof(buffer), &length),
			 0);
	assert_int_equal(length, sizeof(buffer));
	assert_int_equal(buffer[299], 299 - 251);
	tree_free(tree);
}

/* -- links ------------------------------------------------------------------------------------------- */

static int read_line(struct tree *tree, struct arena *arena, const char *path,
		     const char **ret_line)
{
	return host_read_line(tree_host(tree), arena, path, ret_line);
}

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

	assert_true(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path_in(tree, name));
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

static void files_for_libraries(void **state)
{
	struct tree *tree = tree_new("raw boot/image\n| abc\nlink image /boot/image\n");
	char buffer[8];
	int fd = -1;

	(void)state;
	assert_int_equal(host_open_file(tree_host(tree), "image", &fd), 0);
	assert_int_equal(read(fd, buffer, sizeof(buffer)), 3);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	tree_free(tree);
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
	_cleanup_directory_ struct directory directory = {.fd = -1};
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

/* -- lines and numbers ------------------------------------------------------------------------------------ */

static void assert_line(const char *content, size_t length, const char *wanted)
{
	struct tree *tree = tree_new("dir sys\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_directory_ struct directory directory = {.fd = -1};
	FILE *file = fopen(path_in(tree, "sys/file"), "w");
	const char *line;

	assert_non_null(file);
	assert_int_equal(fwrite(content, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(host_read_line(tree_host(tree), arena, "sys/file", &line), 0);
	assert_string_equal(line, wanted);
	assert_int_equal(host_directory_open(tree_host(tree), "sys", &directory), 0);
	assert_int_equal(directory_read_line(&directory, arena, "file", &line), 0);
	assert_string_equal(line, wanted);
	tree_free(tree);
}

#define ASSERT_LINE(content, wanted) assert_line(content, sizeof(content) - 1, wanted)

static void first_lines(void **state)
{
	char longest[5000];

	(void)state;
	ASSERT_LINE("", "");
	ASSERT_LINE("\n", "");
	ASSERT_LINE("\nsecond\n", "");
	ASSERT_LINE("0x10de\n", "0x10de");
	ASSERT_LINE("no newline", "no newline");
	ASSERT_LINE("first\nsecond\n", "first");
	ASSERT_LINE("windows\r\nsecond", "windows");
	ASSERT_LINE("  blanks in front stay \t \n", "  blanks in front stay");
	ASSERT_LINE(" \t\r\n", "");
	ASSERT_LINE("before\0behind\n", "before");
	ASSERT_LINE("\0", "");
	memset(longest, 'x', sizeof(longest));
	{
		char wanted[4096];

		memset(wanted, 'x', sizeof(wanted));
		wanted[4095] = '\0';
		assert_line(longest, sizeof(longest), wanted);
		assert_line(longest, 4095, wanted);
	}
}

static int read_number(const char *content, int64_t *ret_number)
{
	struct tree *tree = tree_new("dir sys\n");
	_cleanup_directory_ struct directory directory = {.fd = -1};
	FILE *file = fopen(path_in(tree, "sys/file"), "w");
	int r;

	assert_non_null(file);
	assert_true(fputs(content, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(host_directory_open(tree_host(tree), "sys", &directory), 0);
	r = directory_read_number(&directory, "file", ret_number);
	tree_free(tree);
	return r;
}

static void numbers(void **state)
{
	static const struct {
		const char *content;
		int64_t number;
	} good[] = {
		{"0\n", 0},
		{"-1\n", -1},
		{"256\n", 256},
		{"0x10de\n", 0x10de},
		{"0x030000\n", 0x030000},
		{"0XFF", 0xff},
		{"12 \n34\n", 12},
		{"9223372036854775807", INT64_MAX},
		{"-9223372036854775808", INT64_MIN},
	};
	static const char *const bad[] = {
		"",
		"\n",
		"x",
		"10de\n",
		"0x\n",
		"12 34\n",
		"1.5\n",
		"9223372036854775808",
		"0xffffffffffffffff",
		"-",
		"08\n",
		"\xff",
		"99999999999999999999999999999999999999999999999999999999999999999999999"};
	int64_t number = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (read_number(bad[i], &number) != -EINVAL)
			fail_msg("\"%s\" is no number", bad[i]);
	assert_int_equal(number, 7);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(read_number(good[i].content, &number), 0);
		assert_true(number == good[i].number);
	}
}

/* -- lists, existence ---------------------------------------------------------------------------------------- */

static void lists_are_sorted(void **state)
{
	struct tree *tree =
		tree_new("dir sys/b\nfile sys/B\n| x\nfile sys/a-file\n| x\nfile sys/.hidden\n| x\n"
			 "link sys/10 absent\nfile sys/9\n| x\nlink list /sys\ndir empty\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_directory_ struct directory directory = {.fd = -1};
	struct strings names = {.count = 7};

	(void)state;
	assert_int_equal(host_list(tree_host(tree), arena, "absent", &names), -ENOENT);
	assert_int_equal(host_list(tree_host(tree), arena, "sys/B", &names), -ENOTDIR);
	assert_int_equal(names.count, 7);
	assert_int_equal(host_list(tree_host(tree), arena, "empty", &names), 0);
	assert_int_equal(names.count, 0);
	assert_int_equal(host_list(tree_host(tree), arena, "list", &names), 0);
	assert_string_equal(strings_join(arena, &names, " "), ".hidden 10 9 B a-file b");
	assert_int_equal(host_directory_open(tree_host(tree), "", &directory), 0);
	assert_int_equal(directory_list(&directory, arena, "sys", &names), 0);
	assert_int_equal(names.count, 6);
	assert_int_equal(directory_list(&directory, arena, ".", &names), 0);
	assert_string_equal(strings_join(arena, &names, " "), "empty list sys");
	assert_int_equal(directory_list(&directory, arena, "absent", &names), -ENOENT);
	tree_free(tree);
}

static void long_lists(void **state)
{
	struct tree *tree = tree_new("dir sys\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct strings names = {0};

	(void)state;
	for (int i = 0; i < 2000; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "sys/name-%04d", 1999 - i);
		assert_int_equal(mkdir(path_in(tree, name), 0755), 0);
	}
	assert_int_equal(host_list(tree_host(tree), arena, "sys", &names), 0);
	assert_int_equal(names.count, 2000);
	for (size_t i = 0; i + 1 < names.count; i++)
		assert_true(strcmp(names.items[i], names.items[i + 1]) < 0);
	tree_free(tree);
}

static void what_is_there(void **state)
{
	struct tree *tree = tree_new("raw sys/file\n| abc\nmode sys/file 0640\ndir sys/folder\n"
				     "link link sys/file\nfifo fifo\n");
	_cleanup_directory_ struct directory directory = {.fd = -1};
	struct stat status = {0};

	(void)state;
	assert_int_equal(host_exists(tree_host(tree), "sys/file"), 0);
	assert_int_equal(host_exists(tree_host(tree), "link"), 0);
	assert_int_equal(host_exists(tree_host(tree), "fifo"), 0);
	assert_int_equal(host_exists(tree_host(tree), ""), 0);
	assert_int_equal(host_exists(tree_host(tree), "absent"), -ENOENT);
	assert_int_equal(host_exists(tree_host(tree), "sys/file/more"), -ENOTDIR);
	assert_int_equal(host_stat(tree_host(tree), "absent", &status), -ENOENT);
	assert_int_equal(status.st_mode, 0);
	assert_int_equal(host_stat(tree_host(tree), "link", &status), 0);
	assert_true(S_ISREG(status.st_mode));
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(status.st_size, 3);
	assert_int_equal(host_directory_open(tree_host(tree), "sys", &directory), 0);
	assert_int_equal(directory_exists(&directory, "folder"), 0);
	assert_int_equal(directory_exists(&directory, "absent"), -ENOENT);
	assert_int_equal(host_directory_open(tree_host(tree), "sys/file", &directory), -ENOTDIR);
	host_directory_close(&directory);
	host_directory_close(&directory); /* twice does no harm */
	assert_int_equal(directory.fd, -1);
	tree_free(tree);
}

static void names_without_measure(void **state)
{
	struct tree *tree = tree_new("dir sys\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *line = untouched;
	char name[10000];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(read_line(tree, arena, name, &line), -ENAMETOOLONG);
	name[300] = '\0';
	assert_int_equal(read_line(tree, arena, name, &line), -ENAMETOOLONG);
	assert_int_equal(host_real_path(tree_host(tree), arena, name, &line), -ENAMETOOLONG);
	for (size_t i = 0; i + 1 < sizeof(name); i++)
		name[i] = i % 2 ? '/' : '.';
	assert_int_equal(read_line(tree, arena, name, &line), -ENAMETOOLONG);
	assert_ptr_equal(line, untouched);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_that_are_none),
		cmocka_unit_test(trees_and_this_machine),
		cmocka_unit_test(files_of_every_size),
		cmocka_unit_test(files_beyond_the_limit),
		cmocka_unit_test(the_usual_limit),
		cmocka_unit_test(the_first_bytes_into_a_buffer),
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
		cmocka_unit_test(files_for_libraries),
		cmocka_unit_test(what_one_may_not_read),
		cmocka_unit_test(first_lines),
		cmocka_unit_test(numbers),
		cmocka_unit_test(lists_are_sorted),
		cmocka_unit_test(long_lists),
		cmocka_unit_test(what_is_there),
		cmocka_unit_test(names_without_measure),
	};

	return cmocka_run_group_tests(tests, make_outside, remove_outside);
}
