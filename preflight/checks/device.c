/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks device.*: is the target there, can it be handed over at all, does all of it go along? */
#include "preflight/checks/check.h"
#include "preflight/checks/device_relations.h"
#include "preflight/checks/known_devices.h"

static const char *sysfs(struct finding *finding, const struct device *device, const char *name)
{
	return arena_printf(finding->arena, "/sys/bus/pci/devices/%s/%s", device->address, name);
}

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
		finding_set(finding, "owner", "the boot framebuffer");
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

/* -- device.companion-functions
 * ------------------------------------------------------------------------------ */

/* Ports of one adapter (network, storage, accelerators) work each for itself, and are given away one
 * by one. */
static bool is_port_of_same_adapter(const struct device *a, const struct device *b)
{
	int class = a->class_code >> 16;

	if (a->class_code < 0 || a->class_code >> 8 != b->class_code >> 8)
		return false;
	return class == 0x01 || class == 0x02 || class == 0x12 || device_has_class(a, 0x0c04);
}

/*
 * Of the processor's own functions only graphics and the sound of its outputs belong together; both
 * are ATI's by their ids. The sound coprocessor stays with the host, but hosts went down when the
 * graphics was reset while a driver had it.
 */
static bool processor_keeps_apart(const struct facts *facts, const struct device *a,
				  const struct device *b)
{
	bool coprocessor = device_is_display(a) && b->vendor_id == 0x1022 &&
			   device_has_class(b, 0x0480) && b->has_driver == YES;

	return (a->vendor_id != 0x1002 || b->vendor_id != 0x1002) && !coprocessor &&
	       device_is_in_processor(facts, a);
}

static const char *driver_words(const struct device *device)
{
	if (device->driver)
		return device->driver;
	return device->has_driver == NO ? "no driver" : "driver not known";
}

enum { LEFT_OF_CARD, LEFT_OF_PROCESSOR };

static void companion_functions(const struct facts *facts, const struct device *device,
				struct finding *finding)
{
	struct device_range bus = facts_same_bus(facts, device);
	struct strings left = {0};

	/* On a root bus the slots are the chipset's, not cards. VFs are made to go alone. */
	if (device->is_bridge || (!device->parent && !device->parent_unknown) || device->physfn)
		return;
	for_each (other, &bus) {
		if (other == device || other->target || other->physfn || other->is_bridge ||
		    other->vfio_driver || !devices_same_slot(device, other) ||
		    is_port_of_same_adapter(device, other) ||
		    processor_keeps_apart(facts, device, other))
			continue;
		strings_add(finding->arena, &left,
			    arena_printf(finding->arena, "%s (%s)", other->address,
					 driver_words(other)));
		finding_evidence_device(finding, other, "driver", "%s%s",
					other->driver ? "-> " : "",
					other->driver             ? other->driver
					: other->has_driver == NO ? "no driver"
								  : "not known");
	}
	if (!left.count && facts->devices_partial) {
		finding_unknown(finding, "/sys/bus/pci/devices");
		return;
	}
	if (!left.count) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding,
		     device_is_in_processor(facts, device) ? LEFT_OF_PROCESSOR : LEFT_OF_CARD);
	finding_set(finding, "left", "%s", strings_join(finding->arena, &left, ", "));
	finding_set(finding, "slot", "%.*s", (int)(strlen(device->address) - 2), device->address);
}

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
		finding_unknown(finding, sysfs(finding, device, "device"));
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
			    device->assigned_name ? device->assigned_name : "a process",
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

/* -- SR-IOV
 * --------------------------------------------------------------------------------------------------------
 */

/* The physical function whose VF the address that matches nothing would be: on its bus or one of
 * the next ones, with SR-IOV and no VFs. */
static const struct device *physical_of_missing(const struct facts *facts, const char *name,
						bool *ret_hidden)
{
	const struct device *best = NULL;
	struct device_name asked;

	if (device_name_parse(name, &asked) < 0)
		return NULL;
	if (asked.kind == NAME_ID) {
		/* The id that the physical function's VFs will have. */
		for_each (device, &facts->devices)
			if (device->vendor_id == asked.vendor_id && device->sriov_total > 0 &&
			    device->sriov_active == 0 &&
			    device->config.sriov_vf_device_id == asked.device_id)
				return device;
		return NULL;
	}
	if (asked.kind != NAME_ADDRESS)
		return NULL;
	for_each (device, &facts->devices) {
		bool offers = device->sriov_total > 0 && device->sriov_active == 0;
		bool hides = device_is_network(device) && device->config.extended == YES &&
			     device->config.sriov == NO && device->parent;

		if (device->domain != asked.address.domain || device->bus != asked.address.bus)
			continue;
		if (offers || (hides && !best)) {
			best = device;
			*ret_hidden = !offers;
		}
		if (offers)
			return best;
	}
	return best;
}

