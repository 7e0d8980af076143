/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks platform.requirement and device.slot-number: rules of the platforms that devices are handed to. */
#include "preflight/checks/device_relations.h"
#include "preflight/checks/platform_rules.h"

enum { ROW_REQUIREMENT, ROW_SLOT, ROW_COUNT };
static const struct check rows[ROW_COUNT];

static bool concerns(const struct facts *facts, enum platform platform)
{
	return facts->platforms.named[platform] || facts->platforms.found[platform];
}

struct finding *requirement_broken(struct requirements *requirements, const struct device *device,
				   enum requirement requirement)
{
	struct finding *finding = finding_begin(requirements->findings, &rows[ROW_REQUIREMENT],
						device, device ? device->address : NULL);

	requirements->any = true;
	finding_fail(finding, requirement);
	finding_set(finding, "title", "%s", platform_title(requirements->platform));
	return finding;
}

void requirement_unread(struct requirements *requirements, const char *path)
{
	finding_unknown(finding_begin(requirements->findings, &rows[ROW_REQUIREMENT], NULL, NULL),
			path);
	requirements->any = true;
}

/* -- all of them ------------------------------------------------------------------------------------------- */

static void (*const judges[PLATFORM_COUNT])(struct requirements *requirements) = {
	[PLATFORM_PROXMOX] = requirements_proxmox,
	[PLATFORM_CLOUDPODS] = requirements_cloudpods,
	[PLATFORM_ABLESTACK] = requirements_domains,
	[PLATFORM_MORPHEUS] = requirements_morpheus,
	[PLATFORM_KUBEVIRT] = requirements_kubevirt,
	[PLATFORM_GPU_OPERATOR] = requirements_gpu_operator,
	[PLATFORM_NOVA] = requirements_domains,
};

static struct finding *placeholder_find(struct findings *findings)
{
	for_each (finding, findings)
		if (finding->check == &rows[ROW_REQUIREMENT])
			return finding;
	return NULL;
}

static void placeholder_drop(struct findings *findings, struct finding *placeholder)
{
	size_t behind = findings->count - (size_t)(placeholder - findings->items) - 1;

	memmove(placeholder, placeholder + 1, behind * sizeof(*placeholder));
	findings->count--;
}

void platform_judge(const struct facts *facts, struct findings *findings)
{
	struct requirements requirements = {.facts = facts, .findings = findings};
	struct finding *placeholder = placeholder_find(findings);
	size_t first = findings->count, at;

	if (!placeholder)
		return;
	at = (size_t)(placeholder - findings->items);
	for (size_t i = 0; i < PLATFORM_COUNT; i++) {
		requirements.platform = (enum platform)i;
		if (judges[i] && concerns(facts, requirements.platform))
			judges[i](&requirements);
	}
	for (size_t i = first; i < findings->count; i++)
		finding_finish(&findings->items[i]);
	/* The array may have moved. */
	placeholder = &findings->items[at];
	if (findings->count > first)
		placeholder_drop(findings, placeholder);
	else if (requirements.any)
		finding_pass(placeholder);
}

/* Findings are made by platform_judge(), because one row has many. */
static void leave_to_platforms(const struct facts *facts, const struct device *device,
			       struct finding *finding)
{
	(void)facts;
	(void)device;
	(void)finding;
}

static void slot_number(const struct facts *facts, const struct device *device,
			struct finding *finding)
{
	if (!concerns(facts, PLATFORM_ABLESTACK) || device->is_bridge)
		return;
	if (!platform_ablestack_miswrites(device->slot)) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "slot", "0x%02x", device->slot);
	finding_set(finding, "written", "0x%u", device->slot);
	finding_evidence_at(finding, "/sys/bus/pci/devices", 0, "%s", device->address);
}

/* -- the rows ---------------------------------------------------------------------------------------------- */

