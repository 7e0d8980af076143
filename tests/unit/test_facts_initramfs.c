/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which images the boot entries name, what is inside those of the next boot, and what makes them. */
#include "preflight/facts/initramfs.h"
#include "preflight/initramfs/read.h"
#include "tests/unit/facts_made.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "image_made.h"

/* Adds an entry that names up to two images. */
static struct boot_entry *add_entry(struct facts *facts, const char *version, const char *first,
				    const char *second)
{
	struct boot_entry *entry = ARRAY_ADD(facts->arena, &facts->boot.entries);

	entry->id = version;
	entry->kernel_version = version;
	entry->kernel_path = arena_printf(facts->arena, "boot/vmlinuz-%s", version);
	entry->source = "/boot/grub/grub.cfg";
	entry->initrds = arena_array(facts->arena, 2, sizeof(*entry->initrds));
	entry->initrds[0] = first;
	entry->initrds[1] = second;
	entry->initrd_count = (first != NULL) + (second != NULL);
	return entry;
}

static struct initramfs_image *image(const struct facts *facts, const char *path)
{
	for_each (found, &facts->initramfs.images)
		if (streq(found->path, path))
			return found;
	fail_msg("no image %s", path);
	return NULL;
}

#define IMAGE(name, lines) "cpio boot/" name "\n" lines

#define BY_INITRAMFS_TOOLS "| conf/initramfs.conf\n| init\n"
#define BY_DRACUT          "| usr/lib/dracut/modules.txt\n| init\n"

static void reads_the_image_of_the_next_boot(void **state)
{
	struct tree *tree = tree_new(
		"file boot/vmlinuz-6.1.0-50-amd64\n| kernel\n"
		"file etc/modprobe.d/vfio.conf\n| options vfio-pci ids=10de:1b80\n"
		"dir etc/initramfs-tools\n" IMAGE(
			"initrd.img-6.1.0-50-amd64", BY_INITRAMFS_TOOLS
			"| etc/modprobe.d/vfio.conf < etc/modprobe.d/vfio.conf\n"
			"| usr/lib/modules/6.1.0-50-amd64/kernel/drivers/vfio/vfio-pci.ko\n")
			IMAGE("initrd.img-6.1.0-40-amd64", BY_INITRAMFS_TOOLS));
	_cleanup_facts_ struct facts *facts = facts_made();
	const struct initramfs_image *found;

	(void)state;
	add_entry(facts, "6.1.0-40-amd64", "boot/initrd.img-6.1.0-40-amd64", NULL);
	add_entry(facts, "6.1.0-50-amd64", "boot/initrd.img-6.1.0-50-amd64", NULL)->next = true;
	facts->boot.next = 2;
	facts_collect_initramfs(facts, tree_host(tree), true);
	assert_int_equal(facts->initramfs.images.count, 2);
	/* The next boot's comes first. */
	found = &facts->initramfs.images.items[0];
	assert_string_equal(found->path, "boot/initrd.img-6.1.0-50-amd64");
	assert_string_equal(found->kernel_version, "6.1.0-50-amd64");
	assert_int_equal(found->present, YES);
	assert_int_equal(found->read, YES);
	assert_true(found->size > 1000);
	assert_true(found->mtime > 0);
	assert_int_equal(found->made_by, GENERATOR_INITRAMFS_TOOLS);
	assert_true(initramfs_has_module(found, "vfio_pci"));
	assert_string_equal(initramfs_file(found, "etc/modprobe.d/vfio.conf")->data,
			    "options vfio-pci ids=10de:1b80\n");
	/* The other one is only looked at from outside. */
	found = &facts->initramfs.images.items[1];
	assert_int_equal(found->present, YES);
	assert_int_equal(found->read, UNKNOWN);
	assert_int_equal(facts->initramfs.generator, GENERATOR_INITRAMFS_TOOLS);
	assert_int_equal(facts->initramfs.settings_known, YES);
	tree_free(tree);
}

