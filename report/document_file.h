/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a saved JSON document back (document.h). Such a file may come from anywhere, so nothing in it is taken on
 * trust: what document_parse() returns has every key of the contract with a value of the right type, and the rest of
 * report/ relies on that. Keys that are not known are kept and ignored: a later version may have added them.
 */
#ifndef VFIOKIT_DOCUMENT_FILE_H
#define VFIOKIT_DOCUMENT_FILE_H

#include "preflight/error.h"

#include <json-c/json.h>

/* What one document may hold. The largest machines have some thousand functions. */
enum {
	DOCUMENT_SIZE_LIMIT = 32 * 1024 * 1024,
	DOCUMENT_TEXT_LIMIT = 1024 * 1024,
	DOCUMENT_LIST_LIMIT = 50 * 1000,
	DOCUMENT_DEVICE_LIMIT = 20 * 1000,
};

/*
 * Parses length bytes; name stands for the file in messages. 0, or -errno with words:
 *   -EINVAL  no JSON, not this schema, a key missing or of another type ("r.json: devices[3].group: …")
 *   -EFBIG   beyond the limits above
 * The caller owns the object and gives it back with json_object_put().
 */
int document_parse(const char *name, const char *data, size_t length, json_object **ret_document,
		   struct error *error);

#endif
