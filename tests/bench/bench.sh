#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How long vfiokit takes, against the least that reading the same files takes and against what people
# use today: on generated GPU servers, on this machine, and on its initramfs image. Prints tables
# (Markdown) and, last, what is wanted and whether it was met.
#
#   VFIOKIT, MKTREE  the programs       TOOLS  the folder of server, floor, measure, initramfs
#   SIZES            how many functions (default: 64 256 1024 4096)
#   RUNS             of each short command (default: 11)
#   LOOP_LIMIT       the shell loop runs on trees up to so many functions (default: 1024)
#
# Times are medians of runs side by side (measure.c). Ratios are of processor time, which the load of other
# programs changes less.
set -eu
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
vfiokit=$(realpath "${VFIOKIT:-build/vfiokit}")
mktree=$(realpath "${MKTREE:-build/tools/mktree}")
tools=$(realpath "${TOOLS:-build/bench}")
sizes=${SIZES:-64 256 1024 4096}
runs=${RUNS:-11}
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

has() {
	command -v "$1" >/dev/null 2>&1 || {
		echo "skipped: $1 is not installed: $2"
		return 1
	}
}

# command LABEL RUNS INPUT COMMAND…
command_line() {
	label=$1 times=$2 input=$3
	shift 3
	printf '%s\t%s\t%s\t%s\n' "$label" "$times" "$input" "$*"
}

system_calls() {
	has strace 'system calls' >&2 || { echo -; return; }
	strace -f -c -o "$work/calls" "$@" >/dev/null 2>&1 || true
	# The last column before "total" is errors, where there are any.
	awk '$NF == "total" { print $4 }' "$work/calls"
}

instructions() {
	has valgrind 'instructions' >&2 || { echo -; return; }
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null |
		sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# The files that a preflight of the tree reads.
list_files() {
	strace -f -y -s 4096 -e trace=openat,openat2,readlinkat -o "$work/trace" \
		"$vfiokit" --root "$1" preflight >/dev/null 2>&1 || true
	sed 's/^[0-9]* *//' "$work/trace" | awk -v root="$1" -f "$here/files.awk"
}

tree_commands() {
	tree=$1 size=$2
	gpu=0001:03:00.0
	[ -s "$work/files.$size" ] && command_line 'floor' "$runs" "$work/files.$size" "$tools/floor"
	command_line 'vfiokit preflight' "$runs" - "$vfiokit --root $tree preflight"
	command_line 'vfiokit preflight --format json' "$runs" - "$vfiokit --root $tree preflight --format json"
	command_line 'vfiokit list' "$runs" - "$vfiokit --root $tree list"
	command_line 'vfiokit explain DEVICE' "$runs" - "$vfiokit --root $tree explain $gpu"
	command_line 'vfiokit report --format html' "$runs" - "$vfiokit --root $tree report --format html"
	command_line 'lspci -nnk' "$runs" - "lspci -O sysfs.path=$tree/sys/bus/pci -nnk"
	command_line 'lspci -vvv' "$runs" - "lspci -O sysfs.path=$tree/sys/bus/pci -vvv"
	if command -v lstopo-no-graphics >/dev/null 2>&1; then
		command_line 'lstopo --whole-io (hwloc)' "$runs" - \
			"env HWLOC_FSROOT=$tree HWLOC_COMPONENTS=linux,stop lstopo-no-graphics --of console --whole-io"
	fi
	if [ "$size" -le "${LOOP_LIMIT:-1024}" ]; then
		command_line "the guides' shell loop" 1 - "$here/groups-loop.sh $tree"
	fi
}

# A table of measure's lines: $1 a file, $2 the label that ratios are to.
print_table() {
	awk -F '\t' -v first="$2" '
		{ label[NR] = $1; wall[NR] = $2; processor[NR] = $5; memory[NR] = $6; status[NR] = $7 }
		$1 == first { base = $5 }
		END {
			print "| command | ms | processor ms | to " first " | MB |"
			print "| --- | ---: | ---: | ---: | ---: |"
			for (i = 1; i <= NR; i++)
				printf "| %s | %.1f | %.1f | %s | %.1f |\n", label[i], wall[i], processor[i],
					(base > 0 ? sprintf("%.2f", processor[i] / base) : "-"), memory[i] / 1024
		}' "$1"
	echo
}

value() {
	awk -F '\t' -v label="$2" -v column="$3" '$1 == label { print $column }' "$work/result.$1"
}

ratio() {
	awk -v a="${1:-0}" -v b="${2:-0}" 'BEGIN { if (a > 0 && b > 0) printf "%.2f", a / b; else printf "-" }'
}

# wish TEXT VALUE OPERATOR LIMIT
wish() {
	awk -v text="$1" -v value="$2" -v operator="$3" -v limit="$4" 'BEGIN {
		met = value == "-" ? "not measured" : (operator == "<=" ? value + 0 <= limit + 0 : value + 0 >= limit + 0) ? "yes" : "NO"
		printf "| %s | %s %s | %s | %s |\n", text, operator == "<=" ? "at most" : "at least", limit, value, met
	}'
}

