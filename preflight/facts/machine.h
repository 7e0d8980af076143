/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What facts/machine.c and facts/virtualization.c share. */
#ifndef VFIOKIT_FACTS_MACHINE_H
#define VFIOKIT_FACTS_MACHINE_H

#include "preflight/facts/facts.h"
#include "preflight/parse/machine.h"

/*
 * Fills the DMI names, in_vm, hypervisor, xen_dom0 and in_container of facts->machine from sysfs,
 * procfs, the log (facts->log is filled) and the processor's flags.
 */
void machine_collect_virtualization(struct facts *facts, const struct host *host,
				    const struct cpu_description *cpu);

#endif
