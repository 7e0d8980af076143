/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/kernel/cmdline, Boot Loader Specification entries, syslinux. */
#include "tests/unit/edit_made.h"

#define ON "intel_iommu=on"

struct row {
	const char *text, *changes, *expected;
};

enum kind {
	CMDLINE,
	CMDLINE_FIRST_LINE,
	ENTRY,
	ENTRY_OF_GRUB,
	SYSLINUX,
};

static int run(struct arena *arena, enum kind kind, struct bytes text,
	       const struct word_changes *changes, struct bytes *ret_text, struct error *error)
{
	switch (kind) {
	case CMDLINE:
	case CMDLINE_FIRST_LINE:
		return edit_cmdline(arena, text, kind == CMDLINE_FIRST_LINE, changes, ret_text,
				    error);
	case ENTRY:
		return edit_bls_options(arena, text, BLS_SYSTEMD_BOOT, changes, ret_text, error);
	case ENTRY_OF_GRUB:
		return edit_bls_options(arena, text, BLS_GRUB, changes, ret_text, error);
	case SYSLINUX:
		break;
	}
	return edit_syslinux_append(arena, text, changes, ret_text, error);
}

static void check_rows(enum kind kind, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct word_changes changes = changes_of(arena, rows[i].changes);
		struct bytes text = exact_bytes(rows[i].text, strlen(rows[i].text));
		struct bytes result = {0}, again;
		struct error error = {0};
		int r = run(arena, kind, text, &changes, &result, &error);

		if (*rows[i].expected == '!') {
			assert_string_equal(code_name(r), rows[i].expected);
			assert_true(strlen(error.message) > 10);
		} else {
			if (r < 0)
				print_message("%s: %s\n", rows[i].text, error.message);
			assert_int_equal(r, 0);
			assert_bytes(arena, result, rows[i].expected);
			assert_int_equal(run(arena, kind, result, &changes, &again, &error), 0);
			assert_bytes(arena, again, rows[i].expected);
		}
		free((void *)(uintptr_t)text.data);
	}
}

static void test_cmdline(void **state)
{
	static const struct row rows[] = {
		{"root=ZFS=rpool/ROOT/pve-1 boot=zfs\n", "+" ON,
		 "root=ZFS=rpool/ROOT/pve-1 boot=zfs " ON "\n"},
		{"root=a", "+" ON, "root=a " ON},
		{"root=a \n", "+" ON, "root=a " ON " \n"},
		{"root=a\r\n", "+" ON, "root=a " ON "\r\n"},
		{"root=a\tquiet\n", "-quiet", "root=a\n"},
		{"root=a quiet\n", "-root=a", "quiet\n"},
		{"root=a intel_iommu=off quiet\n", "intel_iommu=off>" ON, "root=a " ON " quiet\n"},
		{"root=a " ON "\n", "+" ON, "root=a " ON "\n"},
		{"root=a\nquiet\n", "+" ON, "root=a\nquiet " ON "\n"},
		{"root=a\nquiet\n", "-quiet", "root=a\n\n"},
		{"root=a\nquiet splash\n", "-quiet", "root=a\n splash\n"},
		{"root=a\r\nquiet x\r\n", "-quiet", "root=a\r\n x\r\n"},
		{"# mine\nroot=a\n# more " ON "\n", "+" ON,
		 "# mine\nroot=a " ON "\n# more " ON "\n"},
		{"# mine\nroot=a\n# more\nb\n", "-b", "# mine\nroot=a\n# more\n\n"},
		{"root=a dyndbg=\"file x +p\" b\n", "+" ON "|-b",
		 "root=a dyndbg=\"file x +p\" " ON "\n"},
		{"root=a dyndbg=\"file x +p\"\n", "-dyndbg=\"file x +p\"", "root=a\n"},
		{"root=a\n", "+dyndbg=\"file x +p\"", "root=a dyndbg=\"file x +p\"\n"},
		{"root=a\n", "+pci=a;b", "root=a pci=a;b\n"},
		{"root=a -- single\n", "+" ON, "root=a " ON " -- single\n"},
		{"root=a -- " ON "\n", "-" ON, "root=a -- " ON "\n"},
		{"root=a \"open\n", "+" ON, "!ENOTSUP"},
		{"root=a\n", "^x=1", "x=1 root=a\n"},
		{"", "+" ON, "!ENODATA"},
		{"\n\n", "+" ON, "!ENODATA"},
		{"# root=a\n", "+" ON, "!ENODATA"},
	};
	static const struct row first[] = {
		{"root=a\nquiet\n", "+" ON, "root=a " ON "\nquiet\n"},
		{"root=a\n" ON "\n", "+" ON, "root=a " ON "\n" ON "\n"},
		{"root=a quiet\nquiet\n", "-quiet", "root=a\nquiet\n"},
		{"\nroot=a\n", "+" ON, "!ENODATA"},
		{"# root=a\nroot=b\n", "+" ON, "!ENODATA"},
	};
	_cleanup_arena_ struct arena *arena = arena_new();
	struct word_changes changes = changes_of(arena, "+x");
	struct bytes result;

	(void)state;
	check_rows(CMDLINE, rows, ARRAY_SIZE(rows));
	check_rows(CMDLINE_FIRST_LINE, first, ARRAY_SIZE(first));
	assert_int_equal(
		edit_cmdline(arena, (struct bytes){"a\0b", 3}, false, &changes, &result, NULL),
		-ENOTSUP);
}

