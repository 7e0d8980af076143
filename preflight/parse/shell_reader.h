/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by parse/shell.c (commands and assignments), parse/shell_word.c (words and quotes) and
 * parse/shell_value.c (what variables hold).
 */
#ifndef VFIOKIT_PARSE_SHELL_READER_H
#define VFIOKIT_PARSE_SHELL_READER_H

#include "preflight/parse/shell.h"

/* One file while it is read. text lives as long as the arena: pieces point into it. */
struct shell_reader {
	struct arena *arena;
	const char *source;
	const char *text;
	size_t length, position;
	unsigned line;      /* of position, 1… */
	struct origin here; /* the line it was last asked for */
	bool bash;
	struct shell_script *script;
	unsigned depth, parentheses; /* compound commands that are open; of them "(" */
	bool maybe;                  /* behind && or ||, or in a pipeline */
	size_t value_size;           /* characters of the value being read */
};

static inline bool shell_at_end(const struct shell_reader *reader)
{
	return reader->position >= reader->length;
}

/* The character that is offset ahead; a newline behind the last one. */
static inline char shell_peek(const struct shell_reader *reader, size_t offset)
{
	size_t left = reader->length - reader->position;

	return offset < left ? reader->text[reader->position + offset] : '\n';
}

/* Moves one character on and counts lines. */
static inline void shell_advance(struct shell_reader *reader)
{
	if (reader->text[reader->position++] == '\n')
		reader->line++;
}

/* Whether an unquoted c ends a word. */
bool shell_ends_word(char c);

/* Skips blanks, tabs and joined line ends. */
void shell_skip_blanks(struct shell_reader *reader);

/* The origin of the line that position stands in. */
struct origin shell_here(struct shell_reader *reader);

/* Reads one word, quotes removed and variables expanded, and appends it to pieces. assignment is
 * what the pieces are said to stand in. */
void shell_read_word(struct shell_reader *reader, size_t assignment, struct shell_pieces *pieces);

/* Appends a piece unless the value has become too long. */
void shell_add_piece(struct shell_reader *reader, struct shell_pieces *pieces,
		     struct shell_piece piece);

/* Appends whatever the variable holds now; something unknown where it was never set. */
void shell_add_variable(struct shell_reader *reader, size_t assignment, struct shell_pieces *pieces,
			const char *name, size_t length);

/* Notes that about so many bytes more were used; ends the reading where it becomes too much. */
void shell_charge(struct shell_reader *reader, size_t bytes);

/* Remembers the first thing that stops the shell. */
void shell_set_broken(struct shell_reader *reader, struct origin where);

/*
 * What a variable holds where one cannot tell whether the assignment is carried out: the words that
 * it has either way, and something unknown.
 */
struct shell_pieces shell_merge_values(struct shell_reader *reader,
				       const struct shell_assignment *old,
				       const struct shell_pieces *new);

#endif
