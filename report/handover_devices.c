/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions and cards as templates of handover see them. */
#include "handover.h"
#include "preflight/checks/device_relations.h"
#include "view_parts.h"

#include <ctype.h>

/* Guest buses from here on are free in what virt-install makes. */
enum { FIRST_GUEST_BUS = 0x0a, FIRST_CHASSIS = 101, VENDOR_NVIDIA = 0x10de };

static bool same_card(const struct device *a, const struct device *b)
{
	return !a->physfn && !b->physfn && devices_same_slot(a, b);
}

static size_t card_of(const struct handover_devices *devices, size_t at)
{
	size_t card = 0;

	for (size_t i = 1; i <= at; i++)
		card += !same_card(devices->taken.items[i - 1], devices->taken.items[i]);
	return card;
}

static bool leads_card(const struct handover_devices *devices, size_t at)
{
	return at == 0 || !same_card(devices->taken.items[at - 1], devices->taken.items[at]);
}

static bool has_companion(const struct handover_devices *devices, size_t at)
{
	return !leads_card(devices, at) ||
	       (at + 1 < devices->taken.count && !leads_card(devices, at + 1));
}

/* -- words ------------------------------------------------------------------------------------------------- */

static const char *kind_of(const struct device *device)
{
	static const struct {
		int class; /* class and subclass */
		const char *kind;
	} kinds[] = {
		{0x0403, "audio"},
		{0x0c03, "usb"},
		{0x0108, "nvme"},
		{0x0680, "nvswitch"},
	};
	static const char *const classes[] = {
		[0x01] = "storage", [0x02] = "nic", [0x03] = "gpu", [0x12] = "accelerator"};
	int class = device->class_code >> 16;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (device_has_class(device, kinds[i].class) &&
		    (kinds[i].class != 0x0680 || device->vendor_id == VENDOR_NVIDIA))
			return kinds[i].kind;
	if (device->class_code >= 0 && class < (int)ARRAY_SIZE(classes) && classes[class])
		return classes[class];
	return "pci";
}

