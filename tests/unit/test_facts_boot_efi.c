/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All loaders but GRUB, and hosts that several of them claim. */
#include "boot_tree.h"
#include "grub_samples.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SYSTEMD_BOOT(tree, version)                                                                \
	do {                                                                                       \
		tree_add((tree).tree,                                                              \
			 made_boot_path((tree).arena, "\\EFI\\systemd\\systemd-bootx64.efi"));     \
		tree_add((tree).tree,                                                              \
			 made_loader_text((tree).arena, "LoaderInfo", "systemd-boot " version));   \
	} while (0)

/* -- systemd-boot ---------------------------------------------------------------------------------- */

#define ARCH                                                                                       \
	"file boot/EFI/systemd/systemd-bootx64.efi\nfile boot/vmlinuz-linux\n"                     \
	"file boot/initramfs-linux.img\nfile usr/lib/modules/6.6.1-arch1-1/modules.dep\n"          \
	"file usr/lib/modules/6.6.1-arch1-1/pkgbase\n| linux\n"                                    \
	"file boot/loader/entries/arch.conf\n| title Arch Linux\n| linux /vmlinuz-linux\n"         \
	"| initrd /amd-ucode.img\n| initrd /initramfs-linux.img\n"                                 \
	"| options root=/dev/sda2 rw\n| options iommu=pt\n"                                        \
	"file boot/loader/entries/arch-fallback.conf\n| title Arch Linux (fallback)\n"             \
	"| linux /vmlinuz-linux\n| initrd /initramfs-linux-fallback.img\n"                         \
	"| options root=/dev/sda2 rw\n"                                                            \
	"file boot/loader/entries/memtest.conf\n| title Memtest\n| efi /memtest.efi\n"

static void test_systemd_boot(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		ARCH
		"file boot/loader/loader.conf\n| timeout 3\n| default arch.conf\n"
		"file etc/default/grub\n| GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n"
		"file etc/kernel/cmdline\n| vfio-pci.ids=10de:2204\n");

	(void)state;
	SYSTEMD_BOOT(tree, "254.5-1-arch");
	boot_tree_collect(&tree, "uefi", "arch",
			  "initrd=\\amd-ucode.img initrd=\\initramfs-linux.img root=/dev/sda2 rw");
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->loader, LOADER_SYSTEMD_BOOT);
	assert_int_equal(tree.boot->ambiguous, NO);
	assert_int_equal(tree.boot->claims.items[0].strength, 3);
	assert_string_equal(tree.boot->claims.items[0].source,
			    "/sys/firmware/efi/efivars/LoaderInfo" LOADER_GUID);
	assert_int_equal(tree.boot->claims.items[1].strength, 2);
	assert_string_equal(tree.boot->config, "/boot/loader/loader.conf");
	assert_int_equal(tree.boot->entries.count, 2);
	assert_string_equal(
		boot_tree_entry(&tree, tree.boot->next - 1),
		"arch 6.6.1-arch1-1 boot/vmlinuz-linux "
		"boot/amd-ucode.img,boot/initramfs-linux.img [root=/dev/sda2 rw iommu=pt] "
		"/boot/loader/entries/arch.conf:2 next");
	assert_int_equal(tree.boot->entries.items[1].parameters->items[2].origin.line, 6);
	/* Hand-written entries: neither file is theirs. */
	assert_string_equal(
		boot_tree_sources(&tree),
		"/etc/default/grub:1 GRUB_CMDLINE_LINUX_DEFAULT [quiet@1 intel_iommu=on@1]\n"
		"/etc/kernel/cmdline:0 - [vfio-pci.ids=10de:2204@1]\n");
}

/* Which entry starts, by its id; "-" where it cannot be told, "other" where it is none of these. */
static const char *default_after(const char *version, const char *recipe, const char *variable,
				 const char *value)
{
	struct boot_tree tree = boot_tree_new(ARCH);
	const char *found = "-";

	tree_add(tree.tree, recipe);
	tree_add(tree.tree, made_boot_path(tree.arena, "\\EFI\\systemd\\systemd-bootx64.efi"));
	if (version)
		tree_add(tree.tree, made_loader_text(tree.arena, "LoaderInfo", version));
	if (variable)
		tree_add(tree.tree, made_loader_text(tree.arena, variable, value));
	boot_tree_collect(&tree, "uefi", "arch", NULL);
	if (tree.boot->next)
		found = streq(tree.boot->entries.items[tree.boot->next - 1].id, "arch")
				? "arch"
				: "arch-fallback";
	else if (tree.boot->default_title)
		found = "other";
	boot_tree_free(&tree);
	return found;
}

