/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/checks/boot_commands.h"
#include "preflight/checks/passthrough_words.h"
#include "preflight/next_boot/next_boot.h"

/* Where grub.cfg is not in Debian's and Arch's place, the program has another name. */
const char *boot_grub_command(struct finding *finding)
{
	const char *config = finding->facts->boot.config;

	if (!config || starts_with(config, "/boot/grub/"))
		return "grub-mkconfig -o /boot/grub/grub.cfg";
	return arena_printf(finding->arena, "grub2-mkconfig -o %s", config);
}

/* The version of systemd, as its boot loader or stub tells it; 0 not known. */
static unsigned long systemd_version(const struct facts *facts)
{
	static const char *const names[] = {"systemd-boot ", "systemd-stub "};

	for_each (claim, &facts->boot.claims)
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (claim->text && starts_with(claim->text, names[i]))
				return strtoul(claim->text + strlen(names[i]), NULL, 10);
	return 0;
}

/* "add-all" came with version 255. */
static const char *kernel_install_command(struct finding *finding)
{
	const struct facts *facts = finding->facts;
	unsigned long version = systemd_version(facts);
	const char *kernel = facts->boot.next_kernel;

	if (version == 0 || version >= 255 || !kernel)
		return "kernel-install add-all";
	return arena_printf(finding->arena, "kernel-install add %s /boot/vmlinuz-%s", kernel,
			    kernel);
}

/* Who builds the unified image: kernel-install from its own file, or the generator alone. */
static const char *unified_command(struct finding *finding)
{
	enum generator generator = finding->facts->initramfs.generator;

	if (generator == GENERATOR_MKINITCPIO)
		return "mkinitcpio -P";
	for_each (source, &finding->facts->boot.sources)
		if (source->used && streq(source->path, "/etc/kernel/cmdline"))
			return kernel_install_command(finding);
	return generator == GENERATOR_DRACUT ? "dracut --force --regenerate-all"
					     : "kernel-install add-all";
}

/* Debian's u-boot-menu and Alpine's script; others write the file by hand. */
static const char *extlinux_command(const struct facts *facts)
{
	for_each (source, &facts->boot.sources)
		if (source->used)
			return strstr(source->path, "u-boot") ? "u-boot-update" : "update-extlinux";
	return "";
}

const char *boot_regenerate_command(struct finding *finding, const struct parameters *words)
{
	enum loader loader = finding->facts->boot.loader;
	static const char *const commands[LOADER_COUNT] = {
		[LOADER_PROXMOX_BOOT_TOOL] = "proxmox-boot-tool refresh",
		[LOADER_KERNELSTUB] = "kernelstub",
		[LOADER_OSTREE] = "rpm-ostree kargs",
		[LOADER_NIXOS] = "nixos-rebuild boot",
		[LOADER_LIMINE] = "limine-update",
	};

	switch (loader) {
	case LOADER_GRUB:
		return boot_grub_command(finding);
	case LOADER_BLS:
		return arena_printf(finding->arena, "grubby --update-kernel=ALL --args=\"%s\"",
				    words_text(finding->arena, words));
	case LOADER_SYSTEMD_BOOT:
		return kernel_install_command(finding);
	case LOADER_UKI:
		return unified_command(finding);
	case LOADER_EXTLINUX:
		return extlinux_command(finding->facts);
	default:
		return commands[loader] ? commands[loader] : "";
	}
}

const char *boot_image_command(struct finding *finding)
{
	static const char *const commands[GENERATOR_COUNT] = {
		[GENERATOR_INITRAMFS_TOOLS] = "update-initramfs -u -k all",
		[GENERATOR_DRACUT] = "dracut --force --regenerate-all",
		[GENERATOR_MKINITCPIO] = "mkinitcpio -P",
		[GENERATOR_BOOSTER] = "/usr/lib/booster/regenerate_images",
	};
	enum generator generator = finding->facts->initramfs.generator;

	if (finding->facts->boot.loader == LOADER_UKI)
		return unified_command(finding);
	/* The image comes with the deployment: dracut alone cannot replace it. */
	if (finding->facts->boot.loader == LOADER_OSTREE)
		return "rpm-ostree initramfs-etc --track=/etc/modprobe.d/vfio.conf";
	if (finding->facts->boot.loader == LOADER_NIXOS)
		return "nixos-rebuild boot";
	return commands[generator] ? commands[generator] : "";
}

const struct generator_word *boot_left_out_word(const struct facts *facts, bool early)
{
	static const char *const keys[] = {"force_drivers", "MODULES", "modules_force_load",
					   "add_drivers", "modules"};
	const struct initramfs_image *image = next_boot_image(facts);

	if (!image || image->read != YES || strings_contain(&image->modules, "vfio_pci"))
		return NULL;
	for_each (word, &facts->initramfs.words)
		for (size_t i = 0; i < (early ? 3 : ARRAY_SIZE(keys)); i++)
			if (streq(word->key, keys[i]) && names_equal(word->word, "vfio_pci"))
				return word;
	return NULL;
}
