/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks iommu.*: faults, devices that are not translated, addresses that do not fit. */
#include "preflight/checks/check.h"

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
	finding_set(finding, "faults", P_("%u DMA fault", "%u DMA faults", count), count);
	finding_set(finding, "devices", "%s",
		    sources.count ? strings_join(finding->arena, &sources, ", ") : _("devices"));
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

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
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
						N_("{faults} since boot, of {devices}"),
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
						N_("{faults} since boot, some of "
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

const struct check_table checks_translation = {rows, ARRAY_SIZE(rows)};
