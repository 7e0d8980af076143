/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JSON document (schema "vfiokit/1", CONTRACT section 3): facts and findings as one object that
 * every renderer, template and reader of reports sees. Keys are always present; what is not known is
 * null.
 */
#ifndef VFIOKIT_DOCUMENT_H
#define VFIOKIT_DOCUMENT_H

#include "preflight/checks/check.h"
#include "names.h"

#include <json-c/json.h>

/* How much of the devices and checks the document holds. Looking up names is what costs most. */
enum document_devices {
	DOCUMENT_ALL_DEVICES, /* the contract's document */
	/* What the text report prints: targets, or candidates without any. Checks that pass are told in
	 * short, those that do not apply not at all. */
	DOCUMENT_SHOWN_DEVICES,
};

/*
 * Builds the document. names gives devices their names (NULL: they stay null). The caller owns the
 * object and gives it back with json_object_put().
 */
json_object *document_build(const struct facts *facts, const struct findings *findings,
			    struct names *names, enum document_devices devices);

/*
 * Prints the document of all devices as document_print() would print what document_build() gives, with
 * this time of judgement. No more than one group, device or finding of it is in memory at any time: for
 * machines with thousands of functions.
 */
void document_stream(const struct facts *facts, const struct findings *findings,
		     struct names *names, int64_t seconds, FILE *stream);

/* Says in the document when the host was judged ("judged_at": "2026-11-21T17:18:28Z", null until then). */
void document_set_time(json_object *document, int64_t seconds);

/* {"capability": ["SV", …], "enabled": […]}; NULL where there is no ACS capability, or it is not known. */
json_object *document_acs(const struct config_space *config);

/* The exit status that CONTRACT section 2 gives to the document's verdict. */
int verdict_exit_status(enum verdict verdict);

#endif
