/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The alias search; its judge is fnmatch(3) over every line, the slow way. */
#include "alias_samples.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char *alias_file(struct arena *arena)
{
	struct strings lines = {0};

	strings_add(arena, &lines, "# Aliases extracted from modules themselves.");
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		*ARRAY_ADD(arena, &lines) =
			arena_printf(arena, "alias %s %s", aliases[i].alias, aliases[i].module);
	strings_add(arena, &lines, "");
	return strings_join(arena, &lines, "\n");
}

static const char *found(struct arena *arena, const char *text, size_t length, const char *modalias,
			 bool variants)
{
	struct alias_query query = {.modalias = modalias};
	struct alias_matcher *matcher = alias_matcher_new(arena, &query, 1);

	alias_matcher_read_aliases(matcher, text, length);
	assert_false(alias_matcher_gave_up(matcher));
	return strings_join(arena, variants ? &query.variants : &query.modules, " ");
}

static void test_finds_modules(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *text = alias_file(arena);
	size_t length = strlen(text);

	(void)state;
	assert_string_equal(found(arena, text, length, rtx4080, false), "nouveau nvidiafb");
	assert_string_equal(found(arena, text, length, rtx4080_audio, false), "snd_hda_intel");
	assert_string_equal(found(arena, text, length, rtl8139, false), "8139cp 8139too");
	assert_string_equal(found(arena, text, length, xhci, false), "xhci_pci");
	assert_string_equal(found(arena, text, length, tiger_lake_audio, false),
			    "snd_hda_intel snd_sof_pci_intel_tgl");
	/* A root port: no module claims it. */
	assert_string_equal(found(arena, text, length,
				  "pci:v00001B36d0000000Csv00001B36sd00000000bc06sc04i00", false),
			    "");
}

static void test_finds_variants(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *text = alias_file(arena);
	size_t length = strlen(text);

	(void)state;
	assert_string_equal(found(arena, text, length, mlx5_vf, true), "mlx5_vfio_pci vfio_pci");
	assert_string_equal(found(arena, text, length, mlx5_vf, false), "mlx5_core");
	assert_string_equal(found(arena, text, length, rtx4080, true), "vfio_pci");
}

static void test_reads_builtin(void **state)
{
	static const char modinfo[] =
		"xhci_pci.license=GPL\0"
		"xhci_pci.alias=pci:v*d*sv*sd*bc0Csc03i30*\0"
		"xhci_pci.description=alias=pci:v*d*sv*sd*bc*sc*i*\0"
		"nouveau.alias=\0"
		"aliasless\0"
		"ahci.alias=pci:v*d*sv*sd*bc01sc06i01*"; /* cut off before NUL */
	_cleanup_arena_ struct arena *arena = arena_new();
	struct alias_query queries[] = {
		{.modalias = xhci},
		{.modalias = rtx4080},
		{.modalias = "pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01"},
	};
	struct alias_matcher *matcher = alias_matcher_new(arena, queries, ARRAY_SIZE(queries));

	(void)state;
	alias_matcher_read_builtin(matcher, modinfo, sizeof(modinfo) - 1);
	assert_string_equal(strings_join(arena, &queries[0].modules, " "), "xhci_pci");
	assert_int_equal(queries[1].modules.count, 0);
	assert_string_equal(strings_join(arena, &queries[2].modules, " "), "ahci");
}

static void test_accepts_odd_files(void **state)
{
	static const char text[] = "alias\nalias \nalias pci:\nalias pci:v*\n"
				   "alias pci:v0000\nalias pci:v000010de* lower\n"
				   "Alias pci:* capital\n alias pci:* indented\n"
				   "alias pci:v000010DEd* with-dash\r\n"
				   "alias pci:v000010DEd*\t tab\n"
				   "alias pci:[v]000010D[A-E]d* range\n"
				   "alias pci:v000010DE\0* nul\n"
				   "alias xpci:v* other\n"
				   "alias pci:v000010DEd* last";
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(found(arena, text, sizeof(text) - 1, rtx4080, false),
			    "with_dash tab range last");
	for (size_t length = 0; length < sizeof(text); length++) {
		/* A copy of exactly this size, so that the sanitizer sees a byte too far. */
		_cleanup_free_ char *copy = malloc(length ? length : 1);

		memcpy(copy, text, length);
		(void)found(arena, copy, length, rtx4080, false);
	}
}

