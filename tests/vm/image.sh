#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes an installed Debian as a disk image, with the loader installed by its own tool in a booted guest, and
# prints the folder: disk, vars.fd where it has UEFI firmware, root.uuid. Kept in the cache until the packages or
# these scripts change.
#
#   tests/vm/image.sh SUITE KIND
#
# KIND is a script tests/vm/install/KIND, which runs in the guest. Its comments tell the rest:
#   # packages: …    what it needs besides the common ones
#   # firmware: bios|uefi
#
#   VFIOKIT_VM_CACHE    the folder (default: ~/.cache/vfiokit-vm)
#   VFIOKIT_VM_MIRROR   Debian's mirror (default: http://deb.debian.org/debian)
#
# Exits 77 with a reason where it cannot be made on this machine.
set -eu
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
cache=${VFIOKIT_VM_CACHE:-$HOME/.cache/vfiokit-vm}
mirror=${VFIOKIT_VM_MIRROR:-http://deb.debian.org/debian}
suite=$1 kind=$2
install=$here/install/$kind

skip() {
	echo "$*" >&2
	exit 77
}

# What comment $1 of the installing script says.
says() {
	sed -n "s/^# $1: //p" "$install"
}

packages="systemd-sysv udev kmod linux-image-amd64 pciutils zstd procps iproute2 dosfstools fdisk
	libefivar1 libarchive13 libjson-c5 libinih1 libsmartcols1 $(says packages)"
[ "$suite" = bookworm ] || packages=$(echo "$packages" | sed 's/libefivar1/libefivar1t64/; s/libarchive13/libarchive13t64/')
firmware=$(says firmware)
root_uuid=4f8c6c1e-0b7a-4d55-9c3e-5a1d2e7f9b10
esp_id=7A11B007
start_esp=2 start_root=258 end=2400 # MiB

key() {
	sha256sum | cut -c1-12
}
system=$cache/debian-$suite-$(echo "$packages" | tr -s ' \t\n' ' ' | key).tar.zst
image=$cache/machine-$suite-$kind-$({ echo "$system"; cat "$0" "$install"; } | key)
[ ! -e "$image/disk" ] || {
	echo "$image"
	exit 0
}

PATH=$PATH:/usr/sbin:/sbin
[ "$(uname -m)" = x86_64 ] || skip "Debian's packages for amd64 are used: this machine is none"
[ "$(id -u)" -eq 0 ] || skip "a Debian is made by debootstrap, which needs root"
for tool in debootstrap mke2fs zstd; do
	command -v "$tool" >/dev/null || skip "$tool is missing"
done
mkdir -p "$cache"
work=$(mktemp -d "$cache/making.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# -- the packages ------------------------------------------------------------------------------------

make_system() {
	# shellcheck disable=SC2086 # names
	debootstrap --variant=minbase --include="$(echo $packages | tr ' ' ,)" "$suite" "$work/root" "$mirror" \
		>"$work/log" 2>&1 || {
		tail -5 "$work/log" >&2
		skip "debootstrap could not make a Debian $suite with what $kind needs"
	}
	umount "$work/root/proc" "$work/root/sys" 2>/dev/null || true
	rm -rf "$work/root/var/lib/apt/lists" "$work/root/usr/share/doc" "$work/root/usr/share/locale" \
		"$work/root/usr/share/man"
	find "$work/root/var/cache/apt" -type f -delete
	tar -C "$work/root" --zstd -cf "$work/system" .
	mv "$work/system" "$system"
}

# -- what an installer would write ---------------------------------------------------------------------

put() {
	mkdir -p "$(dirname "$work/root/$1")"
	cat >"$work/root/$1"
}

settle_in() {
	echo gpu-lab7 >"$work/root/etc/hostname"
	put etc/fstab <<-EOF
		UUID=$root_uuid / ext4 errors=remount-ro 0 1
		UUID=$(echo $esp_id | sed 's/..../&-/; s/-$//') /boot/efi vfat umask=0077 0 1
	EOF
	mkdir -p "$work/root/boot/efi"
	# The terminal's login would hang up the console below the job.
	ln -sf /dev/null "$work/root/etc/systemd/system/serial-getty@ttyS0.service"
	put etc/systemd/system/vm-job.service <<-EOF
		[Unit]
		Description=What this boot is for
		After=multi-user.target
		[Service]
		Type=oneshot
		ExecStart=/usr/local/lib/vm-job
		TimeoutStartSec=infinity
		[Install]
		WantedBy=multi-user.target
	EOF
	ln -sf ../vm-job.service "$work/root/etc/systemd/system/multi-user.target.wants/vm-job.service"
	put usr/local/lib/vm-job <<-'EOF'
		#!/bin/sh
		export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
		mkdir -p /run/job /run/out
		tar -C /run/job -xmf /dev/disk/by-id/virtio-job
		[ ! -d /run/job/tree ] || cp -a /run/job/tree/. /
		cd /run/out
		sh /run/job/run >log 2>&1
		echo $? >status
		cat log >/dev/console
		tar -C /run/out -cf /dev/disk/by-id/virtio-out .
		sync
		echo "guest: saved" >/dev/console
		systemctl poweroff -f
	EOF
	chmod 755 "$work/root/usr/local/lib/vm-job"
	# Without KVM, the compression that Debian sets takes minutes.
	if [ -d "$work/root/etc/initramfs-tools" ]; then
		sed -i 's/^MODULES=.*/MODULES=dep/; s/^COMPRESS=.*/COMPRESS=gzip/; $aCOMPRESSLEVEL=1' \
			"$work/root/etc/initramfs-tools/initramfs.conf"
		rm -f "$work/root/etc/initramfs-tools/conf.d/driver-policy"
	fi
	if [ -e "$work/root/etc/default/grub" ]; then
		sed -i 's/^GRUB_TIMEOUT=.*/GRUB_TIMEOUT=0/
			s/^GRUB_CMDLINE_LINUX=.*/GRUB_CMDLINE_LINUX="console=ttyS0 no_timer_check panic=-1"/
			s/^GRUB_CMDLINE_LINUX_DEFAULT=.*/GRUB_CMDLINE_LINUX_DEFAULT="quiet loglevel=6"/
			$aGRUB_TERMINAL=console' "$work/root/etc/default/grub"
	fi
}

# -- the disk ------------------------------------------------------------------------------------------

# The tools are those of the Debian that was made.
make_disk() {
	truncate -s "$((end + 2))M" "$work/root/disk"
	chroot "$work/root" sfdisk -q /disk <<-EOF
		label: gpt
		start=1MiB, size=1MiB, type=21686148-6449-6E6F-744E-656564454649
		start=${start_esp}MiB, size=$((start_root - start_esp))MiB, type=U
		start=${start_root}MiB, size=$((end - start_root))MiB, type=L
	EOF
	chroot "$work/root" mkfs.vfat -F 32 -i "$esp_id" -C /esp "$(((start_root - start_esp) * 1024))" >/dev/null
	mv "$work/root/disk" "$work/made/disk"
	dd if="$work/root/esp" of="$work/made/disk" bs=1M seek="$start_esp" conv=notrunc,sparse status=none
	rm "$work/root/esp"
	# The loaders of older suites do not know the newest features.
	mke2fs -q -F -t ext4 -O '^metadata_csum_seed,^orphan_file' -U "$root_uuid" -d "$work/root" \
		-E "offset=$((start_root * 1048576))" "$work/made/disk" "$(((end - start_root) * 1024))k" \
		>"$work/log" 2>&1 || {
		cat "$work/log" >&2
		exit 1
	}
	echo "$root_uuid" >"$work/made/root.uuid"
}

"$here/fetch.sh" ovmf >&2
[ -e "$system" ] || make_system
[ -d "$work/root" ] || {
	mkdir "$work/root"
	tar -C "$work/root" --zstd -xf "$system"
}
settle_in
mkdir "$work/made" "$work/kernel"
cp "$work"/root/boot/vmlinuz-* "$work/kernel/vmlinuz"
cp "$work"/root/boot/initrd.img-* "$work/kernel/initrd"
make_disk
rm -rf --one-file-system "$work/root"
[ "$firmware" = bios ] || cp "$cache/ovmf/VARS.fd" "$work/made/vars.fd"

VFIOKIT_VM_KERNEL=$work/kernel \
	VFIOKIT_VM_CMDLINE="root=UUID=$root_uuid rw console=ttyS0 no_timer_check panic=-1" \
	"$here/machine.sh" "$work/made" "$work/out" "$install" -M q35 -cpu max \
	-device virtio-blk-pci,drive=root,bus=pcie.0,addr=0x1e || {
	tail -20 "$work/out.log" >&2
	exit 1
}
[ "$(cat "$work/out/status")" = 0 ] || {
	cat "$work/out/log" >&2
	exit 1
}
mv "$work/made" "$image"
# What earlier versions of these scripts made.
for old in "$cache/machine-$suite-$kind"-*; do
	[ "$old" = "$image" ] || rm -rf "$old"
done
echo "$image"
