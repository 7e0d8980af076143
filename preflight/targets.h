/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which devices a command is about: those that were named, or those that the host is already
 * configured to hand over. */
#ifndef VFIOKIT_TARGETS_H
#define VFIOKIT_TARGETS_H

#include "preflight/facts/facts.h"

/*
 * Resolves DEVICE arguments into facts->targets, in the order given and without duplicates; names
 * that match nothing go to facts->targets_missing. A slot means all its functions, an id all
 * functions with it. -EINVAL with words for a name that is no device name.
 */
int targets_named(struct facts *facts, const char *const *names, size_t count, struct error *error);

/*
 * Without names: what ids= of vfio-pci (modprobe.d, command line), a driver_override or a binding
 * to a VFIO driver already hand over. Bridges are left out: vfio-pci never takes them.
 */
void targets_implied(struct facts *facts);

/* Whether a vfio-pci ids= entry of the configuration matches the device; *ret_origin (may be NULL)
 * tells where it stands. UNKNOWN where the device's own ids are not all known. */
enum truth targets_id_configured(const struct facts *facts, const struct device *device,
				 const struct origin **ret_origin);

#endif