static void test_systemd_defaults(void **state)
{
#define CONF(text) "file boot/loader/loader.conf\n| default " text "\n"
	(void)state;
	assert_string_equal(default_after("systemd-boot 255", CONF("arch.conf"), NULL, NULL),
			    "arch");
	assert_string_equal(default_after("systemd-boot 255", CONF("arch-*"), NULL, NULL),
			    "arch-fallback");
	/* Since 245 the suffix belongs to the name; "memtest" sorts first (by name, downwards). */
	assert_string_equal(default_after("systemd-boot 255", CONF("arch"), NULL, NULL), "other");
	assert_string_equal(default_after("systemd-boot 244", CONF("arch"), NULL, NULL), "arch");
	assert_string_equal(default_after(NULL, CONF("arch"), NULL, NULL), "-");
	assert_string_equal(default_after(NULL, CONF("arch"), "LoaderEntrySelected", "arch.conf"),
			    "arch");
	assert_string_equal(default_after("systemd-boot 255", "dir etc\n", NULL, NULL), "other");
	/* Variables go before the file. */
	assert_string_equal(default_after("systemd-boot 255", CONF("arch.conf"),
					  "LoaderEntryDefault", "arch-fallback.conf"),
			    "arch-fallback");
	assert_string_equal(default_after("systemd-boot 255", CONF("arch.conf"),
					  "LoaderEntryOneShot", "arch-fallback.conf"),
			    "arch-fallback");
	assert_string_equal(default_after("systemd-boot 255", CONF("@saved"),
					  "LoaderEntryLastBooted", "arch-fallback.conf"),
			    "arch-fallback");
	assert_string_equal(default_after("systemd-boot 255", CONF("@saved"), NULL, NULL), "other");
#undef CONF
}

/* Without the variables one of them may name another entry. */
static void test_no_variables(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree =
		boot_tree_new(ARCH "file boot/loader/loader.conf\n| default arch.conf\n");

	(void)state;
	boot_tree_collect(&tree, "uefi", "arch", "initrd=\\initramfs-linux.img rw");
	assert_int_equal(tree.boot->loader, LOADER_SYSTEMD_BOOT);
	assert_int_equal(tree.boot->entries.count, 2);
	assert_int_equal(tree.boot->next, 0);
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_string_equal(tree.boot->unread_path, "/sys/firmware/efi/efivars");
}

#define TOKEN  "0123456789abcdef0123456789abcdef"
#define DEBIAN "6.1.0-50-amd64"

/* Debian's systemd-boot with kernel-install; the entry of another machine, and one that failed. */
static void test_kernel_install(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		"file etc/machine-id\n| " TOKEN
		"\nfile etc/kernel/cmdline\n| # what\n| root=UUID=1 ro "
		"iommu=pt\nfile boot/efi/" TOKEN "/" DEBIAN "/linux\nfile lib/modules/" DEBIAN
		"/modules.dep\nfile boot/efi/loader/entries/" TOKEN "-" DEBIAN
		".conf\n| title Debian\n| version " DEBIAN "\n| machine-id " TOKEN
		"\n| sort-key debian\n| options root=UUID=1 ro\n| linux /" TOKEN "/" DEBIAN
		"/linux\n| initrd /" TOKEN "/" DEBIAN "/initrd.img-" DEBIAN
		"\nfile boot/efi/loader/entries/" TOKEN "-6.1.0-51-amd64+0-3.conf\n| title Debian\n"
		"| version 6.1.0-51-amd64\n| machine-id " TOKEN
		"\n| sort-key debian\n| options root=UUID=1 ro\n| linux /" TOKEN
		"/6.1.0-51-amd64/linux\nfile boot/efi/loader/entries/other-9.9.conf\n| title "
		"Other\n"
		"| version 9.9\n| machine-id ffff\n| sort-key zz\n| linux /ffff/9.9/linux\n");

	(void)state;
	SYSTEMD_BOOT(tree, "252.30-1~deb12u2");
	boot_tree_collect(&tree, "uefi", "debian", NULL);
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->entries.count, 2);
	/* The entry on trial has no tries left: it comes last, though it is newer. */
	assert_string_equal(tree.boot->next_kernel, DEBIAN);
	assert_string_equal(boot_tree_entry(&tree, tree.boot->next - 1),
			    TOKEN "-" DEBIAN " " DEBIAN " boot/efi/" TOKEN "/" DEBIAN
				  "/linux boot/efi/" TOKEN "/" DEBIAN "/initrd.img-" DEBIAN
				  " [root=UUID=1 ro] /boot/efi/loader/entries/" TOKEN "-" DEBIAN
				  ".conf:6 next");
	assert_string_equal(boot_tree_sources(&tree),
			    "/etc/kernel/cmdline:0 - [root=UUID=1@2 ro@2 iommu=pt@2] used\n");
}

