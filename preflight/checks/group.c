/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks group.*: what has to go together with a target, and whether that is possible. */
#include "preflight/checks/check.h"
#include "preflight/checks/device_relations.h"
#include "preflight/checks/isolation.h"

/* -- group.missing ------------------------------------------------------------------------------
 */

enum { MISSING, MISSING_BEHIND_VMD, MISSING_GRAPHICS };

static bool is_intel_graphics(const struct device *device)
{
	return device->vendor_id == 0x8086 && device_is_display(device) && !device->parent &&
	       !device->parent_unknown;
}

static void group_missing(const struct facts *facts, const struct device *device,
			  struct finding *finding)
{
	if (device->is_bridge)
		return;
	if (device->has_group == YES) {
		finding_pass(finding);
		return;
	}
	if (facts->iommu.active == NO)
		return; /* no device has one: iommu.* tells why */
	/* Behind an SMMU, Linux makes the group when the first driver probes the device
	 * (of_iommu.c, acpi/arm64/iort.c): one without a driver has none yet. */
	if (facts->iommu.kind == IOMMU_SMMU && device->has_driver == NO)
		return;
	if (device->has_group == UNKNOWN || facts->iommu.active == UNKNOWN) {
		finding_unknown(finding, "/sys/kernel/iommu_groups");
		return;
	}
	if (device->domain > 0xffff)
		finding_fail(finding, MISSING_BEHIND_VMD);
	else
		finding_fail(finding, is_intel_graphics(device) ? MISSING_GRAPHICS : MISSING);
	finding_evidence_device(finding, device, "", "has no iommu_group");
	finding_evidence_event(finding, &facts->log,
			       log_find(&facts->log, LOG_VFIO_PROBE_FAILED, device->address));
}

/* -- group.not-viable
 * ------------------------------------------------------------------------------ */

/* The first critical use, so that the finding can say what would be lost. */
static const struct use *critical_use(const struct device *device)
{
	for_each (use, &device->uses)
		if (use->critical)
			return use;
	return NULL;
}

enum { VIABLE_HELD, VIABLE_HELD_SAME_CARD, VIABLE_HELD_BUILT_IN };

static void group_not_viable(const struct facts *facts, const struct device *device,
			     struct finding *finding)
{
	struct strings held = {0};
	bool same_card = true, unread = facts->devices_partial;

	if (device->is_bridge || device->has_group == NO)
		return;
	if (!device->group) { /* not known, or a group of which nothing is known */
		finding_unknown(finding, "/sys/kernel/iommu_groups");
		return;
	}
	for_each (member, &device->group->devices) {
		const struct device *other = *member;
		const struct use *use = critical_use(other);

		if (other == device || other->target || !device_may_hold_group(other))
			continue;
		unread |= other->has_driver == UNKNOWN;
		if (other->has_driver != YES)
			continue;
		strings_add(finding->arena, &held,
			    arena_printf(finding->arena, "%s (%s%s%s)", other->address,
					 other->driver, use ? ", " : "", use ? use->what : ""));
		finding_evidence_device(finding, other, "driver", "-> %s", other->driver);
		same_card &= devices_related(device, other);
	}
	if (!held.count) {
		if (unread)
			finding_unknown(finding, "/sys/bus/pci/devices");
		else
			finding_pass(finding);
		return;
	}
	if (device_is_built_in(facts, device))
		finding_fail(finding, VIABLE_HELD_BUILT_IN);
	else
		finding_fail(finding, same_card ? VIABLE_HELD_SAME_CARD : VIABLE_HELD);
	finding_set(finding, "group", "%d", device->group->id);
	finding_set(finding, "held", "%s", strings_join(finding->arena, &held, ", "));
}

/* -- group.dma-alias
 * --------------------------------------------------------------------------------- */

static void dma_alias(const struct facts *facts, const struct device *device,
		      struct finding *finding)
{
	const struct log_event *event = log_find(&facts->log, LOG_DMA_ALIAS, device->address);
	struct device_range bus = facts_same_bus(facts, device);
	struct strings sharers = {0};

	if (device->is_bridge)
		return;
	if (device->vendor_id < 0 || device->device_id < 0) {
		finding_unknown(finding,
				arena_printf(finding->arena, "/sys/bus/pci/devices/%s/device",
					     device->address));
		return;
	}
	for_each (other, &bus)
		if (other != device && devices_share_requester(facts, device, other)) {
			strings_add(finding->arena, &sharers, other->address);
			finding_evidence_device(finding, device, "",
						"%s uses the requester id of %s", device->address,
						other->address);
		}
	if (!sharers.count) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "others", "%s", strings_join(finding->arena, &sharers, ", "));
	finding_evidence_event(finding, &facts->log, event);
}

