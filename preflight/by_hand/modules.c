/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Topics about modules, the initramfs and services. */
#include "preflight/by_hand/topics.h"

#define BOOSTER_REBUILD "/usr/lib/booster/regenerate_images"
#define INSTALL_LINE                                                                               \
	N_("one line in /etc/modprobe.d/vfio.conf, with an echo for each function: \"install "     \
	   "vfio-pci echo vfio-pci > /sys/bus/pci/devices/ADDRESS/driver_override; modprobe -i "   \
	   "vfio-pci\"")
#define FORCE_DRIVERS                                                                              \
	N_("write force_drivers+=\" vfio_pci vfio vfio_iommu_type1 \" (with the blanks inside "    \
	   "the quotes) into /etc/dracut.conf.d/vfio.conf, then")

const struct by_hand_topic by_hand_modprobe = {
	.name = "modprobe",
	.title = N_("write or correct lines for modprobe"),
	.intro = N_("The lines stand in a file of /etc/modprobe.d whose name ends in .conf, for "
		    "example vfio.conf: \"options vfio-pci ids=VENDOR:DEVICE,VENDOR:DEVICE\" "
		    "(commas, no blanks) and, for each host driver that claims one of the "
		    "functions, \"softdep DRIVER pre: vfio-pci\". The initramfs holds a copy, so "
		    "it has to be built anew."),
	.families =
		{
			[FAMILY_DEBIAN] =
				{
					{N_("every kernel's image (without -k all only the newest "
					    "one's)"),
					 "update-initramfs -u -k all"},
					{N_("where vfio-pci is built into the kernel (grep vfio "
					    "/lib/modules/VERSION/modules.builtin), give the ids "
					    "as kernel parameter vfio-pci.ids= instead, then"),
					 "update-grub"},
				},
			[FAMILY_PROXMOX] =
				{
					{N_("every kernel's image; its hook copies them to the EFI "
					    "system partitions"),
					 "update-initramfs -u -k all"},
				},
			[FAMILY_FEDORA] =
				{
					{N_("every kernel's image; the rescue image never holds "
					    "/etc/modprobe.d"),
					 "dracut --force --regenerate-all"},
					{OSTREE, "rpm-ostree initramfs-etc "
						 "--track=/etc/modprobe.d/vfio.conf"},
				},
			[FAMILY_ARCH] =
				{
					{N_("HOOKS in /etc/mkinitcpio.conf must hold modconf; "
					    "then"),
					 "mkinitcpio -P"},
					{N_("with booster, give the ids as kernel parameter "
					    "vfio-pci.ids= instead, then"),
					 BOOSTER_REBUILD},
				},
			[FAMILY_SUSE] =
				{
					{N_("every kernel's image"),
					 "dracut --force --regenerate-all"},
					{MICROOS, "transactional-update initrd"},
				},
			[FAMILY_NIXOS] =
				{
					{N_("put the softdep lines into boot.extraModprobeConfig, "
					    "and the ids as \"vfio-pci.ids=VENDOR:DEVICE\" into "
					    "boot.kernelParams, then"),
					 "nixos-rebuild boot"},
				},
		},
};

