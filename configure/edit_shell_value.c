/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/edit_shell.h"

/* The bytes of one value while they are read. */
struct value_reader {
	struct arena *arena;
	const char *text;
	size_t position, end;
	bool bash;
	struct shell_text *value;
	size_t quotes; /* index + 1 of those that are open */
	enum word_context context;
};

static char peek(const struct value_reader *reader, size_t offset)
{
	size_t left = reader->end - reader->position;

	return offset < left ? reader->text[reader->position + offset] : '\n';
}

static bool at_end(const struct value_reader *reader)
{
	return reader->position >= reader->end;
}

static void advance(struct value_reader *reader, size_t count)
{
	size_t left = reader->end - reader->position;

	reader->position += count < left ? count : left;
}

/* The character c, written with `size` bytes. */
static void take(struct value_reader *reader, char c, size_t size, bool opaque)
{
	size_t start = reader->position;

	advance(reader, size);
	*ARRAY_ADD(reader->arena, &reader->value->field.atoms) = (struct atom){
		.c = c,
		.opaque = opaque,
		.context = reader->context,
		.quotes = reader->quotes,
		.start = start,
		.end = reader->position,
	};
}

/* -- what is not known --------------------------------------------------------------------------------- */

/* Both measure from an offset and give the offset behind the closing character. */

static size_t skip_behind(const struct value_reader *reader, size_t offset, char c)
{
	size_t left = reader->end - reader->position;

	while (offset < left) {
		char here = peek(reader, offset++);

		if (here == c)
			return offset;
		if (here == '\\' && c != '\'')
			offset++;
	}
	return left;
}

static size_t skip_nested(const struct value_reader *reader, size_t offset, char opening,
			  char closing)
{
	size_t left = reader->end - reader->position;
	unsigned depth = 1;

	while (offset < left) {
		char c = peek(reader, offset++);

		if (c == '\\')
			offset++;
		else if (c == '\'' || c == '"' || c == '`')
			offset = skip_behind(reader, offset, c);
		else if (c == opening)
			depth++;
		else if (c == closing && --depth == 0)
			return offset;
	}
	return left;
}

