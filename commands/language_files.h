/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the catalogues of translations are, and which output is translated. */
#ifndef VFIOKIT_LANGUAGE_FILES_H
#define VFIOKIT_LANGUAGE_FILES_H

#include "command.h"

/* Texts in the people's language from here on. The catalogues are those that are installed with the program; a program
 * that runs from elsewhere has none, unless VFIOKIT_LOCALES names a folder (ignored where privileges were gained). */
void language_files_begin(void);

/* Whether what the command prints is for people: not JSON, no report for programs, no template of the user's own, and
 * nothing of handover, whose output becomes configuration. */
bool command_is_for_people(const struct command *command, const struct settings *settings);

#endif
