/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB in all its forms; the other loaders are in test_facts_boot_efi.c. */
#include "boot_tree.h"
#include "grub_samples.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NEW "6.1.0-50-amd64"
#define OLD "6.1.0-49-amd64"

#define KERNELS                                                                                    \
	"file lib/modules/" NEW "/modules.dep\nfile lib/modules/" OLD "/modules.dep\n"             \
	"file boot/vmlinuz-" NEW "\nfile boot/vmlinuz-" OLD "\nfile boot/initrd.img-" NEW          \
	"\nfile boot/initrd.img-" OLD "\nfile etc/debian_version\n| 12.13\n"

#define DEFAULTS                                                                                   \
	"file etc/default/grub\n| GRUB_DEFAULT=0\n"                                                \
	"| GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`\n"                     \
	"| GRUB_CMDLINE_LINUX_DEFAULT=\"quiet iommu=pt\"\n| GRUB_CMDLINE_LINUX=\"\"\n"

#define STUB                                                                                       \
	"search.fs_uuid " GRUB_UUID " root hd0,gpt2 \nset prefix=($root)'/boot/grub'\n"            \
	"configfile $prefix/grub.cfg\n"

#define RUNNING "BOOT_IMAGE=/boot/vmlinuz-" NEW " root=UUID=" GRUB_UUID " ro quiet"

/* -- BIOS ------------------------------------------------------------------------------------------ */

static void test_bios(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(KERNELS DEFAULTS);

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg",
		       GRUB_HEADER("0") GRUB_LINUX("/boot", NEW, OLD, "quiet iommu=pt")
			       GRUB_OTHERS);
	boot_tree_collect(&tree, "bios", "debian", RUNNING);
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->loader, LOADER_GRUB);
	assert_int_equal(tree.boot->ambiguous, NO);
	assert_string_equal(tree.boot->config, "/boot/grub/grub.cfg");
	assert_null(tree.boot->unread_path);
	/* The entries of os-prober are another system's. */
	assert_int_equal(tree.boot->entries.count, 4);
	assert_int_equal(tree.boot->next, 1);
	assert_string_equal(tree.boot->next_kernel, NEW);
	assert_string_equal(tree.boot->default_title, "Debian GNU/Linux");
	assert_string_equal(boot_tree_entry(&tree, 0),
			    "gnulinux-simple-" GRUB_UUID " " NEW " boot/vmlinuz-" NEW
			    " boot/initrd.img-" NEW " [root=UUID=" GRUB_UUID
			    " ro quiet iommu=pt] /boot/grub/grub.cfg:73 next");
	assert_true(tree.boot->entries.items[2].recovery);
	assert_string_equal(tree.boot->entries.items[3].kernel_version, OLD);
	assert_int_equal(tree.boot->claims.count, 1);
	assert_int_equal(tree.boot->claims.items[0].strength, 2);
	assert_string_equal(tree.boot->claims.items[0].source, "/proc/cmdline");
	assert_string_equal(tree.boot->claims.items[0].text, "BOOT_IMAGE=/boot/vmlinuz-" NEW);
	assert_string_equal(
		boot_tree_sources(&tree),
		"/etc/default/grub:3 GRUB_CMDLINE_LINUX_DEFAULT [quiet@3 iommu=pt@3] used\n"
		"/etc/default/grub:4 GRUB_CMDLINE_LINUX [] used\n");
	assert_int_equal(tree.boot->kernels.count, 2);
	assert_string_equal(tree.boot->kernels.items[0].version, NEW);
	assert_true(tree.boot->kernels.items[0].has_modules &&
		    tree.boot->kernels.items[1].has_entry);
}

static void test_kernels(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		"file lib/modules/6.8.12-9-pve/modules.dep\nfile "
		"lib/modules/6.8.12-10-pve/modules.dep\n"
		"dir lib/modules/6.5.13-1-pve\ndir lib/modules/extramodules\nfile "
		"boot/vmlinuz-6.2.16-3-pve\n"
		"file boot/vmlinuz-6.8.12-9-pve\nfile boot/vmlinuz-0-rescue-0123\nfile "
		"boot/vmlinuz-linux\n"
		"file boot/vmlinuz-6.8.12-9-pve.old\nfile boot/config-6.8.12-9-pve\n");

	(void)state;
	boot_tree_collect(&tree, "bios", NULL, NULL);
	assert_int_equal(tree.boot->kernels.count, 4);
	assert_string_equal(tree.boot->kernels.items[0].version, "6.8.12-10-pve");
	assert_string_equal(tree.boot->kernels.items[1].version, "6.8.12-9-pve");
	assert_string_equal(tree.boot->kernels.items[2].version, "6.5.13-1-pve");
	assert_false(tree.boot->kernels.items[2].has_modules);
	assert_string_equal(tree.boot->kernels.items[3].version, "6.2.16-3-pve");
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_int_equal(tree.boot->loader, LOADER_UNKNOWN);
	assert_int_equal(tree.boot->claims.count, 0);
}

