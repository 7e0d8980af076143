#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# configure and rollback with the real generators, as TAP: a Debian made by debootstrap, with a real kernel
# package, update-initramfs or dracut, and grub-mkconfig (only what grub-probe would say of the disk is made
# up). The machine around it (sys, proc) is a recipe of tests/hosts; so vfiokit works on --root DIR --chroot.
#
#   tests/configure-chroot.sh [initramfs-tools] [dracut]
#
# Needs root and debootstrap; the system made once is kept in $VFIOKIT_CACHE (default ~/.cache/vfiokit).

set -u
export LC_ALL=C.UTF-8 TZ=UTC COLUMNS=80
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
program=$(realpath "${VFIOKIT:-build/vfiokit}")
mktree=${MKTREE:-build/tools/mktree}
cache=${VFIOKIT_CACHE:-$HOME/.cache/vfiokit}
suite=${SUITE:-bookworm}
packages=udev,kmod,grub2-common,grub-common,zstd,pciutils
device=01:00.0

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}
[ "$(id -u)" = 0 ] || skip "needs root"
command -v debootstrap >/dev/null || skip "no debootstrap"

work=$(mktemp -d "${TMPDIR:-/var/tmp}/vfiokit-chroot.XXXXXX") || exit 2
clean_up() {
	umount -R "$work/host/dev" 2>/dev/null
	rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# $1: the generator's package. Prints the archive of a system that has it.
system_with() {
	archive=$cache/$suite-$1.tar.zst
	if [ ! -e "$archive" ]; then
		mkdir -p "$cache"
		# The kernel comes last: its package asks for initramfs-tools unless another generator is there.
		debootstrap --variant=minbase --include="$packages,$1" "$suite" "$work/made" >"$work/log" 2>&1 &&
			cp -L /etc/resolv.conf "$work/made/etc/resolv.conf" &&
			DEBIAN_FRONTEND=noninteractive chroot "$work/made" apt-get install -qy \
				--no-install-recommends linux-image-amd64 >>"$work/log" 2>&1 ||
			{ tail -5 "$work/log" >&2; return 1; }
		rm -rf "$work/made/var/cache/apt" "$work/made/var/lib/apt/lists"
		tar -C "$work/made" --zstd -cf "$archive.new" . && mv "$archive.new" "$archive"
		rm -rf --one-file-system "$work/made"
	fi
	echo "$archive"
}

# A second card like the first, which stays: its id says nothing about which of the two is meant.
twin="device 0000:00:1b.4 id=8086:7ac4 class=060400 secondary=04 acs=1f/1d driver=pcieport group=12
device 0000:04:00.0 below=0000:00:1b.4 id=10de:2484 class=030000 type=legacy driver=nouveau group=13"

# The machine of base-intel with the kernel that the system has, and a disk for grub-probe. $2: further
# lines of its recipe.
make_host() {
	host=$work/host
	rm -rf --one-file-system "$host" "$work/machine"
	mkdir "$host"
	tar -C "$host" --zstd -xf "$1" || return 1
	version=$(cd "$host/lib/modules" && echo *)
	for recipe in "$tests"/hosts/*.tree; do
		sed "s/6\.1\.0-50-amd64/$version/g" "$recipe" >"$work/${recipe##*/}"
	done
	printf '%s\n' "$2" >>"$work/base-intel.tree"
	"$mktree" "$work/base-intel.tree" "$work/machine" || return 1
	rm -rf "$host/proc" "$host/sys" "$host/run"
	for folder in proc sys run dmesg.txt; do
		[ ! -e "$work/machine/$folder" ] || mv "$work/machine/$folder" "$host/"
	done
	# Where firmware starts, and the name of the disk that GRUB's menu uses.
	mv "$work/machine/boot/efi" "$host/boot/efi" || return 1
	mkdir -p "$host/dev/disk/by-uuid"
	: >"$host/dev/disk/by-uuid/0f6d6b1c-5f2e-4b7e-9c59-3c7f1e0a8d11"
	cat >"$host/usr/sbin/grub-probe" <<-'EOF'
		#!/bin/sh
		case "$*" in
		*target=fs_uuid*) echo 0f6d6b1c-5f2e-4b7e-9c59-3c7f1e0a8d11 ;;
		*target=device*) echo /dev/nvme0n1p2 ;;
		*target=fs*) echo ext2 ;;
		*target=partmap*) echo gpt ;;
		*target=hint*) echo hd0,gpt2 ;;
		*target=abstraction*) ;;
		*) exit 1 ;;
		esac
	EOF
	chmod 0755 "$host/usr/sbin/grub-probe"
	[ -e "$host/etc/default/grub" ] || cp "$host/usr/share/grub/default/grub" "$host/etc/default/grub"
	mkdir -p "$host/boot/grub"
	for node in null:1:3 zero:1:5 urandom:1:9; do
		name=${node%%:*} numbers=${node#*:}
		[ -e "$host/dev/$name" ] ||
			mknod -m 0666 "$host/dev/$name" c "${numbers%:*}" "${numbers#*:}" || return 1
	done
	chroot "$host" update-grub >"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }
}

