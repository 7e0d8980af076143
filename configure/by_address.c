/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handing over by PCI address: driver_override is set for exactly these functions, and only while the
 * device in that place still has the same ids, so that a renumbered bus hands over nothing else.
 *
 * Two places set it. A script of the initramfs does so before udev loads any driver: a udev rule alone
 * would lose a race when two like devices are there, because the event of the one loads the driver that
 * takes the other. The udev rule covers functions that appear later (hot plug, an initramfs without the
 * script). Source: kernel drivers/pci/pci-driver.c pci_match_device().
 */
#include "configure/planner.h"
#include "preflight/generators/generator.h"

#define RULES "etc/udev/rules.d/10-vfio-by-address.rules"

/* One function that goes by address. */
struct place {
	const char *address;
	int vendor_id, device_id;
};

struct places {
	struct place *items;
	size_t count, capacity;
};

static void add_place(struct planner *planner, struct places *places, const char *address,
		      int vendor_id, int device_id)
{
	for_each (place, places)
		if (streq(place->address, address))
			return;
	*ARRAY_ADD(planner->arena, places) = (struct place){address, vendor_id, device_id};
}

/* Those of earlier runs stay; their file is written as a whole. */
static struct places all_places(struct planner *planner)
{
	struct places places = {0};

	for_each (rule, &planner->facts->handover.overrides)
		if (rule->address && rule->vendor_id >= 0 && rule->device_id >= 0 &&
		    streq(rule->origin.source, "/" RULES))
			add_place(planner, &places, rule->address, rule->vendor_id,
				  rule->device_id);
	for_each (target, &planner->wishes.by_address)
		add_place(planner, &places, (*target)->address, (*target)->vendor_id,
			  (*target)->device_id);
	return places;
}

/* -- the udev rule ------------------------------------------------------------------------------------- */

static const char *rule_text(struct planner *planner, const struct place *place)
{
	/* drivers_probe: vfio-pci may be loaded already, and then nothing else would look at it. */
	return arena_printf(
		planner->arena,
		"ACTION==\"add\", SUBSYSTEM==\"pci\", KERNEL==\"%s\", ATTR{vendor}==\"0x%04x\", "
		"ATTR{device}==\"0x%04x\", ATTR{driver_override}=\"vfio-pci\", "
		"RUN{builtin}+=\"kmod load vfio-pci\", "
		"RUN+=\"/bin/sh -c 'echo %%k > /sys/bus/pci/drivers_probe 2>/dev/null || :'\"\n",
		place->address, place->vendor_id, place->device_id);
}

static const char *rules_text(struct planner *planner, const struct places *places)
{
	struct strings lines = {0};

	strings_add(planner->arena, &lines,
		    planner_file_head(planner,
				      "Devices that vfio-pci takes by address, while their ids "
				      "are these."));
	for_each (place, places)
		strings_add(planner->arena, &lines, rule_text(planner, place));
	return strings_join(planner->arena, &lines, "");
}

/* -- the script of the initramfs ------------------------------------------------------------------------- */

static const char script_body[] =
	"override() {\n"
	"\tdevice=/sys/bus/pci/devices/$1\n"
	"\t[ -e \"$device/driver_override\" ] || return 0\n"
	"\tread -r vendor < \"$device/vendor\"\n"
	"\tread -r id < \"$device/device\"\n"
	"\t[ \"$vendor\" = \"$2\" ] && [ \"$id\" = \"$3\" ] || return 0\n"
	"\techo vfio-pci > \"$device/driver_override\"\n"
	"\tif [ -e \"$device/driver\" ] && [ ! -e \"/sys/bus/pci/drivers/vfio-pci/$1\" ]; then\n"
	"\t\techo \"$1\" > \"$device/driver/unbind\"\n"
	"\tfi\n"
	"\tplaces=\"$places $1\"\n"
	"}\n"
	"places=\n";

static const char script_end[] =
	"modprobe vfio-pci\n"
	"for place in $places; do\n"
	"\t[ -e \"/sys/bus/pci/devices/$place/driver\" ] || echo \"$place\" > "
	"/sys/bus/pci/drivers_probe\n"
	"done\n";

static const char *script_text(struct planner *planner, const char *before,
			       const struct places *places, const char *after)
{
	struct strings lines = {0};

	strings_add(planner->arena, &lines, before);
	strings_add(planner->arena, &lines, script_body);
	for_each (place, places)
		strings_add(planner->arena, &lines,
			    arena_printf(planner->arena, "override %s 0x%04x 0x%04x\n",
					 place->address, place->vendor_id, place->device_id));
	strings_add(planner->arena, &lines, script_end);
	strings_add(planner->arena, &lines, after);
	return strings_join(planner->arena, &lines, "");
}

