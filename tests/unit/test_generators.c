/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each initramfs generator's configuration asks for, and what of it the generator never reads. */
#include "preflight/generators/generator.h"
#include "tests/unit/facts_made.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct facts *read_generator(const struct generator_kind *kind, const char *recipe)
{
	struct tree *tree = tree_new(recipe);
	struct facts *facts = facts_made();
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct generator_reader reader = {
		.facts = facts, .host = tree_host(tree), .scratch = scratch};

	kind->read(&reader);
	facts->initramfs.settings_known = truth_of(!reader.failed);
	tree_free(tree);
	return facts;
}

static const struct generator_setting *find(const struct facts *facts, const char *key, size_t nth)
{
	for_each (setting, &facts->initramfs.settings)
		if (streq(setting->key, key) && nth-- == 0)
			return setting;
	fail_msg("no setting %s", key);
	return NULL;
}

static size_t count(const struct facts *facts, const char *key)
{
	size_t found = 0;

	for_each (setting, &facts->initramfs.settings)
		found += streq(setting->key, key);
	return found;
}

static void assert_setting(const struct facts *facts, const char *key, size_t nth,
			   const char *value, const char *source, unsigned line)
{
	const struct generator_setting *setting = find(facts, key, nth);

	assert_string_equal(setting->value, value);
	assert_string_equal(setting->source, source);
	assert_int_equal(setting->line, line);
}

/* All words of a list, with blanks between. */
static void assert_words(struct facts *facts, const char *key, const char *expected)
{
	struct strings words = {0};

	for_each (word, &facts->initramfs.words)
		if (streq(word->key, key))
			strings_add(facts->arena, &words, word->word);
	assert_string_equal(strings_join(facts->arena, &words, " "), expected);
}

static void assert_ignored(const struct facts *facts, const char *path, const char *why)
{
	const struct initramfs_facts *initramfs = &facts->initramfs;

	assert_int_equal(initramfs->ignored_files.count, initramfs->ignored_why.count);
	for (size_t i = 0; i < initramfs->ignored_files.count; i++)
		if (streq(initramfs->ignored_files.items[i], path)) {
			assert_non_null(strstr(initramfs->ignored_why.items[i], why));
			return;
		}
	fail_msg("%s is not among the ignored files", path);
}

/* -- dracut ------------------------------------------------------------------------------------ */

static void dracut_reads_all_files_in_order(void **state)
{
	_cleanup_facts_ struct facts *facts = read_generator(
		&generator_dracut, "file etc/dracut.conf\n"
				   "| # the main file\n"
				   "| hostonly=\"no\"\n"
				   "file etc/dracut.conf.d/10-vfio.conf\n"
				   "| # comment\n"
				   "| force_drivers+=\" vfio_pci vfio \"\n"
				   "| install_items+=\" /etc/modprobe.d/vfio.conf \"\n"
				   "file etc/dracut.conf.d/9-first.conf\n"
				   "| force_drivers+=\" nvme \"\n"
				   "file usr/lib/dracut/dracut.conf.d/20-dist.conf\n"
				   "| hostonly=\"yes\"\n"
				   "| omit_drivers+=' nouveau '\n");

	(void)state;
	assert_int_equal(facts->initramfs.settings_known, YES);
	assert_setting(facts, "force_drivers", 0, " nvme ", "/etc/dracut.conf.d/9-first.conf", 1);
	assert_setting(facts, "force_drivers", 1, " vfio_pci vfio ",
		       "/etc/dracut.conf.d/10-vfio.conf", 2);
	assert_true(find(facts, "force_drivers", 1)->append);
	assert_words(facts, "force_drivers", "nvme vfio_pci vfio");
	assert_words(facts, "install_items", "/etc/modprobe.d/vfio.conf");
	assert_words(facts, "omit_drivers", "nouveau");
	/* Only the assignment in force. */
	assert_int_equal(count(facts, "hostonly"), 1);
	assert_setting(facts, "hostonly", 0, "yes", "/usr/lib/dracut/dracut.conf.d/20-dist.conf",
		       1);
	assert_false(find(facts, "hostonly", 0)->append);
	assert_non_null(generator_find_word(facts, "force_drivers", "vfio-pci"));
	assert_null(generator_find_word(facts, "force_drivers", "vfio_iommu_type1"));
}

