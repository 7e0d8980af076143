#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in a guest: makes all virtual functions that its cards have and leaves the host tree that
# decides about IOMMU groups, taken without vfiokit's own code.

# Copies files of one folder of sysfs or procfs; what is not there stays missing.
take() {
	mkdir -p ".${1%/*}"
	cp "$@" ".${1%/*}/" 2>/dev/null
}

# Whatever drives a physical function may refuse virtual ones; pci-pf-stub never does.
insmod /guest/modules/pci-pf-stub.ko
for total in /sys/bus/pci/devices/*/sriov_totalvfs; do
	[ -e "$total" ] || continue
	device=${total%/*}
	echo pci-pf-stub >"$device/driver_override"
	echo "${device##*/}" >/sys/bus/pci/drivers_probe
	cat "$total" >"$device/sriov_numvfs" || exit 1
done

mkdir -p sys/bus/pci/devices sys/kernel/iommu_groups sys/class/iommu
cp -P /sys/bus/pci/devices/* sys/bus/pci/devices/
for link in /sys/bus/pci/devices/*; do
	device=$(readlink -f "$link")
	set --
	for name in vendor device subsystem_vendor subsystem_device class revision numa_node config \
		resource sriov_totalvfs sriov_numvfs boot_vga enable; do
		[ ! -e "$device/$name" ] || set -- "$@" "$device/$name"
	done
	for name in "$device/driver" "$device/iommu_group" "$device/iommu" "$device/physfn" \
		"$device"/virtfn*; do
		[ ! -L "$name" ] || set -- "$@" "$name"
	done
	mkdir -p ".$device"
	cp -P "$@" ".$device/"
done
for group in /sys/kernel/iommu_groups/*; do
	[ -d "$group" ] || continue
	mkdir -p ".$group/devices"
	cp "$group/type" "$group/reserved_regions" ".$group/"
	cp -P "$group"/devices/* ".$group/devices/"
done
for link in /sys/class/iommu/*; do
	[ -L "$link" ] || continue
	cp -P "$link" sys/class/iommu/
	unit=$(readlink -f "$link")
	mkdir -p ".$unit/devices"
	cp -P "$unit"/devices/* ".$unit/devices/"
	for folder in "$unit/intel-iommu" "$unit/amd-iommu"; do
		[ ! -d "$folder" ] || take "$folder"/*
	done
done
take /sys/firmware/acpi/tables/*
take /proc/cmdline /proc/cpuinfo /proc/version /proc/interrupts /proc/iomem /proc/modules \
	/proc/meminfo
take /proc/sys/kernel/osrelease
dmesg >dmesg.txt
