/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks device.no-reset and device.reset-broken: can it be reset, alone, and does it come back? */
#include "preflight/checks/check.h"
#include "preflight/checks/device_relations.h"
#include "preflight/groups/quirks.h"

/* -- device.no-reset ------------------------------------------------------------------------------
 */

static struct quirk_ids ids_of(const struct device *device)
{
	return (struct quirk_ids){device->vendor_id, device->device_id, device->class_code,
				  device->revision};
}

/* What configuration space offers, where the kernel's list could not be read, but for what the
 * kernel does not use on this model. */
static bool config_offers_reset(const struct device *device, struct kernel_version version)
{
	const struct config_space *config = &device->config;
	struct quirk_ids ids = ids_of(device);

	if ((config->flr == YES || config->af_flr == YES) &&
	    reset_quirk_applies(RESET_NO_FLR, &ids, version, NULL) == NO)
		return true;
	return config->pm == YES && config->pm_no_soft_reset == NO &&
	       reset_quirk_applies(RESET_NO_PM, &ids, version, NULL) == NO;
}

/* The same owner has the functions of one group. */
static bool goes_along(const struct device *device, const struct device *other)
{
	return other->target ||
	       (other->vfio_driver && device->group && other->group == device->group);
}

/*
 * Functions that a secondary bus reset of the port above would hit besides what the VM has. The
 * kernel's list cannot be asked: "bus" is in reset_method of function 0 also where siblings forbid
 * it.
 */
static struct strings hit_by_bus_reset(const struct facts *facts, struct arena *arena,
				       const struct device *device)
{
	struct device_range bus = facts_same_bus(facts, device);
	struct strings hit = {0};

	for_each (other, &bus)
		if (other != device && !other->physfn && !goes_along(device, other))
			strings_add(arena, &hit, other->address);
	return hit;
}

/* Whether the kernel never resets the bus that the device is on. Of a function alone on its bus its
 * list tells that, too. */
static bool bus_reset_forbidden(const struct facts *facts, const struct device *device,
				struct kernel_version version)
{
	const struct device *places[] = {device, device->parent};

	for (size_t i = 0; i < ARRAY_SIZE(places) && places[i]; i++) {
		struct quirk_ids ids = ids_of(places[i]);

		if (reset_quirk_applies(RESET_NO_BUS, &ids, version, NULL) == YES)
			return true;
	}
	return device->reset_methods_known == YES && device->parent &&
	       facts_same_bus(facts, device).count == 1 &&
	       !strings_contain(&device->reset_methods, "bus") &&
	       !strings_contain(&device->reset_methods, "unknown");
}

static void quote_reset_methods(struct finding *finding, const struct device *device)
{
	if (device->reset_methods_derived && device_resets_alone(device))
		finding_evidence_device(finding, device, "config", "offers %s",
					strings_join(finding->arena, &device->reset_methods, " "));
	else if (device->reset_methods_known != YES || device->reset_methods_derived)
		finding_evidence_device(finding, device, "config",
					"offers neither FLR nor a reset by way of D3hot");
	else if (!device->reset_methods.count)
		finding_evidence_device(finding, device, "reset_method", "none");
	else
		finding_evidence_device(finding, device, "reset_method", "%s",
					strings_join(finding->arena, &device->reset_methods, " "));
}

enum { RESET_BUS_HITS, RESET_PROCESSOR, RESET_NONE, RESET_FORBIDDEN };

static void no_reset(const struct facts *facts, const struct device *device,
		     struct finding *finding)
{
	struct kernel_version version = kernel_version_parse(facts->machine.kernel);
	struct strings hit;
	bool forbidden;

	if (device->is_bridge)
		return;
	if (device->reset_methods_known == YES ? device_resets_alone(device)
					       : config_offers_reset(device, version)) {
		finding_pass(finding);
		return;
	}
	if (device->reset_methods_known != YES && device->config.capabilities != YES) {
		finding_unknown(finding,
				arena_printf(finding->arena, "/sys/bus/pci/devices/%s/reset_method",
					     device->address));
		return;
	}
	if (device->parent_unknown || facts->devices_partial) {
		finding_unknown(finding, "/sys/bus/pci/devices");
		return;
	}
	hit = hit_by_bus_reset(facts, finding->arena, device);
	forbidden = bus_reset_forbidden(facts, device, version);
	if (device->parent && !forbidden && !hit.count) {
		finding_pass(finding);
		return;
	}
	/* Kernels before 5.15 tell that there is a method, not which. */
	if (strings_contain(&device->reset_methods, "unknown") && !device->parent) {
		finding_unknown(finding,
				arena_printf(finding->arena, "/sys/bus/pci/devices/%s/reset_method",
					     device->address));
		return;
	}
	quote_reset_methods(finding, device);
	if (forbidden)
		finding_fail(finding, RESET_FORBIDDEN);
	else if (!device->parent)
		finding_fail(finding, RESET_NONE);
	else
		finding_fail(finding, device_is_in_processor(facts, device) ? RESET_PROCESSOR
									    : RESET_BUS_HITS);
	finding_set(finding, "hit", "%s", strings_join(finding->arena, &hit, ", "));
	finding_set(finding, "hits", "%s", strings_join(finding->arena, &hit, " "));
}

