/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/initramfs/read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "image_read.h"

static struct made early_archive(struct arena *arena)
{
	struct made made = {.arena = arena};
	char *microcode = arena_alloc(arena, 300000);

	memset(microcode, 0x55, 300000);
	made_folder(&made, "kernel/x86/microcode");
	made_member(&made, "kernel/x86/microcode/GenuineIntel.bin", S_IFREG | 0644, 1, 1, microcode,
		    300000);
	made_trailer(&made);
	made_pad(&made, 512);
	return made;
}

static void reads_an_image_that_is_not_packed(void **state)
{
	struct made *made = *state, inner = main_archive(made->arena);
	struct initramfs_image image = read_made(&inner);

	assert_main_archive(&image);
}

/* Each with microcode in front, and with zeros behind as loaders and generators leave them. */
static void reads_every_compression(void **state)
{
	static const int filters[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2,
				      ARCHIVE_FILTER_LZMA, ARCHIVE_FILTER_XZ,
				      ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_LZ4};
	struct made *made = *state, inner = main_archive(made->arena);

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		for (unsigned zeros = 0; zeros < 40; zeros += 13) {
			struct made file = early_archive(made->arena);
			struct initramfs_image image;

			/* libarchive writes no legacy frames. */
			if (filters[i] == ARCHIVE_FILTER_LZ4)
				made_lz4(&file, &inner);
			else
				made_packed(&file, filters[i], &inner);
			made_zeros(&file, zeros);
			image = read_made(&file);
			assert_main_archive(&image);
		}
}

/* Several packed archives, and plain ones between and behind them. */
static void reads_one_part_after_another(void **state)
{
	static const int filters[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2,
				      ARCHIVE_FILTER_LZMA, ARCHIVE_FILTER_XZ,
				      ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_LZ4};
	struct made *made = *state, inner = main_archive(made->arena);

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct made first = {.arena = made->arena}, file = early_archive(made->arena);
		struct made plain = {.arena = made->arena};
		struct initramfs_image image;

		made_file(&first, "lib/modules/6.1.0-50-amd64/kernel/drivers/vfio/vfio.ko", "");
		made_file(&first, "etc/modprobe.d/vfio.conf", "an older one");
		made_trailer(&first);
		if (filters[i] == ARCHIVE_FILTER_LZ4)
			made_lz4(&file, &first);
		else
			made_packed(&file, filters[i], &first);
		made_pad(&file, 4);
		made_file(&plain, "lib/modules/6.1.0-50-amd64/kernel/irqbypass.ko.xz", "data");
		made_trailer(&plain);
		made_bytes(&file, plain.bytes, plain.length);
		made_pad(&file, 512);
		made_packed(&file, ARCHIVE_FILTER_ZSTD, &inner);
		image = read_made(&file);
		assert_int_equal(image.read, YES);
		assert_int_equal(image.modules.count, 5);
		assert_true(initramfs_has_module(&image, "irqbypass"));
		assert_true(initramfs_has_module(&image, "vfio"));
		/* The later archive is unpacked over the earlier one. */
		assert_file(&image, "etc/modprobe.d/vfio.conf", VFIO_CONF);
	}
}

static void reads_a_section_of_a_file(void **state)
{
	struct made *made = *state, inner = main_archive(made->arena);
	struct initramfs_image image = {.path = "boot/EFI/Linux/debian.efi"};
	size_t length;
	int fd;

	made_zeros(made, 1021);
	made_packed(made, ARCHIVE_FILTER_GZIP, &inner);
	length = made->length - 1021;
	made_bytes(made, "the next section", 16);
	fd = made_open(made);
	initramfs_read(made->arena, fd, 1021, length, &image);
	close(fd);
	assert_main_archive(&image);
}

