/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/next_boot/next_boot.h"
#include "preflight/checks/device_relations.h"
#include "preflight/next_boot/image_overrides.h"
#include "preflight/next_boot/stage.h"
#include "preflight/parse/modprobe.h"
#include "preflight/parse/udev_rules.h"

/* -- what is in force ------------------------------------------------------------------------------ */

const struct parameters *next_boot_cmdline(const struct facts *facts)
{
	if (!facts->boot.next || facts->boot.next > facts->boot.entries.count)
		return NULL;
	return facts->boot.entries.items[facts->boot.next - 1].parameters;
}

const struct initramfs_image *next_boot_image(const struct facts *facts)
{
	const struct initramfs_image *last = NULL;
	const struct boot_entry *entry;

	if (!facts->boot.next || facts->boot.next > facts->boot.entries.count)
		return NULL;
	entry = &facts->boot.entries.items[facts->boot.next - 1];
	/* A unified kernel image carries its own. */
	if (!entry->initrd_count && entry->source && *entry->source == '/')
		for_each (image, &facts->initramfs.images)
			if (streq(image->path, entry->source + 1))
				return image;
	/* Microcode comes before the image with the modules, and files that somebody adds behind it. */
	for (size_t i = entry->initrd_count; i > 0; i--)
		for_each (image, &facts->initramfs.images) {
			if (!streq(image->path, entry->initrds[i - 1]))
				continue;
			if (image->read != YES || image->modules.count)
				return image;
			last = last ? last : image;
		}
	return last;
}

/* Where modprobe looks inside an image, by precedence of directory. */
static bool is_modprobe_file(const char *path)
{
	static const char *const folders[] = {"etc/modprobe.d/", "run/modprobe.d/",
					      "usr/lib/modprobe.d/", "lib/modprobe.d/"};
	size_t length = strlen(path);

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (starts_with(path, folders[i]) && length > 5 &&
		    streq(path + length - 5, ".conf"))
			return true;
	return false;
}

struct modprobe_lines next_boot_image_lines(const struct facts *facts)
{
	const struct initramfs_image *image = next_boot_image(facts);
	struct modprobe_lines lines = {0};

	if (!image || image->read != YES)
		return lines;
	for_each (file, &image->files)
		if (is_modprobe_file(file->path))
			modprobe_parse(
				facts->arena,
				arena_printf(facts->arena, "/%s:%s", image->path, file->path),
				file->data, file->length, &lines);
	return lines;
}

bool next_boot_matters(const struct facts *facts)
{
	for_each (target, &facts->targets)
		if (!(*target)->vfio_driver)
			return true;
	return false;
}

bool next_boot_vfio_built_in(const struct facts *facts)
{
	return strings_contain(&facts->modules.builtin, "vfio_pci") ||
	       facts->machine.config.vfio_pci == 'y';
}

bool next_boot_host_needs(const struct device *device)
{
	for_each (use, &device->uses)
		if (use->critical)
			return true;
	return device_is_display(device) && device->boot_vga == YES && device->has_driver == YES &&
	       !device->vfio_driver;
}

const char *next_boot_ids(const struct facts *facts, const struct modprobe_lines *lines,
			  const struct parameters *cmdline, const struct origin **ret_origin)
{
	const char *ids = NULL;

	for (size_t i = 0; lines && i < lines->count; i++) {
		const struct modprobe_line *line = &lines->items[i];
		const struct module_option *option;
		struct module_options options;

		if (line->command != MODPROBE_OPTIONS || !streq(line->module, "vfio_pci"))
			continue;
		modprobe_split_options(facts->arena, line->argument, &options);
		option = module_options_find(&options, "ids");
		if (option && option->value) {
			ids = option->value;
			*ret_origin = &line->origin;
		}
	}
	for (size_t i = 0; cmdline && i < cmdline->count; i++)
		if (names_equal(cmdline->items[i].name, "vfio-pci.ids") &&
		    cmdline->items[i].value) {
			ids = cmdline->items[i].value;
			*ret_origin = &cmdline->items[i].origin;
		}
	return ids;
}

enum truth next_boot_ids_match(const struct facts *facts, const char *ids,
			       const struct device *device)
{
	enum truth answer = NO;
	struct vfio_ids list;

	if (!ids)
		return NO;
	vfio_ids_parse(facts->arena, ids, &list);
	for_each (id, &list) {
		enum truth matches = NO;

		if (id->valid)
			matches = vfio_id_matches(id, device->vendor_id, device->device_id,
						  device->subsystem_vendor_id,
						  device->subsystem_device_id, device->class_code);
		if (matches == YES)
			return YES;
		if (matches == UNKNOWN)
			answer = UNKNOWN;
	}
	return answer;
}

