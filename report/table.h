/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device table of `vfiokit list`, drawn by libsmartcols. */
#ifndef VFIOKIT_TABLE_H
#define VFIOKIT_TABLE_H

#include "names.h"
#include "preflight/error.h"
#include "text.h"

/* Prints all devices, or the targets where there are any. -errno with words when libsmartcols
 * fails. */
int table_print_devices(const struct facts *facts, struct names *names,
			const struct text_style *style, struct error *error);

#endif
