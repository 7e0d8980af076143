/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/lspci_parts.h"
#include "preflight/facts/topology.h"

enum {
	CLASS_HOST_BRIDGE = 0x0600,
	VENDOR_INTEL = 0x8086,
	CLASS_SYSTEM = 0x08,
	CLASS_SIGNAL = 0x11
};

/* -- virtual functions --------------------------------------------------------------------------- */

static void claim_virtual_functions(struct paste *paste, size_t index, struct place *places)
{
	const struct facts *facts = paste->facts;
	const struct device *physical = &facts->devices.items[index];
	const struct lspci_sriov *sriov = &paste->functions[index]->sriov;
	unsigned place =
		(unsigned)physical->bus << 8 | (unsigned)physical->slot << 3 | physical->function;

	if (sriov->active <= 0 || sriov->offset <= 0 || (sriov->active > 1 && sriov->stride <= 0))
		return;
	for (int i = 0; i < sriov->active; i++) {
		unsigned id =
			place + (unsigned)sriov->offset + (unsigned)i * (unsigned)sriov->stride;
		const struct device *virtual = id > 0xffff
						       ? NULL
						       : facts_find_function(
								 facts, physical->domain, id >> 8,
								 id >> 3 & 0x1f, id & 7);

		if (id > 0xffff)
			return;
		if (virtual && virtual != physical)
			places[virtual - facts->devices.items].physfn = physical->address;
	}
}

/* -- functions of one slot ----------------------------------------------------------------------- */

/* lspci does not decode the bit; other functions of the slot show it. Function 0 alone may have it
 * set, too, but nothing depends on it then. */
static void mark_multifunction(struct facts *facts)
{
	const struct device *end = facts->devices.items + facts->devices.count;

	for_each (device, &facts->devices) {
		struct device *next = device + 1 < end ? device + 1 : NULL;
		bool beside = next && next->domain == device->domain && next->bus == device->bus &&
			      next->slot == device->slot && !next->physfn && !device->physfn;

		if (beside)
			next->config.multifunction = device->config.multifunction = true;
		else if (device->function && !device->physfn)
			device->config.multifunction = true;
	}
}

/* -- is a bridge missing? ------------------------------------------------------------------------ */

/* What only stands on a bus that comes out of the root complex. Intel's servers show the uncore's
 * functions on buses of their own. */
static bool belongs_to_root(const struct device *device)
{
	int class = device->class_code >> 16;

	switch (device->config.port_type) {
	case PORT_ROOT_PORT:
	case PORT_ROOT_COMPLEX_ENDPOINT:
	case PORT_EVENT_COLLECTOR:
		return true;
	case PORT_CONVENTIONAL:
	case PORT_UNKNOWN:
		break;
	default:
		return false;
	}
	if (device->class_code < 0)
		return false;
	return device->class_code >> 8 == CLASS_HOST_BRIDGE ||
	       (device->vendor_id == VENDOR_INTEL &&
		(class == CLASS_SYSTEM || class == CLASS_SIGNAL));
}

static bool is_root_bus(const struct facts *facts, const struct device *device)
{
	struct device_range bus = facts_same_bus(facts, device);

	for (size_t i = 0; i < bus.count; i++)
		if (belongs_to_root(&bus.items[i]))
			return true;
	return device->bus == 0;
}

/* Where bridges tell their buses (-v), a bus without a bridge is one whose bridge was left out. */
static bool find_missing_bridges(struct facts *facts)
{
	bool missing = false;

	for_each (device, &facts->devices) {
		if (device->parent || is_root_bus(facts, device))
			continue;
		device->parent_unknown = true;
		missing |= device->config.header_known;
	}
	return missing;
}

/* -- is the text whole? -------------------------------------------------------------------------- */

/* Every host has function 0 of slot 0 on its first bus. */
static bool lacks_first_function(const struct paste *paste)
{
	const struct device *first = paste->facts->devices.items;

	return paste->text.has_lspci && (first->bus || first->slot || first->function);
}

/* No slot has other functions without a function 0, virtual ones apart. */
static bool lacks_function_0(const struct facts *facts)
{
	for_each (device, &facts->devices)
		if (device->function && !device->physfn && (!device->bus || !device->slot) &&
		    !facts_find_function(facts, device->domain, device->bus, device->slot, 0))
			return true;
	return false;
}

static int compare_numbers(const void *a, const void *b)
{
	const int *first = a, *second = b;

	return *first < *second ? -1 : *first > *second;
}

/* The kernel numbers groups from 0 on: a listing with gaps was cut. */
static bool lacks_groups(const struct paste *paste)
{
	const struct lspci_functions *functions = &paste->text.functions;
	int *groups = arena_array(paste->scratch, functions->count, sizeof(*groups)), next = 0;
	size_t count = 0;

	for_each (function, functions)
		if (function->group >= 0)
			groups[count++] = function->group;
	if (!count)
		return false;
	qsort(groups, count, sizeof(*groups), compare_numbers);
	for (size_t i = 0; i < count; i++) {
		if (groups[i] > next)
			return true;
		next = groups[i] + 1;
	}
	return false;
}

/* Some functions come and go; the boot found clearly more than the text shows. */
static bool lacks_what_boot_found(const struct paste *paste)
{
	size_t shown = 0;

	if (paste->fit != LOG_FITS || !paste->text.functions.count)
		return false;
	for (size_t i = 0; i < paste->facts->devices.count; i++)
		shown += paste->enumerated[i] && paste->enumerated[i]->found;
	return shown < paste->enumeration.found - paste->enumeration.found / 4;
}

static bool is_verbose(const struct facts *facts)
{
	for_each (device, &facts->devices)
		if (device->config.header_known)
			return true;
	return false;
}

static bool is_partial(const struct paste *paste, bool bridges_missing)
{
	const struct facts *facts = paste->facts;

	/* The log's own enumeration is whole where the log is. */
	if (!paste->text.functions.count)
		return facts->log.complete != YES;
	return bridges_missing || paste->text.excerpt || lacks_first_function(paste) ||
	       lacks_function_0(facts) || (!is_verbose(facts) && lacks_groups(paste)) ||
	       lacks_what_boot_found(paste);
}

void paste_resolve_topology(struct paste *paste)
{
	struct facts *facts = paste->facts;
	struct place *places = arena_array(paste->scratch, facts->devices.count, sizeof(*places));

	if (!facts->devices.count)
		return;
	for (size_t i = 0; i < facts->devices.count; i++)
		if (paste->functions[i])
			claim_virtual_functions(paste, i, places);
	topology_resolve(facts, places);
	mark_multifunction(facts);
	facts->devices_partial = is_partial(paste, find_missing_bridges(facts));
}