const struct by_hand_topic by_hand_load_early = {
	.name = "load-early",
	.title = N_("have vfio-pci in the initramfs, before the host's drivers"),
	.intro = N_("The names are vfio_pci, vfio and vfio_iommu_type1; vfio_virqfd exists up to "
		    "Linux 6.1 only."),
	.families =
		{
			[FAMILY_DEBIAN] =
				{
					{N_("name vfio_pci in /etc/initramfs-tools/modules. That "
					    "list is loaded after udev, so a \"softdep DRIVER pre: "
					    "vfio-pci\" in /etc/modprobe.d must order the two; "
					    "then"),
					 "update-initramfs -u -k all"},
				},
			[FAMILY_PROXMOX] =
				{
					{N_("name vfio_pci in /etc/initramfs-tools/modules. That "
					    "list is loaded after udev, so a \"softdep DRIVER pre: "
					    "vfio-pci\" in /etc/modprobe.d must order the two; "
					    "then"),
					 "update-initramfs -u -k all"},
				},
			[FAMILY_FEDORA] =
				{
					{FORCE_DRIVERS, "dracut --force --regenerate-all"},
					{N_("Atomic desktops, CoreOS, Bazzite: with the same file, "
					    "have the image built on this host"),
					 "rpm-ostree initramfs --enable"},
				},
			[FAMILY_ARCH] =
				{
					{N_("put vfio_pci vfio vfio_iommu_type1 first into "
					    "MODULES=() of /etc/mkinitcpio.conf, before any "
					    "graphics driver, then"),
					 "mkinitcpio -P"},
					{N_("with booster: modules_force_load: "
					    "vfio_pci,vfio,vfio_iommu_type1 in /etc/booster.yaml, "
					    "then"),
					 BOOSTER_REBUILD},
				},
			[FAMILY_SUSE] =
				{
					{FORCE_DRIVERS, "dracut --force --regenerate-all"},
					{MICROOS, "transactional-update initrd"},
				},
			[FAMILY_NIXOS] =
				{
					{N_("boot.initrd.kernelModules = [ \"vfio_pci\" \"vfio\" "
					    "\"vfio_iommu_type1\" ]; the order in that list counts "
					    "for nothing since 2025, so add \"softdep DRIVER pre: "
					    "vfio-pci\" to boot.extraModprobeConfig; then"),
					 "nixos-rebuild boot"},
				},
		},
};

const struct by_hand_topic by_hand_rebuild_initramfs = {
	.name = "rebuild-initramfs",
	.title = N_("build the initramfs anew"),
	.families =
		{
			[FAMILY_DEBIAN] =
				{
					{N_("every kernel's image (without -k all only the newest "
					    "one's)"),
					 "update-initramfs -u -k all"},
					{N_("where dracut is installed in place of "
					    "initramfs-tools"),
					 "dracut --force --regenerate-all"},
				},
			[FAMILY_PROXMOX] =
				{
					{N_("every kernel's image; its hook copies them to the EFI "
					    "system partitions"),
					 "update-initramfs -u -k all"},
				},
			[FAMILY_FEDORA] =
				{
					{N_("every kernel's image"),
					 "dracut --force --regenerate-all"},
					{N_("Atomic desktops, CoreOS, Bazzite: with the latest "
					    "files of /etc"),
					 "rpm-ostree initramfs-etc --force-sync"},
				},
			[FAMILY_ARCH] =
				{
					{N_("every preset"), "mkinitcpio -P"},
					{N_("with booster"), BOOSTER_REBUILD},
				},
			[FAMILY_SUSE] =
				{
					{N_("every kernel's image"),
					 "dracut --force --regenerate-all"},
					{MICROOS, "transactional-update initrd"},
				},
			[FAMILY_NIXOS] =
				{
					{N_("it is built with the configuration"),
					 "nixos-rebuild boot"},
				},
		},
};

const struct by_hand_topic by_hand_by_address = {
	.name = "bind-by-address",
	.title = N_("bind by address instead of by id"),
	.intro = N_("Take the id out of ids= first. driverctl acts once the root file system is "
		    "mounted: a driver that got the device in the initramfs must let go of it."),
	.families =
		{
			[FAMILY_DEBIAN] =
				{
					{N_("driverctl keeps it over boots"),
					 "apt install driverctl"},
					{N_("for each function"),
					 "driverctl set-override ADDRESS vfio-pci"},
				},
			[FAMILY_PROXMOX] =
				{
					{N_("driverctl keeps it over boots"),
					 "apt install driverctl"},
					{N_("for each function"),
					 "driverctl set-override ADDRESS vfio-pci"},
				},
			[FAMILY_FEDORA] =
				{
					{N_("driverctl keeps it over boots"),
					 "dnf install driverctl"},
					{N_("for each function"),
					 "driverctl set-override ADDRESS vfio-pci"},
				},
			[FAMILY_ARCH] =
				{
					{INSTALL_LINE, NULL},
					{N_("and put vfio_pci first into MODULES=() of "
					    "/etc/mkinitcpio.conf, then"),
					 "mkinitcpio -P"},
				},
			[FAMILY_SUSE] =
				{
					{INSTALL_LINE, NULL},
					{FORCE_DRIVERS, "dracut --force --regenerate-all"},
					{MICROOS, "transactional-update initrd"},
				},
			[FAMILY_NIXOS] =
				{
					{N_("boot.initrd.availableKernelModules = [ \"vfio_pci\" "
					    "\"vfio_iommu_type1\" ]; and in "
					    "boot.initrd.preDeviceCommands (not with "
					    "boot.initrd.systemd), for each function, \"echo "
					    "vfio-pci > "
					    "/sys/bus/pci/devices/ADDRESS/driver_override\", "
					    "behind them \"modprobe -i vfio-pci\"; then"),
					 "nixos-rebuild boot"},
				},
		},
};