/* -- unified images ---------------------------------------------------------------------------------- */

static void test_unified_image_of_firmware(void **state)
{
	static const struct made_section rows[] = {
		{".osrel", "ID=arch\nPRETTY_NAME=\"Arch Linux\"\n"},
		{".cmdline", "root=/dev/sda2 rw iommu=pt\n"},
		{".uname", "6.6.1-arch1-1\n"},
		{".initrd", "070701"},
		{".linux", "MZ"},
		{0},
	};
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		"file etc/kernel/cmdline\n| root=/dev/sda2 rw iommu=pt vfio-pci.ids=10de:2204\n"
		"file etc/cmdline.d/a.conf\n| quiet\nfile etc/cmdline.d/a.txt\n| b\n"
		"file efi/EFI/Linux/notes.txt\nfile efi/EFI/Linux/broken.efi\n| MZ\n");

	(void)state;
	boot_tree_program(&tree, "efi/EFI/Linux/arch-linux.efi", rows);
	tree_add(tree.tree, made_boot_path(tree.arena, "\\EFI\\Linux\\arch-linux.efi"));
	tree_add(tree.tree, made_loader_text(tree.arena, "StubInfo", "systemd-stub 254.5-1-arch"));
	boot_tree_collect(&tree, "uefi", "arch", "root=/dev/sda2 rw");
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->loader, LOADER_UKI);
	assert_int_equal(tree.boot->entries.count, 1);
	assert_string_equal(boot_tree_entry(&tree, 0),
			    "arch-linux.efi 6.6.1-arch1-1 - - [root=/dev/sda2 rw iommu=pt ] "
			    "/efi/EFI/Linux/arch-linux.efi:0 next");
	assert_string_equal(tree.boot->entries.items[0].title, "Arch Linux");
	assert_string_equal(
		boot_tree_sources(&tree),
		"/etc/kernel/cmdline:0 - [root=/dev/sda2@1 rw@1 iommu=pt@1 "
		"vfio-pci.ids=10de:2204@1] used\n/etc/cmdline.d/a.conf:0 - [quiet@1] used\n");
}

/* Started by systemd-boot, with an addon whose signature counts under Secure Boot. */
static void test_unified_image_of_systemd_boot(void **state)
{
	static const struct made_section image[] = {
		{".osrel", "ID=fedora\nVERSION_ID=41\n"},
		{".cmdline", "root=UUID=1 ro"},
		{".uname", "6.11.4-301.fc41.x86_64"},
		{".linux", "MZ"},
		{0},
	};
	static const struct made_section addon[] = {{".cmdline", "intel_iommu=on"}, {0}};
	_cleanup_boot_tree_ struct boot_tree tree =
		boot_tree_new("file boot/efi/loader/loader.conf\n| timeout 0\n");

	(void)state;
	boot_tree_program(&tree, "boot/efi/EFI/Linux/0a-6.11.4-301.fc41.x86_64+3.efi", image);
	boot_tree_program(
		&tree, "boot/efi/EFI/Linux/0a-6.11.4-301.fc41.x86_64+3.efi.extra.d/iommu.addon.efi",
		addon);
	SYSTEMD_BOOT(tree, "256.7-1.fc41");
	tree_add(tree.tree, made_loader_text(tree.arena, "StubInfo", "systemd-stub 256.7"));
	tree.facts->machine.secure_boot = NO;
	boot_tree_collect(&tree, "uefi", "fedora", NULL);
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->loader, LOADER_UKI);
	assert_string_equal(
		boot_tree_entry(&tree, 0),
		"0a-6.11.4-301.fc41.x86_64.efi 6.11.4-301.fc41.x86_64 - - [root=UUID=1 ro "
		"intel_iommu=on] /boot/efi/EFI/Linux/0a-6.11.4-301.fc41.x86_64+3.efi:0 next");
	tree.facts->boot = (struct boot_facts){0};
	tree.facts->machine.secure_boot = YES;
	boot_tree_collect(&tree, "uefi", "fedora", NULL);
	assert_true(tree.boot->entries.items[0].incomplete);
}

