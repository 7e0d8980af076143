/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of udev that set driver_override (udev(7)); anything else in a file of rules is passed over. Pure. */
#ifndef VFIOKIT_PARSE_UDEV_RULES_H
#define VFIOKIT_PARSE_UDEV_RULES_H

#include "preflight/facts/facts.h"

/* Appends one override_rule for each rule of the text that assigns ATTR{driver_override}. source becomes
 * the origins' path and must live as long as the arena. */
void udev_rules_parse(struct arena *arena, const char *source, const char *text, size_t length,
		      struct override_rules *rules);

/* Whether a rule means this function: its address, and what it demands of the ids. */
bool override_rule_matches(const struct override_rule *rule, const struct device *device);

#endif
