/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a manifest's values mean on a host. */
#include "preflight/checks/device_relations.h"
#include "preflight/expect/expect.h"

enum { IDLE_SPEED = 25 }; /* 2.5 GT/s */

unsigned link_speed_judged(const struct device *device)
{
	unsigned speed = device->link_speed ? link_speed_parse(device->link_speed, NULL) : 0;
	unsigned most = device->link_speed_max ? link_speed_parse(device->link_speed_max, NULL) : 0;
	const struct device *port = device->parent;
	unsigned port_most =
		port && port->link_speed_max ? link_speed_parse(port->link_speed_max, NULL) : 0;

	if (speed != IDLE_SPEED || !most)
		return speed;
	return port_most && port_most < most ? port_most : most;
}

enum truth device_is_isolated(const struct facts *facts, struct arena *arena,
			      const struct device *device, struct strings *ret_others)
{
	struct strings others = {0};

	if (!device->group)
		return device->has_group == NO ? NO : UNKNOWN;
	for_each (member, &device->group->devices)
		if (*member != device && !(*member)->is_bridge && !devices_related(device, *member))
			strings_add(arena, &others, (*member)->address);
	if (ret_others)
		*ret_others = others;
	if (others.count)
		return NO;
	return facts->devices_partial ? UNKNOWN : YES;
}
