/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/edit_words.h"
#include "preflight/parse/lines.h"

enum {
	CONTEXT_LINES = 3,
	/* Beyond so many pairs of lines, what lies between the first and the last difference is shown
	 * as replaced whole. */
	PAIRS_LIMIT = 4 * 1024 * 1024,
};

struct diff_line {
	const char *text;
	size_t length;
	bool ended; /* by a newline */
};

struct diff_lines {
	struct diff_line *items;
	size_t count, capacity;
};

/* Lines [a, a_end) of the old text became [b, b_end) of the new one. */
struct change {
	size_t a, a_end, b, b_end;
};

struct changes {
	struct change *items;
	size_t count, capacity;
};

struct output {
	char *items;
	size_t count, capacity;
};

struct diff {
	struct arena *arena;
	struct diff_lines a, b;
	struct changes changes;
	struct output output;
};

static void split(struct arena *arena, struct bytes text, struct diff_lines *lines)
{
	struct span rest = {text.data, text.length}, line;

	while (span_next_line(&rest, &line))
		*ARRAY_ADD(arena, lines) = (struct diff_line){
			.text = line.data,
			.length = line.length,
			.ended = line.data + line.length < text.data + text.length,
		};
}

static bool are_same(const struct diff_line *a, const struct diff_line *b)
{
	return a->length == b->length && a->ended == b->ended &&
	       (!a->length || memcmp(a->text, b->text, a->length) == 0);
}

/* -- what changed ------------------------------------------------------------------------------------------ */

static void add_change(struct diff *diff, size_t a, size_t a_end, size_t b, size_t b_end)
{
	struct change *last =
		diff->changes.count ? &diff->changes.items[diff->changes.count - 1] : NULL;

	if (a == a_end && b == b_end)
		return;
	if (last && last->a_end == a && last->b_end == b) {
		last->a_end = a_end;
		last->b_end = b_end;
		return;
	}
	*ARRAY_ADD(diff->arena, &diff->changes) = (struct change){a, a_end, b, b_end};
}

/* The lengths of the longest common subsequences of all ends of [a, a_end) and [b, b_end). */
static uint32_t *measure(struct diff *diff, const struct change *range)
{
	size_t rows = range->a_end - range->a, columns = range->b_end - range->b;
	uint32_t *table = arena_array(diff->arena, (rows + 1) * (columns + 1), sizeof(*table));

	for (size_t i = rows; i-- > 0;)
		for (size_t j = columns; j-- > 0;) {
			uint32_t *cell = &table[i * (columns + 1) + j];
			uint32_t down = cell[columns + 1], right = cell[1];

			if (are_same(&diff->a.items[range->a + i], &diff->b.items[range->b + j]))
				*cell = cell[columns + 2] + 1;
			else
				*cell = down > right ? down : right;
		}
	return table;
}

static void walk(struct diff *diff, const struct change *range)
{
	size_t a = range->a, b = range->b, columns = range->b_end - range->b + 1;
	const uint32_t *table = measure(diff, range);

	while (a < range->a_end && b < range->b_end) {
		const uint32_t *cell = &table[(a - range->a) * columns + (b - range->b)];

		if (are_same(&diff->a.items[a], &diff->b.items[b])) {
			a++;
			b++;
		} else if (cell[columns] >= cell[1]) {
			add_change(diff, a, a + 1, b, b);
			a++;
		} else {
			add_change(diff, a, a, b, b + 1);
			b++;
		}
	}
	add_change(diff, a, range->a_end, b, range->b_end);
}

static void compare(struct diff *diff)
{
	struct change range = {.a_end = diff->a.count, .b_end = diff->b.count};

	while (range.a < range.a_end && range.b < range.b_end &&
	       are_same(&diff->a.items[range.a], &diff->b.items[range.b])) {
		range.a++;
		range.b++;
	}
	while (range.a < range.a_end && range.b < range.b_end &&
	       are_same(&diff->a.items[range.a_end - 1], &diff->b.items[range.b_end - 1])) {
		range.a_end--;
		range.b_end--;
	}
	if ((range.a_end - range.a + 1) * (range.b_end - range.b + 1) > PAIRS_LIMIT)
		add_change(diff, range.a, range.a_end, range.b, range.b_end);
	else
		walk(diff, &range);
}

