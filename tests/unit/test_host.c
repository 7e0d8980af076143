/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/host_made.h"

#include <fcntl.h>

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

	length = 7;
	assert_int_equal(host_read_into(tree_host(tree), "sys/absent", buffer, 4, &length), -ENOENT);
	assert_int_equal(host_read_into(tree_host(tree), "sys", buffer, 4, &length), -EISDIR);
	assert_int_equal(length, 7);
	assert_int_equal(host_read_into(tree_host(tree), "sys/short", buffer, 300, &length), 0);
	assert_int_equal(length, 3);
	assert_memory_equal(buffer, "abc", 3);
	assert_int_equal(host_read_into(tree_host(tree), "sys/empty", buffer, 4, &length), 0);
	assert_int_equal(length, 0);
	assert_int_equal(host_read_into(tree_host(tree), "sys/long", buffer, 299, &length), 0);
	assert_int_equal(length, 299);
	assert_int_equal(buffer[298], 298 - 251);
	tree_free(tree);
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
		cmocka_unit_test(files_for_libraries),
		cmocka_unit_test(first_lines),
		cmocka_unit_test(numbers),
		cmocka_unit_test(lists_are_sorted),
		cmocka_unit_test(long_lists),
		cmocka_unit_test(what_is_there),
		cmocka_unit_test(names_without_measure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
