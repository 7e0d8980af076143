/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/storage.h"
#include "preflight/facts/sysfs_path.h"

#include <errno.h>

static const char class_block[] = "sys/class/block";

void storage_set_unknown(struct storage *storage, const char *path, int error)
{
	if (storage->why_unknown.path)
		return;
	facts_add_unread(storage->facts, path, error);
	storage->known = UNKNOWN;
	storage->why_unknown = (struct unread){
		.path = arena_printf(storage->facts->arena, "/%s", path), .error = error};
}

/* -- the list ---------------------------------------------------------------------------------- */

/* Memory disks and disks over the network: never below a PCI function, and of no use to find one. */
static bool name_is_ignored(const char *name)
{
	static const char *const prefixes[] = {"ram", "zram", "nbd", "zd"};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		const char *rest = name + strlen(prefixes[i]);

		if (starts_with(name, prefixes[i]) && *rest >= '0' && *rest <= '9')
			return true;
	}
	return false;
}

static const char *node_of(struct arena *arena, const char *name)
{
	char *node = arena_printf(arena, "/dev/%s", name);

	for (char *at = node; *at; at++)
		if (*at == '!')
			*at = '/';
	return text_printable(arena, node);
}

static void add_block(struct storage *storage, const struct directory *class, const char *name)
{
	struct arena *arena = storage->facts->arena;
	struct block *block = ARRAY_ADD(arena, &storage->blocks);
	const char *in_class = arena_printf(arena, "%s/%s", class_block, name);
	int r;

	block->name = name;
	block->node = node_of(arena, name);
	block->kind = block_stack_kind(name);
	block->optical = (starts_with(name, "sr") || starts_with(name, "fd")) && name[2] >= '0' &&
			 name[2] <= '9';
	r = directory_read_link(class, arena, name, &block->link);
	if (r == 0) {
		block->path = sysfs_path_resolve(arena, class_block, block->link);
		return;
	}
	/* A copy that followed the links: where the block lies cannot be told any more. */
	block->path = in_class;
	storage_set_unknown(storage, in_class, r);
}

/* The block in whose directory this one lies, as a partition does in its disk's. */
static struct block *find_parent(const struct storage *storage, const struct block *block)
{
	const char *last = sysfs_path_last(block->path), *folder;
	struct block *parent;

	if (last == block->path)
		return NULL;
	folder = arena_copy(storage->facts->arena, block->path, (size_t)(last - 1 - block->path));
	parent = storage_find_name(storage, sysfs_path_last(folder));
	return parent && streq(parent->path, folder) ? parent : NULL;
}

static void functions_merge(struct facts *facts, struct device_refs *into,
			    const struct device_refs *from)
{
	for_each (device, from) {
		bool known = false;

		for_each (present, into)
			known |= *present == *device;
		if (!known)
			*ARRAY_ADD(facts->arena, into) = *device;
	}
}

/* -- NVMe native multipath --------------------------------------------------------------------- */

/*
 * The disk of a subsystem with several controllers lies below sys/devices/virtual/nvme-subsystem, not
 * below a PCI function. The subsystem's directory holds a link to each controller.
 */
struct subsystem {
	const char *path;
	struct device_refs functions;
	bool told; /* at least one controller was named, a remote one (nvme-tcp) perhaps */
	int error;
};

static const char *subsystem_path(struct arena *arena, const char *path)
{
	static const char folder[] = "/nvme-subsystem/";
	const char *found = strstr(path, folder), *end;

	if (!found)
		return NULL;
	end = strchr(found + strlen(folder), '/');
	return end ? arena_copy(arena, path, (size_t)(end - path)) : NULL;
}

static void read_controller(const struct storage *storage, const char *name,
			    struct subsystem *subsystem)
{
	struct arena *arena = storage->facts->arena;
	const char *folder = subsystem->path, *target;

	if (host_read_link(storage->host, arena, arena_printf(arena, "%s/%s", folder, name),
			   &target) < 0) {
		folder = "sys/class/nvme";
		if (host_read_link(storage->host, arena, arena_printf(arena, "%s/%s", folder, name),
				   &target) < 0)
			return;
	}
	subsystem->told = true;
	sysfs_path_functions(storage->facts, sysfs_path_resolve(arena, folder, target),
			     &subsystem->functions);
}

static void read_subsystem(const struct storage *storage, const char *path,
			   struct subsystem *subsystem)
{
	struct strings names = {0};

	*subsystem = (struct subsystem){.path = path};
	subsystem->error = host_list(storage->host, storage->facts->arena, path, &names);
	for_each (name, &names)
		if (nvme_controller_name(*name))
			read_controller(storage, *name, subsystem);
}

/* The hidden paths ("nvme0c1n1") lie below their functions and name their disk. */
static void map_hidden_path(struct storage *storage, struct block *block)
{
	const char *disk_name = nvme_path_disk(storage->facts->arena, block->name);
	struct block *disk = disk_name ? storage_find_name(storage, disk_name) : NULL;

	if (!disk)
		return;
	block->hidden = true;
	functions_merge(storage->facts, &disk->functions, &block->functions);
}

static void map_subsystems(struct storage *storage)
{
	struct subsystem subsystem = {0};

	for_each (block, &storage->blocks) {
		const char *path = subsystem_path(storage->facts->arena, block->path);

		if (!path || block->disk)
			continue;
		/* Sorted by name: the disks of a subsystem follow each other. */
		if (!streq(path, subsystem.path))
			read_subsystem(storage, path, &subsystem);
		functions_merge(storage->facts, &block->functions, &subsystem.functions);
		if (!block->functions.count && !subsystem.told)
			storage_set_unknown(storage, path,
					    subsystem.error ? subsystem.error : -ENOENT);
	}
}

