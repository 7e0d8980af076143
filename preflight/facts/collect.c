/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/facts.h"
#include "preflight/groups/groups.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/parse/modprobe.h"

static void index_predicted_groups(struct facts *facts)
{
	size_t count = 0;

	for_each (device, &facts->devices)
		if (device->predicted_group >= 0 && (size_t)device->predicted_group >= count)
			count = (size_t)device->predicted_group + 1;
	facts->predicted_groups =
		arena_array(facts->arena, count, sizeof(*facts->predicted_groups));
	facts->predicted_group_count = count;
	for_each (device, &facts->devices)
		if (device->predicted_group >= 0)
			*ARRAY_ADD(facts->arena,
				   &facts->predicted_groups[device->predicted_group]) = device;
}

/* Whether anything asks vfio-pci to take a device: only then it is worth decompressing an image. */
static bool vfio_configured(const struct facts *facts)
{
	for_each (line, &facts->modules.modprobe)
		if (line->command == MODPROBE_OPTIONS && streq(line->module, "vfio_pci"))
			return true;
	for_each (rule, &facts->handover.overrides)
		if (strstr(rule->driver, "vfio"))
			return true;
	for_each (word, &facts->cmdline)
		if (names_equal(word->name, "vfio-pci.ids"))
			return true;
	for (size_t i = 0; i < facts->boot.entries.count; i++) {
		const struct parameters *words = facts->boot.entries.items[i].parameters;

		for (size_t w = 0; words && w < words->count; w++)
			if (names_equal(words->items[w].name, "vfio-pci.ids"))
				return true;
	}
	return false;
}

static void index_nvswitches(struct facts *facts)
{
	for_each (device, &facts->devices)
		if (device->vendor_id == 0x10de && device->class_code >= 0 &&
		    device->class_code >> 8 == 0x0680)
			*ARRAY_ADD(facts->arena, &facts->nvswitches) = device;
}

/* --kernel: the first ordinary entry of that version takes the place of the default one. Without such
 * an entry nothing is known about that boot. */
static void choose_kernel(struct facts *facts)
{
	if (!facts->kernel_asked)
		return;
	facts->boot.next = 0;
	facts->boot.next_kernel = facts->kernel_asked;
	for (size_t i = 0; i < facts->boot.entries.count; i++) {
		const struct boot_entry *entry = &facts->boot.entries.items[i];

		if (!entry->recovery && streq(entry->kernel_version, facts->kernel_asked)) {
			facts->boot.next = i + 1;
			return;
		}
	}
}

void facts_collect_ground(struct facts *facts, const struct host *host)
{
	facts_collect_kernel(facts, host);
	facts_collect_machine(facts, host);
	facts_collect_firmware(facts, host);
}

void facts_collect_rest(struct facts *facts, const struct host *host)
{
	groups_predict(facts);
	index_predicted_groups(facts);
	index_nvswitches(facts);
	facts_collect_modules(facts, host);
	facts_collect_storage(facts, host);
	facts_collect_network(facts, host);
	facts_collect_display(facts, host);
	facts_collect_processes(facts, host);
	facts_collect_handover(facts, host);
	facts_collect_platforms(facts, host);
	facts_collect_transactions(facts, host);
	facts_collect_boot(facts, host);
	choose_kernel(facts);
	facts_collect_initramfs(facts, host, vfio_configured(facts) && !facts->images_listed_only);
	facts_collect_image_sources(facts);
	next_boot_predict(facts);
}

struct facts *facts_collect(const struct host *host)
{
	return facts_collect_for_kernel(host, NULL);
}

/* Facts of which nothing is known but what they are collected for. */
static struct facts *start(const struct host *host, const char *kernel)
{
	struct arena *arena = arena_new();
	struct facts *facts = arena_alloc(arena, sizeof(*facts));

	facts->arena = arena;
	facts->kernel_asked = arena_strdup(arena, kernel);
	facts->live = host_is_live(host);
	facts->was_live = host_was_live(host);
	return facts;
}

static struct facts *collect(const struct host *host, struct facts *facts)
{
	facts_collect_ground(facts, host);
	facts_collect_pci(facts, host);
	facts_collect_iommu(facts, host);
	facts_collect_rest(facts, host);
	return facts;
}

struct facts *facts_collect_for_kernel(const struct host *host, const char *kernel)
{
	return collect(host, start(host, kernel));
}

struct facts *facts_collect_to_judge(const struct host *host, const char *kernel)
{
	struct facts *facts = start(host, kernel);

	facts->to_judge = true;
	return collect(host, facts);
}

struct facts *facts_collect_for_capture(const struct host *host)
{
	struct facts *facts = start(host, NULL);

	facts->images_listed_only = true;
	return collect(host, facts);
}