/* Another system is what starts: then nothing about this one's next boot is known. */
static void test_default_is_foreign(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(KERNELS);

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg",
		       GRUB_HEADER("${saved_entry}") GRUB_LINUX("/boot", NEW, OLD, "quiet")
			       GRUB_OTHERS);
	boot_tree_file(&tree, "boot/grub/grubenv",
		       "# GRUB Environment Block\nsaved_entry=osprober-efi-1A2B-3C4D\n####");
	boot_tree_collect(&tree, "bios", "debian", RUNNING);
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->next, 0);
	assert_null(tree.boot->next_kernel);
	assert_string_equal(tree.boot->default_title, "Windows Boot Manager (on /dev/sda1)");
}

static void test_saved_entry(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(KERNELS);

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg",
		       GRUB_HEADER("${saved_entry}") GRUB_LINUX("", NEW, OLD, "quiet"));
	boot_tree_file(&tree, "boot/grub/grubenv",
		       "# GRUB Environment Block\nsaved_entry=gnulinux-advanced-" GRUB_UUID
		       ">gnulinux-" OLD "-advanced-" GRUB_UUID "\n####");
	boot_tree_collect(&tree, "bios", "debian", "BOOT_IMAGE=/vmlinuz-" NEW " ro");
	assert_int_equal(tree.boot->next, 4);
	assert_string_equal(tree.boot->next_kernel, OLD);
	/* /boot is a partition of its own. */
	assert_string_equal(tree.boot->entries.items[3].kernel_path, "boot/vmlinuz-" OLD);
	assert_string_equal(tree.boot->entries.items[3].initrds[0], "boot/initrd.img-" OLD);
}

static void test_two_configurations_under_bios(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree =
		boot_tree_new(KERNELS "file usr/sbin/grub2-mkconfig\n");

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg", GRUB_LINUX("/boot", NEW, OLD, "old"));
	boot_tree_file(&tree, "boot/grub2/grub.cfg", GRUB_LINUX("/boot", NEW, OLD, "new"));
	boot_tree_collect(&tree, "bios", "sles", RUNNING);
	assert_int_equal(tree.boot->known, YES);
	assert_string_equal(tree.boot->config, "/boot/grub2/grub.cfg");
	assert_string_equal(boot_tree_sources(&tree),
			    "/boot/grub/grub.cfg:0 - [root=UUID=" GRUB_UUID
			    "@15 ro@15 old@15] generated\n");
	tree_add(tree.tree, "remove usr/sbin/grub2-mkconfig\n");
	tree.facts->boot = (struct boot_facts){0};
	boot_tree_collect(&tree, "bios", "sles", NULL);
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_non_null(tree.boot->unread_path);
}

/* -- EFI ------------------------------------------------------------------------------------------- */

static void test_stub(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(KERNELS DEFAULTS);

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg",
		       GRUB_HEADER("0") GRUB_LINUX("/boot", NEW, OLD, "quiet iommu=pt")
			       GRUB_OTHERS);
	boot_tree_file(&tree, "boot/efi/EFI/debian/grub.cfg", STUB);
	tree_add(tree.tree, made_boot_path(tree.arena, "\\EFI\\debian\\shimx64.efi"));
	boot_tree_collect(&tree, "uefi", "debian", RUNNING);
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->loader, LOADER_GRUB);
	assert_int_equal(tree.boot->claims.items[0].strength, 3);
	assert_string_equal(tree.boot->claims.items[0].source,
			    "/sys/firmware/efi/efivars/Boot0003" GLOBAL_GUID);
	assert_string_equal(tree.boot->claims.items[0].text, "EFI/debian/shimx64.efi");
	assert_string_equal(tree.boot->config, "/boot/grub/grub.cfg");
	assert_int_equal(tree.boot->next, 1);
}

