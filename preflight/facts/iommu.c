/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/iommu.h"
#include "preflight/parse/interrupts.h"

#include <errno.h>

enum { INTERRUPTS_LIMIT = 16 * 1024 * 1024 };

/* -- is it on? ----------------------------------------------------------------------------------- */

/* Groups that the IOMMU made: not those that VFIO invents for its no-IOMMU mode. */
static size_t count_real_groups(const struct facts *facts)
{
	size_t count = 0;

	for_each (group, &facts->groups)
		count += group->members.count && !streq(group->name, "vfio-noiommu");
	return count;
}

static bool function_has_group(const struct facts *facts)
{
	for_each (device, &facts->devices)
		if (device->has_group == YES && device->group &&
		    !streq(device->group->name, "vfio-noiommu"))
			return true;
	return false;
}

static enum iommu_kind kind_of_units(const struct facts *facts)
{
	enum iommu_kind kind = IOMMU_NONE_KNOWN;

	for_each (unit, &facts->iommu.units)
		if (kind == IOMMU_NONE_KNOWN || kind == IOMMU_OTHER)
			kind = unit->kind;
	return kind;
}

/*
 * Whether the units are a SoC's for its display or codecs, with no PCI function behind them. The
 * kernel makes a function's group when a driver first probes it, so one with a driver must be seen.
 */
static bool units_are_not_for_pci(const struct facts *facts)
{
	bool driven = false;

	if (kind_of_units(facts) != IOMMU_OTHER)
		return false;
	for_each (device, &facts->devices) {
		if (device->has_group != NO)
			return false;
		driven |= device->has_driver == YES;
	}
	return driven;
}

static const char *unit_names(const struct facts *facts)
{
	struct strings names = {0};

	for_each (unit, &facts->iommu.units)
		strings_add(facts->arena, &names, unit->name);
	return strings_join(facts->arena, &names, ", ");
}

static void set_active(struct facts *facts, enum truth active, const char *source, const char *text)
{
	facts->iommu.active = active;
	facts->iommu.active_origin = (struct origin){.source = source, .text = text};
}

static void judge_active(struct facts *facts, enum truth units_listed)
{
	size_t groups = count_real_groups(facts);

	if (units_are_not_for_pci(facts))
		set_active(facts, NO, "/sys/kernel/iommu_groups",
			   arena_printf(facts->arena,
					"%zu groups, none of a PCI function; units: %s", groups,
					unit_names(facts)));
	else if (groups && facts->iommu.units.count)
		set_active(facts, YES, "/sys/kernel/iommu_groups",
			   arena_printf(facts->arena, "%zu groups; units: %s", groups,
					unit_names(facts)));
	else if (units_listed != YES && function_has_group(facts))
		set_active(facts, YES, "/sys/kernel/iommu_groups",
			   arena_printf(facts->arena, "%zu groups", groups));
	else if (facts->iommu.groups_listed == YES && !facts->groups.count)
		set_active(facts, NO, "/sys/kernel/iommu_groups", "is empty");
	else if (units_listed == YES && !facts->iommu.units.count && !groups)
		set_active(facts, NO, "/sys/class/iommu", "is empty");
}

/* -- of what kind? ------------------------------------------------------------------------------- */

static enum iommu_kind kind_of_tables(const struct iommu_facts *iommu)
{
	if (iommu->table_present[TABLE_DMAR] == YES)
		return IOMMU_INTEL;
	if (iommu->table_present[TABLE_IVRS] == YES)
		return IOMMU_AMD;
	if (iommu->table_present[TABLE_IORT] == YES && iommu->smmu_in_table == YES)
		return IOMMU_SMMU;
	if (iommu->table_present[TABLE_VIOT] == YES)
		return IOMMU_VIRTIO;
	return IOMMU_NONE_KNOWN;
}

/* What the CPU's maker builds in. A VM has what its hypervisor gives it, an Arm SoC anything. */
static enum iommu_kind kind_of_cpu(const struct machine_facts *machine)
{
	if (machine->in_vm == YES)
		return IOMMU_NONE_KNOWN;
	switch (machine->cpu_vendor) {
	case CPU_INTEL:
	case CPU_ZHAOXIN:
		return IOMMU_INTEL;
	case CPU_AMD:
	case CPU_HYGON:
		return IOMMU_AMD;
	default:
		return IOMMU_NONE_KNOWN;
	}
}

