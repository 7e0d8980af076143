/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/grub_reader.h"
#include "preflight/printable_words.h"

/* What ended a block. */
enum block_end {
	BLOCK_FILE_END,
	BLOCK_BRACE,
	BLOCK_THEN,
	BLOCK_ELIF,
	BLOCK_ELSE,
	BLOCK_FI,
	BLOCK_DO,
	BLOCK_DONE,
};

static enum block_end run_block(struct grub_reader *reader);

/* -- modes ----------------------------------------------------------------------------------- */

static enum grub_mode narrow(enum grub_mode mode, enum truth condition)
{
	if (mode == GRUB_SKIP || mode == GRUB_FUNCTION)
		return mode;
	if (condition == NO)
		return GRUB_SKIP;
	return condition == YES ? mode : GRUB_MAYBE;
}

/* Runs a block in another mode. */
static enum block_end run_block_as(struct grub_reader *reader, enum grub_mode mode)
{
	enum grub_mode outer = reader->mode;
	enum block_end end;

	reader->mode = mode;
	end = run_block(reader);
	reader->mode = outer;
	return end;
}

static void expect(struct grub_reader *reader, enum block_end end, enum block_end wanted)
{
	if (end != wanted)
		grub_set_error(reader, reader->line);
}

/* -- if and loops ---------------------------------------------------------------------------- */

/* Whether this branch is run when the ones before it were taken so and its condition holds so. */
static enum truth branch_is_run(enum truth taken, enum truth condition)
{
	if (taken == YES || condition == NO)
		return NO;
	return taken == NO ? condition : UNKNOWN;
}

static void run_if(struct grub_reader *reader)
{
	enum truth taken = NO;
	enum block_end end;

	do {
		enum truth branch;

		end = run_block_as(reader, narrow(reader->mode, taken == YES  ? NO
								: taken == NO ? YES
									      : UNKNOWN));
		if (end != BLOCK_THEN)
			break;
		branch = branch_is_run(taken, reader->status);
		end = run_block_as(reader, narrow(reader->mode, branch));
		if (branch != NO)
			taken = branch == YES ? YES : UNKNOWN;
	} while (end == BLOCK_ELIF);
	if (end == BLOCK_ELSE)
		end = run_block_as(reader, narrow(reader->mode, taken == YES  ? NO
								: taken == NO ? YES
									      : UNKNOWN));
	reader->status = UNKNOWN;
	expect(reader, end, BLOCK_FI);
}

static void run_loop(struct grub_reader *reader, bool counted)
{
	struct grub_words words = {0};
	enum grub_mode mode = narrow(reader->mode, UNKNOWN);

	if (counted && grub_read_words(reader, &words) != GRUB_TOKEN_END)
		grub_set_error(reader, reader->line);
	if (words.count && reader->mode != GRUB_SKIP)
		grub_set(reader, words.items[0].text, "", false);
	expect(reader, run_block_as(reader, mode), BLOCK_DO);
	expect(reader, run_block_as(reader, mode), BLOCK_DONE);
}

static void run_function(struct grub_reader *reader)
{
	struct grub_words words = {0};
	enum grub_token token = grub_read_words(reader, &words);

	while (token == GRUB_TOKEN_END && reader->position < reader->length) {
		words.count = 0;
		token = grub_read_words(reader, &words);
	}
	if (token == GRUB_TOKEN_OPEN)
		expect(reader,
		       run_block_as(reader, reader->mode == GRUB_SKIP ? GRUB_SKIP : GRUB_FUNCTION),
		       BLOCK_BRACE);
	else
		grub_set_error(reader, reader->line);
}

/* -- menu entries ---------------------------------------------------------------------------- */

static bool takes_value(const char *option)
{
	static const char *const options[] = {"--class", "--users", "--hotkey", "--source", "--id"};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (streq(option, options[i]))
			return true;
	return false;
}

static bool is_foreign(const struct grub_item *item)
{
	const char *slash = item->section ? strrchr(item->section, '/') : NULL;

	return (slash && streq(slash, "/30_os-prober")) ||
	       (item->id && starts_with(item->id, "osprober-"));
}

static void read_item_words(struct grub_reader *reader, const struct grub_words *words,
			    struct grub_item *item)
{
	struct arena *arena = reader->arena;

