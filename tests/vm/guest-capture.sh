#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in a guest: judges 01:00.0 in three states and captures the guest in each, with names and
# without. The guest is given a name, addresses and a disk in use, so that there is something to judge
# and to replace. Leaves STATE/{live,after}.json and STATE/{names,none}.tar.

device=/sys/bus/pci/devices/0000:01:00.0
hostname gpu-lab7
mount -t tmpfs tmpfs /run

# The verdict is compared, not the status; bad usage is a failure.
judge() {
	vfiokit preflight 01:00.0 --format json >"$1"
	status=$?
	[ $status -ne 2 ] && [ -s "$1" ]
}

look() {
	mkdir "$1"
	# What the guest is still busy with changes what there is to see.
	sleep 1
	judge "$1/live.json" || exit 1
	vfiokit capture --quiet --no-redact "/tmp/names.tar" || exit 1
	vfiokit capture --quiet "/tmp/none.tar" || exit 1
	judge "$1/after.json" || exit 1
	mv /tmp/names.tar /tmp/none.tar "$1"
}

set -e
modprobe e1000e
modprobe nvme
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
until [ -b /dev/nvme0n1 ]; do
	sleep 1
done
mkswap /dev/nvme0n1
swapon /dev/nvme0n1
look used

swapoff /dev/nvme0n1
echo 0000:01:00.0 >"$device/driver/unbind"
look unbound

modprobe vfio-pci
modprobe vfio_iommu_type1
echo vfio-pci >"$device/driver_override"
echo 0000:01:00.0 >/sys/bus/pci/drivers_probe
[ "$(basename "$(readlink "$device/driver")")" = vfio-pci ]
look handed-over
