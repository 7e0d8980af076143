/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What vfiokit explain shows: a check with everything that its row and its topic (by_hand/by_hand.h) know, or
 * a device with the path that leads to it. First as JSON, then for people from that JSON.
 */
#ifndef VFIOKIT_EXPLAIN_H
#define VFIOKIT_EXPLAIN_H

#include "names.h"
#include "preflight/checks/check.h"
#include "terminal.h"

#include <json-c/json.h>

/*
 * {"schema", "check": {"id", "severity", "scope", "title", "why", "variants": [{"title", "cause",
 * "remedy": […]}], "by_hand": {"topic", "title", "intro", "reason", "everywhere": [{"text",
 * "command"}], "families": [{"family", "title", "this_host", "steps": […]}]}, "references"}}.
 * Texts of variants hold {placeholders}. The host's family, where it is known, stands first. The
 * caller owns the object.
 */
json_object *explain_check(const struct check *check, enum family host);

/*
 * {"schema", "devices": [{"address", "name", "vendor_id", "device_id", "driver", "root_bus", "path":
 * [{"address", "port_type", "acs"}], "group", "members", "predicted_group", "predicted_members",
 * "because"}]} for facts->targets. The path begins below the root complex and ends with the device.
 * names may be NULL. The caller owns the object.
 */
json_object *explain_devices(const struct facts *facts, struct names *names);

/* Prints what explain_check() or explain_devices() made. */
void explain_print(const struct text_style *style, json_object *explained);

#endif