static const struct check rows[ROW_COUNT] =
	{
		[ROW_REQUIREMENT] =
			{
				.id = "platform.requirement",
				.severity = SEVERITY_WARNING,
				.scope = SCOPE_HOST,
				.by_hand = BY_HAND_GUEST,
				.title = N_("the platform asks for more than VFIO does"),
				.why = N_("Platforms have rules of their own: words that they look "
					  "for on the kernel "
					  "command line, addresses that they cannot write, files "
					  "that must still "
					  "describe the device. They are judged where the platform "
					  "is found on the "
					  "host, or named with --for."),
				.references =
					{"https://pve.proxmox.com/wiki/PCI_Passthrough",
					 "https://www.cloudpods.org/",
					 "https://kubevirt.io/user-guide/compute/host-devices/",
					 "https://docs.openstack.org/nova/latest/admin/"
					 "pci-passthrough.html"},
				.evaluate = leave_to_platforms,
				.variants =
					{
						[REQUIREMENT_DOMAIN] =
							{
								N_("{title} cannot name {device}: "
								   "it knows PCI domains up to "
								   "{last}"),
								N_("The platform would hand over "
								   "another device with the same "
								   "bus and slot, or none."),
								{{OWNER_USER,
								  N_("use a device of another "
								     "domain; behind Intel VMD: "
								     "switch VMD off "
								     "for its slot in firmware "
								     "setup"),
								  NULL}},
							},
						[REQUIREMENT_WORDS] =
							{
								N_("{title} looks for words that "
								   "the kernel command line lacks: "
								   "{words}"),
								N_("Its host agent compares whole "
								   "words and does not offer the "
								   "device without them, whatever "
								   "the IOMMU does. "
								   "allow_unsafe_interrupts=1 lets "
								   "a VM forge interrupts where "
								   "interrupt remapping is "
								   "missing; where it works it "
								   "changes nothing."),
								{{OWNER_VFIOKIT,
								  N_("add them, exactly as they "
								     "stand here"),
								  "vfiokit configure {arguments}"}},
							},
						[REQUIREMENT_BOOT_GPU] =
							{
								N_("{title} leaves {device} out: "
								   "it is the boot GPU"),
								N_("Its host agent skips the GPU "
								   "that firmware started with."),
								{{OWNER_USER,
								  N_("set use_boot_vga: true in "
								     "/etc/yunion/host.conf, if "
								     "the host can do without its "
								     "console"),
								  NULL}},
							},
						[REQUIREMENT_PROBE_OFF] =
							{
								N_("{title} does not look for "
								   "{device}: {key} is true"),
								N_("Its host agent skips this kind "
								   "of device."),
								{{OWNER_USER,
								  N_("set {key}: false in "
								     "/etc/yunion/host.conf and "
								     "restart the host "
								     "agent"),
								  NULL}},
							},
						[REQUIREMENT_MAPPING] =
							{
								N_("the mapping {mapping} has "
								   "{key} {expected} for {path}, "
								   "the host has "
								   "{found}"),
								N_("Addresses or groups have "
								   "changed since the mapping was "
								   "made. Proxmox "
								   "refuses to start a VM with a "
								   "mapping that no longer fits."),
								{{OWNER_USER,
								  N_("look which device stands "
								     "there now, then correct the "
								     "mapping (Datacenter, "
								     "Resource Mappings)"),
								  NULL}},
							},
						[REQUIREMENT_MAPPING_GONE] =
							{
								N_("the mapping {mapping} names "
								   "{path}, and there is no such "
								   "device"),
								N_("The device has another address "
								   "now, or is gone. Proxmox "
								   "refuses to start a VM with "
								   "this mapping."),
								{{OWNER_USER,
								  N_("find the device and correct "
								     "the mapping (Datacenter, "
								     "Resource Mappings)"),
								  NULL}},
							},
						[REQUIREMENT_Q35] =
							{
								N_("VM {vm} has {device} with "
								   "pcie=1, but is no q35 machine"),
								N_("Only the machine type q35 has "
								   "PCI Express. Proxmox refuses "
								   "to start the VM."),
								{{OWNER_USER,
								  N_("give the VM the machine type "
								     "q35, or leave pcie=1 out"),
								  "qm set {vm} --machine q35"}},
							},
						[REQUIREMENT_GROUP_TAKEN] =
							{
								N_("a VM with {device} takes from "
								   "the host what shares its "
								   "group: {others}"),
								N_("At the start of a VM Proxmox "
								   "gives every device of the "
								   "IOMMU group but bridges to "
								   "vfio-pci, also one that the "
								   "host is using."),
								{{OWNER_USER,
								  N_("hand these over too, or put "
								     "the device into another "
								     "slot; do not "
								     "start such a VM before"),
								  NULL}},
							},
						[REQUIREMENT_TWIN] =
							{
								N_("a VM with {device} takes "
								   "{others} from the host too: "
								   "the same ids "
								   "({id}), and no driver"),
								N_("At the start of a VM Proxmox "
								   "tells vfio-pci the ids of the "
								   "device, which then takes every "
								   "function with these ids that "
								   "has no driver."),
								{{OWNER_USER,
								  N_("give the other one its "
								     "driver before the VM starts"),
								  NULL}},
							},
						[REQUIREMENT_ONE_IN_GROUP] =
							{
								N_("{device} shares its group with "
								   "{others}; {title} hands out "
								   "each device for itself"),
								N_("Two VMs that are given members "
								   "of one group cannot both "
								   "start. The others of the group "
								   "must be on vfio-pci all the "
								   "same."),
								{{OWNER_USER,
								  N_("permit one device of the "
								     "group, and keep the others "
								     "on vfio-pci"),
								  NULL}},
							},
						[REQUIREMENT_WHOLE_GROUP] =
							{
								N_("{device} shares its group with "
								   "{others}: in {title} they have "
								   "to be assigned together"),
								N_("Its record of the device shows "
								   "an iommuDeviceCount above 1."),
								{{OWNER_USER,
								  N_("assign all of them to the "
								     "same VM"),
								  NULL}},
							},
						[REQUIREMENT_NVIDIA] =
							{
								N_("{device} is no NVIDIA device: "
								   "the {title} does not handle "
								   "it"),
								N_("Its vfio-manager binds "
								   "NVIDIA's devices only."),
								{{OWNER_USER,
								  N_("hand it over with KubeVirt "
								     "alone (--for kubevirt)"),
								  NULL}},
							},
						[REQUIREMENT_ALL_GPUS] =
							{
								N_("the {title} wants all NVIDIA "
								   "GPUs of a node on vfio-pci; "
								   "these are not: {others}"),
								N_("A node has one mode for all "
								   "its GPUs, and its validator "
								   "waits until every one is on a "
								   "VFIO driver."),
								{{OWNER_USER,
								  N_("hand over all GPUs of this "
								     "node, or use another node"),
								  NULL}},
							},
					},
			},
		[ROW_SLOT] =
			{
				.id = "device.slot-number",
				.severity = SEVERITY_INFO,
				.scope = SCOPE_DEVICE,
				.by_hand = BY_HAND_GUEST,
				.title = N_("the platform's dialog writes this slot number wrong"),
				.why = N_("ABLESTACK Mold's dialog writes \"0x\" before the "
					  "decimal digits of the slot, so "
					  "that slots from 0x0a on become others."),
				.references = {"https://docs.cloudstack.apache.org/en/latest/"
					       "adminguide/hosts.html"},
				.evaluate = slot_number,
				.variants =
					{
						{
							N_("ABLESTACK Mold's dialog writes slot "
							   "{slot} of {device} as {written}"),
							N_("The VM would be given another device, "
							   "or would not start."),
							{{OWNER_USER,
							  N_("set the VM's extraconfig by hand, as "
							     "handover prints it, or use a slot "
							     "below 0x0a"),
							  NULL}},
						}},
			},
};

const struct check_table checks_platform = {rows, ARRAY_SIZE(rows)};
