/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lists of modules in a kernel's modules directory: modules.dep (depmod), modules.builtin (the
 * kernel's build), and /proc/modules. A module's name is what stands before ".ko" in its file's
 * name, with '-' turned into '_' (kmod shared/util.c path_to_modname()).
 */
#ifndef VFIOKIT_PARSE_MODULES_DEP_H
#define VFIOKIT_PARSE_MODULES_DEP_H

#include "preflight/arena.h"
#include "preflight/parse/lines.h"

/* A line that names a module. */
struct module_place {
	unsigned line;    /* 1… */
	struct span path; /* of the module's file as the list has it, inside the text */
};

/* Looks a module ('_' form) up in modules.dep or modules.builtin; false where it is not listed. */
bool modules_list_find(const char *text, size_t length, const char *module,
		       struct module_place *ret_place);

/* Appends the names of all modules that modules.dep or modules.builtin lists, '_' form. */
void modules_list_names(struct arena *arena, const char *text, size_t length,
			struct strings *ret_names);

/* Appends the names of the modules in /proc/modules, but for those that are being unloaded. */
void loaded_modules_parse(struct arena *arena, const char *text, size_t length,
			  struct strings *ret_names);

#endif