/* CentOS 7 under UEFI: GRUB reads the ESP's file, and grub2-mkconfig was run for the other one. */
static void test_wrong_path_under_uefi(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		KERNELS
		"file etc/default/grub\n| GRUB_CMDLINE_LINUX=\"crashkernel=auto intel_iommu=on\"\n"
		"file usr/sbin/grub2-mkconfig\n");

	(void)state;
	boot_tree_file(&tree, "boot/efi/EFI/centos/grub.cfg",
		       GRUB_LINUX("", NEW, OLD, "crashkernel=auto"));
	boot_tree_file(&tree, "boot/grub2/grub.cfg",
		       GRUB_LINUX("", NEW, OLD, "crashkernel=auto intel_iommu=on"));
	tree_add(tree.tree, made_boot_path(tree.arena, "\\EFI\\CENTOS\\SHIMX64.EFI"));
	boot_tree_collect(&tree, "uefi", "centos", "BOOT_IMAGE=/vmlinuz-" NEW " ro");
	assert_int_equal(tree.boot->known, YES);
	assert_string_equal(tree.boot->config, "/boot/efi/EFI/centos/grub.cfg");
	assert_string_equal(tree.boot->entries.items[tree.boot->next - 1].cmdline,
			    "root=UUID=" GRUB_UUID " ro crashkernel=auto");
	assert_string_equal(boot_tree_sources(&tree),
			    "/etc/default/grub:1 GRUB_CMDLINE_LINUX [crashkernel=auto@1 "
			    "intel_iommu=on@1] used\n"
			    "/boot/grub2/grub.cfg:0 - [root=UUID=" GRUB_UUID
			    "@15 ro@15 crashkernel=auto@15 intel_iommu=on@15] generated\n");
}

/* Arch: the program on the ESP knows /boot/grub itself. */
static void test_no_file_on_esp(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree =
		boot_tree_new("file boot/vmlinuz-linux\nfile boot/initramfs-linux.img\nfile "
			      "efi/EFI/GRUB/grubx64.efi\n"
			      "file usr/lib/modules/6.6.1-arch1-1/modules.dep\n"
			      "file usr/lib/modules/6.6.1-arch1-1/pkgbase\n| linux\n");

	(void)state;
	boot_tree_file(
		&tree, "boot/grub/grub.cfg",
		"menuentry 'Arch Linux' $menuentry_id_option 'gnulinux-simple-1' {\n"
		"\tlinux\t/@/boot/vmlinuz-linux root=UUID=1 rw rootflags=subvol=@ loglevel=3\n"
		"\tinitrd\t/@/boot/amd-ucode.img /@/boot/initramfs-linux.img\n}\n");
	tree_add(tree.tree, made_boot_path(tree.arena, "\\EFI\\GRUB\\grubx64.efi"));
	boot_tree_collect(&tree, "uefi", "arch", NULL);
	assert_int_equal(tree.boot->known, YES);
	assert_string_equal(
		boot_tree_entry(&tree, 0),
		"gnulinux-simple-1 6.6.1-arch1-1 boot/vmlinuz-linux "
		"boot/amd-ucode.img,boot/initramfs-linux.img "
		"[root=UUID=1 rw rootflags=subvol=@ loglevel=3] /boot/grub/grub.cfg:1 next");
}

/* Without the ESP nobody knows what GRUB reads first. */
static void test_esp_not_seen(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(KERNELS);

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg", GRUB_LINUX("/boot", NEW, OLD, "quiet"));
	boot_tree_collect(&tree, "uefi", "debian", RUNNING);
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_string_equal(tree.boot->unread_path, "/boot/efi");
	assert_string_equal(tree.boot->config, "/boot/grub/grub.cfg");
	assert_int_equal(tree.boot->next, 1);
}

static void test_stub_leads_nowhere(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(KERNELS);

	(void)state;
	boot_tree_file(&tree, "boot/efi/EFI/ubuntu/grub.cfg", STUB);
	boot_tree_collect(&tree, "uefi", "linuxmint", RUNNING);
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_string_equal(tree.boot->unread_path, "/boot/grub/grub.cfg");
	assert_int_equal(tree.boot->entries.count, 0);
}