static void test_ignores_other_modaliases(void **state)
{
	static const char text[] = "alias pci:* everything\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct alias_query queries[] = {{.modalias = NULL},
					{.modalias = ""},
					{.modalias = "usb:v1D6Bp0002"},
					{.modalias = "pci:"}};
	struct alias_matcher *matcher = alias_matcher_new(arena, queries, ARRAY_SIZE(queries));

	(void)state;
	alias_matcher_read_aliases(matcher, text, sizeof(text) - 1);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(queries[i].modules.count, 0);
	assert_string_equal(strings_join(arena, &queries[3].modules, " "), "everything");
}

static void test_gives_up_on_hostile_files(void **state)
{
	enum { LINES = 120 * 1000, QUERIES = 40 };
	static const char line[] = "alias pci:*a*a*a*a*a*a*a*a*a*b x\n";
	size_t size = LINES * (sizeof(line) - 1);
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_free_ char *text = malloc(size);
	struct alias_query queries[QUERIES] = {0};
	struct alias_matcher *matcher;

	(void)state;
	for (size_t i = 0; i < LINES; i++)
		memcpy(text + i * (sizeof(line) - 1), line, sizeof(line) - 1);
	for (size_t i = 0; i < QUERIES; i++)
		queries[i].modalias = rtx4080;
	matcher = alias_matcher_new(arena, queries, QUERIES);
	alias_matcher_read_aliases(matcher, text, size);
	assert_true(alias_matcher_gave_up(matcher));
	assert_int_equal(queries[0].modules.count, 0);
}

static void test_limits_modules(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct strings lines = {0};
	struct alias_query query = {.modalias = rtx4080};
	struct alias_matcher *matcher = alias_matcher_new(arena, &query, 1);
	const char *text;

	(void)state;
	for (int i = 0; i < 1000; i++)
		*ARRAY_ADD(arena, &lines) = arena_printf(arena, "alias pci:* m%d", i);
	text = strings_join(arena, &lines, "\n");
	alias_matcher_read_aliases(matcher, text, strlen(text));
	assert_int_equal(query.modules.count, 64);
	assert_string_equal(query.modules.items[63], "m63");
}

/* -- against fnmatch(3) ---------------------------------------------------------------------- */

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{"", "", true},           {"", "a", false},        {"*", "", true},
		{"a*", "a", true},        {"a*b", "aXbXb", true},  {"a*b", "aXbXc", false},
		{"?", "", false},         {"?", "x", true},        {"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false}, {"[^a-c]x", "dx", true}, {"[]]", "]", true},
		{"[", "[", true},         {"[a", "[a", true},      {"\\*", "*", true},
		{"\\*", "x", false},      {"a\\", "a\\", false},   {"[a-]", "-", true},
		{"*.*", "a/b.c", true},   {"**a**", "bab", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool matches = alias_pattern_matches(cases[i].pattern, strlen(cases[i].pattern),
						     cases[i].text);

		if (matches != cases[i].matches)
			fail_msg("'%s' against '%s'", cases[i].pattern, cases[i].text);
		assert_int_equal(fnmatch(cases[i].pattern, cases[i].text, 0) == 0, matches);
	}
}

/* A small generator of its own, so that a failure can be repeated. */
static unsigned next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

static void random_text(uint32_t *seed, const char *letters, char *text, size_t size)
{
	size_t length = next_random(seed) % size;

	for (size_t i = 0; i < length; i++)
		text[i] = letters[next_random(seed) % strlen(letters)];
	text[length] = '\0';
}

