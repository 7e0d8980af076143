/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/machine.h"
#include "preflight/lines.h"

#include <errno.h>

/* -- DMI ------------------------------------------------------------------------------------- */

static const char *read_text(const struct directory *directory, struct arena *arena,
			     const char *name)
{
	const char *line = NULL;

	if (directory_read_line(directory, arena, name, &line) < 0 || !*line)
		return NULL;
	return printable_copy(arena, line, strlen(line));
}

static void collect_dmi(struct facts *facts, const struct host *host)
{
	_cleanup_directory_ struct directory directory = {.fd = -1};
	struct machine_facts *machine = &facts->machine;
	int r = host_directory_open(host, "sys/class/dmi/id", &directory);

	if (r < 0) {
		if (r != -ENOENT)
			facts_add_unread(facts, "sys/class/dmi/id", r);
		return;
	}
	machine->dmi_vendor = read_text(&directory, facts->arena, "sys_vendor");
	machine->dmi_product = read_text(&directory, facts->arena, "product_name");
	machine->dmi_board = read_text(&directory, facts->arena, "board_name");
	machine->bios_version = read_text(&directory, facts->arena, "bios_version");
}

/* -- the hypervisor's name --------------------------------------------------------------------- */

/* Names as systemd-detect-virt prints them. */
struct virtual_machine {
	const char *vendor, *product; /* each begins like that; NULL: any */
	const char *name;
};

/* Only names that no bare machine bears: clouds rent both (Amazon, Google, Alibaba), and the
 * processor's flag tells there. */
static const struct virtual_machine virtual_machines[] = {
	{"QEMU", NULL, "qemu"},
	{NULL, "KVM", "kvm"},
	{NULL, "OpenStack", "kvm"},
	{"KubeVirt", NULL, "kvm"},
	{"Red Hat", "RHEV Hypervisor", "kvm"},
	{"VMware", NULL, "vmware"},
	{"VMW", NULL, "vmware"},
	{"innotek GmbH", NULL, "oracle"},
	{"Oracle Corporation", "VirtualBox", "oracle"},
	{NULL, "VirtualBox", "oracle"},
	{"Xen", NULL, "xen"},
	{NULL, "HVM domU", "xen"},
	{"Bochs", NULL, "bochs"},
	{NULL, "Bochs", "bochs"},
	{"Parallels", NULL, "parallels"},
	{"BHYVE", NULL, "bhyve"},
	{"Microsoft Corporation", "Virtual Machine", "microsoft"},
	{"Apple", "Apple Virtualization", "apple"},
};

static const char *name_of_dmi(const struct machine_facts *machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(virtual_machines); i++) {
		const struct virtual_machine *row = &virtual_machines[i];

		if (row->vendor &&
		    (!machine->dmi_vendor || !starts_with(machine->dmi_vendor, row->vendor)))
			continue;
		if (row->product &&
		    (!machine->dmi_product || !starts_with(machine->dmi_product, row->product)))
			continue;
		return row->name;
	}
	return NULL;
}

/* "Hypervisor detected: KVM" (arch/x86/kernel/cpu/hypervisor.c); NULL for names without a row. */
static const char *name_of_log(const struct facts *facts)
{
	static const struct {
		const char *text, *name;
	} names[] = {
		{"KVM", "kvm"},
		{"Xen", "xen"},
		{"VMware", "vmware"},
		{"Microsoft", "microsoft"},
		{"Jailhouse", "jailhouse"},
		{"ACRN", "acrn"},
		{"Bhyve", "bhyve"},
	};
	const struct log_event *event = log_find(&facts->log, LOG_HYPERVISOR, NULL);
	const char *text = event ? strchr(event->text, ':') : NULL;

	for (size_t i = 0; text && i < ARRAY_SIZE(names); i++)
		if (starts_with(text + strspn(text, ": "), names[i].text))
			return names[i].name;
	return NULL;
}

/* What the log's line about the machine tells of virtual ones ("DMI: QEMU Standard PC (Q35 + ICH9,
 * 2009), BIOS 1.16.2 …"): whether this is one, and its name, which may stay NULL. */
static enum truth log_machine_is_virtual(const struct facts *facts, const char **ret_name)
{
	static const struct {
		const char *mark, *name;
	} marks[] = {
		{"QEMU", "qemu"},           {"KVM", "kvm"},
		{"OpenStack", "kvm"},       {"KubeVirt", "kvm"},
		{"VMware", "vmware"},       {"VirtualBox", "oracle"},
		{"HVM domU", "xen"},        {"Bochs", "bochs"},
		{"BHYVE", "bhyve"},         {"Microsoft Corporation Virtual Machine", "microsoft"},
		{"linux,dummy-virt", NULL},
	};
	const struct log_event *event = log_find(&facts->log, LOG_MACHINE, NULL);

	for (size_t i = 0; event && i < ARRAY_SIZE(marks); i++) {
		if (!strstr(event->text, marks[i].mark))
			continue;
		*ret_name = marks[i].name;
		return YES;
	}
	return event ? NO : UNKNOWN;
}

/* -- Xen ------------------------------------------------------------------------------------- */

static enum truth runs_on_xen(const struct facts *facts, const struct host *host)
{
	const char *type;

