/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"
#include "preflight/lines.h"

#include <errno.h>
#include <libsmartcols.h>

struct cell_source {
	const struct facts *facts;
	struct names *names;
	struct arena *arena;
};

static const char *address_cell(const struct cell_source *source, const struct device *device)
{
	(void)source;
	return device->address;
}

static const char *group_cell(const struct cell_source *source, const struct device *device)
{
	return device->group ? arena_printf(source->arena, "%d", device->group->id) : "-";
}

/* Numbers of the model: they tell which functions it puts together, not what the kernel calls the
 * group. */
static const char *predicted_cell(const struct cell_source *source, const struct device *device)
{
	if (device->predicted_group < 0)
		return "?";
	return arena_printf(source->arena, "%d", device->predicted_group);
}

static const char *class_cell(const struct cell_source *source, const struct device *device)
{
	const char *name = names_class(source->names, source->arena, device->class_code);

	if (name)
		return name;
	return device->class_code < 0 ? "?"
				      : arena_printf(source->arena, "%06x", device->class_code);
}

static const char *name_cell(const struct cell_source *source, const struct device *device)
{
	const char *name = device->name;

	if (!name)
		name = names_device(source->names, source->arena, device->vendor_id,
				    device->device_id);
	return name ? name : "?";
}

static const char *ids_cell(const struct cell_source *source, const struct device *device)
{
	if (device->vendor_id < 0 || device->device_id < 0)
		return "?";
	return arena_printf(source->arena, "%04x:%04x", device->vendor_id, device->device_id);
}

static const char *driver_cell(const struct cell_source *source, const struct device *device)
{
	(void)source;
	if (device->has_driver == UNKNOWN)
		return "?";
	return device->driver ? device->driver : "-";
}

static const char *state_cell(const struct cell_source *source, const struct device *device)
{
	if (device->state == STATE_ASSIGNED && device->assigned_name)
		return arena_printf(source->arena, _("assigned: %s (%d)"), device->assigned_name,
				    device->assigned_pid);
	return device->state == STATE_UNKNOWN ? "?" : _(device_state_name(device->state));
}

static const char *uses_cell(const struct cell_source *source, const struct device *device)
{
	struct strings uses = {0};

	for_each (use, &device->uses)
		if (!strings_contain(&uses, use->what))
			*ARRAY_ADD(source->arena, &uses) = use->what;
	return strings_join(source->arena, &uses, ", ");
}

static const struct column {
	const char *title;
	double width;
	int flags;
	const char *(*cell)(const struct cell_source *source, const struct device *device);
} columns[] = {
	{N_("ADDRESS"), 12, 0, address_cell},
	{N_("GROUP"), 5, SCOLS_FL_RIGHT, group_cell},
	{N_("PREDICTED"), 9, SCOLS_FL_RIGHT, predicted_cell},
	{N_("IDS"), 9, 0, ids_cell},
	{N_("DRIVER"), 8, 0, driver_cell},
	{N_("STATE"), 8, 0, state_cell},
	{N_("CLASS"), 0.1, SCOLS_FL_TRUNC, class_cell},
	{N_("NAME"), 0.3, SCOLS_FL_TRUNC, name_cell},
	{N_("USED BY THE HOST"), 0.2, SCOLS_FL_TRUNC, uses_cell},
};

static void cleanup_table(struct libscols_table **table)
{
	scols_unref_table(*table);
}

static int add_columns(struct libscols_table *table)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (!scols_table_new_column(table, _(columns[i].title), columns[i].width,
					    columns[i].flags))
			return -ENOMEM;
	return 0;
}

static int add_line(struct libscols_table *table, const struct cell_source *source,
		    const struct device *device)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	for (size_t i = 0; line && i < ARRAY_SIZE(columns); i++) {
		const char *cell = columns[i].cell(source, device);

		if (scols_line_set_data(line, i,
					printable_copy(source->arena, cell, strlen(cell))) < 0)
			return -ENOMEM;
	}
	return line ? 0 : -ENOMEM;
}

int table_print_devices(const struct facts *facts, struct names *names,
			const struct text_style *style, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_(cleanup_table) struct libscols_table *table = scols_new_table();
	struct cell_source source = {facts, names, arena};

	if (!table || add_columns(table) < 0)
		return error_set(error, -ENOMEM, "%s", error_words(-ENOMEM));
	scols_table_enable_ascii(table, !style->utf8);
	scols_table_set_stream(table, style->stream);
	/* Into a pipe or a file nothing is cut off. */
	if (!isatty(fileno(style->stream)))
		scols_table_enable_nowrap(table, 1);
	for_each (device, &facts->devices) {
		if (facts->targets.count && !device->target)
			continue;
		if (add_line(table, &source, device) < 0)
			return error_set(error, -ENOMEM, "%s", error_words(-ENOMEM));
	}
	if (scols_print_table(table) < 0)
		return error_set(error, -EIO, "the table could not be printed");
	return 0;
}
