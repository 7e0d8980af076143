/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/next_boot/image_overrides.h"
#include "preflight/lines.h"
#include "preflight/parse/udev_rules.h"

static bool holds(const struct image_file *file, const char *word)
{
	return memmem(file->data, file->length, word, strlen(word)) != NULL;
}

/* -- what runs before udev ---------------------------------------------------------------------------- */

static const struct image_file *find_file(const struct initramfs_image *image, const char *path)
{
	for_each (file, &image->files)
		if (streq(file->path, path))
			return file;
	return NULL;
}

/* mkinitcpio's "config" lists the early hooks: EARLYHOOKS="vfio udev". */
static bool is_early_hook(const struct initramfs_image *image, const char *name)
{
	const struct image_file *config = find_file(image, "config");
	const char *list = config ? strstr(config->data, "EARLYHOOKS=") : NULL, *end;
	size_t length = strlen(name);

	if (!list)
		return false;
	end = list + strcspn(list, "\n");
	for (const char *at = strstr(list, name); at && at < end; at = strstr(at + 1, name))
		if (strchr(" \"'(=", at[-1]) && strchr(" \"')\n", at[length]))
			return true;
	return false;
}

static bool runs_before_udev(const struct initramfs_image *image, const char *path)
{
	static const char *const hooks[] = {"dracut/hooks/cmdline/", "dracut/hooks/pre-udev/",
					    "dracut/hooks/pre-trigger/"};
	static const char top[] = "scripts/init-top/";

	if (starts_with(path, top)) {
		for_each (name, &image->names) {
			if (streq(*name, "udev"))
				return false;
			if (streq(*name, path + strlen(top)))
				return true;
		}
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		if (strstr(path, hooks[i]))
			return true;
	return starts_with(path, "hooks/") && is_early_hook(image, path + strlen("hooks/"));
}

/* -- what a script does ---------------------------------------------------------------------------------- */

/* A word of the line that is a 16-bit id ("0x10de"), from *at on; -1 where none is left. */
static int next_id(const char **at)
{
	const char *found;

	while ((found = strstr(*at, "0x"))) {
		char *end;
		unsigned long value = strtoul(found, &end, 16);

		*at = end > found ? end : found + 2;
		if (end == found + 6 && value <= 0xffff)
			return (int)value;
	}
	return -1;
}

static bool line_hands_over(const char *line, const struct device *device)
{
	const char *at = strstr(line, device->address);
	int vendor, id;

	if (!at || *line == '#')
		return false;
	at += strlen(device->address);
	if (*at >= '0' && *at <= '9')
		return false;
	vendor = next_id(&at);
	id = next_id(&at);
	return (vendor < 0 || vendor == device->vendor_id) && (id < 0 || id == device->device_id);
}

static bool script_hands_over(struct arena *arena, const struct image_file *file,
			      const struct device *device)
{
	struct line_reader reader = lines_of(file->data, file->length);
	struct line line;

	if (!holds(file, "driver_override") ||
	    (!holds(file, "vfio-pci") && !holds(file, "vfio_pci")))
		return false;
	while (lines_next(&reader, &line)) {
		struct line trimmed = line_trim(line);

		if (line_hands_over(arena_copy(arena, trimmed.text, trimmed.length), device))
			return true;
	}
	return false;
}

static bool rules_hand_over(struct arena *arena, const struct image_file *file,
			    const struct device *device)
{
	struct override_rules rules = {0};

	udev_rules_parse(arena, file->path, file->data, file->length, &rules);
	for_each (rule, &rules)
		if (strstr(rule->driver, "vfio") && override_rule_matches(rule, device))
			return true;
	return false;
}

enum image_override image_override_of(const struct facts *facts,
				      const struct initramfs_image *image,
				      const struct device *device)
{
	enum image_override found = IMAGE_OVERRIDE_NONE, now;

	for_each (file, &image->files) {
		now = IMAGE_OVERRIDE_NONE;
		if (ends_with(file->path, ".rules"))
			now = rules_hand_over(facts->arena, file, device) ? IMAGE_OVERRIDE_RULE
									  : IMAGE_OVERRIDE_NONE;
		else if (runs_before_udev(image, file->path) &&
			 script_hands_over(facts->arena, file, device))
			now = holds(file, "driver/unbind") ? IMAGE_OVERRIDE_REBINDS
							   : IMAGE_OVERRIDE_EARLY;
		found = now > found ? now : found;
	}
	return found;
}
