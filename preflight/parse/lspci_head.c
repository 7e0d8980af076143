/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/lspci_parts.h"

#include <ctype.h>
#include <strings.h>

enum { HEAD_LIMIT = 512, GROUP_LIMIT = 1000000 };

/* -- small words --------------------------------------------------------------------------------- */

static struct line sub_line(const struct line *line, size_t start, size_t length)
{
	return (struct line){.text = line->text + start, .length = length, .number = line->number};
}

bool line_digits(const struct line *text, unsigned base, unsigned limit, int *ret_value)
{
	unsigned value = 0;
	size_t count = 0;

	for (; count < text->length; count++) {
		int c = tolower((unsigned char)text->text[count]);
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (base == 16 && c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a') + 10;
		else
			break;
		if (digit > limit || value > (limit - digit) / base)
			return false;
		value = value * base + digit;
	}
	if (!count)
		return false;
	*ret_value = (int)value;
	return true;
}

static size_t count_digits(const struct line *text)
{
	size_t count = 0;

	while (count < text->length && isdigit((unsigned char)text->text[count]))
		count++;
	return count;
}

/* Exactly four hexadecimal digits. */
static bool read_id(const struct line *text, int *ret_id)
{
	uint64_t id;

	if (text->length != 4 || !line_hex(text, &id))
		return false;
	*ret_id = (int)id;
	return true;
}

bool lspci_read_ids(const struct line *text, int *ret_first, int *ret_second)
{
	struct line first, second;
	int a, b;

	if (text->length != 9 || text->text[4] != ':')
		return false;
	first = sub_line(text, 0, 4);
	second = sub_line(text, 5, 4);
	if (!read_id(&first, &a) || !read_id(&second, &b))
		return false;
	*ret_first = a;
	*ret_second = b;
	return true;
}

/* -- where a function begins --------------------------------------------------------------------- */

/* `lspci -PP` writes the path ("00:01.1/01:00.0"); the last part is the function. */
static bool word_is_address(struct line word, struct address *ret_address)
{
	const char *slash;

	while ((slash = memchr(word.text, '/', word.length))) {
		size_t length = (size_t)(slash - word.text);

		if (address_parse(word.text, length, ret_address) < 0)
			return false;
		word = sub_line(&word, length + 1, word.length - length - 1);
	}
	return address_parse(word.text, word.length, ret_address) == 0;
}

/* "[8086:4c53]", "[R]", "(12)", and bullets. */
static bool may_stand_before(const struct line *word, struct line *ids)
{
	bool bracketed = word->text[0] == '[' || word->text[0] == '(';
	int ignored;

	if (bracketed && word->length == 11) {
		struct line inner = sub_line(word, 1, 9);

		if (lspci_read_ids(&inner, &ignored, &ignored))
			*ids = inner;
	}
	if (bracketed && word->length <= 16 && strchr("])", word->text[word->length - 1]))
		return true;
	for (size_t i = 0; i < word->length; i++)
		if (isalnum((unsigned char)word->text[i]))
			return false;
	return true;
}

bool lspci_find_address(const struct line *line, struct address *ret_address, struct line *ret_rest,
			struct line *ret_ids)
{
	enum { WORDS_BEFORE = 4 };
	struct line rest = *line, word, behind;

	/* The head of an lspci entry comes out of a device tree lister as "Group Device: …". */
	if (line_starts(line, "Group Device:", &behind) || line_starts(line, "Device:", &behind))
		rest = behind;
	*ret_ids = (struct line){.text = line->text};
	for (unsigned i = 0; i <= WORDS_BEFORE && line_word(&rest, &word); i++) {
		if (word_is_address(word, ret_address)) {
			*ret_rest = line_trim(rest);
			return true;
		}
		if (!may_stand_before(&word, ret_ids))
			return false;
	}
	return false;
}

/* -- what follows the address -------------------------------------------------------------------- */

/* The last "[xxxx:xxxx]" of the text, or false. */
static bool find_bracketed_ids(const struct line *text, struct lspci_function *function,
			       size_t *ret_start)
{
	for (size_t i = text->length; i >= 11; i--) {
		struct line inner = sub_line(text, i - 10, 9);

		if (text->text[i - 11] == '[' && text->text[i - 1] == ']' &&
		    lspci_read_ids(&inner, &function->vendor_id, &function->device_id)) {
			*ret_start = i - 11;
			return true;
		}
	}
	return false;
}

/* " (rev a1)", " (prog-if 00 [VGA controller])": cut off the text, which ends before them. */
static void take_trailers(struct line *text, struct lspci_function *function)
{
	static const char *const marks[] = {" (rev ", " (prog-if "};
	size_t end = text->length;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		struct line behind;
		int value;

		if (!line_behind(text, marks[i], &behind) ||
		    !line_digits(&behind, 16, 0xff, &value))
			continue;
		if (i == 0)
			function->revision = value;
		else if (function->class_code >= 0)
			function->class_code = (function->class_code & 0xffff00) | value;
		if ((size_t)(behind.text - text->text) - strlen(marks[i]) < end)
			end = (size_t)(behind.text - text->text) - strlen(marks[i]);
	}
	text->length = end;
}