#define FEDORA                                                                                     \
	"title Fedora Linux (6.11.4-301.fc41.x86_64) 41 (Workstation Edition)\n"                   \
	"version 6.11.4-301.fc41.x86_64\nlinux /vmlinuz-6.11.4-301.fc41.x86_64\n"                  \
	"initrd /initramfs-6.11.4-301.fc41.x86_64.img $tuned_initrd\n"

static void test_entries(void **state)
{
	static const struct row rows[] = {
		{"title Arch\nlinux /vmlinuz-linux\ninitrd /i.img\noptions root=UUID=1 rw\n",
		 "+" ON,
		 "title Arch\nlinux /vmlinuz-linux\ninitrd /i.img\noptions root=UUID=1 rw " ON
		 "\n"},
		{"linux /v\noptions root=a rw", "+" ON, "linux /v\noptions root=a rw " ON},
		{"linux   /v\r\noptions root=a\r\n", "+" ON,
		 "linux   /v\r\noptions root=a " ON "\r\n"},
		{"linux /v\noptions\troot=a  quiet\n", "-quiet", "linux /v\noptions\troot=a\n"},
		/* Joined, the quotes are a pair. */
		{"linux /v\noptions root=a \"b\noptions c \"d\n", "+" ON, "!ENOTSUP"},
		{"linux /v\noptions root=a\noptions quiet x\n", "+" ON "|-x",
		 "linux /v\noptions root=a\noptions quiet " ON "\n"},
		{"linux /v\noptions root=a " ON "\noptions quiet\n", "+" ON,
		 "linux /v\noptions root=a " ON "\noptions quiet\n"},
		{"linux /v\noptions root=a x\noptions x quiet\n", "-x",
		 "linux /v\noptions root=a\noptions quiet\n"},
		{"linux /v\n#options root=b\noptions root=a\n", "+" ON,
		 "linux /v\n#options root=b\noptions root=a " ON "\n"},
		{"title x\nlinux      /v\ninitrd     /i\n", "+" ON,
		 "title x\nlinux      /v\noptions    " ON "\ninitrd     /i\n"},
		{"linux\t/v", "+" ON, "linux\t/v\noptions\t" ON},
		{"linux /v\r\n", "+" ON, "linux /v\r\noptions " ON "\r\n"},
		{"linux /v\n", "-" ON, "linux /v\n"},
		{"linux /v\noptions root=a -- x\noptions y\n", "+" ON,
		 "linux /v\noptions root=a " ON " -- x\noptions y\n"},
		{"title Windows\nefi /EFI/Microsoft/Boot/bootmgfw.efi\noptions x\n", "+y",
		 "title Windows\nefi /EFI/Microsoft/Boot/bootmgfw.efi\noptions x y\n"},
		{"linux /v\noptions root=a\n", "+pci=a;b|+memmap=4G$64G",
		 "linux /v\noptions root=a pci=a;b memmap=4G$64G\n"},
		{"title x\noptions y\n", "+z", "!ENODATA"},
		{"", "+z", "!ENODATA"},
	};
	static const struct row grub[] = {
		{FEDORA "options root=UUID=1 ro rhgb quiet $tuned_params\n", "+" ON,
		 FEDORA "options root=UUID=1 ro rhgb quiet $tuned_params " ON "\n"},
		{FEDORA "options $kernelopts $tuned_params\ngrub_users $grub_users\n", "+" ON,
		 FEDORA "options $kernelopts $tuned_params " ON "\ngrub_users $grub_users\n"},
		{FEDORA "options root=a\noptions " ON "\n", "+" ON,
		 FEDORA "options root=a " ON "\noptions " ON "\n"},
		{"linux /v\noptions root=a\n", "+pci=a;b",
		 "linux /v\noptions root=a \"pci=a;b\"\n"},
		{"linux /v\noptions root=a \"pci=a;b\" c\n", "-pci=a;b",
		 "linux /v\noptions root=a c\n"},
		{"linux /v\noptions root=a pci=a;b\n", "+c", "!ENOTSUP"},
		{"linux /v\noptions root=a\n", "+memmap=4G$64G", "!ENOTSUP"},
		/* GRUB does not read on behind an empty line. */
		{FEDORA "\noptions root=a\n", "+" ON,
		 "title Fedora Linux (6.11.4-301.fc41.x86_64) 41 (Workstation Edition)\n"
		 "version 6.11.4-301.fc41.x86_64\nlinux /vmlinuz-6.11.4-301.fc41.x86_64\n"
		 "options " ON "\ninitrd /initramfs-6.11.4-301.fc41.x86_64.img $tuned_initrd\n"
		 "\noptions root=a\n"},
	};

	(void)state;
	check_rows(ENTRY, rows, ARRAY_SIZE(rows));
	check_rows(ENTRY_OF_GRUB, grub, ARRAY_SIZE(grub));
	check_rows(ENTRY_OF_GRUB, rows, 3);
}