static void sriov_no_space(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	bool hidden = false;
	const struct device *physical =
		device ? device : physical_of_missing(facts, finding->subject, &hidden);
	const struct log_event *event =
		physical ? log_find(&facts->log, LOG_SRIOV_NO_SPACE, physical->address) : NULL;

	if (!physical || physical->physfn || (!event && (!device || physical->sriov_total <= 0)))
		return; /* a VF that exists had its space */
	if (!event && facts->log.known != YES && physical->sriov_active <= 0) {
		finding_unknown(finding, "dmesg");
		return;
	}
	if (!event) {
		finding_pass(finding);
		return;
	}
	/* That the kernel could not place VF BARs at boot is no obstacle for a physical function that
	 * goes to the VM itself; that somebody wants or tried to create VFs and could not is. */
	if (device && strstr(event->text, "assign") && !strstr(event->text, "not allocated"))
		finding_severity(finding, SEVERITY_WARNING);
	finding_fail(finding, 0);
	finding_set(finding, "physical", "%s", physical->address);
	finding_evidence_event(finding, &facts->log, event);
}

enum { VIRTUAL_NONE_YET, VIRTUAL_HIDDEN, VIRTUAL_DRIVER };

static void sriov_off(const struct facts *facts, const struct device *device,
		      struct finding *finding)
{
	const struct log_event *refused;
	const struct device *physical;
	bool hidden = false;

	if (device) {
		if (device->physfn)
			finding_pass(finding);
		return;
	}
	physical = physical_of_missing(facts, finding->subject, &hidden);
	if (!physical)
		return;
	/* Why they could not be made tells device.sriov-no-space. */
	if (log_find(&facts->log, LOG_SRIOV_NO_SPACE, physical->address))
		return;
	refused = log_find(&facts->log, LOG_SRIOV_DRIVER, physical->address);
	if (hidden)
		finding_fail(finding, VIRTUAL_HIDDEN);
	else
		finding_fail(finding, refused ? VIRTUAL_DRIVER : VIRTUAL_NONE_YET);
	finding_set(finding, "physical", "%s", physical->address);
	finding_set(finding, "driver", "%s", physical->driver ? physical->driver : "no driver");
	finding_set(finding, "total", "%d", physical->sriov_total);
	if (hidden)
		finding_evidence_device(finding, physical, "config", "no SR-IOV capability");
	else
		finding_evidence_device(finding, physical, "sriov_numvfs", "0 of %d",
					physical->sriov_total);
	finding_evidence_event(finding, &facts->log, refused);
}

static void vf_token(const struct facts *facts, const struct device *device,
		     struct finding *finding)
{
	if (!device->physfn)
		return;
	if (!device->physfn->vfio_driver) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "physical", "%s", device->physfn->address);
	finding_evidence(finding, &(struct origin){
					  .source = sysfs(finding, device->physfn, "driver"),
					  .text = arena_printf(finding->arena, "-> %s",
							       device->physfn->driver
								       ? device->physfn->driver
								       : "vfio-pci"),
				  });
	finding_evidence_event(finding, &facts->log,
			       log_find(&facts->log, LOG_VFIO_TOKEN, device->address));
}

