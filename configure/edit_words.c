/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/edit_words.h"
#include "preflight/parse/cmdline.h"

#include <errno.h>

static const char unknown_mark = '\001';

bool word_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c == 0xa0;
}

void field_add_raw(struct arena *arena, struct field *field, const char *text, size_t start,
		   size_t end)
{
	for (size_t i = start; i < end; i++)
		*ARRAY_ADD(arena, &field->atoms) = (struct atom){
			.c = text[i],
			.hard = text[i] == '\n',
			.start = i,
			.end = i + 1,
		};
}

int edit_refuse_nul(struct bytes text, struct error *error)
{
	if (text.length && memchr(text.data, '\0', text.length))
		return error_set(error, -ENOTSUP,
				 "the file holds a NUL byte and is no text that can be edited");
	return 0;
}

/* -- what a word means ----------------------------------------------------------------------------- */

/* The name ends at the first '=' that is not the first character. */
static struct word_key split_key(struct arena *arena, const char *text)
{
	const char *equals = *text ? strchr(text + 1, '=') : NULL;

	if (!equals)
		return (struct word_key){.name = text};
	return (struct word_key){
		.name = arena_copy(arena, text, (size_t)(equals - text)),
		.value = equals + 1,
	};
}

static bool read_kernel_key(struct arena *arena, const char *text, struct word_key *ret_key)
{
	struct parameters parameters = {0};

	cmdline_parse(arena, text, strlen(text), NULL, 0, &parameters);
	if (parameters.count != 1 || !streq(parameters.items[0].text, text))
		return false;
	*ret_key = (struct word_key){parameters.items[0].name, parameters.items[0].value};
	return true;
}

/* What ends a command of GRUB's, or breaks it, outside quotes. "${name}" is a variable. */
static bool is_cut_by_grub(const char *text, size_t at)
{
	const char *open;

	if (strchr(";&|<>", text[at]))
		return true;
	if (text[at] == '{')
		return at == 0 || text[at - 1] != '$';
	if (text[at] != '}')
		return false;
	open = memrchr(text, '{', at);
	return !open || open == text || open[-1] != '$';
}

/* Takes GRUB's quotes away. Returns whether GRUB would cut the word. */
static bool read_grub_text(struct arena *arena, const char *text, const char **ret_plain)
{
	char *plain = arena_strdup(arena, text), *end = plain, quote = '\0';
	bool damaged = false;

	for (size_t i = 0; text[i]; i++) {
		char c = text[i];

		if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? '\0' : c;
		} else if (c == '\\' && quote != '\'' && text[i + 1] &&
			   (!quote || strchr("$\"\\", text[i + 1]))) {
			*end++ = text[++i];
		} else {
			damaged = damaged || (!quote && is_cut_by_grub(text, i));
			*end++ = c;
		}
	}
	*end = '\0';
	*ret_plain = plain;
	return damaged || quote;
}

bool word_keys_equal(const struct word_key *a, const struct word_key *b)
{
	return names_equal(a->name, b->name) && streq(a->value, b->value);
}

