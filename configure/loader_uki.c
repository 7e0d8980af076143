/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unified kernel images: the command line is inside, so the file it is made from is edited and the images
 * are built anew. */
#include "configure/bootloader.h"

static bool edit_variable(struct planner *planner, const struct boot_source *source,
			  const struct word_changes *changes)
{
	struct error error = {0};
	struct planner_file file;
	struct bytes after;

	if (!planner_read(planner, source->path + 1, &file))
		return false;
	if (edit_shell_words(planner->arena, file.now, EDIT_SHELL_BASH, source->variable, changes,
			     false, &after, &error) < 0) {
		plan_refuse(planner->plan, NULL, NULL, "/%s: %s", file.path, error_shown(&error));
		return false;
	}
	return planner_write(planner, &file, after, planner_why_words(planner)) != NULL;
}

static bool counts(const struct boot_source *source)
{
	return source->used && !source->overridden && !source->generated;
}

const struct boot_source *bootloader_unified_source(const struct planner *planner)
{
	const struct boot_source *found = NULL;

	for_each (source, &planner->facts->boot.sources)
		if (counts(source) && (!found || ends_with(source->path, "/etc/kernel/cmdline")))
			found = source;
	return found;
}

/* All files that the image's words come from: what must go may stand in any of them. */
static bool edit_sources(struct planner *planner, const struct boot_source *place)
{
	bool changed = false;

	for_each (source, &planner->facts->boot.sources) {
		struct word_changes changes;

		if (!counts(source))
			continue;
		changes = bootloader_changes_for(planner, source->loader, source->parameters,
						 source == place);
		if (!changes.count)
			continue;
		changed |= source->variable ? edit_variable(planner, source, &changes)
					    : bootloader_edit_cmdline(planner, source->path + 1,
								      false, &changes);
	}
	return changed;
}

static void plan(struct planner *planner)
{
	const struct boot_source *source = bootloader_unified_source(planner);

	if (!source) {
		plan_refuse(planner->plan, NULL, NULL,
			    _("the file that the image's command line is made from was not found "
			      "(/etc/kernel/cmdline): without it an image would be built from what "
			      "happens to run now"));
		return;
	}
	if (edit_sources(planner, source) || planner_words_missing(planner))
		planner_build_initramfs(planner);
}

const struct bootloader bootloader_uki = {LOADER_UKI, plan};
