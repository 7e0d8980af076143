/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of initramfs/read.h share: an image as initramfs-tools makes it, and reading one from
 * memory. Include cmocka.h first. */
#ifndef VFIOKIT_TESTS_IMAGE_READ_H
#define VFIOKIT_TESTS_IMAGE_READ_H

#include "image_made.h"
#include "preflight/initramfs/read.h"

static inline int setup(void **state)
{
	struct arena *arena = arena_new();
	struct made *made = arena_alloc(arena, sizeof(*made));

	made->arena = arena;
	*state = made;
	return 0;
}

static inline int teardown(void **state)
{
	struct made *made = *state;

	arena_free(made->arena);
	return 0;
}

static inline struct initramfs_image read_made(const struct made *made)
{
	struct initramfs_image image = {.path = "boot/initrd.img"};
	int fd = made_open(made);

	initramfs_read(made->arena, fd, 0, 0, &image);
	close(fd);
	return image;
}

static inline void assert_file(const struct initramfs_image *image, const char *path,
			       const char *text)
{
	const struct image_file *file = initramfs_file(image, path);

	assert_non_null(file);
	assert_string_equal(file->data, text);
	assert_int_equal(file->length, strlen(text));
}

#define VFIO_CONF "options vfio-pci ids=10de:1b80,10de:10f0\nsoftdep nouveau pre: vfio-pci\n"
#define MODULES   "usr/lib/modules/6.1.0-50-amd64/kernel/"
#define ORDER(name)                                                                                \
	"/scripts/init-top/" name " \"$@\"\n[ -e /conf/param.conf ] && . /conf/param.conf\n"

/* The main archive of a host with initramfs-tools. */
static inline struct made main_archive(struct arena *arena)
{
	struct made made = {.arena = arena};

	made_folder(&made, ".");
	made_link(&made, "bin", "usr/bin");
	made_folder(&made, "conf");
	made_file(&made, "conf/arch.conf", "DPKG_ARCH=amd64\n");
	made_file(&made, "conf/initramfs.conf", "MODULES=most\n");
	made_file(&made, "conf/modules", "vfio-pci\n");
	made_file(&made, "etc/modprobe.d/vfio.conf", VFIO_CONF);
	made_file(&made, "etc/modprobe.d/vfio.cfg", "not read by modprobe\n");
	made_file(&made, "init", "#!/bin/sh\n");
	made_file(&made, "scripts/init-top/ORDER",
		  ORDER("00-vfio") ORDER("blacklist") ORDER("udev"));
	made_file(&made, "scripts/init-top/00-vfio", "#!/bin/sh\nmodprobe vfio-pci\n");
	made_file(&made, "scripts/init-top/udev", "#!/bin/sh\nudevadm trigger\n");
	made_file(&made, MODULES "drivers/vfio/pci/vfio-pci.ko.xz", "module");
	made_file(&made, MODULES "drivers/gpu/drm/nouveau/nouveau.ko.zst", "module");
	made_file(&made, MODULES "drivers/nvme/host/nvme-core.ko", "module");
	made_file(&made, "usr/lib/modules/6.1.0-50-amd64/modules.dep", "");
	made_file(&made, "usr/lib/udev/rules.d/50-udev-default.rules", "KERNEL==\"vfio/vfio\"\n");
	made_file(&made, "usr/lib/udev/rules.d/10-vfio.rules",
		  "ATTR{driver_override}=\"vfio-pci\"\n");
	made_trailer(&made);
	made_pad(&made, 512);
	return made;
}

static inline void assert_main_archive(const struct initramfs_image *image)
{
	if (image->read != YES)
		fail_msg("%s", image->why ? image->why : "not read, without a reason");
	assert_null(image->why);
	assert_int_equal(image->made_by, GENERATOR_INITRAMFS_TOOLS);
	assert_int_equal(image->modules.count, 3);
	assert_string_equal(image->modules.items[0], "nouveau");
	assert_string_equal(image->modules.items[1], "nvme_core");
	assert_string_equal(image->modules.items[2], "vfio_pci");
	assert_true(initramfs_has_module(image, "vfio-pci"));
	assert_true(initramfs_has_module(image, "nvme_core"));
	assert_false(initramfs_has_module(image, "nvme"));
	assert_int_equal(image->module_versions.count, 1);
	assert_string_equal(image->module_versions.items[0], "6.1.0-50-amd64");
	assert_int_equal(image->names.count, 3);
	assert_string_equal(image->names.items[0], "00-vfio");
	assert_string_equal(image->names.items[1], "blacklist");
	assert_string_equal(image->names.items[2], "udev");
	assert_int_equal(image->files.count, 4);
	assert_file(image, "etc/modprobe.d/vfio.conf", VFIO_CONF);
	assert_file(image, "conf/modules", "vfio-pci\n");
	assert_file(image, "scripts/init-top/00-vfio", "#!/bin/sh\nmodprobe vfio-pci\n");
	assert_file(image, "usr/lib/udev/rules.d/10-vfio.rules",
		    "ATTR{driver_override}=\"vfio-pci\"\n");
}

#endif
