/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel command line, split exactly as the kernel splits it (next_arg() in lib/cmdline.c and
 * parse_args() in kernel/params.c, the same in 6.1, 6.12 and 7.3):
 *
 *  - White space outside double quotes ends a word; a byte of a0 counts as white space there too.
 *  - The first '=' that is not the word's first byte ends the name, also inside quotes.
 *  - A quote in front of the whole word, or in front of the value, is dropped, and so is the one
 *    that closes it at the word's end. Quotes anywhere else group words and stay in the text.
 *  - The word "--" (without a value) ends the parameters: what follows belongs to init.
 */
#ifndef VFIOKIT_PARSE_CMDLINE_H
#define VFIOKIT_PARSE_CMDLINE_H

#include "preflight/facts/facts.h"

/*
 * Splits length bytes of text and appends one parameter per word to ret_parameters; the words
 * behind "--" are left out. A NUL byte ends the text as it does for the kernel. source and line say
 * where the text stands and become each word's origin (source is not copied and must live as long
 * as the arena; NULL gives empty origins). Takes time and memory in proportion to length.
 */
void cmdline_parse(struct arena *arena, const char *text, size_t length, const char *source,
		   unsigned line, struct parameters *ret_parameters);

/* Whether one of the words is written exactly so ("iommu=pt"). words may be NULL: none. */
bool cmdline_holds(const struct parameters *words, const char *text);

/*
 * Walks the values of a comma list ("on,igfx_off"): start with *rest at the list, each call stores
 * the next value's place (not NUL-terminated) and moves *rest; false at the end. Empty values
 * count, but for one behind a final comma; a NULL or empty list has none.
 */
bool value_list_next(const char **rest, const char **ret_value, size_t *ret_length);

/* Whether a comma list holds exactly this value. list may be NULL. */
bool value_list_contains(const char *list, const char *value);

#endif
