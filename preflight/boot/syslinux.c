/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"
#include "preflight/parse/syslinux.h"

#include <errno.h>

enum { INCLUDES_LIMIT = 16 };

/* In the order in which syslinux looks; Unraid mounts its stick on /boot. */
static const char *const files[] = {
	"boot/syslinux/syslinux.cfg", "boot/syslinux/extlinux.conf", "boot/extlinux/extlinux.conf",
	"boot/extlinux.conf",         "boot/syslinux.cfg",
};

/* A path in the file: it starts at the partition's root or at the file's own folder. */
static const char *resolve(struct boot_work *work, const char *config, const char *path)
{
	const char *folder = boot_folder_of(work->arena, config) + strlen("boot");
	const char *found;

	if (*path != '/')
		return boot_path_on(work, "boot", arena_printf(work->arena, "%s/%s", folder, path));
	found = boot_path_on(work, "boot", path);
	if (host_exists(work->host, found) < 0 && host_exists(work->host, path + 1) == 0)
		return path + 1;
	return found;
}

static size_t add_label(struct boot_work *work, const char *config,
			const struct syslinux_label *label)
{
	struct origins options = {0};
	struct boot_entry *entry;

	if (!label->kernel || strstr(label->kernel, ".c32"))
		return 0;
	if (label->append.source)
		*ARRAY_ADD(work->arena, &options) = label->append;
	entry = boot_add_entry(work, label->name, label->title, &options);
	if (!entry->title)
		entry->title = label->name;
	entry->source = arena_printf(work->arena, "/%s", config);
	entry->line = label->line;
	entry->kernel_path = resolve(work, config, label->kernel);
	entry->kernel_version = boot_kernel_version(work, entry->kernel_path, NULL);
	for (size_t i = 0; i < label->initrds.count; i++)
		boot_add_initrd(work, entry, resolve(work, config, label->initrds.items[i]));
	return work->facts->boot.entries.count;
}

static void read_includes(struct boot_work *work, const char *path, struct syslinux_config *config)
{
	struct strings seen = {0};

	strings_add(work->arena, &seen, path);
	for (size_t i = 0; i < config->includes.count && seen.count < INCLUDES_LIMIT; i++) {
		const char *file = resolve(work, path, config->includes.items[i]);
		struct bytes bytes;

		if (strings_contain(&seen, file))
			continue;
		strings_add(work->arena, &seen, file);
		if (boot_read(work, file, &bytes) == 0)
			syslinux_parse(work->arena, arena_printf(work->arena, "/%s", file),
				       bytes.data, bytes.length, config);
	}
}

/* Unraid runs from its stick's only kernel, which the running one is a copy of. */
static void set_version_of_unraid(struct boot_work *work)
{
	struct boot_facts *boot = &work->facts->boot;

	if (!streq(work->facts->machine.platform, "unraid") || boot->kernels.count != 1)
		return;
	for_each (entry, &boot->entries)
		if (!entry->kernel_version && strstr(entry->kernel_path, "bzimage"))
			entry->kernel_version = boot->kernels.items[0].version;
}

static void add_labels(struct boot_work *work, const char *path, const struct bytes *bytes)
{
	struct syslinux_config config = {0};
	size_t index, *entries;

	syslinux_parse(work->arena, arena_printf(work->arena, "/%s", path), bytes->data,
		       bytes->length, &config);
	read_includes(work, path, &config);
	entries = arena_array(work->arena, config.labels.count + 1, sizeof(*entries));
	for (size_t i = 0; i < config.labels.count; i++)
		entries[i] = add_label(work, path, &config.labels.items[i]);
	set_version_of_unraid(work);
	index = syslinux_default(&config);
	if (!index)
		return;
	work->facts->boot.default_title = config.labels.items[index - 1].name;
	boot_set_next(work, entries[index - 1]);
}

static void collect(struct boot_work *work)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct bytes bytes;
		int r = boot_read(work, files[i], &bytes);

		if (r == -ENOENT)
			continue;
		if (r < 0) {
			boot_set_unread(work, files[i]);
			return;
		}
		work->facts->boot.config = arena_printf(work->arena, "/%s", files[i]);
		add_labels(work, files[i], &bytes);
		work->facts->boot.known = YES;
		return;
	}
	boot_set_unread(work, files[0]);
}

const struct loader_row boot_row_syslinux = {
	.loader = LOADER_EXTLINUX,
	.programs = 1u << PROGRAM_SYSLINUX,
	.collect = collect,
};
