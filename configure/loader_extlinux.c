/* SPDX-License-Identifier: GPL-2.0-or-later */
/* extlinux and syslinux: Debian's u-boot-menu makes the file of /etc/default/u-boot; elsewhere (Unraid) the
 * file itself is what people edit. */
#include "configure/bootloader.h"

#define DEFAULTS "etc/default/u-boot"

static bool edit_defaults(struct planner *planner)
{
	struct word_changes changes = planner_changes(planner);
	struct error error = {0};
	struct planner_file file;
	struct bytes after;

	if (!planner_read(planner, DEFAULTS, &file))
		return false;
	if (edit_shell_words(planner->arena, file.now, EDIT_SHELL_POSIX, "U_BOOT_PARAMETERS",
			     &changes, false, &after, &error) < 0) {
		plan_refuse(planner->plan, NULL, NULL, "/%s: %s", file.path, error.message);
		return false;
	}
	return planner_write(planner, &file, after, planner_why_words(planner)) != NULL;
}

static void edit_labels(struct planner *planner, const char *path)
{
	struct word_changes changes = planner_changes(planner);
	struct error error = {0};
	struct planner_file file;
	struct plan_step *step;
	struct bytes after;

	if (!planner_read(planner, path, &file))
		return;
	if (edit_syslinux_append(planner->arena, file.now, &changes, &after, &error) < 0)
		plan_refuse(planner->plan, NULL, NULL, "/%s: %s", file.path, error.message);
	else if ((step = planner_write(planner, &file, after, planner_why_words(planner))))
		step->on_esp = true;
}

static void plan(struct planner *planner)
{
	const char *program =
		planner_program(planner, (const char *const[]){"usr/sbin/u-boot-update", NULL});
	const char *argv[] = {program, NULL}, *config = planner->facts->boot.config;
	struct plan_step *step;

	if (!config) {
		plan_refuse(planner->plan, NULL, NULL, "extlinux.conf was not found");
		return;
	}
	if (!program) {
		edit_labels(planner, config + 1);
		return;
	}
	if (!edit_defaults(planner) && !planner_words_missing(planner))
		return;
	step = bootloader_run(planner, argv, "makes the menu that extlinux boots from");
	strings_add(planner->arena, &step->outputs, config + 1);
}

const struct bootloader bootloader_extlinux = {LOADER_EXTLINUX, plan};
