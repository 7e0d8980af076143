#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One row of the whole way: a Debian in QEMU with a virtual IOMMU, in which the installed vfiokit judges, configures,
# and is proven by the next boots. As TAP-like lines.
#
#   tests/vm/row.sh ROW RESULT
#
# RESULT gets one line: verdict, points passed, failed and skipped, seconds by the clock, and of processor time.
# The environment is that of full.sh.
set -u
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
row=$1 result=$2
tree=$(realpath "${PROGRAM_TREE:?}") || exit 2
program=$(find "$tree" -name vfiokit -type f -perm -100)
keep=${KEEP:-build/vm}/$row
passed=0
failed=0
skipped=0

work=$(mktemp -d "${TMPDIR:-/var/tmp}/vfiokit-vm.XXXXXX") || exit 2
running=
trap 'rm -rf "$work"' EXIT
trap '[ -z "$running" ] || { kill "$running"; wait "$running"; } 2>/dev/null; exit 143' TERM INT
: >"$work/wrong"

# -- what rows say -----------------------------------------------------------------------------------

# Ends the point $1: it failed where something stands in $work/wrong.
point() {
	if [ -s "$work/wrong" ]; then
		failed=$((failed + 1))
		echo "not ok $row: $1"
		sed 's/^/# /' "$work/wrong" | cut -c1-300 | head -60
	else
		passed=$((passed + 1))
		echo "ok $row: $1"
	fi
	: >"$work/wrong"
}

wrong() {
	echo "$*" >>"$work/wrong"
}

# The recorded command $1 ended with status $2 ("1|4": one of them).
has_status() {
	grep -Eqx "$2" "$out/$1.status" 2>/dev/null && return
	wrong "$1: status $(cat "$out/$1.status" 2>&1), expected $2"
	cat "$out/$1.out" "$out/$1.err" >>"$work/wrong" 2>&1
}

# File $1 has a line that matches $2.
has_line() {
	grep -Eaq -e "$2" "$out/$1" 2>/dev/null && return
	wrong "no line of $1 matches: $2"
	tail -25 "$out/$1" >>"$work/wrong" 2>&1
}

has_no_line() {
	[ -e "$out/$1" ] || wrong "$1 is missing"
	! grep -Eaq -e "$2" "$out/$1" 2>/dev/null || wrong "$1: $(grep -Ea -m3 -e "$2" "$out/$1")"
}

# File $1 is exactly the line $2.
is_line() {
	[ "$(cat "$out/$1" 2>&1)" = "$2" ] || wrong "$1 is \"$(cat "$out/$1" 2>&1)\", expected \"$2\""
}

# The files $1 and $2, and both are something.
are_same() {
	[ -s "$1" ] || wrong "$1 is empty"
	diff -U0 "$1" "$2" >>"$work/wrong" 2>&1
}

# The blockers and dangers that the recorded text of preflight $1 shows are exactly $2.
blocks_are() {
	found=$(sed -n 's/^  ✗ \([a-z.-]*\) .*/\1/p' "$out/$1.out" | sort -u | tr '\n' ' ')
	[ "${found% }" = "$2" ] && return
	wrong "$1 blocks with \"${found% }\", expected \"$2\""
	cat "$out/$1.out" >>"$work/wrong"
}

# -- what rows do ------------------------------------------------------------------------------------

# A fresh machine of suite $1 with loader $2, or the row ends.
machine_new() {
	image=$("$here/image.sh" "$1" "$2" 2>"$work/words") || {
		if [ $? -eq 77 ]; then
			row_skip "$(tail -1 "$work/words")"
		else
			cat "$work/words" >>"$work/wrong"
			point "the image"
		fi
		return 1
	}
	cp --sparse=always "$image/disk" "$work/machine/disk" &&
		{ [ ! -e "$image/vars.fd" ] || cp "$image/vars.fd" "$work/machine/vars.fd"; } &&
		cp -a "$tree" "$work/machine/tree"
}

row_skip() {
	skipped=$((skipped + 1))
	echo "ok $row # SKIP $1"
}

# A disk of 16 MiB with words where no file system looks.
disk_new() {
	truncate -s 16M "$work/machine/$1"
	echo "the known block of $1" | dd of="$work/machine/$1" bs=512 seek=2048 conv=notrunc status=none
}

# Sets processor to the seconds of processor time that all guests have taken so far: on a busy machine they tell more
# than the clock. No subshell: it would have times of its own.
processor_seconds() {
	times >"$work/times"
	processor=$(awk 'NR == 2 { split($1, user, /[ms]/); split($2, kernel, /[ms]/)
		printf "%d", user[1] * 60 + user[2] + kernel[1] * 60 + kernel[2] }' "$work/times")
}

