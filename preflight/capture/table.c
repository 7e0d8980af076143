/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/table.h"
#include "preflight/facts/facts.h"

/* Of a directory that may hold links to elsewhere: NixOS links all of /etc, distributions parts. */
#define CONFIG(directory, names)                                                                   \
	{                                                                                          \
		directory, names, REDACT_TEXT, CAPTURE_FOLLOW, 0, NULL                             \
	}
#define EXISTS(directory, names)                                                                   \
	{                                                                                          \
		directory, names, REDACT_NOTHING, CAPTURE_EXISTS | CAPTURE_FOLLOW, 0, NULL         \
	}
#define PUBLIC(directory, names)                                                                   \
	{                                                                                          \
		directory, names, REDACT_NOTHING, CAPTURE_FOLLOW, 0, NULL                          \
	}
/* Small files of sysfs. */
#define SYSFS(directory, names)                                                                    \
	{                                                                                          \
		directory, names, REDACT_TEXT, 0, 0, NULL                                          \
	}
#define NUMBERS(directory, names)                                                                  \
	{                                                                                          \
		directory, names, REDACT_NOTHING, 0, 0, NULL                                       \
	}
#define ONLY(directory, names, text)                                                               \
	{                                                                                          \
		directory, names, REDACT_TEXT, CAPTURE_FOLLOW, 0, text                             \
	}
#define LEARN(directory, names)                                                                    \
	{                                                                                          \
		directory, names, REDACT_NOTHING, CAPTURE_LEARN, 4096, NULL                        \
	}

#define BOOT_FLAGS (CAPTURE_FOLLOW | CAPTURE_ANY_CASE)
#define BOOT(directory, names)                                                                     \
	{                                                                                          \
		directory, names, REDACT_TEXT, BOOT_FLAGS, 0, NULL                                 \
	}
#define BOOT_BLOCK(directory, names)                                                               \
	{                                                                                          \
		directory, names, REDACT_GRUB_BLOCK, BOOT_FLAGS, 0, NULL                           \
	}
#define BOOT_PROGRAM(directory, names)                                                             \
	{                                                                                          \
		directory, names, REDACT_IMAGE, BOOT_FLAGS | CAPTURE_PROGRAM, 0, NULL              \
	}
#define BOOT_EXISTS(directory, names)                                                              \
	{                                                                                          \
		directory, names, REDACT_NOTHING, BOOT_FLAGS | CAPTURE_EXISTS, 0, NULL             \
	}

/* What may stand on the partition that firmware or a loader boots from. */
#define BOOT_PARTITION(prefix)                                                                     \
	BOOT(prefix, "limine.conf limine.cfg cmdline.txt config.txt refind_linux.conf "            \
		     "mariner.cfg extlinux.conf syslinux.cfg vfio.conf"),                          \
		BOOT(prefix "/loader", "loader.conf entries.srel"),                                \
		BOOT(prefix "/loader/entries", "*"), BOOT(prefix "/loader.*/entries", "*"),        \
		BOOT_PROGRAM(prefix "/loader/addons", "*"),                                        \
		BOOT_PROGRAM(prefix "/EFI/Linux", "*"),                                            \
		BOOT_PROGRAM(prefix "/EFI/Linux/*.extra.d", "*"),                                  \
		BOOT(prefix "/grub", "grub.cfg custom.cfg user.cfg"),                              \
		BOOT(prefix "/grub2", "grub.cfg custom.cfg user.cfg"),                             \
		BOOT_BLOCK(prefix "/grub", "grubenv"), BOOT_BLOCK(prefix "/grub2", "grubenv"),     \
		BOOT(prefix "/EFI/*", "grub.cfg refind.conf limine.conf"),                         \
		BOOT_BLOCK(prefix "/EFI/*", "grubenv"), BOOT_EXISTS(prefix "/EFI/*", "*"),         \
		BOOT_EXISTS(prefix "/EFI/*/*", "*"),                                               \
		BOOT(prefix "/limine", "limine.conf limine.cfg"),                                  \
		BOOT(prefix "/syslinux", "*.cfg *.conf"), BOOT(prefix "/extlinux", "*.conf"),      \
		BOOT_EXISTS(prefix "/*", "*linux* *initr* *Image* kernel*"),                       \
		BOOT_EXISTS(prefix "/*/*", "*linux* *initr*"),                                     \
		BOOT_EXISTS(prefix "/*/*/*", "*linux* *initr*"), BOOT_EXISTS(prefix, "*")

