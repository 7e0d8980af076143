/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of view.h, each one a file, and what they share. All objects returned are the caller's. */
#ifndef VFIOKIT_VIEW_PARTS_H
#define VFIOKIT_VIEW_PARTS_H

#include "document_read.h"
#include "document_write.h"

/* -- shared (view.c) --------------------------------------------------------------------------------- */

/* The value again, to be put into another object; NULL stays NULL. */
static inline json_object *again(json_object *value)
{
	return json_object_get(value);
}

/* printf() into a JSON text. */
json_object *textf(const char *format, ...) PRINTF_FORMAT(1, 2);

static inline json_object *flag(bool value)
{
	return json_object_new_boolean(value);
}

static inline json_object *count(size_t value)
{
	return json_object_new_int64((int64_t)value);
}

/* A number, or null for 0. */
static inline json_object *count_or_null(size_t value)
{
	return value ? count(value) : NULL;
}

/* Objects by a text, so that what belongs together is found without a search: `index` is an object. NULL where it is
 * not there. index_put() shares value. */
static inline json_object *index_get(json_object *index, const char *key)
{
	return get(index, key);
}

static inline void index_put(json_object *index, const char *key, json_object *value)
{
	json_object_object_add(index, key, again(value));
}

static inline json_object *item(json_object *array, size_t at)
{
	return json_object_array_get_idx(array, at);
}

/* Whether a check counts: it fails, and no waiver covers it. */
static inline bool is_failure(json_object *check)
{
	return is(check, "result", "fail") && !get(check, "waiver");
}

/* Whether the verdict depends on it. */
static inline bool is_blocking(json_object *check)
{
	return is(check, "severity", "danger") || is(check, "severity", "blocker");
}

static inline bool is_bridge(json_object *device)
{
	return is(device, "state", "bridge") || is(device, "verdict", "unsuitable");
}

/* "SOURCE:LINE" and the text of each evidence. */
json_object *view_evidence(json_object *evidence);

/* "id" of a device, "10de:2484"; null where it is not known. */
json_object *view_device_id(json_object *device);

/* The name by which links find a finding: "blocker-driver.not-bound". */
json_object *view_anchor(json_object *check);

/* The remedies of a check as "steps" of view.h. */
json_object *view_steps(json_object *remedies);

/* The name of an id's area for people: "IOMMU" of "iommu.disabled-in-firmware"; its own word where it is a new one. */
const char *view_area_name(const char *id);

/* -- the parts ------------------------------------------------------------------------------------------ */

/* view.verdict for any of the words of a verdict; others count as not ready. */
json_object *view_verdict(const char *verdict);
json_object *view_host_line(json_object *document);
json_object *view_targets(json_object *document);
/* How many of them come after the early ones; null for none. */
json_object *view_targets_more(json_object *targets);
json_object *view_counts(json_object *document);
json_object *view_todo(json_object *document);
json_object *view_advice(json_object *document);
json_object *view_findings(json_object *document);
json_object *view_waived(json_object *document);
json_object *view_unknown(json_object *document);
json_object *view_passed(json_object *document);
json_object *view_devices(json_object *document);
json_object *view_candidates(json_object *document);
json_object *view_topology(json_object *document);
json_object *view_rehearsal(json_object *document);
/* Of a step of it: the one line, what the kernel logged as "evidence", and what to do as "steps" of view.h. */
json_object *view_rehearsal_line(json_object *step);
json_object *view_rehearsal_evidence(json_object *step);
json_object *view_rehearsal_steps(json_object *step);
json_object *view_cases(json_object *document);
json_object *view_case_counts(json_object *cases);
json_object *view_metrics(json_object *document);

#endif
