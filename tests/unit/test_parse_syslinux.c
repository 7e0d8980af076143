/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/syslinux.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct syslinux_config parse(struct arena *arena, const char *text)
{
	struct syslinux_config config = {0};

	syslinux_parse(arena, "/s", text, strlen(text), &config);
	return config;
}

static void test_unraid(void **state)
{
	static const char text[] =
		"default menu.c32\nmenu title Lime Technology, Inc.\nprompt 0\ntimeout 50\n"
		"label Unraid OS\n  menu default\n  kernel /bzimage\n"
		"  append vfio-pci.ids=10de:2204 initrd=/bzroot\n"
		"label Unraid OS GUI Mode\n  kernel /bzimage\n  append initrd=/bzroot,/bzroot-gui\n"
		"label Unraid OS Safe Mode (no plugins, no GUI)\n  kernel /bzimage\n"
		"  append initrd=/bzroot unraidsafemode\n"
		"label Memtest86+\n  kernel /memtest\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct syslinux_config config = parse(arena, text);
	const struct syslinux_label *labels = config.labels.items;

	(void)state;
	assert_true(config.menu);
	assert_int_equal(config.labels.count, 4);
	assert_string_equal(labels[0].name, "Unraid OS");
	assert_int_equal(labels[0].line, 5);
	assert_string_equal(labels[0].kernel, "/bzimage");
	assert_string_equal(labels[0].append.text, "vfio-pci.ids=10de:2204 initrd=/bzroot");
	assert_int_equal(labels[0].append.line, 8);
	assert_string_equal(strings_join(arena, &labels[0].initrds, " "), "/bzroot");
	assert_string_equal(strings_join(arena, &labels[1].initrds, " "), "/bzroot /bzroot-gui");
	assert_null(labels[3].append.source);
	assert_int_equal(syslinux_default(&config), 1);
	labels = parse(arena, "label a\nappend -\nlabel b\n").labels.items;
	assert_null(labels[0].append.source);
}

static void test_arch(void **state)
{
	static const char text[] =
		"DEFAULT arch\nPROMPT 0\nTIMEOUT 50\nUI menu.c32\nAPPEND quiet\n"
		"LABEL rescue\n MENU LABEL Arch ^rescue\n LINUX ../vmlinuz-linux\n"
		" TEXT HELP\n LABEL no\n ENDTEXT\n"
		"LABEL arch\n    LINUX ../vmlinuz-linux\n"
		"    APPEND root=/dev/sda3\trw\n    INITRD ../initramfs-linux.img\n"
		"INCLUDE more.cfg\nMENU INCLUDE graphics.cfg\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct syslinux_config config = parse(arena, text);

	(void)state;
	assert_int_equal(config.labels.count, 2);
	assert_string_equal(config.labels.items[0].title, "Arch ^rescue");
	assert_string_equal(config.labels.items[0].append.text, "quiet");
	assert_int_equal(config.labels.items[0].append.line, 5);
	assert_string_equal(config.labels.items[1].append.text, "root=/dev/sda3 rw");
	assert_string_equal(config.labels.items[1].initrds.items[0], "../initramfs-linux.img");
	assert_string_equal(strings_join(arena, &config.includes, " "), "more.cfg graphics.cfg");
	assert_int_equal(syslinux_default(&config), 2);
}

static void test_defaults(void **state)
{
	static const struct {
		const char *text;
		size_t index;
	} rows[] = {
		{"", 0},
		{"label a\n", 1},
		{"default b\nlabel a\nlabel b\n", 2},
		{"default c\nlabel a\nlabel b\n", 0},
		{"default b\nontimeout a\nlabel a\nlabel b\n", 1},
		{"default b\nlabel a\nmenu default\nlabel b\n", 2},
		{"ui vesamenu.c32\ndefault b\nlabel a\nmenu default\nlabel b\n", 1},
		{"ui vesamenu.c32\nlabel a\nlabel b\nmenu default\nlabel c\nmenu default\n", 3},
		{"default vesamenu.c32\nlabel a\nlabel b\n", 1},
		{"default Unraid OS GUI\nlabel Unraid\nlabel Unraid OS GUI\n", 2},
	};
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct syslinux_config config = parse(arena, rows[i].text);

		assert_int_equal(syslinux_default(&config), rows[i].index);
	}
}

static void test_hostile(void **state)
{
	static const char text[] =
		"label \0\nappend initrd=,,a\033 initrd=\nmenu\nkernel\ntext\nlabel\n"
		"endtext\nlabel\ninitrd ,\ndefault\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct syslinux_config config;

	(void)state;
	for (size_t i = 0; i <= sizeof(text); i++) {
		config = (struct syslinux_config){0};
		syslinux_parse(arena, "/s", text, i, &config);
		(void)syslinux_default(&config);
	}
	assert_int_equal(config.labels.count, 2);
	assert_string_equal(strings_join(arena, &config.labels.items[0].initrds, "|"), "a?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unraid),
		cmocka_unit_test(test_arch),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
