#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Writes the initramfs of a guest: busybox, tests/vm/init, the modules that its disk needs, and what
# is given.
#
#   tests/vm/initramfs.sh KERNEL FILE SCRIPT [FOLDER]
#
# KERNEL is the name of a kernel in the cache (fetch.sh); SCRIPT runs in the guest (tests/vm/init
# tells how); what is in FOLDER is put at the guest's root.
set -eu
cache=${VFIOKIT_VM_CACHE:-$HOME/.cache/vfiokit-vm}
here=$(cd "$(dirname "$0")" && pwd)
busybox=$cache/qemu/usr/bin/busybox
file=$(realpath "$2")

root=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-initramfs.XXXXXX")
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/bin" "$root/guest/modules" "$root/dev"
[ $# -lt 4 ] || cp -a "$4/." "$root/"
cp "$busybox" "$root/bin/busybox"
install -m 755 "$here/init" "$root/init"
install -m 755 "$3" "$root/guest/run"
for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk \
	pci-pf-stub; do
	find "$cache/$1/lib/modules" -name "$module.ko*" -exec cp {} "$root/guest/modules/" \;
done
"$busybox" unxz "$root"/guest/modules/*.xz 2>/dev/null || true
(cd "$root" && find . | "$busybox" cpio -o -H newc 2>/dev/null) >"$file"
