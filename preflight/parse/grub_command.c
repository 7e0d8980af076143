/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/grub_reader.h"
#include "preflight/parse/cmdline.h"
#include "preflight/printable_words.h"

static struct grub_item *open_item(struct grub_reader *reader)
{
	return reader->entry ? &reader->menu->items.items[reader->entry - 1] : NULL;
}

static bool is_run(const struct grub_reader *reader)
{
	return reader->mode == GRUB_RUN || reader->mode == GRUB_MAYBE;
}

static const char *word_text(const struct grub_words *words, size_t index)
{
	return index < words->count ? words->items[index].text : "";
}

/* -- variables ------------------------------------------------------------------------------- */

/* What the variable holds where the assignment may not be carried out is known only if it is the same
 * either way. */
static void set_variable(struct grub_reader *reader, const char *name, const char *value,
			 bool certain)
{
	bool was_certain;
	const char *old = grub_variable(reader, name, &was_certain);

	if (reader->mode == GRUB_SKIP)
		return;
	if (reader->mode != GRUB_RUN)
		certain = certain && was_certain && streq(old, value);
	if (reader->mode == GRUB_FUNCTION)
		value = old;
	grub_set(reader, name, value, certain);
}

/* "NAME=VALUE" in one word; false where it is none. */
static bool assign(struct grub_reader *reader, const struct grub_word *word)
{
	const char *equals = strchr(word->text, '=');
	size_t length = equals ? (size_t)(equals - word->text) : 0;

	if (!length || strspn(word->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789_?") != length)
		return false;
	set_variable(reader, arena_copy(reader->arena, word->text, length), equals + 1,
		     word->certain);
	return true;
}

static void run_set(struct grub_reader *reader, const struct grub_words *words)
{
	if (words->count > 1)
		assign(reader, &words->items[1]);
}

static void run_unset(struct grub_reader *reader, const struct grub_words *words)
{
	for (size_t i = 1; i < words->count; i++)
		set_variable(reader, words->items[i].text, "", true);
}

static bool is_wanted(const struct grub_words *words, size_t first, const char *name)
{
	for (size_t i = first; i < words->count; i++)
		if (streq(words->items[i].text, name))
			return true;
	return first >= words->count;
}

static void run_load_env(struct grub_reader *reader, const struct grub_words *words)
{
	const struct grub_input *input = reader->input;
	size_t first = 1;

	if (!is_run(reader))
		return;
	while (first < words->count && *words->items[first].text == '-')
		first += streq(words->items[first].text, "-f") ||
					 streq(words->items[first].text, "--file")
				 ? 2
				 : 1;
	reader->menu->environment_loaded = true;
	reader->menu->environment_known = input->environment_known == YES;
	for (size_t i = 0; input->environment && i < input->environment->count; i++)
		if (is_wanted(words, first, input->environment->items[i].name))
			grub_set(reader, input->environment->items[i].name,
				 input->environment->items[i].value,
				 input->environment_known == YES);
}

/* -- test ------------------------------------------------------------------------------------ */

static enum truth negate(enum truth value)
{
	return value == YES ? NO : value == NO ? YES : UNKNOWN;
}

/* Of files only the environment block is known, and whether it is there. */
static enum truth test_file(const struct grub_reader *reader, const struct grub_word *file)
{
	size_t length = strlen(file->text);
	static const char name[] = "grubenv";

	if (length < strlen(name) || !streq(file->text + length - strlen(name), name) ||
	    reader->input->environment_known != YES)
		return UNKNOWN;
	return truth_of(reader->input->environment != NULL);
}

static enum truth test_two(const struct grub_reader *reader, const struct grub_word *words)
{
	const char *operator= words[0].text;

	if (strlen(operator) == 2 && *operator== '-' && strchr("desf", operator[1]))
		return test_file(reader, &words[1]);
	if (!words[1].certain)
		return UNKNOWN;
	if (streq(operator, "-n"))
		return truth_of(*words[1].text);
	if (streq(operator, "-z"))
		return truth_of(!*words[1].text);
	return UNKNOWN;
}

static enum truth test_three(const struct grub_word *words)
{
	const char *operator= words[1].text;
	bool equal = streq(words[0].text, words[2].text);

	if (!words[0].certain || !words[2].certain)
		return UNKNOWN;
	if (streq(operator, "=") || streq(operator, "=="))
		return truth_of(equal);
	return streq(operator, "!=") ? truth_of(!equal) : UNKNOWN;
}

static enum truth test_simple(const struct grub_reader *reader, const struct grub_word *words,
			      size_t count)
{
	bool negated = false;
	enum truth value = UNKNOWN;

	for (; count > 1 && streq(words->text, "!"); words++, count--)
		negated = !negated;
	if (count == 0)
		value = NO;
	else if (count == 1)
		value = words->certain ? truth_of(*words->text) : UNKNOWN;
	else if (count == 2)
		value = test_two(reader, words);
	else if (count == 3)
		value = test_three(words);
	return negated ? negate(value) : value;
}

/* Simple tests joined by -o and -a, of which -a binds closer. */
static enum truth run_test(const struct grub_reader *reader, const struct grub_word *words,
			   size_t count)
{
	enum truth any = NO, all = YES;

	for (size_t start = 0, i = 0; i <= count; i++) {
		bool or = i == count || streq(words[i].text, "-o");
		enum truth value;

		if (! or &&!streq(words[i].text, "-a"))
			continue;
		value = test_simple(reader, words + start, i - start);
		start = i + 1;
		all = all == NO || value == NO ? NO : all == YES ? value : UNKNOWN;
		if (or) {
			any = any == YES || all == YES ? YES : any == NO ? all : UNKNOWN;
			all = YES;
		}
	}
	return any;
}

static void run_bracket(struct grub_reader *reader, const struct grub_words *words)
{
	size_t count = words->count - 1;

	if (count && streq(words->items[count].text, "]"))
		count--;
	reader->status = run_test(reader, words->items + 1, count);
}

static void run_test_command(struct grub_reader *reader, const struct grub_words *words)
{
	reader->status = run_test(reader, words->items + 1, words->count - 1);
}

static void run_true(struct grub_reader *reader, const struct grub_words *words)
{
	(void)words;
	reader->status = YES;
}

static void run_false(struct grub_reader *reader, const struct grub_words *words)
{
	(void)words;
	reader->status = NO;
}

/* -- search ---------------------------------------------------------------------------------- */

struct search {
	const char *variable, *name;
	bool uuid, label;
};

static void note_search(struct grub_reader *reader, const struct search *search)
{
	struct grub_item *item = open_item(reader);
	const char *device = search->uuid ? "UUID=" : search->label ? "LABEL=" : "FILE=";

	if (!search->name || !is_run(reader))
		return;
	set_variable(reader, search->variable,
		     arena_printf(reader->arena, "%s%s", device, search->name), true);
	if (search->uuid && item)
		item->search_uuid = search->name;
	else if (search->uuid)
		reader->menu->search_uuid = search->name;
}

static void take_search_option(struct search *search, const struct grub_words *words, size_t *index)
{
	const char *text = words->items[*index].text, *next = word_text(words, *index + 1);

	if (streq(text, "--fs-uuid") || streq(text, "-u")) {
		search->uuid = true;
	} else if (streq(text, "--label") || streq(text, "-l") || streq(text, "--fs-label")) {
		search->label = true;
	} else if (starts_with(text, "--set=")) {
		search->variable = text + strlen("--set=");
	} else if ((streq(text, "--set") || streq(text, "-s")) && *next && *next != '-') {
		search->variable = next;
		(*index)++;
	} else if (streq(text, "--hint") || streq(text, "-h")) {
		(*index)++;
	} else if (*text != '-' && !search->name && words->items[*index].certain) {
		search->name = text;
	}
}

static void run_search(struct grub_reader *reader, const struct grub_words *words)
{
	struct search search = {.variable = "root"};

	for (size_t i = 1; i < words->count; i++)
		take_search_option(&search, words, &i);
	note_search(reader, &search);
}

/* "search.fs_uuid UUID [VARIABLE [HINT…]]" */
static void run_search_short(struct grub_reader *reader, const struct grub_words *words)
{
	struct search search = {
		.variable = words->count > 2 ? words->items[2].text : "root",
		.name = words->count > 1 ? words->items[1].text : NULL,
		.uuid = streq(words->items[0].text, "search.fs_uuid"),
		.label = streq(words->items[0].text, "search.fs_label"),
	};

	note_search(reader, &search);
}

/* -- what an entry boots ----------------------------------------------------------------------- */

/* An argument as GRUB gives it to the kernel: in quotes where it holds blanks, and with a backslash in
 * front of quotes and backslashes but those of "\x41" (grub_create_loader_cmdline()). */
static const char *loader_argument(struct arena *arena, const char *text)
{
	char *copy = arena_alloc(arena, 2 * strlen(text) + 3), *end = copy;
	bool spaces = strchr(text, ' ') != NULL;

	if (spaces)
		*end++ = '"';
	for (const char *c = text; *c; c++) {
		bool hex = *c == '\\' && c[1] == 'x' && c[2] && c[3] &&
			   strspn(c + 2, "0123456789abcdefABCDEF") >= 2;

		if ((*c == '\\' && !hex) || *c == '\'' || *c == '"')
			*end++ = '\\';
		*end++ = *c;
	}
	if (spaces)
		*end++ = '"';
	return copy;
}

/* The line of the argument that the character at offset of the joined text belongs to. */
static unsigned line_at(const struct strings *arguments, const struct grub_words *words,
			size_t offset)
{
	size_t passed = 0;

	for (size_t i = 0; i < arguments->count; i++) {
		passed += strlen(arguments->items[i]) + 1;
		if (offset < passed)
			return words->items[i].line;
	}
	return 0;
}

static void set_words(struct grub_reader *reader, struct grub_item *item,
		      const struct grub_words *words)
{
	struct strings arguments = {0};
	const char *joined;
	size_t offset = 0, length;

	for_each (word, words)
		*ARRAY_ADD(reader->arena, &arguments) = loader_argument(reader->arena, word->text);
	joined = strings_join(reader->arena, &arguments, " ");
	length = strlen(joined);
	grub_charge(reader, 64 * length);
	joined = printable_words(reader->arena, joined, length);
	item->cmdline = joined;
	item->words = (struct parameters){0};
	cmdline_parse(reader->arena, joined, length, reader->source, 0, &item->words);
	for_each (parameter, &item->words) {
		while (offset < length &&
		       strncmp(joined + offset, parameter->text, strlen(parameter->text)) != 0)
			offset++;
		parameter->origin.line = line_at(&arguments, words, offset);
		offset += strlen(parameter->text);
	}
}

/* Which of two kernels an entry boots cannot be told: the first one stays, marked. */
static bool may_replace(const struct grub_reader *reader, struct grub_item *item)
{
	if (reader->mode == GRUB_RUN || !item->kernel)
		return true;
	item->incomplete = true;
	return false;
}

static void run_linux(struct grub_reader *reader, const struct grub_words *words)
{
	struct grub_item *item = open_item(reader);
	struct grub_words known = {0};

	if (!item || !is_run(reader) || words->count < 2 || !may_replace(reader, item))
		return;
	item->kernel = words->items[1].text;
	item->kernel_line = words->items[0].line;
	item->incomplete = reader->mode == GRUB_MAYBE;
	for (size_t i = 2; i < words->count; i++) {
		if (words->items[i].certain)
			*ARRAY_ADD(reader->arena, &known) = words->items[i];
		else
			item->incomplete = true;
	}
	set_words(reader, item, &known);
}

/* "newc:NAME:PATH" puts a file of that name into the image. */
static const char *initrd_path(const char *text)
{
	const char *colon = starts_with(text, "newc:") ? strchr(text + 5, ':') : NULL;

	return colon ? colon + 1 : text;
}

static void run_initrd(struct grub_reader *reader, const struct grub_words *words)
{
	struct grub_item *item = open_item(reader);

	if (!item || !is_run(reader))
		return;
	item->initrds = (struct strings){0};
	for (size_t i = 1; i < words->count; i++)
		if (*words->items[i].text != '-')
			strings_add(reader->arena, &item->initrds,
				    initrd_path(words->items[i].text));
}

static void run_multiboot(struct grub_reader *reader, const struct grub_words *words)
{
	struct grub_item *item = open_item(reader);

	if (item && is_run(reader))
		item->hypervisor = word_text(words, 1);
}

static void run_chainloader(struct grub_reader *reader, const struct grub_words *words)
{
	struct grub_item *item = open_item(reader);

	if (item && is_run(reader))
		item->chainload = word_text(words, words->count - 1);
}

static void run_configfile(struct grub_reader *reader, const struct grub_words *words)
{
	struct grub_item *item = open_item(reader);

	if (!is_run(reader) || words->count < 2)
		return;
	if (item)
		item->chainload = words->items[1].text;
	else
		strings_add(reader->arena, &reader->menu->configfiles, words->items[1].text);
}

/* SUSE's stub goes on with the real file by `source`. Elsewhere it brings in custom.cfg and the like,
 * which are looked at only as files that may be there. */
static void run_source(struct grub_reader *reader, const struct grub_words *words)
{
	const char *slash = words->count > 1 ? strrchr(words->items[1].text, '/') : NULL;

	if (streq(slash, "/grub.cfg"))
		run_configfile(reader, words);
}

static void run_blscfg(struct grub_reader *reader, const struct grub_words *words)
{
	struct grub_items *items = &reader->menu->items;

	(void)words;
	if (!is_run(reader))
		return;
	reader->menu->reads_bls = true;
	for (size_t i = 0; i < reader->input->bls_count && items->count < GRUB_ITEMS_LIMIT; i++)
		*ARRAY_ADD(reader->arena, items) = (struct grub_item){
			.title = reader->input->bls[i].title,
			.id = reader->input->bls[i].id,
			.section = reader->section,
			.parent = reader->parent,
			.bls = i + 1,
			.conditional = reader->mode != GRUB_RUN,
		};
}

/* -- which command --------------------------------------------------------------------------- */

void grub_run_command(struct grub_reader *reader, const struct grub_words *words)
{
	static const struct {
		const char *name;
		void (*run)(struct grub_reader *reader, const struct grub_words *words);
	} commands[] = {
		{"set", run_set},
		{"export", run_set},
		{"unset", run_unset},
		{"load_env", run_load_env},
		{"[", run_bracket},
		{"test", run_test_command},
		{"true", run_true},
		{"false", run_false},
		{"search", run_search},
		{"search.fs_uuid", run_search_short},
		{"search.fs_label", run_search_short},
		{"search.file", run_search_short},
		{"linux", run_linux},
		{"linux16", run_linux},
		{"linuxefi", run_linux},
		{"initrd", run_initrd},
		{"initrd16", run_initrd},
		{"initrdefi", run_initrd},
		{"multiboot", run_multiboot},
		{"multiboot2", run_multiboot},
		{"xen_hypervisor", run_multiboot},
		{"chainloader", run_chainloader},
		{"configfile", run_configfile},
		{"normal", run_configfile},
		{"source", run_source},
		{".", run_source},
		{"blscfg", run_blscfg},
	};
	const char *name = words->items[0].text;

	reader->status = UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (streq(name, commands[i].name)) {
			commands[i].run(reader, words);
			return;
		}
	assign(reader, &words->items[0]);
}