/* -- the rows
 * ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "group.missing",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_ARGUMENT_ADD,
		.title = N_("the device has no IOMMU group"),
		.why = N_("The IOMMU works, but not for this device: its unit was ignored, or it "
			  "sits where no unit "
			  "covers it. vfio-pci answers EINVAL (-22) for such a device."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = group_missing,
		.variants =
			{
				[MISSING] =
					{
						N_("{device} has no IOMMU group"),
						N_("The IOMMU is active for other devices, but no "
						   "unit covers this one."),
						{{OWNER_FIRMWARE,
						  N_("update the firmware: its table decides which "
						     "unit covers a device"),
						  NULL}},
					},
				[MISSING_GRAPHICS] =
					{
						N_("{device} has no IOMMU group"),
						N_("The kernel leaves integrated graphics out of "
						   "translation; iommu.graphics-excluded tells "
						   "why."),
						{{OWNER_VFIOKIT,
						  N_("have the kernel translate it, too"),
						  "vfiokit configure {device}"}},
					},
				[MISSING_BEHIND_VMD] =
					{
						N_("{device} has no IOMMU group: it sits behind "
						   "Intel VMD"),
						N_("Devices in a VMD domain do their DMA as the "
						   "VMD controller, and this kernel puts "
						   "them into no group."),
						{{OWNER_FIRMWARE,
						  N_("disable VMD for this slot in firmware setup, "
						     "unless the host boots from "
						     "a VMD RAID"),
						  NULL}},
					},
			},
	},
	{
		.id = "group.not-viable",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("another device of the group is held by a host driver"),
		.why = N_("VFIO hands over whole IOMMU groups. Every endpoint in the group must be "
			  "on a VFIO driver or "
			  "have none; bridges and ports stay with the host and do not count."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = group_not_viable,
		.cured_by_configure = true,
		.variants =
			{
				[VIABLE_HELD] =
					{
						N_("group {group} also holds {held}"),
						N_("The group can only be handed over as a whole, "
						   "so the host would lose that too."),
						{{OWNER_USER,
						  N_("another slot may isolate the card: see which "
						     "and why"),
						  "vfiokit explain {device}"},
						 {OWNER_VFIOKIT,
						  N_("or hand over the whole group, if the host "
						     "can do without it"),
						  "vfiokit configure {device} --with-group"}},
					},
				[VIABLE_HELD_SAME_CARD] =
					{
						N_("group {group} also holds {held}: another "
						   "function of the same card"),
						N_("All functions of a card in one group go to the "
						   "VM together."),
						{{OWNER_VFIOKIT,
						  N_("hand over all functions of the card"),
						  "vfiokit configure {device} --with-group"}},
					},
				[VIABLE_HELD_BUILT_IN] =
					{
						N_("group {group} also holds {held}"),
						N_("{device} is built into the processor or "
						   "chipset, and so is what it shares the group "
						   "with: the group can only be handed over as a "
						   "whole, and no slot changes that."),
						{{OWNER_USER,
						  N_("leave it with the host, and give the VM a "
						     "card of its own instead"),
						  NULL},
						 {OWNER_VFIOKIT,
						  N_("or hand over the whole group, if the host "
						     "can do without it"),
						  "vfiokit configure {device} --with-group"}},
					},
			},
	},
	{
		.id = "group.not-isolated",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_HARDWARE,
		.title = N_("devices of other cards share the group"),
		.why = N_("Devices in one group can reach each other without the IOMMU seeing it: "
			  "a port between them "
			  "lacks Access Control Services (ACS)."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = judge_not_isolated,
		.variants =
			{
				[SHARED] =
					{
						N_("group {group} is shared with {others}"),
						N_("These are other cards: they can talk to "
						   "{device} past the IOMMU, and they have to be "
						   "handed over with it."),
						{{OWNER_FIRMWARE,
						  N_("enable ACS in firmware setup, where there is "
						     "such an option"),
						  NULL},
						 {OWNER_USER,
						  N_("or use another slot: see which would isolate "
						     "the card"),
						  "vfiokit explain {device}"}},
					},
				[SHARED_BUILT_IN] =
					{
						N_("group {group} is shared with {others}"),
						N_("{device} is built into the processor or "
						   "chipset: it can talk to these past the IOMMU, "
						   "and no slot changes that."),
						{{OWNER_FIRMWARE,
						  N_("enable ACS in firmware setup, where there is "
						     "such an option"),
						  NULL}},
					},
				[SHARED_ONCE_ON] =
					{
						N_("{device} would share its group with {others}"),
						N_("There are no groups yet; this is what the "
						   "kernel will make of this topology once the "
						   "IOMMU is on."),
						{{OWNER_FIRMWARE,
						  N_("enable ACS in firmware setup, where there is "
						     "such an option"),
						  NULL},
						 {OWNER_USER, N_("or use another slot"),
						  "vfiokit explain {device}"}},
					},
				[SHARED_BY_KERNEL] =
					{
						N_("group {group} is shared with {others}: this "
						   "kernel joins what the ports keep apart"),
						N_("By their topology and ACS these cards would "
						   "have groups of their own. Kernels differ "
						   "here: an update can join groups that were "
						   "separate, or split them."),
						{{OWNER_USER,
						  N_("boot the kernel under which they were "
						     "separate, and report the new one to "
						     "the distribution"),
						  NULL},
						 {OWNER_USER, N_("or use another slot"),
						  "vfiokit explain {device}"}},
					},
				[HOLE_IN_SWITCH] =
					{
						N_("a switch may let {others} reach {device} past "
						   "the IOMMU"),
						N_("The kernel gives them groups of their own, so "
						   "they can be handed over apart. What keeps them "
						   "apart is less than the groups promise."),
						{{OWNER_USER,
						  N_("give cards below one switch to one guest, or "
						     "use a slot that is not below it"),
						  "vfiokit explain {device}"}},
					},
				[HOLE_IN_KERNEL] =
					{
						N_("{device} is apart from {others}, but no port "
						   "is seen to keep them apart"),
						N_("By their ports and ACS these cards would be "
						   "one group. A kernel with the ACS override "
						   "built in claims such groups."),
						{{OWNER_USER,
						  N_("do not give them to guests that must not "
						     "reach each other"),
						  NULL}},
					},
			},
	},
	{
		.id = "group.acs-override",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_ARGUMENT_REMOVE,
		.title = N_("the ACS override is active: isolation is only claimed"),
		.why = N_(
			"pcie_acs_override is a patch outside the mainline kernel. It makes Linux "
			"believe that ports "
			"have ACS; the hardware still lets devices reach each other and the host."),
		.references = {"https://lkml.org/lkml/2013/5/30/513"},
		.evaluate = judge_acs_override,
		.variants =
			{
				[OVERRIDE_ACTIVE] =
					{
						N_("the ACS override is active: group boundaries "
						   "are only claimed"),
						N_("The groups look split, but nothing in the "
						   "hardware keeps their devices apart."),
						{{OWNER_USER,
						  N_("do not run untrusted guests on this host; "
						     "better, remove "
						     "pcie_acs_override and use slots that "
						     "isolate"),
						  NULL}},
					},
				[OVERRIDE_MAYBE] =
					{
						N_("pcie_acs_override is given: on a kernel with "
						   "that patch, groups are only claimed"),
						N_("The kernel log, which would tell whether this "
						   "kernel has the patch, is not "
						   "available from its beginning."),
						{{OWNER_USER, N_("look at the log of the boot"),
						  "journalctl -k -b | grep -i acs"}},
					},
			},
	},
	{
		.id = "group.acs-override-ineffective",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_ARGUMENT_REMOVE,
		.title = N_("pcie_acs_override has no effect on this kernel"),
		.why = N_("Only patched kernels (Proxmox, Unraid, zen and some others) know the "
			  "parameter."),
		.references = {"https://docs.kernel.org/admin-guide/kernel-parameters.html"},
		.evaluate = judge_acs_override_ineffective,
		.variants = {{
			N_("pcie_acs_override is given, but this kernel lacks the patch"),
			N_("Mainline kernels ignore the parameter; groups are what the hardware "
			   "makes them."),
			{{OWNER_USER,
			  N_("remove it; kernels from 6.11 on have pci=config_acs= for ports that "
			     "do have ACS"),
			  NULL}},
		}},
	},
	{
		.id = "group.dma-alias",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("the device shares a requester id with another function"),
		.why = N_("Some devices do DMA with the address of another function. The IOMMU "
			  "cannot tell the two apart, "
			  "so they are in one group and must go together."),
		.references = {"https://docs.kernel.org/PCI/index.html"},
		.evaluate = dma_alias,
		.variants = {{
			N_("{device} shares a requester id with {others}"),
			N_("The IOMMU sees both as one device."),
			{{OWNER_VFIOKIT, N_("hand them over together"),
			  "vfiokit configure {device} --with-group"}},
		}},
	},
};

const struct check_table checks_group = {rows, ARRAY_SIZE(rows)};