static void dracut_masks_files_of_the_same_name(void **state)
{
	_cleanup_facts_ struct facts *facts =
		read_generator(&generator_dracut, "file etc/dracut.conf.d/50-gpu.conf\n"
						  "| add_drivers+=\" vfio_pci \"\n"
						  "file usr/lib/dracut/dracut.conf.d/50-gpu.conf\n"
						  "| add_drivers+=\" nouveau \"\n");

	(void)state;
	assert_words(facts, "add_drivers", "vfio_pci");
}

/* A file without .conf is never read: the case of the GPU's audio function. */
static void dracut_ignores_other_suffixes(void **state)
{
	_cleanup_facts_ struct facts *facts = read_generator(
		&generator_dracut, "file etc/dracut.conf.d/vfio\n"
				   "| add_drivers+=\" vfio vfio_iommu_type1 vfio_pci \"\n"
				   "file etc/dracut.conf.d/gpu.cfg\n"
				   "| force_drivers+=\" vfio_pci \"\n"
				   "file etc/dracut.conf.d/README\n"
				   "| nothing about passthrough\n"
				   "file etc/dracut.conf.d/vfio.conf.bak\n"
				   "| add_drivers+=\" vfio_pci \"\n"
				   "file etc/dracut.conf.d/vfio.conf~\n"
				   "| add_drivers+=\" vfio_pci \"\n");

	(void)state;
	assert_int_equal(facts->initramfs.settings.count, 0);
	assert_int_equal(facts->initramfs.ignored_files.count, 2);
	assert_ignored(facts, "/etc/dracut.conf.d/vfio", ".conf");
	assert_ignored(facts, "/etc/dracut.conf.d/gpu.cfg", ".conf");
}

/* Without blanks inside the quotes words of two files become one. */
static void dracut_words_run_into_each_other(void **state)
{
	_cleanup_facts_ struct facts *facts =
		read_generator(&generator_dracut, "file etc/dracut.conf.d/a.conf\n"
						  "| add_drivers+=\"vfio vfio_pci\"\n"
						  "file etc/dracut.conf.d/b.conf\n"
						  "| add_drivers+=\"kvm\"\n");

	(void)state;
	assert_words(facts, "add_drivers", "vfio vfio_pcikvm");
	assert_setting(facts, "add_drivers", 0, "vfio vfio_pci", "/etc/dracut.conf.d/a.conf", 1);
	assert_setting(facts, "add_drivers", 1, "kvm", "/etc/dracut.conf.d/b.conf", 1);
	assert_null(generator_find_word(facts, "add_drivers", "vfio_pci"));
}

static void dracut_values_of_the_shell_are_not_guessed(void **state)
{
	_cleanup_facts_ struct facts *facts = read_generator(
		&generator_dracut, "file etc/dracut.conf.d/a.conf\n"
				   "| force_drivers+=\" vfio $(cat /etc/gpu) vfio_pci \"\n"
				   "| if [ -e /etc/x ]; then\n"
				   "|   omit_drivers+=\" nouveau \"\n"
				   "| fi\n");

	(void)state;
	assert_true(find(facts, "force_drivers", 0)->computed);
	assert_words(facts, "force_drivers", "vfio vfio_pci");
	assert_words(facts, "omit_drivers", "");
}

static void unreadable_configuration_is_unknown(void **state)
{
	_cleanup_facts_ struct facts *facts =
		read_generator(&generator_dracut, "link etc/dracut.conf.d/vfio.conf vfio.conf\n");

	(void)state;
	assert_int_equal(facts->initramfs.settings_known, NO);
	assert_int_equal(facts_unread_error(facts, "etc/dracut.conf.d/vfio.conf"), -ELOOP);
}

/* -- mkinitcpio -------------------------------------------------------------------------------- */