/* -- device.reset-broken
 * -------------------------------------------------------------------------------- */

enum {
	BROKEN_KNOWN,
	BROKEN_CURABLE,
	BROKEN_NOT_SELECTED,
	BROKEN_OLD_KERNEL,
	BROKEN_LINK,
	BROKEN_NOW,
	BROKEN_NOW_KNOWN,
	BROKEN_NOW_OLD_KERNEL,
};

/* What there is against a known trouble: vendor-reset is a module that resets some models as their
 * maker means it. Since Linux 5.15 each device keeps its list of methods, and the module's has to be
 * chosen (it comes first in older kernels). RESULT_PASS where it is. */
static enum result judge_vendor_reset(const struct facts *facts, const struct device *device,
				      const struct reset_trouble *trouble, unsigned *ret_variant)
{
	bool chosen = device->reset_methods_derived ||
		      (device->reset_methods.count &&
		       streq(device->reset_methods.items[0], "device_specific"));

	*ret_variant = trouble->vendor_reset ? BROKEN_CURABLE : BROKEN_KNOWN;
	if (!trouble->vendor_reset || !strings_contain(&facts->modules.loaded, "vendor_reset"))
		return RESULT_FAIL;
	*ret_variant = BROKEN_NOT_SELECTED;
	return chosen && device->reset_methods_known == YES ? RESULT_PASS : RESULT_FAIL;
}

/* The kernel names the port whose link stays down, not what is below it. */
static const struct log_event *port_link_down(const struct facts *facts,
					      const struct device *device)
{
	if (!device->parent)
		return NULL;
	return log_find(&facts->log, LOG_LINK_DOWN, device->parent->address);
}

static bool answers(const struct device *device)
{
	return device->config.header_known && device->config.vendor_id != 0xffff;
}

/* What this boot's log says of a reset that failed. A link that stayed down at some time says so only
 * while the device does not answer. */
static void judge_log(const struct facts *facts, const struct device *device,
		      const struct reset_trouble *trouble, struct finding *finding)
{
	const struct log_event *port = port_link_down(facts, device);
	const struct log_event *events[] = {
		log_find(&facts->log, LOG_RESET_GAVE_UP, device->address),
		log_find(&facts->log, LOG_LINK_DOWN, device->address),
		answers(device) ? NULL : port,
	};

	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		if (!events[i])
			continue;
		finding_fail(finding, !trouble                  ? BROKEN_NOW
				      : trouble->fixed_in.major ? BROKEN_NOW_OLD_KERNEL
								: BROKEN_NOW_KNOWN);
		finding_severity(finding, SEVERITY_BLOCKER);
		finding_evidence_event(finding, &facts->log, events[i]);
	}
	if (finding->result == RESULT_FAIL || trouble || !port)
		return;
	finding_fail(finding, BROKEN_LINK);
	finding_set(finding, "port", "%s", device->parent->address);
	finding_evidence_event(finding, &facts->log, port);
}

static void reset_broken(const struct facts *facts, const struct device *device,
			 struct finding *finding)
{
	const struct reset_trouble *trouble = reset_trouble_find(
		device->vendor_id, device->device_id, kernel_version_parse(facts->machine.kernel));
	unsigned variant;

