/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/checks/device_relations.h"
#include "preflight/groups/quirks.h"

bool devices_same_slot(const struct device *a, const struct device *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot;
}

bool devices_related(const struct device *a, const struct device *b)
{
	/* A VF sits in its physical function's card, whatever its own address is. */
	return devices_same_slot(a->physfn ? a->physfn : a, b->physfn ? b->physfn : b);
}

bool device_is_in_processor(const struct facts *facts, const struct device *device)
{
	struct device_range bus = facts_same_bus(facts, device);

	for_each (other, &bus)
		if (other->vendor_id == 0x1022 && devices_same_slot(device, other) &&
		    (device_has_class(other, 0x1080) || device_has_class(other, 0x1300)))
			return true;
	return false;
}

bool device_is_built_in(const struct facts *facts, const struct device *device)
{
	return (!device->parent && !device->parent_unknown) ||
	       device_is_in_processor(facts, device);
}

bool device_resets_alone(const struct device *device)
{
	static const char *const methods[] = {"device_specific", "acpi", "flr", "af_flr", "pm"};

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (strings_contain(&device->reset_methods, methods[i]))
			return true;
	return false;
}

bool device_may_hold_group(const struct device *device)
{
	if (device->is_bridge || device->vfio_driver)
		return false;
	return !streq(device->driver, "pci-stub") && !streq(device->driver, "pcieport");
}

static bool alias_in_table(const struct facts *facts, const struct device *a,
			   const struct device *b)
{
	uint16_t first = (uint16_t)(a->bus << 8 | a->slot << 3 | a->function);
	uint16_t second = (uint16_t)(b->bus << 8 | b->slot << 3 | b->function);

	for_each (alias, &facts->iommu.aliases)
		if (alias->segment == a->domain && alias->device == first && alias->alias == second)
			return true;
	return false;
}

/* Whether a also uses b's requester id, by a quirk of a's model. Rows whose ids only the running
 * device knows answer no. */
static bool borrows_id(const struct device *a, const struct device *b)
{
	const struct alias_quirk *quirk = alias_quirk_find(a->vendor_id, a->device_id);

	if (!quirk)
		return false;
	switch (quirk->behaviour) {
	case ALIAS_FUNC0:
		return b->slot == a->slot && b->function == 0 && a->function != 0;
	case ALIAS_FUNC1:
		return b->slot == a->slot && b->function == 1 && a->function != 1;
	case ALIAS_ADAPTEC:
		return a->subsystem_vendor_id == 0x9005 &&
		       (a->subsystem_device_id == 0x02bb || a->subsystem_device_id == 0x02bc) &&
		       b->slot == 1 && b->function == 0;
	case ALIAS_XEON_PHI:
		return (b->slot == 0x10 && b->function == 0) ||
		       (b->slot == 0x11 && b->function == 0) ||
		       (b->slot == 0x12 && b->function == 3);
	case ALIAS_ALL_SLOTS:
		return b->function <= 4;
	case ALIAS_ALL:
		return true;
	case ALIAS_FROM_HARDWARE:
	case ALIAS_NOT_OF_BRIDGE:
	case ALIAS_TRANSLATION_ROOT:
		break;
	}
	return false;
}

bool devices_share_requester(const struct facts *facts, const struct device *a,
			     const struct device *b)
{
	if (a->domain != b->domain || a->bus != b->bus)
		return false;
	return alias_in_table(facts, a, b) || alias_in_table(facts, b, a) || borrows_id(a, b) ||
	       borrows_id(b, a);
}

const struct device_refs *devices_of_group(const struct facts *facts, const struct device *device)
{
	if (device->group)
		return &device->group->devices;
	if (facts->iommu.active != YES && device->predicted_group >= 0 &&
	    (size_t)device->predicted_group < facts->predicted_group_count)
		return &facts->predicted_groups[device->predicted_group];
	return NULL;
}

struct device_refs devices_taken_with(const struct facts *facts, struct arena *arena,
				      const struct device *device)
{
	const struct device_refs *members = devices_of_group(facts, device);
	struct device_refs taken = {0};
	bool found = false;

	for (size_t i = 0; members && i < members->count; i++) {
		struct device *member = members->items[i];

		found |= member == device;
		if (!member->is_bridge && !member->vfio_driver)
			*ARRAY_ADD(arena, &taken) = member;
	}
	if (!found && !device->is_bridge && !device->vfio_driver)
		*ARRAY_ADD(arena, &taken) = &facts->devices.items[device - facts->devices.items];
	return taken;
}

bool device_has_class(const struct device *device, int class_and_subclass)
{
	return device->class_code >= 0 && device->class_code >> 8 == class_and_subclass;
}

bool device_is_display(const struct device *device)
{
	return device->class_code >= 0 && device->class_code >> 16 == 0x03;
}

bool device_is_only_display(const struct facts *facts, const struct device *device)
{
	for_each (other, &facts->devices)
		if (other != device && !other->physfn && device_is_display(other) &&
		    !device_has_class(other, 0x0302)) /* 3D controllers have no outputs */
			return false;
	return facts->devices_partial == false;
}

bool device_is_network(const struct device *device)
{
	return device->class_code >= 0 && device->class_code >> 16 == 0x02;
}

bool device_is_usb_host(const struct device *device)
{
	/* 0c03fe is a USB device, not a host controller. */
	return device_has_class(device, 0x0c03) && (device->class_code & 0xff) != 0xfe;
}
