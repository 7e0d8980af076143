#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what vfiokit is built and tested with, by whatever package manager the machine has. Does
# nothing where all is there; says so where it may not install.
#
#   install-dependencies.sh build    compiler and libraries
#   install-dependencies.sh test     the same and what `make check` needs
#   install-dependencies.sh lint     the same as test and what `make lint` and `make coverage` need
#   install-dependencies.sh vm       the same and what `make check-vm` needs, where apt-get has it
set -eu

what=${1:-build}

libraries="libpci blkid efivar libarchive json-c smartcols inih"

missing=""
need_command() {
	command -v "$1" >/dev/null 2>&1 || missing="$missing $1"
}

need_command pkg-config
# Any compiler will do: $CC (its first word, as in "ccache gcc"), or gcc.
compiler=${CC:-gcc}
need_command "${compiler%% *}"
for library in $libraries; do
	pkg-config --exists "$library" 2>/dev/null || missing="$missing $library"
done
if [ "$what" = vm ] && command -v apt-get >/dev/null 2>&1; then
	need_command debootstrap
	need_command mke2fs
fi
if [ "$what" = lint ]; then
	command -v clang-tidy-14 >/dev/null 2>&1 || need_command clang-tidy
	for tool in cppcheck shellcheck gcovr; do
		need_command "$tool"
	done
fi
if [ "$what" != build ]; then
	pkg-config --exists cmocka 2>/dev/null || missing="$missing cmocka"
	pkg-config --exists libkmod 2>/dev/null || missing="$missing libkmod"
	for tool in diff valgrind lspci zstd xmllint tidy; do
		need_command "$tool"
	done
fi
[ -n "$missing" ] || exit 0

echo "missing:$missing"
if [ "$(id -u)" -ne 0 ]; then
	echo "error: run 'make deps' as root, or install these with your package manager" >&2
	exit 1
fi

if command -v apt-get >/dev/null 2>&1; then
	packages="gcc libc6-dev make pkg-config libpci-dev libblkid-dev libefivar-dev libarchive-dev
		libjson-c-dev libsmartcols-dev libinih-dev"
	[ "$what" = vm ] && packages="$packages debootstrap e2fsprogs"
	[ "$what" = lint ] && packages="$packages clang-tidy cppcheck shellcheck gcovr"
	[ "$what" = build ] || packages="$packages libcmocka-dev libkmod-dev diffutils
		valgrind libasan8 libubsan1 pciutils zstd libc6-dbg kmod grub-common binutils systemd-boot-efi
		initramfs-tools-core dracut-core cpio libxml2-utils tidy cmark-gfm perl python3-yaml libvirt0
		scdoc bash-completion strace gettext"
	export DEBIAN_FRONTEND=noninteractive
	# Lists may be missing or old on a fresh machine.
	apt-get update -q
	# shellcheck disable=SC2086
	apt-get install -y -q --no-install-recommends $packages
elif command -v dnf >/dev/null 2>&1; then
	packages="gcc make pkgconf-pkg-config pciutils-devel libblkid-devel efivar-devel libarchive-devel
		json-c-devel libsmartcols-devel inih-devel"
	[ "$what" = build ] || packages="$packages libcmocka-devel kmod-devel diffutils valgrind
		libasan libubsan pciutils zstd libxml2 tidy perl-Test-Harness
		scdoc bash-completion strace gettext"
	[ "$what" = lint ] && packages="$packages clang-tools-extra cppcheck ShellCheck gcovr"
	# shellcheck disable=SC2086
	dnf install -y $packages
elif command -v pacman >/dev/null 2>&1; then
	packages="gcc make pkgconf pciutils util-linux-libs efivar libarchive json-c libinih"
	[ "$what" = build ] || packages="$packages cmocka kmod diffutils valgrind zstd libxml2 tidy
		scdoc bash-completion strace gettext"
	[ "$what" = lint ] && packages="$packages clang cppcheck shellcheck gcovr"
	# shellcheck disable=SC2086
	pacman -S --needed --noconfirm $packages
elif command -v zypper >/dev/null 2>&1; then
	packages="gcc make pkg-config pciutils-devel libblkid-devel efivar-devel libarchive-devel
		libjson-c-devel libsmartcols-devel inih-devel"
	[ "$what" = build ] || packages="$packages libcmocka-devel libkmod-devel diffutils valgrind
		pciutils zstd libxml2-tools tidy
		scdoc bash-completion strace gettext"
	[ "$what" = lint ] && packages="$packages clang-tools cppcheck ShellCheck gcovr"
	# shellcheck disable=SC2086
	zypper --non-interactive install $packages
else
	echo "error: no apt-get, dnf, pacman or zypper here; install:$missing" >&2
	exit 1
fi
