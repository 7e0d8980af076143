/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks iommu.*: is the IOMMU that runs good enough for VFIO? */
#include "preflight/checks/check.h"
#include "preflight/checks/known_devices.h"

/* -- interrupts
 * ---------------------------------------------------------------------------------------- */

/* The second four: allow_unsafe_interrupts is set already. */
enum {
	REMAPPING_OFF,
	REMAPPING_ERRATUM,
	REMAPPING_TABLE,
	REMAPPING_NOT_BUILT,
	REMAPPING_OFF_ALLOWED,
	REMAPPING_ERRATUM_ALLOWED,
	REMAPPING_TABLE_ALLOWED,
	REMAPPING_NOT_BUILT_ALLOWED,
	REMAPPING_ERRATUM_XEN,
};

static const struct device *defective_chipset(const struct facts *facts)
{
	for_each (device, &facts->devices)
		if (known_defective_remapping(device->vendor_id, device->device_id,
					      device->revision))
			return device;
	return NULL;
}

static void quote_chipset(struct finding *finding, const struct device *chipset)
{
	if (chipset)
		finding_evidence_device(finding, chipset, "", "%04x:%04x, revision %02x",
					chipset->vendor_id, chipset->device_id, chipset->revision);
}

/* Xen sets its IOMMU aside on such a chipset (drivers/passthrough/vtd/quirks.c
 * tylersburg_intremap_quirk); dom0 sees neither that nor the log of it. */
static void remapping_under_xen(const struct facts *facts, struct finding *finding)
{
	const struct device *chipset = defective_chipset(facts);

	if (!chipset)
		return;
	finding_fail(finding, REMAPPING_ERRATUM_XEN);
	finding_severity(finding, SEVERITY_WARNING);
	quote_chipset(finding, chipset);
}

/* Why remapping is off, where the log, the chipset or the table tells. */
static unsigned remapping_cause(const struct facts *facts)
{
	const struct log_event *failed = log_find(&facts->log, LOG_IR_FAILED, NULL);

	if (facts->machine.config.irq_remap == 'n')
		return REMAPPING_NOT_BUILT;
	/* The line that speaks of the erratum is the next one. */
	if (failed && strstr(failed->text, "This system BIOS has enabled interrupt remapping"))
		return REMAPPING_ERRATUM;
	if (defective_chipset(facts))
		return REMAPPING_ERRATUM;
	return facts->iommu.interrupt_remapping_in_table == NO ? REMAPPING_TABLE : REMAPPING_OFF;
}

static const struct origin *unsafe_allowed(const struct facts *facts)
{
	static const char *const modules[] = {"vfio_iommu_type1", "iommufd"};

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
		const struct module_parameter *parameter =
			facts_module_parameter(facts, modules[i], "allow_unsafe_interrupts");

		if (parameter && (*parameter->value == 'Y' || *parameter->value == '1'))
			return &parameter->origin;
	}
	return NULL;
}

static void remapping_off(const struct facts *facts, const struct device *device,
			  struct finding *finding)
{
	const struct log_event *failed = log_find(&facts->log, LOG_IR_FAILED, NULL);
	const struct origin *allowed = unsafe_allowed(facts);

	(void)device;
	if (facts->machine.xen_dom0 == YES) {
		remapping_under_xen(facts, finding);
		return;
	}
	if (facts->iommu.active == NO)
		return;
	if (facts->iommu.interrupt_remapping == YES) {
		finding_pass(finding);
		return;
	}
	if (facts->iommu.interrupt_remapping == UNKNOWN) {
		finding_unknown(finding, "/proc/interrupts");
		return;
	}
	finding_fail(finding, remapping_cause(facts) + (allowed ? REMAPPING_OFF_ALLOWED : 0));
	finding_set(finding, "table", "%s", facts_table_name(facts));
	finding_evidence(finding, &facts->iommu.interrupt_remapping_origin);
	finding_evidence_event(finding, &facts->log, failed);
	if (remapping_cause(facts) == REMAPPING_ERRATUM)
		quote_chipset(finding, defective_chipset(facts));
	if (remapping_cause(facts) == REMAPPING_NOT_BUILT)
		finding_evidence_at(finding, facts->machine.config.source, 0,
				    "CONFIG_IRQ_REMAP is not set");
	/* VFIO will start all the same; iommu.unsafe-interrupts says what that costs. */
	if (allowed) {
		finding_severity(finding, SEVERITY_WARNING);
		finding_evidence(finding, allowed);
	}
}

