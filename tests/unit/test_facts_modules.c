/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts_made.h"
#include "tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define RELEASE   "6.1.0-50-amd64"
#define DIRECTORY "lib/modules/" RELEASE

/* A tree and the facts that stand before the collector runs. */
struct fixture {
	struct tree *tree;
	struct facts *facts;
};

static struct fixture fixture_new(const char *recipe)
{
	struct fixture fixture = {tree_new(recipe), facts_made()};

	fixture.facts->machine.kernel = RELEASE;
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	facts_free(fixture->facts);
	tree_free(fixture->tree);
}
#define _cleanup_fixture_ _cleanup_(fixture_free)

static const struct module_facts *collect(struct fixture *fixture)
{
	facts_collect_modules(fixture->facts, tree_host(fixture->tree));
	return &fixture->facts->modules;
}

static void assert_origin(const struct origin *origin, const char *source, unsigned line,
			  const char *text)
{
	assert_string_equal(origin->source, source);
	assert_int_equal(origin->line, line);
	assert_string_equal(origin->text, text);
}

static const char *joined(struct fixture *fixture, const struct strings *strings)
{
	return strings_join(fixture->facts->arena, strings, " ");
}

/* What Debian's kernel package has, cut down. */
#define DEBIAN                                                                                     \
	"file " DIRECTORY "/modules.dep\n"                                                         \
	"| kernel/drivers/vfio/vfio.ko:\n"                                                         \
	"| kernel/drivers/vfio/vfio_iommu_type1.ko: kernel/drivers/vfio/vfio.ko\n"                 \
	"| kernel/drivers/vfio/pci/vfio-pci.ko: kernel/drivers/vfio/vfio.ko\n"                     \
	"file " DIRECTORY "/modules.builtin\n"                                                     \
	"| kernel/drivers/pci/pcie/aer-inject.ko\n"                                                \
	"| kernel/drivers/usb/host/xhci-hcd.ko\n"                                                  \
	"file " DIRECTORY "/modules.alias\n"                                                       \
	"| # Aliases extracted from modules themselves.\n"                                         \
	"| alias pci:v000010DEd*sv*sd*bc03sc*i* nouveau\n"                                         \
	"| alias pci:v000010DEd*sv*sd*bc04sc03i00* snd-hda-intel\n"                                \
	"| alias pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_core\n"                                 \
	"| alias pci:v00008086d*sv00001028sd*bc*sc*i* dell-only\n"                                 \
	"| alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5-vfio-pci\n"                        \
	"| alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n"                                           \
	"hex " DIRECTORY "/modules.builtin.modinfo\n"                                              \
	"| 786863692e616c6961733d7063693a762a642a73762a73642a62633043736330336933302a00\n"

/* -- the directory ----------------------------------------------------------------------------- */

static void a_debian_host(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(DEBIAN "dir sys/module\n"
								"file proc/modules\n");
	const struct module_facts *modules = collect(&f);

	(void)state;
	assert_string_equal(modules->directory, DIRECTORY);
	assert_int_equal(modules->directory_present, YES);
	assert_int_equal(modules->modules_root_present, YES);
	assert_int_equal(modules->builtin_known, YES);
	assert_string_equal(joined(&f, &modules->builtin), "aer_inject xhci_hcd");
	assert_int_equal(modules->loaded_known, YES);
	assert_int_equal(modules->loaded.count, 0);
	assert_int_equal(modules->vfio_pci, YES);
	assert_int_equal(modules->vfio_iommu_type1, YES);
	assert_origin(&modules->vfio_pci_origin, "/" DIRECTORY "/modules.dep", 3,
		      "kernel/drivers/vfio/pci/vfio-pci.ko");
}

