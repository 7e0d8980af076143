/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manifest's [device ADDRESS] sections against the host. */
#include "preflight/checks/check.h"
#include "preflight/checks/expect_lines.h"
#include "preflight/expect/expect.h"
#include "preflight/next_boot/next_boot.h"

/* The rows: findings are made by expect_judge_device(), because one row has many. */
enum { ROW_IDENTITY, ROW_DEVICE, ROW_COUNT };
static const struct check rows[ROW_COUNT];

enum { IDENTITY_GONE, IDENTITY_OTHER };
enum {
	DEVICE_NOT_ON_VFIO,
	DEVICE_DRIVER,
	DEVICE_NOT_ISOLATED,
	DEVICE_NO_GROUP,
	DEVICE_ISOLATED,
	DEVICE_LINK,
};

/* Where a function with the wanted id is now. */
static void quote_moved(struct finding *finding, const struct expect_device *expected)
{
	if (expected->vendor_id < 0)
		return;
	for_each (device, &finding->facts->devices)
		if (device->vendor_id == expected->vendor_id &&
		    device->device_id == expected->device_id)
			finding_evidence_device(finding, device, "device", "%04x:%04x",
						device->vendor_id, device->device_id);
}

/* What the manifest calls the function. */
static const char *wanted_id(const struct finding *finding, const struct expect_device *expected)
{
	if (expected->vendor_id < 0)
		return _("a device");
	return arena_printf(finding->arena, "%04x:%04x", expected->vendor_id, expected->device_id);
}

static void judge_gone(const struct facts *facts, const struct expect_device *expected,
		       struct finding *finding)
{
	if (!facts->devices.count || facts->devices_partial) {
		finding_unknown(finding, "/sys/bus/pci/devices");
		return;
	}
	expect_differ(finding, IDENTITY_GONE,
		      expected->id_origin.source ? &expected->id_origin : &expected->origin,
		      &(struct difference){"id", wanted_id(finding, expected), "none"});
	finding_evidence_at(finding, "/sys/bus/pci/devices", 0, "%zu functions, none of them %s",
			    facts->devices.count, expected->address);
	quote_moved(finding, expected);
}

static void judge_identity(const struct facts *facts, const struct expect_device *expected,
			   const struct device *device, struct findings *findings)
{
	struct finding *finding =
		finding_begin(findings, &rows[ROW_IDENTITY], device, expected->address);

	if (!device) {
		judge_gone(facts, expected, finding);
	} else if (expected->vendor_id < 0 || (device->vendor_id == expected->vendor_id &&
					       device->device_id == expected->device_id)) {
		finding_pass(finding);
	} else if (device->vendor_id < 0 || device->device_id < 0) {
		finding_unknown(finding,
				arena_printf(finding->arena, "/sys/bus/pci/devices/%s/device",
					     device->address));
	} else {
		const char *found = arena_printf(finding->arena, "%04x:%04x", device->vendor_id,
						 device->device_id);

		expect_differ(finding, IDENTITY_OTHER, &expected->id_origin,
			      &(struct difference){"id", wanted_id(finding, expected), found});
		finding_evidence_device(finding, device, "device", "%s", found);
		quote_moved(finding, expected);
	}
	finding_finish(finding);
}

static void judge_driver(const struct facts *facts, const struct expect_device *expected,
			 const struct device *device, struct findings *findings)
{
	const char *found = device->has_driver == YES ? device->driver : "none";
	struct finding *finding;
	bool vfio;

	if (!expected->driver)
		return;
	finding = finding_begin(findings, &rows[ROW_DEVICE], device, device->address);
	if (device->has_driver == UNKNOWN) {
		finding_unknown(finding,
				arena_printf(finding->arena, "/sys/bus/pci/devices/%s/driver",
					     device->address));
	} else if (streq(found, expected->driver)) {
		finding_pass(finding);
	} else {
		vfio = strstr(expected->driver, "vfio") != NULL;
		expect_differ(finding, vfio ? DEVICE_NOT_ON_VFIO : DEVICE_DRIVER,
			      &expected->driver_origin,
			      &(struct difference){"driver", expected->driver, found});
		finding_evidence_device(finding, device, "driver", "-> %s", found);
		finding->cured_by_reboot = facts->boot.known == YES && next_boot_cmdline(facts) &&
					   device->next_known == YES &&
					   streq(device->next_driver, expected->driver);
	}
	finding_finish(finding);
}

