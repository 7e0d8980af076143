/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words that mean something in grub.cfg, into which grub-mkconfig pastes what /etc/default/grub says. */
#include "preflight/parse/cmdline.h"
#include "preflight/parse/grub_cfg.h"
#include "preflight/parse/shell.h"
#include "tests/unit/edit_made.h"
#include "tests/unit/run_tool.h"

#define A  "GRUB_CMDLINE_LINUX_DEFAULT"
#define ON "intel_iommu=on"

struct row {
	const char *text, *changes, *expected;
};

static int edit(struct arena *arena, struct bytes text, const char *changes, struct bytes *ret_text)
{
	struct word_changes list = changes_of(arena, changes);

	return edit_shell_words(arena, text, EDIT_SHELL_POSIX, A, &list, false, ret_text, NULL);
}

/* What means something in grub.cfg comes through whole: the value is pasted there as it stands. */
static void test_grub_quoting(void **state)
{
	static const struct row rows[] = {
		{A "=\"quiet\"\n", "+pci=config_acs=x0@pci:0:0;x1@0000:00:01.0",
		 A "=\"quiet \\\"pci=config_acs=x0@pci:0:0;x1@0000:00:01.0\\\"\"\n"},
		{A "='quiet'\n", "+pci=a;b", A "='quiet \"pci=a;b\"'\n"},
		{A "=quiet\n", "+pci=a;b", A "=\"quiet \\\"pci=a;b\\\"\"\n"},
		{A "=\"\"\n", "+a=b&c", A "=\"\\\"a=b&c\\\"\"\n"},
		{A "=\"\"\n", "+a={b}", A "=\"\\\"a={b}\\\"\"\n"},
		{A "=\"\"\n", "+memmap=4G$64G", A "=\"\\\"memmap=4G\\\\\\$64G\\\"\"\n"},
		{A "=''\n", "+memmap=4G$64G", A "='\"memmap=4G\\$64G\"'\n"},
		{A "=\"\"\n", "+dyndbg=\"file x +p\"", A "=\"\\\"dyndbg=file x +p\\\"\"\n"},
		{A "=\"q \\\"pci=a;b\\\" r\"\n", "-pci=a;b", A "=\"q r\"\n"},
		{A "='q \"pci=a;b\" r'\n", "-pci=a;b", A "='q r'\n"},
		{A "=\"q 'pci=a;b' r\"\n", "-pci=a;b", A "=\"q r\"\n"},
		{A "=\"q pci=a\\\\;b r\"\n", "-pci=a;b", A "=\"q r\"\n"},
		{A "=\"q \\\"pci=a;b\\\" r\"\n", "+pci=a;b", A "=\"q \\\"pci=a;b\\\" r\"\n"},
		{A "=\"q \\\"pci=a;b\\\" r\"\n", "pci=a;b>pci=c;d", A "=\"q \\\"pci=c;d\\\" r\"\n"},
		/* GRUB would cut this one: it is written anew. */
		{A "=\"q pci=a;b\"\n", "+pci=a;b", A "=\"q \\\"pci=a;b\\\"\"\n"},
		{A "=\"q pci=a;b\"\n", "-pci=a;b", A "=\"q\"\n"},
		{A "=\"q pci=a;b r\"\n", "pci=a;b>pci=c", A "=\"q pci=c r\"\n"},
		/* What comes behind it would be lost. */
		{A "=\"q pci=a;b\"\n", "+x", "!ENOTSUP"},
		{A "=\"q pci=a;b\"\n", "^x", A "=\"x q pci=a;b\"\n"},
		{A "=\"q\"\n", "+a=b\\c", "!ENOTSUP"},
		{A "=\"q\"\n", "+a=it's", "!ENOTSUP"},
		{A "=\"q \\${tuned_params}\"\n", "+x", A "=\"q \\${tuned_params} x\"\n"},
		{A "=\"q \\\"open\"\n", "+x", "!ENOTSUP"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct bytes result = bytes_of(""), again;
		int r = edit(arena, bytes_of(rows[i].text), rows[i].changes, &result);

		if (*rows[i].expected == '!') {
			assert_string_equal(code_name(r), rows[i].expected);
			continue;
		}
		assert_int_equal(r, 0);
		assert_bytes(arena, result, rows[i].expected);
		assert_int_equal(edit(arena, result, rows[i].changes, &again), 0);
		assert_bytes(arena, again, rows[i].expected);
	}
}

/* GRUB's own check of the syntax, where it is installed. */
static void assert_grub_reads(const char *cfg)
{
	char path[] = "/tmp/vfiokit-grub-XXXXXX";
	const char *const argv[] = {"grub-script-check", path, NULL};
	int file = mkstemp(path), status;

	assert_true(file >= 0);
	assert_int_equal(write(file, cfg, strlen(cfg)), strlen(cfg));
	close(file);
	status = run_tool(argv);
	(void)unlink(path);
	assert_true(status == 0 || status == 127);
}

/* What the kernel gets from a menu entry that is made with this file. */
static struct parameters boot(struct arena *arena, struct bytes text)
{
	struct shell_script script = {0};
	struct grub_input input = {.environment_known = YES, .platform = "efi"};
	struct grub_menu menu;
	const char *value, *cfg;

	shell_parse(arena, "-", text.data, text.length, false, &script);
	value = shell_value(arena, shell_find(&script, A));
	assert_non_null(value);
	cfg = arena_printf(arena, "menuentry 'x' {\n\tlinux /v root=a ro  %s\n\tinitrd /i\n}\n",
			   value);
	assert_grub_reads(cfg);
	grub_cfg_parse(arena, "grub.cfg", cfg, strlen(cfg), &input, &menu);
	assert_null(menu.broken.source);
	assert_int_equal(menu.items.count, 1);
	assert_int_equal(menu.items.items[0].initrds.count, 1);
	return menu.items.items[0].words;
}

static bool has(const struct parameters *words, const struct parameter *wanted)
{
	for_each (word, words)
		if (streq(word->name, wanted->name) && streq(word->value, wanted->value))
			return true;
	return false;
}

static struct bytes change(struct arena *arena, struct bytes text, enum word_action action,
			   const char *word)
{
	struct word_change items[] = {{action, word, NULL}, {action, ON, NULL}};
	struct word_changes changes = {.items = items, .count = ARRAY_SIZE(items)};
	struct bytes result;

	assert_int_equal(
		edit_shell_words(arena, text, EDIT_SHELL_POSIX, A, &changes, false, &result, NULL),
		0);
	return result;
}

static void check_word(const char *text, const char *word)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes added, removed;
	struct parameters wanted = {0}, words;
	size_t before = boot(arena, bytes_of(text)).count;

	cmdline_parse(arena, word, strlen(word), NULL, 0, &wanted);
	added = change(arena, bytes_of(text), WORD_ADD, word);
	words = boot(arena, added);
	assert_int_equal(words.count, before + 2);
	assert_true(has(&words, wanted.items));
	removed = change(arena, added, WORD_REMOVE, word);
	words = boot(arena, removed);
	assert_int_equal(words.count, before);
	assert_false(has(&words, wanted.items));
}

static void test_menu_entries(void **state)
{
	static const char *const texts[] = {
		A "=\"quiet\"\n", A "='quiet splash'\n", A "=quiet\n", A "=\"\"\n", A "=''\n",
		A "=\n",          A "=quiet\\ x\n",
	};
	static const char *const words[] = {
		"pci=config_acs=100100@0000:00:01.0;xx1xx@pci:8086:*;0@pci:0:0",
		"pci=disable_acs_redir=a;b",
		"memmap=4G$64G",
		"dyndbg=\"file drivers/vfio/* +p\"",
		"x=a&b",
		"x=a|b",
		"x=<y>",
		"x={y}",
		"x=$(y)",
		"x=`y`",
		"x=#y",
		"x=!y",
		"vfio-pci.ids=10de:2204,10de:1aef",
		"root=UUID=1-2",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		for (size_t j = 0; j < ARRAY_SIZE(words); j++)
			check_word(texts[i], words[j]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grub_quoting),
		cmocka_unit_test(test_menu_entries),
	};

	return cmocka_run_group_tests_name("edit_grub", tests, NULL, NULL);
}
