/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/generators/script_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* "name:prerequisite,prerequisite name …" */
static void assert_order(const char *scripts, const char *expected)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct boot_scripts list = {0};
	struct strings order = {0};
	char *rest = arena_strdup(arena, scripts), *word;

	while ((word = strsep(&rest, " "))) {
		struct boot_script script = {.name = strsep(&word, ":")};
		char *prerequisite;

		while ((prerequisite = strsep(&word, ",")))
			strings_add(arena, &script.prerequisites, prerequisite);
		*ARRAY_ADD(arena, &list) = script;
	}
	script_order(arena, &list, &order);
	assert_string_equal(strings_join(arena, &order, " "), expected);
}

/* Each of these was given to coreutils' tsort, but for the last, which goes round in a circle. */
static void orders_as_tsort_does(void **state)
{
	(void)state;
	assert_order("udev vfio keymap", "keymap udev vfio");
	assert_order("a:udev b udev", "b udev a");
	assert_order("a:z b z:b", "b z a");
	assert_order("a b:a c:a d", "a d c b");
	assert_order("a:gone b", "b a");
	assert_order("Z a _ 0", "0 Z _ a");
	assert_order("a:a b", "a b");
	assert_order("a:b b:a c", "c a b");
}

static void reads_prerequisites(void **state)
{
	static const struct {
		const char *text, *prerequisites;
	} rows[] = {
		{"#!/bin/sh\nPREREQ=\"\"\nprereqs()\n{\n\techo \"$PREREQ\"\n}\n", ""},
		{"PREREQ=\"udev blacklist\"\nprereqs() { echo \"$PREREQ\"; }\n", "udev blacklist"},
		{"PREREQS='udev'\n", "udev"},
		{"PREREQ=udev\n", "udev"},
		{"prereqs() { echo \"udev\"; }\ncase $1 in prereqs) prereqs;; esac\n", "udev"},
		{"prereqs()\n{\n  echo udev\n}\n", "udev"},
		{"modprobe vfio-pci\necho done\n", ""},
		{"", ""},
		{"prereqs()", ""},
		{"prereqs() { echo", ""},
	};
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strings found = {0};

		script_prerequisites(arena, rows[i].text, strlen(rows[i].text), &found);
		assert_string_equal(strings_join(arena, &found, " "), rows[i].prerequisites);
	}
}

static void knows_valid_names(void **state)
{
	(void)state;
	assert_true(script_name_valid("00-vfio"));
	assert_true(script_name_valid("bind_vfio.sh"));
	assert_false(script_name_valid(".hidden"));
	assert_false(script_name_valid("bind vfio"));
	assert_false(script_name_valid("vfio~"));
	assert_false(script_name_valid(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_as_tsort_does),
		cmocka_unit_test(reads_prerequisites),
		cmocka_unit_test(knows_valid_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
