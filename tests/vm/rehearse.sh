#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vfiokit rehearse against real kernels in QEMU: devices that the kernel hands over, and cases whose
# errno is known. As TAP lines, and "N passed, N failed" at the end.
#
#   KERNELS   kernels of fetch.sh (default: 6.1 6.12)
#   KEEP      a folder in which what the guests left stays, as KERNEL and KERNEL.intremap
set -u
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
cache=${VFIOKIT_VM_CACHE:-$HOME/.cache/vfiokit-vm}
program=${VFIOKIT:-build/vfiokit}
hold=${HOLD:-build/tools/hold_device}
kernels=${KERNELS:-6.1 6.12}
passed=0
failed=0

work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-vm-rehearse.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# -- guests ------------------------------------------------------------------------------------------

# The file system of the guest of kernel $1 below $2.
guest_build() {
	mkdir -p "$2/usr/bin" "$2/etc" "$2/boot" "$2/run" "$2/lib/modules" "$2/lib64"
	cp "$program" "$2/usr/bin/vfiokit"
	cp "$hold" "$2/usr/bin/hold-device"
	ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
		mkdir -p "$2${library%/*}"
		cp -L "$library" "$2$library"
	done
	cp -a "$cache/$1/lib/modules/." "$2/lib/modules/"
	printf 'PRETTY_NAME="Debian GNU/Linux"\nID=debian\nNAME="Debian GNU/Linux"\n' >"$2/etc/os-release"
	printf 'root:x:0:0:root:/:/bin/sh\nvm:x:1000:1000:vm:/:/bin/sh\n' >"$2/etc/passwd"
	printf 'root:x:0:\nvm:x:1000:\n' >"$2/etc/group"
}

# Boots kernel $1 into folder $2; $3 is "on" or "off", interrupt remapping. Once more where it fails:
# without KVM a guest may be too slow for its own watchdogs.
guest_boot() {
	for attempt in ${ATTEMPTS:-first second}; do
		VFIOKIT_VM_MEMORY=${VFIOKIT_VM_MEMORY:-768M} "$here/boot.sh" "$1" \
			"$work/$1.initramfs" "$2" "intel_iommu=on intremap=$3" \
			-M q35,kernel-irqchip=split -cpu max \
			-device "intel-iommu,intremap=$3,caching-mode=on" \
			-device pcie-root-port,id=p1,chassis=1,slot=1,bus=pcie.0,addr=2 \
			-device pcie-root-port,id=p2,chassis=2,slot=2,bus=pcie.0,addr=3 \
			-device pcie-root-port,id=p3,chassis=3,slot=3,bus=pcie.0,addr=4 \
			-drive "file=$work/a.nvme,if=none,id=a,format=raw,cache=unsafe" \
			-drive "file=$work/b.nvme,if=none,id=b,format=raw,cache=unsafe" \
			-device nvme,serial=A,drive=a,bus=p1 -device e1000e,romfile=,bus=p2 \
			-device nvme,serial=B,drive=b,bus=p3,addr=0x0.0,multifunction=on \
			-device e1000e,romfile=,bus=p3,addr=0x0.1 >"$2.boot" 2>&1 && return
		rm -rf "$2"
		echo "# the $attempt boot of kernel $1 failed"
	done
	sed 's/^/# /' "$2.boot"
	return 1
}

# -- judging -----------------------------------------------------------------------------------------

# Says whether $1 went well, as $2 (0) tells; what is in $work/wrong tells why not.
report() {
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
		printf 'ok %d - %s\n' $((passed + failed)) "$1"
	else
		failed=$((failed + 1))
		printf 'not ok %d - %s\n' $((passed + failed)) "$1"
		sed 's/^/# /' "$work/wrong" | cut -c1-600 | head -40
	fi
	: >"$work/wrong"
}

# Case $1 (of folder $folder) must have ended with status $2, and each further argument be found: in one
# step of its JSON ("call.*set-iommu.*EPERM"), or in its words. "!TEXT" must not be found.
expect() {
	name=$1 status=$2 result=0
	shift 2
	# A step a line.
	tr '\n' ' ' <"$folder/$name.json" | sed 's/ \{2,\}/ /g; s/":/": /g; s/}, *{ *"call"/}\n{ "call"/g; s/\[ *{ *"call"/[\n{ "call"/g; s/} *\],/}\n],/g' >"$work/steps"
	cat "$folder/$name.words" >>"$work/steps"
	[ "$(cat "$folder/$name.status")" = "$status" ] || {
		echo "status $(cat "$folder/$name.status") instead of $status" >>"$work/wrong"
		result=1
	}
	for pattern in "$@"; do
		case $pattern in
		!*) ! grep -Eq "${pattern#!}" "$work/steps" ;;
		*) grep -Eq "$pattern" "$work/steps" ;;
		esac || {
			echo "not so: $pattern" >>"$work/wrong"
			result=1
		}
	done
	[ $result -eq 0 ] || grep -v '"result": "pass"' "$work/steps" >>"$work/wrong"
	report "kernel $kernel, $name" $result
}

# "call", with what follows it in its step.
step() {
	printf '"call": "%s".*"result": "%s"' "$1" "$2"
}