/* The word in GRUB's double quotes where GRUB would not leave it whole without. */
static const char *write_for_grub(struct arena *arena, const struct word_key *key)
{
	const char *text =
		key->value ? arena_printf(arena, "%s=%s", key->name, key->value) : key->name;
	char *quoted = arena_alloc(arena, 2 * strlen(text) + 3), *end = quoted;

	if (!strpbrk(text, " \t;&|<>{}$*?#"))
		return text;
	*end++ = '"';
	for (; *text; text++) {
		if (*text == '$')
			*end++ = '\\';
		*end++ = *text;
	}
	*end++ = '"';
	return quoted;
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

int word_read_wanted(struct arena *arena, enum word_language language, const char *word,
		     struct word_key *ret_key, const char **ret_text, struct error *error)
{
	struct word_key key;

	if (has_control(word) || !read_kernel_key(arena, word, &key))
		return error_set(error, -EINVAL, "\"%.200s\" is not one word of a command line",
				 word);
	if (language == WORDS_GRUB &&
	    (strpbrk(key.name, "\"'\\") || (key.value && strpbrk(key.value, "\"'\\"))))
		return error_set(
			error, -ENOTSUP,
			"GRUB cannot hand \"%.200s\" to the kernel as it stands: it puts a "
			"backslash in front of each quote and backslash",
			word);
	*ret_key = key;
	*ret_text = language == WORDS_GRUB ? write_for_grub(arena, &key) : word;
	return 0;
}

/* -- splitting ---------------------------------------------------------------------------------------- */

static void add_word(struct arena *arena, enum word_language language, const struct field *field,
		     size_t index, size_t first, size_t end, struct found_words *words)
{
	struct found_word *word = ARRAY_ADD(arena, words);
	char *text = arena_alloc(arena, end - first + 1);

	for (size_t i = first; i < end; i++) {
		const struct atom *atom = &field->atoms.items[i];

		text[i - first] = atom->opaque ? unknown_mark : atom->c;
		word->opaque = word->opaque || atom->opaque;
	}
	*word = (struct found_word){
		.text = text,
		.key = {.name = text},
		.opaque = word->opaque,
		.field = index,
		.first = first,
		.end = end,
	};
	if (word->opaque)
		return;
	if (language == WORDS_GRUB) {
		const char *plain;

		word->damaged = read_grub_text(arena, text, &plain);
		word->key = split_key(arena, plain);
	} else if (!read_kernel_key(arena, text, &word->key)) {
		word->opaque = true;
	}
}

/* The quote that is open behind this atom. *i may be moved over what a backslash protects. */
static char follow_quote(enum word_language language, const struct atoms *atoms, size_t *i,
			 char quote)
{
	const struct atom *atom = &atoms->items[*i];

	if (atom->opaque)
		return quote;
	if (language == WORDS_GRUB && atom->c == '\\' && quote != '\'' && *i + 1 < atoms->count) {
		*i += 1;
		return quote;
	}
	if (atom->c == '"' || (language == WORDS_GRUB && atom->c == '\'')) {
		if (!quote)
			return atom->c;
		if (quote == atom->c)
			return '\0';
	}
	return quote;
}

static bool ends_parameters(const struct found_word *word)
{
	return !word->opaque && streq(word->key.name, "--") && !word->key.value;
}

void words_split(struct arena *arena, enum word_language language, struct field *field,
		 size_t index, struct found_words *words)
{
	const struct atoms *atoms = &field->atoms;
	size_t i = 0;

	field->tail = SIZE_MAX;
	while (i < atoms->count) {
		size_t first;
		char quote = '\0';

		if (!atoms->items[i].opaque && word_is_blank(atoms->items[i].c)) {
			i++;
			continue;
		}
		for (first = i; i < atoms->count; i++) {
			if (!quote && !atoms->items[i].opaque && word_is_blank(atoms->items[i].c))
				break;
			quote = follow_quote(language, atoms, &i, quote);
		}
		add_word(arena, language, field, index, first, i, words);
		/* read_kernel_key() finds no word in "--". */
		if (streq(words->items[words->count - 1].text, "--") ||
		    ends_parameters(&words->items[words->count - 1])) {
			words->count--;
			field->tail = first;
			return;
		}
	}
}

void words_of_text(struct arena *arena, enum word_language language, const char *text,
		   size_t length, struct found_words *words)
{
	struct field field = {0};

	field_add_raw(arena, &field, text, 0, length);
	words_split(arena, language, &field, 0, words);
}

/* -- changes ------------------------------------------------------------------------------------------- */

/* The list while changes are carried out on it. */
struct list_item {
	size_t found; /* index of the found word; SIZE_MAX new */
	struct word_key key;
	const char *text; /* NULL: as found */
	bool opaque, damaged, front;
};

struct list {
	struct list_item *items;
	size_t count, capacity;
};

static bool item_is(const struct list_item *item, const struct word_key *key)
{
	return !item->opaque && word_keys_equal(&item->key, key);
}

static size_t find_item(const struct list *list, const struct word_key *key, size_t from)
{
	for (size_t i = from; i < list->count; i++)
		if (item_is(&list->items[i], key))
			return i;
	return SIZE_MAX;
}

static void delete_item(struct list *list, size_t at)
{
	list->count--;
	memmove(&list->items[at], &list->items[at + 1], (list->count - at) * sizeof(*list->items));
}

static void delete_all(struct list *list, const struct word_key *key, size_t from)
{
	size_t at;

	while ((at = find_item(list, key, from)) != SIZE_MAX)
		delete_item(list, at);
}

static void insert_item(struct arena *arena, struct list *list, size_t at, struct list_item item)
{
	(void)ARRAY_ADD(arena, list);
	memmove(&list->items[at + 1], &list->items[at],
		(list->count - 1 - at) * sizeof(*list->items));
	list->items[at] = item;
}

static bool is_elsewhere(const struct found_words *also, const struct word_key *key)
{
	for (size_t i = 0; also && i < also->count; i++)
		if (!also->items[i].opaque && !also->items[i].damaged &&
		    word_keys_equal(&also->items[i].key, key))
			return true;
	return false;
}

/* A word that is there but that GRUB would cut is written anew where it stands. */
static void mend_item(struct list_item *item, const char *text)
{
	if (item->damaged)
		item->text = text;
	item->damaged = false;
}

static void add_item(struct arena *arena, struct list *list, const struct found_words *also,
		     const struct word_key *key, const char *text, bool front)
{
	size_t at = find_item(list, key, 0);

	if (at != SIZE_MAX) {
		mend_item(&list->items[at], text);
		return;
	}
	if (is_elsewhere(also, key))
		return;
	at = front ? 0 : list->count;
	while (front && at < list->count && list->items[at].front)
		at++;
	insert_item(
		arena, list, at,
		(struct list_item){.found = SIZE_MAX, .key = *key, .text = text, .front = front});
}

static void replace_item(struct arena *arena, struct list *list, const struct found_words *also,
			 const struct word_key *old, const struct word_key *key, const char *text)
{
	size_t at = find_item(list, old, 0);

	if (at == SIZE_MAX || word_keys_equal(old, key) || find_item(list, key, 0) != SIZE_MAX) {
		if (!word_keys_equal(old, key))
			delete_all(list, old, 0);
		add_item(arena, list, also, key, text, false);
		return;
	}
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): where one is found there are items */
	list->items[at].key = *key;
	list->items[at].text = text;
	list->items[at].damaged = false;
	delete_all(list, old, at + 1);
}

