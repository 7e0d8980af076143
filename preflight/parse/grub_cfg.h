/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GRUB's configuration, read as GRUB's script interpreter would run it, as far as what is known here
 * decides. Sources: GRUB 2.06 and 2.12 grub-core/script/{yylex.l,parser.y,execute.c},
 * grub-core/normal/menu.c (the default entry), grub-core/lib/cmdline.c (how a command line is put
 * together), util/grub.d; Fedora's blscfg.c.
 *
 *  - Conditions are evaluated where all that they look at is known. Of an if that cannot be decided
 *    both branches are read; what depends on it is marked.
 *  - Quotes are GRUB's: an unquoted ';' ends the command, and the words behind it are lost to the kernel.
 *    A command with an unquoted '&', '|', '<' or '>' is a syntax error: the menu entry around it does
 *    not exist.
 *  - Functions are not called; what they set is unknown afterwards.
 *
 * Pure; results live in the arena. Nesting, words and work are bounded, what is beyond is not read
 * and told in broken.
 */
#ifndef VFIOKIT_PARSE_GRUB_CFG_H
#define VFIOKIT_PARSE_GRUB_CFG_H

#include "preflight/facts/facts.h"
#include "preflight/parse/grubenv.h"

/* A Boot Loader Specification entry that the command blscfg would show. */
struct grub_bls_entry {
	const char *id, *title;
};

/* What a script finds when it starts. */
struct grub_input {
	/* What load_env would load. NULL with environment_known YES: there is no such file. */
	const struct grub_variables *environment;
	enum truth environment_known;
	const char *platform;             /* "efi" or "pc"; NULL not known */
	const char *prefix;               /* the folder that GRUB's files are in; NULL not known */
	const struct grub_bls_entry *bls; /* in GRUB's order, bls_count of them */
	size_t bls_count;
};

/* A menu entry or a submenu. */
struct grub_item {
	const char *title;   /* never NULL */
	const char *id;      /* NULL none */
	const char *section; /* the file of /etc/grub.d it was made by; NULL not told */
	size_t parent;       /* index + 1 of the submenu around it; 0 top */
	size_t bls;          /* index + 1 of the BLS entry that it stands for; 0 none */
	bool submenu;
	bool conditional; /* it is there only if something that is not known here holds */
	bool foreign;     /* os-prober found it: another system's */
	unsigned line;    /* of the menuentry command */

	const char *kernel;      /* path of the command linux, as GRUB sees it; NULL none */
	unsigned kernel_line;    /* of that command */
	struct parameters words; /* what the kernel gets, BOOT_IMAGE= left out */
	const char *cmdline;     /* the same as one text; NULL without kernel */
	bool incomplete;         /* words that depend on what is not known are left out */
	struct strings initrds;  /* paths of the command initrd */
	const char *hypervisor;  /* path of the command multiboot: Xen; NULL none */
	const char *chainload;   /* what chainloader or configfile goes on with; NULL none */
	const char *search_uuid; /* of the file system that it looks for; NULL none */
};

struct grub_items {
	struct grub_item *items;
	size_t count, capacity;
};

struct grub_setting {
	const char *name, *value;
	bool certain;
};

struct grub_settings {
	struct grub_setting *items;
	size_t count, capacity;
};

struct grub_menu {
	struct grub_items items;
	struct grub_settings variables; /* at the end of the script; the last of a name counts */
	struct strings configfiles; /* paths that the script as a whole goes on with (a stub's) */
	const char *search_uuid; /* file system that the last search outside entries looked for */
	bool reads_bls;          /* the command blscfg is there */
	bool environment_loaded, environment_known;
	struct origin broken; /* the first syntax error; source NULL none */
};

/* Reads the bytes of one file. source becomes the origins' path. */
void grub_cfg_parse(struct arena *arena, const char *source, const char *data, size_t length,
		    const struct grub_input *input, struct grub_menu *ret_menu);

/* The variable's value, "" where it is not set; NULL where it is not known. */
const char *grub_menu_variable(const struct grub_menu *menu, const char *name);

/*
 * The entry that starts when nobody chooses, as the variable "default" names it (number, title or id,
 * "submenu>entry"): index + 1; 0 where it cannot be told or the menu is empty.
 */
size_t grub_menu_default(const struct grub_menu *menu);

/* text with its variables expanded as blscfg does it: "$name" becomes the value, or nothing where it
 * is not set. *ret_incomplete becomes true where a value is not known, else it is left alone. */
const char *grub_menu_expand(struct arena *arena, const struct grub_menu *menu, const char *text,
			     bool *ret_incomplete);

#endif
