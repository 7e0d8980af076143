/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What facts that were collected to judge still lack, when it is known who the targets are. */
#include "preflight/facts/facts.h"
#include "preflight/facts/function_details.h"
#include "preflight/facts/function_driver.h"
#include "preflight/facts/iommu.h"

/* One function after the other, in a directory opened anew. */
struct again {
	const struct host *host;
	struct function_files files;
	struct function_header header;
};

static bool open_again(struct again *again, struct device *device)
{
	struct function_files *files = &again->files;
	size_t length;

	again->header.length = 0;
	/* What could not be opened or read the first time has been noted then. */
	if (function_files_open(files, again->host, device) < 0)
		return false;
	if (function_files_read(files, "config", &length) == 0)
		function_header_take(&again->header, files->text, length);
	return true;
}

static struct again *again_new(struct facts *facts, const struct host *host, struct arena *arena)
{
	struct again *again = arena_alloc(arena, sizeof(*again));

	again->host = host;
	again->files.facts = facts;
	again->files.scratch = arena;
	return again;
}

/* -- BARs of all functions ------------------------------------------------------------------------- */

void facts_collect_bars(struct facts *facts, const struct host *host)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct again *again = again_new(facts, host, arena);

	if (facts->bars_read)
		return;
	for_each (device, &facts->devices) {
		if (!open_again(again, device))
			continue;
		function_details_read_bars(&again->files, &again->header, device->physfn != NULL);
		host_directory_close(&again->files.directory);
	}
	facts->bars_read = true;
}

/* -- the targets ----------------------------------------------------------------------------------- */

static void read_targets(struct again *again, enum reset_files *resets)
{
	struct facts *facts = again->files.facts;

	for_each (target, &facts->targets) {
		struct device *device = *target;

		if (!open_again(again, device))
			continue;
		if (device->is_bridge)
			(void)function_driver_read_override(&again->files);
		function_details_read(&again->files, &again->header, device->physfn != NULL,
				      &resets[device - facts->devices.items]);
		host_directory_close(&again->files.directory);
	}
}

/* Whether some file reset_method is missing that one elsewhere would show to mean "none". */
static bool wants_witness(const struct facts *facts, const enum reset_files *resets)
{
	bool absent = false;

	for (size_t i = 0; i < facts->devices.count; i++) {
		if (resets[i] == RESET_METHODS)
			return false;
		absent |= resets[i] == RESET_ABSENT;
	}
	return absent && !function_details_kernel_tells_resets(facts);
}

static void find_witness(struct again *again, enum reset_files *resets)
{
	struct facts *facts = again->files.facts;

	for (size_t i = 0; i < facts->devices.count; i++) {
		if (facts->devices.items[i].target || !open_again(again, &facts->devices.items[i]))
			continue;
		if (directory_exists(&again->files.directory, "reset_method") == 0)
			resets[i] = RESET_METHODS;
		host_directory_close(&again->files.directory);
		if (resets[i] == RESET_METHODS)
			return;
	}
}

static void read_groups(struct facts *facts, const struct host *host, struct arena *arena)
{
	bool *wanted = arena_array(arena, facts->groups.count, sizeof(*wanted));

	for_each (target, &facts->targets)
		if ((*target)->group)
			wanted[(*target)->group - facts->groups.items] = true;
	iommu_complete_groups(facts, host, wanted);
}

void facts_collect_targets(struct facts *facts, const struct host *host)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct again *again = again_new(facts, host, arena);
	enum reset_files *resets = arena_array(arena, facts->devices.count, sizeof(*resets));

	if (!facts->to_judge)
		return;
	read_groups(facts, host, arena);
	read_targets(again, resets);
	if (wants_witness(facts, resets))
		find_witness(again, resets);
	function_details_settle_resets(facts, resets);
}