# Boots the machine with the guest's script $2 and the row's QEMU arguments; what it leaves is in $out, kept as $1.
# $3: "cut" where the script has the power cut.
boot() {
	out=$work/out/$1
	{
		cat "$here/guest/library"
		echo "$settings"
		cat "$here/guest/$2"
	} >"$work/script"
	began=$(date +%s)
	processor_seconds
	processor_began=$processor
	status=0
	expected=0
	[ "${3:-}" != cut ] || expected=3
	# shellcheck disable=SC2086 # words
	"$here/machine.sh" "$work/machine" "$out" "$work/script" $arguments >"$work/words" 2>&1 &
	running=$!
	wait "$running" || status=$?
	running=
	processor_seconds
	took="$(($(date +%s) - began)) s, $((processor - processor_began)) s of processor time"
	if [ "$status" -ne "$expected" ]; then
		wrong "QEMU ended with $status, expected $expected"
		cat "$work/words" >>"$work/wrong"
		tail -25 "$out.log" | tr -d '\r' >>"$work/wrong"
		point "$1 ($took)"
		return 1
	fi
	# What a cut-off script has left before the cut.
	[ "$expected" -eq 0 ] || { mkdir "$out" && tar -C "$out" -xmf "$out.left" 2>/dev/null; rm -f "$out.left"; }
	point "$1: booted ($took)"
}

# Arguments of a machine with an IOMMU of $1, two root ports, and the root disk as $2.
machine_arguments() {
	case $1 in
	intel) iommu="-cpu max -device intel-iommu,intremap=on,caching-mode=on" ;;
	amd) iommu="-cpu EPYC -device amd-iommu,intremap=on" ;;
	esac
	arguments="-M q35,kernel-irqchip=split $iommu
		-device pcie-root-port,id=p1,chassis=1,slot=1,bus=pcie.0,addr=2
		-device pcie-root-port,id=p2,chassis=2,slot=2,bus=pcie.0,addr=3
		-device pcie-root-port,id=p3,chassis=3,slot=3,bus=pcie.0,addr=4
		-device $2,drive=root,bootindex=0"
}

add_nvme() {
	disk_new "$1"
	arguments="$arguments -drive file=$work/machine/$1,if=none,id=$1,format=raw,cache=unsafe
		-device nvme,serial=$1,drive=$1,bus=$2"
}

# A disk with QEMU, a kernel and an initramfs, for a guest of the guest that reads the target's known block.
add_tools() {
	"$here/fetch.sh" 6.1 || return
	"$here/tools-disk.sh" 6.1 "$work/machine/tools" || return
	arguments="$arguments -drive file=$work/machine/tools,if=none,id=tools,format=raw,readonly=on
		-device virtio-blk-pci,drive=tools,serial=tools,bus=pcie.0,addr=0x1b"
	VFIOKIT_VM_MEMORY=2G
	export VFIOKIT_VM_MEMORY
}

# A network card at $1; $2: another than e1000e.
add_card() {
	arguments="$arguments -netdev user,id=net,restrict=on -device ${2:-e1000e},netdev=net,romfile=,bus=$1"
}

# -- the run -----------------------------------------------------------------------------------------

# The reports of each boot as pages: each NAME.json that preflight has written.
render_pages() {
	find "$work/out" -name '*-json.out' | while read -r document; do
		"$program" report --format html -o "${document%-json.out}.html" "$document" >"$document.log" 2>&1
		[ $? -ne 2 ] && rm -f "$document.log"
		mv "$document" "${document%-json.out}.json"
	done
}

# shellcheck source=tests/vm/whole-way
. "$here/whole-way"
rm -rf "${keep:?}"
mkdir -p "$work/machine" "$work/out" "$keep"
row_began=$(date +%s)
settings=
address=01:00.0
# What configure says that it runs for the loader, and the kernel's log where vfio-pci takes the device by id.
loader_runs='^ +run .*update-grub'
initramfs_runs='^ +run .*update-initramfs -u'
taken_by='vfio_pci: add \[1b36:0010'
# What preflight has against the device as the host finds it, and the driver of the card that comes and goes.
blocked_by=driver.not-bound
card_driver=e1000e
# shellcheck source=/dev/null
. "$here/rows/$row"
render_pages
cp -a "$work/out/." "$keep/"
verdict=passed
[ $((passed + failed)) -gt 0 ] || verdict=skipped
if [ "$failed" -gt 0 ] || [ $((passed + skipped)) -eq 0 ]; then
	verdict=FAILED
fi
processor_seconds
took=$(($(date +%s) - row_began))
echo "# $row: $verdict, $took s, all of it in $keep"
echo "$verdict $passed $failed $skipped $took $processor" >"$result"
