/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks initramfs.*: is what the disk says also inside the image that boots? */
#include "preflight/checks/boot_commands.h"
#include "preflight/checks/check.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/parse/modprobe.h"

/* Judged where the configuration asks vfio-pci to take something. */
static bool vfio_asked(const struct facts *facts)
{
	for_each (device, &facts->devices)
		if (device->handover_asked == YES)
			return true;
	return false;
}

static const struct boot_entry *next_entry(const struct facts *facts)
{
	if (!facts->boot.next || facts->boot.next > facts->boot.entries.count)
		return NULL;
	return &facts->boot.entries.items[facts->boot.next - 1];
}

/* What keeps the next boot's image from being known. */
static const char *unread_image(const struct facts *facts, const struct initramfs_image *image)
{
	if (image)
		return image->path;
	return facts->boot.unread_path ? facts->boot.unread_path : "/boot";
}

static const char *image_source(struct finding *finding, const struct initramfs_image *image)
{
	return arena_printf(finding->arena, "/%s", image->path);
}

static void set_image(struct finding *finding, const struct initramfs_image *image)
{
	finding_set(finding, "image", "/%s", image->path);
	finding_set(finding, "command", "%s", boot_image_command(finding));
}

/* -- initramfs.image-missing ------------------------------------------------------------------------- */

static void image_missing(const struct facts *facts, const struct device *device,
			  struct finding *finding)
{
	const struct boot_entry *entry = next_entry(facts);
	const struct initramfs_image *image = next_boot_image(facts);

	(void)device;
	if (!vfio_asked(facts))
		return;
	if (!entry) {
		finding_unknown(finding, unread_image(facts, NULL));
		return;
	}
	if (!entry->initrd_count)
		return; /* boots without one, or it is inside a unified kernel image */
	if (!image || image->present == UNKNOWN) {
		finding_unknown(finding, entry->initrds[entry->initrd_count - 1]);
		return;
	}
	if (image->present == YES) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	set_image(finding, image);
	finding_evidence_at(finding, entry->source, entry->line, "initrd /%s", image->path);
}

/* -- initramfs.vfio-missing ----------------------------------------------------------------------------- */

static void vfio_missing(const struct facts *facts, const struct device *device,
			 struct finding *finding)
{
	const struct initramfs_image *image = next_boot_image(facts);
	const struct generator_word *left_out = boot_left_out_word(facts, false);
	struct strings rivals = {0};

	(void)device;
	if (!vfio_asked(facts) || next_boot_vfio_built_in(facts))
		return;
	if (!image || image->read != YES) {
		if (image ? image->present != NO : !next_entry(facts))
			finding_unknown(finding, unread_image(facts, image));
		return;
	}
	if (strings_contain(&image->modules, "vfio_pci")) {
		finding_pass(finding);
		return;
	}
	for_each (candidate, &facts->devices)
		for_each (rival, &candidate->modules)
			if (candidate->handover_asked == YES &&
			    strings_contain(&image->modules, *rival) &&
			    !strings_contain(&rivals, *rival))
				strings_add(finding->arena, &rivals, *rival);
	if (!rivals.count) {
		finding_pass(finding); /* nothing in there can take the device: the root decides */
		return;
	}
	finding_fail(finding, left_out != NULL);
	set_image(finding, image);
	if (left_out)
		finding_evidence_at(finding, left_out->source, left_out->line, "%s: %s",
				    left_out->key, left_out->word);
	finding_set(finding, "rivals", "%s", strings_join(finding->arena, &rivals, ", "));
	finding_evidence_at(finding, image_source(finding, image), 0, "holds %s, not vfio_pci",
			    strings_join(finding->arena, &rivals, ", "));
	for_each (word, &facts->cmdline)
		if (names_equal(word->name, "rd.driver.pre"))
			finding_evidence(finding, &word->origin);
}

/* -- initramfs.stale ---------------------------------------------------------------------------------------- */

/* Lines that decide who gets a device that the configuration asks vfio-pci to take. */
static bool decides(const struct facts *facts, const struct modprobe_line *line)
{
	if (!line->module)
		return false;
	if (starts_with(line->module, "vfio"))
		return true;
	if (line->command != MODPROBE_SOFTDEP && line->command != MODPROBE_BLACKLIST &&
	    line->command != MODPROBE_INSTALL)
		return false;
	if (strstr(line->argument, "vfio"))
		return true;
	for_each (device, &facts->devices)
		for_each (rival, &device->modules)
			if (device->handover_asked == YES && names_equal(*rival, line->module))
				return true;
	return false;
}

static bool same_line(const struct modprobe_line *a, const struct modprobe_line *b)
{
	return a->command == b->command && a->module && b->module &&
	       names_equal(a->module, b->module) && streq(a->argument, b->argument);
}

static bool holds_line(const struct modprobe_lines *lines, const struct modprobe_line *wanted)
{
	for_each (line, lines)
		if (same_line(line, wanted))
			return true;
	return false;
}

/* Whether any module that a deciding line is about can be loaded from the image: else it is enough
 * that the root file system has the line. */
static bool matters_in(const struct initramfs_image *image, const struct modprobe_line *line)
{
	return strings_contain(&image->modules, line->module) ||
	       (line->command == MODPROBE_OPTIONS && strings_contain(&image->modules, "vfio_pci"));
}