/* --kernel asks for another one than the default. */
static void reads_the_image_of_the_kernel_in_question(void **state)
{
	struct tree *tree = tree_new(IMAGE("initrd.img-6.1.0-40-amd64", BY_DRACUT)
					     IMAGE("initrd.img-6.1.0-50-amd64", BY_DRACUT)
						     IMAGE("initrd.img-6.1.0-30-amd64", BY_DRACUT));
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	add_entry(facts, "6.1.0-30-amd64", "boot/initrd.img-6.1.0-30-amd64", NULL);
	add_entry(facts, "6.1.0-40-amd64", "boot/initrd.img-6.1.0-40-amd64", NULL);
	add_entry(facts, "6.1.0-50-amd64", "boot/initrd.img-6.1.0-50-amd64", NULL)->next = true;
	facts->boot.next = 2;
	facts_collect_initramfs(facts, tree_host(tree), true);
	assert_string_equal(facts->initramfs.images.items[0].path,
			    "boot/initrd.img-6.1.0-50-amd64");
	assert_string_equal(facts->initramfs.images.items[1].path,
			    "boot/initrd.img-6.1.0-40-amd64");
	assert_int_equal(facts->initramfs.images.items[0].read, YES);
	assert_int_equal(facts->initramfs.images.items[1].read, YES);
	assert_int_equal(facts->initramfs.images.items[2].read, UNKNOWN);
	/* Nothing else is installed: who made the image made it. */
	assert_int_equal(facts->initramfs.generator, GENERATOR_DRACUT);
	tree_free(tree);
}

static void reads_nothing_unless_asked(void **state)
{
	struct tree *tree = tree_new(IMAGE("initrd.img-6.1.0-50-amd64", BY_DRACUT));
	_cleanup_facts_ struct facts *facts = facts_made();
	struct initramfs_image *found;

	(void)state;
	add_entry(facts, "6.1.0-50-amd64", "boot/initrd.img-6.1.0-50-amd64", NULL)->next = true;
	facts->boot.next = 1;
	facts_collect_initramfs(facts, tree_host(tree), false);
	found = image(facts, "boot/initrd.img-6.1.0-50-amd64");
	assert_int_equal(found->read, UNKNOWN);
	facts_read_image(facts, tree_host(tree), found);
	assert_int_equal(found->read, YES);
	tree_free(tree);
}

/* Arch names the microcode's image first; several entries share it. */
static void reads_all_images_of_an_entry_once(void **state)
{
	struct tree *tree =
		tree_new("file boot/vmlinuz-linux\n| kernel\n" IMAGE(
			"intel-ucode.img", "| kernel/x86/microcode/GenuineIntel.bin\n")
				 IMAGE("initramfs-linux.img", "| buildconfig\n| config\n| init\n"));
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	add_entry(facts, NULL, "boot/intel-ucode.img", "boot/initramfs-linux.img")->next = true;
	add_entry(facts, NULL, "boot/intel-ucode.img", "boot/initramfs-linux-fallback.img");
	facts->boot.next = 1;
	facts_collect_initramfs(facts, tree_host(tree), true);
	assert_int_equal(facts->initramfs.images.count, 3);
	assert_int_equal(image(facts, "boot/intel-ucode.img")->read, YES);
	assert_int_equal(image(facts, "boot/intel-ucode.img")->made_by, GENERATOR_UNKNOWN);
	assert_int_equal(image(facts, "boot/initramfs-linux.img")->made_by, GENERATOR_MKINITCPIO);
	assert_null(image(facts, "boot/initramfs-linux.img")->kernel_version);
	assert_int_equal(image(facts, "boot/initramfs-linux-fallback.img")->present, NO);
	assert_int_equal(facts->initramfs.generator, GENERATOR_MKINITCPIO);
	tree_free(tree);
}

