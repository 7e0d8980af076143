/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree_builder.h"

#include <errno.h>

struct built_device *built_device_find(const struct builder *builder, const char *address)
{
	for_each (device, &builder->devices)
		if (streq((*device)->address, address))
			return *device;
	return NULL;
}

/* -- links -------------------------------------------------------------------------------- */

static int write_driver(struct builder *builder, struct built_device *device)
{
	const char *back;
	int result;

	if (!device->driver)
		return 0;
	back = arena_printf(builder->arena, "sys/bus/pci/drivers/%s", device->driver);
	result = builder_link_to(builder, device_file(builder, device, "driver"), back);
	if (result == 0)
		result = builder_link_to(
			builder, arena_printf(builder->arena, "%s/%s", back, device->address),
			device->path);
	return result;
}

/* What vfio registers for a device of its own: vfio-dev/vfioN, and the group's node. */
static int write_vfio(struct builder *builder, struct built_device *device)
{
	const char *path, *group;
	int result;

	if (!device->vfio_driver)
		return 0;
	if (!device->vfio_name)
		device->vfio_name = arena_printf(builder->arena, "vfio%u", builder->vfio_devices++);
	path = arena_printf(builder->arena, "%s/vfio-dev/%s", device->path, device->vfio_name);
	result = builder_directory(builder, path);
	if (result == 0)
		result = builder_link_to(
			builder,
			arena_printf(builder->arena, "sys/class/vfio-dev/%s", device->vfio_name),
			path);
	if (result < 0 || !device->group)
		return result;
	group = arena_printf(builder->arena, "sys/devices/virtual/vfio/%s", device->group);
	result = builder_directory(builder, group);
	if (result < 0)
		return result;
	return builder_link_to(
		builder, arena_printf(builder->arena, "sys/class/vfio/%s", device->group), group);
}

/* The unit that translates the function: as told, else the last registered one (the one that
 * includes all functions comes last in the table). */
static int write_unit(struct builder *builder, struct built_device *device)
{
	const char *path;
	int result;

	device->unit = device_key(device, "unit");
	if (!device->unit && builder->units.count)
		device->unit = builder->units.items[builder->units.count - 1];
	if (!device->unit)
		return 0;
	path = unit_path(builder, device->unit);
	if (!path)
		return builder_fail(builder, -EINVAL, "unit=%s: no such unit", device->unit);
	result = builder_link_to(builder, device_file(builder, device, "iommu"), path);
	if (result < 0)
		return result;
	return builder_link_to(builder,
			       arena_printf(builder->arena, "%s/devices/%s", path, device->address),
			       device->path);
}

static int write_group(struct builder *builder, struct built_device *device)
{
	const char *group = device->group, *path;
	int result;

	if (!group)
		return 0;
	result = build_group_defaults(builder, group);
	path = arena_printf(builder->arena, "sys/kernel/iommu_groups/%s", group);
	if (result == 0)
		result =
			builder_link_to(builder, device_file(builder, device, "iommu_group"), path);
	if (result == 0)
		result = builder_link_to(
			builder,
			arena_printf(builder->arena, "%s/devices/%s", path, device->address),
			device->path);
	return result < 0 ? result : write_unit(builder, device);
}

static int write_virtual_function(const struct builder *builder, const struct built_device *device)
{
	const char *physical = device_key(device, "vf-of");
	const struct built_device *owner;
	unsigned index = 0;
	int result;

	if (!physical)
		return 0;
	owner = built_device_find(builder, physical);
	for_each (other, &builder->devices) {
		if (*other == device)
			break;
		index += streq(pairs_get(&(*other)->keys, "vf-of"), physical);
	}
	result = builder_link_to(builder, device_file(builder, device, "physfn"), owner->path);
	if (result == 0)
		result = builder_link_to(
			builder, arena_printf(builder->arena, "%s/virtfn%u", owner->path, index),
			device->path);
	/* The PF's capability tells where its VFs are and what their id is. */
	return result < 0 ? result : device_write_config(builder, owner);
}

static int write_slot(const struct builder *builder, const struct built_device *device)
{
	const char *slot = device_key(device, "slot");
	unsigned bus = device->bridge ? device->secondary : device->place.bus;

	if (!slot)
		return 0;
	return builder_printf(builder,
			      arena_printf(builder->arena, "sys/bus/pci/slots/%s/address", slot),
			      "%04x:%02x:%02x\n", device->place.domain, bus,
			      device->bridge ? 0U : device->place.slot);
}

static int write_links(struct builder *builder, struct built_device *device)
{
	int result =
		builder_link_to(builder, device_file(builder, device, "subsystem"), "sys/bus/pci");

	if (result == 0)
		result = builder_link_to(
			builder,
			arena_printf(builder->arena, "sys/bus/pci/devices/%s", device->address),
			device->path);
	if (result == 0)
		result = write_driver(builder, device);
	if (result == 0)
		result = write_vfio(builder, device);
	if (result == 0)
		result = write_group(builder, device);
	if (result == 0)
		result = write_virtual_function(builder, device);
	return result < 0 ? result : write_slot(builder, device);
}

