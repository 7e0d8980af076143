/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Variables that a shell script sets, read without running it: /etc/default/grub and its drop-ins,
 * /etc/default/limine, /etc/default/u-boot and whatever else a generator sources.
 *
 * What is understood: every way of quoting ($'…' without escapes only), "NAME=value", "NAME+=value" (bash only), "NAME[key]=value",
 * "NAME=(a b c)", export and its kin, unset, $NAME and ${NAME} (with :- - :+ +) of variables set
 * before, comments, joined lines, several commands on a line. What a command, an arithmetic
 * expression or an unset variable would give stays unknown, and so does what is set inside if, case,
 * a loop, a function or behind && and ||, except for words that are there either way.
 *
 * Source: POSIX.1-2017 Shell Command Language; bash(1) for += and arrays; dash(1), in which
 * "NAME+=x" is a command that does not exist.
 *
 * All functions are pure. Results live in the arena; nothing here fails. Work and memory are bounded:
 * values beyond SHELL_VALUE_LIMIT bytes become unknown, and a script that needs more than
 * SHELL_WORK_LIMIT is read no further and is opaque.
 */
#ifndef VFIOKIT_PARSE_SHELL_H
#define VFIOKIT_PARSE_SHELL_H

#include "preflight/facts/facts.h"

enum {
	SHELL_VALUE_LIMIT = 8 * 1024, /* twice what the kernel takes */
	SHELL_WORK_LIMIT = 16 * 1024 * 1024,
};

/* A run of characters of a value, and who wrote it. */
struct shell_piece {
	const char *text; /* not NUL-terminated */
	size_t length;
	size_t assignment; /* index into the script's assignments of the one that it stands in */
	struct origin
		origin; /* the physical line that it stands in; source NULL for defined values */
	bool unknown;   /* text is the source of something whose result is not known */
};

struct shell_pieces {
	struct shell_piece *items;
	size_t count, capacity;
};

/* One assignment, in the order in which the shell carries them out. */
struct shell_assignment {
	const char *name; /* "GRUB_CMDLINE_LINUX", "KERNEL_CMDLINE[default]" */
	struct shell_pieces
		pieces;       /* the whole value, what it took over from earlier ones included */
	struct origin origin; /* the line where it begins */
	bool unset;           /* "unset NAME" */
	/* Where the value stands in the bytes of its file, parentheses included: [start, end). */
	size_t value_start, value_end;
	bool appends;   /* NAME+=value */
	bool array;     /* (a b c) */
	bool uncertain; /* inside if, case, a function, or behind && and || */
};

struct shell_assignments {
	struct shell_assignment *items;
	size_t count, capacity;
};

struct shell_script {
	struct shell_assignments assignments;
	/* The first thing that makes the shell give the file up: a quote that is not closed, "NAME = x",
	 * "NAME+=x" outside bash. source NULL: none found. */
	struct origin broken;
	/* Something was run that may set anything: ".", eval, a here-document; or the script is too long
	 * to be read to its end. */
	bool opaque;
	size_t work; /* roughly the bytes of memory used so far */
};

/*
 * Appends what one file sets; call it again with the same script for each file that is sourced after
 * it. source becomes the origins' path. bash: the shell that reads it knows += and arrays.
 */
void shell_parse(struct arena *arena, const char *source, const char *text, size_t length,
		 bool bash, struct shell_script *script);

/* Sets a variable that is there before the first file is read. */
void shell_define(struct arena *arena, struct shell_script *script, const char *name,
		  const char *value);

/* The assignment that is in force at the end, or NULL where the variable is not set. */
const struct shell_assignment *shell_find(const struct shell_script *script, const char *name);

/* The value as text, or NULL where a part of it is not known. */
const char *shell_value(struct arena *arena, const struct shell_assignment *assignment);

/* Whether a part of the value is not known. */
bool shell_is_partly_unknown(const struct shell_assignment *assignment);

/*
 * Appends the value's words, split as a kernel command line, each with the origin of its first
 * character. Words with an unknown part are left out.
 */
void shell_words(struct arena *arena, const struct shell_assignment *assignment,
		 struct parameters *ret_parameters);

/* The same, but only the words that this assignment brought itself, not those that it took over. */
void shell_own_words(struct arena *arena, const struct shell_script *script, size_t index,
		     struct parameters *ret_parameters);

/* Whether the assignment still counts at the end of the script: it is the last one of its variable,
 * or that one took its value over. */
bool shell_is_in_force(const struct shell_script *script, size_t index);

#endif
