/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Topics about kernels and their command lines. */
#include "preflight/by_hand/topics.h"

#define GRUB_APPEND                                                                                \
	N_("with GRUB: append WORD to GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub, then")
#define GRUB_REMOVE                                                                                \
	N_("with GRUB: take WORD out of GRUB_CMDLINE_LINUX_DEFAULT and GRUB_CMDLINE_LINUX in "     \
	   "/etc/default/grub, then")
#define GRUB_REMOVE_DROP_INS                                                                       \
	N_("with GRUB: take WORD out of GRUB_CMDLINE_LINUX_DEFAULT and GRUB_CMDLINE_LINUX in "     \
	   "/etc/default/grub and /etc/default/grub.d/*.cfg, then")
#define PROXMOX_APPEND                                                                             \
	N_("where /etc/kernel/proxmox-boot-uuids exists and systemd-boot starts the host: append " \
	   "WORD to the one line of /etc/kernel/cmdline, then")
#define PROXMOX_REMOVE                                                                             \
	N_("where /etc/kernel/proxmox-boot-uuids exists and systemd-boot starts the host: take "   \
	   "WORD out of the one line of /etc/kernel/cmdline, then")
#define PROXMOX_GRUB                                                                               \
	N_("where that file exists and GRUB starts the host: the same in "                         \
	   "GRUB_CMDLINE_LINUX_DEFAULT of /etc/default/grub, then")
#define PROXMOX_PLAIN                                                                              \
	N_("where it does not exist: in GRUB_CMDLINE_LINUX_DEFAULT of /etc/default/grub, then")

const struct by_hand_topic by_hand_argument_add = {
	.name = "kernel-argument-add",
	.title = N_("add a kernel parameter"),
	.intro = N_("WORD is the parameter that the finding names, with its value. It acts from "
		    "the next boot on; /proc/cmdline shows what the running kernel was given."),
	.families =
		{
			[FAMILY_DEBIAN] =
				{
					{GRUB_APPEND, "update-grub"},
					{N_("where a file of /etc/default/grub.d sets that "
					    "variable (Ubuntu's cloud images), it comes later and "
					    "wins: append WORD there, then"),
					 "update-grub"},
					{N_("with systemd-boot: append it to /etc/kernel/cmdline, "
					    "then for each kernel"),
					 "kernel-install add VERSION /boot/vmlinuz-VERSION"},
					{N_("Pop!_OS on UEFI"), "kernelstub -a \"WORD\""},
				},
			[FAMILY_PROXMOX] =
				{
					{PROXMOX_APPEND, "proxmox-boot-tool refresh"},
					{PROXMOX_GRUB, "proxmox-boot-tool refresh"},
					{PROXMOX_PLAIN, "update-grub"},
				},
			[FAMILY_FEDORA] =
				{
					{N_("in the entries of all kernels; a parameter with the "
					    "same name is replaced, so give all its values at "
					    "once"),
					 "grubby --update-kernel=ALL --args=\"WORD\""},
					{OSTREE, "rpm-ostree kargs --append-if-missing=\"WORD\""},
				},
			[FAMILY_ARCH] =
				{
					{GRUB_APPEND, "grub-mkconfig -o /boot/grub/grub.cfg"},
					{N_("with systemd-boot: append it to the options line of "
					    "the entry in loader/entries on the EFI system "
					    "partition; nothing has to be generated"),
					 NULL},
					{N_("with a unified kernel image: append it to "
					    "/etc/kernel/cmdline, then"),
					 "mkinitcpio -P"},
				},
			[FAMILY_SUSE] =
				{
					{GRUB_APPEND, "grub2-mkconfig -o /boot/grub2/grub.cfg"},
					{N_("with systemd-boot or grub2-bls (LOADER_TYPE in "
					    "/etc/sysconfig/bootloader): append it to "
					    "/etc/kernel/cmdline, then"),
					 "sdbootutil update-all-entries"},
					{N_("MicroOS, SLE Micro with GRUB: the same file, then"),
					 "transactional-update grub.cfg"},
				},
			[FAMILY_NIXOS] =
				{
					{N_("add \"WORD\" to boot.kernelParams in "
					    "configuration.nix, then"),
					 "nixos-rebuild boot"},
				},
		},
};

const struct by_hand_topic by_hand_argument_remove = {
	.name = "kernel-argument-remove",
	.title = N_("remove or correct a kernel parameter"),
	.intro = N_("WORD is the parameter that the finding names, as it stands there. The running "
		    "kernel keeps it until the next boot."),
	.families =
		{
			[FAMILY_DEBIAN] =
				{
					{GRUB_REMOVE_DROP_INS, "update-grub"},
					{N_("with systemd-boot: take it out of "
					    "/etc/kernel/cmdline, then for each kernel"),
					 "kernel-install add VERSION /boot/vmlinuz-VERSION"},
					{N_("Pop!_OS on UEFI"), "kernelstub -d \"WORD\""},
				},
			[FAMILY_PROXMOX] =
				{
					{PROXMOX_REMOVE, "proxmox-boot-tool refresh"},
					{PROXMOX_GRUB, "proxmox-boot-tool refresh"},
					{PROXMOX_PLAIN, "update-grub"},
				},
			[FAMILY_FEDORA] =
				{
					{N_("in the entries of all kernels"),
					 "grubby --update-kernel=ALL --remove-args=\"WORD\""},
					{OSTREE, "rpm-ostree kargs --delete-if-present=\"WORD\""},
				},
			[FAMILY_ARCH] =
				{
					{GRUB_REMOVE, "grub-mkconfig -o /boot/grub/grub.cfg"},
					{N_("with systemd-boot: take it out of the options line of "
					    "the entry in loader/entries on the EFI system "
					    "partition; nothing has to be generated"),
					 NULL},
					{N_("with a unified kernel image: take it out of "
					    "/etc/kernel/cmdline and /etc/cmdline.d/*.conf, then"),
					 "mkinitcpio -P"},
				},
			[FAMILY_SUSE] =
				{
					{GRUB_REMOVE, "grub2-mkconfig -o /boot/grub2/grub.cfg"},
					{N_("with systemd-boot or grub2-bls (LOADER_TYPE in "
					    "/etc/sysconfig/bootloader): take it out of "
					    "/etc/kernel/cmdline, then"),
					 "sdbootutil update-all-entries"},
					{N_("MicroOS, SLE Micro with GRUB: the same file, then"),
					 "transactional-update grub.cfg"},
				},
			[FAMILY_NIXOS] =
				{
					{N_("take it out of boot.kernelParams in "
					    "configuration.nix, then"),
					 "nixos-rebuild boot"},
				},
		},
};

