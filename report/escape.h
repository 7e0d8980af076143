/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values from outside (host names, log lines, names of devices) inside documents of several kinds. Each kind
 * has its own characters that mean something; an escaped value shows as itself and ends nothing.
 *
 * In every kind U+FFFD stands for what no reader should be given: control characters, those that turn the
 * direction of writing, characters that XML 1.0 forbids, bytes that are no UTF-8.
 */
#ifndef VFIOKIT_ESCAPE_H
#define VFIOKIT_ESCAPE_H

#include "preflight/base.h"

enum escape {
	ESCAPE_TEXT, /* plain text: a line end becomes a blank, so that one value stays on one line */
	ESCAPE_MARKUP, /* HTML and XML, in text and in quoted attributes; line ends stay */
	ESCAPE_MARKDOWN, /* GitHub Flavored Markdown (CommonMark 2.4), also in table cells; no line ends */
	ESCAPE_TAP, /* descriptions and comments of the Test Anything Protocol; no line ends */
	ESCAPE_PROMETHEUS, /* label values of Prometheus' text format 0.0.4 */
	ESCAPE_JSON,       /* inside a JSON string (RFC 8259) */
};

/* What the values of a document with this file name need: ".html", ".xml", ".svg", ".md", ".tap", ".prom"
 * and ".json", with or without ".mustache" behind; any other name is plain text. */
enum escape escape_of_name(const char *name);

/* Writes length bytes of text (NUL-terminated behind them) so that they show as themselves. */
void escape_write(FILE *stream, enum escape escape, const char *text, size_t length);

#endif
