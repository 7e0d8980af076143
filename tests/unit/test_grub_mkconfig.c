/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole way through the real generator: /etc/default/grub and a drop-in are given to this machine's
 * grub-mkconfig and its grub.d scripts, and what comes out is read as a host's grub.cfg. Only the paths
 * inside the scripts and what grub-probe would say of the disk are replaced. Skipped where grub-common
 * is not installed.
 */
#include "boot_tree.h"
#include "run_tool.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define DROP_IN "/etc/default/grub.d/50-vfio.cfg"

static const char host[] =
	"file etc/debian_version\n| 12.13\nlink bin/sh dash\n"
	"file etc/default/grub\n| GRUB_DEFAULT=0\n| GRUB_TIMEOUT=5\n| GRUB_DISTRIBUTOR=Debian\n"
	"| GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n| GRUB_CMDLINE_LINUX='intel_iommu=on'\n"
	"file boot/vmlinuz-6.1.0-50-amd64\n| x\nfile boot/initrd.img-6.1.0-50-amd64\n| x\n"
	"file boot/vmlinuz-6.1.0-9-amd64\n| x\nfile boot/initrd.img-6.1.0-9-amd64\n| x\n"
	"dir boot/grub\n"
	"file bin/grub-probe\n| #!/bin/sh\n| case \"$*\" in\n"
	"| *target=fs_uuid*) echo 0f6d6b1c-5f2e-4b7e-9c59-3c7f1e0a8d11 ;;\n"
	"| *target=device*) echo /dev/sda2 ;;\n| *target=fs*) echo ext2 ;;\n"
	"| *target=partmap*) echo gpt ;;\n| *target=*hint*) echo hd0,gpt2 ;;\n"
	"| *target=abstraction*) ;;\n| *) exit 1 ;;\n| esac\nmode bin/grub-probe 0755\n";

static const char generate[] =
	"set -e; cd \"$1\"; mkdir -p etc/grub.d\n"
	"for part in 00_header 10_linux 30_uefi-firmware 40_custom 41_custom; do\n"
	"  if test -e /etc/grub.d/$part; then cp /etc/grub.d/$part etc/grub.d/; fi\ndone\n"
	"sed -i \"s# /boot/vmlinuz-\\*# $1/boot/vmlinuz-*#; s# /vmlinuz-\\*##\" "
	"etc/grub.d/10_linux\n"
	"sed \"s#^sysconfdir=.*#sysconfdir=$1/etc#\n"
	"s#^grub_probe=.*#grub_probe=$1/bin/grub-probe; export grub_probe#\" "
	"/usr/sbin/grub-mkconfig "
	">bin/grub-mkconfig\n"
	"sh bin/grub-mkconfig -o boot/grub/grub.cfg\n";

/* A host whose grub.cfg was generated with this drop-in; false where the tools are missing. */
static bool generate_host(struct boot_tree *tree, const char *drop_in)
{
	const char *argv[] = {"sh", "-c", generate, "sh", NULL, NULL};

	if (access("/usr/sbin/grub-mkconfig", R_OK) < 0 ||
	    access("/etc/grub.d/10_linux", R_OK) < 0) {
		print_message("skipped: no grub-mkconfig (Debian: grub-common)\n");
		return false;
	}
	*tree = boot_tree_new(host);
	boot_tree_file(tree, &DROP_IN[1], drop_in);
	argv[4] = tree_path(tree->tree);
	assert_int_equal(run_tool(argv), 0);
	boot_tree_collect(tree, "bios", "debian",
			  "BOOT_IMAGE=/boot/vmlinuz-6.1.0-50-amd64 ro quiet");
	assert_int_equal(tree->boot->known, YES);
	return true;
}

static bool has_word(const struct parameters *words, const char *text)
{
	for_each (word, words)
		if (streq(word->text, text))
			return true;
	return false;
}

static void test_generated(void **state)
{
	struct boot_tree tree;
	const struct boot_entry *entries;

	(void)state;
	if (!generate_host(&tree,
			   "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT iommu=pt "
			   "\\\"pci=disable_acs_redir=00:1c.0;00:1d.0\\\" last\"\n"))
		skip();
	entries = tree.boot->entries.items;
	assert_int_equal(tree.boot->entries.count, 5);
	assert_int_equal(tree.boot->next, 1);
	assert_string_equal(tree.boot->next_kernel, "6.1.0-50-amd64");
	assert_string_equal(entries[0].id, "gnulinux-simple-0f6d6b1c-5f2e-4b7e-9c59-3c7f1e0a8d11");
	assert_string_equal(entries[0].kernel_path, "boot/vmlinuz-6.1.0-50-amd64");
	assert_string_equal(entries[0].initrds[0], "boot/initrd.img-6.1.0-50-amd64");
	assert_string_equal(entries[3].kernel_version, "6.1.0-9-amd64");
	assert_true(entries[2].recovery && entries[4].recovery);
	assert_false(has_word(entries[2].parameters, "iommu=pt"));
	assert_true(has_word(entries[2].parameters, "intel_iommu=on"));
	assert_true(has_word(entries[3].parameters, "iommu=pt"));
	assert_true(has_word(entries[0].parameters, "pci=disable_acs_redir=00:1c.0;00:1d.0"));
	/* Every word that the files are said to give is there. */
	for_each (source, &tree.boot->sources) {
		assert_true(source->used && !source->overridden && !source->computed);
		for_each (word, source->parameters)
			assert_true(has_word(entries[0].parameters, word->text));
	}
	boot_tree_free(&tree);
}

/* Without the quotes the semicolon ends the command, and grub-script-check sees nothing wrong. */
static void test_unquoted_semicolon(void **state)
{
	struct boot_tree tree;
	const struct parameters *words;

	(void)state;
	if (!generate_host(&tree,
			   "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet pci=disable_acs_redir=00:1c.0;"
			   "00:1d.0 iommu=pt\"\n"))
		skip();
	words = tree.boot->entries.items[0].parameters;
	assert_true(has_word(words, "pci=disable_acs_redir=00:1c.0"));
	assert_false(has_word(words, "iommu=pt"));
	assert_int_equal(tree.boot->sources.count, 3);
	assert_true(tree.boot->sources.items[0].overridden);
	assert_string_equal(tree.boot->sources.items[2].path, DROP_IN);
	assert_true(has_word(tree.boot->sources.items[2].parameters, "iommu=pt"));
	boot_tree_free(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generated),
		cmocka_unit_test(test_unquoted_semicolon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
