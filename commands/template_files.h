/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where templates are: the folder of the user's own template, then $VFIOKIT_TEMPLATES or, for the installed program, the
 * installed folder, then the program itself. A program that was copied or not installed uses only what is in
 * it, so a template of another version is never mixed with it.
 */
#ifndef VFIOKIT_TEMPLATE_FILES_H
#define VFIOKIT_TEMPLATE_FILES_H

#include "report/template.h"

enum { TEMPLATE_SIZE_LIMIT = 1024 * 1024 };

struct template_files {
	const char *beside;    /* the user's template; NULL: none */
	const char *installed; /* a folder; NULL: none */
};

/* beside may be NULL and must outlive the result. */
struct template_files template_files_here(struct arena *arena, const char *beside);

/* A source over files, for template_render(); context is a struct template_files. Names are letters, digits and
 * "._-" and begin with none of those three: they never lead into another folder. */
int template_files_find(const void *context, struct arena *arena, const char *name,
			struct bytes *ret_text, struct error *error);

/* Whether the program runs from where `make install` has put it. */
bool program_is_installed(void);

#endif
