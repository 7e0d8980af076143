/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EFI variables and unified kernel images of recipes. */
#include "tree_assert.h"

#include "preflight/parse/load_option.h"
#include "preflight/parse/pe.h"

static void test_loader_variable(void **state)
{
	static const char wanted[] = "\x06\0\0\0s\0-\0 \0002\0\0";
	struct tree *tree = tree_new("loader-variable StubInfo s- 2\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes bytes = {0};

	(void)state;
	assert_int_equal(host_read(tree_host(tree), arena,
				   "sys/firmware/efi/efivars/"
				   "StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
				   0, &bytes),
			 0);
	assert_int_equal(bytes.length, sizeof(wanted));
	assert_memory_equal(bytes.data, wanted, bytes.length);
	tree_free(tree);
}

static void test_boot_option(void **state)
{
	struct tree *tree = tree_new("boot-option Fedora Linux \\EFI\\fedora\\shimx64.efi\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct load_option option;
	struct bytes bytes = {0};

	(void)state;
	assert_int_equal(host_read(tree_host(tree), arena,
				   "sys/firmware/efi/efivars/"
				   "Boot0000-8be4df61-93ca-11d2-aa0d-00e098032b8c",
				   0, &bytes),
			 0);
	assert_int_equal(load_option_parse(arena, bytes.data + 4, bytes.length - 4, &option), 0);
	assert_string_equal(option.description, "Fedora Linux");
	assert_string_equal(option.path, "EFI/fedora/shimx64.efi");
	tree_free(tree);
}

static void test_unified_image(void **state)
{
	struct tree *tree = tree_new("file etc/os-release\n"
				     "| ID=arch\n"
				     "uki boot/EFI/Linux/arch.efi\n"
				     "| .osrel < etc/os-release\n"
				     "| .cmdline rw quiet\n"
				     "| .linux kernel\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct pe_sections sections = {0};
	const struct pe_section *section;
	struct bytes bytes = {0};

	(void)state;
	assert_int_equal(host_read(tree_host(tree), arena, "boot/EFI/Linux/arch.efi", 0, &bytes),
			 0);
	assert_int_equal(pe_parse(arena, bytes.data, bytes.length, bytes.length, &sections), 0);
	assert_true(pe_is_unified_image(&sections));
	section = pe_find(&sections, ".cmdline");
	assert_non_null(section);
	assert_int_equal(section->size, 8);
	assert_memory_equal(bytes.data + section->offset, "rw quiet", 8);
	section = pe_find(&sections, ".osrel");
	assert_non_null(section);
	assert_int_equal(section->size, 8);
	assert_memory_equal(bytes.data + section->offset, "ID=arch\n", 8);
	tree_free(tree);
}

static void test_errors(void **state)
{
	static const struct {
		const char *recipe, *message;
	} cases[] = {
		{"uki a\n| linux x\n", "line 1: linux x: no section"},
		{"uki a\n| .toolongname x\n", "line 1: .toolongname x: no section"},
		{"uki a\n| .linux\n", "line 1: .linux: no section"},
		{"uki a\n| .linux < b\n", "line 1: b: No such file or directory"},
		{"boot-option Fedora\n", "line 1: Fedora: a path is missing"},
		{"loader-variable LoaderInfo\n", "line 1: LoaderInfo: a text is missing"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char directory[] = "/tmp/vfiokit-error-XXXXXX";
		struct error error = {0};

		assert_non_null(mkdtemp(directory));
		assert_true(tree_build(directory, cases[i].recipe, NULL, &error) < 0);
		assert_string_equal(error.message, cases[i].message);
		(void)rmdir(directory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loader_variable),
		cmocka_unit_test(test_boot_option),
		cmocka_unit_test(test_unified_image),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
