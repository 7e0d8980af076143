/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of one word a line, and booster.yaml. */
#include "tests/unit/edit_made.h"

static struct strings strings_of(struct arena *arena, const char *text)
{
	struct strings strings = {0};
	char *rest = arena_strdup(arena, text), *item;

	while ((item = strsep(&rest, "|")))
		strings_add(arena, &strings, item);
	return strings;
}

static void test_add(void **state)
{
	static const struct {
		const char *text, *lines, *expected;
	} rows[] = {
		{"", "vfio|vfio_pci", "vfio\nvfio_pci\n"},
		{"# List of modules\n#\n# raid1\n# sd_mod\n", "vfio",
		 "# List of modules\n#\n# raid1\n# sd_mod\nvfio\n"},
		{"a", "b", "a\nb\n"},
		{"vfio-pci\n", "vfio_pci", "vfio-pci\n"},
		{"  vfio_pci ids=1:2\n", "vfio-pci", "  vfio_pci ids=1:2\n"},
		{"#vfio\n", "vfio", "#vfio\nvfio\n"},
		{"# vfio\n", "vfio", "# vfio\nvfio\n"},
		{"vfio\r\n", "vfio", "vfio\r\nvfio\n"},
		{"a\n", "vfio_pci ids=1:2", "a\nvfio_pci ids=1:2\n"},
		{"a\n", "b|b|b-c|b_c", "a\nb\nb-c\n"},
		{"a\n", "b\nc", "!EINVAL"},
		{"a\n", "# x", "!EINVAL"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct strings lines = strings_of(arena, rows[i].lines);
		struct bytes result, again;
		int r = edit_lines_add(arena, bytes_of(rows[i].text), &lines, &result);

		if (*rows[i].expected == '!') {
			assert_string_equal(code_name(r), rows[i].expected);
			continue;
		}
		assert_int_equal(r, 0);
		assert_bytes(arena, result, rows[i].expected);
		assert_int_equal(edit_lines_add(arena, result, &lines, &again), 0);
		assert_bytes(arena, again, rows[i].expected);
	}
}

static void test_remove(void **state)
{
	static const struct {
		const char *text, *words, *expected;
	} rows[] = {
		{"a\nb\nc\n", "b", "a\nc\n"},
		{"a\nb", "b", "a\n"},
		{"a\nvfio-pci ids=1\nvfio_pci\n", "vfio_pci", "a\n"},
		{"#a\n", "a", "#a\n"},
		{"a\r\nb\r\n", "a", "b\r\n"},
		{"a\nb\n", "a|b", ""},
		{"", "a", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct strings words = strings_of(arena, rows[i].words);
		struct bytes result;

		assert_int_equal(edit_lines_remove(arena, bytes_of(rows[i].text), &words, &result),
				 0);
		assert_bytes(arena, result, rows[i].expected);
	}
}

static void test_booster(void **state)
{
	static const struct {
		const char *text, *modules, *expected;
	} rows[] = {
		{"", "vfio_pci|vfio", "modules_force_load: vfio_pci,vfio\n"},
		{"network:\n  dhcp: on\nuniversal: false", "vfio",
		 "network:\n  dhcp: on\nuniversal: false\nmodules_force_load: vfio\n"},
		{"modules_force_load: nvidia\n", "vfio_pci|vfio",
		 "modules_force_load: vfio_pci,vfio,nvidia\n"},
		{"modules_force_load: nvidia,vfio_pci # mine\n", "vfio_pci|vfio",
		 "modules_force_load: vfio,nvidia,vfio_pci # mine\n"},
		{"modules_force_load: \"nvidia\"\r\n", "vfio",
		 "modules_force_load: \"vfio,nvidia\"\r\n"},
		{"modules_force_load: 'nvidia' # x\n", "vfio",
		 "modules_force_load: 'vfio,nvidia' # x\n"},
		{"modules_force_load: \"\"\n", "vfio", "modules_force_load: \"vfio\"\n"},
		{"modules_force_load:\nuniversal: true\n", "vfio",
		 "modules_force_load: vfio\nuniversal: true\n"},
		{"modules_force_load: a, b\n", "b", "modules_force_load: a, b\n"},
		/* booster finds no module of this name. */
		{"modules_force_load: vfio-pci,b\n", "vfio-pci",
		 "modules_force_load: vfio_pci,b\n"},
		{"modules: x\n#modules_force_load: a\n", "vfio",
		 "modules: x\n#modules_force_load: a\nmodules_force_load: vfio\n"},
		{"x:\n  modules_force_load: a\n", "vfio",
		 "x:\n  modules_force_load: a\nmodules_force_load: vfio\n"},
		{"modules_force_load:\n  - a\n  - b\n", "vfio", "!ENOTSUP"},
		{"modules_force_load:\n- a\n", "vfio", "!ENOTSUP"},
		{"modules_force_load: a,\n  b\n", "vfio", "!ENOTSUP"},
		{"modules_force_load: [a, b]\n", "vfio", "!ENOTSUP"},
		{"modules_force_load: >\n  a\n", "vfio", "!ENOTSUP"},
		{"modules_force_load: \"a\\n\"\n", "vfio", "!ENOTSUP"},
		{"modules_force_load: a\nmodules_force_load: b\n", "vfio", "!ENOTSUP"},
		{"a: b\n---\nc: d\n", "vfio", "!ENOTSUP"},
		{"{modules_force_load: a}\n", "vfio", "!ENOTSUP"},
		{"a: b\n", "x,y", "!EINVAL"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct strings modules = strings_of(arena, rows[i].modules);
		struct bytes text = exact_bytes(rows[i].text, strlen(rows[i].text));
		struct bytes result, again;
		struct error error;
		int r = edit_booster_list(arena, text, "modules_force_load", &modules, &result,
					  &error);

		if (*rows[i].expected == '!') {
			assert_string_equal(code_name(r), rows[i].expected);
		} else {
			assert_int_equal(r, 0);
			assert_bytes(arena, result, rows[i].expected);
			assert_int_equal(edit_booster_list(arena, result, "modules_force_load",
							   &modules, &again, &error),
					 0);
			assert_bytes(arena, again, rows[i].expected);
		}
		free((void *)(uintptr_t)text.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_booster),
	};

	return cmocka_run_group_tests_name("edit_lists", tests, NULL, NULL);
}
