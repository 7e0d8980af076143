/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts.h"
#include "groups.h"

static void index_predicted_groups(struct facts *facts)
{
	size_t count = 0;

	for_each (device, &facts->devices)
		if (device->predicted_group >= 0 && (size_t)device->predicted_group >= count)
			count = (size_t)device->predicted_group + 1;
	facts->predicted_groups = arena_array(facts->arena, count, sizeof(*facts->predicted_groups));
	facts->predicted_group_count = count;
	for_each (device, &facts->devices)
		if (device->predicted_group >= 0)
			*ARRAY_ADD(facts->arena, &facts->predicted_groups[device->predicted_group]) =
				device;
}

static void index_nvswitches(struct facts *facts)
{
	for_each (device, &facts->devices)
		if (device->vendor_id == 0x10de && device->class_code >= 0 &&
		    device->class_code >> 8 == 0x0680)
			*ARRAY_ADD(facts->arena, &facts->nvswitches) = device;
}

struct facts *facts_collect(const struct host *host)
{
	struct arena *arena = arena_new();
	struct facts *facts = arena_alloc(arena, sizeof(*facts));

	facts->arena = arena;
	facts->live = host_is_live(host);
	facts_collect_kernel(facts, host);
	facts_collect_machine(facts, host);
	facts_collect_firmware(facts, host);
	facts_collect_pci(facts, host);
	facts_collect_iommu(facts, host);
	groups_predict(facts);
	index_predicted_groups(facts);
	index_nvswitches(facts);
	facts_collect_modules(facts, host);
	facts_collect_storage(facts, host);
	facts_collect_network(facts, host);
	facts_collect_display(facts, host);
	facts_collect_processes(facts, host);
	return facts;
}
