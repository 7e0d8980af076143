/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void assert_character(const char *text, size_t length, uint32_t code)
{
	uint32_t found = 0;

	assert_int_equal(utf8_character(text, &found), length);
	assert_int_equal(found, code);
}

static void characters_of_utf8(void **state)
{
	static const char *const bad[] = {"\x80",
					  "\xbf",
					  "\xc0\x80",
					  "\xc1\xbf",
					  "\xc3",
					  "\xc3(",
					  "\xe0\x9f\xbf",
					  "\xe2\x82",
					  "\xed\xbf\xbf",
					  "\xf0\x8f\xbf\xbf",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80",
					  "\xfe",
					  "\xff"};

	(void)state;
	assert_character("", 1, 0);
	assert_character("a\xff", 1, 'a');
	assert_character("\xc2\x80", 2, 0x80);
	assert_character("\xdf\xbf", 2, 0x7ff);
	assert_character("\xe0\xa0\x80", 3, 0x800);
	assert_character("\xed\x9f\xbf", 3, 0xd7ff);
	assert_character("\xef\xbf\xbf", 3, 0xffff);
	assert_character("\xf0\x90\x80\x80", 4, 0x10000);
	assert_character("\xf4\x8f\xbf\xbf", 4, 0x10ffff);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_character(bad[i], 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_of_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