# Configuration, without what generators write.
fingerprint() {
	(cd "$work/host" && find etc usr boot -path boot/grub/grubenv -prune -o \
		! -name 'initrd.img*' ! -name 'initramfs*' -printf '%p %y %m %U:%G %l\n' | sort
	find etc usr boot -path boot/grub/grubenv -prune -o -type f ! -name 'initrd.img*' ! -name 'initramfs*' \
		-exec sha256sum {} + | sort -k2)
}

number=0 failed=0
# $1: what; $2: 0 for well. Shows the last command's output where it is not.
tell() {
	number=$((number + 1))
	if [ "$2" = 0 ]; then
		echo "ok $number - $generator: $1"
	else
		failed=$((failed + 1))
		echo "not ok $number - $generator: $1"
		sed 's/^/# /' "$work/out"
	fi
}

# $1: expected status; rest: arguments.
vfiokit() {
	expected=$1
	shift
	"$program" "$@" --root "$work/host" >"$work/out" 2>&1
	status=$?
	[ "$status" = "$expected" ] || echo "exit status $status, expected $expected" >>"$work/out"
	[ "$status" = "$expected" ]
}

check_generator() {
	generator=$1
	archive=$(system_with "$generator") && make_host "$archive" "" || {
		: >"$work/out"
		tell "the system can be made" 1
		return
	}
	fingerprint >"$work/before"
	vfiokit 0 configure $device --with-group --iommu-pt
	tell "a plan is printed" $?
	vfiokit 4 configure $device --with-group --iommu-pt --chroot --apply --yes
	tell "the plan is carried out and proven" $?
	grep -q '^Proven' "$work/out"
	tell "says that it is proven" $?
	vfiokit 4 preflight $device
	tell "preflight says reboot" $?
	vfiokit 0 configure $device --with-group --iommu-pt
	grep -q 'Nothing to do' "$work/out"
	tell "a second plan has nothing to do" $?
	vfiokit 4 rollback --chroot --apply --yes
	tell "rollback" $?
	fingerprint | diff "$work/before" - >"$work/out"
	tell "the configuration is what it was, byte for byte" $?
	vfiokit 1 preflight $device
	tell "preflight says not ready again" $?

	# A generator that fails: everything is put back.
	mv "$work/host/usr/sbin/update-grub" "$work/update-grub"
	printf '#!/bin/sh\necho no space left >&2\nexit 1\n' >"$work/host/usr/sbin/update-grub"
	chmod 0755 "$work/host/usr/sbin/update-grub"
	images=$(sha256sum "$work"/host/boot/initr*)
	fingerprint >"$work/before"
	vfiokit 2 configure $device --with-group --iommu-pt --chroot --apply --yes
	tell "a generator that fails makes configure fail" $?
	fingerprint | diff "$work/before" - >"$work/out"
	tell "and everything is put back" $?
	[ "$images" = "$(sha256sum "$work"/host/boot/initr*)" ]
	tell "the images, too" $?
}

# What the image of the host's kernel holds.
list_image() {
	case $generator in
	dracut) chroot "$work/host" lsinitrd "/boot/initrd.img-$version" ;;
	*) chroot "$work/host" lsinitramfs "/boot/initrd.img-$version" ;;
	esac
}

# By address, because a card with the same id stays.
check_by_address() {
	case $generator in
	dracut) script=hooks/pre-udev/00-vfio-by-address.sh ;;
	*) script=scripts/init-top/00-vfio-by-address ;;
	esac
	make_host "$archive" "$twin" || {
		: >"$work/out"
		tell "the system with a twin can be made" 1
		return
	}
	vfiokit 4 configure $device --with-group --chroot --apply --yes
	tell "by address: the plan is carried out and proven" $?
	list_image >"$work/out" 2>&1
	grep -q "$script\$" "$work/out"
	tell "by address: the script is in the image" $?
	vfiokit 4 preflight $device
	tell "by address: preflight says reboot" $?
	vfiokit 0 configure $device --with-group
	grep -q 'Nothing to do' "$work/out"
	tell "by address: a second plan has nothing to do" $?
}

[ $# -gt 0 ] || set -- initramfs-tools dracut
for name; do
	check_generator "$name"
	check_by_address
done
echo "1..$number"
[ "$failed" -eq 0 ]