/* Two installations of one distribution share the ESP's folder. */
static void test_stub_of_another_system(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		KERNELS "file proc/self/mountinfo\n| 22 1 8:2 / / rw - ext4 /dev/sda2 rw\n"
			"file run/udev/data/b8:2\n| E:ID_FS_UUID=" GRUB_UUID "\n");

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg", GRUB_LINUX("/boot", NEW, OLD, "quiet"));
	boot_tree_file(&tree, "boot/efi/EFI/ubuntu/grub.cfg", STUB);
	boot_tree_collect(&tree, "uefi", "ubuntu", RUNNING);
	assert_int_equal(tree.boot->known, YES);
	tree_add(tree.tree,
		 "file run/udev/data/b8:2\n| E:ID_FS_UUID=99999999-5f2e-4b7e-9c59-3c7f1e0a8d11\n");
	tree.facts->boot = (struct boot_facts){0};
	boot_tree_collect(&tree, "uefi", "ubuntu", NULL);
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_int_equal(tree.boot->entries.count, 0);
	assert_string_equal(tree.boot->unread_path, "/boot/efi/EFI/ubuntu/grub.cfg");
}

/* -- BLS ------------------------------------------------------------------------------------------- */

#define FEDORA_HEADER                                                                              \
	"if [ -f ${config_directory}/grubenv ]; then\n  load_env -f ${config_directory}/grubenv\n" \
	"elif [ -s $prefix/grubenv ]; then\n  load_env\nfi\n"                                      \
	"if [ \"${next_entry}\" ] ; then\n   set default=\"${next_entry}\"\n"                      \
	"else\n   set default=\"${saved_entry}\"\nfi\n"

#define EL8 "4.18.0-553.el8_10.x86_64"

static void test_rhel_8(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		"file lib/modules/" EL8 "/modules.dep\nfile boot/vmlinuz-" EL8
		"\nfile etc/default/grub\n| GRUB_CMDLINE_LINUX=\"rhgb quiet intel_iommu=on\"\n"
		"| GRUB_ENABLE_BLSCFG=true\n"
		"link boot/grub2/grubenv ../efi/EFI/redhat/grubenv\nfile "
		"boot/loader/entries/f0-" EL8 ".conf\n| title Red Hat Enterprise Linux (" EL8
		") 8.10 (Ootpa)\n| version " EL8 "\n| linux /vmlinuz-" EL8
		"\n| initrd /initramfs-" EL8
		".img $tuned_initrd\n| options $kernelopts $tuned_params\n| id rhel\n"
		"file boot/loader/entries/f0-0-rescue.conf\n| title Red Hat Enterprise Linux "
		"(0-rescue-f0) "
		"8.10\n| version 0-rescue-f0\n| linux /vmlinuz-0-rescue-f0\n| initrd "
		"/initramfs-0-rescue-f0"
		".img\n| options $kernelopts\n");

	(void)state;
	boot_tree_file(&tree, "boot/efi/EFI/redhat/grub.cfg",
		       FEDORA_HEADER "if [ -z \"${kernelopts}\" ]; then\n"
				     "  set kernelopts=\"root=/dev/x ro \"\nfi\nblscfg\n");
	boot_tree_file(&tree, "boot/efi/EFI/redhat/grubenv",
		       "# GRUB Environment Block\nsaved_entry=f0-" EL8
		       "\nkernelopts=root=/dev/mapper/rhel-root ro "
		       "rhgb quiet \ntuned_params=nosmt\n####");
	tree_add(tree.tree, made_boot_path(tree.arena, "\\EFI\\redhat\\shimx64.efi"));
	boot_tree_collect(&tree, "uefi", "rhel", "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-" EL8 " ro");
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->loader, LOADER_BLS);
	assert_int_equal(tree.boot->claims.items[0].loader, LOADER_BLS);
	assert_string_equal(tree.boot->config, "/boot/efi/EFI/redhat/grub.cfg");
	assert_int_equal(tree.boot->entries.count, 2);
	assert_string_equal(boot_tree_entry(&tree, 0),
			    "f0-" EL8 " " EL8 " boot/vmlinuz-" EL8 " boot/initramfs-" EL8
			    ".img [root=/dev/mapper/rhel-root ro rhgb quiet  nosmt ] "
			    "/boot/loader/entries/f0-" EL8 ".conf:3 next");
	assert_string_equal(tree.boot->entries.items[0].parameters->items[4].text, "nosmt");
	assert_int_equal(tree.boot->entries.items[0].parameters->items[4].origin.line, 5);
	assert_true(tree.boot->entries.items[1].recovery);
	assert_null(tree.boot->entries.items[1].kernel_version);
	assert_string_equal(
		boot_tree_sources(&tree),
		"/etc/default/grub:1 GRUB_CMDLINE_LINUX [rhgb@1 quiet@1 intel_iommu=on@1] "
		"used\n");
}

