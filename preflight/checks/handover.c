/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check driver.host-driver-first: will vfio-pci have the device after the next boot? */
#include "preflight/checks/boot_commands.h"
#include "preflight/checks/check.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/parse/modprobe.h"

/* -- driver.host-driver-first ---------------------------------------------------------------------- */

enum {
	FIRST_UNORDERED,
	FIRST_IN_INITRAMFS,
	FIRST_BUILT_IN,
	FIRST_IDS_NOT_SEEN,
	FIRST_NOT_LOADED,
	FIRST_IMAGE_BEHIND,
};

static unsigned first_variant(const struct facts *facts, enum next_reason reason)
{
	/* Whatever comes of it later: an image that was built anew would load vfio-pci early. */
	if (reason != NEXT_RIVAL_BUILT_IN && boot_left_out_word(facts, true))
		return FIRST_IMAGE_BEHIND;
	switch (reason) {
	case NEXT_RIVAL_IN_INITRAMFS:
		return FIRST_IN_INITRAMFS;
	case NEXT_RIVAL_BUILT_IN:
		return FIRST_BUILT_IN;
	case NEXT_IDS_NOT_SEEN:
		return FIRST_IDS_NOT_SEEN;
	case NEXT_VFIO_NOT_LOADED:
		return FIRST_NOT_LOADED;
	default:
		return FIRST_UNORDERED;
	}
}

static void host_driver_first(const struct facts *facts, const struct device *device,
			      struct finding *finding)
{
	const struct initramfs_image *image = next_boot_image(facts);

	if (device->is_bridge || device->handover_asked != YES)
		return;
	if (device->next_known != YES) {
		if (facts->modules.modprobe_known != YES)
			finding_unknown(finding, "/etc/modprobe.d");
		else if (device->modules_known != YES)
			finding_unknown(finding, "/lib/modules");
		else if (image)
			finding_unknown(finding, image->path);
		else
			finding_unknown(finding, facts->boot.unread_path ? facts->boot.unread_path
									 : "/boot");
		return;
	}
	if (streq(device->next_driver, "vfio-pci")) {
		finding_pass(finding);
		return;
	}
	/* Ids that a built-in vfio-pci does not see, and no host driver either. */
	if (device->next_reason == NEXT_IDS_NOT_SEEN && !device->next_rival)
		return;
	finding_fail(finding, first_variant(facts, device->next_reason));
	finding_set(finding, "rival", "%s",
		    device->next_rival ? device->next_rival : _("its host driver"));
	finding_set(finding, "image", "%s%s", image ? "/" : "",
		    image ? image->path : _("the initramfs"));
	finding_set(finding, "command", "%s", boot_image_command(finding));
	finding_evidence(finding, &device->handover_origin);
	if (image && image->read == YES && device->next_rival &&
	    strings_contain(&image->modules, device->next_rival))
		finding_evidence_at(finding, arena_printf(finding->arena, "/%s", image->path), 0,
				    "holds %s%s", device->next_rival,
				    strings_contain(&image->modules, "vfio_pci") ? " and vfio_pci"
										 : "");
	for_each (load, &facts->handover.loads)
		if (device->next_reason == NEXT_RIVAL_FIRST && device->next_rival &&
		    names_equal(load->module, device->next_rival))
			finding_evidence(finding, &load->origin);
	if (device->next_reason == NEXT_RIVAL_BUILT_IN && facts->modules.directory)
		finding_evidence_at(finding,
				    arena_printf(finding->arena, "/%s/modules.builtin",
						 facts->modules.directory),
				    0, "names %s", device->next_rival);
	if (boot_left_out_word(facts, true))
		return; /* what vfio-pci was given in this boot explains nothing */
	finding_evidence_event(finding, &facts->log,
			       log_find(&facts->log, LOG_VFIO_ID_ADDED, NULL));
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "driver.host-driver-first",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("a host driver gets the device before vfio-pci at the next boot"),
		.why = N_("The first driver that matches keeps the device. ids= alone does not "
			  "load vfio-pci, and a list "
			  "of modules to load is no order."),
		.references = {"https://manpages.debian.org/kmod/modprobe.d.5.en.html"},
		.evaluate = host_driver_first,
		.cured_by_configure = true,
		.variants =
			{
				[FIRST_UNORDERED] =
					{
						N_("at the next boot {rival} can get {device} "
						   "before vfio-pci"),
						N_("Nothing makes vfio-pci come first: there is no "
						   "softdep for {rival}, and it is not "
						   "blacklisted."),
						{{OWNER_VFIOKIT, N_("order the two"),
						  "vfiokit configure {device}"},
						 {OWNER_USER,
						  N_("or by hand: add \"softdep {rival} pre: "
						     "vfio-pci\" to "
						     "/etc/modprobe.d/vfio.conf and build the "
						     "initramfs anew"),
						  NULL}},
					},
				[FIRST_IN_INITRAMFS] =
					{
						N_("at the next boot {rival} gets {device} in the "
						   "initramfs, where there is no vfio-pci"),
						N_("{image} holds {rival}, and not vfio-pci."),
						{{OWNER_VFIOKIT,
						  N_("put vfio-pci into the initramfs"),
						  "vfiokit configure {device}"}},
					},
				[FIRST_IMAGE_BEHIND] =
					{
						N_("at the next boot {rival} gets {device}: "
						   "{image} was built before vfio-pci was put into "
						   "its configuration"),
						N_("The generator is told to put vfio-pci in; the "
						   "image does not hold it."),
						{{OWNER_USER, N_("build the initramfs anew"),
						  "{command}"}},
					},
				[FIRST_BUILT_IN] =
					{
						N_("at the next boot {rival} gets {device}: it is "
						   "built into the kernel"),
						N_("A built-in driver binds before any module can "
						   "be loaded; softdep and blacklist do not "
						   "reach it."),
						{{OWNER_USER,
						  N_("detach the device after boot, or boot a "
						     "kernel that has {rival} as a module"),
						  NULL}},
					},
				[FIRST_IDS_NOT_SEEN] =
					{
						N_("at the next boot {rival} gets {device}: "
						   "vfio-pci will not see the ids"),
						N_("vfio-pci is loaded without them: they stand "
						   "where that early stage does not look."),
						{{OWNER_VFIOKIT,
						  N_("put the ids where they are seen"),
						  "vfiokit configure {device}"},
						 {OWNER_USER,
						  N_("or by hand: build the initramfs anew, or use "
						     "vfio-pci.ids= on the kernel "
						     "command line"),
						  NULL}},
					},
				[FIRST_NOT_LOADED] =
					{
						N_("at the next boot nothing loads vfio-pci for "
						   "{device}"),
						N_("The ids are there, but vfio-pci is neither "
						   "loaded by name nor pulled in by a softdep."),
						{{OWNER_VFIOKIT, N_("have it loaded"),
						  "vfiokit configure {device}"},
						 {OWNER_USER,
						  N_("or by hand: name vfio-pci in "
						     "/etc/modules-load.d"),
						  NULL}},
					},
			},
	},
};

const struct check_table checks_handover = {rows, ARRAY_SIZE(rows)};
