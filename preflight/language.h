/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts for people, in their language (gettext, domain "vfiokit", catalogues po/LANGUAGE.po). Every text is written
 * in English where it is needed: N_("…") (base.h) marks one that stands in a table, _("…") also translates it, P_()
 * takes the form for a number. What machines read, what is compared and what lies on a disk stays English: JSON, the
 * other reports for programs, the journal, captures, files of the host, quoted evidence.
 *
 * Without language_for_people() every text comes back as it is.
 */
#ifndef VFIOKIT_LANGUAGE_H
#define VFIOKIT_LANGUAGE_H

#include "preflight/base.h"

/*
 * From here on texts are translated as LC_MESSAGES (and LANGUAGE) ask for, with catalogues below folder
 * (folder/ko/LC_MESSAGES/vfiokit.mo). Reads the catalogue now: later the program may have given up opening files.
 * Does nothing where the character set (LC_CTYPE, set by the caller) is not UTF-8.
 */
void language_for_people(const char *folder);

/* From here on texts stay English. */
void language_for_machines(void);

/* The text in the people's language; the text itself where there is no translation, NULL for NULL. */
const char *translated(const char *text) __attribute__((__format_arg__(1)));

/* The same for a text that counts: the form for count things. */
const char *translated_count(const char *one, const char *many, unsigned long count)
	__attribute__((__format_arg__(1), __format_arg__(2)));

#define _(text)               translated(text)
#define P_(one, many, number) translated_count(one, many, number)

#endif
