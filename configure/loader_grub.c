/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB with a generated grub.cfg: /etc/default/grub and its drop-ins, then grub-mkconfig to the file that
 * really boots. */
#include "configure/bootloader.h"

#define DEFAULTS "etc/default/grub"

/* Where new words go: the last assignment that counts, of the variable that recovery entries leave out. */
static const struct boot_source *place_for_words(const struct planner *planner)
{
	static const char *const variables[] = {"GRUB_CMDLINE_LINUX_DEFAULT", "GRUB_CMDLINE_LINUX"};
	const struct boot_source *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(variables) && !found; i++)
		for_each (source, &planner->facts->boot.sources)
			if (source->used && !source->overridden && source->line &&
			    source->loader == LOADER_GRUB && streq(source->variable, variables[i]))
				found = source;
	return found;
}

static bool edit_variable(struct planner *planner, const char *path, const char *variable,
			  const struct word_changes *changes)
{
	struct error error = {0};
	struct planner_file file;
	struct bytes after;

	if (!changes->count || !planner_read(planner, path, &file))
		return false;
	if (edit_shell_words(planner->arena, file.now, EDIT_SHELL_POSIX, variable, changes, false,
			     &after, &error) < 0) {
		plan_refuse(planner->plan, NULL, NULL, "/%s: %s", file.path, error_shown(&error));
		return false;
	}
	return planner_write(planner, &file, after, planner_why_words(planner)) != NULL;
}

bool bootloader_edit_grub(struct planner *planner)
{
	const struct boot_source *place = place_for_words(planner);
	const struct parameters none = {0};
	bool changed = false;

	for_each (source, &planner->facts->boot.sources) {
		struct word_changes changes;

		if (!source->used || source->overridden || !source->line ||
		    source->loader != LOADER_GRUB)
			continue;
		changes = bootloader_changes_for(planner, LOADER_GRUB, source->parameters,
						 source == place);
		changed |= edit_variable(planner, source->path + 1, source->variable, &changes);
	}
	if (!place) {
		struct word_changes changes =
			bootloader_changes_for(planner, LOADER_GRUB, &none, true);

		changed |= edit_variable(planner, DEFAULTS, "GRUB_CMDLINE_LINUX_DEFAULT", &changes);
	}
	return changed;
}

/* update-grub writes to one place only; what boots may be another. */
static void generate(struct planner *planner)
{
	static const char *const update[] = {"usr/sbin/update-grub", "sbin/update-grub", NULL};
	static const char *const mkconfig[] = {"usr/sbin/grub-mkconfig", "usr/bin/grub-mkconfig",
					       "usr/sbin/grub2-mkconfig", "usr/bin/grub2-mkconfig",
					       NULL};
	const char *config = planner->facts->boot.config;
	const char *program = planner_program(planner, update);
	struct plan_step *step;

	if (!config) {
		plan_refuse(planner->plan, NULL, NULL, _("the grub.cfg that boots was not found"));
		return;
	}
	if (program && streq(config, "/boot/grub/grub.cfg")) {
		const char *argv[] = {program, NULL};

		step = bootloader_run(planner, argv, N_("makes the menu that GRUB boots from"));
	} else {
		const char *argv[] = {planner_program(planner, mkconfig), "-o", config, NULL};

		if (!argv[0]) {
			plan_refuse(planner->plan, NULL, NULL,
				    _("neither update-grub nor grub-mkconfig was found"));
			return;
		}
		step = bootloader_run(planner, argv, N_("makes the menu that GRUB boots from"));
	}
	strings_add(planner->arena, &step->outputs, config + 1);
}

static void plan(struct planner *planner)
{
	if (bootloader_edit_grub(planner) || planner_words_missing(planner))
		generate(planner);
}

const struct bootloader bootloader_grub = {LOADER_GRUB, plan};
