/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/iort.h"

enum { AT_NODE_COUNT = 36, AT_NODE_OFFSET = 40, TABLE_HEADER = 48 };

enum { NODE_HEADER = 16, MAPPING_LENGTH = 20, RANGE_LENGTH = 20 };

enum { MAPPING_SINGLE = 0x01, RMR_REMAPPING_PERMITTED = 0x01 };

/* What a node must at least hold for the fields read here. */
static size_t minimum_length(uint8_t type)
{
	switch (type) {
	case IORT_ROOT_COMPLEX:
		return 32;
	case IORT_SMMU:
	case IORT_SMMU_V3:
		return 60;
	case IORT_RESERVED_MEMORY:
		return 28;
	default:
		return NODE_HEADER;
	}
}

/* Whether count records of size bytes from start (inside the node) fit into it. */
static bool records_fit(size_t node_length, uint32_t start, uint32_t count, size_t size)
{
	return start >= NODE_HEADER && start <= node_length &&
	       count <= (node_length - start) / size;
}

static void parse_mappings(struct arena *arena, struct acpi_table *table, size_t length,
			   struct iort_node *node)
{
	uint32_t count = acpi_get32(table, node->offset + 8);
	uint32_t start = acpi_get32(table, node->offset + 12);

	if (!count)
		return;
	if (!records_fit(length, start, count, MAPPING_LENGTH)) {
		acpi_problem_set(table, node->offset, "a node's id mappings pass its end");
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		size_t at = node->offset + start + (size_t)i * MAPPING_LENGTH;
		uint32_t first = acpi_get32(table, at);
		uint32_t more = acpi_get32(table, at + 4);

		*ARRAY_ADD(arena, &node->mappings) = (struct iort_mapping){
			.first = first,
			.last = more > UINT32_MAX - first ? UINT32_MAX : first + more,
			.output = acpi_get32(table, at + 8),
			.target = acpi_get32(table, at + 12),
			.single = acpi_get32(table, at + 16) & MAPPING_SINGLE,
		};
	}
}

static void parse_ranges(struct arena *arena, struct acpi_table *table, size_t length,
			 struct iort_node *node)
{
	uint32_t count = acpi_get32(table, node->offset + 20);
	uint32_t start = acpi_get32(table, node->offset + 24);

	node->remapping_permitted = acpi_get32(table, node->offset + 16) & RMR_REMAPPING_PERMITTED;
	if (!count)
		return;
	if (!records_fit(length, start, count, RANGE_LENGTH)) {
		acpi_problem_set(table, node->offset, "a memory node's (RMR) ranges pass its end");
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		size_t at = node->offset + start + (size_t)i * RANGE_LENGTH;
		struct iort_range range = {.start = acpi_get64(table, at),
					   .length = acpi_get64(table, at + 8)};

		if (!range.length || range.start + (range.length - 1) < range.start)
			acpi_problem_set(table, at, "a memory range (RMR) has impossible bounds");
		*ARRAY_ADD(arena, &node->ranges) = range;
	}
}

static void parse_node(struct arena *arena, struct iort *iort, size_t offset, size_t length)
{
	struct acpi_table *table = &iort->table;
	struct iort_node *node = ARRAY_ADD(arena, &iort->nodes);

	node->offset = offset;
	node->type = acpi_get8(table, offset);
	node->revision = acpi_get8(table, offset + 3);
	if (length < minimum_length(node->type)) {
		acpi_problem_set(table, offset, "a node is too short");
		return;
	}
	parse_mappings(arena, table, length, node);
	if (node->type == IORT_SMMU || node->type == IORT_SMMU_V3) {
		node->base = acpi_get64(table, offset + 16);
		iort->smmu_count++;
	} else if (node->type == IORT_ROOT_COMPLEX) {
		node->segment = acpi_get32(table, offset + 28);
	} else if (node->type == IORT_RESERVED_MEMORY) {
		parse_ranges(arena, table, length, node);
	}
}

static void parse_nodes(struct arena *arena, struct iort *iort)
{
	struct acpi_table *table = &iort->table;
	uint32_t count = acpi_get32(table, AT_NODE_COUNT);
	size_t offset = acpi_get32(table, AT_NODE_OFFSET);

	if (count && offset < TABLE_HEADER) {
		acpi_problem_set(table, AT_NODE_OFFSET, "the first node lies inside the header");
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		size_t length = acpi_get16(table, offset + 1);

		if (!acpi_table_holds(table, offset, NODE_HEADER)) {
			acpi_problem_set(table, offset, "it names more nodes than it holds");
			return;
		}
		if (length < NODE_HEADER || !acpi_table_holds(table, offset, length)) {
			acpi_problem_set(table, offset, "a node has an impossible length");
			return;
		}
		parse_node(arena, iort, offset, length);
		offset += length;
	}
}

/* Nodes stand in the order of their offsets. */
static const struct iort_node *find_node(const struct iort *iort, size_t offset)
{
	size_t low = 0, high = iort->nodes.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct iort_node *node = &iort->nodes.items[middle];

		if (node->offset == offset)
			return node;
		if (node->offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void check_targets(struct iort *iort)
{
	for_each (node, &iort->nodes)
		for_each (mapping, &node->mappings)
			if (!find_node(iort, mapping->target)) {
				acpi_problem_set(&iort->table, node->offset,
						 "a node's id mapping leads to no node");
				return;
			}
}

void iort_parse(struct arena *arena, const void *bytes, size_t length, struct iort *ret_iort)
{
	*ret_iort = (struct iort){0};
	if (!acpi_table_parse(bytes, length, "IORT", &ret_iort->table))
		return;
	if (ret_iort->table.length < TABLE_HEADER) {
		acpi_problem_set(&ret_iort->table, ret_iort->table.length,
				 "the table ends before its first node");
		return;
	}
	parse_nodes(arena, ret_iort);
	check_targets(ret_iort);
}

/* The kernel takes the first root complex of a segment. */
static const struct iort_node *find_root_complex(const struct iort *iort, uint32_t segment)
{
	for_each (node, &iort->nodes)
		if (node->type == IORT_ROOT_COMPLEX && node->segment == segment)
			return node;
	return NULL;
}

/*
 * Firmware writers disagree whether a range's count includes its end; a match on the very end of a
 * range yields to a range that begins there (iort_id_map()).
 */
static const struct iort_mapping *find_mapping(const struct iort_node *node, uint32_t id)
{
	const struct iort_mapping *at_end = NULL;

	for_each (mapping, &node->mappings) {
		if (mapping->single)
			return mapping;
		if (id < mapping->first || id > mapping->last)
			continue;
		if (id != mapping->last || mapping->first == mapping->last)
			return mapping;
		if (!at_end)
			at_end = mapping;
	}
	return at_end;
}

bool iort_map_requester(const struct iort *iort, uint32_t segment, uint32_t requester,
			struct iort_stream *ret_stream)
{
	const struct iort_node *root = find_root_complex(iort, segment);
	const struct iort_mapping *mapping = root ? find_mapping(root, requester) : NULL;
	const struct iort_node *smmu = mapping ? find_node(iort, mapping->target) : NULL;

	if (!smmu || (smmu->type != IORT_SMMU && smmu->type != IORT_SMMU_V3))
		return false;
	ret_stream->smmu = smmu;
	ret_stream->id = mapping->output + (mapping->single ? 0 : requester - mapping->first);
	return true;
}
