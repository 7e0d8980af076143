/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by parse/grub_word.c (words and variables), parse/grub_cfg.c (commands and blocks) and
 * parse/grub_command.c (what each command does).
 */
#ifndef VFIOKIT_PARSE_GRUB_READER_H
#define VFIOKIT_PARSE_GRUB_READER_H

#include "preflight/parse/grub_cfg.h"

enum {
	GRUB_VALUE_LIMIT = 8 * 1024,
	GRUB_WORK_LIMIT = 64 * 1024 * 1024, /* bytes of memory, roughly */
	GRUB_ITEMS_LIMIT = 4096,
	GRUB_DEPTH_LIMIT = 32,
};

/* Whether the commands being read are carried out. */
enum grub_mode {
	GRUB_RUN,
	GRUB_MAYBE,
	GRUB_SKIP,
	GRUB_FUNCTION, /* the body of a function: later, if at all */
};

struct grub_word {
	const char *text;
	unsigned line;
	bool certain; /* no unknown value in it */
	bool plain;   /* no quotes and no variables: may be a keyword */
};

struct grub_words {
	struct grub_word *items;
	size_t count, capacity;
};

/* What ended the words of a command. */
enum grub_token {
	GRUB_TOKEN_END, /* newline, ';' */
	GRUB_TOKEN_OPEN,
	GRUB_TOKEN_CLOSE,
	GRUB_TOKEN_KEYWORD, /* the first word is one; the words behind it are not read yet */
	GRUB_TOKEN_FILE_END,
};

struct grub_reader {
	struct arena *arena;
	const char *source;
	const char *text;
	size_t length, position;
	unsigned line;
	const struct grub_input *input;
	struct grub_menu *menu;
	const char *section;
	enum grub_mode mode;
	enum truth status; /* of the last command, for if */
	size_t parent;     /* index + 1 of the submenu that is open */
	size_t entry;      /* index + 1 of the menu entry that is open */
	size_t scope;      /* variables from here on belong to the entry that is open */
	unsigned depth;    /* of blocks */
	bool error;        /* a syntax error in the outermost command being read */
	size_t work;
};

/* Reads the words up to the next token, with quotes removed and variables expanded. */
enum grub_token grub_read_words(struct grub_reader *reader, struct grub_words *ret_words);

/* Notes a syntax error in this line. */
void grub_set_error(struct grub_reader *reader, unsigned line);

/* Notes that about so many bytes more were used; ends the reading where it becomes too much. */
void grub_charge(struct grub_reader *reader, size_t bytes);

/* Looks a variable up. *ret_certain is false where the value (then a guess) is not known. Never NULL. */
const char *grub_variable(const struct grub_reader *reader, const char *name, bool *ret_certain);
void grub_set(struct grub_reader *reader, const char *name, const char *value, bool certain);

/* Carries a simple command out: sets variables, the status, and what the open entry boots. */
void grub_run_command(struct grub_reader *reader, const struct grub_words *words);

#endif
