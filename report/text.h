/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report for people at a terminal, from the JSON document and nothing else. */
#ifndef VFIOKIT_TEXT_H
#define VFIOKIT_TEXT_H

#include "terminal.h"

#include <json-c/json.h>

/* Prints the whole preflight report. quiet: the verdict lines only. */
void text_print_report(const struct text_style *style, json_object *document, bool quiet);

#endif
