/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"
#include "preflight/parse/limine.h"

#include <errno.h>

/* Where Limine looks on a partition, in its order; the folder of its own program comes first. */
static const char *const files[] = {
	"EFI/limine/limine.conf", "EFI/BOOT/limine.conf", "boot/limine/limine.conf",
	"boot/limine.conf",       "limine/limine.conf",   "limine.conf",
	"EFI/BOOT/limine.cfg",    "limine/limine.cfg",    "limine.cfg",
};

static const char *find_config(struct boot_work *work, const char **ret_partition)
{
	const char *program = work->variables.path
				      ? boot_folder_of(work->arena, work->variables.path)
				      : "EFI/limine";

	for (size_t i = 0; i < work->esps.count; i++) {
		const char *esp = work->esps.items[i];
		const char *path = boot_find_file(
			work, esp, arena_printf(work->arena, "%s/limine.conf", program), NULL);

		for (size_t j = 0; j < ARRAY_SIZE(files) && !path; j++)
			path = boot_find_file(work, esp, files[j], NULL);
		*ret_partition = esp;
		if (path)
			return path;
	}
	*ret_partition = "boot";
	return host_exists(work->host, "boot/limine/limine.conf") == 0 ? "boot/limine/limine.conf"
								       : NULL;
}

static size_t add_linux(struct boot_work *work, const char *partition, const char *source,
			const struct limine_entry *limine)
{
	struct origins options = {0};
	struct boot_entry *entry;

	if (limine->cmdline.source)
		*ARRAY_ADD(work->arena, &options) = limine->cmdline;
	entry = boot_add_entry(work, limine->title, limine->title, &options);
	entry->source = source;
	entry->line = limine->line;
	/* Macros are not looked into. */
	entry->incomplete = limine->cmdline.text && strstr(limine->cmdline.text, "${");
	entry->kernel_path =
		boot_path_on(work, partition, limine_path(work->arena, limine->kernel));
	entry->kernel_version = boot_kernel_version(work, entry->kernel_path, NULL);
	for (size_t i = 0; i < limine->modules.count; i++)
		boot_add_initrd(work, entry,
				boot_path_on(work, partition,
					     limine_path(work->arena, limine->modules.items[i])));
	return work->facts->boot.entries.count;
}

/* A unified image that Limine starts keeps its own command line where it has one. */
static size_t add_image(struct boot_work *work, const char *partition,
			const struct limine_entry *limine)
{
	const char *path = boot_path_on(work, partition, limine_path(work->arena, limine->kernel));
	struct choices choices = {0};

	return boot_add_unified_image(work, path, &choices) ? work->facts->boot.entries.count : 0;
}

static void add_entries(struct boot_work *work, const char *partition, const char *source,
			const struct limine_config *config)
{
	size_t *entries = arena_array(work->arena, config->entries.count + 1, sizeof(*entries));
	size_t index = limine_default(config);

	for (size_t i = 0; i < config->entries.count; i++) {
		const struct limine_entry *entry = &config->entries.items[i];

		if (entry->kernel && entry->is_linux)
			entries[i] = add_linux(work, partition, source, entry);
		else if (entry->kernel)
			entries[i] = add_image(work, partition, entry);
	}
	if (!index)
		return;
	work->facts->boot.default_title = config->entries.items[index - 1].title;
	boot_set_next(work, entries[index - 1]);
}

static void collect(struct boot_work *work)
{
	const char *partition, *path = find_config(work, &partition);
	struct limine_config config;
	struct bytes bytes;

	if (!path || boot_read(work, path, &bytes) < 0) {
		boot_set_unread(work, path ? path : "boot/limine.conf");
		return;
	}
	work->facts->boot.config = arena_printf(work->arena, "/%s", path);
	limine_parse(work->arena, work->facts->boot.config, bytes.data, bytes.length, &config);
	add_entries(work, partition, work->facts->boot.config, &config);
	work->facts->boot.known = YES;
}

const struct loader_row boot_row_limine = {
	.loader = LOADER_LIMINE,
	.programs = 1u << PROGRAM_LIMINE,
	.collect = collect,
};