/* -- Proxmox ------------------------------------------------------------------------------------------ */

#define PVE "6.8.12-9-pve"
#define PVE_HOST                                                                                   \
	"file etc/kernel/proxmox-boot-uuids\n| 1234-ABCD\n"                                        \
	"file etc/kernel/cmdline\n| root=ZFS=rpool/ROOT/pve-1 boot=zfs intel_iommu=on\n"           \
	"file etc/default/grub\n| GRUB_CMDLINE_LINUX_DEFAULT=\"quiet iommu=pt\"\n"                 \
	"file lib/modules/" PVE "/modules.dep\nfile boot/vmlinuz-" PVE "\n"

static void test_proxmox_unmounted(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(PVE_HOST);

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg",
		       GRUB_LINUX("/boot", PVE, PVE, "quiet iommu=pt"));
	SYSTEMD_BOOT(tree, "252");
	boot_tree_collect(&tree, "uefi", "debian",
			  "initrd=\\EFI\\proxmox\\" PVE "\\initrd.img-" PVE
			  " root=ZFS=rpool/ROOT/pve-1 boot=zfs");
	assert_int_equal(tree.boot->loader, LOADER_PROXMOX_BOOT_TOOL);
	assert_int_equal(tree.boot->esp_loader, LOADER_SYSTEMD_BOOT);
	assert_int_equal(tree.boot->ambiguous, NO);
	/* /boot/grub/grub.cfg is there, and is not what boots. */
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_int_equal(tree.boot->entries.count, 0);
	assert_null(tree.boot->config);
	assert_string_equal(tree.boot->unread_path, "/dev/disk/by-uuid/1234-ABCD");
	assert_string_equal(boot_tree_sources(&tree),
			    "/etc/default/grub:1 GRUB_CMDLINE_LINUX_DEFAULT [quiet@1 iommu=pt@1]\n"
			    "/etc/kernel/cmdline:0 - [root=ZFS=rpool/ROOT/pve-1@1 boot=zfs@1 "
			    "intel_iommu=on@1] used\n");
}

static void test_proxmox_mounted(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		PVE_HOST
		"append etc/kernel/cmdline\n| vfio-pci.ids=10de:2204\n"
		"file boot/efi/EFI/proxmox/" PVE "/vmlinuz-" PVE
		"\nfile boot/efi/loader/loader.conf\n| timeout 3\n| default proxmox-*\n"
		"file boot/efi/loader/entries/proxmox-" PVE
		".conf\n| title    Proxmox Virtual Environment\n| version  " PVE
		"\n| options  root=ZFS=rpool/ROOT/pve-1 boot=zfs\n| linux    /EFI/proxmox/" PVE
		"/vmlinuz-" PVE "\n| initrd   /EFI/proxmox/" PVE "/initrd.img-" PVE "\n");

	(void)state;
	SYSTEMD_BOOT(tree, "252");
	boot_tree_collect(&tree, "uefi", "debian", NULL);
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->loader, LOADER_PROXMOX_BOOT_TOOL);
	assert_string_equal(boot_tree_entry(&tree, 0),
			    "proxmox-" PVE " " PVE " boot/efi/EFI/proxmox/" PVE "/vmlinuz-" PVE
			    " boot/efi/EFI/proxmox/" PVE "/initrd.img-" PVE
			    " [root=ZFS=rpool/ROOT/pve-1 boot=zfs] "
			    "/boot/efi/loader/entries/proxmox-" PVE ".conf:4 next");
	/* Only the first line counts. */
	assert_string_equal(boot_tree_sources(&tree),
			    "/etc/default/grub:1 GRUB_CMDLINE_LINUX_DEFAULT [quiet@1 iommu=pt@1]\n"
			    "/etc/kernel/cmdline:0 - [root=ZFS=rpool/ROOT/pve-1@1 boot=zfs@1 "
			    "intel_iommu=on@1] used\n"
			    "/etc/kernel/cmdline:2 - [vfio-pci.ids=10de:2204@2]\n");
	/* A mirror has a second ESP, which is not seen. */
	tree_add(tree.tree, "append etc/kernel/proxmox-boot-uuids\n| 5678-EF01\n");
	tree.facts->boot = (struct boot_facts){0};
	boot_tree_collect(&tree, "uefi", "debian", NULL);
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_int_equal(tree.boot->next, 1);
	assert_string_equal(tree.boot->unread_path, "/dev/disk/by-uuid/5678-EF01");
}

