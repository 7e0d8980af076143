/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading what may never answer. Some attributes of a PCI function take the device's lock (sriov_numvfs:
 * drivers/pci/iov.c; in some kernels driver_override: drivers/pci/pci-sysfs.c, and uevent: drivers/base/core.c), which
 * the kernel holds while a driver's probe() or remove() is at work. Where one of them hangs, whoever reads sleeps, and nothing ends that, SIGKILL neither. Just
 * then people ask what is wrong: so another process reads these, and one that does not come back is left behind.
 * Part of preflight/host/; for the running machine only.
 */
#ifndef VFIOKIT_HOST_ASIDE_H
#define VFIOKIT_HOST_ASIDE_H

#include "preflight/base.h"

#include <sys/types.h>

enum { ASIDE_LIMIT = 4096 };

struct aside;

/* Whether the file of this path or name is one that is to be read aside. */
bool aside_is_for(const char *path);

/* Nothing is started before something is read. NULL where there is no memory. */
struct aside *aside_new(void);

/* Ends the process, but does not wait for one that was left behind. NULL is fine. */
void aside_free(struct aside *aside);

/*
 * What one read() of fd gives, ASIDE_LIMIT bytes at the most: their number, or -errno; -ETIMEDOUT where there was no
 * answer within two seconds (a quarter of one, once there was none). Where no other process can be had, it is read
 * here.
 */
ssize_t aside_read(struct aside *aside, int fd, void *buffer, size_t size);

#endif
