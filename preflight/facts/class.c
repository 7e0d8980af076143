/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/class.h"

#include <errno.h>

enum truth class_list(struct facts *facts, const struct host *host, const char *name,
		      struct strings *ret_names)
{
	const char *path = arena_printf(facts->arena, "sys/class/%s", name);
	int r = host_list(host, facts->arena, path, ret_names);

	if (r == 0)
		return YES;
	if (r == -ENOENT && host_tells_absence(host, path) && host_exists(host, "sys/class") == 0)
		return YES;
	facts_add_unread(facts, path, r);
	return UNKNOWN;
}

/* sysfs links spell out the place in the device tree, so their text is enough, also where a tree
 * does not hold what they point to. */
static struct device *device_of_link(const struct facts *facts, const struct host *host,
				     const char *path, const char **target)
{
	const char *text;

	if (host_read_link(host, facts->arena, path, &text) < 0)
		return NULL;
	if (target && !*target)
		*target = text;
	return facts_device_of_path(facts, text);
}

struct device *class_device(const struct facts *facts, const struct host *host, const char *class,
			    const char *name, const char **ret_target)
{
	const char *path = arena_printf(facts->arena, "sys/class/%s/%s", class, name);
	const char *target = NULL, *real;
	struct device *device = device_of_link(facts, host, path, &target);

	if (!device) {
		const char *below = arena_printf(facts->arena, "%s/device", path), *text = NULL;

		device = device_of_link(facts, host, below, &text);
		if (!device && host_real_path(host, facts->arena, below, &real) == 0)
			device = facts_device_of_path(facts, real);
		if (text && (device || !target))
			target = text;
	}
	if (ret_target)
		*ret_target = target;
	return device;
}