static void test_proxmox_grub(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(PVE_HOST);

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg", GRUB_LINUX("/boot", PVE, PVE, "stale"));
	boot_tree_collect(&tree, "bios", "debian", "BOOT_IMAGE=/vmlinuz-" PVE " quiet");
	assert_int_equal(tree.boot->loader, LOADER_PROXMOX_BOOT_TOOL);
	assert_int_equal(tree.boot->esp_loader, LOADER_GRUB);
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_int_equal(tree.boot->entries.count, 0);
	assert_true(tree.boot->sources.items[0].used);
	assert_false(tree.boot->sources.items[1].used);
	boot_tree_file(&tree, "boot/efi/grub/grub.cfg", GRUB_LINUX("", PVE, PVE, "quiet iommu=pt"));
	tree_add(tree.tree, "dir boot/efi/EFI\nfile boot/efi/vmlinuz-" PVE "\n");
	tree.facts->boot = (struct boot_facts){0};
	tree.facts->cmdline.count = 0;
	boot_tree_collect(&tree, "bios", "debian", "BOOT_IMAGE=/vmlinuz-" PVE " quiet");
	assert_int_equal(tree.boot->known, YES);
	assert_string_equal(tree.boot->config, "/boot/efi/grub/grub.cfg");
	assert_string_equal(tree.boot->entries.items[0].cmdline,
			    "root=UUID=" GRUB_UUID " ro quiet iommu=pt");
}

/* -- Pop!_OS, NixOS, Unraid, Limine ------------------------------------------------------------------ */

static void test_kernelstub(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		"file etc/kernelstub/configuration\n| {\n|   \"default\": {\n"
		"|     \"kernel_options\": [\n|       \"quiet\",\n|       \"splash\"\n|     ]\n|   "
		"},\n"
		"|   \"user\": {\n|     \"kernel_options\": [\n|       \"quiet\",\n"
		"|       \"amd_iommu=on iommu=pt\"\n|     ],\n|     \"esp_path\": \"/boot/efi\"\n| "
		"  }\n| }\n"
		"file boot/vmlinuz-6.8.0-76060800daily20240311-generic\n"
		"link boot/vmlinuz vmlinuz-6.8.0-76060800daily20240311-generic\n"
		"file boot/efi/loader/loader.conf\n| default Pop_OS-current\n"
		"file boot/efi/EFI/Pop_OS-1/vmlinuz.efi\n"
		"file boot/efi/loader/entries/Recovery-1.conf\n| title Pop!_OS recovery\n"
		"| linux /EFI/Recovery-1/vmlinuz.efi\n| options boot=casper\n"
		"file boot/efi/loader/entries/Pop_OS-current.conf\n| title Pop!_OS\n"
		"| linux /EFI/Pop_OS-1/vmlinuz.efi\n| initrd /EFI/Pop_OS-1/initrd.img\n"
		"| options root=UUID=1 ro quiet\n"
		"file etc/default/grub\n| GRUB_CMDLINE_LINUX=\"intel_iommu=on\"\n");

	(void)state;
	SYSTEMD_BOOT(tree, "244");
	boot_tree_collect(&tree, "uefi", "pop", NULL);
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->loader, LOADER_KERNELSTUB);
	assert_string_equal(
		boot_tree_entry(&tree, tree.boot->next - 1),
		"Pop_OS-current 6.8.0-76060800daily20240311-generic "
		"boot/efi/EFI/Pop_OS-1/vmlinuz.efi boot/efi/EFI/Pop_OS-1/initrd.img "
		"[root=UUID=1 ro quiet] /boot/efi/loader/entries/Pop_OS-current.conf:2 next");
	assert_string_equal(
		boot_tree_sources(&tree),
		"/etc/default/grub:1 GRUB_CMDLINE_LINUX [intel_iommu=on@1]\n"
		"/etc/kernelstub/configuration:0 - [quiet@10 amd_iommu=on@11 iommu=pt@11] "
		"used\n");
	boot_tree_file(&tree, "etc/kernelstub/configuration",
		       "{ \"user\": { \"kernel_options\": [");
	tree.facts->boot = (struct boot_facts){0};
	boot_tree_collect(&tree, "uefi", "pop", NULL);
	assert_non_null(tree.boot->sources.items[1].broken);
}

