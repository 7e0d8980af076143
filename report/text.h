/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report for people at a terminal, from the JSON document and nothing else. */
#ifndef VFIOKIT_TEXT_H
#define VFIOKIT_TEXT_H

#include "preflight/base.h"

#include <json-c/json.h>

struct text_style {
	FILE *stream;
	bool color; /* ANSI sequences */
	bool utf8;  /* "✗" and "·"; else "x" and "-" */
	unsigned width; /* columns to wrap at; 0: never wrap */
};

/* Style for standard output: color "auto", "always" or "never" (auto: a terminal and no NO_COLOR),
 * UTF-8 by locale, the terminal's width or 80. */
struct text_style text_style_for_output(const char *color);

/* Prints the whole preflight report. quiet: the verdict lines only. */
void text_print_report(const struct text_style *style, json_object *document, bool quiet);

/* Prints text from outside (names, log lines) to a terminal that speaks UTF-8, with '?' for control
 * characters, for those that turn the direction of writing and for bytes that are no UTF-8, so that
 * nothing in a tree or a log can steer the terminal. */
void text_print_safe(FILE *stream, const char *text);

#endif
