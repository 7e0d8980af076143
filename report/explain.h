/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What vfiokit explain shows: a check with everything that its row and its topic (by_hand/by_hand.h) know, or
 * a device with the path that leads to it. First as JSON, then for people from that JSON.
 */
#ifndef VFIOKIT_EXPLAIN_H
#define VFIOKIT_EXPLAIN_H

#include "names.h"
#include "preflight/checks/check.h"
#include "preflight/explain/study.h"
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
 * {"schema", "devices": […]} for facts->targets of the study. A device:
 *   address, name, vendor_id, device_id, driver, root_bus
 *   path_complete, path: from below the root complex down to the device, each {address, port_type,
 *     vendor_id, device_id, multifunction, acs_known, acs (the registers: {capability, enabled}),
 *     kernel_acs (as the kernel counts them, where it decides by them: {capability, enabled,
 *     missing, hardwired}), isolates (true, false or null), reason ("bits-on", …), quirk (the
 *     kernel's function or null), says}
 *   group, members: the kernel's; null where it has none
 *   predicted_group, predicted_members: the model's, where it is certain; because: why, in brief
 *   model_agrees (null: one of them is not known), only_kernel, only_model
 *   steps: members of the model's group in the order of the kernel, each {address, steps: [{rule,
 *     kernel_function, other, port, text}]}, none where the model is not certain; steps_left_out: how many members more there are
 *   state: "clean", "card", "shared" or null; claimed_only: what the group would be without
 *     pcie_acs_override=, or null
 *   holes: [{kind, port, quirk, bits, peers, text}]
 *   splits: what would make the group smaller, each {kind, title, cost, honesty, parameter, note, port,
 *     slot_number, link_width, port_isolates, exchange_with, members, clean, certain}; splits_of: the address of the
 *     function whose splits hold for this one too, or null; ports_untried
 *   handover: endpoints that go with the group: [{address, name, driver, vfio, uses: [{kind, what,
 *     critical}]}]
 * names may be NULL. The caller owns the object.
 */
json_object *explain_devices(const struct group_study *study, struct names *names);

/*
 * {"schema", "what_if": {changes: [text], notes: [text], groups: [{of_target, before: [{group,
 * members}], after: [{members, certain, uncertain_because}]}], group_count}}: the groups that the
 * changes change, those of facts->targets first; group: the kernel's number of that group today, or
 * null. NULL with words in error where they cannot be made. The caller owns the object.
 */
json_object *explain_what_if(const struct group_study *study, const struct group_changes *changes,
			     struct error *error);

/* Prints what these have made. */
void explain_print(const struct text_style *style, json_object *explained);

/* -- for explain_*text.c --------------------------------------------------------------------------- */

void explain_print_device(const struct text_style *style, json_object *device);
void explain_print_what_if(const struct text_style *style, json_object *what_if);

#endif