static void tells_missing_from_unknown(void **state)
{
	static const struct {
		const char *recipe;
		enum truth present;
	} rows[] = {
		/* A tree that holds the kernel was meant to hold its image. */
		{"file boot/vmlinuz-6.1.0-50-amd64\n| kernel\n", NO},
		{"file boot/initrd.img-6.1.0-40-amd64\n| image\n", NO},
		{"file boot/config-6.1.0-50-amd64\n| CONFIG_VFIO=m\n", UNKNOWN},
		{"dir boot\n", UNKNOWN},
		{"dir etc\n", UNKNOWN},
		{"dir boot/initrd.img-6.1.0-50-amd64\n", UNKNOWN},
		{"link boot/initrd.img-6.1.0-50-amd64 initrd.img-6.1.0-50-amd64\n", UNKNOWN},
		{"file boot/initrd.img-6.1.0-50-amd64\n| image\n", YES},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree *tree = tree_new(rows[i].recipe);
		struct facts *facts = facts_made();
		const struct initramfs_image *found;

		add_entry(facts, "6.1.0-50-amd64", "boot/initrd.img-6.1.0-50-amd64", NULL)->next =
			true;
		facts->boot.next = 1;
		facts_collect_initramfs(facts, tree_host(tree), true);
		found = image(facts, "boot/initrd.img-6.1.0-50-amd64");
		assert_int_equal(found->present, rows[i].present);
		assert_true(found->read != YES);
		assert_non_null(found->why);
		/* Only what is unknown could not be read. */
		assert_int_equal(facts_unread_error(facts, found->path) != 0, found->present != NO);
		facts_free(facts);
		tree_free(tree);
	}
}

/* A file that holds no image: what it is, nobody knows. */
static void says_why_an_image_was_not_read(void **state)
{
	struct tree *tree = tree_new("file boot/initrd.img-6.1\n| this is no image at all\n");
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	add_entry(facts, "6.1", "boot/initrd.img-6.1", NULL)->next = true;
	facts->boot.next = 1;
	facts_collect_initramfs(facts, tree_host(tree), true);
	assert_int_equal(image(facts, "boot/initrd.img-6.1")->read, UNKNOWN);
	assert_non_null(image(facts, "boot/initrd.img-6.1")->why);
	assert_int_equal(facts->initramfs.generator, GENERATOR_UNKNOWN);
	assert_int_equal(facts->initramfs.settings_known, UNKNOWN);
	tree_free(tree);
}

static void guesses_images_where_no_entries_are_known(void **state)
{
	struct tree *tree = tree_new(IMAGE("initrd.img-6.1.0-50-amd64", BY_INITRAMFS_TOOLS) IMAGE(
		"initramfs-6.9.5-200.fc40.x86_64.img",
		BY_DRACUT) "file boot/initrd.img-6.1.0-50-amd64.old-dkms\n| x\n"
			   "file boot/vmlinuz-6.1.0-50-amd64\n| x\n");
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	facts->machine.kernel = "6.1.0-50-amd64";
	facts_collect_initramfs(facts, tree_host(tree), true);
	assert_int_equal(facts->initramfs.images.count, 2);
	assert_true(image(facts, "boot/initrd.img-6.1.0-50-amd64")->guessed);
	assert_int_equal(image(facts, "boot/initrd.img-6.1.0-50-amd64")->read, YES);
	assert_string_equal(
		image(facts, "boot/initramfs-6.9.5-200.fc40.x86_64.img")->kernel_version,
		"6.9.5-200.fc40.x86_64");
	assert_int_equal(image(facts, "boot/initramfs-6.9.5-200.fc40.x86_64.img")->read, UNKNOWN);
	tree_free(tree);
}

