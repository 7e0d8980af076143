/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between fork and exec. Part of run.c. */
#ifndef VFIOKIT_RUN_CHILD_H
#define VFIOKIT_RUN_CHILD_H

#include "configure/run.h"

/* Becomes the program that request names, printing to `output`; parent is the process that waits. Does not return: where that fails, -errno
 * is written to `report` (an int) and the process ends. Only calls that are safe after a fork. */
_Noreturn void run_child(const struct run_request *request, pid_t parent, int output, int report);

#endif