static void test_patterns_like_fnmatch(void **state)
{
	uint32_t seed = 1;
	unsigned matched = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char pattern[10], text[8];
		bool expected;

		random_text(&seed, "ab*?", pattern, sizeof(pattern));
		random_text(&seed, "ab", text, sizeof(text));
		expected = fnmatch(pattern, text, 0) == 0;
		matched += expected;
		if (alias_pattern_matches(pattern, strlen(pattern), text) != expected)
			fail_msg("'%s' against '%s' is not %d", pattern, text, expected);
	}
	assert_in_range(matched, 10000, 190000);
}

/* Looks through a whole alias file the slow way. */
static void slow_search(struct arena *arena, const char *text, const char *modalias,
			struct strings *ret_modules)
{
	for (const char *line = text; line && *line;
	     line = strchr(line, '\n'), line += line != NULL) {
		char pattern[256], module[128];

		if (sscanf(line, "alias %255s %127s", pattern, module) != 2 ||
		    fnmatch(pattern, modalias, 0) != 0)
			continue;
		for (char *c = module; *c; c++)
			*c = *c == '-' ? '_' : *c;
		if (!strings_contain(ret_modules, module))
			strings_add(arena, ret_modules, module);
	}
}

static void compare_with_fnmatch(const char *text, size_t length)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct alias_query queries[ARRAY_SIZE(modaliases)] = {0};
	struct alias_matcher *matcher;

	for (size_t i = 0; i < ARRAY_SIZE(modaliases); i++)
		queries[i].modalias = modaliases[i];
	matcher = alias_matcher_new(arena, queries, ARRAY_SIZE(modaliases));
	alias_matcher_read_aliases(matcher, text, length);
	for (size_t i = 0; i < ARRAY_SIZE(modaliases); i++) {
		struct strings expected = {0};

		slow_search(arena, text, modaliases[i], &expected);
		assert_string_equal(strings_join(arena, &queries[i].modules, " "),
				    strings_join(arena, &expected, " "));
	}
}

static void test_search_like_fnmatch(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *text = alias_file(arena);

	(void)state;
	compare_with_fnmatch(text, strlen(text));
}

static char *read_whole(const char *path, size_t *ret_length)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	ssize_t got;
	char *text;

	if (fd < 0 || fstat(fd, &status) < 0)
		return NULL;
	text = calloc(1, (size_t)status.st_size + 1);
	got = text ? read(fd, text, (size_t)status.st_size) : -1;
	if (got != status.st_size) {
		free(text);
		return NULL;
	}
	*ret_length = (size_t)got;
	return text;
}

/* The alias files of the kernels that are installed where the test runs. */
static void test_installed_kernels(void **state)
{
	DIR *directory = opendir("/lib/modules");
	unsigned compared = 0;
	struct dirent *entry;

	(void)state;
	if (!directory)
		skip();
	while ((entry = readdir(directory))) {
		_cleanup_arena_ struct arena *arena = arena_new();
		size_t length;
		_cleanup_free_ char *text = read_whole(
			arena_printf(arena, "/lib/modules/%s/modules.alias", entry->d_name),
			&length);

		if (!text)
			continue;
		compare_with_fnmatch(text, length);
		compared++;
	}
	closedir(directory);
	if (!compared)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_modules),
		cmocka_unit_test(test_finds_variants),
		cmocka_unit_test(test_reads_builtin),
		cmocka_unit_test(test_accepts_odd_files),
		cmocka_unit_test(test_ignores_other_modaliases),
		cmocka_unit_test(test_gives_up_on_hostile_files),
		cmocka_unit_test(test_limits_modules),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_patterns_like_fnmatch),
		cmocka_unit_test(test_search_like_fnmatch),
		cmocka_unit_test(test_installed_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