static void test_fedora(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		"file boot/vmlinuz-6.5.6-300.fc39.x86_64\nfile "
		"boot/vmlinuz-6.5.12-300.fc39.x86_64\n"
		"file etc/kernel/cmdline\n| root=UUID=1 ro rhgb quiet iommu=pt\n"
		"file boot/loader/entries/0a-6.5.6-300.fc39.x86_64.conf\n| title Fedora (6.5.6)\n"
		"| version 6.5.6-300.fc39.x86_64\n| linux /vmlinuz-6.5.6-300.fc39.x86_64\n"
		"| options root=UUID=1 ro rhgb quiet\n"
		"file boot/loader/entries/0a-6.5.12-300.fc39.x86_64.conf\n| title Fedora (6.5.12)\n"
		"| version 6.5.12-300.fc39.x86_64\n| linux /vmlinuz-6.5.12-300.fc39.x86_64\n"
		"| options root=UUID=1 ro rhgb quiet iommu=pt\n");

	(void)state;
	boot_tree_file(&tree, "boot/grub2/grub.cfg", FEDORA_HEADER "blscfg\n");
	boot_tree_file(&tree, "boot/efi/EFI/fedora/grub.cfg",
		       "search --no-floppy --root-dev-only --fs-uuid --set=dev 1234\n"
		       "set prefix=($dev)/grub2\nexport $prefix\nconfigfile $prefix/grub.cfg\n");
	boot_tree_file(&tree, "boot/grub2/grubenv",
		       "# GRUB Environment Block\nboot_success=1\n####");
	tree_add(tree.tree, made_loader_text(tree.arena, "LoaderInfo", "GRUB 2.12-10.fc41"));
	tree_add(tree.tree, made_boot_path(tree.arena, "\\EFI\\fedora\\shimx64.efi"));
	boot_tree_collect(&tree, "uefi", "fedora", NULL);
	assert_int_equal(tree.boot->known, YES);
	/* LoaderInfo is there, and is not systemd-boot's. */
	assert_int_equal(tree.boot->loader, LOADER_BLS);
	assert_string_equal(tree.boot->claims.items[0].text, "GRUB 2.12-10.fc41");
	/* No entry is saved: the newest version, not the last name, starts. */
	assert_string_equal(tree.boot->next_kernel, "6.5.12-300.fc39.x86_64");
	assert_int_equal(tree.boot->next, 1);
	assert_string_equal(
		boot_tree_sources(&tree),
		"/etc/kernel/cmdline:0 - [root=UUID=1@1 ro@1 rhgb@1 quiet@1 iommu=pt@1] "
		"used\n");
}

