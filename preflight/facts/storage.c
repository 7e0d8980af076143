/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/storage.h"
#include "preflight/facts/sysfs_path.h"

#include <errno.h>

enum {
	DEPTH_MAX = 32,      /* real stacks: disk, partition, md, crypt, LVM pool, LVM volume */
	USES_PER_BLOCK = 16, /* then "and N more" */
	USES_PER_FUNCTION = 256,
	VISITS_MAX = 2000000, /* of a tree made to take long */
};

/* One walk from a block below a PCI function up to everything that stands on it. */
struct climb {
	struct storage *storage;
	struct block *stack[DEPTH_MAX]; /* stack[0]: where the walk began */
	size_t depth;
	size_t emitted, dropped;
	struct claim dropped_claim; /* the first that was not said */
	size_t idle;                /* active devices at the top of the stack that nothing uses */
	struct claim idle_claim;
	bool idle_critical;
	unsigned *visits;
};

/* -- words ----------------------------------------------------------------------------------------- */

static enum use_kind kind_of_stack(enum stack_kind kind)
{
	switch (kind) {
	case STACK_LVM:
		return USE_LVM;
	case STACK_CRYPT:
		return USE_CRYPT;
	case STACK_MULTIPATH:
		return USE_MULTIPATH;
	case STACK_MD:
		return USE_MD;
	case STACK_NONE:
	case STACK_BCACHE:
	case STACK_DRBD:
	case STACK_LOOP:
	case STACK_MAPPER:
		break;
	}
	return USE_STORAGE;
}

/* "LVM pve", "array md0": what a block is called as the place where another one lies. */
static const char *stack_label(struct arena *arena, const struct block *block)
{
	const char *name =
		text_printable(arena, block->mapper_name ? block->mapper_name : block->name);

	switch (block->kind) {
	case STACK_LVM:
		return block->volume_group
			       ? arena_printf(arena, "LVM %s",
					      text_printable(arena, block->volume_group))
			       : "LVM";
	case STACK_CRYPT:
		return arena_printf(arena, "crypt %s", name);
	case STACK_MULTIPATH:
		return arena_printf(arena, "multipath %s", name);
	case STACK_MD:
		return arena_printf(arena, "array %s", name);
	case STACK_NONE:
	case STACK_BCACHE:
	case STACK_DRBD:
	case STACK_LOOP:
	case STACK_MAPPER:
		break;
	}
	return name;
}

/* The name of the block at the top, where the label does not hold it already; else NULL. */
static const char *top_name(struct arena *arena, const struct block *top)
{
	if (top->kind == STACK_LVM)
		return text_printable(arena, top->volume ? top->volume : top->name);
	return top->disk ? text_printable(arena, top->name) : NULL;
}

/* "/dev/sda3 in array md0, LVM pve: root", or just "/dev/sda2" for the block itself. */
static const char *climb_place(const struct climb *climb, bool with_top)
{
	struct arena *arena = climb->storage->facts->arena;
	struct strings labels = {0};
	const struct block *top = climb->stack[climb->depth - 1];
	const char *name, *place;

	for (size_t i = 1; i < climb->depth; i++) {
		const struct block *block = climb->stack[i];
		const char *label = block->disk ? NULL : stack_label(arena, block);

		if (label && !(labels.count && streq(labels.items[labels.count - 1], label)))
			strings_add(arena, &labels, label);
	}
	if (!labels.count)
		return climb->stack[0]->node;
	place = arena_printf(arena, _("%s in %s"), climb->stack[0]->node,
			     strings_join(arena, &labels, ", "));
	name = with_top ? top_name(arena, top) : NULL;
	return name ? arena_printf(arena, "%s: %s", place, name) : place;
}

static struct origin block_origin(struct arena *arena, const struct block *block)
{
	return (struct origin){
		.source = arena_printf(arena, "/sys/class/block/%s", block->name),
		.text = block->link ? arena_printf(arena, "-> %s", block->link) : block->path,
	};
}

/* -- writing uses ------------------------------------------------------------------------------------ */

