/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How texts for people look: colours, width, and text from outside that must not steer a terminal. */
#ifndef VFIOKIT_TERMINAL_H
#define VFIOKIT_TERMINAL_H

#include "preflight/base.h"

enum tint { TINT_NONE, TINT_BOLD, TINT_RED, TINT_YELLOW, TINT_GREEN, TINT_DIM };

struct text_style {
	FILE *stream;
	bool color;     /* ANSI sequences */
	bool utf8;      /* "✗" and "·"; else "x" and "-" */
	bool colors256; /* and the terminal has 256 of them, else 16 */
	unsigned width; /* columns to wrap at; 0: never wrap */
};

/* Style for standard output: color "auto", "always" or "never" (auto: a terminal and no NO_COLOR),
 * UTF-8 by locale, the terminal's width or 80. */
struct text_style text_style_for_output(const char *color);

/* The columns that a table may take: the terminal's; for a pipe or a file what COLUMNS says, and 0
 * without it: there nothing has to be cut off. */
unsigned terminal_table_width(void);

/* Switches a tint on and off again; nothing without colours. */
void terminal_begin(const struct text_style *style, enum tint tint);
void terminal_end(const struct text_style *style, enum tint tint);

/* The same for coloured bands; band counts from 0 and goes round after BAND_COLORS. */
enum { BAND_COLORS = 6 };
void terminal_band_begin(const struct text_style *style, unsigned band);
void terminal_band_end(const struct text_style *style);

/* Prints text from outside (names, log lines), with '?' for what the terminal does not show: control
 * characters, those that turn the direction of writing, bytes that are no UTF-8, and everything
 * beyond ASCII where the terminal does not speak UTF-8. NULL prints nothing: it is what a document
 * of somebody else's lacks. */
void terminal_print(const struct text_style *style, const char *text);

/* The columns that terminal_print() takes for a text. */
unsigned terminal_columns(const struct text_style *style, const char *text);

/* The text, and blanks up to width columns; a longer text is not cut off. */
void terminal_print_padded(const struct text_style *style, const char *text, unsigned width);

/* terminal_print() of at most limit columns: where something is cut off, the last of them hold "…"
 * ("..." without UTF-8). Returns the columns taken. */
unsigned terminal_print_cut(const struct text_style *style, const char *text, unsigned limit);

/* Prints text word by word from column `column` on, and a newline; further lines start at `indent`.
 * Words longer than a line (addresses, paths) are never broken. */
void terminal_print_wrapped(const struct text_style *style, const char *text, unsigned column,
			    unsigned indent);

/* The same as terminal_print() for a stream that speaks UTF-8, so that nothing in a tree or a log
 * can steer the terminal. */
void text_print_safe(FILE *stream, const char *text);

#endif