static void tells_who_made_it(void **state)
{
	static const struct {
		const char *path;
		enum generator generator;
	} rows[] = {
		{"usr/lib/dracut/build-parameter.txt", GENERATOR_DRACUT},
		{"lib/dracut/hooks/cmdline/00-x.sh", GENERATOR_DRACUT},
		{"usr/lib/dracut-lib.sh", GENERATOR_DRACUT},
		{"buildconfig", GENERATOR_MKINITCPIO},
		{"etc/booster.init.yaml", GENERATOR_BOOSTER},
		{"conf/initramfs.conf", GENERATOR_INITRAMFS_TOOLS},
		{"nix/store/abc-linux/lib/modules/6.6.1/kernel/vfio.ko.xz", GENERATOR_OTHER},
		{"kernel/x86/microcode/AuthenticAMD.bin", GENERATOR_UNKNOWN},
	};
	struct made *made = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct made file = {.arena = made->arena};
		struct initramfs_image image;

		if (rows[i].generator != GENERATOR_UNKNOWN)
			made_file(&file, "init", "");
		made_file(&file, rows[i].path, "x");
		made_trailer(&file);
		image = read_made(&file);
		assert_int_equal(image.read, YES);
		assert_int_equal(image.made_by, rows[i].generator);
	}
}