static void test_nixos(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		"file etc/NIXOS\nfile boot/EFI/nixos/ab-linux-6.6.30-bzImage.efi\n"
		"file boot/loader/loader.conf\n| timeout 5\n| default nixos-generation-42.conf\n"
		"file boot/loader/entries/nixos-generation-41.conf\n| title NixOS\n"
		"| sort-key nixos\n| version Generation 41\n| linux "
		"/EFI/nixos/ab-linux-6.6.30-bzImage.efi\n"
		"| options init=/nix/store/a/init\n"
		"file boot/loader/entries/nixos-generation-42.conf\n| title NixOS\n| sort-key "
		"nixos\n"
		"| version Generation 42\n| linux /EFI/nixos/ab-linux-6.6.30-bzImage.efi\n"
		"| initrd /EFI/nixos/cd-initrd-linux-6.6.30-initrd.efi\n"
		"| options init=/nix/store/b/init intel_iommu=on\n");

	(void)state;
	SYSTEMD_BOOT(tree, "255.4");
	boot_tree_collect(&tree, "uefi", "nixos", NULL);
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->loader, LOADER_NIXOS);
	assert_string_equal(boot_tree_entry(&tree, tree.boot->next - 1),
			    "nixos-generation-42 6.6.30 boot/EFI/nixos/ab-linux-6.6.30-bzImage.efi "
			    "boot/EFI/nixos/cd-initrd-linux-6.6.30-initrd.efi "
			    "[init=/nix/store/b/init intel_iommu=on] "
			    "/boot/loader/entries/nixos-generation-42.conf:4 next");
	assert_int_equal(tree.boot->sources.count, 0);
}

static void test_unraid(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		"file lib/modules/6.1.79-Unraid/modules.dep\nfile boot/bzimage\nfile boot/bzroot\n"
		"file boot/syslinux/syslinux.cfg\n| default menu.c32\n| prompt 0\n| label Unraid "
		"OS\n"
		"|   menu default\n|   kernel /bzimage\n|   append iommu=pt initrd=/bzroot\n"
		"| label Unraid OS Safe Mode\n|   kernel /bzimage\n"
		"|   append initrd=/bzroot unraidsafemode\n");

	(void)state;
	tree.facts->machine.platform = "unraid";
	boot_tree_collect(&tree, "bios", NULL, "BOOT_IMAGE=/bzimage initrd=/bzroot");
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->loader, LOADER_EXTLINUX);
	assert_string_equal(boot_tree_entry(&tree, 0),
			    "Unraid OS 6.1.79-Unraid boot/bzimage boot/bzroot [iommu=pt "
			    "initrd=/bzroot] /boot/syslinux/syslinux.cfg:3 next");
	assert_true(tree.boot->entries.items[1].recovery);
	assert_string_equal(tree.boot->next_kernel, "6.1.79-Unraid");
}

static void test_arch_syslinux(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree =
		boot_tree_new("file boot/vmlinuz-linux\nfile boot/syslinux/syslinux.cfg\n| DEFAULT "
			      "arch\n| LABEL arch\n"
			      "| LINUX ../vmlinuz-linux\n| APPEND root=/dev/sda3 rw\n| INITRD "
			      "../initramfs-linux.img\n");

	(void)state;
	boot_tree_collect(&tree, "bios", "arch", NULL);
	assert_string_equal(
		boot_tree_entry(&tree, 0),
		"arch - boot/vmlinuz-linux boot/initramfs-linux.img [root=/dev/sda3 rw] "
		"/boot/syslinux/syslinux.cfg:2 next");
	assert_int_equal(tree.boot->claims.items[0].strength, 1);
}

static void test_limine(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		"file boot/vmlinuz-6.12.1-2-cachyos\nfile boot/EFI/limine/limine_x64.efi\n"
		"file boot/limine.conf\n| default_entry: 2\n| /+CachyOS\n|   //linux\n|   "
		"protocol: linux\n"
		"|   path: boot():/vmlinuz-6.12.1-2-cachyos#ab\n|   cmdline: quiet rw\n"
		"|   module_path: boot():/initramfs.img\n"
		"file etc/limine-entry-tool.d/a.conf\n| KERNEL_CMDLINE[default]+=\" iommu=pt\"\n"
		"file etc/default/limine\n| KERNEL_CMDLINE[default]+=\" quiet\"\n");

	(void)state;
	tree_add(tree.tree, made_loader_text(tree.arena, "LoaderInfo", "Limine 9.2.0"));
	tree_add(tree.tree, made_boot_path(tree.arena, "\\EFI\\limine\\limine_x64.efi"));
	boot_tree_collect(&tree, "uefi", "cachyos", NULL);
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->loader, LOADER_LIMINE);
	assert_string_equal(
		boot_tree_entry(&tree, 0),
		"linux 6.12.1-2-cachyos boot/vmlinuz-6.12.1-2-cachyos boot/initramfs.img "
		"[quiet rw] /boot/limine.conf:3 next");
	assert_string_equal(
		boot_tree_sources(&tree),
		"/etc/limine-entry-tool.d/a.conf:1 KERNEL_CMDLINE[default] [iommu=pt@1] used\n"
		"/etc/default/limine:1 KERNEL_CMDLINE[default] [quiet@1] used\n");
}