static void test_silverblue(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		"file run/ostree-booted\nlink boot/loader loader.1\n"
		"file boot/ostree/fedora-ab/vmlinuz-6.5.6-300.fc39.x86_64\n"
		"file boot/loader.1/entries/ostree-1.conf\n| title Fedora Linux 39 (Silverblue) "
		"(ostree:1)\n"
		"| version 1\n| options root=UUID=1 rw ostree=/ostree/boot.1/fedora/ab/1\n"
		"| linux /ostree/fedora-ab/vmlinuz-6.5.6-300.fc39.x86_64\n"
		"| initrd /ostree/fedora-ab/initramfs-6.5.6-300.fc39.x86_64.img\n"
		"file boot/loader.1/entries/ostree-2.conf\n| title Fedora Linux 39 (Silverblue) "
		"(ostree:0)\n"
		"| version 2\n| options root=UUID=1 rw ostree=/ostree/boot.1/fedora/ab/0 "
		"intel_iommu=on\n"
		"| linux /ostree/fedora-ab/vmlinuz-6.5.6-300.fc39.x86_64\n"
		"| initrd /ostree/fedora-ab/initramfs-6.5.6-300.fc39.x86_64.img\n");

	(void)state;
	boot_tree_file(&tree, "boot/grub2/grub.cfg", FEDORA_HEADER "blscfg\n");
	boot_tree_file(&tree, "boot/efi/EFI/fedora/grub.cfg",
		       "set prefix=($dev)/grub2\nconfigfile $prefix/grub.cfg\n");
	boot_tree_collect(&tree, "uefi", "fedora",
			  "BOOT_IMAGE=(hd0,gpt2)/ostree/fedora-ab/vmlinuz-6.5.6-300.fc39.x86_64 rw "
			  "ostree=/ostree/boot.1/fedora/ab/1");
	assert_int_equal(tree.boot->known, YES);
	assert_int_equal(tree.boot->loader, LOADER_OSTREE);
	assert_int_equal(tree.boot->entries.count, 2);
	assert_string_equal(
		boot_tree_entry(&tree, 0),
		"ostree-2 6.5.6-300.fc39.x86_64 "
		"boot/ostree/fedora-ab/vmlinuz-6.5.6-300.fc39.x86_64 "
		"boot/ostree/fedora-ab/initramfs-6.5.6-300.fc39.x86_64.img [root=UUID=1 rw "
		"ostree=/ostree/boot.1/fedora/ab/0 intel_iommu=on] "
		"/boot/loader/entries/ostree-2.conf:4 next");
}

/* -- sources ---------------------------------------------------------------------------------------- */

static void test_drop_ins(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		"file etc/debian_version\nfile etc/default/grub\n"
		"| GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash intel_iommu=on\"\n"
		"file etc/default/grub.d/50-cloudimg-settings.cfg\n"
		"| GRUB_CMDLINE_LINUX_DEFAULT=\"console=ttyS0\"\n"
		"file etc/default/grub.d/60-vfio.cfg\n"
		"| GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT iommu=pt $(cat /x)\"\n"
		"file etc/default/grub.d/vfio.conf\n| GRUB_CMDLINE_LINUX=vfio-pci.ids=10de:2204\n"
		"file etc/default/grub.d/60-vfio.cfg.bak\n| GRUB_CMDLINE_LINUX=a\n");

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg", GRUB_LINUX("/boot", NEW, OLD, "quiet"));
	boot_tree_collect(&tree, "bios", "ubuntu", RUNNING);
	assert_string_equal(
		boot_tree_sources(&tree),
		"/etc/default/grub.d/vfio.conf:1 GRUB_CMDLINE_LINUX [vfio-pci.ids=10de:2204@1]\n"
		"/etc/default/grub:1 GRUB_CMDLINE_LINUX_DEFAULT [quiet@1 splash@1 "
		"intel_iommu=on@1] used "
		"overridden\n"
		"/etc/default/grub.d/50-cloudimg-settings.cfg:1 GRUB_CMDLINE_LINUX_DEFAULT "
		"[console=ttyS0@1] used\n"
		"/etc/default/grub.d/60-vfio.cfg:1 GRUB_CMDLINE_LINUX_DEFAULT [iommu=pt@1] used "
		"computed\n");
}

/* Arch's grub-mkconfig knows no drop-ins, and its shell is bash. */
static void test_no_drop_ins(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(
		"file usr/bin/grub-mkconfig\n| . ${sysconfdir}/default/grub\nlink usr/bin/sh bash\n"
		"file etc/default/grub\n| GRUB_CMDLINE_LINUX_DEFAULT=quiet\n"
		"| GRUB_CMDLINE_LINUX_DEFAULT+=\" iommu=pt\"\n"
		"file etc/default/grub.d/vfio.cfg\n| GRUB_CMDLINE_LINUX=\"a b\"\n");

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg", GRUB_LINUX("/boot", NEW, OLD, "quiet"));
	boot_tree_collect(&tree, "bios", "arch", RUNNING);
	assert_string_equal(boot_tree_sources(&tree),
			    "/etc/default/grub.d/vfio.cfg:1 GRUB_CMDLINE_LINUX [a@1 b@1]\n"
			    "/etc/default/grub:1 GRUB_CMDLINE_LINUX_DEFAULT [quiet@1] used\n"
			    "/etc/default/grub:2 GRUB_CMDLINE_LINUX_DEFAULT [iommu=pt@2] used\n");
}

