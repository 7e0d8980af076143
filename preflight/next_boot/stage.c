/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/next_boot/stage.h"
#include "preflight/parse/modprobe.h"

/* -- what can be loaded ------------------------------------------------------------------------------- */

bool cmdline_names(const struct parameters *cmdline, const char *name, const char *module)
{
	for (size_t i = 0; cmdline && i < cmdline->count; i++) {
		const char *value = cmdline->items[i].value;

		if (!names_equal(cmdline->items[i].name, name))
			continue;
		while (value && *value) {
			size_t length = strcspn(value, ",");
			char word[64];

			if (length < sizeof(word)) {
				memcpy(word, value, length);
				word[length] = '\0';
				if (names_equal(word, module))
					return true;
			}
			value += length + (value[length] == ',');
		}
	}
	return false;
}

bool stage_blocks(const struct stage *stage, const char *module)
{
	if (cmdline_names(stage->cmdline, "module_blacklist", module) ||
	    cmdline_names(stage->cmdline, "modprobe.blacklist", module))
		return true;
	if (stage->image && stage->facts->initramfs.generator == GENERATOR_DRACUT &&
	    cmdline_names(stage->cmdline, "rd.driver.blacklist", module))
		return true;
	for_each (line, stage->lines) {
		if (!line->module || !names_equal(line->module, module))
			continue;
		if (line->command == MODPROBE_BLACKLIST)
			return true;
		if (line->command == MODPROBE_INSTALL &&
		    (strstr(line->argument, "/bin/false") || strstr(line->argument, "/bin/true")))
			return true;
	}
	return false;
}

static bool loads_vfio_first(const struct stage *stage, const char *module)
{
	for_each (line, stage->lines) {
		struct soft_dependencies dependencies = {0};

		if (line->command != MODPROBE_SOFTDEP || !line->module ||
		    !names_equal(line->module, module))
			continue;
		modprobe_split_softdep(stage->facts->arena, line->argument, &dependencies);
		if (strings_contain(&dependencies.before, "vfio_pci"))
			return true;
	}
	return false;
}

/* Rivals of vfio-pci that can be loaded in this stage. */
bool stage_has(const struct stage *stage, const char *module)
{
	return !stage->image || strings_contain(&stage->image->modules, module);
}

/* The one that holds the device now is the likeliest; any other only where that one cannot come. */
static const char *likely_rival(const struct stage *stage, const struct device *device,
				const char *first, bool ready)
{
	if (device->has_driver != YES || device->vfio_driver)
		return first;
	if (device->modules.count == 1)
		return device->driver;
	for_each (rival, &device->modules)
		if (names_equal(*rival, device->driver) && stage_has(stage, *rival) &&
		    !stage_blocks(stage, *rival) && !(ready && loads_vfio_first(stage, *rival)))
			return *rival;
	return first;
}

enum outcome stage_outcome(const struct stage *stage, const struct device *device, bool ids_match,
			   enum next_reason *ret_reason, const char **ret_rival)
{
	bool ready = stage->vfio_available && ids_match;
	bool ordered = false;

	if (ready && stage->vfio_early) {
		*ret_reason = NEXT_EARLY;
		return OUTCOME_VFIO;
	}
	for_each (rival, &device->modules) {
		if (!stage_has(stage, *rival) || stage_blocks(stage, *rival))
			continue;
		if (ready && loads_vfio_first(stage, *rival)) {
			ordered = true;
			continue;
		}
		*ret_rival = likely_rival(stage, device, *rival, ready);
		if (stage->image && !stage->vfio_available)
			*ret_reason = NEXT_RIVAL_IN_INITRAMFS;
		else if (stage->vfio_available && !ids_match)
			*ret_reason = NEXT_IDS_NOT_SEEN;
		else
			*ret_reason = NEXT_RIVAL_FIRST;
		return OUTCOME_RIVAL;
	}
	if (ordered) {
		*ret_reason = NEXT_SOFTDEP;
		return OUTCOME_VFIO;
	}
	if (ready && stage->vfio_loaded) {
		*ret_reason = device->modules.count ? NEXT_RIVALS_BLOCKED : NEXT_NO_RIVAL;
		return OUTCOME_VFIO;
	}
	return OUTCOME_OPEN;
}

/* -- what loads vfio-pci, and when ---------------------------------------------------------------------- */

