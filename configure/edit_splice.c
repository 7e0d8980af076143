/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/edit_words.h"

#include <errno.h>

/* -- writing -------------------------------------------------------------------------------------------- */

bool word_is_plain(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-+=.,:/@%";

	return *text && strspn(text, plain) == strlen(text);
}

static char *escape(struct arena *arena, const char *text, const char *special)
{
	char *escaped = arena_alloc(arena, 2 * strlen(text) + 1), *end = escaped;

	for (; *text; text++) {
		if (strchr(special, *text))
			*end++ = '\\';
		*end++ = *text;
	}
	return escaped;
}

/* A quote inside '…' is written outside of it. */
static char *escape_single(struct arena *arena, const char *text)
{
	char *escaped = arena_alloc(arena, 4 * strlen(text) + 1), *end = escaped;

	for (; *text; text++) {
		if (*text == '\'')
			end = stpcpy(end, "'\\''");
		else
			*end++ = *text;
	}
	return escaped;
}

const char *word_encode(struct arena *arena, enum word_context context, const char *text)
{
	switch (context) {
	case CONTEXT_RAW:
		return text;
	case CONTEXT_MODPROBE:
		return escape(arena, text, "\\");
	case CONTEXT_BARE:
		if (word_is_plain(text))
			return text;
		return arena_printf(arena, "\"%s\"", escape(arena, text, "$`\"\\"));
	case CONTEXT_DOUBLE:
		return escape(arena, text, "$`\"\\");
	case CONTEXT_SINGLE:
		return escape_single(arena, text);
	}
	return text;
}

/* -- splices ----------------------------------------------------------------------------------------------- */

void splice_add(struct arena *arena, struct splices *splices, size_t start, size_t end,
		const char *text)
{
	if (start != end || *text)
		*ARRAY_ADD(arena, splices) = (struct splice){start, end, text};
}

/* Insertions come in front of what is replaced at the same place; else they keep their order. */
static bool is_before(const struct splice *a, const struct splice *b)
{
	if (a->start != b->start)
		return a->start < b->start;
	return a->start == a->end && b->start != b->end;
}

static struct splices sorted(struct arena *arena, const struct splices *splices)
{
	struct splices copy = {0};

	for_each (splice, splices) {
		size_t at = copy.count;

		(void)ARRAY_ADD(arena, &copy);
		for (; at > 0 && is_before(splice, &copy.items[at - 1]); at--)
			copy.items[at] = copy.items[at - 1];
		copy.items[at] = *splice;
	}
	return copy;
}

int splices_apply(struct arena *arena, struct bytes text, const struct splices *splices,
		  struct bytes *ret_text, struct error *error)
{
	struct splices order = sorted(arena, splices);
	size_t length = text.length, from = 0;
	char *result, *end;

	if (!order.count) {
		*ret_text = text;
		return 0;
	}
	for_each (splice, &order)
		length += strlen(splice->text);
	end = result = arena_alloc(arena, length + 1);
	for_each (splice, &order) {
		if (splice->start < from || splice->end < splice->start ||
		    splice->end > text.length)
			return error_set(error, -ENOTSUP,
					 "two changes fall on the same characters");
		end = mempcpy(end, text.data + from, splice->start - from);
		end = stpcpy(end, splice->text);
		from = splice->end;
	}
	if (from < text.length)
		end = mempcpy(end, text.data + from, text.length - from);
	*ret_text = (struct bytes){.data = result, .length = (size_t)(end - result)};
	return 0;
}

/* -- words out ------------------------------------------------------------------------------------------------ */

/* Whether one range of bytes holds these atoms and nothing that belongs to others: the same pair of
 * quotes, or none around either end. */
static bool is_one_range(const struct field *field, size_t first, size_t end)
{
	const struct atom *a = &field->atoms.items[first], *b = &field->atoms.items[end - 1];

	if (a->context == CONTEXT_RAW) {
		for (size_t i = first; i < end; i++)
			if (field->atoms.items[i].hard)
				return false;
	}
	return a->quotes == b->quotes;
}

/* Whether the field has characters besides those; a carriage return is the line's end. */
static bool has_others(const struct field *field, size_t first, size_t end)
{
	for (size_t i = 0; i < field->atoms.count; i++)
		if ((i < first || i >= end) && field->atoms.items[i].c != '\r')
			return true;
	return false;
}

