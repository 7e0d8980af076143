/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the initramfs learns of vfio-pci: one row for each generator, what its configuration needs, and the
 * command that builds the images of every kernel anew. */
#include "configure/bootloader.h"
#include "preflight/generators/generator.h"
#include "preflight/next_boot/next_boot.h"

enum { INITRAMFS_TIME_LIMIT = 45 * 60 };

/* -- what is missing ------------------------------------------------------------------------------------- */

static bool finding_fails(const struct planner *planner, const char *id)
{
	for_each (finding, planner->findings)
		if (finding->result == RESULT_FAIL && streq(finding->check->id, id))
			return true;
	return false;
}

/* Whether the images must be built anew although no file changes: an earlier change never got in. */
static bool images_are_behind(const struct planner *planner)
{
	static const char *const ids[] = {"initramfs.stale", "initramfs.vfio-missing",
					  "initramfs.image-missing"};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (finding_fails(planner, ids[i]))
			return true;
	for_each (target, &planner->facts->targets)
		if (!planner_goes_to_vfio(*target))
			return true;
	return false;
}

/* The word of a generator's list that names vfio-pci already, or NULL. Only the first module matters: the
 * others come with it. */
static const struct generator_word *present_word(struct planner *planner, const char *key)
{
	const struct generator_word *word =
		generator_find_word(planner->facts, key, planner_vfio_modules[0]);
	struct origin origin;

	if (!word)
		return NULL;
	origin = (struct origin){word->source, word->line, word->word};
	plan_add_present(planner->plan, arena_printf(planner->arena, "%s: vfio_pci", key), &origin);
	return word;
}

static void edit_shell(struct planner *planner, const char *path, enum shell_dialect dialect,
		       const char *variable, const struct word_changes *changes, bool append,
		       const char *because)
{
	struct error error = {0};
	struct planner_file file;
	struct bytes after;

	if (!planner_read(planner, path, &file))
		return;
	if (!file.exists && !file.now.length) {
		file.now.data = planner_file_head(planner, "vfio-pci in the initramfs.");
		file.now.length = strlen(file.now.data);
	}
	if (edit_shell_words(planner->arena, file.now, dialect, variable, changes, append, &after,
			     &error) < 0)
		plan_refuse(planner->plan, NULL, NULL, "/%s: %s", file.path, error_shown(&error));
	else
		planner->initramfs_changes |= NULL != planner_write(planner, &file, after, because);
}

/* The file that assigns the variable last, where the generator reads it; else the usual one. */
static const char *file_of(const struct planner *planner, const char *variable, const char *usual)
{
	const char *path = usual;

	for_each (setting, &planner->facts->initramfs.settings)
		if (streq(setting->key, variable))
			path = setting->source + (*setting->source == '/');
	return path;
}

static void add_vfio(struct planner *planner, struct word_changes *changes, enum word_action action)
{
	for (size_t i = 0; i < ARRAY_SIZE(planner_vfio_modules); i++)
		*ARRAY_ADD(planner->arena, changes) =
			(struct word_change){action, planner_vfio_modules[i], NULL};
}

/* -- configuration of each generator ------------------------------------------------------------------------ */

static void configure_initramfs_tools(struct planner *planner)
{
	struct strings lines = {0};
	struct planner_file file;
	struct bytes after;

	if (present_word(planner, "modules") ||
	    !planner_read(planner, "etc/initramfs-tools/modules", &file))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(planner_vfio_modules); i++)
		strings_add(planner->arena, &lines, planner_vfio_modules[i]);
	if (edit_lines_add(planner->arena, file.now, &lines, &after) == 0)
		planner->initramfs_changes |=
			NULL != planner_write(planner, &file, after,
					      N_("vfio-pci has to be in the initramfs"));
}

static bool setting_is(const struct facts *facts, const char *key, const char *value)
{
	bool is = false;

	for_each (setting, &facts->initramfs.settings)
		if (streq(setting->key, key))
			is = streq(setting->value, value);
	return is;
}

static void install_file(struct planner *planner, const char *path, struct word_changes *files)
{
	struct bytes before, now;
	bool exists;

	if (plan_read(planner->plan, planner->host, path + 1, &exists, &before, &now) == 0 &&
	    !generator_find_word(planner->facts, "install_items", path))
		*ARRAY_ADD(planner->arena, files) = (struct word_change){WORD_ADD, path, NULL};
}

/* dracut takes /etc/modprobe.d along only where the image is made for this host alone. */
static void install_modprobe_files(struct planner *planner, struct word_changes *files)
{
	const struct origin *at = planner->wishes.ids_at;

	if (setting_is(planner->facts, "hostonly", "yes"))
		return;
	if (at && !planner->wishes.ids_on_cmdline && starts_with(at->source, "/etc/modprobe.d/") &&
	    !streq(at->source, "/etc/modprobe.d/vfio.conf"))
		install_file(planner, at->source, files);
	install_file(planner, "/etc/modprobe.d/vfio.conf", files);
}