static void test_broken_defaults(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree =
		boot_tree_new("link bin/sh dash\nfile etc/debian_version\nfile etc/default/grub\n"
			      "| GRUB_CMDLINE_LINUX_DEFAULT+=\"iommu=pt\"\n");

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg", GRUB_LINUX("/boot", NEW, OLD, "quiet"));
	boot_tree_collect(&tree, "bios", "debian", RUNNING);
	assert_string_equal(boot_tree_sources(&tree), "/etc/default/grub:0 - [] used broken\n");
	assert_int_equal(tree.boot->sources.items[0].broken->line, 1);
}

/* -- what cannot be read ------------------------------------------------------------------------------ */

static void test_unreadable(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree =
		boot_tree_new("fifo boot/grub/grub.cfg\nfifo etc/default/grub\n");

	(void)state;
	boot_tree_collect(&tree, "bios", "debian", RUNNING);
	assert_int_equal(tree.boot->loader, LOADER_GRUB);
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_string_equal(tree.boot->unread_path, "/boot/grub/grub.cfg");
	assert_int_equal(facts_unread_error(tree.facts, "boot/grub/grub.cfg"), -EINVAL);
	assert_int_equal(tree.boot->sources.count, 0);
	assert_int_equal(facts_unread_error(tree.facts, "etc/default/grub"), -EINVAL);
}

static void test_unreadable_environment(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree =
		boot_tree_new(KERNELS "fifo boot/grub/grubenv\n");

	(void)state;
	boot_tree_file(&tree, "boot/grub/grub.cfg",
		       GRUB_HEADER("0") GRUB_LINUX("/boot", NEW, OLD, "quiet"));
	boot_tree_collect(&tree, "bios", "debian", RUNNING);
	assert_int_equal(tree.boot->entries.count, 4);
	assert_int_equal(tree.boot->next, 0);
	assert_string_equal(tree.boot->unread_path, "/boot/grub/grubenv");
}

/* openSUSE on btrfs: the block names another place where GRUB saves what it must remember. */
static void test_environment_elsewhere(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new(KERNELS);

	(void)state;
	boot_tree_file(&tree, "boot/grub2/grub.cfg",
		       GRUB_HEADER("${saved_entry}") GRUB_LINUX("/boot", NEW, OLD, "quiet"));
	boot_tree_file(&tree, "boot/grub2/grubenv",
		       "# GRUB Environment Block\nenv_block=512+1\nsaved_entry=0\n####");
	boot_tree_collect(&tree, "bios", "opensuse-tumbleweed", RUNNING);
	assert_int_equal(tree.boot->entries.count, 4);
	assert_int_equal(tree.boot->next, 0);
	assert_string_equal(tree.boot->unread_path, "/boot/grub2/grubenv");
}

static void test_empty(void **state)
{
	_cleanup_boot_tree_ struct boot_tree tree = boot_tree_new("dir etc\n");

	(void)state;
	boot_tree_collect(&tree, NULL, NULL, NULL);
	assert_int_equal(tree.boot->known, UNKNOWN);
	assert_int_equal(tree.boot->loader, LOADER_UNKNOWN);
	assert_int_equal(tree.boot->ambiguous, UNKNOWN);
	assert_int_equal(tree.boot->kernels.count + tree.boot->sources.count +
				 tree.boot->entries.count + tree.boot->claims.count,
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bios),
		cmocka_unit_test(test_kernels),
		cmocka_unit_test(test_default_is_foreign),
		cmocka_unit_test(test_saved_entry),
		cmocka_unit_test(test_two_configurations_under_bios),
		cmocka_unit_test(test_stub),
		cmocka_unit_test(test_wrong_path_under_uefi),
		cmocka_unit_test(test_no_file_on_esp),
		cmocka_unit_test(test_esp_not_seen),
		cmocka_unit_test(test_stub_leads_nowhere),
		cmocka_unit_test(test_stub_of_another_system),
		cmocka_unit_test(test_rhel_8),
		cmocka_unit_test(test_fedora),
		cmocka_unit_test(test_silverblue),
		cmocka_unit_test(test_drop_ins),
		cmocka_unit_test(test_no_drop_ins),
		cmocka_unit_test(test_broken_defaults),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_unreadable_environment),
		cmocka_unit_test(test_environment_elsewhere),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
