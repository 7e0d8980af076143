#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Boots a kernel in QEMU without KVM, and unpacks what the guest left.
#
#   tests/vm/boot.sh KERNEL INITRAMFS FOLDER PARAMETERS QEMU-ARGUMENT…
#
# KERNEL is the name of a kernel in the cache, INITRAMFS a file of initramfs.sh. PARAMETERS are added to the
# kernel's command line. What the guest's script left is below FOLDER afterwards, which must not exist;
# FOLDER.log is the console. The guest's disk is a virtio disk at 00:1d.0.
#
#   VFIOKIT_VM_MEMORY    the guest's memory (default: 384M)
#   VFIOKIT_VM_TIMEOUT   seconds until it is given up (default: 600)
set -eu
cache=${VFIOKIT_VM_CACHE:-$HOME/.cache/vfiokit-vm}
kernel=$1 initramfs=$2 folder=$3 parameters=$4
shift 4
library=$cache/qemu/usr/lib/x86_64-linux-gnu

disk=$folder.disk
trap 'rm -f "$disk"' EXIT
truncate -s 64M "$disk"

# QEMU runs with the C library that it came with. no_timer_check: without KVM the kernel now and then
# finds that its timer does not work through the I/O APIC, and panics.
status=0
QEMU_MODULE_DIR=$library/qemu timeout --foreground -k 5 "${VFIOKIT_VM_TIMEOUT:-600}" \
	"$library/ld-linux-x86-64.so.2" --library-path "$library" \
	"$cache/qemu/usr/bin/qemu-system-x86_64" \
	-L "$cache/qemu/usr/share/qemu" -L "$cache/qemu/usr/share/seabios" \
	-accel tcg -m "${VFIOKIT_VM_MEMORY:-384M}" -nodefaults -no-user-config -no-reboot \
	-display none -serial "file:$folder.log" \
	-kernel "$cache/$kernel/vmlinuz" -initrd "$initramfs" \
	-append "console=ttyS0 no_timer_check panic=-1 $parameters" "$@" \
	-drive "file=$disk,if=none,id=out,format=raw,cache=unsafe" \
	-device virtio-blk-pci,drive=out,bus=pcie.0,addr=0x1d \
	</dev/null >"$folder.qemu" 2>&1 || status=$?
if [ "$status" -ne 0 ] || ! grep -aq '^guest: saved' "$folder.log"; then
	echo "QEMU's status $status" >&2
	cat "$folder.qemu" >&2
	tail -5 "$folder.log" >&2
	exit 1
fi
mkdir "$folder"
# The clocks of guests that had to wait are wrong.
tar -C "$folder" -xmf "$disk"
rm -f "$folder.qemu"
[ ! -e "$folder/failed" ] || {
	cat "$folder/run.log" >&2
	exit 1
}
