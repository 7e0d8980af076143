/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts.h"

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
	facts_collect_modules(facts, host);
	facts_collect_storage(facts, host);
	facts_collect_network(facts, host);
	facts_collect_display(facts, host);
	facts_collect_processes(facts, host);
	return facts;
}
