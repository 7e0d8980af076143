/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What templates see besides the JSON document: things that follow from it but that a template cannot work
 * out (counts, order, coordinates). A pure function of the document, so a saved report shows as it did
 * when it was made. The document must be one that document_build() or document_parse() gave.
 *
 *   view.verdict   {"verdict", "word": "NOT READY", "mark": "✗", "meaning", "is_ready": bool}
 *   view.host_line "lab1 · Debian 12 · kernel 6.1.0-50-amd64 · Intel VT-d active · GRUB"
 *   view.targets   [{"address", "name", "id": "10de:2484", "more": 1|null, "functions", "verdict": as view.verdict,
 *                  "early": among the first eight}], one a card; names that match no device have "missing": true
 *   view.has_targets, has_advice, has_waived, has_unknown, has_rehearsal, has_candidates  bool: whether that list holds anything
 *   view.targets_more  how many are not early|null
 *   view.counts    {"danger", "blocker", "warning", "info", "waived", "unknown", "unknown_blocking", "pass", "na", "checks",
 *                  "devices", "functions" (with bridges), "targets", "groups"}; the first four are failures that no waiver covers
 *   view.todo      what stands between this host and "ready", in the order to do it; empty where it is ready. Each
 *                  {"number", "steps": [{"text", "command": "sudo …"|null, "owner": "firmware"|"vendor"|null, "first": bool}],
 *                   "because": [{"id", "title", "anchor"}], "more": how many more reasons|null,
 *                   "evidence": [{"where", "text"}], "worked": {"text", "command"|null}|null,
 *                  "subject": the last device of its commands|null, "devices": how many they name}
 *   view.advice    the same for warnings: worth doing, not needed
 *   view.findings  failures, worst first: [{"severity", "heading", "mark", "findings": [{"id", "anchor", "severity", "title", "count",
 *                  "more": count - 1|null, "cause", "subjects": [{"subject", "title", "first": bool, "same": title as the
 *                  first's, "evidence": [{"where", "text"}], none where it is the first's, "cause": its own|null, "expired": {"until", "because", "where"}|null}], "steps", "references": [urls]}]}], one
 *                  finding for all subjects with the same id and severity
 *   view.waived    [{"id", "subject", "title", "until", "because", "where"}]
 *   view.unknown   [{"id", "subject", "title", "blocking": bool, "evidence"}]
 *   view.passed    [{"area": "IOMMU", "count", "checks": [{"id", "title", "count", "times": count where over 1|null}]}]
 *   view.rehearsal what the kernel answered: [{"group": number|null, "heading": "group 17", "steps": [{"result": "pass"|"fail"|"skipped",
 *                  "mark", "title", "cause", "remedy": null where it passed or there is none, "evidence": the kernel's log}]}]
 *   view.devices   every function that is no bridge, targets first: [{"address", "name", "id", "class_name", "group", "driver",
 *                  "next_driver": only where it differs|null, "state": in words, "uses": text|null, "target", "candidate", "verdict"}]
 *   view.candidates  those that could be handed over, where nothing was asked for
 *   view.topology  the picture (view_topology.c): {"width", "height", "lines": a path, "bands": [{"x", "y", "width", "height",
 *                  "tone": 0 to 7, "label", "label_y", "predicted"}], "rows": [{"y", "text_y", "x", "name_x", "right_x", "width", "label", "name",
 *                  "title", "note", "root", "bridge", "target", "breaks"}], "hidden": functions left out|null, "breaks": bool}
 *   view.cases     for test reports: [{"number", "area", "name", "title", "failure": severity|null, "skipped": reason|null, "waived": reason|null,
 *                  "evidence", "steps", "has_details": bool}]; the first is the verdict itself
 *   view.case_counts  {"total", "failures", "skipped"}
 *   view.metrics   for Prometheus (view_metrics.c)
 *
 * Keys named more, times, owner and the like are null where there is nothing to say, so that sections work.
 */
#ifndef VFIOKIT_VIEW_H
#define VFIOKIT_VIEW_H

#include <json-c/json.h>

/* A new object with all members of the document (shared, not copied) and "view". The caller owns it; the
 * document stays as it is. */
json_object *view_of_document(json_object *document);

#endif