static void mkinitcpio_reads_arrays(void **state)
{
	_cleanup_facts_ struct facts *facts =
		read_generator(&generator_mkinitcpio,
			       "file etc/mkinitcpio.conf\n"
			       "| # MODULES=(commented out)\n"
			       "| MODULES=(vfio_pci 'vfio' \"vfio_iommu_type1\" # a comment\n"
			       "|   nvidia)\n"
			       "| BINARIES=()\n"
			       "| FILES=(/etc/modprobe.d/vfio.conf)\n"
			       "| HOOKS=(base udev autodetect modconf kms block filesystems)\n");

	(void)state;
	assert_words(facts, "MODULES", "vfio_pci vfio vfio_iommu_type1 nvidia");
	assert_words(facts, "HOOKS", "base udev autodetect modconf kms block filesystems");
	assert_words(facts, "FILES", "/etc/modprobe.d/vfio.conf");
	assert_setting(facts, "MODULES", 0, "vfio_pci vfio vfio_iommu_type1 nvidia",
		       "/etc/mkinitcpio.conf", 2);
	assert_non_null(generator_find_word(facts, "HOOKS", "modconf"));
	assert_int_equal(generator_find_word(facts, "MODULES", "nvidia")->line, 3);
}

/* Old files quote a list in one string. */
static void mkinitcpio_reads_strings(void **state)
{
	_cleanup_facts_ struct facts *facts =
		read_generator(&generator_mkinitcpio, "file etc/mkinitcpio.conf\n"
						      "| MODULES=\"vfio_pci vfio_virqfd\"\n"
						      "| HOOKS=\"base udev\"\n");

	(void)state;
	assert_words(facts, "MODULES", "vfio_pci vfio_virqfd");
	assert_null(generator_find_word(facts, "HOOKS", "modconf"));
}

static void mkinitcpio_drop_ins_override(void **state)
{
	_cleanup_facts_ struct facts *facts = read_generator(
		&generator_mkinitcpio, "file etc/mkinitcpio.conf\n"
				       "| MODULES=(nvidia)\n"
				       "| HOOKS=(base udev modconf)\n"
				       "file etc/mkinitcpio.conf.d/10-vfio.conf\n"
				       "| MODULES+=(vfio_pci)\n"
				       "file etc/mkinitcpio.conf.d/20-hooks.conf\n"
				       "| HOOKS=(base systemd)\n"
				       "file etc/mkinitcpio.conf.d/vfio.hook\n"
				       "| MODULES+=(vfio)\n"
				       "file etc/mkinitcpio.d/linux.preset\n"
				       "| #ALL_config=\"/etc/mkinitcpio.conf\"\n"
				       "| ALL_kver=\"/boot/vmlinuz-linux\"\n"
				       "| PRESETS=('default' 'fallback')\n"
				       "| default_image=\"/boot/initramfs-linux.img\"\n");

	(void)state;
	assert_words(facts, "MODULES", "nvidia vfio_pci");
	assert_words(facts, "HOOKS", "base systemd");
	assert_int_equal(count(facts, "HOOKS"), 1);
	assert_true(find(facts, "MODULES", 1)->append);
	assert_int_equal(facts->initramfs.ignored_files.count, 1);
	assert_ignored(facts, "/etc/mkinitcpio.conf.d/vfio.hook", ".conf");
}

/* Older presets name the file, and then drop-ins are not read. */
static void mkinitcpio_presets_may_name_the_file(void **state)
{
	_cleanup_facts_ struct facts *facts =
		read_generator(&generator_mkinitcpio, "file etc/mkinitcpio.conf\n"
						      "| MODULES=(nvidia)\n"
						      "file etc/mkinitcpio-vfio.conf\n"
						      "| MODULES=(vfio_pci)\n"
						      "file etc/mkinitcpio.conf.d/vfio.conf\n"
						      "| MODULES+=(vfio)\n"
						      "file etc/mkinitcpio.d/linux.preset\n"
						      "| ALL_config=\"/etc/mkinitcpio-vfio.conf\"\n"
						      "| PRESETS=('default')\n");

	(void)state;
	assert_words(facts, "MODULES", "vfio_pci");
	assert_setting(facts, "MODULES", 0, "vfio_pci", "/etc/mkinitcpio-vfio.conf", 1);
	assert_ignored(facts, "/etc/mkinitcpio.conf.d/vfio.conf", "/etc/mkinitcpio.d/linux.preset");
}

/* -- booster ----------------------------------------------------------------------------------- */