expect_remapped() {
	expect host-driver 2 'nothing was tried: 0000:01:00.0 is with nvme, not with a VFIO driver' \
		'vfiokit detach 0000:01:00.0'
	expect good 0 '"result": "passed"' "$(step group-status pass)" "$(step set-container pass)" \
		"$(step set-iommu pass)" "$(step iommu-info pass).*0xfedfffff, 0xfef00000-" \
		"$(step map pass)" 'map 4 KiB' 'map 2 MiB' 'map 64 MiB' \
		"$(step open-device skipped).*opening a device resets it" '!"fail"'
	cmp -s "$folder/before.config" "$folder/after.config"
	report "kernel $kernel: without --open configuration space stays as it was" $?
	expect good-open 0 "$(step open-device pass)" 'BAR 0.*16 KiB' 'configuration space.*4 KiB' \
		'switch MSI-X on and off.*[0-9]+ vectors' "$(step reset pass)" '!"fail"'
	expect preflight 0 '"rehearsal": \[' "$(step set-iommu pass)" '"verdict": "ready" }'
	expect network-open 0 'switch INTx on and off.*1 vector"' 'switch MSI on and off' \
		'switch MSI-X on and off.*5 vectors' 'BAR 0.*128 KiB' '!"fail"'
	expect both 0 '"device": "0000:01:00.0".*"what": "open it' \
		'"device": "0000:02:00.0".*"what": "open it' '!"fail"'
	expect too-much 3 "$(step memory skipped).*\"unanswered\": true.*could take it down" '!"fail"'
	expect after-kill 0 "$(step open-device pass)" '!"fail"'
	expect busy 2 'nothing was tried: 0000:01:00.0 is in use by sleep \(process [0-9]+\)'
	expect busy-unseen 1 "$(step open-group fail).*EBUSY.*Another process has group"
	expect user-without-node 3 "$(step open-group skipped).*EACCES.*This user may not open"
	expect user 0 "$(step map pass).*" '!"fail"'
	expect memlock 1 'map 4 KiB.*"result": "pass"' \
		'map 2 MiB.*"fail".*ENOMEM.*RLIMIT_MEMLOCK of this process is 1 MiB.*RLIMIT_MEMLOCK \(1048576\) exceeded'
	expect memlock-asked 1 \
		"$(step memory fail).*this process is 8 MiB.*would be needed: 1 GiB \(1081344 KiB\)"
	expect hanging 3 '0000:02:00.0/driver.*its driver is being changed'
	expect hanging-beside 0 '"verdict": "ready"'
	expect hanging-detach 2 '0000:02:00.0: which driver has it cannot be read'
	expect hanging-capture 0 hanging.tar
	expect hanging-snapshot 3 '0000:02:00.0/driver.*its driver is being changed'
	expect interrupted 0 sent
	expect held 0 '0000:02:00.0: vfio-pci does not let go; it waits until its last user ends' \
		'ended with 2'
	expect held-after 3 '0000:02:00.0/driver.*its driver is being changed'
	expect let-go 0 '0000:02:00.0: e1000e takes it|0000:02:00.0: a driver of the host takes it'
	expect hung 0 '"verdict": "ready"'
	expect not-viable 1 \
		"$(step group-status fail).*also holds 0000:03:00.1 \(e1000e\)" '!set-container'
	expect one-of-two 0 "$(step open-device pass)" '!"device": "0000:03:00.0".*pass'
	expect two-of-two 0 '"device": "0000:03:00.0".*"what": "open it' \
		'"device": "0000:03:00.1".*"what": "open it' '!"fail"'
}

expect_not_remapped() {
	expect no-remapping 1 '"result": "failed"' "$(step set-container pass)" \
		"$(step set-iommu fail).*EPERM.*Interrupts are not remapped.*No interrupt remapping support"
	expect no-remapping-preflight 1 "$(step set-iommu fail).*EPERM" '"verdict": "not-ready" }'
	expect unsafe 0 "$(step set-iommu pass)" '!"fail"'
}

# -- all ---------------------------------------------------------------------------------------------

# shellcheck disable=SC2086 # words on purpose
"$here/fetch.sh" $kernels || exit 2
: >"$work/wrong"
truncate -s 16M "$work/a.nvme" "$work/b.nvme"
for kernel in $kernels; do
	guest_build "$kernel" "$work/root" &&
		"$here/initramfs.sh" "$kernel" "$work/$kernel.initramfs" "$here/guest-rehearse.sh" \
			"$work/root" || exit 2
	rm -rf "$work/root"
	for remapping in on off; do
		folder=$work/$kernel.$remapping
		began=$(date +%s)
		guest_boot "$kernel" "$folder" $remapping
		report "kernel $kernel, interrupt remapping $remapping: the guest, $(($(date +%s) - began)) s" $?
		[ -d "$folder" ] || continue
		if [ $remapping = on ]; then
			expect_remapped
		else
			expect_not_remapped
		fi
		[ -z "${KEEP:-}" ] || {
			mkdir -p "$KEEP" && rm -rf "${KEEP:?}/$kernel.$remapping" &&
				cp -a "$folder" "$KEEP/$kernel.$remapping"
		}
	done
done
echo "1..$((passed + failed))"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
