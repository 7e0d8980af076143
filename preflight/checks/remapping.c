/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks iommu.interrupt-remapping-off and iommu.unsafe-interrupts. */
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

/* -- the rows ---------------------------------------------------------------------------------------- */

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
};

const struct check_table checks_remapping = {rows, ARRAY_SIZE(rows)};
