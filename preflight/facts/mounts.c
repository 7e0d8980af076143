/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/storage.h"
#include "preflight/facts/sysfs_path.h"

#include <errno.h>

int mounts_read(struct facts *facts, const struct host *host, struct mounts *ret_mounts,
		const char **ret_source)
{
	struct bytes bytes;
	int r = host_read(host, facts->arena, "proc/self/mountinfo", 0, &bytes);

	if (r == 0) {
		mountinfo_parse(facts->arena, bytes.data, bytes.length, ret_mounts);
		*ret_source = "/proc/self/mountinfo";
		return 0;
	}
	if (host_read(host, facts->arena, "proc/mounts", 0, &bytes) < 0)
		return r;
	mount_table_parse(facts->arena, bytes.data, bytes.length, ret_mounts);
	*ret_source = "/proc/mounts";
	return 0;
}

struct claim *block_add_claim(const struct storage *storage, struct block *block,
			      enum use_kind kind, const char *words)
{
	struct claim *claim = ARRAY_ADD(storage->facts->arena, &block->claims);

	claim->kind = kind;
	claim->words = text_printable(storage->facts->arena, words);
	return claim;
}

static struct origin mount_origin(const struct storage *storage, const struct mount *mount)
{
	return (struct origin){
		.source = storage->mounts_source, .line = mount->line, .text = mount->text};
}

/* -- which mount of several to name -------------------------------------------------------------- */

/* The root, then whole file systems before bind mounts of a part, then the shortest path. */
static bool tells_more(const struct mount *mount, const struct mount *than)
{
	bool whole = streq(mount->root, "/"), whole_than = than && streq(than->root, "/");

	if (!than)
		return true;
	if (streq(mount->point, "/") != streq(than->point, "/"))
		return streq(mount->point, "/");
	if (whole != whole_than)
		return whole;
	return strlen(mount->point) < strlen(than->point);
}

static void add_mount(struct block *block, const struct mount *mount)
{
	block->mount_count++;
	if (tells_more(mount, block->mount))
		block->mount = mount;
}

static const char *mount_words(struct arena *arena, const struct mount *mount, size_t count)
{
	if (count <= 1)
		return arena_printf(arena, _("on %s"), mount->point);
	return arena_printf(
		arena,
		P_("on %s and %zu more mount point", "on %s and %zu more mount points", count - 1),
		mount->point, count - 1);
}

/* -- whose mount it is ----------------------------------------------------------------------------- */

/* "/dev/root" is the kernel's word for what root= names. */
static struct block *find_mount_source(const struct storage *storage, const char *source)
{
	const struct parameter *root;

	if (!streq(source, "/dev/root"))
		return storage_find_source(storage, source);
	root = facts_parameter(storage->facts, "root");
	return root && root->value ? storage_find_source(storage, root->value) : NULL;
}

static bool type_is_pooled(const char *type)
{
	return streq(type, "btrfs") || streq(type, "bcachefs");
}

/* bcachefs names its members "/dev/sda:/dev/sdb"; the first one found tells which file system it is. */
static bool place_members(struct storage *storage, const struct mount *mount)
{
	struct arena *arena = storage->facts->arena;
	bool placed = false;

	for (const char *at = mount->source; *at;) {
		size_t length = strcspn(at, ":");
		struct block *block = find_mount_source(storage, arena_copy(arena, at, length));

		if (block)
			add_mount(block, mount);
		placed |= block != NULL;
		at += length;
		at += *at == ':';
	}
	return placed;
}

static void add_pool(struct storage *storage, const char *dataset)
{
	struct arena *arena = storage->facts->arena;
	const char *pool = arena_copy(arena, dataset, strcspn(dataset, "/"));

	if (*pool && !strings_contain(&storage->pools, pool))
		strings_add(arena, &storage->pools, pool);
}

/* mtd devices carry file systems without being block devices of sysfs. */
enum { MAJOR_MTD_BLOCK = 31 };

