/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The topics that have steps of their own for each family, one table each; by_hand/by_hand.c lists them. */
#ifndef VFIOKIT_BY_HAND_TOPICS_H
#define VFIOKIT_BY_HAND_TOPICS_H

#include "preflight/by_hand/by_hand.h"

/* by_hand/boot.c */
extern const struct by_hand_topic by_hand_argument_add, by_hand_argument_remove,
	by_hand_regenerate_boot, by_hand_install_kernel, by_hand_other_kernel;

/* by_hand/modules.c */
extern const struct by_hand_topic by_hand_modprobe, by_hand_load_early, by_hand_rebuild_initramfs,
	by_hand_by_address, by_hand_enroll_key, by_hand_memlock;

/* How hosts with deployments and snapshots are called in the steps. */
#define OSTREE  N_("Atomic desktops, CoreOS, Bazzite (rpm-ostree)")
#define MICROOS N_("MicroOS, SLE Micro: the same, in a new snapshot")

#endif
