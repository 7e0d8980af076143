/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of modprobe.d files, read the way libkmod and the kernel read it (kmod 30 and 34,
 * libkmod/libkmod-config.c, shared/util.c freadline_wrapped; modprobe.d(5)), and the small
 * languages inside its lines: module options, ids= of vfio-pci, softdep.
 *
 * All functions are pure. Results live in the arena; nothing here fails.
 */
#ifndef VFIOKIT_PARSE_MODPROBE_H
#define VFIOKIT_PARSE_MODPROBE_H

#include "preflight/facts/facts.h"

/*
 * Appends the logical lines of one file to lines. source is the path for origins.
 *
 * What libkmod does, and so does this:
 *  - a backslash at the end of a line joins the next one, also in a comment; before any other
 *    character it is dropped and the character stays
 *  - blank lines and lines whose first word starts with '#' say nothing; a '#' further on is text
 *  - a NUL ends the logical line
 *  - a carriage return before the line's end is NOT removed from a module's name: "blacklist
 *    nouveau" from a file with CRLF names the module "nouveau\r", which does not exist. The same
 * holds for an alias's module. From any other argument it is removed, because whoever reads that
 * (the kernel, softdep) takes it for a blank.
 *
 * origin.line is the first physical line; origin.text the logical line without blanks and carriage
 * returns at its ends. argument is "" where nothing follows: options, install, remove, softdep and
 * alias without an argument are syntax errors, which modprobe ignores, as are lines with module
 * NULL.
 */
void modprobe_parse(struct arena *arena, const char *source, const char *text, size_t length,
		    struct modprobe_lines *lines);

/* Modules' names as the kernel compares them: a copy with '-' turned into '_', but not between '['
 * and ']' (kmod underscores()). */
const char *modprobe_module_name(struct arena *arena, const char *name, size_t length);

/* One word of an options argument: a module parameter. */
struct module_option {
	const char *name;  /* before '=', as written */
	const char *value; /* behind '=', quotes around it removed; NULL without '=' */
};

struct module_options {
	struct module_option *items;
	size_t count, capacity;
};

/*
 * Splits the argument of an options line into module parameters. modprobe hands it to the kernel
 * as it stands, so the rules are those of the kernel command line (parse/cmdline.h): blanks
 * separate words, double quotes protect them, single quotes mean nothing, and "--" ends the list.
 * Where a parameter is given twice, also on several lines, the kernel sets it twice: the last one
 * counts. libkmod puts what the command line says (vfio-pci.ids=…) behind all lines.
 */
void modprobe_split_options(struct arena *arena, const char *argument,
			    struct module_options *ret_options);

/* The last parameter with this name ('-' and '_' alike), or NULL. */
const struct module_option *module_options_find(const struct module_options *options,
						const char *name);

/* One entry of vfio-pci's ids=. Fields that were not written are PCI_ANY_ID (0xffffffff), class and
 * mask 0, as the kernel fills them. Where valid is false only text means something. */
struct vfio_id {
	const char *text;
	bool valid;
	uint32_t vendor, device, subvendor, subdevice, class_code, class_mask;
};

struct vfio_ids {
	struct vfio_id *items;
	size_t count, capacity;
	bool too_long; /* 1024 bytes or more: the kernel refuses the parameter and the module */
};

/*
 * The list that vfio_pci_fill_ids() makes of ids= (drivers/vfio/pci/vfio_pci.c): entries between
 * commas, empty ones skipped, each "vendor:device[:subvendor:subdevice[:class[:mask]]]" in hex as
 * the kernel's sscanf() reads it (blanks and 0x before a number, anything after the last one). An
 * entry of which fewer than two numbers can be read is invalid: the kernel warns and goes on.
 */
void vfio_ids_parse(struct arena *arena, const char *value, struct vfio_ids *ret_ids);

/*
 * Whether the entry matches a function (pci_match_one_device()). Numbers that are not known are -1;
 * where the answer hangs on one of those it is UNKNOWN.
 */
enum truth vfio_id_matches(const struct vfio_id *id, int vendor, int device, int subvendor,
			   int subdevice, int class_code);

/* A softdep line's argument. Names are in '_' form. */
struct soft_dependencies {
	struct strings before; /* behind "pre:" */
	struct strings after;  /* behind "post:" */
	struct strings
		ignored; /* words before either, as written: "pre:vfio-pci" is one of those */
};

void modprobe_split_softdep(struct arena *arena, const char *argument,
			    struct soft_dependencies *ret_dependencies);

/* A weakdep line's argument (kmod 33 and later): names in '_' form. */
void modprobe_split_weakdep(struct arena *arena, const char *argument, struct strings *ret_names);

#endif