static void a_tree_without_modules(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir sys\n");
	const struct module_facts *modules = collect(&f);

	(void)state;
	assert_string_equal(modules->directory, DIRECTORY);
	assert_int_equal(modules->modules_root_present, UNKNOWN);
	assert_int_equal(modules->directory_present, UNKNOWN);
	assert_int_equal(modules->loaded_known, UNKNOWN);
	assert_int_equal(modules->builtin_known, UNKNOWN);
	assert_int_equal(modules->vfio_pci, UNKNOWN);
	assert_int_equal(modules->vfio_iommu_type1, UNKNOWN);
	assert_int_equal(modules->modprobe_known, UNKNOWN);
	assert_null(modules->vfio_pci_origin.source);
	assert_int_equal(facts_unread_error(f.facts, "lib/modules"), -ENOENT);
	assert_int_equal(facts_unread_error(f.facts, DIRECTORY "/modules.dep"), -ENOENT);
	assert_int_equal(facts_unread_error(f.facts, "etc/modprobe.d"), -ENOENT);
}

static void an_update_took_the_modules(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("dir lib/modules/6.1.0-51-amd64\nfile proc/modules\n");
	const struct module_facts *modules = collect(&f);

	(void)state;
	assert_int_equal(modules->modules_root_present, YES);
	assert_int_equal(modules->directory_present, NO);
	assert_string_equal(modules->directory, DIRECTORY);
	/* Nothing could be read that would say so. */
	assert_int_equal(modules->vfio_pci, UNKNOWN);
}

static void other_roots(void **state)
{
	_cleanup_fixture_ struct fixture merged = fixture_new("dir usr/" DIRECTORY "\n");
	_cleanup_fixture_ struct fixture nixos = fixture_new(
		"dir run/booted-system/kernel-modules/" DIRECTORY "\ndir lib/modules/other\n");

	(void)state;
	assert_string_equal(collect(&merged)->directory, "usr/" DIRECTORY);
	assert_int_equal(merged.facts->modules.directory_present, YES);
	assert_string_equal(collect(&nixos)->directory,
			    "run/booted-system/kernel-modules/" DIRECTORY);
	assert_int_equal(nixos.facts->modules.directory_present, YES);
}

static void odd_releases(void **state)
{
	static const char *const releases[] = {NULL, "", ".", "..", "../../etc", "a/b"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(releases); i++) {
		_cleanup_fixture_ struct fixture f = fixture_new("dir lib/modules\n");

		f.facts->machine.kernel = releases[i];
		assert_null(collect(&f)->directory);
		assert_int_equal(f.facts->modules.directory_present, UNKNOWN);
		assert_int_equal(f.facts->modules.vfio_pci, UNKNOWN);
	}
}

/* -- vfio-pci ---------------------------------------------------------------------------------- */

static void vfio_is_not_there(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("file " DIRECTORY "/modules.dep\n"
							 "| kernel/drivers/vfio/vfio.ko:\n"
							 "file " DIRECTORY "/modules.builtin\n"
							 "file proc/modules\n");
	const struct module_facts *modules = collect(&f);

	(void)state;
	assert_int_equal(modules->vfio_pci, NO);
	assert_int_equal(modules->vfio_iommu_type1, NO);
	assert_origin(&modules->vfio_pci_origin, "/" DIRECTORY "/modules.dep", 0,
		      "lists no module vfio_pci, nor does modules.builtin");
}

static void one_list_does_not_prove_absence(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("file " DIRECTORY "/modules.dep\n"
							 "file proc/modules\n");

	(void)state;
	assert_int_equal(collect(&f)->vfio_pci, UNKNOWN);
	assert_null(f.facts->modules.vfio_pci_origin.source);
}

static void vfio_is_built_in(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("file " DIRECTORY "/modules.builtin\n"
			    "| kernel/drivers/vfio/pci/vfio-pci.ko\n"
			    "| kernel/drivers/vfio/vfio_iommu_type1.ko\n");
	const struct module_facts *modules = collect(&f);

	(void)state;
	assert_int_equal(modules->vfio_pci, YES);
	assert_int_equal(modules->vfio_iommu_type1, YES);
	assert_true(strings_contain(&modules->builtin, "vfio_pci"));
	assert_origin(&modules->vfio_pci_origin, "/" DIRECTORY "/modules.builtin", 1,
		      "kernel/drivers/vfio/pci/vfio-pci.ko");
}