static void judge_group(const struct facts *facts, const struct expect_device *expected,
			const struct device *device, struct findings *findings)
{
	struct strings others = {0};
	enum truth isolated = device_is_isolated(facts, findings->arena, device, &others);
	const char *list = strings_join(findings->arena, &others, ", ");
	struct finding *finding;
	unsigned variant;

	if (expected->group_isolated == UNKNOWN)
		return;
	finding = finding_begin(findings, &rows[ROW_DEVICE], device, device->address);
	finding_set(finding, "others", "%s", list);
	if (isolated == UNKNOWN) {
		finding_unknown(finding, "/sys/kernel/iommu_groups");
	} else if (isolated == expected->group_isolated) {
		finding_pass(finding);
	} else {
		variant = isolated == YES  ? DEVICE_ISOLATED
			  : !device->group ? DEVICE_NO_GROUP
					   : DEVICE_NOT_ISOLATED;
		expect_differ(finding, variant, &expected->group_origin,
			      &(struct difference){"group-isolated", isolated == YES ? "no" : "yes",
						   isolated == YES ? "yes" : "no"});
		if (device->group)
			finding_evidence_at(
				finding, "/sys/kernel/iommu_groups", 0, "group %d: %s",
				device->group->id,
				strings_join(finding->arena, &device->group->members, " "));
		else
			finding_evidence_device(finding, device, "", "no iommu_group");
	}
	finding_finish(finding);
}

/* An idle link was judged by what both ends can do. */
static void quote_most(struct finding *finding, const struct device *device)
{
	const struct device *port = device->parent;

	finding_evidence_device(finding, device, "max_link_speed", "%s", device->link_speed_max);
	if (port && port->link_speed_max)
		finding_evidence_device(finding, port, "max_link_speed", "%s",
					port->link_speed_max);
}

static void judge_link(const struct expect_device *expected, const struct device *device,
		       struct findings *findings)
{
	unsigned speed = link_speed_judged(device);
	struct arena *arena = findings->arena;
	struct finding *finding;

	if (!expected->link_speed)
		return;
	finding = finding_begin(findings, &rows[ROW_DEVICE], device, device->address);
	if (!speed || device->link_width < 0 || device->link_width > 32) {
		finding_unknown(finding,
				arena_printf(arena, "/sys/bus/pci/devices/%s/%s", device->address,
					     speed ? "current_link_width" : "current_link_speed"));
	} else if (speed == expected->link_speed &&
		   device->link_width == (int)expected->link_width) {
		finding_pass(finding);
	} else {
		expect_differ(finding, DEVICE_LINK, &expected->link_origin,
			      &(struct difference){
				      "link",
				      arena_printf(arena, "%s x%u",
						   link_speed_text(arena, expected->link_speed),
						   expected->link_width),
				      arena_printf(arena, "%s x%d", link_speed_text(arena, speed),
						   device->link_width)});
		finding_evidence_device(finding, device, "current_link_speed", "%s",
					device->link_speed);
		if (speed != link_speed_parse(device->link_speed, NULL))
			quote_most(finding, device);
		finding_evidence_device(finding, device, "current_link_width", "%d",
					device->link_width);
	}
	finding_finish(finding);
}

void expect_judge_device(const struct facts *facts, const struct expect_device *expected,
			 struct findings *findings)
{
	const struct device *device = facts_find_device(facts, expected->address);

	judge_identity(facts, expected, device, findings);
	if (!device)
		return;
	judge_driver(facts, expected, device, findings);
	judge_group(facts, expected, device, findings);
	judge_link(expected, device, findings);
}

/* -- the rows ---------------------------------------------------------------------------------- */