static void detects_what_is_installed(void **state)
{
	static const struct {
		const char *recipe, *source;
		enum generator generator;
		enum truth ambiguous;
	} rows[] = {
		{"dir etc/initramfs-tools\n", "/etc/initramfs-tools", GENERATOR_INITRAMFS_TOOLS,
		 NO},
		{"dir etc/dracut.conf.d\n", "/etc/dracut.conf.d", GENERATOR_DRACUT, NO},
		{"file usr/bin/dracut\n", "/usr/bin/dracut", GENERATOR_DRACUT, NO},
		{"file etc/mkinitcpio.conf\n", "/etc/mkinitcpio.conf", GENERATOR_MKINITCPIO, NO},
		{"file etc/booster.yaml\n", "/etc/booster.yaml", GENERATOR_BOOSTER, NO},
		{"dir etc\n", NULL, GENERATOR_UNKNOWN, UNKNOWN},
		/* Configuration that a removed package left behind. */
		{"dir etc/initramfs-tools\ndir etc/dracut.conf.d\nfile usr/bin/dracut\n",
		 "/usr/bin/dracut", GENERATOR_DRACUT, NO},
		{"dir etc/initramfs-tools\ndir etc/dracut.conf.d\n", "/etc/initramfs-tools",
		 GENERATOR_UNKNOWN, YES},
		{"file usr/bin/mkinitcpio\nfile usr/bin/booster\n", "/usr/bin/mkinitcpio",
		 GENERATOR_UNKNOWN, YES},
		/* Only one of the two is called for new kernels. */
		{"file usr/sbin/mkinitramfs\nfile usr/bin/dracut\n"
		 "file etc/kernel/postinst.d/dracut\n",
		 "/usr/bin/dracut", GENERATOR_DRACUT, NO},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree *tree = tree_new(rows[i].recipe);
		struct facts *facts = facts_made();

		facts_collect_initramfs(facts, tree_host(tree), true);
		assert_int_equal(facts->initramfs.generator, rows[i].generator);
		assert_int_equal(facts->initramfs.ambiguous, rows[i].ambiguous);
		if (rows[i].source)
			assert_string_equal(facts->initramfs.generator_source, rows[i].source);
		else
			assert_null(facts->initramfs.generator_source);
		facts_free(facts);
		tree_free(tree);
	}
}

static void the_image_decides_between_two(void **state)
{
	struct tree *tree = tree_new(
		"file usr/bin/dracut\nfile usr/sbin/mkinitramfs\n"
		"file etc/kernel/postinst.d/initramfs-tools\n"
		"file etc/dracut.conf.d/vfio.conf\n"
		"| force_drivers+=\" vfio_pci \"\n" IMAGE("initrd.img-6.1.0-50-amd64", BY_DRACUT));
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	add_entry(facts, "6.1.0-50-amd64", "boot/initrd.img-6.1.0-50-amd64", NULL)->next = true;
	facts->boot.next = 1;
	facts_collect_initramfs(facts, tree_host(tree), true);
	assert_int_equal(facts->initramfs.generator, GENERATOR_DRACUT);
	assert_string_equal(facts->initramfs.generator_source, "/boot/initrd.img-6.1.0-50-amd64");
	assert_int_equal(facts->initramfs.ambiguous, NO);
	assert_int_equal(facts->initramfs.words.count, 1);
	assert_string_equal(facts->initramfs.words.items[0].word, "vfio_pci");
	tree_free(tree);
}

/* What builds the next image counts, not what built this one. */
static void the_only_one_installed_counts(void **state)
{
	struct tree *tree =
		tree_new("file usr/bin/dracut\n" IMAGE("initrd.img-6.1", BY_INITRAMFS_TOOLS));
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	add_entry(facts, "6.1", "boot/initrd.img-6.1", NULL)->next = true;
	facts->boot.next = 1;
	facts_collect_initramfs(facts, tree_host(tree), true);
	assert_int_equal(facts->initramfs.generator, GENERATOR_DRACUT);
	assert_int_equal(image(facts, "boot/initrd.img-6.1")->made_by, GENERATOR_INITRAMFS_TOOLS);
	tree_free(tree);
}

/* -- unified kernel images --------------------------------------------------------------------- */