static bool is_name_start(char c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t name_length(const struct value_reader *reader)
{
	size_t length = 0;

	while (is_name_start(peek(reader, 1 + length)) ||
	       (length && peek(reader, 1 + length) >= '0' && peek(reader, 1 + length) <= '9'))
		length++;
	return length;
}

static size_t skip_ansi(const struct value_reader *reader)
{
	size_t offset = 2, left = reader->end - reader->position;

	while (offset < left && peek(reader, offset) != '\'')
		offset += peek(reader, offset) == '\\' ? 2 : 1;
	return offset + 1;
}

/* -- quotes -------------------------------------------------------------------------------------------------- */

static void open_quotes(struct value_reader *reader, size_t length, enum word_context context)
{
	struct quotes_list *list = &reader->value->field.quotes;

	*ARRAY_ADD(reader->arena, list) = (struct quotes){
		.start = reader->position,
		.inner = reader->position + length,
	};
	reader->quotes = list->count;
	reader->context = context;
	advance(reader, length);
}

static void close_quotes(struct value_reader *reader)
{
	reader->value->field.quotes.items[reader->quotes - 1].close = reader->position;
	advance(reader, 1);
	reader->quotes = 0;
	reader->context = CONTEXT_BARE;
}

static void take_single_quoted(struct value_reader *reader, size_t opening)
{
	open_quotes(reader, opening, CONTEXT_SINGLE);
	while (!at_end(reader) && peek(reader, 0) != '\'')
		take(reader, peek(reader, 0), 1, false);
	close_quotes(reader);
}

static bool is_plain_ansi(const struct value_reader *reader)
{
	size_t end = skip_ansi(reader);

	for (size_t i = 2; i < end; i++)
		if (peek(reader, i) == '\\')
			return false;
	return true;
}

static void take_escaped(struct value_reader *reader, const char *special)
{
	char next = peek(reader, 1);

	if (special && !(next && strchr(special, next)))
		take(reader, '\\', 1, false);
	else if (next == '\n')
		advance(reader, 2);
	else
		take(reader, next, 2, false);
}

static void take_double_quoted(struct value_reader *reader, size_t opening);

static void take_dollar(struct value_reader *reader)
{
	char next = peek(reader, 1);
	size_t name = name_length(reader);
	bool bare = reader->bash && !reader->quotes;

	if (next == '(')
		take(reader, '$', skip_nested(reader, 2, '(', ')'), true);
	else if (next == '{')
		take(reader, '$', skip_nested(reader, 2, '{', '}'), true);
	else if (name)
		take(reader, '$', 1 + name, true);
	else if (bare && next == '\'' && is_plain_ansi(reader))
		take_single_quoted(reader, 2);
	else if (bare && next == '\'')
		take(reader, '$', skip_ansi(reader), true);
	else if (bare && next == '"')
		take_double_quoted(reader, 2);
	else if (next && strchr("0123456789?!#*@$-", next))
		take(reader, '$', 2, true);
	else
		take(reader, '$', 1, false);
}

static void take_double_quoted(struct value_reader *reader, size_t opening)
{
	open_quotes(reader, opening, CONTEXT_DOUBLE);
	while (!at_end(reader) && peek(reader, 0) != '"') {
		char c = peek(reader, 0);

		if (c == '\\')
			take_escaped(reader, "$`\"\\\n");
		else if (c == '$')
			take_dollar(reader);
		else if (c == '`')
			take(reader, '`', skip_behind(reader, 1, '`'), true);
		else
			take(reader, c, 1, false);
	}
	close_quotes(reader);
}

static bool ends_word(char c)
{
	return c && strchr(" \t\n;&|()<>", c);
}

static void take_word(struct value_reader *reader)
{
	while (!at_end(reader) && !ends_word(peek(reader, 0))) {
		char c = peek(reader, 0);

		if (c == '\'')
			take_single_quoted(reader, 1);
		else if (c == '"')
			take_double_quoted(reader, 1);
		else if (c == '\\')
			take_escaped(reader, NULL);
		else if (c == '$')
			take_dollar(reader);
		else if (c == '`')
			take(reader, '`', skip_behind(reader, 1, '`'), true);
		else
			take(reader, c, 1, false);
	}
}

/* -- values ------------------------------------------------------------------------------------------------- */

static void take_element(struct value_reader *reader)
{
	struct atoms *atoms = &reader->value->field.atoms;
	size_t start = reader->position, first;

	/* What stands between elements is a blank without bytes. */
	*ARRAY_ADD(reader->arena, atoms) = (struct atom){.c = ' ', .start = start, .end = start};
	first = atoms->count;
	take_word(reader);
	if (reader->position > start)
		*ARRAY_ADD(reader->arena, &reader->value->elements) = (struct element){
			.start = start,
			.end = reader->position,
			.first = first,
			.atom_count = atoms->count - first,
		};
	else
		advance(reader, 1);
}

/* The same order of cases as in read_array() of parse/shell.c. */
static void take_array(struct value_reader *reader)
{
	advance(reader, 1);
	while (!at_end(reader) && peek(reader, 0) != ')') {
		if (peek(reader, 0) == '#')
			while (!at_end(reader) && peek(reader, 0) != '\n')
				advance(reader, 1);
		else if (ends_word(peek(reader, 0)))
			advance(reader, 1);
		else if (peek(reader, 0) == '\\' && peek(reader, 1) == '\n')
			advance(reader, 2);
		else
			take_element(reader);
	}
}

/* Words go into the quotes that a value without words begins with. */
static void find_empty_place(const char *text, struct shell_text *value)
{
	const struct quotes *first = value->field.quotes.items;
	struct field *field = &value->field;

	field->empty_at = value->start;
	field->empty_context = CONTEXT_BARE;
	if (!first || first->start != value->start)
		return;
	field->empty_at = first->inner;
	field->empty_context = text[first->inner - 1] == '\'' ? CONTEXT_SINGLE : CONTEXT_DOUBLE;
}

void shell_text_read(struct arena *arena, struct bytes text, bool bash,
		     const struct shell_script *script, size_t index, struct shell_text *ret_text)
{
	const struct shell_assignment *assignment = &script->assignments.items[index];
	struct shell_text value = {
		.assignment = index,
		.array = assignment->array,
		.start = assignment->value_start,
		.end = assignment->value_end,
	};
	struct value_reader reader = {
		.arena = arena,
		.text = text.data,
		.position = value.start,
		.end = value.end,
		.bash = bash,
		.value = &value,
		.context = CONTEXT_BARE,
	};

	if (value.array)
		take_array(&reader);
	else
		take_word(&reader);
	find_empty_place(text.data, &value);
	value.field.joined = assignment->appends && !value.array;
	*ret_text = value;
}
