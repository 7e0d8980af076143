/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/resource.h"

#include <errno.h>

enum {
	FLAG_IO = 0x100,
	FLAG_MEMORY = 0x200,
	FLAG_PREFETCH = 0x2000,
	FLAG_64_BIT = 0x100000,
	FLAG_UNSET = 0x20000000,
	FIRST_BAR_REGISTER = 0x10,
	REGISTER_IO = 0x1,
	REGISTER_TYPE = 0x6,
	REGISTER_64_BIT = 0x4,
	REGISTER_PREFETCH = 0x8,
};

/* Reads one number and the character behind it; NULL where either is not there. */
static const char *parse_field(const char *text, char behind, uint64_t *ret_value)
{
	char *end;

	if (!starts_with(text, "0x"))
		return NULL;
	errno = 0;
	*ret_value = strtoull(text, &end, 16);
	/* The last line may lack its newline. */
	if (errno || end < text + 3 || (*end != behind && !(behind == '\n' && *end == '\0')))
		return NULL;
	return *end ? end + 1 : end;
}

static struct bar bar_of(uint64_t start, uint64_t end, uint64_t flags)
{
	struct bar bar = {0};

	if (!(flags & (FLAG_IO | FLAG_MEMORY)))
		return bar;
	bar.present = true;
	bar.io = flags & FLAG_IO;
	bar.prefetchable = flags & FLAG_PREFETCH;
	bar.bits = bar.io ? 0 : flags & FLAG_64_BIT ? 64 : 32;
	if (end > start || (end == start && start))
		bar.size = end - start + 1;
	bar.assigned = start && bar.size && !(flags & FLAG_UNSET);
	bar.address = bar.assigned ? start : 0;
	return bar;
}

bool resource_parse(const char *text, struct bar ret_bars[static BAR_SLOTS])
{
	memset(ret_bars, 0, BAR_SLOTS * sizeof(*ret_bars));
	for (unsigned i = 0; i < BAR_SLOTS; i++) {
		uint64_t start, end, flags;

		text = parse_field(text, ' ', &start);
		text = text ? parse_field(text, ' ', &end) : NULL;
		text = text ? parse_field(text, '\n', &flags) : NULL;
		if (!text)
			return false;
		ret_bars[i] = bar_of(start, end, flags);
	}
	return true;
}

void resource_add_cleared(const void *header, size_t length, struct bar bars[static BAR_SLOTS])
{
	uint32_t registers[BAR_COUNT];

	if (length < FIRST_BAR_REGISTER + sizeof(registers))
		return;
	for (unsigned i = 0; i < BAR_COUNT; i++) {
		const uint8_t *bytes = (const uint8_t *)header + FIRST_BAR_REGISTER + i * 4;

		registers[i] = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
			       (uint32_t)bytes[3] << 24;
	}
	for (unsigned i = 0; i < BAR_COUNT; i++) {
		uint32_t type = registers[i] & 0xf;
		bool wide = !(type & REGISTER_IO) && (type & REGISTER_TYPE) == REGISTER_64_BIT;
		bool fits = !wide || i + 1 < BAR_COUNT;
		bool empty = fits && registers[i] == type && !(wide && registers[i + 1]);

		/* An address in the register of a resource that the kernel does not list means that
		 * the kernel does not believe the register (non_compliant_bars). */
		if (!bars[i].present && type && !(type & REGISTER_IO) && empty)
			bars[i] = (struct bar){
				.present = true,
				.prefetchable = type & REGISTER_PREFETCH,
				.bits = wide ? 64 : 32,
			};
		i += wide;
	}
}