static void place_mount(struct storage *storage, const struct mount *mount)
{
	struct block *block = NULL;

	if (streq(mount->type, "zfs")) {
		add_pool(storage, mount->source);
		return;
	}
	if (type_is_pooled(mount->type) && (!mount->has_number || mount->major == 0)) {
		/* btrfs lists its members in sysfs. */
		if (!place_members(storage, mount) && !streq(mount->type, "btrfs"))
			storage_set_unknown(storage, storage->mounts_source + 1, -ENODEV);
		return;
	}
	if (mount->has_number && (mount->major == 0 || mount->major == MAJOR_MTD_BLOCK))
		return;
	if (mount->has_number)
		block = storage_find_number(storage, mount->major, mount->minor);
	if (!block)
		block = find_mount_source(storage, mount->source);
	if (block)
		add_mount(block, mount);
	else if (mount->has_number)
		storage_set_unknown(storage,
				    arena_printf(storage->facts->arena, "sys/dev/block/%u:%u",
						 mount->major, mount->minor),
				    -ENOENT);
	else if (starts_with(mount->source, "/dev/") && !streq(mount->source, "/dev/fuse"))
		storage_set_unknown(storage, "proc/self/mountinfo", -ENOENT);
}

/* -- what the file systems say themselves ----------------------------------------------------------- */

static const struct mount *members_mount(const struct storage *storage, const struct strings *names,
					 size_t *ret_count)
{
	const struct mount *best = NULL;

	*ret_count = 0;
	for_each (name, names) {
		const struct block *block = storage_find_name(storage, *name);

		if (!block || !block->mount || !type_is_pooled(block->mount->type))
			continue;
		*ret_count += block->mount_count;
		if (tells_more(block->mount, best))
			best = block->mount;
	}
	return best;
}

/* Every member of one mounted btrfs: only one of them is a mount's source. */
static void claim_btrfs(struct storage *storage, const char *folder, const struct strings *names)
{
	struct arena *arena = storage->facts->arena;
	size_t count;
	const struct mount *mount = members_mount(storage, names, &count);
	const char *words =
		mount ? arena_printf(arena, _("in the btrfs %s"), mount_words(arena, mount, count))
		      : _("in a btrfs that is mounted in another mount namespace");

	for_each (name, names) {
		struct block *block = storage_find_name(storage, *name);
		struct claim *claim;

		if (!block || block->mount)
			continue;
		claim = block_add_claim(storage, block, USE_FILESYSTEM, words);
		claim->origin = (struct origin){
			.source = arena_printf(arena, "/%s/%s", folder, *name), .text = "member"};
	}
}

static void collect_btrfs(struct storage *storage)
{
	static const char folder[] = "sys/fs/btrfs";
	struct arena *arena = storage->facts->arena;
	struct strings systems = {0};
	int r = host_list(storage->host, arena, folder, &systems);

	/* Without the module there is no directory, and nothing mounted. */
	if (r == 0 || (r == -ENOENT && host_tells_absence(storage->host, folder)))
		storage->btrfs_known = YES;
	for_each (system, &systems) {
		const char *devices = arena_printf(arena, "%s/%s/devices", folder, *system);
		struct strings names = {0};

		if (strchr(*system, '-') && host_list(storage->host, arena, devices, &names) == 0)
			claim_btrfs(storage, devices, &names);
	}
}

/* sys/fs/ext4/sda2 is there while the file system is mounted anywhere, in a container too. */
static void collect_elsewhere(struct storage *storage, const char *type)
{
	struct arena *arena = storage->facts->arena;
	const char *folder = arena_printf(arena, "sys/fs/%s", type);
	struct strings names = {0};

	(void)host_list(storage->host, arena, folder, &names);
	for_each (name, &names) {
		struct block *block = storage_find_name(storage, *name);
		struct claim *claim;

		if (!block || block->mount_count)
			continue;
		claim = block_add_claim(
			storage, block, USE_FILESYSTEM,
			storage->mounts_source
				? arena_printf(arena, _("mounted in another mount namespace (%s)"),
					       type)
				: arena_printf(arena, _("mounted (%s)"), type));
		claim->origin =
			(struct origin){.source = arena_printf(arena, "/%s/%s", folder, *name),
					.text = _("this directory is there while it is mounted")};
	}
}

