/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device classes of sysfs (sys/class/drm, …): what is in them, and which PCI function an entry
 * belongs to. For collectors.
 */
#ifndef VFIOKIT_FACTS_CLASS_H
#define VFIOKIT_FACTS_CLASS_H

#include "preflight/facts/facts.h"

/*
 * Lists sys/class/NAME into *ret_names. YES: listed. On this machine a class that sysfs does not
 * have is an empty one (its subsystem is not in the kernel, or not loaded): also YES, with no
 * names. In a tree a missing directory is UNKNOWN, because the tree may just not hold it.
 * Unreadable directories are added to facts->unread.
 */
enum truth class_list(struct facts *facts, const struct host *host, const char *name,
		      struct strings *ret_names);

/*
 * The PCI function that sys/class/CLASS/NAME belongs to, or NULL (a platform device, or not known):
 * by the entry's own link, else by its "device" link. *ret_target (may be NULL) becomes the text of
 * the link that told it, or of the entry's link where none did, NULL where there is no link.
 */
struct device *class_device(const struct facts *facts, const struct host *host, const char *class,
			    const char *name, const char **ret_target);

#endif
