/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rehearse_work.h"

#include <errno.h>

static const uint64_t MIB = UINT64_C(1) << 20, GIB = UINT64_C(1) << 30;

const char *rehearse_size(struct arena *arena, uint64_t size)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	uint64_t tenths = 0;
	size_t unit = 0;

	while (size >= 1024 && unit + 1 < ARRAY_SIZE(units)) {
		tenths = size % 1024 * 10 / 1024;
		size /= 1024;
		unit++;
	}
	if (tenths)
		return arena_printf(arena, "%llu.%llu %s", (unsigned long long)size,
				    (unsigned long long)tenths, units[unit]);
	return arena_printf(arena, "%llu %s", (unsigned long long)size, units[unit]);
}

/* -- addresses ------------------------------------------------------------------------------------------ */

/* Where the next mapping goes: upwards through the ranges, as a guest's memory lies. */
struct place {
	size_t range;
	uint64_t next;
};

/* Without ranges (kernels before 5.4): below x86's window of MSI addresses, then from 4 GiB on. */
static const struct rehearse_range usual[] = {
	{0, 0xfedfffff},
	{UINT64_C(1) << 32, (UINT64_C(1) << 39) - 1},
};

/* The address of size bytes on a boundary of 2 MiB, or -ENOSPC. */
static int take_address(const struct rehearse_mapper *mapper, struct place *place, uint64_t size,
			uint64_t *ret_address)
{
	const struct rehearse_range *ranges = mapper->ranges.count ? mapper->ranges.items : usual;
	size_t count = mapper->ranges.count ? mapper->ranges.count : ARRAY_SIZE(usual);
	const uint64_t boundary = 2 * MIB;

	for (; place->range < count; place->range++, place->next = 0) {
		const struct rehearse_range *range = &ranges[place->range];
		uint64_t start = range->start > place->next ? range->start : place->next;

		/* Not at 0: a mapping there would hide mistakes of a device. */
		if (start == 0)
			start = 1;
		if (start > UINT64_MAX - boundary)
			continue;
		start = (start + boundary - 1) / boundary * boundary;
		if (start > range->last || range->last - start < size - 1)
			continue;
		place->next = start + size;
		*ret_address = start;
		return 0;
	}
	return -ENOSPC;
}

/* -- small ---------------------------------------------------------------------------------------------- */

static void map_small(struct rehearse_work *work, const struct rehearse_mapper *mapper,
		      const struct device *device, size_t size)
{
	const struct rehearse_calls *calls = work->calls;
	const char *words = rehearse_size(work->arena, size);
	struct place place = {0};
	uint64_t address = 0;
	void *memory;
	int r;

	if (take_address(mapper, &place, size, &address) < 0) {
		(void)rehearse_step_failed(
			work, CALL_IOMMU_INFO, device,
			arena_printf(work->arena, _("an address for %s"), words));
		return;
	}
	r = calls->map(calls->context, -1, 0, size, true, &memory);
	if (r < 0) {
		(void)rehearse_step(work, CALL_MEMORY, device, r, _("%s of memory"), words);
		return;
	}
	r = mapper->map(work, mapper, memory, address, size);
	(void)rehearse_step(work, CALL_MAP, device, r, _("map %s for the device"), words);
	if (r >= 0) {
		r = mapper->unmap(work, mapper, address, size);
		if (r < 0)
			(void)rehearse_step(work, CALL_UNMAP, device, r, _("unmap %s"), words);
	}
	calls->unmap(calls->context, memory, size);
}

/* -- as much as a guest has ------------------------------------------------------------------------------ */

enum { CHUNKS_MOST = 65536 };

struct chunk {
	void *memory;
	uint64_t address, size;
};

struct chunks {
	struct chunk *items;
	size_t count, capacity;
	uint64_t mapped;
};

/* What the host keeps in any case: a sixteenth, but 256 MiB at least and 2 GiB at most. */
static uint64_t reserve(const struct rehearse_limits *limits)
{
	uint64_t part = limits->total / 16;

	return part < 256 * MIB ? 256 * MIB : part > 2 * GIB ? 2 * GIB : part;
}

static const char *too_little(struct rehearse_work *work, uint64_t wanted)
{
	const struct rehearse_limits *limits = &work->limits;
	struct arena *arena = work->arena;

	if (!limits->available)
		return _("How much memory the host can spare is not known (/proc/meminfo).");
	if (limits->available >= reserve(limits) && limits->available - reserve(limits) >= wanted)
		return NULL;
	return arena_printf(arena,
			    _("The host has %s available and keeps %s of it: mapping %s could take "
			      "it down."),
			    rehearse_size(arena, limits->available),
			    rehearse_size(arena, reserve(limits)),
			    rehearse_size(arena, work->options->memory));
}

