/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manifest against the host: one finding for each of its lines, then its waivers. */
#include "preflight/checks/check.h"
#include "preflight/expect/expect.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/checks/passthrough_words.h"

/* The rows: findings are made by expect_judge(), because one row has many. */
enum { ROW_HOST, ROW_IDENTITY, ROW_DEVICE, ROW_COUNT };
static const struct check rows[ROW_COUNT];

enum { HOST_IOMMU_OFF, HOST_IOMMU_ON, HOST_SECURE_BOOT, HOST_ARGUMENT };
enum { IDENTITY_GONE, IDENTITY_OTHER };
enum {
	DEVICE_NOT_ON_VFIO,
	DEVICE_DRIVER,
	DEVICE_NOT_ISOLATED,
	DEVICE_NO_GROUP,
	DEVICE_ISOLATED,
	DEVICE_LINK,
};

/* Without a manifest there is nothing to compare: "na". */
static void leave_to_manifest(const struct facts *facts, const struct device *device,
			      struct finding *finding)
{
	(void)facts;
	(void)device;
	(void)finding;
}

/* The finding of a line that the host does not match. */
static void differ(struct finding *finding, unsigned variant, const struct origin *line,
		   const struct difference *difference)
{
	finding_fail(finding, variant);
	finding_set(finding, "expected", "%s", difference->expected);
	finding_set(finding, "found", "%s", difference->found);
	finding_evidence(finding, line);
	finding->difference = *difference;
}

/* -- [host] ------------------------------------------------------------------------------------------ */

/* Whether the next boot is proven to switch the IOMMU on: the check of that cause knows. */
static bool iommu_is_cured(const struct findings *findings)
{
	for_each (finding, findings)
		if (streq(finding->check->id, "iommu.disabled-by-kernel") &&
		    finding->result == RESULT_FAIL && finding->cured_by_reboot)
			return true;
	return false;
}

static void judge_iommu(const struct facts *facts, struct findings *findings)
{
	const struct expect *expect = facts->expect;
	bool cured = expect->iommu == YES && iommu_is_cured(findings);
	struct finding *finding;

	if (expect->iommu == UNKNOWN)
		return;
	finding = finding_begin(findings, &rows[ROW_HOST], NULL, NULL);
	if (facts->iommu.active == UNKNOWN) {
		finding_unknown(finding, "/sys/kernel/iommu_groups");
	} else if (facts->iommu.active == expect->iommu) {
		finding_pass(finding);
	} else {
		bool on = facts->iommu.active == YES;

		differ(finding, on ? HOST_IOMMU_ON : HOST_IOMMU_OFF, &expect->iommu_origin,
		       &(struct difference){"iommu", on ? "off" : "on", on ? "on" : "off"});
		finding_evidence(finding, &facts->iommu.active_origin);
		finding->cured_by_reboot = cured;
	}
	finding_finish(finding);
}

static void judge_secure_boot(const struct facts *facts, struct findings *findings)
{
	const struct expect *expect = facts->expect;
	struct finding *finding;

	if (expect->secure_boot == UNKNOWN)
		return;
	finding = finding_begin(findings, &rows[ROW_HOST], NULL, NULL);
	if (facts->machine.secure_boot == UNKNOWN) {
		finding_unknown(finding, "/sys/firmware/efi/efivars");
	} else if (facts->machine.secure_boot == expect->secure_boot) {
		finding_pass(finding);
	} else {
		bool on = facts->machine.secure_boot == YES;

		differ(finding, HOST_SECURE_BOOT, &expect->secure_boot_origin,
		       &(struct difference){"secure-boot", on ? "off" : "on", on ? "on" : "off"});
		finding_evidence(finding, &facts->machine.secure_boot_origin);
	}
	finding_finish(finding);
}

static void judge_argument(const struct facts *facts, const struct parameter *wanted,
			   struct findings *findings)
{
	struct finding *finding = finding_begin(findings, &rows[ROW_HOST], NULL, NULL);
	const struct parameter *other = facts_parameter(facts, wanted->name);

	if (facts->cmdline_known != YES) {
		finding_unknown(finding, "/proc/cmdline");
	} else if (words_hold(&facts->cmdline, wanted)) {
		finding_pass(finding);
	} else {
		differ(finding, HOST_ARGUMENT, &wanted->origin,
		       &(struct difference){"kernel-arg", wanted->text,
					    other ? other->text : "none"});
		finding_evidence_at(finding, "/proc/cmdline", 1, "%s", facts->cmdline_text);
		finding->cured_by_reboot =
			facts->boot.known == YES && words_hold(next_boot_cmdline(facts), wanted);
	}
	finding_finish(finding);
}

/* -- [device ADDRESS] ----------------------------------------------------------------------------------- */

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
		return "a device";
	return arena_printf(finding->arena, "%04x:%04x", expected->vendor_id, expected->device_id);
}

