/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the kernel arguments reach the next boot: one row for each loader (loader_*.c). */
#include "configure/bootloader.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/parse/cmdline.h"

static const struct bootloader *const bootloaders[] = {
	&bootloader_grub,    &bootloader_bls,        &bootloader_systemd_boot, &bootloader_uki,
	&bootloader_proxmox, &bootloader_kernelstub, &bootloader_limine,       &bootloader_extlinux,
};

static void refuse_unknown_loader(struct planner *planner)
{
	const struct boot_facts *boot = &planner->facts->boot;

	if (boot->ambiguous == YES && boot->claims.count >= 2)
		plan_refuse(planner->plan, NULL, NULL,
			    _("two loaders claim this host: %s (%s) and %s (%s)"),
			    loader_name(boot->claims.items[0].loader), boot->claims.items[0].text,
			    loader_name(boot->claims.items[1].loader), boot->claims.items[1].text);
	else
		plan_refuse(planner->plan, NULL, NULL,
			    _("which loader boots this host is not known%s%s, so there is no safe "
			      "place for: %s"),
			    boot->unread_path ? _(", because this could not be read: ") : "",
			    boot->unread_path ? boot->unread_path : "", planner_why_words(planner));
}

void planner_note_words(struct planner *planner)
{
	const struct parameters *next = next_boot_cmdline(planner->facts);

	for_each (wish, &planner->wishes.words) {
		const char *text =
			wish->change.action == WORD_REPLACE ? wish->change.with : wish->change.word;

		if (wish->change.action == WORD_REMOVE)
			continue;
		for (size_t i = 0; next && i < next->count; i++)
			if (streq(next->items[i].text, text)) {
				plan_add_present(planner->plan, text, &next->items[i].origin);
				break;
			}
	}
}

/* -- what loaders share ------------------------------------------------------------------------------------- */

bool bootloader_sources_hold(const struct planner *planner, enum loader loader, const char *text)
{
	for_each (source, &planner->facts->boot.sources)
		if (source->used && !source->overridden && source->loader == loader &&
		    cmdline_holds(source->parameters, text))
			return true;
	return false;
}

struct word_changes bootloader_changes_for(struct planner *planner, enum loader loader,
					   const struct parameters *words, bool additions)
{
	struct word_changes changes = {0};

	for_each (wish, &planner->wishes.words) {
		const struct word_change *change = &wish->change;
		bool here = cmdline_holds(words, change->word);
		bool somewhere = bootloader_sources_hold(planner, loader, change->word);

		if (change->action == WORD_REMOVE ? here
		    : change->action == WORD_REPLACE
			    ? here || (additions && !somewhere &&
				       !bootloader_sources_hold(planner, loader, change->with))
			    : additions && !somewhere)
			*ARRAY_ADD(planner->arena, &changes) = *change;
	}
	return changes;
}

const char *bootloader_real_path(struct planner *planner, const char *path)
{
	const char *real = path;

	return host_real_path(planner->host, planner->arena, path, &real) < 0 ? path : real;
}

bool bootloader_edit_cmdline(struct planner *planner, const char *path, bool first_line_only,
			     const struct word_changes *some)
{
	struct word_changes changes = some ? *some : planner_changes(planner);
	struct error error = {0};
	struct planner_file file;
	struct bytes after;

	if (!planner_read(planner, path, &file))
		return false;
	if (edit_cmdline(planner->arena, file.now, first_line_only, &changes, &after, &error) < 0) {
		plan_refuse(planner->plan, NULL, NULL, "/%s: %s", file.path, error_shown(&error));
		return false;
	}
	return planner_write(planner, &file, after, planner_why_words(planner)) != NULL;
}

struct plan_step *bootloader_run(struct planner *planner, const char *const *argv,
				 const char *because)
{
	struct plan_step *step = plan_run(planner->plan, PLAN_RUN_LOADER, argv, because);

	step->time_limit = BOOTLOADER_TIME_LIMIT;
	return step;
}

/* -- entries that are files of their own (Boot Loader Specification) ------------------------------------------- */

static enum bls_reader reader_of(const struct planner *planner)
{
	return planner->facts->boot.loader == LOADER_BLS ? BLS_GRUB : BLS_SYSTEMD_BOOT;
}

