/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/grub_reader.h"

/* A text that grows. */
struct letters {
	char *items;
	size_t count, capacity;
};

/* A word being read. */
struct word_reader {
	struct letters letters;
	unsigned line;
	bool begun, certain, plain;
};

static bool at_end(const struct grub_reader *reader)
{
	return reader->position >= reader->length;
}

static char peek(const struct grub_reader *reader, size_t offset)
{
	size_t left = reader->length - reader->position;

	return offset < left ? reader->text[reader->position + offset] : '\n';
}

static void advance(struct grub_reader *reader)
{
	if (reader->text[reader->position++] == '\n')
		reader->line++;
}

void grub_charge(struct grub_reader *reader, size_t bytes)
{
	reader->work += bytes;
	if (reader->work > GRUB_WORK_LIMIT && !at_end(reader)) {
		grub_set_error(reader, reader->line);
		reader->position = reader->length;
	}
}

void grub_set_error(struct grub_reader *reader, unsigned line)
{
	size_t start = reader->position < reader->length ? reader->position : reader->length;
	size_t length;

	reader->error = true;
	if (reader->menu->broken.source)
		return;
	while (start > 0 && reader->text[start - 1] != '\n')
		start--;
	while (start < reader->length &&
	       (reader->text[start] == ' ' || reader->text[start] == '\t'))
		start++;
	for (length = 0; start + length < reader->length; length++)
		if (reader->text[start + length] == '\n')
			break;
	reader->menu->broken = (struct origin){
		.source = reader->source,
		.line = line,
		.text = arena_copy(reader->arena, reader->text + start, length),
	};
}

/* -- variables ------------------------------------------------------------------------------- */

/* What GRUB itself sets before the script runs, or while it runs. */
static bool is_set_by_grub(const char *name)
{
	static const char *const names[] = {
		"root",
		"prefix",
		"cmdpath",
		"config_directory",
		"config_file",
		"grub_cpu",
		"grub_platform",
		"lang",
		"net_default_server",
		"net_default_ip",
		"net_default_mac",
		"pxe_default_server",
		"shim_lock",
		"lockdown",
		"secureboot",
		"gfxpayload",
		"color_normal",
		"debug",
		"pager",
		"theme",
		"?",
		"#",
		"*",
		"@",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (streq(name, names[i]))
			return true;
	return *name >= '0' && *name <= '9';
}

/* Features are compiled in: every GRUB since 2.00 has those that scripts ask for. */
static bool is_feature(const char *name)
{
	return starts_with(name, "feature_");
}

const char *grub_variable(const struct grub_reader *reader, const char *name, bool *ret_certain)
{
	const struct grub_settings *variables = &reader->menu->variables;

	for (size_t i = variables->count; i > 0; i--)
		if (streq(variables->items[i - 1].name, name)) {
			*ret_certain = variables->items[i - 1].certain;
			return variables->items[i - 1].value;
		}
	*ret_certain = true;
	if (is_feature(name))
		return "y";
	/* A number that a kernel of Ubuntu's takes for the hand-over of the screen, set by a function. */
	if (streq(name, "vt_handoff"))
		return "";
	*ret_certain = !is_set_by_grub(name) &&
		       (!reader->menu->environment_loaded || reader->menu->environment_known);
	return "";
}

void grub_set(struct grub_reader *reader, const char *name, const char *value, bool certain)
{
	struct grub_settings *variables = &reader->menu->variables;
	struct grub_setting *setting = NULL;

	if (streq(name, "vt_handoff"))
		return;
	for (size_t i = variables->count; i > reader->scope && !setting; i--)
		if (streq(variables->items[i - 1].name, name))
			setting = &variables->items[i - 1];
	if (!setting) {
		/* Names are compared with each other. */
		grub_charge(reader, 4096);
		setting = ARRAY_ADD(reader->arena, variables);
		setting->name = arena_strdup(reader->arena, name);
	}
	setting->value = value;
	setting->certain = certain && strlen(value) <= GRUB_VALUE_LIMIT;
	if (!setting->certain && strlen(value) > GRUB_VALUE_LIMIT)
		setting->value = "";
}

/* -- words ----------------------------------------------------------------------------------- */

static void put(struct grub_reader *reader, struct word_reader *word, char c)
{
	if (!word->begun)
		word->line = reader->line;
	word->begun = true;
	if (word->letters.count >= 2 * GRUB_VALUE_LIMIT) {
		word->certain = false;
		return;
	}
	*ARRAY_ADD(reader->arena, &word->letters) = c;
}

static void begin_word(struct word_reader *word)
{
	*word = (struct word_reader){.certain = true, .plain = true};
}

static void end_word(struct grub_reader *reader, struct word_reader *word, struct grub_words *words)
{
	if (word->begun) {
		grub_charge(reader, 2 * word->letters.capacity + 2 * sizeof(struct grub_word));
		*ARRAY_ADD(reader->arena, words) = (struct grub_word){
			.text = arena_copy(reader->arena,
					   word->letters.items ? word->letters.items : "",
					   word->letters.count),
			.line = word->line,
			.certain = word->certain,
			.plain = word->plain,
		};
	}
	begin_word(word);
}

static bool is_name(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!first && c >= '0' && c <= '9');
}

/* Takes the name behind '$'; NULL where there is none. */
static const char *take_name(struct grub_reader *reader)
{
	bool braces = peek(reader, 1) == '{';
	size_t start = 1 + braces, length = 0;
	const char *name = reader->text + reader->position + start;

	while (is_name(peek(reader, start + length), length == 0))
		length++;
	if (!length && peek(reader, start) && strchr("0123456789?#*@", peek(reader, start)))
		length = 1;
	if (!length || (braces && peek(reader, start + length) != '}'))
		return NULL;
	reader->position += start + length + braces;
	return arena_copy(reader->arena, name, length);
}

