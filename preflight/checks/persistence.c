/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks driver.config-ignored and driver.not-persistent: does what was done last? */
#include "preflight/checks/check.h"
#include "preflight/next_boot/next_boot.h"

/* -- driver.config-ignored ------------------------------------------------------------------------------------------ */

static void config_ignored(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	struct strings paths = {0};
	bool by_suffix = true;

	(void)device;
	for_each (file, &facts->handover.ignored) {
		strings_add(finding->arena, &paths, file->path);
		finding_evidence(finding, &file->origin);
		finding_set(finding, "reader", "%s", file->reader);
	}
	for (size_t i = 0; i < facts->initramfs.ignored_files.count; i++) {
		const char *path = facts->initramfs.ignored_files.items[i];
		const char *why = facts->initramfs.ignored_why.items[i];

		if (strings_contain(&paths, path))
			continue;
		strings_add(finding->arena, &paths, path);
		finding_evidence_at(finding, path, 0, "%s", why);
		finding_set(finding, "reader", "%s", _("the initramfs generator"));
		by_suffix = by_suffix && strstr(why, ".conf");
	}
	if (paths.count) {
		finding_fail(finding, by_suffix ? 0 : 1);
		finding_set(finding, "files", "%s", strings_join(finding->arena, &paths, ", "));
	} else if (facts->modules.modprobe_known == YES) {
		finding_pass(finding);
	} else if (next_boot_matters(facts)) {
		finding_unknown(finding, "/etc/modprobe.d");
	}
}

/* -- driver.not-persistent ------------------------------------------------------------------------------------------ */

enum { LASTS_NOT, LASTS_NOT_LIBVIRT, LASTS_NOT_PROXMOX };

/* libvirt's daemon, as far as processes could be looked at; NULL: not seen. */
static const char *libvirt_process(const struct facts *facts)
{
	for_each (limit, &facts->usage.memlock)
		if (limit->process && (starts_with(limit->process, "libvirtd (") ||
				       starts_with(limit->process, "virtqemud (")))
			return limit->process;
	return NULL;
}

/* Which manager of VMs this host has: those two bind a device by themselves when its VM starts. */
static unsigned lasting_variant(const struct facts *facts, struct finding *finding)
{
	const char *process = libvirt_process(facts);

	if (streq(facts->machine.platform, "proxmox"))
		return LASTS_NOT_PROXMOX;
	if (!process)
		return LASTS_NOT;
	finding_set(finding, "process", "%s", process);
	finding_evidence_at(finding, "/proc", 0, "%s runs", process);
	return LASTS_NOT_LIBVIRT;
}

static void not_persistent(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	if (!device->vfio_driver)
		return;
	if (device->handover_asked == YES) {
		finding_pass(finding);
		return;
	}
	if (facts->modules.modprobe_known != YES) {
		finding_unknown(finding, "/etc/modprobe.d");
		return;
	}
	finding_fail(finding, lasting_variant(facts, finding));
	/* While a VM has it, its manager has most likely bound it, and will again. */
	if (device->state == STATE_ASSIGNED)
		finding_severity(finding, SEVERITY_INFO);
	finding_set(finding, "rival", "%s",
		    device->next_driver ? device->next_driver : _("no driver"));
	finding_evidence_device(finding, device, "driver", "-> %s",
				device->driver ? device->driver : "vfio-pci");
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "driver.config-ignored",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("a configuration file is never read"),
		.why = N_("modprobe, dracut and the others read only files with the right suffix "
			  "in the right folder; "
			  "anything else is skipped without a word."),
		.references = {"https://manpages.debian.org/kmod/modprobe.d.5.en.html"},
		.evaluate = config_ignored,
		.variants =
			{{
				 N_("{files}: never read by {reader}"),
				 N_("The name or the folder is not one that {reader} looks at."),
				 {{OWNER_USER,
				   N_("give it a name that ends in .conf, in a folder that "
				      "{reader} reads"),
				   NULL}},
			 },
			 {
				 N_("{files}: never read by {reader}"),
				 N_("What keeps it from being read stands above."),
				 {{OWNER_USER, N_("put that right, then build the initramfs anew"),
				   NULL}},
			 }},
	},
	{
		.id = "driver.not-persistent",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("nothing hands the device over at the next boot"),
		.why = N_("A device that was rebound by hand, or by a VM manager, goes back to its "
			  "host driver at boot."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = not_persistent,
		.variants =
			{
				[LASTS_NOT] =
					{
						N_("{device} is on vfio-pci now, but the next boot "
						   "gives it to {rival}"),
						N_("Nothing in modprobe.d, on the command line or "
						   "in udev's rules asks for it. Where a VM "
						   "manager rebinds it at VM start, that is as it "
						   "should be."),
						{{OWNER_VFIOKIT, N_("make it permanent"),
						  "vfiokit configure {device}"}},
					},
				[LASTS_NOT_LIBVIRT] =
					{
						N_("{device} is on vfio-pci now; after the next "
						   "boot {rival} has it until its VM starts"),
						N_("{process} runs on this host. libvirt binds a "
						   "device to vfio-pci when a VM starts that has "
						   "it with managed='yes', and gives it back when "
						   "the VM stops: then this is as it should be. "
						   "With managed='no' the VM will not start."),
						{{OWNER_USER,
						  N_("see whether a VM has it, and how"),
						  "grep -rA3 '<hostdev' /etc/libvirt/qemu"},
						 {OWNER_VFIOKIT,
						  N_("or make it permanent, so that {rival} never "
						     "gets it"),
						  "vfiokit configure {device}"}},
					},
				[LASTS_NOT_PROXMOX] =
					{
						N_("{device} is on vfio-pci now; after the next "
						   "boot {rival} has it until its VM starts"),
						N_("Proxmox VE binds what a VM's configuration "
						   "names as hostpci to vfio-pci when the VM "
						   "starts: then this is as it should be, unless "
						   "{rival} must not touch the device before, as "
						   "with many graphics cards."),
						{{OWNER_USER, N_("see whether a VM has it"),
						  "grep -r hostpci /etc/pve/qemu-server"},
						 {OWNER_VFIOKIT,
						  N_("or make it permanent, so that {rival} never "
						     "gets it"),
						  "vfiokit configure {device}"}},
					},
			},
	},
};

const struct check_table checks_persistence = {rows, ARRAY_SIZE(rows)};
