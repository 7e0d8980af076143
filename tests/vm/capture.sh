#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A capture taken inside a virtual machine must give the document of the live run there, byte for
# byte but for the host's name: with names and without. As lines, and "N passed, N failed" at the end.
#
#   KERNELS   kernels of fetch.sh (default: 6.1 6.12)
#   KEEP      a folder in which what the guests left stays, as KERNEL
set -u
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
cache=${VFIOKIT_VM_CACHE:-$HOME/.cache/vfiokit-vm}
program=${VFIOKIT:-build/vfiokit}
findings=${FINDINGS:-build/tools/findings}
kernels=${KERNELS:-6.1 6.12}
passed=0
failed=0
# Its name, its network card's address, and its gateway as /proc/net/route has it.
private_words='gpu-lab7 52:54:00:ab:cd:ef 0202000A'

work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-vm-capture.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The file system of the guest of kernel $1 below $2: the program with its libraries, the kernel's
# modules, and the little that an installed system has in any case.
guest_build() {
	mkdir -p "$2/usr/bin" "$2/etc/modprobe.d" "$2/boot" "$2/run" "$2/lib/modules" "$2/lib64"
	cp "$program" "$2/usr/bin/vfiokit"
	ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
		mkdir -p "$2${library%/*}"
		cp -L "$library" "$2$library"
	done
	cp -a "$cache/$1/lib/modules/." "$2/lib/modules/"
	for modules in "$2"/lib/modules/*; do
		version=${modules##*/}
		cp "$cache/$1/config" "$2/boot/config-$version"
		: >"$2/boot/vmlinuz-$version"
	done
	echo "options vfio-pci ids=1b36:0010" >"$2/etc/modprobe.d/vfio.conf"
	echo gpu-lab7 >"$2/etc/hostname"
	printf 'PRETTY_NAME="Debian GNU/Linux"\nID=debian\nNAME="Debian GNU/Linux"\n' >"$2/etc/os-release"
	printf 'root:x:0:0:root:/:/bin/sh\n' >"$2/etc/passwd"
}

# Says whether $1 went well; what is in $work/wrong tells why not.
report() {
	if [ -s "$work/wrong" ]; then
		failed=$((failed + 1))
		printf 'not ok %s\n' "$1"
		sed 's/^/# /' "$work/wrong" | cut -c1-400 | head -40
	else
		passed=$((passed + 1))
		printf 'ok %s\n' "$1"
	fi
	: >"$work/wrong"
}

# Compares the documents $1 and $2 without the host's name.
same() {
	for document in "$1" "$2"; do
		"$findings" /verdict /checks/0/id <"$document" >/dev/null 2>>"$work/wrong" ||
			echo "$document has no checks" >>"$work/wrong"
	done
	sed 's/^    "hostname":.*/    "hostname":-/' "$1" >"$work/one"
	sed 's/^    "hostname":.*/    "hostname":-/' "$2" >"$work/other"
	diff -u "$work/one" "$work/other" >>"$work/wrong" 2>&1
}

# The captures of state $2 that the guest with kernel $1 left in $3.
compare_state() {
	verdict=$("$findings" /verdict <"$3/live.json")
	same "$3/live.json" "$3/after.json"
	report "kernel $1, $2: two live runs are the same (${verdict#/verdict })"
	for kind in names none; do
		# The guest has no list of names of PCI devices.
		VFIOKIT_PCI_IDS=/nonexistent "$program" preflight 01:00.0 --format json \
			--snapshot "$3/$kind.tar" >"$3/$kind.json" 2>"$work/words"
		[ $? -ne 2 ] || cat "$work/words" >>"$work/wrong"
		same "$3/live.json" "$3/$kind.json"
		report "kernel $1, $2: capture $([ $kind = names ] && echo with names || echo without names)"
	done
	for word in $private_words; do
		grep -aq "$word" "$3/names.tar" || echo "$word is not in $3/names.tar" >>"$work/wrong"
		! grep -aiq "$word" "$3/none.tar" || echo "$word is in $3/none.tar" >>"$work/wrong"
	done
	report "kernel $1, $2: private words are in the one and not in the other"
}

# shellcheck disable=SC2086 # words on purpose
"$here/fetch.sh" $kernels || exit 2
: >"$work/wrong"
for kernel in $kernels; do
	guest_build "$kernel" "$work/$kernel.root" &&
		"$here/initramfs.sh" "$kernel" "$work/$kernel.initramfs" "$here/guest-capture.sh" \
			"$work/$kernel.root" || exit 2
	rm -rf "$work/$kernel.root"
	truncate -s 16M "$work/$kernel.nvme"
	began=$(date +%s)
	VFIOKIT_VM_MEMORY=${VFIOKIT_VM_MEMORY:-512M} "$here/boot.sh" "$kernel" \
		"$work/$kernel.initramfs" "$work/$kernel" "intel_iommu=on" \
		-M q35,kernel-irqchip=split -cpu max \
		-device intel-iommu,intremap=on,caching-mode=on \
		-device pcie-root-port,id=p1,chassis=1,slot=1,bus=pcie.0,addr=2 \
		-device pcie-root-port,id=p2,chassis=2,slot=2,bus=pcie.0,addr=3 \
		-drive "file=$work/$kernel.nvme,if=none,id=nvme,format=raw,cache=unsafe" \
		-device nvme,serial=S5Y1NX0R123456,drive=nvme,bus=p1 \
		-netdev user,id=net,restrict=on -device e1000e,netdev=net,mac=52:54:00:ab:cd:ef,romfile=,bus=p2 \
		>"$work/words" 2>&1 || cat "$work/words" >"$work/wrong"
	report "kernel $kernel: the guest, $(($(date +%s) - began)) s"
	for state in used unbound handed-over; do
		[ ! -d "$work/$kernel/$state" ] || compare_state "$kernel" "$state" "$work/$kernel/$state"
	done
	[ -z "${KEEP:-}" ] || {
		mkdir -p "$KEEP" && rm -rf "${KEEP:?}/$kernel" && cp -a "$work/$kernel" "$KEEP/$kernel"
	}
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
