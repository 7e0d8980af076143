#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The whole way on installed systems: rows of row.sh, several at once; what each says is printed whole when it ends.
# A table of them and "N passed, N failed, N skipped" come last.
#
#   tests/vm/full.sh ROW…     (tests/vm/rows/ROW; all: each of them)
#
#   PROGRAM_TREE   what `make install DESTDIR=` has made
#   KEEP           where the captures, reports and consoles of each row stay (default: build/vm)
#   JOBS           how many rows run at once (default: 2, or 1 where there is one processor)
#
# A row that cannot run here is skipped with its reason.
set -u
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
processors=$(nproc 2>/dev/null || echo 1)
jobs=${JOBS:-$((processors > 1 ? 2 : 1))}

work=$(mktemp -d "${TMPDIR:-/var/tmp}/vfiokit-vm.XXXXXX") || exit 2
running=
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2086 # numbers
trap '[ -z "$running" ] || { kill $running; wait; } 2>/dev/null; exit 143' TERM INT

# Rows of which the result is there are printed, and leave $running.
collect() {
	still=
	for process in $running; do
		ended=$(cat "$work/$process")
		if kill -0 "$process" 2>/dev/null; then
			still="$still $process"
			continue
		fi
		wait "$process"
		cat "$work/$ended.said"
		# A row that ended before its end.
		[ -s "$work/$ended.result" ] || echo "FAILED 0 1 0 0 0" >"$work/$ended.result"
	done
	running=$still
}

# Waits until fewer than $1 rows run.
wait_for_fewer() {
	collect
	# shellcheck disable=SC2086 # numbers
	until set -- "$1" $running && [ $# -le "$1" ]; do
		sleep 1
		collect
	done
}

table() {
	printf '%-20s %-8s %6s %6s %7s %8s %10s\n' row verdict passed failed skipped time processor
	for name in "$@"; do
		read -r verdict passed failed skipped took processor <"$work/$name.result"
		printf '%-20s %-8s %6d %6d %7d %6d s %8d s\n' "$name" "$verdict" "$passed" "$failed" "$skipped" \
			"$took" "$processor"
		all_passed=$((all_passed + passed))
		all_failed=$((all_failed + failed))
		all_skipped=$((all_skipped + skipped))
	done
}

[ "$*" != all ] || {
	# shellcheck disable=SC2046 # names
	set -- $(cat "$here/rows/order")
}
for name in "$@"; do
	[ -e "$here/rows/$name" ] || {
		echo "full.sh: there is no row $name" >&2
		exit 2
	}
done
# The kernel is that of guests in guests.
"$here/fetch.sh" ovmf 6.1 || {
	echo "ok all # SKIP QEMU could not be fetched"
	echo "0 passed, 0 failed, $# skipped"
	exit 0
}
began=$(date +%s)
for name in "$@"; do
	wait_for_fewer "$jobs"
	"$here/row.sh" "$name" "$work/$name.result" >"$work/$name.said" 2>&1 &
	echo "$name" >"$work/$!"
	running="$running $!"
done
wait_for_fewer 1
all_passed=0
all_failed=0
all_skipped=0
echo
table "$@"
echo "all of it: $(($(date +%s) - began)) s, $jobs at once"
echo "$all_passed passed, $all_failed failed, $all_skipped skipped"
[ "$all_failed" -eq 0 ]
