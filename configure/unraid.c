/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unraid: the root file system is unpacked anew at each boot, so nothing below /etc lasts. What its own
 * start-up script reads is the list BIND= in /boot/config/vfio-pci.cfg: addresses, each guarded by the
 * ids of the device ("0000:01:00.0|10de:2484"). System Devices in its web interface edits the same list.
 */
#include "configure/planner.h"
#include "preflight/lines.h"

#define BINDINGS "boot/config/vfio-pci.cfg"

bool planner_is_unraid(const struct planner *planner)
{
	return streq(planner->facts->machine.platform, "unraid");
}

static bool is_bound(const struct planner *planner, const struct device *target)
{
	for_each (rule, &planner->facts->handover.overrides)
		if (streq(rule->origin.source, "/" BINDINGS) &&
		    streq(rule->address, target->address))
			return true;
	return false;
}

static struct strings missing_bindings(struct planner *planner)
{
	struct strings texts = {0};

	for_each (target, &planner->wishes.by_address)
		if (!is_bound(planner, *target))
			strings_add(planner->arena, &texts,
				    arena_printf(planner->arena, "%s|%04x:%04x", (*target)->address,
						 (*target)->vendor_id, (*target)->device_id));
	return texts;
}

/* Where the last BIND= line ends, its blanks left out; 0: there is none. */
static size_t end_of_list(struct bytes text)
{
	struct line_reader lines = lines_of(text.data, text.length);
	struct line line, rest;
	size_t end = 0;

	while (lines_next(&lines, &line)) {
		line = line_trim(line);
		if (line_starts(&line, "BIND=", &rest))
			end = (size_t)(line.text - text.data) + line.length;
	}
	return end;
}

static struct bytes with_bindings(struct planner *planner, struct bytes text,
				  const struct strings *missing)
{
	const char *list = strings_join(planner->arena, missing, " "), *result;
	size_t at = end_of_list(text);
	bool open = text.length && text.data[text.length - 1] != '\n';

	if (at)
		result = arena_printf(planner->arena, "%.*s%s%s%.*s", (int)at, text.data,
				      text.data[at - 1] == '=' ? "" : " ", list,
				      (int)(text.length - at), text.data + at);
	else
		result = arena_printf(planner->arena, "%.*s%sBIND=%s\n", (int)text.length,
				      text.data, open ? "\n" : "", list);
	return (struct bytes){result, strlen(result)};
}

void planner_unraid(struct planner *planner)
{
	struct strings missing = missing_bindings(planner);
	struct planner_file file;
	struct plan_step *step;

	if (!missing.count || !planner_read(planner, BINDINGS, &file))
		return;
	if (memchr(file.now.data, '\0', file.now.length)) {
		plan_refuse(planner->plan, NULL, NULL, _("/%s holds a NUL byte"), file.path);
		return;
	}
	step = planner_write(
		planner, &file, with_bindings(planner, file.now, &missing),
		N_("Unraid binds these to vfio-pci when it starts, as long as the same "
		   "device is in that place"));
	if (step)
		step->on_esp = true;
}
