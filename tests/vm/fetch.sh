#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Puts QEMU, busybox and kernels into a cache folder, from Debian's packages: downloaded and
# unpacked, never installed. apt-get works on files of its own there; the machine's sources, lists
# and packages are not touched, and root is not needed.
#
#   tests/vm/fetch.sh KERNEL…
#
# KERNEL is 6.1 or 6.12, or a Debian suite whose newest kernel is meant (trixie-backports), or the
# word ovmf: UEFI firmware for QEMU.
#
#   VFIOKIT_VM_CACHE    the folder (default: ~/.cache/vfiokit-vm)
#   VFIOKIT_VM_MIRROR   Debian's mirror (default: http://deb.debian.org/debian)
#
# In the cache: qemu/ (a Debian root with all that QEMU needs, its C library too, so that the
# machine's own does not matter), busybox, KERNEL/{vmlinuz,lib/modules/VERSION}, and ovmf/.
set -eu
export LC_ALL=C.UTF-8

cache=${VFIOKIT_VM_CACHE:-$HOME/.cache/vfiokit-vm}
mirror=${VFIOKIT_VM_MIRROR:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
qemu_suite=trixie

fail() {
	echo "fetch.sh: $*" >&2
	exit 2
}

suite_of() {
	case $1 in
	6.1) echo bookworm ;;
	6.12) echo trixie ;;
	ovmf) echo "$qemu_suite" ;;
	*[!a-z-]*) fail "$1: neither 6.1, 6.12 nor the name of a Debian suite" ;;
	*) echo "$1" ;;
	esac
}

# Makes $work/apt an apt of its own that knows suite $1 and no installed package.
apt_begin() {
	rm -rf "$work/apt"
	mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial"
	: >"$work/apt/status"
	echo "deb [signed-by=$keyring] $mirror $1 main" >"$work/apt/sources.list"
	cat >"$work/apt/apt.conf" <<CONF
Dir "/";
Dir::State "$work/apt";
Dir::State::status "$work/apt/status";
Dir::Cache "$work/apt";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "$work/apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Log "$work/apt";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
CONF
	APT_CONFIG=$work/apt/apt.conf
	export APT_CONFIG
	quietly apt-get update
}

# The words of a command are shown where it fails.
quietly() {
	"$@" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		fail "$* failed"
	}
}

# Puts $work/$1 into the cache as $2, unless another run was faster.
put() {
	mv -T "$work/$1" "$cache/$2" 2>/dev/null || [ -d "$cache/$2" ] || fail "$cache/$2 cannot be made"
	rm -rf "${work:?}/$1"
}

# QEMU and busybox with everything that they depend on, into one folder.
fetch_qemu() {
	echo "fetching QEMU from $qemu_suite"
	apt_begin "$qemu_suite"
	quietly apt-get install -y --download-only qemu-system-x86 busybox-static
	mkdir "$work/qemu"
	for package in "$work"/apt/archives/*.deb; do
		quietly dpkg-deb -x "$package" "$work/qemu"
	done
	rm -rf "$work/qemu/usr/share/doc" "$work/qemu/usr/share/locale" "$work/qemu/usr/share/man"
	put qemu qemu
}

# UEFI firmware, from QEMU's suite.
fetch_ovmf() {
	echo "fetching OVMF from $qemu_suite"
	apt_begin "$qemu_suite"
	(cd "$work" && quietly apt-get download ovmf)
	mkdir "$work/unpacked" "$work/ovmf"
	quietly dpkg-deb -x "$work"/ovmf_*.deb "$work/unpacked"
	for part in CODE VARS; do
		cp "$work/unpacked/usr/share/OVMF/OVMF_${part}_4M.fd" "$work/ovmf/$part.fd" ||
			fail "the package ovmf holds no OVMF_${part}_4M.fd"
	done
	put ovmf ovmf
	rm -rf "$work/unpacked" "$work"/*.deb
}

# The modules that guests load or that the program looks up; all would be some hundred MB.
wanted_modules='block crypto drivers/block drivers/iommu drivers/net/ethernet/intel drivers/nvme
	drivers/pci drivers/usb/host drivers/vfio drivers/virtio lib virt/lib'

# Takes what is needed of the unpacked kernel of version $2 with modules folder $1.
take_kernel() {
	kept=$work/kernel/lib/modules/$2
	mkdir -p "$kept/kernel"
	for file in vmlinuz config; do
		cp "$work/unpacked/boot/$file-$2" "$work/kernel/$file" 2>/dev/null ||
			cp "$1/$file" "$work/kernel/$file"
	done
	cp "$1"/modules.* "$kept/"
	for folder in $wanted_modules; do
		(cd "$1/kernel" && cp -r --parents "$folder" "$kept/kernel/" 2>/dev/null) || true
	done
	quietly depmod -b "$work/kernel" "$2"
}

# The kernel $1, which suite $2 has.
fetch_kernel() {
	echo "fetching kernel $1 from $2"
	apt_begin "$2"
	image=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: *\(linux-image-[0-9].*\)/\1/p' | head -1)
	[ -n "$image" ] || fail "$2 has no package linux-image-amd64"
	# Newer kernels come in several packages that the image depends on.
	parts=$(apt-cache depends "$image" | sed -n 's/^ *Depends: *\(linux-[a-z]*-[0-9].*\)/\1/p')
	# shellcheck disable=SC2086 # names
	(cd "$work" && quietly apt-get download "$image" $parts)
	mkdir "$work/unpacked" "$work/kernel"
	for package in "$work"/*.deb; do
		quietly dpkg-deb -x "$package" "$work/unpacked"
	done
	# lib became usr/lib; what was boot/vmlinuz-VERSION is usr/lib/modules/VERSION/vmlinuz.
	for modules in "$work"/unpacked/lib/modules/* "$work"/unpacked/usr/lib/modules/*; do
		[ ! -d "$modules/kernel" ] || take_kernel "$modules" "${modules##*/}"
	done
	[ -e "$work/kernel/vmlinuz" ] || fail "$image and what it depends on hold no kernel"
	put kernel "$1"
	rm -rf "$work/unpacked" "$work"/*.deb
}

# -- the run -----------------------------------------------------------------------------------------

[ $# -gt 0 ] || fail "name a kernel: 6.1, 6.12 or a Debian suite"
PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)

missing=
[ -d "$cache/qemu" ] || missing=qemu
for kernel in "$@"; do
	suite_of "$kernel" >/dev/null
	[ -d "$cache/$kernel" ] || missing="$missing $kernel"
done
[ -n "$missing" ] || exit 0

[ "$(uname -m)" = x86_64 ] || fail "Debian's packages for amd64 are used: this machine is none"
for tool in apt-get dpkg-deb depmod; do
	command -v "$tool" >/dev/null || fail "$tool is missing: Debian's packages are needed"
done
[ -e "$keyring" ] || fail "$keyring is missing: install debian-archive-keyring"

work=$(mktemp -d "$cache/fetching.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
[ -d "$cache/qemu" ] || fetch_qemu
for kernel in "$@"; do
	if [ ! -d "$cache/$kernel" ]; then
		case $kernel in
		ovmf) fetch_ovmf ;;
		*) fetch_kernel "$kernel" "$(suite_of "$kernel")" ;;
		esac
	fi
done
