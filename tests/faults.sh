#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The real program, stopped at every call with which it changes a host tree; as TAP, with how often:
#   SIGKILL           the next start puts back what was begun; then configure and rollback work
#   SIGINT, SIGTERM   the program itself puts everything back, or had finished
#   two at once       one applies, the other waits or is refused; the result is that of one
#   readers           preflight and list while files are replaced never fail or print half a document
# Whatever happens, in the end every byte, mode, owner and link is as before the first command.
#
#   STRIDE   every so many calls (default 1)

set -u
export LC_ALL=C.UTF-8 TZ=UTC COLUMNS=80
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
program=$(realpath "${VFIOKIT:-build/vfiokit}")
mktree=${MKTREE:-build/tools/mktree}
device=01:00
# What changes files, and what makes it last.
calls=write,pwrite64,fsync,fdatasync,syncfs,ftruncate,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat
calls=$calls,fchmod,fchown,utimensat,fsetxattr
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-faults.XXXXXX") || exit 2
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
number=0 failed=0

ok() { # ok NAME FILE-THAT-SAYS-WHAT-IS-WRONG
	number=$((number + 1))
	if [ -s "$2" ]; then
		failed=1
		echo "not ok $number - $1"
		sed 's/^/# /' "$2"
	else
		echo "ok $number - $1"
	fi
}

# Names, kinds, modes, owners, times of files, link targets, bytes; not the journals.
fingerprint() {
	(cd "$1" && find . -path ./var -prune -o -printf '%p %y %m %U:%G %l\n' | sort
	find . -path ./var -prune -o -type f -exec sha256sum {} + | sort -k2)
}

new_tree() {
	rm -rf "$work/tree"
	cp -a "$work/clean" "$work/tree"
}

configure() { "$program" configure $device --root "$work/tree" --apply --yes; }
undo() { "$program" rollback --root "$work/tree" --apply --yes; }

# The command under strace with a signal at the nth of the calls; 0 where there was such a call.
interrupted() { # interrupted SIGNAL N COMMAND…
	signal=$1 nth=$2
	shift 2
	# In braces, where bash does not say that it was killed.
	{
		strace -f -o "$work/trace" -e trace="$calls" -e inject="$calls:signal=$signal:when=$nth" \
			"$program" "$@" --root "$work/tree" --apply --yes >"$work/out" 2>&1
		status=$?
	} 2>/dev/null
	grep -q -- "--- $signal\|+++ killed by $signal" "$work/trace"
}

is_like() { fingerprint "$work/tree" | cmp -s "$1" -; }

# After a kill: the next commands work, and lead where they always do.
check_killed() {
	configure >"$work/again" 2>&1
	case $? in
	0 | 4) ;;
	*) echo "$1: configure afterwards: $(tail -1 "$work/again")" ;;
	esac
	is_like "$work/applied" || echo "$1: configure afterwards gave another tree"
	undo >"$work/again" 2>&1
	case $? in
	0 | 4) ;;
	*) echo "$1: rollback afterwards: $(tail -1 "$work/again")" ;;
	esac
	is_like "$work/before" || echo "$1: something is not as it was"
}

# After a signal that can be held: all or nothing, and the exit status says which.
check_stopped() {
	case $status in
	0 | 4) is_like "$2" || echo "$1: status $status, but not all was done" ;;
	2) is_like "$3" || echo "$1: status 2, but not all is put back" ;;
	*) echo "$1: status $status: $(tail -1 "$work/out")" ;;
	esac
}

prepare() { # prepare configure|rollback
	new_tree
	[ "$1" = configure ] || configure >/dev/null 2>&1
}

# Every call of every kind, one kind after the other.
inject_everywhere() { # inject_everywhere SIGNAL configure|rollback
	injected=0
	words=rollback
	[ "$2" = rollback ] || words="configure $device"
	all=$calls
	for calls in ${all//,/ }; do
		nth=1
		while
			prepare "$2"
			# shellcheck disable=SC2086
			interrupted "$1" "$nth" $words
		do
			injected=$((injected + 1))
			where="$1 at $calls $nth of $2"
			if [ "$1" = SIGKILL ]; then
				check_killed "$where"
			elif [ "$2" = configure ]; then
				check_stopped "$where" "$work/applied" "$work/before"
			else
				check_stopped "$where" "$work/before" "$work/applied"
			fi
			nth=$((nth + ${STRIDE:-1}))
		done
	done >"$work/wrong"
	calls=$all
	[ "$injected" -gt 5 ] || echo "only $injected injections" >>"$work/wrong"
	ok "$1 at $injected calls of $2: $((injected - $(cut -d: -f1 "$work/wrong" | sort -u | wc -l))) recovered" "$work/wrong"
}

two_at_once() {
	for round in 1 2 3 4 5 6 7 8; do
		new_tree
		configure >"$work/one" 2>&1 &
		first=$!
		configure >"$work/two" 2>&1
		second=$?
		wait "$first"
		first=$?
		case "$first $second" in
		*[04]*) ;;
		*) echo "round $round: neither applied ($first, $second): $(tail -1 "$work/one" "$work/two")" ;;
		esac
		is_like "$work/applied" || echo "round $round: not what one configure gives ($first, $second)"
		undo >"$work/again" 2>&1
		is_like "$work/before" || echo "round $round: not put back: $(tail -1 "$work/again")"
	done >"$work/wrong"
	ok 'two configure at once, 8 times' "$work/wrong"
}

readers() {
	new_tree
	: >"$work/wrong"
	for round in 1 2 3 4 5; do
		configure
		undo
	done >"$work/out" 2>&1 &
	writer=$!
	count=0
	while kill -0 "$writer" 2>/dev/null; do
		"$program" preflight $device --root "$work/tree" --format json >"$work/document" 2>"$work/said"
		status=$?
		case $status in
		1 | 3 | 4) ;;
		*) echo "preflight ended with $status: $(cat "$work/said")" >>"$work/wrong" ;;
		esac
		tail -c 2 "$work/document" | grep -q '}' || echo 'half a document' >>"$work/wrong"
		"$program" list --root "$work/tree" >/dev/null 2>"$work/said" || echo "list: $(cat "$work/said")" >>"$work/wrong"
		count=$((count + 1))
	done
	wait "$writer"
	is_like "$work/before" || echo 'not put back in the end' >>"$work/wrong"
	[ "$count" -gt 0 ] || echo 'nothing was read' >>"$work/wrong"
	ok "preflight and list while files are replaced, $count times" "$work/wrong"
}

"$mktree" "$tests/hosts/base-intel.tree" "$work/clean" "$tests/hosts" || exit 2
fingerprint "$work/clean" >"$work/before"
new_tree
configure >/dev/null 2>&1
fingerprint "$work/tree" >"$work/applied"
cmp -s "$work/before" "$work/applied" && { echo 'Bail out! configure changes nothing here'; exit 2; }

if command -v strace >/dev/null 2>&1; then
	for signal in SIGKILL SIGINT SIGTERM; do
		inject_everywhere $signal configure
		inject_everywhere $signal rollback
	done
else
	number=$((number + 1))
	echo "ok $number - signals # SKIP strace is not installed"
fi
two_at_once
readers
echo "1..$number"
exit $failed
