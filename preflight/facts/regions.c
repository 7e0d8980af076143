/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which functions of this host the firmware tables mean. */
#include "preflight/facts/iommu.h"
#include "preflight/parse/dmar.h"
#include "preflight/parse/iort.h"
#include "preflight/parse/ivrs.h"

#define DEVICES "sys/bus/pci/devices"
#define TABLES  "/sys/firmware/acpi/tables/"

enum { PAGE_BYTES = 4096 };

static uint16_t requester_id(const struct device *device)
{
	return (uint16_t)(device->bus << 8 | device->slot << 3 | device->function);
}

static uint64_t end_of(uint64_t start, uint64_t length)
{
	return length - 1 > UINT64_MAX - start ? UINT64_MAX : start + (length - 1);
}

static struct firmware_region *add_region(struct facts *facts, const char *table, size_t offset,
					  const char *name, uint64_t start, uint64_t end)
{
	struct firmware_region *region = ARRAY_ADD(facts->arena, &facts->iommu.firmware_regions);

	region->start = start;
	region->end = end;
	region->origin.source = arena_printf(facts->arena, TABLES "%s", table);
	region->origin.text =
		arena_printf(facts->arena, "%s at offset 0x%zx: 0x%llx-0x%llx", name, offset,
			     (unsigned long long)start, (unsigned long long)end);
	return region;
}

/* -- DMAR ---------------------------------------------------------------------------------------- */

static struct device *find_on_root_bus(const struct facts *facts, uint32_t segment,
				       const struct dmar_scope *scope)
{
	struct device *device = facts_find_function(facts, segment, scope->bus,
						    scope->steps[0].slot, scope->steps[0].function);

	/* A path of one step is also taken for a function behind a bridge: firmware gets that wrong,
	 * and the kernel has a workaround for it (dmar_match_pci_path()). */
	return device && device->parent && scope->step_count > 1 ? NULL : device;
}

static struct device *find_below(const struct facts *facts, const struct device *bridge,
				 const struct dmar_step *step)
{
	for_each (device, &facts->devices)
		if (device->parent == bridge && device->slot == step->slot &&
		    device->function == step->function && !device->physfn)
			return device;
	return NULL;
}

static struct device *find_by_path(const struct facts *facts, uint32_t segment,
				   const struct dmar_scope *scope)
{
	struct device *device = find_on_root_bus(facts, segment, scope);

	for (size_t i = 1; device && i < scope->step_count; i++)
		device = find_below(facts, device, &scope->steps[i]);
	return device;
}

/* A function behind Intel VMD does its DMA as the VMD endpoint: the last function of an ordinary
 * domain in its sysfs path. */
static const struct device *vmd_endpoint(const struct facts *facts, const struct host *host,
					 const struct device *device)
{
	const struct device *endpoint = NULL;
	const char *target;
	size_t length;

	if (device->domain <= UINT16_MAX ||
	    host_read_link(host, facts->arena,
			   arena_printf(facts->arena, DEVICES "/%s", device->address), &target) < 0)
		return NULL;
	for (; *target; target += length + (target[length] == '/')) {
		struct address place;
		const struct device *found;

		length = strcspn(target, "/");
		if (address_parse(target, length, &place) < 0 || !place.full ||
		    place.domain > UINT16_MAX)
			continue;
		found = facts_find_function(facts, place.domain, place.bus, place.slot,
					    place.function);
		endpoint = found ? found : endpoint;
	}
	return endpoint;
}

/* Which functions a region is for, by their index in facts->devices, and what DMAR scopes need to
 * find them. */
struct marks {
	struct facts *facts;
	const struct device **vmd; /* the VMD endpoint of each function of such a domain, or NULL */
	bool any_vmd;
	bool *marked;
};

static struct marks marks_new(struct facts *facts, const struct host *host)
{
	size_t count = facts->devices.count;
	struct marks marks = {
		.facts = facts,
		.vmd = arena_array(facts->arena, count, sizeof(*marks.vmd)),
		.marked = arena_array(facts->arena, count, sizeof(*marks.marked)),
	};

	for (size_t i = 0; i < count; i++) {
		marks.vmd[i] = vmd_endpoint(facts, host, &facts->devices.items[i]);
		marks.any_vmd |= marks.vmd[i] != NULL;
	}
	return marks;
}

static bool is_below(const struct device *device, const struct device *bridge)
{
	for (; device; device = device->parent)
		if (device == bridge)
			return true;
	return false;
}

/* The kernel does not ask for the scope's type: what is below a named bridge is meant in any case
 * (is_downstream_to_pci_bridge()). */
static void mark_named(const struct marks *marks, const struct device *named)
{
	const struct devices *devices = &marks->facts->devices;

	if (!named->is_bridge && !marks->any_vmd) {
		marks->marked[named - devices->items] = true;
		return;
	}
	for (size_t i = 0; i < devices->count; i++)
		if (is_below(&devices->items[i], named) || is_below(marks->vmd[i], named))
			marks->marked[i] = true;
}

/* device_rmrr_is_relaxable() of drivers/iommu/intel/iommu.c */
static bool is_relaxable(const struct device *device)
{
	return device->class_code >= 0 &&
	       (device->class_code >> 8 == 0x0c03 || device->class_code >> 16 == 0x03);
}

static size_t count_marked(const struct marks *marks, bool relaxable)
{
	size_t count = 0;

	for (size_t i = 0; i < marks->facts->devices.count; i++)
		count += marks->marked[i] &&
			 is_relaxable(&marks->facts->devices.items[i]) == relaxable;
	return count;
}

