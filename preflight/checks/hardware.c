/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks device.*: reset, power, BARs and ROM, what a VM needs of the hardware itself. */
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

static void reset_broken(const struct facts *facts, const struct device *device,
			 struct finding *finding)
{
	static const enum log_kind now[] = {LOG_RESET_GAVE_UP, LOG_LINK_DOWN};
	const struct reset_trouble *trouble = reset_trouble_find(
		device->vendor_id, device->device_id, kernel_version_parse(facts->machine.kernel));
	unsigned variant;

	if (device->is_bridge)
		return;
	if (trouble && trouble->bus_only && device_resets_alone(device))
		trouble = NULL;
	if (trouble) {
		finding_set(finding, "name", "%s", trouble->name);
		finding_set(finding, "note", "%s", trouble->note);
		finding_set(finding, "fixed", "%u.%u", trouble->fixed_in.major,
			    trouble->fixed_in.minor);
	}
	for (size_t i = 0; i < ARRAY_SIZE(now); i++) {
		const struct log_event *event = log_find(&facts->log, now[i], device->address);

		if (!event)
			continue;
		finding_fail(finding, !trouble                  ? BROKEN_NOW
				      : trouble->fixed_in.major ? BROKEN_NOW_OLD_KERNEL
								: BROKEN_NOW_KNOWN);
		finding_severity(finding, SEVERITY_BLOCKER);
		finding_evidence_event(finding, &facts->log, event);
	}
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

/* -- device.power-stuck
 * ----------------------------------------------------------------------------------- */

enum { STUCK_NOW, STUCK_BEFORE };

/* A function that would not go to sleep is awake: that is no way to be stuck. */
static const struct log_event *stuck_event(const struct kernel_log *log, enum log_kind kind,
					   const struct device *device)
{
	for_each (event, &log->events)
		if (event->kind == kind && streq(event->address, device->address) &&
		    !strstr(event->text, "from D0 to "))
			return event;
	return NULL;
}

static void power_stuck(const struct facts *facts, const struct device *device,
			struct finding *finding)
{
	static const enum log_kind stuck[] = {LOG_POWER_STUCK, LOG_UNKNOWN_HEADER};
	bool answers = device->config.header_known && !device->config.all_ones;

	if (device->is_bridge)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(stuck); i++) {
		const struct log_event *event = stuck_event(&facts->log, stuck[i], device);

		if (!event)
			continue;
		finding_fail(finding, answers ? STUCK_BEFORE : STUCK_NOW);
		finding_severity(finding, answers ? SEVERITY_WARNING : SEVERITY_BLOCKER);
		finding_evidence_event(finding, &facts->log, event);
	}
	if (device->config.all_ones) {
		finding_fail(finding, STUCK_NOW);
		finding_evidence_device(finding, device, "config", "reads ff in every byte");
	}
	if (finding->result == RESULT_FAIL) {
		if (device->power_state)
			finding_evidence_device(finding, device, "power_state", "%s",
						device->power_state);
		return;
	}
	/* Of "unknown" and "error" nothing follows. */
	if (answers || (device->power_state && *device->power_state == 'D'))
		finding_pass(finding); /* it answers: an idle function in D3hot is healthy */
	else
		finding_unknown(finding,
				arena_printf(finding->arena, "/sys/bus/pci/devices/%s/config",
					     device->address));
}

/* -- BARs and ROM
 * ------------------------------------------------------------------------------------------- */

enum { BARS_KNOWN, BARS_IN_LOG };

