/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * damage SEED TREE: damages a host tree in place, at random but the same for a seed: a few files, or a
 * few hundred. Prints what it has done, one line each.
 *
 * A file is cut off, emptied, filled with noise, has bytes flipped, bytes doubled, numbers made huge or negative,
 * lines swapped, its content exchanged with another file's, or it becomes a directory, a FIFO, a socket,
 * a link to itself, a link out of the tree, or unreadable. Directories become files, links go round.
 * It works in a chroot, so it must be root or may make a user namespace.
 */
#include "preflight/base.h"

#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { CONTENT_LIMIT = 1 << 20, WALK_DESCRIPTORS = 32 };

/* What is in the tree; for nftw(), which takes no argument for its function. */
struct entries {
	char **items;
	size_t count, capacity;
};
static struct entries entries;

/* xorshift64*; the same numbers everywhere. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

static size_t below(uint64_t *state, size_t limit)
{
	return limit ? (size_t)(next_random(state) % limit) : 0;
}

static int add_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	if (where->level == 0)
		return 0;
	if (entries.count == entries.capacity) {
		entries.capacity = entries.capacity ? 2 * entries.capacity : 1024;
		entries.items =
			reallocarray(entries.items, entries.capacity, sizeof(*entries.items));
		if (!entries.items)
			abort();
	}
	entries.items[entries.count++] = strdup(path);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* -- contents ------------------------------------------------------------------------------------------ */

struct content {
	char *data;
	size_t length;
};

static void cleanup_content(struct content *content)
{
	free(content->data);
}
#define _cleanup_content_ _cleanup_(cleanup_content)

/* Only a regular file has one. Room for as much again is behind it. */
static bool read_content(const char *path, struct content *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	ssize_t length;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    status.st_size > CONTENT_LIMIT)
		return false;
	ret->data = calloc(1, 2 * (size_t)status.st_size + 64);
	if (!ret->data)
		abort();
	length = read(fd, ret->data, (size_t)status.st_size);
	ret->length = length > 0 ? (size_t)length : 0;
	return true;
}

static void write_content(const char *path, const char *data, size_t length)
{
	_cleanup_close_ int fd = -1;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd >= 0 && write(fd, data, length) != (ssize_t)length)
		abort();
}

static void fill_with_noise(struct content *content, uint64_t *state)
{
	content->length = 1 + below(state, content->length + 32);
	for (size_t i = 0; i < content->length; i++)
		content->data[i] = (char)next_random(state);
}

static void flip_bytes(struct content *content, uint64_t *state)
{
	for (size_t count = 1 + below(state, 8); count && content->length; count--)
		content->data[below(state, content->length)] = (char)next_random(state);
}

static void double_a_part(struct content *content, uint64_t *state)
{
	size_t from = below(state, content->length);
	size_t length = 1 + below(state, content->length - from);

	if (!content->length)
		return;
	memmove(content->data + from + length, content->data + from, content->length - from);
	content->length += length;
}

/* The first number behind a random place. */
static void change_a_number(struct content *content, uint64_t *state)
{
	static const char *const numbers[] = {"-1",
					      "0",
					      "18446744073709551615",
					      "0xffffffffffffffff",
					      "99999999999999999999999",
					      "2147483648",
					      "nan"};
	const char *number = numbers[below(state, ARRAY_SIZE(numbers))];
	size_t at = below(state, content->length), end, size = strlen(number);

	while (at < content->length && !strchr("0123456789", content->data[at] ?: 'x'))
		at++;
	for (end = at;
	     end < content->length && strchr("0123456789abcdefx", content->data[end] ?: '-');)
		end++;
	if (at == content->length)
		return;
	memmove(content->data + at + size, content->data + end, content->length - end);
	memcpy(content->data + at, number, size);
	content->length = content->length - (end - at) + size;
}

static void cut_a_line(struct content *content, uint64_t *state)
{
	size_t at = below(state, content->length);
	char *start = content->length ? memrchr(content->data, '\n', at) : NULL;
	size_t from = start ? (size_t)(start - content->data) : 0;
	char *end = memchr(content->data + at, '\n', content->length - at);
	size_t to = end ? (size_t)(end - content->data) : content->length;

	memmove(content->data + from, content->data + to, content->length - to);
	content->length -= to - from;
}

static void cut_off(struct content *content, uint64_t *state)
{
	content->length = below(state, content->length);
}

static void empty(struct content *content, uint64_t *state)
{
	(void)state;
	content->length = 0;
}

static void fill_with_ff(struct content *content, uint64_t *state)
{
	memset(content->data, 0xff - (int)below(state, 2) * 0xff, content->length);
}

