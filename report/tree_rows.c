/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree_rows.h"
#include "terminal.h"

/* A function whose row is to come, and where. */
struct pending {
	int index, parent;
	bool last;
};

struct builder {
	const struct facts *facts;
	struct arena *arena;
	bool *shown, *placed;
	int *last_child,
		*previous;       /* of each function; the children of one as a list from the end */
	struct pending *pending; /* room for all of them */
	struct tree_rows *rows;
};

static int index_of(const struct builder *builder, const struct device *device)
{
	return device ? (int)(device - builder->facts->devices.items) : -1;
}

/* -- which functions -------------------------------------------------------------------------------- */

static void show_with_bridges(struct builder *builder, const struct device *device)
{
	for (; device && !builder->shown[index_of(builder, device)]; device = device->parent)
		builder->shown[index_of(builder, device)] = true;
}

static void choose(struct builder *builder)
{
	const struct facts *facts = builder->facts;
	size_t groups = facts->groups.count + facts->predicted_group_count;
	bool *wanted = arena_array(builder->arena, groups + 1, sizeof(*wanted));

	for_each (target, &facts->targets)
		if (group_standing(facts, *target) >= 0)
			wanted[group_standing(facts, *target)] = true;
	for_each (device, &facts->devices) {
		int group = group_standing(facts, device);

		if (!facts->targets.count || device->target || (group >= 0 && wanted[group]))
			show_with_bridges(builder, device);
	}
}

/* -- in which order ----------------------------------------------------------------------------------- */

static void list_children(struct builder *builder)
{
	size_t count = builder->facts->devices.count;

	for (size_t i = 0; i < count; i++)
		builder->last_child[i] = builder->previous[i] = -1;
	for (size_t i = 0; i < count; i++) {
		int parent = index_of(builder, builder->facts->devices.items[i].parent);

		if (parent < 0 || !builder->shown[i])
			continue;
		builder->previous[i] = builder->last_child[parent];
		builder->last_child[parent] = (int)i;
	}
}

static bool handed_over(const struct facts *facts, const struct device *device)
{
	if (device->target || device->is_bridge || facts->targets.count)
		return device->target;
	return device->vfio_driver || device->handover_asked == YES;
}

static bool used_critically(const struct device *device)
{
	for_each (use, &device->uses)
		if (use->critical)
			return true;
	return false;
}

static int add_row(struct builder *builder, int index, int parent)
{
	const struct device *device = &builder->facts->devices.items[index];
	struct tree_row *row = ARRAY_ADD(builder->arena, builder->rows);

	*row = (struct tree_row){.device = device, .parent = parent};
	row->group = group_standing(builder->facts, device);
	row->critical = used_critically(device);
	row->handed_over = handed_over(builder->facts, device);
	if (parent != ROW_NONE)
		row->depth = builder->rows->items[parent].depth + 1;
	builder->placed[index] = true;
	return (int)builder->rows->count - 1;
}

/* A function and what is below it. Its bridges may be as deep as somebody likes: no recursion. */
static void place(struct builder *builder, int top)
{
	struct pending *pending = builder->pending;
	size_t count = 0;

	pending[count++] = (struct pending){top, ROW_NONE, true};
	while (count) {
		struct pending next = pending[--count];
		int row = add_row(builder, next.index, next.parent);
		bool last = true;

		builder->rows->items[row].last = next.last;
		for (int child = builder->last_child[next.index]; child >= 0;
		     child = builder->previous[child]) {
			if (builder->placed[child])
				continue;
			pending[count++] = (struct pending){child, row, last};
			last = false;
		}
	}
}

static bool same_root(const struct device *a, const struct device *b)
{
	if (a->root_bus || b->root_bus)
		return streq(a->root_bus, b->root_bus);
	return a->domain == b->domain && a->bus == b->bus;
}

static void place_all(struct builder *builder)
{
	const struct facts *facts = builder->facts;
	const struct device *before = NULL;

	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < facts->devices.count; i++) {
			const struct device *device = &facts->devices.items[i];
			size_t row = builder->rows->count;

			/* The second round finds what hangs from itself. */
			if (!builder->shown[i] || builder->placed[i] || (!round && device->parent))
				continue;
			place(builder, (int)i);
			builder->rows->items[row].new_root = !before || !same_root(before, device);
			before = device;
		}
}

/* -- groups --------------------------------------------------------------------------------------------- */

