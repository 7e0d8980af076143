/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/lines.h"

#include <ctype.h>

bool lines_next(struct line_reader *reader, struct line *ret_line)
{
	size_t left = (size_t)(reader->end - reader->next);
	const char *newline;

	if (!left)
		return false;
	newline = memchr(reader->next, '\n', left);
	*ret_line = (struct line){
		.text = reader->next,
		.length = newline ? (size_t)(newline - reader->next) : left,
		.number = ++reader->number,
	};
	reader->next = newline ? newline + 1 : reader->end;
	return true;
}

bool line_starts(const struct line *line, const char *prefix, struct line *ret_rest)
{
	size_t length = strlen(prefix);

	if (line->length < length || memcmp(line->text, prefix, length) != 0)
		return false;
	if (ret_rest)
		*ret_rest = (struct line){.text = line->text + length,
					  .length = line->length - length,
					  .number = line->number};
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct line line_trim(struct line line)
{
	while (line.length && is_blank(line.text[0])) {
		line.text++;
		line.length--;
	}
	while (line.length && is_blank(line.text[line.length - 1]))
		line.length--;
	return line;
}

bool line_word(struct line *rest, struct line *ret_word)
{
	struct line word = line_trim(*rest);
	size_t length = 0;

	if (!word.length)
		return false;
	while (length < word.length && !is_blank(word.text[length]))
		length++;
	*rest = (struct line){
		.text = word.text + length, .length = word.length - length, .number = word.number};
	word.length = length;
	*ret_word = word;
	return true;
}

bool line_hex(const struct line *line, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!line->length || line->length > 16)
		return false;
	for (size_t i = 0; i < line->length; i++) {
		int c = tolower((unsigned char)line->text[i]);

		if (!isxdigit(c))
			return false;
		value = value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*ret_value = value;
	return true;
}

bool line_decimal(const struct line *line, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!line->length)
		return false;
	for (size_t i = 0; i < line->length; i++) {
		unsigned digit = (unsigned char)line->text[i] - (unsigned)'0';

		if (digit > 9 || __builtin_mul_overflow(value, (uint64_t)10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	*ret_value = value;
	return true;
}

char *printable_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_copy(arena, text, length);

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)copy[i];

		if (c == '\t') {
			copy[i] = ' ';
		} else if (c < 0x20 || c == 0x7f) {
			copy[i] = '?';
		} else if (c == 0xc2 && i + 1 < length && (unsigned char)copy[i + 1] >= 0x80 &&
			   (unsigned char)copy[i + 1] <= 0x9f) {
			copy[i] = '?';
			copy[++i] = '?';
		}
	}
	return copy;
}
