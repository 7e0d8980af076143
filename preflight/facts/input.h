/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keyboards and mice, and the PCI functions that carry them (the USB controller, mostly). The other
 * half of facts_collect_display().
 */
#ifndef VFIOKIT_FACTS_INPUT_H
#define VFIOKIT_FACTS_INPUT_H

#include "preflight/facts/facts.h"

/*
 * Adds a USE_INPUT for each keyboard and mouse that a PCI function carries, by
 * /proc/bus/input/devices. Critical: a keyboard, where all keyboards of the host that a person can
 * type on hang from this one function. A PS/2 keyboard hangs from none and so keeps the others from
 * being critical; a BMC's virtual keyboard, a security key and keyboards made by programs do not
 * count. Sets usage.known[USE_INPUT].
 */
void facts_collect_input(struct facts *facts, const struct host *host);

#endif
