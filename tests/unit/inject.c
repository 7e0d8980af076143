/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/inject.h"
#include "configure/change.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <time.h>

static struct injection current;

/* -- what is on the disk ------------------------------------------------------------------------------ */

struct inode {
	dev_t device;
	ino_t number;
	char path[PATH_MAX];
};

static struct {
	bool on;
	struct inode dirty[256];
	size_t count;
	unsigned looked_at;
	char wrong[PATH_MAX + 256];
} order;

static void path_of(int fd, char path[static PATH_MAX])
{
	char link[64];
	ssize_t length;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, PATH_MAX - 1);
	path[length < 0 ? 0 : length] = '\0';
}

static size_t find_dirty(const struct stat *status)
{
	for (size_t i = 0; i < order.count; i++)
		if (order.dirty[i].device == status->st_dev &&
		    order.dirty[i].number == status->st_ino)
			return i;
	return order.count;
}

static void make_dirty(int fd)
{
	struct stat status;

	if (!order.on || fstat(fd, &status) < 0 || find_dirty(&status) < order.count ||
	    order.count == ARRAY_SIZE(order.dirty))
		return;
	order.dirty[order.count].device = status.st_dev;
	order.dirty[order.count].number = status.st_ino;
	path_of(fd, order.dirty[order.count++].path);
}

static void make_clean(const struct stat *status)
{
	size_t index = find_dirty(status);

	if (index < order.count)
		order.dirty[index] = order.dirty[--order.count];
}

static void wrong(const char *what, const char *path, const char *dirty)
{
	if (!*order.wrong)
		(void)snprintf(order.wrong, sizeof(order.wrong),
			       "%s %.1500s while %.1500s is not on the disk", what, path, dirty);
}

/* Before a record is written: all but the log itself and what will only be complete with it. */
static void check_record(int fd)
{
	char path[PATH_MAX];

	path_of(fd, path);
	if (!order.on || !ends_with(path, "/log") || strstr(path, ".new/"))
		return;
	order.looked_at++;
	for (size_t i = 0; i < order.count; i++)
		if (!streq(order.dirty[i].path, path))
			wrong("a record is written to", path, order.dirty[i].path);
}

/* Before a name of the host changes. */
static void check_name(int folder, const char *from)
{
	char path[PATH_MAX];
	struct stat status;

	if (!order.on)
		return;
	order.looked_at++;
	path_of(folder, path);
	if (fstatat(folder, from, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    find_dirty(&status) < order.count)
		wrong("a name changes:", path, from);
	if (strstr(path, "/var/lib/vfiokit"))
		return;
	for (size_t i = 0; i < order.count; i++)
		if (strstr(order.dirty[i].path, "/var/lib/vfiokit"))
			wrong("a name changes in", path, order.dirty[i].path);
}

void inject_order_begin(void)
{
	memset(&order, 0, sizeof(order));
	order.on = true;
}

const char *inject_order_end(unsigned *ret_looked_at)
{
	order.on = false;
	*ret_looked_at = order.looked_at;
	return *order.wrong ? order.wrong : NULL;
}

/* -- what fails ------------------------------------------------------------------------------------------ */

void inject(enum inject_mode mode, unsigned at, int error)
{
	current = (struct injection){.mode = mode, .at = at, .error = error};
}

unsigned inject_stride(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded && strstr(preloaded, "vgpreload") ? 11 : 1;
}

struct injection inject_end(void)
{
	struct injection ended = current;

	current = (struct injection){0};
	return ended;
}

/* Whether this call is to fail; or the end. */
static bool is_hit(const char *call)
{
	unsigned number = ++current.count;

	if (current.mode == INJECT_NOTHING || number < current.at ||
	    (number > current.at && current.mode != INJECT_FROM))
		return false;
	if (!current.call)
		current.call = call;
	if (current.mode == INJECT_KILL)
		(void)kill(getpid(), SIGKILL);
	return true;
}

#define WRAP(name, declaration, arguments, before, after)                                          \
	int __real_change_##name declaration;                                                      \
	int __wrap_change_##name declaration;                                                      \
	int __wrap_change_##name declaration                                                       \
	{                                                                                          \
		int r;                                                                             \
                                                                                                   \
		before;                                                                            \
		if (is_hit(#name))                                                                 \
			return current.error;                                                      \
		r = __real_change_##name arguments;                                                \
		if (r >= 0) {                                                                      \
			after;                                                                     \
		}                                                                                  \
		return r;                                                                          \
	}

#define NOTHING (void)0

WRAP(create, (int folder, const char *name, mode_t mode), (folder, name, mode), NOTHING,
     (make_dirty(folder), make_dirty(r)))
WRAP(clone, (int target, int source), (target, source), NOTHING, make_dirty(target))
WRAP(truncate, (int fd, off_t length), (fd, length), NOTHING, make_dirty(fd))
WRAP(rename, (int folder, const char *from, const char *to), (folder, from, to),
     check_name(folder, from), make_dirty(folder))
WRAP(unlink, (int folder, const char *name), (folder, name), NOTHING, make_dirty(folder))
WRAP(make_folder, (int folder, const char *name, mode_t mode), (folder, name, mode), NOTHING,
     make_dirty(folder))
WRAP(owner, (int fd, uid_t user, gid_t group), (fd, user, group), NOTHING, make_dirty(fd))
WRAP(mode, (int fd, mode_t mode), (fd, mode), NOTHING, make_dirty(fd))
WRAP(times, (int fd, const struct timespec times[static 2]), (fd, times), NOTHING, make_dirty(fd))
WRAP(set_attribute, (int fd, const char *name, const void *value, size_t length),
     (fd, name, value, length), NOTHING, make_dirty(fd))
WRAP(remove_attribute, (int fd, const char *name), (fd, name), NOTHING, make_dirty(fd))
WRAP(start_process, (void), (), NOTHING, NOTHING)

static void sync_done(int fd)
{
	struct stat status;

	if (order.on && fstat(fd, &status) == 0)
		make_clean(&status);
}

static void sync_all_done(int fd)
{
	struct stat status;

	if (!order.on || fstat(fd, &status) < 0)
		return;
	for (size_t i = order.count; i > 0; i--)
		if (order.dirty[i - 1].device == status.st_dev)
			order.dirty[i - 1] = order.dirty[--order.count];
}

WRAP(sync, (int fd), (fd), NOTHING, sync_done(fd))
WRAP(sync_all, (int fd), (fd), NOTHING, sync_all_done(fd))

static void forget_folder(int folder, const char *name)
{
	struct stat status;

	if (order.on && fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		make_clean(&status);
}

WRAP(remove_folder, (int folder, const char *name), (folder, name), forget_folder(folder, name),
     make_dirty(folder))

ssize_t __real_change_write(int fd, const void *data, size_t length, off_t offset);
ssize_t __wrap_change_write(int fd, const void *data, size_t length, off_t offset);

ssize_t __wrap_change_write(int fd, const void *data, size_t length, off_t offset)
{
	check_record(fd);
	if (is_hit("write")) {
		if (current.mode != INJECT_SHORT || length < 2)
			return current.error;
		/* Half of it; the call that goes on fails. */
		current.at++;
		length /= 2;
	}
	make_dirty(fd);
	return __real_change_write(fd, data, length, offset);
}
