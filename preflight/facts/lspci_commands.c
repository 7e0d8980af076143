/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/lspci_parts.h"

#define WHOLE_LSPCI     "sudo lspci -nnvvv (all of it)"
#define LIST_GROUPS     "find /sys/kernel/iommu_groups -type l"
#define WHOLE_LOG       "sudo journalctl -k -b (all of it)"
#define LOG_OF_THIS_ONE "sudo journalctl -k -b (the log given is another machine's)"

static void add(struct facts *facts, const char *pattern, const char *command)
{
	*ARRAY_ADD(facts->arena, &facts->commands) =
		(struct source_command){.pattern = pattern, .command = command};
}

/* What the two texts could still tell comes first; the rest needs a look at the host. */
static void name_texts(struct paste *paste)
{
	struct facts *facts = paste->facts;
	const char *log = paste->fit == LOG_OF_OTHER_MACHINE ? LOG_OF_THIS_ONE : WHOLE_LOG;

	add(facts, "/sys/kernel/iommu_groups", LIST_GROUPS);
	add(facts, "/sys/bus/pci/devices/*/reset_method",
	    "cat /sys/bus/pci/devices/*/reset_method");
	add(facts, "/sys/bus/pci/devices/*/iommu_group", LIST_GROUPS);
	add(facts, "/sys/bus/pci/devices*", WHOLE_LSPCI);
	add(facts, "dmesg", log);
	if (facts->log.complete == YES)
		return;
	add(facts, "/proc/cmdline", log);
	add(facts, "/proc/interrupts", log);
	add(facts, "/proc/sys/kernel/osrelease", log);
	add(facts, "/sys/firmware/acpi/tables", log);
	add(facts, "/sys/firmware/efi*", log);
}

void paste_name_commands(struct paste *paste)
{
	static const struct source_command rows[] = {
		{"/proc/cmdline", "cat /proc/cmdline"},
		{"/proc/cpuinfo", "lscpu"},
		{"/proc/iomem", "sudo cat /proc/iomem"},
		{"/proc/interrupts", "grep -E 'IR-|DMAR' /proc/interrupts"},
		{"/proc/sys/kernel/osrelease", "uname -r"},
		{"/sys/firmware/acpi/tables", "sudo ls /sys/firmware/acpi/tables"},
		{"/sys/kernel/iommu_groups/*/reserved_regions",
		 "cat /sys/kernel/iommu_groups/*/reserved_regions"},
		{"/sys/class/iommu*", "ls /sys/class/iommu"},
		{"/sys/firmware/efi*", "mokutil --sb-state"},
		{"/lib/modules*", "modinfo vfio-pci"},
		{"/usr/lib/modules*", "modinfo vfio-pci"},
		{"/sys/class/block*", "lsblk; zpool status"},
		{"/sys/block*", "lsblk; zpool status"},
		{"/proc/self/mountinfo", "lsblk; zpool status"},
		{"/proc/swaps", "lsblk; zpool status"},
		{"/run/udev*", "lsblk; zpool status"},
		{"/sys/class/net*", "ip route; ls -l /sys/class/net"},
		{"/proc/net/*", "ip route; ls -l /sys/class/net"},
		{"/sys/class/drm*", "ls -l /sys/class/graphics /sys/class/drm"},
		{"/sys/class/graphics*", "ls -l /sys/class/graphics /sys/class/drm"},
		{"/proc/bus/input*", "cat /proc/bus/input/devices"},
		{"/proc/modules", "lsmod"},
		{"/sys/module/*", "lsmod"},
		{"/proc/PID*", "sudo fuser -v /dev/vfio/* /dev/dri/* /dev/nvidia*"},
		{"/proc", "sudo fuser -v /dev/vfio/* /dev/dri/* /dev/nvidia*"},
	};

	name_texts(paste);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		add(paste->facts, rows[i].pattern, rows[i].command);
	/* Configuration, boot loader, initramfs and all else. */
	add(paste->facts, "*", "vfiokit preflight on the host itself");
}
