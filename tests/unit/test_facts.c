/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts_made.h"
#include "preflight/parse/cmdline.h"
#include "preflight/parse/modprobe.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct facts *facts_with_cmdline(const char *text)
{
	struct facts *facts = facts_made();

	cmdline_parse(facts->arena, text, strlen(text), "/proc/cmdline", 1, &facts->cmdline);
	return facts;
}

/* -- devices --------------------------------------------------------------------------------------- */

static const char *const addresses[] = {
	"0000:00:00.0", "0000:00:1f.0", "0000:00:1f.7", "0000:01:00.0",  "0000:01:00.1",
	"0000:ff:1f.7", "0001:00:00.0", "ffff:00:00.0", "10000:e1:00.0", "10001:00:00.0",
};

static void finds_every_device(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	assert_null(facts_find_device(facts, "0000:00:00.0"));
	/* With one device, two, three, …: a search that halves goes wrong at the ends. */
	for (size_t count = 1; count <= ARRAY_SIZE(addresses); count++) {
		facts_made_device(facts, addresses[count - 1], 0, NULL);
		for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
			const struct device *found = facts_find_device(facts, addresses[i]);

			if (i >= count)
				assert_null(found);
			else
				assert_string_equal(found->address, addresses[i]);
		}
	}
	/* Capitals and a missing domain are other ways to write the same. */
	assert_string_equal(facts_find_device(facts, "0000:FF:1F.7")->address, "0000:ff:1f.7");
	assert_string_equal(facts_find_device(facts, "01:00.1")->address, "0000:01:00.1");
	assert_ptr_equal(facts_find_function(facts, 0x10000, 0xe1, 0, 0),
			 facts_find_device(facts, "10000:e1:00.0"));
}