	for (size_t i = 1; i < words->count; i++) {
		const char *text = words->items[i].text;
		size_t length = strlen(text);

		if (takes_value(text) && i + 1 < words->count) {
			const char *value = words->items[++i].text;

			if (streq(text, "--id"))
				item->id = printable_copy(arena, value, strlen(value));
		} else if (starts_with(text, "--id=")) {
			item->id = printable_copy(arena, text + 5, length - 5);
		} else if (!starts_with(text, "--") && !item->title) {
			item->title = printable_copy(arena, text, length);
		}
	}
	if (!item->title)
		item->title = "";
}

static size_t add_item(struct grub_reader *reader, const struct grub_words *words)
{
	struct grub_items *items = &reader->menu->items;
	struct grub_item item = {
		.section = reader->section,
		.parent = reader->parent,
		.submenu = streq(words->items[0].text, "submenu"),
		.conditional = reader->mode != GRUB_RUN,
		.line = words->items[0].line,
	};

	read_item_words(reader, words, &item);
	item.foreign = is_foreign(&item);
	*ARRAY_ADD(reader->arena, items) = item;
	return items->count;
}

/* Reads the block of an entry. Its variables are its own. */
static void run_item(struct grub_reader *reader, const struct grub_words *words)
{
	size_t parent = reader->parent, entry = reader->entry, scope = reader->scope;
	size_t before = reader->menu->variables.count, item;
	bool counts = (reader->mode == GRUB_RUN || reader->mode == GRUB_MAYBE) &&
		      reader->menu->items.count < GRUB_ITEMS_LIMIT && !entry;
	enum block_end end;

	if (!counts) {
		expect(reader, run_block_as(reader, GRUB_SKIP), BLOCK_BRACE);
		return;
	}
	item = add_item(reader, words);
	if (reader->menu->items.items[item - 1].submenu)
		reader->parent = item;
	else
		reader->entry = item;
	reader->scope = before;
	end = run_block_as(reader, GRUB_RUN);
	reader->menu->variables.count = before;
	reader->parent = parent;
	reader->entry = entry;
	reader->scope = scope;
	expect(reader, end, BLOCK_BRACE);
}

/* -- blocks ---------------------------------------------------------------------------------- */