	if (host_read_line(host, facts->arena, "sys/hypervisor/type", &type) == 0)
		return truth_of(streq(type, "xen"));
	if (log_find(&facts->log, LOG_XEN, NULL) || streq(name_of_log(facts), "xen"))
		return YES;
	if (host_was_live(host) || facts->log.complete == YES)
		return NO;
	return UNKNOWN;
}

/* Whether this domain is the one that owns the machine. */
static enum truth is_xen_dom0(const struct facts *facts, const struct host *host)
{
	const struct log_event *hypervisor = log_find(&facts->log, LOG_HYPERVISOR, NULL);
	const char *dmi_name = name_of_dmi(&facts->machine), *line;

	if (host_read_line(host, facts->arena, "proc/xen/capabilities", &line) == 0)
		return truth_of(strstr(line, "control_d") != NULL);
	if (host_read_line(host, facts->arena, "sys/hypervisor/start_flags/initdomain", &line) == 0)
		return truth_of(streq(line, "1"));
	if (streq(dmi_name, "xen"))
		return NO;
	/* A guest has Xen's DMI tables or none; the machine's own ones are shown to dom0 alone. */
	if (facts->machine.dmi_vendor && !dmi_name)
		return YES;
	if (hypervisor && strstr(hypervisor->text, "Xen HVM"))
		return NO;
	return UNKNOWN;
}

/* -- all of it ------------------------------------------------------------------------------- */

/* Whether the device tree says that this is a virtual machine (QEMU's and kvmtool's "virt"). */
static bool devicetree_is_virtual(const struct facts *facts, const struct host *host)
{
	struct bytes compatible;

	if (host_exists(host, "sys/firmware/devicetree/base/hypervisor") == 0)
		return true;
	return host_read(host, facts->arena, "sys/firmware/devicetree/base/compatible", 4096,
			 &compatible) == 0 &&
	       memmem(compatible.data, compatible.length, "dummy-virt", strlen("dummy-virt"));
}

/* The best evidence that this is a virtual machine, for a finding to quote. */
static struct origin virtual_origin(const struct facts *facts, const struct cpu_description *cpu,
				    const char *dmi_name)
{
	const struct log_event *event = log_find(&facts->log, LOG_HYPERVISOR, NULL);

	if (cpu->hypervisor == YES)
		return (struct origin){.source = "/proc/cpuinfo",
				       .text = "the hypervisor flag is set"};
	if (dmi_name)
		return (struct origin){
			.source = "/sys/class/dmi/id",
			.text = arena_printf(
				facts->arena, "%s %s",
				facts->machine.dmi_vendor ? facts->machine.dmi_vendor : "",
				facts->machine.dmi_product ? facts->machine.dmi_product : ""),
		};
	if (!event)
		event = log_find(&facts->log, LOG_MACHINE, NULL);
	if (event)
		return (struct origin){.source = "dmesg", .line = event->line, .text = event->text};
	return (struct origin){.source = "/sys/firmware/devicetree/base",
			       .text = "a virtual machine"};
}

/* Sets in_vm and the hypervisor's name, Xen apart. */
static void collect_hypervisor(struct facts *facts, const struct host *host,
			       const struct cpu_description *cpu)
{
	struct machine_facts *machine = &facts->machine;
	const char *log_name = NULL, *dmi_name = name_of_dmi(machine);
	enum truth log_machine = log_machine_is_virtual(facts, &log_name);

	machine->hypervisor = name_of_log(facts);
	if (!machine->hypervisor)
		machine->hypervisor = dmi_name ? dmi_name : log_name;
	if (cpu->hypervisor == YES || dmi_name || log_machine == YES ||
	    log_find(&facts->log, LOG_HYPERVISOR, NULL) || devicetree_is_virtual(facts, host))
		machine->in_vm = YES;
	else if (cpu->hypervisor == NO || machine->dmi_vendor)
		machine->in_vm = NO;
	/* Without cpuinfo: the kernel names every hypervisor that it knows, and the machine. */
	else if (log_machine == NO && facts->log.complete == YES)
		machine->in_vm = NO;
	if (machine->in_vm == YES)
		machine->in_vm_origin = virtual_origin(facts, cpu, dmi_name);
}

static void collect_container(struct facts *facts, const struct host *host)
{
	static const char *const marks[] = {"run/systemd/container", "run/host/container-manager",
					    ".dockerenv", "run/.containerenv"};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (host_exists(host, marks[i]) == 0)
			facts->machine.in_container = YES;
	if (facts->machine.in_container != YES &&
	    (host_was_live(host) || host_exists(host, "run/systemd") == 0))
		facts->machine.in_container = NO;
}

void machine_collect_virtualization(struct facts *facts, const struct host *host,
				    const struct cpu_description *cpu)
{
	struct machine_facts *machine = &facts->machine;
	enum truth xen;

	collect_dmi(facts, host);
	collect_container(facts, host);
	collect_hypervisor(facts, host, cpu);
	xen = runs_on_xen(facts, host);
	machine->xen_dom0 = xen == YES ? is_xen_dom0(facts, host) : xen;
	/* Bare x86 hardware is no Xen domain: Xen shows its processor flag to all of them. */
	if (machine->xen_dom0 == UNKNOWN && cpu->hypervisor == NO)
		machine->xen_dom0 = NO;
	if (xen != YES)
		return;
	machine->hypervisor = "xen";
	machine->in_vm = machine->xen_dom0 == UNKNOWN ? UNKNOWN : truth_of(machine->xen_dom0 == NO);
}
