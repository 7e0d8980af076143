/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the templates of a fleet (fleet.html, fleet.md, fleet.prom) and its text see besides the report (fleet.h).
 * Long lists are cut: "more" is how many are left out|null; the JSON report holds all of them.
 *
 *   view.verdict     as of one host (view.h)
 *   view.summary     "5 files: 4 hosts, 1 not readable"
 *   view.groups      hosts by verdict, worst first: [{"verdict", "count", "hosts": [{"host", "file", "kernel", "model",
 *                    "why": "driver.not-bound, group.not-viable"|null, "judged_at"}], "more", "open": whether to show them at once}]
 *   view.unreadable  {"count", "files": [as in the report], "more"}|null
 *   view.findings    {"blocking": LIST, "others": LIST}, LIST null where it would be empty: {"count", "findings": [{"id", "severity", "mark",
 *                    "title", "hosts_word": "3 of 5 hosts", "percent", "names": "lab1, lab2", "more", "steps": as of one
 *                    host, with "told": "2 hosts" where not all are told so|null}], "more"}
 *   view.unchecked   LIST of what could block and was not checked, without steps|null
 *   view.alike       {"classes": [{"heading", "names", "more", "odd_word", "drift": [{"title", "common", "majority", "odd": [{"names",
 *                    "more", "words"}], "more"}]}], "more"} of those with drift|null
 *   view.same        how many sets of hosts that should be alike are|null
 *   view.devices     {"models": [{"id", "name", "count", "hosts", "states": "2 in a VM, 1 used by the host"}], "more"}
 *   view.metrics     {"verdicts": [{"verdict", "count"}], "findings", "unchecked", "drift": [{"model", "like", "what", "count"}], "devices": [{"id",
 *                    "state", "count"}], "oldest": seconds since 1970|null}; a host and a series only once
 */
#ifndef VFIOKIT_VIEW_FLEET_H
#define VFIOKIT_VIEW_FLEET_H

#include <json-c/json.h>

/* A new object with all members of the fleet's report (shared) and "view". The caller owns it. */
json_object *view_of_fleet(json_object *report);

/* view.metrics (view_fleet_metrics.c). */
json_object *view_fleet_metrics(json_object *report);

#endif
