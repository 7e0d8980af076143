/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/status.h"
#include "configure/change.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#ifndef EXFAT_SUPER_MAGIC
#define EXFAT_SUPER_MAGIC 0x2011bab0
#endif

enum { ATTRIBUTES_LIMIT = 64 * 1024 }; /* XATTR_LIST_MAX, XATTR_SIZE_MAX */

bool status_is_kept(int fd)
{
	struct statfs status;

	return fstatfs(fd, &status) < 0 ||
	       (status.f_type != MSDOS_SUPER_MAGIC && status.f_type != EXFAT_SUPER_MAGIC);
}

static bool is_for_kernel(const char *name)
{
	return streq(name, "security.evm");
}

static bool is_bound_to_bytes(const char *name)
{
	return streq(name, "security.ima");
}

static int read_attribute(int fd, struct arena *arena, const char *name, struct attributes *ret)
{
	char *value = arena_alloc(arena, ATTRIBUTES_LIMIT + 1);
	ssize_t length = fgetxattr(fd, name, value, ATTRIBUTES_LIMIT);
	struct attribute *attribute;

	/* Gone between the two calls, or not for us to read and so not for us to write. */
	if (length < 0)
		return errno == ENODATA || errno == EPERM || errno == EACCES ? 0 : -errno;
	attribute = ARRAY_ADD(arena, ret);
	attribute->name = arena_strdup(arena, name);
	attribute->value = (struct bytes){.data = arena_copy(arena, value, (size_t)length),
					  .length = (size_t)length};
	return 0;
}

static int read_attributes(int fd, struct arena *arena, struct attributes *ret_attributes)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	char *names = arena_alloc(scratch, ATTRIBUTES_LIMIT + 1);
	ssize_t length = flistxattr(fd, names, ATTRIBUTES_LIMIT);

	if (length < 0)
		return errno == EOPNOTSUPP || errno == ENOSYS ? 0 : -errno;
	for (const char *name = names; name < names + length; name += strlen(name) + 1) {
		int r = is_for_kernel(name) ? 0 : read_attribute(fd, arena, name, ret_attributes);

		if (r < 0)
			return r;
	}
	return 0;
}

int status_read(int fd, struct arena *arena, struct file_status *ret_status)
{
	struct file_status status;
	struct stat found;
	int r;

	if (fstat(fd, &found) < 0)
		return -errno;
	status = (struct file_status){
		.mode = found.st_mode & 07777,
		.user = found.st_uid,
		.group = found.st_gid,
		.accessed = found.st_atim,
		.modified = found.st_mtim,
		.size = (uint64_t)found.st_size,
		.names = found.st_nlink,
	};
	r = read_attributes(fd, arena, &status.attributes);
	if (r < 0)
		return r;
	*ret_status = status;
	return 0;
}

static const struct attribute *find_attribute(const struct attributes *attributes, const char *name)
{
	for_each (attribute, attributes)
		if (streq(attribute->name, name))
			return attribute;
	return NULL;
}

static bool same_attribute(const struct attribute *a, const struct attribute *b)
{
	return b && a->value.length == b->value.length &&
	       memcmp(a->value.data, b->value.data, a->value.length) == 0;
}

static int give_attributes(int fd, const struct attributes *has, const struct attributes *wanted,
			   bool exact)
{
	int r = 0;

	for_each (attribute, has)
		if (!find_attribute(wanted, attribute->name) && r == 0)
			r = change_remove_attribute(fd, attribute->name);
	for_each (attribute, wanted) {
		bool leave = !exact && is_bound_to_bytes(attribute->name);

		if (r == 0 && !leave &&
		    !same_attribute(attribute, find_attribute(has, attribute->name)))
			r = change_set_attribute(fd, attribute->name, attribute->value.data,
						 attribute->value.length);
	}
	return r;
}

int status_give(int fd, const struct file_status *status, bool exact)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct timespec times[2] = {status->accessed, status->modified};
	struct file_status has;
	int r = status_read(fd, arena, &has);

	if (r < 0)
		return r;
	/* In this order: a new owner takes capabilities and set-id bits away, an ACL changes the mode. */
	if (has.user != status->user || has.group != status->group)
		r = change_owner(fd, status->user, status->group);
	if (r == 0)
		r = give_attributes(fd, &has.attributes, &status->attributes, exact);
	if (r == 0)
		r = change_mode(fd, status->mode);
	if (r == 0 && exact)
		r = change_times(fd, times);
	return r;
}

bool status_same(const struct file_status *a, const struct file_status *b)
{
	if (a->mode != b->mode || a->user != b->user || a->group != b->group ||
	    a->modified.tv_sec != b->modified.tv_sec ||
	    a->modified.tv_nsec != b->modified.tv_nsec ||
	    a->attributes.count != b->attributes.count)
		return false;
	for_each (attribute, &a->attributes)
		if (!same_attribute(attribute, find_attribute(&b->attributes, attribute->name)))
			return false;
	return true;
}
