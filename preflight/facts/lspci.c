/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/lspci.h"
#include "preflight/facts/lspci_parts.h"

enum { VENDOR_REDHAT = 0x1af4, VENDOR_QEMU = 0x1b36, CLASS_HOST_BRIDGE = 0x0600 };

/* -- the log ------------------------------------------------------------------------------------- */

/* Whether the log speaks of the functions that the text shows. Without ids their classes tell. */
static enum log_fit judge_fit(const struct paste *paste)
{
	size_t compared = 0, different = 0, missing = 0;

	if (paste->facts->log.known != YES)
		return LOG_MISSING;
	for_each (function, &paste->text.functions) {
		const struct enumerated_function *enumerated =
			enumeration_find(&paste->enumeration, &function->address);
		bool ids = function->vendor_id >= 0;

		if (!enumerated || !enumerated->found) {
			missing++;
			continue;
		}
		if (!ids && function->class_code < 0)
			continue;
		compared++;
		different += ids ? function->vendor_id != enumerated->vendor_id ||
					     function->device_id != enumerated->device_id
				 : function->class_code >> 8 != enumerated->class_code >> 8;
	}
	if (different * 2 > compared)
		return LOG_OF_OTHER_MACHINE;
	if (!compared && paste->enumeration.found && missing)
		return LOG_OF_OTHER_MACHINE;
	return different ? LOG_OF_OTHER_BOOT : LOG_FITS;
}

/* People paste all they have in one piece. */
static bool holds_log(const struct kernel_log *log)
{
	return log->known == YES && (log->first[LOG_LINUX_VERSION] ||
				     log->first[LOG_COMMAND_LINE] || log->first[LOG_GROUP_ADDED] ||
				     log->first[LOG_ACPI_DMAR] || log->first[LOG_ACPI_IVRS]);
}

static void read_log(struct paste *paste, const char *lspci_text, size_t lspci_length,
		     const char *dmesg_text, size_t dmesg_length)
{
	struct facts *facts = paste->facts;
	const char *text = dmesg_text ? dmesg_text : lspci_text;
	size_t length = dmesg_text ? dmesg_length : lspci_length;
	struct kernel_log log = {0};

	if (!text)
		return;
	log_parse(facts->arena, text, length, &log);
	/* Text without a single message that counts is no log, or none that shows what is missing. */
	if (log.known != YES || !log.events.count || (!dmesg_text && !holds_log(&log)))
		return;
	enumeration_parse(paste->scratch, text, length, &paste->enumeration);
	log.source = "dmesg";
	facts->log = log;
	paste->fit = judge_fit(paste);
	if (paste->fit != LOG_OF_OTHER_MACHINE)
		return;
	facts->log = (struct kernel_log){0};
	paste->enumeration = (struct enumeration){0};
}

/* -- the machine --------------------------------------------------------------------------------- */

static enum cpu_vendor vendor_of_model(const char *model)
{
	static const struct {
		const char *word;
		enum cpu_vendor vendor;
	} words[] = {
		{"Intel", CPU_INTEL},
		{"AMD", CPU_AMD},
		{"Hygon", CPU_HYGON},
		{"ZHAOXIN", CPU_ZHAOXIN},
	};

	for (size_t i = 0; model && i < ARRAY_SIZE(words); i++)
		if (strstr(model, words[i].word))
			return words[i].vendor;
	return CPU_UNKNOWN;
}

/* The host bridge belongs to the processor, but for what a hypervisor shows: QEMU's are the models
 * 440FX and 82G33. Without -nn the name has to do. */
static enum cpu_vendor vendor_of_host_bridge(const struct device *bridge)
{
	static const struct {
		int id;
		const char *name;
		enum cpu_vendor vendor;
	} vendors[] = {
		{0x8086, "Intel Corporation", CPU_INTEL},
		{0x1022, "Advanced Micro Devices", CPU_AMD},
		{0x1002, "ATI Technologies", CPU_AMD},
		{0x1d94, "Chengdu Haiguang", CPU_HYGON},
		{0x1d17, "Zhaoxin", CPU_ZHAOXIN},
	};
	const char *name = bridge->name ? bridge->name : "";

	if (strstr(name, "440FX") || strstr(name, "82G33"))
		return CPU_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(vendors); i++)
		if (bridge->vendor_id >= 0 ? bridge->vendor_id == vendors[i].id
					   : starts_with(name, vendors[i].name))
			return vendors[i].vendor;
	return CPU_UNKNOWN;
}

/* The first one on the first bus; listings of groups leave some out. */
static const struct device *host_bridge(const struct facts *facts)
{
	for_each (device, &facts->devices) {
		if (device->domain || device->bus)
			return NULL;
		if (device->class_code >= 0 && device->class_code >> 8 == CLASS_HOST_BRIDGE)
			return device;
	}
	return NULL;
}

