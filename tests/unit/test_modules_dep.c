/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/modules_dep.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char dependencies[] =
	"kernel/drivers/vfio/vfio.ko:\n"
	"kernel/drivers/vfio/pci/vfio-pci-core.ko.xz: kernel/drivers/vfio/vfio.ko\n"
	"kernel/drivers/vfio/pci/vfio-pci.ko.zst: kernel/drivers/vfio/pci/vfio-pci-core.ko.xz\n"
	"extra/vendor-reset.ko.gz:\n"
	"/opt/elsewhere/abs_path.ko:\n"
	"kernel/not-a-module.kobject:\n"
	"kernel/.ko:\n"
	"\n"
	": x\n"
	"last.ko";

static bool find(const char *module, struct module_place *ret_place)
{
	return modules_list_find(dependencies, sizeof(dependencies) - 1, module, ret_place);
}

static void finds_modules(void **state)
{
	struct module_place place;

	(void)state;
	assert_true(find("vfio_pci", &place));
	assert_int_equal(place.line, 3);
	assert_true(span_equals(place.path, "kernel/drivers/vfio/pci/vfio-pci.ko.zst"));
	assert_true(find("vfio", &place));
	assert_int_equal(place.line, 1);
	assert_true(find("vendor_reset", &place));
	assert_true(find("abs_path", &place));
	assert_int_equal(place.line, 5);
	assert_true(find("last", &place));
	assert_int_equal(place.line, 10);
}

static void misses_others(void **state)
{
	struct module_place place;

	(void)state;
	assert_false(find("vfio_iommu_type1", &place));
	assert_false(find("vfio_pc", &place));
	assert_false(find("vfio_pci_cor", &place));
	assert_false(find("not_a_module", &place));
	assert_false(find("", &place));
	assert_false(modules_list_find(NULL, 0, "vfio", &place));
}

static void names_built_in_modules(void **state)
{
	static const char text[] = "kernel/drivers/usb/host/xhci-pci.ko\n"
				   "kernel/drivers/nvme/host/nvme.ko\r\n"
				   "kernel/fs/ext4/ext4.ko";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct strings names = {0};

	(void)state;
	modules_list_names(arena, text, sizeof(text) - 1, &names);
	assert_string_equal(strings_join(arena, &names, " "), "xhci_pci nvme ext4");
}

static void names_loaded_modules(void **state)
{
	static const char text[] = "vfio_pci 16384 0 - Live 0x0000000000000000\n"
				   "vfio_pci_core 86016 1 vfio_pci, Live 0xffffffffc0a5b000\n"
				   "nouveau 2437120 0 - Unloading 0x0000000000000000\n"
				   "zfs 4104192 6 - Loading 0x0000000000000000 (POE)\n"
				   "\n"
				   "short\n"
				   "cut_off 1 2";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct strings names = {0};

	(void)state;
	loaded_modules_parse(arena, text, sizeof(text) - 1, &names);
	assert_string_equal(strings_join(arena, &names, " "),
			    "vfio_pci vfio_pci_core zfs short cut_off");
}

static void accepts_every_length(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(dependencies); length++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		/* A copy of exactly this size, so that the sanitizer sees a byte too far. */
		_cleanup_free_ char *copy = malloc(length ? length : 1);
		struct strings names = {0};
		struct module_place place;

		assert_non_null(copy);
		memcpy(copy, dependencies, length);
		assert_false(modules_list_find(copy, length, "nothing", &place));
		modules_list_names(arena, copy, length, &names);
		loaded_modules_parse(arena, copy, length, &names);
		assert_in_range(names.count, 0, 32);
	}
}

static void drops_names_too_long(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct strings names = {0};
	char text[200];

	(void)state;
	memset(text, 'a', sizeof(text));
	loaded_modules_parse(arena, text, sizeof(text), &names);
	assert_int_equal(names.count, 0);
	loaded_modules_parse(arena, text, 64, &names);
	assert_int_equal(names.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_modules),          cmocka_unit_test(misses_others),
		cmocka_unit_test(names_built_in_modules), cmocka_unit_test(names_loaded_modules),
		cmocka_unit_test(accepts_every_length),   cmocka_unit_test(drops_names_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
