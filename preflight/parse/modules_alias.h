/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which modules claim a PCI function: the text file modules.alias that depmod writes, and the
 * aliases of built-in modules in modules.builtin.modinfo. One pass over each file serves all
 * functions of a host.
 *
 * Sources: kmod libkmod/libkmod-index.c (index_searchwild: patterns are matched with fnmatch() and
 * no flags), tools/depmod.c output_aliases(), kernel scripts/mod/file2alias.c do_pci_entry(),
 * drivers/pci/pci-driver.c pci_uevent().
 */
#ifndef VFIOKIT_PARSE_MODULES_ALIAS_H
#define VFIOKIT_PARSE_MODULES_ALIAS_H

#include "preflight/arena.h"

/* One function and what was found for it. */
struct alias_query {
	const char *modalias; /* "pci:v000010DEd00002704sv…sd…bc03sc00i00"; NULL matches nothing */
	struct strings modules;  /* of "pci:" aliases, '_' form, in the files' order, each once */
	struct strings variants; /* of "vfio_pci:" aliases: vfio_pci and its variant drivers */
};

struct alias_matcher;

/*
 * Prepares the search; queries stay the caller's and must outlive the matcher, which lives in the
 * arena. Order of calls: new, then any of the readers, then look at the queries.
 */
struct alias_matcher *alias_matcher_new(struct arena *arena, struct alias_query *queries,
					size_t count);

/* Reads modules.alias: lines "alias PATTERN MODULE"; everything else in it is passed over. */
void alias_matcher_read_aliases(struct alias_matcher *matcher, const char *text, size_t length);

/* Reads modules.builtin.modinfo: NUL-terminated "MODULE.alias=PATTERN" among other keys. */
void alias_matcher_read_builtin(struct alias_matcher *matcher, const char *text, size_t length);

/*
 * True when a file was so full of wildcards that the search was given up (no real file is): what
 * the queries hold may then be incomplete. A query takes at most 64 modules of each kind.
 */
bool alias_matcher_gave_up(const struct alias_matcher *matcher);

/*
 * fnmatch(3) without flags in the C locale, but with linear memory and without its exponential
 * time:
 * '*', '?', '[a-f]' with '!' or '^', backslash. Character classes ("[[:alpha:]]") are not known; no
 * alias has them.
 */
bool alias_pattern_matches(const char *pattern, size_t pattern_length, const char *text);

#endif