const struct by_hand_topic by_hand_enroll_key = {
	.name = "enroll-key",
	.title = N_("enroll the key that signed the module"),
	.intro = N_("KEY is the signer's certificate. The next boot stops in MokManager and asks "
		    "for the password that is given here. Where shim does not start the host, the "
		    "key has to be enrolled in firmware setup, or Secure Boot switched off there."),
	.families =
		{
			[FAMILY_DEBIAN] =
				{
					{N_("Debian's dkms"),
					 "mokutil --import /var/lib/dkms/mok.pub"},
					{N_("Ubuntu's dkms"),
					 "mokutil --import /var/lib/shim-signed/mok/MOK.der"},
				},
			[FAMILY_PROXMOX] =
				{
					{N_("its dkms"), "mokutil --import /var/lib/dkms/mok.pub"},
				},
			[FAMILY_FEDORA] =
				{
					{N_("akmods"),
					 "mokutil --import /etc/pki/akmods/certs/public_key.der"},
					{N_("dkms"), "mokutil --import /var/lib/dkms/mok.pub"},
				},
			[FAMILY_ARCH] =
				{
					{N_("only where shim is installed"),
					 "mokutil --import KEY"},
				},
			[FAMILY_SUSE] =
				{
					{N_("the certificate comes with the module's package"),
					 "mokutil --import KEY"},
				},
			[FAMILY_NIXOS] =
				{
					{N_("NixOS starts without shim: there is no such list of "
					    "keys. Use modules of the kernel's own package, or "
					    "switch Secure Boot off in firmware setup"),
					 NULL},
				},
		},
};

const struct by_hand_topic by_hand_memlock = {
	.name = "memory-lock-limit",
	.title = N_("raise the memory lock limit of what starts VMs"),
	.intro = N_("The limit that counts is the service's, not the shell's: "
		    "LimitMEMLOCK=infinity below [Service]. It acts when the service is started "
		    "anew."),
	.families =
		{
			[FAMILY_DEBIAN] =
				{
					{N_("libvirt"), "systemctl edit libvirtd.service"},
					{N_("then"), "systemctl restart libvirtd.service"},
				},
			[FAMILY_PROXMOX] =
				{
					{N_("each VM runs in a scope of its own below qemu.slice, "
					    "as root, and needs no raised limit; for a service "
					    "that starts VMs itself, UNIT being its unit"),
					 "systemctl edit UNIT"},
				},
			[FAMILY_FEDORA] =
				{
					{N_("libvirt's QEMU daemon (RHEL 8: libvirtd.service)"),
					 "systemctl edit virtqemud.service"},
					{N_("then"), "systemctl restart virtqemud.service"},
				},
			[FAMILY_ARCH] =
				{
					{N_("libvirt"), "systemctl edit libvirtd.service"},
					{N_("then"), "systemctl restart libvirtd.service"},
				},
			[FAMILY_SUSE] =
				{
					{N_("libvirt's QEMU daemon (Leap 15: libvirtd.service)"),
					 "systemctl edit virtqemud.service"},
					{N_("then"), "systemctl restart virtqemud.service"},
				},
			[FAMILY_NIXOS] =
				{
					{N_("systemd.services.libvirtd.serviceConfig.LimitMEMLOCK "
					    "= \"infinity\"; then"),
					 "nixos-rebuild switch"},
				},
		},
};