static void vfio_is_loaded(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("module vfio_pci\nmodule vfio_iommu_type1\n");
	const struct module_facts *modules = collect(&f);

	(void)state;
	assert_int_equal(modules->loaded_known, YES);
	assert_true(strings_contain(&modules->loaded, "vfio_pci"));
	assert_int_equal(modules->vfio_pci, YES);
	assert_int_equal(modules->vfio_iommu_type1, YES);
	assert_origin(&modules->vfio_pci_origin, "/proc/modules", 0, "vfio_pci");
}

static void loaded_modules_of_sysfs(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("file sys/module/vfio_pci/initstate\n"
							 "| live\n"
							 "dir sys/module/pcie_aspm/parameters\n");
	const struct module_facts *modules = collect(&f);

	(void)state;
	assert_int_equal(modules->loaded_known, YES);
	assert_string_equal(joined(&f, &modules->loaded), "vfio_pci");
	assert_int_equal(modules->vfio_pci, YES);
	assert_origin(&modules->vfio_pci_origin, "/sys/module/vfio_pci", 0, "vfio_pci");
}

static void vfio_is_registered(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir sys/bus/pci/drivers/vfio-pci\n");

	(void)state;
	assert_int_equal(collect(&f)->vfio_pci, YES);
	assert_int_equal(f.facts->modules.vfio_iommu_type1, UNKNOWN);
}

static void kernel_configuration_tells(void **state)
{
	_cleanup_fixture_ struct fixture built = fixture_new("dir lib/modules\n");
	_cleanup_fixture_ struct fixture not_built = fixture_new("dir lib/modules\n");
	_cleanup_fixture_ struct fixture module = fixture_new("dir lib/modules\n");

	(void)state;
	built.facts->machine.config = (struct kernel_config){
		.known = YES, .source = "/boot/config-" RELEASE, .vfio_pci = 'y'};
	not_built.facts->machine.config = built.facts->machine.config;
	not_built.facts->machine.config.vfio_pci = 'n';
	module.facts->machine.config = built.facts->machine.config;
	module.facts->machine.config.vfio_pci = 'm';
	assert_int_equal(collect(&built)->vfio_pci, YES);
	assert_string_equal(built.facts->modules.vfio_pci_origin.source, "/boot/config-" RELEASE);
	assert_int_equal(collect(&not_built)->vfio_pci, NO);
	/* Its package may lack the file. */
	assert_int_equal(collect(&module)->vfio_pci, UNKNOWN);
}

/* -- parameters -------------------------------------------------------------------------------- */

static void parameters_in_force(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("module vfio_pci disable_vga=N disable_idle_d3=Y\n"
			    "module vfio_iommu_type1 allow_unsafe_interrupts=Y\n"
			    "module nouveau modeset=-1\n"
			    "dir sys/module/kvm/parameters/odd\n");
	const struct module_parameter *parameter;

	(void)state;
	(void)collect(&f);
	assert_int_equal(f.facts->modules.parameters.count, 3);
	parameter = facts_module_parameter(f.facts, "vfio_iommu_type1", "allow_unsafe_interrupts");
	assert_non_null(parameter);
	assert_string_equal(parameter->value, "Y");
	assert_origin(&parameter->origin,
		      "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", 1, "Y");
	assert_string_equal(facts_module_parameter(f.facts, "vfio_pci", "disable_idle_d3")->value,
			    "Y");
	assert_int_equal(facts_unread_error(f.facts, "sys/module/kvm/parameters/odd"), -EISDIR);
}

/* -- modprobe.d -------------------------------------------------------------------------------- */

