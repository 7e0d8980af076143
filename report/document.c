/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "document.h"
#include "document_parts.h"
#include "document_print.h"
#include "document_write.h"
#include "machine_model.h"
#include "preflight/checks/cure.h"
#include "preflight/expect/expect.h"

#include <time.h>

/* -- host, iommu, groups ------------------------------------------------------------------------------ */

static const char *cpu_vendor_name(enum cpu_vendor vendor)
{
	static const char *const names[] = {
		[CPU_UNKNOWN] = NULL,  [CPU_INTEL] = "intel",     [CPU_AMD] = "amd",
		[CPU_HYGON] = "hygon", [CPU_ZHAOXIN] = "zhaoxin", [CPU_ARM] = "arm",
		[CPU_OTHER] = "other",
	};

	return names[vendor];
}

static const char *next_cmdline_text(const struct facts *facts)
{
	if (!facts->boot.next || facts->boot.next > facts->boot.entries.count)
		return NULL;
	return facts->boot.entries.items[facts->boot.next - 1].cmdline;
}

static json_object *host_object(const struct facts *facts)
{
	const struct machine_facts *machine = &facts->machine;
	json_object *host = json_object_new_object(), *distro = json_object_new_object();

	put(host, "hostname", text(machine->hostname));
	put(host, "kernel", text(machine->kernel));
	put(host, "next_kernel", text(facts->boot.next_kernel));
	put(host, "architecture", text(machine->architecture));
	put(distro, "id", text(machine->distro_id));
	put(distro, "version", text(machine->distro_version));
	put(distro, "name", text(machine->distro_name));
	put(host, "distro", distro);
	put(host, "platform", text(machine->platform));
	put(host, "model", machine_model(machine));
	put(host, "firmware_version", text(machine->bios_version));
	put(host, "cpu_vendor", text(cpu_vendor_name(machine->cpu_vendor)));
	put(host, "firmware", text(machine->firmware));
	put(host, "secure_boot", truth(machine->secure_boot));
	put(host, "lockdown", text(machine->lockdown));
	put(host, "virtualization", text(machine->hypervisor));
	put(host, "bootloader", text(loader_name(facts->boot.loader)));
	put(host, "initramfs", text(generator_name(facts->initramfs.generator)));
	put(host, "cmdline", text(facts->cmdline_text));
	put(host, "next_cmdline", text(next_cmdline_text(facts)));
	return host;
}

static const char *iommu_kind_name(enum iommu_kind kind)
{
	static const char *const names[] = {
		[IOMMU_NONE_KNOWN] = NULL, [IOMMU_INTEL] = "intel-vtd", [IOMMU_AMD] = "amd-vi",
		[IOMMU_SMMU] = "smmu",     [IOMMU_VIRTIO] = "virtio",   [IOMMU_OTHER] = NULL,
	};

	return names[kind];
}

static const char *table_in_place(const struct facts *facts)
{
	static const char *const names[TABLE_COUNT] = {
		[TABLE_DMAR] = "DMAR",
		[TABLE_IVRS] = "IVRS",
		[TABLE_IORT] = "IORT",
		[TABLE_VIOT] = "VIOT",
	};

	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (facts->iommu.table_present[i] == YES)
			return names[i];
	return NULL;
}

static json_object *iommu_object(const struct facts *facts)
{
	const struct iommu_facts *iommu = &facts->iommu;
	json_object *object = json_object_new_object(), *units = json_object_new_array();

	put(object, "kind", text(iommu_kind_name(iommu->kind)));
	put(object, "active", truth(iommu->active));
	put(object, "firmware_table", text(table_in_place(facts)));
	put(object, "interrupt_remapping", truth(iommu->interrupt_remapping));
	put(object, "default_domain", text(iommu->default_domain));
	for_each (unit, &iommu->units)
		json_object_array_add(units, text(unit->name));
	put(object, "units", units);
	return object;
}

static void take_into_array(json_object *item, void *into)
{
	json_object_array_add(into, item);
}

static void take_and_print(json_object *item, void *into)
{
	document_printer_item(into, item);
}

static void make_groups(const struct facts *facts, struct document_taker taker)
{
	for_each (group, &facts->groups) {
		json_object *object = json_object_new_object();

		put(object, "id", json_object_new_int(group->id));
		put(object, "type", text(group->type));
		put(object, "devices", list(&group->members));
		taker.take(object, taker.into);
	}
}

/* -- devices ------------------------------------------------------------------------------------------- */

static json_object *acs_bits(uint16_t bits)
{
	static const char *const names[] = {"SV", "TB", "RR", "CR", "UF", "EC", "DT"};
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (bits & 1 << i)
			json_object_array_add(array, json_object_new_string(names[i]));
	return array;
}

json_object *document_acs(const struct config_space *config)
{
	json_object *object;

	if (config->acs != YES)
		return NULL;
	object = json_object_new_object();
	put(object, "capability", acs_bits(config->acs_capability));
	put(object, "enabled", acs_bits(config->acs_control));
	return object;
}