static void test_titles(void **state)
{
	static const struct row rows[] = {
		{"title Arch\nlinux /v\n", " (old)", "title Arch (old)\nlinux /v\n"},
		{"title\tArch \r\nlinux /v\r\n", " (old)", "title\tArch (old) \r\nlinux /v\r\n"},
		{"title Arch (old)", " (old)", "title Arch (old)"},
		{"title Arch", " (old)", "title Arch (old)"},
		{"# title Arch\nlinux /v\n", " (old)", "# title Arch\nlinux /v\n"},
		{"titles x\n", " (old)", "titles x\n"},
		{"", " (old)", ""},
	};
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes result;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(
			edit_bls_title(arena, bytes_of(rows[i].text), rows[i].changes, &result), 0);
		assert_bytes(arena, result, rows[i].expected);
	}
	assert_int_equal(edit_bls_title(arena, bytes_of("title a"), "\nlinux /w", &result),
			 -EINVAL);
}

#define UNRAID_HEAD "default menu.c32\nmenu title Lime Technology, Inc.\nprompt 0\ntimeout 50\n"

static void test_syslinux(void **state)
{
	static const struct row rows[] = {
		{UNRAID_HEAD "label Unraid OS\n  menu default\n  kernel /bzimage\n"
			     "  append initrd=/bzroot\n"
			     "label Unraid OS GUI Mode\n  kernel /bzimage\n"
			     "  append initrd=/bzroot,/bzroot-gui\n"
			     "label Memtest86+\n  kernel /memtest\n",
		 "+" ON,
		 UNRAID_HEAD "label Unraid OS\n  menu default\n  kernel /bzimage\n"
			     "  append initrd=/bzroot " ON "\n"
			     "label Unraid OS GUI Mode\n  kernel /bzimage\n"
			     "  append initrd=/bzroot,/bzroot-gui " ON "\n"
			     "label Memtest86+\n  kernel /memtest\n"},
		{"LABEL a\n  LINUX /v\n  APPEND root=a\n", "+" ON,
		 "LABEL a\n  LINUX /v\n  APPEND root=a " ON "\n"},
		{"label a\r\n  linux /v\r\n  append root=a\r\n", "+" ON,
		 "label a\r\n  linux /v\r\n  append root=a " ON "\r\n"},
		{"label a\nlinux /v\nappend root=a", "+" ON,
		 "label a\nlinux /v\nappend root=a " ON},
		{"label a\n\tlinux /v\n\tinitrd /i\n", "+" ON,
		 "label a\n\tlinux /v\n\tappend " ON "\n\tinitrd /i\n"},
		{"label a\nlinux /v", "+" ON, "label a\nlinux /v\nappend " ON},
		{"append root=a\nlabel a\nlinux /v\nlabel b\nlinux /w\n", "+" ON,
		 "append root=a " ON "\nlabel a\nlinux /v\nlabel b\nlinux /w\n"},
		{"append root=a\nlabel a\nlinux /v\nlabel b\nlinux /w\nappend c\n", "+" ON,
		 "append root=a " ON "\nlabel a\nlinux /v\nlabel b\nlinux /w\nappend c " ON "\n"},
		{"append root=a\nlabel a\nlinux /v\nappend -\n", "+" ON,
		 "append root=a\nlabel a\nlinux /v\nappend " ON "\n"},
		{"label a\nlinux /v\nappend x\nappend y\n", "+" ON,
		 "label a\nlinux /v\nappend x\nappend y " ON "\n"},
		{"label a\nlinux /v\nappend\n", "+" ON, "label a\nlinux /v\nappend " ON "\n"},
		{"label a\nlinux /v\nappend x quiet\nlabel c\ncom32 chain.c32\nappend quiet\n",
		 "-quiet", "label a\nlinux /v\nappend x\nlabel c\ncom32 chain.c32\nappend quiet\n"},
		{"label a\nkernel chain.c32\nappend hd0\nlabel b\nkernel /v\nappend x\n", "+" ON,
		 "label a\nkernel chain.c32\nappend hd0\nlabel b\nkernel /v\nappend x " ON "\n"},
		{"label a\nlinux /v\ntext help\n append z\nendtext\nappend x\n", "+" ON,
		 "label a\nlinux /v\ntext help\n append z\nendtext\nappend x " ON "\n"},
		{"label m\nkernel /memtest86+\n", "+" ON, "!ENODATA"},
		{"", "+" ON, "!ENODATA"},
	};

	(void)state;
	check_rows(SYSLINUX, rows, ARRAY_SIZE(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cmdline),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_titles),
		cmocka_unit_test(test_syslinux),
	};

	return cmocka_run_group_tests_name("edit_text", tests, NULL, NULL);
}
