/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine is called by who made it. */
#ifndef VFIOKIT_MACHINE_MODEL_H
#define VFIOKIT_MACHINE_MODEL_H

#include "preflight/facts/facts.h"

#include <json-c/json.h>

/* "Dell Inc. PowerEdge R750"; the board's name where firmware gives the product none (boards sold alone say "To Be
 * Filled By O.E.M." and the like). null where neither is known. The caller owns it. */
json_object *machine_model(const struct machine_facts *machine);

#endif
