/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes matter, and by what name the kernel knows them. Part of facts/processes.c. */
#ifndef VFIOKIT_FACTS_PROCESSES_H
#define VFIOKIT_FACTS_PROCESSES_H

#include "preflight/base.h"

/* Whether a name in /proc is a process number. */
bool process_is_id(const char *name);

/* By /proc/PID/comm, which holds 15 characters: whether it starts virtual machines or is one. */
bool process_starts_machines(const char *name);

/* Whether it is NVIDIA's fabric manager. */
bool process_is_fabric_manager(const char *name);

#endif