static void add_dmar_region(struct marks *marks, const struct dmar_region *found, bool relaxable)
{
	struct facts *facts = marks->facts;
	struct firmware_region *region =
		add_region(facts, "DMAR", found->offset, "RMRR", found->start, found->end);

	region->relaxable = relaxable;
	for (size_t i = 0; i < facts->devices.count; i++)
		if (marks->marked[i] && is_relaxable(&facts->devices.items[i]) == relaxable)
			*ARRAY_ADD(facts->arena, &region->devices) = &facts->devices.items[i];
}

static void mark_region(const struct marks *marks, const struct dmar_region *found)
{
	struct facts *facts = marks->facts;

	if (facts->devices.count)
		memset(marks->marked, 0, facts->devices.count * sizeof(*marks->marked));
	for_each (scope, &found->scopes) {
		const struct device *named;

		if (scope->type != DMAR_SCOPE_ENDPOINT && scope->type != DMAR_SCOPE_BRIDGE)
			continue;
		named = find_by_path(facts, found->segment, scope);
		if (named)
			mark_named(marks, named);
	}
}

/* Linux decides for each function whether it may ignore the region, so one that means functions of
 * both sorts becomes two here. */
void regions_add_dmar(struct facts *facts, const struct host *host, const struct dmar *dmar)
{
	struct marks marks;

	if (!dmar->regions.count)
		return;
	marks = marks_new(facts, host);
	for_each (found, &dmar->regions) {
		size_t relaxable;

		mark_region(&marks, found);
		relaxable = count_marked(&marks, true);
		if (relaxable)
			add_dmar_region(&marks, found, true);
		if (!relaxable || count_marked(&marks, false))
			add_dmar_region(&marks, found, false);
	}
}

/* -- IVRS ---------------------------------------------------------------------------------------- */

/* As init_unity_map_range() of the kernel rounds. */
static uint64_t page_up(uint64_t value)
{
	return value > UINT64_MAX - (PAGE_BYTES - 1)
		       ? UINT64_MAX & ~(uint64_t)(PAGE_BYTES - 1)
		       : (value + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
}

static void add_ivrs_region(struct facts *facts, const struct ivrs_region *found)
{
	uint64_t start = page_up(found->start), length = page_up(found->length);
	struct firmware_region *region;

	/* The kernel maps exclusion ranges too, and ignores definitions that are neither. */
	if (!(found->flags & (IVRS_UNITY | IVRS_EXCLUSION)) || !length)
		return;
	region = add_region(facts, "IVRS", found->offset, "IVMD", start, end_of(start, length));
	region->all_devices = found->all;
	for_each (device, &facts->devices)
		if (device->domain == found->segment && requester_id(device) >= found->first &&
		    requester_id(device) <= found->last)
			*ARRAY_ADD(facts->arena, &region->devices) = device;
}

/* The last entry that names a function counts, as in the kernel's alias table. */
static void add_alias(struct facts *facts, const struct ivrs *ivrs, const struct device *device)
{
	const struct ivrs_alias *last = NULL;

	for_each (alias, &ivrs->aliases)
		if (device->domain == alias->segment && requester_id(device) >= alias->first &&
		    requester_id(device) <= alias->last)
			last = alias;
	if (!last || last->alias == requester_id(device))
		return;
	*ARRAY_ADD(facts->arena, &facts->iommu.aliases) = (struct requester_alias){
		.segment = device->domain, .device = requester_id(device), .alias = last->alias};
}

void regions_add_ivrs(struct facts *facts, const struct ivrs *ivrs)
{
	for_each (found, &ivrs->regions)
		add_ivrs_region(facts, found);
	for_each (device, &facts->devices)
		add_alias(facts, ivrs, device);
}

/* -- IORT ---------------------------------------------------------------------------------------- */

static bool node_means(const struct iort_node *node, const struct iort_stream *stream)
{
	for_each (mapping, &node->mappings)
		if (mapping->target == stream->smmu->offset && stream->id >= mapping->output &&
		    stream->id - mapping->output <= mapping->last - mapping->first)
			return true;
	return false;
}

/* The stream of each function; smmu NULL where it has none. */
static struct iort_stream *map_devices(struct facts *facts, const struct iort *iort)
{
	struct iort_stream *streams =
		arena_array(facts->arena, facts->devices.count, sizeof(*streams));

	for (size_t i = 0; i < facts->devices.count; i++) {
		const struct device *device = &facts->devices.items[i];

		iort_map_requester(iort, device->domain, requester_id(device), &streams[i]);
	}
	return streams;
}

static void add_node(struct facts *facts, const struct iort_node *node,
		     const struct iort_stream *streams)
{
	struct device_refs devices = {0};

	for (size_t i = 0; i < facts->devices.count; i++)
		if (streams[i].smmu && node_means(node, &streams[i]))
			*ARRAY_ADD(facts->arena, &devices) = &facts->devices.items[i];
	for_each (range, &node->ranges) {
		struct firmware_region *region;

		if (!range->length)
			continue;
		region = add_region(facts, "IORT", node->offset, "RMR", range->start,
				    end_of(range->start, range->length));
		region->relaxable = node->remapping_permitted;
		region->devices = devices;
	}
}

void regions_add_iort(struct facts *facts, const struct iort *iort)
{
	const struct iort_stream *streams;

	/* Linux takes these nodes from revision 5 (Arm DEN 0049E.d) on. */
	if (iort->table.revision < 5)
		return;
	streams = map_devices(facts, iort);
	for_each (node, &iort->nodes)
		if (node->type == IORT_RESERVED_MEMORY && node->ranges.count)
			add_node(facts, node, streams);
}
