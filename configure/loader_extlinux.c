/* SPDX-License-Identifier: GPL-2.0-or-later */
/* extlinux and syslinux: Debian's u-boot-menu makes the file of /etc/default/u-boot, Alpine's
 * update-extlinux of /etc/update-extlinux.conf; elsewhere (Unraid) the file itself is what people edit. */
#include "configure/bootloader.h"

/* What makes the file, and of what. */
struct maker {
	const char *programs[3];
	const char *config, *variable;
};

static const struct maker makers[] = {
	{{"usr/sbin/u-boot-update", NULL}, "etc/default/u-boot", "U_BOOT_PARAMETERS"},
	{{"sbin/update-extlinux", "usr/sbin/update-extlinux", NULL},
	 "etc/update-extlinux.conf",
	 "default_kernel_opts"},
};

static bool edit_defaults(struct planner *planner, const struct maker *maker)
{
	struct word_changes changes = planner_changes(planner);
	struct error error = {0};
	struct planner_file file;
	struct bytes after;

	if (!planner_read(planner, maker->config, &file))
		return false;
	if (edit_shell_words(planner->arena, file.now, EDIT_SHELL_POSIX, maker->variable, &changes,
			     false, &after, &error) < 0) {
		plan_refuse(planner->plan, NULL, NULL, "/%s: %s", file.path, error_shown(&error));
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
		plan_refuse(planner->plan, NULL, NULL, "/%s: %s", file.path, error_shown(&error));
	else if ((step = planner_write(planner, &file, after, planner_why_words(planner))))
		step->on_esp = true;
}

static void run_maker(struct planner *planner, const struct maker *maker, const char *program,
		      const char *config)
{
	const char *argv[] = {program, NULL};
	struct plan_step *step;

	if (!edit_defaults(planner, maker) && !planner_words_missing(planner))
		return;
	step = bootloader_run(planner, argv, N_("makes the menu that extlinux boots from"));
	strings_add(planner->arena, &step->outputs, config + 1);
}

static void plan(struct planner *planner)
{
	const char *config = planner->facts->boot.config;

	if (!config) {
		plan_refuse(planner->plan, NULL, NULL, _("extlinux.conf was not found"));
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
		const char *program = planner_program(planner, makers[i].programs);

		if (program) {
			run_maker(planner, &makers[i], program, config);
			return;
		}
	}
	edit_labels(planner, config + 1);
}

const struct bootloader bootloader_extlinux = {LOADER_EXTLINUX, plan};
