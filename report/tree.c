/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree.h"
#include "tree_cells.h"

/* Deeper trees than this are drawn as deep as this: no machine has them. */
enum { DEPTH_DRAWN = 24, ADDRESS_COLUMNS = 12, DRIVER_COLUMNS = 16, CLASS_COLUMNS = 30 };
enum { COLUMNS_MAX = 5, COLUMN_LEAST = 8, IDS_FROM = 100, ALL_FROM = 150 };

typedef const char *cell_function(const struct tree_source *source, const struct tree_row *row);

struct column {
	const char *title;
	cell_function *cell;
	unsigned width;    /* to pad to */
	unsigned at_most;  /* of a limited width; 0: whatever is left */
	const char **text; /* of each row */
};

struct layout {
	const struct text_style *style;
	const struct tree_source *source;
	const struct tree_rows *rows;
	unsigned group, marks, address;
	const char **groups; /* text of each row */
	struct column columns[COLUMNS_MAX];
	size_t column_count;
};

static unsigned larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static unsigned depth_drawn(const struct tree_row *row)
{
	return row->depth < DEPTH_DRAWN ? row->depth : DEPTH_DRAWN;
}

/* -- layout --------------------------------------------------------------------------------------------- */

static const struct column narrow[] = {
	{N_("DRIVER"), tree_driver_cell, 0, DRIVER_COLUMNS, NULL},
	{N_("DEVICE"), tree_device_cell, 0, 0, NULL},
};

static const struct column medium[] = {
	{N_("IDS"), tree_ids_cell, 0, 9, NULL},
	{N_("DRIVER"), tree_driver_cell, 0, DRIVER_COLUMNS, NULL},
	{N_("DEVICE"), tree_device_cell, 0, 0, NULL},
};

static const struct column all[] = {
	{N_("IDS"), tree_ids_cell, 0, 9, NULL},
	{N_("DRIVER"), tree_driver_cell, 0, DRIVER_COLUMNS, NULL},
	{N_("CLASS"), tree_class_cell, 0, CLASS_COLUMNS, NULL},
	{N_("NAME"), tree_name_cell, 0, 45, NULL},
	{N_("USED BY"), tree_uses_cell, 0, 0, NULL},
};

static void columns_choose(struct layout *layout)
{
	unsigned width = layout->style->width;
	const struct column *columns = all;

	layout->column_count = ARRAY_SIZE(all);
	if (width && width < IDS_FROM) {
		columns = narrow;
		layout->column_count = ARRAY_SIZE(narrow);
	} else if (width && width < ALL_FROM) {
		columns = medium;
		layout->column_count = ARRAY_SIZE(medium);
	}
	memcpy(layout->columns, columns, layout->column_count * sizeof(*columns));
}

static void column_fill(const struct layout *layout, struct column *column)
{
	struct arena *arena = layout->source->arena;

	column->text = arena_array(arena, layout->rows->count + 1, sizeof(*column->text));
	column->title = _(column->title);
	column->width = terminal_columns(layout->style, column->title);
	for (size_t i = 0; i < layout->rows->count; i++) {
		column->text[i] = column->cell(layout->source, &layout->rows->items[i]);
		column->width =
			larger(column->width, terminal_columns(layout->style, column->text[i]));
	}
	if (layout->style->width && column->at_most && column->width > column->at_most)
		column->width = column->at_most;
}

/* A column in which nothing is known tells nothing. */
static bool column_is_empty(const struct layout *layout, const struct column *column)
{
	for (size_t i = 0; i < layout->rows->count; i++)
		if (*column->text[i] && !streq(column->text[i], "?"))
			return false;
	return true;
}

static void columns_fill(struct layout *layout)
{
	size_t kept = 0;

	for (size_t i = 0; i < layout->column_count; i++) {
		struct column column = layout->columns[i];

		column_fill(layout, &column);
		if (!column_is_empty(layout, &column))
			layout->columns[kept++] = column;
	}
	layout->column_count = kept;
}

static unsigned marks_of(const struct tree_row *row)
{
	return (row->broken.kind != BREAK_NONE) + row->critical + row->handed_over;
}

static void layout_make(struct layout *layout)
{
	const struct tree_rows *rows = layout->rows;
	unsigned half = layout->style->width / 2;

	columns_choose(layout);
	columns_fill(layout);
	layout->groups =
		arena_array(layout->source->arena, rows->count + 1, sizeof(*layout->groups));
	layout->group = terminal_columns(layout->style, _("GROUP"));
	layout->address = ADDRESS_COLUMNS;
	for (size_t i = 0; i < rows->count; i++) {
		const struct tree_row *row = &rows->items[i];

		layout->groups[i] = tree_group_cell(layout->source, row);
		layout->group = larger(layout->group, (unsigned)strlen(layout->groups[i]));
		layout->marks = larger(layout->marks, marks_of(row));
		layout->address =
			larger(layout->address,
			       2 * depth_drawn(row) + (unsigned)strlen(row->device->address));
	}
	/* A few deep rows must not take all rows' room. */
	if (half && layout->address > half)
		layout->address = larger(half, ADDRESS_COLUMNS);
}

