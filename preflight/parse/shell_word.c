/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/shell_reader.h"
#include "preflight/lines.h"

enum { PIECES_LIMIT = 512 };

/* -- places ---------------------------------------------------------------------------------- */

bool shell_ends_word(char c)
{
	return c && strchr(" \t\n;&|()<>", c);
}

void shell_skip_blanks(struct shell_reader *reader)
{
	while (!shell_at_end(reader)) {
		char c = shell_peek(reader, 0);

		if (c == '\\' && shell_peek(reader, 1) == '\n')
			shell_advance(reader);
		else if (c != ' ' && c != '\t')
			return;
		if (!shell_at_end(reader))
			shell_advance(reader);
	}
}

struct origin shell_here(struct shell_reader *reader)
{
	size_t start = reader->position, end = reader->position;
	struct line line;

	if (reader->here.line == reader->line)
		return reader->here;
	while (start > 0 && reader->text[start - 1] != '\n')
		start--;
	while (end < reader->length && reader->text[end] != '\n')
		end++;
	line = line_trim((struct line){.text = reader->text + start, .length = end - start});
	reader->here = (struct origin){
		.source = reader->source,
		.line = reader->line,
		.text = printable_copy(reader->arena, line.text, line.length),
	};
	return reader->here;
}

void shell_set_broken(struct shell_reader *reader, struct origin where)
{
	if (!reader->script->broken.source)
		reader->script->broken = where;
}

void shell_charge(struct shell_reader *reader, size_t bytes)
{
	reader->script->work += bytes;
	if (reader->script->work > SHELL_WORK_LIMIT) {
		reader->script->opaque = true;
		reader->position = reader->length;
	}
}

/* -- pieces ---------------------------------------------------------------------------------- */

static bool continues(const struct shell_piece *last, const struct shell_piece *next)
{
	return !last->unknown && !next->unknown && last->assignment == next->assignment &&
	       last->origin.line == next->origin.line && last->text + last->length == next->text;
}

void shell_add_piece(struct shell_reader *reader, struct shell_pieces *pieces,
		     struct shell_piece piece)
{
	struct shell_piece *last = pieces->count ? &pieces->items[pieces->count - 1] : NULL;

	if (reader->value_size > SHELL_VALUE_LIMIT)
		return;
	reader->value_size += piece.length;
	if (reader->value_size > SHELL_VALUE_LIMIT || pieces->count > PIECES_LIMIT) {
		reader->value_size = SHELL_VALUE_LIMIT + 1;
		pieces->count = 0;
		piece.unknown = true;
	} else if (last && continues(last, &piece)) {
		last->length += piece.length;
		return;
	}
	shell_charge(reader, 2 * sizeof(piece));
	*ARRAY_ADD(reader->arena, pieces) = piece;
}

/* The length characters from start on, as they stand. */
static void add_text(struct shell_reader *reader, size_t assignment, struct shell_pieces *pieces,
		     size_t start, size_t length, bool unknown)
{
	if (length)
		shell_add_piece(reader, pieces,
				(struct shell_piece){
					.text = reader->text + start,
					.length = length,
					.assignment = assignment,
					.origin = shell_here(reader),
					.unknown = unknown,
				});
}

/* The next character, as it stands. */
static void take_character(struct shell_reader *reader, size_t assignment,
			   struct shell_pieces *pieces)
{
	add_text(reader, assignment, pieces, reader->position, 1, false);
	shell_advance(reader);
}

static const struct shell_assignment *find_name(const struct shell_script *script, const char *name,
						size_t length)
{
	for (size_t i = script->assignments.count; i > 0; i--) {
		const struct shell_assignment *assignment = &script->assignments.items[i - 1];

		if (strlen(assignment->name) == length &&
		    memcmp(assignment->name, name, length) == 0)
			return assignment;
	}
	return NULL;
}

void shell_add_variable(struct shell_reader *reader, size_t assignment, struct shell_pieces *pieces,
			const char *name, size_t length)
{
	const struct shell_assignment *found = find_name(reader->script, name, length);

	if (!found)
		shell_add_piece(reader, pieces,
				(struct shell_piece){
					.text = name,
					.length = length,
					.assignment = assignment,
					.origin = shell_here(reader),
					.unknown = true,
				});
	for (size_t i = 0; found && i < found->pieces.count; i++)
		shell_add_piece(reader, pieces, found->pieces.items[i]);
}