static void write_use(struct storage *storage, struct block *block, bool critical,
		      const struct claim *claim)
{
	struct facts *facts = storage->facts;

	(block->disk ? block->disk : block)->used = true;
	for_each (device, &block->functions) {
		struct use *use;

		if ((*device)->uses.count >= USES_PER_FUNCTION) {
			storage_set_unknown(storage, "sys/class/block", -E2BIG);
			continue;
		}
		use = device_add_use(facts, *device, claim->kind);
		use->critical = critical;
		use->what = claim->words;
		use->origin = claim->origin;
	}
}

/* The kind that a use has: what holds the block itself, else what the claim says. */
static enum use_kind climb_kind(const struct climb *climb, enum use_kind own)
{
	return climb->depth > 1 ? kind_of_stack(climb->stack[1]->kind) : own;
}

static void climb_emit(struct climb *climb, const struct claim *claim)
{
	struct claim said = *claim;

	said.kind = climb_kind(climb, claim->kind);
	if (climb->emitted >= USES_PER_BLOCK) {
		if (climb->dropped++ == 0)
			climb->dropped_claim = said;
		return;
	}
	climb->emitted++;
	said.words = arena_printf(climb->storage->facts->arena, "%s %s", climb_place(climb, true),
				  claim->words);
	write_use(climb->storage, climb->stack[0], true, &said);
}

/* An open multipath map alone needs no disk; every other stack was set up by somebody for something. */
static bool climb_is_critical(const struct climb *climb)
{
	for (size_t i = 1; i < climb->depth; i++)
		if (climb->stack[i]->kind != STACK_MULTIPATH)
			return true;
	return false;
}

static void climb_note_idle(struct climb *climb)
{
	struct arena *arena = climb->storage->facts->arena;

	climb->idle_critical |= climb_is_critical(climb);
	if (climb->idle++ > 0)
		return;
	climb->idle_claim = (struct claim){
		.kind = climb_kind(climb, USE_STORAGE),
		.words = climb_place(climb, false),
		.origin = block_origin(arena, climb->stack[1]),
	};
}

static void climb_finish(struct climb *climb)
{
	struct arena *arena = climb->storage->facts->arena;
	bool known = climb->storage->known == YES;

	if (climb->dropped) {
		climb->dropped_claim.words = arena_printf(arena, _("%s and %zu more uses"),
							  climb->stack[0]->node, climb->dropped);
		write_use(climb->storage, climb->stack[0], true, &climb->dropped_claim);
	}
	if (!climb->idle)
		return;
	climb->idle_claim.words = arena_printf(
		arena,
		known ? P_("%s: %zu active device that this host has not mounted",
			   "%s: %zu active devices that this host has not mounted", climb->idle)
		      : P_("%s: %zu active device", "%s: %zu active devices", climb->idle),
		climb->idle_claim.words, climb->idle);
	write_use(climb->storage, climb->stack[0], climb->idle_critical, &climb->idle_claim);
}

/* -- climbing ---------------------------------------------------------------------------------------- */

static bool climb_enter(struct climb *climb, struct block *block)
{
	struct storage *storage = climb->storage;

	if (block->visited == storage->walk)
		return false;
	block->visited = storage->walk;
	if (climb->depth == DEPTH_MAX || ++*climb->visits > VISITS_MAX) {
		storage_set_unknown(storage, "sys/class/block", -ELOOP);
		return false;
	}
	climb->stack[climb->depth++] = block;
	return true;
}

static void climb_block(struct climb *climb, struct block *block)
{
	bool top = !block->claims.count && !block->holders.count && !block->partitions.count;

	if (!climb_enter(climb, block))
		return;
	for_each (claim, &block->claims)
		climb_emit(climb, claim);
	/* The partitions of the disk at the bottom begin walks of their own. */
	if (climb->depth > 1)
		for_each (partition, &block->partitions)
			climb_block(climb, *partition);
	for_each (holder, &block->holders)
		climb_block(climb, *holder);
	if (top && climb->depth > 1)
		climb_note_idle(climb);
	climb->depth--;
}