static void bar_unassigned(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	const struct log_event *event = log_find(&facts->log, LOG_BAR_NO_SPACE, device->address);
	struct strings missing = {0};

	if (device->is_bridge)
		return;
	if (!event)
		event = log_find(&facts->log, LOG_BAR_NOT_ASSIGNED, device->address);
	for (size_t i = 0; i < BAR_COUNT; i++) {
		const struct bar *bar = &device->bars[i];

		/* I/O ports are scarce behind switches, and no modern driver needs them. */
		if (!bar->present || bar->io || bar->assigned)
			continue;
		strings_add(finding->arena, &missing, arena_printf(finding->arena, "%zu", i));
		finding_evidence_device(finding, device, "resource", "BAR %zu has no address", i);
	}
	if (device->bars_known != YES) {
		if (!event) {
			finding_unknown(finding, arena_printf(finding->arena,
							      "/sys/bus/pci/devices/%s/resource",
							      device->address));
			return;
		}
	} else if (!missing.count) {
		finding_pass(finding); /* a failure that the log tells of was mended later */
		return;
	}
	finding_fail(finding, missing.count ? BARS_KNOWN : BARS_IN_LOG);
	finding_set(finding, "bars", "%s", strings_join(finding->arena, &missing, ", "));
	finding_evidence_event(finding, &facts->log, event);
}

static void bar_too_large(const struct facts *facts, const struct device *device,
			  struct finding *finding)
{
	static const uint64_t window = UINT64_C(32)
				       << 30; /* OVMF's usual 64-bit window under q35 */
	const struct device *largest = NULL;
	uint64_t total = 0, most = 0;
	bool known = true;

	(void)device;
	if (!facts->targets.count)
		return;
	for_each (target, &facts->targets) {
		known &= (*target)->bars_known == YES || (*target)->is_bridge;
		for (size_t i = 0; i < BAR_COUNT; i++) {
			const struct bar *bar = &(*target)->bars[i];

			if (!bar->present || bar->bits != 64 || total > UINT64_MAX - bar->size)
				continue;
			total += bar->size;
			if (bar->size > most) {
				most = bar->size;
				largest = *target;
			}
			if (bar->size >= window / 4)
				finding_evidence_device(finding, *target, "resource",
							"BAR %zu: %llu MiB", i,
							(unsigned long long)(bar->size >> 20));
		}
	}
	if (total > window) {
		finding_fail(finding, 0);
		finding_set(finding, "total", "%llu", (unsigned long long)((total - 1) >> 30) + 1);
		if (!finding->evidence.count) /* many small ones */
			finding_evidence_device(finding, largest, "resource",
						"the largest of them: %llu MiB",
						(unsigned long long)(most >> 20));
	} else if (known) {
		finding_pass(finding);
	} else {
		finding_unknown(finding, "/sys/bus/pci/devices");
	}
}

static void rom_unreadable(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	const struct log_event *event = log_find(&facts->log, LOG_ROM_INVALID, device->address);

	if (!device_is_display(device))
		return;
	if (event) {
		finding_fail(finding, 0);
		finding_evidence_event(finding, &facts->log, event);
	} else if (facts->log.known == YES) {
		finding_pass(finding);
	} else {
		finding_unknown(finding, "dmesg");
	}
}

