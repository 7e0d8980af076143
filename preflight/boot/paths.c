/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"
#include "preflight/facts/storage.h"
#include "preflight/lines.h"

#include <errno.h>
#include <strings.h>

enum { COMPONENTS_LIMIT = 32 };

/* Where distributions mount the ESP, and the XBOOTLDR partition of UAPI.1. */
static const char *const partitions[] = {"boot/efi", "efi", "boot"};

int boot_read(struct boot_work *work, const char *path, struct bytes *ret_bytes)
{
	int r = host_read(work->host, work->arena, path, BOOT_FILE_LIMIT, ret_bytes);

	if (r < 0 && r != -ENOENT)
		facts_add_unread(work->facts, path, r);
	return r;
}

const char *boot_folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_copy(arena, path, (size_t)(slash - path)) : "";
}

/* -- file systems without case --------------------------------------------------------------------- */

/* The name in folder that equals length characters of name without case; the same case first. */
static const char *find_name(struct boot_work *work, const char *folder, const char *name,
			     size_t length, int *ret_error)
{
	const char *exact = arena_copy(work->arena, name, length);
	struct strings names;
	int r = host_exists(work->host, arena_printf(work->arena, "%s/%s", folder, exact));

	*ret_error = r;
	if (r == 0)
		return exact;
	r = host_list(work->host, work->arena, folder, &names);
	if (r < 0) {
		*ret_error = r;
		return NULL;
	}
	for (size_t i = 0; i < names.count; i++)
		if (strlen(names.items[i]) == length &&
		    strncasecmp(names.items[i], name, length) == 0)
			return names.items[i];
	return NULL;
}

const char *boot_find_file(struct boot_work *work, const char *folder, const char *path,
			   int *ret_error)
{
	const char *found = folder;
	unsigned components = 0;
	int error = -ENOENT;

	while (found && *path && components++ < COMPONENTS_LIMIT) {
		size_t length = strcspn(path, "/");

		if (length) {
			const char *name = find_name(work, found, path, length, &error);

			found = name ? arena_printf(work->arena, "%s/%s", found, name) : NULL;
		}
		path += length + (path[length] == '/');
	}
	if (*path)
		found = NULL;
	if (!found && ret_error)
		*ret_error = error;
	return found;
}

/* Slashes only, "." and ".." resolved, no slash at the front. */
static const char *clean_path(struct arena *arena, const char *path)
{
	struct strings parts = {0};

	while (*path) {
		size_t length = strcspn(path, "/\\");

		if (length == 2 && memcmp(path, "..", 2) == 0)
			parts.count -= parts.count > 0;
		else if (length && !(length == 1 && *path == '.'))
			*ARRAY_ADD(arena, &parts) = arena_copy(arena, path, length);
		path += length + (path[length] != '\0');
	}
	return strings_join(arena, &parts, "/");
}

const char *boot_path_on(struct boot_work *work, const char *folder, const char *path)
{
	const char *clean = clean_path(work->arena, path);
	const char *found = boot_find_file(work, folder, clean, NULL);

	return found ? found : arena_printf(work->arena, "%s/%s", folder, clean);
}

/* -- ESPs ------------------------------------------------------------------------------------------- */

static bool looks_like_esp(struct boot_work *work, const char *folder)
{
	static const char *const marks[] = {"EFI", "loader", "limine.conf"};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (boot_find_file(work, folder, marks[i], NULL))
			return true;
	return false;
}

void boot_find_esps(struct boot_work *work)
{
	for (size_t i = 0; i < ARRAY_SIZE(partitions); i++) {
		struct strings names;
		int r = host_list(work->host, work->arena, partitions[i], &names);

		if (r == -EACCES || r == -EPERM)
			facts_add_unread(work->facts, partitions[i], r);
		if (r == 0 && looks_like_esp(work, partitions[i]))
			*ARRAY_ADD(work->arena, &work->esps) = partitions[i];
	}
}

/* -- GRUB's paths ----------------------------------------------------------------------------------- */

const char *boot_path_of_grub(struct boot_work *work, const char *path)
{
	const char *device = strrchr(path, ')');
	const char *clean = clean_path(work->arena, device ? device + 1 : path), *rest;

	if (work->grub_partition)
		return boot_path_on(work, work->grub_partition, clean);
	rest = clean;
	do {
		const char *below;

		rest += *rest == '/';
		below = arena_printf(work->arena, "boot/%s", rest);
		/* "boot/…" is the root file system's own path before it is the boot partition's. */
		if (starts_with(rest, "boot/") && host_exists(work->host, rest) == 0)
			return rest;
		if (*rest && host_exists(work->host, below) == 0)
			return below;
		if (*rest && host_exists(work->host, rest) == 0)
			return rest;
		rest = strchr(rest, '/');
	} while (rest);
	device = strstr(clean, "boot/");
	if (device && (device == clean || device[-1] == '/'))
		return device;
	return arena_printf(work->arena, "boot/%s", clean);
}

/* -- file systems ------------------------------------------------------------------------------------ */

/* The number of the block device below a mount, as udev names its record: "8:2". NULL not known. */
static const char *device_number(struct boot_work *work, const struct mount *mount)
{
	const char *slash = strrchr(mount->source, '/'), *line;

	if (mount->has_number && mount->major)
		return arena_printf(work->arena, "%u:%u", mount->major, mount->minor);
	/* btrfs has no number of its own. */
	if (!starts_with(mount->source, "/dev/") ||
	    host_read_line(work->host, work->arena,
			   arena_printf(work->arena, "sys/class/block%s/dev", slash), &line) < 0)
		return NULL;
	return line;
}

const char *boot_uuid_of_path(struct boot_work *work, const char *path)
{
	struct mounts mounts = {0};
	const struct mount *mount;
	const char *source, *number;
	struct line_reader lines;
	struct line line, value;
	struct bytes bytes;

	if (mounts_read(work->facts, work->host, &mounts, &source) < 0)
		return NULL;
	mount = mounts_find_path(&mounts, arena_printf(work->arena, "/%s", path));
	number = mount ? device_number(work, mount) : NULL;
	if (!number ||
	    host_read(work->host, work->arena,
		      arena_printf(work->arena, "run/udev/data/b%s", number), 0, &bytes) < 0)
		return NULL;
	lines = lines_of(bytes.data, bytes.length);
	while (lines_next(&lines, &line))
		if (line_starts(&line, "E:ID_FS_UUID=", &value))
			return printable_copy(work->arena, value.text, value.length);
	return NULL;
}
