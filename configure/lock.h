/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One transaction at a time: flock() on var/lib/vfiokit/lock below the root. The kernel gives the lock back
 * when its holder ends, however it ends; the file stays and means nothing. */
#ifndef VFIOKIT_LOCK_H
#define VFIOKIT_LOCK_H

#include "preflight/error.h"

/* Takes the lock, making the file and its folders. A descriptor that holds it until it is closed, or, with
 * words, -EBUSY where another process has it. */
int lock_take(int root, struct error *error);

/* Whether another process holds it: -EBUSY with words; 0 no, nor where there is no such file. Changes
 * nothing. */
int lock_look(int root, struct error *error);

#endif