/* What this entry lacks, whether its words stand in its file or come from a variable ($tuned_params). */
static struct word_changes changes_for_entry(struct planner *planner,
					     const struct boot_entry *entry)
{
	struct word_changes changes = {0};

	for_each (wish, &planner->wishes.words) {
		const struct word_change *change = &wish->change;
		bool here = cmdline_holds(entry->parameters, change->word);

		if (change->action == WORD_REMOVE ? here
		    : change->action == WORD_REPLACE
			    ? here || !cmdline_holds(entry->parameters, change->with)
			    : !here)
			*ARRAY_ADD(planner->arena, &changes) = *change;
	}
	return changes;
}

static bool edit_entry(struct planner *planner, const struct boot_entry *entry, bool on_esp)
{
	struct word_changes changes = changes_for_entry(planner, entry);
	struct error error = {0};
	struct planner_file file;
	struct plan_step *step;
	struct bytes after;

	if (!changes.count || !planner_read(planner, entry->source + 1, &file))
		return false;
	if (edit_bls_options(planner->arena, file.now, reader_of(planner), &changes, &after,
			     &error) < 0) {
		plan_refuse(planner->plan, NULL, NULL, "/%s: %s", file.path, error_shown(&error));
		return false;
	}
	step = planner_write(planner, &file, after, planner_why_words(planner));
	if (!step)
		return false;
	step->on_esp = on_esp;
	return true;
}

bool bootloader_edit_entries(struct planner *planner, bool on_esp)
{
	bool changed = false;

	for_each (entry, &planner->facts->boot.entries)
		if (!entry->recovery && entry->source)
			changed |= edit_entry(planner, entry, on_esp);
	return changed;
}

/* -- an entry that brings the system up as it was ---------------------------------------------------------------- */

/* The old command line, with vfio-pci kept out whatever the initramfs holds. What is there already stays. */
static void add_fallback(struct planner *planner, const struct boot_entry *entry)
{
	static const char suffix[] = "-without-vfio.conf";
	struct word_changes changes = {0};
	struct planner_file file, copy;
	struct error error = {0};
	struct plan_step *step;
	struct bytes after;

	if (!planner_read(planner, entry->source + 1, &file) ||
	    !planner_read(planner,
			  arena_printf(planner->arena, "%.*s%s",
				       (int)(strlen(file.path) - strlen(".conf")), file.path,
				       suffix),
			  &copy) ||
	    copy.exists)
		return;
	*ARRAY_ADD(planner->arena, &changes) =
		(struct word_change){WORD_ADD, "module_blacklist=vfio_pci", NULL};
	if (edit_bls_options(planner->arena, file.before, reader_of(planner), &changes, &after,
			     &error) < 0 ||
	    edit_bls_title(planner->arena, after, " (without VFIO)", &after) < 0) {
		plan_refuse(planner->plan, NULL, NULL, _("--fallback-entry: /%s: %s"), file.path,
			    error_shown(&error));
		return;
	}
	step = planner_write(planner, &copy, after,
			     N_("--fallback-entry: the old command line, with vfio-pci kept out"));
	if (step)
		step->on_esp = planner->facts->boot.loader == LOADER_SYSTEMD_BOOT;
}

static void plan_fallback(struct planner *planner)
{
	const struct boot_facts *boot = &planner->facts->boot;

	if (boot->loader == LOADER_BLS || boot->loader == LOADER_SYSTEMD_BOOT)
		for_each (entry, &boot->entries)
			if (entry->next && entry->source) {
				add_fallback(planner, entry);
				return;
			}
	plan_note(
		planner->plan,
		_("--fallback-entry: %s gets no further entry from vfiokit. To start once without "
		  "VFIO, press e in its menu and add module_blacklist=vfio_pci to the kernel's "
		  "arguments"),
		loader_name(boot->loader));
}

/* -- all of it -------------------------------------------------------------------------------------------------- */

static void plan_words(struct planner *planner)
{
	const struct boot_facts *boot = &planner->facts->boot;

	planner_note_words(planner);
	if (boot->loader == LOADER_UNKNOWN || boot->ambiguous == YES) {
		refuse_unknown_loader(planner);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(bootloaders); i++)
		if (bootloaders[i]->loader == boot->loader) {
			bootloaders[i]->plan(planner);
			return;
		}
	plan_refuse(
		planner->plan, NULL, NULL,
		_("%s boots this host, and vfiokit does not change its configuration; needed: %s"),
		loader_name(boot->loader), planner_why_words(planner));
}

void planner_bootloader(struct planner *planner)
{
	if (planner->wishes.words.count)
		plan_words(planner);
	if (planner->intent->fallback_entry)
		plan_fallback(planner);
}