static bool text_names(const char *text, size_t length, const char *module)
{
	const char *end = text + length;

	while (text < end) {
		char word[64];
		size_t size = 0;

		while (text < end && strchr(" \t\n\r\"'(),", *text))
			text++;
		while (text < end && !strchr(" \t\n\r\"'(),", *text)) {
			if (size < sizeof(word) - 1)
				word[size++] = *text;
			text++;
		}
		word[size] = '\0';
		if (size && names_equal(word, module))
			return true;
	}
	return false;
}

static const struct image_file *image_file(const struct initramfs_image *image, const char *path)
{
	for_each (file, &image->files)
		if (streq(file->path, path))
			return file;
	return NULL;
}

static bool file_names_vfio(const struct initramfs_image *image, const char *path)
{
	const struct image_file *file = image_file(image, path);

	return file && text_names(file->data, file->length, "vfio_pci");
}

/* dracut turns force_drivers into rd.driver.pre= inside the image. */
static bool dracut_loads_early(const struct stage *stage)
{
	if (cmdline_names(stage->cmdline, "rd.driver.pre", "vfio_pci") ||
	    cmdline_names(stage->cmdline, "rdloaddriver", "vfio_pci"))
		return true;
	for_each (file, &stage->image->files)
		if (starts_with(file->path, "etc/cmdline.d/") &&
		    memmem(file->data, file->length, "rd.driver.pre=", 14) &&
		    (memmem(file->data, file->length, "vfio-pci", 8) ||
		     memmem(file->data, file->length, "vfio_pci", 8)))
			return true;
	return false;
}

/* A script of init-top that runs before udev and loads vfio-pci or sets an override. */
static bool script_runs_early(const struct stage *stage)
{
	for_each (name, &stage->image->names) {
		const struct image_file *file;

		if (streq(*name, "udev"))
			return false;
		file = image_file(stage->image,
				  arena_printf(stage->facts->arena, "scripts/init-top/%s", *name));
		if (file && (memmem(file->data, file->length, "vfio-pci", 8) ||
			     memmem(file->data, file->length, "vfio_pci", 8)))
			return true;
	}
	return false;
}

/* NixOS's init loads boot.initrd.kernelModules, "for i in vfio_pci …; do", before it starts udev. */
static bool nixos_loads_early(const struct stage *stage)
{
	for_each (file, &stage->image->files) {
		const char *list = strstr(file->path, "-stage-1-init.sh")
					   ? strstr(file->data, "\nfor i in ")
					   : NULL;

		if (list && text_names(list + 1, strcspn(list + 1, ";\n"), "vfio_pci"))
			return true;
	}
	return false;
}

/* Alpine's init loads what modules= names before it looks for devices (mkinitfs, initramfs-init.in). */
static bool mkinitfs_loads_early(const struct stage *stage)
{
	return streq(stage->facts->machine.distro_id, "alpine") &&
	       cmdline_names(stage->cmdline, "modules", "vfio_pci");
}

void stage_of_image(struct stage *stage)
{
	const struct initramfs_image *image = stage->image;

	stage->vfio_available = strings_contain(&image->modules, "vfio_pci");
	/* mkinitcpio loads MODULES before udev's coldplug; booster forces its list first. */
	stage->vfio_early = dracut_loads_early(stage) || script_runs_early(stage) ||
			    file_names_vfio(image, "config") ||
			    file_names_vfio(image, "etc/booster.init.yaml");
	stage->vfio_early =
		stage->vfio_early || mkinitfs_loads_early(stage) || nixos_loads_early(stage);
	stage->vfio_loaded = stage->vfio_early || file_names_vfio(image, "conf/modules");
	for_each (file, &image->files)
		if (starts_with(file->path, "etc/modules-load.d/") ||
		    starts_with(file->path, "usr/lib/modules-load.d/"))
			stage->vfio_loaded |= text_names(file->data, file->length, "vfio_pci");
}

void stage_of_root(struct stage *stage)
{
	stage->vfio_available = stage->facts->modules.vfio_pci == YES;
	stage->vfio_loaded = cmdline_names(stage->cmdline, "modules_load", "vfio_pci") ||
			     cmdline_names(stage->cmdline, "modules-load", "vfio_pci");
	for_each (load, &stage->facts->handover.loads)
		stage->vfio_loaded |= streq(load->module, "vfio_pci");
}