static void modprobe_files_in_order(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("file usr/lib/modprobe.d/a.conf\n"
							 "| blacklist hidden\n"
							 "file usr/lib/modprobe.d/z.conf\n"
							 "| blacklist last\n"
							 "file etc/modprobe.d/a.conf\n"
							 "| # mine\n"
							 "| blacklist first\n"
							 "file run/modprobe.d/m.conf\n"
							 "| options vfio-pci ids=10de:2704\n"
							 "file usr/local/lib/modprobe.d/m.conf\n"
							 "| blacklist hidden\n"
							 "file etc/modprobe.d/n.alias\n"
							 "| alias x y\n"
							 "file etc/modprobe.d/vfio.conf.bak\n"
							 "| blacklist ignored\n"
							 "file etc/modprobe.d/vfio\n"
							 "| blacklist ignored\n"
							 "file etc/modprobe.d/.hidden.conf\n"
							 "| blacklist ignored\n"
							 "file etc/modprobe.d/.conf\n"
							 "| blacklist ignored\n"
							 "dir etc/modprobe.d/z.conf\n"
							 "link lib usr/lib\n");
	const struct modprobe_lines *lines = &collect(&f)->modprobe;

	(void)state;
	assert_int_equal(f.facts->modules.modprobe_known, YES);
	assert_int_equal(lines->count, 4);
	assert_string_equal(lines->items[0].module, "first");
	assert_origin(&lines->items[0].origin, "/etc/modprobe.d/a.conf", 2, "blacklist first");
	assert_string_equal(lines->items[1].module, "vfio_pci");
	assert_origin(&lines->items[1].origin, "/run/modprobe.d/m.conf", 1,
		      "options vfio-pci ids=10de:2704");
	assert_string_equal(lines->items[2].module, "x");
	assert_string_equal(lines->items[3].module, "last");
	assert_string_equal(lines->items[3].origin.source, "/usr/lib/modprobe.d/z.conf");
}

static void masked_files(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("file usr/lib/modprobe.d/nvidia.conf\n"
			    "| blacklist nouveau\n"
			    "link etc/modprobe.d/nvidia.conf /dev/null\n");

	(void)state;
	assert_int_equal(collect(&f)->modprobe.count, 0);
	assert_int_equal(f.facts->modules.modprobe_known, YES);
}

static void lost_files_are_unknown(void **state)
{
	_cleanup_fixture_ struct fixture file =
		fixture_new("link etc/modprobe.d/nixos.conf /nix/store/xyz-modprobe.conf\n");
	_cleanup_fixture_ struct fixture directory =
		fixture_new("link etc/modprobe.d static/modprobe.d\n"
			    "dir usr/lib/modprobe.d\n");
	_cleanup_fixture_ struct fixture fifo =
		fixture_new("fifo etc/modprobe.d/a.conf\n"
			    "file etc/modprobe.d/b.conf\n| blacklist b\n");

	(void)state;
	assert_int_equal(collect(&file)->modprobe_known, UNKNOWN);
	assert_int_equal(facts_unread_error(file.facts, "etc/modprobe.d/nixos.conf"), -ENOENT);
	assert_int_equal(collect(&directory)->modprobe_known, UNKNOWN);
	assert_int_equal(facts_unread_error(directory.facts, "etc/modprobe.d"), -ENOENT);
	assert_int_equal(collect(&fifo)->modprobe_known, UNKNOWN);
	assert_int_equal(facts_unread_error(fifo.facts, "etc/modprobe.d/a.conf"), -EINVAL);
	assert_int_equal(fifo.facts->modules.modprobe.count, 1);
}

static void empty_directory_is_known(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir etc/modprobe.d\n");

	(void)state;
	assert_int_equal(collect(&f)->modprobe_known, YES);
	assert_int_equal(f.facts->modules.modprobe.count, 0);
}

/* -- which modules claim a function ------------------------------------------------------------ */

static struct device *add_device(struct fixture *f, const char *address, const char *modalias)
{
	struct device *device = facts_made_device(f->facts, address, 0x030000, NULL);

	device->modalias = modalias;
	return device;
}