	if (device->is_bridge)
		return;
	if (trouble && trouble->bus_only && device_resets_alone(device))
		trouble = NULL;
	if (trouble) {
		finding_set(finding, "name", "%s", trouble->name);
		finding_set(finding, "note", "%s", _(trouble->note));
		finding_set(finding, "fixed", "%u.%u", trouble->fixed_in.major,
			    trouble->fixed_in.minor);
	}
	judge_log(facts, device, trouble, finding);
	if (finding->result == RESULT_FAIL)
		return;
	if (device->vendor_id < 0 || device->device_id < 0) {
		finding_unknown(finding,
				arena_printf(finding->arena, "/sys/bus/pci/devices/%s/device",
					     device->address));
		return;
	}
	if (!trouble || judge_vendor_reset(facts, device, trouble, &variant) == RESULT_PASS) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, trouble->fixed_in.major ? BROKEN_OLD_KERNEL : variant);
	finding_evidence_device(finding, device, "device", "%04x:%04x", device->vendor_id,
				device->device_id);
	if (device->reset_methods_known == YES)
		quote_reset_methods(finding, device);
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "device.no-reset",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_HARDWARE,
		.title = N_("the device cannot be reset on its own"),
		.why = N_("VFIO resets a device before and after each guest. Without a function "
			  "reset (FLR, PM) and "
			  "without a bus reset that hits only devices of the guest, state of one "
			  "guest carries over to "
			  "the next, and some devices work once per host boot."),
		.references = {"https://docs.kernel.org/PCI/pci.html"},
		.evaluate = no_reset,
		.variants =
			{
				[RESET_BUS_HITS] =
					{
						N_("{device} can only be reset together with "
						   "{hit}"),
						N_("It has no function reset, and the bus reset of "
						   "its port reaches those too."),
						{{OWNER_VFIOKIT,
						  N_("hand all of them over together"),
						  "vfiokit configure {device} {hits}"}},
					},
				[RESET_PROCESSOR] =
					{
						N_("{device} can only be reset together with other "
						   "functions of the processor: {hit}"),
						N_("It has no function reset, and the bus reset of "
						   "its port reaches those too; the host "
						   "needs them."),
						{{OWNER_USER,
						  N_("expect to reboot the host when the device "
						     "does not come back clean"),
						  NULL}},
					},
				[RESET_NONE] =
					{
						N_("{device} cannot be reset"),
						N_("It has no function reset and sits on a root "
						   "bus, where there is no bus reset."),
						{{OWNER_USER,
						  N_("expect to reboot the host when the device "
						     "does not come back clean"),
						  NULL}},
					},
				[RESET_FORBIDDEN] =
					{
						N_("{device} cannot be reset: the kernel does no "
						   "bus reset there"),
						N_("It has no function reset, and the kernel does "
						   "not reset the bus of this model, or "
						   "behind this port."),
						{{OWNER_USER,
						  N_("expect to reboot the host when the device "
						     "does not come back clean"),
						  NULL}},
					},
			},
	},
	{
		.id = "device.reset-broken",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_HARDWARE,
		.title = N_("the device is known not to come back from a reset"),
		.why = N_("Some models announce a reset that does not work: the first VM starts, "
			  "the next hangs, or the "
			  "host does."),
		.references = {"https://github.com/gnif/vendor-reset"},
		.evaluate = reset_broken,
		.variants =
			{
				[BROKEN_KNOWN] =
					{
						N_("{device} ({name}) is known not to reset well: "
						   "{note}"),
						N_("It shows when the device is used a second "
						   "time."),
						{{OWNER_USER,
						  N_("expect one VM start per host boot, and shut "
						     "the guest down cleanly"),
						  NULL}},
					},
				[BROKEN_CURABLE] =
					{
						N_("{device} ({name}) is known not to reset well: "
						   "{note}"),
						N_("It shows when the device is used a second "
						   "time. The vendor-reset module has a reset for "
						   "this model."),
						{{OWNER_USER,
						  N_("install the vendor-reset module and its udev "
						     "rule"),
						  NULL},
						 {OWNER_USER,
						  N_("or expect one VM start per host boot, and "
						     "shut the guest down cleanly"),
						  NULL}},
					},
				[BROKEN_NOT_SELECTED] =
					{
						N_("{device} ({name}) does not use vendor-reset: "
						   "its reset_method is not device_specific"),
						N_("The module is loaded, but since Linux 5.15 "
						   "each device keeps its own list of resets, and "
						   "those that the kernel knows do not bring this "
						   "model back."),
						{{OWNER_USER,
						  N_("install the project's udev rule "
						     "(99-vendor-reset.rules), which chooses it at "
						     "every boot, or choose it now, before a guest "
						     "has used the device"),
						  "sh -c 'echo device_specific > "
						  "/sys/bus/pci/devices/{device}/reset_method'"}},
					},
				[BROKEN_LINK] =
					{
						N_("the link of {device} stayed down after a reset "
						   "in this boot"),
						N_("Port {port} waited for it in vain. The device "
						   "answers now, but a later reset can end in the "
						   "same way, and a VM would then find it dead."),
						{{OWNER_USER,
						  N_("try a start and a stop of the VM before "
						     "relying on it; if the line comes again, "
						     "power the machine off and on and look at the "
						     "slot, the riser and the card's firmware"),
						  NULL}},
					},
				[BROKEN_NOW] =
					{
						N_("{device} did not come back from a reset in "
						   "this boot"),
						N_("The reset was tried and failed; a VM would "
						   "find the device dead."),
						{{OWNER_USER,
						  N_("power the machine off and on (a warm reboot "
						     "may not be enough)"),
						  NULL}},
					},
				[BROKEN_NOW_KNOWN] =
					{
						N_("{device} ({name}) did not come back from a "
						   "reset in this boot"),
						N_("Known of this model: {note}."),
						{{OWNER_USER,
						  N_("power the machine off and on (a warm reboot "
						     "may not be enough)"),
						  NULL}},
					},
				[BROKEN_NOW_OLD_KERNEL] =
					{
						N_("{device} ({name}) did not come back from a "
						   "reset in this boot"),
						N_("Known of this model: {note}."),
						{{OWNER_USER,
						  N_("power the machine off and on (a warm reboot "
						     "may not be enough)"),
						  NULL},
						 {OWNER_USER,
						  N_("then boot kernel {fixed} or newer"), NULL}},
					},
				[BROKEN_OLD_KERNEL] =
					{
						N_("{device} ({name}) is known not to reset well: "
						   "{note}"),
						N_("Kernel {kernel} still does."),
						{{OWNER_USER, N_("boot kernel {fixed} or newer"),
						  NULL}},
					},
			},
	},
};

const struct check_table checks_reset = {rows, ARRAY_SIZE(rows)};
