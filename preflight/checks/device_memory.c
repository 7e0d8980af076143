/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks device.*: memory of the device that firmware or its picture keeps. */
#include "preflight/checks/check.h"
#include "preflight/checks/device_relations.h"

/* -- device.framebuffer-holds-bar
 * ----------------------------------------------------------------------- */

enum { HELD_BY_DRIVER, HELD_BY_NOBODY, ONLY_HELD_BY_DRIVER, ONLY_HELD_BY_NOBODY };

/* A region that is only named after what it was is left over from firmware; no driver has it. */
static unsigned held_variant(const struct facts *facts, const struct device *device,
			     const char *owner)
{
	bool nobody = !owner || streq(owner, "BOOTFB");

	if (device_is_only_display(facts, device))
		return nobody ? ONLY_HELD_BY_NOBODY : ONLY_HELD_BY_DRIVER;
	return nobody ? HELD_BY_NOBODY : HELD_BY_DRIVER;
}

static void framebuffer_holds_bar(const struct facts *facts, const struct device *device,
				  struct finding *finding)
{
	const struct log_event *busy = log_find(&facts->log, LOG_BAR_BUSY, device->address);

	if (!device_is_display(device))
		return;
	for_each (framebuffer, &facts->usage.boot_framebuffers)
		if (framebuffer->device == device) {
			finding_fail(finding, held_variant(facts, device, framebuffer->owner));
			finding_set(finding, "owner", "%s", framebuffer->owner);
			finding_evidence(finding, &framebuffer->origin);
		}
	if (finding->result == RESULT_FAIL) {
		finding_evidence_event(finding, &facts->log, busy);
		return;
	}
	if (facts->usage.iomem_readable == YES) {
		finding_pass(finding);
	} else if (busy) {
		finding_fail(finding, held_variant(facts, device, NULL));
		finding_set(finding, "owner", _("the boot framebuffer"));
		finding_evidence_event(finding, &facts->log, busy);
	} else if (device->boot_vga == NO && device->boot_framebuffer != YES) {
		finding_pass(finding); /* firmware drew on another device */
	} else {
		finding_unknown(finding, "/proc/iomem");
	}
}

/* -- device.reserved-memory
 * -------------------------------------------------------------------------------- */

static bool quote_direct_regions(struct finding *finding, const struct group *group)
{
	bool found = false;

	for_each (region, &group->reserved)
		if (region->type == REGION_DIRECT) {
			found = true;
			finding_evidence(finding, &region->origin);
		}
	return found;
}

/* The group's own list is the truth; without one, what the firmware's table asks for. */
static bool quote_firmware_regions(const struct facts *facts, const struct device *device,
				   struct finding *finding)
{
	bool found = false;

	for_each (region, &facts->iommu.firmware_regions) {
		bool named = region->all_devices;

		for_each (other, &region->devices)
			named |= *other == device;
		if (!named || region->relaxable)
			continue;
		found = true;
		finding_evidence(finding, &region->origin);
	}
	return found;
}

enum { RESERVED, RESERVED_SLOT, RESERVED_SLOTS, RESERVED_GEN8_SLOT, RESERVED_GEN8 };

/* Which machine's setup can help, as far as its name tells. */
static unsigned reserved_variant(const struct facts *facts, const struct device *device)
{
	const char *product = facts->machine.dmi_product;
	bool slot = device->physical_slot >= 0;

	if (!product || !strstr(product, "ProLiant"))
		return RESERVED;
	if (strstr(product, "Gen8"))
		return slot ? RESERVED_GEN8_SLOT : RESERVED_GEN8;
	return slot ? RESERVED_SLOT : RESERVED_SLOTS;
}

static bool firmware_has_table(const struct facts *facts)
{
	const enum truth *present = facts->iommu.table_present;

	return present[TABLE_DMAR] == YES || present[TABLE_IVRS] == YES ||
	       present[TABLE_IORT] == YES;
}

