/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/shell_reader.h"

/* -- assignments ----------------------------------------------------------------------------- */

static struct shell_assignment *add_assignment(struct shell_reader *reader, const char *name,
					       size_t length, struct origin origin)
{
	struct shell_assignment *assignment =
		ARRAY_ADD(reader->arena, &reader->script->assignments);

	/* Names are compared with each other. */
	shell_charge(reader, 4096);
	assignment->name = arena_copy(reader->arena, name, length);
	assignment->origin = origin;
	return assignment;
}

void shell_define(struct arena *arena, struct shell_script *script, const char *name,
		  const char *value)
{
	struct shell_assignment *assignment = ARRAY_ADD(arena, &script->assignments);

	assignment->name = arena_strdup(arena, name);
	if (*value)
		*ARRAY_ADD(arena, &assignment->pieces) = (struct shell_piece){
			.text = arena_strdup(arena, value),
			.length = strlen(value),
			.assignment = script->assignments.count - 1,
		};
}

static bool is_uncertain(const struct shell_reader *reader)
{
	return reader->depth || reader->maybe;
}

static struct shell_assignment *assign(struct shell_reader *reader, const char *name, size_t length,
				       struct origin origin, struct shell_pieces pieces)
{
	const char *text = arena_copy(reader->arena, name, length);
	const struct shell_assignment *old = shell_find(reader->script, text);
	static const struct shell_assignment nothing;
	struct shell_assignment *assignment;

	if (is_uncertain(reader))
		pieces = shell_merge_values(reader, old ? old : &nothing, &pieces);
	assignment = add_assignment(reader, name, length, origin);
	assignment->pieces = pieces;
	assignment->uncertain = is_uncertain(reader);
	return assignment;
}

/* (a b c): the elements with a blank between each two. */
static void read_array(struct shell_reader *reader, size_t index, struct shell_pieces *pieces)
{
	struct origin where = shell_here(reader);
	struct shell_piece blank = {.text = " ", .length = 1, .assignment = index};

	if (!reader->bash)
		shell_set_broken(reader, where);
	shell_advance(reader);
	while (!shell_at_end(reader)) {
		char c = shell_peek(reader, 0);
		size_t before = reader->position;

		if (c == ')') {
			shell_advance(reader);
			return;
		}
		if (c == '#') {
			while (!shell_at_end(reader) && shell_peek(reader, 0) != '\n')
				shell_advance(reader);
			continue;
		}
		if (pieces->count && !shell_ends_word(c))
			shell_add_piece(reader, pieces, blank);
		shell_read_word(reader, index, pieces);
		if (reader->position == before)
			shell_advance(reader);
	}
	shell_set_broken(reader, where);
}

/* How long "NAME" or "NAME[key]" is that stands at position; 0 where none does. */
static size_t measure_target(const struct shell_reader *reader)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t length = 0;

	while (shell_peek(reader, length) &&
	       (strchr(letters, shell_peek(reader, length)) ||
		(length && strchr("0123456789", shell_peek(reader, length)))))
		length++;
	if (!length || !reader->bash || shell_peek(reader, length) != '[')
		return length;
	for (size_t i = length + 1;; i++) {
		char c = shell_peek(reader, i);

		if (c == ']')
			return i + 1;
		if (c != '-' && c != '*' && shell_ends_word(c))
			return length;
	}
}

/* NAME=value or NAME+=value at position; false where there is none, nothing read. */
static bool read_assignment(struct shell_reader *reader)
{
	const char *name = reader->text + reader->position;
	size_t length = measure_target(reader), index = reader->script->assignments.count;
	bool append = length && shell_peek(reader, length) == '+';
	bool array;
	struct origin where;
	struct shell_pieces pieces = {0};
	struct shell_assignment *assignment;
	size_t start;

	if (!length || shell_peek(reader, length + append) != '=')
		return false;
	where = shell_here(reader);
	if (append && !reader->bash) {
		shell_set_broken(reader, where);
		return false;
	}
	reader->value_size = 0;
	start = reader->position += length + append + 1;
	if (append && shell_find(reader->script, arena_copy(reader->arena, name, length)))
		shell_add_variable(reader, index, &pieces, name, length);
	array = shell_peek(reader, 0) == '(';
	if (array)
		read_array(reader, index, &pieces);
	else
		shell_read_word(reader, index, &pieces);
	assignment = assign(reader, name, length, where, pieces);
	assignment->value_start = start;
	assignment->value_end = reader->position;
	assignment->appends = append;
	assignment->array = array;
	return true;
}

/* -- commands -------------------------------------------------------------------------------- */

enum word_kind {
	WORD_COMMAND,
	WORD_KEYWORD,    /* a command follows: then, do, ! */
	WORD_OPENS,      /* the same, and something is open until WORD_CLOSES: if, while, { */
	WORD_OPENS_LIST, /* the same, but words follow: for, case */
	WORD_CLOSES,
	WORD_FUNCTION,
	WORD_DECLARES, /* assignments follow: export */
	WORD_UNSETS,
	WORD_OPAQUE, /* it may set anything: ".", eval */
};

