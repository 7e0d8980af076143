#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What must hold of configure and rollback on every host tree of the tests, as TAP:
#   - a plan that is only printed changes nothing
#   - a refused plan (exit status 1 or 2) changes nothing, --apply or not
#   - an applied plan changes files as it said, and asking again plans no further write
#   - rollback gives back every byte, mode, owner and link
# Programs are not run here: trees hold none. tests/vm has the real ones.
#
#   tests/configure.sh [FOLDER…]     cases of golden, cases, boot and plans, or only these

set -u
export LC_ALL=C.UTF-8 TZ=UTC COLUMNS=80
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
program=${VFIOKIT:-build/vfiokit}
mktree=${MKTREE:-build/tools/mktree}
# Trees are thousands of small files: in memory they cost next to nothing.
[ -n "${TMPDIR-}" ] || { [ -d /dev/shm ] && [ -w /dev/shm ] && TMPDIR=/dev/shm; }
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-configure.XXXXXX") || exit 2
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Everything that is below $1 but the journals: names, kinds, modes, owners, link targets, bytes. Times
# are left out: what is put back was written anew.
fingerprint() {
	tar -C "$1" --exclude=./var --sort=name --mtime=@0 --format=gnu -cf - . | sha1sum
}

# The same in words, for people.
listing() {
	(cd "$1" && find . -path ./var -prune -o -type f -printf '%p %m %U:%G ' -exec sha1sum {} \; \
		-o -printf '%p %y %m %U:%G %l\n' | sort)
}

# The devices that the case's command names; none: the words behind "expected for".
devices_of() {
	tr ' ' '\n' <"$1/cmd" | grep -E '^([0-9a-f]{4,}:)?[0-9a-f]{2}:[0-9a-f]{2}(\.[0-7])?$|^[0-9a-f]{4}:[0-9a-f]{4}$'
}

plan_has_writes() {
	# shellcheck disable=SC2086
	$program configure $1 --with-group --root "$2" --format json 2>/dev/null |
		grep -Eq '"kind": ?"(write|remove)"'
}

# Puts the host of $folder below $1.
build() {
	chmod -R u+rwX "$1" 2>/dev/null
	rm -rf "$1"
	if [ -e "$folder/host.tree" ]; then
		"$mktree" "$folder/host.tree" "$1" "$tests/hosts:$tests/boot"
	else
		"$mktree" "$tests/hosts/$(cat "$folder/tree").tree" "$1"
	fi >"$work/made" 2>&1
}

show_difference() {
	build "$work/was"
	listing "$work/was" >"$work/listed"
	listing "$tree" | diff "$work/listed" - | sed 's/^/# after rollback: /'
}

# As if the power had gone in front of the last record: seen without --apply, put back with it.
check_cut_off() {
	# shellcheck disable=SC2086
	$program configure $devices --with-group --root "$tree" --apply --yes >"$work/out" 2>&1
	newest=$(cd "$tree/var/lib/vfiokit/transactions" && printf '%s\n' * | sort -n | tail -1)
	sed -i '$d' "$tree/var/lib/vfiokit/transactions/$newest/log"
	$program rollback --root "$tree" >"$work/out" 2>&1
	[ $? = 0 ] && grep -q "^Transaction $newest was cut off; --apply" "$work/out" ||
		sed 's/^/# cut off, rollback: /' "$work/out"
	$program rollback --root "$tree" --apply --yes >"$work/out" 2>&1
	[ $? = 4 ] && grep -q "^transaction $newest was cut off; everything" "$work/out" ||
		sed 's/^/# cut off, rollback --apply: /' "$work/out"
	fingerprint "$tree" | cmp -s "$work/before" - || show_difference
}

# A file that somebody changed since: refused with the difference, nothing done; --force restores it.
check_changed_since() {
	# shellcheck disable=SC2086
	$program configure $devices --with-group --root "$tree" --apply --yes >"$work/out" 2>&1
	file=$tree/etc/modprobe.d/vfio.conf
	if ! grep -Eq '^[0-9]+\. (create|change) /etc/modprobe.d/vfio.conf' "$work/out"; then
		$program rollback --root "$tree" --apply --yes >"$work/out" 2>&1
		return
	fi
	echo "# mine" >>"$file"
	fingerprint "$tree" >"$work/mine"
	$program rollback --root "$tree" --apply --yes >"$work/out" 2>&1
	[ $? = 1 ] && grep -q 'changed since by somebody else' "$work/out" && grep -q '+# mine' "$work/out" ||
		sed 's/^/# changed since: /' "$work/out"
	fingerprint "$tree" | cmp -s "$work/mine" - || echo "# changed since: refused, and yet the tree changed"
	$program rollback --root "$tree" --force --apply --yes >"$work/out" 2>&1
	[ $? = 4 ] || sed 's/^/# changed since, --force: /' "$work/out"
	fingerprint "$tree" | cmp -s "$work/before" - || show_difference
}