/* -- what lies on a block that nothing stands on ------------------------------------------------------- */

struct member {
	const char *type;
	enum use_kind kind;
	const char *words;
};

static const struct member members[] = {
	{"LVM2_member", USE_LVM, N_("is an LVM physical volume without active volumes")},
	{"linux_raid_member", USE_MD, N_("is a member of an array that is not running")},
	{"isw_raid_member", USE_MD, N_("is a member of a firmware RAID that is not running")},
	{"ddf_raid_member", USE_MD, N_("is a member of a firmware RAID that is not running")},
	{"crypto_LUKS", USE_CRYPT, N_("is encrypted (LUKS) and not open")},
	{"mpath_member", USE_MULTIPATH, N_("is a path of a multipath device without a map")},
};

static const struct mount *pool_mount(const struct storage *storage, const char *pool)
{
	const struct mount *best = NULL;
	size_t length = strlen(pool);

	for_each (mount, &storage->mounts)
		if (streq(mount->type, "zfs") && strncmp(mount->source, pool, length) == 0 &&
		    (mount->source[length] == '/' || !mount->source[length]) &&
		    (!best || strlen(mount->point) < strlen(best->point)))
			best = mount;
	return best;
}

/* ZFS leaves no trace in sysfs: the member's label and the list of imported pools must meet. */
static void write_zfs(struct storage *storage, struct block *block)
{
	struct arena *arena = storage->facts->arena;
	const char *label = block->signature.label;
	const char *pool = label ? text_printable(arena, label) : NULL;
	struct claim claim = {.kind = USE_ZFS, .origin = block->signature_origin};
	/* Spare and cache devices carry no pool name. */
	bool imported = label ? strings_contain(&storage->pools, label) : storage->pools.count > 0;
	const struct mount *mount = imported && label ? pool_mount(storage, label) : NULL;

	if (mount)
		claim.words = arena_printf(arena, _("%s in ZFS pool %s on %s"), block->node, pool,
					   text_printable(arena, mount->point));
	else if (imported)
		claim.words =
			arena_printf(arena, _("%s in ZFS pool %s, imported"), block->node,
				     pool ? pool : strings_join(arena, &storage->pools, " or "));
	else
		claim.words = arena_printf(arena, _("%s in ZFS pool %s%s"), block->node,
					   pool ? pool : "?",
					   storage->pools_known == YES ? _(", not imported") : "");
	if (mount)
		claim.origin = (struct origin){
			.source = storage->mounts_source, .line = mount->line, .text = mount->text};
	write_use(storage, block, imported, &claim);
}

