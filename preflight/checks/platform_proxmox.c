/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Proxmox VE does at the start of a VM, and what it refuses (PVE::QemuServer::PCI, PVE::Mapping::PCI). */
#include "preflight/checks/device_relations.h"
#include "preflight/checks/platform_rules.h"

#include <strings.h>

/* -- mappings ---------------------------------------------------------------------------------------------- */

static bool is_of_this_node(const struct facts *facts, const struct pve_mapping *mapping)
{
	return pve_mapping_is_of_node(mapping, facts->machine.hostname);
}

/* The function that the mapping's first path means: without a function, function 0. */
static const struct device *first_of_path(const struct facts *facts, const char *path)
{
	for_each (device, &facts->devices)
		if (pve_list_names(path, device->domain, device->bus, device->slot,
				   device->function))
			return device;
	return NULL;
}

static void quote_mapping(struct finding *finding, const struct pve_mapping *mapping)
{
	struct origin origin = {PVE_MAPPING_FILE, mapping->line, mapping->text};

	finding_set(finding, "mapping", "%s", mapping->name ? mapping->name : "");
	finding_set(finding, "path", "%s", mapping->path ? mapping->path : "");
	finding_evidence(finding, &origin);
}

static void differs(struct requirements *requirements, const struct device *device,
		    const struct pve_mapping *mapping, const char *key, const char *expected,
		    const char *found)
{
	struct finding *finding = requirement_broken(requirements, device->target ? device : NULL,
						     REQUIREMENT_MAPPING);

	quote_mapping(finding, mapping);
	finding_set(finding, "key", "%s", key);
	finding_set(finding, "expected", "%s", expected);
	finding_set(finding, "found", "%s", found);
	finding_evidence_device(finding, device,
				streq(key, "iommugroup") ? "iommu_group" : "device", "%s", found);
}

static const char *id_text(struct arena *arena, int vendor, int device)
{
	return arena_printf(arena, "%04x:%04x", (unsigned)vendor, (unsigned)device);
}

static void judge_mapping(struct requirements *requirements, const struct pve_mapping *mapping)
{
	const struct device *device = first_of_path(requirements->facts, mapping->path);
	struct arena *arena = requirements->findings->arena;
	const char *found;

	if (!device) {
		if (!requirements->facts->devices_partial)
			quote_mapping(
				requirement_broken(requirements, NULL, REQUIREMENT_MAPPING_GONE),
				mapping);
		return;
	}
	found = id_text(arena, device->vendor_id, device->device_id);
	if (mapping->identity && device->vendor_id >= 0 &&
	    strcasecmp(mapping->identity, found) != 0)
		differs(requirements, device, mapping, "id", mapping->identity, found);
	found = id_text(arena, device->subsystem_vendor_id, device->subsystem_device_id);
	if (mapping->subsystem && device->subsystem_vendor_id >= 0 &&
	    strcasecmp(mapping->subsystem, found) != 0)
		differs(requirements, device, mapping, "subsystem-id", mapping->subsystem, found);
	if (mapping->group >= 0 && device->group && device->group->id != mapping->group)
		differs(requirements, device, mapping, "iommugroup",
			arena_printf(arena, "%d", mapping->group),
			arena_printf(arena, "%d", device->group->id));
}

static void judge_mappings(struct requirements *requirements)
{
	const struct platform_facts *platforms = &requirements->facts->platforms;

	for_each (mapping, &platforms->mappings)
		if (mapping->path && is_of_this_node(requirements->facts, mapping))
			judge_mapping(requirements, mapping);
}

/* -- machines ---------------------------------------------------------------------------------------------- */

/* The paths that a VM's line stands for, on this node. */
static bool names_device(const struct facts *facts, const struct pve_hostpci *hostpci,
			 const struct device *device)
{
	if (hostpci->host)
		return pve_list_names(hostpci->host, device->domain, device->bus, device->slot,
				      device->function);
	for_each (mapping, &facts->platforms.mappings)
		if (streq(mapping->name, hostpci->mapping) && is_of_this_node(facts, mapping) &&
		    pve_list_names(mapping->path, device->domain, device->bus, device->slot,
				   device->function))
			return true;
	return false;
}

