/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's grouping a second time: drivers/iommu/iommu.c and drivers/pci/search.c function by
 * function, slow and without any index, for the model to be compared with. The verdicts on ACS and
 * the multifunction bits are taken from the machine's partition.
 */
#ifndef VFIOKIT_TESTS_GROUPS_REFERENCE_H
#define VFIOKIT_TESTS_GROUPS_REFERENCE_H

#include "groups_random.h"

/* Makes the groups of a machine of random_machine(); -1 for untranslated functions. */
void reference_groups(const struct machine *machine, int groups[MACHINE_MAXIMUM]);

/* Whether two functions use a requester id of each other (only the quirks that random_machine()
 * knows). */
bool reference_aliases(const struct group_input *a, const struct group_input *b);

#endif