/* A kernel's modules; the module files themselves only where vfio's are looked for. */
#define KERNEL_MODULES(prefix)                                                                     \
	PUBLIC(prefix "/*", "modules.dep modules.alias modules.builtin modules.softdep "           \
			    "modules.builtin.modinfo modules.order config pkgbase"),               \
		EXISTS(prefix "/*", "vmlinuz initramfs.img"),                                      \
		EXISTS(prefix "/*/kernel/drivers/vfio", "*"),                                      \
		EXISTS(prefix "/*/kernel/drivers/vfio/*", "*"),                                    \
		EXISTS(prefix "/*/updates", "*vfio*")

const struct capture_row capture_rows[] = {
	/* of trees; of the running machine they are made */
	{"", "dmesg.txt", REDACT_TEXT, 0, 64 * 1024 * 1024, NULL},
	{"", "blkid.json", REDACT_TEXT, 0, 0, NULL},
	EXISTS("", ".dockerenv"),

	/* -- the kernel ---------------------------------------------------------------------- */
	SYSFS("proc", "cmdline meminfo swaps version interrupts"),
	{"proc", "cpuinfo", REDACT_TEXT, CAPTURE_HEAD, 64 * 1024, NULL},
	{"proc", "mounts", REDACT_MOUNTS, 0, 0, NULL},
	{"proc", "modules", REDACT_MODULES, 0, 0, NULL},
	NUMBERS("proc", "iomem config.gz"),
	{"proc", "device-tree", REDACT_NOTHING, CAPTURE_EXISTS, 0, NULL},
	NUMBERS("proc/sys/kernel", "osrelease"),
	{"proc/sys/kernel", "hostname", REDACT_HOST_NAME, 0, 0, NULL},
	{"proc/self", "mountinfo", REDACT_MOUNTS, 0, 0, NULL},
	{"proc/net", "route", REDACT_ROUTES, 0, 0, NULL},
	{"proc/net", "ipv6_route", REDACT_ROUTES6, 0, 0, NULL},
	SYSFS("proc/bus/input", "devices"),
	NUMBERS("proc/xen", "capabilities"),
	{"proc/spl/kstat/zfs", "*", REDACT_NOTHING, CAPTURE_EXISTS, 0, NULL},
	SYSFS("proc/driver/nvidia/gpus/*", "information"),

	/* -- PCI functions ---------------------------------------------------------------------- */
	{"sys/bus/pci/devices/*", "config", REDACT_CONFIG_SPACE, 0, 4096, NULL},
	NUMBERS("sys/bus/pci/devices/*",
		"vendor device subsystem_vendor subsystem_device class revision resource modalias "
		"driver_override power_state numa_node reset_method boot_vga sriov_totalvfs "
		"sriov_numvfs current_link_speed current_link_width max_link_speed max_link_width "
		"uevent driver iommu_group iommu physfn"),
	/* reset can only be written, and rom only be read after it was written */
	{"sys/bus/pci/devices/*", "reset rom vfio-dev net virtfn*", REDACT_NOTHING, CAPTURE_EXISTS,
	 0, NULL},
	{"sys/bus/pci/devices/*/vfio-dev", "*", REDACT_NOTHING, CAPTURE_EXISTS, 0, NULL},
	{"sys/bus/pci/devices/*/net", "*", REDACT_NOTHING, CAPTURE_EXISTS, 0, NULL},
	{"sys/bus/pci/drivers", "*", REDACT_NOTHING, CAPTURE_EXISTS, 0, NULL},
	NUMBERS("sys/bus/pci/slots/*", "address"),
	NUMBERS("sys/kernel/iommu_groups/*", "type name reserved_regions"),
	NUMBERS("sys/kernel/iommu_groups/*/devices", "*"),
	NUMBERS("sys/class/iommu", "*"),
	NUMBERS("sys/class/iommu/*/intel-iommu", "cap ecap version address"),
	NUMBERS("sys/class/iommu/*/amd-iommu", "features cap"),

	/* -- firmware ---------------------------------------------------------------------------- */
	NUMBERS("sys/firmware/acpi/tables", "DMAR RMAD IVRS IORT VIOT"),
	{"sys/firmware/acpi/tables", "*", REDACT_NOTHING, CAPTURE_EXISTS, 0, NULL},
	{"sys/firmware", "*", REDACT_NOTHING, CAPTURE_EXISTS, 0, NULL},
	NUMBERS("sys/firmware/devicetree/base", "compatible model"),
	{"sys/firmware/devicetree/base", "hypervisor", REDACT_NOTHING, CAPTURE_EXISTS, 0, NULL},
	NUMBERS("sys/firmware/efi", "fw_platform_size"),
	{"sys/firmware/efi/efivars",
	 "SecureBoot-* SetupMode-* MokSBStateRT-* Loader* Stub* BootCurrent-* BootOrder-* "
	 "BootNext-* Boot[0-9A-F][0-9A-F][0-9A-F][0-9A-F]-*",
	 REDACT_EFI_VARIABLE, 0, 65536, NULL},
	NUMBERS("sys/class/dmi/id", "sys_vendor product_name product_version product_family "
				    "board_vendor board_name bios_vendor bios_version bios_date "
				    "bios_release ec_firmware_release chassis_type"),
	LEARN("sys/class/dmi/id", "product_serial board_serial chassis_serial chassis_asset_tag"),
	NUMBERS("sys/hypervisor", "type"),
	NUMBERS("sys/hypervisor/start_flags", "initdomain"),
	NUMBERS("sys/kernel/security", "lockdown lsm"),

	/* -- modules ------------------------------------------------------------------------------ */
	NUMBERS("sys/module/*", "initstate"),
	SYSFS("sys/module/vfio*/parameters", "*"),
	SYSFS("sys/module/iommufd/parameters", "*"),
	SYSFS("sys/module/kvm*/parameters", "*"),
	KERNEL_MODULES("usr/lib/modules"),
	KERNEL_MODULES("lib/modules"),
	KERNEL_MODULES("run/booted-system/kernel-modules/lib/modules"),
	CONFIG("etc/modprobe.d", "*"),
	CONFIG("run/modprobe.d", "*"),
	CONFIG("usr/local/lib/modprobe.d", "*"),
	CONFIG("usr/lib/modprobe.d", "*"),
	CONFIG("lib/modprobe.d", "*"),
	CONFIG("etc/modules-load.d", "*"),
	CONFIG("run/modules-load.d", "*"),
	CONFIG("usr/local/lib/modules-load.d", "*"),
	CONFIG("usr/lib/modules-load.d", "*"),
	CONFIG("etc", "modules vfio.conf modprobe.conf modules.conf modprobe.d.conf"),
	CONFIG("etc/default", "vfio.conf"),
	CONFIG("etc/udev/rules.d", "*"),
	ONLY("run/udev/rules.d", "*.rules", "driver_override"),
	ONLY("usr/lib/udev/rules.d", "*.rules", "driver_override"),
	ONLY("lib/udev/rules.d", "*.rules", "driver_override"),
	CONFIG("etc/driverctl.d", "*"),

	/* -- what uses devices ----------------------------------------------------------------------- */
	SYSFS("sys/class/block/*", "dev size hidden removable"),
	SYSFS("sys/class/block/*/dm", "name uuid"),
	SYSFS("sys/class/block/*/holders", "*"),
	SYSFS("sys/class/block/*/slaves", "*"),
	SYSFS("sys/class/block/*/loop", "backing_file"),
	LEARN("sys/class/block/*", "wwid serial"),
	LEARN("sys/class/block/*/device", "wwid serial"),
	SYSFS("sys/dev/block", "*"),
	SYSFS("sys/class/nvme", "*"),
	SYSFS("sys/class/nvme/*", "device"),
	LEARN("sys/class/nvme/*", "serial"),
	SYSFS("sys/class/nvme-subsystem/*", "nvme*"),
	SYSFS("sys/devices/virtual/nvme-subsystem/*", "nvme*"),
	{"sys/fs/btrfs/*/devices", "*", REDACT_NOTHING, 0, 4096, NULL},
	{"sys/fs/ext4", "*", REDACT_NOTHING, CAPTURE_EXISTS, 0, NULL},
	{"sys/fs/xfs", "*", REDACT_NOTHING, CAPTURE_EXISTS, 0, NULL},
	{"sys/fs/f2fs", "*", REDACT_NOTHING, CAPTURE_EXISTS, 0, NULL},
	SYSFS("sys/kernel/config/target/core/*/*", "udev_path"),
	SYSFS("sys/kernel/config/nvmet/subsystems/*/namespaces/*", "device_path"),
	{"run/udev/data", "b[0-9]*:*", REDACT_UDEV, 0, 0, NULL},
	{"dev/disk/by-uuid", "*", REDACT_TEXT, CAPTURE_LINKS, 0, NULL},
	{"dev/disk/by-partuuid", "*", REDACT_TEXT, CAPTURE_LINKS, 0, NULL},
	{"dev/disk/by-label", "*", REDACT_TEXT, CAPTURE_LINKS, 0, NULL},
	{"dev/disk/by-id", "*", REDACT_TEXT, CAPTURE_LINKS, 0, NULL},
	{"dev/mapper", "*", REDACT_TEXT, CAPTURE_LINKS, 0, NULL},
	{"dev/md", "*", REDACT_TEXT, CAPTURE_LINKS, 0, NULL},
	{"etc", "fstab", REDACT_MOUNTS, CAPTURE_FOLLOW, 0, NULL},
	SYSFS("sys/class/net/*", "operstate flags uevent master upper_* lower_* device"),
	{"sys/class/net/*", "bridge bonding", REDACT_NOTHING, CAPTURE_EXISTS, 0, NULL},
	LEARN("sys/class/net/*", "address"),
	SYSFS("sys/class/iscsi_connection/*", "address"),
	SYSFS("sys/class/infiniband", "*"),
	SYSFS("sys/class/graphics/*", "name device"),
	SYSFS("sys/class/drm/*", "status boot_display device"),
	SYSFS("sys/class/vtconsole/*", "name bind"),
	SYSFS("sys/class/sound/*", "device"),
	SYSFS("sys/class/accel/*", "device"),
	SYSFS("sys/class/infiniband_verbs/*", "device"),
	SYSFS("sys/class/scsi_generic/*", "device"),
	SYSFS("sys/class/uio/*", "device"),
	SYSFS("sys/class/video4linux/*", "device"),
	SYSFS("sys/class/bluetooth/*", "device"),
	{"dev/vfio", "vfio", REDACT_NOTHING, CAPTURE_EXISTS, 0, NULL},

	/* -- which system it is ------------------------------------------------------------------------ */
	CONFIG("etc", "os-release"),
	CONFIG("usr/lib", "os-release"),
	{"etc", "hostname", REDACT_HOST_NAME, CAPTURE_FOLLOW, 0, NULL},
	EXISTS("etc", "pve NIXOS unraid-version lilo.conf"),
	EXISTS("usr/bin", "pveversion dracut mkinitcpio booster rpm-ostree bootctl"),
	EXISTS("usr/sbin", "mkinitramfs update-initramfs dracut update-grub proxmox-boot-tool "
			   "grubby kernelstub"),
	/* whether it sources drop-ins is told by its text */
	PUBLIC("usr/sbin", "grub-mkconfig grub2-mkconfig"),
	PUBLIC("usr/bin", "grub-mkconfig grub2-mkconfig"),
	{"usr/bin", "sh", REDACT_NOTHING, CAPTURE_LINKS, 0, NULL},
	{"bin", "sh", REDACT_NOTHING, CAPTURE_LINKS, 0, NULL},
	CONFIG("etc", "debian_version"),
	{"etc/pve/mapping", "pci.cfg", REDACT_TEXT, CAPTURE_PVE_MAPPING, 1024 * 1024, NULL},
	{"etc/pve/qemu-server", "[0-9]*.conf", REDACT_TEXT, CAPTURE_PVE_MACHINE, 1024 * 1024, NULL},
	{"etc/yunion", "host.conf", REDACT_TEXT, CAPTURE_CLOUDPODS, 1024 * 1024, NULL},
	EXISTS("etc/cloudstack/agent", "agent.properties"),
	EXISTS("etc/nova", "nova.conf"),
	{"var/lib/vfiokit/transactions/[1-9]*", "log", REDACT_NOTHING, CAPTURE_TRANSACTION,
	 TRANSACTION_LOG_LIMIT, NULL},
	EXISTS("run", "ostree-booted .containerenv"),
	EXISTS("run/systemd", "container"),
	EXISTS("run/host", "container-manager"),

	/* -- the boot loader ------------------------------------------------------------------------------ */
	CONFIG("etc/default", "grub limine u-boot"),
	CONFIG("etc/default/grub.d", "*"),
	ONLY("etc/grub.d", "*custom* *vfio*", "linux"),
	EXISTS("etc/grub.d", "*"),
	CONFIG("etc/sysconfig", "grub bootloader kernel"),
	CONFIG("etc/kernel", "cmdline proxmox-boot-uuids install.conf uki.conf entry-token"),
	EXISTS("etc/kernel/*.d", "*"),
	CONFIG("etc/kernelstub", "configuration"),
	CONFIG("etc/cmdline.d", "*"),
	CONFIG("etc/limine-entry-tool.d", "*"),
	CONFIG("etc", "extlinux.conf grub.conf grub2.cfg grub2-efi.cfg"),
	CONFIG("etc/bootc/kargs.d", "*"),
	CONFIG("usr/lib/bootc/kargs.d", "*"),
	CONFIG("usr/lib/kernel", "cmdline install.conf"),
	CONFIG("run/booted-system", "kernel-params"),
	CONFIG("run/current-system", "kernel-params"),
	CONFIG("nix/var/nix/profiles/system", "kernel-params"),
	CONFIG("boot/config", "vfio-pci.cfg go"),
	PUBLIC("boot", "config-*"),
	BOOT_PARTITION("boot/efi"),
	BOOT_PARTITION("boot/firmware"),
	BOOT_PARTITION("boot"),
	BOOT_PARTITION("efi"),

	/* -- the initramfs ----------------------------------------------------------------------------------- */
	CONFIG("etc/initramfs-tools", "modules initramfs.conf update-initramfs.conf"),
	CONFIG("etc/initramfs-tools/conf.d", "*"),
	CONFIG("etc/initramfs-tools/hooks", "*"),
	CONFIG("etc/initramfs-tools/scripts/*", "*"),
	CONFIG("usr/share/initramfs-tools/modules.d", "*"),
	CONFIG("usr/share/initramfs-tools/conf.d", "*"),
	CONFIG("usr/share/initramfs-tools/scripts/init-top", "*"),
	CONFIG("usr/share/initramfs-tools/scripts/init-premount", "*"),
	CONFIG("etc", "dracut.conf mkinitcpio*.conf booster.yaml"),
	CONFIG("etc/dracut.conf.d", "*"),
	CONFIG("usr/lib/dracut/dracut.conf.d", "*"),
	CONFIG("etc/mkinitcpio.conf.d", "*"),
	CONFIG("etc/mkinitcpio.d", "*"),
	EXISTS("usr/lib/kernel/install.d", "*"),
	EXISTS("usr/share/libalpm/hooks", "*mkinitcpio* *booster* *dracut*"),
};

const size_t capture_row_count = ARRAY_SIZE(capture_rows);
