/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lossless edits: the bytes of a configuration file in, the bytes of the changed one out. Only the
 * range that must change is touched; comments, blanks, quoting, line ends (LF or CRLF, a last line
 * without one) and everything else stay as they were. One file for each language (edit_*.c).
 *
 * All of them are pure. Results live in the arena. An edit that finds nothing to do gives back the
 * same bytes. Each refuses (-ENOTSUP, with words) rather than guess: where what must change is
 * computed by the shell, or the file is broken.
 */
#ifndef VFIOKIT_EDIT_H
#define VFIOKIT_EDIT_H

#include "preflight/facts/facts.h"
#include "preflight/parse/bls.h"

enum word_action {
	WORD_ADD,    /* at the end, unless the list holds the same word already */
	WORD_REMOVE, /* every occurrence of the same word */
	/* The first occurrence becomes `with`, further ones go; all go where `with` is there already.
	 * None: `with` is added. */
	WORD_REPLACE,
	/* As WORD_ADD, but in front of all others (MODULES= of mkinitcpio); several keep their order. A word
	 * that is there stays in its place: remove it first. */
	WORD_FIRST,
};

/* One change to a list of words. Kernel arguments compare as the kernel does: '-' and '_' alike in
 * the name, the value exactly. */
struct word_change {
	enum word_action action;
	const char *word, *with; /* with: WORD_REPLACE only */
};

struct word_changes {
	struct word_change *items;
	size_t count, capacity;
};

/* -- shell assignments: /etc/default/grub, drop-ins, dracut.conf, mkinitcpio.conf, limine ---------- */

enum shell_dialect {
	EDIT_SHELL_POSIX,      /* read by sh */
	EDIT_SHELL_BASH,       /* arrays and += */
	EDIT_SHELL_BASH_ARRAY, /* the same, and a new assignment is an array: mkinitcpio's lists */
};

/*
 * Changes the words of variable's value in the assignment that is in force at the end of the file:
 * inside its quotes ('…', "…", unquoted words, concatenations), inside the array's parentheses, or, for
 * +=, in the last one that can hold the word. Where no assignment is there, a line is appended:
 * VARIABLE="words"; `append` makes it VARIABLE="$VARIABLE words" (POSIX) or VARIABLE+=" words "
 * (BASH). Words that need quoting for the file (and, for GRUB, again in grub.cfg, where ';', '&', '$',
 * '{', '}' mean something) are quoted so that they come out whole; a removal looks through such quotes.
 * Words stand in front of "--". A word that is there, but that GRUB would cut (';' outside quotes), is
 * quoted where it stands. A new line ends with LF in any file: CR would be part of the value.
 *
 * -ENOTSUP: the value to be changed stands inside if/case/a function, comes from $(…), backquotes or
 * another variable that hold the word, GRUB would cut the value in front of a new word, the file does
 * not parse or sources another one, or the parser does not find exactly the wanted words in the result.
 * What is computed and need not change stays untouched. -EINVAL: a change is not one word.
 *
 * Adding and then removing a word gives the old bytes, but for a value without quotes (it keeps them),
 * a line that was appended (it stays, empty), and NAME+="" (its blanks stay).
 */
int edit_shell_words(struct arena *arena, struct bytes text, enum shell_dialect dialect,
		     const char *variable, const struct word_changes *changes, bool append,
		     struct bytes *ret_text, struct error *error);

/* Sets a variable to exactly this value (GRUB_DEFAULT=…): in place, or appended. */
int edit_shell_set(struct arena *arena, struct bytes text, enum shell_dialect dialect,
		   const char *variable, const char *value, struct bytes *ret_text,
		   struct error *error);

/* -- a file that is a command line: /etc/kernel/cmdline ---------------------------------------------- */

/*
 * Lines that begin with '#' are comments, the others are joined by blanks. first_line_only: only the
 * first line is read (proxmox-boot-tool); words are then added to that line alone. An empty or missing
 * file is refused (-ENODATA), and so is a removal of all words: it would boot without root=.
 */
int edit_cmdline(struct arena *arena, struct bytes text, bool first_line_only,
		 const struct word_changes *changes, struct bytes *ret_text, struct error *error);

