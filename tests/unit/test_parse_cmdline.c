/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/cmdline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <cmocka.h>

static struct parameters parse(struct arena *arena, const char *text)
{
	struct parameters parameters = {0};

	cmdline_parse(arena, text, strlen(text), "/proc/cmdline", 1, &parameters);
	return parameters;
}

/* One word's name and value; a NULL value is a word without '='. */
static void assert_word(const struct parameters *parameters, size_t i, const char *name,
			const char *value)
{
	assert_true(i < parameters->count);
	assert_string_equal(parameters->items[i].name, name);
	if (value)
		assert_string_equal(parameters->items[i].value, value);
	else
		assert_null(parameters->items[i].value);
}

static void splits_words(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct parameters words =
		parse(arena, "BOOT_IMAGE=/vmlinuz root=UUID=1-2 ro  quiet\tintel_iommu=on,sm_on\n");

	(void)state;
	assert_int_equal(words.count, 5);
	assert_word(&words, 0, "BOOT_IMAGE", "/vmlinuz");
	assert_word(&words, 1, "root", "UUID=1-2");
	assert_word(&words, 2, "ro", NULL);
	assert_word(&words, 3, "quiet", NULL);
	assert_word(&words, 4, "intel_iommu", "on,sm_on");
	assert_string_equal(words.items[1].text, "root=UUID=1-2");
	assert_string_equal(words.items[1].origin.source, "/proc/cmdline");
	assert_int_equal(words.items[1].origin.line, 1);
	assert_string_equal(words.items[1].origin.text, "root=UUID=1-2");
}

static void drops_quotes_like_the_kernel(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct parameters words =
		parse(arena, "a=\"b c\" \"d=e f\" g=\"h\"i \"j k\" l=m\"n o\" p=\"");

	(void)state;
	assert_int_equal(words.count, 6);
	assert_word(&words, 0, "a", "b c");
	assert_string_equal(words.items[0].text, "a=\"b c\"");
	assert_word(&words, 1, "d", "e f");
	assert_string_equal(words.items[1].text, "\"d=e f\"");
	/* Only a quote at the word's end is taken away. */
	assert_word(&words, 2, "g", "h\"i");
	assert_word(&words, 3, "j k", NULL);
	/* Quotes inside a value group, and stay. */
	assert_word(&words, 4, "l", "m\"n o\"");
	/* An open quote reaches to the end of the text. */
	assert_word(&words, 5, "p", "");
}

static void an_open_quote_swallows_the_rest(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct parameters words = parse(arena, "quiet x=\"a iommu=pt vfio-pci.ids=1:2");

	(void)state;
	assert_int_equal(words.count, 2);
	assert_word(&words, 1, "x", "a iommu=pt vfio-pci.ids=1:2");
}

static void an_equals_sign_in_front_is_part_of_the_name(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct parameters words = parse(arena, "=a =b=c d= \"=e\" \"\" \"f\"");

	(void)state;
	assert_int_equal(words.count, 6);
	assert_word(&words, 0, "=a", NULL);
	assert_word(&words, 1, "=b", "c");
	assert_word(&words, 2, "d", "");
	assert_word(&words, 3, "=e", NULL);
	assert_word(&words, 4, "", NULL);
	assert_word(&words, 5, "f", NULL);
}

static void stops_at_two_dashes(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct parameters words = parse(arena, "quiet -- intel_iommu=on");
	struct parameters quoted = parse(arena, "\"--\" intel_iommu=on");
	struct parameters other = parse(arena, "--=x ---  --a iommu=pt");

	(void)state;
	assert_int_equal(words.count, 1);
	assert_int_equal(quoted.count, 0);
	assert_int_equal(other.count, 4);
	assert_word(&other, 0, "--", "x");
	assert_word(&other, 3, "iommu", "pt");
}

/* A no-break space pasted from a web page: c2 a0. The kernel splits behind the c2. */
static void takes_a_byte_of_a0_for_white_space(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct parameters words = parse(arena, "intel_iommu=on\xc2\xa0iommu=pt");

	(void)state;
	assert_int_equal(words.count, 2);
	assert_word(&words, 0, "intel_iommu", "on\xc2");
	assert_word(&words, 1, "iommu", "pt");
}

static void ends_at_a_nul_and_at_the_length(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct parameters words = {0};

	(void)state;
	cmdline_parse(arena, "quiet\0iommu=pt", 14, NULL, 0, &words);
	assert_int_equal(words.count, 1);
	assert_null(words.items[0].origin.source);
	cmdline_parse(arena, "iommu=pt", 7, NULL, 0, &words);
	assert_int_equal(words.count, 2);
	assert_word(&words, 1, "iommu", "p");
	cmdline_parse(arena, "", 0, NULL, 0, &words);
	cmdline_parse(arena, "\n", 1, NULL, 0, &words);
	assert_int_equal(words.count, 2);
}

static double seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void stays_linear(void **state)
{
	static const char *const patterns[] = {"a ", "\"", "=", "a=\"", "\" ", "aaaaaaaa", " "};
	enum { SIZE = 10 * 1024 * 1024 };
	char *text = malloc(SIZE);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct parameters words = {0};
		size_t length = strlen(patterns[i]);
		double start = seconds();

		for (size_t at = 0; at < SIZE; at++)
			text[at] = patterns[i][at % length];
		cmdline_parse(arena, text, SIZE, NULL, 0, &words);
		if (i == 0)
			assert_int_equal(words.count, SIZE / 2);
		if (i == 5)
			assert_int_equal(words.count, 1);
		assert_true(seconds() - start < 5); /* generous: quadratic would take hours */
	}
	free(text);
}

static void walks_value_lists(void **state)
{
	const char *rest = "on,,igfx_off,", *value;
	size_t length;

	(void)state;
	assert_true(value_list_next(&rest, &value, &length));
	assert_int_equal(length, 2);
	assert_memory_equal(value, "on", 2);
	assert_true(value_list_next(&rest, &value, &length));
	assert_int_equal(length, 0);
	assert_true(value_list_next(&rest, &value, &length));
	assert_int_equal(length, 8);
	assert_memory_equal(value, "igfx_off", 8);
	assert_false(value_list_next(&rest, &value, &length));
	assert_true(value_list_contains("on,igfx_off", "igfx_off"));
	assert_true(value_list_contains("on", "on"));
	assert_false(value_list_contains("one,xon", "on"));
	assert_false(value_list_contains(NULL, "on"));
	assert_false(value_list_contains("", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_words),
		cmocka_unit_test(drops_quotes_like_the_kernel),
		cmocka_unit_test(an_open_quote_swallows_the_rest),
		cmocka_unit_test(an_equals_sign_in_front_is_part_of_the_name),
		cmocka_unit_test(stops_at_two_dashes),
		cmocka_unit_test(takes_a_byte_of_a0_for_white_space),
		cmocka_unit_test(ends_at_a_nul_and_at_the_length),
		cmocka_unit_test(stays_linear),
		cmocka_unit_test(walks_value_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
