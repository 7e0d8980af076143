/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks device.*: kinds of device that are handed over in their own way, or not at all. */
#include "preflight/checks/check.h"
#include "preflight/checks/device_relations.h"
#include "preflight/checks/known_devices.h"

/* -- device.behind-vmd, device.nvswitch-missing, device.integrated-graphics, device.assigned
 * --------------------- */

static void behind_vmd(const struct facts *facts, const struct device *device,
		       struct finding *finding)
{
	(void)facts;
	if (device->domain <= 0xffff) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "domain", "%x", device->domain);
	finding_evidence_device(finding, device, "", "PCI domain %x", device->domain);
}

/* The GPUs that hang on the same fabric: they go with the switches or not at all. */
static const char *fabric_gpus(const struct facts *facts, struct arena *arena)
{
	struct strings gpus = {0};

	for_each (device, &facts->devices)
		if (device->vendor_id == 0x10de && device_has_class(device, 0x0302))
			strings_add(arena, &gpus, device->address);
	return strings_join(arena, &gpus, " ");
}

static void nvswitch_missing(const struct facts *facts, const struct device *device,
			     struct finding *finding)
{
	struct strings missing = {0};

	if (device->vendor_id != 0x10de || !device_has_class(device, 0x0302) ||
	    !facts->nvswitches.count)
		return;
	for_each (other, &facts->nvswitches) {
		if ((*other)->target || (*other)->vfio_driver)
			continue;
		strings_add(finding->arena, &missing, (*other)->address);
		finding_evidence_device(finding, *other, "driver", "%s",
					(*other)->driver ? (*other)->driver : "no driver");
	}
	if (!missing.count) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, facts->usage.fabric_manager == YES ? 1 : 0);
	finding_set(finding, "switches", "%s", strings_join(finding->arena, &missing, " "));
	finding_set(finding, "gpus", "%s", fabric_gpus(facts, finding->arena));
	if (facts->usage.fabric_manager == YES)
		finding_severity(finding, SEVERITY_INFO);
}

static void integrated_graphics(const struct facts *facts, const struct device *device,
				struct finding *finding)
{
	bool intel = device->vendor_id == 0x8086 && !device->parent && !device->parent_unknown;

	(void)facts;
	if (!device_is_display(device))
		return;
	if (device->vendor_id < 0 || device->device_id < 0) {
		finding_unknown(finding,
				arena_printf(finding->arena, "/sys/bus/pci/devices/%s/device",
					     device->address));
		return;
	}
	/* A virtual function of Intel's needs none of what the graphics itself needs. */
	if (device->physfn ||
	    (!intel && !known_amd_integrated_graphics(device->vendor_id, device->device_id))) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, intel ? 0 : 1);
	finding_evidence_device(finding, device, "device", "0x%04x", device->device_id);
}

static void assigned(const struct facts *facts, const struct device *device,
		     struct finding *finding)
{
	if (device->is_bridge)
		return;
	if (device->state == STATE_ASSIGNED) {
		finding_fail(finding, 0);
		finding_set(finding, "process", "%s (%d)",
			    device->assigned_name ? device->assigned_name : _("a process"),
			    device->assigned_pid);
		finding_evidence_at(
			finding, arena_printf(finding->arena, "/proc/%d/fd", device->assigned_pid),
			0, "holds the device's VFIO node open");
	} else if (!device->vfio_driver || facts->usage.known[USE_PROCESS] == YES) {
		finding_pass(finding);
	} else {
		finding_unknown(finding, facts->usage.why_unknown[USE_PROCESS].path
						 ? facts->usage.why_unknown[USE_PROCESS].path
						 : "/proc");
	}
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "device.behind-vmd",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_FIRMWARE,
		.title = N_("the device sits behind Intel VMD"),
		.why = N_("VMD hides devices in a PCI domain of its own and does DMA for them with "
			  "its own address. The "
			  "IOMMU sees one device, the VMD controller, so they cannot be handed "
			  "over one by one."),
		.references = {"https://docs.kernel.org/PCI/index.html"},
		.evaluate = behind_vmd,
		.variants = {{
			N_("{device} sits behind Intel VMD (domain {domain})"),
			N_("It cannot be given away alone; the VMD controller could, with "
			   "everything behind it."),
			{{OWNER_FIRMWARE,
			  N_("disable VMD (Volume Management Device, RST) for this slot in "
			     "firmware setup; check first that the host does not boot from a VMD "
			     "RAID"),
			  NULL}},
		}},
	},
	{
		.id = "device.nvswitch-missing",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("the NVSwitches of an NVLink GPU stay behind"),
		.why = N_("GPUs of an HGX board reach each other through NVSwitches. A guest with "
			  "GPUs but without a "
			  "configured fabric gets CUDA error 802: either the switches go to the VM "
			  "with all GPUs, or "
			  "a fabric manager on the host or in a service VM sets up partitions."),
		.references =
			{"https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/"},
		.evaluate = nvswitch_missing,
		.variants =
			{
				{
					N_("NVSwitches {switches} stay behind: {device} will not "
					   "start without its fabric"),
					N_("No fabric manager was seen on the host, and the "
					   "switches are not handed over."),
					{{OWNER_VFIOKIT,
					  N_("hand over all GPUs of the board with all its "
					     "NVSwitches"),
					  "vfiokit configure {gpus} {switches}"},
					 {OWNER_USER,
					  N_("or run NVIDIA's fabric manager in shared NVSwitch "
					     "mode"),
					  NULL}},
				},
				{
					N_("NVSwitches {switches} stay with the host, where a "
					   "fabric manager runs"),
					N_("That is the shared NVSwitch model: activate the "
					   "partition before the VM starts."),
					{{OWNER_USER,
					  N_("list the fabric partitions, and activate the GPU's "
					     "before starting the VM"),
					  "fmpm -l"}},
				},
			},
	},
	{
		.id = "device.integrated-graphics",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_GUEST,
		.title = N_("integrated graphics is hard to pass through"),
		.why = N_("An integrated GPU shares memory, firmware tables and often the only "
			  "display with the host; it "
			  "usually has no ROM of its own and no reliable reset."),
		.references = {"https://www.qemu.org/docs/master/system/igd-assign.html"},
		.evaluate = integrated_graphics,
		.variants =
			{
				{
					N_("{device} is Intel integrated graphics"),
					N_("It needs QEMU's IGD mode (OpRegion, often a romfile) "
					   "in the guest."),
					{{OWNER_USER,
					  N_("consider SR-IOV or GVT-g where the generation has "
					     "it, or see QEMU's notes "
					     "on IGD assignment"),
					  NULL}},
				},
				{
					N_("{device} is AMD integrated graphics"),
					N_("It has no reliable reset and its ROM lies in the "
					   "host's firmware: expect one VM start "
					   "per host boot, and a romfile."),
					{{OWNER_USER,
					  N_("plan for a host reboot between VM starts"), NULL}},
				},
			},
	},
	{
		.id = "device.assigned",
		.severity = SEVERITY_INFO,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_NOTHING,
		.title = N_("the device is in a running VM"),
		.why = N_("A process has the device's VFIO group or node open. Only one can."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = assigned,
		.variants = {{
			N_("{device} is in use by {process}"),
			N_("Another VM that wants it gets \"Device or resource busy\"."),
			{{OWNER_USER, N_("nothing to do, unless another VM is to have it"), NULL}},
		}},
	},
};

const struct check_table checks_device_kinds = {rows, ARRAY_SIZE(rows)};