static json_object *bars_array(const struct device *device)
{
	json_object *array;

	if (device->bars_known != YES)
		return NULL;
	array = json_object_new_array();
	for (size_t i = 0; i < BAR_SLOTS; i++) {
		const struct bar *bar = &device->bars[i];
		json_object *object;

		if (!bar->present)
			continue;
		object = json_object_new_object();
		put(object, "index", json_object_new_int((int)i));
		put(object, "size", bar->size ? json_object_new_uint64(bar->size) : NULL);
		put(object, "address", bar->assigned ? json_object_new_uint64(bar->address) : NULL);
		put(object, "prefetchable", json_object_new_boolean(bar->prefetchable));
		put(object, "bits", json_object_new_int(bar->io ? 0 : (int)bar->bits));
		json_object_array_add(array, object);
	}
	return array;
}

static json_object *uses_array(const struct device *device)
{
	json_object *array = json_object_new_array();

	for_each (use, &device->uses) {
		json_object *object = json_object_new_object();

		put(object, "kind", text(use_kind_name(use->kind)));
		put(object, "what", text(use->what));
		put(object, "critical", json_object_new_boolean(use->critical));
		json_object_array_add(array, object);
	}
	return array;
}

static json_object *assigned_object(const struct device *device)
{
	json_object *object;

	if (device->state != STATE_ASSIGNED)
		return NULL;
	object = json_object_new_object();
	put(object, "pid", device->assigned_pid ? json_object_new_int(device->assigned_pid) : NULL);
	put(object, "name", text(device->assigned_name));
	return object;
}

static json_object *sriov_object(const struct device *device)
{
	json_object *object;

	if (device->sriov_total < 0)
		return NULL;
	object = json_object_new_object();
	put(object, "total", json_object_new_int(device->sriov_total));
	put(object, "active", number_or_null(device->sriov_active));
	return object;
}

/* What is said of a device as a whole. */
struct judged {
	const char *verdict;
	bool candidate; /* not asked for, and could be handed over */
};

/* vfio-pci takes nothing in a boot without IOMMU. What comes instead depends on what its failed attempt
 * leaves behind. */
static const char *next_driver(const struct facts *facts, const struct device *device)
{
	if (streq(device->next_driver, "vfio-pci") && facts->iommu.active == NO &&
	    !cure_brings_iommu(facts))
		return NULL;
	return device->next_driver;
}

static json_object *device_object(const struct facts *facts, const struct device *device,
				  const struct judged *judged, struct names *names)
{
	json_object *object = json_object_new_object();
	struct arena *arena = facts->arena;

	put(object, "address", text(device->address));
	put(object, "vendor_id", hex_or_null(4, device->vendor_id));
	put(object, "device_id", hex_or_null(4, device->device_id));
	put(object, "subsystem_vendor_id", hex_or_null(4, device->subsystem_vendor_id));
	put(object, "subsystem_device_id", hex_or_null(4, device->subsystem_device_id));
	put(object, "class", hex_or_null(6, device->class_code));
	put(object, "name",
	    text(device->name ? device->name
			      : names_device(names, arena, device->vendor_id, device->device_id)));
	put(object, "class_name", text(names_class(names, arena, device->class_code)));
	put(object, "revision", hex_or_null(2, device->revision));
	put(object, "group", device->group ? json_object_new_int(device->group->id) : NULL);
	put(object, "predicted_group", number_or_null(device->predicted_group));
	put(object, "predicted_because", list(&device->predicted_because));
	put(object, "driver", text(device->driver));
	put(object, "next_driver", text(next_driver(facts, device)));
	put(object, "modules", list_if(device->modules_known, &device->modules));
	put(object, "state",
	    device->state == STATE_UNKNOWN ? NULL : text(device_state_name(device->state)));
	put(object, "assigned_to", assigned_object(device));
	put(object, "numa_node", number_or_null(device->numa_node));
	put(object, "parent", device->parent ? text(device->parent->address) : NULL);
	put(object, "port_type",
	    device->config.port_type == PORT_UNKNOWN
		    ? NULL
		    : text(port_type_name(device->config.port_type)));
	put(object, "acs", document_acs(&device->config));
	put(object, "reset_methods", list_if(device->reset_methods_known, &device->reset_methods));
	put(object, "bars", bars_array(device));
	put(object, "boot_display",
	    truth(device->boot_framebuffer == YES ? YES : device->boot_vga));
	put(object, "sriov", sriov_object(device));
	put(object, "uses", uses_array(device));
	put(object, "target", json_object_new_boolean(device->target));
	put(object, "verdict", text(judged->verdict));
	put(object, "candidate", json_object_new_boolean(judged->candidate));
	return object;
}

/* Devices that a VM could make use of: no bridges, and none of the chipset's own helpers (memory
 * and interrupt controllers, SMBus, security processors, signal processing). */