static int write_device(struct builder *builder, struct built_device *device)
{
	int result = builder_directory(builder, "sys/bus/pci/drivers");

	if (result == 0)
		result = builder_directory(builder, device->path);
	if (result == 0)
		result = device_write_attributes(builder, device);
	return result < 0 ? result : write_links(builder, device);
}

/* -- changing what is there --------------------------------------------------------------- */

/* Takes away the links that lead to the function. */
static void erase_references(struct builder *builder, const struct built_device *device)
{
	struct arena *arena = builder->arena;

	if (device->driver)
		(void)builder_remove(builder, arena_printf(arena, "sys/bus/pci/drivers/%s/%s",
							   device->driver, device->address));
	if (device->group)
		(void)builder_remove(builder,
				     arena_printf(arena, "sys/kernel/iommu_groups/%s/devices/%s",
						  device->group, device->address));
	if (device->vfio_driver)
		(void)builder_remove(
			builder, arena_printf(arena, "sys/class/vfio-dev/%s", device->vfio_name));
	if (device->unit && unit_path(builder, device->unit))
		(void)builder_remove(builder, arena_printf(arena, "%s/devices/%s",
							   unit_path(builder, device->unit),
							   device->address));
}

/* Takes away what the function's directory holds, but not the functions below it. */
static void erase_device(struct builder *builder, const struct built_device *device)
{
	struct strings names = {0};
	struct address place;

	builder_list(builder, device->path, &names);
	for_each (name, &names)
		if (address_parse(*name, strlen(*name), &place) < 0 && !starts_with(*name, "pci"))
			(void)builder_remove(builder, device_file(builder, device, *name));
	erase_references(builder, device);
}

/* Takes away the files that not every function has; the others are written anew. */
static void erase_optional(struct builder *builder, const struct built_device *device)
{
	static const char *const names[] = {
		"boot_vga",    "config",       "driver",         "iommu",
		"iommu_group", "physfn",       "reset",          "reset_method",
		"rom",         "sriov_numvfs", "sriov_totalvfs", "sriov_drivers_autoprobe",
		"vfio-dev",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)builder_remove(builder, device_file(builder, device, names[i]));
	erase_references(builder, device);
}

/* The bridges above forward what their new descendant needs. */
static int refresh_bridges(const struct builder *builder, const struct built_device *device)
{
	unsigned highest = device->bridge ? device->subordinate : device->place.bus;

	for (struct built_device *bridge = device->parent; bridge; bridge = bridge->parent) {
		int result;

		if (bridge->place.domain == device->place.domain && highest > bridge->subordinate)
			bridge->subordinate = highest;
		result = device_write_config(builder, bridge);
		if (result == 0)
			result = device_write_resource(builder, bridge);
		if (result == 0)
			result = device_write_buses(builder, bridge);
		if (result < 0)
			return result;
	}
	return 0;
}

static const char *const known_keys[] = {
	"below",       "id",     "sub",      "class", "rev",    "type",     "mf",   "secondary",
	"subordinate", "acs",    "acs-wide", "flr",   "af",     "pm",       "msi",  "sriov",
	"vf-of",       "driver", "override", "group", "unit",   "boot_vga", "numa", "power",
	"reset",       "link",   "bar",      "rom",   "config", "slot",
};

static int check_keys(const struct builder *builder, const struct pairs *keys)
{
	for_each (key, keys) {
		bool known = false;

		for (size_t i = 0; i < ARRAY_SIZE(known_keys); i++)
			known |= streq(key->name, known_keys[i]);
		if (!known)
			return builder_fail(builder, -EINVAL, "%s: unknown key", key->name);
	}
	return 0;
}

/* Later keys replace earlier ones; naming any BAR replaces all of them. */
static void merge_keys(struct builder *builder, struct pairs *keys, const struct pairs *later)
{
	struct pairs merged = {0};

	for_each (key, keys)
		if (!pairs_get(later, key->name))
			*ARRAY_ADD(builder->arena, &merged) = *key;
	for_each (key, later)
		*ARRAY_ADD(builder->arena, &merged) = *key;
	*keys = merged;
}

static int find_parent(const struct builder *builder, struct built_device *device)
{
	const char *below = device_key(device, "below"), *physical = device_key(device, "vf-of");
	const struct built_device *owner = physical ? built_device_find(builder, physical) : NULL;

	if (physical && !owner)
		return builder_fail(builder, -EINVAL, "vf-of=%s: no such function", physical);
	device->virtual_function = physical != NULL;
	device->parent = below ? built_device_find(builder, below) : owner ? owner->parent : NULL;
	if (below && !device->parent)
		return builder_fail(builder, -EINVAL, "below=%s: no such function", below);
	if (below && !device->virtual_function && device->parent->bridge &&
	    device->parent->place.domain == device->place.domain &&
	    device->parent->secondary != device->place.bus)
		return builder_fail(builder, -EINVAL, "%s is not on bus %02x below %s",
				    device->address, device->parent->secondary, below);
	return 0;
}

