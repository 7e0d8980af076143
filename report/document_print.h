/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The document as JSON text, without a second copy of all of it in memory. */
#ifndef VFIOKIT_DOCUMENT_PRINT_H
#define VFIOKIT_DOCUMENT_PRINT_H

#include "preflight/base.h"

#include <json-c/json.h>

/*
 * Prints a document as json_object_to_json_string_ext() would with JSON_C_TO_STRING_PRETTY and
 * JSON_C_TO_STRING_NOSLASHESCAPE, and a newline, member after member and an array's items one by one, so
 * that no more of it has to be there at any time. begin, then members and arrays, then end.
 */
struct document_printer {
	FILE *stream;
	bool any_member, any_item;
};

void document_printer_begin(struct document_printer *printer, FILE *stream);
void document_printer_end(struct document_printer *printer);

/* value stays the caller's. */
void document_printer_member(struct document_printer *printer, const char *key, json_object *value);

/* An array as a member: begin, items, end. An item (NULL: null) is given back when it is printed. */
void document_printer_array(struct document_printer *printer, const char *key);
void document_printer_item(struct document_printer *printer, json_object *item);
void document_printer_array_end(struct document_printer *printer);

/*
 * Prints an object (not NULL). json-c keeps the text of whatever it prints until that is freed, so the
 * items of the object's arrays are taken out of their array, which holds nulls in their place afterwards.
 */
void document_print(json_object *document, FILE *stream);

#endif