static const struct check rows[ROW_COUNT] = {
	[ROW_IDENTITY] =
		{
			.id = "device.identity-changed",
			.severity = SEVERITY_BLOCKER,
			.scope = SCOPE_DEVICE,
			.by_hand = BY_HAND_MANIFEST,
			.title = N_("another device is at the address, or none"),
			.why = N_("PCI addresses change when cards are moved, firmware is updated "
				  "or bifurcation is set. A VM "
				  "that names the address would get another device."),
			.references = {"https://docs.kernel.org/PCI/index.html"},
			.evaluate = expect_leave_to_manifest,
			.variants =
				{
					[IDENTITY_GONE] =
						{
							N_("there is no {device}; the manifest "
							   "says {expected}"),
							N_("The card was moved or taken out, its "
							   "slot was switched off, or it fell off "
							   "the bus."),
							{EXPECT_CORRECT,
							 {OWNER_USER,
							  N_("see where the cards are now"),
							  "vfiokit list"}},
						},
					[IDENTITY_OTHER] =
						{
							N_("{device} is {found}; the manifest says "
							   "{expected}"),
							N_("Cards were moved or exchanged, or "
							   "firmware numbers the buses anew."),
							{EXPECT_CORRECT,
							 {OWNER_USER,
							  N_("see where the cards are now"),
							  "vfiokit list"}},
						},
				},
		},
	[ROW_DEVICE] =
		{
			.id = "expect.device",
			.severity = SEVERITY_BLOCKER,
			.scope = SCOPE_DEVICE,
			.by_hand = BY_HAND_MANIFEST,
			.title = N_("a device is not what the manifest says"),
			.why = N_("The manifest (--expect) holds driver, isolation and link of the "
				  "device as somebody relies on "
				  "them. A link at 2.5GT/s is taken for an idle one where both "
				  "ends can do more."),
			.references = {"https://docs.kernel.org/driver-api/vfio.html"},
			.evaluate = expect_leave_to_manifest,
			.variants =
				{
					[DEVICE_NOT_ON_VFIO] =
						{
							N_("the driver of {device} is {found}; the "
							   "manifest says {expected}"),
							N_("It is not handed over, or another "
							   "driver came first at boot."),
							{{OWNER_USER,
							  N_("see what keeps it from being handed "
							     "over"),
							  "vfiokit preflight {device}"},
							 EXPECT_CORRECT},
						},
					[DEVICE_DRIVER] =
						{
							N_("the driver of {device} is {found}; the "
							   "manifest says {expected}"),
							N_("It was rebound, or another driver came "
							   "first at boot."),
							{EXPECT_CORRECT},
						},
					[DEVICE_NOT_ISOLATED] =
						{
							N_("{device} shares its group with "
							   "{others}; the manifest says that it is "
							   "isolated"),
							N_("Another slot, a firmware setting or "
							   "another kernel has joined the groups."),
							{{OWNER_USER,
							  N_("see which port joins them"),
							  "vfiokit explain {device}"},
							 EXPECT_CORRECT},
						},
					[DEVICE_NO_GROUP] =
						{
							N_("{device} has no IOMMU group; the "
							   "manifest says that it is isolated"),
							N_("Without a group no VM can have it, and "
							   "nothing isolates it."),
							{{OWNER_USER, N_("see why"),
							  "vfiokit preflight {device}"},
							 EXPECT_CORRECT},
						},
					[DEVICE_ISOLATED] =
						{
							N_("{device} is isolated; the manifest "
							   "says that it is not"),
							N_("What shared its group has a group of "
							   "its own now, or is gone."),
							{EXPECT_CORRECT},
						},
					[DEVICE_LINK] =
						{
							N_("the link of {device} is {found}; the "
							   "manifest says {expected}"),
							N_("The card sits in another slot, not "
							   "well in its slot, behind a riser, or "
							   "bifurcation has "
							   "changed."),
							{EXPECT_CORRECT},
						},
				},
		},
};

const struct check_table checks_expect_device = {rows, ROW_COUNT};
