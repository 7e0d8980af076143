/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/modprobe.d: ids=, softdep and blacklist lines, where they stand already or in vfio.conf, where every
 * guide and every admin looks for them. */
#include "configure/planner.h"
#include "preflight/parse/modprobe.h"

#define VFIO_CONF "etc/modprobe.d/vfio.conf"

static const struct modprobe_line *find_softdep(const struct planner *planner, const char *rival)
{
	for_each (line, &planner->facts->modules.modprobe) {
		struct soft_dependencies dependencies = {0};

		if (line->command != MODPROBE_SOFTDEP || !line->module ||
		    !names_equal(line->module, rival))
			continue;
		modprobe_split_softdep(planner->arena, line->argument, &dependencies);
		if (strings_contain(&dependencies.before, "vfio_pci"))
			return line;
	}
	return NULL;
}

static const struct modprobe_line *find_blacklist(const struct planner *planner, const char *driver)
{
	for_each (line, &planner->facts->modules.modprobe)
		if (line->command == MODPROBE_BLACKLIST && line->module &&
		    names_equal(line->module, driver))
			return line;
	return NULL;
}

static void add_line(struct planner *planner, struct modprobe_changes *changes, const char *text)
{
	*ARRAY_ADD(planner->arena, changes) =
		(struct modprobe_change){.kind = MODPROBE_ADD_LINE, .text = text};
}

/* -- softdep, blacklist ---------------------------------------------------------------------------------- */

static void order_rivals(struct planner *planner, struct modprobe_changes *changes)
{
	for_each (rival, &planner->wishes.rivals) {
		const struct modprobe_line *line = find_softdep(planner, *rival);
		const char *text = arena_printf(planner->arena, "softdep %s pre: vfio-pci", *rival);

		if (line)
			plan_add_present(planner->plan, text, &line->origin);
		else
			add_line(planner, changes, text);
	}
}

/* Whom a blacklisted driver would be taken from besides the targets; NULL nobody. */
static const struct device *other_user(const struct facts *facts, const char *driver)
{
	for_each (device, &facts->devices) {
		if (device->target || device->is_bridge)
			continue;
		if (device->has_driver == YES && names_equal(device->driver, driver))
			return device;
	}
	return NULL;
}

static void blacklist_drivers(struct planner *planner, struct modprobe_changes *changes)
{
	for_each (driver, &planner->intent->blacklist) {
		const struct modprobe_line *line = find_blacklist(planner, *driver);
		const struct device *other = other_user(planner->facts, *driver);
		const char *name = modprobe_module_name(planner->arena, *driver, strlen(*driver));

		if (!*name || strpbrk(name, " \t\n\r\"'\\#/"))
			plan_refuse(planner->plan, NULL, NULL,
				    _("--blacklist '%s': no module's name"), *driver);
		else if (other)
			plan_refuse(
				planner->plan, NULL, other->address,
				_("--blacklist %s would take the driver from %s, which stays with "
				  "the host"),
				*driver, other->address);
		else if (line)
			plan_add_present(planner->plan,
					 arena_printf(planner->arena, "blacklist %s", name),
					 &line->origin);
		else
			add_line(planner, changes,
				 arena_printf(planner->arena, "blacklist %s", name));
	}
}

/* -- ids= ------------------------------------------------------------------------------------------------- */

/* The options line of vfio-pci that ids= stands in, or NULL. */
static const struct modprobe_line *ids_line(const struct planner *planner)
{
	const struct origin *at = planner->wishes.ids_at;

	if (!at || planner->wishes.ids_on_cmdline)
		return NULL;
	for_each (line, &planner->facts->modules.modprobe)
		if (line->origin.line == at->line && streq(line->origin.source, at->source))
			return line;
	return NULL;
}

/* "10de:22bb" behind a blank in the list: the kernel takes it for a parameter of its own. */
static bool is_stray_id(const char *name)
{
	unsigned vendor, device;
	int used = 0;

	/* NOLINTNEXTLINE(cert-err34-c): four digits always fit */
	return sscanf(name, "%4x:%4x%n", &vendor, &device, &used) == 2 && name[used] == '\0';
}

static void drop_stray_ids(struct planner *planner, const struct modprobe_line *line,
			   struct modprobe_changes *changes)
{
	struct module_options options;

	modprobe_split_options(planner->arena, line->argument, &options);
	for_each (option, &options)
		if (!option->value && is_stray_id(option->name))
			*ARRAY_ADD(planner->arena, changes) =
				(struct modprobe_change){.kind = MODPROBE_SET_OPTION,
							 .module = "vfio-pci",
							 .name = option->name};
}

