/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree_cells.h"

const char *tree_group_cell(const struct tree_source *source, const struct tree_row *row)
{
	const struct device *device = row->device;

	if (device->group && row->differs)
		return arena_printf(source->arena, "%d ~%d", device->group->id,
				    device->predicted_group);
	if (device->group)
		return arena_printf(source->arena, "%d", device->group->id);
	if (row->group >= 0)
		return arena_printf(source->arena, "~%d", device->predicted_group);
	return device->has_group == NO && source->facts->iommu.active == YES ? "-" : "?";
}

const char *tree_ids_cell(const struct tree_source *source, const struct tree_row *row)
{
	const struct device *device = row->device;

	if (device->vendor_id < 0 || device->device_id < 0)
		return "?";
	return arena_printf(source->arena, "%04x:%04x", device->vendor_id, device->device_id);
}

const char *tree_driver_cell(const struct tree_source *source, const struct tree_row *row)
{
	(void)source;
	if (row->device->has_driver == UNKNOWN)
		return "?";
	return row->device->driver ? row->device->driver : "-";
}

const char *tree_class_cell(const struct tree_source *source, const struct tree_row *row)
{
	int code = row->device->class_code;
	const char *name = names_class(source->names, source->arena, code);

	if (name)
		return name;
	return code < 0 ? "?" : arena_printf(source->arena, _("class %06x"), code);
}

/*
 * "Advanced Micro Devices, Inc. [AMD] FCH" becomes "AMD FCH", "Intel Corporation I210" "Intel I210":
 * forms of companies go, and where a name in brackets follows one it is what people say.
 */
static const char *short_name(struct arena *arena, const char *name)
{
	static const char *const forms[] = {", Inc.",       " Inc. and subsidiaries",
					    " Inc.",        " Co., Ltd.",
					    " Co.,Ltd.",    " Co Ltd",
					    " Corporation", " Corp.",
					    " Corp",        ", Ltd.",
					    " Ltd.",        " GmbH"};
	const char *best = NULL, *rest = NULL, *close;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const char *form = strstr(name, forms[i]);
		size_t length = strlen(forms[i]);

		if (!form || form == name || (form[length] && form[length] != ' ') ||
		    (best && best <= form))
			continue;
		best = form;
		rest = form + length;
	}
	if (!best)
		return name;
	close = starts_with(rest, " [") ? strchr(rest, ']') : NULL;
	if (close && close > rest + 2)
		return arena_printf(arena, "%.*s%s", (int)(close - rest - 2), rest + 2, close + 1);
	return arena_printf(arena, "%.*s%s", (int)(best - name), name, rest);
}

const char *tree_name_cell(const struct tree_source *source, const struct tree_row *row)
{
	const struct device *device = row->device;
	struct arena *arena = source->arena;
	const char *vendor = names_device(source->names, arena, device->vendor_id, -1);
	const char *both = names_device(source->names, arena, device->vendor_id, device->device_id);

	if (device->name)
		return short_name(arena, device->name);
	if (!vendor || !both)
		return arena_printf(arena, "%s %s", tree_class_cell(source, row),
				    tree_ids_cell(source, row));
	if (streq(vendor, both))
		return arena_printf(arena, "%s %s %04x", short_name(arena, vendor),
				    tree_class_cell(source, row), device->device_id);
	return short_name(arena, both);
}

static void add_uses(const struct tree_source *source, const struct device *device, bool critical,
		     struct strings *uses)
{
	for_each (use, &device->uses)
		if (use->critical == critical && !strings_contain(uses, use->what))
			*ARRAY_ADD(source->arena, uses) = use->what;
}

static const char *assigned_text(const struct tree_source *source, const struct device *device)
{
	if (!device->assigned_name)
		return _("assigned to a VM");
	return arena_printf(source->arena, _("assigned: %s (%d)"), device->assigned_name,
			    device->assigned_pid);
}

const char *tree_uses_cell(const struct tree_source *source, const struct tree_row *row)
{
	struct strings uses = {0};

	if (row->device->state == STATE_ASSIGNED)
		*ARRAY_ADD(source->arena, &uses) = assigned_text(source, row->device);
	add_uses(source, row->device, true, &uses);
	add_uses(source, row->device, false, &uses);
	return strings_join(source->arena, &uses, ", ");
}

const char *tree_device_cell(const struct tree_source *source, const struct tree_row *row)
{
	const char *uses = tree_uses_cell(source, row), *name = tree_name_cell(source, row);
	bool first = row->critical || row->device->state == STATE_ASSIGNED;

	if (!*uses)
		return name;
	return arena_printf(source->arena, "%s; %s", first ? uses : name, first ? name : uses);
}