static enum word_kind classify(const char *word, size_t length)
{
	static const struct {
		const char *word;
		enum word_kind kind;
	} words[] = {
		{"then", WORD_KEYWORD},      {"else", WORD_KEYWORD},
		{"elif", WORD_KEYWORD},      {"do", WORD_KEYWORD},
		{"!", WORD_KEYWORD},         {"if", WORD_OPENS},
		{"while", WORD_OPENS},       {"until", WORD_OPENS},
		{"{", WORD_OPENS},           {"for", WORD_OPENS_LIST},
		{"case", WORD_OPENS_LIST},   {"select", WORD_OPENS_LIST},
		{"fi", WORD_CLOSES},         {"done", WORD_CLOSES},
		{"esac", WORD_CLOSES},       {"}", WORD_CLOSES},
		{"function", WORD_FUNCTION}, {"export", WORD_DECLARES},
		{"readonly", WORD_DECLARES}, {"declare", WORD_DECLARES},
		{"typeset", WORD_DECLARES},  {"local", WORD_DECLARES},
		{"unset", WORD_UNSETS},      {".", WORD_OPAQUE},
		{"source", WORD_OPAQUE},     {"eval", WORD_OPAQUE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i].word) == length && memcmp(words[i].word, word, length) == 0)
			return words[i].kind;
	return WORD_COMMAND;
}

/* Skips a redirection with its target. What a here-document holds is no command. */
static void skip_redirection(struct shell_reader *reader)
{
	struct shell_pieces ignored = {0};

	if (shell_peek(reader, 0) == '<' && shell_peek(reader, 1) == '<' &&
	    shell_peek(reader, 2) != '<') {
		reader->script->opaque = true;
		reader->position = reader->length;
		return;
	}
	while (!shell_at_end(reader) && strchr("<>&|", shell_peek(reader, 0)))
		shell_advance(reader);
	shell_skip_blanks(reader);
	shell_read_word(reader, SIZE_MAX, &ignored);
}

/* A name in capitals: what people mean to be a variable. */
static bool looks_like_variable(const char *word, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", word[i]) || !word[i])
			return false;
	return length > 0;
}

/* A simple command while it is read. */
struct command {
	enum word_kind kind;
	bool named;    /* its first word was read */
	bool capitals; /* and looks like a variable, so that "=" behind it is a mistake */
	size_t first;  /* assignments in front of the first word begin here */
};

/* Takes the first word; false where a new command follows it. */
static bool begin_command(struct shell_reader *reader, struct command *command, const char *word,
			  size_t length)
{
	struct shell_pieces ignored = {0};

	command->kind = classify(word, length);
	switch (command->kind) {
	case WORD_OPENS:
	case WORD_OPENS_LIST:
		reader->depth++;
		break;
	case WORD_CLOSES:
		reader->depth -= reader->depth > reader->parentheses;
		break;
	case WORD_OPAQUE:
		reader->script->opaque = true;
		break;
	case WORD_FUNCTION:
		shell_skip_blanks(reader);
		shell_read_word(reader, SIZE_MAX, &ignored);
		break;
	default:
		break;
	}
	/* Assignments in front of a command last only as long as it runs. */
	if (command->kind != WORD_DECLARES)
		reader->script->assignments.count = command->first;
	command->capitals = looks_like_variable(word, length);
	return command->kind != WORD_KEYWORD && command->kind != WORD_OPENS &&
	       command->kind != WORD_FUNCTION;
}

static void read_word_of_command(struct shell_reader *reader, struct command *command)
{
	size_t start = reader->position;
	struct origin where = shell_here(reader);
	struct shell_pieces ignored = {0};
	const char *word = reader->text + start;

	reader->value_size = 0;
	shell_read_word(reader, SIZE_MAX, &ignored);
	if (!command->named) {
		command->named = begin_command(reader, command, word, reader->position - start);
		return;
	}
	if (command->capitals && *word == '=')
		shell_set_broken(reader, where);
	command->capitals = false;
	if (command->kind == WORD_UNSETS && !is_uncertain(reader) && *word != '-')
		add_assignment(reader, word, reader->position - start, where)->unset = true;
}

static void read_command(struct shell_reader *reader)
{
	struct command command = {.first = reader->script->assignments.count};

	for (;;) {
		char c;

		shell_skip_blanks(reader);
		c = shell_peek(reader, 0);
		if (shell_at_end(reader) || c == '#')
			return;
		if (c == '<' || c == '>')
			skip_redirection(reader);
		else if (shell_ends_word(c))
			return;
		else if (!((!command.named || command.kind == WORD_DECLARES) &&
			   read_assignment(reader)))
			read_word_of_command(reader, &command);
	}
}

/* Takes one of the characters between commands. */
static void read_separator(struct shell_reader *reader)
{
	char c = shell_peek(reader, 0);
	bool twice = shell_peek(reader, 1) == c;

	if (c == '\n' || c == ';')
		reader->maybe = false;
	else if (c == '|' || (c == '&' && twice))
		reader->maybe = true;
	if (c == '(') {
		reader->depth++;
		reader->parentheses++;
	} else if (c == ')' && reader->parentheses) {
		reader->depth--;
		reader->parentheses--;
	}
	shell_advance(reader);
	if (twice && (c == '&' || c == '|') && !shell_at_end(reader))
		shell_advance(reader);
}

void shell_parse(struct arena *arena, const char *source, const char *text, size_t length,
		 bool bash, struct shell_script *script)
{
	struct shell_reader reader = {
		.arena = arena,
		.source = arena_strdup(arena, source),
		.text = arena_copy(arena, text, length),
		.length = length,
		.line = 1,
		.bash = bash,
		.script = script,
	};

	while (!shell_at_end(&reader)) {
		char c = shell_peek(&reader, 0);

		if (c == '#')
			while (!shell_at_end(&reader) && shell_peek(&reader, 0) != '\n')
				shell_advance(&reader);
		else if (c != '<' && c != '>' && shell_ends_word(c) && c != ' ' && c != '\t')
			read_separator(&reader);
		else
			read_command(&reader);
	}
}
