/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"
#include "preflight/parse/bls.h"
#include "preflight/parse/loader_conf.h"
#include "preflight/boot/version_order.h"

#include <errno.h>
#include <strings.h>

/* -- entries --------------------------------------------------------------------------------------- */

/* Entries of several installations may share an ESP; each carries its machine's id. */
static bool is_foreign(struct boot_work *work, const struct bls_entry *entry)
{
	const char *id;

	return entry->machine_id &&
	       host_read_line(work->host, work->arena, "etc/machine-id", &id) == 0 && *id &&
	       strcasecmp(id, entry->machine_id) != 0;
}

static size_t add_linux(struct boot_work *work, const struct bls_file *file)
{
	const struct bls_entry *bls = file->entry;
	struct boot_entry *entry;

	if (!bls->linux_path || is_foreign(work, bls))
		return 0;
	entry = boot_add_entry(work, file->id, bls->title, &bls->options);
	entry->source = arena_printf(work->arena, "/%s", file->path);
	entry->line = bls->line;
	entry->kernel_path = boot_path_on(work, file->folder, bls->linux_path);
	entry->kernel_version = boot_kernel_version(work, entry->kernel_path, bls->version);
	for (size_t i = 0; i < bls->initrds.count; i++)
		boot_add_initrd(work, entry,
				boot_path_on(work, file->folder, bls->initrds.items[i]));
	return work->facts->boot.entries.count;
}

static void add_entries(struct boot_work *work, const char *partition, struct choices *choices)
{
	struct bls_files files = {0};

	(void)boot_read_bls(work, partition, false, &files);
	for_each (file, &files)
		*ARRAY_ADD(work->arena, choices) = (struct choice){
			.id = file->name,
			.name = arena_printf(work->arena, "%s.conf", file->id),
			.sort_key = file->entry->sort_key,
			.machine_id = file->entry->machine_id,
			.version = file->entry->version,
			.title = file->entry->title,
			.tries_left = file->tries_left,
			.tries_done = file->tries_done,
			.entry = add_linux(work, file),
		};
}

/* -- the order (config_entry_compare) ------------------------------------------------------------------- */

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_choices(const void *a, const void *b)
{
	const struct choice *first = a, *second = b;
	int order = (first->tries_left == 0) - (second->tries_left == 0);

	if (!order)
		order = !first->sort_key - !second->sort_key;
	if (!order && first->sort_key) {
		order = compare_texts(first->sort_key, second->sort_key);
		if (!order)
			order = compare_texts(first->machine_id, second->machine_id);
		if (!order)
			order = -version_compare(first->version, second->version);
	}
	if (!order)
		order = -version_compare(first->id, second->id);
	if (!order && first->tries_left >= 0 && second->tries_left >= 0)
		order = second->tries_left - first->tries_left;
	return order;
}

/* -- the default ------------------------------------------------------------------------------------------ */

static size_t find_choice(const struct choices *choices, const char *pattern)
{
	for (size_t i = 0; pattern && *pattern && i < choices->count; i++)
		if (loader_pattern_matches(pattern, choices->items[i].id))
			return i + 1;
	return 0;
}

/* Whether the pattern would match if the counters of a boot that is on trial were not part of the name. */
static bool matches_without_counters(const struct choices *choices, const char *pattern)
{
	for_each (choice, choices)
		if (choice->tries_left >= 0 && loader_pattern_matches(pattern, choice->name))
			return true;
	return false;
}

/* Up to version 244 an entry's id had no ".conf", and people wrote its name without. */
static size_t find_by_short_name(const struct choices *choices, const char *pattern)
{
	for (size_t i = 0; i < choices->count; i++) {
		const char *dot = strrchr(choices->items[i].id, '.');
		char name[256];

		if (!dot || (size_t)(dot - choices->items[i].id) >= sizeof(name))
			continue;
		memcpy(name, choices->items[i].id, (size_t)(dot - choices->items[i].id));
		name[dot - choices->items[i].id] = '\0';
		if (loader_pattern_matches(pattern, name))
			return i + 1;
	}
	return 0;
}

/* The version of systemd-boot that started this kernel; 0 not known. */
static unsigned long loader_version(const struct boot_work *work)
{
	const char *info = work->variables.loader_info;

	if (!info || strncasecmp(info, "systemd-boot ", strlen("systemd-boot ")) != 0)
		return 0;
	return strtoul(info + strlen("systemd-boot "), NULL, 10);
}

/* What loader.conf names: index + 1; 0 where it names nothing that is there. *ret_settled is false where
 * that depends on the version, which is not known, and the entry that was booted does not show it. */
static size_t find_configured(struct boot_work *work, const struct choices *choices,
			      const char *pattern, bool *ret_settled)
{
	size_t found = find_choice(choices, pattern), loose;
	unsigned long version = loader_version(work);

	*ret_settled = true;
	if (found || !pattern)
		return found;
	if (matches_without_counters(choices, pattern)) {
		*ret_settled = false;
		return 0;
	}
	loose = find_by_short_name(choices, pattern);
	/* kernelstub writes the short name to this day, and Pop!_OS's systemd-boot takes it
	 * (https://github.com/pop-os/installer/issues/210). */
	if (work->facts->boot.loader == LOADER_KERNELSTUB)
		return loose;
	if (!loose || version >= 245)
		return 0;
	if (version == 0)
		*ret_settled = find_choice(choices, work->variables.entry_selected) == loose;
	return loose;
}

