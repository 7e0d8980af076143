/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the proven next boot cures. A blocker of the running boot that the next one is shown to
 * remove does not stand against the verdict "reboot"; everything else does.
 */
#ifndef VFIOKIT_CURE_H
#define VFIOKIT_CURE_H

#include "preflight/checks/check.h"

/* Sets cured_by_reboot on failed findings. Nothing is cured unless the boot entry is known; what
 * concerns a driver needs the initramfs to have been read as well (next_known). */
void findings_mark_cured(const struct facts *facts, struct findings *findings);

/* Where boot.pending fails, what the next boot cures needs the reboot and nothing else: no advice to
 * configure again what is configured. Call it when cured_by_reboot is set. */
void findings_advise_reboot(struct findings *findings);

/* Whether the IOMMU is off now for want of, or because of, a word that the next boot's command line
 * changes. */
bool cure_brings_iommu(const struct facts *facts);

#endif
