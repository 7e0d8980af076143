/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rehearsal as JSON, and in the document of preflight. */
#ifndef VFIOKIT_REHEARSAL_JSON_H
#define VFIOKIT_REHEARSAL_JSON_H

#include "preflight/checks/check.h"
#include "rehearse/rehearse.h"

#include <json-c/json.h>

/*
 * [{"call": "set-iommu", "group": 17, "device": "0000:41:00.0"|null, "what", "result":
 * "pass"|"fail"|"skipped", "unanswered": bool, "errno": "EPERM"|null, "detail": "…"|null, "cause":
 * "…"|null, "remedy": "…"|null, "evidence": ["[ 1.234567] …"]}]. The caller puts it.
 */
json_object *rehearsal_json(const struct rehearsal *rehearsal);

/*
 * Puts the steps into the document of preflight, as "rehearsal". What the kernel itself refuses is not
 * ready, whatever the checks say: the document's verdict and those of the targets follow. Returns the
 * verdict to go by.
 */
enum verdict rehearsal_into_document(json_object *document, const struct facts *facts,
				     const struct rehearsal *rehearsal, enum verdict verdict);

#endif
