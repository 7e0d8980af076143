#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in a guest: makes all virtual functions that its cards have and leaves the host tree that
# decides about IOMMU groups, taken without vfiokit's own code.

# Text files of sysfs and procfs; what is not there stays missing.
take() {
	for file in "$@"; do
		[ -r "$file" ] || continue
		mkdir -p ".${file%/*}"
		cat "$file" >".$file" 2>/dev/null || rm -f ".$file"
	done
}

take_links() {
	for link in "$@"; do
		[ -L "$link" ] || continue
		mkdir -p ".${link%/*}"
		ln -s "$(readlink "$link")" ".$link"
	done
}

# Whatever drives a physical function may refuse virtual ones; pci-pf-stub never does.
insmod /guest/modules/pci-pf-stub.ko
for total in /sys/bus/pci/devices/*/sriov_totalvfs; do
	[ -e "$total" ] || continue
	device=${total%/*}
	echo pci-pf-stub >"$device/driver_override"
	echo "${device##*/}" >/sys/bus/pci/drivers_probe
	cat "$total" >"$device/sriov_numvfs" || exit 1
	# How many the topology asked for stands in its own command line.
done

for link in /sys/bus/pci/devices/*; do
	device=$(readlink -f "$link")
	take_links "$link" "$device/driver" "$device/iommu_group" "$device/iommu" "$device/physfn" \
		"$device"/virtfn*
	for name in vendor device subsystem_vendor subsystem_device class revision numa_node config \
		resource sriov_totalvfs sriov_numvfs boot_vga enable; do
		take "$device/$name"
	done
done
mkdir -p sys/kernel/iommu_groups
for group in /sys/kernel/iommu_groups/*; do
	take "$group/type" "$group/reserved_regions"
	take_links "$group"/devices/*
done
mkdir -p sys/class/iommu
for link in /sys/class/iommu/*; do
	take_links "$link"
	unit=$(readlink -f "$link")
	take "$unit"/intel-iommu/* "$unit"/amd-iommu/*
	take_links "$unit"/devices/*
done
take /sys/firmware/acpi/tables/*
take /proc/cmdline /proc/cpuinfo /proc/version /proc/interrupts /proc/iomem /proc/modules \
	/proc/meminfo /proc/sys/kernel/osrelease
dmesg >dmesg.txt