/* -- rows ------------------------------------------------------------------------------------------------- */

static void pad(const struct text_style *style, unsigned taken, unsigned width)
{
	if (width > taken)
		(void)fprintf(style->stream, "%*s", (int)(width - taken), "");
}

/* Without colours two kinds of line take turns. */
static void print_band(const struct layout *layout, const struct tree_row *row, const char *group)
{
	static const char *const lines[2][2] = {{"|", ":"}, {"┃", "┊"}};
	const struct text_style *style = layout->style;
	bool band = row->group >= 0;

	if (band)
		terminal_band_begin(style, row->band);
	(void)fputs(!band || style->color ? " " : lines[style->utf8][row->odd], style->stream);
	(void)fprintf(style->stream, "%*s ", (int)layout->group, group);
	if (band)
		terminal_band_end(style);
	(void)fputc(' ', style->stream);
}

static void print_mark(const struct text_style *style, enum tint tint, const char *mark)
{
	terminal_begin(style, tint);
	(void)fputs(mark, style->stream);
	terminal_end(style, tint);
}

static const char *broken_mark(const struct text_style *style)
{
	return style->utf8 ? "✗" : "x";
}

static const char *handed_over_mark(const struct text_style *style)
{
	return style->utf8 ? "▶" : ">";
}

static void print_marks(const struct layout *layout, const struct tree_row *row)
{
	const struct text_style *style = layout->style;

	if (row->broken.kind != BREAK_NONE)
		print_mark(style, TINT_RED, broken_mark(style));
	if (row->critical)
		print_mark(style, TINT_YELLOW, "!");
	if (row->handed_over)
		print_mark(style, TINT_GREEN, handed_over_mark(style));
	pad(style, marks_of(row), layout->marks ? layout->marks + 1 : 0);
}

/* The lines from the bridges above; returns their columns. */
static unsigned print_branches(const struct layout *layout, const struct tree_row *row)
{
	const struct text_style *style = layout->style;
	unsigned depth = depth_drawn(row);
	const char *parts[DEPTH_DRAWN];

	for (unsigned i = depth; i-- > 0;) {
		if (i == depth - 1)
			parts[i] = style->utf8 ? row->last ? "└─" : "├─" : row->last ? "`-" : "|-";
		else
			parts[i] = row->last ? "  " : style->utf8 ? "│ " : "| ";
		row = &layout->rows->items[row->parent];
	}
	for (unsigned i = 0; i < depth; i++)
		(void)fputs(parts[i], style->stream);
	return 2 * depth;
}

static enum tint row_tint(const struct tree_row *row)
{
	if (row->broken.kind != BREAK_NONE)
		return TINT_RED;
	if (row->device->is_bridge)
		return TINT_DIM;
	return row->handed_over ? TINT_BOLD : TINT_NONE;
}

/* From column `at` on, of which `owed` blanks are not printed yet: none stand at the end of a line. */
static void print_columns(const struct layout *layout, size_t row, unsigned at, unsigned owed)
{
	const struct text_style *style = layout->style;

	for (size_t i = 0; i < layout->column_count; i++) {
		const struct column *column = &layout->columns[i];
		unsigned room = column->width, taken;

		owed += 2;
		at += 2;
		if (style->width && at + COLUMN_LEAST > style->width)
			return;
		if (style->width && at + room > style->width)
			room = style->width - at;
		if (*column->text[row]) {
			pad(style, 0, owed);
			taken = terminal_print_cut(style, column->text[row], room);
			owed = room - taken;
		} else {
			owed += room;
		}
		at += room;
	}
}

static unsigned left_of_tree(const struct layout *layout)
{
	return layout->group + 3 + (layout->marks ? layout->marks + 1 : 0);
}

static void print_row(const struct layout *layout, size_t index)
{
	const struct text_style *style = layout->style;
	const struct tree_row *row = &layout->rows->items[index];
	unsigned at = left_of_tree(layout), taken, room;

	print_band(layout, row, layout->groups[index]);
	print_marks(layout, row);
	taken = print_branches(layout, row);
	terminal_begin(style, row_tint(row));
	terminal_print(style, row->device->address);
	taken += (unsigned)strlen(row->device->address);
	room = larger(taken, layout->address);
	print_columns(layout, index, at + room, room - taken);
	terminal_end(style, row_tint(row));
	(void)fputc('\n', style->stream);
}

