/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks device.not-found and device.is-bridge: is it there, and is it anything to hand over? */
#include "preflight/checks/check.h"

/* -- device.not-found, device.is-bridge
 * ---------------------------------------------------------------- */

static void not_found(const struct facts *facts, const struct device *device,
		      struct finding *finding)
{
	if (device) {
		finding_pass(finding);
		return;
	}
	if (!facts->devices.count || facts->devices_partial) {
		finding_unknown(finding, "/sys/bus/pci/devices");
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "count", "%zu", facts->devices.count);
	finding_evidence_at(finding, "/sys/bus/pci/devices", 0, "%zu functions, none of them %s",
			    facts->devices.count, finding->subject);
}

static void is_bridge(const struct facts *facts, const struct device *device,
		      struct finding *finding)
{
	(void)facts;
	if (!device->is_bridge) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "class", "%06x", device->class_code < 0 ? 0 : device->class_code);
	finding_evidence_device(finding, device, "class", "0x%06x",
				device->class_code < 0 ? 0 : device->class_code);
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "device.not-found",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_LOOK,
		.title = N_("there is no such device"),
		.why = N_("PCI addresses change when cards are moved, firmware is updated or "
			  "bifurcation is set: an "
			  "address noted earlier may name nothing now, or another device."),
		.references = {"https://docs.kernel.org/PCI/index.html"},
		.evaluate = not_found,
		.for_missing = true,
		.variants = {{
			N_("{device} matches no PCI function of this host"),
			N_("The host shows {count} functions; none of them has this address or "
			   "id."),
			{{OWNER_USER, N_("look up the device's present address"), "vfiokit list"}},
		}},
	},
	{
		.id = "device.is-bridge",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_LOOK,
		.title = N_("the device is a bridge"),
		.why = N_("Bridges, root ports, switch ports, host and ISA bridges stay with the "
			  "host; vfio-pci refuses "
			  "them (-22). They may be in a group with devices that are handed over: "
			  "that is no obstacle."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = is_bridge,
		.variants = {{
			N_("{device} is a bridge (class {class}) and stays with the host"),
			N_("Only endpoints can be handed over. The bridge above a device needs no "
			   "driver change."),
			{{OWNER_USER, N_("name the device behind the bridge instead"),
			  "vfiokit list --tree"}},
		}},
	},
};

const struct check_table checks_device = {rows, ARRAY_SIZE(rows)};
