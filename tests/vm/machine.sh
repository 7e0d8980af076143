#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One run of a whole installed Debian in QEMU, without KVM: from firmware to power-off.
#
#   tests/vm/machine.sh FOLDER OUT SCRIPT QEMU-ARGUMENT…
#
# FOLDER is a machine of image.sh (a copy: the run changes it): disk, vars.fd where it has UEFI firmware, and
# tree/, which is put at the guest's root. SCRIPT runs in the guest as root, in /run/out; what it leaves there
# is in OUT afterwards, which must not exist. OUT.log is the console. The arguments must hold the machine and
# a device with drive=root.
#
# Exits 0 where the guest has ended by itself, 3 where the script had the power cut (it writes to port 0xf4,
# and QEMU is gone before its next instruction; OUT.left is the disk for what it leaves), 1 otherwise.
#
#   VFIOKIT_VM_MEMORY    the guest's memory (default: 1G)
#   VFIOKIT_VM_TIMEOUT   seconds until it is given up (default: 1800)
#   VFIOKIT_VM_KERNEL    a folder with vmlinuz and initrd, which QEMU starts instead of the disk's loader
#   VFIOKIT_VM_CMDLINE   their command line
set -eu
cache=${VFIOKIT_VM_CACHE:-$HOME/.cache/vfiokit-vm}
folder=$1 out=$2 script=$3
shift 3
library=$cache/qemu/usr/lib/x86_64-linux-gnu

trap 'rm -rf "$out.job" "$out.job.tar" "$out.disk"' EXIT
running=
trap '[ -z "$running" ] || { kill "$running"; wait "$running"; } 2>/dev/null; exit 143' TERM INT

mkdir "$out.job"
cp "$script" "$out.job/run"
[ ! -d "$folder/tree" ] || cp -a "$folder/tree" "$out.job/"
tar -C "$out.job" --owner=0 --group=0 -cf "$out.job.tar" .
truncate -s 256M "$out.disk"

if [ -e "$folder/vars.fd" ]; then
	set -- "$@" -drive "if=pflash,unit=0,format=raw,readonly=on,file=$cache/ovmf/CODE.fd" \
		-drive "if=pflash,unit=1,format=raw,file=$folder/vars.fd"
fi
if [ -n "${VFIOKIT_VM_KERNEL:-}" ]; then
	set -- "$@" -kernel "$VFIOKIT_VM_KERNEL/vmlinuz" -initrd "$VFIOKIT_VM_KERNEL/initrd" \
		-append "$VFIOKIT_VM_CMDLINE"
fi

# QEMU runs with the C library that it came with.
status=0
QEMU_MODULE_DIR=$library/qemu timeout --foreground -k 5 "${VFIOKIT_VM_TIMEOUT:-1800}" \
	"$library/ld-linux-x86-64.so.2" --library-path "$library" \
	"$cache/qemu/usr/bin/qemu-system-x86_64" \
	-L "$cache/qemu/usr/share/qemu" -L "$cache/qemu/usr/share/seabios" \
	-accel tcg -m "${VFIOKIT_VM_MEMORY:-1G}" -nodefaults -no-user-config -no-reboot \
	-display none -serial "file:$out.log" -device isa-debug-exit,iobase=0xf4,iosize=1 \
	-drive "file=$folder/disk,if=none,id=root,format=raw,cache=unsafe" \
	-drive "file=$out.job.tar,if=none,id=job,format=raw,readonly=on" \
	-device virtio-blk-pci,drive=job,serial=job,bus=pcie.0,addr=0x1c \
	-drive "file=$out.disk,if=none,id=out,format=raw,cache=unsafe" \
	-device virtio-blk-pci,drive=out,serial=out,bus=pcie.0,addr=0x1d \
	"$@" </dev/null >"$out.qemu" 2>&1 &
running=$!
wait "$running" || status=$?
running=
# The debug port makes any value v the exit status 2v + 1.
[ "$status" -ne 3 ] || {
	mv "$out.disk" "$out.left"
	exit 3
}
if [ "$status" -ne 0 ] || ! grep -aq '^guest: saved' "$out.log"; then
	[ "$status" -ne 124 ] || echo "no end after ${VFIOKIT_VM_TIMEOUT:-1800} s"
	echo "QEMU's status $status, without what the guest was to leave"
	cat "$out.qemu"
	exit 1
fi >&2
rm -f "$out.qemu"
mkdir "$out"
# The clocks of guests that had to wait are wrong.
tar -C "$out" -xmf "$out.disk"