/* A PE file of two sections, as small as one can be. */
static void write_unified_image(const char *path, const struct made *initramfs)
{
	struct made file = {.arena = initramfs->arena};
	enum { PE = 64, SECTIONS = PE + 24, DATA = 512 };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	made_bytes(&file, "MZ", 2);
	made_zeros(&file, 0x3c - 2);
	made_little(&file, PE, 4);
	made_bytes(&file, "PE\0\0", 4);
	made_little(&file, 0x8664, 2);
	made_little(&file, 2, 2); /* sections */
	made_zeros(&file, 12);
	made_little(&file, 0, 2); /* no optional header */
	made_zeros(&file, 2);
	assert_int_equal(file.length, SECTIONS);
	for (unsigned i = 0; i < 2; i++) {
		size_t size = i ? initramfs->length : 8;

		made_bytes(&file, i ? ".initrd\0" : ".cmdline", 8);
		made_little(&file, size, 4);                /* in memory */
		made_little(&file, 0x1000 * (i + 1), 4);    /* address */
		made_little(&file, size, 4);                /* in the file */
		made_little(&file, i ? DATA + 8 : DATA, 4); /* where */
		made_zeros(&file, 16);
	}
	made_zeros(&file, DATA - file.length);
	made_bytes(&file, "root=/x\0", 8);
	made_bytes(&file, initramfs->bytes, initramfs->length);
	assert_int_equal(write(fd, file.bytes, file.length), file.length);
	close(fd);
}

static void reads_the_initramfs_of_a_unified_image(void **state)
{
	struct tree *tree = tree_new("dir boot/efi/EFI/Linux\n");
	_cleanup_facts_ struct facts *facts = facts_made();
	struct made archive = {.arena = facts->arena};
	struct boot_entry *entry = add_entry(facts, NULL, NULL, NULL);

	(void)state;
	made_file(&archive, "init", "");
	made_file(&archive, "usr/lib/modules/6.9.1/kernel/drivers/vfio/pci/vfio-pci.ko.zst", "");
	made_trailer(&archive);
	write_unified_image(
		arena_printf(facts->arena, "%s/boot/efi/EFI/Linux/arch.efi", tree_path(tree)),
		&archive);
	entry->kernel_path = NULL;
	entry->source = "/boot/efi/EFI/Linux/arch.efi";
	entry->next = true;
	facts->boot.next = 1;
	facts_collect_initramfs(facts, tree_host(tree), true);
	assert_int_equal(image(facts, "boot/efi/EFI/Linux/arch.efi")->read, YES);
	assert_true(initramfs_has_module(&facts->initramfs.images.items[0], "vfio-pci"));
	assert_string_equal(facts->initramfs.images.items[0].module_versions.items[0], "6.9.1");
	tree_free(tree);
}

static void a_unified_image_may_be_none(void **state)
{
	struct tree *tree = tree_new("file boot/efi/EFI/Linux/arch.efi\n| not a program\n");
	_cleanup_facts_ struct facts *facts = facts_made();
	struct boot_entry *entry = add_entry(facts, NULL, NULL, NULL);

	(void)state;
	entry->kernel_path = NULL;
	entry->source = "/boot/efi/EFI/Linux/arch.efi";
	entry->next = true;
	facts_collect_initramfs(facts, tree_host(tree), true);
	assert_int_equal(image(facts, "boot/efi/EFI/Linux/arch.efi")->read, NO);
	assert_non_null(image(facts, "boot/efi/EFI/Linux/arch.efi")->why);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_image_of_the_next_boot),
		cmocka_unit_test(reads_the_image_of_the_kernel_in_question),
		cmocka_unit_test(reads_nothing_unless_asked),
		cmocka_unit_test(reads_all_images_of_an_entry_once),
		cmocka_unit_test(tells_missing_from_unknown),
		cmocka_unit_test(says_why_an_image_was_not_read),
		cmocka_unit_test(guesses_images_where_no_entries_are_known),
		cmocka_unit_test(detects_what_is_installed),
		cmocka_unit_test(the_image_decides_between_two),
		cmocka_unit_test(the_only_one_installed_counts),
		cmocka_unit_test(reads_the_initramfs_of_a_unified_image),
		cmocka_unit_test(a_unified_image_may_be_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