/* Removes the quotes, too, where nothing is left between them and something stands outside. */
static void widen(const struct field *field, size_t first, size_t end, struct splice *splice)
{
	size_t index = field->atoms.items[first].quotes;
	const struct quotes *quotes = index ? &field->quotes.items[index - 1] : NULL;

	if (!quotes || !has_others(field, first, end))
		return;
	if (splice->start == quotes->inner && splice->end == quotes->close) {
		splice->start = quotes->start;
		splice->end = quotes->close + 1;
	}
}

/* The atoms [first, end) become text, written where the first one stands. */
static void replace_atoms(struct arena *arena, const struct field *field, size_t first, size_t end,
			  const char *text, bool may_widen, struct splices *splices)
{
	const struct atom *atoms = field->atoms.items;
	struct splice whole;

	if (first == end)
		return;
	text = *text ? word_encode(arena, atoms[first].context, text) : text;
	whole = (struct splice){atoms[first].start, atoms[end - 1].end, text};
	if (is_one_range(field, first, end)) {
		if (may_widen && !*text)
			widen(field, first, end, &whole);
		splice_add(arena, splices, whole.start, whole.end, whole.text);
		return;
	}
	splice_add(arena, splices, whole.start, whole.start, text);
	for (size_t i = first; i < end; i++)
		if (!atoms[i].hard)
			splice_add(arena, splices, atoms[i].start, atoms[i].end, "");
}

/* The end of the run of removed words that begins at word. */
static size_t run_end(const struct found_words *words, const struct planned_words *plan,
		      size_t index, size_t word)
{
	while (word < words->count && words->items[word].field == index && plan->removed[word])
		word++;
	return word;
}

/* Blanks go with removed words: those in front, or at the front of the field those behind. */
static void remove_run(struct arena *arena, const struct field *field, size_t index,
		       const struct found_words *words, size_t from, size_t to, bool inserts,
		       struct splices *splices)
{
	size_t first = words->items[from].first, end = words->items[to - 1].end;
	bool has_before = from > 0 && words->items[from - 1].field == index;
	bool has_behind = to < words->count && words->items[to].field == index;

	if (has_before || field->joined)
		first = has_before ? words->items[from - 1].end : 0;
	else if (has_behind)
		end = words->items[to].first;
	else if (field->tail != SIZE_MAX)
		end = field->tail;
	replace_atoms(arena, field, first, end, "", !inserts, splices);
}

void words_splice(struct arena *arena, const struct field *field, size_t index,
		  const struct found_words *words, const struct planned_words *plan, bool inserts,
		  struct splices *splices)
{
	for (size_t i = 0; i < words->count;) {
		const struct found_word *word = &words->items[i];
		size_t to;

		if (word->field != index) {
			i++;
			continue;
		}
		to = run_end(words, plan, index, i);
		if (to > i) {
			remove_run(arena, field, index, words, i, to, inserts, splices);
			i = to;
			continue;
		}
		if (plan->replaced[i])
			replace_atoms(arena, field, word->first, word->end, plan->replaced[i],
				      false, splices);
		i++;
	}
}

/* -- words in --------------------------------------------------------------------------------------------------- */

/* Where text is inserted, and how it is written there. */
struct place {
	size_t at;
	enum word_context context;
};

/* Outside quotes, new words come in quotes of their own. */
static void insert_at(struct arena *arena, struct place place, const char *text,
		      struct splices *splices)
{
	if (place.context == CONTEXT_BARE)
		text = arena_printf(arena, "\"%s\"", word_encode(arena, CONTEXT_DOUBLE, text));
	else
		text = word_encode(arena, place.context, text);
	splice_add(arena, splices, place.at, place.at, text);
}

/* A value that is nothing but plain characters outside quotes gets quotes around the whole of it. */
static bool is_plain_value(const struct field *field, size_t first, size_t end)
{
	for (size_t i = 0; i < field->atoms.count; i++) {
		const struct atom *atom = &field->atoms.items[i];
		char text[2] = {atom->c, '\0'};

		if (i >= end && atom->c == '\r')
			continue;
		if (i < first || i >= end || atom->opaque || atom->context != CONTEXT_BARE ||
		    atom->end != atom->start + 1 || !word_is_plain(text))
			return false;
		if (i > first && atom->start != field->atoms.items[i - 1].end)
			return false;
	}
	return first < end;
}

