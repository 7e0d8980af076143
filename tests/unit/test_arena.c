/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdalign.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <cmocka.h>

/* The sizes at which the arena changes its ways: a block holds 64 KiB, and what needs more than a
 * quarter of one gets a block of its own. */
static const size_t sizes[] = {1,     15,    16,    17,    4096,   16383,  16384,
			       16385, 65535, 65536, 65537, 100000, 1 << 20};

static bool all_zero(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

static void memory_is_zeroed_and_aligned(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t round = 0; round < 8; round++)
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			unsigned char *memory = arena_alloc(arena, sizes[i]);

			assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
			assert_true(all_zero(memory, sizes[i]));
			memset(memory, 0xa5, sizes[i]);
		}
}

/* No two pieces overlap, whatever sizes come one after the other. */
static void pieces_do_not_overlap(void **state)
{
	enum { COUNT = 400 };
	_cleanup_arena_ struct arena *arena = arena_new();
	unsigned char *pieces[COUNT];

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		pieces[i] = arena_alloc(arena, sizes[i % ARRAY_SIZE(sizes)]);
		memset(pieces[i], (int)(i & 0xff), sizes[i % ARRAY_SIZE(sizes)]);
	}
	for (size_t i = 0; i < COUNT; i++)
		for (size_t at = 0; at < sizes[i % ARRAY_SIZE(sizes)]; at++)
			if (pieces[i][at] != (i & 0xff))
				fail_msg("piece %zu is overwritten at %zu", i, at);
}

static void nothing_is_something(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	assert_non_null(arena_alloc(arena, 0));
	assert_non_null(arena_array(arena, 0, 8));
	assert_non_null(arena_array(arena, SIZE_MAX, 0));
	assert_int_equal(arena_used(arena), 0);
	assert_string_equal(arena_copy(arena, NULL, 0), "");
	assert_null(arena_strdup(arena, NULL));
	arena_free(NULL);
}

static void used_counts_what_was_handed_out(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	assert_int_equal(arena_used(arena), 0);
	(void)arena_alloc(arena, 32);
	assert_int_equal(arena_used(arena), 32);
	(void)arena_alloc(arena, 1);
	assert_in_range(arena_used(arena), 33, 32 + alignof(max_align_t));
	(void)arena_alloc(arena, 1 << 20);
	assert_in_range(arena_used(arena), 33 + (1 << 20), 64 + (1 << 20));
}

static void reset_gives_zeros_again(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	arena_reset(arena); /* nothing to take back yet */
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			unsigned char *memory = arena_alloc(arena, sizes[i]);

			assert_true(all_zero(memory, sizes[i]));
			memset(memory, 0xff, sizes[i]);
		}
		arena_reset(arena);
		assert_int_equal(arena_used(arena), 0);
	}
}

/* Only large pieces, and one that is just as large as a block. */
static void reset_without_a_common_block(void **state)
{
	static const size_t large[] = {100000, 65536, 200000};
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(large); i++)
			memset(arena_alloc(arena, large[i]), 0xff, large[i]);
		arena_reset(arena);
		assert_true(all_zero(arena_alloc(arena, 16), 16));
		assert_true(all_zero(arena_alloc(arena, 16000), 16000));
	}
}

/* Runs with its output thrown away; whether the child ended as a program does that gives up. */
static bool gives_up(void (*run)(struct arena *arena))
{
	const struct rlimit no_core = {0};
	int status;
	pid_t child;

	(void)fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		struct arena *arena = arena_new();

		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)signal(SIGABRT, SIG_DFL); /* not cmocka's handler */
		if (!freopen("/dev/null", "w", stderr))
			_exit(0);
		run(arena);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	/* The address sanitizer ends the program itself where malloc() is asked for too much. */
	return WIFSIGNALED(status) || WEXITSTATUS(status) != 0;
}

static void ask_for_all(struct arena *arena)
{
	(void)arena_alloc(arena, SIZE_MAX);
}

static void ask_for_nearly_all(struct arena *arena)
{
	(void)arena_alloc(arena, SIZE_MAX - alignof(max_align_t) + 1);
}

static void ask_for_half(struct arena *arena)
{
	(void)arena_alloc(arena, SIZE_MAX / 2);
}

static void ask_for_product(struct arena *arena)
{
	(void)arena_array(arena, SIZE_MAX / 8 + 2, 8);
}

