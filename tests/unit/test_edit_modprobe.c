/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/edit_made.h"

/* "set MODULE NAME VALUE", "set MODULE NAME" (removed), "add LINE", "del NUMBER", parted by '|'. */
static struct modprobe_changes modprobe_changes_of(struct arena *arena, const char *text)
{
	struct modprobe_changes changes = {0};
	char *rest = arena_strdup(arena, text), *item;

	while ((item = strsep(&rest, "|"))) {
		struct modprobe_change *change = ARRAY_ADD(arena, &changes);
		char *kind = strsep(&item, " ");

		if (streq(kind, "add")) {
			change->kind = MODPROBE_ADD_LINE;
			change->text = item;
		} else if (streq(kind, "del")) {
			change->kind = MODPROBE_REMOVE_LINE;
			change->line = (unsigned)strtoul(item, NULL, 10);
		} else {
			change->kind = MODPROBE_SET_OPTION;
			change->module = strsep(&item, " ");
			change->name = strsep(&item, " ");
			change->value = item;
		}
	}
	return changes;
}

#define IDS  "set vfio-pci ids 10de:2204,10de:1aef"
#define LINE "options vfio-pci ids=10de:2204,10de:1aef"

static void test_rows(void **state)
{
	static const struct {
		const char *text, *changes, *expected;
		bool once; /* a second time means something else */
	} rows[] = {
		{"", IDS, LINE "\n", false},
		{"# mine\n", IDS, "# mine\n" LINE "\n", false},
		{"# mine", IDS, "# mine\n" LINE "\n", false},
		{"# mine \\", IDS, "# mine \\\n\n" LINE "\n", false},
		{"# mine \\\n", IDS, "# mine \\\n\n" LINE "\n", false},
		{"# mine \\\\", IDS, "# mine \\\\\n" LINE "\n", false},
		{"options vfio-pci ids=1:2\n", IDS, LINE "\n", false},
		{"options vfio-pci ids=1:2", IDS, LINE, false},
		{"options vfio_pci ids=1:2\n", IDS, "options vfio_pci ids=10de:2204,10de:1aef\n",
		 false},
		{LINE "\n", IDS, LINE "\n", false},
		{"options  vfio-pci   ids=1:2   disable_vga=1  \n", IDS,
		 "options  vfio-pci   ids=10de:2204,10de:1aef   disable_vga=1  \n", false},
		{"options vfio-pci disable_vga=1 ids=1:2\n", IDS,
		 "options vfio-pci disable_vga=1 ids=10de:2204,10de:1aef\n", false},
		{"options vfio-pci disable_vga=1\n", IDS,
		 "options vfio-pci disable_vga=1\n" LINE "\n", false},
		{"options vfio-pci ids=\"1:2\"\n", IDS, LINE "\n", false},
		{"options vfio-pci \"ids=1:2\"\n", IDS, LINE "\n", false},
		{"options vfio-pci ids\n", IDS, LINE "\n", false},
		{"options vfio-pci ids=\n", IDS, LINE "\n", false},
		{"options vfio-pci ids=1:2\r\n# end\r\n", IDS, LINE "\r\n# end\r\n", false},
		{"options vfio-pci ids=1:2 \\\n  disable_vga=1\n", IDS,
		 LINE " \\\n  disable_vga=1\n", false},
		{"options vfio-pci \\\n  ids=1:2,\\\n3:4\n", IDS,
		 "options vfio-pci \\\n  ids=10de:2204,10de:1aef\n", false},
		/* Several lines: modprobe hands the last one over last. */
		{"options vfio-pci ids=1:2\noptions vfio-pci ids=3:4\n", IDS,
		 "options vfio-pci ids=1:2\n" LINE "\n", false},
		{"options vfio-pci ids=1:2 ids=3:4\n", IDS,
		 "options vfio-pci ids=1:2 ids=10de:2204,10de:1aef\n", false},
		{"#options vfio-pci ids=1:2\n", IDS, "#options vfio-pci ids=1:2\n" LINE "\n",
		 false},
		{"options kvm ignore_msrs=1\n", IDS, "options kvm ignore_msrs=1\n" LINE "\n",
		 false},
		/* Written with blanks in the list: what follows the first one was never read. */
		{"options vfio-pci ids=10de:2204, 10de:1aef disable_vga=1\n", IDS,
		 LINE " disable_vga=1\n", false},
		{"options vfio-pci ids=1:2 3:4\n", IDS, LINE "\n", false},
		{LINE ", 1:2\n", IDS, LINE "\n", false},
		/* Removal. */
		{"options vfio-pci ids=1:2\n", "set vfio-pci ids", "", false},
		{"a\noptions vfio-pci ids=1:2", "set vfio-pci ids", "a\n", false},
		{"options vfio-pci ids=1:2 disable_vga=1\n", "set vfio-pci ids",
		 "options vfio-pci disable_vga=1\n", false},
		{"options vfio-pci disable_vga=1 \\\n ids=1:2 # x\n", "set vfio-pci ids",
		 "options vfio-pci disable_vga=1 # x\n", false},
		{"options vfio-pci ids=1:2 x=1 ids=3:4\noptions vfio-pci ids=5:6\n",
		 "set vfio-pci ids", "options vfio-pci x=1\n", false},
		{"options vfio-pci x=1\n", "set vfio-pci ids", "options vfio-pci x=1\n", false},
		/* Whole lines. */
		{"", "add softdep nouveau pre: vfio-pci", "softdep nouveau pre: vfio-pci\n", false},
		{"softdep  nouveau pre:  vfio_pci\n", "add softdep nouveau pre: vfio-pci",
		 "softdep  nouveau pre:  vfio_pci\n", false},
		{"softdep nouveau pre: vfio-pci\r\n", "add softdep nouveau pre: vfio-pci",
		 "softdep nouveau pre: vfio-pci\r\n", false},
		{"#softdep nouveau pre: vfio-pci\n", "add softdep nouveau pre: vfio-pci",
		 "#softdep nouveau pre: vfio-pci\nsoftdep nouveau pre: vfio-pci\n", false},
		{"softdep nouveau \\\npre: vfio-pci\n", "add softdep nouveau pre: vfio-pci",
		 "softdep nouveau \\\npre: vfio-pci\n", false},
		{"blacklist nouveau\n", "add blacklist nouveau", "blacklist nouveau\n", false},
		/* The carriage return is part of the name: this one does nothing. */
		{"blacklist nouveau\r\n", "add blacklist nouveau",
		 "blacklist nouveau\r\nblacklist nouveau\n", false},
		{"# Written by vfiokit\n", "add # Written by vfiokit|add blacklist x",
		 "# Written by vfiokit\nblacklist x\n", false},
		{"", "add blacklist x|add blacklist x", "blacklist x\n", false},
		{"a\nb\nc\n", "del 2", "a\nc\n", true},
		{"a\nb \\\nb2\nc\n", "del 2", "a\nc\n", true},
		{"a\nb", "del 2|add c", "a\nc\n", true},
		{"a\nb \\\nb2\n", "del 3", "!EINVAL", true},
		{"a\n", "del 5", "!EINVAL", true},
		/* All at once, with the line numbers of the text given. */
		{"options vfio-pci ids=1:2\nblacklist nouveau\noptions vfio-pci ids=3:4\n# end\n",
		 "del 1|" IDS "|del 2|add softdep nouveau pre: vfio-pci",
		 LINE "\n# end\nsoftdep nouveau pre: vfio-pci\n", true},
		{"options vfio-pci ids=1:2\n", "del 1|" IDS, LINE "\n", true},
		{"", IDS "|set vfio-pci disable_vga 1", LINE "\noptions vfio-pci disable_vga=1\n",
		 false},
		{"options vfio-pci ids=1:2 disable_vga=0\n", IDS "|set vfio_pci disable_vga 1",
		 LINE " disable_vga=1\n", false},
		{"options vfio-pci ids=1:2 x=1\n", "set vfio-pci ids|set vfio-pci x", "", false},
		{"options vfio-pci ids=1:2\n", "set vfio-pci ids 5:6|" IDS, LINE "\n", false},
		{"", "set kvm note a b", "options kvm note=\"a b\"\n", false},
		{"", "set kvm note a\\b", "options kvm note=a\\\\b\n", false},
		{"", "set kvm note a\"b", "!EINVAL", false},
		{"options vfio-pci ids=1:2 0\n", "set vfio-pci ids 5:6,", "!EINVAL", false},
		{"", "add ", "!EINVAL", false},
		{"", "add a\nb", "!EINVAL", false},
		{"", "add a\\", "!EINVAL", false},
		{"", "add #it\\'s", "!EINVAL", false},
		/* A guide's file. */
		{"# /etc/modprobe.d/vfio.conf\noptions vfio-pci ids=10de:1b80,10de:10f0 "
		 "disable_vga=1\n"
		 "softdep nvidia pre: vfio-pci\nblacklist nouveau\nblacklist nvidia\n",
		 IDS "|add softdep nvidia pre: vfio-pci|add softdep snd_hda_intel pre: vfio-pci",
		 "# /etc/modprobe.d/vfio.conf\n" LINE " disable_vga=1\n"
		 "softdep nvidia pre: vfio-pci\nblacklist nouveau\nblacklist nvidia\n"
		 "softdep snd_hda_intel pre: vfio-pci\n",
		 false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct modprobe_changes changes = modprobe_changes_of(arena, rows[i].changes);
		struct bytes text = exact_bytes(rows[i].text, strlen(rows[i].text));
		struct bytes result = {0}, again;
		struct error error = {0};
		int r = edit_modprobe(arena, text, &changes, &result, &error);

		if (*rows[i].expected == '!') {
			assert_string_equal(code_name(r), rows[i].expected);
		} else {
			if (r < 0)
				print_message("%s: %s\n", rows[i].text, error.message);
			assert_int_equal(r, 0);
			assert_bytes(arena, result, rows[i].expected);
			if (!rows[i].once) {
				assert_int_equal(
					edit_modprobe(arena, result, &changes, &again, &error), 0);
				assert_bytes(arena, again, rows[i].expected);
			}
		}
		free((void *)(uintptr_t)text.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("edit_modprobe", tests, NULL, NULL);
}