/* Each line is told of once. */
static const struct device *first_named(const struct facts *facts,
					const struct pve_hostpci *hostpci)
{
	for_each (target, &facts->targets)
		if (names_device(facts, hostpci, *target))
			return *target;
	return NULL;
}

static void judge_machines(struct requirements *requirements, const struct device *device)
{
	for_each (hostpci, &requirements->facts->platforms.hostpcis) {
		struct origin origin = {NULL, hostpci->line, hostpci->text};
		struct finding *finding;

		if (!hostpci->pcie || hostpci->q35 ||
		    first_named(requirements->facts, hostpci) != device)
			continue;
		finding = requirement_broken(requirements, device, REQUIREMENT_Q35);
		origin.source =
			arena_printf(finding->arena, PVE_MACHINE_FOLDER "/%s.conf", hostpci->vm);
		finding_set(finding, "vm", "%s", hostpci->vm);
		finding_evidence(finding, &origin);
	}
}

/* -- what a start takes ------------------------------------------------------------------------------------ */

static void judge_group(struct requirements *requirements, const struct device *device)
{
	const struct facts *facts = requirements->facts;
	struct arena *arena = requirements->findings->arena;
	struct device_refs taken = devices_taken_with(facts, arena, device);
	struct strings others = {0};
	struct finding *finding;

	for_each (other, &taken)
		if (!(*other)->target)
			strings_add(arena, &others, (*other)->address);
	if (!others.count)
		return;
	finding = requirement_broken(requirements, device, REQUIREMENT_GROUP_TAKEN);
	finding_set(finding, "others", "%s", strings_join(arena, &others, ", "));
	for_each (other, &taken)
		if (!(*other)->target)
			finding_evidence_device(
				finding, *other, "driver", "%s%s", (*other)->driver ? "-> " : "",
				(*other)->driver ? (*other)->driver : "no VFIO driver");
}

/* new_id offers every function with these ids to vfio-pci; one without a driver is taken at once. */
static void judge_twins(struct requirements *requirements, const struct device *device)
{
	struct arena *arena = requirements->findings->arena;
	struct strings twins = {0};
	struct finding *finding;

	if (device->vendor_id < 0)
		return;
	for_each (other, &requirements->facts->devices)
		if (!other->target && other->has_driver == NO && !other->is_bridge &&
		    other->vendor_id == device->vendor_id && other->device_id == device->device_id)
			strings_add(arena, &twins, other->address);
	if (!twins.count)
		return;
	finding = requirement_broken(requirements, device, REQUIREMENT_TWIN);
	finding_set(finding, "others", "%s", strings_join(arena, &twins, ", "));
	finding_set(finding, "id", "%s", id_text(arena, device->vendor_id, device->device_id));
	for_each (twin, &twins)
		finding_evidence_at(finding,
				    arena_printf(arena, "/sys/bus/pci/devices/%s/driver", *twin), 0,
				    "no driver");
}

void requirements_proxmox(struct requirements *requirements)
{
	const struct platform_facts *platforms = &requirements->facts->platforms;

	requirements->any = true;
	if (platforms->mappings_known == UNKNOWN && platforms->found[PLATFORM_PROXMOX])
		requirement_unread(requirements, PVE_MAPPING_FILE);
	if (platforms->hostpcis_known == UNKNOWN && platforms->found[PLATFORM_PROXMOX])
		requirement_unread(requirements, PVE_MACHINE_FOLDER);
	judge_mappings(requirements);
	for_each (device, &requirements->facts->targets) {
		if ((*device)->is_bridge)
			continue;
		judge_machines(requirements, *device);
		judge_group(requirements, *device);
		judge_twins(requirements, *device);
	}
}