/* -- more than one claim ------------------------------------------------------------------------------ */

static void test_files_of_two(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		ARCH "file boot/loader/loader.conf\n| default arch.conf\nfile etc/default/grub\n"
		     "| GRUB_CMDLINE_LINUX=a\n");

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg", GRUB_LINUX("/boot", DEBIAN, DEBIAN, "quiet"));
	boot_tree_collect(&tree, "uefi", "arch", "root=/dev/sda2 rw");
	assert_int_equal(tree.boot->ambiguous, YES);
	assert_int_equal(tree.boot->loader, LOADER_UNKNOWN);
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_int_equal(tree.boot->entries.count, 0);
	assert_true(tree.boot->claims.count >= 2);
	assert_int_equal(tree.boot->claims.items[0].loader, LOADER_GRUB);
	assert_int_equal(tree.boot->claims.items[1].loader, LOADER_SYSTEMD_BOOT);
	assert_false(tree.boot->sources.items[0].used);
	/* The command line settles it. */
	tree.facts->boot = (struct boot_facts){0};
	boot_tree_collect(&tree, "uefi", "arch", "initrd=\\initramfs-linux.img root=/dev/sda2 rw");
	assert_int_equal(tree.boot->ambiguous, NO);
	assert_int_equal(tree.boot->loader, LOADER_SYSTEMD_BOOT);
}

/* systemd-boot's name in the variable, GRUB's word on the command line: one may have started the other. */
static void test_chained(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(ARCH);

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg", GRUB_LINUX("/boot", DEBIAN, DEBIAN, "quiet"));
	SYSTEMD_BOOT(tree, "252");
	boot_tree_collect(&tree, "uefi", "debian", "BOOT_IMAGE=/boot/vmlinuz-linux quiet");
	assert_int_equal(tree.boot->ambiguous, YES);
	/* Somebody put a copy of /proc/cmdline into the entry that systemd-boot chose. */
	tree_add(tree.tree, made_loader_text(tree.arena, "LoaderEntrySelected", "arch.conf"));
	tree.facts->boot = (struct boot_facts){0};
	boot_tree_collect(&tree, "uefi", "debian", NULL);
	assert_int_equal(tree.boot->ambiguous, NO);
	assert_int_equal(tree.boot->loader, LOADER_SYSTEMD_BOOT);
}

static void test_unknown_loaders(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new("dir boot/efi/EFI\n");

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg", GRUB_LINUX("/boot", DEBIAN, DEBIAN, "quiet"));
	tree_add(tree.tree, made_boot_path(tree.arena, "\\EFI\\refind\\refind_x64.efi"));
	tree_add(tree.tree, made_loader_text(tree.arena, "LoaderInfo", "rEFInd 0.14.0"));
	boot_tree_collect(&tree, "uefi", "debian", "initrd=\\boot\\initrd.img root=/dev/sda2");
	assert_int_equal(tree.boot->loader, LOADER_UNKNOWN);
	assert_int_equal(tree.boot->claims.items[0].loader, LOADER_UNKNOWN);
	assert_string_equal(tree.boot->claims.items[0].text, "rEFInd 0.14.0");
	assert_int_equal(tree.boot->known, UNKNOWN);
	/* rEFInd can start GRUB, which then leaves its word. */
	tree.facts->boot = (struct boot_facts){0};
	tree.facts->cmdline.count = 0;
	boot_tree_collect(&tree, "uefi", "debian", "BOOT_IMAGE=/boot/vmlinuz-" DEBIAN);
	assert_int_equal(tree.boot->loader, LOADER_GRUB);
	/* ZFSBootMenu is a unified image itself, and starts kernels by kexec. */
	tree_add(tree.tree, "remove sys/firmware/efi\n");
	tree_add(tree.tree, made_boot_path(tree.arena, "\\EFI\\ZBM\\vmlinuz.efi"));
	tree_add(tree.tree, made_loader_text(tree.arena, "StubInfo", "systemd-stub 255"));
	tree.facts->boot = (struct boot_facts){0};
	tree.facts->cmdline.count = 0;
	boot_tree_collect(&tree, "uefi", "debian", "root=zfs:zroot/ROOT/debian quiet");
	assert_int_equal(tree.boot->loader, LOADER_UNKNOWN);
	assert_int_equal(tree.boot->known, UNKNOWN);
}