static bool says_yes(const char *value)
{
	return !value || *value == 'Y' || *value == 'y' || *value == '1';
}

enum { UNSAFE_NEEDED, UNSAFE_NEEDLESS, UNSAFE_FOR_GOOD };

static void unsafe_interrupts(const struct facts *facts, const struct device *device,
			      struct finding *finding)
{
	const struct origin *allowed = unsafe_allowed(facts);
	const struct parameter *asked =
		facts_parameter(facts, "vfio_iommu_type1.allow_unsafe_interrupts");

	(void)device;
	if (!allowed && asked && says_yes(asked->value))
		allowed = &asked->origin;
	for_each (line, &facts->modules.modprobe)
		if (!allowed && line->command == MODPROBE_OPTIONS &&
		    streq(line->module, "vfio_iommu_type1") &&
		    (strstr(line->argument, "allow_unsafe_interrupts=1") ||
		     strstr(line->argument, "allow_unsafe_interrupts=Y")))
			allowed = &line->origin;
	if (!allowed) {
		finding_pass(finding);
		return;
	}
	if (facts->iommu.interrupt_remapping == YES)
		finding_fail(finding, UNSAFE_NEEDLESS);
	else
		finding_fail(finding, remapping_cause(facts) == REMAPPING_ERRATUM ? UNSAFE_FOR_GOOD
										  : UNSAFE_NEEDED);
	finding_evidence(finding, allowed);
}

/* -- faults, graphics, width
 * ------------------------------------------------------------------------------ */

enum { FAULT_DEVICE, FAULT_GHOST };

static void dma_faults(const struct facts *facts, const struct device *device,
		       struct finding *finding)
{
	struct strings sources = {0};
	unsigned count = 0;
	bool ghost = false;

	(void)device;
	if (facts->log.known != YES) {
		finding_unknown(finding, "dmesg");
		return;
	}
	finding_pass(finding);
	for_each (event, &facts->log.events) {
		if (event->kind != LOG_DMA_FAULT)
			continue;
		count++;
		if (event->address && !strings_contain(&sources, event->address)) {
			strings_add(finding->arena, &sources, event->address);
			ghost |= !facts->devices_partial &&
				 !facts_find_device(facts, event->address);
			if (sources.count <= 4)
				finding_evidence_event(finding, &facts->log, event);
		} else if (!event->address && count <= 2) {
			finding_evidence_event(finding, &facts->log, event);
		}
	}
	if (!count)
		return;
	finding_fail(finding, ghost ? FAULT_GHOST : FAULT_DEVICE);
	finding_set(finding, "count", "%u", count);
	finding_set(finding, "devices", "%s",
		    sources.count ? strings_join(finding->arena, &sources, ", ") : "devices");
}

static void graphics_excluded(const struct facts *facts, const struct device *device,
			      struct finding *finding)
{
	const struct parameter *off = facts_parameter_word(facts, "intel_iommu", "igfx_off");

	if (facts->iommu.active != YES || device->class_code < 0 ||
	    device->class_code >> 16 != 0x03 || device->parent || device->parent_unknown ||
	    device->vendor_id != 0x8086)
		return;
	if (device->has_group != NO) {
		if (device->has_group == YES)
			finding_pass(finding);
		else
			finding_unknown(finding, "/sys/kernel/iommu_groups");
		return;
	}
	finding_fail(finding, off ? 0 : 1);
	finding_evidence_device(finding, device, "", "has no iommu_group");
	if (off)
		finding_evidence(finding, &off->origin);
	finding_evidence_kind(finding, LOG_DMAR_GFX_DISABLED);
}

enum { WIDTH_BAR, WIDTH_MEMORY, WIDTH_CPU };

static const struct bar *widest_bar(const struct facts *facts, const struct device **ret_device)
{
	const struct bar *widest = NULL;

	for_each (target, &facts->targets)
		for (size_t i = 0; i < BAR_COUNT; i++) {
			const struct bar *bar = &(*target)->bars[i];

			if (!bar->present || bar->io || bar->bits != 64)
				continue;
			if (widest && bar->address + bar->size <= widest->address + widest->size)
				continue;
			widest = bar;
			*ret_device = *target;
		}
	return widest;
}

