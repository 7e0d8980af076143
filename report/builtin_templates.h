/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of templates/ inside the program, so that one copied file works. tools/embed-templates.sh writes the
 * list when the program is built. */
#ifndef VFIOKIT_BUILTIN_TEMPLATES_H
#define VFIOKIT_BUILTIN_TEMPLATES_H

#include "preflight/base.h"

struct builtin_template {
	const char *name; /* without ".mustache"; NULL ends the list */
	const char *text;
};

extern const struct builtin_template builtin_templates[];

#endif