static void booster_reads_its_yaml(void **state)
{
	_cleanup_facts_ struct facts *facts = read_generator(
		&generator_booster, "file etc/booster.yaml\n"
				    "| # booster\n"
				    "| network:\n"
				    "|   dhcp: on\n"
				    "|   modules: nothing\n"
				    "| universal: false\n"
				    "| modules: -*, nvme # no more\n"
				    "| modules_force_load: \"vfio_pci,vfio, vfio_iommu_type1\"\n"
				    "| extra_files: ''\n"
				    "| modules_other: x\n");

	(void)state;
	assert_setting(facts, "modules_force_load", 0, "vfio_pci,vfio, vfio_iommu_type1",
		       "/etc/booster.yaml", 7);
	assert_words(facts, "modules_force_load", "vfio_pci vfio vfio_iommu_type1");
	assert_words(facts, "modules", "-* nvme");
	assert_setting(facts, "universal", 0, "false", "/etc/booster.yaml", 5);
	assert_int_equal(facts->initramfs.settings.count, 4);
}

/* -- initramfs-tools --------------------------------------------------------------------------- */

static void initramfs_tools_reads_its_modules(void **state)
{
	_cleanup_facts_ struct facts *facts = read_generator(
		&generator_initramfs_tools, "file etc/initramfs-tools/modules\n"
					    "| # List of modules\n"
					    "| \n"
					    "|   # indented\n"
					    "| vfio-pci ids=10de:1b80\n"
					    "|   vfio_iommu_type1  \n"
					    "file etc/initramfs-tools/initramfs.conf\n"
					    "| MODULES=most\n"
					    "| COMPRESS=zstd\n"
					    "file etc/initramfs-tools/conf.d/driver-policy\n"
					    "| MODULES=dep\n"
					    "file etc/initramfs-tools/conf.d/x.dpkg-old\n"
					    "| MODULES=list\n");

	(void)state;
	assert_setting(facts, "modules", 0, "vfio-pci ids=10de:1b80",
		       "/etc/initramfs-tools/modules", 4);
	assert_setting(facts, "modules", 1, "vfio_iommu_type1", "/etc/initramfs-tools/modules", 5);
	assert_words(facts, "modules", "vfio-pci vfio_iommu_type1");
	assert_non_null(generator_find_word(facts, "modules", "vfio_pci"));
	assert_int_equal(count(facts, "MODULES"), 1);
	assert_setting(facts, "MODULES", 0, "dep", "/etc/initramfs-tools/conf.d/driver-policy", 1);
}

#define SCRIPT(name, prerequisites)                                                                \
	"file etc/initramfs-tools/scripts/init-top/" name "\n"                                     \
	"| #!/bin/sh\n"                                                                            \
	"| PREREQ=\"" prerequisites "\"\n"                                                         \
	"| prereqs() { echo \"$PREREQ\"; }\n"                                                      \
	"| case \"$1\" in prereqs) prereqs; exit 0;; esac\n"                                       \
	"| modprobe vfio-pci\n"                                                                    \
	"mode etc/initramfs-tools/scripts/init-top/" name " 0755\n"

/* As `get_prereq_pairs | tsort` gave with initramfs-tools 0.142: only the name decides, and any
 * prerequisite puts a script behind udev. */
static void initramfs_tools_orders_scripts(void **state)
{
	static const struct {
		const char *name;
		enum truth before_udev;
	} rows[] = {
		{"init-top/00-vfio", YES}, {"init-top/aaa-vfio", YES},
		{"init-top/b-after", NO},  {"init-top/bind_vfio.sh", YES},
		{"init-top/vfio", NO},     {"init-top/zz-vfio", NO},
	};
	_cleanup_facts_ struct facts *facts =
		read_generator(&generator_initramfs_tools,
			       SCRIPT("00-vfio", "") SCRIPT("aaa-vfio", "") SCRIPT("vfio", "")
				       SCRIPT("zz-vfio", "") SCRIPT("b-after", "blacklist")
					       SCRIPT("bind_vfio.sh", ""));

	(void)state;
	assert_int_equal(count(facts, "script"), ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct generator_setting *setting = find(facts, "script", i);

		assert_string_equal(setting->value, rows[i].name);
		assert_int_equal(setting->before_udev, rows[i].before_udev);
		assert_non_null(strstr(setting->text, "modprobe vfio-pci"));
	}
	assert_string_equal(find(facts, "script", 0)->source,
			    "/etc/initramfs-tools/scripts/init-top/00-vfio");
}

