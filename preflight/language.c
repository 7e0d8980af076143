/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/language.h"

#include <langinfo.h>
#include <libintl.h>
#include <locale.h>

#define DOMAIN "vfiokit"

void language_for_people(const char *folder)
{
	const char *language = getenv("LANGUAGE");

	/* A list of names, never a path to a catalogue of somebody's own. */
	if (language && strchr(language, '/'))
		return;
	if (!streq(nl_langinfo(CODESET), "UTF-8") || !setlocale(LC_MESSAGES, ""))
		return;
	if (!bindtextdomain(DOMAIN, folder) || !bind_textdomain_codeset(DOMAIN, "UTF-8") ||
	    !textdomain(DOMAIN)) {
		language_for_machines();
		return;
	}
	/* The first text that is looked up makes the library read the catalogue. */
	(void)translated(N_("READY"));
}

void language_for_machines(void)
{
	(void)setlocale(LC_MESSAGES, "C");
}

/* An empty text is the name of a catalogue's head. */
const char *translated(const char *text)
{
	return text && *text ? gettext(text) : text;
}

const char *translated_count(const char *one, const char *many, unsigned long count)
{
	return ngettext(one, many, count);
}
