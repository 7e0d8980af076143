/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One report of many hosts: each document (document.h) is reduced to a small summary and can be freed at once;
 * what they have in common is worked out at the end.
 *
 * The result, schema "vfiokit-fleet/1". Keys are always present; what is not known is null.
 *
 *   schema      "vfiokit-fleet/1"
 *   tool        {"name", "version"} of the program that made this
 *   made_at     "2026-11-21T17:18:28Z"|null
 *   verdict     the worst of all hosts: "not-ready", "unknown", "reboot", "ready". A file that could not be read counts as a
 *               host of which nothing is known, so with one of them it is never better than "unknown"
 *   counts      {"files", "hosts", "unreadable", "ready", "reboot", "unknown", "not_ready"}; the last four add up to hosts
 *   hosts       worst first, then by name: [{"host": a name that no other one has (the host's own, with the file behind it where
 *               several have the same, the file's where it has none), "hostname", "file", "verdict", "judged_at", "model",
 *               "kernel", "devices": functions that are no bridges, "targets", "blockers": [ids of failed dangers and
 *               blockers], "unchecked": [ids of dangers and blockers that could not be evaluated]}]
 *   unreadable  [{"file", "reason"}]
 *   findings    failures that no waiver covers, those that block first, then those of most hosts: [{"id", "severity", "blocking",
 *               "title", "count": hosts, "hosts": [names], "subjects": devices and hosts together, "remedy": [{"owner", "text",
 *               "command"|null, "count": hosts that are told so}], the commonest first, at most 4}]. Where a text names the device in
 *               question, DEVICE stands in its place, so that what several hosts are told alike is said once
 *   unchecked   [{"id", "severity", "blocking", "title", "count", "hosts"}]: dangers and blockers that could not be evaluated
 *   alike       hosts that should be alike, because their model is the same ("by": "model") or, where the model is not known,
 *               their devices are ("by": "devices"): [{"by", "model"|null, "count", "hosts", "odd": hosts that differ in anything, "drift"}],
 *               those with most odd hosts first, one for every two or more hosts
 *     drift     [{"what": "kernel", …, "title": in words, "compared": hosts, "majority": whether more than half agree,
 *               "common": {"value": text|null, "words": [texts]|null, "known": bool, "count", "hosts"}, "odd": [{"value", "known",
 *               "lacks": [words of the common ones that are missing], "has": [words that the common ones do not hold], "count",
 *               "hosts"}]}]. Lists (devices, groups, drivers, arguments) are compared word by word; their value is null. groups and
 *               drivers are compared among hosts with the common devices only
 *   devices     by model, most first: [{"id": "10de:2484"|null, "name", "class_name", "count", "hosts": how many hosts have it,
 *               "states": {"host", "detached", "assigned", "unbound", "unknown"}}], bridges left out
 *
 * Texts of the documents are kept up to FLEET_TEXT_LIMIT bytes, without what escape.h gives no reader.
 */
#ifndef VFIOKIT_FLEET_H
#define VFIOKIT_FLEET_H

#include "preflight/base.h"

#include <json-c/json.h>

enum { FLEET_TEXT_LIMIT = 400 };

struct fleet;

/* Never NULL. The caller owns it. */
struct fleet *fleet_new(void);
void fleet_free(struct fleet *fleet);

static inline void cleanup_fleet(struct fleet **fleet)
{
	fleet_free(*fleet);
}
#define _cleanup_fleet_ _cleanup_(cleanup_fleet)

/* Takes from a document of document_parse() what the report needs; the document stays the caller's. Each file once. */
void fleet_add(struct fleet *fleet, const char *file, json_object *document);

/* A file that holds no report that can be read, and why. */
void fleet_add_unreadable(struct fleet *fleet, const char *file, const char *reason);

/* The report of all that was added. The caller owns it. seconds: when it was made, since 1970; below 0: null. */
json_object *fleet_document(struct fleet *fleet, int64_t seconds);

#endif
