/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks device.*: reset, power, BARs and ROM, what a VM needs of the hardware itself. */
#include "preflight/checks/check.h"
#include "preflight/checks/device_relations.h"

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

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
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
			     "physical address bits on recent OVMF)"),
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