static bool same_ids(struct planner *planner, const struct modprobe_line *line)
{
	const struct module_option *option;
	struct module_options options;

	modprobe_split_options(planner->arena, line->argument, &options);
	option = module_options_find(&options, "ids");
	return option && streq(option->value, planner->wishes.ids);
}

static void set_ids(struct planner *planner, const struct modprobe_line *line,
		    struct modprobe_changes *changes)
{
	if (planner->wishes.ids_on_cmdline || (!line && !planner->wishes.ids))
		return;
	if (line && same_ids(planner, line)) {
		plan_add_present(planner->plan,
				 arena_printf(planner->arena, "options vfio-pci ids=%s",
					      planner->wishes.ids),
				 &line->origin);
		return;
	}
	*ARRAY_ADD(planner->arena, changes) =
		(struct modprobe_change){.kind = MODPROBE_SET_OPTION,
					 .module = "vfio-pci",
					 .name = "ids",
					 .value = planner->wishes.ids};
	if (line)
		drop_stray_ids(planner, line, changes);
}

/* -- files ------------------------------------------------------------------------------------------------- */

static bool edit_file(struct planner *planner, const char *path,
		      const struct modprobe_changes *changes, const char *because)
{
	struct error error = {0};
	struct planner_file file;
	struct bytes after;

	if (!changes->count || !planner_read(planner, path, &file))
		return false;
	if (!file.exists && !file.now.length) {
		file.now.data = planner_file_head(
			planner, "Devices that vfio-pci takes for virtual machines.");
		file.now.length = strlen(file.now.data);
	}
	if (edit_modprobe(planner->arena, file.now, changes, &after, &error) < 0) {
		plan_refuse(planner->plan, NULL, NULL, "/%s: %s", file.path, error_shown(&error));
		return false;
	}
	return planner_write(planner, &file, after, because) != NULL;
}

/* The file whose ids= counts, where it may be edited: what the distribution owns stays as it is, and a
 * line in vfio.conf has to come after it to count. */
static const char *ids_file(struct planner *planner, const struct modprobe_line *line)
{
	const char *name;

	if (!line)
		return VFIO_CONF;
	if (starts_with(line->origin.source, "/etc/modprobe.d/"))
		return line->origin.source + 1;
	name = strrchr(line->origin.source, '/') + 1;
	if (strcmp(name, "vfio.conf") >= 0)
		plan_refuse(planner->plan, NULL, NULL,
			    _("%s:%u sets ids= for vfio-pci and is read after /%s: edit or mask it "
			      "first"),
			    line->origin.source, line->origin.line, VFIO_CONF);
	return VFIO_CONF;
}

/* What the changes of one file are for. */
static const char *why(const struct modprobe_changes *changes)
{
	bool ids = false, order = false, blacklist = false;

	for_each (change, changes) {
		ids |= change->kind == MODPROBE_SET_OPTION && change->value;
		order |= change->text && starts_with(change->text, "softdep ");
		blacklist |= change->text && starts_with(change->text, "blacklist ");
	}
	if (ids && order)
		return N_("vfio-pci takes devices with these ids, and the drivers that claim them "
			  "wait until it is loaded");
	if (order)
		return N_("the drivers that claim these devices wait until vfio-pci is loaded");
	if (ids)
		return N_("vfio-pci takes devices with these ids");
	return blacklist ? N_("asked for with --blacklist") : N_("these devices go by address");
}

/* Unraid unpacks /etc anew at each boot. */
static bool has_no_modprobe_folder(struct planner *planner)
{
	if (!planner_is_unraid(planner))
		return false;
	if (planner->intent->blacklist.count)
		plan_refuse(planner->plan, NULL, NULL,
			    _("--blacklist: nothing in /etc lasts on Unraid; give --kernel-arg "
			      "modprobe.blacklist=%s"),
			    planner->intent->blacklist.items[0]);
	return true;
}

void planner_modprobe(struct planner *planner)
{
	struct modprobe_changes ids = {0}, lines = {0};
	const struct modprobe_line *line;
	const char *path;

	if (!planner->facts->targets.count || has_no_modprobe_folder(planner))
		return;
	line = planner->in_place ? NULL : ids_line(planner);
	path = ids_file(planner, line);
	if (!planner->in_place)
		set_ids(planner, line, &ids);
	if (planner->wishes.early)
		order_rivals(planner, &lines);
	blacklist_drivers(planner, &lines);
	if (streq(path, VFIO_CONF)) {
		for_each (change, &lines)
			*ARRAY_ADD(planner->arena, &ids) = *change;
		lines.count = 0;
	}
	planner->initramfs_changes |= edit_file(planner, path, &ids, why(&ids));
	planner->initramfs_changes |= edit_file(planner, VFIO_CONF, &lines, why(&lines));
}