static const struct found_word *word_of_field(const struct found_words *words, size_t index,
					      bool last)
{
	const struct found_word *found = NULL;

	for_each (word, words)
		if (word->field == index && (last || !found))
			found = word;
	return found;
}

void words_insert_front(struct arena *arena, const struct field *field, size_t index,
			const struct found_words *words, const struct strings *texts,
			struct splices *splices)
{
	const struct found_word *first = word_of_field(words, index, false);
	const char *text = strings_join(arena, texts, " ");
	struct place place = {field->empty_at, field->empty_context};
	const struct atom *atom = NULL;

	if (!texts->count)
		return;
	if (first && !first->opaque && is_plain_value(field, first->first, first->end)) {
		size_t end = field->atoms.items[first->end - 1].end;

		atom = &field->atoms.items[first->first];
		text = arena_printf(arena, "\"%s ", word_encode(arena, CONTEXT_DOUBLE, text));
		splice_add(arena, splices, atom->start, atom->start, text);
		splice_add(arena, splices, end, end, "\"");
		return;
	}
	if (first)
		atom = &field->atoms.items[first->first];
	else if (field->tail != SIZE_MAX)
		atom = &field->atoms.items[field->tail];
	if (atom) {
		place = (struct place){atom->start, atom->context};
		text = arena_printf(arena, "%s ", text);
	}
	insert_at(arena, place, text, splices);
}

/* Whether a word stays in the field, so that new ones need a blank in front. */
static bool keeps_words(const struct found_words *words, const struct planned_words *plan,
			size_t index)
{
	for (size_t i = 0; i < words->count; i++)
		if (words->items[i].field == index && !plan->removed[i])
			return true;
	return false;
}

/* The last of the blanks that stand in quotes, where the value begins with those: new words go behind
 * them. NULL where there are none. */
static const struct atom *last_blank(const struct field *field)
{
	const struct atom *found = NULL;

	for_each (atom, &field->atoms)
		if (atom->quotes == 1 && field->quotes.items[0].inner == field->empty_at)
			found = atom;
	return found;
}

void words_insert_back(struct arena *arena, const struct field *field, size_t index,
		       const struct found_words *words, const struct planned_words *plan,
		       struct splices *splices)
{
	const struct found_word *last = word_of_field(words, index, true);
	const char *text = strings_join(arena, &plan->back, " ");
	struct place place = {field->empty_at, field->empty_context};
	const struct atom *atom = NULL;
	bool blank = keeps_words(words, plan, index) || (field->joined && last);

	if (!plan->back.count)
		return;
	if (field->tail != SIZE_MAX) {
		atom = &field->atoms.items[field->tail];
		place = (struct place){atom->start, atom->context};
		insert_at(arena, place, arena_printf(arena, "%s ", text), splices);
		return;
	}
	if (last && !last->opaque && is_plain_value(field, last->first, last->end) &&
	    !plan->front.count) {
		size_t start = field->atoms.items[last->first].start;

		splice_add(arena, splices, start, start, "\"");
		text = arena_printf(arena, "%s%s\"", blank ? " " : "",
				    word_encode(arena, CONTEXT_DOUBLE, text));
		place.at = field->atoms.items[last->end - 1].end;
		splice_add(arena, splices, place.at, place.at, text);
		return;
	}
	atom = last ? &field->atoms.items[last->end - 1] : last_blank(field);
	if (atom)
		place = (struct place){atom->end, atom->context};
	else
		blank = field->joined;
	/* dracut puts the pieces of a list together as they stand: blanks at both ends. */
	insert_at(arena, place,
		  arena_printf(arena, "%s%s%s", blank ? " " : "", text,
			       field->joined && !last ? " " : ""),
		  splices);
}

void fields_splice(struct arena *arena, const struct fields *fields, size_t back,
		   const struct found_words *words, const struct planned_words *plan,
		   struct splices *splices)
{
	bool inserts = plan->front.count || plan->back.count;

	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];

		words_splice(arena, field, i, words, plan, inserts, splices);
		if (i == 0)
			words_insert_front(arena, field, i, words, &plan->front, splices);
		if (i == back)
			words_insert_back(arena, field, i, words, plan, splices);
	}
}