/* "[0300]" or "[0300]:" at the beginning of text. */
static bool take_class_code(struct line *text, struct lspci_function *function)
{
	struct line code = *text;
	int value;

	if (code.length < 6 || code.text[0] != '[' || code.text[5] != ']')
		return false;
	code = sub_line(&code, 1, 4);
	if (!read_id(&code, &value))
		return false;
	function->class_code = value << 8;
	*text = line_trim(sub_line(text, 6, text->length - 6));
	return true;
}

/* `lspci -n`: "0300: 10de:2484"; true where the text is of that kind. */
static bool take_numbers_only(struct line *text, struct lspci_function *function)
{
	struct line class, ids, rest;
	int value;

	if (text->length < 15 || text->text[4] != ':')
		return false;
	class = sub_line(text, 0, 4);
	rest = line_trim(sub_line(text, 5, text->length - 5));
	if (!read_id(&class, &value) || rest.length < 9)
		return false;
	ids = sub_line(&rest, 0, 9);
	if (!lspci_read_ids(&ids, &function->vendor_id, &function->device_id))
		return false;
	function->class_code = value << 8;
	*text = sub_line(&rest, 9, rest.length - 9);
	return true;
}

/* "VGA compatible controller [0300]: " at the beginning; what is left is vendor and device. */
static void take_class(struct line *text, struct lspci_function *function)
{
	size_t length = 0;
	int class = lspci_class_of_name(text, &length);
	struct line behind;

	if (class >= 0) {
		function->class_code = class << 8;
		*text = line_trim(sub_line(text, length, text->length - length));
	} else if (line_starts(text, "Class ", &behind)) {
		*text = behind;
		if (line_digits(text, 16, 0xffff, &class)) {
			function->class_code = class << 8;
			*text = sub_line(text, 4 < text->length ? 4 : text->length,
					 text->length - (4 < text->length ? 4 : text->length));
		}
	} else if (line_behind(text, " [", &behind)) { /* a class that is not in the table */
		struct line from = {.text = behind.text - 1, .length = behind.length + 1};

		if (take_class_code(&from, function))
			*text = from;
		else if (line_behind(text, ": ", &behind))
			*text = behind;
	} else if (line_behind(text, ": ", &behind)) {
		*text = behind;
	}
	(void)take_class_code(text, function);
	if (text->length && text->text[0] == ':')
		*text = line_trim(sub_line(text, 1, text->length - 1));
}

static void take_name(struct arena *arena, struct line text, struct lspci_function *function)
{
	size_t start;

	if (find_bracketed_ids(&text, function, &start))
		text.length = start;
	text = line_trim(text);
	if (text.length)
		function->name = printable_copy(
			arena, text.text, text.length < HEAD_LIMIT ? text.length : HEAD_LIMIT);
}