/* Runs what begins with a keyword; what the keyword ends, if it ends a block. */
static enum block_end run_keyword(struct grub_reader *reader, const char *word)
{
	static const struct {
		const char *word;
		enum block_end end;
	} ends[] = {
		{"then", BLOCK_THEN}, {"elif", BLOCK_ELIF}, {"else", BLOCK_ELSE},
		{"fi", BLOCK_FI},     {"do", BLOCK_DO},     {"done", BLOCK_DONE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (streq(word, ends[i].word))
			return ends[i].end;
	if (streq(word, "if"))
		run_if(reader);
	else if (streq(word, "function"))
		run_function(reader);
	else
		run_loop(reader, streq(word, "for"));
	return BLOCK_FILE_END;
}

static void run_command(struct grub_reader *reader, const struct grub_words *words,
			enum grub_token token)
{
	const char *name = words->count ? words->items[0].text : "";

	if (streq(name, "menuentry") || streq(name, "submenu")) {
		if (token == GRUB_TOKEN_OPEN)
			run_item(reader, words);
		else
			grub_set_error(reader, reader->line);
		return;
	}
	if (words->count && !reader->error)
		grub_run_command(reader, words);
	if (token == GRUB_TOKEN_OPEN)
		expect(reader, run_block(reader), BLOCK_BRACE);
}

static enum block_end run_block(struct grub_reader *reader)
{
	enum block_end end = BLOCK_FILE_END;

	if (reader->depth >= GRUB_DEPTH_LIMIT) {
		grub_set_error(reader, reader->line);
		reader->position = reader->length;
		return end;
	}
	reader->depth++;
	while (end == BLOCK_FILE_END && reader->position < reader->length) {
		struct grub_words words = {0};
		enum grub_token token;
		size_t items = reader->menu->items.count;

		if (reader->depth == 1)
			reader->error = false;
		token = grub_read_words(reader, &words);
		if (token == GRUB_TOKEN_KEYWORD)
			end = run_keyword(reader, words.items[0].text);
		else
			run_command(reader, &words, token);
		if (token == GRUB_TOKEN_CLOSE)
			end = BLOCK_BRACE;
		/* GRUB drops a command that it cannot parse as a whole. */
		if (reader->depth == 1 && reader->error)
			reader->menu->items.count = items;
	}
	reader->depth--;
	return end;
}

void grub_cfg_parse(struct arena *arena, const char *source, const char *data, size_t length,
		    const struct grub_input *input, struct grub_menu *ret_menu)
{
	struct grub_reader reader = {
		.arena = arena,
		.source = arena_strdup(arena, source),
		.text = data,
		.length = length,
		.line = 1,
		.input = input,
		.menu = ret_menu,
	};

	*ret_menu = (struct grub_menu){0};
	if (input->platform)
		grub_set(&reader, "grub_platform", input->platform, true);
	if (input->prefix)
		grub_set(&reader, "prefix", input->prefix, true);
	/* Scripts that are cut out of a whole file lack the part that sets it. */
	grub_set(&reader, "menuentry_id_option", "--id", true);
	while (reader.position < reader.length)
		(void)run_block(&reader);
}

/* -- what the menu tells ----------------------------------------------------------------------- */

static const struct grub_setting *find_setting(const struct grub_menu *menu, const char *name)
{
	for (size_t i = menu->variables.count; i > 0; i--)
		if (streq(menu->variables.items[i - 1].name, name))
			return &menu->variables.items[i - 1];
	return NULL;
}

const char *grub_menu_variable(const struct grub_menu *menu, const char *name)
{
	const struct grub_setting *setting = find_setting(menu, name);

	if (setting)
		return setting->certain ? setting->value : NULL;
	return menu->environment_loaded && !menu->environment_known ? NULL : "";
}

const char *grub_menu_expand(struct arena *arena, const struct grub_menu *menu, const char *text,
			     bool *ret_incomplete)
{
	struct strings parts = {0};

	while (*text) {
		size_t length = strcspn(text, "$");
		const char *value;

		*ARRAY_ADD(arena, &parts) = arena_copy(arena, text, length);
		text += length;
		if (!*text)
			break;
		text++;
		length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_");
		value = grub_menu_variable(menu, arena_copy(arena, text, length));
		if (!value)
			*ret_incomplete = true;
		/* A blank follows a value, in place of the one behind the name. */
		if (value && *value)
			*ARRAY_ADD(arena, &parts) = arena_printf(arena, "%s ", value);
		text += length;
		text += *text == ' ';
	}
	return strings_join(arena, &parts, "");
}

/* Whether name is what spec says up to its end or a single '>'; two of them stand for one. How long
 * that part of spec is; 0 where it is not. */
static size_t match_name(const char *name, const char *spec)
{
	size_t length = 0;

	if (!name || !*name)
		return 0;
	for (; spec[length] && !(spec[length] == '>' && spec[length + 1] != '>'); length++) {
		length += spec[length] == '>';
		if (*name++ != spec[length])
			return 0;
	}
	return *name ? 0 : length;
}

/* The item of the level that spec names; NULL where it names none. *ret_length is how long the part of
 * spec is. *ret_certain is false where items that may be missing stand before it. */
static const struct grub_item *find_item(const struct grub_menu *menu, size_t parent,
					 const char *spec, size_t *ret_length, bool *ret_certain)
{
	size_t digits = strspn(spec, "0123456789"), number = SIZE_MAX, index = 0;
	bool conditional = false;

	for_each (item, &menu->items) {
		size_t length;

		if (item->parent != parent)
			continue;
		length = match_name(item->title, spec);
		if (!length)
			length = match_name(item->id, spec);
		if (length) {
			*ret_length = length;
			*ret_certain = !item->conditional;
			return item;
		}
	}
	if (digits && digits < 6 && (!spec[digits] || spec[digits] == '>'))
		number = strtoul(spec, NULL, 10);
	for_each (item, &menu->items) {
		if (item->parent != parent)
			continue;
		conditional = conditional || item->conditional;
		if (index++ == number) {
			*ret_length = digits;
			*ret_certain = !conditional;
			return item;
		}
	}
	return NULL;
}

size_t grub_menu_default(const struct grub_menu *menu)
{
	const char *spec = grub_menu_variable(menu, "default");
	size_t parent = 0;

	for (unsigned depth = 0; spec && depth < GRUB_DEPTH_LIMIT; depth++) {
		size_t length = 0;
		bool certain = true;
		const struct grub_item *item = find_item(menu, parent, spec, &length, &certain);

		/* GRUB starts the first entry where the one it looks for is not there. */
		if (!item)
			item = find_item(menu, parent, spec = "0", &length, &certain);
		if (!item || !certain)
			return 0;
		if (!item->submenu)
			return (size_t)(item - menu->items.items) + 1;
		parent = (size_t)(item - menu->items.items) + 1;
		spec += length;
		spec += *spec == '>';
	}
	return 0;
}