static void judge_gone(const struct facts *facts, const struct expect_device *expected,
		       struct finding *finding)
{
	if (!facts->devices.count || facts->devices_partial) {
		finding_unknown(finding, "/sys/bus/pci/devices");
		return;
	}
	differ(finding, IDENTITY_GONE,
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

		differ(finding, IDENTITY_OTHER, &expected->id_origin,
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
		differ(finding, vfio ? DEVICE_NOT_ON_VFIO : DEVICE_DRIVER, &expected->driver_origin,
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
		differ(finding, variant, &expected->group_origin,
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
		differ(finding, DEVICE_LINK, &expected->link_origin,
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

static void judge_device(const struct facts *facts, const struct expect_device *expected,
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

/* -- waivers --------------------------------------------------------------------------------------------- */

static void apply_waivers(const struct expect *expect, struct finding *finding)
{
	for_each (waiver, &expect->waivers) {
		if (!streq(waiver->check, finding->check->id) ||
		    (waiver->subject && !streq(waiver->subject, finding->subject)))
			continue;
		if (expect->today && waiver->last_day >= expect->today)
			finding->waiver = waiver;
		else
			finding->expired_waiver = waiver;
	}
	if (finding->waiver)
		finding->expired_waiver = NULL;
}

/* The "na" that the rows left: with a manifest there are real findings in their place. */
static void drop_placeholders(struct findings *findings)
{
	size_t kept = 0;

	for (size_t i = 0; i < findings->count; i++) {
		const struct check *check = findings->items[i].check;

		if (check != &rows[ROW_HOST] && check != &rows[ROW_IDENTITY] &&
		    check != &rows[ROW_DEVICE])
			findings->items[kept++] = findings->items[i];
	}
	findings->count = kept;
}

void expect_judge(const struct facts *facts, struct findings *findings)
{
	const struct expect *expect = facts->expect;

	if (!expect)
		return;
	drop_placeholders(findings);
	judge_iommu(facts, findings);
	judge_secure_boot(facts, findings);
	for_each (argument, &expect->kernel_arguments)
		judge_argument(facts, argument, findings);
	for_each (expected, &expect->devices)
		judge_device(facts, expected, findings);
	for_each (finding, findings)
		if (finding->result == RESULT_FAIL)
			apply_waivers(expect, finding);
}

/* -- the rows -------------------------------------------------------------------------------------------- */

#define CORRECT                                                                                    \
	{                                                                                          \
		OWNER_USER,                                                                        \
			N_("find out what changed it; where it is meant to be, correct the "       \
			   "manifest"),                                                            \
			NULL                                                                       \
	}

static const struct check rows[ROW_COUNT] = {
	[ROW_HOST] =
		{
			.id = "expect.host",
			.severity = SEVERITY_BLOCKER,
			.scope = SCOPE_HOST,
			.by_hand = BY_HAND_MANIFEST,
			.title = N_("the host is not what the manifest says"),
			.why = N_("The manifest (--expect) holds what somebody relies on. Every "
				  "difference is told, also one "
				  "that nothing else here would mind."),
			.references =
				{"https://docs.kernel.org/admin-guide/kernel-parameters.html"},
			.evaluate = leave_to_manifest,
			.variants =
				{
					[HOST_IOMMU_OFF] =
						{
							N_("the IOMMU is off; the manifest says "
							   "on"),
							N_("Nothing can be handed over like this."),
							{CORRECT},
						},
					[HOST_IOMMU_ON] =
						{
							N_("the IOMMU is on; the manifest says "
							   "off"),
							N_("A parameter, a firmware setting or "
							   "another kernel has switched it on."),
							{CORRECT},
						},
					[HOST_SECURE_BOOT] =
						{
							N_("Secure Boot is {found}; the manifest "
							   "says {expected}"),
							N_("Firmware setup and the keys in it "
							   "decide that."),
							{CORRECT},
						},
					[HOST_ARGUMENT] =
						{
							N_("the kernel was not given {expected}"),
							N_("The running kernel's command line "
							   "holds no such word. Of that name it "
							   "has {found}."),
							{CORRECT},
						},
				},
		},
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
			.evaluate = leave_to_manifest,
			.variants =
				{
					[IDENTITY_GONE] =
						{
							N_("there is no {device}; the manifest "
							   "says {expected}"),
							N_("The card was moved or taken out, its "
							   "slot was switched off, or it fell off "
							   "the bus."),
							{CORRECT,
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
							{CORRECT,
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
			.evaluate = leave_to_manifest,
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
							 CORRECT},
						},
					[DEVICE_DRIVER] =
						{
							N_("the driver of {device} is {found}; the "
							   "manifest says {expected}"),
							N_("It was rebound, or another driver came "
							   "first at boot."),
							{CORRECT},
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
							 CORRECT},
						},
					[DEVICE_NO_GROUP] =
						{
							N_("{device} has no IOMMU group; the "
							   "manifest says that it is isolated"),
							N_("Without a group no VM can have it, and "
							   "nothing isolates it."),
							{{OWNER_USER, N_("see why"),
							  "vfiokit preflight {device}"},
							 CORRECT},
						},
					[DEVICE_ISOLATED] =
						{
							N_("{device} is isolated; the manifest "
							   "says that it is not"),
							N_("What shared its group has a group of "
							   "its own now, or is gone."),
							{CORRECT},
						},
					[DEVICE_LINK] =
						{
							N_("the link of {device} is {found}; the "
							   "manifest says {expected}"),
							N_("The card sits in another slot, not "
							   "well in its slot, behind a riser, or "
							   "bifurcation has "
							   "changed."),
							{CORRECT},
						},
				},
		},
};

const struct check_table checks_expect = {rows, ROW_COUNT};
