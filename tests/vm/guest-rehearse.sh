#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in a guest with an NVMe controller (01:00.0) and a network card (02:00.0) in groups of their own,
# and both once more (03:00.0, 03:00.1) as functions of one card in one group. Rehearses them in states
# whose answer is known. Leaves CASE.{json,words,status}; tests/vm/rehearse.sh judges.
#
# intremap=off on the kernel's command line: only what needs interrupt remapping.

# Runs "vfiokit …" as case $1.
case_of() {
	name=$1
	shift
	status=0
	"$@" >"$name.json" 2>"$name.words" || status=$?
	echo $status >"$name.status"
}

driver_of() {
	basename "$(readlink "/sys/bus/pci/devices/$1/driver")" 2>/dev/null
}

# Gives function $1 to driver $2; "" lets the kernel choose.
hand() {
	device=/sys/bus/pci/devices/$1
	[ ! -e "$device/driver" ] || echo "$1" >"$device/driver/unbind"
	echo "$2" >"$device/driver_override"
	echo "$1" >/sys/bus/pci/drivers_probe
	[ "$(driver_of "$1")" = "${2:-$3}" ]
}

group_of() {
	basename "$(readlink "/sys/bus/pci/devices/$1/iommu_group")"
}

# Whether process $1 has the node $2 open.
has_open() {
	for link in "/proc/$1/fd"/*; do
		[ "$(readlink "$link")" != "$2" ] || return 0
	done
	return 1
}

# Kills $2… with nothing that it could do about it, as soon as it has the group $1 open.
kill_in_the_middle() {
	node=/dev/vfio/$1
	shift
	"$@" >/dev/null 2>&1 &
	until has_open $! "$node"; do
		kill -0 $! || return 1
	done
	kill -KILL $!
	status=0
	wait $! 2>/dev/null || status=$?
	[ $status -eq 137 ]
}

set -ex
mount -t tmpfs tmpfs /run
echo 0 >/proc/sys/kernel/dmesg_restrict
modprobe nvme
modprobe e1000e
case_of host-driver vfiokit rehearse --format json 01:00.0
modprobe vfio-pci
modprobe vfio_iommu_type1
hand 0000:01:00.0 vfio-pci

if grep -q intremap=off /proc/cmdline; then
	case_of no-remapping vfiokit rehearse --format json 01:00.0
	case_of no-remapping-text vfiokit rehearse 01:00.0
	case_of no-remapping-preflight vfiokit preflight --rehearse --format json 01:00.0
	echo 1 >/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts
	case_of unsafe vfiokit rehearse --format json 01:00.0
	exit 0
fi

group=$(group_of 0000:01:00.0)
cat /sys/bus/pci/devices/0000:01:00.0/config >before.config
resets=$(dmesg | grep -c '01:00.0.*reset' || true)
case_of good vfiokit rehearse --format json --memory 64M 01:00.0
[ "$(dmesg | grep -c '01:00.0.*reset' || true)" = "$resets" ]
cat /sys/bus/pci/devices/0000:01:00.0/config >after.config
case_of good-text vfiokit rehearse 01:00.0
case_of good-open vfiokit rehearse --format json --open 01:00.0
case_of good-open-text vfiokit rehearse --open 01:00.0
case_of preflight vfiokit preflight --rehearse --format json 01:00.0
hand 0000:02:00.0 vfio-pci
case_of network-open vfiokit rehearse --format json --open 02:00.0
case_of both vfiokit rehearse --format json --open 01:00.0 02:00.0
case_of too-much vfiokit rehearse --format json --memory 16G 01:00.0

kill_in_the_middle "$group" vfiokit rehearse --memory 64M 01:00.0
case_of after-kill vfiokit rehearse --format json --open 01:00.0

# A group that somebody has: seen, and unseen (from another PID namespace).
exec 7<>"/dev/vfio/$group"
sleep 1000 &
holder=$!
exec 7>&-
case_of busy vfiokit rehearse --format json 01:00.0
case_of busy-unseen unshare -p -f -m sh -c \
	'mount -t proc proc /proc && exec vfiokit rehearse --format json 01:00.0'
kill $holder
wait $holder 2>/dev/null || true

# A user as VMs have one: with the node and without it, and with little memory to lock.
case_of user-without-node su vm -c 'vfiokit rehearse --format json 01:00.0'
chown vm "/dev/vfio/$group"
chmod 666 /dev/vfio/vfio
case_of user su vm -c 'ulimit -l 65536; vfiokit rehearse --format json 01:00.0'
case_of memlock su vm -c 'ulimit -l 1024; vfiokit rehearse --format json 01:00.0'
case_of memlock-asked su vm -c 'ulimit -l 8192; vfiokit rehearse --format json --memory 32M 01:00.0'

# An unbind that hangs, because the device is open.
hold-device "$(group_of 0000:02:00.0)" 0000:02:00.0 >held &
holder=$!
until grep -q open held; do
	sleep 1
done
sh -c 'echo 0000:02:00.0 >/sys/bus/pci/devices/0000:02:00.0/driver/unbind' &
unbinding=$!
until [ ! -L /sys/bus/pci/devices/0000:02:00.0/driver ]; do
	sleep 1
done
case_of hanging timeout -s KILL 120 vfiokit preflight --format json 02:00.0
case_of hanging-text timeout -s KILL 120 vfiokit preflight 02:00.0
case_of hanging-beside timeout -s KILL 120 vfiokit preflight --format json 01:00.0
case_of hanging-capture timeout -s KILL 120 vfiokit capture hanging.tar
case_of hanging-detach timeout -s KILL 120 vfiokit detach 02:00.0
kill -0 $unbinding
kill $holder
wait $unbinding
hand 0000:02:00.0 vfio-pci

# Somebody has it whom vfiokit cannot see: it does not wait for ever, and neither does who reads what it prints.
hold-device "$(group_of 0000:02:00.0)" 0000:02:00.0 >held &
holder=$!
until grep -q open held; do
	sleep 1
done
mkfifo words
unshare -p -f -m sh -c \
	'exec >words 2>&1; mount -t proc proc /proc && vfiokit attach 02:00.0; echo "ended with $?"' &
attaching=$!
# Who ends it while it waits ends it behind its words.
(case_of interrupted sh -c 'sleep 5; killall -TERM vfiokit && killall -INT vfiokit && echo sent') &
case_of held timeout -s KILL 200 cat words
case_of held-after timeout -s KILL 120 vfiokit preflight --format json 02:00.0
kill $holder
until [ ! -e /sys/bus/pci/devices/0000:02:00.0/vfio-dev ]; do
	sleep 1
done
wait $attaching
case_of let-go vfiokit attach 02:00.0
[ "$(driver_of 0000:02:00.0)" = e1000e ]
hand 0000:02:00.0 vfio-pci
case_of hung vfiokit preflight --format json 02:00.0
case_of hanging-snapshot env TMPDIR=/run vfiokit preflight --format json --snapshot hanging.tar 02:00.0
rm hanging.tar

# Half of a card.
hand 0000:03:00.0 vfio-pci
hand 0000:03:00.1 '' e1000e
case_of not-viable vfiokit rehearse --format json --open 03:00.0
hand 0000:03:00.1 vfio-pci
case_of one-of-two vfiokit rehearse --format json --open 03:00.1
case_of two-of-two vfiokit rehearse --format json --open 03:00

# Back with the host everything works.
hand 0000:01:00.0 '' nvme
hand 0000:02:00.0 '' e1000e
until [ -b /dev/nvme0n1 ] || [ -b /dev/nvme1n1 ]; do
	sleep 1
done
dmesg >dmesg.txt
