/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/edit_words.h"

#include <errno.h>

struct mentioned {
	struct word_key key;
	bool wanted;
};

struct mentioned_list {
	struct mentioned *items;
	size_t count, capacity;
};

static void mention(struct arena *arena, struct mentioned_list *list, const struct word_key *key,
		    bool wanted)
{
	for_each (mentioned, list)
		if (word_keys_equal(&mentioned->key, key)) {
			mentioned->wanted = wanted;
			return;
		}
	*ARRAY_ADD(arena, list) = (struct mentioned){*key, wanted};
}

static int read_mentioned(struct arena *arena, enum word_language language,
			  const struct word_changes *changes, struct mentioned_list *ret_list,
			  struct error *error)
{
	for_each (change, changes) {
		struct word_key key;
		const char *text;
		int r = word_read_wanted(arena, language, change->word, &key, &text, error);

		if (r < 0)
			return r;
		mention(arena, ret_list, &key,
			change->action == WORD_ADD || change->action == WORD_FIRST);
		if (change->action != WORD_REPLACE)
			continue;
		r = word_read_wanted(arena, language, change->with, &key, &text, error);
		if (r < 0)
			return r;
		mention(arena, ret_list, &key, true);
	}
	return 0;
}

static bool is_mentioned(const struct mentioned_list *list, const struct found_word *word)
{
	if (word->opaque)
		return false;
	for_each (mentioned, list)
		if (word_keys_equal(&mentioned->key, &word->key))
			return true;
	return false;
}

/* The next word from *at on that no change names; NULL behind the last one. */
static const struct found_word *next_other(const struct found_words *words,
					   const struct mentioned_list *list, size_t *at)
{
	while (*at < words->count) {
		const struct found_word *word = &words->items[(*at)++];

		if (!is_mentioned(list, word))
			return word;
	}
	return NULL;
}

/* Whether the word is there; not one that GRUB would cut. */
static bool is_there(const struct found_words *words, const struct word_key *key, bool whole)
{
	for_each (word, words)
		if (!word->opaque && word_keys_equal(&word->key, key) && !(whole && word->damaged))
			return true;
	return false;
}

static const char *show(struct arena *arena, const struct word_key *key)
{
	return key->value ? arena_printf(arena, "%s=%s", key->name, key->value) : key->name;
}

int words_prove(struct arena *arena, enum word_language language, const struct found_words *before,
		const struct found_words *after, const struct word_changes *changes,
		struct error *error)
{
	struct mentioned_list list = {0};
	size_t a = 0, b = 0;
	int r = read_mentioned(arena, language, changes, &list, error);

	if (r < 0)
		return r;
	for_each (mentioned, &list)
		if (is_there(after, &mentioned->key, mentioned->wanted) != mentioned->wanted)
			return error_set(
				error, -ENOTSUP,
				mentioned->wanted
					? "\"%.200s\" would not be a word of the result: the value "
					  "is put together in a way that has to be changed by hand"
					: N_("\"%.200s\" comes from another place than the value "
					     "itself and has to be removed there"),
				show(arena, &mentioned->key));
	for (;;) {
		const struct found_word *x = next_other(before, &list, &a);
		const struct found_word *y = next_other(after, &list, &b);

		if (!x && !y)
			return 0;
		if (!x || !y || !streq(x->text, y->text))
			return error_set(
				error, -ENOTSUP,
				"the word \"%.200s\" would change, too: the value has to be "
				"edited by hand",
				x ? x->text : y->text);
	}
}
