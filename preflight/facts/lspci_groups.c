/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/lspci_parts.h"

/* A function's group by whichever text tells it: lspci and listings before the log. */
struct membership {
	int group;
	size_t device;
};

static int compare_memberships(const void *a, const void *b)
{
	const struct membership *first = a, *second = b;

	if (first->group != second->group)
		return first->group < second->group ? -1 : 1;
	return first->device < second->device ? -1 : first->device > second->device;
}

/* Whether the text itself knows of groups: then the log, perhaps of another boot, is not asked. */
static bool text_tells_groups(const struct paste *paste)
{
	for_each (function, &paste->text.functions)
		if (function->group != LSPCI_NONE)
			return true;
	return false;
}

/* lspci prints the line for each function that has a group. */
static bool shows_no_group(const struct paste *paste, const struct lspci_function *function)
{
	return function && paste->text.groups_shown && function->group == LSPCI_NONE &&
	       function->detail >= LSPCI_VERBOSE && function->closed && !function->dead &&
	       !paste->text.excerpt;
}

static size_t find_memberships(struct paste *paste, struct membership *memberships)
{
	bool told = text_tells_groups(paste);
	size_t count = 0;

	for (size_t i = 0; i < paste->facts->devices.count; i++) {
		const struct lspci_function *function = paste->functions[i];
		int group = LSPCI_NONE;

		if (told)
			group = function->group;
		else if (paste->enumerated[i])
			group = paste->enumerated[i]->group;
		if (group >= 0)
			memberships[count++] = (struct membership){.group = group, .device = i};
		else if (shows_no_group(paste, function))
			paste->facts->devices.items[i].has_group = NO;
	}
	return count;
}

static void add_member(struct facts *facts, const struct membership *membership)
{
	struct device *device = &facts->devices.items[membership->device];
	struct groups *groups = &facts->groups;
	struct group *group = groups->count ? &groups->items[groups->count - 1] : NULL;

	if (!group || group->id != membership->group) {
		group = ARRAY_ADD(facts->arena, groups);
		group->id = membership->group;
	}
	strings_add(facts->arena, &group->members, device->address);
	*ARRAY_ADD(facts->arena, &group->devices) = device;
	device->has_group = YES;
}

void paste_make_groups(struct paste *paste)
{
	struct facts *facts = paste->facts;
	struct membership *memberships =
		arena_array(paste->scratch, facts->devices.count, sizeof(*memberships));
	size_t count = find_memberships(paste, memberships);

	if (count)
		qsort(memberships, count, sizeof(*memberships), compare_memberships);
	for (size_t i = 0; i < count; i++)
		add_member(facts, &memberships[i]);
	/* The array moved while it grew. */
	for_each (group, &facts->groups)
		for_each (device, &group->devices)
			(*device)->group = group;
}
