/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A next boot made by hand: one GRUB entry, one initramfs image, lines of modprobe.d. */
#ifndef VFIOKIT_TESTS_NEXT_MADE_H
#define VFIOKIT_TESTS_NEXT_MADE_H

#include "checks_made.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/parse/modprobe.h"

/* Lines of a file on disk. */
static inline void made_modprobe(struct facts *facts, const char *text)
{
	facts->modules.modprobe_known = YES;
	modprobe_parse(facts->arena, "/etc/modprobe.d/vfio.conf", text, strlen(text),
		       &facts->modules.modprobe);
}

/* The entry that boots next, with this command line. */
static inline struct boot_entry *made_entry(struct facts *facts, const char *cmdline)
{
	struct boot_entry *entry = ARRAY_ADD(facts->arena, &facts->boot.entries);

	entry->id = "debian";
	entry->kernel_version = "6.1.0-50-amd64";
	entry->source = "/boot/grub/grub.cfg";
	entry->line = 120;
	entry->cmdline = cmdline;
	entry->parameters = arena_alloc(facts->arena, sizeof(*entry->parameters));
	cmdline_parse(facts->arena, cmdline, strlen(cmdline), "/boot/grub/grub.cfg", 121,
		      entry->parameters);
	entry->initrds = arena_array(facts->arena, 1, sizeof(*entry->initrds));
	entry->initrds[0] = "boot/initrd.img-6.1.0-50-amd64";
	entry->initrd_count = 1;
	entry->next = facts->boot.entries.count == 1;
	facts->boot.known = YES;
	facts->boot.loader = LOADER_GRUB;
	facts->boot.config = "/boot/grub/grub.cfg";
	facts->boot.next = 1;
	facts->boot.next_kernel = "6.1.0-50-amd64";
	return entry;
}

/* Its image, read, with these modules (blanks between). */
static inline struct initramfs_image *made_image(struct facts *facts, const char *modules)
{
	struct initramfs_image *image = ARRAY_ADD(facts->arena, &facts->initramfs.images);
	const char *rest = modules;

	image->path = "boot/initrd.img-6.1.0-50-amd64";
	image->present = image->read = YES;
	while (*rest) {
		size_t length = strcspn(rest, " ");

		strings_add(facts->arena, &image->modules, arena_copy(facts->arena, rest, length));
		rest += length + (rest[length] == ' ');
	}
	facts->initramfs.generator = GENERATOR_INITRAMFS_TOOLS;
	return image;
}

static inline void made_image_file(struct facts *facts, struct initramfs_image *image,
				   const char *path, const char *text)
{
	*ARRAY_ADD(facts->arena, &image->files) =
		(struct image_file){.path = path, .data = text, .length = strlen(text)};
}

/* A GPU to be handed over, which nouveau claims. */
static inline struct device *made_gpu(struct facts *facts, const char *driver)
{
	struct device *gpu = facts_made_device(facts, "0000:01:00.0", 0x030000, driver);

	gpu->vendor_id = 0x10de;
	gpu->device_id = 0x2484;
	gpu->subsystem_vendor_id = gpu->subsystem_device_id = -1;
	gpu->modules_known = YES;
	strings_add(facts->arena, &gpu->modules, "nouveau");
	gpu->target = true;
	return gpu;
}

#define IDS     "options vfio-pci ids=10de:2484\n"
#define SOFTDEP "softdep nouveau pre: vfio-pci\n"

/* A host with a GPU, lines of modprobe.d on disk, and an image with modules and lines inside. */
static inline struct facts *configured(const char *disk, const char *modules, const char *inside,
				       struct device **ret_gpu)
{
	struct facts *facts = healthy_intel();
	struct initramfs_image *image;

	*ret_gpu = made_gpu(facts, "nouveau");
	made_modprobe(facts, disk);
	made_entry(facts, "quiet");
	image = made_image(facts, modules);
	made_image_file(facts, image, "etc/modprobe.d/vfio.conf", inside);
	next_boot_predict(facts);
	return facts;
}

#endif
