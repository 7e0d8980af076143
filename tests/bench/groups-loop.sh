#!/bin/bash
# The loop that the guides print, on a host tree: every IOMMU group with its devices.
tree=$1
shopt -s nullglob
for group in $(find "$tree"/sys/kernel/iommu_groups/* -maxdepth 0 -type d | sort -V); do
	echo "IOMMU Group ${group##*/}:"
	for device in "$group"/devices/*; do
		echo -e "\t$(lspci -O sysfs.path="$tree"/sys/bus/pci -nns "${device##*/}")"
	done
done