void lspci_read_head(struct arena *arena, struct line rest, struct line ids,
		     struct lspci_function *function)
{
	bool of_lspci;

	/* "- Class: …", and the target of `ls -l`. */
	if (line_starts(&rest, "->", NULL))
		return;
	while (rest.length && strchr("-:|", rest.text[0]))
		rest = line_trim(sub_line(&rest, 1, rest.length - 1));
	if (ids.length)
		(void)lspci_read_ids(&ids, &function->vendor_id, &function->device_id);
	if (take_numbers_only(&rest, function)) {
		take_trailers(&rest, function);
	} else {
		take_class(&rest, function);
		take_trailers(&rest, function);
		take_name(arena, rest, function);
	}
	/* lspci leaves a revision of 0 out. */
	of_lspci = function->class_code >= 0 && function->vendor_id >= 0 && !ids.length;
	if (function->revision < 0 && of_lspci)
		function->revision = 0;
	if (function->revision == 0xff)
		function->dead = true;
}

/* -- groups -------------------------------------------------------------------------------------- */

static bool take_word(struct line *text, const char *word)
{
	size_t length = strlen(word);

	if (text->length < length || strncasecmp(text->text, word, length) != 0)
		return false;
	*text = sub_line(text, length, text->length - length);
	return true;
}

static void skip_marks(struct line *text, const char *marks)
{
	while (text->length && strchr(marks, text->text[0]))
		*text = sub_line(text, 1, text->length - 1);
}

bool lspci_find_group(const struct line *line, int *ret_group, struct line *ret_rest)
{
	struct line text = *line, rest;
	int group;

	skip_marks(&text, "#*-=+| \t");
	if (take_word(&text, "IOMMU"))
		skip_marks(&text, " _-");
	if (!take_word(&text, "group"))
		return false;
	skip_marks(&text, " \t:#_");
	if (!line_digits(&text, 10, GROUP_LIMIT, &group))
		return false;
	rest = sub_line(&text, count_digits(&text), text.length - count_digits(&text));
	if (rest.length && !strchr(" \t:,)|#=*-", rest.text[0]))
		return false;
	skip_marks(&rest, " \t:,)|#=*-");
	*ret_group = group;
	*ret_rest = line_trim(rest);
	return true;
}

/* The address that the part of a path before end names last: ".../0000:01:00.0/iommu_group". */
static bool address_before(const struct line *line, const char *end, struct address *ret_address)
{
	const char *stop = end;

	while (stop > line->text) {
		const char *start = stop;

		while (start > line->text && !strchr("/ \t", start[-1]))
			start--;
		if (stop > start && address_parse(start, (size_t)(stop - start), ret_address) == 0)
			return true;
		stop = start > line->text ? start - 1 : start;
	}
	return false;
}

bool lspci_find_group_path(const struct line *line, int *ret_group, bool *ret_has_address,
			   struct address *ret_address)
{
	struct line behind, name;
	size_t length = 0;

	if (!line_behind(line, "iommu_groups/", &behind) ||
	    !line_digits(&behind, 10, GROUP_LIMIT, ret_group))
		return false;
	name = sub_line(&behind, count_digits(&behind), behind.length - count_digits(&behind));
	if (!line_starts(&name, "/devices", &name)) {
		/* ".../0000:01:00.0/iommu_group -> ../../../kernel/iommu_groups/14" */
		*ret_has_address =
			!line_trim(name).length &&
			address_before(line, line_find(line, "iommu_groups/"), ret_address);
		return *ret_has_address;
	}
	*ret_has_address = false;
	if (!line_starts(&name, "/", &name))
		return true;
	while (length < name.length && !strchr(" \t/", name.text[length]))
		length++;
	*ret_has_address = address_parse(name.text, length, ret_address) == 0;
	return true;
}