static void stale(const struct facts *facts, const struct device *device, struct finding *finding)
{
	const struct initramfs_image *image = next_boot_image(facts);
	struct modprobe_lines inside = next_boot_image_lines(facts);

	(void)device;
	if (!vfio_asked(facts))
		return;
	if (!image || image->read != YES || facts->modules.modprobe_known != YES) {
		if (facts->modules.modprobe_known != YES)
			finding_unknown(finding, "/etc/modprobe.d");
		else if (image ? image->present != NO : !next_entry(facts))
			finding_unknown(finding, unread_image(facts, image));
		return;
	}
	finding_pass(finding);
	for_each (line, &facts->modules.modprobe)
		if (decides(facts, line) && matters_in(image, line) && !holds_line(&inside, line)) {
			finding_fail(finding, 0);
			finding_evidence(finding, &line->origin);
		}
	for_each (line, &inside)
		if (decides(facts, line) && matters_in(image, line) &&
		    !holds_line(&facts->modules.modprobe, line)) {
			finding_fail(finding, finding->result == RESULT_FAIL ? 0 : 1);
			finding_evidence(finding, &line->origin);
		}
	if (finding->result == RESULT_FAIL)
		set_image(finding, image);
}

/* -- initramfs.generator-unknown --------------------------------------------------------------------------- */

static void generator_unknown(const struct facts *facts, const struct device *device,
			      struct finding *finding)
{
	(void)device;
	/* NixOS builds its own from configuration.nix; Unraid's comes with each release. */
	if (!vfio_asked(facts) || facts->boot.loader == LOADER_NIXOS ||
	    streq(facts->machine.platform, "unraid"))
		return;
	if (generator_name(facts->initramfs.generator) && facts->initramfs.ambiguous != YES) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, facts->initramfs.ambiguous == YES ? 1 : 0);
	finding_evidence_at(
		finding,
		facts->initramfs.generator_source ? facts->initramfs.generator_source : "/etc", 0,
		"%s",
		facts->initramfs.ambiguous == YES ? "more than one generator is installed"
						  : "no known generator's configuration");
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "initramfs.image-missing",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_REBUILD_INITRAMFS,
		.title = N_("the initramfs that the boot entry names is not there"),
		.why = N_("The entry names an image that does not exist; the host may not boot at "
			  "all."),
		.references = {"https://docs.kernel.org/admin-guide/initrd.html"},
		.evaluate = image_missing,
		.cured_by_configure = true,
		.variants = {{
			N_("{image}, which the next boot names, is not there"),
			N_("It was not built, or it was written somewhere else."),
			{{OWNER_USER, N_("build it"), "{command}"}},
		}},
	},
	{
		.id = "initramfs.vfio-missing",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_LOAD_EARLY,
		.title = N_("the initramfs holds the host driver, but not vfio-pci"),
		.why = N_("A driver in the initramfs binds long before the root file system is "
			  "mounted. vfio-pci must be in "
			  "the image too, and come first."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = vfio_missing,
		.cured_by_configure = true,
		.variants =
			{{
				 N_("{image} holds {rivals}, but not vfio-pci"),
				 N_("The host driver takes the device before vfio-pci can be "
				    "loaded."),
				 {{OWNER_VFIOKIT, N_("put vfio-pci into the initramfs"),
				   "vfiokit configure"},
				  {OWNER_USER,
				   N_("or by hand: name it in the generator's configuration, then"),
				   "{command}"}},
			 },
			 {
				 N_("{image} was built without the vfio-pci that its configuration "
				    "names, and holds {rivals}"),
				 N_("The host driver takes the device before vfio-pci can be "
				    "loaded."),
				 {{OWNER_USER, N_("build it anew"), "{command}"}},
			 }},
	},
	{
		.id = "initramfs.stale",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_REBUILD_INITRAMFS,
		.title = N_("the initramfs does not hold the present configuration"),
		.why = N_("The image carries its own copy of /etc/modprobe.d. Modules loaded from "
			  "it see that copy, not "
			  "the file that was edited since."),
		.references = {"https://manpages.debian.org/initramfs-tools-core/"
			       "update-initramfs.8.en.html"},
		.evaluate = stale,
		.cured_by_configure = true,
		.variants =
			{
				{
					N_("{image} lacks lines that stand in /etc/modprobe.d"),
					N_("It was built before they were written, or does not "
					   "copy that folder."),
					{{OWNER_USER, N_("build it anew"), "{command}"}},
				},
				{
					N_("{image} still holds lines that /etc/modprobe.d does "
					   "not have any more"),
					N_("It was built before they were removed."),
					{{OWNER_USER, N_("build it anew"), "{command}"}},
				},
			},
	},
	{
		.id = "initramfs.generator-unknown",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_LOAD_EARLY,
		.title = N_("it is not clear what builds the initramfs"),
		.why = N_("Each generator is configured in its own way; without knowing it nobody "
			  "can say how vfio-pci gets "
			  "into the image."),
		.references = {"https://docs.kernel.org/admin-guide/initrd.html"},
		.evaluate = generator_unknown,
		.variants =
			{
				{
					N_("what builds the initramfs was not recognised"),
					N_("None of initramfs-tools, dracut, mkinitcpio and "
					   "booster is configured here."),
					{{OWNER_USER,
					  N_("make sure that your image loads vfio-pci before the "
					     "host's drivers"),
					  NULL}},
				},
				{
					N_("more than one initramfs generator is installed"),
					N_("Nothing tells which of them builds the image that "
					   "boots."),
					{{OWNER_USER, N_("remove the one that is not used"), NULL}},
				},
			},
	},
};

const struct check_table checks_initramfs = {rows, ARRAY_SIZE(rows)};
