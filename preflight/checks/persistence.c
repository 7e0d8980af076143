/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks driver.config-ignored and driver.not-persistent: does what was done last? */
#include "preflight/checks/check.h"
#include "preflight/next_boot.h"

/* -- driver.config-ignored ------------------------------------------------------------------------------------------ */

static void config_ignored(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	struct strings paths = {0};

	(void)device;
	for_each (file, &facts->handover.ignored) {
		strings_add(finding->arena, &paths, file->path);
		finding_evidence(finding, &file->origin);
		finding_set(finding, "reader", "%s", file->reader);
	}
	for_each (path, &facts->initramfs.ignored_files)
		if (!strings_contain(&paths, *path)) {
			strings_add(finding->arena, &paths, *path);
			finding_evidence_at(finding, *path, 0, "is not read");
			finding_set(finding, "reader", "%s", "the initramfs generator");
		}
	if (paths.count) {
		finding_fail(finding, 0);
		finding_set(finding, "files", "%s", strings_join(finding->arena, &paths, ", "));
	} else if (facts->modules.modprobe_known == YES) {
		finding_pass(finding);
	} else if (next_boot_matters(facts)) {
		finding_unknown(finding, "/etc/modprobe.d");
	}
}

/* -- driver.not-persistent ------------------------------------------------------------------------------------------ */

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
	finding_fail(finding, 0);
	/* While a VM has it, its manager has most likely bound it, and will again. */
	if (device->state == STATE_ASSIGNED)
		finding_severity(finding, SEVERITY_INFO);
	finding_set(finding, "rival", "%s",
		    device->next_driver ? device->next_driver : "no driver");
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
		.variants = {{
			N_("{files}: never read by {reader}"),
			N_("The name or the folder is not one that {reader} looks at."),
			{{OWNER_USER,
			  N_("give it the suffix and the folder that {reader} reads (modprobe.d, "
			     "dracut.conf.d, "
			     "modules-load.d: .conf)"),
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
		.variants = {{
			N_("{device} is on vfio-pci now, but the next boot gives it to {rival}"),
			N_("Nothing in modprobe.d, on the command line or in udev's rules asks for "
			   "it. Where the VM manager "
			   "rebinds it at VM start, that is as it should be."),
			{{OWNER_VFIOKIT, N_("make it permanent"), "vfiokit configure {device}"}},
		}},
	},
};

const struct check_table checks_persistence = {rows, ARRAY_SIZE(rows)};
