/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first lines of the report: a verdict for each card, and one line about the host. */
#ifndef VFIOKIT_TEXT_HEAD_H
#define VFIOKIT_TEXT_HEAD_H

#include "terminal.h"

#include <json-c/json.h>

/* "NOT READY   ": the verdict's words, padded to where the device begins. Any word that is no verdict
 * counts as not ready. */
void text_print_verdict(const struct text_style *style, const char *verdict);

/* "  10de:2484" of a device; nothing where its ids are not known. */
void text_print_id(const struct text_style *style, json_object *device);

/* One line a card; names that match no device, and devices that only the manifest names, have a line
 * of their own. False: there are no targets, and nothing was printed. */
bool text_print_targets(const struct text_style *style, json_object *document);

/* "lab1 · Debian 12 · kernel 6.1.0-50-amd64 · Intel VT-d active · Secure Boot off" */
void text_print_host(const struct text_style *style, json_object *document);

#endif