has lspci 'nothing to compare with' || exit 2
has strace 'the floor needs the list of files' || true

for size in $sizes; do
	tree=$work/tree.$size
	"$tools/server" "$size" >"$work/server.tree"
	"$mktree" "$work/server.tree" "$tree" "$here/../hosts"
	list_files "$tree" >"$work/files.$size"
	tree_commands "$tree" "$size" >"$work/commands"
	"$tools/measure" <"$work/commands" >"$work/result.$size"
	echo "### A GPU server with $size functions ($(wc -l <"$work/files.$size") files, directories and links read)"
	echo
	print_table "$work/result.$size" floor
	system_calls "$vfiokit" --root "$tree" preflight >"$work/calls.$size"
	instructions "$vfiokit" --root "$tree" preflight >"$work/instructions.$size"
	echo "preflight: $(cat "$work/calls.$size") system calls, $(cat "$work/instructions.$size") instructions (callgrind); floor: $(system_calls "$tools/floor" <"$work/files.$size") system calls."
	echo
	rm -rf "$tree"
done

echo '### This machine'
echo
{
	command_line 'vfiokit preflight' "$runs" - "$vfiokit preflight"
	command_line 'vfiokit preflight --format json' "$runs" - "$vfiokit preflight --format json"
	command_line 'vfiokit list' "$runs" - "$vfiokit list"
	command_line 'vfiokit report --format html' "$runs" - "$vfiokit report --format html"
	command_line 'lspci -vvv' "$runs" - 'lspci -vvv'
} >"$work/commands"
"$tools/measure" <"$work/commands" >"$work/result.here"
print_table "$work/result.here" 'lspci -vvv'

image=$(find /boot -maxdepth 1 -name 'initrd.img-*' -size +64k 2>/dev/null | sort | tail -1)
if [ -n "$image" ] && [ -r "$image" ] && has lsinitramfs 'initramfs reading'; then
	echo "### The initramfs image of this machine ($(($(stat -c %s "$image") / 1048576)) MB)"
	echo
	{
		command_line 'lsinitramfs' "$runs" - "lsinitramfs $image"
		command_line 'vfiokit (the reader alone)' "$runs" - "$tools/initramfs $image"
	} >"$work/commands"
	"$tools/measure" <"$work/commands" >"$work/result.image"
	print_table "$work/result.image" lsinitramfs
else
	echo 'skipped: no initramfs image here that can be read'
fi

echo '### What is wanted'
echo
echo '| | wanted | found | met |'
echo '| --- | --- | ---: | --- |'
if [ -s "$work/result.1024" ]; then
	text=$(value 1024 'vfiokit preflight' 5)
	wish '1024 functions: preflight to floor' "$(ratio "$text" "$(value 1024 floor 5)")" '<=' 1.5
	wish '1024 functions: lspci -vvv to preflight' "$(ratio "$(value 1024 'lspci -vvv' 5)" "$text")" '>=' 3
	wish '1024 functions: the shell loop to preflight' "$(ratio "$(value 1024 "the guides' shell loop" 5)" "$text")" '>=' 200
	wish '1024 functions: MB, preflight' "$(ratio "$(value 1024 'vfiokit preflight' 6)" 1024)" '<=' 32
	wish '1024 functions: MB, preflight --format json' "$(ratio "$(value 1024 'vfiokit preflight --format json' 6)" 1024)" '<=' 32
	if [ -s "$work/result.4096" ]; then
		wish '1024 to 4096 functions: time of preflight' "$(ratio "$(value 4096 'vfiokit preflight' 5)" "$text")" '<=' 4.5
		wish '1024 to 4096 functions: instructions of preflight' "$(ratio "$(cat "$work/instructions.4096")" "$(cat "$work/instructions.1024")")" '<=' 4.5
		wish '4096 functions: MB, preflight' "$(ratio "$(value 4096 'vfiokit preflight' 6)" 1024)" '<=' 32
	fi
fi
if [ -s "$work/result.image" ]; then
	wish 'initramfs: reader to lsinitramfs' "$(ratio "$(value image 'vfiokit (the reader alone)' 5)" "$(value image lsinitramfs 5)")" '<=' 1
fi