/* -- one device --------------------------------------------------------------------------------------------- */

static const struct override_rule *override_of(const struct facts *facts,
					       const struct device *device)
{
	for_each (rule, &facts->handover.overrides) {
		if (strstr(rule->driver, "vfio") && override_rule_matches(rule, device))
			return rule;
	}
	return NULL;
}

static const char *built_in_rival(const struct facts *facts, const struct device *device)
{
	for_each (rival, &device->modules)
		if (strings_contain(&facts->modules.builtin, *rival))
			return *rival;
	return NULL;
}

static void settle(struct device *device, const char *driver, enum next_reason reason,
		   const char *rival)
{
	device->next_known = YES;
	device->next_driver = driver;
	device->next_reason = reason;
	device->next_rival = rival;
}

/* Whether another function's event can load a driver that claims this one before its rule has run. */
static bool rule_can_lose(const struct facts *facts, const struct stage *stage,
			  const struct device *device)
{
	for_each (other, &facts->devices) {
		if (other == device || override_of(facts, other))
			continue;
		for_each (rival, &device->modules)
			if (strings_contain(&other->modules, *rival) && stage_has(stage, *rival) &&
			    !stage_blocks(stage, *rival))
				return true;
	}
	return false;
}

/* What an override makes of the device in this stage; OUTCOME_OPEN: nothing, or a driver may be faster. */
static enum outcome override_outcome(const struct stage *stage, const struct device *device)
{
	const struct override_rule *rule;

	if (!stage->vfio_available)
		return OUTCOME_OPEN;
	if (stage->image)
		switch (image_override_of(stage->facts, stage->image, device)) {
		case IMAGE_OVERRIDE_REBINDS:
		case IMAGE_OVERRIDE_EARLY:
			return OUTCOME_VFIO;
		case IMAGE_OVERRIDE_RULE:
			return rule_can_lose(stage->facts, stage, device) ? OUTCOME_OPEN
									  : OUTCOME_VFIO;
		case IMAGE_OVERRIDE_NONE:
			return OUTCOME_OPEN;
		}
	rule = override_of(stage->facts, device);
	/* driverctl's takes the device from a driver that was faster. */
	if (rule && (starts_with(rule->origin.source, "/etc/driverctl.d/") ||
		     !rule_can_lose(stage->facts, stage, device)))
		return OUTCOME_VFIO;
	return OUTCOME_OPEN;
}

/* Walks the stages for a device that ids= or an override asks for. */
static void predict_asked(struct facts *facts, struct device *device, struct stage *stages,
			  size_t count, const char *const *ids, bool override)
{
	const char *rival = built_in_rival(facts, device);

	if (rival &&
	    !(count > 1 && stages[0].vfio_available &&
	      image_override_of(facts, stages[0].image, device) == IMAGE_OVERRIDE_REBINDS)) {
		settle(device, rival, NEXT_RIVAL_BUILT_IN, rival);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		enum next_reason reason = NEXT_UNKNOWN;
		bool wanted = next_boot_ids_match(facts, ids[i], device) == YES ||
			      (override && !stages[i].image);

		if (override_outcome(&stages[i], device) == OUTCOME_VFIO) {
			settle(device, "vfio-pci", NEXT_OVERRIDE, NULL);
			return;
		}
		switch (stage_outcome(&stages[i], device, wanted, &reason, &rival)) {
		case OUTCOME_VFIO:
			settle(device, "vfio-pci", reason, rival);
			return;
		case OUTCOME_RIVAL:
			settle(device, rival, reason, rival);
			return;
		case OUTCOME_OPEN:
			break;
		}
	}
	settle(device, NULL, NEXT_VFIO_NOT_LOADED, NULL);
}

/* Nothing asks for it: the driver that it has, or the one that claims it, unless that is blocked. */
static void predict_unasked(struct device *device)
{
	if (device->has_driver == YES && !device->vfio_driver) {
		settle(device, device->driver, NEXT_NOT_ASKED, NULL);
	} else if (device->vfio_driver && device->modules_known == YES) {
		settle(device, device->modules.count ? device->modules.items[0] : NULL,
		       NEXT_NOT_ASKED, device->modules.count ? device->modules.items[0] : NULL);
	} else if (device->has_driver == NO && device->modules_known == YES &&
		   !device->modules.count) {
		settle(device, NULL, NEXT_NOT_ASKED, NULL);
	}
}

