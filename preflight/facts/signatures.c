/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/storage.h"

#include <blkid.h>
#include <errno.h>
#include <json-c/json.h>

/* Looking into a device costs reads, on a sleeping disk seconds. */
enum { PROBES_MAX = 256 };

bool block_is_unclaimed_leaf(const struct block *block)
{
	const struct block *disk = block->disk;

	if (!block->functions.count || block->hidden || block->optical || block->claims.count ||
	    block->holders.count || block->partitions.count)
		return false;
	return !disk || (!disk->claims.count && !disk->holders.count);
}

static void cleanup_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

static void cleanup_json(struct json_object **object)
{
	json_object_put(*object);
}

/* -- this machine: libblkid on the device's bytes ---------------------------------------------------- */

static const char *probe_value(struct arena *arena, blkid_probe probe, const char *name)
{
	const char *value;

	return blkid_probe_lookup_value(probe, name, &value, NULL) == 0 ? arena_strdup(arena, value)
									: NULL;
}

/* For a capture, which has no device to look into. */
static void add_signature(const struct storage *storage, const struct block *block, bool failed)
{
	*ARRAY_ADD(storage->facts->arena, &storage->facts->usage.signatures) =
		(struct block_signature){block->name, block->signature.type, block->signature.label,
					 block->signature.uuid, failed};
}

static int probe_device(struct storage *storage, struct block *block)
{
	struct arena *arena = storage->facts->arena;
	_cleanup_(cleanup_probe) blkid_probe probe = NULL;
	_cleanup_close_ int fd = -1;
	int r = host_open_file(storage->host, arena_printf(arena, "dev/%s", block->node + 5), &fd);

	if (r < 0)
		return r;
	probe = blkid_new_probe();
	if (!probe || blkid_probe_set_device(probe, fd, 0, 0) != 0)
		return -EIO;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL |
							 BLKID_SUBLKS_UUID);
	r = blkid_do_safeprobe(probe);
	/* 1: nothing found; -2: several things found, which says nothing safe. */
	if (r < 0) {
		add_signature(storage, block, true);
		return -EIO;
	}
	block->signature_known = YES;
	if (r == 0) {
		block->signature.type = probe_value(arena, probe, "TYPE");
		block->signature.label = probe_value(arena, probe, "LABEL");
		block->signature.uuid = probe_value(arena, probe, "UUID");
		block->signature_origin =
			(struct origin){.source = block->node, .text = block->signature.type};
	}
	add_signature(storage, block, false);
	return 0;
}

/* -- udev's database: on a tree, and where this process may not open devices ---------------------------- */

static int read_udev(struct storage *storage, struct block *block)
{
	struct arena *arena = storage->facts->arena;
	const char *path = arena_printf(arena, "run/udev/data/b%u:%u", block->major, block->minor);
	struct bytes bytes;
	int r = block->has_number ? host_read(storage->host, arena, path, 0, &bytes) : -ENOENT;

	if (r < 0)
		return r;
	udev_signature_parse(arena, bytes.data, bytes.length, &block->signature);
	block->signature_known = YES;
	block->signature_origin = (struct origin){
		.source = arena_printf(arena, "/%s", path),
		.text = arena_printf(arena, "E:ID_FS_TYPE=%s",
				     block->signature.type ? block->signature.type : "")};
	return 0;
}

/* -- a capture's blkid.json ---------------------------------------------------------------------------- */

static const char *json_text(struct arena *arena, struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return arena_copy(arena, json_object_get_string(value),
			  (size_t)json_object_get_string_len(value));
}

/* NULL where the tree has no such file or it is no JSON object. */
static struct json_object *read_blkid_json(struct storage *storage)
{
	enum { DEPTH = 8 };
	struct json_tokener *tokener;
	struct json_object *object;
	struct bytes bytes;

	if (host_is_live(storage->host) ||
	    host_read(storage->host, storage->facts->arena, "blkid.json", 0, &bytes) < 0)
		return NULL;
	tokener = json_tokener_new_ex(DEPTH);
	if (!tokener)
		return NULL;
	object = json_tokener_parse_ex(tokener, bytes.data, (int)bytes.length);
	json_tokener_free(tokener);
	if (object && !json_object_is_type(object, json_type_object)) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

static int read_json(struct storage *storage, struct json_object *all, struct block *block)
{
	struct arena *arena = storage->facts->arena;
	struct json_object *own;

	if (!all || !json_object_object_get_ex(all, block->name, &own) ||
	    !json_object_is_type(own, json_type_object))
		return -ENOENT;
	block->signature.type = json_text(arena, own, "TYPE");
	block->signature.label = json_text(arena, own, "LABEL");
	block->signature.uuid = json_text(arena, own, "UUID");
	block->signature.partition_uuid = json_text(arena, own, "PARTUUID");
	/* What libblkid could not tell: what udev said does not count either, as on the machine. */
	if (json_text(arena, own, "ERROR"))
		return -EIO;
	block->signature_known = YES;
	if (host_was_live(storage->host)) {
		if (block->signature.type)
			block->signature_origin = (struct origin){.source = block->node,
								  .text = block->signature.type};
		return 0;
	}
	block->signature_origin = (struct origin){
		.source = "/blkid.json",
		.text = arena_printf(arena, "%s: %s", block->name,
				     block->signature.type ? block->signature.type : "nothing")};
	return 0;
}

/* -- all of them --------------------------------------------------------------------------------------- */

/* An empty card reader or drive has a block device without blocks. */
static bool is_empty(const struct storage *storage, const struct block *block)
{
	_cleanup_directory_ struct directory directory = {.fd = -1};
	int64_t sectors;

	return host_directory_open(storage->host, block->path, &directory) == 0 &&
	       directory_read_number(&directory, "size", &sectors) == 0 && sectors == 0;
}

void storage_collect_signatures(struct storage *storage)
{
	_cleanup_(cleanup_json) struct json_object *json = read_blkid_json(storage);
	unsigned probes = PROBES_MAX;

	for_each (block, &storage->blocks) {
		int r = -ENOENT;

		if (!block_is_unclaimed_leaf(block))
			continue;
		block->empty = is_empty(storage, block);
		if (block->empty)
			continue;
		if (!host_is_live(storage->host))
			r = read_json(storage, json, block);
		else if (probes > 0 && probes--)
			r = probe_device(storage, block);
		if (r == -ENOENT || r == -EACCES || r == -EPERM)
			(void)read_udev(storage, block);
	}
}
