/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sentences of a document that was written in English, in the people's language. */
#ifndef VFIOKIT_DOCUMENT_LANGUAGE_H
#define VFIOKIT_DOCUMENT_LANGUAGE_H

#include <json-c/json.h>

/* Titles, causes and remedies that are those of the check with that id, with any values in their {placeholders}. What
 * another version has said, and evidence, stays as it is; so does everything where nothing is translated. */
void document_into_language(json_object *document);

#endif