/* force_drivers: in the image, and loaded before udev (rd.driver.pre=). */
static void configure_dracut(struct planner *planner)
{
	static const char drop_in[] = "etc/dracut.conf.d/vfio.conf";
	struct word_changes drivers = {0}, files = {0};

	if (!present_word(planner, "force_drivers")) {
		add_vfio(planner, &drivers, WORD_ADD);
		edit_shell(planner, drop_in, EDIT_SHELL_BASH, "force_drivers", &drivers, true,
			   N_("vfio-pci is in the initramfs and loaded before udev"));
	}
	install_modprobe_files(planner, &files);
	if (files.count)
		edit_shell(planner, drop_in, EDIT_SHELL_BASH, "install_items", &files, true,
			   N_("modprobe.d is taken along, too"));
}

/* MODULES are loaded in their order before udev looks at devices. */
static void configure_mkinitcpio(struct planner *planner)
{
	static const char file[] = "etc/mkinitcpio.conf";
	struct word_changes modules = {0}, files = {0}, hooks = {0};

	if (!present_word(planner, "MODULES")) {
		add_vfio(planner, &modules, WORD_FIRST);
		edit_shell(planner, file_of(planner, "MODULES", file), EDIT_SHELL_BASH_ARRAY,
			   "MODULES", &modules, false,
			   N_("vfio-pci is in the initramfs and loaded before any other driver"));
	}
	if (!generator_find_word(planner->facts, "HOOKS", "modconf") &&
	    !planner->wishes.ids_on_cmdline) {
		*ARRAY_ADD(planner->arena, &files) =
			(struct word_change){WORD_ADD, "/etc/modprobe.d/vfio.conf", NULL};
		edit_shell(planner, file_of(planner, "FILES", file), EDIT_SHELL_BASH_ARRAY, "FILES",
			   &files, false,
			   N_("its ids are in the initramfs although the modconf hook is not"));
	}
	if (planner->wishes.by_address.count) {
		*ARRAY_ADD(planner->arena, &hooks) =
			(struct word_change){WORD_FIRST, "vfio-by-address", NULL};
		edit_shell(planner, file_of(planner, "HOOKS", file), EDIT_SHELL_BASH_ARRAY, "HOOKS",
			   &hooks, false,
			   N_("the script that sets driver_override runs before udev"));
	}
}

static void configure_booster(struct planner *planner)
{
	struct error error = {0};
	struct strings modules = {0};
	struct planner_file file;
	struct bytes after;

	if (present_word(planner, "modules_force_load") ||
	    !planner_read(planner, "etc/booster.yaml", &file))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(planner_vfio_modules); i++)
		strings_add(planner->arena, &modules, planner_vfio_modules[i]);
	if (edit_booster_list(planner->arena, file.now, "modules_force_load", &modules, &after,
			      &error) < 0)
		plan_refuse(planner->plan, NULL, NULL, "/%s: %s", file.path, error_shown(&error));
	else
		planner->initramfs_changes |=
			NULL != planner_write(planner, &file, after,
					      N_("vfio-pci is in the initramfs and loaded before "
						 "any other driver"));
}

/* -- commands that build ---------------------------------------------------------------------------------------- */

static struct plan_step *run(struct planner *planner, const char *const *argv, const char *because)
{
	struct plan_step *step = plan_run(planner->plan, PLAN_RUN_INITRAMFS, argv, because);

	step->time_limit = INITRAMFS_TIME_LIMIT;
	/* Hooks copy images to ESPs that are not mounted. */
	step->run_again_to_undo = planner->facts->boot.loader == LOADER_PROXMOX_BOOT_TOOL;
	return step;
}

static bool refuse_without(struct planner *planner, const char *program, const char *name)
{
	if (!program)
		plan_refuse(planner->plan, NULL, NULL,
			    _("%s makes the initramfs here, but its program was not found"), name);
	return !program;
}

static void build_initramfs_tools(struct planner *planner)
{
	const char *program =
		planner_program(planner, (const char *const[]){"usr/sbin/update-initramfs",
							       "sbin/update-initramfs", NULL});
	const char *argv[] = {program, "-u", "-k", "all", NULL};

	if (!refuse_without(planner, program, "initramfs-tools"))
		planner_add_images(planner, run(planner, argv,
						N_("builds the initramfs of every kernel anew")));
}

/* Image by image, so that it is known which file is written. Rescue images stay as they are. */
static bool is_dracuts_to_build(const struct initramfs_image *image)
{
	return image->kernel_version && !strstr(image->path, "rescue") &&
	       image->made_by != GENERATOR_OTHER && image->present == YES;
}

static void run_for_image(struct planner *planner, const struct initramfs_image *image,
			  const char *const *argv)
{
	bool unified = planner->facts->boot.loader == LOADER_UKI;
	struct plan_step *step = run(
		planner, argv,
		arena_printf(planner->arena, N_("builds the %s of kernel %s anew"),
			     unified ? N_("unified image") : "initramfs", image->kernel_version));

	strings_add(planner->arena, &step->outputs, image->path);
}