/* -- the rows
 * ---------------------------------------------------------------------------------------- */

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
	{
		.id = "device.power-stuck",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("the device does not answer"),
		.why = N_("A function that fell off the bus or is stuck in a sleep state answers "
			  "with ff to every read. An "
			  "idle function in D3hot is healthy."),
		.references = {"https://docs.kernel.org/power/pci.html"},
		.evaluate = power_stuck,
		.variants =
			{
				[STUCK_NOW] =
					{
						N_("{device} does not answer: stuck in a sleep "
						   "state or off the bus"),
						N_("No VM can start with it in this state."),
						{{OWNER_USER, N_("power the machine off and on"),
						  NULL},
						 {OWNER_USER,
						  N_("if it happens again, keep the device awake: "
						     "options vfio-pci "
						     "disable_idle_d3=1, and d3cold_allowed set to "
						     "0"),
						  "sh -c 'echo 0 > "
						  "/sys/bus/pci/devices/{device}/d3cold_allowed'"}},
					},
				[STUCK_BEFORE] =
					{
						N_("{device} did not change its power state when "
						   "it was told to in this boot"),
						N_("It answers now; the next VM start may find it "
						   "stuck."),
						{{OWNER_USER,
						  N_("keep the device awake: options vfio-pci "
						     "disable_idle_d3=1, and "
						     "d3cold_allowed set to 0"),
						  "sh -c 'echo 0 > "
						  "/sys/bus/pci/devices/{device}/d3cold_allowed'"},
						 {OWNER_USER,
						  N_("if it gets stuck, power the machine off and "
						     "on"),
						  NULL}},
					},
			},
	},
	{
		.id = "device.bar-unassigned",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_ARGUMENT_ADD,
		.title = N_("a BAR of the device has no address"),
		.why = N_("Firmware left too little address space below the port, so the kernel "
			  "could not place the BAR. "
			  "The device cannot be enabled."),
		.references = {"https://docs.kernel.org/admin-guide/kernel-parameters.html"},
		.evaluate = bar_unassigned,
		.variants =
			{
				[BARS_KNOWN] =
					{
						N_("{device} has memory BARs without an address: "
						   "{bars}"),
						N_("The bridge window that firmware gave is too "
						   "small."),
						{{OWNER_FIRMWARE,
						  N_("enable Above 4G Decoding, and Resizable BAR "
						     "support, in firmware "
						     "setup"),
						  NULL},
						 {OWNER_USER,
						  N_("or let the kernel lay out the windows anew: "
						     "pci=realloc on the command "
						     "line"),
						  NULL}},
					},
				[BARS_IN_LOG] =
					{
						N_("the kernel log tells of a memory BAR of "
						   "{device} that got no address"),
						N_("The bridge window that firmware gave is too "
						   "small."),
						{{OWNER_FIRMWARE,
						  N_("enable Above 4G Decoding, and Resizable BAR "
						     "support, in firmware "
						     "setup"),
						  NULL},
						 {OWNER_USER,
						  N_("or let the kernel lay out the windows anew: "
						     "pci=realloc on the command "
						     "line"),
						  NULL}},
					},
			},
	},
	{
		.id = "device.bar-too-large",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_GUEST,
		.title = N_("the targets' BARs are larger than a guest's usual window"),
		.why = N_("OVMF gives a q35 guest a 64-bit window of 32 GiB unless told otherwise. "
			  "BARs beyond it are not "
			  "placed in the guest, and its driver fails."),
		.references = {"https://www.qemu.org/docs/master/"},
		.evaluate = bar_too_large,
		.variants = {{
			N_("the targets' 64-bit BARs need {total} GiB: more than a guest's usual "
			   "window"),
			N_("Guest firmware places 64-bit BARs in a window of 32 GiB by default."),
			{{OWNER_USER,
			  N_("give the guest a larger window (QEMU: -fw_cfg "
			     "name=opt/ovmf/X-PciMmio64Mb,string=262144, or -cpu host with enough "
			     "physical "
			     "address bits on recent OVMF)"),
			  NULL}},
		}},
	},
	{
		.id = "device.rom-unreadable",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_GUEST,
		.title = N_("the device's option ROM cannot be read"),
		.why = N_("A guest shows a picture before its driver loads only with the card's "
			  "ROM. It cannot be read from "
			  "the boot GPU (a shadow copy), from integrated graphics, and from cards "
			  "already started."),
		.references = {"https://www.qemu.org/docs/master/system/igd-assign.html"},
		.evaluate = rom_unreadable,
		.variants = {{
			N_("the option ROM of {device} is not readable"),
			N_("The kernel found no ROM signature. With a romfile, or where the "
			   "guest's driver does without, "
			   "this is harmless."),
			{{OWNER_USER,
			  N_("give the VM the card's ROM as a file (romfile=), or none (rombar=0)"),
			  NULL}},
		}},
	},
};

const struct check_table checks_hardware = {rows, ARRAY_SIZE(rows)};