/* -- Boot Loader Specification entries and syslinux -------------------------------------------------- */

/* The `options` lines of one entry file that its reader takes (GRUB: the first one only): words are
 * added to the last of them, removed from all; an entry without one gets one behind its kernel's line.
 * "$kernelopts" and other variables stay as they are. GRUB reads the line as it reads grub.cfg (Fedora's
 * blscfg.c, 2.14's blsuki.c: bls_create_entry()), so words are quoted for it as there. -ENODATA: the entry
 * starts no Linux kernel. -ENOTSUP: GRUB would not hand the word over as it is. */
int edit_bls_options(struct arena *arena, struct bytes text, enum bls_reader reader,
		     const struct word_changes *changes, struct bytes *ret_text,
		     struct error *error);

/* Puts a text behind the title of an entry file, unless the title ends with it; an entry without a title
 * stays as it is. */
int edit_bls_title(struct arena *arena, struct bytes text, const char *suffix,
		   struct bytes *ret_text);

/* The `append` lines of syslinux/extlinux labels that boot a Linux kernel of this system (all labels
 * but those whose LINUX/KERNEL is a .c32, memtest or chain loader). Global APPEND: changed where a
 * label has none of its own. */
int edit_syslinux_append(struct arena *arena, struct bytes text, const struct word_changes *changes,
			 struct bytes *ret_text, struct error *error);

/* -- modprobe.d ---------------------------------------------------------------------------------------- */

enum modprobe_change_kind {
	/* "options MODULE NAME=VALUE": the last such option of the file, which counts, gets this value where
	 * it stands; other options of that line stay, but not the rest of a list that was written with
	 * blanks ("ids=10de:1, 10de:2"). A new line where there is none. value NULL: all are removed. */
	MODPROBE_SET_OPTION,
	MODPROBE_ADD_LINE, /* a whole line ("softdep nouveau pre: vfio-pci"), unless it stands there */
	MODPROBE_REMOVE_LINE, /* the logical line that starts at physical line `line` */
};

struct modprobe_change {
	enum modprobe_change_kind kind;
	const char *module, *name, *value; /* MODPROBE_SET_OPTION */
	const char *text;                  /* MODPROBE_ADD_LINE */
	unsigned line;                     /* MODPROBE_REMOVE_LINE */
};

struct modprobe_changes {
	struct modprobe_change *items;
	size_t count, capacity;
};

/* Line numbers are those of the text given; changes are carried out as if at once. New lines end with LF
 * in any file: CR would be part of a module's name. */
int edit_modprobe(struct arena *arena, struct bytes text, const struct modprobe_changes *changes,
		  struct bytes *ret_text, struct error *error);

/* -- lists of one word a line: /etc/initramfs-tools/modules, modules-load.d ------------------------------ */

/* Adds each line that is not there (first word compared, '-' and '_' alike), behind the others. A last
 * line without an end gets one. Both: -ENOTSUP for a NUL byte, -EINVAL for what is not one line. */
int edit_lines_add(struct arena *arena, struct bytes text, const struct strings *lines,
		   struct bytes *ret_text);
/* Removes each line whose first word is this one. */
int edit_lines_remove(struct arena *arena, struct bytes text, const struct strings *words,
		      struct bytes *ret_text);

/* -- booster.yaml ------------------------------------------------------------------------------------------ */

/* Adds modules to the front of the comma list of a top-level key ("modules_force_load"), or the key.
 * Names are written with '_', the only spelling that booster finds. -ENOTSUP: the key's value is no plain
 * scalar on its line. */
int edit_booster_list(struct arena *arena, struct bytes text, const char *key,
		      const struct strings *modules, struct bytes *ret_text, struct error *error);

/* -- showing ------------------------------------------------------------------------------------------------- */

/* A unified diff with three lines of context, path on both label lines ("/dev/null" for a file that is not
 * there), without times. "" where both are equal; as diff has it, one line where a text holds NUL bytes.
 * Bytes that a terminal would act on are not the diff's concern. */
const char *edit_unified_diff(struct arena *arena, const char *path, bool before_exists,
			      struct bytes before, bool after_exists, struct bytes after);

#endif
