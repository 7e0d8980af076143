/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a fleet for people at a terminal. */
#ifndef VFIOKIT_TEXT_FLEET_H
#define VFIOKIT_TEXT_FLEET_H

#include "terminal.h"

#include <json-c/json.h>

/* Prints what view_of_fleet() gave. quiet: the verdict and the counts only. */
void text_print_fleet(const struct text_style *style, json_object *view, bool quiet);

#endif
