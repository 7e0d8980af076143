/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"
#include "preflight/parse/bls.h"
#include "preflight/parse/cmdline.h"

#include <errno.h>

/* What a file boots, while it is turned into entries. */
struct grub_file {
	struct boot_work *work;
	const char *path;
	struct grub_menu menu;
	struct bls_files files;
	const char *own_uuid; /* the file system that 10_linux's entries look for; NULL not known */
	size_t *entries;      /* for each item, index + 1 of its entry; 0 none */
};

/* -- reading a file ------------------------------------------------------------------------------- */

/* The environment block beside the file, or where a file on the ESP finds it. */
static void read_environment(struct boot_work *work, const char *path,
			     struct grub_variables *variables, struct grub_input *input)
{
	const char *folder = boot_folder_of(work->arena, path);
	const char *block = arena_printf(work->arena, "%s/grubenv", folder);
	struct bytes bytes;
	int r = boot_read(work, block, &bytes);

	if (r == 0) {
		input->environment_known = YES;
		if (grubenv_parse(work->arena, bytes.data, bytes.length, variables) == 0)
			input->environment = variables;
		/* On btrfs SUSE keeps what is saved outside the file system; the block only says where. */
		if (grubenv_value(variables, "env_block"))
			input->environment_known = UNKNOWN;
	} else if (r == -ENOENT) {
		/* The folder is there, its grub.cfg was read: there is no block. */
		input->environment_known = YES;
	}
}

static void read_bls(struct boot_work *work, struct bls_files *files, struct grub_input *input)
{
	struct grub_bls_entry *entries;

	(void)boot_read_bls(work, "boot", true, files);
	for (size_t i = 0; i < work->esps.count && !files->count; i++)
		(void)boot_read_bls(work, work->esps.items[i], true, files);
	entries = arena_array(work->arena, files->count + 1, sizeof(*entries));
	for (size_t i = 0; i < files->count; i++)
		entries[i] = (struct grub_bls_entry){
			.id = files->items[i].id,
			.title = files->items[i].entry->title ? files->items[i].entry->title : "",
		};
	input->bls = entries;
	input->bls_count = files->count;
}

void boot_parse_grub(struct boot_work *work, const char *path, const struct bytes *bytes,
		     struct bls_files *ret_files, struct grub_menu *ret_menu)
{
	const char *firmware = work->facts->machine.firmware;
	struct grub_variables variables = {0};
	struct grub_input input = {
		.platform = streq(firmware, "uefi")   ? "efi"
			    : streq(firmware, "bios") ? "pc"
						      : NULL,
	};

	*ret_files = (struct bls_files){0};
	read_environment(work, path, &variables, &input);
	read_bls(work, ret_files, &input);
	grub_cfg_parse(work->arena, arena_printf(work->arena, "/%s", path), bytes->data,
		       bytes->length, &input, ret_menu);
}

/* -- whose entry it is ------------------------------------------------------------------------------ */

static bool is_of_linux_script(const struct grub_item *item)
{
	const char *slash = item->section ? strrchr(item->section, '/') : NULL;

	return slash && starts_with(slash, "/10_linux");
}

static const char *find_own_uuid(const struct grub_menu *menu)
{
	for_each (item, &menu->items)
		if (item->kernel && is_of_linux_script(item) && item->search_uuid)
			return item->search_uuid;
	return NULL;
}

/* An entry written by hand may boot another system: it looks for another file system, and the kernel it
 * names is not here. */
static bool is_foreign(const struct grub_file *file, const struct grub_item *item,
		       const char *kernel_path)
{
	return item->foreign ||
	       (file->own_uuid && item->search_uuid && !streq(file->own_uuid, item->search_uuid) &&
		host_exists(file->work->host, kernel_path) == -ENOENT);
}

/* -- entries ------------------------------------------------------------------------------------------ */

static const char *id_of(const struct grub_item *item)
{
	return item->id && *item->id ? item->id : item->title;
}

static size_t add_linux(struct grub_file *file, const struct grub_item *item)
{
	struct boot_work *work = file->work;
	const char *path = boot_path_of_grub(work, item->kernel);
	struct boot_entry *entry;

	if (is_foreign(file, item, path))
		return 0;
	entry = boot_add_entry(work, id_of(item), item->title, &(struct origins){0});
	*entry->parameters = item->words;
	entry->cmdline = item->cmdline;
	entry->incomplete = item->incomplete;
	entry->kernel_path = path;
	entry->kernel_version = boot_kernel_version(work, path, NULL);
	entry->source = arena_printf(work->arena, "/%s", file->path);
	entry->line = item->line;
	for (size_t i = 0; i < item->initrds.count; i++)
		boot_add_initrd(work, entry, boot_path_of_grub(work, item->initrds.items[i]));
	return work->facts->boot.entries.count;
}

