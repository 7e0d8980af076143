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

# What all have, and what they differ in: the first is made once for each suite.
common="systemd-sysv udev kmod pciutils zstd procps iproute2 dosfstools fdisk ca-certificates
	libefivar1 libarchive13 libjson-c5 libinih1 libsmartcols1"
[ "$suite" = bookworm ] || common=$(echo "$common" | sed 's/libefivar1/libefivar1t64/; s/libarchive13/libarchive13t64/')
packages="linux-image-amd64 $(says packages)"
firmware=$(says firmware)
root_uuid=4f8c6c1e-0b7a-4d55-9c3e-5a1d2e7f9b10
esp_id=7A11B007
start_esp=2 start_root=258 end=2400 # MiB

key() {
	tr -s ' \t\n' ' ' | sha256sum | cut -c1-12
}
base=$cache/debian-$suite-$(echo "$common" | key).tar.zst
system=$cache/debian-$suite-$kind-$(echo "$common $packages" | key).tar.zst
image=$cache/machine-$suite-$kind-$(cat "$0" "$install" | key)
have_image() {
	[ ! -e "$image/disk" ] || {
		echo "$image"
		exit 0
	}
}
have_image

PATH=$PATH:/usr/sbin:/sbin
[ "$(uname -m)" = x86_64 ] || skip "Debian's packages for amd64 are used: this machine is none"
[ "$(id -u)" -eq 0 ] || skip "a Debian is made by debootstrap, which needs root"
for tool in debootstrap mke2fs zstd unshare flock; do
	command -v "$tool" >/dev/null || skip "$tool is missing"
done
mkdir -p "$cache"
# One at a time: two rows may want the same.
exec 9>"$cache/making.lock"
flock 9
have_image
work=$(mktemp -d "$cache/making.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# -- the packages ------------------------------------------------------------------------------------

# Runs what is given in the system that is made; a proc that nobody else sees.
inside() {
	unshare --mount sh -c 'mount -t proc proc "$1/proc" && mount -t sysfs -o ro sysfs "$1/sys" &&
		DEBIAN_FRONTEND=noninteractive exec chroot "$@"' inside "$work/root" "$@"
}

unpack() {
	mkdir "$work/root"
	tar -C "$work/root" --zstd -xf "$1"
}

pack() {
	tar -C "$work/root" --zstd -cf "$work/packed" .
	mv "$work/packed" "$1"
}

give_up() {
	tail -5 "$work/log" >&2
	skip "Debian's packages: no $suite with what $kind needs"
}

make_base() {
	# shellcheck disable=SC2086 # names
	debootstrap --variant=minbase --include="$(echo $common | tr ' ' ,)" "$suite" "$work/root" "$mirror" \
		>"$work/log" 2>&1 || give_up
	umount "$work/root/proc" "$work/root/sys" 2>/dev/null || true
	# Services and folders that nothing here reads.
	printf '#!/bin/sh\nexit 101\n' >"$work/root/usr/sbin/policy-rc.d"
	chmod 755 "$work/root/usr/sbin/policy-rc.d"
	mkdir -p "$work/root/etc/dpkg/dpkg.cfg.d"
	printf 'path-exclude=/usr/share/%s/*\n' doc locale man >"$work/root/etc/dpkg/dpkg.cfg.d/lean"
	rm -rf "$work/root/usr/share/doc" "$work/root/usr/share/locale" "$work/root/usr/share/man"
	find "$work/root/var/cache/apt" -type f -delete
	pack "$base"
}

# apt chooses among alternatives (initramfs-tools or dracut), which debootstrap does not.
make_system() {
	[ -e "$base" ] || make_base
	[ -d "$work/root" ] || unpack "$base"
	cp -L /etc/resolv.conf "$work/root/etc/resolv.conf"
	# Without KVM, the compression that dracut chooses takes minutes.
	case " $packages " in
	*" dracut "*) echo 'compress="gzip -1"' | put etc/dracut.conf.d/compress.conf ;;
	esac
	# shellcheck disable=SC2086 # names
	{ inside apt-get -q update && inside apt-get -qy install --no-install-recommends $packages; } \
		>"$work/log" 2>&1 || give_up
	rm -rf "$work/root/var/lib/apt/lists" "$work/root/usr/sbin/policy-rc.d"
	find "$work/root/var/cache/apt" -type f -delete
	pack "$system"
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
	rm -rf "$work/root/boot/efi"
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
[ -d "$work/root" ] || unpack "$system"
settle_in
mkdir "$work/made" "$work/kernel"
cp "$work"/root/boot/vmlinuz-* "$work/kernel/vmlinuz"
# That of the first boot knows nothing of the machine yet.
[ ! -e "$work/root/usr/bin/dracut" ] ||
	inside dracut --quiet --force --no-hostonly --no-hostonly-cmdline \
		"/boot/$(basename "$work"/root/boot/initrd.img-*)" \
		"$(basename "$work"/root/lib/modules/*)" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		exit 1
	}
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
for old in "$cache/debian-$suite-$kind"-*; do
	[ "$old" = "$system" ] || rm -f "$old"
done
echo "$image"
