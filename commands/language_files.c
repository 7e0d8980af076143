/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "language_files.h"
#include "template_files.h"

/* The Makefile says where `make install` puts them. */
#ifndef VFIOKIT_LOCALES
#define VFIOKIT_LOCALES "/usr/local/share/locale"
#endif

void language_files_begin(void)
{
	const char *named = secure_getenv("VFIOKIT_LOCALES");

	if (named && *named)
		language_for_people(named);
	else if (program_is_installed())
		language_for_people(VFIOKIT_LOCALES);
}

bool command_is_for_people(const struct command *command, const struct settings *settings)
{
	static const char *const for_people[] = {"text", "html", "markdown"};

	if (settings->help)
		return true;
	if (settings->template || command == &command_handover)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(for_people); i++)
		if (streq(settings->format, for_people[i]))
			return true;
	return !settings->format;
}