static void test_boot_next(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree =
		boot_tree_new(ARCH "file boot/loader/loader.conf\n| default arch.conf\n");

	(void)state;
	SYSTEMD_BOOT(tree, "255");
	tree_add(tree.tree, "hex " EFIVARS "BootNext" GLOBAL_GUID "\n| 07000000 0700\n");
	boot_tree_collect(&tree, "uefi", "arch", NULL);
	assert_int_equal(tree.boot->loader, LOADER_SYSTEMD_BOOT);
	assert_int_equal(tree.boot->entries.count, 2);
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_int_equal(tree.boot->next, 0);
	assert_string_equal(tree.boot->unread_path,
			    "/sys/firmware/efi/efivars/BootNext" GLOBAL_GUID);
}

/* -- hostile trees --------------------------------------------------------------------------------------- */

static void test_hostile(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		"link boot/loader ../../..\nlink boot/efi efi\nlink efi boot/efi\n"
		"file boot/grub/grub.cfg\n| menuentry x { linux /../../../etc/passwd a\n"
		"file boot/syslinux/syslinux.cfg\n| include syslinux.cfg\n| label x\n"
		"| kernel ../../../../x\nfile etc/kernelstub/configuration\n| "
		"[[[[[[[[[[[[[[[[[[[[[[[[[[\n"
		"hex sys/firmware/efi/efivars/BootCurrent" GLOBAL_GUID "\n| 0700\n"
		"hex sys/firmware/efi/efivars/LoaderInfo" LOADER_GUID "\n| 07000000 00d8 41\n"
		"file etc/kernel/proxmox-boot-uuids\n| ../../../../x\nfile etc/default/grub\n| "
		"A=\"\n"
		"hex etc/kernel/cmdline\n| 000a0022\n");

	(void)state;
	boot_tree_collect(&tree, "uefi", "../..", "BOOT_IMAGE initrd");
	assert_int_equal(tree.boot->loader, LOADER_EXTLINUX);
	assert_int_equal(tree.boot->entries.count, 1);
	assert_string_equal(tree.boot->entries.items[0].kernel_path, "boot/x");
	tree.facts->boot = (struct boot_facts){0};
	tree.facts->cmdline.count = 0;
	boot_tree_collect(&tree, "uefi", "../..", "BOOT_IMAGE=/x");
	assert_int_equal(tree.boot->loader, LOADER_PROXMOX_BOOT_TOOL);
	assert_int_equal(tree.boot->known, UNKNOWN);
	tree_add(tree.tree, "remove etc/kernel/proxmox-boot-uuids\n");
	tree.facts->boot = (struct boot_facts){0};
	boot_tree_collect(&tree, "uefi", "../..", NULL);
	assert_int_equal(tree.boot->loader, LOADER_GRUB);
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_int_equal(tree.boot->entries.count + tree.boot->next, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_systemd_boot),
		cmocka_unit_test(test_systemd_defaults),
		cmocka_unit_test(test_no_variables),
		cmocka_unit_test(test_kernel_install),
		cmocka_unit_test(test_unified_image_of_firmware),
		cmocka_unit_test(test_unified_image_of_systemd_boot),
		cmocka_unit_test(test_proxmox_unmounted),
		cmocka_unit_test(test_proxmox_mounted),
		cmocka_unit_test(test_proxmox_grub),
		cmocka_unit_test(test_kernelstub),
		cmocka_unit_test(test_nixos),
		cmocka_unit_test(test_unraid),
		cmocka_unit_test(test_arch_syslinux),
		cmocka_unit_test(test_limine),
		cmocka_unit_test(test_files_of_two),
		cmocka_unit_test(test_chained),
		cmocka_unit_test(test_unknown_loaders),
		cmocka_unit_test(test_boot_next),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