static void address_width(const struct facts *facts, const struct device *device,
			  struct finding *finding)
{
	const struct iommu_unit *narrow = NULL;
	const struct device *target = NULL;
	const struct bar *bar = widest_bar(facts, &target);
	uint64_t limit;

	(void)device;
	for_each (unit, &facts->iommu.units)
		if (unit->address_bits && (!narrow || unit->address_bits < narrow->address_bits))
			narrow = unit;
	if (facts->iommu.active != YES || !facts->targets.count)
		return;
	if (!narrow) {
		finding_unknown(finding, "/sys/class/iommu");
		return;
	}
	limit = narrow->address_bits >= 64 ? UINT64_MAX : UINT64_C(1) << narrow->address_bits;
	finding_set(finding, "bits", "%d", narrow->address_bits);
	finding_set(finding, "unit", "%s", narrow->name);
	finding_set(finding, "cpubits", "%d", facts->machine.physical_bits);
	finding_set(finding, "target", "%s", target ? target->address : "");
	if (bar && bar->assigned && bar->address + bar->size > limit)
		finding_fail(finding, WIDTH_BAR);
	else if (facts->usage.memory_total > limit)
		finding_fail(finding, WIDTH_MEMORY);
	else if (bar && facts->machine.physical_bits > narrow->address_bits)
		finding_fail(finding, WIDTH_CPU);
	else
		finding_pass(finding);
	if (finding->result == RESULT_FAIL)
		finding_evidence(finding, &narrow->origin);
}

/* -- the rows
 * ------------------------------------------------------------------------------------------ */