/* -- expansions ------------------------------------------------------------------------------ */

static bool is_name_start(char c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* How many characters of a name stand at the offset ahead. */
static size_t name_length(const struct shell_reader *reader, size_t offset)
{
	size_t length = 0;

	if (!is_name_start(shell_peek(reader, offset)))
		return 0;
	while (is_name_start(shell_peek(reader, offset + length)) ||
	       (shell_peek(reader, offset + length) >= '0' &&
		shell_peek(reader, offset + length) <= '9'))
		length++;
	return length;
}

/* Moves behind the next unescaped c; false where the text ends first. */
static bool skip_behind(struct shell_reader *reader, char c)
{
	while (!shell_at_end(reader)) {
		char here = shell_peek(reader, 0);

		shell_advance(reader);
		if (here == c)
			return true;
		if (here == '\\' && c != '\'' && !shell_at_end(reader))
			shell_advance(reader);
	}
	return false;
}

/* Moves behind the bracket that closes the one just passed. */
static bool skip_nested(struct shell_reader *reader, char opening, char closing)
{
	unsigned depth = 1;

	while (!shell_at_end(reader)) {
		char c = shell_peek(reader, 0);

		shell_advance(reader);
		if (c == '\\' && !shell_at_end(reader))
			shell_advance(reader);
		else if ((c == '\'' || c == '"' || c == '`') && !skip_behind(reader, c))
			return false;
		else if (c == opening)
			depth++;
		else if (c == closing && --depth == 0)
			return true;
	}
	return false;
}

/* Something whose result is not known begins at position and goes on for length characters before
 * it is skipped to its end. */
static void take_unknown(struct shell_reader *reader, size_t assignment,
			 struct shell_pieces *pieces, size_t length, char opening, char closing)
{
	struct origin where = shell_here(reader);
	size_t start = reader->position;
	bool closed;

	for (size_t i = 0; i < length; i++)
		shell_advance(reader);
	closed = opening ? skip_nested(reader, opening, closing) : skip_behind(reader, closing);
	if (!closed)
		shell_set_broken(reader, where);
	add_text(reader, assignment, pieces, start, reader->position - start, true);
}

/* ${NAME-word} and its kin, where word is plain; false for anything else, nothing read. */
static bool take_default(struct shell_reader *reader, size_t assignment,
			 struct shell_pieces *pieces, size_t name)
{
	const char *start = reader->text + reader->position + 2;
	const struct shell_assignment *found = find_name(reader->script, start, name);
	size_t offset = 2 + name, begin;
	bool colon = shell_peek(reader, offset) == ':', set;
	char operator;

	offset += colon;
	operator= shell_peek(reader, offset++);
	begin = offset;
	while (shell_peek(reader, offset) && !strchr("}$`'\"\\\n", shell_peek(reader, offset)))
		offset++;
	if (shell_peek(reader, offset) != '}' || (operator!= '-' && operator!= '+') || !found ||
	    shell_is_partly_unknown(found))
		return false;
	set = !found->unset && (!colon || found->pieces.count);
	if (set && operator== '-')
		shell_add_variable(reader, assignment, pieces, start, name);
	else if (set == (operator== '+'))
		add_text(reader, assignment, pieces, reader->position + begin, offset - begin,
			 false);
	reader->position += offset + 1;
	return true;
}

static void take_braces(struct shell_reader *reader, size_t assignment, struct shell_pieces *pieces)
{
	size_t name = name_length(reader, 2);

	if (name && shell_peek(reader, 2 + name) == '}') {
		shell_add_variable(reader, assignment, pieces, reader->text + reader->position + 2,
				   name);
		reader->position += name + 3;
	} else if (!name || !take_default(reader, assignment, pieces, name)) {
		take_unknown(reader, assignment, pieces, 2, '{', '}');
	}
}

static void take_single_quoted(struct shell_reader *reader, size_t assignment,
			       struct shell_pieces *pieces);

/* Whether nothing between the quotes of $'…' is written with a backslash, so that it is as '…'. */
static bool is_plain_ansi(const struct shell_reader *reader)
{
	const char *start = reader->text + reader->position + 2;
	size_t left = reader->length - reader->position - 2;
	const char *end = memchr(start, '\'', left);

	return end && !memchr(start, '\\', (size_t)(end - start));
}

/* $'…' with escapes: what they stand for is not worked out. */
static void take_ansi_quoted(struct shell_reader *reader, size_t assignment,
			     struct shell_pieces *pieces)
{
	struct origin where = shell_here(reader);
	size_t start = reader->position;

	shell_advance(reader);
	shell_advance(reader);
	while (!shell_at_end(reader) && shell_peek(reader, 0) != '\'') {
		if (shell_peek(reader, 0) == '\\')
			shell_advance(reader);
		if (!shell_at_end(reader))
			shell_advance(reader);
	}
	if (shell_at_end(reader))
		shell_set_broken(reader, where);
	else
		shell_advance(reader);
	add_text(reader, assignment, pieces, start, reader->position - start, true);
}

/* What begins with '$'. */
static void take_dollar(struct shell_reader *reader, size_t assignment, struct shell_pieces *pieces,
			bool quoted)
{
	char next = shell_peek(reader, 1);
	size_t name = name_length(reader, 1);

	if (next == '(') {
		take_unknown(reader, assignment, pieces, 2, '(', ')');
	} else if (next == '{') {
		take_braces(reader, assignment, pieces);
	} else if (name) {
		shell_add_variable(reader, assignment, pieces, reader->text + reader->position + 1,
				   name);
		reader->position += name + 1;
	} else if (!quoted && reader->bash && next == '\'' && is_plain_ansi(reader)) {
		shell_advance(reader);
		take_single_quoted(reader, assignment, pieces);
	} else if (!quoted && reader->bash && next == '\'') {
		take_ansi_quoted(reader, assignment, pieces);
	} else if (!quoted && reader->bash && next == '"') {
		shell_advance(reader);
	} else if (next && strchr("0123456789?!#*@$-", next)) {
		add_text(reader, assignment, pieces, reader->position, 2, true);
		reader->position += 2;
	} else {
		take_character(reader, assignment, pieces);
	}
}

/* -- quotes ---------------------------------------------------------------------------------- */

static void take_single_quoted(struct shell_reader *reader, size_t assignment,
			       struct shell_pieces *pieces)
{
	struct origin where = shell_here(reader);

	shell_advance(reader);
	while (!shell_at_end(reader) && shell_peek(reader, 0) != '\'')
		take_character(reader, assignment, pieces);
	if (shell_at_end(reader))
		shell_set_broken(reader, where);
	else
		shell_advance(reader);
}

static void take_escaped(struct shell_reader *reader, size_t assignment,
			 struct shell_pieces *pieces, const char *special)
{
	char next = shell_peek(reader, 1);

	if (special && !(next && strchr(special, next))) {
		take_character(reader, assignment, pieces);
		return;
	}
	shell_advance(reader);
	if (shell_at_end(reader))
		return;
	if (next == '\n')
		shell_advance(reader);
	else
		take_character(reader, assignment, pieces);
}

static void take_double_quoted(struct shell_reader *reader, size_t assignment,
			       struct shell_pieces *pieces)
{
	struct origin where = shell_here(reader);

	shell_advance(reader);
	while (!shell_at_end(reader) && shell_peek(reader, 0) != '"') {
		char c = shell_peek(reader, 0);

		if (c == '\\')
			take_escaped(reader, assignment, pieces, "$`\"\\\n");
		else if (c == '$')
			take_dollar(reader, assignment, pieces, true);
		else if (c == '`')
			take_unknown(reader, assignment, pieces, 1, '\0', '`');
		else
			take_character(reader, assignment, pieces);
	}
	if (shell_at_end(reader))
		shell_set_broken(reader, where);
	else
		shell_advance(reader);
}

void shell_read_word(struct shell_reader *reader, size_t assignment, struct shell_pieces *pieces)
{
	while (!shell_at_end(reader)) {
		char c = shell_peek(reader, 0);

		if (shell_ends_word(c))
			return;
		if (c == '\'')
			take_single_quoted(reader, assignment, pieces);
		else if (c == '"')
			take_double_quoted(reader, assignment, pieces);
		else if (c == '\\')
			take_escaped(reader, assignment, pieces, NULL);
		else if (c == '$')
			take_dollar(reader, assignment, pieces, false);
		else if (c == '`')
			take_unknown(reader, assignment, pieces, 1, '\0', '`');
		else
			take_character(reader, assignment, pieces);
	}
}