const struct by_hand_topic by_hand_regenerate_boot = {
	.name = "regenerate-boot",
	.title = N_("generate the boot configuration anew"),
	.intro = N_("WORD is the parameter that the edited file holds and the generated "
		    "configuration lacks."),
	.families =
		{
			[FAMILY_DEBIAN] =
				{
					{N_("with GRUB"), "update-grub"},
					{N_("with systemd-boot, for each kernel"),
					 "kernel-install add VERSION /boot/vmlinuz-VERSION"},
				},
			[FAMILY_PROXMOX] =
				{
					{N_("where /etc/kernel/proxmox-boot-uuids exists"),
					 "proxmox-boot-tool refresh"},
					{N_("where it does not"), "update-grub"},
				},
			[FAMILY_FEDORA] =
				{
					{N_("entries keep their options when grub2-mkconfig runs "
					    "(RHEL 9.3 and later), so change them themselves"),
					 "grubby --update-kernel=ALL --args=\"WORD\""},
					{OSTREE, "rpm-ostree kargs --append-if-missing=\"WORD\""},
				},
			[FAMILY_ARCH] =
				{
					{N_("with GRUB"), "grub-mkconfig -o /boot/grub/grub.cfg"},
					{N_("with a unified kernel image"), "mkinitcpio -P"},
				},
			[FAMILY_SUSE] =
				{
					{N_("with GRUB"), "grub2-mkconfig -o /boot/grub2/grub.cfg"},
					{N_("with systemd-boot or grub2-bls"),
					 "sdbootutil update-all-entries"},
					{N_("MicroOS, SLE Micro with GRUB"),
					 "transactional-update grub.cfg"},
				},
			[FAMILY_NIXOS] =
				{
					{N_("never edit what it generates"), "nixos-rebuild boot"},
				},
		},
};

const struct by_hand_topic by_hand_install_kernel = {
	.name = "install-kernel",
	.title = N_("install the distribution's full kernel"),
	.intro = N_("Then reboot into it."),
	.families =
		{
			[FAMILY_DEBIAN] =
				{
					{N_("Debian (amd64)"), "apt install linux-image-amd64"},
					{N_("Ubuntu"), "apt install linux-modules-extra-VERSION"},
				},
			[FAMILY_PROXMOX] =
				{
					{N_("its own kernel has vfio-pci"),
					 "apt install proxmox-default-kernel"},
				},
			[FAMILY_FEDORA] =
				{
					{N_("kernel-core alone lacks it"),
					 "dnf install kernel kernel-modules"},
				},
			[FAMILY_ARCH] =
				{
					{N_("the stock kernel has it"), "pacman -S linux"},
				},
			[FAMILY_SUSE] =
				{
					{N_("in place of kernel-default-base"),
					 "zypper install kernel-default"},
				},
			[FAMILY_NIXOS] =
				{
					{N_("take a custom boot.kernelPackages out of "
					    "configuration.nix, then"),
					 "nixos-rebuild boot"},
				},
		},
};

const struct by_hand_topic by_hand_other_kernel = {
	.name = "other-kernel",
	.title = N_("boot another kernel"),
	.intro = N_("VERSION is that of a kernel that is installed: ls /lib/modules"),
	.families =
		{
			[FAMILY_DEBIAN] =
				{
					{N_("choose it under \"Advanced options\" in GRUB's menu; "
					    "see what is installed"),
					 "dpkg --list 'linux-image-*'"},
				},
			[FAMILY_PROXMOX] =
				{
					{N_("for this and later boots"),
					 "proxmox-boot-tool kernel pin VERSION"},
				},
			[FAMILY_FEDORA] =
				{
					{N_("for this and later boots"),
					 "grubby --set-default /boot/vmlinuz-VERSION"},
					{N_("Atomic desktops, CoreOS, Bazzite: the deployment "
					    "before"),
					 "rpm-ostree rollback"},
				},
			[FAMILY_ARCH] =
				{
					{N_("the long-term kernel, beside the one you have; with "
					    "GRUB run grub-mkconfig behind it"),
					 "pacman -S linux-lts"},
				},
			[FAMILY_SUSE] =
				{
					{N_("choose it under \"Advanced options\" in the boot "
					    "menu; see what is installed"),
					 "rpm -q kernel-default"},
				},
			[FAMILY_NIXOS] =
				{
					{N_("set boot.kernelPackages = pkgs.linuxPackages; (the "
					    "long-term kernel), then"),
					 "nixos-rebuild boot"},
				},
		},
};
