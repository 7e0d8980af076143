/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/storage.h"
#include "preflight/facts/sysfs_path.h"

#include <strings.h>

struct block *storage_find_name(const struct storage *storage, const char *name)
{
	size_t low = 0, high = storage->blocks.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct block *block = &storage->blocks.items[middle];
		int order = strcmp(block->name, name);

		if (order == 0)
			return block;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static uint64_t number_of(const struct block *block)
{
	return (uint64_t)block->major << 32 | block->minor;
}

int block_compare_numbers(const void *a, const void *b)
{
	uint64_t left = number_of(*(struct block *const *)a);
	uint64_t right = number_of(*(struct block *const *)b);

	return left < right ? -1 : left > right;
}

struct block *storage_find_number(const struct storage *storage, unsigned major, unsigned minor)
{
	struct block wanted = {.major = major, .minor = minor}, *key = &wanted, **found;

	if (!storage->by_number.count)
		return NULL;
	found = bsearch(&key, storage->by_number.items, storage->by_number.count, sizeof(key),
			block_compare_numbers);
	return found ? *found : NULL;
}

int block_compare_mappers(const void *a, const void *b)
{
	return strcmp((*(struct block *const *)a)->mapper_name,
		      (*(struct block *const *)b)->mapper_name);
}

static struct block *find_mapper(const struct storage *storage, const char *name)
{
	struct block wanted = {.mapper_name = name}, *key = &wanted, **found;

	if (!storage->mappers.count)
		return NULL;
	found = bsearch(&key, storage->mappers.items, storage->mappers.count, sizeof(key),
			block_compare_mappers);
	return found ? *found : NULL;
}

/* "VG/LV", behind "/dev/". */
static struct block *find_volume(const struct storage *storage, const char *name)
{
	const char *slash = strchr(name, '/');

	if (!slash)
		return NULL;
	for_each (block, &storage->mappers)
		if ((*block)->volume_group && streq((*block)->volume, slash + 1) &&
		    strlen((*block)->volume_group) == (size_t)(slash - name) &&
		    starts_with(name, (*block)->volume_group))
			return *block;
	return NULL;
}

/* Kernel names hold '!' where the node's name holds '/'. */
static struct block *find_node(const struct storage *storage, const char *name)
{
	char *kernel_name = arena_strdup(storage->facts->arena, name);

	for (char *at = kernel_name; *at; at++)
		if (*at == '/')
			*at = '!';
	return storage_find_name(storage, kernel_name);
}

static struct block *find_device_path(const struct storage *storage, const char *path)
{
	const char *name = path + strlen("/dev/"), *target;
	struct block *found;

	if (starts_with(name, "mapper/"))
		return find_mapper(storage, name + strlen("mapper/"));
	found = find_node(storage, name);
	if (!found)
		found = find_volume(storage, name);
	if (!found && host_read_link(storage->host, storage->facts->arena, path + 1, &target) == 0)
		found = storage_find_name(storage, sysfs_path_last(target));
	return found;
}

/* A name that a file system or a partition carries: as fstab writes it, and udev's folder of links. */
struct tag {
	const char *word, *folder;
	size_t member; /* in struct signature */
};

static const struct tag tags[] = {
	{"UUID=", "/dev/disk/by-uuid/", offsetof(struct signature, uuid)},
	{"LABEL=", "/dev/disk/by-label/", offsetof(struct signature, label)},
	{"PARTUUID=", "/dev/disk/by-partuuid/", offsetof(struct signature, partition_uuid)},
};

static struct block *find_tagged(const struct storage *storage, const struct tag *tag,
				 const char *value)
{
	struct arena *arena = storage->facts->arena;
	const char *link = arena_printf(arena, "%s%s", tag->folder, value), *target;

	for_each (block, &storage->blocks) {
		const char *own;

		memcpy(&own, (const char *)&block->signature + tag->member, sizeof(own));
		if (own && strcasecmp(own, value) == 0)
			return block;
	}
	if (strchr(value, '/') || host_read_link(storage->host, arena, link + 1, &target) < 0)
		return NULL;
	return storage_find_name(storage, sysfs_path_last(target));
}

/* fstab(5) allows quotes around the value. */
static const char *unquote(struct arena *arena, const char *value)
{
	value += *value == '"';
	return arena_copy(arena, value, strcspn(value, "\""));
}

struct block *storage_find_source(const struct storage *storage, const char *source)
{
	unsigned major, minor;

	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		const struct tag *tag = &tags[i];

		if (starts_with(source, tag->folder))
			return find_tagged(storage, tag, source + strlen(tag->folder));
		if (starts_with(source, tag->word))
			return find_tagged(
				storage, tag,
				unquote(storage->facts->arena, source + strlen(tag->word)));
	}
	if (starts_with(source, "/dev/"))
		return find_device_path(storage, source);
	if (block_number_parse(source, &major, &minor))
		return storage_find_number(storage, major, minor);
	return NULL;
}
