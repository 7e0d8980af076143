/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What variables hold: pieces, texts and words. */
#include "preflight/parse/shell_reader.h"
#include "preflight/parse/cmdline.h"

/* Stands for a piece that is not known while a value is split into words. */
static const char unknown_mark = '\001';

static size_t shown_length(const struct shell_piece *piece)
{
	return piece->unknown ? 1 : piece->length;
}

static size_t value_length(const struct shell_pieces *pieces)
{
	size_t length = 0;

	for_each (piece, pieces)
		length += shown_length(piece);
	return length;
}

/* The value in one text, a mark for each unknown piece. */
static char *flatten(struct arena *arena, const struct shell_pieces *pieces, size_t *ret_length)
{
	char *text = arena_alloc(arena, value_length(pieces) + 1);
	size_t length = 0;

	for_each (piece, pieces) {
		if (piece->unknown)
			text[length] = unknown_mark;
		else
			memcpy(text + length, piece->text, piece->length);
		length += shown_length(piece);
	}
	*ret_length = length;
	return text;
}

bool shell_is_partly_unknown(const struct shell_assignment *assignment)
{
	for_each (piece, &assignment->pieces)
		if (piece->unknown)
			return true;
	return false;
}

const char *shell_value(struct arena *arena, const struct shell_assignment *assignment)
{
	size_t length;

	if (shell_is_partly_unknown(assignment))
		return NULL;
	return flatten(arena, &assignment->pieces, &length);
}

const struct shell_assignment *shell_find(const struct shell_script *script, const char *name)
{
	for (size_t i = script->assignments.count; i > 0; i--)
		if (streq(script->assignments.items[i - 1].name, name))
			return script->assignments.items[i - 1].unset
				       ? NULL
				       : &script->assignments.items[i - 1];
	return NULL;
}

/* The piece that holds the character at offset of the flat value. */
static const struct shell_piece *piece_at(const struct shell_pieces *pieces, size_t offset)
{
	for_each (piece, pieces) {
		if (offset < shown_length(piece))
			return piece;
		offset -= shown_length(piece);
	}
	return NULL;
}

/* Appends the words of pieces; only those that begin in this assignment unless it is SIZE_MAX. */
static void add_words(struct arena *arena, const struct shell_pieces *pieces, size_t assignment,
		      struct parameters *ret_parameters)
{
	struct parameters words = {0};
	size_t length, offset = 0;
	const char *text = flatten(arena, pieces, &length);

	cmdline_parse(arena, text, length, NULL, 0, &words);
	for_each (word, &words) {
		size_t size = strlen(word->text);
		const struct shell_piece *piece;

		while (offset + size < length && memcmp(text + offset, word->text, size) != 0)
			offset++;
		piece = piece_at(pieces, offset);
		offset += size;
		if (!piece || strchr(word->text, unknown_mark) ||
		    (assignment != SIZE_MAX && piece->assignment != assignment))
			continue;
		word->origin = piece->origin;
		*ARRAY_ADD(arena, ret_parameters) = *word;
	}
}

void shell_words(struct arena *arena, const struct shell_assignment *assignment,
		 struct parameters *ret_parameters)
{
	add_words(arena, &assignment->pieces, SIZE_MAX, ret_parameters);
}

void shell_own_words(struct arena *arena, const struct shell_script *script, size_t index,
		     struct parameters *ret_parameters)
{
	add_words(arena, &script->assignments.items[index].pieces, index, ret_parameters);
}

bool shell_is_in_force(const struct shell_script *script, size_t index)
{
	const char *name = script->assignments.items[index].name;
	const struct shell_assignment *last = shell_find(script, name);

	if (!last)
		return false;
	if (last == &script->assignments.items[index])
		return true;
	for_each (piece, &last->pieces)
		if (piece->assignment == index)
			return true;
	return false;
}

static bool has_word(const struct parameters *words, const char *text)
{
	for_each (word, words)
		if (streq(word->text, text))
			return true;
	return false;
}

struct shell_pieces shell_merge_values(struct shell_reader *reader,
				       const struct shell_assignment *old,
				       const struct shell_pieces *new)
{
	struct parameters before = {0}, after = {0};
	struct shell_pieces merged = {0};

	shell_charge(reader, 64 * (value_length(&old->pieces) + value_length(new)));
	add_words(reader->arena, &old->pieces, SIZE_MAX, &before);
	add_words(reader->arena, new, SIZE_MAX, &after);
	for_each (word, &before)
		if (has_word(&after, word->text)) {
			*ARRAY_ADD(reader->arena, &merged) = (struct shell_piece){
				.text = word->text,
				.length = strlen(word->text),
				.assignment = (size_t)(old - reader->script->assignments.items),
				.origin = word->origin,
			};
			*ARRAY_ADD(reader->arena, &merged) =
				(struct shell_piece){.text = " ", .length = 1};
		}
	*ARRAY_ADD(reader->arena, &merged) =
		(struct shell_piece){.text = "?", .length = 1, .unknown = true};
	return merged;
}