/* -- how it is shown ---------------------------------------------------------------------------------------- */

static void put(struct diff *diff, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		*ARRAY_ADD(diff->arena, &diff->output) = text[i];
}

static void put_text(struct diff *diff, const char *text)
{
	put(diff, text, strlen(text));
}

static void put_lines(struct diff *diff, char mark, const struct diff_lines *lines, size_t from,
		      size_t to)
{
	for (; from < to; from++) {
		put(diff, &mark, 1);
		put(diff, lines->items[from].text, lines->items[from].length);
		put_text(diff,
			 lines->items[from].ended ? "\n" : "\n\\ No newline at end of file\n");
	}
}

/* "12,7": an empty range is named by the line in front of it, a count of one is left out. */
static const char *show_range(struct diff *diff, size_t from, size_t to)
{
	if (to - from == 1)
		return arena_printf(diff->arena, "%zu", from + 1);
	return arena_printf(diff->arena, "%zu,%zu", from + (to > from), to - from);
}

/* Changes first … last - 1 with the lines around them. */
static void put_hunk(struct diff *diff, size_t first, size_t last)
{
	const struct change *begin = &diff->changes.items[first];
	const struct change *end = &diff->changes.items[last - 1];
	size_t lead = begin->a < CONTEXT_LINES ? begin->a : CONTEXT_LINES;
	size_t left = diff->a.count - end->a_end;
	size_t trail = left < CONTEXT_LINES ? left : CONTEXT_LINES;
	size_t at = begin->a - lead;

	put_text(diff, arena_printf(diff->arena, "@@ -%s +%s @@\n",
				    show_range(diff, at, end->a_end + trail),
				    show_range(diff, begin->b - lead, end->b_end + trail)));
	for (size_t i = first; i < last; i++) {
		const struct change *change = &diff->changes.items[i];

		put_lines(diff, ' ', &diff->a, at, change->a);
		put_lines(diff, '-', &diff->a, change->a, change->a_end);
		put_lines(diff, '+', &diff->b, change->b, change->b_end);
		at = change->a_end;
	}
	put_lines(diff, ' ', &diff->a, at, end->a_end + trail);
}

static void put_hunks(struct diff *diff)
{
	const struct changes *changes = &diff->changes;

	for (size_t first = 0, last; first < changes->count; first = last) {
		last = first + 1;
		while (last < changes->count &&
		       changes->items[last].a - changes->items[last - 1].a_end <= 2 * CONTEXT_LINES)
			last++;
		put_hunk(diff, first, last);
	}
}

/* diff ends a name that holds blanks with a tab, so that patch knows where it ends. */
static const char *label(struct arena *arena, const char *path, bool exists)
{
	if (!exists)
		return "/dev/null";
	return strchr(path, ' ') ? arena_printf(arena, "%s\t", path) : path;
}

static bool is_binary(struct bytes text)
{
	return text.length && memchr(text.data, '\0', text.length);
}

const char *edit_unified_diff(struct arena *arena, const char *path, bool before_exists,
			      struct bytes before, bool after_exists, struct bytes after)
{
	struct diff diff = {.arena = arena};
	const char *old_label = label(arena, path, before_exists);
	const char *new_label = label(arena, path, after_exists);

	if (before.length == after.length &&
	    (!before.length || memcmp(before.data, after.data, before.length) == 0))
		return "";
	if (is_binary(before) || is_binary(after))
		return arena_printf(arena, "Binary files %s and %s differ\n",
				    before_exists ? path : old_label,
				    after_exists ? path : new_label);
	split(arena, before, &diff.a);
	split(arena, after, &diff.b);
	compare(&diff);
	put_text(&diff, arena_printf(arena, "--- %s\n+++ %s\n", old_label, new_label));
	put_hunks(&diff);
	put(&diff, "", 1);
	return diff.output.items;
}
