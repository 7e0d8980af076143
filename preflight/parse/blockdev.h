/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the names and small texts around block devices say. Sources: dm/uuid prefixes as their tools
 * write them (LVM2 lib/activate/dev_manager.c, cryptsetup lib/libdevmapper.c, multipath-tools,
 * kpartx, dmraid), LVM2 libdm/libdm-string.c (dm_split_lvm_name), drivers/nvme/host/core.c and
 * multipath.c (disk names), systemd's src/libsystemd/sd-device (the udev database).
 */
#ifndef VFIOKIT_PARSE_BLOCKDEV_H
#define VFIOKIT_PARSE_BLOCKDEV_H

#include "preflight/arena.h"

enum stack_kind {
	STACK_NONE,      /* an ordinary disk or partition */
	STACK_LVM,       /* a logical volume, internal ones included */
	STACK_CRYPT,     /* dm-crypt, dm-verity, dm-integrity set up by cryptsetup */
	STACK_MULTIPATH, /* a multipath map or a partition of one */
	STACK_MD,        /* an md array, or firmware RAID through dmraid */
	STACK_BCACHE,
	STACK_DRBD,
	STACK_LOOP,
	STACK_MAPPER, /* any other device-mapper device */
};

/* What a device-mapper device is by its uuid; NULL or "" is STACK_MAPPER. */
enum stack_kind mapper_stack_kind(const char *uuid);

/* What a block device is by its kernel name ("md127", "bcache0"); dm-N gives STACK_MAPPER. */
enum stack_kind block_stack_kind(const char *name);

/*
 * Splits the device-mapper name of a logical volume ("my--vg-root": volume group "my-vg", volume
 * "root"). false where the name has no single '-' with something on both sides.
 */
bool lvm_name_split(struct arena *arena, const char *name, const char **ret_group,
		    const char **ret_volume);

/*
 * The disk that a hidden path of NVMe native multipath belongs to: "nvme0n1" for "nvme0c3n1"
 * (subsystem 0, controller 3, namespace 1). NULL for every other name.
 */
const char *nvme_path_disk(struct arena *arena, const char *name);

/* Whether name is an NVMe controller's ("nvme3"). */
bool nvme_controller_name(const char *name);

/* "8:2" of a dev file. */
bool block_number_parse(const char *text, unsigned *ret_major, unsigned *ret_minor);

/* What is written on a block device, as libblkid or udev tells. Texts are NULL where nothing was
 * found. */
struct signature {
	const char *type;           /* "ext4", "LVM2_member", "zfs_member" */
	const char *label;          /* ZFS: the pool's name */
	const char *uuid;           /* of the file system */
	const char *partition_uuid; /* of the entry in the partition table, lower case */
};

/* Parses the bytes of a file of /run/udev/data. */
void udev_signature_parse(struct arena *arena, const char *data, size_t length,
			  struct signature *ret_signature);

/* The UUID that an EFI variable holds as UTF-16 text behind its 4 bytes of attributes (the boot
 * loader interface's LoaderDevicePartUUID), in lower case, or NULL. */
const char *loader_uuid_parse(struct arena *arena, const char *data, size_t length);

#endif