static bool is_worth_offering(const struct device *device)
{
	int class = device->class_code >> 8;

	if (device->is_bridge || device->class_code < 0)
		return false;
	switch (class >> 8) {
	case 0x01: /* storage */
	case 0x02: /* network */
	case 0x03: /* display */
	case 0x04: /* multimedia */
	case 0x0d: /* wireless */
	case 0x12: /* accelerators */
		return true;
	default:
		return class == 0x0c03 || class == 0x0680 || class == 0x0b40;
	}
}

/* A target's verdict comes from its own findings. Every other endpoint is judged as if it had been
 * asked for alone; bridges are never handed over. */
static struct judged judge(const struct facts *facts, const struct findings *findings,
			   const struct device *device, struct arena *scratch)
{
	struct findings alone = {0};
	struct judged judged = {"unsuitable", false};

	if (device->is_bridge)
		return judged;
	if (device->target) {
		judged.verdict = verdict_name(findings_device_verdict(findings, findings, device));
		return judged;
	}
	arena_reset(scratch);
	checks_run_device(facts, device, scratch, &alone);
	judged.verdict = verdict_name(findings_device_verdict(findings, &alone, device));
	/* Nothing here can judge a Xen passthrough. */
	judged.candidate = facts->machine.xen_dom0 != YES && is_worth_offering(device) &&
			   findings_allow_handover(&alone, device);
	return judged;
}

static void make_devices(const struct facts *facts, const struct findings *findings,
			 struct names *names, enum document_devices devices,
			 struct document_taker taker)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	bool all = devices == DOCUMENT_ALL_DEVICES;

	for_each (device, &facts->devices) {
		struct judged judged;

		/* The text report offers candidates only where nothing was asked for. */
		if (!all && !device->target &&
		    (facts->targets.count || facts->targets_missing.count || device->is_bridge))
			continue;
		judged = judge(facts, findings, device, scratch);
		if (all || device->target || judged.candidate)
			taker.take(device_object(facts, device, &judged, names), taker.into);
	}
}

/* -- when ------------------------------------------------------------------------------------------- */

static json_object *time_text(int64_t seconds)
{
	time_t time = (time_t)seconds;
	char when[32];
	struct tm day;

	if (!gmtime_r(&time, &day) || !strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &day))
		return NULL;
	return json_object_new_string(when);
}

void document_set_time(json_object *document, int64_t seconds)
{
	json_object *when = time_text(seconds);

	if (when)
		json_object_object_add(document, "judged_at", when);
}

/* -- all of it ----------------------------------------------------------------------------------------- */

/* The members before the arrays. */
static json_object *head_object(const struct facts *facts, const int64_t *seconds)
{
	json_object *document = json_object_new_object(), *tool = json_object_new_object();

	put(document, "schema", text("vfiokit/1"));
	put(tool, "name", text("vfiokit"));
	put(tool, "version", text(VFIOKIT_VERSION));
	put(document, "tool", tool);
	put(document, "judged_at", seconds ? time_text(*seconds) : NULL);
	put(document, "host", host_object(facts));
	put(document, "iommu", iommu_object(facts));
	return document;
}

json_object *document_build(const struct facts *facts, const struct findings *findings,
			    struct names *names, enum document_devices devices)
{
	json_object *document = head_object(facts, NULL), *array;

	put(document, "groups", array = json_object_new_array());
	make_groups(facts, (struct document_taker){take_into_array, array});
	put(document, "devices", array = json_object_new_array());
	make_devices(facts, findings, names, devices,
		     (struct document_taker){take_into_array, array});
	put(document, "checks", array = json_object_new_array_ext((int)findings->count));
	document_make_checks(findings, devices, (struct document_taker){take_into_array, array});
	put(document, "rehearsal", NULL);
	put(document, "verdict", text(verdict_name(findings_verdict(findings))));
	return document;
}

void document_stream(const struct facts *facts, const struct findings *findings,
		     struct names *names, int64_t seconds, FILE *stream)
{
	json_object *head = head_object(facts, &seconds);
	json_object *verdict = text(verdict_name(findings_verdict(findings)));
	struct document_printer printer;
	struct document_taker taker = {take_and_print, &printer};

	document_printer_begin(&printer, stream);
	json_object_object_foreach(head, key, value) document_printer_member(&printer, key, value);
	document_printer_array(&printer, "groups");
	make_groups(facts, taker);
	document_printer_array_end(&printer);
	document_printer_array(&printer, "devices");
	make_devices(facts, findings, names, DOCUMENT_ALL_DEVICES, taker);
	document_printer_array_end(&printer);
	document_printer_array(&printer, "checks");
	document_make_checks(findings, DOCUMENT_ALL_DEVICES, taker);
	document_printer_array_end(&printer);
	document_printer_member(&printer, "rehearsal", NULL);
	document_printer_member(&printer, "verdict", verdict);
	document_printer_end(&printer);
	json_object_put(verdict);
	json_object_put(head);
}

int verdict_exit_status(enum verdict verdict)
{
	static const int status[] = {
		[VERDICT_READY] = 0,
		[VERDICT_REBOOT] = 4,
		[VERDICT_UNKNOWN] = 3,
		[VERDICT_NOT_READY] = 1,
	};

	return status[verdict];
}