# What was accepted is written down, and shown where the transaction is.
# shellcheck disable=SC2120 # eval sets the arguments
check_accepted() {
	folder=$tests/plans/grub-initramfs-tools-root-disk-accepted tree=$work/tree
	build "$tree" || { echo "# the tree cannot be built: $(cat "$work/made")"; return; }
	eval "set -- $(sed "s#@TREE@#$tree#" "$folder/cmd")"
	$program "$@" --apply --yes >"$work/out" 2>&1
	$program rollback --root "$tree" >"$work/out" 2>&1
	grep -q '^accepted: device.in-use-storage$' "$work/out" || sed 's/^/# accepted: /' "$work/out"
}

# One tree; prints what is wrong.
check_tree() {
	folder=$1 tree=$work/tree
	devices=$(devices_of "$folder" | tr '\n' ' ')
	build "$tree" || { echo "# the tree cannot be built: $(cat "$work/made")"; return; }
	fingerprint "$tree" >"$work/before"
	# Golden cases share trees: once for each tree and devices.
	same="$(cat "$work/before")$devices"
	grep -qxF "$same" "$work/seen" && return
	echo "$same" >>"$work/seen"

	# shellcheck disable=SC2086
	$program configure $devices --with-group --root "$tree" >"$work/plan" 2>&1
	planned=$?
	fingerprint "$tree" | cmp -s "$work/before" - || echo "# a dry run changed the tree"
	# shellcheck disable=SC2086
	$program configure $devices --with-group --root "$tree" --apply --yes >"$work/out" 2>&1
	applied=$?
	case $applied in
	1 | 2)
		fingerprint "$tree" | cmp -s "$work/before" - || echo "# refused, and yet the tree changed"
		# What other systems have to be told is printed, and cannot be applied.
		[ "$applied" = "$planned" ] || grep -q 'nothing was applied' "$work/out" ||
			{ echo "# planned: $planned, applied: $applied"; cat "$work/out"; }
		;;
	0)
		fingerprint "$tree" | cmp -s "$work/before" - || echo "# nothing to do, and yet the tree changed"
		;;
	4)
		changed=$((changed + 1))
		if plan_has_writes "$devices" "$tree"; then
			echo "# a second plan still writes:"
			# shellcheck disable=SC2086
			$program configure $devices --with-group --root "$tree" | sed 's/^/#   /'
		fi
		$program rollback --root "$tree" --apply --yes >"$work/out" 2>&1 ||
			[ $? = 4 ] || { echo "# rollback failed:"; sed 's/^/#   /' "$work/out"; }
		fingerprint "$tree" | cmp -s "$work/before" - ||
			show_difference
		[ $((changed % 8)) -ne 1 ] || check_cut_off
		[ $((changed % 8)) -ne 5 ] || check_changed_since
		;;
	*)
		echo "# exit status $applied"
		sed 's/^/#   /' "$work/out"
		;;
	esac
}

number=0 changed=0 failed=0
# $1: what was looked at; $work/wrong holds what is wrong.
tell() {
	if [ -s "$work/wrong" ]; then
		failed=$((failed + 1))
		echo "not ok $number - $1"
		cat "$work/wrong"
	else
		echo "ok $number - $1"
	fi
}

: >"$work/seen"
[ $# -gt 0 ] || set -- "$tests"/golden/* "$tests"/cases/* "$tests"/boot/* "$tests"/plans/*
for folder; do
	[ -e "$folder/cmd" ] && { [ -e "$folder/host.tree" ] || [ -e "$folder/tree" ]; } || continue
	case $(cat "$folder/tree" 2>/dev/null) in *.tar.zst) continue ;; esac
	number=$((number + 1))
	check_tree "$folder" >"$work/wrong" 2>&1
	tell "${folder#"$tests"/}"
done
number=$((number + 1))
check_accepted >"$work/wrong" 2>&1
tell "what was accepted is in the journal"
echo "# $changed trees were changed and rolled back"
echo "1..$number"
[ "$changed" -gt 0 ] || [ "$number" -lt 10 ] || failed=1
[ "$failed" -eq 0 ]
