/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/topology.h"

#include <errno.h>

/* A part of a path: one component. */
struct component {
	const char *text;
	size_t length;
};

static size_t path_length(const char *path)
{
	size_t length = strlen(path);

	while (length && path[length - 1] == '/')
		length--;
	return length;
}

/* The last component of the first *length characters; shortens *length to what stands before it. */
static struct component last_component(const char *path, size_t *length)
{
	size_t end = *length, start;

	while (end && path[end - 1] == '/')
		end--;
	for (start = end; start && path[start - 1] != '/';)
		start--;
	*length = start;
	while (*length && path[*length - 1] == '/')
		(*length)--;
	return (struct component){.text = path + start, .length = end - start};
}

static struct device *device_of(const struct facts *facts, struct component component)
{
	struct address place;

	if (address_parse(component.text, component.length, &place) < 0 || !place.full)
		return NULL;
	return facts_find_function(facts, place.domain, place.bus, place.slot, place.function);
}

/* Whether the link names the function it stands for; what else it says can be believed then. */
static bool link_is_usable(const struct device *device, const char *link)
{
	size_t length = link ? path_length(link) : 0;
	struct component last;

	if (!length)
		return false;
	last = last_component(link, &length);
	return last.length == strlen(device->address) &&
	       memcmp(last.text, device->address, last.length) == 0;
}

/* "pci0000:00": a host bridge, also one that a VMD endpoint makes. */
static bool is_root_bus(struct component component)
{
	size_t digits = 0;

	if (component.length < 7 || strncmp(component.text, "pci", 3) != 0)
		return false;
	for (size_t i = 3; i < component.length; i++)
		digits += strchr("0123456789abcdef", component.text[i]) != NULL;
	return component.text[component.length - 3] == ':' && digits == component.length - 4;
}

/* -- by the link ------------------------------------------------------------------------------- */

/*
 * The function whose directory device's directory is in. Its own link has to be exactly the
 * beginning of this one: so it always is where the links are sysfs's own, and it rules out that a
 * hostile tree makes a function its own ancestor, because links get shorter with each step.
 */
static struct device *parent_by_link(const struct facts *facts, const struct place *places,
				     const char *link)
{
	size_t length = path_length(link), above;
	struct device *parent;
	const char *parent_link;

	(void)last_component(link, &length);
	above = length;
	parent = device_of(facts, last_component(link, &length));
	if (!parent)
		return NULL;
	parent_link = places[parent - facts->devices.items].link;
	if (!link_is_usable(parent, parent_link) || path_length(parent_link) != above ||
	    memcmp(parent_link, link, above) != 0)
		return NULL;
	return parent;
}

static const char *root_bus_by_link(struct arena *arena, const char *link)
{
	size_t length = path_length(link);

	while (length) {
		struct component component = last_component(link, &length);

		if (is_root_bus(component))
			return arena_copy(arena, component.text, component.length);
	}
	return NULL;
}

static void resolve_by_links(struct facts *facts, const struct place *places)
{
	for (size_t i = 0; i < facts->devices.count; i++) {
		struct device *device = &facts->devices.items[i];

		if (!link_is_usable(device, places[i].link))
			continue;
		device->parent = parent_by_link(facts, places, places[i].link);
		device->root_bus = root_bus_by_link(facts->arena, places[i].link);
	}
}

/* -- by bus numbers ------------------------------------------------------------------------------ */

/* The first function on this bus or a later one. */
static size_t first_on_bus(const struct facts *facts, uint32_t domain, unsigned bus)
{
	size_t low = 0, high = facts->devices.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct device *device = &facts->devices.items[middle];

		if (device->domain < domain || (device->domain == domain && device->bus < bus))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Makes bridge the parent of the functions on its buses, unless a bridge nearer to them is known. */
static void claim_buses(struct facts *facts, const struct place *places, struct device *bridge)
{
	int secondary = bridge->config.secondary_bus, last = bridge->config.subordinate_bus;

	/* A bridge is on a lower bus than all that is below it, so no cycle can come of this. */
	if (secondary <= bridge->bus || last < secondary)
		return;
	for (size_t i = first_on_bus(facts, bridge->domain, (unsigned)secondary);
	     i < facts->devices.count; i++) {
		struct device *device = &facts->devices.items[i];

		if (device->domain != bridge->domain || device->bus > last)
			break;
		if (link_is_usable(device, places[i].link))
			continue;
		if (!device->parent || device->parent->config.secondary_bus < secondary)
			device->parent = bridge;
	}
}

static void resolve_by_buses(struct facts *facts, const struct place *places)
{
	for_each (device, &facts->devices)
		if (device->config.header_type > 0)
			claim_buses(facts, places, device);
	for_each (device, &facts->devices) {
		const struct device *top = device;

		if (link_is_usable(device, places[device - facts->devices.items].link))
			continue;
		while (top->parent)
			top = top->parent;
		device->root_bus =
			arena_printf(facts->arena, "pci%04x:%02x", top->domain, top->bus);
	}
}

static void resolve_physical_functions(struct facts *facts, const struct place *places)
{
	for (size_t i = 0; i < facts->devices.count; i++) {
		struct device *physical;
		size_t length;

		if (!places[i].physfn)
			continue;
		length = path_length(places[i].physfn);
		physical = device_of(facts, last_component(places[i].physfn, &length));
		/* A physical function is no VF, so that nobody can follow these in a circle. */
		if (physical && !places[physical - facts->devices.items].physfn)
			facts->devices.items[i].physfn = physical;
	}
}

void topology_resolve(struct facts *facts, const struct place *places)
{
	bool all_linked = true;

	resolve_by_links(facts, places);
	for (size_t i = 0; i < facts->devices.count; i++)
		all_linked &= link_is_usable(&facts->devices.items[i], places[i].link);
	if (!all_linked)
		resolve_by_buses(facts, places);
	resolve_physical_functions(facts, places);
}

/* -- slots --------------------------------------------------------------------------------------- */

/* The number of a slot directory: "4", or "4-1" where the firmware gives a number twice. */
static int slot_number(const char *name)
{
	char *end;
	long number;

	if (*name < '0' || *name > '9')
		return -1;
	errno = 0;
	number = strtol(name, &end, 10);
	return errno || number > 0xffff || (*end != '\0' && *end != '-') ? -1 : (int)number;
}

static void set_slot(struct facts *facts, const struct address *address, int number)
{
	for (unsigned function = 0; function < 8; function++) {
		struct device *device = facts_find_function(facts, address->domain, address->bus,
							    address->slot, function);

		if (device && device->physical_slot < 0)
			device->physical_slot = number;
	}
}

void topology_collect_slots(struct facts *facts, const struct host *host)
{
	struct strings names = {0};

	if (host_list(host, facts->arena, "sys/bus/pci/slots", &names) < 0)
		return;
	for_each (name, &names) {
		int number = slot_number(*name);
		struct device_name place;
		const char *line;

		if (number < 0 ||
		    host_read_line(
			    host, facts->arena,
			    arena_printf(facts->arena, "sys/bus/pci/slots/%s/address", *name),
			    &line) < 0)
			continue;
		if (device_name_parse(line, &place) == 0 && place.kind == NAME_SLOT)
			set_slot(facts, &place.address, number);
	}
}