/* The kernel that kernel-install is given: distributions keep it beside the modules, Debian in /boot. NULL
 * where there is none. */
static const char *find_kernel(struct planner *planner, const char *version)
{
	const char *paths[] = {
		arena_printf(planner->arena, "/usr/lib/modules/%s/vmlinuz", version),
		arena_printf(planner->arena, "/boot/vmlinuz-%s", version),
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (host_exists(planner->host, paths[i] + 1) == 0)
			return paths[i];
	return NULL;
}

/* dracut --uefi knows nothing of /etc/kernel/cmdline: kernel-install hands it over, and without it the
 * image would have no root= (dracut.sh: kernel_cmdline, else what runs now). */
static void build_unified(struct planner *planner, const struct initramfs_image *image)
{
	const char *program =
		planner_program(planner, (const char *const[]){"usr/bin/kernel-install",
							       "bin/kernel-install", NULL});
	const char *kernel = find_kernel(planner, image->kernel_version);
	const char *argv[] = {program, "add", image->kernel_version, kernel, NULL};

	if (!program || !kernel)
		plan_refuse(planner->plan, NULL, NULL,
			    _("the image of kernel %s takes its command line from "
			      "/etc/kernel/cmdline, which kernel-install puts into it: %s was not "
			      "found"),
			    image->kernel_version,
			    program ? arena_printf(planner->arena, "/usr/lib/modules/%s/vmlinuz",
						   image->kernel_version)
				    : _("it"));
	else
		run_for_image(planner, image, argv);
}

static void build_dracut(struct planner *planner)
{
	const char *program = planner_program(
		planner, (const char *const[]){"usr/bin/dracut", "usr/sbin/dracut", NULL});
	bool unified = planner->facts->boot.loader == LOADER_UKI;
	const struct boot_source *source = unified ? bootloader_unified_source(planner) : NULL;

	if (refuse_without(planner, program, "dracut"))
		return;
	for_each (image, &planner->facts->initramfs.images) {
		const char *argv[] = {program, "--force", unified ? "--uefi" : NULL,
				      NULL,    NULL,      NULL};

		if (!is_dracuts_to_build(image))
			continue;
		argv[2 + unified] = arena_printf(planner->arena, "/%s", image->path);
		argv[3 + unified] = image->kernel_version;
		if (unified && !(source && source->variable))
			build_unified(planner, image);
		else
			run_for_image(planner, image, argv);
	}
}

static void build_mkinitcpio(struct planner *planner)
{
	const char *program = planner_program(
		planner, (const char *const[]){"usr/bin/mkinitcpio", "usr/sbin/mkinitcpio", NULL});
	const char *argv[] = {program, "-P", NULL};

	if (!refuse_without(planner, program, "mkinitcpio"))
		planner_add_images(
			planner, run(planner, argv, N_("builds the images of every preset anew")));
}

static void build_booster(struct planner *planner)
{
	const char *program = planner_program(
		planner, (const char *const[]){"usr/lib/booster/regenerate_images", NULL});
	const char *argv[] = {program, NULL};

	if (!refuse_without(planner, program, "booster"))
		planner_add_images(planner,
				   run(planner, argv, N_("builds the image of every kernel anew")));
}

static const struct {
	enum generator generator;
	void (*configure)(struct planner *planner);
	void (*build)(struct planner *planner);
} generators[] = {
	{GENERATOR_INITRAMFS_TOOLS, configure_initramfs_tools, build_initramfs_tools},
	{GENERATOR_DRACUT, configure_dracut, build_dracut},
	{GENERATOR_MKINITCPIO, configure_mkinitcpio, build_mkinitcpio},
	{GENERATOR_BOOSTER, configure_booster, build_booster},
};

static int find_generator(const struct planner *planner)
{
	const struct initramfs_facts *facts = &planner->facts->initramfs;

	for (size_t i = 0; i < ARRAY_SIZE(generators) && facts->ambiguous != YES; i++)
		if (generators[i].generator == facts->generator)
			return (int)i;
	plan_refuse(planner->plan, NULL, NULL,
		    _("which program makes this host's initramfs is not known (initramfs-tools, "
		      "dracut, mkinitcpio, booster)"));
	return -1;
}

void planner_build_initramfs(struct planner *planner)
{
	int index = find_generator(planner);

	if (index < 0)
		return;
	if (planner->intent->no_initramfs)
		plan_note(planner->plan, _("the initramfs is not built anew, as asked for: until "
					   "it is, the next boot "
					   "does what it did before"));
	else
		generators[index].build(planner);
}

void planner_initramfs(struct planner *planner)
{
	int index;

	if (!planner->wishes.early) {
		if (planner->initramfs_changes)
			planner_build_initramfs(planner);
		return;
	}
	index = find_generator(planner);
	if (index < 0)
		return;
	generators[index].configure(planner);
	if (planner->initramfs_changes || images_are_behind(planner))
		planner_build_initramfs(planner);
}