static const char *device_path(const struct builder *builder, const struct built_device *device)
{
	const struct built_device *parent = device->parent;
	const char *root = arena_printf(builder->arena, "pci%04x:%02x", device->place.domain,
					device->place.bus);

	if (!parent)
		return arena_printf(builder->arena, "sys/devices/%s/%s", root, device->address);
	/* A domain of its own begins behind the function that makes it (VMD). */
	if (parent->place.domain != device->place.domain)
		return arena_printf(builder->arena, "%s/%s/%s", parent->path, root,
				    device->address);
	return arena_printf(builder->arena, "%s/%s", parent->path, device->address);
}

static bool shares_slot(const struct built_device *a, const struct built_device *b)
{
	return a != b && a->place.domain == b->place.domain && a->place.bus == b->place.bus &&
	       a->place.slot == b->place.slot;
}

/* Function 0 says that there are others: without that the kernel would not have looked. */
static int mark_multifunction(const struct builder *builder, const struct built_device *device)
{
	if (device->place.function == 0 || device->virtual_function)
		return 0;
	for_each (other, &builder->devices) {
		if (!shares_slot(*other, device) || (*other)->multifunction ||
		    pairs_get(&(*other)->keys, "mf"))
			continue;
		(*other)->multifunction = true;
		if (device_write_config(builder, *other) < 0)
			return -EIO;
	}
	return 0;
}

static struct built_device *add_device(struct builder *builder, const char *address,
				       const struct address *place)
{
	struct built_device *device = arena_alloc(builder->arena, sizeof(*device));

	device->address = arena_strdup(builder->arena, address);
	device->place = *place;
	device->alone = true;
	for_each (other, &builder->devices)
		if ((*other)->place.domain == place->domain && (*other)->place.bus == place->bus)
			device->alone = false;
	*ARRAY_ADD(builder->arena, &builder->devices) = device;
	return device;
}

int build_device(struct builder *builder, char *arguments)
{
	const char *name = strsep(&arguments, " \t");
	struct built_device *device = built_device_find(builder, name);
	struct pairs keys = {0};
	struct address place;
	int result;

	if (address_parse(name, strlen(name), &place) < 0 || !place.full)
		return builder_fail(builder, -EINVAL, "%s: not a full PCI address", name);
	result = pairs_parse(builder, arguments, &keys);
	if (result == 0)
		result = check_keys(builder, &keys);
	if (result < 0)
		return result;
	/* What a driver has made (net, nvme, drm) goes with it. */
	if (device && pairs_get(&keys, "driver") &&
	    !streq(pairs_get(&keys, "driver"), device->driver))
		erase_device(builder, device);
	else if (device)
		erase_optional(builder, device);
	else
		device = add_device(builder, name, &place);
	merge_keys(builder, &device->keys, &keys);
	result = find_parent(builder, device);
	if (result == 0)
		result = device_read_keys(builder, device);
	if (result < 0)
		return result;
	device->path = device_path(builder, device);
	device->driver = device_key(device, "driver");
	device->vfio_driver = device->driver && strstr(device->driver, "vfio");
	device->group = builder->iommu_off ? NULL : device_key(device, "group");
	result = write_device(builder, device);
	if (result == 0)
		result = mark_multifunction(builder, device);
	return result < 0 ? result : refresh_bridges(builder, device);
}

/* Takes the function and all below it away. */
int build_drop(struct builder *builder, char *arguments)
{
	struct built_device *device = built_device_find(builder, arguments);
	struct built_devices left = {0};

	if (!device)
		return builder_fail(builder, -EINVAL, "%s: no such function", arguments);
	for_each (other, &builder->devices) {
		if (*other != device && !device_is_below(*other, device)) {
			*ARRAY_ADD(builder->arena, &left) = *other;
			continue;
		}
		erase_device(builder, *other);
		(void)builder_remove(builder, arena_printf(builder->arena, "sys/bus/pci/devices/%s",
							   (*other)->address));
	}
	builder->devices = left;
	(void)builder_remove(builder, device->path);
	return refresh_bridges(builder, device);
}

/* What a boot without DMA translation leaves: the directories, empty. */
int build_iommu_off(struct builder *builder)
{
	int result = 0;

	builder->iommu_off = true;
	for_each (device, &builder->devices) {
		(*device)->group = (*device)->unit = NULL;
		(void)builder_remove(builder, device_file(builder, *device, "iommu_group"));
		(void)builder_remove(builder, device_file(builder, *device, "iommu"));
		if (result == 0)
			result = device_write_config(builder, *device);
	}
	for_each (unit, &builder->units)
		if (unit_path(builder, *unit))
			(void)builder_remove(builder, unit_path(builder, *unit));
	builder->units.count = 0;
	(void)builder_remove(builder, "sys/kernel/iommu_groups");
	(void)builder_remove(builder, "sys/class/iommu");
	if (result == 0)
		result = builder_directory(builder, "sys/kernel/iommu_groups");
	return result < 0 ? result : builder_directory(builder, "sys/class/iommu");
}