static void write_member(struct storage *storage, struct block *block)
{
	struct arena *arena = storage->facts->arena;
	const char *type = block->signature.type;

	if (streq(type, "zfs_member")) {
		write_zfs(storage, block);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (streq(type, members[i].type)) {
			struct claim claim = {
				.kind = members[i].kind,
				.words = arena_printf(arena, "%s %s", block->node,
						      _(members[i].words)),
				.origin = block->signature_origin,
			};
			write_use(storage, block, false, &claim);
		}
}

/* "ntfs, vfat" of a disk's partitions, each type once, at most four. */
static const char *disk_types(struct arena *arena, const struct block *disk)
{
	enum { TYPES = 4 };
	struct strings types = {0};

	if (disk->signature.type)
		strings_add(arena, &types, disk->signature.type);
	for_each (partition, &disk->partitions) {
		const char *type = (*partition)->signature.type;

		if (type && types.count < TYPES && !strings_contain(&types, type))
			strings_add(arena, &types, type);
	}
	return text_printable(arena, strings_join(arena, &types, ", "));
}

static void write_idle_disk(struct storage *storage, struct block *disk)
{
	struct arena *arena = storage->facts->arena;
	const char *types = disk_types(arena, disk);
	bool known = storage->known == YES && storage->swaps_known == YES;
	struct claim claim = {.kind = USE_STORAGE, .origin = block_origin(arena, disk)};

	claim.words =
		arena_printf(arena, "%s%s%s%s%s", disk->node, *types ? " (" : "", types,
			     *types ? ")" : "", known ? _(", not used by this host now") : "");
	write_use(storage, disk, false, &claim);
}

/* -- all of it --------------------------------------------------------------------------------------- */

static void write_uses(struct storage *storage)
{
	unsigned visits = 0;

	for_each (block, &storage->blocks) {
		struct climb climb = {.storage = storage, .visits = &visits};

		if (!block->functions.count || block->hidden)
			continue;
		storage->walk++;
		climb.stack[0] = block;
		climb_block(&climb, block);
		climb_finish(&climb);
		if (block_is_unclaimed_leaf(block))
			write_member(storage, block);
	}
	for_each (disk, &storage->blocks)
		if (disk->functions.count && !disk->disk && !disk->hidden && !disk->optical &&
		    !disk->empty && !disk->used)
			write_idle_disk(storage, disk);
}

/* The first leaf of which nobody could tell what is on it, or, with a type, that holds this type. */
static const struct block *find_doubtful(const struct storage *storage, const char *type)
{
	for_each (block, &storage->blocks)
		if (block_is_unclaimed_leaf(block) && !block->empty &&
		    (block->signature_known != YES || (type && streq(block->signature.type, type))))
			return block;
	return NULL;
}

static void set_known(struct storage *storage, enum use_kind kind, enum truth known,
		      struct unread why)
{
	struct usage_facts *usage = &storage->facts->usage;

	usage->known[kind] = known;
	if (known != YES)
		usage->why_unknown[kind] = why;
}

static struct unread why_doubtful(const struct storage *storage, const struct block *block)
{
	struct arena *arena = storage->facts->arena;

	if (host_was_live(storage->host))
		return (struct unread){.path = block->node, .error = -EACCES};
	return (struct unread){
		.path = arena_printf(arena, "/run/udev/data/b%u:%u", block->major, block->minor),
		.error = -ENOENT};
}

/* A block without a known content may be a member of an imported pool or of a mounted btrfs. */
static void write_known(struct storage *storage)
{
	static const enum use_kind kinds[] = {USE_FILESYSTEM, USE_LVM,       USE_MD,
					      USE_CRYPT,      USE_MULTIPATH, USE_STORAGE};
	bool pools_possible = storage->pools.count || storage->pools_known != YES;
	const struct block *zfs = pools_possible ? find_doubtful(storage, NULL) : NULL;
	const struct block *btrfs =
		storage->btrfs_known != YES ? find_doubtful(storage, "btrfs") : NULL;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		set_known(storage, kinds[i], storage->known, storage->why_unknown);
	set_known(storage, USE_SWAP, storage->known, storage->why_unknown);
	set_known(storage, USE_ZFS, storage->known, storage->why_unknown);
	if (storage->known != YES)
		return;
	if (storage->swaps_known != YES)
		set_known(storage, USE_SWAP, UNKNOWN, storage->why_swaps_unknown);
	if (zfs)
		set_known(storage, USE_ZFS, UNKNOWN, why_doubtful(storage, zfs));
	if (btrfs)
		set_known(storage, USE_FILESYSTEM, UNKNOWN,
			  (struct unread){.path = "/sys/fs/btrfs", .error = -ENOENT});
}

void facts_collect_storage(struct facts *facts, const struct host *host)
{
	struct storage storage = {.facts = facts, .host = host, .known = YES};

	/* In a container the list tells what the container has mounted, not what the host has. */
	if (host_was_live(host) && facts->machine.in_container == YES)
		storage_set_unknown(&storage, "proc/1/mountinfo", -EPERM);
	storage_collect_blocks(&storage);
	storage_collect_mounts(&storage);
	storage_collect_swaps(&storage);
	storage_collect_exports(&storage);
	storage_collect_signatures(&storage);
	storage_collect_promises(&storage);
	write_uses(&storage);
	write_known(&storage);
}
