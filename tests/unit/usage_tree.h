/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of storage and network uses share: facts with a few PCI functions and nothing else, and
 * recipe lines for block devices.
 */
#ifndef VFIOKIT_TESTS_USAGE_TREE_H
#define VFIOKIT_TESTS_USAGE_TREE_H

#include "tree.h"

/* Facts that hold only functions with these addresses, sorted as facts sorts them. The caller frees
 * them with facts_free(). */
struct facts *usage_facts_new(const char *const *addresses, size_t count);

/* Applies recipe lines made from a format. */
void usage_add(struct tree *tree, const char *format, ...) PRINTF_FORMAT(2, 3);

/* A block device NAME in sys/devices/FOLDER with its number ("8:1"), an empty holders directory, and
 * its link in sys/class/block. */
void usage_add_block(struct tree *tree, const char *folder, const char *name, const char *number);

/* A device-mapper device. */
void usage_add_mapper(struct tree *tree, const char *name, const char *number,
		      const char *mapper_name, const char *uuid);

/* Makes the block device `above` of sys/devices/virtual/block a holder of the one at sys/devices/BELOW. */
void usage_hold(struct tree *tree, const char *below, const char *above);

#endif
