/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the checks of the next boot ask alike. */
#ifndef VFIOKIT_CHECKS_BOOT_ASKED_H
#define VFIOKIT_CHECKS_BOOT_ASKED_H

#include "preflight/checks/check.h"

/* Whether the configuration asks for anything at all that a boot would have to bring. */
bool boot_anything_asked(const struct facts *facts);

/* The entry that boots next, or NULL. */
const struct boot_entry *boot_next_entry(const struct facts *facts);

/* The line of an entry that has its words: not the one where it begins. */
unsigned boot_words_line(const struct boot_entry *entry);

/* Words that somebody wrote for this host's loader, or that the next entry (whose words are next, or
 * NULL) has, and that this boot lacks. In the finding's arena. */
struct parameters boot_words_lacking_now(const struct facts *facts, struct finding *finding,
					 const struct parameters *next);

/* Quotes each word where it stands. */
void finding_evidence_words(struct finding *finding, const struct parameters *words);

/* The next boot is not known, because of the file that says why. */
void finding_unknown_boot(const struct facts *facts, struct finding *finding);

#endif
