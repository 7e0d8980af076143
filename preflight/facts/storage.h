/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of facts_collect_storage() only. The order of work, one file each:
 *   facts/blocks.c      every block device, what it lies on (partition, holder, slave), its PCI functions
 *   facts/block_find.c  finds one of them by the ways in which files name it
 *   facts/mounts.c      what is mounted, swapped to, promised to the boot or exported: claims on blocks
 *   facts/signatures.c  what is written on blocks that nothing claims
 *   facts/storage.c     climbs from each disk to the claims above it and writes the uses
 *
 * Everything lives in facts->arena.
 */
#ifndef VFIOKIT_FACTS_STORAGE_H
#define VFIOKIT_FACTS_STORAGE_H

#include "preflight/facts/facts.h"
#include "preflight/parse/blockdev.h"
#include "preflight/parse/mountinfo.h"

/* Something of the running host that needs a block device: "on /", "as swap". */
struct claim {
	enum use_kind kind;
	const char *words; /* said behind the device's name */
	struct origin origin;
};

struct claims {
	struct claim *items;
	size_t count, capacity;
};

struct block;

struct block_refs {
	struct block **items;
	size_t count, capacity;
};

struct block {
	const char *name; /* "sda2", "cciss!c0d0" */
	const char *node; /* "/dev/sda2", "/dev/cciss/c0d0", "/dev/mapper/pve-root" */
	const char *path; /* in sysfs, no leading slash */
	const char *link; /* target text of sys/class/block/NAME; NULL where it is no link */
	bool has_number;
	unsigned major, minor;
	enum stack_kind kind;
	const char *mapper_name;           /* dm/name; NULL none */
	const char *volume_group, *volume; /* STACK_LVM: names from dm/name; NULL not known */
	struct block *disk;                /* the disk that it is a partition of; NULL else */
	struct block_refs partitions, holders;
	struct device_refs functions; /* PCI functions that it lies below, directly */
	bool hidden;  /* a path of NVMe native multipath: its disk is another block */
	bool optical; /* sr0, fd0: what lies in it is not the machine's */
	bool empty;   /* a leaf without blocks: a card reader without a card */
	bool used;    /* a disk: a use of it or of one of its partitions was found */
	struct claims claims;
	const struct mount *mount; /* the most telling of its mounts */
	size_t mount_count;
	enum truth signature_known;
	struct signature signature;
	struct origin signature_origin;
	unsigned visited; /* number of the last walk that came by */
};

struct blocks {
	struct block *items; /* sorted by name; never grows after the list is made */
	size_t count, capacity;
};

struct storage {
	struct facts *facts;
	const struct host *host;
	struct blocks blocks;
	struct block_refs by_number; /* those with a number, sorted by it */
	struct block_refs mappers;   /* those with a mapper_name, sorted by it */
	struct mounts mounts;
	const char *mounts_source; /* "/proc/self/mountinfo" */
	struct strings pools;      /* imported ZFS pools */
	enum truth pools_known;
	enum truth btrfs_known; /* members of mounted btrfs file systems are known */
	enum truth known;       /* blocks, what holds them and what is mounted */
	struct unread why_unknown;
	enum truth swaps_known;
	struct unread why_swaps_unknown;
	unsigned walk; /* number of the last walk */
};

/* Remembers the first reason why the picture has a hole, and lists path as unread. */
void storage_set_unknown(struct storage *storage, const char *path, int error);

/* facts/blocks.c: lists sys/class/block and fills blocks, by_number, mappers. */
void storage_collect_blocks(struct storage *storage);
/* facts/block_find.c: the block with this kernel name, this number, or NULL. */
struct block *storage_find_name(const struct storage *storage, const char *name);
struct block *storage_find_number(const struct storage *storage, unsigned major, unsigned minor);
/* The orders of by_number and mappers, for qsort() over pointers to blocks. */
int block_compare_numbers(const void *a, const void *b);
int block_compare_mappers(const void *a, const void *b);
/*
 * The block that a source means: "/dev/sda2", "/dev/mapper/NAME", "/dev/VG/LV", "8:2", "UUID=…",
 * "LABEL=…", "PARTUUID=…", "/dev/disk/by-…/…"; NULL where none is found. The last four need /dev (live)
 * or signatures.
 */
struct block *storage_find_source(const struct storage *storage, const char *source);

/* facts/mounts.c: the mount list into storage->mounts and mounts_source; 0, or -errno of
 * proc/self/mountinfo. Also for the network's remote root. */
int mounts_read(struct facts *facts, const struct host *host, struct mounts *ret_mounts,
		const char **ret_source);
void storage_collect_mounts(struct storage *storage);
void storage_collect_swaps(struct storage *storage);
struct claim *block_add_claim(const struct storage *storage, struct block *block,
			      enum use_kind kind, const char *words);

/* facts/promises.c: what the kernel exports (LIO and nvmet, from configfs). Before signatures: what is
 * exported is not looked into. */
void storage_collect_exports(struct storage *storage);
/* What the next boot needs: fstab's boot partitions, the ESP that the loader came from, Proxmox's list of
 * ESPs, resume=. After signatures: UUIDs are looked up in them. */
void storage_collect_promises(struct storage *storage);

/* facts/signatures.c: of every block below a PCI function that is a leaf without a claim. */
void storage_collect_signatures(struct storage *storage);
/* Whether nothing on this host stands on the block or on the disk around it. */
bool block_is_unclaimed_leaf(const struct block *block);

#endif
