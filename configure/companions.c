/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/planner.h"
#include "preflight/checks/device_relations.h"

static bool refs_hold(const struct device_refs *refs, const struct device *device)
{
	for_each (ref, refs)
		if (*ref == device)
			return true;
	return false;
}

static bool is_needed(const struct facts *facts, struct arena *arena, const struct device *device)
{
	for_each (target, &facts->targets) {
		struct device_refs taken;

		/* Virtual functions are handed over one by one; the slot of a chipset is no card. */
		if (!(*target)->physfn && !device->physfn && devices_same_slot(*target, device) &&
		    !device_is_built_in(facts, *target))
			return true;
		taken = devices_taken_with(facts, arena, *target);
		if (refs_hold(&taken, device))
			return true;
	}
	return false;
}

struct device_refs plan_companions(const struct facts *facts, struct arena *arena)
{
	struct device_refs companions = {0};

	for_each (device, &facts->devices)
		if (!device->is_bridge && !device->target && is_needed(facts, arena, device))
			*ARRAY_ADD(arena, &companions) = device;
	return companions;
}
