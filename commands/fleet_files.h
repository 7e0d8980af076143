/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that one report of many hosts is made of. */
#ifndef VFIOKIT_FLEET_FILES_H
#define VFIOKIT_FLEET_FILES_H

#include "command.h"

#include <json-c/json.h>

/* Whether these names mean a fleet: several, or a folder. */
bool fleet_files_meant(const char *const *names, size_t count);

/*
 * Reads each file, and of each folder every *.json in it (no deeper, no hidden ones), one after the other, and makes the
 * report (report/fleet.h). What cannot be read is listed in it. A file that is named twice counts once. Says on a terminal's
 * standard error how far it is. 0, or -errno with words: a folder cannot be read or holds no such file, or no file
 * at all holds a report. The caller owns the report.
 */
int fleet_files_read(const struct settings *settings, json_object **ret_report,
		     struct error *error);

#endif
