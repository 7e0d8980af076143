/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/host/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

enum { DEPTH_LIMIT = 256, LINK_LIMIT = 40 };

/* The directories from the start down to where the walk is, and what is left of the path. */
struct walk {
	int fds[DEPTH_LIMIT];
	size_t depth; /* fds[0] is the start and is not ours to close */
	char rest[2 * PATH_MAX];
	unsigned links;
	bool in_root;
};

static void go_up_to(struct walk *walk, size_t depth)
{
	while (walk->depth > depth)
		close(walk->fds[--walk->depth]);
}

static void cleanup_walk(struct walk *walk)
{
	go_up_to(walk, 1);
}

/* Takes the next component off rest; false where none is left. */
static bool next_component(struct walk *walk, char component[static NAME_MAX + 1], int *ret_error)
{
	size_t skip = strspn(walk->rest, "/"), length = strcspn(walk->rest + skip, "/");

	*ret_error = 0;
	if (!length)
		return false;
	if (length > NAME_MAX) {
		*ret_error = -ENAMETOOLONG;
		return false;
	}
	memcpy(component, walk->rest + skip, length);
	component[length] = '\0';
	memmove(walk->rest, walk->rest + skip + length, strlen(walk->rest + skip + length) + 1);
	return true;
}

static bool is_last(const struct walk *walk)
{
	return walk->rest[strspn(walk->rest, "/")] == '\0';
}

/* Puts a link's text in front of what is left. */
static int follow(struct walk *walk, int link)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);
	size_t rest = strlen(walk->rest);

	if (length < 0)
		return -errno;
	if (++walk->links > LINK_LIMIT)
		return -ELOOP;
	target[length] = '\0';
	if ((size_t)length + rest + 1 > sizeof(walk->rest))
		return -ENAMETOOLONG;
	if (*target == '/') {
		if (!walk->in_root)
			return -EXDEV;
		go_up_to(walk, 1);
	}
	/* What is left begins with its slash, or is empty. */
	memmove(walk->rest + length, walk->rest, rest + 1);
	memcpy(walk->rest, target, (size_t)length);
	return 0;
}

static int go_up(struct walk *walk)
{
	if (walk->depth > 1)
		go_up_to(walk, walk->depth - 1);
	else if (!walk->in_root)
		return -EXDEV;
	return 0;
}

/* One component that is neither "." nor "..". *ret_fd becomes the result when it is the last. */
static int step(struct walk *walk, const char *component, int flags, int *ret_fd)
{
	int parent = walk->fds[walk->depth - 1], r;
	_cleanup_close_ int fd = openat(parent, component, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	bool last = is_last(walk), slash = *walk->rest == '/';
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (S_ISLNK(status.st_mode) && (!last || slash || !(flags & O_NOFOLLOW)))
		return follow(walk, fd);
	if ((!last || slash || (flags & O_DIRECTORY)) && !S_ISDIR(status.st_mode))
		return -ENOTDIR;
	if (last) {
		r = flags & O_PATH ? TAKE_FD(fd)
				   : openat(parent, component, flags | O_NOFOLLOW | O_CLOEXEC);
		if (r < 0)
			return -errno;
		*ret_fd = r;
		return 0;
	}
	if (walk->depth == DEPTH_LIMIT)
		return -ENAMETOOLONG;
	walk->fds[walk->depth++] = TAKE_FD(fd);
	return 0;
}

int walk_beneath(int directory, const char *path, int flags, bool in_root)
{
	_cleanup_(cleanup_walk) struct walk walk = {.depth = 1, .in_root = in_root};
	char component[NAME_MAX + 1];
	int found = -1, r = 0;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (*path == '/' && !in_root)
		return -EXDEV;
	walk.fds[0] = directory;
	memcpy(walk.rest, path, strlen(path) + 1);
	while (r == 0 && found < 0 && next_component(&walk, component, &r)) {
		if (streq(component, "."))
			continue;
		r = streq(component, "..") ? go_up(&walk) : step(&walk, component, flags, &found);
	}
	if (r < 0 || found >= 0)
		return r < 0 ? r : found;
	/* The path ended in a directory that the walk already holds (".", "..", "/"). */
	found = openat(walk.fds[walk.depth - 1], ".", flags | O_CLOEXEC);
	return found < 0 ? -errno : found;
}
