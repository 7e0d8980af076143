/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/function_files.h"

/* Conventional functions have no link, those inside the root complex none that means anything. */
static bool has_link(const struct device *device)
{
	return device->config.port_type != PORT_CONVENTIONAL &&
	       device->config.port_type != PORT_ROOT_COMPLEX_ENDPOINT &&
	       device->config.port_type != PORT_EVENT_COLLECTOR;
}

static void read_link_state(struct function_files *files)
{
	/* 63 is what a link that does not answer reads, and no width is wider than 32 lanes. */
	const int widest = 32;
	struct device *device = files->device;

	device->link_speed = function_files_copy(files, "current_link_speed");
	device->link_speed_max = function_files_copy(files, "max_link_speed");
	device->link_width = function_files_number(files, "current_link_width", 10, 0, widest, -1);
	device->link_width_max = function_files_number(files, "max_link_width", 10, 0, widest, -1);
}

void facts_collect_links(struct facts *facts, const struct host *host)
{
	struct function_files files = {.facts = facts};

	for_each (device, &facts->devices) {
		if (!has_link(device) || function_files_open(&files, host, device) < 0)
			continue;
		read_link_state(&files);
		host_directory_close(&files.directory);
	}
}