static size_t first_suitable(const struct choices *choices)
{
	return choices->count > 0;
}

/*
 * The entry that starts when nobody chooses (config_select_default_entry): index + 1 in choices, 0
 * where it cannot be told. EFI variables go before loader.conf.
 */
static size_t find_default(struct boot_work *work, const struct choices *choices,
			   const struct loader_conf *conf)
{
	const struct boot_variables *variables = &work->variables;
	const char *named = variables->entry_default, *pattern = conf->default_entry.text;
	bool saved = named ? strcasecmp(named, "@saved") == 0
			   : pattern && strcasecmp(pattern, "@saved") == 0;
	size_t found = find_choice(choices, variables->entry_one_shot);
	bool settled = true;

	if (!found)
		found = find_choice(choices, variables->entry_preferred);
	if (!found && !variables->entry_preferred)
		found = find_choice(choices, conf->preferred_entry.text);
	if (!found && saved)
		found = find_choice(choices, variables->entry_last);
	else if (!found && named)
		found = find_choice(choices, named);
	if (!found && !saved)
		found = find_configured(work, choices, pattern, &settled);
	if (!settled)
		return 0;
	return found ? found : first_suitable(choices);
}

static void read_loader_conf(struct boot_work *work, struct loader_conf *ret_conf)
{
	*ret_conf = (struct loader_conf){0};
	for (size_t i = 0; i < work->esps.count; i++) {
		const char *path =
			boot_find_file(work, work->esps.items[i], "loader/loader.conf", NULL);
		struct bytes bytes;

		if (!path)
			continue;
		if (boot_read(work, path, &bytes) == 0)
			loader_conf_parse(work->arena, arena_printf(work->arena, "/%s", path),
					  bytes.data, bytes.length, ret_conf);
		else
			boot_set_unread(work, path);
		work->facts->boot.config = arena_printf(work->arena, "/%s", path);
		return;
	}
}

static void set_default(struct boot_work *work, const struct choices *choices,
			const struct loader_conf *conf)
{
	size_t index = find_default(work, choices, conf);
	const struct choice *choice;

	if (!index)
		return;
	choice = &choices->items[index - 1];
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): where one is found there are items */
	work->facts->boot.default_title = choice->title ? choice->title : choice->id;
	boot_set_next(work, choice->entry);
	if (choice->unified)
		boot_rename_loader(work, LOADER_SYSTEMD_BOOT, LOADER_UKI);
}

/* -- the rows ---------------------------------------------------------------------------------------------- */

/* Whether it is systemd-boot that chooses: a unified image may be started by firmware or by GRUB. */
static bool is_chooser(const struct boot_work *work)
{
	return work->program == PROGRAM_SYSTEMD_BOOT || loader_version(work) > 0;
}

/* The image that firmware starts itself. */
static void set_image_of_firmware(struct boot_work *work, struct choices *choices)
{
	const char *path = NULL;

	if (work->variables.loader_info || !work->variables.path)
		return;
	for (size_t i = 0; i < work->esps.count && !path; i++)
		path = boot_find_file(work, work->esps.items[i], work->variables.path, NULL);
	if (!path)
		return;
	for_each (choice, choices)
		if (choice->entry &&
		    streq(work->facts->boot.entries.items[choice->entry - 1].source + 1, path)) {
			boot_set_next(work, choice->entry);
			return;
		}
	if (boot_add_unified_image(work, path, choices))
		boot_set_next(work, work->facts->boot.entries.count);
}

void boot_collect_systemd(struct boot_work *work)
{
	struct boot_facts *boot = &work->facts->boot;
	struct choices choices = {0};
	struct loader_conf conf;

	for (size_t i = 0; i < work->esps.count; i++) {
		add_entries(work, work->esps.items[i], &choices);
		boot_add_unified_images(work, work->esps.items[i], &choices);
	}
	if (choices.count)
		qsort(choices.items, choices.count, sizeof(*choices.items), compare_choices);
	read_loader_conf(work, &conf);
	if (!is_chooser(work))
		set_image_of_firmware(work, &choices);
	else if (work->variables.listed == YES)
		set_default(work, &choices, &conf);
	else
		boot_set_unread(work, "sys/firmware/efi/efivars");
	if (boot->entries.count && !boot->unread_path)
		boot->known = YES;
	else if (!boot->entries.count)
		boot_set_unread(work, work->esps.count ? work->esps.items[0] : "boot/efi");
}

const struct loader_row boot_row_systemd = {
	.loader = LOADER_SYSTEMD_BOOT,
	.programs = 1u << PROGRAM_SYSTEMD_BOOT,
	.collect = boot_collect_systemd,
};