static const char *resource_domain(int vendor)
{
	static const struct {
		int vendor;
		const char *domain;
	} domains[] = {
		{VENDOR_NVIDIA, "nvidia.com"}, {0x1002, "amd.com"},     {0x1022, "amd.com"},
		{0x8086, "intel.com"},         {0x144d, "samsung.com"}, {0x15b3, "mellanox.com"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(domains); i++)
		if (domains[i].vendor == vendor)
			return domains[i].domain;
	return "passthrough.local";
}

/* A Kubernetes resource name: letters, digits and "_", at most 63, ends no "_". */
static const char *resource_of(const struct handover_devices *devices, const struct device *device)
{
	const char *product = device->name ? NULL
					   : names_product(devices->names, devices->arena,
							   device->vendor_id, device->device_id);
	const char *domain = resource_domain(device->vendor_id);
	char name[64];
	size_t length = 0;

	for (const char *c = product; c && *c && length < sizeof(name) - 1; c++) {
		bool plain = isalnum((unsigned char)*c);

		if (plain || (length && name[length - 1] != '_'))
			name[length++] = plain ? *c : '_';
	}
	while (length && name[length - 1] == '_')
		length--;
	if (!length)
		return arena_printf(devices->arena, "%s/%04x-%04x", domain,
				    (unsigned)device->vendor_id & 0xffff,
				    (unsigned)device->device_id & 0xffff);
	return arena_printf(devices->arena, "%s/%.*s", domain, (int)length, name);
}

/* As nova's libvirt driver reports it: by the SR-IOV capability, also while there are no VFs. */
static const char *device_type(const struct device *device)
{
	if (device->physfn)
		return "type-VF";
	return device->config.sriov == YES || device->sriov_total > 0 ? "type-PF" : "type-PCI";
}

static json_object *upper(int value)
{
	return value < 0 ? NULL : textf("%04X", (unsigned)value & 0xffff);
}

static json_object *identity(int vendor, int device)
{
	if (vendor < 0 || device < 0)
		return NULL;
	return textf("%04x:%04x", (unsigned)vendor & 0xffff, (unsigned)device & 0xffff);
}

/* -- among the others -------------------------------------------------------------------------------------- */

static size_t group_size(const struct facts *facts, const struct device *device)
{
	const struct device_refs *group = devices_of_group(facts, device);
	size_t size = 0;

	for (size_t i = 0; group && i < group->count; i++)
		size += !group->items[i]->is_bridge;
	return size;
}

static bool leads_group(const struct handover_devices *devices, size_t at)
{
	const struct device_refs *group =
		devices_of_group(devices->facts, devices->taken.items[at]);

	if (!group)
		return leads_card(devices, at); /* not known: a card is in one, most likely */
	for (size_t i = 0; i < at; i++)
		if (devices_of_group(devices->facts, devices->taken.items[i]) == group)
			return false;
	return true;
}

static bool same_id(const struct device *a, const struct device *b)
{
	return a->vendor_id == b->vendor_id && a->device_id == b->device_id;
}

static bool leads_id(const struct handover_devices *devices, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (same_id(devices->taken.items[i], devices->taken.items[at]))
			return false;
	return true;
}

/* Functions of this host with the same id that are not handed over. */
static json_object *others_of_id(const struct handover_devices *devices,
				 const struct device *device)
{
	struct strings others = {0};

	for_each (other, &devices->facts->devices)
		if (!other->target && !other->is_bridge && same_id(other, device))
			strings_add(devices->arena, &others, other->address);
	return others.count ? text(strings_join(devices->arena, &others, ", ")) : NULL;
}

static bool fails(json_object *document, const char *id, const char *subject)
{
	json_object *checks = get(document, "checks");

	for (size_t i = 0; i < array_length(checks); i++)
		if (is(item(checks, i), "id", id) && is(item(checks, i), "result", "fail") &&
		    is(item(checks, i), "subject", subject))
			return true;
	return false;
}

/* -- one function ------------------------------------------------------------------------------------------ */

static void put_address(json_object *object, const struct device *device)
{
	put(object, "address", text(device->address));
	put(object, "domain", textf("0x%04x", device->domain));
	put(object, "bus", textf("0x%02x", device->bus));
	put(object, "slot", textf("0x%02x", device->slot));
	put(object, "function", textf("0x%x", device->function));
	put(object, "wide_domain", flag(device->domain > 0xffff));
	put(object, "node_device",
	    textf("pci_%04x_%02x_%02x_%x", device->domain, device->bus, device->slot,
		  device->function));
}

static void put_identity(const struct handover_devices *devices, json_object *object,
			 const struct device *device)
{
	const char *name = device->name ? device->name
					: names_device(devices->names, devices->arena,
						       device->vendor_id, device->device_id);
	enum escape escape = handover_platform(devices->platform)->escape;
	json_object *plain = text(name);

	put(object, "vendor_id", hex_or_null(4, device->vendor_id));
	put(object, "device_id", hex_or_null(4, device->device_id));
	put(object, "VENDOR_ID", upper(device->vendor_id));
	put(object, "DEVICE_ID", upper(device->device_id));
	put(object, "subsystem_id",
	    identity(device->subsystem_vendor_id, device->subsystem_device_id));
	put(object, "name", handover_comment_text(plain, escape));
	json_object_put(plain);
	put(object, "class_name",
	    text(names_class(devices->names, devices->arena, device->class_code)));
	put(object, "kind", text(kind_of(device)));
	put(object, "display", flag(device_is_display(device)));
	put(object, "screen",
	    flag(device_has_class(device, 0x0300) || device_has_class(device, 0x0380)));
	put(object, "nvidia", flag(device->vendor_id == VENDOR_NVIDIA));
	put(object, "device_type", text(device_type(device)));
	put(object, "resource", text(resource_of(devices, device)));
	put(object, "alias",
	    textf("%s-%04x-%04x", kind_of(device), (unsigned)device->vendor_id & 0xffff,
		  (unsigned)device->device_id & 0xffff));
}

static void put_place(const struct handover_devices *devices, json_object *object, size_t at)
{
	size_t card = card_of(devices, at);
	bool several = has_companion(devices, at), first = leads_card(devices, at);

	put(object, "number", count(at + 1));
	put(object, "index", count(at));
	put(object, "first", flag(at == 0));
	put(object, "last", flag(at + 1 == devices->taken.count));
	put(object, "leads", flag(first));
	put(object, "in_card", flag(several));
	put(object, "multifunction", flag(several && first));
	/* A guest looks at function 0 first: the card's first function there, whatever it is here. */
	put(object, "guest_function",
	    textf("0x%x", several && !first ? devices->taken.items[at]->function : 0));
	put(object, "port", textf("passthrough%zu", card + 1));
	put(object, "guest_bus", textf("0x%02x", (unsigned)(FIRST_GUEST_BUS + card) & 0xff));
}

static json_object *function_object(const struct handover_devices *devices, size_t at)
{
	const struct device *device = devices->taken.items[at];
	json_object *object = json_object_new_object();
	size_t members = group_size(devices->facts, device);
	bool leads = leads_group(devices, at);

	put_place(devices, object, at);
	put_address(object, device);
	put_identity(devices, object, device);
	put(object, "group", device->group ? textf("%d", device->group->id) : NULL);
	put(object, "group_size", count_or_null(members));
	put(object, "numa_node", device->numa_node >= 0 ? textf("%d", device->numa_node) : NULL);
	put(object, "driver", text(device->driver));
	put(object, "physfn", device->physfn ? text(device->physfn->address) : NULL);
	put(object, "vf_token", flag(device->physfn && device->physfn->vfio_driver));
	put(object, "rom_unreadable",
	    flag(fails(devices->document, "device.rom-unreadable", device->address)));
	put(object, "leader", flag(leads));
	put(object, "leading_gpu", flag(leads && device_is_display(device)));
	put(object, "leading_other", flag(leads && !device_is_display(device)));
	put(object, "first_of_id", flag(leads_id(devices, at)));
	put(object, "same_id", others_of_id(devices, device));
	return object;
}

json_object *handover_functions(const struct handover_devices *devices)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < devices->taken.count; i++)
		json_object_array_add(array, function_object(devices, i));
	return array;
}

