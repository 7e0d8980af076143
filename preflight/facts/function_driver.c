/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/function_driver.h"

#include <errno.h>
#include <poll.h>

static const char *name_in(const char *target)
{
	const char *slash = strrchr(target, '/');
	const char *name = slash ? slash + 1 : target;

	return *name && !streq(name, ".") && !streq(name, "..") ? name : NULL;
}

/* The DRIVER= line of uevent; NULL where there is none. It stands in files->text. */
static const char *driver_of_uevent(struct function_files *files)
{
	char *line;

	if (function_files_read(files, "uevent", NULL) < 0)
		return NULL;
	for (line = files->text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (!starts_with(line, "DRIVER="))
			continue;
		line[strcspn(line, "\n")] = '\0';
		return name_in(line + strlen("DRIVER="));
	}
	return NULL;
}

static void read_link(struct function_files *files)
{
	struct device *device = files->device;
	const char *target = NULL, *name;

	device->has_driver = function_files_link(files, "driver", &target);
	if (device->has_driver != YES)
		return;
	/* A copy that has followed the links tells the name nowhere else. */
	name = target ? name_in(target) : driver_of_uevent(files);
	if (!name) {
		device->has_driver = UNKNOWN;
		function_files_unread(files, "driver", -EINVAL);
		return;
	}
	device->driver = arena_strdup(files->facts->arena, name);
	/* Since Linux 6.0 every function that a VFIO driver has bears a vfio-dev directory. */
	device->vfio_driver =
		strstr(name, "vfio") != NULL ||
		(!device->is_bridge && function_files_link(files, "vfio-dev", &target) == YES);
}

/*
 * On the way in the link is made before probe() is called, on the way out it is taken away before remove() is, and
 * uevent names the driver until remove() has returned (drivers/base/dd.c; core.c, dev_uevent()). Who reads what takes
 * the device's lock waits for either: which attributes those are differs between kernels (host/aside.h).
 */
static bool is_leaving(struct function_files *files)
{
	return files->device->has_driver == NO && files->facts->was_live &&
	       (driver_of_uevent(files) || files->error == -ETIMEDOUT);
}

/* Most changes come to their end. */
static bool keeps_leaving(struct function_files *files)
{
	enum { STEP = 50 };

	while (is_leaving(files)) {
		if (!files->facts->live || files->patience <= 0)
			return true;
		(void)poll(NULL, 0, STEP);
		files->patience -= STEP;
		read_link(files);
	}
	return false;
}

bool function_driver_read_override(struct function_files *files)
{
	files->device->driver_override = function_files_copy(files, "driver_override");
	if (files->error != -ETIMEDOUT)
		return true;
	function_files_unread(files, "driver_override", -ETIMEDOUT);
	return false;
}

static bool is_changing(struct function_files *files)
{
	bool leaving = keeps_leaving(files);

	/* Nobody hands a bridge over, so what is meant for it counts only near a target. */
	if (files->facts->to_judge && files->device->is_bridge)
		return leaving;
	return !function_driver_read_override(files) || leaving;
}

void function_driver_read(struct function_files *files)
{
	struct device *device = files->device;

	read_link(files);
	if (!is_changing(files) || device->has_driver == UNKNOWN)
		return;
	function_files_unread(files, "driver", -ETIMEDOUT);
	device->has_driver = UNKNOWN;
	device->driver = NULL;
	device->vfio_driver = false;
}
