/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/limine.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct limine_config parse(struct arena *arena, const char *text)
{
	struct limine_config config;

	limine_parse(arena, "/l", text, strlen(text), &config);
	return config;
}

/* As limine-entry-tool writes it on CachyOS. */
static void test_new_format(void **state)
{
	static const char text[] =
		"timeout: 5\ndefault_entry: 2\n# comment\n\n/+CachyOS\n  comment: main\n"
		"  //linux-cachyos\n  protocol: linux\n"
		"  path: boot():/0123/linux-cachyos/vmlinuz-linux-cachyos#ab12\n"
		"  cmdline: quiet rw root=UUID=1 iommu=pt\n"
		"  module_path: boot():/0123/linux-cachyos/initramfs-linux-cachyos.img\n"
		"/Windows\n  protocol: efi\n  path: uuid(1234):/EFI/Microsoft/Boot/bootmgfw.efi\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct limine_config config = parse(arena, text);
	const struct limine_entry *entry = &config.entries.items[1];

	(void)state;
	assert_int_equal(config.entries.count, 3);
	assert_string_equal(config.entries.items[0].title, "CachyOS");
	assert_true(config.entries.items[0].expanded);
	assert_string_equal(entry->title, "linux-cachyos");
	assert_int_equal(entry->depth, 2);
	assert_true(entry->is_linux);
	assert_string_equal(limine_path(arena, entry->kernel),
			    "/0123/linux-cachyos/vmlinuz-linux-cachyos");
	assert_string_equal(entry->cmdline.text, "quiet rw root=UUID=1 iommu=pt");
	assert_int_equal(entry->cmdline.line, 10);
	assert_int_equal(entry->modules.count, 1);
	assert_false(config.entries.items[2].is_linux);
	assert_int_equal(limine_default(&config), 2);
}

static void test_old_format(void **state)
{
	static const char text[] = "TIMEOUT=3\n:Arch Linux\nPROTOCOL=linux\n"
				   "KERNEL_PATH=boot:///vmlinuz-linux\nCMDLINE=root=/dev/sda2 rw\n"
				   "MODULE_PATH=boot:///initramfs-linux.img\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct limine_config config = parse(arena, text);

	(void)state;
	assert_int_equal(config.entries.count, 1);
	assert_string_equal(config.entries.items[0].cmdline.text, "root=/dev/sda2 rw");
	assert_string_equal(limine_path(arena, config.entries.items[0].kernel), "/vmlinuz-linux");
	assert_int_equal(limine_default(&config), 1);
}

static void test_defaults(void **state)
{
	static const struct {
		const char *text;
		size_t index;
	} rows[] = {
		{"", 0},
		{"/a\n/b\n", 1},
		{"default_entry: 2\n/a\n/b\n", 2},
		{"default_entry: 2\n/a\n//hidden\n/b\n", 3},
		{"default_entry: 2\n/+a\n//shown\n/b\n", 2},
		{"/a\n//b\n", 0},
		{"default_entry: a/b\n/x\n/a\n//c\n//b\n", 4},
		{"default_entry: a/d\n/x\n/a\n//c\n/b\n", 0},
		{"default_entry: 0\n/a\n", 0},
		{"remember_last_entry: yes\n/a\n", 0},
	};
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct limine_config config = parse(arena, rows[i].text);

		assert_int_equal(limine_default(&config), rows[i].index);
	}
}

static void test_hostile(void **state)
{
	static const char text[] =
		"/\0\n///\ncmdline:\npath: ):\n:\n=\n:=\ndefault_entry: //\npath=://";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct limine_config config;

	(void)state;
	for (size_t i = 0; i <= sizeof(text); i++) {
		limine_parse(arena, "/l", text, i, &config);
		(void)limine_default(&config);
	}
	assert_string_equal(limine_path(arena, "x://"), "");
	assert_string_equal(limine_path(arena, "):"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_format),
		cmocka_unit_test(test_old_format),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