/* A directory for each imported pool, between files of statistics. */
static void collect_pools(struct storage *storage)
{
	static const char folder[] = "proc/spl/kstat/zfs";
	struct facts *facts = storage->facts;
	struct strings names = {0};
	int r = host_list(storage->host, facts->arena, folder, &names);

	for_each (name, &names) {
		const char *path = arena_printf(facts->arena, "%s/%s", folder, *name);
		struct stat status;

		if (host_stat(storage->host, path, &status) == 0 && S_ISDIR(status.st_mode))
			add_pool(storage, *name);
	}
	if (r == 0 || (r == -ENOENT && (host_tells_absence(storage->host, folder) ||
					(facts->modules.loaded_known == YES &&
					 !strings_contain(&facts->modules.loaded, "zfs")))))
		storage->pools_known = YES;
}

void storage_collect_mounts(struct storage *storage)
{
	struct arena *arena = storage->facts->arena;
	int r = mounts_read(storage->facts, storage->host, &storage->mounts,
			    &storage->mounts_source);

	if (r < 0)
		storage_set_unknown(storage, "proc/self/mountinfo", r);
	storage->btrfs_known = YES;
	for_each (mount, &storage->mounts)
		if (streq(mount->type, "btrfs"))
			storage->btrfs_known = UNKNOWN;
	for_each (mount, &storage->mounts)
		place_mount(storage, mount);
	for_each (block, &storage->blocks) {
		struct claim *claim;

		if (!block->mount)
			continue;
		claim = block_add_claim(storage, block, USE_FILESYSTEM,
					mount_words(arena, block->mount, block->mount_count));
		claim->origin = mount_origin(storage, block->mount);
	}
	collect_btrfs(storage);
	collect_elsewhere(storage, "ext4");
	collect_elsewhere(storage, "xfs");
	collect_elsewhere(storage, "f2fs");
	collect_pools(storage);
}

/* -- swap ---------------------------------------------------------------------------------------- */

static void claim_swap(struct storage *storage, const struct swap *swap)
{
	struct arena *arena = storage->facts->arena;
	const struct mount *mount = NULL;
	struct block *block = NULL;
	const char *words = _("as swap");
	struct claim *claim;

	if (swap->is_partition) {
		block = storage_find_source(storage, swap->path);
	} else {
		mount = mounts_find_path(&storage->mounts, swap->path);
		words = arena_printf(arena, _("holds the swap file %s"), swap->path);
		if (mount && mount->has_number && mount->major)
			block = storage_find_number(storage, mount->major, mount->minor);
		else if (mount)
			block = find_mount_source(storage, mount->source);
	}
	if (block) {
		claim = block_add_claim(storage, block, USE_SWAP, words);
		claim->origin = (struct origin){
			.source = "/proc/swaps", .line = swap->line, .text = swap->text};
	} else if (swap->is_partition) {
		storage->swaps_known = UNKNOWN;
		storage->why_swaps_unknown =
			(struct unread){.path = arena_printf(arena, "/sys/class/block/%s",
							     sysfs_path_last(swap->path)),
					.error = -ENOENT};
	}
}

void storage_collect_swaps(struct storage *storage)
{
	struct swaps swaps = {0};
	struct bytes bytes;
	int r = host_read(storage->host, storage->facts->arena, "proc/swaps", 0, &bytes);

	storage->swaps_known = YES;
	if (r == 0) {
		swap_table_parse(storage->facts->arena, bytes.data, bytes.length, &swaps);
	} else if (r != -ENOENT || !host_tells_absence(storage->host, "proc/swaps")) {
		/* Only a kernel without swap has no such file. */
		facts_add_unread(storage->facts, "proc/swaps", r);
		storage->swaps_known = UNKNOWN;
		storage->why_swaps_unknown = (struct unread){.path = "/proc/swaps", .error = r};
	}
	for_each (swap, &swaps)
		claim_swap(storage, swap);
}