static const struct check rows[] = {
	{
		.id = "iommu.interrupt-remapping-off",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_ARGUMENT_REMOVE,
		.title = N_("interrupt remapping is off"),
		.why = N_("Without interrupt remapping a device in a VM could inject any interrupt "
			  "into the host, so "
			  "VFIO answers EPERM when the IOMMU is to be set up for it. It is "
			  "independent of DMA "
			  "remapping: either can be on without the other."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = remapping_off,
		.under_xen = true,
		.variants =
			{
				[REMAPPING_OFF] =
					{
						N_("interrupt remapping is off"),
						N_("VFIO will refuse every device with \"Operation "
						   "not permitted\" while interrupts are "
						   "not remapped."),
						{{OWNER_FIRMWARE,
						  N_("enable interrupt remapping and x2APIC in "
						     "firmware setup, or update "
						     "the firmware"),
						  NULL},
						 {OWNER_USER,
						  N_("remove intremap=off, nointremap or noapic "
						     "from the kernel command "
						     "line, where they stand there"),
						  NULL},
						 {OWNER_USER,
						  N_("only as a last resort, on a host where every "
						     "guest is trusted: "
						     "vfio_iommu_type1.allow_unsafe_interrupts=1"),
						  NULL}},
					},
				[REMAPPING_ERRATUM] =
					{
						N_("the kernel switched interrupt remapping off: "
						   "this chipset's is defective"),
						N_("Intel 5500, 5520 and X58 chipsets carry an "
						   "erratum in interrupt remapping; the "
						   "kernel does not use it there."),
						{{OWNER_VENDOR,
						  N_("no setting cures the erratum: use another "
						     "machine"),
						  NULL},
						 {OWNER_USER,
						  N_("only where every guest is trusted: "
						     "vfio_iommu_type1.allow_unsafe_interrupts=1"),
						  NULL}},
					},
				[REMAPPING_TABLE] =
					{
						N_("interrupt remapping is off: firmware's {table} "
						   "table does not offer it"),
						N_("The {table} table does not announce interrupt "
						   "remapping for this machine."),
						{{OWNER_FIRMWARE,
						  N_("enable interrupt remapping in firmware "
						     "setup, or update the "
						     "firmware"),
						  NULL},
						 {OWNER_USER,
						  N_("only where every guest is trusted: "
						     "vfio_iommu_type1.allow_unsafe_interrupts=1"),
						  NULL}},
					},
				[REMAPPING_NOT_BUILT] =
					{
						N_("interrupt remapping is off: kernel {kernel} is "
						   "built without it"),
						N_("VFIO will refuse every device with \"Operation "
						   "not permitted\" while interrupts are "
						   "not remapped."),
						{{OWNER_USER,
						  N_("boot a kernel with CONFIG_IRQ_REMAP"), NULL}},
					},
				[REMAPPING_OFF_ALLOWED] =
					{
						N_("interrupt remapping is off"),
						N_("VFIO works only because "
						   "allow_unsafe_interrupts is set."),
						{{OWNER_FIRMWARE,
						  N_("enable interrupt remapping and x2APIC in "
						     "firmware setup, or update "
						     "the firmware"),
						  NULL},
						 {OWNER_USER,
						  N_("remove intremap=off, nointremap or noapic "
						     "from the kernel command "
						     "line, where they stand there"),
						  NULL}},
					},
				[REMAPPING_ERRATUM_ALLOWED] =
					{
						N_("the kernel switched interrupt remapping off: "
						   "this chipset's is defective"),
						N_("Intel 5500, 5520 and X58 chipsets carry an "
						   "erratum in interrupt remapping. VFIO "
						   "works only because allow_unsafe_interrupts is "
						   "set."),
						{{OWNER_VENDOR,
						  N_("no setting cures the erratum: for guests "
						     "that are not trusted, use "
						     "another machine"),
						  NULL}},
					},
				[REMAPPING_ERRATUM_XEN] =
					{
						N_("this chipset's interrupt remapping is "
						   "defective: Xen runs without the IOMMU on it"),
						N_("Intel 5500, 5520 and X58 chipsets of this "
						   "revision carry an erratum in interrupt "
						   "remapping. Xen says \"no IOMMU\" although "
						   "firmware has it switched on."),
						{{OWNER_USER, N_("see what Xen made of it"),
						  "xl dmesg | grep -i vt-d"},
						 {OWNER_USER,
						  N_("only where every guest is trusted: "
						     "iommu=no-intremap on Xen's command line"),
						  NULL},
						 {OWNER_VENDOR,
						  N_("no setting cures the erratum: use another "
						     "machine"),
						  NULL}},
					},
				[REMAPPING_TABLE_ALLOWED] =
					{
						N_("interrupt remapping is off: firmware's {table} "
						   "table does not offer it"),
						N_("VFIO works only because "
						   "allow_unsafe_interrupts is set."),
						{{OWNER_FIRMWARE,
						  N_("enable interrupt remapping in firmware "
						     "setup, or update the "
						     "firmware"),
						  NULL}},
					},
				[REMAPPING_NOT_BUILT_ALLOWED] =
					{
						N_("interrupt remapping is off: kernel {kernel} is "
						   "built without it"),
						N_("VFIO works only because "
						   "allow_unsafe_interrupts is set."),
						{{OWNER_USER,
						  N_("boot a kernel with CONFIG_IRQ_REMAP"), NULL}},
					},
			},
	},
	{
		.id = "iommu.unsafe-interrupts",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("allow_unsafe_interrupts is set"),
		.why = N_("The parameter lets VFIO work without interrupt remapping. A guest can "
			  "then send any "
			  "interrupt to the host. Guides copy it without need."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = unsafe_interrupts,
		.variants =
			{
				[UNSAFE_NEEDED] =
					{
						N_("allow_unsafe_interrupts is set: guests can "
						   "inject interrupts into the host"),
						N_("VFIO works without interrupt remapping, at the "
						   "price of isolation."),
						{{OWNER_FIRMWARE,
						  N_("get interrupt remapping instead: firmware "
						     "setup or update"),
						  NULL}},
					},
				[UNSAFE_NEEDLESS] =
					{
						N_("allow_unsafe_interrupts is set although "
						   "interrupt remapping works"),
						N_("This machine does not need it; it only weakens "
						   "the host should remapping fail one "
						   "day."),
						{{OWNER_USER,
						  N_("remove allow_unsafe_interrupts where the "
						     "evidence shows it"),
						  NULL}},
					},
				[UNSAFE_FOR_GOOD] =
					{
						N_("allow_unsafe_interrupts is set: guests can "
						   "inject interrupts into the host"),
						N_("On this chipset VFIO works only like that."),
						{{OWNER_USER, N_("run only guests that you trust"),
						  NULL}},
					},
			},
	},
	{
		.id = "iommu.dma-faults",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_ARGUMENT_ADD,
		.title = N_("the IOMMU has reported DMA faults since boot"),
		.why = N_("A fault means that a device read or wrote memory that was not mapped "
			  "for it: a driver or "
			  "firmware that works behind the kernel's back, or a device that uses "
			  "another device's "
			  "requester id."),
		.references = {"https://docs.kernel.org/arch/x86/iommu.html"},
		.evaluate = dma_faults,
		.variants =
			{
				[FAULT_DEVICE] =
					{
						N_("{count} DMA faults since boot, of {devices}"),
						N_("The IOMMU stopped accesses that were not "
						   "mapped. On a device of the host this "
						   "often follows switching translation on."),
						{{OWNER_USER,
						  N_("if a device that stays with the host "
						     "misbehaves, let the host's own "
						     "devices run untranslated: iommu=pt"),
						  NULL}},
					},
				[FAULT_GHOST] =
					{
						N_("{count} DMA faults since boot, some of "
						   "addresses that do not exist ({devices})"),
						N_("An address without a function behind it is a "
						   "requester id that another function "
						   "of that bus borrows (a DMA alias that the "
						   "kernel does not know)."),
						{{OWNER_USER,
						  N_("update the kernel: newer ones know more such "
						     "devices"),
						  NULL},
						 {OWNER_USER,
						  N_("until then iommu=pt keeps the host's own "
						     "devices working"),
						  NULL}},
					},
			},
	},
	{
		.id = "iommu.graphics-excluded",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_ARGUMENT_ADD,
		.title = N_("integrated graphics is excluded from the IOMMU"),
		.why = N_("Intel graphics can be left out of translation (igfx_off, a chipset "
			  "quirk, Debian's default). "
			  "It then has no IOMMU group and cannot be passed through; other devices "
			  "can."),
		.references = {"https://docs.kernel.org/admin-guide/kernel-parameters.html"},
		.evaluate = graphics_excluded,
		.cured_by_configure = true,
		.variants =
			{
				{
					N_("{device} has no IOMMU group: intel_iommu=igfx_off "
					   "leaves graphics out"),
					N_("The parameter asks for it."),
					{{OWNER_VFIOKIT,
					  N_("remove igfx_off from the kernel command line"),
					  "vfiokit configure {device}"}},
				},
				{
					N_("{device} has no IOMMU group: the kernel leaves "
					   "integrated graphics out"),
					N_("Debian's kernels translate the integrated GPU only "
					   "with intel_iommu=on; on some "
					   "chipsets a quirk excludes it for good."),
					{{OWNER_VFIOKIT,
					  N_("add intel_iommu=on to the kernel command line"),
					  "vfiokit configure {device}"}},
				},
			},
	},
	{
		.id = "iommu.address-width",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_GUEST,
		.title = N_("the IOMMU's address width is too small"),
		.why = N_("A guest's memory and the device's BARs are mapped at guest addresses; a "
			  "unit with 39 address "
			  "bits reaches 512 GiB. What lies above cannot be mapped."),
		.references = {"https://docs.kernel.org/arch/x86/iommu.html"},
		.evaluate = address_width,
		.variants =
			{
				[WIDTH_BAR] =
					{
						N_("{unit} translates {bits} address bits: a BAR "
						   "of {target} lies beyond them"),
						N_("Mapping that BAR for peer-to-peer access will "
						   "fail."),
						{{OWNER_FIRMWARE,
						  N_("limit MMIO high size or base in firmware "
						     "setup"),
						  NULL}},
					},
				[WIDTH_MEMORY] =
					{
						N_("{unit} translates {bits} address bits: less "
						   "than this host's memory"),
						N_("A guest as large as the host could not be "
						   "mapped."),
						{{OWNER_USER,
						  N_("keep the guest's memory and BARs below the "
						     "limit"),
						  NULL}},
					},
				[WIDTH_CPU] =
					{
						N_("{unit} translates {bits} address bits, the CPU "
						   "has {cpubits}"),
						N_("Guest firmware that places 64-bit BARs by the "
						   "CPU's width puts those of {target} out "
						   "of the IOMMU's reach."),
						{{OWNER_USER,
						  N_("limit the guest's physical address bits to "
						     "{bits} (QEMU: -cpu "
						     "host,host-phys-bits-limit={bits}); a virtual "
						     "IOMMU: aw-bits=48"),
						  NULL}},
					},
			},
	},
};

const struct check_table checks_remapping = {rows, ARRAY_SIZE(rows)};