static void finds_no_other_device(void **state)
{
	static const char *const absent[] = {"0000:00:00.1", "0000:00:01.0",  "0000:02:00.0",
					     "0000:ff:1f.6", "0001:00:00.1",  "0002:00:00.0",
					     "e100:00:00.0", "10000:e1:00.1", "ffffffff:ff:1f.7",
					     "0000:01:00",   "10de:2330",     "",
					     "garbage",      "0000:01:00.0 "};
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		facts_made_device(facts, addresses[i], 0, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		assert_null(facts_find_device(facts, absent[i]));
}

/* All functions of one bus of one domain, and no others. */
static void functions_of_a_bus(void **state)
{
	static const char *const of_bus[] = {"0000:00:00.0 0000:00:1f.0 0000:00:1f.7",
					     "0000:01:00.0 0000:01:00.1", "0001:00:00.0",
					     "10000:e1:00.0", "10001:00:00.0"};
	static const size_t at[] = {1, 4, 6, 8, 9};
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		facts_made_device(facts, addresses[i], 0, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		struct device_range bus = facts_same_bus(facts, &facts->devices.items[at[i]]);
		struct strings found = {0};

		for_each (device, &bus)
			strings_add(facts->arena, &found, device->address);
		assert_string_equal(strings_join(facts->arena, &found, " "), of_bus[i]);
	}
}

static void devices_of_paths(void **state)
{
	static const struct {
		const char *path, *address;
	} cases[] = {
		{"", NULL},
		{"/", NULL},
		{"sys/devices/pci0000:00", NULL},
		{"sys/devices/platform/efi-framebuffer.0", NULL},
		{"sys/devices/virtual/block/dm-0", NULL},
		{"sys/devices/pci0000:00/0000:00:1f.0", "0000:00:1f.0"},
		{"sys/devices/pci0000:00/0000:00:1f.0/", "0000:00:1f.0"},
		{"/sys/devices/pci0000:00/0000:00:1f.0/ata1/host0/block/sda", "0000:00:1f.0"},
		/* The deepest of several: the device, not its bridge. */
		{"sys/devices/pci0000:00/0000:00:1f.0/0000:01:00.1/net/eno1", "0000:01:00.1"},
		/* One that is not there does not hide the one above. */
		{"sys/devices/pci0000:00/0000:00:1f.0/0000:09:00.0/net/eno1", "0000:00:1f.0"},
		{"sys/devices/pci0000:e0/0000:e0:05.5/pci10000:e0/10000:e1:00.0/nvme/nvme0",
		 "10000:e1:00.0"},
		/* Names that only look like addresses: no domain, more than an address. */
		{"sys/devices/pci0000:00/0000:00:1f.0/usb1/1-1/1-1:1.0/01:00.0", "0000:00:1f.0"},
		{"sys/devices/x0000:01:00.0", NULL},
		{"sys/devices/0000:01:00.0x/0000:01:00.", NULL},
	};
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		facts_made_device(facts, addresses[i], 0, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct device *device = facts_device_of_path(facts, cases[i].path);

		if (!streq(device ? device->address : NULL, cases[i].address))
			fail_msg("%s belongs to %s", cases[i].path,
				 device ? device->address : "nobody");
	}
}

static void uses_are_added(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_made();
	struct device *device = facts_made_device(facts, "0000:01:00.0", 0, NULL);

	(void)state;
	for (unsigned i = 0; i < USE_KINDS; i++) {
		const struct use *use = device_add_use(facts, device, i);

		assert_int_equal(use->kind, i);
		assert_false(use->critical);
		assert_null(use->what);
		assert_null(use->origin.source);
	}
	assert_int_equal(device->uses.count, USE_KINDS);
}

/* -- the command line --------------------------------------------------------------------------------- */

static void assert_parameter(const char *cmdline, const char *name, const char *text)
{
	_cleanup_facts_ struct facts *facts = facts_with_cmdline(cmdline);
	const struct parameter *found = facts_parameter(facts, name);

	if (!streq(found ? found->text : NULL, text))
		fail_msg("%s of \"%s\" is %s", name, cmdline, found ? found->text : "not there");
}

static void the_last_parameter_counts(void **state)
{
	(void)state;
	assert_parameter("", "iommu", NULL);
	assert_parameter("quiet splash", "iommu", NULL);
	assert_parameter("iommu=pt", "iommu", "iommu=pt");
	assert_parameter("iommu=pt quiet iommu=off", "iommu", "iommu=off");
	assert_parameter("iommu=off iommu", "iommu", "iommu");
	/* All of the name and nothing but the name. */
	assert_parameter("intel_iommu=on iommu.passthrough=1", "iommu", NULL);
	assert_parameter("iommu=pt", "iommu.passthrough", NULL);
	assert_parameter("iommu=pt", "iomm", NULL);
	assert_parameter("iommu=pt", "", NULL);
	assert_parameter("Iommu=pt", "iommu", NULL);
	/* What stands behind "--" is init's. */
	assert_parameter("iommu=pt -- iommu=off", "iommu", "iommu=pt");
}

static void dashes_and_underscores_are_alike(void **state)
{
	(void)state;
	assert_parameter("vfio-pci.ids=1:2", "vfio_pci.ids", "vfio-pci.ids=1:2");
	assert_parameter("vfio_pci.ids=1:2", "vfio-pci.ids", "vfio_pci.ids=1:2");
	assert_parameter("vfio-pci.ids=1:2 vfio_pci.ids=3:4", "vfio-pci.ids", "vfio_pci.ids=3:4");
	assert_parameter("vfio.pci.ids=1:2", "vfio-pci.ids", NULL);
	assert_true(names_equal("snd-hda_intel", "snd_hda-intel"));
	assert_true(names_equal("", ""));
	assert_false(names_equal("snd", "snd_"));
	assert_false(names_equal("snd_", "snd"));
	assert_false(names_equal("snd-hda", "snd hda"));
}

static void assert_word(const char *cmdline, const char *name, const char *word, const char *text)
{
	_cleanup_facts_ struct facts *facts = facts_with_cmdline(cmdline);
	const struct parameter *found = facts_parameter_word(facts, name, word);

	if (!streq(found ? found->text : NULL, text))
		fail_msg("\"%s\" holds %s in %s", cmdline, word, found ? found->text : "nothing");
}

static void words_of_comma_lists(void **state)
{
	(void)state;
	assert_word("intel_iommu=on", "intel_iommu", "on", "intel_iommu=on");
	assert_word("intel_iommu=on,sm_on", "intel_iommu", "sm_on", "intel_iommu=on,sm_on");
	assert_word("intel_iommu=sm_on,igfx_off,on", "intel_iommu", "on",
		    "intel_iommu=sm_on,igfx_off,on");
	assert_word("intel-iommu=on", "intel_iommu", "on", "intel-iommu=on");
	/* A part of a word is no word. */
	assert_word("intel_iommu=sm_on", "intel_iommu", "on", NULL);
	assert_word("intel_iommu=one,o", "intel_iommu", "on", NULL);
	assert_word("intel_iommu=,,on", "intel_iommu", "on", "intel_iommu=,,on");
	assert_word("intel_iommu=", "intel_iommu", "on", NULL);
	assert_word("intel_iommu", "intel_iommu", "on", NULL);
	assert_word("amd_iommu=on", "intel_iommu", "on", NULL);
	/* Every occurrence is looked at, the last that holds the word is the answer. */
	assert_word("intel_iommu=on intel_iommu=igfx_off", "intel_iommu", "on", "intel_iommu=on");
	assert_word("intel_iommu=on intel_iommu=on,sm_on", "intel_iommu", "on",
		    "intel_iommu=on,sm_on");
}

static void parameters_of_modules(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	assert_null(facts_module_parameter(facts, "vfio", "enable_unsafe_noiommu_mode"));
	*ARRAY_ADD(facts->arena, &facts->modules.parameters) =
		(struct module_parameter){"vfio", "enable_unsafe_noiommu_mode", "N", {0}};
	*ARRAY_ADD(facts->arena, &facts->modules.parameters) =
		(struct module_parameter){"vfio_pci", "disable_denylist", "Y", {0}};
	assert_string_equal(facts_module_parameter(facts, "vfio_pci", "disable_denylist")->value,
			    "Y");
	assert_null(facts_module_parameter(facts, "vfio", "disable_denylist"));
	assert_null(facts_module_parameter(facts, "vfio_pci", "disable"));
}

static const char *option_of(const char *text, const char *module, const char *name,
			     unsigned *ret_line)
{
	static const char absent[] = "not there";
	struct facts *facts = facts_made();
	const struct modprobe_line *line;
	const char *value = absent, *result;

	modprobe_parse(facts->arena, "/etc/modprobe.d/x.conf", text, strlen(text),
		       &facts->modules.modprobe);
	line = facts_modprobe_option(facts, facts->arena, module, name, &value);
	*ret_line = line ? line->origin.line : 0;
	assert_true(line || value == absent);
	result = !line ? NULL : !value ? "no value" : streq(value, "1") ? "1" : "another";
	facts_free(facts);
	return result;
}

static void options_of_modprobe(void **state)
{
	unsigned line;

	(void)state;
	assert_null(option_of("", "vfio", "mode", &line));
	assert_null(option_of("options vfio_pci mode=1\nblacklist vfio\n", "vfio", "mode", &line));
	assert_string_equal(option_of("options vfio mode=1\n", "vfio", "mode", &line), "1");
	assert_int_equal(line, 1);
	assert_string_equal(option_of("options vfio mode\n", "vfio", "mode", &line), "no value");
	/* The last one counts; '-' and '_' are alike. */
	assert_string_equal(option_of("options vfio-pci the-mode=0\n# x\noptions vfio_pci x=1 "
				      "the_mode=1\noptions vfio-pci x=0\n",
				      "vfio_pci", "the_mode", &line),
			    "1");
	assert_int_equal(line, 3);
}

static void bool_parameters(void **state)
{
	static const char *const true_values[] = {"Y", "y", "1", "on", "ON", "t", "yes", "1 "};
	static const char *const false_values[] = {"N", "n", "0", "off", "OFF", "f", "", "o", "2"};

	(void)state;
	assert_true(parameter_is_true(NULL));
	for (size_t i = 0; i < ARRAY_SIZE(true_values); i++)
		assert_true(parameter_is_true(true_values[i]));
	for (size_t i = 0; i < ARRAY_SIZE(false_values); i++)
		assert_false(parameter_is_true(false_values[i]));
}

/* -- what could not be read ---------------------------------------------------------------------------- */

static void unread_files_are_listed_once(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	assert_int_equal(facts_unread_error(facts, "proc/iomem"), 0);
	facts_add_unread(facts, "proc/iomem", -EACCES);
	facts_add_unread(facts, "/proc/iomem", -ENOENT);
	facts_add_unread(facts, "proc/iomem", -ENOENT);
	facts_add_unread(facts, "/sys/firmware/acpi/tables/DMAR", -EPERM);
	assert_int_equal(facts->unread.count, 2);
	/* Paths have their leading slash, and the first reason stays. */
	assert_string_equal(facts->unread.items[0].path, "/proc/iomem");
	assert_int_equal(facts_unread_error(facts, "proc/iomem"), -EACCES);
	assert_int_equal(facts_unread_error(facts, "/proc/iomem"), -EACCES);
	assert_int_equal(facts_unread_error(facts, "sys/firmware/acpi/tables/DMAR"), -EPERM);
	assert_int_equal(facts_unread_error(facts, "sys/firmware/acpi/tables"), 0);
	assert_int_equal(facts_unread_error(facts, "proc/iomem2"), 0);
}

static void unread_paths_are_copied(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_made();
	char first[] = "proc/one", second[] = "/proc/two";

	(void)state;
	facts_add_unread(facts, first, -EIO);
	facts_add_unread(facts, second, -EIO);
	first[5] = second[6] = 'x';
	assert_int_equal(facts_unread_error(facts, "proc/one"), -EIO);
	assert_int_equal(facts_unread_error(facts, "proc/two"), -EIO);
}

/* -- names ------------------------------------------------------------------------------------------------ */

static void assert_iommu_of(enum cpu_vendor vendor, enum truth dmar, enum truth ivrs,
			    enum iommu_kind unit, const char *table)
{
	_cleanup_facts_ struct facts *facts = facts_made();

	facts->machine.cpu_vendor = vendor;
	facts->iommu.table_present[TABLE_DMAR] = dmar;
	facts->iommu.table_present[TABLE_IVRS] = ivrs;
	if (unit != IOMMU_NONE_KNOWN)
		*ARRAY_ADD(facts->arena, &facts->iommu.units) = (struct iommu_unit){.kind = unit};
	assert_string_equal(facts_table_name(facts), table);
	assert_int_equal(facts_iommu_is_amd(facts), streq(table, "IVRS"));
	assert_int_equal(facts_iommu_is_intel(facts), streq(table, "DMAR") && vendor != CPU_OTHER);
}

/* The table decides, then the unit, then the CPU: a VM may show any CPU beside any IOMMU. */
static void whose_iommu_it_is(void **state)
{
	(void)state;
	assert_iommu_of(CPU_INTEL, NO, NO, IOMMU_NONE_KNOWN, "DMAR");
	assert_iommu_of(CPU_AMD, UNKNOWN, UNKNOWN, IOMMU_NONE_KNOWN, "IVRS");
	assert_iommu_of(CPU_HYGON, UNKNOWN, NO, IOMMU_NONE_KNOWN, "IVRS");
	assert_iommu_of(CPU_OTHER, UNKNOWN, UNKNOWN, IOMMU_NONE_KNOWN, "DMAR");
	assert_iommu_of(CPU_AMD, YES, NO, IOMMU_NONE_KNOWN, "DMAR");
	assert_iommu_of(CPU_INTEL, NO, YES, IOMMU_NONE_KNOWN, "IVRS");
	assert_iommu_of(CPU_INTEL, UNKNOWN, YES, IOMMU_INTEL, "IVRS");
	assert_iommu_of(CPU_AMD, NO, NO, IOMMU_INTEL, "DMAR");
	assert_iommu_of(CPU_INTEL, UNKNOWN, UNKNOWN, IOMMU_AMD, "IVRS");
}

static void arm_machines(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	assert_false(facts_cpu_is_arm(facts));
	facts->machine.cpu_vendor = CPU_ARM;
	assert_true(facts_cpu_is_arm(facts));
	assert_string_equal(facts_table_name(facts), "IORT");
	/* A tree may tell the architecture and nothing of the CPU. */
	facts->machine.cpu_vendor = CPU_UNKNOWN;
	facts->machine.architecture = "aarch64";
	assert_true(facts_cpu_is_arm(facts));
	facts->machine.architecture = "x86_64";
	assert_false(facts_cpu_is_arm(facts));
}

static void names_of_the_contract(void **state)
{
	static const char *const uses[] = {"filesystem", "swap",    "lvm",     "md",    "zfs",
					   "crypt",      "network", "display", "input", "process"};
	static const char *const states[] = {"host", "detached", "assigned", "unbound", "bridge"};
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(uses); i++)
		for (unsigned kind = 0; kind < USE_KINDS; kind++)
			found += streq(use_kind_name(kind), uses[i]);
	assert_int_equal(found, ARRAY_SIZE(uses));
	for (unsigned kind = 0; kind < USE_KINDS; kind++)
		assert_non_null(use_kind_name(kind));
	for (unsigned i = 0; i < ARRAY_SIZE(states); i++)
		assert_string_equal(device_state_name(STATE_HOST + i), states[i]);
	facts_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_every_device),
		cmocka_unit_test(finds_no_other_device),
		cmocka_unit_test(devices_of_paths),
		cmocka_unit_test(uses_are_added),
		cmocka_unit_test(the_last_parameter_counts),
		cmocka_unit_test(dashes_and_underscores_are_alike),
		cmocka_unit_test(words_of_comma_lists),
		cmocka_unit_test(parameters_of_modules),
		cmocka_unit_test(unread_files_are_listed_once),
		cmocka_unit_test(unread_paths_are_copied),
		cmocka_unit_test(whose_iommu_it_is),
		cmocka_unit_test(arm_machines),
		cmocka_unit_test(options_of_modprobe),
		cmocka_unit_test(functions_of_a_bus),
		cmocka_unit_test(bool_parameters),
		cmocka_unit_test(names_of_the_contract),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