static void initramfs_tools_uses_the_packages_own_scripts(void **state)
{
	_cleanup_facts_ struct facts *facts = read_generator(
		&generator_initramfs_tools,
		SCRIPT("m-vfio",
		       "") "file usr/share/initramfs-tools/scripts/init-top/udev\n"
			   "| PREREQS=\"\"\n"
			   "mode usr/share/initramfs-tools/scripts/init-top/udev 0755\n"
			   "file usr/share/initramfs-tools/scripts/init-premount/plymouth\n"
			   "| PREREQ=udev\n");

	(void)state;
	/* The package's scripts are not settings of the administrator. */
	assert_int_equal(count(facts, "script"), 1);
	assert_int_equal(find(facts, "script", 0)->before_udev, YES);
}

static void initramfs_tools_premount_is_late(void **state)
{
	_cleanup_facts_ struct facts *facts =
		read_generator(&generator_initramfs_tools,
			       "file etc/initramfs-tools/scripts/init-premount/00-vfio\n"
			       "| #!/bin/sh\n"
			       "mode etc/initramfs-tools/scripts/init-premount/00-vfio 0755\n");

	(void)state;
	assert_string_equal(find(facts, "script", 0)->value, "init-premount/00-vfio");
	assert_int_equal(find(facts, "script", 0)->before_udev, NO);
}

static void initramfs_tools_ignores_scripts(void **state)
{
	_cleanup_facts_ struct facts *facts =
		read_generator(&generator_initramfs_tools,
			       "file etc/initramfs-tools/scripts/init-top/00-vfio\n"
			       "| #!/bin/sh\n"
			       "file etc/initramfs-tools/scripts/init-top/bind@vfio\n"
			       "| #!/bin/sh\n"
			       "mode etc/initramfs-tools/scripts/init-top/bind@vfio 0755\n"
			       "file etc/initramfs-tools/scripts/init-top/other\n"
			       "| #!/bin/sh\n"
			       "dir etc/initramfs-tools/scripts/init-top/vfio.d\n"
			       "file etc/initramfs-tools/scripts/init-top/.vfio.swp\n"
			       "| x\n"
			       "file etc/initramfs-tools/hooks/gpu\n"
			       "| echo vfio\n"
			       "file etc/initramfs-tools/hooks/good\n"
			       "| #!/bin/sh\n"
			       "mode etc/initramfs-tools/hooks/good 0755\n");

	(void)state;
	assert_int_equal(count(facts, "script"), 0);
	assert_int_equal(facts->initramfs.ignored_files.count, 3);
	assert_ignored(facts, "/etc/initramfs-tools/scripts/init-top/00-vfio", "executable");
	assert_ignored(facts, "/etc/initramfs-tools/scripts/init-top/bind@vfio", "character");
	assert_ignored(facts, "/etc/initramfs-tools/hooks/gpu", "executable");
	assert_int_equal(count(facts, "hook"), 1);
	assert_setting(facts, "hook", 0, "good", "/etc/initramfs-tools/hooks/good", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dracut_reads_all_files_in_order),
		cmocka_unit_test(dracut_masks_files_of_the_same_name),
		cmocka_unit_test(dracut_ignores_other_suffixes),
		cmocka_unit_test(dracut_words_run_into_each_other),
		cmocka_unit_test(dracut_values_of_the_shell_are_not_guessed),
		cmocka_unit_test(unreadable_configuration_is_unknown),
		cmocka_unit_test(mkinitcpio_reads_arrays),
		cmocka_unit_test(mkinitcpio_reads_strings),
		cmocka_unit_test(mkinitcpio_drop_ins_override),
		cmocka_unit_test(mkinitcpio_presets_may_name_the_file),
		cmocka_unit_test(booster_reads_its_yaml),
		cmocka_unit_test(initramfs_tools_reads_its_modules),
		cmocka_unit_test(initramfs_tools_orders_scripts),
		cmocka_unit_test(initramfs_tools_uses_the_packages_own_scripts),
		cmocka_unit_test(initramfs_tools_premount_is_late),
		cmocka_unit_test(initramfs_tools_ignores_scripts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