/* What would take vfio-pci's ids from the built-in driver: only the command line reaches it. */
static void predict_with_built_in_vfio(struct facts *facts, struct device *device,
				       const struct parameters *cmdline)
{
	const struct origin *origin = NULL;
	const char *ids = next_boot_ids(facts, NULL, cmdline, &origin);
	const char *rival = built_in_rival(facts, device);

	if (next_boot_ids_match(facts, ids, device) != YES) {
		settle(device, device->modules.count ? device->modules.items[0] : NULL,
		       NEXT_IDS_NOT_SEEN, device->modules.count ? device->modules.items[0] : NULL);
		return;
	}
	/* Two built-in drivers: the order of linking decides, and nothing here tells it. */
	if (rival) {
		device->next_reason = NEXT_RIVAL_BUILT_IN;
		device->next_rival = rival;
		return;
	}
	settle(device, "vfio-pci", NEXT_EARLY, NULL);
}

static bool asked_for(struct facts *facts, struct device *device, const struct parameters *cmdline)
{
	const struct override_rule *rule = override_of(facts, device);
	const struct origin *origin = NULL;
	const char *ids = next_boot_ids(facts, &facts->modules.modprobe,
					cmdline ? cmdline : &facts->cmdline, &origin);

	device->handover_asked = NO;
	if (rule) {
		device->handover_asked = YES;
		device->handover_origin = rule->origin;
	} else if (next_boot_ids_match(facts, ids, device) == YES) {
		device->handover_asked = YES;
		if (origin)
			device->handover_origin = *origin;
	} else if (facts->modules.modprobe_known != YES && !cmdline) {
		device->handover_asked = UNKNOWN;
	}
	return device->handover_asked == YES;
}

/* Whether something may load vfio-pci in an initramfs that nobody could look into. */
static bool may_come_early(const struct facts *facts, const struct parameters *words)
{
	if (cmdline_names(words, "rd.driver.pre", "vfio_pci") ||
	    cmdline_names(words, "rdloaddriver", "vfio_pci"))
		return true;
	for_each (word, &facts->initramfs.words)
		if (names_equal(word->word, "vfio_pci"))
			return true;
	for_each (setting, &facts->initramfs.settings)
		if (setting->text &&
		    (strstr(setting->text, "vfio-pci") || strstr(setting->text, "vfio_pci")))
			return true;
	return false;
}

void next_boot_predict(struct facts *facts)
{
	const struct parameters *cmdline = next_boot_cmdline(facts);
	const struct initramfs_image *image = next_boot_image(facts);
	struct modprobe_lines image_lines = next_boot_image_lines(facts);
	const struct parameters *words = cmdline ? cmdline : &facts->cmdline;
	const struct origin *ignored = NULL;
	struct stage stages[2] = {0};
	const char *ids[2];
	size_t count = 0;
	/* Without the entry or its image nothing about the early boot is certain. */
	bool certain =
		cmdline && facts->modules.modprobe_known == YES && image && image->read == YES;

	if (image && image->read == YES) {
		stages[count] =
			(struct stage){facts, words, &image_lines, image, false, false, false};
		stage_of_image(&stages[count]);
		ids[count++] = next_boot_ids(facts, &image_lines, words, &ignored);
	}
	stages[count] =
		(struct stage){facts, words, &facts->modules.modprobe, NULL, false, false, false};
	stage_of_root(&stages[count]);
	ids[count] = next_boot_ids(facts, &facts->modules.modprobe, words, &ignored);
	/* A module is loaded once: what the initramfs told it stays. */
	if (count && stages[0].vfio_available && stages[0].vfio_loaded)
		ids[count] = ids[0];
	count++;

	for_each (device, &facts->devices) {
		if (device->is_bridge)
			continue;
		if (!asked_for(facts, device, words)) {
			predict_unasked(device);
			continue;
		}
		if (next_boot_vfio_built_in(facts) && override_of(facts, device) &&
		    !built_in_rival(facts, device))
			settle(device, "vfio-pci", NEXT_OVERRIDE, NULL);
		else if (next_boot_vfio_built_in(facts))
			predict_with_built_in_vfio(facts, device, words);
		else if (device->modules_known == YES)
			predict_asked(facts, device, stages, count, ids,
				      override_of(facts, device) != NULL);
		/* What the configuration on disk already loses is lost; what it wins is only a hope
		 * while the image is not known. */
		if (!certain && device->next_reason != NEXT_RIVAL_BUILT_IN &&
		    (device->next_reason != NEXT_RIVAL_FIRST || may_come_early(facts, words))) {
			device->next_known = UNKNOWN;
			device->next_driver = NULL;
		}
	}
}
