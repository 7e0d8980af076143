/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"
#include "preflight/parse/bls.h"
#include "preflight/parse/cmdline.h"
#include "preflight/parse/shell.h"
#include "preflight/parse/syslinux.h"
#include "preflight/printable_words.h"

#include <errno.h>

#define KERNEL_CMDLINE "etc/kernel/cmdline"

struct boot_source *boot_add_source(struct boot_work *work, enum loader loader, const char *path,
				    bool used)
{
	struct boot_source *source = ARRAY_ADD(work->arena, &work->facts->boot.sources);

	source->loader = loader;
	source->path = arena_printf(work->arena, "/%s", path);
	source->parameters = arena_alloc(work->arena, sizeof(*source->parameters));
	source->used = used;
	return source;
}

/* -- files that hold the command line itself --------------------------------------------------------- */

static void add_line(struct boot_work *work, struct boot_source *source, struct line line)
{
	size_t before = source->parameters->count;
	const char *text;

	line = line_trim(line);
	text = printable_words(work->arena, line.text, line.length);
	cmdline_parse(work->arena, text, strlen(text), source->path, line.number,
		      source->parameters);
	for (size_t i = before; i < source->parameters->count; i++)
		source->parameters->items[i].origin.text = text;
}

/* kernel-install, mkinitcpio and ukify join the lines and skip comments. */
static void add_all_lines(struct boot_work *work, struct boot_source *source,
			  const struct bytes *bytes)
{
	struct line_reader lines = lines_of(bytes->data, bytes->length);
	struct line line;

	while (lines_next(&lines, &line))
		if (line_trim(line).length && *line_trim(line).text != '#')
			add_line(work, source, line);
}

/* proxmox-boot-tool takes the first line; people put words on a second one, which nothing reads. */
static void add_proxmox_lines(struct boot_work *work, const struct bytes *bytes, bool used)
{
	struct boot_source *first =
		boot_add_source(work, LOADER_PROXMOX_BOOT_TOOL, KERNEL_CMDLINE, used);
	struct line_reader lines = lines_of(bytes->data, bytes->length);
	struct boot_source *rest = NULL;
	struct line line;

	if (lines_next(&lines, &line))
		add_line(work, first, line);
	while (lines_next(&lines, &line)) {
		if (!line_trim(line).length)
			continue;
		if (!rest) {
			rest = boot_add_source(work, LOADER_PROXMOX_BOOT_TOOL, KERNEL_CMDLINE,
					       false);
			rest->line = line.number;
		}
		add_line(work, rest, line);
	}
}

/* kernel-install names entries for the kernels they boot; hand-written ones are called "arch". */
static bool uses_kernel_install(const struct boot_facts *boot)
{
	for_each (entry, &boot->entries)
		if (entry->kernel_version && has_suffix(entry->id, entry->kernel_version))
			return true;
	return false;
}

static bool has_source(const struct boot_facts *boot, enum loader loader)
{
	for_each (source, &boot->sources)
		if (source->loader == loader)
			return true;
	return false;
}

static enum loader owner_of_cmdline(const struct boot_facts *boot)
{
	switch (boot->loader) {
	case LOADER_UKI:
	case LOADER_BLS:
	case LOADER_SYSTEMD_BOOT:
		return boot->loader;
	case LOADER_LIMINE:
		return has_source(boot, LOADER_LIMINE) ? LOADER_SYSTEMD_BOOT : LOADER_LIMINE;
	default:
		return LOADER_SYSTEMD_BOOT;
	}
}

static void collect_kernel_cmdline(struct boot_work *work)
{
	const struct boot_facts *boot = &work->facts->boot;
	enum loader owner = owner_of_cmdline(boot);
	struct strings uuids = {0};
	struct bytes bytes;
	bool used;

	if (boot_read(work, KERNEL_CMDLINE, &bytes) < 0)
		return;
	if (boot_is_proxmox(work, &uuids)) {
		add_proxmox_lines(work, &bytes,
				  boot->loader == LOADER_PROXMOX_BOOT_TOOL &&
					  boot->esp_loader == LOADER_SYSTEMD_BOOT);
		return;
	}
	used = boot->loader == owner && (owner != LOADER_SYSTEMD_BOOT || uses_kernel_install(boot));
	add_all_lines(work, boot_add_source(work, owner, KERNEL_CMDLINE, used), &bytes);
}

/* mkinitcpio adds these to the command line of its unified images. */
static void collect_cmdline_folder(struct boot_work *work)
{
	static const char folder[] = "etc/cmdline.d";
	struct strings names;

	if (host_list(work->host, work->arena, folder, &names) < 0)
		return;
	for (size_t i = 0; i < names.count && i < BOOT_FILES_LIMIT; i++) {
		const char *path = arena_printf(work->arena, "%s/%s", folder, names.items[i]);
		struct bytes bytes;

		if (!has_suffix(path, ".conf") || *names.items[i] == '.' ||
		    boot_read(work, path, &bytes) < 0)
			continue;
		add_all_lines(work,
			      boot_add_source(work, LOADER_UKI, path,
					      work->facts->boot.loader == LOADER_UKI),
			      &bytes);
	}
}

/* -- files of variables -------------------------------------------------------------------------------- */

/* Adds what the files assign to this variable. */
static void add_assignments(struct boot_work *work, const struct shell_script *script,
			    const char *variable, enum loader loader)
{
	for (size_t i = 0; i < script->assignments.count; i++) {
		const struct shell_assignment *assignment = &script->assignments.items[i];
		struct boot_source *source;

		if (!streq(assignment->name, variable) || !assignment->origin.source)
			continue;
		source = boot_add_source(work, loader, assignment->origin.source + 1,
					 work->facts->boot.loader == loader);
		source->variable = variable;
		source->line = assignment->origin.line;
		source->overridden = !shell_is_in_force(script, i);
		source->computed = script->opaque || shell_is_partly_unknown(assignment);
		shell_own_words(work->arena, script, i, source->parameters);
	}
}

