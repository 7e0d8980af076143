/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a platform needs to take devices over: a table of platforms, each with a template (templates/handover/), and what those
 * see beside the document and its view (view.h):
 *
 *   handover.platform, .title   "proxmox", "Proxmox VE"
 *   handover.verdict    as view.verdict, not-ready where the platform cannot take all; .host_line  as view.host_line. Texts for
 *                      comments of XML hold no "--" and stand there without other escapes
 *   handover.stops      why it is not ready: [{"id", "subject", "title", "unknown": bool, "evidence": [{"where", "text"}]}]
 *   handover.accepted   dangers that --accept names, the same; .has_stops, .has_accepted, .has_refused … bool
 *   handover.notes      warnings, the same
 *   handover.refused    functions that the platform cannot take: [{"address", "domain": beyond its last|null, "vendor": no device of its
 *                      vendor, "nameless": its ids are not known}]; they are in no other list
 *   handover.cards      [{"number": 1…, "index": 0…, "slot": "0000:01:00", "name", "whole": all functions of the slot are in it,
 *                       "multifunction": bool, "port": a name for a port of the guest, "chassis", "guest_bus": "0x0a",
 *                       "address": "0000:01:00", or its functions with ';' between, "mapping", "functions": as below}]
 *   handover.functions  [{"number", "index", "first", "last": bool, "address", "domain": "0x0000", "bus": "0x01", "slot": "0x00",
 *                       "function": "0x0", "wide_domain": more than 16 bits, "node_device": "pci_0000_01_00_0", "name", "class_name",
 *                       "kind": "gpu"|"audio"|"usb"|"nic"|"nvme"|"storage"|"accelerator"|"nvswitch"|"pci", "display": bool, "screen": a display with outputs, "nvidia": bool,
 *                       "vendor_id", "device_id", "VENDOR_ID", "DEVICE_ID" (upper case), "subsystem_id": "1043:87c1"|null, "group": text|null,
 *                       "group_size": endpoints in it, "numa_node": text|null, "driver", "physfn": address|null, "vf_token": bool,
 *                       "rom_unreadable": bool, "multifunction": function 0 of several, "guest_function": "0x0", "port", "guest_bus",
 *                       "device_type": nova's, "resource": "nvidia.com/GA104_GeForce_RTX_3070", "alias": "gpu-10de-2484",
 *                       "leader": first of its group among these, "leading_gpu", "leading_other",
 *                       "same_id": addresses of others with this id|null, "first_of_id": bool}]
 *   handover.ids        "10de:2484,10de:228b", each once
 *   handover.added      functions of the cards that were not named: text|null
 *   handover.numa       {"nodes": "0", "several": bool}|null
 *   handover.window     {"total_gib", "window_gib", "window_mib"}|null: 64-bit BARs beyond a guest's usual window
 *   handover.vf_token   whether any function needs one; .gpus, .screen whether any is a display, or one with outputs; .leading_gpus, .leading_others whether
 *                      any leads its group and is one, or is none
 *   handover.nvswitches {"all": addresses, "left": those that are no targets|null}|null
 *   handover.node       the host's name|null; .intel whether the IOMMU is Intel's
 */
#ifndef VFIOKIT_HANDOVER_H
#define VFIOKIT_HANDOVER_H

#include "escape.h"
#include "names.h"
#include "preflight/checks/check.h"

#include <json-c/json.h>

struct handover_platform {
	const char *template; /* "handover.proxmox.sh" */
	enum escape escape;
};

const struct handover_platform *handover_platform(enum platform platform);

/*
 * A new object with all members of the document, "view" and "handover". document is what document_build() gave of these facts
 * and findings. accept: ids of dangers that somebody has accepted. named: how many of the targets were named; the rest are
 * functions of their cards. The caller owns the object.
 */
json_object *handover_view(const struct facts *facts, json_object *document, enum platform platform,
			   size_t named, const struct strings *accept, struct names *names);

/* Whether the platform cannot take all of the devices. */
bool handover_is_refused(json_object *view);

/* -- parts (handover_devices.c) ---------------------------------------------------------------------------- */

struct handover_devices {
	const struct facts *facts;
	json_object *document;
	enum platform platform;
	struct names *names;
	struct arena *arena;
	struct device_refs taken; /* targets that the platform can name, cards together, in order */
};

/* The text as a comment of that kind may hold it, on one line: "--" ends a comment of XML (XML 1.0, 2.5), and a hyphen that looks
 * the same takes its second place. A new object, NULL for what is no text and NULL. */
json_object *handover_comment_text(json_object *value, enum escape escape);

json_object *handover_functions(const struct handover_devices *devices);
json_object *handover_cards(const struct handover_devices *devices, json_object *functions);

#endif
