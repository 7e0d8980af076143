#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Damages host trees at random (tests/tools/damage.c) and looks at what the reading commands and the plan of
# configure make of them: no crash, no sanitizer's word, nothing over 5 seconds, no exit status that is none, no false
# "ready", and one verdict in text and JSON, which read more or less of a host. Closes with "N trees, N runs, N findings"; exits 0 only without findings.
#
#   SEEDS    "FIRST-LAST" (default 1-500): each damages one tree
#   VFIOKIT, TOOLS   the programs, best built with the sanitizers (default build/asan)
#   KEEP     a folder for the trees that something was found with
#
# When "ready" is false: a tree that was not ready before cannot become ready by damage that takes facts away. Where
# damage changes a fact (a number, an exchanged file) it may, so such trees are judged by what is read: a tree is
# allowed to be ready only if no blocker check is unknown or fails, and at least one target is there or the whole
# undamaged tree was ready.

set -u
export LC_ALL=C.UTF-8 ASAN_OPTIONS=detect_leaks=1:exitcode=99 UBSAN_OPTIONS=print_stacktrace=1:exitcode=99
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
program=${VFIOKIT:-build/asan/vfiokit}
tools=${TOOLS:-build/asan/tools}
seeds=${SEEDS:-1-500}
VFIOKIT_PCI_IDS=$tests/pci.ids
export VFIOKIT_PCI_IDS
[ -n "${TMPDIR-}" ] || { [ -d /dev/shm ] && [ -w /dev/shm ] && TMPDIR=/dev/shm; }
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-damage.XXXXXX") || exit 2
clean_up() {
	chmod -R u+rwX "$work" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Root reads files whatever their mode, but in a tree the mode is part of what is told.
as_seen=
if [ "$(id -u)" = 0 ] && setpriv --bounding-set=-dac_override,-dac_read_search true 2>/dev/null; then
	as_seen="setpriv --bounding-set=-dac_override,-dac_read_search"
fi

# -- the trees, built once ----------------------------------------------------------------------------------

mkdir "$work/trees"
for recipe in "$tests"/hosts/*.tree "$tests"/boot/*-right/host.tree "$tests"/boot/*-pending/host.tree "$tests"/cases/*/host.tree; do
	name=$(echo "${recipe#"$tests"/}" | tr / - | sed 's/-host.tree$//; s/.tree$//')
	"$tools/mktree" "$recipe" "$work/trees/$name" "$tests/hosts:$tests/boot" 2>/dev/null ||
		rm -rf "${work:?}/trees/$name"
done
for archive in "$tests"/groups/*.tar.zst; do
	name=groups-$(basename "$archive" .tar.zst)
	mkdir "$work/trees/$name"
	tar -C "$work/trees/$name" --zstd -xf "$archive"
done
ls "$work/trees" >"$work/names"
count=$(wc -l <"$work/names")
[ "$count" -gt 0 ] || exit 2

# -- one run ----------------------------------------------------------------------------------------------

runs=0
findings=0
slowest=0

# say WORDS: a finding with the tree of this seed.
say() {
	findings=$((findings + 1))
	printf 'seed %s, %s: %s\n' "$seed" "$name" "$1"
	sed 's/^/    /' "$work/err" | head -12
	if [ -n "${KEEP-}" ]; then
		mkdir -p "$KEEP"
		cp -a "$work/tree" "$KEEP/$seed-$name" 2>/dev/null
	fi
}

# Milliseconds of processor time that all children have taken, so that a busy machine is no finding. What waits without
# working is ended after 30 seconds.
processor_time() {
	times >"$work/times" # not in a subshell: that would be its own children's
	now=$(awk 'NR == 2 { split($1, user, "m"); split($2, kernel, "m")
		printf "%d", (user[1] * 60 + user[2] + kernel[1] * 60 + kernel[2]) * 1000 }' "$work/times")
}

# run ALLOWED ARGUMENT…: the exit status must be one of ALLOWED ("0 1 2"); *$status* is it then.
run() {
	allowed=$1
	shift
	processor_time
	before=$now
	# shellcheck disable=SC2086 # words on purpose
	timeout -k 1 30 $as_seen "$program" "$@" --root "$work/tree" </dev/null >"$work/out" 2>"$work/err"
	status=$?
	processor_time
	took=$((now - before))
	runs=$((runs + 1))
	[ "$took" -le "$slowest" ] || slowest=$took
	if [ "$status" = 99 ] || [ "$status" -ge 124 ] || grep -q 'runtime error\|Sanitizer' "$work/err"; then
		say "vfiokit $*: exit status $status, a crash"
	elif [ "$took" -gt 5000 ]; then
		say "vfiokit $*: took $took ms of processor time"
	else
		case " $allowed " in
		*" $status "*) ;;
		*) say "vfiokit $*: exit status $status" ;;
		esac
	fi
}

# The verdict of the whole tree, kept for each name: "0", "1", "3", "4".
verdict_before() {
	if [ ! -e "$work/verdict.$1" ]; then
		# shellcheck disable=SC2086
		$as_seen "$program" preflight --root "$work/trees/$1" >/dev/null 2>&1
		echo $? >"$work/verdict.$1"
	fi
	cat "$work/verdict.$1"
}

# A report that says "ready" must have every blocker answered.
check_ready() {
	was=$(verdict_before "$name")
	run "0" preflight --format json
	if ! awk -f "$tests/tools/ready.awk" "$work/out" >"$work/err"; then
		say "ready, but $(cat "$work/err")"
	elif [ "$was" != 0 ]; then
		became_ready=$((became_ready + 1))
		printf 'seed %s, %s: was %s, is ready (%s)\n' "$seed" "$name" "$was" \
			"$(tr '\n' ';' <"$work/done" | sed "s|$work/tree||g" | cut -c1-300)"
	else
		stayed_ready=$((stayed_ready + 1))
	fi
}

became_ready=0
stayed_ready=0
trees=0
seed=${seeds%-*}
while [ "$seed" -le "${seeds#*-}" ]; do
	name=$(sed -n "$((seed * 7919 % count + 1))p" "$work/names")
	cp -a "$work/trees/$name" "$work/tree" || exit 2
	# Its chroot has no /proc, where a search for leaks looks.
	ASAN_OPTIONS=detect_leaks=0 "$tools/damage" "$seed" "$work/tree" >"$work/done" || exit 2
	trees=$((trees + 1))
	run "0 1 2 3 4" preflight
	[ "$status" -ne 0 ] || check_ready
	[ "$status" -gt 4 ] || run "$status" preflight --format json
	device=$(ls "$work/tree/sys/bus/pci/devices" 2>/dev/null | sed -n "$((seed % 11 + 1))p")
	run "0 1 2 3 4" preflight "${device:-00:01.0}"
	[ "$status" -gt 4 ] || run "$status" preflight "${device:-00:01.0}" --format json
	run "0 2" list --tree
	run "0 2" explain "${device:-00:01.0}"
	run "0 1 2 3 4" report --format html
	run "0 1 2 4" configure "${device:-00:01.0}"
	chmod -R u+rwX "$work/tree" 2>/dev/null
	rm -rf "$work/tree"
	seed=$((seed + 1))
done
echo "$stayed_ready stayed ready, $became_ready became ready; slowest run $slowest ms"
echo "$trees trees, $runs runs, $findings findings"
[ "$findings" -eq 0 ]