static void reserved_memory(const struct facts *facts, const struct device *device,
			    struct finding *finding)
{
	const struct log_event *refused =
		log_find(&facts->log, LOG_RMRR_INELIGIBLE, device->address);
	bool listed = device->group && device->group->reserved_known == YES;
	bool found;

	if (device->is_bridge)
		return;
	found = listed ? quote_direct_regions(finding, device->group)
		       : quote_firmware_regions(facts, device, finding);
	if (found || refused) {
		finding_fail(finding, reserved_variant(facts, device));
		finding_set(finding, "slot", "%d", device->physical_slot);
		finding_evidence_event(finding, &facts->log, refused);
		if (facts->machine.dmi_product)
			finding_evidence_at(finding, "/sys/class/dmi/id/product_name", 0, "%s",
					    facts->machine.dmi_product);
		return;
	}
	if (listed || facts->iommu.firmware_regions_known == YES) {
		finding_pass(finding);
		return;
	}
	if (facts->iommu.active == NO && !firmware_has_table(facts))
		return; /* firmware announces no IOMMU yet, and nothing that it would exempt */
	finding_unknown(finding,
			device->group ? arena_printf(finding->arena,
						     "/sys/kernel/iommu_groups/%d/reserved_regions",
						     device->group->id)
				      : "/sys/firmware/acpi/tables");
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "device.framebuffer-holds-bar",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_ARGUMENT_ADD,
		.title = N_("the boot framebuffer holds a BAR of the device"),
		.why = N_("Firmware drew its picture with this device, and a simple driver (efifb, "
			  "simplefb, simpledrm) "
			  "still claims that memory. vfio-pci then cannot reserve the BAR (\"can't "
			  "reserve\")."),
		.references = {"https://docs.kernel.org/fb/efifb.html"},
		.evaluate = framebuffer_holds_bar,
		.variants =
			{
				[HELD_BY_DRIVER] =
					{
						N_("{owner} holds memory of {device}"),
						N_("The range that firmware's picture lies in is "
						   "still claimed, so the VM cannot map that "
						   "BAR."),
						{{OWNER_FIRMWARE,
						  N_("make another graphics device the primary one "
						     "in firmware setup"),
						  NULL},
						 {OWNER_USER,
						  N_("or keep the framebuffer drivers away from it "
						     "(the host then has no early "
						     "console): add initcall_blacklist=sysfb_init "
						     "to the kernel command "
						     "line"),
						  NULL},
						 {OWNER_USER,
						  N_("or unbind it from its driver before the VM "
						     "starts; binding it again "
						     "afterwards often fails"),
						  NULL}},
					},
				[HELD_BY_NOBODY] =
					{
						N_("{owner} holds memory of {device}"),
						N_("The range that firmware's picture lies in is "
						   "still claimed, so the VM cannot map that "
						   "BAR."),
						{{OWNER_FIRMWARE,
						  N_("make another graphics device the primary one "
						     "in firmware setup"),
						  NULL},
						 {OWNER_USER,
						  N_("or keep the framebuffer drivers away from it "
						     "(the host then has no early "
						     "console): add initcall_blacklist=sysfb_init "
						     "to the kernel command "
						     "line"),
						  NULL}},
					},
				[ONLY_HELD_BY_DRIVER] =
					{
						N_("{owner} holds memory of {device}"),
						N_("The range that firmware's picture lies in is "
						   "still claimed, so the VM cannot map that "
						   "BAR."),
						{{OWNER_USER,
						  N_("keep the framebuffer drivers away from it "
						     "(the host then has no early "
						     "console): add initcall_blacklist=sysfb_init "
						     "to the kernel command "
						     "line"),
						  NULL},
						 {OWNER_USER,
						  N_("or unbind it from its driver before the VM "
						     "starts; binding it again "
						     "afterwards often fails"),
						  NULL}},
					},
				[ONLY_HELD_BY_NOBODY] =
					{
						N_("{owner} holds memory of {device}"),
						N_("The range that firmware's picture lies in is "
						   "still claimed, so the VM cannot map that "
						   "BAR."),
						{{OWNER_USER,
						  N_("keep the framebuffer drivers away from it "
						     "(the host then has no early "
						     "console): add initcall_blacklist=sysfb_init "
						     "to the kernel command "
						     "line"),
						  NULL}},
					},
			},
	},
	{
		.id = "device.reserved-memory",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_FIRMWARE,
		.title = N_("firmware has reserved memory for the device (RMRR, IVMD)"),
		.why = N_("Firmware wants the device to keep reaching a memory range at the same "
			  "address, for example "
			  "to report to the management controller. VFIO cannot promise that and "
			  "refuses the device. No "
			  "kernel parameter of a stock kernel changes it. USB and graphics ranges "
			  "are exempt."),
		.references =
			{"https://access.redhat.com/sites/default/files/attachments/rmrr-wp1.pdf"},
		.evaluate = reserved_memory,
		.variants =
			{
				[RESERVED] =
					{
						N_("firmware demands a 1:1 memory mapping for "
						   "{device}: VFIO will refuse it"),
						N_("The firmware's table names this device in a "
						   "reserved memory region."),
						{{OWNER_FIRMWARE,
						  N_("look in firmware setup for shared memory, "
						     "legacy USB, IDE "
						     "redirection or management features of this "
						     "slot, and disable them"),
						  NULL},
						 {OWNER_USER, N_("or use another slot or device"),
						  "vfiokit list"}},
					},
				[RESERVED_SLOT] =
					{
						N_("firmware demands a 1:1 memory mapping for "
						   "{device}: VFIO will refuse it"),
						N_("HPE ProLiant firmware reserves memory for the "
						   "card in slot {slot} so that it can "
						   "report to iLO."),
						{{OWNER_FIRMWARE,
						  N_("Gen9 and later: System Configuration, BIOS, "
						     "PCI Device Configuration: "
						     "disable Shared Memory Features for slot "
						     "{slot}"),
						  NULL},
						 {OWNER_USER, N_("or use another slot or device"),
						  "vfiokit list"}},
					},
				[RESERVED_SLOTS] =
					{
						N_("firmware demands a 1:1 memory mapping for "
						   "{device}: VFIO will refuse it"),
						N_("HPE ProLiant firmware reserves memory for "
						   "cards in its slots so that they can report "
						   "to iLO."),
						{{OWNER_FIRMWARE,
						  N_("Gen9 and later: System Configuration, BIOS, "
						     "PCI Device Configuration: "
						     "disable Shared Memory Features for the "
						     "card's slot"),
						  NULL},
						 {OWNER_USER, N_("or use another slot or device"),
						  "vfiokit list"}},
					},
				[RESERVED_GEN8_SLOT] =
					{
						N_("firmware demands a 1:1 memory mapping for "
						   "{device}: VFIO will refuse it"),
						N_("HPE ProLiant firmware reserves memory for the "
						   "card in slot {slot} so that it can "
						   "report to iLO. The setup of a Gen8 has no menu "
						   "for it."),
						{{OWNER_FIRMWARE,
						  N_("set RMRDS_Slot{slot} to Endpoints_Excluded "
						     "with HPE's conrep tool "
						     "(Scripting Toolkit), then power off and on"),
						  NULL},
						 {OWNER_USER, N_("or use another slot or device"),
						  "vfiokit list"}},
					},
				[RESERVED_GEN8] =
					{
						N_("firmware demands a 1:1 memory mapping for "
						   "{device}: VFIO will refuse it"),
						N_("HPE ProLiant firmware reserves memory for "
						   "cards in its slots so that they can report "
						   "to iLO. The setup of a Gen8 has no menu for "
						   "it."),
						{{OWNER_FIRMWARE,
						  N_("set RMRDS_SlotN of the card's slot N to "
						     "Endpoints_Excluded with HPE's "
						     "conrep tool (Scripting Toolkit), then power "
						     "off and on"),
						  NULL},
						 {OWNER_USER, N_("or use another slot or device"),
						  "vfiokit list"}},
					},
			},
	},
};

const struct check_table checks_device_memory = {rows, ARRAY_SIZE(rows)};
