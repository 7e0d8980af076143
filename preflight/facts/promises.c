/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/storage.h"
#include "preflight/parse/lines.h"

#include <errno.h>

/* -- exports ----------------------------------------------------------------------------------- */

/* A broken or hostile configfs copy must not take the day. */
enum { EXPORTS_MAX = 4096 };

static void claim_export(struct storage *storage, const char *file, const char *node,
			 const char *words)
{
	struct block *block = storage_find_source(storage, node);
	struct claim *claim;

	if (!block)
		return;
	claim = block_add_claim(storage, block, USE_STORAGE, words);
	claim->origin = (struct origin){.source = arena_printf(storage->facts->arena, "/%s", file),
					.text = node};
}

/* Lists a directory of configfs. Not there: not configured. Not readable: a hole in the picture. */
static void list_configfs(struct storage *storage, const char *path, struct strings *ret_names)
{
	int r = host_list(storage->host, storage->facts->arena, path, ret_names);

	if (r == -EACCES || r == -EPERM)
		storage_set_unknown(storage, path, r);
}

/* sys/kernel/config/target/core/iblock_0/NAME/udev_path: drivers/target/target_core_configfs.c */
static void collect_lio(struct storage *storage)
{
	static const char core[] = "sys/kernel/config/target/core";
	struct arena *arena = storage->facts->arena;
	struct strings backends = {0};
	unsigned budget = EXPORTS_MAX;

	list_configfs(storage, core, &backends);
	for_each (backend, &backends) {
		const char *folder = arena_printf(arena, "%s/%s", core, *backend);
		struct strings names = {0};

		list_configfs(storage, folder, &names);
		for_each (name, &names) {
			const char *file = arena_printf(arena, "%s/%s/udev_path", folder, *name),
				   *node;

			if (budget-- == 0)
				return;
			if (host_read_line(storage->host, arena, file, &node) == 0)
				claim_export(
					storage, file, node,
					arena_printf(arena,
						     _("exported by the kernel's target %s/%s"),
						     *backend, *name));
		}
	}
}

/* sys/kernel/config/nvmet/subsystems/NQN/namespaces/N/device_path: drivers/nvme/target/configfs.c */
static void collect_nvmet(struct storage *storage)
{
	static const char subsystems[] = "sys/kernel/config/nvmet/subsystems";
	struct arena *arena = storage->facts->arena;
	struct strings names = {0};
	unsigned budget = EXPORTS_MAX;

	list_configfs(storage, subsystems, &names);
	for_each (name, &names) {
		const char *folder = arena_printf(arena, "%s/%s/namespaces", subsystems, *name);
		struct strings namespaces = {0};

		list_configfs(storage, folder, &namespaces);
		for_each (number, &namespaces) {
			const char *file =
				arena_printf(arena, "%s/%s/device_path", folder, *number);
			const char *node;

			if (budget-- == 0)
				return;
			if (host_read_line(storage->host, arena, file, &node) == 0)
				claim_export(
					storage, file, node,
					arena_printf(arena, _("exported over NVMe as %s"), *name));
		}
	}
}

void storage_collect_exports(struct storage *storage)
{
	collect_lio(storage);
	collect_nvmet(storage);
}

/* -- the next boot --------------------------------------------------------------------------------- */

static void claim_promise(struct storage *storage, struct block *block, enum use_kind kind,
			  const char *words, struct origin origin)
{
	/* What is mounted or swapped to is told already. */
	if (block && !block->claims.count)
		block_add_claim(storage, block, kind, words)->origin = origin;
}

static bool point_is_boot(const char *point)
{
	static const char *const points[] = {"/boot", "/boot/efi", "/efi", "/boot/firmware"};

	for (size_t i = 0; i < ARRAY_SIZE(points); i++)
		if (streq(point, points[i]))
			return true;
	return false;
}

static void collect_fstab(struct storage *storage)
{
	struct arena *arena = storage->facts->arena;
	struct mounts table;
	struct bytes bytes;

	if (host_read(storage->host, arena, "etc/fstab", 0, &bytes) < 0)
		return;
	mount_table_parse(arena, bytes.data, bytes.length, &table);
	for_each (mount, &table)
		if (point_is_boot(mount->point))
			claim_promise(storage, storage_find_source(storage, mount->source),
				      USE_FILESYSTEM,
				      arena_printf(arena, _("is %s of this host (not mounted now)"),
						   mount->point),
				      (struct origin){.source = "/etc/fstab",
						      .line = mount->line,
						      .text = mount->text});
}

/* The boot loader interface: https://systemd.io/BOOT_LOADER_INTERFACE */
static void collect_loader_partition(struct storage *storage)
{
	static const char file[] = "sys/firmware/efi/efivars/"
				   "LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
	struct arena *arena = storage->facts->arena;
	const char *uuid, *source;
	struct bytes bytes;

	if (host_read(storage->host, arena, file, 4096, &bytes) < 0)
		return;
	uuid = loader_uuid_parse(arena, bytes.data, bytes.length);
	if (!uuid)
		return;
	source = arena_printf(arena, "PARTUUID=%s", uuid);
	claim_promise(storage, storage_find_source(storage, source), USE_FILESYSTEM,
		      _("is the EFI system partition that this host booted from"),
		      (struct origin){.source = arena_printf(arena, "/%s", file), .text = uuid});
}

/* proxmox-boot-tool copies kernels to each file system listed here and leaves it unmounted. */
static void collect_proxmox_partitions(struct storage *storage)
{
	static const char file[] = "etc/kernel/proxmox-boot-uuids";
	struct arena *arena = storage->facts->arena;
	struct span rest, line, word;
	struct bytes bytes;
	unsigned number = 0;

	if (host_read(storage->host, arena, file, 65536, &bytes) < 0)
		return;
	rest = (struct span){.data = bytes.data, .length = bytes.length};
	while (span_next_line(&rest, &line)) {
		const char *text = arena_copy(arena, line.data, line.length), *source;

		number++;
		if (!span_next_field(&line, &word) || word.data[0] == '#')
			continue;
		source = arena_printf(arena, "UUID=%.*s", (int)word.length, word.data);
		claim_promise(storage, storage_find_source(storage, source), USE_FILESYSTEM,
			      _("is a boot partition of this host (proxmox-boot-tool)"),
			      (struct origin){.source = "/etc/kernel/proxmox-boot-uuids",
					      .line = number,
					      .text = text});
	}
}

static void collect_resume(struct storage *storage)
{
	const struct parameter *resume = facts_parameter(storage->facts, "resume");

	if (resume && resume->value && !facts_parameter(storage->facts, "noresume"))
		claim_promise(storage, storage_find_source(storage, resume->value), USE_SWAP,
			      _("is the resume device of this host"), resume->origin);
}

void storage_collect_promises(struct storage *storage)
{
	collect_fstab(storage);
	collect_loader_partition(storage);
	collect_proxmox_partitions(storage);
	collect_resume(storage);
}