static const struct {
	const char *name;
	void (*run)(struct content *content, uint64_t *state);
} content_damages[] = {
	{"cut off", cut_off},          {"emptied", empty},
	{"noise", fill_with_noise},    {"bytes flipped", flip_bytes},
	{"flipped again", flip_bytes}, {"a part doubled", double_a_part},
	{"a number", change_a_number}, {"another number", change_a_number},
	{"a line cut", cut_a_line},    {"all ones or zeros", fill_with_ff},
};

/* -- kinds of files ------------------------------------------------------------------------------------ */

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	(void)remove(path);
	return 0;
}

static void remove_all(const char *path)
{
	(void)nftw(path, remove_one, WALK_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}

static void make_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Long paths do not fit: those become FIFOs. */
	if (strlen(path) < sizeof(address.sun_path)) {
		(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
		(void)bind(fd, (const struct sockaddr *)&address, sizeof(address));
	} else {
		(void)mkfifo(path, 0644);
	}
}

/* What cannot be made (the folder has become something else) stays away. */
static void make_link(const char *target, const char *path)
{
	if (symlink(target, path) < 0)
		printf("%s: no link\n", path);
}

static void make_loop(const char *path)
{
	make_link(strrchr(path, '/') + 1, path);
}

static void make_way_out(const char *path)
{
	make_link("../../../../../../../../../../../../etc/passwd", path);
}

static void make_link_up(const char *path)
{
	make_link("..", path);
}

static void make_folder(const char *path)
{
	(void)mkdir(path, 0755);
}

static void make_fifo(const char *path)
{
	(void)mkfifo(path, 0644);
}

static void make_nothing(const char *path)
{
	(void)path;
}

static void make_file(const char *path)
{
	write_content(path, "x\n", 2);
}

static const struct {
	const char *name;
	void (*run)(const char *path);
} kind_damages[] = {
	{"a FIFO", make_fifo},
	{"a socket", make_socket},
	{"a link to itself", make_loop},
	{"a link out", make_way_out},
	{"a link upwards", make_link_up},
	{"a folder", make_folder},
	{"gone", make_nothing},
	{"a file", make_file},
};

/* -- one damage ---------------------------------------------------------------------------------------- */

static void exchange(const char *path, uint64_t *state)
{
	const char *other = entries.items[below(state, entries.count)];
	_cleanup_content_ struct content a = {0}, b = {0};

	if (!read_content(path, &a) || !read_content(other, &b))
		return;
	printf("%s: exchanged with %s\n", path, other);
	write_content(path, b.data, b.length);
	write_content(other, a.data, a.length);
}

/* Never through a link. */
static void make_unreadable(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	printf("%s: unreadable\n", path);
	(void)fchmod(fd, 0);
}

/* Links in the tree, old and new, must not lead the damage out of it. */
static int enter(const char *tree)
{
	if (geteuid() != 0 && unshare(CLONE_NEWUSER) < 0)
		return -1;
	return chdir(tree) == 0 && chroot(".") == 0 ? 0 : -1;
}

static void damage(const char *path, uint64_t *state)
{
	size_t which = below(state, 16);
	_cleanup_content_ struct content content = {0};

	if (which == 0) {
		exchange(path, state);
	} else if (which == 1) {
		make_unreadable(path);
	} else if (which <= 4) {
		size_t kind = below(state, ARRAY_SIZE(kind_damages));

		printf("%s: %s\n", path, kind_damages[kind].name);
		remove_all(path);
		kind_damages[kind].run(path);
	} else if (read_content(path, &content)) {
		size_t kind = below(state, ARRAY_SIZE(content_damages));

		printf("%s: %s\n", path, content_damages[kind].name);
		content_damages[kind].run(&content, state);
		write_content(path, content.data, content.length);
	}
}

int main(int argc, char **argv)
{
	static const size_t amounts[] = {1, 2, 3, 5, 10, 30, 100, 400};
	uint64_t state;
	size_t count;

	if (argc != 3) {
		(void)fputs("usage: damage SEED TREE\n", stderr);
		return 2;
	}
	state = strtoull(argv[1], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1;
	(void)next_random(&state);
	if (enter(argv[2]) < 0) {
		perror(argv[2]);
		return 2;
	}
	if (nftw("/", add_entry, WALK_DESCRIPTORS, FTW_PHYS) != 0 || !entries.count)
		return 2;
	qsort(entries.items, entries.count, sizeof(*entries.items), compare);
	count = amounts[below(&state, ARRAY_SIZE(amounts))];
	while (count--)
		damage(entries.items[below(&state, entries.count)], &state);
	for (size_t i = 0; i < entries.count; i++)
		free(entries.items[i]);
	free(entries.items);
	return 0;
}