static void modules_of_devices(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(DEBIAN);
	struct device *gpu = add_device(&f, "0000:01:00.0",
					"pci:v000010DEd00002704sv00001458sd000040BCbc03sc00i00");
	struct device *audio = add_device(&f, "0000:01:00.1",
					  "pci:v000010DEd000022BBsv00001458sd000040BCbc04sc03i00");
	struct device *vf = add_device(&f, "0000:02:00.1",
				       "pci:v000015B3d0000101Esv000015B3sd00000001bc02sc00i00");
	struct device *usb = add_device(&f, "0000:03:00.0",
					"pci:v00001B36d0000000Dsv00001AF4sd00001100bc0Csc03i30");

	(void)state;
	(void)collect(&f);
	assert_int_equal(gpu->modules_known, YES);
	assert_string_equal(joined(&f, &gpu->modules), "nouveau");
	assert_int_equal(gpu->vfio_modules.count, 0);
	assert_string_equal(joined(&f, &audio->modules), "snd_hda_intel");
	assert_string_equal(joined(&f, &vf->modules), "mlx5_core");
	assert_string_equal(joined(&f, &vf->vfio_modules), "mlx5_vfio_pci");
	/* From modules.builtin.modinfo. */
	assert_string_equal(joined(&f, &usb->modules), "xhci");
}

static void modalias_made_of_ids(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(DEBIAN);
	struct device *known = add_device(&f, "0000:01:00.0", NULL);
	struct device *subsystem_unknown = add_device(&f, "0000:02:00.0", NULL);
	struct device *no_subsystem = add_device(&f, "0000:03:00.0", NULL);
	struct device *no_class = add_device(&f, "0000:04:00.0", NULL);

	(void)state;
	known->vendor_id = 0x8086;
	known->subsystem_vendor_id = 0x1028;
	subsystem_unknown->vendor_id = 0x8086;
	subsystem_unknown->subsystem_vendor_id = subsystem_unknown->subsystem_device_id = -1;
	*no_subsystem = *subsystem_unknown;
	no_subsystem->vendor_id = 0x10de;
	no_subsystem->config.header_known = true;
	no_class->class_code = -1;
	(void)collect(&f);
	assert_int_equal(known->modules_known, YES);
	assert_string_equal(joined(&f, &known->modules), "dell_only");
	assert_int_equal(subsystem_unknown->modules_known, UNKNOWN);
	assert_int_equal(no_subsystem->modules_known, YES);
	assert_string_equal(joined(&f, &no_subsystem->modules), "nouveau");
	assert_int_equal(no_class->modules_known, UNKNOWN);
}

static void modules_of_devices_unknown(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir " DIRECTORY "\n");
	struct device *gpu = add_device(&f, "0000:01:00.0",
					"pci:v000010DEd00002704sv00001458sd000040BCbc03sc00i00");

	(void)state;
	(void)collect(&f);
	assert_int_equal(gpu->modules_known, UNKNOWN);
	assert_int_equal(facts_unread_error(f.facts, DIRECTORY "/modules.alias"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_debian_host),
		cmocka_unit_test(a_tree_without_modules),
		cmocka_unit_test(an_update_took_the_modules),
		cmocka_unit_test(other_roots),
		cmocka_unit_test(odd_releases),
		cmocka_unit_test(vfio_is_not_there),
		cmocka_unit_test(one_list_does_not_prove_absence),
		cmocka_unit_test(vfio_is_built_in),
		cmocka_unit_test(vfio_is_loaded),
		cmocka_unit_test(loaded_modules_of_sysfs),
		cmocka_unit_test(vfio_is_registered),
		cmocka_unit_test(kernel_configuration_tells),
		cmocka_unit_test(parameters_in_force),
		cmocka_unit_test(modprobe_files_in_order),
		cmocka_unit_test(masked_files),
		cmocka_unit_test(lost_files_are_unknown),
		cmocka_unit_test(empty_directory_is_known),
		cmocka_unit_test(modules_of_devices),
		cmocka_unit_test(modalias_made_of_ids),
		cmocka_unit_test(modules_of_devices_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
