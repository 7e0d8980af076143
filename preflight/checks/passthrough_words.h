/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a kernel command line that passthrough is about. */
#ifndef VFIOKIT_PASSTHROUGH_WORDS_H
#define VFIOKIT_PASSTHROUGH_WORDS_H

#include "preflight/facts/facts.h"

/* Whether the word switches the IOMMU, configures a VFIO module, keeps host drivers away, frees the
 * boot framebuffer or changes ACS: what guides and vfiokit itself write. */
bool word_is_passthrough(const struct parameter *word);

/* Whether the command line holds the same word (text compared; '-' and '_' alike in the name). */
bool words_hold(const struct parameters *words, const struct parameter *word);

/* The passthrough words of `wanted` that `present` lacks, in order. */
struct parameters words_missing(struct arena *arena, const struct parameters *wanted,
				const struct parameters *present);

/* Their texts, separated by blanks. */
const char *words_text(struct arena *arena, const struct parameters *words);

/*
 * The name that was meant by a passthrough word that no kernel knows ("vfio-pci-ids=" for
 * "vfio-pci.ids="), or NULL.
 */
const char *word_meant(const struct parameter *word);

#endif
