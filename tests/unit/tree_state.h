/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything about the files below a folder as one text, to compare before with after. */
#ifndef VFIOKIT_TESTS_TREE_STATE_H
#define VFIOKIT_TESTS_TREE_STATE_H

#include "preflight/arena.h"

/*
 * One line for each file, folder and link, sorted: kind, mode, owner, size, time of modification (of files
 * only), hard links, a hash of the bytes or the link's text, extended attributes. Leaves var/lib out, where
 * journals are. The text belongs to the arena; what cannot be read ends the program.
 */
const char *tree_state(struct arena *arena, const char *folder);

#endif