static void judge_processor(struct paste *paste)
{
	struct machine_facts *machine = &paste->facts->machine;
	const struct device *bridge = host_bridge(paste->facts);

	if (bridge && machine->in_vm == UNKNOWN &&
	    (bridge->subsystem_vendor_id == VENDOR_REDHAT || bridge->vendor_id == VENDOR_QEMU)) {
		machine->in_vm = YES;
		machine->in_vm_origin = bridge->origin;
		machine->hypervisor = machine->hypervisor ? machine->hypervisor : "qemu";
	}
	if (paste->enumeration.cpu)
		machine->cpu_model = arena_strdup(paste->facts->arena, paste->enumeration.cpu);
	if (machine->cpu_vendor == CPU_UNKNOWN)
		machine->cpu_vendor = vendor_of_model(machine->cpu_model);
	if (machine->cpu_vendor == CPU_UNKNOWN && bridge && machine->in_vm != YES)
		machine->cpu_vendor = vendor_of_host_bridge(bridge);
}

/* "DMI: HP ProLiant DL380p Gen8, BIOS P70 01/22/2018"; the maker is not told apart. */
static void judge_model(struct facts *facts)
{
	const struct log_event *event = log_find(&facts->log, LOG_MACHINE, NULL);
	const char *text = event ? strstr(event->text, "DMI: ") : NULL;

	if (!text || facts->machine.dmi_product)
		return;
	text += strlen("DMI: ");
	facts->machine.dmi_product = arena_copy(facts->arena, text, strcspn(text, "/,"));
}

/* -- the IOMMU ----------------------------------------------------------------------------------- */

static bool is_x86(const struct machine_facts *machine)
{
	return vendor_of_model(machine->cpu_model) != CPU_UNKNOWN ||
	       machine->cpu_vendor == CPU_INTEL || machine->cpu_vendor == CPU_AMD ||
	       machine->cpu_vendor == CPU_HYGON || machine->cpu_vendor == CPU_ZHAOXIN;
}

/* Where the log lists the tables, those that it does not list are not there. */
static void judge_tables(struct paste *paste)
{
	struct iommu_facts *iommu = &paste->facts->iommu;
	bool none = true;

	if (paste->facts->log.complete != YES || !paste->enumeration.tables_listed)
		return;
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		if (iommu->table_present[i] == UNKNOWN)
			iommu->table_present[i] = NO;
		none &= iommu->table_present[i] == NO;
	}
	if (none)
		iommu->firmware_regions_known = YES;
}

/*
 * x86 kernels put every function into a group while they boot, and say so for each. A log that goes
 * from its first line beyond the start of init, enumerates functions and groups none was written
 * without an IOMMU.
 */
static void judge_inactive(struct paste *paste)
{
	struct facts *facts = paste->facts;

	if (facts->iommu.active != UNKNOWN || paste->fit != LOG_FITS ||
	    facts->log.complete != YES || !paste->enumeration.found ||
	    !paste->enumeration.init_reached || !is_x86(&facts->machine) ||
	    facts->machine.xen_dom0 == YES || log_find(&facts->log, LOG_GROUP_ADDED, NULL))
		return;
	facts->iommu.active = NO;
	facts->iommu.active_origin = (struct origin){
		.source = "dmesg",
		.text = arena_printf(facts->arena,
				     "enumerates %zu functions at boot and puts none into a group",
				     paste->enumeration.found),
	};
	for_each (device, &facts->devices)
		device->has_group = NO;
}

/* Where the groups stand in the texts. */
static void quote_groups(struct paste *paste)
{
	struct origin *origin = &paste->facts->iommu.active_origin;
	size_t count = paste->facts->groups.count;

	if (paste->facts->iommu.active != YES)
		return;
	*origin = (struct origin){
		.source = "dmesg",
		.text = arena_printf(paste->facts->arena, "%zu IOMMU groups", count),
	};
	for_each (function, &paste->text.functions)
		if (function->group >= 0) {
			origin->source = "lspci";
			origin->line = function->group_line;
			return;
		}
}

/* -- uses ---------------------------------------------------------------------------------------- */

/*
 * A graphics device on its driver is taken for the console where there is no other. A text that
 * leaves functions out does not tell that.
 */
static void settle_uses(struct facts *facts)
{
	for_each (device, &facts->devices)
		for_each (use, &device->uses) {
			use->critical &= !facts->devices_partial;
			use->origin = device->origin;
		}
}

struct facts *facts_from_lspci(const char *lspci_text, size_t lspci_length, const char *dmesg_text,
			       size_t dmesg_length)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	_cleanup_host_ struct host *nothing = host_open_nothing();
	struct arena *arena = arena_new();
	struct facts *facts = arena_alloc(arena, sizeof(*facts));
	struct paste paste = {.facts = facts, .scratch = scratch};

	facts->arena = arena;
	if (lspci_text)
		lspci_parse(scratch, lspci_text, lspci_length, &paste.text);
	read_log(&paste, lspci_text, lspci_length, dmesg_text, dmesg_length);
	facts_collect_ground(facts, nothing);
	paste_make_devices(&paste);
	paste_resolve_topology(&paste);
	paste_settle_devices(&paste);
	paste_make_groups(&paste);
	judge_processor(&paste);
	judge_model(facts);
	facts_collect_iommu(facts, nothing);
	judge_tables(&paste);
	judge_inactive(&paste);
	quote_groups(&paste);
	facts_collect_rest(facts, nothing);
	settle_uses(facts);
	paste_name_commands(&paste);
	return facts;
}
