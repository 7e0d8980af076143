/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The document as JSON text, without a second copy of all of it in memory. */
#ifndef VFIOKIT_DOCUMENT_PRINT_H
#define VFIOKIT_DOCUMENT_PRINT_H

#include <json-c/json.h>
#include <stdio.h>

/*
 * Prints an object (not NULL) as json_object_to_json_string_ext() would with JSON_C_TO_STRING_PRETTY and
 * JSON_C_TO_STRING_NOSLASHESCAPE, and a newline. json-c keeps the text of whatever it prints until
 * that is freed, so the items of the object's arrays are printed one by one and taken out of their
 * array, which holds nulls in their place afterwards.
 */
void document_print(json_object *document, FILE *stream);

#endif