static void parse_variables(struct boot_work *work, const char *path, struct shell_script *script)
{
	struct bytes bytes;

	if (boot_read(work, path, &bytes) == 0)
		shell_parse(work->arena, arena_printf(work->arena, "/%s", path), bytes.data,
			    bytes.length, true, script);
}

/* limine-entry-tool: drop-ins go before the file that people know. */
static void collect_limine(struct boot_work *work)
{
	static const char folder[] = "etc/limine-entry-tool.d";
	struct shell_script script = {0};
	struct strings names = {0};

	(void)host_list(work->host, work->arena, folder, &names);
	for (size_t i = 0; i < names.count && i < BOOT_FILES_LIMIT; i++)
		if (has_suffix(names.items[i], ".conf"))
			parse_variables(work,
					arena_printf(work->arena, "%s/%s", folder, names.items[i]),
					&script);
	parse_variables(work, "etc/default/limine", &script);
	add_assignments(work, &script, "KERNEL_CMDLINE[default]", LOADER_LIMINE);
}

/* u-boot-menu of Debian writes an extlinux.conf. */
static void collect_u_boot(struct boot_work *work)
{
	struct shell_script script = {0};

	parse_variables(work, "etc/default/u-boot", &script);
	add_assignments(work, &script, "U_BOOT_PARAMETERS", LOADER_EXTLINUX);
}

/* update-extlinux of Alpine writes an extlinux.conf. */
static void collect_update_extlinux(struct boot_work *work)
{
	struct shell_script script = {0};

	parse_variables(work, "etc/update-extlinux.conf", &script);
	add_assignments(work, &script, "default_kernel_opts", LOADER_EXTLINUX);
}

/* -- entries of a loader that does not boot this host ------------------------------------------------- */

static bool reads_entry_files(enum loader loader)
{
	return loader == LOADER_SYSTEMD_BOOT || loader == LOADER_UKI ||
	       loader == LOADER_KERNELSTUB || loader == LOADER_OSTREE || loader == LOADER_NIXOS ||
	       loader == LOADER_PROXMOX_BOOT_TOOL;
}

static bool is_entry(const struct boot_facts *boot, const char *path)
{
	for_each (entry, &boot->entries)
		if (entry->source && streq(entry->source + 1, path))
			return true;
	return false;
}

static const char *root_of(const struct parameters *words)
{
	for_each (word, words)
		if (streq(word->name, "root"))
			return word->value;
	return NULL;
}

/* Another system on this machine, by its root file system: its words are its own affair. Only the
 * same kind of name can be compared. */
static bool is_of_other_system(struct boot_work *work, const struct parameters *words)
{
	static const char *const kinds[] = {"UUID=", "PARTUUID="};
	const char *own = root_of(&work->facts->cmdline), *other = root_of(words);

	for (size_t i = 0; own && other && i < ARRAY_SIZE(kinds); i++)
		if (starts_with(own, kinds[i]) && starts_with(other, kinds[i]))
			return !streq(own, other);
	return false;
}

static void add_entry_file(struct boot_work *work, const struct bls_file *file)
{
	struct parameters words = {0};

	for_each (option, &file->entry->options)
		cmdline_parse(work->arena, option->text, strlen(option->text), option->source,
			      option->line, &words);
	if (!is_of_other_system(work, &words))
		*boot_add_source(work, LOADER_SYSTEMD_BOOT, file->path, false)->parameters = words;
}

/* Entry files are edited by hand, also where nothing reads them: GRUB takes those of one folder. */
static void collect_entry_files(struct boot_work *work)
{
	enum loader loader = work->facts->boot.loader;
	struct bls_files files = {0};

	if (loader == LOADER_UNKNOWN || reads_entry_files(loader))
		return;
	for (size_t i = 0; i < work->esps.count; i++)
		(void)boot_read_bls(work, work->esps.items[i], false, &files);
	for_each (file, &files)
		if (!is_entry(&work->facts->boot, file->path))
			add_entry_file(work, file);
}

void boot_collect_sources(struct boot_work *work)
{
	boot_collect_grub_sources(work);
	boot_collect_kernelstub_sources(work);
	collect_limine(work);
	collect_u_boot(work);
	collect_update_extlinux(work);
	collect_kernel_cmdline(work);
	collect_cmdline_folder(work);
	collect_entry_files(work);
}

/* -- what a generator makes of unified images --------------------------------------------------------- */

void facts_collect_image_sources(struct facts *facts)
{
	struct boot_work work = {.facts = facts, .arena = facts->arena};
	struct boot_facts *boot = &facts->boot;
	bool installed = false;

	if (boot->loader != LOADER_UKI || facts->initramfs.generator != GENERATOR_DRACUT)
		return;
	for_each (source, &boot->sources) {
		installed |= streq(source->path, "/" KERNEL_CMDLINE);
		if (starts_with(source->path, "/etc/cmdline.d/"))
			source->used = false; /* mkinitcpio's */
	}
	/* kernel-install gives dracut the words of its own file, which go before those of dracut's. */
	for_each (setting, &facts->initramfs.settings) {
		struct boot_source *source;

		if (!streq(setting->key, "kernel_cmdline"))
			continue;
		source = boot_add_source(&work, LOADER_UKI, setting->source + 1, !installed);
		source->variable = "kernel_cmdline";
		source->line = setting->line;
		source->computed = setting->computed;
		cmdline_parse(work.arena, setting->value, strlen(setting->value), setting->source,
			      setting->line, source->parameters);
	}
}