static void print_root(const struct layout *layout, const struct tree_row *row)
{
	const struct text_style *style = layout->style;
	const struct device *device = row->device;

	pad(style, 0, left_of_tree(layout));
	terminal_begin(style, TINT_BOLD);
	if (device->root_bus && !device->parent_unknown)
		terminal_print(style, device->root_bus);
	else
		(void)fprintf(style->stream, _("bus %04x:%02x%s"), device->domain, device->bus,
			      device->parent_unknown ? _(", below a bridge that is not known")
						     : "");
	terminal_end(style, TINT_BOLD);
	(void)fputc('\n', style->stream);
}

static void print_titles(const struct layout *layout)
{
	const struct text_style *style = layout->style;
	unsigned at = left_of_tree(layout), owed = at - layout->group - 1;
	unsigned width = layout->address;

	terminal_begin(style, TINT_BOLD);
	pad(style, terminal_columns(style, _("GROUP")), layout->group + 1);
	(void)fputs(_("GROUP"), style->stream);
	for (size_t i = 0; i <= layout->column_count; i++) {
		const char *title = i ? layout->columns[i - 1].title : _("ADDRESS");

		if (i && style->width && at + COLUMN_LEAST > style->width)
			break;
		pad(style, 0, owed);
		(void)fputs(title, style->stream);
		owed = width - terminal_columns(style, title) + 2;
		at += width + 2;
		width = layout->columns[i < layout->column_count ? i : 0].width;
	}
	terminal_end(style, TINT_BOLD);
	(void)fputc('\n', style->stream);
}

/* -- legend ------------------------------------------------------------------------------------------------ */

static void print_legend_line(const struct text_style *style, enum tint tint, const char *mark,
			      const char *words)
{
	unsigned column = terminal_columns(style, mark) + 2;

	print_mark(style, tint, mark);
	(void)fputs("  ", style->stream);
	terminal_print_wrapped(style, words, column, column);
}

static void print_breaks(const struct layout *layout)
{
	for_each (row, layout->rows)
		if (row->broken.kind != BREAK_NONE)
			print_legend_line(
				layout->style, TINT_RED, broken_mark(layout->style),
				group_break_text(layout->source->arena, row->device, &row->broken));
}

struct seen {
	bool broken, critical, handed_over, predicted, differs, unknown;
};

static struct seen look(const struct layout *layout)
{
	struct seen seen = {0};

	for_each (row, layout->rows) {
		const char *group = layout->groups[row - layout->rows->items];

		seen.broken |= row->broken.kind != BREAK_NONE;
		seen.critical |= row->critical;
		seen.handed_over |= row->handed_over;
		seen.predicted |= *group == '~';
		seen.differs |= row->differs;
		seen.unknown |= *group == '?';
	}
	return seen;
}

static const char *predicted_words(const struct facts *facts)
{
	if (facts->iommu.active == YES)
		return _("not in a group of the kernel's: this is the predicted one");
	if (facts->iommu.active == NO)
		return _("no groups while the IOMMU is off: those that the kernel would make with "
			 "it");
	return _("the groups are not known: those that the kernel makes by the topology");
}

static void print_legend(const struct layout *layout)
{
	const struct text_style *style = layout->style;
	const struct facts *facts = layout->source->facts;
	struct seen seen = look(layout);

	if (seen.broken || seen.critical || seen.handed_over || seen.predicted || seen.differs ||
	    seen.unknown)
		(void)fputc('\n', style->stream);
	print_breaks(layout);
	if (seen.critical)
		print_legend_line(style, TINT_YELLOW, "!", _("the running host needs it"));
	if (seen.handed_over)
		print_legend_line(style, TINT_GREEN, handed_over_mark(style),
				  facts->targets.count ? _("asked for")
						       : _("for VMs: on a VFIO driver, or the "
							   "configuration asks for it"));
	if (seen.predicted)
		print_legend_line(style, TINT_NONE, "~7", predicted_words(facts));
	if (seen.differs)
		print_legend_line(style, TINT_NONE, "9 ~7",
				  _("the kernel's group, and the predicted one, which holds other "
				    "functions"));
	if (seen.unknown)
		print_legend_line(
			style, TINT_NONE, "?",
			_("not known: what the kernel decides the group by could not be read"));
}

void tree_print_devices(const struct facts *facts, struct names *names,
			const struct text_style *style)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct tree_source source = {facts, names, arena};
	struct tree_rows rows;
	struct layout layout = {.style = style, .source = &source, .rows = &rows};

	tree_rows_make(facts, arena, &rows);
	layout_make(&layout);
	print_titles(&layout);
	for (size_t i = 0; i < rows.count; i++) {
		if (rows.items[i].new_root)
			print_root(&layout, &rows.items[i]);
		print_row(&layout, i);
	}
	print_legend(&layout);
}
