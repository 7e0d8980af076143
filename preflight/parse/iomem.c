/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/iomem.h"

#include "preflight/address.h"
#include "preflight/lines.h"

/* Splits "START-END : NAME" into its parts. */
static bool range_parse(struct line line, uint64_t *ret_start, uint64_t *ret_end,
			struct line *ret_name)
{
	const char *dash = memchr(line.text, '-', line.length), *colon;
	struct line part;

	if (!dash)
		return false;
	part = (struct line){.text = line.text, .length = (size_t)(dash - line.text)};
	if (!line_hex(&part, ret_start))
		return false;
	part.text = dash + 1;
	part.length = line.length - part.length - 1;
	colon = memchr(part.text, ' ', part.length);
	if (!colon)
		return false;
	*ret_name =
		(struct line){.text = colon, .length = part.length - (size_t)(colon - part.text)};
	part.length = (size_t)(colon - part.text);
	return line_hex(&part, ret_end) && *ret_end >= *ret_start &&
	       line_starts(ret_name, " : ", ret_name) && ret_name->length;
}

void iomem_parse(struct arena *arena, const char *text, size_t length, struct iomem *ret_iomem)
{
	struct line_reader reader = lines_of(text, length);
	struct iomem iomem = {0};
	struct line line;

	while (lines_next(&reader, &line)) {
		struct iomem_range range = {.line = line.number}, *added;
		struct line name;

		line = line_trim(line);
		if (!range_parse(line, &range.start, &range.end, &name))
			continue;
		range.text = printable_copy(arena, line.text, line.length);
		range.name = range.text + (name.text - line.text);
		added = ARRAY_ADD(arena, &iomem);
		*added = range;
		if (iomem.addresses != YES)
			iomem.addresses = truth_of(range.end != 0);
	}
	*ret_iomem = iomem;
}

bool iomem_is_boot_framebuffer(const char *name)
{
	static const char *const names[] = {
		"BOOTFB", "efifb",   "simplefb", "vesafb",  "simpledrm",
		"efidrm", "vesadrm", "ofdrm",    "vga16fb",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (streq(names[i], name))
			return true;
	return false;
}

const struct iomem_range *iomem_enclosing_bar(const struct iomem *iomem, uint64_t start,
					      uint64_t end)
{
	const struct iomem_range *smallest = NULL;

	for_each (range, iomem) {
		struct address address;

		if (range->start > start || range->end < end)
			continue;
		if (smallest && range->end - range->start >= smallest->end - smallest->start)
			continue;
		if (address_parse(range->name, strlen(range->name), &address) == 0 && address.full)
			smallest = range;
	}
	return smallest;
}