/* The next colour of the round that no group beside one of this group's rows has yet; where all are
 * taken, one that the row before does not have. */
static unsigned color_choose(const struct tree_rows *rows, const int *colors, const int *next_row,
			     size_t first, unsigned start)
{
	bool taken[BAND_COLORS] = {false};
	int before = ROW_NONE;

	for (int row = (int)first; row != ROW_NONE; row = next_row[row])
		for (int beside = row - 1; beside <= row + 1; beside += 2) {
			int group = beside >= 0 && (size_t)beside < rows->count
					    ? rows->items[beside].group
					    : -1;

			if (group >= 0 && colors[group] >= 0)
				taken[colors[group]] = true;
			if (group >= 0 && beside == (int)first - 1)
				before = colors[group];
		}
	for (unsigned i = 0; i < BAND_COLORS; i++)
		if (!taken[(start + i) % BAND_COLORS])
			return (start + i) % BAND_COLORS;
	return before == (int)start ? (start + 1) % BAND_COLORS : start;
}

static void color_bands(const struct builder *builder)
{
	const struct tree_rows *rows = builder->rows;
	size_t groups = builder->facts->groups.count + builder->facts->predicted_group_count;
	int *colors = arena_array(builder->arena, groups + 1, sizeof(*colors));
	int *last = arena_array(builder->arena, groups + 1, sizeof(*last));
	int *next_row = arena_array(builder->arena, rows->count + 1, sizeof(*next_row));
	unsigned start = 0;

	for (size_t i = 0; i < groups; i++)
		colors[i] = last[i] = -1;
	for (size_t i = rows->count; i-- > 0;) {
		next_row[i] = ROW_NONE;
		if (rows->items[i].group < 0)
			continue;
		next_row[i] = last[rows->items[i].group];
		last[rows->items[i].group] = (int)i;
	}
	for (size_t i = 0; i < rows->count; i++) {
		struct tree_row *row = &rows->items[i];

		row->odd = i && (row[-1].odd != (row[-1].group != row->group));
		if (row->group < 0)
			continue;
		if (colors[row->group] < 0) {
			colors[row->group] = (int)color_choose(rows, colors, next_row, i, start);
			start = ((unsigned)colors[row->group] + 1) % BAND_COLORS;
		}
		row->band = (unsigned)colors[row->group];
	}
}

/* Numbers do not have to agree, only who is together with whom; and a group of which the model
 * knows only a part cannot be compared. */
static bool group_differs(const struct facts *facts, const struct group *group)
{
	int predicted = group->devices.count ? group->devices.items[0]->predicted_group : -1;
	bool differs = false;

	for_each (member, &group->devices) {
		if ((*member)->predicted_group < 0 ||
		    (size_t)(*member)->predicted_group >= facts->predicted_group_count)
			return false;
		differs |= (*member)->predicted_group != predicted;
	}
	return differs ||
	       (predicted >= 0 && facts->predicted_groups[predicted].count != group->devices.count);
}

static void compare_groups(const struct builder *builder)
{
	const struct facts *facts = builder->facts;
	bool *differs = arena_array(builder->arena, facts->groups.count + 1, sizeof(*differs));

	for (size_t i = 0; i < facts->groups.count; i++)
		differs[i] = group_differs(facts, &facts->groups.items[i]);
	for_each (row, builder->rows)
		if (row->device->group)
			row->differs = differs[row->device->group - facts->groups.items];
}

void tree_rows_make(const struct facts *facts, struct arena *arena, struct tree_rows *ret_rows)
{
	struct tree_rows rows = {0};
	struct builder builder = {.facts = facts, .arena = arena, .rows = &rows};
	size_t count = facts->devices.count;
	struct group_break *breaks = group_breaks_find(facts, arena);

	builder.shown = arena_array(arena, count + 1, sizeof(*builder.shown));
	builder.placed = arena_array(arena, count + 1, sizeof(*builder.placed));
	builder.last_child = arena_array(arena, count + 1, sizeof(*builder.last_child));
	builder.previous = arena_array(arena, count + 1, sizeof(*builder.previous));
	builder.pending = arena_array(arena, count + 1, sizeof(*builder.pending));
	choose(&builder);
	list_children(&builder);
	place_all(&builder);
	color_bands(&builder);
	compare_groups(&builder);
	for_each (row, &rows)
		row->broken = breaks[index_of(&builder, row->device)];
	*ret_rows = rows;
}