/* -- what each block says ------------------------------------------------------------------------ */

static void add_holder(struct storage *storage, struct block *below, struct block *above)
{
	for_each (known, &below->holders)
		if (*known == above)
			return;
	*ARRAY_ADD(storage->facts->arena, &below->holders) = above;
}

static void read_mapper(struct storage *storage, const struct directory *directory,
			struct block *block)
{
	struct arena *arena = storage->facts->arena;
	const char *uuid = NULL, *name = NULL;

	(void)directory_read_line(directory, arena, "dm/uuid", &uuid);
	if (directory_read_line(directory, arena, "dm/name", &name) < 0 || !*name)
		name = NULL;
	block->kind = mapper_stack_kind(uuid);
	block->mapper_name = name;
	if (!name)
		return;
	block->node = text_printable(arena, arena_printf(arena, "/dev/mapper/%s", name));
	if (block->kind == STACK_LVM)
		(void)lvm_name_split(arena, name, &block->volume_group, &block->volume);
}

/* The same edge from below (holders) and from above (slaves): either may be missing in a tree. */
static void read_edges(struct storage *storage, const struct directory *directory,
		       struct block *block)
{
	struct arena *arena = storage->facts->arena;
	struct strings names = {0};
	struct block *other;

	(void)directory_list(directory, arena, "holders", &names);
	for_each (name, &names) {
		other = storage_find_name(storage, *name);
		if (other)
			add_holder(storage, block, other);
		else
			storage_set_unknown(
				storage, arena_printf(arena, "%s/%s", class_block, *name), -ENOENT);
	}
	if (block->kind == STACK_NONE || block->disk)
		return;
	names = (struct strings){0};
	(void)directory_list(directory, arena, "slaves", &names);
	for_each (name, &names) {
		other = storage_find_name(storage, *name);
		if (other)
			add_holder(storage, other, block);
	}
}

static void read_block(struct storage *storage, struct block *block)
{
	struct arena *arena = storage->facts->arena;
	_cleanup_directory_ struct directory directory = {.fd = -1};
	bool matters = block->functions.count || block->kind != STACK_NONE;
	const char *number;
	int r = host_directory_open(storage->host, block->path, &directory);

	if (r < 0) {
		if (matters)
			storage_set_unknown(storage, block->path, r);
		return;
	}
	if (directory_read_line(&directory, arena, "dev", &number) == 0)
		block->has_number = block_number_parse(number, &block->major, &block->minor);
	if (!matters)
		return;
	if (block->kind == STACK_MAPPER)
		read_mapper(storage, &directory, block);
	read_edges(storage, &directory, block);
}

/* A loop device over a block device holds it without a link in sysfs. */
static void read_loop(struct storage *storage, struct block *block)
{
	struct arena *arena = storage->facts->arena;
	const char *backing;
	struct block *below;

	if (block->disk ||
	    host_read_line(storage->host, arena,
			   arena_printf(arena, "%s/loop/backing_file", block->path), &backing) < 0)
		return;
	below = starts_with(backing, "/dev/") ? storage_find_source(storage, backing) : NULL;
	if (below)
		add_holder(storage, below, block);
}

/* -- all of it ----------------------------------------------------------------------------------- */

static void place_blocks(struct storage *storage)
{
	struct facts *facts = storage->facts;

	for_each (block, &storage->blocks) {
		block->disk = find_parent(storage, block);
		if (block->disk)
			*ARRAY_ADD(facts->arena, &block->disk->partitions) = block;
		sysfs_path_functions(facts, block->path, &block->functions);
	}
	for_each (block, &storage->blocks)
		map_hidden_path(storage, block);
	map_subsystems(storage);
	for_each (block, &storage->blocks)
		if (block->disk)
			functions_merge(facts, &block->functions, &block->disk->functions);
}

static void index_blocks(struct storage *storage)
{
	struct arena *arena = storage->facts->arena;

	for_each (block, &storage->blocks) {
		if (block->has_number)
			*ARRAY_ADD(arena, &storage->by_number) = block;
		if (block->mapper_name)
			*ARRAY_ADD(arena, &storage->mappers) = block;
	}
	if (storage->by_number.count)
		qsort(storage->by_number.items, storage->by_number.count,
		      sizeof(*storage->by_number.items), block_compare_numbers);
	if (storage->mappers.count)
		qsort(storage->mappers.items, storage->mappers.count,
		      sizeof(*storage->mappers.items), block_compare_mappers);
}

static int list_blocks(struct storage *storage)
{
	_cleanup_directory_ struct directory class = {.fd = -1};
	struct strings names = {0};
	int r = host_directory_open(storage->host, class_block, &class);

	if (r == 0)
		r = directory_list(&class, storage->facts->arena, ".", &names);
	if (r < 0)
		return r;
	for_each (name, &names)
		add_block(storage, &class, *name);
	return 0;
}

void storage_collect_blocks(struct storage *storage)
{
	int r = list_blocks(storage);

	if (r < 0) {
		storage_set_unknown(storage, class_block, r);
		return;
	}
	place_blocks(storage);
	for_each (block, &storage->blocks)
		if (block->kind != STACK_LOOP && !name_is_ignored(block->name))
			read_block(storage, block);
	index_blocks(storage);
	for_each (block, &storage->blocks)
		if (block->kind == STACK_LOOP)
			read_loop(storage, block);
}