static int carry_out(struct arena *arena, enum word_language language, struct list *list,
		     const struct found_words *also, const struct word_change *change,
		     struct error *error)
{
	struct word_key key, with;
	const char *text;
	int r = word_read_wanted(arena, language, change->word, &key, &text, error);

	if (r < 0)
		return r;
	switch (change->action) {
	case WORD_ADD:
	case WORD_FIRST:
		add_item(arena, list, also, &key, text, change->action == WORD_FIRST);
		break;
	case WORD_REMOVE:
		delete_all(list, &key, 0);
		break;
	case WORD_REPLACE:
		r = word_read_wanted(arena, language, change->with, &with, &text, error);
		if (r < 0)
			return r;
		replace_item(arena, list, also, &key, &with, text);
		break;
	}
	return 0;
}

/* Whether the list came out as it was, though words may have gone and come back. */
static bool is_as_found(const struct list *list, const struct found_words *words)
{
	if (list->count != words->count)
		return false;
	for (size_t i = 0; i < list->count; i++) {
		const struct list_item *item = &list->items[i];

		if (item->found != i && item->text && !streq(item->text, words->items[i].text))
			return false;
		if (item->found != i && !item->text)
			return false;
		if (item->found == i && item->text && !streq(item->text, words->items[i].text))
			return false;
	}
	return true;
}

/* New words behind something that GRUB cuts would be lost. */
static int refuse_damaged(const struct list *list, const struct found_words *words,
			  struct error *error)
{
	for (size_t i = 0; i + 1 < list->count; i++)
		if (list->items[i].damaged && list->items[list->count - 1].found == SIZE_MAX)
			return error_set(
				error, -ENOTSUP,
				"GRUB ends the command inside \"%.200s\", so that what "
				"stands behind it is lost: put that word into quotes first",
				words->items[list->items[i].found].text);
	return 0;
}

static void make_plan(struct arena *arena, const struct list *list, const struct found_words *words,
		      struct planned_words *plan)
{
	*plan = (struct planned_words){
		.replaced = arena_array(arena, words->count + 1, sizeof(char *)),
		.removed = arena_array(arena, words->count + 1, sizeof(bool)),
	};
	plan->changed = !is_as_found(list, words);
	if (!plan->changed)
		return;
	memset(plan->removed, true, words->count);
	for_each (item, list) {
		if (item->found == SIZE_MAX) {
			strings_add(arena, item->front ? &plan->front : &plan->back, item->text);
			continue;
		}
		plan->removed[item->found] = false;
		if (item->text && !streq(item->text, words->items[item->found].text))
			plan->replaced[item->found] = item->text;
	}
}

int words_plan(struct arena *arena, enum word_language language, const struct found_words *words,
	       const struct found_words *also, const struct word_changes *changes,
	       struct planned_words *ret_plan, struct error *error)
{
	struct list list = {0};
	int r;

	for (size_t i = 0; i < words->count; i++)
		*ARRAY_ADD(arena, &list) = (struct list_item){
			.found = i,
			.key = words->items[i].key,
			.opaque = words->items[i].opaque,
			.damaged = words->items[i].damaged,
		};
	for_each (change, changes) {
		r = carry_out(arena, language, &list, also, change, error);
		if (r < 0)
			return r;
	}
	r = refuse_damaged(&list, words, error);
	if (r < 0)
		return r;
	make_plan(arena, &list, words, ret_plan);
	return 0;
}