/* Puts the variable's value; outside quotes its blanks part words. */
static void take_variable(struct grub_reader *reader, struct word_reader *word,
			  struct grub_words *words, bool quoted)
{
	const char *name = take_name(reader), *value;
	bool certain;

	word->plain = false;
	if (!name) {
		put(reader, word, '$');
		advance(reader);
		return;
	}
	value = grub_variable(reader, name, &certain);
	grub_charge(reader, strlen(value) + reader->menu->variables.count);
	if (!certain) {
		/* Whatever it holds, this word is not what it seems. */
		word->certain = false;
		word->begun = true;
		word->line = reader->line;
	}
	for (; *value; value++) {
		if (!quoted && (*value == ' ' || *value == '\t' || *value == '\n')) {
			end_word(reader, word, words);
			word->plain = false;
			word->certain = certain;
		} else {
			put(reader, word, *value);
		}
	}
	if (!quoted && !word->begun)
		word->certain = true;
}

static void take_single_quoted(struct grub_reader *reader, struct word_reader *word)
{
	unsigned line = reader->line;

	word->begun = true;
	word->line = line;
	word->plain = false;
	advance(reader);
	while (!at_end(reader) && peek(reader, 0) != '\'') {
		put(reader, word, peek(reader, 0));
		advance(reader);
	}
	if (at_end(reader))
		grub_set_error(reader, line);
	else
		advance(reader);
}

static void take_double_quoted(struct grub_reader *reader, struct word_reader *word,
			       struct grub_words *words)
{
	unsigned line = reader->line;

	word->begun = true;
	word->line = line;
	word->plain = false;
	advance(reader);
	while (!at_end(reader) && peek(reader, 0) != '"') {
		char c = peek(reader, 0), next = peek(reader, 1);

		if (c == '$') {
			take_variable(reader, word, words, true);
			continue;
		}
		if (c == '\\' && next && strchr("$\"\\\n", next)) {
			advance(reader);
			if (at_end(reader))
				break;
			c = next == '\n' ? '\0' : next;
		}
		if (c)
			put(reader, word, c);
		advance(reader);
	}
	if (at_end(reader))
		grub_set_error(reader, line);
	else
		advance(reader);
}

static void take_escaped(struct grub_reader *reader, struct word_reader *word)
{
	advance(reader);
	if (at_end(reader))
		return;
	if (peek(reader, 0) != '\n') {
		word->plain = false;
		put(reader, word, peek(reader, 0));
	}
	advance(reader);
}

/* Skips a comment; the marks that grub-mkconfig leaves tell which of its scripts wrote what. */
static void skip_comment(struct grub_reader *reader)
{
	static const char begin[] = "### BEGIN ", end[] = "### END ";
	const char *text = reader->text + reader->position;
	size_t length = 0;

	while (reader->position + length < reader->length && text[length] != '\n')
		length++;
	if (length > strlen(begin) && memcmp(text, begin, strlen(begin)) == 0) {
		const char *name =
			arena_copy(reader->arena, text + strlen(begin), length - strlen(begin));

		reader->section = arena_copy(reader->arena, name, strcspn(name, " "));
	} else if (length > strlen(end) && memcmp(text, end, strlen(end)) == 0) {
		reader->section = NULL;
	}
	reader->position += length;
}

static bool is_keyword(const struct grub_word *word)
{
	static const char *const keywords[] = {
		"if",    "then", "elif", "else", "fi",       "while",
		"until", "for",  "do",   "done", "function",
	};

	for (size_t i = 0; word->plain && i < ARRAY_SIZE(keywords); i++)
		if (streq(word->text, keywords[i]))
			return true;
	return false;
}

/* Takes one character that ends a word; true where it ends the command, too. */
static bool take_separator(struct grub_reader *reader, char c, enum grub_token *ret_token)
{
	bool ends = true;

	if (c == '\n' || c == ';')
		*ret_token = GRUB_TOKEN_END;
	else if (c == '{')
		*ret_token = GRUB_TOKEN_OPEN;
	else if (c == '}')
		*ret_token = GRUB_TOKEN_CLOSE;
	else
		ends = false;
	if (c == '&' || c == '|' || c == '<' || c == '>')
		grub_set_error(reader, reader->line);
	advance(reader);
	return ends;
}

enum grub_token grub_read_words(struct grub_reader *reader, struct grub_words *ret_words)
{
	enum grub_token token = GRUB_TOKEN_FILE_END;
	struct word_reader word;

	begin_word(&word);
	while (!at_end(reader)) {
		char c = peek(reader, 0);

		if (c && strchr(" \t\r\n;{}&|<>", c)) {
			end_word(reader, &word, ret_words);
			if (ret_words->count == 1 && is_keyword(&ret_words->items[0]))
				return GRUB_TOKEN_KEYWORD;
			if (!at_end(reader) && take_separator(reader, c, &token))
				return token;
		} else if (c == '#' && !word.begun) {
			skip_comment(reader);
		} else if (c == '\'') {
			take_single_quoted(reader, &word);
		} else if (c == '"') {
			take_double_quoted(reader, &word, ret_words);
		} else if (c == '\\') {
			take_escaped(reader, &word);
		} else if (c == '$') {
			take_variable(reader, &word, ret_words, false);
		} else {
			put(reader, &word, c);
			advance(reader);
		}
	}
	end_word(reader, &word, ret_words);
	if (ret_words->count == 1 && is_keyword(&ret_words->items[0]))
		return GRUB_TOKEN_KEYWORD;
	return GRUB_TOKEN_FILE_END;
}
