/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a rehearsal for people at a terminal, from their JSON and nothing else. */
#ifndef VFIOKIT_TEXT_REHEARSAL_H
#define VFIOKIT_TEXT_REHEARSAL_H

#include "terminal.h"

#include <json-c/json.h>

/* One line a step, group by group, with what a failed or untried one needs: the kernel's line, the
 * cause, what to do. brief: the steps that passed are only counted. */
void text_print_rehearsal(const struct text_style *style, json_object *steps, bool brief);

#endif