/* The words as GRUB expands them; where an entry has none, the variable that Fedora's GRUB takes. */
static struct origins expand_options(struct grub_file *file, const struct bls_entry *bls,
				     const char *source, bool *ret_incomplete)
{
	struct origins options = {0};
	struct origin fallback = {
		.source = source, .line = bls->line, .text = "$default_kernelopts"};
	const struct origin *written = bls->options.count ? bls->options.items : &fallback;

	*ARRAY_ADD(file->work->arena, &options) = (struct origin){
		.source = written->source,
		.line = written->line,
		.text = grub_menu_expand(file->work->arena, &file->menu, written->text,
					 ret_incomplete),
	};
	return options;
}

static size_t add_bls(struct grub_file *file, const struct bls_file *bls)
{
	struct boot_work *work = file->work;
	const char *source = arena_printf(work->arena, "/%s", bls->path);
	bool incomplete = false;
	struct origins options = expand_options(file, bls->entry, source, &incomplete);
	struct boot_entry *entry;

	if (!bls->entry->linux_path)
		return 0;
	entry = boot_add_entry(work, bls->id, bls->entry->title, &options);
	entry->incomplete = incomplete;
	entry->kernel_path = boot_path_of_grub(work, bls->entry->linux_path);
	entry->kernel_version = boot_kernel_version(work, entry->kernel_path, bls->entry->version);
	entry->source = source;
	entry->line = bls->entry->line;
	for (size_t i = 0; i < bls->entry->initrds.count; i++)
		if (*bls->entry->initrds.items[i] != '$')
			boot_add_initrd(work, entry,
					boot_path_of_grub(work, bls->entry->initrds.items[i]));
	return work->facts->boot.entries.count;
}

static void add_items(struct grub_file *file)
{
	const struct grub_items *items = &file->menu.items;

	file->entries = arena_array(file->work->arena, items->count + 1, sizeof(*file->entries));
	for (size_t i = 0; i < items->count; i++) {
		const struct grub_item *item = &items->items[i];

		if (item->bls)
			file->entries[i] = add_bls(file, &file->files.items[item->bls - 1]);
		else if (item->kernel && !item->hypervisor)
			file->entries[i] = add_linux(file, item);
	}
}

static void set_default(struct grub_file *file)
{
	size_t index = grub_menu_default(&file->menu);

	if (index) {
		file->work->facts->boot.default_title = file->menu.items.items[index - 1].title;
		boot_set_next(file->work, file->entries[index - 1]);
	} else if (file->menu.environment_loaded && !file->menu.environment_known) {
		boot_set_unread(file->work,
				arena_printf(file->work->arena, "%s/grubenv",
					     boot_folder_of(file->work->arena, file->path)));
	}
}

/* GRUB that reads entry files has them from another tool: grubby, not grub-mkconfig. */
static bool boots_bls_entries(const struct grub_file *file)
{
	return file->menu.reads_bls && file->files.count;
}

void boot_add_grub_entries(struct boot_work *work, const char *path, const struct bytes *bytes)
{
	struct grub_file file = {.work = work, .path = path};

	boot_parse_grub(work, path, bytes, &file.files, &file.menu);
	file.own_uuid = find_own_uuid(&file.menu);
	add_items(&file);
	set_default(&file);
	if (boots_bls_entries(&file))
		boot_rename_loader(work, LOADER_GRUB, LOADER_BLS);
}

struct parameters *boot_grub_words(struct boot_work *work, const char *path,
				   const struct bytes *bytes)
{
	struct grub_file file = {.work = work, .path = path};

	boot_parse_grub(work, path, bytes, &file.files, &file.menu);
	for_each (item, &file.menu.items)
		if (item->kernel && !item->foreign && is_of_linux_script(item) &&
		    host_exists(work->host, boot_path_of_grub(work, item->kernel)) == 0) {
			struct parameters *words = arena_alloc(work->arena, sizeof(*words));

			*words = item->words;
			return words;
		}
	return NULL;
}
