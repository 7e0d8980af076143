/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the fleet report share. */
#ifndef VFIOKIT_FLEET_PARTS_H
#define VFIOKIT_FLEET_PARTS_H

#include "fleet.h"
#include "view_parts.h"

/*
 * Everything is json-c's, because texts are then shared by counting. A host's summary:
 *   "file", "hostname", "verdict", "judged_at", "model", "kernel", "devices", "targets", "blockers", "unchecked" as in the
 *   report, and "compare": {the names of fleet_dimensions: text|null}; lists hold a newline before each word.
 * Entries of findings and unchecked list hosts by their summaries until the report is made.
 */
struct fleet {
	json_object *texts; /* each text that was kept, by itself */
	json_object *hosts, *unreadable;
	json_object *findings, *finding_index;
	json_object *unchecked, *unchecked_index;
	json_object *devices, *device_index;
};

/* What hosts that should be alike are compared by. */
struct fleet_dimension {
	const char *name, *title;
	bool list;           /* of words */
	bool within_devices; /* means something among hosts with the same devices only */
};
enum { FLEET_DIMENSION_COUNT = 15 };
extern const struct fleet_dimension fleet_dimensions[FLEET_DIMENSION_COUNT];

/* The text, cut where it is long, as one object for all that is equal. NULL stays NULL. The caller owns a reference. */
json_object *fleet_text(struct fleet *fleet, const char *value);

/* The same for a long list of words. */
json_object *fleet_long_text(struct fleet *fleet, const char *value);

/* Whether a host's summary is the last one in the list: so that each is there once. */
static inline bool fleet_is_last(json_object *hosts, json_object *host)
{
	size_t length = array_length(hosts);

	return length && item(hosts, length - 1) == host;
}

/* The summary's "compare" (fleet_compare.c). */
json_object *fleet_compare(struct fleet *fleet, json_object *document);

/* The names ("host") of these summaries. */
json_object *fleet_host_names(json_object *hosts);

/* "alike" of the report (fleet_drift.c). */
json_object *fleet_alike(const struct fleet *fleet);

/* By "count", the most first; then by key. For json_object_array_sort(). */
int fleet_most_first(json_object *a, json_object *b, const char *key);

#endif
