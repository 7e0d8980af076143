/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limine with limine-entry-tool: KERNEL_CMDLINE[default] of /etc/default/limine, then limine-update. */
#include "configure/bootloader.h"

#define DEFAULTS "etc/default/limine"

static void plan(struct planner *planner)
{
	const char *program =
		planner_program(planner, (const char *const[]){"usr/bin/limine-update",
							       "usr/bin/limine-mkinitcpio", NULL});
	struct word_changes changes = planner_changes(planner);
	const char *argv[] = {program, NULL};
	struct error error = {0};
	struct planner_file file;
	struct bytes after;
	struct plan_step *step;
	bool changed;

	if (host_exists(planner->host, DEFAULTS) < 0 || !program) {
		plan_refuse(planner->plan, NULL, NULL,
			    _("Limine's configuration is not made from /%s here: add to its "
			      "cmdline by hand: %s"),
			    DEFAULTS, planner_why_words(planner));
		return;
	}
	if (!planner_read(planner, DEFAULTS, &file))
		return;
	if (edit_shell_words(planner->arena, file.now, EDIT_SHELL_BASH, "KERNEL_CMDLINE[default]",
			     &changes, true, &after, &error) < 0) {
		plan_refuse(planner->plan, NULL, NULL, "/%s: %s", file.path, error_shown(&error));
		return;
	}
	changed = planner_write(planner, &file, after, planner_why_words(planner)) != NULL;
	if (!changed && !planner_words_missing(planner))
		return;
	step = bootloader_run(planner, argv, N_("makes the menu that Limine boots from"));
	if (planner->facts->boot.config)
		strings_add(planner->arena, &step->outputs, planner->facts->boot.config + 1);
}

const struct bootloader bootloader_limine = {LOADER_LIMINE, plan};