static void ask_for_square(struct arena *arena)
{
	(void)arena_array(arena, (size_t)1 << 32, (size_t)1 << 32);
}

static void ask_for_endless_copy(struct arena *arena)
{
	(void)arena_copy(arena, "text", SIZE_MAX);
}

static void ask_for_growth(struct arena *arena)
{
	size_t capacity = SIZE_MAX / 2 + 1;

	(void)arena_grow(arena, NULL, capacity, &capacity, 16);
}

static void huge_sizes_end_the_program(void **state)
{
	(void)state;
	assert_true(gives_up(ask_for_all));
	assert_true(gives_up(ask_for_nearly_all));
	assert_true(gives_up(ask_for_half));
	assert_true(gives_up(ask_for_product));
	assert_true(gives_up(ask_for_square));
	assert_true(gives_up(ask_for_endless_copy));
	assert_true(gives_up(ask_for_growth));
}

static void arrays_grow_and_keep_their_items(void **state)
{
	struct numbers {
		struct number {
			uint64_t value, zero;
		} * items;
		size_t count, capacity;
	} numbers = {0};
	_cleanup_arena_ struct arena *arena = arena_new();
	size_t seen = 0;

	(void)state;
	for_each (number, &numbers)
		fail_msg("an empty array has no %p", (void *)number);
	for (uint64_t i = 0; i < 10000; i++) {
		struct number *number = ARRAY_ADD(arena, &numbers);

		assert_int_equal(number->value, 0);
		assert_int_equal(number->zero, 0);
		number->value = i;
	}
	assert_int_equal(numbers.count, 10000);
	assert_true(numbers.capacity >= numbers.count);
	for_each (number, &numbers)
		assert_int_equal(number->value, seen++);
	assert_int_equal(seen, 10000);
}

static void texts(void **state)
{
	static const char with_nul[] = {'a', '\0', 'b'};
	_cleanup_arena_ struct arena *arena = arena_new();
	char source[] = "text", *copy = arena_strdup(arena, source);
	const char *kept = arena_copy(arena, with_nul, sizeof(with_nul));

	(void)state;
	source[0] = 'T';
	assert_string_equal(copy, "text");
	assert_memory_equal(kept, "a\0b\0", 4);
	assert_string_equal(arena_copy(arena, "0000:41:00.0/driver", 12), "0000:41:00.0");
	assert_string_equal(arena_printf(arena, "%s %04x", "id", 0x10de), "id 10de");
	assert_string_equal(arena_printf(arena, "%s", ""), "");
}

/* The lengths around the small buffer that printing tries first. */
static void printed_texts_of_any_length(void **state)
{
	static const int lengths[] = {0, 1, 254, 255, 256, 257, 4096, 70000};
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		const char *text = arena_printf(arena, "%*s", lengths[i], "");

		assert_int_equal(strlen(text), lengths[i]);
		assert_int_equal(strspn(text, " "), lengths[i]);
	}
}

static void lists_of_strings(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct strings strings = {0};
	char word[] = "one";

	(void)state;
	assert_string_equal(strings_join(arena, &strings, ", "), "");
	assert_false(strings_contain(&strings, ""));
	strings_add(arena, &strings, word);
	word[0] = 'x'; /* a copy was added */
	assert_string_equal(strings_join(arena, &strings, ", "), "one");
	strings_add(arena, &strings, "");
	strings_add(arena, &strings, "three");
	assert_string_equal(strings_join(arena, &strings, ", "), "one, , three");
	assert_string_equal(strings_join(arena, &strings, ""), "onethree");
	assert_true(strings_contain(&strings, "three"));
	assert_true(strings_contain(&strings, ""));
	assert_false(strings_contain(&strings, "thre"));
	assert_int_equal(strings.count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(nothing_is_something),
		cmocka_unit_test(used_counts_what_was_handed_out),
		cmocka_unit_test(reset_gives_zeros_again),
		cmocka_unit_test(reset_without_a_common_block),
		cmocka_unit_test(huge_sizes_end_the_program),
		cmocka_unit_test(arrays_grow_and_keep_their_items),
		cmocka_unit_test(texts),
		cmocka_unit_test(printed_texts_of_any_length),
		cmocka_unit_test(lists_of_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