/* 0, 1: refused to keep the host running (said), or -errno (said). */
static int map_chunk(struct rehearse_work *work, const struct rehearse_mapper *mapper,
		     const struct device *device, struct place *place, struct chunks *chunks,
		     uint64_t size)
{
	const struct rehearse_calls *calls = work->calls;
	const char *words = rehearse_size(work->arena, work->options->memory);
	struct chunk chunk = {.size = size};
	const char *cause;
	int r;

	r = calls->limits(calls->context, &work->limits);
	cause = r < 0 ? _(error_words(r)) : too_little(work, size);
	if (cause) {
		(void)rehearse_step_skipped(
			work, CALL_MEMORY, device, true,
			arena_printf(work->arena, _("map %s for the device"), words), cause,
			_("give the VM less memory, or free some"));
		return 1;
	}
	if (take_address(mapper, place, size, &chunk.address) < 0) {
		(void)rehearse_step_failed(work, CALL_IOMMU_INFO, device,
					   arena_printf(work->arena, _("addresses for %s"), words));
		return -ENOSPC;
	}
	r = calls->map(calls->context, -1, 0, size, true, &chunk.memory);
	if (r < 0) {
		(void)rehearse_step(work, CALL_MEMORY, device, r, _("%s of memory"), words);
		return r;
	}
	r = mapper->map(work, mapper, chunk.memory, chunk.address, size);
	if (r < 0) {
		rehearse_step(work, CALL_MAP, device, r, _("map %s for the device"), words)
			->detail = arena_printf(work->arena, _("after %s"),
						rehearse_size(work->arena, chunks->mapped));
		calls->unmap(calls->context, chunk.memory, size);
		return r;
	}
	*ARRAY_ADD(work->arena, chunks) = chunk;
	chunks->mapped += size;
	return 0;
}

static int unmap_chunks(struct rehearse_work *work, const struct rehearse_mapper *mapper,
			const struct chunks *chunks)
{
	int result = 0;

	for_each (chunk, chunks) {
		int r = mapper->unmap(work, mapper, chunk->address, chunk->size);

		if (r < 0)
			result = r;
		work->calls->unmap(work->calls->context, chunk->memory, (size_t)chunk->size);
	}
	return result;
}

static void map_much(struct rehearse_work *work, const struct rehearse_mapper *mapper,
		     const struct device *device, uint64_t total)
{
	const char *words = rehearse_size(work->arena, total);
	uint64_t size = 256 * MIB;
	struct chunks chunks = {0};
	struct place place = {0};
	int r = 0;

	while (total / size >= CHUNKS_MOST / 2)
		size *= 2;
	while (r == 0 && chunks.mapped < total) {
		uint64_t left = total - chunks.mapped;

		r = map_chunk(work, mapper, device, &place, &chunks, left < size ? left : size);
	}
	if (r == 0)
		(void)rehearse_step(work, CALL_MAP, device, 0, _("map %s for the device"), words);
	r = unmap_chunks(work, mapper, &chunks);
	if (r < 0)
		(void)rehearse_step(work, CALL_UNMAP, device, r, _("unmap %s"), words);
}

/* Whether to try it at all. */
static bool may_map(struct rehearse_work *work, const struct device *device, uint64_t total)
{
	const char *what = arena_printf(work->arena, _("map %s for the device"),
					rehearse_size(work->arena, total));
	const struct rehearse_limits *limits = &work->limits;
	const char *cause;

	if (!limits->may_exceed && limits->memlock < total) {
		(void)rehearse_step_failed(work, CALL_MEMORY, device, what);
		return false;
	}
	cause = too_little(work, total);
	if (cause)
		(void)rehearse_step_skipped(work, CALL_MEMORY, device, true, what, cause,
					    _("give the VM less memory, or free some"));
	return !cause;
}

void rehearse_memory(struct rehearse_work *work, const struct rehearse_mapper *mapper,
		     const struct device *device, uint64_t memory)
{
	/* Whole pages of this kernel: 4 KiB, on Arm up to 64. */
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t total = (memory + page - 1) / page * page;

	map_small(work, mapper, device, (size_t)page);
	map_small(work, mapper, device, (size_t)(2 * MIB));
	if (total && may_map(work, device, total))
		map_much(work, mapper, device, total);
}
