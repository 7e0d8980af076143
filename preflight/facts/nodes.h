/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device nodes that processes hold open, and the PCI functions behind them. The second half of
 * facts_collect_processes().
 */
#ifndef VFIOKIT_FACTS_NODES_H
#define VFIOKIT_FACTS_NODES_H

#include "preflight/facts/facts.h"

/* One device node that one process has open. */
struct open_node {
	int pid;
	const char *process;    /* "qemu-system-x86" */
	const char *path;       /* "/dev/dri/card0" */
	const char *descriptor; /* "/proc/812/fd/12" */
};

struct open_nodes {
	struct open_node *items;
	size_t count, capacity;
};

/* Whether the target of a /proc/PID/fd link may be a node of a PCI function: a path in /dev that is
 * no terminal, no memory and no kernel interface. Cheap; nodes_apply() looks closer. */
bool node_is_wanted(const char *target);

/*
 * Puts what the nodes tell into facts: STATE_ASSIGNED with process id and name for functions that a
 * VFIO driver has and whose /dev/vfio/GROUP or /dev/vfio/devices/vfioN is open, and a USE_PROCESS
 * (never critical) for each process that has a node of another function open. Sorts nodes.
 */
void nodes_apply(struct facts *facts, const struct host *host, struct open_nodes *nodes);

#endif