static void write_whole(struct planner *planner, const char *path, const char *text, bool script,
			const char *because)
{
	struct planner_file file;
	struct plan_step *step;

	if (!planner_read(planner, path, &file))
		return;
	step = planner_write(planner, &file, (struct bytes){text, strlen(text)}, because);
	if (!step)
		return;
	planner->initramfs_changes = true;
	if (script)
		step->mode = 0755;
}

static const char *head(struct planner *planner)
{
	return planner_file_head(
		planner, "Hands devices to vfio-pci by address, before any driver is loaded.");
}

static const char because_script[] =
	N_("in the initramfs, before udev loads the first driver, so that no driver can be faster");

/* scripts/init-top runs in the order of its names before udev (initramfs-tools(7)). */
static void script_initramfs_tools(struct planner *planner, const struct places *places)
{
	const char *before = arena_printf(planner->arena,
					  "#!/bin/sh\n%s"
					  "case \"$1\" in prereqs) exit 0 ;; esac\n",
					  head(planner));

	write_whole(planner, "etc/initramfs-tools/scripts/init-top/00-vfio-by-address",
		    script_text(planner, before, places, ""), true, because_script);
}

/* A dracut module with a pre-udev hook (dracut.modules(7)). */
static void script_dracut(struct planner *planner, const struct places *places)
{
	static const char folder[] = "usr/lib/dracut/modules.d/01vfio-by-address";
	const char *setup = arena_printf(
		planner->arena,
		"#!/bin/bash\n%s"
		"check() {\n\treturn 0\n}\n\n"
		"depends() {\n\treturn 0\n}\n\n"
		"installkernel() {\n\thostonly='' instmods vfio_pci\n}\n\n"
		"install() {\n\tinst_hook pre-udev 00 \"$moddir/vfio-by-address.sh\"\n}\n",
		head(planner));

	write_whole(planner, arena_printf(planner->arena, "%s/module-setup.sh", folder), setup,
		    true, N_("dracut takes the script into the image"));
	write_whole(planner, arena_printf(planner->arena, "%s/vfio-by-address.sh", folder),
		    script_text(planner,
				arena_printf(planner->arena, "#!/bin/sh\n%s", head(planner)),
				places, ""),
		    true, because_script);
}

/* Early hooks run before udev's coldplug, but not under systemd (mkinitcpio(8)). */
static void script_mkinitcpio(struct planner *planner, const struct places *places)
{
	static const char install[] = "build() {\n\tadd_module vfio_pci\n\tadd_runscript\n}\n";
	const char *before;

	if (generator_find_word(planner->facts, "HOOKS", "systemd")) {
		plan_refuse(
			planner->plan, NULL, NULL,
			_("by address: mkinitcpio's systemd hook runs no script before udev. Put "
			  "udev in its place in HOOKS= (mkinitcpio.conf(5)), then ask again"));
		return;
	}
	before = arena_printf(planner->arena, "%srun_earlyhook() {\n", head(planner));
	write_whole(planner, "etc/initcpio/install/vfio-by-address",
		    arena_printf(planner->arena, "#!/bin/bash\n%s%s", head(planner), install), true,
		    N_("mkinitcpio takes the script into the image"));
	write_whole(planner, "etc/initcpio/hooks/vfio-by-address",
		    script_text(planner, before, places, "}\n"), false, because_script);
}

void planner_by_address(struct planner *planner)
{
	struct places places;

	if (!planner->wishes.by_address.count || planner->in_place)
		return;
	if (planner_is_unraid(planner)) {
		planner_unraid(planner);
		return;
	}
	places = all_places(planner);
	write_whole(
		planner, RULES, rules_text(planner, &places), false,
		N_("driver_override is set for these functions only, as long as the same device is "
		   "in that place"));
	switch (planner->facts->initramfs.generator) {
	case GENERATOR_INITRAMFS_TOOLS:
		script_initramfs_tools(planner, &places);
		break;
	case GENERATOR_DRACUT:
		script_dracut(planner, &places);
		break;
	case GENERATOR_MKINITCPIO:
		script_mkinitcpio(planner, &places);
		break;
	default:
		plan_refuse(
			planner->plan, NULL, NULL,
			_("by address: there is no way to run a script before udev in this host's "
			  "initramfs"));
		break;
	}
}
