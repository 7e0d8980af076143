/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One transaction at a time: flock() on var/lib/vfiokit/lock below the root. The kernel gives the lock back
 * when its holder ends, however it ends; the file stays and means nothing. */
#ifndef VFIOKIT_LOCK_H
#define VFIOKIT_LOCK_H

#include "preflight/error.h"

/* Takes the lock, making the file and its folders. A descriptor that holds it until it is closed, or, with
 * words, -EBUSY where another process has it. */
int lock_take(int root, struct error *error);

/*
 * Programs that a transaction runs read this file, which is empty, as their standard input, and with it
 * hold a shared lock on it for as long as any process that they started lives. Where vfiokit itself is
 * killed, the next start can tell by it that they have ended.
 */
#define LOCK_PROGRAMS "var/lib/vfiokit/running"

/* A descriptor for their standard input, or -errno. */
int lock_for_programs(int root);

/* Waits at most so many seconds until no program of an earlier start is left. -EBUSY with words. */
int lock_wait_for_programs(int root, unsigned seconds, struct error *error);

/* Whether another process holds it: -EBUSY with words; 0 no, nor where there is no such file. Changes
 * nothing. */
int lock_look(int root, struct error *error);

#endif