/* -- the rows
 * ---------------------------------------------------------------------------------------- */

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
	{
		.id = "device.companion-functions",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("other functions of the card are left behind"),
		.why = N_("A graphics card is two to four functions (picture, sound, USB, USB-C). "
			  "Drivers in the guest "
			  "expect them together, and a bus reset hits all of them, also those with "
			  "a host driver."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = companion_functions,
		.variants =
			{
				[LEFT_OF_CARD] =
					{
						N_("other functions of this card stay with the "
						   "host: {left}"),
						N_("Drivers in the guest may miss them, and where "
						   "the device has no reset of its own, its "
						   "reset reaches them too, under their host "
						   "drivers."),
						{{OWNER_VFIOKIT, N_("hand over the whole card"),
						  "vfiokit configure {slot}"}},
					},
				[LEFT_OF_PROCESSOR] =
					{
						N_("other functions beside the integrated graphics "
						   "stay with the host: {left}"),
						N_("A reset of the graphics reaches them too. A "
						   "host driver that works with one of them "
						   "then, of the sound coprocessor above all, can "
						   "bring the host down."),
						{{OWNER_USER,
						  N_("keep host drivers off them: blacklist these, "
						     "or hand the functions over too"),
						  NULL}},
					},
			},
	},
	{
		.id = "device.sriov-no-space",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_ARGUMENT_ADD,
		.title = N_("virtual functions could not be placed"),
		.why = N_("VFs need address space and bus numbers that firmware sets aside. Where "
			  "it did not, creating "
			  "VFs fails with \"Cannot allocate memory\", which has nothing to do with "
			  "RAM."),
		.references = {"https://docs.kernel.org/PCI/pci-iov-howto.html"},
		.evaluate = sriov_no_space,
		.for_missing = true,
		.variants = {{
			N_("the virtual functions of {physical} could not be placed"),
			N_("Firmware left no address space or bus numbers for them."),
			{{OWNER_FIRMWARE,
			  N_("enable SR-IOV and Above 4G Decoding in firmware setup"), NULL},
			 {OWNER_USER,
			  N_("or let the kernel lay out resources anew: pci=realloc on the command "
			     "line"),
			  NULL}},
		}},
	},
	{
		.id = "device.sriov-off",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_CREATE_VFS,
		.title = N_("a virtual function was asked for, and there is none"),
		.why = N_("VFs exist only after somebody wrote their number to the physical "
			  "function's sriov_numvfs, at "
			  "every boot."),
		.references = {"https://docs.kernel.org/PCI/pci-iov-howto.html"},
		.evaluate = sriov_off,
		.for_missing = true,
		.variants =
			{
				[VIRTUAL_NONE_YET] =
					{
						N_("{device} would be a virtual function of "
						   "{physical}, which has none of its {total} yet"),
						N_("Nothing has written sriov_numvfs since boot."),
						{{OWNER_USER,
						  N_("create VFs, and make it permanent with a "
						     "udev rule or your network "
						     "configuration"),
						  "sh -c 'echo {total} > "
						  "/sys/bus/pci/devices/{physical}/sriov_numvfs'"}},
					},
				[VIRTUAL_HIDDEN] =
					{
						N_("{device} is not there, and {physical} offers "
						   "no SR-IOV"),
						N_("The adapter shows no SR-IOV capability. On "
						   "adapters that have it, firmware setup or "
						   "the adapter's own setup switches it off."),
						{{OWNER_FIRMWARE,
						  N_("enable SR-IOV for the adapter in system or "
						     "device setup"),
						  NULL}},
					},
				[VIRTUAL_DRIVER] =
					{
						N_("{device} would be a virtual function of "
						   "{physical}, whose driver ({driver}) makes "
						   "none"),
						N_("Somebody has written sriov_numvfs, and the "
						   "kernel answered as quoted. Firmware is not in "
						   "the way."),
						{{OWNER_USER,
						  N_("give the physical function a driver that "
						     "makes VFs (for Intel graphics one "
						     "with SR-IOV support and enable_guc=3), then "
						     "write sriov_numvfs again"),
						  NULL}},
					},
			},
	},
	{
		.id = "device.vf-token",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_GUEST,
		.title = N_("the virtual function needs its physical function's token"),
		.why = N_("While the physical function is on vfio-pci its user could reach into "
			  "the VFs, so both sides "
			  "must present the same token (a UUID)."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = vf_token,
		.variants = {{
			N_("{device} needs a VF token: {physical} is on vfio-pci"),
			N_("Opening it without the token of the physical function's user fails "
			   "with EACCES."),
			{{OWNER_USER,
			  N_("give both VMs the same vf-token (QEMU: -device "
			     "vfio-pci,vf-token=UUID), or leave "
			     "the physical function with its host driver"),
			  NULL}},
		}},
	},
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
			     "firmware "
			     "setup; check first that the host does not boot from a VMD RAID"),
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

const struct check_table checks_device = {rows, ARRAY_SIZE(rows)};
