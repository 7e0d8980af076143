/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handing PCI functions from one driver to another now, all or none: driver_override, unbind, probe
 * (Documentation/ABI/testing/sysfs-bus-pci; drivers/pci/pci-driver.c, drivers/base/bus.c). First every
 * function loses its driver, then every one gets its new one, because functions of one group must not be
 * half with the host and half with VFIO. When a step fails, what was done is put back.
 *
 * What touches the kernel is behind struct bind_calls, so that tests can stand in for it.
 */
#ifndef VFIOKIT_BIND_H
#define VFIOKIT_BIND_H

#include "preflight/arena.h"
#include "preflight/error.h"

/* One function and the driver that it shall have. */
struct bind_function {
	const char *address; /* "0000:01:00.0" */
	/* The driver's name in sysfs ("vfio-pci"), which goes into driver_override; NULL: a driver of
	 * the host, and driver_override is cleared. */
	const char *driver;
	/* With driver NULL: the host's drivers that claim it, to be tried by name where the kernel's own
	 * choice is a VFIO driver again (ids=). */
	struct strings host_drivers;
};

struct bind_functions {
	struct bind_function *items;
	size_t count, capacity;
};

struct bind_calls {
	void *context;
	/* Writes text into a file of sysfs; path like "sys/bus/pci/drivers_probe". -ETIMEDOUT: the kernel
	 * did not come back within the time limit (a driver that waits for its users). */
	int (*write)(void *context, const char *path, const char *text);
	/* The name of the driver that has the function, "" for none, in arena. -ENODEV: no function. */
	int (*driver)(void *context, struct arena *arena, const char *address,
		      const char **ret_driver);
	/* What driver_override holds, "" for nothing. */
	int (*override)(void *context, struct arena *arena, const char *address,
			const char **ret_override);
};

/* Whether the name is that of a VFIO driver ("vfio-pci", "mlx5_vfio_pci"). */
bool bind_is_vfio(const char *driver);

/* Called before each change ("0000:01:00.0: nouveau lets go"). NULL: nobody wants to know. */
typedef void bind_listener(void *context, const char *words);

/*
 * Gives every function its driver. Those that have it already are left alone. 0; or an error with words,
 * everything put back:
 *   -ENODEV   no such function, or no driver took it   -EBUSY  the driver refused, or another took it
 *   -ETIMEDOUT a driver does not let go: that function is left as it is, because nothing can be done with
 *             it until its users end; the others are put back
 *   -ENOTRECOVERABLE  something could not be put back: the words say what
 */
int bind_all(const struct bind_calls *calls, const struct bind_functions *functions,
	     bind_listener *listener, void *listener_context, struct error *error);

/* The calls of the running kernel; root: a descriptor of "/", borrowed. Writes take at most limit
 * seconds. */
struct bind_live {
	int root;
	unsigned limit;
};
struct bind_calls bind_calls_live(struct bind_live *live);

#endif
