/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/ask_shell.h"
#include "tests/unit/edit_made.h"

/* mkinitcpio.conf: lists in parentheses. */
static void test_arrays(void **state)
{
	static const struct {
		const char *text, *changes, *expected;
	} rows[] = {
		{"MODULES=()\n", "+vfio_pci", "MODULES=(vfio_pci)\n"},
		{"MODULES=( )\n", "+vfio_pci", "MODULES=(vfio_pci )\n"},
		{"MODULES=(a)\n", "+b", "MODULES=(a b)\n"},
		{"MODULES=(a)\n", "^b|^c", "MODULES=(b c a)\n"},
		{"MODULES=( a )\n", "+b", "MODULES=( a b )\n"},
		{"MODULES=( a )\n", "^b", "MODULES=( b a )\n"},
		{"MODULES=()\n", "^vfio_pci|^vfio|+z", "MODULES=(vfio_pci vfio z)\n"},
		{"MODULES=(nvidia vfio-pci)\n", "^vfio_pci", "MODULES=(nvidia vfio-pci)\n"},
		{"MODULES=(nvidia vfio_pci)\n", "-vfio_pci|^vfio_pci",
		 "MODULES=(vfio_pci nvidia)\n"},
		{"MODULES=(a b c)\n", "-a", "MODULES=(b c)\n"},
		{"MODULES=(a b c)\n", "-b", "MODULES=(a c)\n"},
		{"MODULES=(a b c)\n", "-c", "MODULES=(a b)\n"},
		{"MODULES=(a b c)\n", "-a|-b", "MODULES=(c)\n"},
		{"MODULES=(a b c)\n", "-a|-b|-c", "MODULES=()\n"},
		{"MODULES=(a b c)\n", "-a|-b|-c|+d", "MODULES=(d)\n"},
		{"MODULES=(a b c)\n", "b>d", "MODULES=(a d c)\n"},
		{"MODULES=(\"a\" 'b')\n", "-a", "MODULES=('b')\n"},
		{"MODULES=(\"a\" 'b')\n", "+c", "MODULES=(\"a\" 'b' c)\n"},
		{"MODULES=(\"a b\")\n", "+c", "MODULES=(\"a b\" c)\n"},
		{"MODULES=(\"a b\")\n", "-b", "!ENOTSUP"},
		{"MODULES=(a $(b) $C)\n", "+d", "MODULES=(a $(b) $C d)\n"},
		{"MODULES=(a $C)\n", "^d", "MODULES=(d a $C)\n"},
		{"MODULES=\"a b\"\n", "^c", "MODULES=\"c a b\"\n"},
		{"#MODULES=(a)\n", "+b", "#MODULES=(a)\nMODULES=(b)\n"},
		{"MODULES=(a)\nMODULES+=(b)\n", "+c", "MODULES=(a)\nMODULES+=(b c)\n"},
		{"MODULES=(a)\nMODULES+=(b)\n", "^c", "MODULES=(c a)\nMODULES+=(b)\n"},
		{"MODULES=(a x)\nMODULES+=(b x)\n", "-x", "MODULES=(a)\nMODULES+=(b)\n"},
		{"MODULES=(a)\nMODULES[3]=b\n", "+c", "!ENOTSUP"},
		/* bash puts the text into the first element. */
		{"MODULES=(a)\nMODULES+=\" b\"\n", "+c", "!ENOTSUP"},
		{"MODULES=(a)\nMODULES+=\" b\"\n", "+b", "MODULES=(a)\nMODULES+=\" b\"\n"},
		{"MODULES=(a\n", "+c", "!ENOTSUP"},
		{"MODULES=(a)\r\n", "+c", "!ENOTSUP"},
		{"MODULES=(a) # b\n", "+c", "MODULES=(a c) # b\n"},
		/* Several lines, comments inside. */
		{"MODULES=(\n\ta\n\tb\n)\n", "+c", "MODULES=(\n\ta\n\tb\n\tc\n)\n"},
		{"MODULES=(\n\ta # one\n\tb # two\n)\n", "+c",
		 "MODULES=(\n\ta # one\n\tb # two\n\tc\n)\n"},
		{"MODULES=(\n\ta\n\tb\n)\n", "^c|^d", "MODULES=(\n\tc\n\td\n\ta\n\tb\n)\n"},
		{"MODULES=(\n\ta\n\tb\n)\n", "-a", "MODULES=(\n\tb\n)\n"},
		{"MODULES=(\n\ta\n\tb\n)\n", "-b", "MODULES=(\n\ta\n)\n"},
		{"MODULES=(\n\ta\n\tb\n)\n", "-a|-b", "MODULES=(\n)\n"},
		{"MODULES=(\n\ta # one\n\tb\n)\n", "-a", "MODULES=(\n\t# one\n\tb\n)\n"},
		{"MODULES=(\n  # vfio\n  a b\n  c\n)\n", "-b",
		 "MODULES=(\n  # vfio\n  a\n  c\n)\n"},
		{"MODULES=(\n  # none\n)\n", "+a", "MODULES=(a\n  # none\n)\n"},
		{"MODULES=(a\n\tb)\n", "+c", "MODULES=(a\n\tb c)\n"},
		{"MODULES=(a \\\n\tb)\n", "-b|+c", "MODULES=(a c \\\n\t)\n"},
		/* As the file comes with mkinitcpio. */
		{"# vim:set ft=sh\n# MODULES\n# The following modules are loaded before any boot "
		 "hooks are\n"
		 "# run.  Advanced users may wish to specify all system modules\n# in this array.  "
		 "For "
		 "instance:\n#     MODULES=(usbhid xhci_hcd)\nMODULES=()\n\nBINARIES=()\nFILES=()\n"
		 "HOOKS=(base udev autodetect microcode modconf kms keyboard keymap consolefont "
		 "block "
		 "filesystems fsck)\n",
		 "^vfio_pci|^vfio|^vfio_iommu_type1",
		 "# vim:set ft=sh\n# MODULES\n# The following modules are loaded before any boot "
		 "hooks are\n"
		 "# run.  Advanced users may wish to specify all system modules\n# in this array.  "
		 "For "
		 "instance:\n#     MODULES=(usbhid xhci_hcd)\nMODULES=(vfio_pci vfio "
		 "vfio_iommu_type1)\n\n"
		 "BINARIES=()\nFILES=()\nHOOKS=(base udev autodetect microcode modconf kms "
		 "keyboard keymap "
		 "consolefont block filesystems fsck)\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct word_changes changes = changes_of(arena, rows[i].changes);
		struct bytes result = bytes_of(""), again;
		struct error error;
		int r = edit_shell_words(arena, bytes_of(rows[i].text), EDIT_SHELL_BASH_ARRAY,
					 "MODULES", &changes, false, &result, &error);

		if (*rows[i].expected == '!') {
			assert_string_equal(code_name(r), rows[i].expected);
			continue;
		}
		if (r < 0)
			print_message("%s: %s\n", rows[i].text, error.message);
		assert_int_equal(r, 0);
		assert_bytes(arena, result, rows[i].expected);
		assert_int_equal(edit_shell_words(arena, result, EDIT_SHELL_BASH_ARRAY, "MODULES",
						  &changes, false, &again, &error),
				 0);
		assert_bytes(arena, again, rows[i].expected);
		assert_shell_agrees(arena, rows[i].expected, true, "MODULES");
	}
}

static void test_drop_in(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct word_changes changes = changes_of(arena, "^vfio_pci|^vfio");
	struct bytes result;

	(void)state;
	assert_int_equal(edit_shell_words(arena, bytes_of(""), EDIT_SHELL_BASH_ARRAY, "MODULES",
					  &changes, true, &result, NULL),
			 0);
	assert_bytes(arena, result, "MODULES+=(vfio_pci vfio)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_drop_in),
	};

	return cmocka_run_group_tests_name("edit_array", tests, NULL, NULL);
}