static void judge_kind(struct facts *facts)
{
	enum iommu_kind kind = kind_of_units(facts);

	if (kind == IOMMU_NONE_KNOWN)
		kind = kind_of_tables(&facts->iommu);
	if (kind == IOMMU_NONE_KNOWN)
		kind = kind_of_cpu(&facts->machine);
	facts->iommu.kind = kind;
}

/* Newer kernels show an empty device tree on ACPI machines too. */
static void judge_devicetree(struct facts *facts, const struct host *host)
{
	if (facts->iommu.tables_listed == YES)
		facts->iommu.devicetree = NO;
	else if (streq(facts->machine.firmware, "devicetree") ||
		 host_exists(host, "sys/firmware/devicetree/base") == 0 ||
		 host_exists(host, "proc/device-tree") == 0)
		facts->iommu.devicetree = YES;
}

/* -- interrupt remapping ------------------------------------------------------------------------- */

static void set_remapping(struct facts *facts, enum truth on, const char *source, unsigned line,
			  const char *text)
{
	facts->iommu.interrupt_remapping = on;
	facts->iommu.interrupt_remapping_origin =
		(struct origin){.source = source, .line = line, .text = text};
}

static void read_interrupts(struct facts *facts, const struct host *host)
{
	struct interrupts interrupts;
	struct bytes bytes;
	struct line line;
	int r = host_read(host, facts->arena, "proc/interrupts", INTERRUPTS_LIMIT, &bytes);

	if (r < 0) {
		facts_add_unread(facts, "proc/interrupts", r);
		return;
	}
	interrupts_parse(bytes.data, bytes.length, &interrupts);
	line = interrupts.remapped.text ? interrupts.remapped : interrupts.plain;
	if (line.text)
		set_remapping(facts, truth_of(interrupts.remapped.text), "/proc/interrupts",
			      line.number, interrupt_line_shorten(facts->arena, line));
}

/* Later messages undo earlier ones. */
static void take_remapping_of_log(struct facts *facts)
{
	for_each (event, &facts->log.events)
		if (event->kind == LOG_IR_ENABLED || event->kind == LOG_IR_FAILED)
			set_remapping(facts, truth_of(event->kind == LOG_IR_ENABLED),
				      facts->log.source, event->line, event->text);
}

/* -- the default domain -------------------------------------------------------------------------- */

/* The message is printed without any IOMMU too. */
static void take_default_domain_of_log(struct facts *facts)
{
	const struct log_event *event = log_find(&facts->log, LOG_DEFAULT_DOMAIN, NULL);

	if (!event || facts->iommu.active != YES)
		return;
	if (strstr(event->text, "type: Translated"))
		facts->iommu.default_domain = "translated";
	else if (strstr(event->text, "type: Passthrough"))
		facts->iommu.default_domain = "identity";
	else
		return;
	facts->iommu.default_domain_origin = (struct origin){
		.source = facts->log.source, .line = event->line, .text = event->text};
}

/* -- all of it ----------------------------------------------------------------------------------- */

/* The kernel's own lists of regions are as good as the tables that they were made from. */
static void judge_regions_known(struct facts *facts)
{
	if (facts->iommu.active != YES)
		return;
	for_each (group, &facts->groups)
		if (group->reserved_known != YES)
			return;
	facts->iommu.firmware_regions_known = YES;
}

void facts_collect_iommu(struct facts *facts, const struct host *host)
{
	enum truth units_listed;

	iommu_collect_groups(facts, host);
	units_listed = iommu_collect_units(facts, host);
	judge_active(facts, units_listed);
	iommu_collect_tables(facts, host);
	judge_devicetree(facts, host);
	judge_kind(facts);
	read_interrupts(facts, host);
	if (facts->iommu.interrupt_remapping == UNKNOWN)
		take_remapping_of_log(facts);
	if (!facts->iommu.default_domain)
		take_default_domain_of_log(facts);
	judge_regions_known(facts);
}