static void keeps_what_each_generator_writes(void **state)
{
	static const char *const kept[] = {
		"etc/modprobe.d/a.conf",
		"lib/modprobe.d/b.conf",
		"usr/lib/modprobe.d/c.conf",
		"etc/modules-load.d/nixos.conf",
		"etc/cmdline.d/20-force_drivers.conf",
		"usr/lib/dracut/modules.txt",
		"config",
		"buildconfig",
		"etc/booster.init.yaml",
	};
	static const char *const left[] = {
		"etc/modprobe.d/sub/a.conf",
		"etc/modprobe.d/x.conf.bak",
		"etc/fstab",
		"usr/lib/dracut/hooks/x.sh",
		"hooks/udev",
		"etc/udev/rules.d/99.rules",
	};
	struct made *made = *state;
	struct initramfs_image image;

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		made_file(made, arena_printf(made->arena, "./%s", kept[i]), "one");
		assert_true(initramfs_wants(kept[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		made_file(made, left[i], "one");
	made_file(made, "hooks/vfio", "run_earlyhook() { modprobe vfio-pci; }");
	made_file(made, "usr/lib/dracut/hooks/pre-udev/10-gpu.sh", "echo > $d/driver_override");
	made_trailer(made);
	image = read_made(made);
	assert_int_equal(image.read, YES);
	assert_int_equal(image.files.count, ARRAY_SIZE(kept) + 2);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		assert_file(&image, kept[i], "one");
	assert_false(initramfs_wants("etc/fstab"));
}

/* Debian's alternatives put links to links into etc/modprobe.d. */
static void follows_links(void **state)
{
	struct made *made = *state;
	struct initramfs_image image;

	made_link(made, "etc/alternatives/nvidia.conf", "/etc/nvidia/nvidia.conf");
	made_file(made, "etc/early.conf", "options a b=1\n");
	made_link(made, "etc/modprobe.d/early.conf", "../early.conf");
	made_link(made, "etc/modprobe.d/nix.conf", "/nix/store/abc-kmod-blacklist");
	made_link(made, "etc/modprobe.d/nvidia.conf", "/etc/alternatives/nvidia.conf");
	made_link(made, "etc/modprobe.d/lost.conf", "/etc/not/there.conf");
	made_link(made, "etc/modprobe.d/round.conf", "round.conf");
	made_link(made, "etc/modprobe.d/up.conf", "../../../../lib/shared.conf");
	made_file(made, "etc/nvidia/nvidia.conf", "blacklist nouveau\n");
	made_file(made, "nix/store/abc-kmod-blacklist", "blacklist radeon\n");
	made_file(made, "usr/lib/shared.conf", "blacklist shared\n");
	made_trailer(made);
	image = read_made(made);
	assert_int_equal(image.read, YES);
	assert_int_equal(image.files.count, 4);
	assert_file(&image, "etc/modprobe.d/early.conf", "options a b=1\n");
	assert_file(&image, "etc/modprobe.d/nix.conf", "blacklist radeon\n");
	assert_file(&image, "etc/modprobe.d/nvidia.conf", "blacklist nouveau\n");
	assert_file(&image, "etc/modprobe.d/up.conf", "blacklist shared\n");
	assert_string_equal(initramfs_file(&image, "etc/modprobe.d/early.conf")->link,
			    "../early.conf");
}

/* A link to a file that went by unnoticed: nobody knows what modprobe will read. */
static void a_link_that_cannot_be_followed_is_unknown(void **state)
{
	struct made *made = *state;
	struct initramfs_image image;

	made_file(made, "etc/default/gpu", "options vfio-pci ids=10de:1b80\n");
	made_link(made, "etc/modprobe.d/gpu.conf", "../default/gpu");
	made_trailer(made);
	image = read_made(made);
	assert_int_equal(image.read, UNKNOWN);
	assert_non_null(strstr(image.why, "etc/modprobe.d/gpu.conf"));
}

/* cpio writes the data of an inode with its last name; others may write it with the first. */
static void joins_hard_links(void **state)
{
	struct made *made = *state;
	struct initramfs_image image;

	made_member(made, "etc/modprobe.d/a.conf", S_IFREG, 5, 2, "", 0);
	made_member(made, "etc/modprobe.d/empty.conf", S_IFREG, 6, 2, "", 0);
	made_member(made, "etc/other", S_IFREG, 7, 2, "blacklist c\n", 12);
	made_member(made, "lib/modprobe.d/c.conf", S_IFREG, 7, 2, "", 0);
	made_member(made, "lib/modprobe.d/empty.conf", S_IFREG, 6, 2, "", 0);
	made_member(made, "scripts/init-top/z", S_IFREG, 8, 2, "", 0);
	made_member(made, "scripts/init-top/zz", S_IFREG, 8, 2, "modprobe vfio-pci", 17);
	made_member(made, "usr/share/a", S_IFREG, 5, 2, "blacklist a\n", 12);
	made_trailer(made);
	image = read_made(made);
	assert_int_equal(image.read, YES);
	assert_file(&image, "etc/modprobe.d/a.conf", "blacklist a\n");
	assert_file(&image, "lib/modprobe.d/c.conf", "blacklist c\n");
	assert_file(&image, "etc/modprobe.d/empty.conf", "");
	assert_file(&image, "scripts/init-top/z", "modprobe vfio-pci");
	assert_int_equal(image.files.count, 6);
}

static void later_members_replace_earlier_ones(void **state)
{
	struct made *made = *state;
	struct initramfs_image image;

	made_file(made, "etc/modprobe.d/vfio.conf", "first");
	made_file(made, "scripts/init-top/a", "modprobe vfio");
	made_file(made, "etc/modprobe.d/vfio.conf", "second");
	made_file(made, "scripts/init-top/a", "nothing of that kind");
	made_trailer(made);
	image = read_made(made);
	assert_int_equal(image.files.count, 1);
	assert_file(&image, "etc/modprobe.d/vfio.conf", "second");
}

/* Nothing is unpacked to disk, and paths that climb are nobody's configuration. */
static void takes_no_notice_of_paths_that_climb(void **state)
{
	static const char *const names[] = {"../etc/modprobe.d/a.conf",
					    "etc/../etc/modprobe.d/a.conf",
					    "etc/modprobe.d/..",
					    ".",
					    "/",
					    "./",
					    ""};
	struct made *made = *state;
	struct initramfs_image image;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		made_file(made, names[i], "blacklist nouveau\n");
	made_file(made, "../lib/modules/6.1/vfio-pci.ko", "");
	made_file(made, "/etc/modprobe.d/b.conf", "kept");
	made_file(made, "lib/modules/x", "");
	made_file(made, "lib/modules/.ko", "");
	made_file(made, "xlib/modules/6.1/a.ko", "");
	made_file(made, "lib/modules/6.1/a.ko.old", "");
	made_trailer(made);
	image = read_made(made);
	assert_int_equal(image.read, YES);
	assert_int_equal(image.files.count, 1);
	assert_file(&image, "etc/modprobe.d/b.conf", "kept");
	assert_int_equal(image.modules.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_an_image_that_is_not_packed),
		TEST(reads_every_compression),
		TEST(reads_one_part_after_another),
		TEST(reads_a_section_of_a_file),
		TEST(tells_who_made_it),
		TEST(keeps_what_each_generator_writes),
		TEST(follows_links),
		TEST(a_link_that_cannot_be_followed_is_unknown),
		TEST(joins_hard_links),
		TEST(later_members_replace_earlier_ones),
		TEST(takes_no_notice_of_paths_that_climb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