/* -- cards ------------------------------------------------------------------------------------------------- */

/* Whether every function of the slot is handed over, so that the slot alone names them. */
static bool is_whole(const struct handover_devices *devices, const struct device *device)
{
	struct device_range bus = facts_same_bus(devices->facts, device);
	size_t functions = 0;

	if (device->physfn || devices->facts->devices_partial)
		return false;
	for_each (other, &bus) {
		if (!devices_same_slot(device, other))
			continue;
		if (!other->target || other->physfn)
			return false;
		functions++;
	}
	return functions > 0;
}

static json_object *card_object(const struct handover_devices *devices, json_object *functions,
				size_t at)
{
	const struct device *device = devices->taken.items[at];
	json_object *card = json_object_new_object(), *members = json_object_new_array();
	bool whole = is_whole(devices, device);
	struct strings addresses = {0};
	size_t number = card_of(devices, at);

	for (size_t i = at; i < devices->taken.count && card_of(devices, i) == number; i++) {
		json_object_array_add(members, again(item(functions, i)));
		strings_add(devices->arena, &addresses, devices->taken.items[i]->address);
	}
	put(card, "number", count(number + 1));
	put(card, "index", count(number));
	put(card, "slot", textf("%.*s", (int)strcspn(device->address, "."), device->address));
	put(card, "name", again(get(item(functions, at), "name")));
	put(card, "kind", again(get(item(functions, at), "kind")));
	put(card, "display", again(get(item(functions, at), "display")));
	put(card, "rom_unreadable", again(get(item(functions, at), "rom_unreadable")));
	put(card, "whole", flag(whole));
	put(card, "multifunction", flag(addresses.count > 1));
	put(card, "address",
	    whole ? again(get(card, "slot")) : text(strings_join(devices->arena, &addresses, ";")));
	put(card, "port", again(get(item(functions, at), "port")));
	put(card, "guest_bus", again(get(item(functions, at), "guest_bus")));
	put(card, "chassis", count((FIRST_CHASSIS + number) % 256));
	put(card, "mapping", textf("%s-%zu", kind_of(device), number + 1));
	put(card, "functions", members);
	return card;
}

json_object *handover_cards(const struct handover_devices *devices, json_object *functions)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < devices->taken.count; i++)
		if (leads_card(devices, i))
			json_object_array_add(array, card_object(devices, functions, i));
	return array;
}
